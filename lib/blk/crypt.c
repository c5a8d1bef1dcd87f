// SPDX-License-Identifier: BSD-2-Clause
/* A block device that keeps its content encrypted on another one.
 *
 * The oldest request that is not wholly on its way is the head of a queue: it is
 * split into parts, each with a slot of the pool. A slot is free, at the parent,
 * or ready: filled with the next part of the head, when the parent was full. A
 * request is over when it is not the head any more and no slot is a part of it. */

#include <stddef.h>
#include <string.h>

#include <tzvmm/crypt.h>

/* Of a request. Its bytes are a number of 32 bits. */
#define MOST_SECTORS (UINT32_MAX / TZVMM_SECTOR_LEN)

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* ---- Slots and the queue ------------------------------------------------ */

static struct tzvmm_crypt_slot *from_part(struct tzvmm_blk_req *part)
{
	return (struct tzvmm_crypt_slot *)part;
}

static void put_free(struct tzvmm_crypt *crypt, struct tzvmm_crypt_slot *slot)
{
	slot->req = NULL;
	slot->part.next = crypt->free == NULL ? NULL : &crypt->free->part;
	crypt->free = slot;
}

static struct tzvmm_crypt_slot *take_free(struct tzvmm_crypt *crypt)
{
	struct tzvmm_crypt_slot *slot = crypt->free;

	crypt->free = from_part(slot->part.next);
	return slot;
}

static void put_last(struct tzvmm_crypt *crypt, struct tzvmm_blk_req *req)
{
	req->next = NULL;
	if (crypt->head == NULL) {
		crypt->head = req;
	} else {
		crypt->tail->next = req;
	}
	crypt->tail = req;
}

static void drop_head(struct tzvmm_crypt *crypt)
{
	crypt->head = crypt->head->next;
	crypt->nr_split = 0;
	crypt->place = (struct tzvmm_crypt_place){ 0 };
}

static bool is_over(const struct tzvmm_crypt *crypt, const struct tzvmm_blk_req *req)
{
	bool over = crypt->head != req;

	for (uint32_t i = 0; i < crypt->nr_slots; i++) {
		over = over && crypt->slots[i].req != req;
	}
	return over;
}

/* Start no more of a request. The parts that are on their way carry its status. */
static void fail(struct tzvmm_crypt *crypt, const struct tzvmm_blk_req *req,
		 enum tzvmm_status status)
{
	if (crypt->head == req) {
		if (crypt->ready != NULL) {
			put_free(crypt, crypt->ready);
			crypt->ready = NULL;
		}
		drop_head(crypt);
	}
	for (uint32_t i = 0; i < crypt->nr_slots; i++) {
		if (crypt->slots[i].req == req) {
			crypt->slots[i].status = status;
		}
	}
}

static void answer(struct tzvmm_crypt *crypt, struct tzvmm_blk_req *req,
		   enum tzvmm_status status)
{
	crypt->stats.failed += status != TZVMM_OK;
	req->done(req, status);
}

/* ---- Between a buffer and pieces ---------------------------------------- */

/* Memory at a place, and how much of it up to the end of the piece. */
static uint8_t *at_place(const struct tzvmm_blk_req *req,
			 const struct tzvmm_crypt_place *place, uint32_t *len)
{
	const struct tzvmm_sg *sg = &req->sg[place->piece];

	*len = sg->len - place->offset;
	return (uint8_t *)sg->va + place->offset;
}

/* Step over bytes of one piece. */
static void step(const struct tzvmm_blk_req *req, struct tzvmm_crypt_place *place,
		 uint32_t len)
{
	place->offset += len;
	if (place->offset == req->sg[place->piece].len) {
		place->piece++;
		place->offset = 0;
	}
}

/* Step over whole sectors. */
static void skip(const struct tzvmm_blk_req *req, struct tzvmm_crypt_place *place,
		 uint32_t nr_sectors)
{
	uint32_t left = nr_sectors * TZVMM_SECTOR_LEN;

	while (left != 0u) {
		uint32_t len;

		(void)at_place(req, place, &len);
		len = min32(len, left);
		step(req, place, len);
		left -= len;
	}
}

/* Copy a sector that lies in several pieces from them or to them. */
static void copy_sector(const struct tzvmm_blk_req *req,
			struct tzvmm_crypt_place *place, uint8_t *sector)
{
	uint32_t left = TZVMM_SECTOR_LEN;

	while (left != 0u) {
		uint32_t len;
		uint8_t *piece = at_place(req, place, &len);

		len = min32(len, left);
		if (req->op == TZVMM_BLK_WRITE) {
			memcpy(sector, piece, len);
		} else {
			memcpy(piece, sector, len);
		}
		step(req, place, len);
		sector += len;
		left -= len;
	}
}

/* The compiler does not know that nobody reads it again. */
static void wipe(uint8_t *memory, size_t len)
{
	memset(memory, 0, len);
	__asm__ volatile("" : : "r"(memory) : "memory");
}

/* Between a piece and the buffer, or in place. Whatever status a cipher makes up is
 * one: TZVMM_E_FULL would mean something else. */
static enum tzvmm_status run_cipher(const struct tzvmm_crypt *crypt,
				    enum tzvmm_blk_op op, uint64_t number,
				    uint8_t *piece, uint8_t *buffer, uint32_t nr)
{
	const struct tzvmm_cipher_ops *ops = crypt->cipher.ops;
	void *ctx = crypt->cipher.ctx;
	enum tzvmm_status st;

	if (op == TZVMM_BLK_WRITE) {
		st = ops->encrypt(ctx, number, piece, buffer, nr);
	} else {
		st = ops->decrypt(ctx, number, buffer, piece, nr);
	}
	return st == TZVMM_OK ? TZVMM_OK : TZVMM_E_IO;
}

/* A sector in several pieces: the cipher works in place, in the buffer. Before it
 * or after it that is plaintext, which does not stay. */
static enum tzvmm_status
convert_copy(struct tzvmm_crypt *crypt, const struct tzvmm_blk_req *req,
	     struct tzvmm_crypt_place *place, uint64_t number, uint8_t *buffer)
{
	enum tzvmm_status st;

	crypt->stats.copied++;
	if (req->op == TZVMM_BLK_WRITE) {
		copy_sector(req, place, buffer);
		return run_cipher(crypt, req->op, number, buffer, buffer, 1);
	}
	st = run_cipher(crypt, req->op, number, buffer, buffer, 1);
	if (st == TZVMM_OK) {
		copy_sector(req, place, buffer);
	}
	wipe(buffer, TZVMM_SECTOR_LEN);
	return st;
}

/* Encrypt or decrypt a part. place is where its pieces start, and then where they
 * end. */
static enum tzvmm_status convert(struct tzvmm_crypt *crypt,
				 const struct tzvmm_crypt_slot *slot,
				 struct tzvmm_crypt_place *place)
{
	const struct tzvmm_blk_req *req = slot->req;
	enum tzvmm_status st = TZVMM_OK;
	uint64_t number = slot->number;
	uint8_t *buffer = slot->sg.va;
	uint32_t left = slot->part.nr_sectors;

	while (left != 0u && st == TZVMM_OK) {
		uint32_t len;
		uint8_t *piece = at_place(req, place, &len);
		uint32_t nr = min32(len / TZVMM_SECTOR_LEN, left);

		if (nr != 0u) {
			st = run_cipher(crypt, req->op, number, piece, buffer, nr);
			step(req, place, nr * TZVMM_SECTOR_LEN);
		} else {
			nr = 1;
			st = convert_copy(crypt, req, place, number, buffer);
		}
		number += nr;
		buffer += (size_t)nr * TZVMM_SECTOR_LEN;
		left -= nr;
	}
	return st;
}

/* ---- Splitting ---------------------------------------------------------- */

/* Fill a slot with the next part of the head. */
static enum tzvmm_status prepare(struct tzvmm_crypt *crypt,
				 struct tzvmm_crypt_slot *slot)
{
	struct tzvmm_blk_req *req = crypt->head;
	const uint32_t nr =
		min32(req->nr_sectors - crypt->nr_split, crypt->part_sectors);
	enum tzvmm_status st = TZVMM_OK;

	slot->req = req;
	slot->status = TZVMM_OK;
	slot->place = crypt->place;
	slot->sg.len = nr * TZVMM_SECTOR_LEN;
	slot->number = req->sector + crypt->nr_split;
	slot->part.op = req->op;
	slot->part.sector = slot->number;
	slot->part.nr_sectors = nr;
	if (req->op == TZVMM_BLK_WRITE) {
		st = convert(crypt, slot, &crypt->place);
	} else {
		skip(req, &crypt->place, nr);
	}
	if (st != TZVMM_OK) {
		wipe(slot->sg.va, slot->sg.len);
		put_free(crypt, slot);
	}
	return st;
}

/* Give the parent the ready part of the head. */
static enum tzvmm_status submit_part(struct tzvmm_crypt *crypt)
{
	struct tzvmm_crypt_slot *slot = crypt->ready;
	const enum tzvmm_status st = tzvmm_blk_submit(crypt->parent, &slot->part);

	if (st == TZVMM_E_FULL) {
		crypt->stats.stalled++;
		return st;
	}
	crypt->ready = NULL;
	if (st != TZVMM_OK) {
		put_free(crypt, slot);
		return st;
	}
	crypt->stats.parts++;
	crypt->nr_split += slot->part.nr_sectors;
	if (crypt->nr_split == crypt->head->nr_sectors) {
		drop_head(crypt);
	}
	return TZVMM_OK;
}

/* Start parts of the head while there are slots and the parent takes them.
 * TZVMM_E_FULL: one of the two has come to its end. */
static enum tzvmm_status split(struct tzvmm_crypt *crypt)
{
	const struct tzvmm_blk_req *req = crypt->head;
	enum tzvmm_status st = TZVMM_OK;

	while (crypt->head == req && st == TZVMM_OK) {
		if (crypt->ready == NULL) {
			struct tzvmm_crypt_slot *slot;

			if (crypt->free == NULL) {
				return TZVMM_E_FULL;
			}
			slot = take_free(crypt);
			st = prepare(crypt, slot);
			crypt->ready = st == TZVMM_OK ? slot : NULL;
		}
		if (st == TZVMM_OK) {
			st = submit_part(crypt);
		}
	}
	return st;
}

/* A client's done() may submit, which is why nothing here outlives the call. */
void tzvmm_crypt_run(struct tzvmm_crypt *crypt)
{
	while (crypt->head != NULL) {
		struct tzvmm_blk_req *req = crypt->head;
		const enum tzvmm_status st = split(crypt);

		if (st == TZVMM_E_FULL) {
			return;
		}
		if (st != TZVMM_OK) {
			fail(crypt, req, st);
			if (is_over(crypt, req)) {
				answer(crypt, req, st);
			}
		}
	}
}

/* The parent is done with a part. It gets the next one before the client hears of
 * this one, so that the card does not wait. */
static void part_done(struct tzvmm_blk_req *part, enum tzvmm_status status)
{
	struct tzvmm_crypt_slot *slot = from_part(part);
	struct tzvmm_crypt *crypt = part->owner;
	struct tzvmm_blk_req *req = slot->req;
	bool over;

	if (slot->status != TZVMM_OK) {
		status = slot->status;
	} else if (status == TZVMM_OK && req->op == TZVMM_BLK_READ) {
		status = convert(crypt, slot, &slot->place);
	}
	put_free(crypt, slot);
	if (status != TZVMM_OK) {
		fail(crypt, req, status);
	}
	over = is_over(crypt, req);
	tzvmm_crypt_run(crypt);
	if (over) {
		answer(crypt, req, status);
	}
}

static enum tzvmm_status crypt_submit(const struct tzvmm_blkdev *dev,
				      struct tzvmm_blk_req *req)
{
	struct tzvmm_crypt *crypt = dev->ctx;
	enum tzvmm_status st;

	if (req->op == TZVMM_BLK_FLUSH) {
		return tzvmm_blk_submit(crypt->parent, req);
	}
	crypt->stats.requests++;
	put_last(crypt, req);
	if (crypt->head != req) {
		crypt->stats.waited++;
		return TZVMM_OK;
	}
	st = split(crypt);
	if (st == TZVMM_OK || st == TZVMM_E_FULL) {
		return TZVMM_OK;
	}
	fail(crypt, req, st);
	return is_over(crypt, req) ? st : TZVMM_OK;
}

static const struct tzvmm_blkdev_ops crypt_ops = { .submit = crypt_submit };

/* ---- The embedder's side ------------------------------------------------ */

bool tzvmm_crypt_busy(const struct tzvmm_crypt *crypt)
{
	bool busy = false;

	/* The head waits for these, or has one. */
	for (uint32_t i = 0; i < crypt->nr_slots; i++) {
		busy = busy || crypt->slots[i].req != NULL;
	}
	return busy;
}

enum tzvmm_status tzvmm_crypt_wipe(struct tzvmm_crypt *crypt)
{
	if (tzvmm_crypt_busy(crypt)) {
		return TZVMM_E_BUSY;
	}
	for (uint32_t i = 0; i < crypt->nr_slots; i++) {
		wipe(crypt->slots[i].sg.va, crypt->buffer_len);
	}
	return TZVMM_OK;
}

static bool is_aligned(const struct tzvmm_crypt_setup *setup)
{
	const uintptr_t align = setup->parent->sg_align;

	return align <= TZVMM_SECTOR_LEN &&
	       ((uintptr_t)setup->buffers & (align - 1u)) == 0u &&
	       ((uintptr_t)setup->buffers & (TZVMM_CRYPT_ALIGN - 1u)) == 0u;
}

static bool is_setup(const struct tzvmm_crypt_setup *setup)
{
	return setup->parent != NULL && setup->cipher.ops != NULL &&
	       setup->slots != NULL && setup->nr_slots != 0u &&
	       setup->buffers != NULL && is_aligned(setup) &&
	       setup->buffer_len != 0u && setup->buffer_len % TZVMM_SECTOR_LEN == 0u;
}

enum tzvmm_status tzvmm_crypt_init(struct tzvmm_crypt *crypt,
				   const struct tzvmm_crypt_setup *setup)
{
	if (!is_setup(setup)) {
		return TZVMM_E_INVAL;
	}
	*crypt = (struct tzvmm_crypt){
		.dev = { .ops = &crypt_ops,
			 .ctx = crypt,
			 .nr_sectors = setup->parent->nr_sectors,
			 .max_sectors = MOST_SECTORS,
			 .max_sg = UINT32_MAX,
			 .sg_align = 1,
			 .read_only = setup->parent->read_only,
			 /* No discards: they tell what is in use. No zeros: the
			  * parent's are none when they are decrypted. */
			 .topology = setup->parent->topology },
		.parent = setup->parent,
		.cipher = setup->cipher,
		.slots = setup->slots,
		.nr_slots = setup->nr_slots,
		.buffer_len = setup->buffer_len,
		.part_sectors = min32(setup->buffer_len / TZVMM_SECTOR_LEN,
				      setup->parent->max_sectors),
	};
	for (uint32_t i = 0; i < setup->nr_slots; i++) {
		struct tzvmm_crypt_slot *slot = &setup->slots[i];

		*slot = (struct tzvmm_crypt_slot){
			.part = { .sg = &slot->sg,
				  .nr_sg = 1,
				  .done = part_done,
				  .owner = crypt },
			.sg = { .va = setup->buffers + (size_t)i * setup->buffer_len },
		};
		put_free(crypt, slot);
	}
	return TZVMM_OK;
}
