// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/virtqueue.h>

#include "guest_driver.h"
#include "shared_model.h"

#define SIZE 16u
#define MAX_SG 32u
#define RINGS GUEST_RAM
#define DATA (GUEST_RAM + 0x10000u)
#define TABLE (GUEST_RAM + 0x8000u)

struct fixture {
	struct guest *guest;
	struct guest_queue queue;
	struct tzvmm_virtqueue vq;
	struct tzvmm_sg sg[MAX_SG + 1u];
	struct tzvmm_vq_chain chain;
};

static unsigned nr_in(const struct tzvmm_vq_chain *chain)
{
	return chain->nr - (unsigned)chain->nr_out;
}

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	fx->guest = guest_new();
	*state = fx;
	return 0;
}

static void start(struct fixture *fx, uint32_t size, uint64_t features)
{
	struct tzvmm_vq_place place;

	guest_queue_init(&fx->queue, fx->guest, RINGS, size);
	place = (struct tzvmm_vq_place){ fx->queue.desc, fx->queue.avail,
					 fx->queue.used, size };
	assert_int_equal(tzvmm_vq_start(&fx->vq, &fx->guest->mem, &place, 256,
					features),
			 TZVMM_OK);
	shared_model_clear();
}

static struct fixture *started(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, 0);
	return fx;
}

static enum tzvmm_status pop(struct fixture *fx)
{
	return tzvmm_vq_pop(&fx->vq, fx->sg, MAX_SG, &fx->chain);
}

/* A chain of one readable and one writable piece at descriptors i and i + 1. */
static void put_chain(struct fixture *fx, uint32_t i)
{
	guest_desc(&fx->queue, i, DATA + 64u * i, 16, VIRTQ_NEXT, i + 1u);
	guest_desc(&fx->queue, i + 1u, DATA + 64u * i + 32u, 8, VIRTQ_WRITE, 0);
}

static void post(struct fixture *fx, uint32_t i)
{
	put_chain(fx, i);
	guest_publish(&fx->queue, (uint16_t)i);
}

/* The queue is broken for this reason, stays so, and touches nothing more. */
static void assert_broken(struct fixture *fx, enum tzvmm_vq_fault fault)
{
	assert_int_equal(pop(fx), TZVMM_E_GUEST);
	assert_int_equal(tzvmm_vq_fault(&fx->vq), fault);
	assert_false(tzvmm_vq_is_live(&fx->vq));
	shared_model_clear();
	assert_int_equal(pop(fx), TZVMM_E_GUEST);
	assert_false(tzvmm_vq_push(&fx->vq, 0, 1));
	assert_false(tzvmm_vq_flush(&fx->vq));
	assert_int_equal(shared_model_count(SHARED_READ), 0);
	assert_int_equal(shared_model_count(SHARED_WRITE), 0);
	assert_int_equal(guest_get16(fx->guest, fx->queue.used + 2u), 0);
}

/* ---- Taking and returning ----------------------------------------------- */

static void an_empty_queue_has_nothing(void **state)
{
	struct fixture *fx = started(state);

	assert_int_equal(pop(fx), TZVMM_E_EMPTY);
	assert_false(tzvmm_vq_flush(&fx->vq));
	assert_int_equal(shared_model_count(SHARED_WRITE), 0);
}

static void a_stopped_queue_has_nothing_and_takes_nothing(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(pop(fx), TZVMM_E_EMPTY);
	assert_false(tzvmm_vq_push(&fx->vq, 0, 0));
	assert_false(tzvmm_vq_flush(&fx->vq));
	(void)started(state);
	post(fx, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	tzvmm_vq_stop(&fx->vq);
	assert_int_equal(pop(fx), TZVMM_E_EMPTY);
	assert_false(tzvmm_vq_push(&fx->vq, 0, 0));
	assert_false(tzvmm_vq_flush(&fx->vq));
	assert_int_equal(shared_model_count(SHARED_WRITE), 0);
}

static void a_chain_is_translated_piece_by_piece(void **state)
{
	struct fixture *fx = started(state);

	guest_desc(&fx->queue, 7, DATA, 16, VIRTQ_NEXT, 3);
	guest_desc(&fx->queue, 3, GUEST_HIGH + 8u, 100, VIRTQ_NEXT | VIRTQ_WRITE, 9);
	guest_desc(&fx->queue, 9, DATA + 64u, 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 7);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_int_equal(fx->chain.head, 7);
	assert_int_equal(fx->chain.nr_out, 1);
	assert_int_equal(nr_in(&fx->chain), 2);
	assert_int_equal(fx->chain.out_len, 16);
	assert_int_equal(tzvmm_vq_in_len(&fx->chain), 101);
	assert_ptr_equal(fx->sg[0].va, guest_at(fx->guest, DATA));
	assert_int_equal(fx->sg[0].len, 16);
	assert_ptr_equal(fx->sg[1].va, guest_at(fx->guest, GUEST_HIGH + 8u));
	assert_int_equal(fx->sg[1].len, 100);
	assert_ptr_equal(fx->sg[2].va, guest_at(fx->guest, DATA + 64u));
	assert_int_equal(pop(fx), TZVMM_E_EMPTY);
}

static void chains_of_one_direction_are_whole(void **state)
{
	struct fixture *fx = started(state);

	guest_desc(&fx->queue, 0, DATA, 10, 0, 0);
	guest_publish(&fx->queue, 0);
	guest_desc(&fx->queue, 1, DATA, 20, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 1);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_int_equal(fx->chain.nr_out, 1);
	assert_int_equal(nr_in(&fx->chain), 0);
	assert_int_equal(fx->chain.out_len, 10);
	assert_int_equal(tzvmm_vq_in_len(&fx->chain), 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_int_equal(fx->chain.nr_out, 0);
	assert_int_equal(nr_in(&fx->chain), 1);
	assert_int_equal(fx->chain.out_len, 0);
	assert_int_equal(tzvmm_vq_in_len(&fx->chain), 20);
}

static void unknown_flags_are_ignored(void **state)
{
	struct fixture *fx = started(state);

	guest_desc(&fx->queue, 0, DATA, 10, 0xFFF8u, 0);
	guest_publish(&fx->queue, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_int_equal(fx->chain.nr_out, 1);
}

static void a_returned_chain_is_seen_after_the_flush_only(void **state)
{
	struct fixture *fx = started(state);
	uint32_t id, len;

	post(fx, 4);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_true(tzvmm_vq_push(&fx->vq, 4, 8));
	assert_false(guest_take_used(&fx->queue, &id, &len));
	assert_true(tzvmm_vq_flush(&fx->vq));
	assert_true(guest_take_used(&fx->queue, &id, &len));
	assert_int_equal(id, 4);
	assert_int_equal(len, 8);
	assert_false(tzvmm_vq_flush(&fx->vq));
}

static void no_chain_is_returned_that_was_not_taken(void **state)
{
	struct fixture *fx = started(state);

	post(fx, 0);
	assert_false(tzvmm_vq_push(&fx->vq, 0, 0));
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_true(tzvmm_vq_push(&fx->vq, 0, 0));
	assert_false(tzvmm_vq_push(&fx->vq, 0, 0));
}

static void every_entry_is_taken_exactly_once_at_any_index(void **state)
{
	static const uint16_t indices[] = { 0,     SIZE - 1u, SIZE,  32767,
					    32768, 65519,     65534, 65535 };
	struct fixture *fx = started(state);

	for (unsigned i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
		guest_set_index(&fx->queue, &fx->vq, indices[i]);
		for (unsigned round = 0; round < 40u; round++) {
			uint32_t id, len, head = round % 8u * 2u;

			post(fx, head);
			assert_int_equal(pop(fx), TZVMM_OK);
			assert_int_equal(fx->chain.head, head);
			assert_int_equal(pop(fx), TZVMM_E_EMPTY);
			assert_true(tzvmm_vq_push(&fx->vq, (uint16_t)head, round));
			assert_true(tzvmm_vq_flush(&fx->vq));
			assert_true(guest_take_used(&fx->queue, &id, &len));
			assert_int_equal(id, head);
			assert_int_equal(len, round);
		}
	}
}

static void a_full_ring_is_taken_and_returned_in_one_batch(void **state)
{
	static const uint16_t indices[] = { 0, 1, SIZE - 1u, 65520, 65535 };
	struct fixture *fx = started(state);

	for (unsigned i = 0; i < 5u; i++) {
		uint32_t id, len;

		guest_set_index(&fx->queue, &fx->vq, indices[i]);
		for (uint16_t k = 0; k < SIZE; k++) {
			guest_desc(&fx->queue, k, DATA + k, 1, 0, 0);
			guest_publish(&fx->queue, k);
		}
		for (uint16_t k = 0; k < SIZE; k++) {
			assert_int_equal(pop(fx), TZVMM_OK);
			assert_int_equal(fx->chain.head, k);
		}
		assert_int_equal(pop(fx), TZVMM_E_EMPTY);
		for (uint16_t k = 0; k < SIZE; k++) {
			assert_true(tzvmm_vq_push(&fx->vq,
						  (uint16_t)(SIZE - 1u - k), 0));
		}
		assert_true(tzvmm_vq_flush(&fx->vq));
		for (uint16_t k = 0; k < SIZE; k++) {
			assert_true(guest_take_used(&fx->queue, &id, &len));
			assert_int_equal(id, SIZE - 1u - k);
		}
	}
}

static void the_smallest_queue_works(void **state)
{
	struct fixture *fx = *state;

	start(fx, 1, 0);
	for (unsigned i = 0; i < 5u; i++) {
		uint32_t id, len;

		guest_desc(&fx->queue, 0, DATA, 1, 0, 0);
		guest_publish(&fx->queue, 0);
		assert_int_equal(pop(fx), TZVMM_OK);
		assert_true(tzvmm_vq_push(&fx->vq, 0, 0));
		assert_true(tzvmm_vq_flush(&fx->vq));
		assert_true(guest_take_used(&fx->queue, &id, &len));
	}
}

/* ---- Indirect tables ---------------------------------------------------- */

static void an_indirect_table_is_walked(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_table(fx->guest, TABLE, 0, DATA, 16, VIRTQ_NEXT, 20);
	guest_table(fx->guest, TABLE, 20, DATA + 64u, 8, VIRTQ_WRITE, 0);
	/* [VIRTIO 2.6.5.3.2] WRITE on the descriptor of a table means nothing. */
	guest_desc(&fx->queue, 5, TABLE, 21 * 16, VIRTQ_INDIRECT | VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 5);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_int_equal(fx->chain.head, 5);
	assert_int_equal(fx->chain.nr_out, 1);
	assert_int_equal(nr_in(&fx->chain), 1);
	assert_ptr_equal(fx->sg[1].va, guest_at(fx->guest, DATA + 64u));
}

static void a_chain_may_end_in_an_indirect_table(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_table(fx->guest, TABLE, 0, DATA + 64u, 8, VIRTQ_WRITE, 0);
	guest_desc(&fx->queue, 0, DATA, 16, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, TABLE, 16, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_int_equal(fx->chain.nr_out, 1);
	assert_int_equal(nr_in(&fx->chain), 1);
}

static void a_bad_indirect_descriptor_breaks_the_queue(void **state)
{
	struct fixture *fx = *state;
	static const struct {
		uint64_t addr;
		uint32_t len, flags;
	} cases[] = {
		{ TABLE, 15, 0 },          { TABLE, 17, 0 },
		{ TABLE + 1u, 16, 0 },     { TABLE + 4u, 16, 0 },
		{ TABLE, 16, VIRTQ_NEXT },
	};

	guest_table(fx->guest, TABLE, 0, DATA, 16, 0, 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
		guest_desc(&fx->queue, 0, cases[i].addr, cases[i].len,
			   VIRTQ_INDIRECT | cases[i].flags, 1);
		guest_publish(&fx->queue, 0);
		assert_broken(fx, TZVMM_VQ_BAD_INDIRECT);
		tzvmm_vq_stop(&fx->vq);
	}
}

static void an_empty_indirect_table_breaks_the_queue(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_desc(&fx->queue, 0, TABLE, 0, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_MEMORY);
}

static void an_indirect_table_outside_of_ram_breaks_the_queue(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_desc(&fx->queue, 0, GUEST_RAM + GUEST_RAM_LEN - 16u, 32,
		   VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_MEMORY);
}

static void a_nested_indirect_table_breaks_the_queue(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_table(fx->guest, TABLE, 0, TABLE, 16, VIRTQ_INDIRECT, 0);
	guest_desc(&fx->queue, 0, TABLE, 16, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_INDIRECT);
}

/* It is no table within a table by its address, and never ends. */
static void the_queues_own_table_as_an_indirect_one_breaks_the_queue(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_desc(&fx->queue, 0, fx->queue.desc, SIZE * 16u, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_INDIRECT);
}

static void an_indirect_table_without_the_feature_breaks_the_queue(void **state)
{
	struct fixture *fx = started(state);

	guest_table(fx->guest, TABLE, 0, DATA, 16, 0, 0);
	guest_desc(&fx->queue, 0, TABLE, 16, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_INDIRECT);
}

static void a_next_outside_of_the_table_breaks_the_queue(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_table(fx->guest, TABLE, 0, DATA, 16, VIRTQ_NEXT, 2);
	guest_table(fx->guest, TABLE, 2, DATA, 16, 0, 0);
	guest_desc(&fx->queue, 0, TABLE, 32, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_INDEX);
}

/* ---- What must be refused ----------------------------------------------- */

static void a_head_outside_of_the_queue_breaks_it(void **state)
{
	static const uint16_t heads[] = { SIZE, SIZE + 1u, 255, 256, 65535 };

	for (unsigned i = 0; i < 5u; i++) {
		struct fixture *fx = started(state);

		guest_publish(&fx->queue, heads[i]);
		assert_broken(fx, TZVMM_VQ_BAD_INDEX);
		tzvmm_vq_stop(&fx->vq);
	}
}

static void a_next_outside_of_the_queue_breaks_it(void **state)
{
	static const uint16_t nexts[] = { SIZE, 32768, 65535 };

	for (unsigned i = 0; i < 3u; i++) {
		struct fixture *fx = started(state);

		guest_desc(&fx->queue, 0, DATA, 16, VIRTQ_NEXT, nexts[i]);
		guest_publish(&fx->queue, 0);
		assert_broken(fx, TZVMM_VQ_BAD_INDEX);
		tzvmm_vq_stop(&fx->vq);
	}
}

static void a_loop_of_descriptors_ends_and_breaks_the_queue(void **state)
{
	for (uint32_t len = 1; len <= 3u; len++) {
		struct fixture *fx = started(state);

		for (uint32_t i = 0; i < len; i++) {
			guest_desc(&fx->queue, i, DATA, 16, VIRTQ_NEXT,
				   (i + 1u) % len);
		}
		guest_publish(&fx->queue, 0);
		assert_broken(fx, TZVMM_VQ_TOO_LONG);
		tzvmm_vq_stop(&fx->vq);
	}
}

static void a_loop_in_an_indirect_table_ends_and_breaks_the_queue(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_table(fx->guest, TABLE, 0, DATA, 16, VIRTQ_NEXT, 0);
	guest_desc(&fx->queue, 0, TABLE, 16, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_TOO_LONG);
}

static void a_chain_of_more_pieces_than_places_breaks_the_queue(void **state)
{
	struct fixture *fx = *state;

	start(fx, 64, 0);
	for (uint32_t i = 0; i < MAX_SG + 1u; i++) {
		guest_desc(&fx->queue, i, DATA, 16,
			   i < MAX_SG - 1u ? VIRTQ_NEXT : 0u, i + 1u);
	}
	guest_publish(&fx->queue, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_int_equal(fx->chain.nr_out, MAX_SG);
	guest_desc(&fx->queue, MAX_SG - 1u, DATA, 16, VIRTQ_NEXT, MAX_SG);
	guest_desc(&fx->queue, MAX_SG, DATA, 16, 0, 0);
	guest_publish(&fx->queue, 0);
	fx->sg[MAX_SG].len = 0x1234;
	assert_broken(fx, TZVMM_VQ_TOO_LONG);
	assert_int_equal(fx->sg[MAX_SG].len, 0x1234);
}

static void an_address_that_is_not_guest_ram_breaks_the_queue(void **state)
{
	static const struct {
		uint64_t addr;
		uint32_t len;
	} cases[] = {
		{ 0, 16 },
		{ GUEST_RAM - 1u, 1 },
		{ GUEST_RAM - 1u, 2 },
		{ GUEST_RAM - 16u, 32 },
		{ GUEST_RAM + GUEST_RAM_LEN - 1u, 2 },
		{ GUEST_RAM + GUEST_RAM_LEN, 1 },
		{ GUEST_RAM, GUEST_RAM_LEN + 1u },
		{ GUEST_RAM, UINT32_MAX },
		/* From one window across the hole into the other. */
		{ GUEST_RAM + GUEST_RAM_LEN - 16u, GUEST_HIGH - GUEST_RAM },
		{ GUEST_HIGH - 1u, 2 },
		{ GUEST_HIGH + GUEST_HIGH_LEN, 1 },
		/* The VMM's own memory, a device. */
		{ 0x70100000, 16 },
		{ 0x50004000, 16 },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fx = started(state);

		guest_desc(&fx->queue, 0, cases[i].addr, cases[i].len, 0, 0);
		guest_publish(&fx->queue, 0);
		assert_broken(fx, TZVMM_VQ_BAD_MEMORY);
		tzvmm_vq_stop(&fx->vq);
	}
}

static void an_address_that_wraps_or_exceeds_32_bits_breaks_the_queue(void **state)
{
	static const struct {
		uint64_t addr;
		uint32_t len;
	} cases[] = {
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, 2 },
		{ UINT64_MAX - 15u, 16 },
		{ UINT64_MAX - 15u, 17 },
		{ UINT64_MAX - 0xFFFFu, UINT32_MAX },
		{ 1ull << 32, 16 },
		{ (1ull << 32) + GUEST_RAM, 16 },
		{ (1ull << 63) + GUEST_RAM, 16 },
		{ 0xFFFFFFFF00000000ull + GUEST_RAM, 16 },
		{ UINT32_MAX, 2 },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fx = started(state);

		guest_desc(&fx->queue, 0, cases[i].addr, cases[i].len, 0, 0);
		guest_publish(&fx->queue, 0);
		assert_broken(fx, TZVMM_VQ_BAD_MEMORY);
		tzvmm_vq_stop(&fx->vq);
	}
}

static void the_first_and_last_bytes_of_every_window_can_be_used(void **state)
{
	struct fixture *fx = started(state);
	static const struct {
		uint64_t addr;
		uint32_t len;
	} cases[] = {
		{ GUEST_RAM, GUEST_RAM_LEN },
		{ GUEST_RAM + GUEST_RAM_LEN - 1u, 1 },
		{ GUEST_HIGH, GUEST_HIGH_LEN },
		{ GUEST_HIGH + GUEST_HIGH_LEN - 1u, 1 },
	};

	for (uint16_t i = 0; i < 4u; i++) {
		guest_desc(&fx->queue, i, cases[i].addr, cases[i].len, 0, 0);
		guest_publish(&fx->queue, i);
		assert_int_equal(pop(fx), TZVMM_OK);
		assert_ptr_equal(fx->sg[0].va, guest_at(fx->guest, cases[i].addr));
	}
}

static void a_piece_without_a_length_breaks_the_queue(void **state)
{
	struct fixture *fx = started(state);

	guest_desc(&fx->queue, 0, DATA, 16, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, DATA, 0, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_MEMORY);
}

static void a_readable_piece_after_a_writable_one_breaks_the_queue(void **state)
{
	struct fixture *fx = started(state);

	guest_desc(&fx->queue, 0, DATA, 16, VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, DATA, 16, VIRTQ_NEXT | VIRTQ_WRITE, 2);
	guest_desc(&fx->queue, 2, DATA, 16, 0, 0);
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_ORDER);
}

static void lengths_that_add_up_to_4_gib_break_the_queue(void **state)
{
	struct fixture *fx = *state;
	const uint32_t half = 1u << 31;
	uint32_t len;

	/* A window this large that is never touched. */
	fx->guest->windows[1].ipa = 1ull << 32;
	fx->guest->windows[1].len = 1ull << 33;
	for (len = half - 1u; len <= half; len++) {
		start(fx, SIZE, 0);
		guest_desc(&fx->queue, 0, 1ull << 32, half, VIRTQ_NEXT, 1);
		guest_desc(&fx->queue, 1, 1ull << 32, len, VIRTQ_WRITE, 0);
		guest_publish(&fx->queue, 0);
		if (len < half) {
			assert_int_equal(pop(fx), TZVMM_OK);
			assert_int_equal(fx->chain.out_len, half);
			assert_int_equal(tzvmm_vq_in_len(&fx->chain), len);
		} else {
			assert_broken(fx, TZVMM_VQ_TOO_LONG);
		}
	}
	fx->guest->windows[1].ipa = GUEST_HIGH;
	fx->guest->windows[1].len = GUEST_HIGH_LEN;
}

static void an_available_index_too_far_ahead_breaks_the_queue(void **state)
{
	static const uint16_t ahead[] = { SIZE + 1u, 32768, 65535 };
	static const uint16_t indices[] = { 0, 65530 };

	for (unsigned i = 0; i < 6u; i++) {
		struct fixture *fx = started(state);
		const uint16_t index = indices[i % 2u];

		guest_set_index(&fx->queue, &fx->vq, index);
		put_chain(fx, 0);
		guest_put16(fx->guest, fx->queue.avail + 2u,
			    (uint16_t)(index + ahead[i / 2u]));
		guest_put16(fx->guest, fx->queue.used + 2u, 0);
		assert_broken(fx, TZVMM_VQ_BAD_AVAIL);
		tzvmm_vq_stop(&fx->vq);
	}
}

static void more_chains_than_descriptors_in_flight_break_the_queue(void **state)
{
	struct fixture *fx = started(state);

	guest_desc(&fx->queue, 0, DATA, 1, 0, 0);
	for (unsigned i = 0; i < SIZE; i++) {
		guest_publish(&fx->queue, 0);
		assert_int_equal(pop(fx), TZVMM_OK);
	}
	/* Returned, but not published: the driver cannot know. */
	assert_true(tzvmm_vq_push(&fx->vq, 0, 0));
	guest_publish(&fx->queue, 0);
	assert_broken(fx, TZVMM_VQ_BAD_AVAIL);
}

static void a_broken_queue_can_be_started_anew(void **state)
{
	struct fixture *fx = started(state);

	guest_publish(&fx->queue, SIZE);
	assert_int_equal(pop(fx), TZVMM_E_GUEST);
	tzvmm_vq_stop(&fx->vq);
	assert_int_equal(tzvmm_vq_fault(&fx->vq), TZVMM_VQ_FINE);
	start(fx, SIZE, 0);
	post(fx, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
}

static void chains_before_a_malformed_one_are_taken(void **state)
{
	struct fixture *fx = started(state);

	post(fx, 0);
	post(fx, 2);
	guest_publish(&fx->queue, SIZE);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_broken(fx, TZVMM_VQ_BAD_INDEX);
}

/* ---- Where a driver may put a queue ------------------------------------- */

static void a_queue_at_a_bad_place_does_not_start(void **state)
{
	struct fixture *fx = *state;
	const uint64_t end = GUEST_RAM + GUEST_RAM_LEN;
	const struct tzvmm_vq_place cases[] = {
		{ RINGS, RINGS + 0x1000u, RINGS + 0x2000u, 0 },
		{ RINGS, RINGS + 0x1000u, RINGS + 0x2000u, 3 },
		{ RINGS, RINGS + 0x1000u, RINGS + 0x2000u, 17 },
		{ RINGS, RINGS + 0x1000u, RINGS + 0x2000u, 64 },
		{ RINGS, RINGS + 0x1000u, RINGS + 0x2000u, 65536 },
		{ RINGS, RINGS + 0x1000u, RINGS + 0x2000u, 1u << 31 },
		{ RINGS + 8u, RINGS + 0x1000u, RINGS + 0x2000u, 16 },
		{ RINGS, RINGS + 0x1001u, RINGS + 0x2000u, 16 },
		{ RINGS, RINGS + 0x1000u, RINGS + 0x2002u, 16 },
		{ 0, RINGS + 0x1000u, RINGS + 0x2000u, 16 },
		{ RINGS, 0, RINGS + 0x2000u, 16 },
		{ RINGS, RINGS + 0x1000u, 0, 16 },
		{ end - 16u * 16u + 16u, RINGS, RINGS + 0x2000u, 16 },
		{ RINGS, end - (6u + 32u) + 2u, RINGS + 0x2000u, 16 },
		{ RINGS, RINGS + 0x1000u, end - (4u + 128u), 16 },
		{ (1ull << 32) + RINGS, RINGS + 0x1000u, RINGS + 0x2000u, 16 },
		{ RINGS, UINT64_MAX - 1u, RINGS + 0x2000u, 16 },
		{ RINGS, RINGS + 0x1000u, UINT64_MAX - 3u, 16 },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tzvmm_vq_start(&fx->vq, &fx->guest->mem, &cases[i],
						32, 0),
				 TZVMM_E_GUEST);
		assert_false(tzvmm_vq_is_live(&fx->vq));
	}
}

static void a_queue_may_end_where_guest_ram_ends(void **state)
{
	struct fixture *fx = *state;
	const uint64_t end = GUEST_HIGH + GUEST_HIGH_LEN;
	const struct tzvmm_vq_place cases[] = {
		{ end - 256u, RINGS, RINGS + 0x2000u, 16 },
		{ RINGS, end - 38u, RINGS + 0x2000u, 16 },
		{ RINGS, RINGS + 0x1000u, end - 136u, 16 },
	};

	for (unsigned i = 0; i < 3u; i++) {
		assert_int_equal(tzvmm_vq_start(&fx->vq, &fx->guest->mem, &cases[i],
						16, 0),
				 TZVMM_OK);
	}
}

/* ---- Notifications ------------------------------------------------------ */

static void the_driver_can_ask_for_no_interrupt(void **state)
{
	struct fixture *fx = started(state);

	guest_set_avail_flags(&fx->queue, 1);
	post(fx, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_true(tzvmm_vq_push(&fx->vq, 0, 0));
	assert_false(tzvmm_vq_flush(&fx->vq));
	guest_set_avail_flags(&fx->queue, 0xFFFE);
	post(fx, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	assert_true(tzvmm_vq_push(&fx->vq, 0, 0));
	assert_true(tzvmm_vq_flush(&fx->vq));
}

static void an_interrupt_is_wanted_when_the_used_event_is_passed(void **state)
{
	static const struct {
		uint16_t index, event, batch;
		bool wanted;
	} cases[] = {
		{ 0, 0, 1, true },          { 0, 1, 1, false },
		{ 0, 65535, 1, false },     { 0, 2, 3, true },
		{ 0, 3, 3, false },         { 0, 0, 3, true },
		{ 5, 4, 3, false },         { 65535, 65535, 1, true },
		{ 65535, 0, 1, false },     { 65534, 65535, 3, true },
		{ 65534, 0, 3, true },      { 65534, 1, 3, false },
		{ 65534, 65533, 3, false }, { 65535, 0, 2, true },
		{ 32767, 32767, 1, true },  { 32767, 32768, 2, true },
	};
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_EVENT_IDX);
	/* Its flag means nothing when the event index was negotiated. */
	guest_set_avail_flags(&fx->queue, 1);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		guest_set_index(&fx->queue, &fx->vq, cases[i].index);
		guest_set_used_event(&fx->queue, cases[i].event);
		for (unsigned k = 0; k < cases[i].batch; k++) {
			post(fx, 0);
			assert_int_equal(pop(fx), TZVMM_OK);
			assert_true(tzvmm_vq_push(&fx->vq, 0, 0));
		}
		assert_int_equal(tzvmm_vq_flush(&fx->vq), cases[i].wanted);
	}
}

static void an_idle_queue_asks_for_the_next_notification(void **state)
{
	static const uint16_t indices[] = { 0, 65533 };
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_EVENT_IDX);
	for (unsigned i = 0; i < 2u; i++) {
		guest_set_index(&fx->queue, &fx->vq, indices[i]);
		for (uint32_t k = 0; k < 5u; k++) {
			post(fx, 2u * k);
		}
		for (uint32_t k = 0; k < 5u; k++) {
			assert_int_equal(pop(fx), TZVMM_OK);
		}
		assert_int_equal(pop(fx), TZVMM_E_EMPTY);
		assert_int_equal(guest_avail_event(&fx->queue),
				 (uint16_t)(indices[i] + 5u));
	}
}

/* The driver adds a chain after the device found none and before it said that it
 * wants to be notified. */
static void add_late(void *ctx, void *at, size_t size)
{
	struct fixture *fx = ctx;

	(void)size;
	if (at == guest_at(fx->guest, fx->queue.avail + 2u)) {
		shared_model_on_read(NULL, NULL);
		post(fx, 0);
	}
}

static void a_chain_added_while_going_idle_is_not_missed(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_EVENT_IDX);
	shared_model_on_read(add_late, fx);
	assert_int_equal(pop(fx), TZVMM_OK);
}

/* ---- Shared memory ------------------------------------------------------ */

static void a_value_that_changes_after_it_was_read_is_not_seen(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
	guest_table(fx->guest, TABLE, 0, DATA, 16, VIRTQ_NEXT, 1);
	guest_table(fx->guest, TABLE, 1, DATA + 64u, 8, VIRTQ_WRITE, 0);
	guest_desc(&fx->queue, 2, DATA + 128u, 4, VIRTQ_NEXT, 3);
	guest_desc(&fx->queue, 3, TABLE, 32, VIRTQ_INDIRECT, 0);
	guest_publish(&fx->queue, 2);
	shared_model_poison(true);
	assert_int_equal(pop(fx), TZVMM_OK);
	shared_model_poison(false);
	assert_false(shared_model_read_twice(NULL));
	assert_int_equal(fx->chain.head, 2);
	assert_int_equal(fx->chain.nr_out, 2);
	assert_int_equal(nr_in(&fx->chain), 1);
	assert_ptr_equal(fx->sg[0].va, guest_at(fx->guest, DATA + 128u));
	assert_ptr_equal(fx->sg[1].va, guest_at(fx->guest, DATA));
	assert_ptr_equal(fx->sg[2].va, guest_at(fx->guest, DATA + 64u));
	assert_int_equal(fx->sg[2].len, 8);
}

/* Every word of every request is overwritten with each of some values right
 * after the n-th read, for every n: the outcome is a chain of guest memory or a
 * broken queue. */
struct flip {
	struct fixture *fx;
	unsigned left;
	uint8_t value;
};

static void flip_all(void *ctx, void *at, size_t size)
{
	struct flip *flip = ctx;

	(void)at;
	(void)size;
	if (flip->left-- == 0u) {
		memset(guest_at(flip->fx->guest, RINGS), flip->value, 16u * SIZE);
	}
}

static void descriptors_that_change_at_any_time_never_lead_outside(void **state)
{
	static const uint8_t values[] = { 0x00, 0xFF, 0x01, 0x78, 0x07 };
	struct fixture *fx = *state;

	for (unsigned v = 0; v < sizeof(values); v++) {
		for (unsigned n = 0; n < 12u; n++) {
			struct flip flip = { fx, n, values[v] };
			enum tzvmm_status st;

			tzvmm_vq_stop(&fx->vq);
			start(fx, SIZE, TZVMM_VIRTIO_F_INDIRECT_DESC);
			for (uint32_t i = 0; i < 4u; i++) {
				guest_desc(&fx->queue, i, DATA, 16, VIRTQ_NEXT,
					   i + 1u);
			}
			guest_desc(&fx->queue, 4, DATA, 16, VIRTQ_WRITE, 0);
			guest_publish(&fx->queue, 0);
			shared_model_on_read(flip_all, &flip);
			st = pop(fx);
			shared_model_on_read(NULL, NULL);
			if (st != TZVMM_OK) {
				assert_int_equal(st, TZVMM_E_GUEST);
				continue;
			}
			for (unsigned i = 0; i < fx->chain.nr; i++) {
				assert_ptr_equal(fx->sg[i].va,
						 guest_at(fx->guest, DATA));
				assert_int_equal(fx->sg[i].len, 16);
			}
		}
	}
}

static void what_the_driver_wrote_is_read_after_its_index(void **state)
{
	struct fixture *fx = started(state);
	unsigned index, slot;

	post(fx, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	index = shared_model_find(SHARED_READ,
				  guest_at(fx->guest, fx->queue.avail + 2u));
	slot = shared_model_find(SHARED_READ,
				 guest_at(fx->guest, fx->queue.avail + 4u));
	assert_true(index < slot);
	assert_true(shared_model_fenced(index, slot, memory_order_acquire));
}

static void
used_elements_are_written_before_their_index_and_it_before_the_wish(void **state)
{
	struct fixture *fx = *state;
	unsigned elem, index, event;

	start(fx, SIZE, TZVMM_VIRTIO_F_EVENT_IDX);
	post(fx, 0);
	assert_int_equal(pop(fx), TZVMM_OK);
	shared_model_clear();
	assert_true(tzvmm_vq_push(&fx->vq, 0, 0));
	assert_true(tzvmm_vq_flush(&fx->vq));
	elem = shared_model_find(SHARED_WRITE,
				 guest_at(fx->guest, fx->queue.used + 8u));
	index = shared_model_find(SHARED_WRITE,
				  guest_at(fx->guest, fx->queue.used + 2u));
	event = shared_model_find(
		SHARED_READ, guest_at(fx->guest, fx->queue.avail + 4u + 2u * SIZE));
	assert_true(elem < index && index < event);
	assert_true(shared_model_fenced(elem, index, memory_order_release));
	assert_true(shared_model_fenced(index, event, memory_order_seq_cst));
}

static void the_wish_for_a_notification_is_there_before_the_last_look(void **state)
{
	struct fixture *fx = *state;
	unsigned wish;

	start(fx, SIZE, TZVMM_VIRTIO_F_EVENT_IDX);
	assert_int_equal(pop(fx), TZVMM_E_EMPTY);
	wish = shared_model_find(
		SHARED_WRITE, guest_at(fx->guest, fx->queue.used + 4u + 8u * SIZE));
	assert_int_equal(shared_model_event(wish + 1u)->order, memory_order_seq_cst);
	assert_ptr_equal(shared_model_event(wish + 2u)->at,
			 guest_at(fx->guest, fx->queue.avail + 2u));
}

static void a_batch_of_8_costs_3_fences_and_reads_each_word_once(void **state)
{
	struct fixture *fx = started(state);

	for (uint32_t i = 0; i < 8u; i++) {
		post(fx, 2u * i);
	}
	for (uint32_t i = 0; i < 8u; i++) {
		assert_int_equal(pop(fx), TZVMM_OK);
		assert_true(tzvmm_vq_push(&fx->vq, fx->chain.head, 0));
	}
	assert_false(shared_model_read_twice(NULL));
	assert_int_equal(pop(fx), TZVMM_E_EMPTY);
	assert_true(tzvmm_vq_flush(&fx->vq));
	assert_int_equal(shared_model_count(SHARED_FENCE), 3);
	/* 8 heads, 8 x 2 descriptors; avail.idx twice, avail.flags. */
	assert_int_equal(shared_model_count(SHARED_READ), 8 + 8 * 2 * 2 + 3);
	assert_int_equal(shared_model_count(SHARED_WRITE), 8 * 2 + 1);
}

static void a_batch_with_the_event_index_costs_4_fences(void **state)
{
	struct fixture *fx = *state;

	start(fx, SIZE, TZVMM_VIRTIO_F_EVENT_IDX);
	for (uint32_t i = 0; i < 8u; i++) {
		post(fx, 2u * i);
	}
	for (uint32_t i = 0; i < 8u; i++) {
		assert_int_equal(pop(fx), TZVMM_OK);
		assert_true(tzvmm_vq_push(&fx->vq, fx->chain.head, 0));
	}
	assert_int_equal(pop(fx), TZVMM_E_EMPTY);
	assert_true(tzvmm_vq_flush(&fx->vq));
	assert_int_equal(shared_model_count(SHARED_FENCE), 4);
}

static void descriptors_and_the_available_ring_are_never_written(void **state)
{
	struct fixture *fx = *state;
	uint8_t before[0x1000];

	start(fx, SIZE, TZVMM_VIRTIO_F_EVENT_IDX);
	for (uint32_t i = 0; i < 4u; i++) {
		post(fx, 2u * i);
	}
	memcpy(before, guest_at(fx->guest, RINGS), sizeof(before));
	while (pop(fx) == TZVMM_OK) {
		assert_true(tzvmm_vq_push(&fx->vq, fx->chain.head, 0));
		(void)!tzvmm_vq_flush(&fx->vq);
	}
	assert_memory_equal(before, guest_at(fx->guest, RINGS), sizeof(before));
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, guest_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_empty_queue_has_nothing),
		T(a_stopped_queue_has_nothing_and_takes_nothing),
		T(a_chain_is_translated_piece_by_piece),
		T(chains_of_one_direction_are_whole),
		T(unknown_flags_are_ignored),
		T(a_returned_chain_is_seen_after_the_flush_only),
		T(no_chain_is_returned_that_was_not_taken),
		T(every_entry_is_taken_exactly_once_at_any_index),
		T(a_full_ring_is_taken_and_returned_in_one_batch),
		T(the_smallest_queue_works),
		T(an_indirect_table_is_walked),
		T(a_chain_may_end_in_an_indirect_table),
		T(a_bad_indirect_descriptor_breaks_the_queue),
		T(an_empty_indirect_table_breaks_the_queue),
		T(an_indirect_table_outside_of_ram_breaks_the_queue),
		T(a_nested_indirect_table_breaks_the_queue),
		T(the_queues_own_table_as_an_indirect_one_breaks_the_queue),
		T(an_indirect_table_without_the_feature_breaks_the_queue),
		T(a_next_outside_of_the_table_breaks_the_queue),
		T(a_head_outside_of_the_queue_breaks_it),
		T(a_next_outside_of_the_queue_breaks_it),
		T(a_loop_of_descriptors_ends_and_breaks_the_queue),
		T(a_loop_in_an_indirect_table_ends_and_breaks_the_queue),
		T(a_chain_of_more_pieces_than_places_breaks_the_queue),
		T(an_address_that_is_not_guest_ram_breaks_the_queue),
		T(an_address_that_wraps_or_exceeds_32_bits_breaks_the_queue),
		T(the_first_and_last_bytes_of_every_window_can_be_used),
		T(a_piece_without_a_length_breaks_the_queue),
		T(a_readable_piece_after_a_writable_one_breaks_the_queue),
		T(lengths_that_add_up_to_4_gib_break_the_queue),
		T(an_available_index_too_far_ahead_breaks_the_queue),
		T(more_chains_than_descriptors_in_flight_break_the_queue),
		T(a_broken_queue_can_be_started_anew),
		T(chains_before_a_malformed_one_are_taken),
		T(a_queue_at_a_bad_place_does_not_start),
		T(a_queue_may_end_where_guest_ram_ends),
		T(the_driver_can_ask_for_no_interrupt),
		T(an_interrupt_is_wanted_when_the_used_event_is_passed),
		T(an_idle_queue_asks_for_the_next_notification),
		T(a_chain_added_while_going_idle_is_not_missed),
		T(a_value_that_changes_after_it_was_read_is_not_seen),
		T(descriptors_that_change_at_any_time_never_lead_outside),
		T(what_the_driver_wrote_is_read_after_its_index),
		T(used_elements_are_written_before_their_index_and_it_before_the_wish),
		T(the_wish_for_a_notification_is_there_before_the_last_look),
		T(a_batch_of_8_costs_3_fences_and_reads_each_word_once),
		T(a_batch_with_the_event_index_costs_4_fences),
		T(descriptors_and_the_available_ring_are_never_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
