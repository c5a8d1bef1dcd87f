// SPDX-License-Identifier: BSD-2-Clause
/* Commits of an overlay that keeps a log of them, cut and failed at every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/overlay.h>

#include "blk/crc32.h"
#include "fake.h"
#include "ram_disk.h"

#define SECTORS 1197u /* the last chunk is not whole */
#define CHUNKS 150u
#define STORE 1300u
#define LEN ((size_t)SECTORS * TZVMM_SECTOR_LEN)
#define STORE_LEN ((size_t)STORE * TZVMM_SECTOR_LEN)
#define LOG 1296u /* of 2 + 1300 / 512 sectors behind whole chunks */
#define HEAD ((size_t)LOG * TZVMM_SECTOR_LEN)
#define ENTRIES (HEAD + TZVMM_SECTOR_LEN)
#define NR_WRITTEN 70u   /* chunks: two sectors of entries */
#define NR_WITNESSES 79u /* 80 chunks are not written, two of them in one part */
#define BASE_ID 2048u
#define MAX_STEPS 1000u

/* Two disks and an overlay on them. */
struct pair {
	struct ram_disk base;
	struct ram_disk store;
	struct tzvmm_overlay overlay;
	uint32_t map[CHUNKS];
	struct tzvmm_overlay_job jobs[2];
	struct tzvmm_overlay_child children[4];
	struct tzvmm_sg sg[4];
	struct tzvmm_overlay_setup setup;
	struct tzvmm_overlay_commit commit;
	_Alignas(16) uint8_t bounce[4u * TZVMM_SECTOR_LEN];
	unsigned nr_ended;
	enum tzvmm_status ended;
};

struct fixture {
	struct pair live;
	struct pair after; /* a power cut */
	struct pair again;
	uint8_t original[LEN];
	uint8_t model[LEN];
	_Alignas(16) uint8_t data[16u * TZVMM_SECTOR_LEN];
	enum tzvmm_status asked;
};

static struct fake fake;

static void make(struct pair *pair)
{
	pair->setup = (struct tzvmm_overlay_setup){
		.name = "disk",
		.sys = &fake.sys,
		.base = &pair->base.dev,
		.store = &pair->store.dev,
		.map = pair->map,
		.nr_map = CHUNKS,
		.jobs = pair->jobs,
		.nr_jobs = 2,
		.children = pair->children,
		.nr_children = 4,
		.sg = pair->sg,
		.nr_sg = 1,
		.log = true,
		.base_id = BASE_ID,
	};
	assert_int_equal(tzvmm_overlay_init(&pair->overlay, &pair->setup), TZVMM_OK);
}

static void settle(struct pair *pair)
{
	while (ram_disk_complete_all(&pair->base) +
		       ram_disk_complete_all(&pair->store) !=
	       0u) {
	}
}

static struct ram_disk *busy_disk(struct pair *pair)
{
	return pair->base.nr_queued != 0u ? &pair->base : &pair->store;
}

static void step(struct pair *pair)
{
	ram_disk_complete(busy_disk(pair), 0);
}

static void on_asked(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct fixture *fx = req->owner;

	fx->asked = status;
}

static enum tzvmm_status put(struct fixture *fx, uint32_t sector, uint32_t nr)
{
	struct tzvmm_sg sg = { fx->data, nr * TZVMM_SECTOR_LEN };
	struct tzvmm_blk_req req = { .op = TZVMM_BLK_WRITE,
				     .sector = sector,
				     .nr_sectors = nr,
				     .sg = &sg,
				     .nr_sg = 1,
				     .done = on_asked,
				     .owner = fx };
	enum tzvmm_status st;

	for (size_t i = 0; i < sg.len; i++) {
		fx->data[i] = (uint8_t)(sector * 7u + i * 13u + i / 512u + 1u);
	}
	st = tzvmm_blk_submit(&fx->live.overlay.dev, &req);
	if (st == TZVMM_OK) {
		settle(&fx->live);
		assert_int_equal(fx->asked, TZVMM_OK);
		memcpy(fx->model + sector * 512u, fx->data, sg.len);
	}
	return st;
}

/* An overlay with parts of NR_WRITTEN chunks and of the last one. */
static void write_some(struct fixture *fx)
{
	memcpy(fx->live.base.bytes, fx->original, LEN);
	memcpy(fx->model, fx->original, LEN);
	memset(fx->live.store.bytes, 0x5A, STORE_LEN);
	make(&fx->live);
	for (uint32_t i = NR_WRITTEN; i-- != 1u;) {
		assert_int_equal(put(fx, i * 16u + i % 5u, 1u + i % 4u), TZVMM_OK);
	}
	assert_int_equal(put(fx, SECTORS - 3u, 3), TZVMM_OK);
}

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));
	struct pair *pairs[] = { &fx->live, &fx->after, &fx->again };

	fake_init(&fake);
	for (unsigned i = 0; i < 3u; i++) {
		ram_disk_init(&pairs[i]->base, SECTORS);
		ram_disk_init(&pairs[i]->store, STORE);
	}
	memcpy(fx->original, fx->live.base.bytes, LEN);
	write_some(fx);
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;
	struct pair *pairs[] = { &fx->live, &fx->after, &fx->again };

	for (unsigned i = 0; i < 3u; i++) {
		ram_disk_free(&pairs[i]->base);
		ram_disk_free(&pairs[i]->store);
	}
	test_free(fx);
	return 0;
}

static void ended(struct tzvmm_overlay_commit *commit, enum tzvmm_status status)
{
	struct pair *pair = commit->owner;

	pair->nr_ended++;
	pair->ended = status;
}

typedef enum tzvmm_status starter(struct tzvmm_overlay *overlay,
				  struct tzvmm_overlay_commit *commit);

static enum tzvmm_status start(struct pair *pair, starter *call, uint32_t nr_sectors)
{
	pair->commit = (struct tzvmm_overlay_commit){ .bounce = pair->bounce,
						      .nr_sectors = nr_sectors,
						      .done = ended,
						      .owner = pair };
	pair->nr_ended = 0;
	return call(&pair->overlay, &pair->commit);
}

/* What the power leaves of a write that is on its way: none of its sectors, all,
 * every other one, or half of the first. */
#define NR_TEARS 4u

static void tear(struct ram_disk *to, const struct ram_disk *from, unsigned how)
{
	const struct tzvmm_blk_req *req = from->queue[0];
	uint8_t *at;

	if (from->nr_queued == 0u || req->op != TZVMM_BLK_WRITE || how == 0u) {
		return;
	}
	at = to->bytes + req->sector * TZVMM_SECTOR_LEN;
	if (how == 3u) {
		memcpy(at, req->sg[0].va, TZVMM_SECTOR_LEN / 2u);
		return;
	}
	for (uint32_t i = 0; i < req->nr_sectors; i += how) {
		memcpy(at + i * 512u, (uint8_t *)req->sg[0].va + i * 512u, 512);
	}
}

/* What the cards hold when the power is cut now. */
static void cut(struct pair *to, const struct pair *from, unsigned how)
{
	memcpy(to->base.bytes, from->base.bytes, LEN);
	memcpy(to->store.bytes, from->store.bytes, STORE_LEN);
	tear(&to->base, &from->base, how);
	tear(&to->store, &from->store, how);
	make(to);
}

static void recover(struct pair *pair)
{
	assert_int_equal(start(pair, tzvmm_overlay_recover, 3), TZVMM_OK);
	settle(pair);
	assert_int_equal(pair->nr_ended, 1);
}

static bool is_new(const struct fixture *fx, const struct pair *pair)
{
	const bool new = memcmp(pair->base.bytes, fx->model, LEN) == 0;

	assert_int_equal(pair->ended, TZVMM_OK);
	assert_true(new || memcmp(pair->base.bytes, fx->original, LEN) == 0);
	assert_int_equal(tzvmm_overlay_room(&pair->overlay), LOG / 8u);
	return new;
}

/* ---- Power cuts --------------------------------------------------------- */

/* A commit that is cut anywhere; how many of the cuts left it as it was, and how
 * many have all of it. */
static void check_cuts(struct fixture *fx, uint32_t nr, unsigned *nr_old,
		       unsigned *nr_new)
{
	bool was_new = false;

	*nr_old = *nr_new = 0;
	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, nr), TZVMM_OK);
	while (fx->live.nr_ended == 0u) {
		for (unsigned how = 0; how < NR_TEARS; how++) {
			bool new;

			cut(&fx->after, &fx->live, how);
			recover(&fx->after);
			new = is_new(fx, &fx->after);
			/* Once it counts it does not go away. */
			assert_true(new || !was_new);
			was_new = was_new || (new &&how == 0u);
			*nr_new += new;
			*nr_old += !new;
		}
		step(&fx->live);
	}
	assert_int_equal(fx->live.ended, TZVMM_OK);
	assert_memory_equal(fx->live.base.bytes, fx->model, LEN);
}

static void a_commit_that_is_cut_anywhere_is_none_or_all_behind_a_recovery(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t nr = 1; nr <= 4u; nr++) {
		unsigned nr_old, nr_new;

		write_some(fx);
		check_cuts(fx, nr, &nr_old, &nr_new);
		assert_true(nr_old > 5u && nr_new > 500u);
	}
}

static void a_recovery_that_is_cut_anywhere_is_made_again(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 4), TZVMM_OK);
	while (memcmp(fx->live.base.bytes, fx->original, LEN) == 0) {
		step(&fx->live);
	}
	cut(&fx->after, &fx->live, 0);
	assert_int_equal(start(&fx->after, tzvmm_overlay_recover, 3), TZVMM_OK);
	while (fx->after.nr_ended == 0u) {
		for (unsigned how = 0; how < NR_TEARS; how++) {
			cut(&fx->again, &fx->after, how);
			recover(&fx->again);
			assert_true(is_new(fx, &fx->again));
		}
		step(&fx->after);
	}
	assert_true(is_new(fx, &fx->after));
}

/* What is written later is not committed by a log that is left over. */
static void behind_a_commit_nothing_is_left_to_recover(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 4), TZVMM_OK);
	settle(&fx->live);
	memcpy(fx->original, fx->live.base.bytes, LEN);
	assert_int_equal(put(fx, 16, 8), TZVMM_OK);
	cut(&fx->after, &fx->live, 0);
	recover(&fx->after);
	assert_false(is_new(fx, &fx->after));
	assert_int_equal(fx->after.base.nr_calls, 0);
}

static void a_commit_of_nothing_writes_no_log(void **state)
{
	struct fixture *fx = *state;

	make(&fx->live);
	fx->live.store.nr_calls = 0;
	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 4), TZVMM_OK);
	settle(&fx->live);
	assert_int_equal(fx->live.ended, TZVMM_OK);
	assert_int_equal(fx->live.base.nr_flushes, 1);
	assert_int_equal(fx->live.store.nr_calls, 0);
}

/* ---- Devices that fail -------------------------------------------------- */

/* The overlay reads what it should. */
static void check_overlay(struct fixture *fx)
{
	static _Alignas(16) uint8_t memory[LEN];
	struct tzvmm_sg sg = { memory, LEN };
	struct tzvmm_blk_req req = { .op = TZVMM_BLK_READ,
				     .nr_sectors = SECTORS,
				     .sg = &sg,
				     .nr_sg = 1,
				     .done = on_asked,
				     .owner = fx };

	fx->live.overlay.dev.max_sectors = SECTORS;
	assert_int_equal(tzvmm_blk_submit(&fx->live.overlay.dev, &req), TZVMM_OK);
	settle(&fx->live);
	assert_int_equal(fx->asked, TZVMM_OK);
	assert_memory_equal(memory, fx->model, LEN);
}

/* Behind a commit that failed. Whether the log may count: then all that is allowed
 * is to try it again, here or behind a cut. */
static bool check_failed(struct fixture *fx)
{
	const uint32_t nr_refused = tzvmm_overlay_stats(&fx->live.overlay)->sealed;
	const bool sealed = put(fx, 16, 1) != TZVMM_OK;

	assert_int_equal(tzvmm_overlay_sealed(&fx->live.overlay), sealed);
	assert_true(!sealed ||
		    strstr(fake.last_line, "commit has to end first") != NULL);
	check_overlay(fx);
	cut(&fx->after, &fx->live, 0);
	recover(&fx->after);
	(void)is_new(fx, &fx->after);
	assert_int_equal(tzvmm_overlay_stats(&fx->live.overlay)->sealed - nr_refused,
			 sealed);
	if (sealed) {
		assert_int_equal(tzvmm_overlay_discard(&fx->live.overlay),
				 TZVMM_E_BUSY);
	}
	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 4), TZVMM_OK);
	settle(&fx->live);
	assert_int_equal(fx->live.ended, TZVMM_OK);
	assert_memory_equal(fx->live.base.bytes, fx->model, LEN);
	assert_int_equal(put(fx, 16, 1), TZVMM_OK);
	assert_int_equal(tzvmm_overlay_discard(&fx->live.overlay), TZVMM_OK);
	return sealed;
}

static void a_commit_that_fails_at_any_step_can_be_ended(void **state)
{
	struct fixture *fx = *state;
	unsigned nr_open = 0, nr_sealed = 0;

	for (unsigned d = 0; d < 4u; d++) {
		struct ram_disk *disk = d < 2u ? &fx->live.base : &fx->live.store;
		unsigned *fault = d % 2u == 0u ? &disk->fail_at : &disk->refuse_at;

		for (unsigned n = 1;; n++) {
			enum tzvmm_status st;

			write_some(fx);
			disk->nr_calls = 0;
			*fault = n;
			st = start(&fx->live, tzvmm_overlay_commit, 4);
			settle(&fx->live);
			*fault = 0;
			if (st == TZVMM_OK && fx->live.ended == TZVMM_OK) {
				break;
			}
			if (check_failed(fx)) {
				nr_sealed++;
			} else {
				nr_open++;
			}
		}
	}
	/* Two entries' sectors in one write, a flush, what tells the base from
	 * others; the header is on its way. */
	assert_int_equal(nr_open, 2 + 3 + 2u * NR_WITNESSES);
	assert_true(nr_sealed > 280u);
}

/* The write of the header fails, or the flush behind it, or the copy's first read. */
static void
a_commit_whose_header_failed_is_none_or_all_when_it_is_tried_again(void **state)
{
	struct fixture *fx = *state;
	unsigned nr_tried = 0, nr_old, nr_new;

	for (unsigned n = 1;; n++) {
		write_some(fx);
		fx->live.store.fail_at = n;
		assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 4), TZVMM_OK);
		settle(&fx->live);
		assert_int_equal(fx->live.store.fail_at, 0);
		assert_int_equal(fx->live.ended, TZVMM_E_IO);
		if (memcmp(fx->live.base.bytes, fx->original, LEN) != 0) {
			break;
		}
		if (tzvmm_overlay_sealed(&fx->live.overlay)) {
			check_cuts(fx, 4, &nr_old, &nr_new);
			nr_tried++;
		}
	}
	assert_int_equal(nr_tried, 3);
}

static void a_commit_waits_for_devices_that_are_full_at_any_step(void **state)
{
	struct fixture *fx = *state;

	fx->live.base.depth = fx->live.store.depth = 0;
	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 1), TZVMM_OK);
	for (unsigned n = 0; fx->live.nr_ended == 0u; n++) {
		assert_true(n < MAX_STEPS);
		tzvmm_overlay_run(&fx->live.overlay);
		fx->live.base.depth = fx->live.store.depth = 1;
		tzvmm_overlay_run(&fx->live.overlay);
		fx->live.base.depth = fx->live.store.depth = 0;
		step(&fx->live);
	}
	assert_int_equal(fx->live.ended, TZVMM_OK);
	assert_memory_equal(fx->live.base.bytes, fx->model, LEN);
}

static void a_recovery_that_fails_leaves_the_log(void **state)
{
	struct fixture *fx = *state;
	unsigned nr_failed = 0;

	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 4), TZVMM_OK);
	while (memcmp(fx->live.base.bytes, fx->original, LEN) == 0) {
		step(&fx->live);
	}
	for (unsigned d = 0; d < 2u; d++) {
		struct ram_disk *disk = d == 0u ? &fx->after.base : &fx->after.store;

		for (unsigned n = 1;; n++) {
			cut(&fx->after, &fx->live, 0);
			disk->fail_at = n;
			recover(&fx->after);
			disk->fail_at = 0;
			if (fx->after.ended == TZVMM_OK) {
				break;
			}
			nr_failed++;
			cut(&fx->again, &fx->after, 0);
			recover(&fx->again);
			assert_true(is_new(fx, &fx->again));
		}
	}
	assert_true(nr_failed > 140u);
}

/* ---- Logs that are none ------------------------------------------------- */

/* A pair that was cut while its header is there. */
static void cut_marked(struct fixture *fx)
{
	write_some(fx);
	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 4), TZVMM_OK);
	while (memcmp(fx->live.base.bytes, fx->original, LEN) == 0) {
		step(&fx->live);
	}
	cut(&fx->after, &fx->live, 0);
	memcpy(fx->after.base.bytes, fx->original, LEN);
	settle(&fx->live);
}

static void set_word(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* With checksums that hold. */
static void seal(struct fixture *fx)
{
	uint8_t *store = fx->after.store.bytes;

	set_word(store + HEAD + 32, tzvmm_crc32(0, store + ENTRIES, 1024));
	set_word(store + HEAD + 44, tzvmm_crc32(0, store + HEAD, 44));
}

static void check_recovery(struct fixture *fx, enum tzvmm_status status)
{
	recover(&fx->after);
	assert_int_equal(fx->after.ended, status);
	assert_memory_equal(fx->after.base.bytes, fx->original, LEN);
	assert_int_equal(tzvmm_overlay_room(&fx->after.overlay), LOG / 8u);
}

static void a_log_of_others_is_refused(void **state)
{
	struct fixture *fx = *state;
	static const struct {
		size_t at;
		uint32_t value;
	} bad[] = {
		{ HEAD + 4, 1 },
		{ HEAD + 4, 3 },
		{ HEAD + 8, BASE_ID + 1u },
		{ HEAD + 16, SECTORS + 1u },
		{ HEAD + 24, LOG / 8u + 1u },
		{ HEAD + 28, 0 },
		{ HEAD + 28, 4 },
		{ HEAD + 28, UINT32_MAX },
		{ ENTRIES, CHUNKS },
		{ ENTRIES, UINT32_MAX },
		{ ENTRIES + 8, 0 },
		{ ENTRIES + 4, 0xFF },
		{ ENTRIES + 4, (LOG / 8u + 1u) << 8 | 1u },
		{ ENTRIES + 4, UINT32_MAX },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cut_marked(fx);
		set_word(fx->after.store.bytes + bad[i].at, bad[i].value);
		seal(fx);
		check_recovery(fx, TZVMM_E_FORMAT);
	}
}

static void a_log_with_a_wrong_checksum_is_refused(void **state)
{
	struct fixture *fx = *state;

	for (size_t i = 0; i < 1024u; i += 101u) {
		cut_marked(fx);
		fx->after.store.bytes[ENTRIES + i] ^= 1u;
		check_recovery(fx, TZVMM_E_FORMAT);
	}
	for (size_t i = 0; i < 48u; i++) {
		cut_marked(fx);
		fx->after.store.bytes[HEAD + i] ^= 1u;
		check_recovery(fx, TZVMM_OK);
	}
}

/* A card that was written with another image, of the same size and at the same place. */
static void a_log_is_not_played_on_a_base_that_was_written_anew(void **state)
{
	struct fixture *fx = *state;

	for (size_t nr = 1; nr <= LEN; nr += LEN - 1u) {
		cut_marked(fx);
		/* The first chunk is not written. */
		memset(fx->original, fx->original[0] ^ 1, nr);
		memcpy(fx->after.base.bytes, fx->original, LEN);
		check_recovery(fx, TZVMM_E_FORMAT);
		assert_non_null(strstr(fake.last_line, "has changed since"));
	}
}

/* Nothing tells that base from another one. */
static void a_commit_of_every_chunk_has_no_witness(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t i = 0; i < CHUNKS; i++) {
		assert_int_equal(put(fx, i * 8u, 1), TZVMM_OK);
	}
	assert_int_equal(start(&fx->live, tzvmm_overlay_commit, 4), TZVMM_OK);
	while (memcmp(fx->live.base.bytes, fx->original, LEN) == 0) {
		step(&fx->live);
	}
	cut(&fx->after, &fx->live, 0);
	recover(&fx->after);
	assert_true(is_new(fx, &fx->after));
}

static void a_log_is_taken_as_it_is_sealed_by_the_test(void **state)
{
	struct fixture *fx = *state;

	cut_marked(fx);
	seal(fx);
	recover(&fx->after);
	assert_true(is_new(fx, &fx->after));
	assert_non_null(
		strstr(fake.last_line, "a commit that was cut off goes on"));
}

static void a_recovery_at_the_wrong_time_is_refused(void **state)
{
	struct fixture *fx = *state;
	struct pair *pair = &fx->after;
	struct tzvmm_overlay_commit other;

	assert_int_equal(start(&fx->live, tzvmm_overlay_recover, 1), TZVMM_E_INVAL);
	make(pair);
	assert_int_equal(start(pair, tzvmm_overlay_recover, 0), TZVMM_E_INVAL);
	assert_int_equal(start(pair, tzvmm_overlay_recover, 1), TZVMM_OK);
	other = pair->commit;
	assert_int_equal(tzvmm_overlay_recover(&pair->overlay, &other), TZVMM_E_BUSY);
	settle(pair);
	pair->base.dev.read_only = true;
	assert_int_equal(start(pair, tzvmm_overlay_recover, 1), TZVMM_E_DENIED);
	pair->setup.log = false;
	assert_int_equal(tzvmm_overlay_init(&pair->overlay, &pair->setup), TZVMM_OK);
	assert_int_equal(start(pair, tzvmm_overlay_recover, 1), TZVMM_E_INVAL);
}

static void a_store_has_room_for_a_chunk_and_the_log(void **state)
{
	struct fixture *fx = *state;
	struct pair *pair = &fx->after;

	make(pair);
	pair->store.dev.nr_sectors = 10;
	assert_int_equal(tzvmm_overlay_init(&pair->overlay, &pair->setup), TZVMM_OK);
	assert_int_equal(tzvmm_overlay_room(&pair->overlay), 1);
	for (uint32_t nr = 0; nr < 10u; nr++) {
		pair->store.dev.nr_sectors = nr;
		assert_int_equal(tzvmm_overlay_init(&pair->overlay, &pair->setup),
				 TZVMM_E_INVAL);
	}
	pair->store.dev.nr_sectors = 10;
	pair->setup.nr_map = 1ull << 32;
	assert_int_equal(tzvmm_overlay_init(&pair->overlay, &pair->setup),
			 TZVMM_E_INVAL);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_commit_that_is_cut_anywhere_is_none_or_all_behind_a_recovery),
		T(a_recovery_that_is_cut_anywhere_is_made_again),
		T(behind_a_commit_nothing_is_left_to_recover),
		T(a_commit_of_nothing_writes_no_log),
		T(a_commit_that_fails_at_any_step_can_be_ended),
		T(a_commit_whose_header_failed_is_none_or_all_when_it_is_tried_again),
		T(a_commit_waits_for_devices_that_are_full_at_any_step),
		T(a_recovery_that_fails_leaves_the_log),
		T(a_log_of_others_is_refused),
		T(a_log_with_a_wrong_checksum_is_refused),
		T(a_log_is_not_played_on_a_base_that_was_written_anew),
		T(a_commit_of_every_chunk_has_no_witness),
		T(a_log_is_taken_as_it_is_sealed_by_the_test),
		T(a_recovery_at_the_wrong_time_is_refused),
		T(a_store_has_room_for_a_chunk_and_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
