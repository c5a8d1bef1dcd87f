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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
