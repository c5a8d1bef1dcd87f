// SPDX-License-Identifier: BSD-2-Clause
/* Two disks with all that can be below one: scheduler, partition, overlay, cipher.
 * Their rings, tables and buffers share 16 KiB of guest memory in any way: what one
 * disk answers may be what the other one is asked. Every call returns, memory is
 * the sanitizers' to watch, a disk never leaves its partition, what is under the
 * overlay is written in a commit alone, and all that was taken comes back. */

#include <string.h>

#include <tzvmm/crypt.h>
#include <tzvmm/overlay.h>
#include <tzvmm/partition.h>
#include <tzvmm/sched.h>
#include <tzvmm/virtio_blk.h>

#include "fuzz_guest.h"

#define RAM_LEN 0x4000u
#define NR_DISKS 2u
#define NR_REQS 4u
#define NR_SG 10u
#define NR_BUFFERS 2u
#define BUFFER_LEN (2u * TZVMM_SECTOR_LEN)
#define BOUNCE_LEN (2u * TZVMM_SECTOR_LEN)
#define DEPTH 8u

/* Of the card, in sectors. */
#define BASE 8u
#define BASE_LEN 60u
#define STORE 72u
#define STORE_LEN 58u
#define PLAIN 144u
#define PLAIN_LEN 40u
#define CARD_LEN 200u

struct disk {
	struct tzvmm_virtio_blk vb;
	struct tzvmm_virtio_blk_req reqs[NR_REQS];
	struct tzvmm_sg sg[NR_REQS * NR_SG];
	uint32_t avail; /* its ring's place in memory */
	uint32_t size;
};

struct fuzz {
	struct fuzz_guest guest;
	struct tzvmm_blkdev card;
	struct tzvmm_blk_req *queue[DEPTH];
	uint32_t nr_queued;
	struct tzvmm_sched sched;
	struct tzvmm_sched_client clients[3];
	struct tzvmm_partition parts[3]; /* base, store, plain */
	struct tzvmm_overlay overlay;
	uint32_t map[TZVMM_OVERLAY_NR_MAP(BASE_LEN)];
	struct tzvmm_overlay_job jobs[2];
	struct tzvmm_overlay_child children[3];
	struct tzvmm_sg sg[3u * NR_SG];
	struct tzvmm_overlay_commit commit;
	bool committing;
	struct tzvmm_crypt crypt;
	struct tzvmm_crypt_slot slots[NR_BUFFERS];
	struct disk disks[NR_DISKS];
	_Alignas(64) uint8_t buffers[NR_BUFFERS * BUFFER_LEN];
	_Alignas(64) uint8_t bounce[BOUNCE_LEN];
	uint8_t bytes[CARD_LEN * TZVMM_SECTOR_LEN];
};

/* ---- Surroundings ------------------------------------------------------- */

/* Not a good cipher, but one that has to be undone. */
static enum tzvmm_status cipher(void *ctx, uint64_t sector, const uint8_t *in,
				uint8_t *out, uint32_t nr_sectors)
{
	(void)ctx;
	require(nr_sectors != 0u && sector + nr_sectors <= BASE_LEN);
	for (uint32_t i = 0; i < nr_sectors * TZVMM_SECTOR_LEN; i++) {
		out[i] = in[i] ^ (uint8_t)(0x5Au + sector);
	}
	return TZVMM_OK;
}

static const struct tzvmm_cipher_ops cipher_ops = { cipher, cipher };

/* ---- The card ----------------------------------------------------------- */

static bool is_part(uint64_t sector, uint64_t nr, uint64_t start, uint64_t len)
{
	return sector >= start && sector + nr <= start + len;
}

static bool is_within(const void *va, size_t len, const uint8_t *start, size_t size)
{
	const uint8_t *at = va;

	return at >= start && at + len <= start + size;
}

static void check(const struct fuzz *fz, const struct tzvmm_blk_req *req)
{
	const uint64_t at = req->sector, nr = req->nr_sectors;
	uint64_t len = 0;

	require(is_part(at, nr, BASE, BASE_LEN) || is_part(at, nr, STORE, STORE_LEN) ||
		is_part(at, nr, PLAIN, PLAIN_LEN) || req->op == TZVMM_BLK_FLUSH);
	require(req->op != TZVMM_BLK_WRITE || !is_part(at, nr, BASE, BASE_LEN) ||
		fz->committing);
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		const struct tzvmm_sg *sg = &req->sg[i];

		len += sg->len;
		require(is_within(sg->va, sg->len, fz->guest.ram, RAM_LEN) ||
			is_within(sg->va, sg->len, fz->buffers, sizeof(fz->buffers)) ||
			is_within(sg->va, sg->len, fz->bounce, sizeof(fz->bounce)));
	}
	require(len == nr * TZVMM_SECTOR_LEN);
}

static enum tzvmm_status card_submit(const struct tzvmm_blkdev *dev,
				     struct tzvmm_blk_req *req)
{
	struct fuzz *fz = dev->ctx;

	check(fz, req);
	if (fz->nr_queued == DEPTH) {
		return TZVMM_E_FULL;
	}
	fz->queue[fz->nr_queued++] = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops card_ops = { .submit = card_submit };

static void move(struct fuzz *fz, const struct tzvmm_blk_req *req)
{
	uint8_t *at = fz->bytes + req->sector * TZVMM_SECTOR_LEN;

	for (uint32_t i = 0; i < req->nr_sg; i++) {
		if (req->op == TZVMM_BLK_READ) {
			memcpy(req->sg[i].va, at, req->sg[i].len);
		} else {
			memcpy(at, req->sg[i].va, req->sg[i].len);
		}
		at += req->sg[i].len;
	}
}

static void run(struct fuzz *fz)
{
	tzvmm_overlay_run(&fz->overlay);
	tzvmm_crypt_run(&fz->crypt);
	for (uint32_t n = 0; n < NR_DISKS; n++) {
		tzvmm_virtio_blk_run(&fz->disks[n].vb);
	}
}

static void complete(struct fuzz *fz, uint32_t n, bool fails)
{
	struct tzvmm_blk_req *req;

	if (fz->nr_queued == 0u) {
		return;
	}
	n %= fz->nr_queued;
	req = fz->queue[n];
	fz->queue[n] = fz->queue[--fz->nr_queued];
	if (!fails) {
		move(fz, req);
	}
	req->done(req, fails ? TZVMM_E_IO : TZVMM_OK);
}

/* ---- The guest ---------------------------------------------------------- */

static void reg_write(struct disk *disk, uint32_t offset, uint32_t value)
{
	tzvmm_virtio_write(&disk->vb.virtio, offset, 4, value);
}

/* One of few places, so that they meet, or any. */
static uint32_t place(struct fuzz *fz)
{
	const uint8_t choice = fuzz_take8(&fz->guest.in);

	return choice < 0xE0u ? (choice % 32u) * 0x200u
			      : fuzz_take16(&fz->guest.in) % RAM_LEN;
}

static void bring_up(struct fuzz *fz, struct disk *disk)
{
	const uint8_t choice = fuzz_take8(&fz->guest.in);
	const uint32_t features = (choice & 3u) << 28 | (choice >> 2 & 1u) << 9;

	fuzz_negotiate(&disk->vb.virtio, features);
	reg_write(disk, 0x030, 0);
	disk->size = 1u << (choice >> 5);
	reg_write(disk, 0x038, disk->size);
	reg_write(disk, 0x080, RAM + place(fz));
	disk->avail = place(fz);
	reg_write(disk, 0x090, RAM + disk->avail);
	reg_write(disk, 0x0A0, RAM + place(fz));
	reg_write(disk, 0x044, 1);
	reg_write(disk, 0x070, 15);
}

static void put(struct fuzz *fz, uint32_t at, const void *what, uint32_t len)
{
	if (at + len <= RAM_LEN) {
		memcpy(fz->guest.ram + at, what, len);
	}
}

/* A descriptor of a table: what it names is a place, too. */
static void put_desc(struct fuzz *fz)
{
	const uint32_t at = place(fz) + 16u * (fuzz_take8(&fz->guest.in) % 8u);
	const uint64_t addr = RAM + place(fz);
	const uint32_t choice = fuzz_take8(&fz->guest.in);
	const uint32_t lens[] = { 1, 16, 512, 1024, 32, 128, 2048, 0 };
	const uint32_t len = choice == 0xFFu ? fuzz_take32(&fz->guest.in)
					     : lens[choice >> 3 & 7u];
	const uint64_t rest = len | (uint64_t)(choice & 7u) << 32 |
			      (uint64_t)(fuzz_take8(&fz->guest.in) % 9u) << 48;
	const uint64_t desc[2] = { addr, rest };

	put(fz, at, desc, sizeof(desc));
}

static void put_header(struct fuzz *fz)
{
	const uint32_t at = place(fz);
	const uint8_t choice = fuzz_take8(&fz->guest.in);
	const uint32_t types[] = { 0, 1, 4, 8 };
	const uint32_t head[4] = { types[choice & 3u], 0, choice >> 2, 0 };

	put(fz, at, head, sizeof(head));
}

static void publish(struct fuzz *fz, struct disk *disk)
{
	const uint16_t head = fuzz_take8(&fz->guest.in) % 16u;
	uint16_t index = 0;

	if (disk->avail + 4u + 2u * disk->size > RAM_LEN) {
		return;
	}
	memcpy(&index, fz->guest.ram + disk->avail + 2u, 2);
	put(fz, disk->avail + 4u + 2u * (index & (disk->size - 1u)), &head, 2);
	index++;
	put(fz, disk->avail + 2u, &index, 2);
}

static void poke(struct fuzz *fz)
{
	const uint32_t at = fuzz_take16(&fz->guest.in);
	const uint16_t value = fuzz_take16(&fz->guest.in);

	put(fz, at % RAM_LEN, &value, 2);
}

/* ---- Secure code -------------------------------------------------------- */

static void on_commit(struct tzvmm_overlay_commit *commit, enum tzvmm_status status)
{
	struct fuzz *fz = commit->owner;

	(void)status;
	fz->committing = false;
}

static void commit(struct fuzz *fz)
{
	if (fz->committing) {
		return;
	}
	fz->commit = (struct tzvmm_overlay_commit){
		.bounce = fz->bounce, .nr_sectors = 2, .done = on_commit, .owner = fz
	};
	fz->committing = true;
	if (tzvmm_overlay_commit(&fz->overlay, &fz->commit) != TZVMM_OK) {
		fz->committing = false;
	}
}

/* ---- All of it ---------------------------------------------------------- */

static void add_part(struct fuzz *fz, uint32_t n, uint64_t start, uint64_t len)
{
	require(tzvmm_sched_add(&fz->clients[n], &fz->sched) == TZVMM_OK);
	require(tzvmm_partition_init(&fz->parts[n], &fz->clients[n].dev, start, len,
				     false) == TZVMM_OK);
}

static void plug(struct fuzz *fz, uint32_t n, const struct tzvmm_blkdev *dev)
{
	struct disk *disk = &fz->disks[n];
	const struct tzvmm_virtio_blk_setup setup = {
		.name = "disk",
		.serial = "fuzz",
		.disk = dev,
		.bus = { .mem = &fz->guest.mem,
			 .irqs = &fz->guest.irqs,
			 .line = LINE + n,
			 .sys = &fuzz_sys },
		.queue_size = 128,
		.reqs = disk->reqs,
		.nr_reqs = NR_REQS,
		.sg = disk->sg,
		.nr_sg = NR_SG,
	};

	require(tzvmm_virtio_blk_init(&disk->vb, &setup) == TZVMM_OK);
}

static void set_up(struct fuzz *fz)
{
	const struct tzvmm_overlay_setup overlay = {
		.name = "overlay",
		.sys = &fuzz_sys,
		.base = &fz->parts[0].dev,
		.store = &fz->parts[1].dev,
		.map = fz->map,
		.nr_map = TZVMM_OVERLAY_NR_MAP(BASE_LEN),
		.jobs = fz->jobs,
		.nr_jobs = 2,
		.children = fz->children,
		.nr_children = 3,
		.sg = fz->sg,
		.nr_sg = NR_SG,
		.log = true,
	};
	const struct tzvmm_crypt_setup crypt = {
		.parent = &fz->overlay.dev,
		.cipher = { &cipher_ops, NULL },
		.slots = fz->slots,
		.nr_slots = NR_BUFFERS,
		.buffers = fz->buffers,
		.buffer_len = BUFFER_LEN,
	};

	fz->card = (struct tzvmm_blkdev){ .ops = &card_ops,
					  .ctx = fz,
					  .nr_sectors = CARD_LEN,
					  .max_sectors = 16,
					  .max_sg = NR_SG,
					  .sg_align = 4 };
	tzvmm_sched_init(&fz->sched, &fz->card, &fuzz_sys, NULL);
	add_part(fz, 0, BASE, BASE_LEN);
	add_part(fz, 1, STORE, STORE_LEN);
	add_part(fz, 2, PLAIN, PLAIN_LEN);
	require(tzvmm_overlay_init(&fz->overlay, &overlay) == TZVMM_OK);
	require(tzvmm_crypt_init(&fz->crypt, &crypt) == TZVMM_OK);
	plug(fz, 0, &fz->crypt.dev);
	plug(fz, 1, &fz->parts[2].dev);
}

static void step(struct fuzz *fz)
{
	const uint8_t choice = fuzz_take8(&fz->guest.in);
	struct disk *disk = &fz->disks[choice >> 7];

	switch (choice & 15u) {
	case 0:
		bring_up(fz, disk);
		break;
	case 1:
	case 2:
	case 3:
		put_desc(fz);
		break;
	case 4:
	case 5:
		put_header(fz);
		break;
	case 6:
	case 7:
		publish(fz, disk);
		break;
	case 8:
		reg_write(disk, 0x050, 0);
		break;
	case 9:
		poke(fz);
		break;
	case 10:
		reg_write(disk, 4u * (fuzz_take8(&fz->guest.in) % 64u),
			  fuzz_take8(&fz->guest.in));
		break;
	case 11:
		commit(fz);
		break;
	case 12:
		(void)!tzvmm_overlay_discard(&fz->overlay);
		break;
	case 13:
		fuzz_set_racing((choice & 0x40u) != 0u);
		break;
	default:
		complete(fz, choice >> 5, (choice & 16u) != 0u);
		run(fz);
		break;
	}
}

/* Whatever was taken comes back. A guest that is stopped asks for nothing more. */
static void drain(struct fuzz *fz)
{
	fuzz_set_racing(false);
	for (uint32_t n = 0; n < NR_DISKS; n++) {
		reg_write(&fz->disks[n], 0x070, 0);
	}
	for (unsigned i = 0; i < 2000u && fz->nr_queued != 0u; i++) {
		complete(fz, 0, false);
		run(fz);
	}
	require(!tzvmm_sched_busy(&fz->sched) && !tzvmm_crypt_busy(&fz->crypt));
	require(!fz->committing);
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
