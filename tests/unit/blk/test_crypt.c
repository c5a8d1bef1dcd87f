// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/crypt.h>
#include <tzvmm/partition.h>

#include "ram_disk.h"

#define SECTOR 512u
#define DISK_LEN 256u
#define START 10u /* of the partition that is encrypted */
#define LEN 200u
#define NR_SLOTS 3u
#define PART 4u /* sectors of a buffer */
#define BUFFER_LEN (PART * SECTOR)
#define POOL (NR_SLOTS * PART)
#define NR_CLIENTS 6u
#define MOST 40u /* sectors of a request */
#define NR_PIECES (6u * SECTOR)
#define MARK 0xA5u

/* A request with its memory. */
struct client {
	struct tzvmm_blk_req req;
	struct tzvmm_sg sg[NR_PIECES];
	uint8_t *memory;
	unsigned nr_done;
	enum tzvmm_status status;
	void (*then)(struct client *cl); /* called by done() */
	struct fixture *fx;
};

/* Encryption adds what depends on the sector and the byte: it is not its own
 * inverse, and a sector under another's number is noise. */
struct test_cipher {
	unsigned nr_calls;
	unsigned fail_at; /* the n-th call fails; 0: none */
	uint64_t last;    /* sector of the last call */
	bool meddled;     /* the client's memory changes at each call */
	struct client *victim;
};

struct fixture {
	struct ram_disk disk;
	struct tzvmm_partition part;
	struct test_cipher cipher;
	struct tzvmm_crypt crypt;
	struct tzvmm_crypt_slot slots[NR_SLOTS];
	uint8_t *buffers;
	struct tzvmm_crypt_setup setup;
	bool inside; /* of submit() */
	struct client clients[NR_CLIENTS];
	uint8_t before[DISK_LEN * SECTOR];
};

static uint8_t pad(uint64_t sector, uint32_t i)
{
	return (uint8_t)(sector * 101u + (sector >> 32) * 7u + i * 13u + (i >> 8) +
			 1u);
}

static enum tzvmm_status count_call(struct test_cipher *cipher, uint64_t sector)
{
	cipher->last = sector;
	/* Not to be taken for the disk's. */
	return ++cipher->nr_calls == cipher->fail_at ? TZVMM_E_FULL : TZVMM_OK;
}

static enum tzvmm_status test_encrypt(void *ctx, uint64_t sector, const uint8_t *in,
				      uint8_t *out, uint32_t nr)
{
	struct test_cipher *cipher = ctx;
	enum tzvmm_status st = count_call(cipher, sector);

	for (uint32_t i = 0; i < nr * SECTOR; i++) {
		if (cipher->meddled && i % 64u == 0u) {
			memset(cipher->victim->memory, (int)i, MOST * SECTOR);
		}
		out[i] = (uint8_t)(in[i] + (st == TZVMM_OK ? pad(sector + i / SECTOR,
								 i % SECTOR)
							   : 0));
	}
	return st;
}

static enum tzvmm_status test_decrypt(void *ctx, uint64_t sector, const uint8_t *in,
				      uint8_t *out, uint32_t nr)
{
	enum tzvmm_status st = count_call(ctx, sector);

	for (uint32_t i = 0; st == TZVMM_OK && i < nr * SECTOR; i++) {
		out[i] = (uint8_t)(in[i] - pad(sector + i / SECTOR, i % SECTOR));
	}
	return st;
}

static const struct tzvmm_cipher_ops test_ops = { test_encrypt, test_decrypt };

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	ram_disk_init(&fx->disk, DISK_LEN);
	memcpy(fx->before, fx->disk.bytes, sizeof(fx->before));
	assert_int_equal(tzvmm_partition_init(&fx->part, &fx->disk.dev, START, LEN,
					      false),
			 TZVMM_OK);
	fx->buffers = aligned_alloc(SECTOR, NR_SLOTS * BUFFER_LEN);
	assert_non_null(fx->buffers);
	memset(fx->buffers, 0, NR_SLOTS * BUFFER_LEN);
	fx->setup = (struct tzvmm_crypt_setup){
		.parent = &fx->part.dev,
		.cipher = { &test_ops, &fx->cipher },
		.slots = fx->slots,
		.nr_slots = NR_SLOTS,
		.buffers = fx->buffers,
		.buffer_len = BUFFER_LEN,
	};
	assert_int_equal(tzvmm_crypt_init(&fx->crypt, &fx->setup), TZVMM_OK);
	for (unsigned i = 0; i < NR_CLIENTS; i++) {
		fx->clients[i].memory = malloc(MOST * SECTOR);
		assert_non_null(fx->clients[i].memory);
		fx->clients[i].fx = fx;
	}
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < NR_CLIENTS; i++) {
		free(fx->clients[i].memory);
	}
	free(fx->buffers);
	ram_disk_free(&fx->disk);
	test_free(fx);
	return 0;
}

/* ---- Clients ------------------------------------------------------------ */

static void note_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct client *cl = req->owner;

	assert_false(cl->fx->inside);
	cl->nr_done++;
	cl->status = status;
	if (cl->then != NULL) {
		cl->then(cl);
	}
}

/* Cut the memory into pieces of some length; the last is what is left. */
static void cut(struct client *cl, uint32_t nr, uint32_t piece_len)
{
	const uint32_t len = nr * SECTOR;
	uint32_t at = 0;

	cl->req.nr_sg = 0;
	while (at != len) {
		uint32_t piece = len - at < piece_len ? len - at : piece_len;

		assert_true(cl->req.nr_sg < NR_PIECES);
		cl->sg[cl->req.nr_sg++] = (struct tzvmm_sg){ cl->memory + at, piece };
		at += piece;
	}
}

static void prepare(struct client *cl, enum tzvmm_blk_op op, uint64_t sector,
		    uint32_t nr, uint32_t piece_len)
{
	cut(cl, nr, piece_len);
	cl->req.op = op;
	cl->req.sector = sector;
	cl->req.nr_sectors = nr;
	cl->req.sg = cl->sg;
	cl->req.done = note_done;
	cl->req.owner = cl;
	cl->nr_done = 0;
}

static enum tzvmm_status submit(struct client *cl)
{
	struct fixture *fx = cl->fx;
	const bool was_inside = fx->inside;
	enum tzvmm_status st;

	fx->inside = true;
	st = tzvmm_blk_submit(&fx->crypt.dev, &cl->req);
	fx->inside = was_inside;
	return st;
}

static enum tzvmm_status ask(struct fixture *fx, unsigned i, enum tzvmm_blk_op op,
			     uint64_t sector, uint32_t nr)
{
	prepare(&fx->clients[i], op, sector, nr, MOST * SECTOR);
	return submit(&fx->clients[i]);
}

static uint8_t plain(unsigned seed, uint32_t i)
{
	return (uint8_t)(seed * 37u + i * 5u + (i >> 8) * 3u);
}

static void fill(struct client *cl, uint32_t nr, unsigned seed)
{
	for (uint32_t i = 0; i < nr * SECTOR; i++) {
		cl->memory[i] = plain(seed, i);
	}
}

static void assert_plain(const struct client *cl, uint32_t nr, unsigned seed)
{
	for (uint32_t i = 0; i < nr * SECTOR; i++) {
		assert_int_equal(cl->memory[i], plain(seed, i));
	}
}

/* Sectors of the partition hold what fill() made of them, encrypted. */
static void assert_on_card(const struct fixture *fx, uint32_t sector, uint32_t nr,
			   unsigned seed)
{
	const uint8_t *at = fx->disk.bytes + (size_t)(START + sector) * SECTOR;

	for (uint32_t i = 0; i < nr * SECTOR; i++) {
		assert_int_equal(at[i],
				 (uint8_t)(plain(seed, i) +
					   pad(sector + i / SECTOR, i % SECTOR)));
	}
}

/* The other way round. */
static void put_on_card(struct fixture *fx, uint32_t sector, uint32_t nr,
			unsigned seed)
{
	uint8_t *at = fx->disk.bytes + (size_t)(START + sector) * SECTOR;

	for (uint32_t i = 0; i < nr * SECTOR; i++) {
		at[i] = (uint8_t)(plain(seed, i) +
				  pad(sector + i / SECTOR, i % SECTOR));
	}
}

static void assert_untouched_but(const struct fixture *fx, uint32_t sector,
				 uint32_t nr)
{
	const size_t first = (size_t)(START + sector) * SECTOR;
	const size_t end = first + (size_t)nr * SECTOR;

	assert_memory_equal(fx->disk.bytes, fx->before, first);
	assert_memory_equal(fx->disk.bytes + end, fx->before + end,
			    sizeof(fx->before) - end);
}

static void assert_done(const struct client *cl, enum tzvmm_status status)
{
	assert_int_equal(cl->nr_done, 1);
	assert_int_equal(cl->status, status);
}

/* The disk ends its i-th request with a status, and has moved no byte. */
static void end_with(struct fixture *fx, unsigned i, enum tzvmm_status status)
{
	struct ram_disk *disk = &fx->disk;
	struct tzvmm_blk_req *req = disk->queue[i];

	assert_true(i < disk->nr_queued);
	disk->nr_queued--;
	memmove(&disk->queue[i], &disk->queue[i + 1u],
		(disk->nr_queued - i) * sizeof(disk->queue[0]));
	req->done(req, status);
}

/* All slots came back, and none twice: a request that needs them all works. */
static void assert_all_well(struct fixture *fx)
{
	struct client *cl = &fx->clients[NR_CLIENTS - 1u];

	assert_false(tzvmm_crypt_busy(&fx->crypt));
	assert_int_equal(fx->disk.nr_queued, 0);
	fx->disk.depth = RAM_DISK_QUEUE;
	fill(cl, POOL, 77);
	assert_int_equal(ask(fx, NR_CLIENTS - 1u, TZVMM_BLK_WRITE, 100, POOL),
			 TZVMM_OK);
	assert_int_equal(fx->disk.nr_queued, NR_SLOTS);
	(void)ram_disk_complete_all(&fx->disk);
	assert_done(cl, TZVMM_OK);
	assert_on_card(fx, 100, POOL, 77);
	assert_false(tzvmm_crypt_busy(&fx->crypt));
}

/* ---- What is on the card ------------------------------------------------ */

static void each_sector_is_encrypted_under_its_number_in_the_device(void **state)
{
	struct fixture *fx = *state;

	fill(&fx->clients[0], 10, 1);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 5, 10), TZVMM_OK);
	(void)ram_disk_complete_all(&fx->disk);
	assert_done(&fx->clients[0], TZVMM_OK);
	assert_on_card(fx, 5, 10, 1);
	assert_untouched_but(fx, 5, 10);
	assert_all_well(fx);
}

static void a_read_gives_what_was_encrypted(void **state)
{
	struct fixture *fx = *state;

	put_on_card(fx, 7, 10, 2);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_READ, 7, 10), TZVMM_OK);
	(void)ram_disk_complete_all(&fx->disk);
	assert_done(&fx->clients[0], TZVMM_OK);
	assert_plain(&fx->clients[0], 10, 2);
	assert_all_well(fx);
}

static void a_write_leaves_the_clients_memory_as_it_is(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t len = 1; len < 2u * SECTOR; len += 73u) {
		fill(&fx->clients[0], 6, len);
		prepare(&fx->clients[0], TZVMM_BLK_WRITE, 0, 6, len);
		assert_int_equal(submit(&fx->clients[0]), TZVMM_OK);
		(void)ram_disk_complete_all(&fx->disk);
		assert_plain(&fx->clients[0], 6, len);
	}
}

/* 6 sectors: a buffer and a half, so that a sector at a buffer's end is among those
 * that lie in two pieces. */
static void pieces_may_have_any_length_and_alignment(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];

	for (uint32_t len = 1; len <= 6u * SECTOR; len += len < 1100u ? 1u : 97u) {
		fill(cl, 6, len);
		prepare(cl, TZVMM_BLK_WRITE, 3, 6, len);
		assert_int_equal(submit(cl), TZVMM_OK);
		(void)ram_disk_complete_all(&fx->disk);
		assert_done(cl, TZVMM_OK);
		assert_on_card(fx, 3, 6, len);

		memset(cl->memory, 0, 6u * SECTOR);
		prepare(cl, TZVMM_BLK_READ, 3, 6, len);
		assert_int_equal(submit(cl), TZVMM_OK);
		(void)ram_disk_complete_all(&fx->disk);
		assert_done(cl, TZVMM_OK);
		assert_plain(cl, 6, len);
	}
	assert_untouched_but(fx, 3, 6);
	assert_all_well(fx);
}

/* A first piece of each length, the rest in one: the long piece starts anywhere in
 * a sector, and some sectors of it are whole. */
static void whole_sectors_of_a_piece_that_starts_anywhere_are_not_copied(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];

	for (uint32_t len = 1; len < 2u * SECTOR; len++) {
		const uint32_t copied = tzvmm_crypt_stats(&fx->crypt)->copied;
		const bool straddles = len % SECTOR != 0u;

		put_on_card(fx, 20, 6, len);
		prepare(cl, TZVMM_BLK_READ, 20, 6, 6u * SECTOR);
		cl->sg[0].len = len;
		cl->sg[1] = (struct tzvmm_sg){ cl->memory + len, 6u * SECTOR - len };
		cl->req.nr_sg = 2;
		assert_int_equal(submit(cl), TZVMM_OK);
		(void)ram_disk_complete_all(&fx->disk);
		assert_done(cl, TZVMM_OK);
		assert_plain(cl, 6, len);
		assert_int_equal(tzvmm_crypt_stats(&fx->crypt)->copied - copied,
				 straddles ? 1 : 0);
	}
}

static void sector_numbers_are_64_bits_wide(void **state)
{
	struct fixture *fx = *state;
	const uint64_t sector = (1ull << 32) + 5u;

	fx->part.dev.nr_sectors = 1ull << 40;
	fx->disk.dev.nr_sectors = 1ull << 41;
	assert_int_equal(tzvmm_crypt_init(&fx->crypt, &fx->setup), TZVMM_OK);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, sector, PART + 1u), TZVMM_OK);
	assert_int_equal(fx->cipher.last, sector + PART);
	assert_int_equal(fx->disk.queue[1]->sector, START + sector + PART);
	assert_int_equal(ask(fx, 1, TZVMM_BLK_READ, sector + 70u, 1), TZVMM_OK);
	end_with(fx, 2, TZVMM_OK);
	assert_int_equal(fx->cipher.last, sector + 70u);
	end_with(fx, 0, TZVMM_OK);
	end_with(fx, 0, TZVMM_OK);
	assert_false(tzvmm_crypt_busy(&fx->crypt));
}

/* ---- Splitting ---------------------------------------------------------- */

static void a_large_request_is_on_its_way_in_all_buffers_at_once(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];

	fill(cl, MOST, 3);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, MOST), TZVMM_OK);
	for (unsigned left = MOST / PART; left != 0u; left--) {
		assert_int_equal(cl->nr_done, 0);
		assert_int_equal(fx->disk.nr_queued,
				 left < NR_SLOTS ? left : NR_SLOTS);
		ram_disk_complete(&fx->disk, 0);
	}
	assert_done(cl, TZVMM_OK);
	assert_on_card(fx, 0, MOST, 3);
	assert_int_equal(tzvmm_crypt_stats(&fx->crypt)->requests, 1);
	assert_int_equal(tzvmm_crypt_stats(&fx->crypt)->parts, MOST / PART);
	assert_all_well(fx);
}

static void parts_may_complete_in_any_order(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];

	/* The digits of n in base 3 choose which of three is next. */
	for (unsigned n = 0; n < 729u; n++) {
		const enum tzvmm_blk_op op =
			n % 2u ? TZVMM_BLK_READ : TZVMM_BLK_WRITE;
		unsigned digits = n;

		if (op == TZVMM_BLK_READ) {
			put_on_card(fx, 1, 22, n);
		} else {
			fill(cl, 22, n);
		}
		prepare(cl, op, 1, 22, 700);
		assert_int_equal(submit(cl), TZVMM_OK);
		while (fx->disk.nr_queued != 0u) {
			assert_int_equal(cl->nr_done, 0);
			ram_disk_complete(&fx->disk,
					  digits % 3u % fx->disk.nr_queued);
			digits /= 3u;
		}
		assert_done(cl, TZVMM_OK);
		assert_on_card(fx, 1, 22, n);
		assert_plain(cl, 22, n);
	}
	assert_all_well(fx);
}

static void a_part_is_not_larger_than_the_parent_takes(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];

	fx->part.dev.max_sectors = 3;
	fx->part.dev.max_sg = 1;
	fx->part.dev.sg_align = 512;
	assert_int_equal(tzvmm_crypt_init(&fx->crypt, &fx->setup), TZVMM_OK);
	fill(cl, 20, 4);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 2, 20), TZVMM_OK);
	assert_int_equal(fx->disk.queue[0]->nr_sectors, 3);
	assert_int_equal(ram_disk_complete_all(&fx->disk), 7);
	assert_done(cl, TZVMM_OK);
	assert_on_card(fx, 2, 20, 4);
}

static void requests_wait_for_buffers_and_follow_in_order(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 5u; i++) {
		fill(&fx->clients[i], 6, i);
		assert_int_equal(ask(fx, i, TZVMM_BLK_WRITE, 10u * i, 6), TZVMM_OK);
	}
	assert_int_equal(fx->disk.nr_queued, NR_SLOTS);
	assert_int_equal(tzvmm_crypt_stats(&fx->crypt)->waited, 3);
	for (unsigned i = 0; i < 5u; i++) {
		/* Two parts each. */
		assert_int_equal(fx->disk.queue[0]->sector, START + 10u * i);
		assert_int_equal(fx->disk.queue[1]->sector, START + 10u * i + PART);
		ram_disk_complete(&fx->disk, 0);
		assert_int_equal(fx->clients[i].nr_done, 0);
		ram_disk_complete(&fx->disk, 0);
		assert_done(&fx->clients[i], TZVMM_OK);
	}
	for (unsigned i = 0; i < 5u; i++) {
		assert_on_card(fx, 10u * i, 6, i);
	}
	assert_all_well(fx);
}

static unsigned nr_queued_at_done;

static void note_queue(struct client *cl)
{
	nr_queued_at_done = cl->fx->disk.nr_queued;
}

static void the_card_has_the_next_part_before_the_client_hears_of_the_last(void **state)
{
	struct fixture *fx = *state;

	fx->clients[0].then = note_queue;
	assert_int_equal(ask(fx, 0, TZVMM_BLK_READ, 0, PART), TZVMM_OK);
	assert_int_equal(ask(fx, 1, TZVMM_BLK_READ, 0, POOL), TZVMM_OK);
	ram_disk_complete(&fx->disk, 0);
	assert_done(&fx->clients[0], TZVMM_OK);
	assert_int_equal(nr_queued_at_done, NR_SLOTS);
	(void)ram_disk_complete_all(&fx->disk);
}

static void submit_again(struct client *cl)
{
	const uint64_t sector = cl->req.sector + 20u;

	if (sector + cl->req.nr_sectors <= LEN) {
		prepare(cl, cl->req.op, sector, cl->req.nr_sectors, 1000);
		assert_int_equal(submit(cl), TZVMM_OK);
	}
}

static void a_client_may_submit_from_done(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 2u; i++) {
		fx->clients[i].then = submit_again;
		fill(&fx->clients[i], 10, i);
		assert_int_equal(ask(fx, i, TZVMM_BLK_WRITE, 10u * i, 10), TZVMM_OK);
	}
	(void)ram_disk_complete_all(&fx->disk);
	for (uint32_t i = 0; i < LEN / 10u; i++) {
		assert_on_card(fx, i * 10u, 10, i % 2u);
	}
	assert_all_well(fx);
}

/* ---- A full parent ------------------------------------------------------ */

static void a_full_parent_gets_the_rest_as_it_has_room(void **state)
{
	struct fixture *fx = *state;

	for (unsigned depth = 1; depth < 4u; depth++) {
		fx->disk.depth = depth;
		for (unsigned i = 0; i < 3u; i++) {
			fill(&fx->clients[i], 13, depth + i);
			assert_int_equal(ask(fx, i, TZVMM_BLK_WRITE, 20u * i, 13),
					 TZVMM_OK);
			assert_true(fx->disk.nr_queued <= depth);
		}
		assert_int_equal(ram_disk_complete_all(&fx->disk), 12);
		for (unsigned i = 0; i < 3u; i++) {
			assert_done(&fx->clients[i], TZVMM_OK);
			assert_on_card(fx, 20u * i, 13, depth + i);
		}
	}
	assert_true(tzvmm_crypt_stats(&fx->crypt)->stalled > 0);
	assert_all_well(fx);
}

static void what_found_the_parent_full_is_encrypted_once(void **state)
{
	struct fixture *fx = *state;

	fx->disk.depth = 0;
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, PART), TZVMM_OK);
	for (unsigned i = 0; i < 10u; i++) {
		tzvmm_crypt_run(&fx->crypt);
	}
	assert_int_equal(fx->cipher.nr_calls, 1);
	assert_int_equal(tzvmm_crypt_stats(&fx->crypt)->stalled, 11);
	assert_true(tzvmm_crypt_busy(&fx->crypt));
}

static void a_parent_full_of_others_is_tried_again_by_run(void **state)
{
	struct fixture *fx = *state;

	fx->disk.depth = 0;
	fill(&fx->clients[0], 6, 5);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, 6), TZVMM_OK);
	assert_int_equal(ask(fx, 1, TZVMM_BLK_READ, 0, 6), TZVMM_OK);
	tzvmm_crypt_run(&fx->crypt);
	assert_int_equal(fx->disk.nr_queued, 0);
	fx->disk.depth = RAM_DISK_QUEUE;
	tzvmm_crypt_run(&fx->crypt);
	assert_int_equal(fx->disk.nr_queued, NR_SLOTS);
	(void)ram_disk_complete_all(&fx->disk);
	assert_done(&fx->clients[0], TZVMM_OK);
	assert_done(&fx->clients[1], TZVMM_OK);
	assert_plain(&fx->clients[1], 6, 5);
	assert_all_well(fx);
}

static void run_without_anything_to_do_does_nothing(void **state)
{
	struct fixture *fx = *state;

	tzvmm_crypt_run(&fx->crypt);
	assert_int_equal(fx->disk.nr_calls, 0);
	assert_all_well(fx);
}

/* ---- Errors ------------------------------------------------------------- */

static void the_failure_of_any_part_fails_the_request_once(void **state)
{
	struct fixture *fx = *state;

	for (unsigned k = 0; k < 2u * MOST / PART; k++) {
		const enum tzvmm_blk_op op =
			k % 2u ? TZVMM_BLK_READ : TZVMM_BLK_WRITE;

		fx->disk.fail_at = k / 2u + 1u;
		assert_int_equal(ask(fx, 0, op, 0, MOST), TZVMM_OK);
		assert_int_equal(ask(fx, 1, TZVMM_BLK_READ, 0, MOST), TZVMM_OK);
		/* From the last: others of it are still on their way. */
		while (fx->disk.nr_queued != 0u) {
			ram_disk_complete(&fx->disk, fx->disk.nr_queued - 1u);
		}
		assert_int_equal(fx->clients[0].nr_done, 1);
		assert_int_equal(fx->clients[1].nr_done, 1);
		/* One of the two. */
		assert_int_equal(fx->clients[0].status + fx->clients[1].status,
				 TZVMM_E_IO);
	}
	assert_int_equal(tzvmm_crypt_stats(&fx->crypt)->failed, 2u * MOST / PART);
	assert_all_well(fx);
}

static void the_first_failure_is_the_one_that_counts(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, POOL), TZVMM_OK);
	end_with(fx, 1, TZVMM_E_TIMEOUT);
	assert_int_equal(fx->clients[0].nr_done, 0);
	end_with(fx, 1, TZVMM_E_IO);
	assert_int_equal(fx->clients[0].nr_done, 0);
	end_with(fx, 0, TZVMM_OK);
	assert_done(&fx->clients[0], TZVMM_E_TIMEOUT);
	assert_all_well(fx);
}

static void after_a_failure_no_part_is_started(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, 0, TZVMM_BLK_READ, 0, MOST), TZVMM_OK);
	end_with(fx, 0, TZVMM_E_IO);
	assert_int_equal(fx->disk.nr_queued, NR_SLOTS - 1u);
	(void)ram_disk_complete_all(&fx->disk);
	assert_done(&fx->clients[0], TZVMM_E_IO);
	assert_int_equal(fx->disk.nr_taken, NR_SLOTS);
	assert_all_well(fx);
}

static void after_a_failure_the_part_that_waits_for_the_parent_is_dropped(void **state)
{
	struct fixture *fx = *state;

	fx->disk.depth = 1;
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, MOST), TZVMM_OK);
	end_with(fx, 0, TZVMM_E_IO);
	assert_done(&fx->clients[0], TZVMM_E_IO);
	assert_int_equal(fx->disk.nr_taken, 1);
	assert_all_well(fx);
}

static void a_part_that_fails_gives_the_client_nothing(void **state)
{
	struct fixture *fx = *state;

	memset(fx->clients[0].memory, MARK, MOST * SECTOR);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_READ, 0, PART), TZVMM_OK);
	end_with(fx, 0, TZVMM_E_IO);
	for (unsigned i = 0; i < PART * SECTOR; i++) {
		assert_int_equal(fx->clients[0].memory[i], MARK);
	}
}

static void the_refusal_of_the_first_part_is_submits(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 5u; i++) {
		fx->disk.refuse_at = fx->disk.nr_calls + 1u;
		assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, MOST),
				 TZVMM_E_UNSUPP);
		assert_int_equal(fx->clients[0].nr_done, 0);
	}
	assert_all_well(fx);
}

static void the_refusal_of_a_later_part_is_told_by_done(void **state)
{
	struct fixture *fx = *state;

	for (unsigned n = 2; n <= MOST / PART; n++) {
		fx->disk.refuse_at = fx->disk.nr_calls + n;
		assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, MOST), TZVMM_OK);
		assert_int_equal(ask(fx, 1, TZVMM_BLK_READ, 0, MOST), TZVMM_OK);
		(void)ram_disk_complete_all(&fx->disk);
		assert_done(&fx->clients[0], TZVMM_E_UNSUPP);
		assert_done(&fx->clients[1], TZVMM_OK);
	}
	assert_all_well(fx);
}

static void the_refusal_of_the_next_part_by_a_full_parent_is_told_once(void **state)
{
	struct fixture *fx = *state;

	fx->disk.depth = 1;
	assert_int_equal(ask(fx, 0, TZVMM_BLK_READ, 0, MOST), TZVMM_OK);
	fx->disk.refuse_at = fx->disk.nr_calls + 1u;
	ram_disk_complete(&fx->disk, 0);
	assert_done(&fx->clients[0], TZVMM_E_UNSUPP);
	assert_all_well(fx);
}

static void a_request_that_waited_and_is_refused_is_told_by_done(void **state)
{
	struct fixture *fx = *state;

	/* It waited for the parent ... */
	fx->disk.depth = 0;
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, 6), TZVMM_OK);
	fx->disk.refuse_at = fx->disk.nr_calls + 1u;
	tzvmm_crypt_run(&fx->crypt);
	assert_done(&fx->clients[0], TZVMM_E_UNSUPP);

	/* ... or for buffers. */
	fx->disk.depth = RAM_DISK_QUEUE;
	assert_int_equal(ask(fx, 0, TZVMM_BLK_READ, 0, POOL), TZVMM_OK);
	assert_int_equal(ask(fx, 1, TZVMM_BLK_READ, 0, 1), TZVMM_OK);
	assert_int_equal(ask(fx, 2, TZVMM_BLK_READ, 0, 1), TZVMM_OK);
	fx->disk.refuse_at = fx->disk.nr_calls + 1u;
	ram_disk_complete(&fx->disk, 0);
	assert_done(&fx->clients[1], TZVMM_E_UNSUPP);
	(void)ram_disk_complete_all(&fx->disk);
	assert_done(&fx->clients[0], TZVMM_OK);
	assert_done(&fx->clients[2], TZVMM_OK);
	assert_all_well(fx);
}

static void a_cipher_that_fails_fails_the_request(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];

	for (unsigned n = 1;; n++) {
		const unsigned calls = fx->cipher.nr_calls;
		bool refused;

		fx->cipher.fail_at = calls + n;
		prepare(cl, n % 2u ? TZVMM_BLK_READ : TZVMM_BLK_WRITE, 0, 20, 1300);
		refused = submit(cl) != TZVMM_OK;
		(void)ram_disk_complete_all(&fx->disk);
		if (fx->cipher.nr_calls < fx->cipher.fail_at) {
			assert_done(cl, TZVMM_OK);
			break;
		}
		assert_int_equal(cl->nr_done, refused ? 0 : 1);
		assert_int_equal(refused ? TZVMM_E_IO : cl->status, TZVMM_E_IO);
	}
	fx->cipher.fail_at = 0;
	assert_all_well(fx);
}

static void a_cipher_that_fails_gives_the_client_nothing(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];

	for (uint32_t len = 100; len <= 2u * SECTOR; len += 100u) {
		memset(cl->memory, MARK, MOST * SECTOR);
		fx->cipher.fail_at = fx->cipher.nr_calls + 1u;
		prepare(cl, TZVMM_BLK_READ, 0, 2, len);
		assert_int_equal(submit(cl), TZVMM_OK);
		(void)ram_disk_complete_all(&fx->disk);
		assert_done(cl, TZVMM_E_IO);
		for (unsigned i = 0; i < 2u * SECTOR; i++) {
			assert_int_equal(cl->memory[i], MARK);
		}
	}
}

static bool holds_mark(const uint8_t *memory, size_t len)
{
	unsigned row = 0;

	for (size_t i = 0; i < len && row < 16u; i++) {
		row = memory[i] == MARK ? row + 1u : 0u;
	}
	return row == 16u;
}

/* The test's cipher leaves plaintext where it fails. */
static void no_plaintext_stays_in_a_buffer_or_reaches_the_card(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];
	static const uint32_t lengths[] = { 100, 512, 700, 6000, MOST * SECTOR };

	for (unsigned k = 0; k < 5u; k++) {
		for (unsigned fail_at = 0; fail_at < 12u; fail_at++) {
			fx->cipher.nr_calls = 0;
			fx->cipher.fail_at = fail_at;
			memset(cl->memory, MARK, MOST * SECTOR);
			prepare(cl, TZVMM_BLK_WRITE, 0, 11, lengths[k]);
			(void)!submit(cl);
			(void)ram_disk_complete_all(&fx->disk);
			assert_false(holds_mark(fx->buffers, NR_SLOTS * BUFFER_LEN));
			assert_false(holds_mark(fx->disk.bytes, DISK_LEN * SECTOR));
			prepare(cl, TZVMM_BLK_READ, 0, 11, lengths[k]);
			assert_int_equal(submit(cl), TZVMM_OK);
			(void)ram_disk_complete_all(&fx->disk);
			assert_false(holds_mark(fx->buffers, NR_SLOTS * BUFFER_LEN));
		}
	}
}

/* ---- A guest that does not leave its memory alone ------------------------ */

static void memory_that_changes_meanwhile_changes_its_own_sectors_alone(void **state)
{
	struct fixture *fx = *state;
	struct client *cl = &fx->clients[0];

	fill(&fx->clients[1], 6, 6);
	fx->cipher.victim = cl;
	for (uint32_t len = 100; len < 3000u; len += 100u) {
		fx->cipher.meddled = true;
		prepare(cl, TZVMM_BLK_WRITE, 20, 6, len);
		assert_int_equal(submit(cl), TZVMM_OK);
		fx->cipher.meddled = false;
		assert_int_equal(ask(fx, 1, TZVMM_BLK_WRITE, 26, 6), TZVMM_OK);
		(void)ram_disk_complete_all(&fx->disk);
		assert_done(cl, TZVMM_OK);
		assert_on_card(fx, 26, 6, 6);
	}
	assert_untouched_but(fx, 20, 12);
	assert_all_well(fx);
}

/* What is at the parent is ours: the change of a guest after submit() is not
 * written. */
static void what_was_encrypted_does_not_change_any_more(void **state)
{
	struct fixture *fx = *state;

	fill(&fx->clients[0], POOL, 9);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, POOL), TZVMM_OK);
	memset(fx->clients[0].memory, MARK, POOL * SECTOR);
	(void)ram_disk_complete_all(&fx->disk);
	assert_on_card(fx, 0, POOL, 9);
}

/* ---- Flush -------------------------------------------------------------- */

static enum tzvmm_status flush(struct fixture *fx, unsigned i)
{
	struct client *cl = &fx->clients[i];

	prepare(cl, TZVMM_BLK_FLUSH, 0, 0, 1);
	return submit(cl);
}

static void a_flush_reaches_the_parent_after_what_was_told_complete(void **state)
{
	struct fixture *fx = *state;

	fill(&fx->clients[0], MOST, 1);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, MOST), TZVMM_OK);
	while (fx->clients[0].nr_done == 0u) {
		assert_true(fx->disk.nr_queued != 0u);
		ram_disk_complete(&fx->disk, fx->disk.nr_queued - 1u);
	}
	/* Nothing of the write is left to come: a flush now covers it. */
	assert_int_equal(fx->disk.nr_queued, 0);
	assert_on_card(fx, 0, MOST, 1);
	assert_int_equal(flush(fx, 1), TZVMM_OK);
	assert_int_equal(fx->disk.nr_queued, 1);
	ram_disk_complete(&fx->disk, 0);
	assert_done(&fx->clients[1], TZVMM_OK);
	assert_int_equal(fx->disk.nr_flushes, 1);
}

static void a_flush_needs_no_buffer(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, MOST), TZVMM_OK);
	assert_int_equal(ask(fx, 1, TZVMM_BLK_WRITE, 0, MOST), TZVMM_OK);
	assert_int_equal(flush(fx, 2), TZVMM_OK);
	ram_disk_complete(&fx->disk, NR_SLOTS);
	assert_done(&fx->clients[2], TZVMM_OK);
	assert_int_equal(fx->cipher.nr_calls, NR_SLOTS);
	(void)ram_disk_complete_all(&fx->disk);
	assert_all_well(fx);
}

static void a_flush_fails_as_the_parents_does(void **state)
{
	struct fixture *fx = *state;

	fx->disk.depth = 0;
	assert_int_equal(flush(fx, 0), TZVMM_E_FULL);
	assert_false(tzvmm_crypt_busy(&fx->crypt));
	fx->disk.depth = 1;
	assert_int_equal(flush(fx, 0), TZVMM_OK);
	end_with(fx, 0, TZVMM_E_NODEV);
	assert_done(&fx->clients[0], TZVMM_E_NODEV);
	assert_all_well(fx);
}

/* ---- The embedder's side ------------------------------------------------ */

static void it_is_as_large_and_as_read_only_as_its_parent(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(fx->crypt.dev.nr_sectors, LEN);
	assert_false(fx->crypt.dev.read_only);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_READ, LEN - 1u, 2), TZVMM_E_RANGE);
	fx->part.dev.read_only = true;
	assert_int_equal(tzvmm_crypt_init(&fx->crypt, &fx->setup), TZVMM_OK);
	assert_true(fx->crypt.dev.read_only);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, 1), TZVMM_E_DENIED);
	assert_int_equal(ask(fx, 0, TZVMM_BLK_READ, 0, 1), TZVMM_OK);
}

static void wiping_leaves_zeros_and_waits_for_requests(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, 0, TZVMM_BLK_WRITE, 0, POOL), TZVMM_OK);
	assert_true(tzvmm_crypt_busy(&fx->crypt));
	assert_int_equal(tzvmm_crypt_wipe(&fx->crypt), TZVMM_E_BUSY);
	(void)ram_disk_complete_all(&fx->disk);
	assert_false(tzvmm_crypt_busy(&fx->crypt));
	assert_int_equal(tzvmm_crypt_wipe(&fx->crypt), TZVMM_OK);
	for (unsigned i = 0; i < NR_SLOTS * BUFFER_LEN; i++) {
		assert_int_equal(fx->buffers[i], 0);
	}
	assert_all_well(fx);
}

static void a_setup_that_cannot_work_is_refused(void **state)
{
	struct fixture *fx = *state;
	static _Alignas(1024) uint8_t buffers[1024];
	struct tzvmm_crypt_setup bad[9];
	struct tzvmm_blkdev parent = fx->part.dev;

	for (unsigned i = 0; i < 9u; i++) {
		bad[i] = fx->setup;
	}
	bad[0].parent = NULL;
	bad[1].cipher.ops = NULL;
	bad[2].slots = NULL;
	bad[3].nr_slots = 0;
	bad[4].buffers = NULL;
	bad[5].buffers = fx->buffers + 32;
	bad[6].buffer_len = 0;
	bad[7].buffer_len = 1000;
	parent.sg_align = 1024;
	bad[8].parent = &parent;
	bad[8].buffers = buffers;
	for (unsigned i = 0; i < 9u; i++) {
		assert_int_equal(tzvmm_crypt_init(&fx->crypt, &bad[i]),
				 TZVMM_E_INVAL);
	}
	/* A parent that wants more than a cache line. */
	parent.sg_align = 128;
	assert_int_equal(tzvmm_crypt_init(&fx->crypt, &bad[8]), TZVMM_OK);
	bad[8].buffers += TZVMM_CRYPT_ALIGN;
	assert_int_equal(tzvmm_crypt_init(&fx->crypt, &bad[8]), TZVMM_E_INVAL);
}

/* ---- Everything at once ------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

/* Client i has sectors 40 i and up for itself. */
static void ask_something(struct fixture *fx, unsigned i, uint32_t *seed,
			  unsigned *written)
{
	struct client *cl = &fx->clients[i];
	const uint32_t len = 1u + next_random(seed) % 3000u;

	if (*written != 0u && next_random(seed) % 2u != 0u) {
		memset(cl->memory, 0, 37u * SECTOR);
		prepare(cl, TZVMM_BLK_READ, 40u * i, 37, len < 7u ? 7u : len);
	} else {
		*written = next_random(seed) % 200u + 1u;
		fill(cl, 37, *written);
		prepare(cl, TZVMM_BLK_WRITE, 40u * i, 37, len < 7u ? 7u : len);
	}
	assert_int_equal(submit(cl), TZVMM_OK);
}

static void any_mix_of_requests_keeps_everybodys_data(void **state)
{
	struct fixture *fx = *state;
	unsigned written[5] = { 0 };
	uint32_t seed = 1;

	for (unsigned i = 0; i < 5u; i++) {
		ask_something(fx, i, &seed, &written[i]);
	}
	for (unsigned n = 0; n < 20000u; n++) {
		unsigned i = next_random(&seed) % 5u;

		fx->disk.depth = next_random(&seed) % 5u;
		tzvmm_crypt_run(&fx->crypt);
		if (fx->disk.nr_queued != 0u) {
			ram_disk_complete(&fx->disk,
					  next_random(&seed) % fx->disk.nr_queued);
		}
		if (fx->clients[i].nr_done != 0u) {
			assert_done(&fx->clients[i], TZVMM_OK);
			assert_plain(&fx->clients[i], 37, written[i]);
			assert_on_card(fx, 40u * i, 37, written[i]);
			ask_something(fx, i, &seed, &written[i]);
		}
	}
	fx->disk.depth = RAM_DISK_QUEUE;
	tzvmm_crypt_run(&fx->crypt);
	(void)ram_disk_complete_all(&fx->disk);
	assert_true(tzvmm_crypt_stats(&fx->crypt)->requests > 200u);
	assert_all_well(fx);
}

static void it_offers_no_discard_and_no_zeroes_and_the_parents_topology(void **state)
{
	struct fixture *fx = *state;

	fx->part.dev.max_discard = 1;
	fx->part.dev.max_zeroes = 1;
	fx->part.dev.topology.block_exp = 3;
	assert_int_equal(tzvmm_crypt_init(&fx->crypt, &fx->setup), TZVMM_OK);
	assert_int_equal(fx->crypt.dev.max_discard, 0);
	assert_int_equal(fx->crypt.dev.max_zeroes, 0);
	assert_int_equal(fx->crypt.dev.topology.block_exp, 3);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_sector_is_encrypted_under_its_number_in_the_device),
		T(a_read_gives_what_was_encrypted),
		T(a_write_leaves_the_clients_memory_as_it_is),
		T(pieces_may_have_any_length_and_alignment),
		T(whole_sectors_of_a_piece_that_starts_anywhere_are_not_copied),
		T(sector_numbers_are_64_bits_wide),
		T(a_large_request_is_on_its_way_in_all_buffers_at_once),
		T(parts_may_complete_in_any_order),
		T(a_part_is_not_larger_than_the_parent_takes),
		T(requests_wait_for_buffers_and_follow_in_order),
		T(the_card_has_the_next_part_before_the_client_hears_of_the_last),
		T(a_client_may_submit_from_done),
		T(a_full_parent_gets_the_rest_as_it_has_room),
		T(what_found_the_parent_full_is_encrypted_once),
		T(a_parent_full_of_others_is_tried_again_by_run),
		T(run_without_anything_to_do_does_nothing),
		T(the_failure_of_any_part_fails_the_request_once),
		T(the_first_failure_is_the_one_that_counts),
		T(after_a_failure_no_part_is_started),
		T(after_a_failure_the_part_that_waits_for_the_parent_is_dropped),
		T(a_part_that_fails_gives_the_client_nothing),
		T(the_refusal_of_the_first_part_is_submits),
		T(the_refusal_of_a_later_part_is_told_by_done),
		T(the_refusal_of_the_next_part_by_a_full_parent_is_told_once),
		T(a_request_that_waited_and_is_refused_is_told_by_done),
		T(a_cipher_that_fails_fails_the_request),
		T(a_cipher_that_fails_gives_the_client_nothing),
		T(no_plaintext_stays_in_a_buffer_or_reaches_the_card),
		T(memory_that_changes_meanwhile_changes_its_own_sectors_alone),
		T(what_was_encrypted_does_not_change_any_more),
		T(a_flush_reaches_the_parent_after_what_was_told_complete),
		T(a_flush_needs_no_buffer),
		T(a_flush_fails_as_the_parents_does),
		T(it_is_as_large_and_as_read_only_as_its_parent),
		T(wiping_leaves_zeros_and_waits_for_requests),
		T(a_setup_that_cannot_work_is_refused),
		T(any_mix_of_requests_keeps_everybodys_data),
		T(it_offers_no_discard_and_no_zeroes_and_the_parents_topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
