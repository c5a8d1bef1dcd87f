// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/overlay.h>
#include <tzvmm/ramdisk.h>

#include "fake.h"
#include "ram_disk.h"

#define SECTORS 93u /* the last chunk is not whole */
#define CHUNKS 12u
#define LEN ((size_t)SECTORS * TZVMM_SECTOR_LEN)
#define MAX_JOBS 8u
#define MAX_CHILDREN 64u
#define MAX_SG 8u
#define MAX_STEPS 1000u

struct fixture;

/* A client's request with its memory. */
struct io {
	_Alignas(16) uint8_t memory[LEN];
	struct tzvmm_sg sg[MAX_SG];
	struct tzvmm_blk_req req;
	struct fixture *fx;
	bool in_flight;
	unsigned nr_done;
	enum tzvmm_status status;
	void (*and_then)(struct fixture *fx); /* if not NULL, done() calls it */
};

struct fixture {
	struct ram_disk base;
	struct ram_disk store;
	struct tzvmm_overlay overlay;
	struct tzvmm_overlay_setup setup;
	uint32_t map[CHUNKS];
	struct tzvmm_overlay_job jobs[MAX_JOBS];
	struct tzvmm_overlay_child children[MAX_CHILDREN];
	struct tzvmm_sg sg[MAX_CHILDREN * MAX_SG];
	struct io ios[MAX_JOBS + 1u];
	uint8_t model[LEN];    /* what a client should read */
	uint8_t original[LEN]; /* what the base held at first */
	bool in_submit;
	struct tzvmm_overlay_commit commit;
	_Alignas(16) uint8_t bounce[LEN];
	unsigned nr_committed;
	enum tzvmm_status committed;
};

/* Apart, for its alignment. */
static struct fake fake;

/* Make the overlay anew: with what other tests want of it, and an empty model. */
static void make(struct fixture *fx, uint32_t nr_jobs, uint32_t nr_children,
		 uint32_t nr_chunks)
{
	fx->store.dev.nr_sectors = (uint64_t)nr_chunks * TZVMM_OVERLAY_CHUNK;
	fx->setup = (struct tzvmm_overlay_setup){
		.name = "disk",
		.sys = &fake.sys,
		.base = &fx->base.dev,
		.store = &fx->store.dev,
		.map = fx->map,
		.nr_map = TZVMM_OVERLAY_NR_MAP(SECTORS),
		.jobs = fx->jobs,
		.nr_jobs = nr_jobs,
		.children = fx->children,
		.nr_children = nr_children,
		.sg = fx->sg,
		.nr_sg = MAX_SG,
	};
	memset(fx->map, 0xA5, sizeof(fx->map));
	assert_int_equal(tzvmm_overlay_init(&fx->overlay, &fx->setup), TZVMM_OK);
	memcpy(fx->model, fx->base.bytes, LEN);
}

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	fake_init(&fake);
	ram_disk_init(&fx->base, SECTORS);
	ram_disk_init(&fx->store, (uint64_t)CHUNKS * TZVMM_OVERLAY_CHUNK);
	memset(fx->store.bytes, 0x5A, CHUNKS * 8u * 512u);
	memcpy(fx->original, fx->base.bytes, LEN);
	make(fx, MAX_JOBS, MAX_CHILDREN, CHUNKS);
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	ram_disk_free(&fx->base);
	ram_disk_free(&fx->store);
	test_free(fx);
	return 0;
}

static void done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct io *io = req->owner;

	assert_false(io->fx->in_submit);
	assert_true(io->in_flight);
	io->in_flight = false;
	io->nr_done++;
	io->status = status;
	if (io->and_then != NULL) {
		io->and_then(io->fx);
	}
}

/* A request in one piece. What is written is new each time. */
static void prepare(struct fixture *fx, struct io *io, enum tzvmm_blk_op op,
		    uint32_t sector, uint32_t nr)
{
	static uint32_t nr_asked;

	nr_asked++;
	for (uint32_t i = 0; i < nr * TZVMM_SECTOR_LEN; i++) {
		io->memory[i] = (uint8_t)(nr_asked * 37u + i * 11u + i / 512u);
	}
	io->fx = fx;
	io->sg[0] = (struct tzvmm_sg){ io->memory, nr * TZVMM_SECTOR_LEN };
	io->req = (struct tzvmm_blk_req){ .op = op,
					  .sector = sector,
					  .nr_sectors = nr,
					  .sg = io->sg,
					  .nr_sg = op != TZVMM_BLK_FLUSH,
					  .done = done,
					  .owner = io };
}

static enum tzvmm_status submit(struct io *io)
{
	struct fixture *fx = io->fx;
	enum tzvmm_status st;

	io->nr_done = 0;
	io->in_flight = true;
	fx->in_submit = true;
	st = tzvmm_blk_submit(&fx->overlay.dev, &io->req);
	fx->in_submit = false;
	io->in_flight = st == TZVMM_OK;
	return st;
}

static enum tzvmm_status ask(struct fixture *fx, struct io *io,
			     enum tzvmm_blk_op op, uint32_t sector, uint32_t nr)
{
	prepare(fx, io, op, sector, nr);
	return submit(io);
}

/* Complete everything, the base's first. */
static void settle(struct fixture *fx)
{
	while (ram_disk_complete_all(&fx->base) + ram_disk_complete_all(&fx->store) !=
	       0u) {
	}
}

static void put(struct fixture *fx, uint32_t sector, uint32_t nr)
{
	struct io *io = &fx->ios[0];

	assert_int_equal(ask(fx, io, TZVMM_BLK_WRITE, sector, nr), TZVMM_OK);
	settle(fx);
	assert_int_equal(io->nr_done, 1);
	assert_int_equal(io->status, TZVMM_OK);
	memcpy(fx->model + sector * 512u, io->memory, nr * 512u);
}

static void check(struct fixture *fx, uint32_t sector, uint32_t nr)
{
	struct io *io = &fx->ios[0];

	assert_int_equal(ask(fx, io, TZVMM_BLK_READ, sector, nr), TZVMM_OK);
	settle(fx);
	assert_int_equal(io->nr_done, 1);
	assert_int_equal(io->status, TZVMM_OK);
	assert_memory_equal(io->memory, fx->model + sector * 512u, nr * 512u);
}

static void check_all(struct fixture *fx)
{
	check(fx, 0, SECTORS);
}

static void forget(struct fixture *fx)
{
	assert_int_equal(tzvmm_overlay_discard(&fx->overlay), TZVMM_OK);
	memcpy(fx->model, fx->base.bytes, LEN);
}

/* The chunks get places in the order opposite to theirs, so that every request of
 * many chunks is cut at each; one sector of each is written. */
static void scatter(struct fixture *fx)
{
	for (uint32_t i = CHUNKS; i-- != 0u;) {
		put(fx, i * 8u, 1);
	}
}

/* ---- Reading and writing ------------------------------------------------ */

static void what_was_not_written_is_read_from_the_base_in_one_go(void **state)
{
	struct fixture *fx = *state;

	check_all(fx);
	assert_int_equal(fx->base.nr_taken, 1);
	assert_int_equal(fx->store.nr_calls, 0);
}

static void a_write_goes_to_the_store_and_nothing_is_copied(void **state)
{
	struct fixture *fx = *state;

	put(fx, 11, 1);
	assert_int_equal(fx->base.nr_calls, 0);
	assert_int_equal(fx->store.nr_calls, 1);
	assert_memory_equal(fx->base.bytes, fx->original, LEN);
	check_all(fx);
}

static void every_run_reads_back_and_leaves_the_rest(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t first = 0; first < SECTORS; first += first < 16u ? 1u : 5u) {
		for (uint32_t nr = 1; nr <= SECTORS - first; nr++) {
			put(fx, first, nr);
			check_all(fx);
			forget(fx);
		}
	}
	check_all(fx);
	assert_memory_equal(fx->base.bytes, fx->original, LEN);
}

static void every_run_is_read_over_every_border(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t first = 0; first <= 9u; first++) {
		for (uint32_t nr = 1; nr <= 18u; nr++) {
			forget(fx);
			put(fx, 70, 3);
			put(fx, first, nr);
			for (uint32_t from = 0; from < 30u; from++) {
				for (uint32_t n = 1; n <= 20u; n += 3u) {
					check(fx, from, n);
				}
			}
		}
	}
}

static void the_last_chunk_of_the_base_need_not_be_whole(void **state)
{
	struct fixture *fx = *state;

	put(fx, SECTORS - 1u, 1);
	put(fx, SECTORS - 4u, 2);
	check_all(fx);
	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_WRITE, SECTORS - 1u, 2),
			 TZVMM_E_RANGE);
}

static void what_is_written_in_sequence_is_read_in_one_go(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t sector = 16; sector < 80u; sector += 4u) {
		put(fx, sector, 4);
	}
	fx->store.nr_taken = 0;
	check(fx, 17, 60);
	assert_int_equal(fx->store.nr_taken, 1);
	assert_int_equal(fx->base.nr_taken, 0);
}

static void a_write_over_base_and_store_sectors_is_one(void **state)
{
	struct fixture *fx = *state;

	put(fx, 8, 8);
	put(fx, 16, 1);
	fx->store.nr_taken = 0;
	put(fx, 10, 12);
	assert_int_equal(fx->store.nr_taken, 1);
	check_all(fx);
}

static void a_request_of_many_runs_is_cut_into_them(void **state)
{
	struct fixture *fx = *state;

	scatter(fx);
	fx->store.nr_taken = 0;
	check_all(fx);
	assert_int_equal(fx->store.nr_taken, CHUNKS);
	assert_int_equal(fx->base.nr_taken, CHUNKS);
	put(fx, 3, SECTORS - 3u);
	assert_int_equal(fx->store.nr_taken, 2u * CHUNKS);
	check_all(fx);
	assert_int_equal(tzvmm_overlay_stats(&fx->overlay)->children,
			 /* The last read: the base's 1 and 2 are between. */
			 5u * CHUNKS + 2u);
}

static void pieces_are_cut_between_sectors_only(void **state)
{
	static const uint32_t lens[MAX_SG] = { 4, 1532, 512, 508, 1028, 8, 4096, 504 };
	struct fixture *fx = *state;
	struct io *io = &fx->ios[0];
	uint8_t *at = io->memory;

	scatter(fx);
	prepare(fx, io, TZVMM_BLK_READ, 0, 16);
	io->req.nr_sg = MAX_SG;
	for (unsigned i = 0; i < MAX_SG; i++) {
		io->sg[i] = (struct tzvmm_sg){ at, lens[i] };
		at += lens[i] + 4u;
	}
	for (uint32_t sector = 0; sector < 24u; sector++) {
		uint32_t moved = sector * 512u;

		memset(io->memory, 0, LEN);
		io->req.sector = sector;
		assert_int_equal(submit(io), TZVMM_OK);
		settle(fx);
		assert_false(io->in_flight);
		for (unsigned i = 0; i < MAX_SG; i++) {
			assert_memory_equal(io->sg[i].va, fx->model + moved, lens[i]);
			moved += lens[i];
		}
	}
}

static void writes_in_flight_to_one_chunk_share_its_place(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_WRITE, 1, 2), TZVMM_OK);
	assert_int_equal(ask(fx, &fx->ios[1], TZVMM_BLK_WRITE, 4, 2), TZVMM_OK);
	assert_int_equal(tzvmm_overlay_room(&fx->overlay), CHUNKS - 1u);
	ram_disk_complete(&fx->store, 1);
	assert_int_equal(fx->ios[1].nr_done, 1);
	ram_disk_complete(&fx->store, 0);
	assert_int_equal(fx->ios[0].nr_done, 1);
	memcpy(fx->model + 512, fx->ios[0].memory, 1024);
	memcpy(fx->model + 4 * 512, fx->ios[1].memory, 1024);
	check_all(fx);
}

static void a_read_sees_a_write_when_all_of_it_has_completed(void **state)
{
	struct fixture *fx = *state;

	scatter(fx);
	assert_int_equal(ask(fx, &fx->ios[1], TZVMM_BLK_WRITE, 6, 4), TZVMM_OK);
	assert_int_equal(fx->store.nr_queued, 2);
	ram_disk_complete(&fx->store, 1);
	/* 9 has been written, 8 over what was valid before. */
	memcpy(fx->model + 8 * 512, fx->ios[1].memory + 1024, 512);
	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_READ, 8, 3), TZVMM_OK);
	ram_disk_complete(&fx->base, 0);
	ram_disk_complete(&fx->store, 1);
	assert_int_equal(fx->ios[0].nr_done, 1);
	assert_memory_equal(fx->ios[0].memory, fx->model + 8 * 512, 3 * 512);
	ram_disk_complete(&fx->store, 0);
	memcpy(fx->model + 6 * 512, fx->ios[1].memory, 4 * 512);
	check_all(fx);
}

static void a_flush_goes_to_the_store_alone(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_FLUSH, 0, 0), TZVMM_OK);
	settle(fx);
	assert_int_equal(fx->ios[0].status, TZVMM_OK);
	assert_int_equal(fx->store.nr_flushes, 1);
	assert_int_equal(fx->base.nr_calls, 0);
	fx->store.fail_at = 1;
	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_FLUSH, 0, 0), TZVMM_OK);
	settle(fx);
	assert_int_equal(fx->ios[0].status, TZVMM_E_IO);
}

static void a_read_only_base_takes_writes(void **state)
{
	struct fixture *fx = *state;

	fx->base.dev.read_only = true;
	make(fx, 1, 1, CHUNKS);
	assert_false(fx->overlay.dev.read_only);
	put(fx, 3, 30);
	check_all(fx);
}

/* ---- A full store ------------------------------------------------------- */

static void a_write_that_does_not_fit_is_refused_whole(void **state)
{
	struct fixture *fx = *state;

	make(fx, MAX_JOBS, MAX_CHILDREN, 3);
	put(fx, 0, 9);
	fx->store.nr_calls = 0;
	assert_int_equal(tzvmm_overlay_room(&fx->overlay), 1);
	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_WRITE, 30, 3), TZVMM_E_IO);
	assert_int_equal(tzvmm_overlay_room(&fx->overlay), 1);
	assert_int_equal(fx->store.nr_calls, 0);
	check_all(fx);
	/* What fits goes on: a chunk that has a place, and the last one. */
	put(fx, 1, 14);
	put(fx, 31, 1);
	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_WRITE, 40, 1), TZVMM_E_IO);
	assert_int_equal(tzvmm_overlay_stats(&fx->overlay)->full, 2);
	check_all(fx);
	forget(fx);
	put(fx, 64, 24);
	check_all(fx);
}

static void a_full_store_is_told_to_the_log_at_a_limited_rate(void **state)
{
	struct fixture *fx = *state;

	make(fx, 1, 1, 1);
	put(fx, 0, 1);
	for (unsigned i = 0; i < 1000u; i++) {
		assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_WRITE, 8, 1),
				 TZVMM_E_IO);
	}
	assert_int_equal(fake.nr_lines_logged, 10);
	assert_string_equal(fake.last_line, "disk: the overlay's store is full");
	assert_int_equal(tzvmm_overlay_stats(&fx->overlay)->full, 1000);
}

/* ---- Errors ------------------------------------------------------------- */

/* After a write of [3, SECTORS) failed: what had not been written before reads as
 * before, what had been is the old or the new. */
static void check_failed_write(struct fixture *fx)
{
	struct io *old = &fx->ios[0], *io = &fx->ios[1];

	assert_int_equal(ask(fx, old, TZVMM_BLK_READ, 0, SECTORS), TZVMM_OK);
	settle(fx);
	for (uint32_t i = 0; i < SECTORS; i++) {
		const uint8_t *got = old->memory + i * 512u;

		if (i % 8u != 0u || i < 3u ||
		    memcmp(got, io->memory + (i - 3u) * 512u, 512) != 0) {
			assert_memory_equal(got, fx->model + i * 512u, 512);
		}
	}
}

static void a_write_that_fails_at_any_child_changes_nothing_that_is_read(void **state)
{
	struct fixture *fx = *state;

	for (unsigned n = 1; n <= CHUNKS; n++) {
		struct io *io = &fx->ios[1];

		forget(fx);
		scatter(fx);
		assert_int_equal(ask(fx, io, TZVMM_BLK_WRITE, 3, SECTORS - 3u),
				 TZVMM_OK);
		assert_int_equal(fx->store.nr_queued, CHUNKS);
		fx->store.fail_at = n;
		settle(fx);
		assert_int_equal(io->nr_done, 1);
		assert_int_equal(io->status, TZVMM_E_IO);
		assert_int_equal(tzvmm_overlay_stats(&fx->overlay)->failed, n);
		check_failed_write(fx);
	}
}

static void
a_write_that_is_refused_at_any_child_changes_nothing_that_is_read(void **state)
{
	struct fixture *fx = *state;

	for (unsigned n = 1; n <= CHUNKS; n++) {
		struct io *io = &fx->ios[1];
		enum tzvmm_status st;

		forget(fx);
		scatter(fx);
		fx->store.refuse_at = fx->store.nr_calls + n;
		st = ask(fx, io, TZVMM_BLK_WRITE, 3, SECTORS - 3u);
		if (n == 1u) {
			/* Nothing was taken, so the submitter has it back. */
			assert_int_equal(st, TZVMM_E_UNSUPP);
			assert_int_equal(fx->store.nr_queued, 0);
		} else {
			assert_int_equal(st, TZVMM_OK);
			assert_int_equal(fx->store.nr_queued, n - 1u);
			settle(fx);
			assert_int_equal(io->nr_done, 1);
			assert_int_equal(io->status, TZVMM_E_UNSUPP);
		}
		check_failed_write(fx);
	}
}

static void a_read_fails_if_any_child_does(void **state)
{
	struct fixture *fx = *state;
	struct io *io = &fx->ios[1];
	struct ram_disk *disks[] = { &fx->base, &fx->store };

	scatter(fx);
	for (unsigned d = 0; d < 2u; d++) {
		for (unsigned n = 1; n <= CHUNKS; n++) {
			disks[d]->fail_at = n;
			assert_int_equal(ask(fx, io, TZVMM_BLK_READ, 0, SECTORS),
					 TZVMM_OK);
			settle(fx);
			assert_int_equal(io->nr_done, 1);
			assert_int_equal(io->status, TZVMM_E_IO);

			disks[d]->refuse_at = disks[d]->nr_calls + n;
			/* The first child is the store's. */
			if (ask(fx, io, TZVMM_BLK_READ, 0, SECTORS) == TZVMM_OK) {
				settle(fx);
				assert_int_equal(io->nr_done, 1);
				assert_int_equal(io->status, TZVMM_E_UNSUPP);
			} else {
				assert_int_equal(d * n, 1);
			}
			check_all(fx);
		}
	}
}

static void the_first_error_is_told(void **state)
{
	struct fixture *fx = *state;
	struct io *io = &fx->ios[1];

	scatter(fx);
	/* The third child is refused while two are in flight, one of which fails. */
	fx->store.refuse_at = fx->store.nr_calls + 2u;
	assert_int_equal(ask(fx, io, TZVMM_BLK_READ, 0, 30), TZVMM_OK);
	fx->base.fail_at = 1;
	settle(fx);
	assert_int_equal(io->nr_done, 1);
	assert_int_equal(io->status, TZVMM_E_UNSUPP);
}

static void a_job_that_failed_gets_no_more_children(void **state)
{
	struct fixture *fx = *state;

	make(fx, 2, 2, CHUNKS);
	scatter(fx);
	fx->base.nr_taken = 0;
	assert_int_equal(ask(fx, &fx->ios[1], TZVMM_BLK_READ, 0, SECTORS), TZVMM_OK);
	assert_int_equal(ask(fx, &fx->ios[2], TZVMM_BLK_READ, 1, 2), TZVMM_OK);
	fx->store.fail_at = 1;
	ram_disk_complete(&fx->store, 0);
	/* One is in flight still. The next job took the place. */
	assert_int_equal(fx->ios[1].nr_done, 0);
	assert_int_equal(fx->base.nr_queued, 2);
	ram_disk_complete(&fx->base, 0);
	assert_int_equal(fx->ios[1].nr_done, 1);
	assert_int_equal(fx->ios[1].status, TZVMM_E_IO);
	ram_disk_complete(&fx->base, 0);
	assert_int_equal(fx->ios[2].status, TZVMM_OK);
	assert_int_equal(fx->base.nr_taken, 2);
	check_all(fx);
}

static void a_child_that_is_refused_later_ends_the_job(void **state)
{
	struct fixture *fx = *state;
	struct io *io = &fx->ios[1];

	make(fx, 2, 1, CHUNKS);
	scatter(fx);
	/* The only child has completed when the next is refused. */
	fx->base.refuse_at = fx->base.nr_calls + 1u;
	assert_int_equal(ask(fx, io, TZVMM_BLK_READ, 0, SECTORS), TZVMM_OK);
	assert_int_equal(ask(fx, &fx->ios[2], TZVMM_BLK_READ, 0, 1), TZVMM_OK);
	ram_disk_complete(&fx->store, 0);
	assert_int_equal(io->nr_done, 1);
	assert_int_equal(io->status, TZVMM_E_UNSUPP);
	settle(fx);
	assert_int_equal(fx->ios[2].status, TZVMM_OK);
}

/* ---- No room ------------------------------------------------------------ */

static void one_child_is_enough_for_everything(void **state)
{
	struct fixture *fx = *state;

	make(fx, 1, 1, CHUNKS);
	scatter(fx);
	check_all(fx);
	put(fx, 3, SECTORS - 3u);
	check_all(fx);
	assert_true(tzvmm_overlay_stats(&fx->overlay)->stalled > CHUNKS);
}

static void requests_beyond_the_jobs_are_to_be_tried_again(void **state)
{
	struct fixture *fx = *state;

	make(fx, 2, 4, CHUNKS);
	for (unsigned i = 0; i < 3u; i++) {
		assert_int_equal(ask(fx, &fx->ios[i], TZVMM_BLK_READ, i, 1),
				 i < 2u ? TZVMM_OK : TZVMM_E_FULL);
	}
	ram_disk_complete(&fx->base, 1);
	assert_int_equal(fx->ios[1].nr_done, 1);
	assert_int_equal(ask(fx, &fx->ios[2], TZVMM_BLK_READ, 2, 1), TZVMM_OK);
	settle(fx);
}

static void jobs_wait_for_children_in_order(void **state)
{
	struct fixture *fx = *state;

	make(fx, 4, 1, CHUNKS);
	scatter(fx);
	/* Two children, then four times one. */
	for (unsigned i = 0; i < 4u; i++) {
		assert_int_equal(ask(fx, &fx->ios[i], TZVMM_BLK_READ, i * 8u,
				     i == 0u ? 2 : 1),
				 TZVMM_OK);
	}
	for (unsigned i = 0; i < 4u; i++) {
		if (i == 0u) {
			ram_disk_complete(&fx->store, 0);
			ram_disk_complete(&fx->base, 0);
		} else {
			assert_int_equal(fx->ios[i].nr_done, 0);
			ram_disk_complete(&fx->store, 0);
		}
		assert_int_equal(fx->ios[i].nr_done, 1);
	}
}

static void a_full_device_at_the_first_child_is_the_submitters(void **state)
{
	struct fixture *fx = *state;

	fx->store.depth = 0;
	for (unsigned i = 0; i < 3u; i++) {
		assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_WRITE, 8, 4),
				 TZVMM_E_FULL);
	}
	/* Its place was found once. */
	assert_int_equal(tzvmm_overlay_room(&fx->overlay), CHUNKS - 1u);
	assert_int_equal(tzvmm_overlay_stats(&fx->overlay)->stalled, 3);
	check_all(fx);
	fx->store.depth = 1;
	put(fx, 8, 4);
	check_all(fx);
}

static void a_device_full_of_others_requests_is_tried_again_by_run(void **state)
{
	struct fixture *fx = *state;
	struct io *io = &fx->ios[1];

	scatter(fx);
	fx->base.depth = 0;
	assert_int_equal(ask(fx, io, TZVMM_BLK_READ, 0, 10), TZVMM_OK);
	ram_disk_complete(&fx->store, 0);
	assert_int_equal(io->nr_done, 0);
	assert_int_equal(fx->store.nr_queued + fx->base.nr_queued, 0);
	tzvmm_overlay_run(&fx->overlay);
	assert_int_equal(io->nr_done, 0);
	fx->base.depth = 2;
	tzvmm_overlay_run(&fx->overlay);
	settle(fx);
	assert_int_equal(io->nr_done, 1);
	assert_memory_equal(io->memory, fx->model, 10 * 512);
	tzvmm_overlay_run(&fx->overlay);
}

static void ask_more(struct fixture *fx)
{
	for (unsigned i = 2; i < 5u; i++) {
		(void)ask(fx, &fx->ios[i], TZVMM_BLK_READ, i, 30);
	}
}

static void done_may_submit_again(void **state)
{
	/* With no job, no child, or both to spare; none or one that waits. */
	for (unsigned i = 0; i < 16u; i++) {
		struct fixture *fx = *state;
		const uint32_t nr_jobs = 1u + i % 4u;
		unsigned nr_done = 0;

		make(fx, nr_jobs, 1u + i / 4u, CHUNKS);
		scatter(fx);
		fx->ios[1].and_then = ask_more;
		assert_int_equal(ask(fx, &fx->ios[1], TZVMM_BLK_READ, 5, 20),
				 TZVMM_OK);
		fx->ios[5].nr_done = 0;
		(void)ask(fx, &fx->ios[5], TZVMM_BLK_READ, 40, 20);
		settle(fx);
		assert_int_equal(fx->ios[1].nr_done, 1);
		for (unsigned n = 2; n <= 5u; n++) {
			const struct io *io = &fx->ios[n];

			assert_false(io->in_flight);
			nr_done += io->nr_done;
			if (io->nr_done != 0u) {
				assert_memory_equal(io->memory,
						    fx->model + io->req.sector * 512u,
						    io->req.nr_sectors * 512u);
			}
		}
		assert_int_equal(nr_done, nr_jobs);
		check_all(fx);
	}
}

/* ---- Making one --------------------------------------------------------- */

static void its_limits_are_the_smallest_ones(void **state)
{
	struct fixture *fx = *state;
	const struct tzvmm_blkdev *dev = &fx->overlay.dev;

	assert_int_equal(dev->nr_sectors, SECTORS);
	assert_int_equal(dev->max_sg, MAX_SG);
	assert_int_equal(dev->max_sectors, 1024);
	fx->base.dev.max_sg = 5;
	fx->store.dev.sg_align = 32;
	fx->store.dev.max_sectors = 64;
	make(fx, 1, 1, CHUNKS);
	assert_int_equal(dev->max_sg, 5);
	assert_int_equal(dev->sg_align, 32);
	assert_int_equal(dev->max_sectors, 64);
	fx->store.dev.max_sg = 3;
	fx->base.dev.sg_align = 64;
	fx->base.dev.max_sectors = UINT32_MAX;
	fx->store.dev.max_sectors = UINT32_MAX;
	make(fx, 1, 1, CHUNKS);
	assert_int_equal(dev->max_sg, 3);
	assert_int_equal(dev->sg_align, 64);
	assert_int_equal(dev->max_sectors, 65536);
	/* More than the map can tell. */
	make(fx, 1, 1, 1u << 24);
	assert_int_equal(tzvmm_overlay_room(&fx->overlay), (1u << 24) - 1u);
}

static void it_offers_no_discard_and_no_zeroes(void **state)
{
	struct fixture *fx = *state;

	fx->base.dev.max_discard = fx->store.dev.max_discard = SECTORS;
	fx->base.dev.max_zeroes = fx->store.dev.max_zeroes = SECTORS;
	make(fx, 1, 1, CHUNKS);
	assert_int_equal(fx->overlay.dev.max_discard, 0);
	assert_int_equal(fx->overlay.dev.max_zeroes, 0);
}

static void a_bad_setup_is_refused(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i <= 16u; i++) {
		struct tzvmm_overlay_setup setup = fx->setup;
		struct tzvmm_blkdev base = fx->base.dev, store = fx->store.dev;

		setup.base = &base;
		setup.store = &store;
		setup.name = i == 1u ? NULL : setup.name;
		setup.sys = i == 2u ? NULL : setup.sys;
		setup.base = i == 3u ? NULL : setup.base;
		setup.store = i == 4u ? NULL : setup.store;
		setup.map = i == 5u ? NULL : setup.map;
		setup.jobs = i == 6u ? NULL : setup.jobs;
		setup.children = i == 7u ? NULL : setup.children;
		setup.sg = i == 8u ? NULL : setup.sg;
		setup.nr_map -= i == 9u;
		setup.nr_jobs = i == 10u ? 0u : setup.nr_jobs;
		setup.nr_children = i == 11u ? 0u : setup.nr_children;
		setup.nr_sg = i == 12u ? 0u : setup.nr_sg;
		store.nr_sectors = i == 13u ? 7u : 8u;
		setup.store = i == 14u ? &base : setup.store;
		base.sg_align = i == 15u ? 1024u : 512u;
		store.sg_align = i == 16u ? 1024u : 512u;
		assert_int_equal(tzvmm_overlay_init(&fx->overlay, &setup),
				 i == 0u ? TZVMM_OK : TZVMM_E_INVAL);
	}
	fx->store.dev.read_only = true;
	assert_int_equal(tzvmm_overlay_init(&fx->overlay, &fx->setup),
			 TZVMM_E_DENIED);
}

/* ---- Discard ------------------------------------------------------------ */

static void runs_of_dirty_sectors_are_merged_where_both_sides_allow(void **state)
{
	static const struct {
		uint32_t sector, store, nr;
	} runs[] = {
		{ 0, 24 + 0, 2 },
		{ 7, 24 + 7, 1 },
		{ 8, 8, 9 },
		{ 92, 4, 1 },
	};
	struct fixture *fx = *state;
	uint64_t cursor = 0, sector = 77, store = 77;
	uint32_t nr = 77;

	assert_false(tzvmm_overlay_next_dirty(&fx->overlay, &cursor, &sector,
					      &store, &nr));
	assert_int_equal(sector + store + nr, 3 * 77);
	put(fx, 92, 1);
	put(fx, 8, 8);
	put(fx, 16, 1);
	put(fx, 7, 1);
	put(fx, 0, 2);
	cursor = 0;
	for (unsigned i = 0; i < 4u; i++) {
		assert_true(tzvmm_overlay_next_dirty(&fx->overlay, &cursor, &sector,
						     &store, &nr));
		assert_int_equal(sector, runs[i].sector);
		assert_int_equal(store, runs[i].store);
		assert_int_equal(nr, runs[i].nr);
		assert_memory_equal(fx->store.bytes + store * 512u,
				    fx->model + sector * 512u, nr * 512u);
	}
	assert_false(tzvmm_overlay_next_dirty(&fx->overlay, &cursor, &sector,
					      &store, &nr));
}

static void dirty_sectors_are_found_from_any_place(void **state)
{
	struct fixture *fx = *state;

	put(fx, 24, 1);
	put(fx, 45, 2);
	for (uint32_t from = 0; from < SECTORS; from++) {
		uint64_t cursor = from, sector, store;
		uint32_t nr;

		if (!tzvmm_overlay_next_dirty(&fx->overlay, &cursor, &sector,
					      &store, &nr)) {
			assert_true(from > 46u);
			continue;
		}
		assert_int_equal(sector, from <= 24u   ? 24u
					 : from <= 45u ? 45u
						       : from);
		assert_int_equal(sector + nr, from <= 24u ? 25u : 47u);
		assert_int_equal(cursor, sector + nr);
	}
}

static void a_dirty_run_ends_with_the_base(void **state)
{
	struct fixture *fx = *state;
	uint64_t cursor = 0, sector, store;
	uint32_t nr;

	fx->base.dev.nr_sectors = 88;
	make(fx, 1, 1, CHUNKS);
	put(fx, 80, 8);
	/* Behind the map: what would follow. */
	fx->map[11] = fx->map[10] + 0x100u;
	assert_true(tzvmm_overlay_next_dirty(&fx->overlay, &cursor, &sector, &store,
					     &nr));
	assert_int_equal(sector, 80);
	assert_int_equal(nr, 8);
	assert_false(tzvmm_overlay_next_dirty(&fx->overlay, &cursor, &sector,
					      &store, &nr));
}

static void a_discard_is_refused_while_requests_are_in_flight(void **state)
{
	struct fixture *fx = *state;

	put(fx, 3, 20);
	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_READ, 0, 4), TZVMM_OK);
	ram_disk_complete(&fx->base, 0);
	assert_int_equal(tzvmm_overlay_discard(&fx->overlay), TZVMM_E_BUSY);
	ram_disk_complete(&fx->store, 0);
	check_all(fx);
	forget(fx);
	assert_int_equal(tzvmm_overlay_room(&fx->overlay), CHUNKS);
	check_all(fx);
}

/* ---- Commit ------------------------------------------------------------- */

static void committed(struct tzvmm_overlay_commit *commit, enum tzvmm_status status)
{
	struct fixture *fx = commit->owner;

	assert_false(fx->in_submit);
	fx->nr_committed++;
	fx->committed = status;
}

static enum tzvmm_status commit(struct fixture *fx, uint32_t nr_sectors)
{
	enum tzvmm_status st;

	fx->commit = (struct tzvmm_overlay_commit){ .bounce = fx->bounce,
						    .nr_sectors = nr_sectors,
						    .done = committed,
						    .owner = fx };
	fx->nr_committed = 0;
	fx->in_submit = true;
	st = tzvmm_overlay_commit(&fx->overlay, &fx->commit);
	fx->in_submit = false;
	return st;
}

/* Something to commit: 8 runs. */
static void write_some(struct fixture *fx)
{
	memcpy(fx->base.bytes, fx->original, LEN);
	make(fx, MAX_JOBS, MAX_CHILDREN, CHUNKS);
	for (uint32_t i = 8; i-- != 0u;) {
		put(fx, i * 11u, 2u + i);
	}
}

static void check_committed(struct fixture *fx)
{
	assert_int_equal(fx->nr_committed, 1);
	assert_int_equal(fx->committed, TZVMM_OK);
	assert_memory_equal(fx->base.bytes, fx->model, LEN);
	assert_int_equal(tzvmm_overlay_room(&fx->overlay), CHUNKS);
	fx->store.nr_calls = 0;
	check_all(fx);
	assert_int_equal(fx->store.nr_calls, 0);
}

static void a_commit_with_any_buffer_makes_the_base_what_was_read(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t nr = 1; nr < 12u; nr++) {
		write_some(fx);
		fx->base.nr_flushes = 0;
		assert_int_equal(commit(fx, nr), TZVMM_OK);
		settle(fx);
		assert_int_equal(fx->base.nr_flushes, 1);
		check_committed(fx);
	}
}

static void a_commit_of_nothing_flushes(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(commit(fx, 1), TZVMM_OK);
	assert_int_equal(fx->nr_committed, 0);
	settle(fx);
	assert_int_equal(fx->base.nr_flushes, 1);
	assert_int_equal(fx->base.nr_calls, 1);
	check_committed(fx);
}

static void a_commit_keeps_the_devices_limits(void **state)
{
	struct fixture *fx = *state;

	fx->base.dev.max_sectors = 3;
	make(fx, 1, 1, CHUNKS);
	put(fx, 20, 3);
	put(fx, 23, 3);
	put(fx, 26, 1);
	assert_int_equal(commit(fx, UINT32_MAX), TZVMM_OK);
	settle(fx);
	assert_int_equal(fx->committed, TZVMM_OK);
	assert_memory_equal(fx->base.bytes, fx->model, LEN);
}

static void a_commit_completes_what_is_in_flight_and_lets_nothing_new_in(void **state)
{
	struct fixture *fx = *state;
	struct io *io = &fx->ios[1];

	make(fx, 3, 1, CHUNKS);
	scatter(fx);
	/* The second write waits for a child when the commit is taken. */
	assert_int_equal(ask(fx, io, TZVMM_BLK_WRITE, 5, 9), TZVMM_OK);
	assert_int_equal(ask(fx, &fx->ios[2], TZVMM_BLK_WRITE, 40, 20), TZVMM_OK);
	assert_int_equal(commit(fx, 4), TZVMM_OK);
	memcpy(fx->model + 5 * 512, io->memory, 9 * 512);
	memcpy(fx->model + 40 * 512, fx->ios[2].memory, 20 * 512);
	for (unsigned step = 0; fx->nr_committed == 0u; step++) {
		struct ram_disk *disk =
			fx->store.nr_queued != 0u ? &fx->store : &fx->base;

		assert_true(step < MAX_STEPS);
		assert_int_equal(fx->store.nr_queued + fx->base.nr_queued, 1);
		assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_READ, 0, 1),
				 TZVMM_E_FULL);
		assert_int_equal(tzvmm_overlay_discard(&fx->overlay), TZVMM_E_BUSY);
		tzvmm_overlay_run(&fx->overlay);
		ram_disk_complete(disk, 0);
	}
	assert_int_equal(io->nr_done, 1);
	assert_int_equal(fx->ios[2].nr_done, 1);
	check_committed(fx);
}

/* A commit failed: nothing is lost, and the next one succeeds. */
static void check_failed_commit(struct fixture *fx, enum tzvmm_status status)
{
	assert_int_equal(fx->nr_committed, 1);
	assert_int_equal(fx->committed, status);
	check_all(fx);
	assert_int_equal(commit(fx, 5), TZVMM_OK);
	settle(fx);
	check_committed(fx);
}

static void a_commit_that_fails_at_any_step_loses_nothing(void **state)
{
	struct fixture *fx = *state;
	unsigned nr_failed = 0;

	for (unsigned d = 0; d < 2u; d++) {
		struct ram_disk *disk = d == 0u ? &fx->base : &fx->store;

		for (unsigned n = 1;; n++) {
			write_some(fx);
			disk->fail_at = n;
			assert_int_equal(commit(fx, 4), TZVMM_OK);
			settle(fx);
			disk->fail_at = 0;
			if (fx->committed == TZVMM_OK) {
				check_committed(fx);
				break;
			}
			check_failed_commit(fx, TZVMM_E_IO);
			nr_failed++;
		}
	}
	/* 15 reads, 15 writes, a flush. */
	assert_int_equal(nr_failed, 31);
}

static void a_commit_that_is_refused_at_any_step_loses_nothing(void **state)
{
	struct fixture *fx = *state;
	unsigned nr_failed = 0;

	for (unsigned d = 0; d < 2u; d++) {
		struct ram_disk *disk = d == 0u ? &fx->base : &fx->store;

		for (unsigned n = 1;; n++) {
			write_some(fx);
			disk->refuse_at = disk->nr_calls + n;
			if (commit(fx, 4) != TZVMM_OK) {
				/* The first read is the submitter's. */
				assert_int_equal(d * n, 1);
				assert_int_equal(fx->nr_committed, 0);
				check_all(fx);
				continue;
			}
			settle(fx);
			disk->refuse_at = 0;
			if (fx->committed == TZVMM_OK) {
				check_committed(fx);
				break;
			}
			check_failed_commit(fx, TZVMM_E_UNSUPP);
			nr_failed++;
		}
	}
	assert_int_equal(nr_failed, 30);
}

static void a_commit_waits_for_devices_that_are_full_at_any_step(void **state)
{
	struct fixture *fx = *state;

	write_some(fx);
	fx->base.depth = 0;
	fx->store.depth = 0;
	assert_int_equal(commit(fx, 4), TZVMM_OK);
	for (unsigned step = 0; fx->nr_committed == 0u; step++) {
		assert_true(step < MAX_STEPS);
		assert_int_equal(fx->base.nr_queued + fx->store.nr_queued, 0);
		fx->base.depth = RAM_DISK_QUEUE;
		fx->store.depth = RAM_DISK_QUEUE;
		tzvmm_overlay_run(&fx->overlay);
		assert_int_equal(fx->base.nr_queued + fx->store.nr_queued, 1);
		fx->base.depth = 0;
		fx->store.depth = 0;
		ram_disk_complete(fx->base.nr_queued != 0u ? &fx->base : &fx->store,
				  0);
	}
	fx->base.depth = RAM_DISK_QUEUE;
	fx->store.depth = RAM_DISK_QUEUE;
	check_committed(fx);
}

static void a_commit_that_is_cut_leaves_each_sector_old_or_new(void **state)
{
	struct fixture *fx = *state;

	write_some(fx);
	assert_int_equal(commit(fx, 4), TZVMM_OK);
	while (fx->nr_committed == 0u) {
		for (size_t at = 0; at < LEN; at += 512u) {
			const uint8_t *got = fx->base.bytes + at;

			if (memcmp(got, fx->original + at, 512) != 0) {
				assert_memory_equal(got, fx->model + at, 512);
			}
		}
		/* Until the flush has ended, the overlay is what counts. */
		assert_true(tzvmm_overlay_room(&fx->overlay) < CHUNKS);
		ram_disk_complete(fx->base.nr_queued != 0u ? &fx->base : &fx->store,
				  0);
	}
	check_committed(fx);
}

/* What docs/overlay.md advises: copy all runs from the store again. */
static void repair(const struct fixture *fx, uint8_t *disk)
{
	uint64_t cursor = 0, sector, store;
	uint32_t nr;

	while (tzvmm_overlay_next_dirty(&fx->overlay, &cursor, &sector, &store, &nr)) {
		memcpy(disk + sector * 512u, fx->store.bytes + store * 512u,
		       nr * 512u);
	}
}

static void copying_again_repairs_a_commit_that_was_cut_anywhere(void **state)
{
	struct fixture *fx = *state;

	write_some(fx);
	assert_int_equal(commit(fx, 4), TZVMM_OK);
	while (fx->nr_committed == 0u) {
		uint8_t disk[LEN];

		memcpy(disk, fx->base.bytes, LEN);
		repair(fx, disk);
		assert_memory_equal(disk, fx->model, LEN);
		ram_disk_complete(fx->base.nr_queued != 0u ? &fx->base : &fx->store,
				  0);
	}
	check_committed(fx);
}

static void start_commit(struct fixture *fx)
{
	assert_int_equal(commit(fx, 3), TZVMM_OK);
}

static void a_commit_may_start_in_done(void **state)
{
	struct fixture *fx = *state;
	struct io *io = &fx->ios[1];

	make(fx, 2, 1, CHUNKS);
	scatter(fx);
	io->and_then = start_commit;
	assert_int_equal(ask(fx, io, TZVMM_BLK_WRITE, 6, 20), TZVMM_OK);
	assert_int_equal(ask(fx, &fx->ios[2], TZVMM_BLK_WRITE, 30, 20), TZVMM_OK);
	settle(fx);
	memcpy(fx->model + 6 * 512, io->memory, 20 * 512);
	memcpy(fx->model + 30 * 512, fx->ios[2].memory, 20 * 512);
	check_committed(fx);
}

static void a_bad_commit_is_refused(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_overlay_commit bad = {
		.bounce = fx->bounce, .nr_sectors = 1, .done = committed, .owner = fx
	};

	assert_int_equal(commit(fx, 0), TZVMM_E_INVAL);
	bad.bounce = NULL;
	assert_int_equal(tzvmm_overlay_commit(&fx->overlay, &bad), TZVMM_E_INVAL);
	bad.bounce = fx->bounce + 2;
	assert_int_equal(tzvmm_overlay_commit(&fx->overlay, &bad), TZVMM_E_INVAL);
	bad.bounce = fx->bounce;
	bad.done = NULL;
	assert_int_equal(tzvmm_overlay_commit(&fx->overlay, &bad), TZVMM_E_INVAL);
	bad.done = committed;
	assert_int_equal(commit(fx, 1), TZVMM_OK);
	assert_int_equal(tzvmm_overlay_commit(&fx->overlay, &bad), TZVMM_E_BUSY);
	settle(fx);
	fx->base.dev.read_only = true;
	assert_int_equal(commit(fx, 1), TZVMM_E_DENIED);
}

/* ---- At random ---------------------------------------------------------- */

static uint32_t random32(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static uint32_t random_below(uint32_t *seed, uint32_t end)
{
	return random32(seed) % end;
}

/* Whether a request of these sectors may be in flight with the others, so that the
 * model knows what comes out. */
static bool is_free(const struct fixture *fx, enum tzvmm_blk_op op, uint32_t sector,
		    uint32_t nr)
{
	for (unsigned i = 0; i < MAX_JOBS; i++) {
		const struct io *io = &fx->ios[i];

		if (io->in_flight &&
		    (op == TZVMM_BLK_WRITE || io->req.op == TZVMM_BLK_WRITE) &&
		    io->req.sector < sector + nr &&
		    sector < io->req.sector + io->req.nr_sectors) {
			return false;
		}
	}
	return true;
}

/* Cut the only piece in up to MAX_SG ones of 4 bytes and more. */
static void cut_pieces(struct io *io, uint32_t *seed)
{
	uint32_t nr = 1;

	while (nr < MAX_SG && random_below(seed, 4) != 0u) {
		struct tzvmm_sg *last = &io->sg[nr - 1u];
		uint32_t words = last->len / 4u;

		if (words < 2u) {
			break;
		}
		words = 1u + random_below(seed, words - 1u);
		io->sg[nr] = (struct tzvmm_sg){ (uint8_t *)last->va + words * 4u,
						last->len - words * 4u };
		last->len = words * 4u;
		nr++;
	}
	io->req.nr_sg = nr;
}

/* What a read of a sector would give, without a request. */
static const uint8_t *peek(const struct fixture *fx, uint64_t wanted)
{
	uint64_t cursor = wanted, sector, store;
	uint32_t nr;

	if (tzvmm_overlay_next_dirty(&fx->overlay, &cursor, &sector, &store, &nr) &&
	    sector == wanted) {
		return fx->store.bytes + store * 512u;
	}
	return fx->base.bytes + wanted * 512u;
}

/* The model learns of a write. If it failed, what was in the store before is the
 * old or the new now. */
static void learn(struct fixture *fx, const struct io *io)
{
	for (uint32_t i = 0; i < io->req.nr_sectors; i++) {
		const uint64_t sector = io->req.sector + i;
		const uint8_t *now = peek(fx, sector);
		uint8_t *model = fx->model + sector * 512u;

		if (io->status == TZVMM_OK || (now != fx->base.bytes + sector * 512u &&
					       memcmp(now, model, 512) != 0)) {
			assert_memory_equal(now, io->memory + i * 512u, 512);
			memcpy(model, now, 512);
		}
		assert_memory_equal(now, model, 512);
	}
}

struct totals {
	unsigned good, failed, refused, full, committed;
};

static void look_at_what_is_done(struct fixture *fx, struct totals *totals)
{
	for (unsigned i = 0; i < MAX_JOBS; i++) {
		struct io *io = &fx->ios[i];

		if (io->nr_done == 0u) {
			continue;
		}
		assert_int_equal(io->nr_done, 1);
		io->nr_done = 0;
		totals->good += io->status == TZVMM_OK;
		totals->failed += io->status != TZVMM_OK;
		if (io->req.op == TZVMM_BLK_WRITE) {
			learn(fx, io);
		} else if (io->status == TZVMM_OK) {
			assert_memory_equal(io->memory,
					    fx->model + io->req.sector * 512u,
					    io->req.nr_sectors * 512u);
		}
	}
}

static void submit_one(struct fixture *fx, uint32_t *seed, struct totals *totals)
{
	struct io *io = &fx->ios[random_below(seed, MAX_JOBS)];
	const enum tzvmm_blk_op op =
		random_below(seed, 2) == 0u ? TZVMM_BLK_READ : TZVMM_BLK_WRITE;
	const uint32_t sector = random_below(seed, SECTORS);
	uint32_t nr = 1u + random_below(seed, SECTORS - sector);

	nr = nr > 20u ? 1u + nr % 20u : nr;
	if (io->in_flight || !is_free(fx, op, sector, nr)) {
		return;
	}
	prepare(fx, io, op, sector, nr);
	cut_pieces(io, seed);
	switch (submit(io)) {
	case TZVMM_OK:
		break;
	case TZVMM_E_IO:
		totals->full++;
		break;
	default:
		totals->refused++;
		break;
	}
}

static void complete_one(struct ram_disk *disk, uint32_t *seed)
{
	if (disk->nr_queued != 0u) {
		disk->fail_at = random_below(seed, 20) == 0u;
		ram_disk_complete(disk, random_below(seed, disk->nr_queued));
		disk->fail_at = 0;
	}
}

static void step(struct fixture *fx, uint32_t *seed, struct totals *totals)
{
	struct ram_disk *disk = random_below(seed, 2) == 0u ? &fx->base : &fx->store;

	switch (random_below(seed, 8)) {
	case 0:
		disk->depth = random_below(seed, 5);
		break;
	case 1:
		disk->depth = RAM_DISK_QUEUE;
		tzvmm_overlay_run(&fx->overlay);
		break;
	case 2:
	case 3:
	case 4:
		submit_one(fx, seed, totals);
		break;
	default:
		complete_one(disk, seed);
		break;
	}
	look_at_what_is_done(fx, totals);
}

/* Between the requests: everything reads as it should, and sometimes a discard or a
 * commit, which may fail. */
static void rest(struct fixture *fx, uint32_t *seed, struct totals *totals)
{
	fx->base.depth = RAM_DISK_QUEUE;
	fx->store.depth = RAM_DISK_QUEUE;
	tzvmm_overlay_run(&fx->overlay);
	settle(fx);
	look_at_what_is_done(fx, totals);
	check_all(fx);
	fx->ios[0].nr_done = 0;
	assert_memory_equal(fx->base.bytes, fx->original, LEN);
	switch (random_below(seed, 4)) {
	case 0:
		forget(fx);
		break;
	case 1:
		fx->base.fail_at = random_below(seed, 60);
		assert_int_equal(commit(fx, 1u + random_below(seed, 9)), TZVMM_OK);
		settle(fx);
		assert_int_equal(fx->nr_committed, 1);
		fx->base.fail_at = 0;
		if (fx->committed == TZVMM_OK) {
			assert_memory_equal(fx->base.bytes, fx->model, LEN);
			totals->committed++;
		}
		memcpy(fx->original, fx->base.bytes, LEN);
		break;
	default:
		break;
	}
}

static void any_load_in_any_order_reads_what_a_plain_disk_would(void **state)
{
	static const struct {
		uint32_t nr_jobs, nr_children, nr_chunks;
	} sizes[] = { { 8, 64, 12 }, { 8, 1, 12 }, { 3, 2, 5 }, { 8, 5, 9 } };
	struct fixture *fx = *state;
	struct totals totals = { 0 };

	for (unsigned i = 0; i < 4u; i++) {
		uint32_t seed = 0x1234567u + i;

		make(fx, sizes[i].nr_jobs, sizes[i].nr_children, sizes[i].nr_chunks);
		for (unsigned n = 1; n <= 20000u; n++) {
			step(fx, &seed, &totals);
			if (n % 200u == 0u) {
				rest(fx, &seed, &totals);
			}
		}
	}
	/* It was a load. */
	assert_true(totals.good > 5000u);
	assert_true(totals.failed > 500u);
	assert_true(totals.refused > 500u);
	assert_true(totals.full > 500u);
	assert_true(totals.committed > 20u);
}

static void the_store_can_be_memory(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_ramdisk memory;

	assert_int_equal(tzvmm_ramdisk_init(&memory, fx->store.bytes, LEN), TZVMM_OK);
	fx->setup.store = &memory.dev;
	assert_int_equal(tzvmm_overlay_init(&fx->overlay, &fx->setup), TZVMM_OK);
	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_WRITE, 5, 30), TZVMM_OK);
	assert_int_equal(ask(fx, &fx->ios[1], TZVMM_BLK_FLUSH, 0, 0), TZVMM_OK);
	while (tzvmm_ramdisk_run(&memory, 7)) {
	}
	assert_int_equal(fx->ios[0].status, TZVMM_OK);
	assert_int_equal(fx->ios[1].nr_done, 1);
	memcpy(fx->model + 5 * 512, fx->ios[0].memory, 30 * 512);
	assert_int_equal(ask(fx, &fx->ios[0], TZVMM_BLK_READ, 0, SECTORS), TZVMM_OK);
	settle(fx);
	assert_false(tzvmm_ramdisk_run(&memory, 30));
	assert_int_equal(fx->ios[0].nr_done, 1);
	assert_memory_equal(fx->ios[0].memory, fx->model, LEN);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_not_written_is_read_from_the_base_in_one_go),
		T(a_write_goes_to_the_store_and_nothing_is_copied),
		T(every_run_reads_back_and_leaves_the_rest),
		T(every_run_is_read_over_every_border),
		T(the_last_chunk_of_the_base_need_not_be_whole),
		T(what_is_written_in_sequence_is_read_in_one_go),
		T(a_write_over_base_and_store_sectors_is_one),
		T(a_request_of_many_runs_is_cut_into_them),
		T(pieces_are_cut_between_sectors_only),
		T(writes_in_flight_to_one_chunk_share_its_place),
		T(a_read_sees_a_write_when_all_of_it_has_completed),
		T(a_flush_goes_to_the_store_alone),
		T(a_read_only_base_takes_writes),
		T(a_write_that_does_not_fit_is_refused_whole),
		T(a_full_store_is_told_to_the_log_at_a_limited_rate),
		T(a_write_that_fails_at_any_child_changes_nothing_that_is_read),
		T(a_write_that_is_refused_at_any_child_changes_nothing_that_is_read),
		T(a_read_fails_if_any_child_does),
		T(the_first_error_is_told),
		T(a_job_that_failed_gets_no_more_children),
		T(a_child_that_is_refused_later_ends_the_job),
		T(one_child_is_enough_for_everything),
		T(requests_beyond_the_jobs_are_to_be_tried_again),
		T(jobs_wait_for_children_in_order),
		T(a_full_device_at_the_first_child_is_the_submitters),
		T(a_device_full_of_others_requests_is_tried_again_by_run),
		T(done_may_submit_again),
		T(its_limits_are_the_smallest_ones),
		T(a_bad_setup_is_refused),
		T(runs_of_dirty_sectors_are_merged_where_both_sides_allow),
		T(dirty_sectors_are_found_from_any_place),
		T(a_dirty_run_ends_with_the_base),
		T(a_discard_is_refused_while_requests_are_in_flight),
		T(a_commit_with_any_buffer_makes_the_base_what_was_read),
		T(a_commit_of_nothing_flushes),
		T(a_commit_keeps_the_devices_limits),
		T(a_commit_completes_what_is_in_flight_and_lets_nothing_new_in),
		T(a_commit_that_fails_at_any_step_loses_nothing),
		T(a_commit_that_is_refused_at_any_step_loses_nothing),
		T(a_commit_waits_for_devices_that_are_full_at_any_step),
		T(a_commit_that_is_cut_leaves_each_sector_old_or_new),
		T(copying_again_repairs_a_commit_that_was_cut_anywhere),
		T(a_commit_may_start_in_done),
		T(a_bad_commit_is_refused),
		T(any_load_in_any_order_reads_what_a_plain_disk_would),
		T(the_store_can_be_memory),
		T(it_offers_no_discard_and_no_zeroes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
