/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest_half.h"

#include <stddef.h>

#include <tzvmm/abi/smc.h>
#include <tzvmm/abi/virtio.h>

#define PSCI_CPU_SUSPEND 0x84000001u
#define PSCI_SYSTEM_OFF 0x84000008u

/* VERSION_1 is feature 32, the lowest of the upper half. */
#define UPPER_VERSION_1 1u
#define ACKNOWLEDGE 1u
#define DRIVER 2u
#define DRIVER_OK 4u
#define FEATURES_OK 8u

/* The disk's memory: rings of QUEUE entries, a request's head and answer, data. */
#define QUEUE 4u
#define AVAIL 0x400u
#define USED 0x800u
#define HEAD 0xC00u
#define ANSWER 0xC10u
#define BUFFER 0x1000u

/* A reset or a request that takes longer has failed: each wait is a standby, which
 * ends at the secure world's next interrupt, or a call. */
#define PATIENCE 100000u
#define KEY_WAITS 500u

uint32_t guest_half_call(struct guest_half *g, uint32_t function, uint32_t a,
			 uint32_t b, uint32_t c, uint32_t d, uint32_t *result)
{
	uint32_t regs[8] = { function, a, b, c, d };

	g->smc(regs);
	if (result != NULL) {
		*result = regs[1];
	}
	return regs[0];
}

const char *guest_half_probe(struct guest_half *g)
{
	const uint32_t needed = TZVMM_SMC_HAS_CONSOLE | TZVMM_SMC_HAS_VIRTIO;
	uint32_t uid[8] = { TZVMM_SMC_CALL_UID };
	uint32_t features;

	g->smc(uid);
	if (uid[0] != TZVMM_SMC_UID_0 || uid[1] != TZVMM_SMC_UID_1 ||
	    uid[2] != TZVMM_SMC_UID_2 || uid[3] != TZVMM_SMC_UID_3) {
		return "no tzvmm here";
	}
	if (guest_half_call(g, TZVMM_SMC_REVISION, 0, 0, 0, 0, NULL) !=
	    TZVMM_SMC_MAJOR) {
		return "another version of the interface";
	}
	if (guest_half_call(g, TZVMM_SMC_FEATURES, 0, 0, 0, 0, &features) !=
		    TZVMM_SMC_SUCCESS ||
	    (features & needed) != needed) {
		return "no console or no disk";
	}
	return NULL;
}

void guest_half_print(struct guest_half *g, const char *text)
{
	uint32_t patience = PATIENCE;

	while (*text != '\0' && patience-- != 0u) {
		uint32_t regs[8] = { TZVMM_SMC_CONSOLE_WRITE };
		uint32_t len = 0;

		for (; len < TZVMM_SMC_WRITE_MAX && text[len] != '\0'; len++) {
			regs[2u + len / 4u] |= (uint32_t)(uint8_t)text[len]
					       << 8u * (len % 4u);
		}
		regs[1] = len;
		g->smc(regs);
		text += regs[0] <= len ? regs[0] : len;
	}
}

uint8_t guest_half_key(struct guest_half *g)
{
	uint32_t text;

	for (uint32_t i = 0; i < KEY_WAITS; i++) {
		if (guest_half_call(g, TZVMM_SMC_CONSOLE_READ, 1, 0, 0, 0, &text) ==
		    1u) {
			return (uint8_t)text;
		}
		(void)guest_half_call(g, PSCI_CPU_SUSPEND, 0, 0, 0, 0, NULL);
	}
	return 0;
}

static uint32_t get(struct guest_half *g, uint32_t offset)
{
	uint32_t value = 0;

	(void)guest_half_call(g, TZVMM_SMC_VIRTIO_READ, 0, offset, 4, 0, &value);
	return value;
}

static void set(struct guest_half *g, uint32_t offset, uint32_t value)
{
	(void)guest_half_call(g, TZVMM_SMC_VIRTIO_WRITE, 0, offset, 4, value, NULL);
}

static bool reset(struct guest_half *g)
{
	uint32_t patience = PATIENCE;

	set(g, TZVMM_VIRTIO_STATUS, 0);
	while (get(g, TZVMM_VIRTIO_STATUS) != 0u && patience != 0u) {
		patience--;
	}
	return patience != 0u;
}

static volatile uint16_t *index_of(struct guest_half *g, uint32_t ring)
{
	return (volatile uint16_t *)(void *)(g->mem + ring + 2u);
}

const char *guest_half_disk(struct guest_half *g)
{
	if (get(g, TZVMM_VIRTIO_MAGIC) != TZVMM_VIRTIO_MAGIC_VALUE ||
	    get(g, TZVMM_VIRTIO_DEVICE_ID) != TZVMM_VIRTIO_ID_BLOCK) {
		return "device 0 is no disk";
	}
	if (!reset(g)) {
		return "the disk does not end its reset";
	}
	set(g, TZVMM_VIRTIO_STATUS, ACKNOWLEDGE | DRIVER);
	set(g, TZVMM_VIRTIO_DRIVER_FEATURES_SEL, 1);
	set(g, TZVMM_VIRTIO_DRIVER_FEATURES, UPPER_VERSION_1);
	set(g, TZVMM_VIRTIO_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	if ((get(g, TZVMM_VIRTIO_STATUS) & FEATURES_OK) == 0u) {
		return "the disk refuses the features";
	}
	g->nr_done = 0;
	*index_of(g, AVAIL) = 0;
	*index_of(g, USED) = 0;
	set(g, TZVMM_VIRTIO_QUEUE_SEL, 0);
	set(g, TZVMM_VIRTIO_QUEUE_NUM, QUEUE);
	set(g, TZVMM_VIRTIO_QUEUE_DESC_LOW, g->pa);
	set(g, TZVMM_VIRTIO_QUEUE_DRIVER_LOW, g->pa + AVAIL);
	set(g, TZVMM_VIRTIO_QUEUE_DEVICE_LOW, g->pa + USED);
	set(g, TZVMM_VIRTIO_QUEUE_READY, 1);
	set(g, TZVMM_VIRTIO_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
	return get(g, TZVMM_VIRTIO_QUEUE_READY) == 1u ? NULL : "no queue";
}

uint64_t guest_half_capacity(struct guest_half *g)
{
	return get(g, TZVMM_VIRTIO_CONFIG) |
	       (uint64_t)get(g, TZVMM_VIRTIO_CONFIG + 4u) << 32;
}

uint8_t *guest_half_buffer(struct guest_half *g)
{
	return g->mem + BUFFER;
}

static void describe(struct guest_half *g, uint32_t n, uint32_t offset,
		     uint32_t len, uint32_t flags)
{
	struct tzvmm_abi_virtq_desc *desc = (void *)g->mem;

	desc[n].addr = g->pa + offset;
	desc[n].rest = len | (uint64_t)(flags | (n + 1u) << 16) << 32;
}

bool guest_half_transfer(struct guest_half *g, bool write, uint64_t sector,
			 uint32_t nr)
{
	struct tzvmm_abi_virtio_blk_head *head = (void *)(g->mem + HEAD);
	struct tzvmm_abi_virtq_avail *avail = (void *)(g->mem + AVAIL);
	volatile uint8_t *answer = g->mem + ANSWER;
	uint32_t patience = PATIENCE;

	head->type = write ? TZVMM_VIRTIO_BLK_T_OUT : TZVMM_VIRTIO_BLK_T_IN;
	head->reserved = 0;
	head->sector = sector;
	*answer = UINT8_MAX;
	describe(g, 0, HEAD, sizeof(*head), TZVMM_VIRTQ_NEXT);
	describe(g, 1, BUFFER, nr * 512u,
		 TZVMM_VIRTQ_NEXT | (write ? 0u : TZVMM_VIRTQ_WRITE));
	describe(g, 2, ANSWER, 1, TZVMM_VIRTQ_WRITE);
	avail->ring[g->nr_done % QUEUE] = 0;
	__sync_synchronize();
	*index_of(g, AVAIL) = ++g->nr_done;
	__sync_synchronize();
	(void)guest_half_call(g, TZVMM_SMC_VIRTIO_NOTIFY, 0, 0, 0, 0, NULL);
	while (*index_of(g, USED) != g->nr_done && patience-- != 0u) {
		(void)guest_half_call(g, PSCI_CPU_SUSPEND, 0, 0, 0, 0, NULL);
	}
	__sync_synchronize();
	(void)guest_half_call(g, TZVMM_SMC_VIRTIO_INTERRUPT, 0, 0, 0, 0, NULL);
	return *index_of(g, USED) == g->nr_done && *answer == TZVMM_VIRTIO_BLK_S_OK;
}

void guest_half_off(struct guest_half *g)
{
	(void)guest_half_call(g, PSCI_SYSTEM_OFF, 0, 0, 0, 0, NULL);
}
