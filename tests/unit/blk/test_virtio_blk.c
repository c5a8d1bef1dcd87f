// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/partition.h>

#include "shared_model.h"
#include "virtio_blk_fixture.h"

/* ---- What it does ------------------------------------------------------- */

static void a_read_fills_the_guests_pages_and_raises_the_line(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_IN, 3, 4096);
	kick(fx);
	assert_false(guest_line(fx->guest));
	assert_no_answer(fx);
	finish(fx);
	assert_true(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x060), 1);
	assert_answer(fx, 0, 0, 4097);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), sector_at(fx, 3), 4096);
	guest_write(fx->guest, 0x064, 1);
	assert_false(guest_line(fx->guest));
}

static unsigned nr_served(const struct fixture *fx)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < NR_REQS; i++) {
		nr += tzvmm_virtio_blk_served(&fx->vb, &fx->reqs[i]) != NULL;
	}
	return nr;
}

static void what_is_being_served_can_be_looked_at(void **state)
{
	struct fixture *fx = started(state, 0);
	const struct tzvmm_blk_req *served = NULL;

	assert_int_equal(nr_served(fx), 0);
	ask(fx, 0, T_IN, 3, 4096);
	kick(fx);
	assert_int_equal(nr_served(fx), 1);
	for (unsigned i = 0; i < NR_REQS && served == NULL; i++) {
		served = tzvmm_virtio_blk_served(&fx->vb, &fx->reqs[i]);
	}
	assert_int_equal(served->sector, 3);
	assert_int_equal(served->nr_sectors, 8);
	for (unsigned k = 1; k < NR_REQS; k++) {
		ask(fx, k, T_IN, k, 512);
		kick(fx);
	}
	assert_int_equal(nr_served(fx), NR_REQS);
	finish(fx);
	assert_int_equal(nr_served(fx), 0);
}

static void a_write_reaches_the_disk_and_says_one_byte_was_written(void **state)
{
	struct fixture *fx = started(state, 0);

	memset(guest_at(fx->guest, data_at(0)), 0x5A, 1024);
	ask(fx, 0, T_OUT, 254, 1024);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), sector_at(fx, 254),
			    1024);
}

static void the_disk_gets_the_guests_pages_themselves(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_IN, 0, 4096);
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, 1);
	assert_int_equal(fx->disk.queue[0]->nr_sg, 1);
	assert_ptr_equal(fx->disk.queue[0]->sg[0].va,
			 guest_at(fx->guest, data_at(0)));
	finish(fx);
}

static void a_flush_reaches_the_disk(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_FLUSH, 99999, 0);
	kick(fx);
	finish(fx);
	assert_int_equal(fx->disk.nr_flushes, 1);
	assert_answer(fx, 0, 0, 1);
}

/* BLK-2 */
static void get_id_answers_the_serial_number_padded_with_zeros(void **state)
{
	static const char id[20] = "tzvmm-disk";
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_GET_ID, 0, 20);
	kick(fx);
	assert_answer(fx, 0, 0, 21);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), id, 20);
}

static void get_id_into_two_pieces_stays_inside_of_both(void **state)
{
	static const char id[20] = "tzvmm-disk";
	struct fixture *fx = started(state, 0);

	put_head(fx, 0, T_GET_ID, 0);
	guest_desc(&fx->queue, 0, area(0), 16, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, data_at(0), 7, VIRTQ_NEXT | VIRTQ_WRITE, 2);
	guest_desc(&fx->queue, 2, data_at(0) + 100u, 13, VIRTQ_NEXT | VIRTQ_WRITE, 3);
	guest_desc(&fx->queue, 3, status_at(0), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	kick(fx);
	assert_answer(fx, 0, 0, 21);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), id, 7);
	assert_memory_equal(guest_at(fx->guest, data_at(0) + 100u), id + 7, 13);
	assert_int_equal(guest_get8(fx->guest, data_at(0) + 7u), UNTOUCHED);
	assert_int_equal(guest_get8(fx->guest, data_at(0) + 113u), UNTOUCHED);
}

static void get_id_of_another_size_is_refused(void **state)
{
	static const uint32_t sizes[] = { 1, 19, 21, 512 };
	struct fixture *fx = started(state, 0);

	for (unsigned i = 0; i < 4u; i++) {
		ask(fx, i, T_GET_ID, 0, sizes[i]);
		assert_refused(fx, i, 1);
	}
}

/* BLK-2 */
static void an_unknown_type_is_unsupported_and_the_queue_lives_on(void **state)
{
	static const uint32_t types[] = { 2, 10, 11, 13, 14, 16, UINT32_MAX };
	struct fixture *fx = started(state, 0);

	for (unsigned i = 0; i < 7u; i++) {
		ask(fx, i, types[i], 0, 512);
		kick(fx);
		assert_answer(fx, i, 2, 1);
	}
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->unsupported, 7);
	assert_int_equal(fx->disk.nr_taken, 0);
	assert_int_equal(guest_read(fx->guest, 0x070), 15);
}

/* ---- Framing ------------------------------------------------------------ */

static void a_header_split_at_any_byte_is_gathered(void **state)
{
	struct fixture *fx = started(state, 0);

	for (uint32_t cut = 1; cut < 16u; cut++) {
		put_head(fx, 0, T_IN, 7);
		guest_desc(&fx->queue, 0, area(0), cut, VIRTQ_NEXT, 1);
		guest_desc(&fx->queue, 1, area(0) + cut, 16u - cut, VIRTQ_NEXT, 2);
		guest_desc(&fx->queue, 2, data_at(0), 512, VIRTQ_NEXT | VIRTQ_WRITE,
			   3);
		guest_desc(&fx->queue, 3, status_at(0), 1, VIRTQ_WRITE, 0);
		guest_publish(&fx->queue, 0);
		memset(guest_at(fx->guest, data_at(0)), 0, 512);
		kick(fx);
		finish(fx);
		assert_answer(fx, 0, 0, 513);
		assert_memory_equal(guest_at(fx->guest, data_at(0)),
				    sector_at(fx, 7), 512);
	}
}

static void a_header_of_sixteen_pieces_is_gathered(void **state)
{
	struct fixture *fx = started(state, 0);

	put_head(fx, 0, T_IN, 9);
	for (uint32_t i = 0; i < 16u; i++) {
		guest_desc(&fx->queue, i, area(0) + i, 1, VIRTQ_NEXT, i + 1u);
	}
	guest_desc(&fx->queue, 16, data_at(0), 512, VIRTQ_NEXT | VIRTQ_WRITE, 17);
	guest_desc(&fx->queue, 17, status_at(0), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), sector_at(fx, 9), 512);
}

static void a_header_at_an_odd_address_is_read(void **state)
{
	struct fixture *fx = started(state, 0);
	const uint64_t odd = area(0) + 0x101u;

	put_head(fx, 0, T_IN, 5);
	memmove(guest_at(fx->guest, odd), guest_at(fx->guest, area(0)), 16);
	guest_desc(&fx->queue, 0, odd, 16, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, data_at(0), 512, VIRTQ_NEXT | VIRTQ_WRITE, 2);
	guest_desc(&fx->queue, 2, status_at(0), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), sector_at(fx, 5), 512);
}

static void header_and_data_in_one_piece_and_status_behind_data_work(void **state)
{
	struct fixture *fx = started(state, 0);

	put_head(fx, 0, T_OUT, 11);
	memset(guest_at(fx->guest, area(0) + 16u), 0x77, 1024);
	guest_desc(&fx->queue, 0, area(0), 16 + 1024, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, data_at(0), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	kick(fx);
	finish(fx);
	assert_int_equal(guest_get8(fx->guest, data_at(0)), 0);
	assert_memory_equal(guest_at(fx->guest, area(0) + 16u), sector_at(fx, 11),
			    1024);

	put_head(fx, 1, T_IN, 11);
	guest_desc(&fx->queue, 4, area(1), 16, VIRTQ_NEXT, 5);
	guest_desc(&fx->queue, 5, data_at(1), 1025, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 4);
	kick(fx);
	/* The cut piece has 1024 bytes: whole sectors, aligned. */
	finish(fx);
	assert_int_equal(guest_get8(fx->guest, data_at(1) + 1024u), 0);
	assert_memory_equal(guest_at(fx->guest, data_at(1)), sector_at(fx, 11), 1024);
}

static void every_piece_of_a_chain_is_transferred(void **state)
{
	struct fixture *fx = started(state, 0);

	put_head(fx, 0, T_IN, 20);
	guest_desc(&fx->queue, 0, area(0), 16, VIRTQ_NEXT, 1);
	for (uint32_t i = 1; i <= 16u; i++) {
		guest_desc(&fx->queue, i, data_at(0) + 512u * (16u - i), 512,
			   VIRTQ_NEXT | VIRTQ_WRITE, i + 1u);
	}
	guest_desc(&fx->queue, 17, status_at(0), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 16 * 512 + 1);
	for (uint32_t i = 1; i <= 16u; i++) {
		assert_memory_equal(guest_at(fx->guest, data_at(0) + 512u * (16u - i)),
				    sector_at(fx, 20u + i - 1u), 512);
	}
}

static void an_indirect_request_works(void **state)
{
	struct fixture *fx = started(state, F_INDIRECT);
	const uint64_t table = area(5);

	put_head(fx, 0, T_IN, 2);
	guest_table(fx->guest, table, 0, area(0), 16, VIRTQ_NEXT, 1);
	guest_table(fx->guest, table, 1, data_at(0), 512, VIRTQ_NEXT | VIRTQ_WRITE,
		    2);
	guest_table(fx->guest, table, 2, status_at(0), 1, VIRTQ_WRITE, 0);
	guest_desc(&fx->queue, 0, table, 48, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	kick(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), sector_at(fx, 2), 512);
}

/* ---- What it refuses ---------------------------------------------------- */

/* BLK-3 */
static void a_request_that_passes_the_end_or_wraps_is_refused(void **state)
{
	static const struct {
		uint64_t sector;
		uint32_t len;
	} cases[] = {
		{ DISK_LEN, 512 },
		{ DISK_LEN - 1u, 1024 },
		{ UINT64_MAX, 512 },
		{ UINT64_MAX - 1u, 1024 },
		{ UINT64_MAX / 512u + 1u, 512 },
		{ 1ull << 55, 512 },
		{ 1ull << 32, 512 },
	};
	static const uint32_t types[] = { T_IN, T_OUT };
	struct fixture *fx = started(state, 0);
	unsigned k = 0;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned t = 0; t < 2u; t++, k++) {
			ask(fx, k, types[t], cases[i].sector, cases[i].len);
			assert_refused(fx, k, 1);
		}
	}
}

static void a_request_of_no_or_broken_sectors_is_refused(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 511, 513, 4095 };
	struct fixture *fx = started(state, 0);

	for (unsigned i = 0; i < 5u; i++) {
		ask(fx, i, T_IN, 0, sizes[i]);
		assert_refused(fx, i, 1);
		ask(fx, i + 5u, T_OUT, 0, sizes[i]);
		assert_refused(fx, i + 5u, 1);
	}
}

static void pieces_that_the_disk_cannot_address_are_refused_and_counted(void **state)
{
	struct fixture *fx = started(state, 0);

	put_head(fx, 0, T_IN, 0);
	guest_desc(&fx->queue, 0, area(0), 16, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, data_at(0) + 2u, 512, VIRTQ_NEXT | VIRTQ_WRITE, 2);
	guest_desc(&fx->queue, 2, status_at(0), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	assert_refused(fx, 0, 1);

	/* Whole sectors in sum, odd in part. */
	put_head(fx, 1, T_OUT, 0);
	guest_desc(&fx->queue, 4, area(1), 16, VIRTQ_NEXT, 5);
	guest_desc(&fx->queue, 5, data_at(1), 510, VIRTQ_NEXT, 6);
	guest_desc(&fx->queue, 6, data_at(1) + 1024u, 2, VIRTQ_NEXT, 7);
	guest_desc(&fx->queue, 7, status_at(1), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 4);
	assert_refused(fx, 1, 1);
}

static void a_short_header_is_refused_and_its_head_returned(void **state)
{
	struct fixture *fx = started(state, 0);

	for (uint32_t len = 1; len < 16u; len++) {
		put_head(fx, 0, T_IN, 0);
		guest_desc(&fx->queue, 0, area(0), len, VIRTQ_NEXT, 1);
		guest_desc(&fx->queue, 1, data_at(0), 512, VIRTQ_NEXT | VIRTQ_WRITE,
			   2);
		guest_desc(&fx->queue, 2, status_at(0), 1, VIRTQ_WRITE, 0);
		guest_publish(&fx->queue, 0);
		assert_refused(fx, 0, 1);
	}
	/* No header at all. */
	guest_put8(fx->guest, status_at(0), UNTOUCHED);
	guest_desc(&fx->queue, 0, status_at(0), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	assert_refused(fx, 0, 1);
}

static void a_chain_without_a_status_byte_is_returned_with_nothing_written(void **state)
{
	struct fixture *fx = started(state, 0);
	uint32_t id, len;

	put_head(fx, 0, T_OUT, 0);
	guest_desc(&fx->queue, 0, area(0), 16, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, data_at(0), 512, 0, 0);
	guest_publish(&fx->queue, 0);
	kick(fx);
	assert_true(guest_take_used(&fx->queue, &id, &len));
	assert_int_equal(id, 0);
	assert_int_equal(len, 0);
	assert_int_equal(fx->disk.nr_taken, 0);
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->refused, 1);
}

static void writes_to_a_read_only_disk_are_refused_and_ro_is_offered(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x014, 0);
	assert_int_equal(guest_read(fx->guest, 0x010) & (1u << 5), 0);
	fx->disk.dev.read_only = true;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	assert_int_equal(guest_read(fx->guest, 0x010) & (1u << 5), 1u << 5);
	(void)started(state, 0);
	ask(fx, 0, T_OUT, 0, 512);
	assert_refused(fx, 0, 1);
	ask(fx, 1, T_IN, 0, 512);
	kick(fx);
	finish(fx);
	assert_answer(fx, 1, 0, 513);
}

static void a_broken_chain_asks_for_a_reset_and_nothing_stalls_after_it(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_IN, 0, 512);
	ask(fx, 1, T_IN, 1, 512);
	guest_desc(&fx->queue, head_of(1), area(1), 16, VIRTQ_NEXT, QUEUE_SIZE);
	kick(fx);
	assert_true(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x060), 2);
	assert_int_equal(guest_read(fx->guest, 0x070), 15 | 64);
	assert_non_null(strstr(fx->guest->last_log, "disk0: queue 0 broken"));
	assert_int_equal(fx->guest->nr_logged, 1);

	/* The one in flight is not written back any more. */
	kick(fx);
	finish(fx);
	assert_no_answer(fx);
	assert_int_equal(guest_get8(fx->guest, status_at(0)), UNTOUCHED);
	assert_int_equal(tzvmm_virtio_stats(&fx->vb.virtio)->broken, 1);

	(void)started(state, 0);
	ask(fx, 2, T_IN, 2, 512);
	kick(fx);
	finish(fx);
	assert_answer(fx, 2, 0, 513);
}

/* ---- Pool, order, failure ----------------------------------------------- */

static void more_requests_than_places_wait_and_none_is_lost(void **state)
{
	struct fixture *fx = started(state, 0);

	for (unsigned k = 0; k < 16u; k++) {
		ask(fx, k, T_IN, k, 512);
	}
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, NR_REQS);
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, NR_REQS);
	finish(fx);
	assert_int_equal(fx->disk.nr_queued, 8);
	finish(fx);
	for (unsigned k = 0; k < 16u; k++) {
		assert_answer(fx, k, 0, 513);
		assert_memory_equal(guest_at(fx->guest, data_at(k)),
				    sector_at(fx, k), 512);
	}
	assert_no_answer(fx);
}

static void waiting_requests_go_on_without_a_kick_with_the_event_index(void **state)
{
	struct fixture *fx = started(state, F_EVENT);
	const unsigned total = 12;

	for (unsigned k = 0; k < total; k++) {
		ask(fx, k, T_IN, k, 512);
	}
	kick(fx);
	while (fx->disk.nr_queued != 0u) {
		ram_disk_complete(&fx->disk, 0);
		tzvmm_virtio_blk_run(&fx->vb);
	}
	for (unsigned k = 0; k < total; k++) {
		assert_answer(fx, k, 0, 513);
	}
	assert_int_equal(guest_avail_event(&fx->queue), total);
}

static void with_a_mebibyte_at_the_disk_no_kick_is_wanted(void **state)
{
	struct fixture *fx = started(state, F_EVENT);
	const uint64_t nr_sectors = 2048;

	ram_disk_free(&fx->disk);
	ram_disk_init(&fx->disk, nr_sectors);
	assert_int_equal(tzvmm_virtio_blk_resize(&fx->vb, nr_sectors), TZVMM_OK);
	ask(fx, 0, T_IN, 0, 512);
	kick(fx);
	assert_int_equal(guest_avail_event(&fx->queue), 1);
	finish(fx);
	/* Data of one lie over the other's header, which has been read then. */
	for (unsigned k = 14; k < 16u; k++) {
		ask(fx, k, T_IN, 0, 1024 * 512);
		kick(fx);
		assert_int_equal(guest_avail_event(&fx->queue), 2);
	}
	assert_int_equal(fx->disk.nr_queued, 2);
	ram_disk_complete(&fx->disk, 0);
	tzvmm_virtio_blk_run(&fx->vb);
	assert_int_equal(guest_avail_event(&fx->queue), 3);
}

static void a_full_disk_stalls_the_ring_in_order_and_resumes(void **state)
{
	struct fixture *fx = started(state, 0);

	fx->disk.depth = 1;
	for (unsigned k = 0; k < 5u; k++) {
		ask(fx, k, T_IN, 10u + k, 512);
	}
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, 1);
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, 1);
	for (unsigned k = 0; k < 5u; k++) {
		assert_int_equal(fx->disk.queue[0]->sector, 10u + k);
		ram_disk_complete(&fx->disk, 0);
		tzvmm_virtio_blk_run(&fx->vb);
		assert_answer(fx, k, 0, 513);
	}
	assert_true(tzvmm_virtio_blk_stats(&fx->vb)->stalled >= 4u);
}

static void a_stalled_request_to_a_partition_keeps_its_sector(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_partition part;

	assert_int_equal(tzvmm_partition_init(&part, &fx->disk.dev, 100, 50, false),
			 TZVMM_OK);
	fx->setup.disk = &part.dev;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	(void)started(state, 0);
	fx->disk.depth = 1;
	ask(fx, 0, T_IN, 0, 512);
	ask(fx, 1, T_IN, 49, 512);
	kick(fx);
	kick(fx);
	kick(fx);
	finish(fx);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
	assert_answer(fx, 1, 0, 513);
	assert_memory_equal(guest_at(fx->guest, data_at(1)), sector_at(fx, 149), 512);
}

static void completions_out_of_order_answer_the_right_requests(void **state)
{
	struct fixture *fx = started(state, 0);
	static const unsigned order[] = { 2, 0, 1, 3 };
	static const unsigned place[] = { 2, 0, 0, 0 };

	for (unsigned k = 0; k < 4u; k++) {
		ask(fx, k, T_IN, 30u + k, 512);
	}
	kick(fx);
	for (unsigned i = 0; i < 4u; i++) {
		ram_disk_complete(&fx->disk, place[i]);
	}
	tzvmm_virtio_blk_run(&fx->vb);
	for (unsigned i = 0; i < 4u; i++) {
		assert_answer(fx, order[i], 0, 513);
		assert_memory_equal(guest_at(fx->guest, data_at(order[i])),
				    sector_at(fx, 30u + order[i]), 512);
	}
}

static void a_batch_of_completions_is_one_interrupt(void **state)
{
	struct fixture *fx = started(state, 0);

	for (unsigned k = 0; k < 8u; k++) {
		ask(fx, k, T_IN, k, 512);
	}
	kick(fx);
	finish(fx);
	assert_true(guest_line(fx->guest));
	assert_int_equal(fx->guest->nr_raised, 1);
	assert_int_equal(tzvmm_virtio_stats(&fx->vb.virtio)->interrupts, 1);
	/* No storm: nothing new, nothing raised. */
	guest_write(fx->guest, 0x064, 1);
	tzvmm_virtio_blk_run(&fx->vb);
	kick(fx);
	assert_false(guest_line(fx->guest));
}

static void any_single_failure_of_the_disk_fails_that_request_only(void **state)
{
	for (unsigned n = 1; n <= 6u; n++) {
		struct fixture *fx = started(state, 0);

		fx->disk.fail_at = n;
		for (unsigned k = 0; k < 6u; k++) {
			ask(fx, k, k == 3u ? T_FLUSH : k % 2u, k, k == 3u ? 0 : 512);
		}
		kick(fx);
		finish(fx);
		for (unsigned k = 0; k < 6u; k++) {
			bool failed = k + 1u == n;
			uint32_t len = failed || k % 2u == 1u ? 1u : 513u;

			assert_answer(fx, k, failed, len);
		}
		assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->failed, n);
	}
}

static void any_single_refusal_by_the_disk_fails_that_request_only(void **state)
{
	for (unsigned n = 1; n <= 4u; n++) {
		struct fixture *fx = started(state, 0);
		uint8_t failed = 0;

		fx->disk.refuse_at = n;
		fx->disk.nr_calls = 0;
		for (unsigned k = 0; k < 4u; k++) {
			ask(fx, k, T_IN, k, 512);
		}
		kick(fx);
		finish(fx);
		for (unsigned k = 0; k < 4u; k++) {
			uint32_t id, len;

			assert_true(guest_take_used(&fx->queue, &id, &len));
			failed += guest_get8(fx->guest, status_at(id / 4u));
			assert_int_equal(len, guest_get8(fx->guest,
							 status_at(id / 4u)) != 0
						      ? 1
						      : 513);
		}
		assert_int_equal(failed, 1);
		assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->refused, n);
	}
}

/* ---- Reset -------------------------------------------------------------- */

static void a_reset_with_requests_in_flight_waits_and_writes_nothing(void **state)
{
	struct fixture *fx = started(state, 0);

	fx->disk.depth = 2;
	ask(fx, 0, T_IN, 0, 512);
	ask(fx, 1, T_IN, 1, 512);
	ask(fx, 2, T_IN, 2, 512); /* stalls */
	kick(fx);
	guest_write(fx->guest, 0x070, 0);
	assert_int_not_equal(guest_read(fx->guest, 0x070), 0);
	/* A driver that does not wait gets nowhere. */
	guest_write(fx->guest, 0x070, 1);
	assert_int_not_equal(guest_read(fx->guest, 0x070), 0);
	ram_disk_complete(&fx->disk, 0);
	tzvmm_virtio_blk_run(&fx->vb);
	assert_int_not_equal(guest_read(fx->guest, 0x070), 0);
	ram_disk_complete(&fx->disk, 0);
	tzvmm_virtio_blk_run(&fx->vb);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);

	assert_no_answer(fx);
	assert_int_equal(guest_get8(fx->guest, status_at(0)), UNTOUCHED);
	assert_int_equal(guest_get8(fx->guest, status_at(1)), UNTOUCHED);
	assert_int_equal(guest_get16(fx->guest, fx->queue.used + 2u), 0);
	assert_false(guest_line(fx->guest));

	/* All places are free again. */
	fx->disk.depth = RAM_DISK_QUEUE;
	(void)started(state, 0);
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

static void a_queue_disabled_with_requests_in_flight_is_not_written(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_IN, 0, 512);
	kick(fx);
	guest_write(fx->guest, 0x044, 0);
	/* It cannot be moved under the request's feet either. */
	guest_write(fx->guest, 0x044, 1);
	assert_int_equal(guest_read(fx->guest, 0x044), 0);
	finish(fx);
	assert_no_answer(fx);
	assert_int_equal(guest_get8(fx->guest, status_at(0)), UNTOUCHED);
}

static void nothing_is_taken_before_driver_ok(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x070, 3);
	guest_write(fx->guest, 0x024, 1);
	guest_write(fx->guest, 0x020, 1);
	guest_write(fx->guest, 0x070, 11);
	guest_place(fx->guest, &fx->queue, RINGS, QUEUE_SIZE);
	ask(fx, 0, T_IN, 0, 512);
	kick(fx);
	tzvmm_virtio_blk_run(&fx->vb);
	assert_int_equal(fx->disk.nr_queued, 0);
	guest_write(fx->guest, 0x070, 15);
	assert_int_equal(fx->disk.nr_queued, 1);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
}

/* ---- A hostile guest ---------------------------------------------------- */

/* The available index is where the driver says that there is more. */
static void every_word_of_a_request_is_read_once(void **state)
{
	struct fixture *fx = started(state, F_INDIRECT);

	ask(fx, 0, T_IN, 3, 512);
	kick(fx);
	finish(fx);
	assert_false(
		shared_model_read_twice(guest_at(fx->guest, fx->queue.avail + 2u)));
	assert_answer(fx, 0, 0, 513);
}

static void values_that_change_after_the_first_read_do_not_matter(void **state)
{
	struct fixture *fx = started(state, 0);

	/* One place: the next look at the destroyed index comes after the
	 * request. */
	fx->setup.nr_reqs = 1;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	(void)started(state, 0);
	ask(fx, 0, T_OUT, 3, 512);
	memset(guest_at(fx->guest, data_at(0)), 0x3C, 512);
	shared_model_poison(true);
	kick(fx);
	shared_model_poison(false);
	assert_int_equal(fx->disk.nr_queued, 1);
	assert_int_equal(fx->disk.queue[0]->op, TZVMM_BLK_WRITE);
	assert_int_equal(fx->disk.queue[0]->sector, 3);
	assert_int_equal(fx->disk.queue[0]->nr_sectors, 1);
	assert_ptr_equal(fx->disk.queue[0]->sg[0].va,
			 guest_at(fx->guest, data_at(0)));
	guest_put16(fx->guest, fx->queue.avail + 2u, 1);
	finish(fx);
	assert_answer(fx, 0, 0, 1);
	assert_int_equal(sector_at(fx, 3)[511], 0x3C);
}

static void the_same_head_twice_is_two_requests_and_two_answers(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_IN, 3, 512);
	guest_publish(&fx->queue, head_of(0));
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, 2);
	finish(fx);
	assert_answer(fx, 0, 0, 513);
	assert_answer(fx, 0, 0, 513);
	assert_no_answer(fx);
}

static void in_flight_memory_is_bounded_by_the_pool(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_IN, 3, 512);
	for (unsigned i = 1; i < QUEUE_SIZE; i++) {
		guest_publish(&fx->queue, head_of(0));
	}
	kick(fx);
	assert_int_equal(fx->disk.nr_queued, NR_REQS);
	while (fx->disk.nr_queued != 0u) {
		finish(fx);
	}
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->requests, QUEUE_SIZE);
}

/* ---- Costs that are promises -------------------------------------------- */

static void one_4_kib_read_costs_16_shared_accesses_and_3_fences(void **state)
{
	struct fixture *fx = started(state, 0);

	ask(fx, 0, T_IN, 3, 4096);
	kick(fx);
	/* avail.idx, head, 3 descriptors, header; again avail.idx. */
	assert_int_equal(shared_model_count(SHARED_READ), 1 + 1 + 6 + 2 + 1);
	assert_int_equal(shared_model_count(SHARED_WRITE), 0);
	assert_int_equal(shared_model_count(SHARED_FENCE), 1);
	shared_model_clear();
	finish(fx);
	/* avail.flags; used element, status, used.idx. */
	assert_int_equal(shared_model_count(SHARED_READ), 1);
	assert_int_equal(shared_model_count(SHARED_WRITE), 2 + 1 + 1);
	assert_int_equal(shared_model_count(SHARED_FENCE), 2);
	assert_int_equal(tzvmm_virtio_stats(&fx->vb.virtio)->notifies, 1);
	assert_int_equal(tzvmm_virtio_stats(&fx->vb.virtio)->interrupts, 1);
}

static void a_batch_costs_no_fence_a_request(void **state)
{
	struct fixture *fx = started(state, F_EVENT);

	for (unsigned k = 0; k < NR_REQS - 1u; k++) {
		ask(fx, k, T_IN, k, 4096);
	}
	kick(fx);
	assert_int_equal(shared_model_count(SHARED_FENCE), 2);
	shared_model_clear();
	finish(fx);
	assert_int_equal(shared_model_count(SHARED_FENCE), 2);
}

static void the_status_byte_is_there_before_the_used_index(void **state)
{
	struct fixture *fx = started(state, 0);
	unsigned status, index;

	ask(fx, 0, T_IN, 3, 512);
	kick(fx);
	finish(fx);
	status = shared_model_find(SHARED_WRITE, guest_at(fx->guest, status_at(0)));
	index = shared_model_find(SHARED_WRITE,
				  guest_at(fx->guest, fx->queue.used + 2u));
	assert_true(status < index);
	assert_true(shared_model_fenced(status, index, memory_order_release));
}

/* ---- Set-up ------------------------------------------------------------- */

static uint32_t feature_bits(struct fixture *fx, uint32_t sel)
{
	guest_write(fx->guest, 0x014, sel);
	return guest_read(fx->guest, 0x010);
}

/* BLK-1 */
static void it_offers_what_it_can_do_and_nothing_else(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(feature_bits(fx, 0), 1u << 1 | 1u << 2 | 1u << 6 |
						      1u << 9 | 1u << 11 |
						      F_INDIRECT | F_EVENT);
	assert_int_equal(feature_bits(fx, 1), 1);
	assert_int_equal(feature_bits(fx, 2), 0);
	assert_int_equal(guest_read(fx->guest, 0x008), 2);
}

static void the_configuration_shows_capacity_and_limits(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(guest_read(fx->guest, 0x100), DISK_LEN);
	assert_int_equal(guest_read(fx->guest, 0x104), 0);
	/* 16 segments of 32 KiB are the disk's 1024 sectors. */
	assert_int_equal(guest_read(fx->guest, 0x108), 32768);
	assert_int_equal(guest_read(fx->guest, 0x10C), NR_SG - 2u);
	assert_int_equal(guest_read(fx->guest, 0x114), 512);
	assert_int_equal(guest_read_narrow(fx->guest, 0x115, 1), 2);
	assert_int_equal(guest_read_narrow(fx->guest, 0x114, 2), 512);
}

static void limits_follow_the_tightest_of_pool_ring_and_disk(void **state)
{
	struct fixture *fx = *state;
	static const struct {
		uint32_t nr_sg, queue_size, max_sg, max_sectors;
		uint32_t seg_max, size_max;
	} cases[] = {
		{ 18, 64, 32, 1024, 16, 32768 },
		{ 18, 16, 32, 1024, 14, 32768 },
		{ 18, 64, 5, 1024, 5, 65536 },
		{ 18, 64, 32, 8, 1, 4096 },
		{ 18, 64, 32, 100, 12, 4096 },
		{ 3, 64, 1, 65535, 1, 1u << 22 },
		{ 3, 4, 1, UINT32_MAX, 1, 1u << 22 },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fx->setup.nr_sg = cases[i].nr_sg;
		fx->setup.queue_size = cases[i].queue_size;
		fx->disk.dev.max_sg = cases[i].max_sg;
		fx->disk.dev.max_sectors = cases[i].max_sectors;
		assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup),
				 TZVMM_OK);
		assert_int_equal(guest_read(fx->guest, 0x10C), cases[i].seg_max);
		assert_int_equal(guest_read(fx->guest, 0x108), cases[i].size_max);
	}
}

static void a_bad_set_up_is_refused(void **state)
{
	struct fixture *fx = *state;
	const struct tzvmm_virtio_blk_setup good = fx->setup;
	struct tzvmm_virtio_blk_setup bad[12];
	struct tzvmm_blkdev tiny = fx->disk.dev;

	for (unsigned i = 0; i < 12u; i++) {
		bad[i] = good;
	}
	tiny.max_sectors = 7;
	bad[0].disk = NULL;
	bad[1].serial = NULL;
	bad[2].reqs = NULL;
	bad[3].nr_reqs = 0;
	bad[4].sg = NULL;
	bad[5].nr_sg = 2;
	bad[6].nr_sg = 65536;
	bad[7].queue_size = 2;
	bad[8].queue_size = 65536;
	bad[9].name = NULL;
	bad[10].disk = &tiny;
	bad[11].bus.line = 128;
	for (unsigned i = 0; i < 12u; i++) {
		assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &bad[i]),
				 TZVMM_E_INVAL);
	}
	bad[0] = good;
	bad[0].bus.line = 1;
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &bad[0]), TZVMM_E_DENIED);
}

static void a_long_serial_number_is_cut(void **state)
{
	struct fixture *fx = *state;

	fx->setup.serial = "0123456789012345678901234567890";
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	(void)started(state, 0);
	ask(fx, 0, T_GET_ID, 0, 20);
	kick(fx);
	assert_answer(fx, 0, 0, 21);
	assert_memory_equal(guest_at(fx->guest, data_at(0)), "01234567890123456789",
			    20);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_read_fills_the_guests_pages_and_raises_the_line),
		T(what_is_being_served_can_be_looked_at),
		T(a_write_reaches_the_disk_and_says_one_byte_was_written),
		T(the_disk_gets_the_guests_pages_themselves),
		T(a_flush_reaches_the_disk),
		T(get_id_answers_the_serial_number_padded_with_zeros),
		T(get_id_into_two_pieces_stays_inside_of_both),
		T(get_id_of_another_size_is_refused),
		T(an_unknown_type_is_unsupported_and_the_queue_lives_on),
		T(a_header_split_at_any_byte_is_gathered),
		T(a_header_of_sixteen_pieces_is_gathered),
		T(a_header_at_an_odd_address_is_read),
		T(header_and_data_in_one_piece_and_status_behind_data_work),
		T(every_piece_of_a_chain_is_transferred),
		T(an_indirect_request_works),
		T(a_request_that_passes_the_end_or_wraps_is_refused),
		T(a_request_of_no_or_broken_sectors_is_refused),
		T(pieces_that_the_disk_cannot_address_are_refused_and_counted),
		T(a_short_header_is_refused_and_its_head_returned),
		T(a_chain_without_a_status_byte_is_returned_with_nothing_written),
		T(writes_to_a_read_only_disk_are_refused_and_ro_is_offered),
		T(a_broken_chain_asks_for_a_reset_and_nothing_stalls_after_it),
		T(more_requests_than_places_wait_and_none_is_lost),
		T(waiting_requests_go_on_without_a_kick_with_the_event_index),
		T(with_a_mebibyte_at_the_disk_no_kick_is_wanted),
		T(a_full_disk_stalls_the_ring_in_order_and_resumes),
		T(a_stalled_request_to_a_partition_keeps_its_sector),
		T(completions_out_of_order_answer_the_right_requests),
		T(a_batch_of_completions_is_one_interrupt),
		T(any_single_failure_of_the_disk_fails_that_request_only),
		T(any_single_refusal_by_the_disk_fails_that_request_only),
		T(a_reset_with_requests_in_flight_waits_and_writes_nothing),
		T(a_queue_disabled_with_requests_in_flight_is_not_written),
		T(nothing_is_taken_before_driver_ok),
		T(every_word_of_a_request_is_read_once),
		T(values_that_change_after_the_first_read_do_not_matter),
		T(the_same_head_twice_is_two_requests_and_two_answers),
		T(in_flight_memory_is_bounded_by_the_pool),
		T(one_4_kib_read_costs_16_shared_accesses_and_3_fences),
		T(a_batch_costs_no_fence_a_request),
		T(the_status_byte_is_there_before_the_used_index),
		T(it_offers_what_it_can_do_and_nothing_else),
		T(the_configuration_shows_capacity_and_limits),
		T(limits_follow_the_tightest_of_pool_ring_and_disk),
		T(a_bad_set_up_is_refused),
		T(a_long_serial_number_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
