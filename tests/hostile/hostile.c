/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that does what it can against the secure world: random and targeted
 * calls, rings corrupted while requests are in flight, requests changed between
 * check and use, loops, floods of notifications, resets in mid-transfer. The same
 * seed gives the same run. Guest RAM and disk have guard pages, the sanitizers
 * watch the rest. What is looked at here, after each step: registers that are no
 * result stay, what reaches the card is in the guest's partition and its RAM, the
 * VM answers. Now and then: the disk outside of the partition, and that a driver in
 * order finds a disk that changes exactly the bytes it has to (oracle.c).
 * usage: hostile [STEPS [SEED]] */
#define _DEFAULT_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tzvmm/partition.h>

#include "../../examples/guest_half/guest_half.h"
#include "host_vm.h"
#include "oracle.h"

#define TRUSTED 64u  /* sectors before the guest's partition, and behind it */
#define SECTORS 256u /* of the guest's */
#define CARD_LEN ((2u * TRUSTED + SECTORS) * 512u)
#define IN_FLIGHT 16u
#define CHECK_EVERY 8192u
#define PORT_RINGS 0x8000u /* the console's rings in RAM */
#define NR_PORT_QUEUES 6u
#define PORT_FEATURES                                                              \
	(uint32_t)(TZVMM_VIRTIO_F_INDIRECT_DESC | TZVMM_VIRTIO_F_EVENT_IDX |       \
		   TZVMM_VIRTIO_CONSOLE_F_MULTIPORT)
#define NR_ORDERLY 4u /* requests of a driver in order, each check */

static struct host_vm host;
static uint8_t *ram;
static uint8_t *card;
static struct tzvmm_blkdev card_dev;
static struct tzvmm_partition partition;
static struct tzvmm_blk_req *queue[IN_FLIGHT];
static unsigned nr_queued;
static bool is_chaos; /* memory changes under the library's hands, transfers fail */
static uint64_t step, nr_smc, nr_transfers;
static uint64_t seed;

static void __attribute__((noreturn)) die(const char *why)
{
	(void)printf("step %" PRIu64 ": %s\n", step, why);
	exit(1);
}

static uint32_t random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16);
}

static uint32_t below(uint32_t n)
{
	return random32() % n;
}

/* The guest's other hand, at any time. Mostly where its rings are. */
static void corrupt(void)
{
	const uint32_t at = below(3) == 0u ? below(HOST_VM_RAM_LEN)
			    : below(2) == 0u
				    ? below(0xD00)
				    : PORT_RINGS + below(NR_PORT_QUEUES * 0x1000u);

	ram[at] = (uint8_t)random32();
}

/* ---- The card ----------------------------------------------------------- */

static bool is_in_ram(const struct tzvmm_sg *sg)
{
	const uintptr_t at = (uintptr_t)sg->va - (uintptr_t)ram;

	return at < HOST_VM_RAM_LEN && sg->len <= HOST_VM_RAM_LEN - at;
}

/* What the guest may ask of the card, whatever it wrote. */
static void check_request(const struct tzvmm_blk_req *req)
{
	uint64_t len = 0;

	if (req->op == TZVMM_BLK_FLUSH) {
		return;
	}
	if (req->sector < TRUSTED || req->nr_sectors == 0u ||
	    req->nr_sectors > SECTORS ||
	    req->sector - TRUSTED > SECTORS - req->nr_sectors) {
		die("a request outside of the partition");
	}
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		if (!is_in_ram(&req->sg[i])) {
			die("a transfer outside of the guest's RAM");
		}
		len += req->sg[i].len;
	}
	if (len != req->nr_sectors * 512u || req->nr_sg > card_dev.max_sg) {
		die("a request whose pieces are not its sectors");
	}
}

/* After the library checked the request, and before it goes on with it. */
static enum tzvmm_status take(const struct tzvmm_blkdev *dev,
			      struct tzvmm_blk_req *req)
{
	(void)dev;
	check_request(req);
	if (is_chaos && below(4) == 0u) {
		corrupt();
	}
	if (nr_queued == IN_FLIGHT) {
		return TZVMM_E_FULL;
	}
	queue[nr_queued++] = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops card_ops = { take };

static void move(const struct tzvmm_blk_req *req)
{
	uint8_t *at = card + req->sector * 512u;

	check_request(req);
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		if (req->op == TZVMM_BLK_READ) {
			memcpy(req->sg[i].va, at, req->sg[i].len);
		} else if (req->op == TZVMM_BLK_WRITE) {
			memcpy(at, req->sg[i].va, req->sg[i].len);
		}
		at += req->sg[i].len;
	}
	nr_transfers++;
}

/* One of the requests ends, in no order, and now and then badly. */
static void complete(void)
{
	struct tzvmm_blk_req *req;
	uint32_t i;

	if (nr_queued == 0u) {
		return;
	}
	i = below(nr_queued);
	req = queue[i];
	queue[i] = queue[--nr_queued];
	if (is_chaos && below(16) == 0u) {
		req->done(req, TZVMM_E_IO);
	} else {
		move(req);
		req->done(req, TZVMM_OK);
	}
	host_vm_run(&host);
}

static void complete_all(void)
{
	while (nr_queued != 0u) {
		complete();
	}
}

/* ---- Calls -------------------------------------------------------------- */

static void smc(uint32_t regs[8])
{
	uint32_t before[8];
	bool failed;

	memcpy(before, regs, sizeof(before));
	host_vm_smc(&host, regs);
	nr_smc++;
	failed = regs[0] >= 0xFFFFFFF0u;
	for (unsigned i = 1; i < 8u; i++) {
		if (regs[i] != before[i] && (i > 3u || failed)) {
			die("a register changed that is no result");
		}
	}
	if (host.action == TZVMM_STANDBY) {
		complete();
	}
}

static struct guest_half half = { .smc = smc, .pa = HOST_VM_RAM };

static void call(uint32_t function, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	(void)guest_half_call(&half, function, a, b, c, d, NULL);
}

static void set(uint32_t device, uint32_t offset, uint32_t value)
{
	call(TZVMM_SMC_VIRTIO_WRITE, device, offset, 4, value);
}

static void call_at_random(void)
{
	static const uint32_t owners[] = { 0x80000000, 0x84000000, 0x86000000,
					   0x8600FF00, 0xC6000000, 0x06000000 };
	uint32_t regs[8];

	for (unsigned i = 0; i < 8u; i++) {
		regs[i] = below(2) == 0u ? random32() : below(32);
	}
	if (below(8) != 0u) {
		regs[0] = owners[below(6)] + below(24);
	}
	smc(regs);
}

/* A register of the map, a value that has a chance to mean something. */
static void set_at_random(void)
{
	static const uint32_t values[] = { 0,  1,  2,  3,   8,         11,
					   15, 16, 64, 128, UINT32_MAX };
	const uint32_t value = below(3) == 0u ? HOST_VM_RAM + below(HOST_VM_RAM_LEN)
					      : values[below(11)];

	set(below(4) == 0u, below(0x84) * 4u, value);
}

/* ---- Rings -------------------------------------------------------------- */

static void bring_up(void)
{
	complete_all();
	if (guest_half_disk(&half) != NULL) {
		die("the disk cannot be started any more");
	}
}

static void stop_ports(void)
{
	uint32_t status;

	set(1, TZVMM_VIRTIO_STATUS, 0);
	(void)guest_half_call(&half, TZVMM_SMC_VIRTIO_READ, 1, TZVMM_VIRTIO_STATUS,
			      4, 0, &status);
	if (status != 0u) {
		die("the console cannot be reset any more");
	}
}

/* The console, with rings laid out as those of the disk. */
static void bring_up_ports(void)
{
	stop_ports();
	set(1, TZVMM_VIRTIO_STATUS, 3);
	set(1, TZVMM_VIRTIO_DRIVER_FEATURES_SEL, 1);
	set(1, TZVMM_VIRTIO_DRIVER_FEATURES, 1);
	set(1, TZVMM_VIRTIO_DRIVER_FEATURES_SEL, 0);
	set(1, TZVMM_VIRTIO_DRIVER_FEATURES, random32() & PORT_FEATURES);
	set(1, TZVMM_VIRTIO_STATUS, 11);
	for (uint32_t q = 0; q < NR_PORT_QUEUES; q++) {
		const uint32_t at = PORT_RINGS + q * 0x1000u;

		memset(ram + at, 0, 0x1000);
		set(1, TZVMM_VIRTIO_QUEUE_SEL, q);
		set(1, TZVMM_VIRTIO_QUEUE_NUM, 4);
		set(1, TZVMM_VIRTIO_QUEUE_DESC_LOW, HOST_VM_RAM + at);
		set(1, TZVMM_VIRTIO_QUEUE_DRIVER_LOW, HOST_VM_RAM + at + 0x400u);
		set(1, TZVMM_VIRTIO_QUEUE_DEVICE_LOW, HOST_VM_RAM + at + 0x800u);
		set(1, TZVMM_VIRTIO_QUEUE_READY, 1);
	}
	set(1, TZVMM_VIRTIO_STATUS, 15);
}

/* A ring of either device: where, and how its queue is called. */
static uint32_t any_ring(uint32_t *device, uint32_t *q)
{
	*device = below(2);
	*q = *device == 0u ? below(16) == 0u : below(NR_PORT_QUEUES);
	return *device == 0u ? 0u : PORT_RINGS + *q * 0x1000u;
}

/* An address that is in RAM, or at an edge of it, or nowhere. */
static uint64_t address(void)
{
	switch (below(8)) {
	case 0:
		return HOST_VM_RAM - below(8);
	case 1:
		return HOST_VM_RAM + HOST_VM_RAM_LEN - below(5000);
	case 2:
		return (uint64_t)random32() << 32 | random32();
	case 3:
		return random32();
	default:
		return HOST_VM_RAM + below(HOST_VM_RAM_LEN);
	}
}

static void describe_at_random(void)
{
	uint32_t device, q;
	uint64_t *desc = (void *)(ram + any_ring(&device, &q));
	const uint32_t n = below(4);
	const uint32_t len = below(4) == 0u ? random32() : below(5000);
	const uint32_t rest = below(2) == 0u ? random32() : below(8) | below(4) << 16;

	desc[2u * n] = address();
	desc[2u * n + 1u] = len | (uint64_t)rest << 32;
}

static void publish_at_random(void)
{
	uint32_t device, q;
	uint16_t *avail = (void *)(ram + any_ring(&device, &q) + 0x400u);

	avail[2u + below(4)] = (uint16_t)(below(8) == 0u ? random32() : below(5));
	avail[1] = (uint16_t)(below(64) == 0u ? random32() : avail[1] + below(3));
	call(TZVMM_SMC_VIRTIO_NOTIFY, device, q, 0, 0);
}

/* A request in order but for its sector, left in flight. */
static void request(void)
{
	struct tzvmm_abi_virtio_blk_head *head = (void *)(ram + 0xC00);
	uint64_t *desc = (void *)ram;
	uint16_t *avail = (void *)(ram + 0x400);
	const bool write = below(2) == 0u;

	head->type = below(8) == 0u ? below(10) : write;
	head->sector = below(8) == 0u ? random32() : below(SECTORS + 8u);
	desc[0] = HOST_VM_RAM + 0xC00u;
	desc[1] = 16u | 0x10001ull << 32;
	desc[2] = HOST_VM_RAM + 0x1000u + below(0x800);
	desc[3] = 512u * (1u + below(8)) | (0x20001ull | (write ? 0u : 2u)) << 32;
	desc[4] = HOST_VM_RAM + 0xC10u;
	desc[5] = 1u | 2ull << 32;
	avail[2u + avail[1] % 4u] = 0;
	avail[1]++;
	call(TZVMM_SMC_VIRTIO_NOTIFY, 0, 0, 0, 0);
}

static void switch_edges(void)
{
	call(TZVMM_SMC_VIRTIO_EDGES, below(3), below(3), 0, 0);
}

static void flood(void)
{
	for (unsigned i = 0; i < 20u; i++) {
		call(TZVMM_SMC_VIRTIO_NOTIFY, 0, 0, 0, 0);
	}
}

static void talk(void)
{
	uint32_t regs[8] = { TZVMM_SMC_CONSOLE_WRITE + below(2),
			     below(30),
			     random32(),
			     random32(),
			     random32(),
			     random32(),
			     random32(),
			     random32() };

	if (below(4) == 0u) {
		host_vm_type(&host, "typed");
	}
	smc(regs);
}

/* ---- Checks ------------------------------------------------------------- */

static uint8_t card_byte(uint32_t at)
{
	return (uint8_t)(at * 7u + (at >> 9));
}

static bool is_as_made(uint32_t sector, uint32_t nr)
{
	for (uint32_t at = sector * 512u; at < (sector + nr) * 512u; at++) {
		if (card[at] != card_byte(at)) {
			return false;
		}
	}
	return true;
}

static const struct oracle *make_oracle(void)
{
	static struct oracle oracle;

	oracle = (struct oracle){
		.half = &half,
		.ram = ram,
		.ram_len = HOST_VM_RAM_LEN,
		.card = card,
		.card_len = CARD_LEN,
		.first = TRUSTED,
		.nr_sectors = SECTORS,
		.complete = complete_all,
		.below = below,
	};
	return &oracle;
}

/* Corrupted rings may well write to the guest's own sectors; not elsewhere. A
 * driver in order then finds a device in order. */
static void check(void)
{
	const char *failed;

	is_chaos = false;
	if (!is_as_made(0, TRUSTED) || !is_as_made(TRUSTED + SECTORS, TRUSTED)) {
		die("a sector outside of the partition changed");
	}
	stop_ports();
	bring_up();
	failed = oracle_check(make_oracle(), NR_ORDERLY);
	if (failed != NULL) {
		die(failed);
	}
	is_chaos = true;
}

static void one_step(void)
{
	switch (below(16)) {
	case 0:
	case 1:
		call_at_random();
		break;
	case 2:
		set_at_random();
		break;
	case 3:
	case 4:
	case 5:
		request();
		break;
	case 6:
		describe_at_random();
		break;
	case 7:
		publish_at_random();
		break;
	case 8:
		corrupt();
		break;
	case 9:
		flood();
		break;
	case 10:
		talk();
		break;
	case 11:
		switch (below(4)) {
		case 0:
			bring_up_ports();
			break;
		case 1:
			switch_edges();
			break;
		default:
			bring_up();
			break;
		}
		break;
	case 12:
		if (below(16) == 0u) {
			/* In mid-transfer. */
			set(below(4) == 0u, TZVMM_VIRTIO_STATUS, 0);
		}
		break;
	default:
		complete();
		break;
	}
	if (guest_half_call(&half, TZVMM_SMC_REVISION, 0, 0, 0, 0, NULL) !=
	    TZVMM_SMC_MAJOR) {
		die("the VM does not answer any more");
	}
	if (step % CHECK_EVERY == 0u) {
		check();
	}
}

/* Memory with a page on each side that nobody may touch. */
static uint8_t *guarded(size_t len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *all = mmap(NULL, len + 2u * page, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (all == MAP_FAILED ||
	    mprotect(all + page, len, PROT_READ | PROT_WRITE) != 0) {
		die("no memory");
	}
	return all + page;
}

static void build(void)
{
	ram = guarded(HOST_VM_RAM_LEN);
	card = guarded(CARD_LEN);
	for (uint32_t at = 0; at < CARD_LEN; at++) {
		card[at] = card_byte(at);
	}
	card_dev = (struct tzvmm_blkdev){ .ops = &card_ops,
					  .nr_sectors = 2u * TRUSTED + SECTORS,
					  .max_sectors = 64,
					  .max_sg = 32,
					  .sg_align = 1 };
	if (tzvmm_partition_init(&partition, &card_dev, TRUSTED, SECTORS, false) !=
		    TZVMM_OK ||
	    !host_vm_init(&host, ram, &partition.dev, NULL)) {
		die("the machine cannot be built");
	}
	host.quiet = true;
	half.mem = ram;
}

int main(int argc, char **argv)
{
	const uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 0) : 300000u;

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 53u;
	seed |= 1u;
	build();
	is_chaos = true;
	bring_up();
	bring_up_ports();
	for (step = 1; step <= steps; step++) {
		one_step();
	}
	check();
	(void)printf("%" PRIu64 " steps, %" PRIu64 " calls, %" PRIu64 " transfers, "
		     "%u and %u queues broken: all well\n",
		     steps, nr_smc, nr_transfers,
		     (unsigned)tzvmm_virtio_stats(host.devices[0])->broken,
		     (unsigned)tzvmm_virtio_stats(host.devices[1])->broken);
	return 0;
}
