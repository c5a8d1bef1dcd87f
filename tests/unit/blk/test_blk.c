// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ram_disk.h"

#define DISK_LEN 64u

struct fixture {
	struct ram_disk disk;
	_Alignas(16) uint8_t memory[8 * TZVMM_SECTOR_LEN];
	struct tzvmm_sg sg[40];
	struct tzvmm_blk_req req;
	unsigned nr_done;
	enum tzvmm_status status;
};

static void note_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct fixture *fx = req->owner;

	fx->nr_done++;
	fx->status = status;
}

/* A good request: sectors 1 and 2, in two pieces. */
static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	ram_disk_init(&fx->disk, DISK_LEN);
	fx->sg[0] = (struct tzvmm_sg){ fx->memory, 256 };
	fx->sg[1] = (struct tzvmm_sg){ fx->memory + 1024, 768 };
	fx->req = (struct tzvmm_blk_req){ .op = TZVMM_BLK_READ,
					  .sector = 1,
					  .nr_sectors = 2,
					  .sg = fx->sg,
					  .nr_sg = 2,
					  .done = note_done,
					  .owner = fx };
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	ram_disk_free(&fx->disk);
	test_free(fx);
	return 0;
}

static void assert_refused(struct fixture *fx, enum tzvmm_status status)
{
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), status);
	assert_int_equal(fx->disk.nr_calls, 0);
	assert_int_equal(fx->nr_done, 0);
}

static void a_good_request_reaches_the_device(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_OK);
	assert_int_equal(fx->nr_done, 0);
	assert_int_equal(ram_disk_complete_all(&fx->disk), 1);
	assert_int_equal(fx->nr_done, 1);
	assert_int_equal(fx->status, TZVMM_OK);
	assert_memory_equal(fx->memory, fx->disk.bytes + 512, 256);
	assert_memory_equal(fx->memory + 1024, fx->disk.bytes + 768, 768);
}

static void a_full_device_says_so(void **state)
{
	struct fixture *fx = *state;

	fx->disk.depth = 0;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_E_FULL);
}

static void an_unknown_operation_is_invalid(void **state)
{
	struct fixture *fx = *state;
	unsigned op = 77;

	memcpy(&fx->req.op, &op, sizeof(op));
	assert_refused(fx, TZVMM_E_INVAL);
}

static void sectors_past_the_end_are_out_of_range_without_a_wrap(void **state)
{
	static const struct {
		uint64_t sector;
		uint32_t nr;
	} cases[] = {
		{ DISK_LEN - 1u, 2 }, { DISK_LEN, 1 },   { DISK_LEN + 1u, 1 },
		{ UINT64_MAX, 1 },    { UINT64_MAX, 2 }, { UINT64_MAX - 1u, 2 },
		{ 0, DISK_LEN + 1u }, { 0, UINT32_MAX }, { 1, UINT32_MAX },
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fx->req.sector = cases[i].sector;
		fx->req.nr_sectors = cases[i].nr;
		assert_refused(fx, TZVMM_E_RANGE);
	}
}

static void the_last_sectors_can_be_read(void **state)
{
	struct fixture *fx = *state;

	fx->req.sector = DISK_LEN - 2u;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_OK);
}

static void a_transfer_of_nothing_is_invalid(void **state)
{
	struct fixture *fx = *state;

	fx->req.nr_sectors = 0;
	assert_refused(fx, TZVMM_E_INVAL);
	fx->req.nr_sg = 0;
	assert_refused(fx, TZVMM_E_INVAL);
}

static void writes_to_a_read_only_device_are_denied(void **state)
{
	struct fixture *fx = *state;

	fx->disk.dev.read_only = true;
	fx->req.op = TZVMM_BLK_WRITE;
	assert_refused(fx, TZVMM_E_DENIED);
	fx->req.op = TZVMM_BLK_READ;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_OK);
}

static void pieces_that_do_not_add_up_are_invalid(void **state)
{
	static const uint32_t lens[] = { 0, 256, 764, 772, 1024, UINT32_MAX };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 6u; i++) {
		fx->sg[1].len = lens[i];
		assert_refused(fx, TZVMM_E_INVAL);
	}
	/* Two lengths that add up in 32 bits only. */
	fx->sg[0].len = UINT32_MAX - 3u;
	fx->sg[1].len = 1028;
	assert_refused(fx, TZVMM_E_INVAL);
}

static void an_empty_piece_is_invalid(void **state)
{
	struct fixture *fx = *state;

	fx->sg[2] = (struct tzvmm_sg){ fx->memory, 0 };
	fx->req.nr_sg = 3;
	assert_refused(fx, TZVMM_E_INVAL);
}

static void misaligned_pieces_are_unsupported(void **state)
{
	struct fixture *fx = *state;

	fx->sg[1].va = fx->memory + 1026;
	assert_refused(fx, TZVMM_E_UNSUPP);
	fx->sg[1].va = fx->memory + 1024;
	fx->sg[0].len = 254;
	fx->sg[1].len = 770;
	assert_refused(fx, TZVMM_E_UNSUPP);
	fx->disk.dev.sg_align = 2;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_OK);
}

static void too_many_sectors_or_pieces_are_unsupported(void **state)
{
	struct fixture *fx = *state;

	fx->disk.dev.max_sectors = 1;
	assert_refused(fx, TZVMM_E_UNSUPP);
	fx->disk.dev.max_sectors = 2;
	fx->disk.dev.max_sg = 1;
	assert_refused(fx, TZVMM_E_UNSUPP);
	fx->disk.dev.max_sg = 2;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_OK);
}

static void a_flush_has_no_data(void **state)
{
	struct fixture *fx = *state;

	fx->req.op = TZVMM_BLK_FLUSH;
	assert_refused(fx, TZVMM_E_INVAL);
	fx->req.nr_sectors = 0;
	assert_refused(fx, TZVMM_E_INVAL);
	fx->req.nr_sg = 0;
	fx->req.sector = UINT64_MAX;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_OK);
}

static const enum tzvmm_blk_op erasing[] = { TZVMM_BLK_DISCARD, TZVMM_BLK_ZEROES };

/* Sectors 1 and 2 of a device that discards 4 sectors at a time and zeroes 3. */
static void erase(struct fixture *fx, enum tzvmm_blk_op op)
{
	fx->disk.dev.max_discard = 4;
	fx->disk.dev.max_zeroes = 3;
	fx->req.op = op;
	fx->req.nr_sg = 0;
}

static void a_discard_and_zeroes_reach_a_device_that_has_them(void **state)
{
	struct fixture *fx = *state;

	erase(fx, TZVMM_BLK_ZEROES);
	fx->req.nr_sectors = 3;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_OK);
	(void)ram_disk_complete_all(&fx->disk);
	assert_int_equal(fx->disk.bytes[512], 0);
	assert_int_equal(fx->disk.bytes[4u * 512u - 1u], 0);
	erase(fx, TZVMM_BLK_DISCARD);
	fx->req.nr_sectors = 4;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, &fx->req), TZVMM_OK);
	(void)ram_disk_complete_all(&fx->disk);
	assert_int_equal(fx->disk.bytes[512], RAM_DISK_DISCARDED);
	assert_int_equal(fx->disk.bytes[5u * 512u - 1u], RAM_DISK_DISCARDED);
	assert_int_equal(fx->nr_done, 2);
}

static void a_device_without_them_or_with_smaller_ones_does_not_get_them(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 2u; i++) {
		erase(fx, erasing[i]);
		fx->req.nr_sectors = 5u - i;
		assert_refused(fx, TZVMM_E_UNSUPP);
		fx->disk.dev.max_discard = 0;
		fx->disk.dev.max_zeroes = 0;
		fx->req.nr_sectors = 1;
		assert_refused(fx, TZVMM_E_UNSUPP);
	}
}

static void a_discard_and_zeroes_have_sectors_but_no_pieces(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 2u; i++) {
		erase(fx, erasing[i]);
		fx->req.nr_sg = 2;
		assert_refused(fx, TZVMM_E_INVAL);
		fx->req.nr_sg = 0;
		fx->req.nr_sectors = 0;
		assert_refused(fx, TZVMM_E_INVAL);
		fx->req.nr_sectors = 2;
	}
}

static void a_discard_and_zeroes_keep_to_the_device_and_its_policy(void **state)
{
	static const uint64_t sectors[] = { DISK_LEN - 1u, DISK_LEN, UINT64_MAX,
					    UINT64_MAX - 1u };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 8u; i++) {
		erase(fx, erasing[i / 4u]);
		fx->req.sector = sectors[i % 4u];
		assert_refused(fx, TZVMM_E_RANGE);
	}
	fx->disk.dev.read_only = true;
	fx->req.sector = 0;
	for (unsigned i = 0; i < 2u; i++) {
		erase(fx, erasing[i]);
		assert_refused(fx, TZVMM_E_DENIED);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_good_request_reaches_the_device),
		T(a_full_device_says_so),
		T(an_unknown_operation_is_invalid),
		T(sectors_past_the_end_are_out_of_range_without_a_wrap),
		T(the_last_sectors_can_be_read),
		T(a_transfer_of_nothing_is_invalid),
		T(writes_to_a_read_only_device_are_denied),
		T(pieces_that_do_not_add_up_are_invalid),
		T(an_empty_piece_is_invalid),
		T(misaligned_pieces_are_unsupported),
		T(too_many_sectors_or_pieces_are_unsupported),
		T(a_flush_has_no_data),
		T(a_discard_and_zeroes_reach_a_device_that_has_them),
		T(a_device_without_them_or_with_smaller_ones_does_not_get_them),
		T(a_discard_and_zeroes_have_sectors_but_no_pieces),
		T(a_discard_and_zeroes_keep_to_the_device_and_its_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
