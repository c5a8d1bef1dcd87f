// SPDX-License-Identifier: BSD-2-Clause
/* A register file with a block device on a partition of a disk in memory: any
 * accesses in any order. The partition is never left, only guest memory is read
 * or written, the pool bounds what is in flight, and a reset that has drained
 * shows 0. */

#include <string.h>

#include <tzvmm/partition.h>
#include <tzvmm/virtio_blk.h>

#include "fuzz_guest.h"

#define RAM_LEN 0x8000u
#define DISK_LEN 64u
#define PART_START 16u
#define PART_LEN 32u
#define NR_REQS 4u
#define NR_SG 8u
#define RING_SIZE 16u
#define DESC 0x0000u
#define AVAIL 0x0400u
#define USED 0x0800u
#define HEADS 0x1000u
#define DATA 0x2000u

struct fuzz {
	struct fuzz_guest guest;
	struct tzvmm_blkdev disk;
	struct tzvmm_partition part;
	struct tzvmm_virtio_blk vb;
	struct tzvmm_virtio_blk_req reqs[NR_REQS];
	struct tzvmm_sg sg[NR_REQS * NR_SG];
	struct tzvmm_blk_req *queue[NR_REQS];
	uint32_t nr_queued;
	uint16_t avail;
	uint8_t bytes[DISK_LEN * TZVMM_SECTOR_LEN];
};

/* ---- Surroundings ------------------------------------------------------- */

static enum tzvmm_status disk_submit(const struct tzvmm_blkdev *dev,
				     struct tzvmm_blk_req *req)
{
	struct fuzz *fz = dev->ctx;

	for (uint32_t i = 0; i < req->nr_sg; i++) {
		const uint8_t *va = req->sg[i].va;

		require(va >= fz->guest.ram &&
			va + req->sg[i].len <= fz->guest.ram + RAM_LEN);
	}
	if (req->op != TZVMM_BLK_FLUSH) {
		require(tzvmm_blk_has_data(req->op) == (req->nr_sg != 0u));
		require(req->sector >= PART_START && req->nr_sectors <= PART_LEN &&
			req->sector + req->nr_sectors <= PART_START + PART_LEN);
	}
	if (fz->nr_queued == NR_REQS - 1u && (fuzz_take8(&fz->guest.in) & 1u) != 0u) {
		return TZVMM_E_FULL;
	}
	require(fz->nr_queued < NR_REQS);
	fz->queue[fz->nr_queued++] = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops disk_ops = { .submit = disk_submit };

static void complete(struct fuzz *fz, uint32_t i, bool ok)
{
	struct tzvmm_blk_req *req = fz->queue[i];
	uint8_t *at = &fz->bytes[(req->sector % DISK_LEN) * TZVMM_SECTOR_LEN];

	fz->queue[i] = fz->queue[--fz->nr_queued];
	for (uint32_t n = 0; n < req->nr_sg; n++) {
		if (req->op == TZVMM_BLK_READ) {
			memcpy(req->sg[n].va, at, req->sg[n].len);
		} else {
			memcpy(at, req->sg[n].va, req->sg[n].len);
		}
		at += req->sg[n].len;
	}
	req->done(req, ok ? TZVMM_OK : TZVMM_E_IO);
}

/* ---- The guest ---------------------------------------------------------- */

static void reg_write(struct fuzz *fz, uint32_t offset, uint32_t value)
{
	require(tzvmm_virtio_mmio_ops.write(&fz->vb.virtio, offset, 4, value) ==
		TZVMM_OK);
}

static uint32_t reg_read(struct fuzz *fz, uint32_t offset, unsigned size)
{
	uint32_t value = 0;

	require(tzvmm_virtio_mmio_ops.read(&fz->vb.virtio, offset, size, &value) ==
		TZVMM_OK);
	return value;
}

/* As Linux does. */
static void bring_up(struct fuzz *fz)
{
	const uint8_t choice = fuzz_take8(&fz->guest.in);
	const uint32_t features = (choice & 3u) << 28 | /* indirect, event index */
				  (choice >> 2 & 1u) << 9 |  /* flush */
				  (choice >> 3 & 1u) << 11 | /* cache control */
				  (choice >> 4 & 1u) << 13 | /* discard */
				  (choice >> 5 & 1u) << 14;  /* zeroes */
	const uint32_t program[][2] = {
		{ 0x070, 0 },         { 0x070, 3 },
		{ 0x024, 0 },         { 0x020, features },
		{ 0x024, 1 },         { 0x020, 1 },
		{ 0x070, 11 },        { 0x030, 0 },
		{ 0x038, RING_SIZE }, { 0x080, RAM + DESC },
		{ 0x084, 0 },         { 0x090, RAM + AVAIL },
		{ 0x094, 0 },         { 0x0A0, RAM + USED },
		{ 0x0A4, 0 },         { 0x044, 1 },
		{ 0x070, 15 },
	};

	memset(fz->guest.ram + AVAIL, 0, 4);
	fz->avail = 0;
	for (unsigned i = 0; i < sizeof(program) / sizeof(program[0]); i++) {
		reg_write(fz, program[i][0], program[i][1]);
	}
}

static void put_desc(struct fuzz *fz, uint32_t i, uint32_t at, uint32_t len,
		     uint32_t flags, uint32_t next)
{
	const uint64_t desc[2] = { RAM + at, len | (uint64_t)flags << 32 |
						     (uint64_t)next << 48 };

	memcpy(fz->guest.ram + DESC + 16u * i, desc, sizeof(desc));
}

/* Segments that are right but for what the input changes; returns their bytes. */
static uint32_t put_segments(struct fuzz *fz, uint32_t at)
{
	const uint32_t nr = fuzz_take8(&fz->guest.in) % 6u;

	for (uint32_t i = 0; i < nr; i++) {
		const uint8_t kind = fuzz_take8(&fz->guest.in);
		const uint64_t segment[2] = {
			kind >= 250u ? fuzz_take64(&fz->guest.in) : kind % 40u,
			kind >= 250u ? fuzz_take64(&fz->guest.in) : kind / 40u,
		};

		memcpy(fz->guest.ram + at + 16u * i, segment, sizeof(segment));
	}
	return 16u * nr;
}

/* A request that is right but for what the input changes. */
static void ask(struct fuzz *fz)
{
	static const uint32_t types[] = { 0, 1, 4, 8, 0, 1, 0, 77, 11, 13 };
	const uint32_t i = fuzz_take8(&fz->guest.in) % 4u;
	const uint32_t type = types[fuzz_take8(&fz->guest.in) % 10u];
	const uint8_t size = fuzz_take8(&fz->guest.in);
	uint32_t len = type == 8u ? 20u : 512u * (1u + size % 4u) + (size == 255u);
	const uint16_t head = (uint16_t)(4u * i);
	uint64_t sector = fuzz_take8(&fz->guest.in) % 40u;

	if (size >= 250u) {
		sector = fuzz_take64(&fz->guest.in);
	}
	if (type == 11u || type == 13u) {
		len = put_segments(fz, DATA + 0x1000u * i) + (size == 255u);
	}
	memcpy(fz->guest.ram + HEADS + 64u * i, &type, 4);
	memcpy(fz->guest.ram + HEADS + 64u * i + 8u, &sector, 8);
	put_desc(fz, head, HEADS + 64u * i, 16, 1, head + 1u);
	put_desc(fz, head + 1u, DATA + 0x1000u * i + (size == 254u), len,
		 type == 1u || type > 8u ? 1u : 3u, head + 2u);
	put_desc(fz, head + 2u, HEADS + 64u * i + 32u, 1, 2, 0);
	memcpy(fz->guest.ram + AVAIL + 4u + 2u * (fz->avail % RING_SIZE), &head, 2);
	fz->avail++;
	memcpy(fz->guest.ram + AVAIL + 2u, &fz->avail, 2);
}

static void any_write(struct fuzz *fz)
{
	static const uint16_t offsets[] = {
		0x014, 0x020, 0x024, 0x030, 0x038, 0x044, 0x050, 0x064,
		0x070, 0x080, 0x084, 0x090, 0x094, 0x0A0, 0x0A4, 0x120,
	};
	const uint8_t kind = fuzz_take8(&fz->guest.in);
	const uint32_t value = kind & 0x80u ? fuzz_take32(&fz->guest.in)
					    : fuzz_take8(&fz->guest.in);

	if (kind & 0x40u) {
		const unsigned size = 1u << (kind & 3u) % 3u;

		(void)tzvmm_virtio_mmio_ops.write(&fz->vb.virtio,
						  fuzz_take16(&fz->guest.in) % 0x200u,
						  size, value);
		return;
	}
	reg_write(fz, offsets[kind & 15u], value);
}

static void resize(struct fuzz *fz)
{
	const uint64_t nr_sectors = fuzz_take8(&fz->guest.in) % 40u;

	require((tzvmm_virtio_blk_resize(&fz->vb, nr_sectors) == TZVMM_OK) ==
		(nr_sectors <= PART_LEN));
}

static void step(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->guest.in);
	uint32_t at;

	switch (kind % 16u) {
	case 0:
		bring_up(fz);
		break;
	case 1:
	case 2:
	case 3:
		ask(fz);
		break;
	case 4:
	case 5:
		reg_write(fz, 0x050, 0);
		break;
	case 6:
	case 7:
	case 8:
		if (fz->nr_queued != 0u) {
			complete(fz, fuzz_take8(&fz->guest.in) % fz->nr_queued,
				 (kind & 16u) != 0u);
		}
		break;
	case 9:
		tzvmm_virtio_blk_run(&fz->vb);
		break;
	case 10:
		(void)reg_read(fz, fuzz_take16(&fz->guest.in),
			       1u << (kind / 16u) % 3u);
		break;
	case 11:
	case 12:
		any_write(fz);
		break;
	case 13:
		at = fuzz_take16(&fz->guest.in) % RAM_LEN;
		fz->guest.ram[at] = fuzz_take8(&fz->guest.in);
		break;
	case 14:
		(void)!tzvmm_virtio_set_edges(&fz->vb.virtio, (kind & 32u) != 0u);
		fuzz_set_racing((kind & 16u) != 0u);
		break;
	default:
		reg_write(fz, 0x064, reg_read(fz, 0x060, 4));
		if ((kind & 16u) != 0u) {
			resize(fz);
		}
		break;
	}
	require(fz->vb.in_flight == fz->nr_queued);
}

static void set_up(struct fuzz *fz)
{
	const struct tzvmm_virtio_blk_setup setup = {
		.name = "disk0",
		.serial = "fuzz",
		.disk = &fz->part.dev,
		.bus = { &fz->guest.mem, &fz->guest.irqs, LINE, &fuzz_sys, EDGE_LINE },
		.queue_size = RING_SIZE,
		.reqs = fz->reqs,
		.nr_reqs = NR_REQS,
		.sg = fz->sg,
		.nr_sg = NR_SG,
	};

	fz->disk = (struct tzvmm_blkdev){ .ops = &disk_ops,
					  .ctx = fz,
					  .nr_sectors = DISK_LEN,
					  .max_sectors = 128,
					  .max_sg = 6,
					  .sg_align = 4,
					  .max_discard = PART_LEN,
					  .max_zeroes = 4 };
	require(tzvmm_partition_init(&fz->part, &fz->disk, PART_START, PART_LEN,
				     false) == TZVMM_OK);
	require(tzvmm_virtio_blk_init(&fz->vb, &setup) == TZVMM_OK);
}

/* A driver that waits gets its reset, and nothing is written after it. */
static void drain(struct fuzz *fz)
{
	uint8_t used[4];

	fuzz_set_racing(false);
	reg_write(fz, 0x070, 0);
	memcpy(used, fz->guest.ram + USED, sizeof(used));
	while (fz->nr_queued != 0u) {
		require(reg_read(fz, 0x070, 4) != 0u);
		fz->queue[0]->nr_sg = 0; /* a disk that gives up */
		complete(fz, 0, false);
		tzvmm_virtio_blk_run(&fz->vb);
	}
	require(reg_read(fz, 0x070, 4) == 0u);
	require(memcmp(used, fz->guest.ram + USED, sizeof(used)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz fz;

	fz = (struct fuzz){ 0 };
	fuzz_guest_init(&fz.guest, data, size, RAM_LEN);
	set_up(&fz);
	while (fz.guest.in.left != 0u) {
		step(&fz);
	}
	drain(&fz);
	free(fz.guest.ram);
	return 0;
}
