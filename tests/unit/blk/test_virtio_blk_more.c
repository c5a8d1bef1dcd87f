// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "shared_model.h"
#include "virtio_blk_fixture.h"

#define WRITEBACK 0x120u

static uint32_t refused(const struct fixture *fx)
{
	return tzvmm_virtio_stats(&fx->vb.virtio)->refused;
}

static uint32_t writeback(const struct fixture *fx)
{
	return guest_read_narrow(fx->guest, WRITEBACK, 1);
}

static void set_writeback(struct fixture *fx, uint32_t value)
{
	tzvmm_virtio_write(fx->guest->vio, WRITEBACK, 1, value);
}

static struct fixture *write_through(void **state)
{
	struct fixture *fx = started_with(state, F_FLUSH | F_WCE);

	set_writeback(fx, 0);
	return fx;
}

/* ---- The cache's mode --------------------------------------------------- */

static void the_cache_is_on_for_a_driver_that_can_flush_and_off_for_others(void **state)
{
	struct fixture *fx = *state;

	(void)started_with(state, F_FLUSH | F_WCE);
	assert_int_equal(writeback(fx), 1);
	(void)started_with(state, F_FLUSH);
	assert_int_equal(writeback(fx), 1);
	(void)started_with(state, F_WCE);
	assert_int_equal(writeback(fx), 0);
	(void)started_with(state, 0);
	assert_int_equal(writeback(fx), 0);
}

static void the_cache_is_turned_off_and_on_and_a_reset_turns_it_on(void **state)
{
	struct fixture *fx = started_with(state, F_FLUSH | F_WCE);

	set_writeback(fx, 0);
	assert_int_equal(writeback(fx), 0);
	set_writeback(fx, 1);
	assert_int_equal(writeback(fx), 1);
	set_writeback(fx, 0);
	assert_int_equal(refused(fx), 0);
	(void)started_with(state, F_FLUSH | F_WCE);
	assert_int_equal(writeback(fx), 1);
}

static void a_driver_that_did_not_agree_to_it_cannot_set_the_mode(void **state)
{
	struct fixture *fx = started_with(state, F_FLUSH);

	set_writeback(fx, 0);
	assert_int_equal(writeback(fx), 1);
	assert_int_equal(refused(fx), 1);
	guest_write(fx->guest, 0x070, 0);
	set_writeback(fx, 0);
	assert_int_equal(refused(fx), 2);
}

static void no_other_write_to_the_configuration_changes_anything(void **state)
{
	struct fixture *fx = started_with(state, F_FLUSH | F_WCE);
	uint8_t before[0x100];
	uint32_t nr = 0;

	for (uint32_t i = 0; i < sizeof(before); i++) {
		before[i] = (uint8_t)guest_read_narrow(fx->guest, 0x100u + i, 1);
	}
	for (uint32_t offset = 0x100; offset <= 0x210u; offset++) {
		for (unsigned size = 1; size <= 4u; size *= 2u) {
			if (offset != WRITEBACK || size != 1u) {
				tzvmm_virtio_write(fx->guest->vio, offset, size, 0);
				nr++;
			}
		}
	}
	tzvmm_virtio_write(fx->guest->vio, UINT32_MAX, 1, 0);
	set_writeback(fx, 2);
	set_writeback(fx, 0x100);
	set_writeback(fx, UINT32_MAX);
	assert_int_equal(refused(fx), nr + 4u);
	for (uint32_t i = 0; i < sizeof(before); i++) {
		assert_int_equal(guest_read_narrow(fx->guest, 0x100u + i, 1),
				 before[i]);
	}
}

/* ---- Writes that are durable when they are answered --------------------- */

static void a_write_through_is_answered_when_its_flush_is_done(void **state)
{
	struct fixture *fx = write_through(state);

	memset(guest_at(fx->guest, data_at(0)), 0x5A, 512);
	ask(fx, 0, T_OUT, 7, 512);
	kick(fx);
	finish(fx);
	assert_no_answer(fx);
	assert_false(guest_line(fx->guest));
	assert_int_equal(fx->disk.nr_queued, 1);
	assert_int_equal(fx->disk.queue[0]->op, TZVMM_BLK_FLUSH);
	assert_int_equal(fx->disk.nr_flushes, 0);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	assert_true(guest_line(fx->guest));
	assert_int_equal(fx->disk.nr_flushes, 1);
	assert_int_equal(fx->disk.nr_taken, 2);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), sector_at(fx, 7), 512);
}

static void a_driver_without_flush_gets_writes_that_are_durable(void **state)
{
	struct fixture *fx = started_with(state, 0);

	ask(fx, 0, T_OUT, 7, 512);
	kick(fx);
	finish(fx);
	assert_no_answer(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	assert_int_equal(fx->disk.nr_flushes, 1);
}

static void with_the_cache_on_no_write_is_flushed(void **state)
{
	struct fixture *fx = write_through(state);

	set_writeback(fx, 1);
	ask(fx, 0, T_OUT, 7, 512);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	assert_int_equal(fx->disk.nr_taken, 1);
}

static void a_read_or_a_flush_is_not_flushed(void **state)
{
	struct fixture *fx = write_through(state);

	ask(fx, 0, T_IN, 7, 512);
	ask(fx, 1, T_FLUSH, 0, 0);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
	assert_answer(fx, 1, 0, 1);
	assert_int_equal(fx->disk.nr_taken, 2);
	assert_int_equal(fx->disk.nr_flushes, 1);
}

static void a_write_that_failed_is_answered_at_once(void **state)
{
	struct fixture *fx = write_through(state);

	fx->disk.fail_at = 1;
	ask(fx, 0, T_OUT, 7, 512);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 1, 1);
	assert_int_equal(fx->disk.nr_taken, 1);
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->failed, 1);
}

static void a_write_whose_flush_fails_or_is_refused_has_failed(void **state)
{
	struct fixture *fx = write_through(state);

	fx->disk.fail_at = 2;
	ask(fx, 0, T_OUT, 7, 512);
	kick(fx);
	finish(fx);
	finish(fx);
	assert_answer(fx, 0, 1, 1);
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->failed, 1);

	fx->disk.refuse_at = fx->disk.nr_calls + 2u;
	ask(fx, 1, T_OUT, 7, 512);
	kick(fx);
	finish(fx);
	assert_answer(fx, 1, 1, 1);
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->refused, 1);
}

static void flushes_that_find_the_disk_full_wait_and_none_is_lost(void **state)
{
	struct fixture *fx = write_through(state);
	uint8_t answers[NR_REQS] = { 0 };
	unsigned nr = 0;

	for (unsigned k = 0; k < NR_REQS; k++) {
		ask(fx, k, T_OUT, k, 512);
	}
	kick(fx);
	(void)ram_disk_complete_all(&fx->disk);
	fx->disk.depth = 1;
	while (nr < NR_REQS) {
		uint32_t id, len;

		tzvmm_virtio_blk_run(&fx->vb);
		assert_int_equal(fx->disk.nr_queued, 1);
		assert_int_equal(fx->disk.queue[0]->op, TZVMM_BLK_FLUSH);
		ram_disk_complete(&fx->disk, 0);
		tzvmm_virtio_blk_run(&fx->vb);
		assert_true(guest_take_used(&fx->queue, &id, &len));
		answers[id / 4u]++;
		nr++;
	}
	for (unsigned k = 0; k < NR_REQS; k++) {
		assert_int_equal(answers[k], 1);
		assert_int_equal(guest_get8(fx->guest, status_at(k)), 0);
	}
	assert_int_equal(fx->disk.nr_flushes, NR_REQS);
	assert_int_equal(fx->disk.nr_queued, 0);
}

static void nothing_new_is_taken_before_what_waits_is_at_the_disk(void **state)
{
	struct fixture *fx = write_through(state);

	ask(fx, 0, T_OUT, 0, 512);
	kick(fx);
	ram_disk_complete(&fx->disk, 0);
	fx->disk.depth = 0;
	ask(fx, 1, T_IN, 0, 512);
	kick(fx);
	fx->disk.depth = 1;
	tzvmm_virtio_blk_run(&fx->vb);
	assert_int_equal(fx->disk.queue[0]->op, TZVMM_BLK_FLUSH);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	finish(fx);
	assert_answer(fx, 1, 0, 513);
}

static void all_places_are_free(void **state)
{
	struct fixture *fx = started(state, 0);

	fx->disk.depth = RAM_DISK_QUEUE;
	for (unsigned k = 0; k < NR_REQS; k++) {
		ask(fx, k, T_IN, k, 512);
	}
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, NR_REQS);
	finish(fx);
	for (unsigned k = 0; k < NR_REQS; k++) {
		assert_answer(fx, k, 0, 513);
	}
}

static void a_reset_between_a_write_and_its_flush_forgets_the_flush(void **state)
{
	struct fixture *fx = write_through(state);

	for (unsigned k = 0; k < 3u; k++) {
		ask(fx, k, T_OUT, k, 512);
	}
	kick(fx);
	(void)ram_disk_complete_all(&fx->disk);
	guest_write(fx->guest, 0x070, 0);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
	finish(fx);
	assert_int_equal(fx->disk.nr_flushes, 0);
	assert_no_answer(fx);
	assert_int_equal(guest_get8(fx->guest, status_at(0)), UNTOUCHED);
	all_places_are_free(state);
}

static void a_reset_during_the_flush_waits_for_it_and_writes_nothing(void **state)
{
	struct fixture *fx = write_through(state);

	ask(fx, 0, T_OUT, 0, 512);
	kick(fx);
	finish(fx);
	assert_int_equal(fx->disk.queue[0]->op, TZVMM_BLK_FLUSH);
	guest_write(fx->guest, 0x070, 0);
	assert_int_not_equal(guest_read(fx->guest, 0x070), 0);
	finish(fx);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
	assert_no_answer(fx);
	assert_int_equal(guest_get8(fx->guest, status_at(0)), UNTOUCHED);
	all_places_are_free(state);
}

static void a_write_that_ends_in_a_reset_is_followed_by_nothing(void **state)
{
	struct fixture *fx = write_through(state);

	ask(fx, 0, T_OUT, 0, 512);
	kick(fx);
	guest_write(fx->guest, 0x070, 0);
	finish(fx);
	assert_int_equal(fx->disk.nr_taken, 1);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
	assert_no_answer(fx);

	/* A driver need not reset it twice. */
	guest_write(fx->guest, 0x070, 3);
	guest_write(fx->guest, 0x024, 1);
	guest_write(fx->guest, 0x020, 1);
	guest_write(fx->guest, 0x070, 11);
	guest_place(fx->guest, &fx->queue, RINGS, QUEUE_SIZE);
	guest_write(fx->guest, 0x070, 15);
	assert_int_equal(fx->disk.nr_queued, 0);
	all_places_are_free(state);
}

static void a_mode_set_during_a_write_counts_when_it_ends(void **state)
{
	struct fixture *fx = write_through(state);

	set_writeback(fx, 1);
	ask(fx, 0, T_OUT, 0, 512);
	kick(fx);
	set_writeback(fx, 0);
	finish(fx);
	assert_no_answer(fx);
	set_writeback(fx, 1);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	assert_int_equal(fx->disk.nr_flushes, 1);
}

/* ---- Discard and write-zeroes ------------------------------------------- */

#define T_DISCARD 11u
#define T_ZEROES 13u
#define F_TOPOLOGY (1u << 10)
#define F_DISCARD (1u << 13)
#define F_ZEROES (1u << 14)
#define F_ERASE (F_FLUSH | F_WCE | F_DISCARD | F_ZEROES)
#define MOST_DISCARD 64u
#define MOST_ZEROES 32u

static const uint32_t erasing[] = { T_DISCARD, T_ZEROES };

struct segment {
	uint64_t sector;
	uint32_t nr;
	uint32_t flags;
};

static uint32_t feature_bits(struct fixture *fx)
{
	guest_write(fx->guest, 0x014, 0);
	return guest_read(fx->guest, 0x010);
}

static struct fixture *erasable(void **state, uint32_t features)
{
	struct fixture *fx = *state;

	fx->disk.dev.max_discard = MOST_DISCARD;
	fx->disk.dev.max_zeroes = MOST_ZEROES;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	return started_with(state, features);
}

static void put_segments(struct fixture *fx, unsigned k,
			 const struct segment *segments, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		const uint64_t at = data_at(k) + 16u * (uint64_t)i;

		guest_put64(fx->guest, at, segments[i].sector);
		guest_put32(fx->guest, at + 8u, segments[i].nr);
		guest_put32(fx->guest, at + 12u, segments[i].flags);
	}
}

/* The same shape as a write, of len bytes. */
static void ask_len(struct fixture *fx, unsigned k, uint32_t type, uint32_t len)
{
	ask(fx, k, T_OUT, 0, len);
	guest_put32(fx->guest, area(k), type);
}

static void ask_erase(struct fixture *fx, unsigned k, uint32_t type,
		      const struct segment *segments, unsigned nr)
{
	put_segments(fx, k, segments, nr);
	ask_len(fx, k, type, 16u * nr);
}

static void ask_one(struct fixture *fx, unsigned k, uint32_t type, uint64_t sector,
		    uint32_t nr, uint32_t flags)
{
	const struct segment segment = { sector, nr, flags };

	ask_erase(fx, k, type, &segment, 1);
}

/* Whether these sectors, and not their neighbours, are full of a byte. */
static void assert_full_of(struct fixture *fx, uint64_t sector, uint32_t nr,
			   uint8_t value)
{
	const uint8_t *first = sector_at(fx, sector);

	for (uint32_t i = 0; i < nr * TZVMM_SECTOR_LEN; i++) {
		assert_int_equal(first[i], value);
	}
	assert_true(first[-1] != value || first[-2] != value);
	assert_true(first[nr * TZVMM_SECTOR_LEN] != value ||
		    first[nr * TZVMM_SECTOR_LEN + 1u] != value);
}

static void they_are_offered_with_the_limits_of_a_disk_that_has_them(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(feature_bits(fx) & (F_DISCARD | F_ZEROES), 0);
	for (uint32_t offset = 0x124; offset < 0x140u; offset += 4u) {
		assert_int_equal(guest_read(fx->guest, offset), 0);
	}
	fx->disk.dev.topology.discard = 8;
	(void)erasable(state, F_ERASE);
	assert_int_equal(feature_bits(fx) & (F_DISCARD | F_ZEROES),
			 F_DISCARD | F_ZEROES);
	assert_int_equal(guest_read(fx->guest, 0x124), MOST_DISCARD);
	assert_int_equal(guest_read(fx->guest, 0x128), 4);
	assert_int_equal(guest_read(fx->guest, 0x12C), 8);
	assert_int_equal(guest_read(fx->guest, 0x130), MOST_ZEROES);
	assert_int_equal(guest_read(fx->guest, 0x134), 4);
	assert_int_equal(guest_read(fx->guest, 0x138), 0);

	fx->disk.dev.max_discard = 0;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	assert_int_equal(feature_bits(fx) & (F_DISCARD | F_ZEROES), F_ZEROES);
	fx->disk.dev.max_discard = 1;
	fx->disk.dev.max_zeroes = 0;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	assert_int_equal(feature_bits(fx) & (F_DISCARD | F_ZEROES), F_DISCARD);
}

static void a_read_only_disk_offers_neither(void **state)
{
	struct fixture *fx = *state;

	fx->disk.dev.read_only = true;
	(void)erasable(state, 0);
	assert_int_equal(feature_bits(fx) & (F_DISCARD | F_ZEROES), 0);
	for (unsigned i = 0; i < 2u; i++) {
		ask_one(fx, i, erasing[i], 0, 1, 0);
		kick(fx);
		assert_answer(fx, i, 2, 1);
	}
	assert_int_equal(fx->disk.nr_taken, 0);
}

static void a_driver_that_did_not_agree_to_them_has_neither(void **state)
{
	struct fixture *fx = erasable(state, F_FLUSH | F_ZEROES);

	ask_one(fx, 0, T_DISCARD, 0, 1, 0);
	kick(fx);
	assert_answer(fx, 0, 2, 1);
	(void)erasable(state, F_FLUSH | F_DISCARD);
	ask_one(fx, 0, T_ZEROES, 0, 1, 0);
	kick(fx);
	assert_answer(fx, 0, 2, 1);
	assert_int_equal(fx->disk.nr_taken, 0);
}

static void one_segment_of_the_largest_size_is_discarded_or_zeroed(void **state)
{
	struct fixture *fx = erasable(state, F_ERASE);

	ask_one(fx, 0, T_DISCARD, 3, MOST_DISCARD, 0);
	ask_one(fx, 1, T_ZEROES, 100, MOST_ZEROES, 0);
	ask_one(fx, 2, T_ZEROES, 200, 1, 1); /* with the unmap flag */
	kick(fx);
	finish(fx);
	for (unsigned k = 0; k < 3u; k++) {
		assert_answer(fx, k, 0, 1);
	}
	assert_full_of(fx, 3, MOST_DISCARD, RAM_DISK_DISCARDED);
	assert_full_of(fx, 100, MOST_ZEROES, 0);
	assert_full_of(fx, 200, 1, 0);
	assert_int_equal(fx->disk.nr_taken, 3);
}

static void several_segments_are_served_one_after_the_other(void **state)
{
	static const struct segment segments[] = {
		{ 50, 2, 0 },
		{ 10, 1, 1 },
		{ DISK_LEN - 4u, 3, 0 },
		{ 20, 7, 1 },
	};
	struct fixture *fx = erasable(state, F_ERASE);

	for (unsigned nr = 2; nr <= 4u; nr++) {
		fx->disk.nr_taken = 0;
		ask_erase(fx, 0, T_ZEROES, segments, nr);
		kick(fx);
		for (unsigned i = 0; i < nr; i++) {
			assert_no_answer(fx);
			assert_int_equal(fx->disk.nr_queued, 1);
			assert_int_equal(fx->disk.queue[0]->sector,
					 segments[i].sector);
			finish(fx);
		}
		assert_answer(fx, 0, 0, 1);
		assert_int_equal(fx->disk.nr_taken, nr);
		assert_full_of(fx, segments[nr - 1u].sector, segments[nr - 1u].nr, 0);
	}
}

static void segments_in_pieces_of_any_size_are_gathered(void **state)
{
	static const struct segment segments[] = { { 50, 2, 0 }, { 10, 1, 0 } };
	struct fixture *fx = erasable(state, F_ERASE);

	for (uint32_t cut = 1; cut < 32u; cut++) {
		fx->disk.nr_taken = 0;
		put_segments(fx, 0, segments, 2);
		put_head(fx, 0, T_DISCARD, 0);
		guest_desc(&fx->queue, 0, area(0), 16, VIRTQ_NEXT, 1);
		guest_desc(&fx->queue, 1, data_at(0), cut, VIRTQ_NEXT, 2);
		guest_desc(&fx->queue, 2, data_at(0) + cut, 32u - cut, VIRTQ_NEXT, 3);
		guest_desc(&fx->queue, 3, status_at(0), 1, VIRTQ_WRITE, 0);
		guest_publish(&fx->queue, 0);
		kick(fx);
		finish(fx);
		finish(fx);
		assert_answer(fx, 0, 0, 1);
		assert_int_equal(fx->disk.nr_taken, 2);
	}
	assert_full_of(fx, 50, 2, RAM_DISK_DISCARDED);
	assert_full_of(fx, 10, 1, RAM_DISK_DISCARDED);
}

/* Header and segment in one piece, and as many bytes for the answer. */
static void discard_one(struct fixture *fx, uint32_t len)
{
	put_head(fx, 0, T_DISCARD, 0);
	guest_put64(fx->guest, area(0) + 16u, 77);
	guest_put32(fx->guest, area(0) + 24u, 1);
	guest_put32(fx->guest, area(0) + 28u, 0);
	guest_desc(&fx->queue, 0, area(0), 32, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, data_at(0), len, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	kick(fx);
	finish(fx);
}

static void header_and_segment_may_be_one_piece(void **state)
{
	struct fixture *fx = erasable(state, F_ERASE);

	discard_one(fx, 1);
	assert_int_equal(guest_get8(fx->guest, data_at(0)), 0);
	assert_full_of(fx, 77, 1, RAM_DISK_DISCARDED);
}

static void bytes_that_a_discard_leaves_alone_are_not_called_written(void **state)
{
	struct fixture *fx = erasable(state, F_ERASE);

	discard_one(fx, 513);
	assert_int_equal(guest_get8(fx->guest, data_at(0) + 512u), 0);
	assert_int_equal(guest_get32(fx->guest, fx->queue.used + 8u), 1);
}

static void a_segment_out_of_range_or_too_large_is_refused(void **state)
{
	static const struct segment cases[] = {
		{ DISK_LEN, 1, 0 },
		{ DISK_LEN - 1u, 2, 0 },
		{ DISK_LEN - 1u, UINT32_MAX, 0 },
		{ UINT64_MAX, 1, 0 },
		{ UINT64_MAX - 1u, 2, 0 },
		{ UINT64_MAX / 512u + 1u, 1, 0 },
		{ 1ull << 32, 1, 0 },
		{ 0, 0, 0 },
		{ 0, MOST_DISCARD + 1u, 0 },
		{ 0, UINT32_MAX, 0 },
		{ 0, 1u << 23, 0 }, /* 2^32 bytes */
	};
	struct fixture *fx = erasable(state, F_ERASE);

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_erase(fx, 0, T_DISCARD, &cases[i], 1);
		assert_refused(fx, 0, 1);
		ask_erase(fx, 0, T_ZEROES, &cases[i], 1);
		assert_refused(fx, 0, 1);
	}
	ask_one(fx, 0, T_ZEROES, 0, MOST_ZEROES + 1u, 0);
	assert_refused(fx, 0, 1);
}

static void a_bad_segment_anywhere_refuses_all_of_them(void **state)
{
	struct fixture *fx = erasable(state, F_ERASE);

	for (unsigned bad = 0; bad < 12u; bad++) {
		struct segment segments[4];

		for (unsigned i = 0; i < 4u; i++) {
			segments[i] = (struct segment){ i, 1, 0 };
		}
		if (bad < 4u) {
			segments[bad].sector = DISK_LEN;
		} else {
			segments[bad % 4u].nr = bad < 8u ? 0u : MOST_DISCARD + 1u;
		}
		ask_erase(fx, 0, T_DISCARD, segments, 4);
		assert_refused(fx, 0, 1);
	}
}

static void unknown_flags_and_unmap_of_a_discard_are_unsupported(void **state)
{
	struct fixture *fx = erasable(state, F_ERASE);
	uint32_t nr = 0;

	for (unsigned bit = 0; bit < 32u; bit++) {
		for (unsigned i = bit == 0u ? 1u : 0u; i < 2u; i++) {
			ask_one(fx, 0, erasing[1u - i], 0, 1, 1u << bit);
			kick(fx);
			assert_answer(fx, 0, 2, 1);
			nr++;
		}
	}
	assert_int_equal(nr, 63);
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->unsupported, nr);
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->refused, 0);
	assert_int_equal(fx->disk.nr_taken, 0);
}

static void an_unknown_flag_is_told_even_beside_another_mistake(void **state)
{
	static const struct segment segments[][2] = {
		{ { DISK_LEN, 1, 0 }, { 0, 1, 2 } },
		{ { 0, 1, 2 }, { DISK_LEN, 1, 0 } },
		{ { 0, 1, 0 }, { DISK_LEN, 1, 2 } },
	};
	struct fixture *fx = erasable(state, F_ERASE);

	for (unsigned i = 0; i < 3u; i++) {
		ask_erase(fx, 0, T_ZEROES, segments[i], 2);
		kick(fx);
		assert_answer(fx, 0, 2, 1);
	}
	assert_int_equal(fx->disk.nr_taken, 0);
}

static void segments_that_are_none_broken_or_too_many_are_refused(void **state)
{
	static const uint32_t lens[] = { 0,  1,  8,  15, 17,  31,
					 33, 63, 65, 80, 512, 4096 };
	static const struct segment good[] = {
		{ 1, 1, 0 }, { 2, 1, 0 }, { 3, 1, 0 }, { 4, 1, 0 }, { 5, 1, 0 },
	};
	struct fixture *fx = *state;

	/* One place, which has served good ones. */
	fx->setup.nr_reqs = 1;
	(void)erasable(state, F_ERASE);
	ask_erase(fx, 0, T_DISCARD, good, 1);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	fx->disk.nr_taken = 0;
	put_segments(fx, 0, good, 5);
	for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (unsigned t = 0; t < 2u; t++) {
			ask_len(fx, 0, erasing[t], lens[i]);
			assert_refused(fx, 0, 1);
		}
	}
	/* Segments that the device would have to write. */
	ask(fx, 0, T_DISCARD, 0, 16);
	assert_refused(fx, 0, 1);
}

static void each_byte_of_a_segment_is_read_once(void **state)
{
	static const struct segment segments[] = { { 50, 2, 0 }, { 10, 1, 0 } };
	struct fixture *fx = erasable(state, F_ERASE);

	/* One place: the next look at the destroyed index comes after the
	 * request. */
	fx->setup.nr_reqs = 1;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	(void)started_with(state, F_ERASE);
	ask_erase(fx, 0, T_DISCARD, segments, 2);
	shared_model_poison(true);
	kick(fx);
	shared_model_poison(false);
	for (unsigned i = 0; i < 2u; i++) {
		assert_int_equal(fx->disk.queue[0]->sector, segments[i].sector);
		assert_int_equal(fx->disk.queue[0]->nr_sectors, segments[i].nr);
		guest_put16(fx->guest, fx->queue.avail + 2u, 1);
		finish(fx);
	}
	assert_answer(fx, 0, 0, 1);
}

static void a_segment_that_fails_ends_the_request(void **state)
{
	static const struct segment segments[] = {
		{ 1, 1, 0 },
		{ 3, 1, 0 },
		{ 5, 1, 0 },
		{ 7, 1, 0 },
	};

	for (unsigned n = 1; n <= 4u; n++) {
		struct fixture *fx = erasable(state, F_ERASE);

		fx->disk.nr_taken = 0;
		fx->disk.fail_at = n;
		ask_erase(fx, 0, T_DISCARD, segments, 4);
		kick(fx);
		for (unsigned i = 0; i < n; i++) {
			assert_no_answer(fx);
			finish(fx);
		}
		assert_answer(fx, 0, 1, 1);
		assert_int_equal(fx->disk.nr_taken, n);
		assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->failed, 1);
	}
}

static void
zeroes_are_durable_when_they_are_answered_and_discards_need_not(void **state)
{
	static const struct segment segments[] = { { 1, 1, 0 }, { 3, 1, 0 } };
	struct fixture *fx = erasable(state, F_ERASE);

	set_writeback(fx, 0);
	ask_erase(fx, 0, T_ZEROES, segments, 2);
	ask_erase(fx, 1, T_DISCARD, segments, 2);
	kick(fx);
	finish(fx);
	assert_no_answer(fx);
	finish(fx);
	assert_answer(fx, 1, 0, 1);
	assert_no_answer(fx);
	assert_int_equal(fx->disk.nr_flushes, 0);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	assert_int_equal(fx->disk.nr_flushes, 1);
}

static void a_reset_between_two_segments_forgets_the_second(void **state)
{
	static const struct segment segments[] = { { 1, 1, 0 }, { 3, 1, 0 } };
	struct fixture *fx = erasable(state, F_ERASE);

	ask_erase(fx, 0, T_DISCARD, segments, 2);
	ask_erase(fx, 1, T_DISCARD, segments, 2);
	kick(fx);
	ram_disk_complete(&fx->disk, 0); /* its second waits */
	guest_write(fx->guest, 0x070, 0);
	assert_int_not_equal(guest_read(fx->guest, 0x070), 0);
	finish(fx);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
	assert_int_equal(fx->disk.nr_taken, 2);
	assert_no_answer(fx);
	all_places_are_free(state);
}

static void a_place_that_had_segments_serves_other_requests(void **state)
{
	static const struct segment segments[] = { { 1, 1, 0 }, { 3, 1, 0 } };
	struct fixture *fx = erasable(state, F_ERASE);

	fx->setup.nr_reqs = 1;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	(void)started_with(state, F_ERASE);
	fx->disk.fail_at = 1;
	ask_erase(fx, 0, T_DISCARD, segments, 2);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 1, 1);
	ask(fx, 1, T_OUT, 9, 512);
	kick(fx);
	finish(fx);
	assert_answer(fx, 1, 0, 1);
	ask(fx, 2, T_FLUSH, 0, 0);
	kick(fx);
	finish(fx);
	assert_answer(fx, 2, 0, 1);
	assert_int_equal(fx->disk.nr_taken, 3);
}

/* ---- Topology ----------------------------------------------------------- */

static void the_topology_is_offered_as_the_disk_states_it(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(feature_bits(fx) & F_TOPOLOGY, 0);
	assert_int_equal(guest_read(fx->guest, 0x118), 0);
	fx->disk.dev.topology = (struct tzvmm_blk_topology){
		.block_exp = 3,
		.first_block = 5,
		.min_io = 0x1234,
		.opt_io = 0x12345678,
	};
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	assert_int_equal(feature_bits(fx) & F_TOPOLOGY, F_TOPOLOGY);
	assert_int_equal(guest_read_narrow(fx->guest, 0x118, 1), 3);
	assert_int_equal(guest_read_narrow(fx->guest, 0x119, 1), 5);
	assert_int_equal(guest_read_narrow(fx->guest, 0x11A, 2), 0x1234);
	assert_int_equal(guest_read(fx->guest, 0x11C), 0x12345678);
	assert_int_equal(guest_read(fx->guest, 0x114), 512);
}

static void any_hint_of_a_topology_is_enough_to_offer_it(void **state)
{
	static const struct tzvmm_blk_topology hints[] = {
		{ .block_exp = 1 },
		{ .min_io = 1 },
		{ .opt_io = 1 },
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 3u; i++) {
		fx->disk.dev.topology = hints[i];
		assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup),
				 TZVMM_OK);
		assert_int_equal(feature_bits(fx) & F_TOPOLOGY, F_TOPOLOGY);
	}
}

/* ---- Capacity ----------------------------------------------------------- */

static void resize(struct fixture *fx, uint64_t nr_sectors)
{
	assert_int_equal(tzvmm_virtio_blk_resize(&fx->vb, nr_sectors), TZVMM_OK);
}

static void a_change_of_capacity_is_told_to_the_driver(void **state)
{
	struct fixture *fx = started(state, 0);
	const uint32_t generation = guest_read(fx->guest, 0x0FC);

	resize(fx, 100);
	assert_true(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x060), 2);
	assert_int_equal(guest_read(fx->guest, 0x100), 100);
	assert_int_not_equal(guest_read(fx->guest, 0x0FC), generation);
	guest_write(fx->guest, 0x064, 2);
	assert_false(guest_line(fx->guest));
	resize(fx, 100);
	assert_false(guest_line(fx->guest));
}

static void a_capacity_of_64_bits_is_told_in_full(void **state)
{
	struct fixture *fx = started(state, 0);

	fx->disk.dev.nr_sectors = UINT64_MAX;
	resize(fx, 0x123456789Aull);
	assert_int_equal(guest_read(fx->guest, 0x100), 0x3456789A);
	assert_int_equal(guest_read(fx->guest, 0x104), 0x12);
	fx->disk.dev.nr_sectors = DISK_LEN;
}

static void before_driver_ok_a_new_capacity_raises_no_interrupt(void **state)
{
	struct fixture *fx = *state;

	resize(fx, 100);
	assert_false(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x100), 100);
	(void)started(state, 0);
	assert_int_equal(guest_read(fx->guest, 0x100), 100);
}

static void more_than_the_disk_has_is_refused(void **state)
{
	struct fixture *fx = started(state, 0);

	assert_int_equal(tzvmm_virtio_blk_resize(&fx->vb, DISK_LEN + 1u),
			 TZVMM_E_RANGE);
	assert_int_equal(tzvmm_virtio_blk_resize(&fx->vb, UINT64_MAX), TZVMM_E_RANGE);
	assert_false(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x100), DISK_LEN);
}

static void requests_are_bounded_by_the_new_size_at_once(void **state)
{
	static const struct {
		uint64_t sector;
		uint32_t len;
	} outside[] = {
		{ 99, 1024 },
		{ 100, 512 },
		{ 101, 512 },
		{ UINT64_MAX, 512 },
	};
	struct fixture *fx = erasable(state, F_ERASE);

	resize(fx, 100);
	for (unsigned i = 0; i < 4u; i++) {
		ask(fx, 0, T_IN, outside[i].sector, outside[i].len);
		assert_refused(fx, 0, 1);
		ask(fx, 0, T_OUT, outside[i].sector, outside[i].len);
		assert_refused(fx, 0, 1);
		ask_one(fx, 0, T_ZEROES, outside[i].sector, outside[i].len / 512u, 0);
		assert_refused(fx, 0, 1);
	}
	ask(fx, 0, T_IN, 99, 512);
	ask_one(fx, 1, T_DISCARD, 99, 1, 0);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
	assert_answer(fx, 1, 0, 1);
	resize(fx, DISK_LEN);
	ask(fx, 0, T_IN, DISK_LEN - 1u, 512);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
}

static void without_a_medium_only_a_flush_works(void **state)
{
	struct fixture *fx = started(state, 0);

	resize(fx, 0);
	ask(fx, 0, T_IN, 0, 512);
	assert_refused(fx, 0, 1);
	ask(fx, 1, T_FLUSH, 0, 0);
	kick(fx);
	finish(fx);
	assert_answer(fx, 1, 0, 1);
}

static void what_waits_for_the_disk_is_bounded_by_the_new_size_too(void **state)
{
	static const struct segment segments[] = { { 1, 1, 0 }, { 200, 1, 0 } };
	struct fixture *fx = erasable(state, F_ERASE);

	ask_erase(fx, 0, T_ZEROES, segments, 2);
	kick(fx);
	ram_disk_complete(&fx->disk, 0);
	resize(fx, 200);
	tzvmm_virtio_blk_run(&fx->vb);
	assert_answer(fx, 0, 1, 1);

	fx->disk.depth = 0;
	ask(fx, 1, T_IN, 199, 512);
	kick(fx);
	fx->disk.depth = 1;
	resize(fx, 199);
	tzvmm_virtio_blk_run(&fx->vb);
	assert_answer(fx, 1, 1, 1);
	assert_int_equal(fx->disk.nr_taken, 1);
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->refused, 2);
}

static void what_is_at_the_disk_ends_there(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_IN, 200, 512);
	kick(fx);
	resize(fx, 100);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
}

/* ---- A deep queue ------------------------------------------------------- */

#define DEEP 12u

static void with_many_at_the_disk_one_more_is_found_without_a_kick(void **state)
{
	static struct tzvmm_virtio_blk_req reqs[DEEP];
	static struct tzvmm_sg sg[DEEP * NR_SG];
	struct fixture *fx = *state;

	fx->setup.reqs = reqs;
	fx->setup.nr_reqs = DEEP;
	fx->setup.sg = sg;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	(void)started(state, F_EVENT);
	for (unsigned k = 0; k < DEEP - 1u; k++) {
		ask(fx, k, T_IN, k, 512);
	}
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, DEEP - 1u);
	/* No kick for the 12th is asked for: one of the others' ends will do. */
	assert_int_not_equal(guest_get16(fx->guest,
					 fx->queue.used + 4u + 8u * QUEUE_SIZE),
			     DEEP - 1u);
	ask(fx, DEEP - 1u, T_IN, DEEP - 1u, 512);
	ram_disk_complete(&fx->disk, 0);
	tzvmm_virtio_blk_run(&fx->vb);
	assert_answer(fx, 0, 0, 513);
	assert_int_equal(fx->disk.nr_queued, DEEP - 1u);
	finish(fx);
	for (unsigned k = 1; k < DEEP; k++) {
		assert_answer(fx, k, 0, 513);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_cache_is_on_for_a_driver_that_can_flush_and_off_for_others),
		T(the_cache_is_turned_off_and_on_and_a_reset_turns_it_on),
		T(a_driver_that_did_not_agree_to_it_cannot_set_the_mode),
		T(no_other_write_to_the_configuration_changes_anything),
		T(a_write_through_is_answered_when_its_flush_is_done),
		T(a_driver_without_flush_gets_writes_that_are_durable),
		T(with_the_cache_on_no_write_is_flushed),
		T(a_read_or_a_flush_is_not_flushed),
		T(a_write_that_failed_is_answered_at_once),
		T(a_write_whose_flush_fails_or_is_refused_has_failed),
		T(flushes_that_find_the_disk_full_wait_and_none_is_lost),
		T(nothing_new_is_taken_before_what_waits_is_at_the_disk),
		T(a_reset_between_a_write_and_its_flush_forgets_the_flush),
		T(a_reset_during_the_flush_waits_for_it_and_writes_nothing),
		T(a_write_that_ends_in_a_reset_is_followed_by_nothing),
		T(a_mode_set_during_a_write_counts_when_it_ends),
		T(they_are_offered_with_the_limits_of_a_disk_that_has_them),
		T(a_read_only_disk_offers_neither),
		T(a_driver_that_did_not_agree_to_them_has_neither),
		T(one_segment_of_the_largest_size_is_discarded_or_zeroed),
		T(several_segments_are_served_one_after_the_other),
		T(segments_in_pieces_of_any_size_are_gathered),
		T(header_and_segment_may_be_one_piece),
		T(bytes_that_a_discard_leaves_alone_are_not_called_written),
		T(a_segment_out_of_range_or_too_large_is_refused),
		T(a_bad_segment_anywhere_refuses_all_of_them),
		T(unknown_flags_and_unmap_of_a_discard_are_unsupported),
		T(an_unknown_flag_is_told_even_beside_another_mistake),
		T(segments_that_are_none_broken_or_too_many_are_refused),
		T(each_byte_of_a_segment_is_read_once),
		T(a_segment_that_fails_ends_the_request),
		T(zeroes_are_durable_when_they_are_answered_and_discards_need_not),
		T(a_reset_between_two_segments_forgets_the_second),
		T(a_place_that_had_segments_serves_other_requests),
		T(the_topology_is_offered_as_the_disk_states_it),
		T(any_hint_of_a_topology_is_enough_to_offer_it),
		T(a_change_of_capacity_is_told_to_the_driver),
		T(a_capacity_of_64_bits_is_told_in_full),
		T(before_driver_ok_a_new_capacity_raises_no_interrupt),
		T(more_than_the_disk_has_is_refused),
		T(requests_are_bounded_by_the_new_size_at_once),
		T(without_a_medium_only_a_flush_works),
		T(what_waits_for_the_disk_is_bounded_by_the_new_size_too),
		T(what_is_at_the_disk_ends_there),
		T(with_many_at_the_disk_one_more_is_found_without_a_kick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
