/* SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <tzvmm/abi/smc.h>
#include <tzvmm/abi/virtio.h>

/* As guest_half.c lays its memory out. */
#define QUEUE 4u
#define AVAIL 0x400u
#define USED 0x800u
#define ROOM 0x2000u /* from here on: head, data and answer anywhere */
#define SLOT 0x2000u
#define MAX_LEN (8u * 512u)
#define SERIAL "hostsim"

#define RAM_MAX 0x00100000u
#define CARD_MAX (1024u * 512u)

/* A request, and where its parts lie in RAM. */
struct plan {
	uint32_t type;
	uint32_t sector;
	uint32_t len; /* of the data, in two pieces */
	uint32_t cut; /* bytes of the first, none: one piece */
	uint32_t head;
	uint32_t data;
	uint32_t answer;
};

/* What RAM and card have to be like afterwards. */
static uint8_t ram[RAM_MAX];
static uint8_t card[CARD_MAX];

static bool is_read(const struct plan *plan)
{
	return plan->type != TZVMM_VIRTIO_BLK_T_OUT;
}

static struct plan make_plan(const struct oracle *o)
{
	static const uint32_t types[] = { TZVMM_VIRTIO_BLK_T_IN,
					  TZVMM_VIRTIO_BLK_T_OUT,
					  TZVMM_VIRTIO_BLK_T_FLUSH,
					  TZVMM_VIRTIO_BLK_T_GET_ID, 99 };
	const uint32_t slot = ROOM + o->below((o->ram_len - ROOM) / SLOT) * SLOT;
	struct plan plan = {
		.type = types[o->below(5)],
		.sector = o->below(o->nr_sectors + 4u),
		.len = 512u * (1u + o->below(MAX_LEN / 512u)),
		.head = slot + o->below(64),
		.data = slot + 0x80u + o->below(0x100),
	};

	if (plan.type == TZVMM_VIRTIO_BLK_T_FLUSH) {
		plan.len = 0;
	} else if (plan.type == TZVMM_VIRTIO_BLK_T_GET_ID) {
		plan.len = TZVMM_VIRTIO_BLK_ID_LEN;
	}
	plan.cut = plan.len == 0u ? 0u : o->below(plan.len);
	plan.answer = plan.data + plan.len + o->below(8);
	return plan;
}

/* The next descriptor of a chain: in order, or from behind. */
static void describe(const struct oracle *o, uint32_t *n, bool back, uint32_t at,
		     uint32_t len, uint32_t flags)
{
	struct tzvmm_abi_virtq_desc *desc = (void *)o->ram;
	const uint32_t index = back ? QUEUE - 1u - *n : *n;
	const uint32_t next = (back ? index - 1u : index + 1u) % QUEUE;

	desc[index].addr = o->half->pa + at;
	desc[index].rest = len | (uint64_t)(flags | next << 16) << 32;
	++*n;
}

/* Returns the chain's head. */
static uint32_t build(const struct oracle *o, const struct plan *plan)
{
	const struct tzvmm_abi_virtio_blk_head head = { .type = plan->type,
							.sector = plan->sector };
	const uint32_t in = is_read(plan) ? TZVMM_VIRTQ_WRITE : 0u;
	const bool back = o->below(2) != 0u;
	uint32_t n = 0;

	memcpy(o->ram + plan->head, &head, sizeof(head));
	describe(o, &n, back, plan->head, sizeof(head), TZVMM_VIRTQ_NEXT);
	if (plan->cut != 0u) {
		describe(o, &n, back, plan->data, plan->cut, in | TZVMM_VIRTQ_NEXT);
	}
	if (plan->len != 0u) {
		describe(o, &n, back, plan->data + plan->cut, plan->len - plan->cut,
			 in | TZVMM_VIRTQ_NEXT);
	}
	describe(o, &n, back, plan->answer, 1, TZVMM_VIRTQ_WRITE);
	return back ? QUEUE - 1u : 0u;
}

/* The data's way; returns the answer. */
static uint8_t predict_data(const struct oracle *o, const struct plan *plan)
{
	uint8_t *sectors = card + (o->first + plan->sector) * 512u;
	const bool fits = plan->sector + plan->len / 512u <= o->nr_sectors;
	const uint8_t answer =
		(uint8_t)(fits ? TZVMM_VIRTIO_BLK_S_OK : TZVMM_VIRTIO_BLK_S_IOERR);

	switch (plan->type) {
	case TZVMM_VIRTIO_BLK_T_IN:
		if (fits) {
			memcpy(ram + plan->data, sectors, plan->len);
		}
		return answer;
	case TZVMM_VIRTIO_BLK_T_OUT:
		if (fits) {
			memcpy(sectors, ram + plan->data, plan->len);
		}
		return answer;
	case TZVMM_VIRTIO_BLK_T_FLUSH:
		return TZVMM_VIRTIO_BLK_S_OK;
	case TZVMM_VIRTIO_BLK_T_GET_ID:
		memset(ram + plan->data, 0, plan->len);
		memcpy(ram + plan->data, SERIAL, sizeof(SERIAL));
		return TZVMM_VIRTIO_BLK_S_OK;
	default:
		return TZVMM_VIRTIO_BLK_S_UNSUPP;
	}
}

/* The used length of a failure is the answer's: more could show what was not
 * written. */
static void predict(const struct oracle *o, const struct plan *plan, uint32_t head,
		    uint16_t nr)
{
	const uint8_t answer = predict_data(o, plan);
	const bool all = answer == TZVMM_VIRTIO_BLK_S_OK && is_read(plan);
	const uint32_t element[2] = { head, 1u + (all ? plan->len : 0u) };
	const uint16_t index = (uint16_t)(nr + 1u);

	ram[plan->answer] = answer;
	memcpy(ram + USED + 4u + nr % QUEUE * sizeof(element), element,
	       sizeof(element));
	memcpy(ram + USED + 2u, &index, sizeof(index));
}

static const char *compare(const struct oracle *o, const struct plan *plan)
{
	static char text[120];

	for (uint32_t at = 0; memcmp(ram, o->ram, o->ram_len) != 0; at++) {
		if (ram[at] != o->ram[at]) {
			(void)snprintf(
				text, sizeof(text),
				"RAM at 0x%x is %02x, not %02x (type %u, sector "
				"%u, data at 0x%x, %u bytes)",
				at, o->ram[at], ram[at], plan->type, plan->sector,
				plan->data, plan->len);
			return text;
		}
	}
	return memcmp(card, o->card, o->card_len) == 0 ? NULL : "the card differs";
}

static const char *check_one(const struct oracle *o, uint16_t nr)
{
	const struct plan plan = make_plan(o);
	const uint32_t head = build(o, &plan);
	uint16_t *avail = (void *)(o->ram + AVAIL);

	avail[2u + nr % QUEUE] = (uint16_t)head;
	avail[1] = (uint16_t)(nr + 1u);
	memcpy(ram, o->ram, o->ram_len);
	memcpy(card, o->card, o->card_len);
	predict(o, &plan, head, nr);
	(void)guest_half_call(o->half, TZVMM_SMC_VIRTIO_NOTIFY, 0, 0, 0, 0, NULL);
	o->complete();
	return compare(o, &plan);
}

const char *oracle_check(const struct oracle *o, uint32_t nr)
{
	const char *failed = NULL;

	if (o->ram_len > RAM_MAX || o->card_len > CARD_MAX) {
		return "the oracle is too small";
	}
	for (uint16_t i = 0; i < nr && failed == NULL; i++) {
		failed = check_one(o, i);
	}
	return failed;
}
