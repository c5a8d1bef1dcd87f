// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/partition.h>

#include "ram_disk.h"

#define DISK_LEN 64u
#define START 10u
#define LEN 20u

struct fixture {
	struct ram_disk disk;
	struct tzvmm_partition part;
	_Alignas(16) uint8_t memory[4 * TZVMM_SECTOR_LEN];
	struct tzvmm_sg sg;
	struct tzvmm_blk_req req;
};

static void ignore_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	(void)req;
	(void)status;
}

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	ram_disk_init(&fx->disk, DISK_LEN);
	assert_int_equal(tzvmm_partition_init(&fx->part, &fx->disk.dev, START, LEN,
					      false),
			 TZVMM_OK);
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

static enum tzvmm_status ask(struct fixture *fx, const struct tzvmm_blkdev *dev,
			     enum tzvmm_blk_op op, uint64_t sector, uint32_t nr)
{
	fx->sg = (struct tzvmm_sg){ fx->memory, nr * TZVMM_SECTOR_LEN };
	fx->req = (struct tzvmm_blk_req){ .op = op,
					  .sector = sector,
					  .nr_sectors = nr,
					  .sg = &fx->sg,
					  .nr_sg = tzvmm_blk_has_data(op),
					  .done = ignore_done };
	return tzvmm_blk_submit(dev, &fx->req);
}

static void sectors_count_from_its_start(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_READ, 3, 2), TZVMM_OK);
	(void)ram_disk_complete_all(&fx->disk);
	assert_memory_equal(fx->memory, fx->disk.bytes + (START + 3u) * 512u, 1024);
}

static void no_request_leaves_it(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t nr = 1; nr <= 4u; nr++) {
		for (uint64_t sector = 0; sector < DISK_LEN; sector++) {
			bool inside = sector + nr <= LEN;

			assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_WRITE,
					     sector, nr),
					 inside ? TZVMM_OK : TZVMM_E_RANGE);
			(void)ram_disk_complete_all(&fx->disk);
		}
	}
	/* All of it was overwritten, and nothing else. */
	for (uint32_t i = 0; i < DISK_LEN; i++) {
		bool inside = i >= START && i < START + LEN;

		assert_int_equal(fx->disk.bytes[i * 512u + 1u],
				 inside ? 0 : (uint8_t)((i * 512u + 1u) * 31u + i));
	}
}

static void a_sector_that_wraps_to_the_inside_is_out_of_range(void **state)
{
	struct fixture *fx = *state;
	/* Added to START these are sectors of the disk again. */
	static const uint64_t sectors[] = {
		UINT64_MAX, UINT64_MAX - START, UINT64_MAX - START + 2u,
		0 - 1ull,   1ull << 63,         1ull << 32
	};

	for (unsigned i = 0; i < 6u; i++) {
		assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_READ, sectors[i], 1),
				 TZVMM_E_RANGE);
		assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_READ, sectors[i], 3),
				 TZVMM_E_RANGE);
	}
	assert_int_equal(fx->disk.nr_calls, 0);
}

static void a_refused_request_keeps_its_sector(void **state)
{
	struct fixture *fx = *state;

	fx->disk.depth = 0;
	for (unsigned i = 0; i < 3u; i++) {
		assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_READ, 3, 1),
				 TZVMM_E_FULL);
		assert_int_equal(fx->req.sector, 3);
	}
}

static void a_flush_goes_through(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_FLUSH, 0, 0), TZVMM_OK);
	(void)ram_disk_complete_all(&fx->disk);
	assert_int_equal(fx->disk.nr_flushes, 1);
}

static void read_only_denies_writes_and_cannot_be_undone_on_top(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_partition ro, on_top;

	assert_int_equal(tzvmm_partition_init(&ro, &fx->disk.dev, 0, 8, true),
			 TZVMM_OK);
	assert_int_equal(tzvmm_partition_init(&on_top, &ro.dev, 0, 8, false),
			 TZVMM_OK);
	assert_int_equal(ask(fx, &ro.dev, TZVMM_BLK_WRITE, 0, 1), TZVMM_E_DENIED);
	assert_int_equal(ask(fx, &on_top.dev, TZVMM_BLK_WRITE, 0, 1), TZVMM_E_DENIED);
	assert_int_equal(ask(fx, &on_top.dev, TZVMM_BLK_READ, 0, 1), TZVMM_OK);
	assert_int_equal(fx->disk.nr_taken, 1);
}

static void a_partition_of_a_partition_adds_up(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_partition inner;

	assert_int_equal(tzvmm_partition_init(&inner, &fx->part.dev, 5, 5, false),
			 TZVMM_OK);
	assert_int_equal(ask(fx, &inner.dev, TZVMM_BLK_READ, 4, 1), TZVMM_OK);
	assert_int_equal(fx->disk.queue[0]->sector, START + 5u + 4u);
	assert_int_equal(ask(fx, &inner.dev, TZVMM_BLK_READ, 5, 1), TZVMM_E_RANGE);
}

static void it_takes_over_its_parents_limits(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(fx->part.dev.max_sectors, fx->disk.dev.max_sectors);
	assert_int_equal(fx->part.dev.max_sg, fx->disk.dev.max_sg);
	assert_int_equal(fx->part.dev.sg_align, fx->disk.dev.sg_align);
	assert_int_equal(fx->part.dev.nr_sectors, LEN);
}

static void a_part_that_is_empty_or_outside_is_refused(void **state)
{
	static const struct {
		uint64_t start, len;
	} cases[] = {
		{ 0, 0 },
		{ DISK_LEN, 1 },
		{ DISK_LEN - 1u, 2 },
		{ 0, DISK_LEN + 1u },
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, 2 },
		{ 1, UINT64_MAX },
		{ 2, UINT64_MAX - 1u },
		{ DISK_LEN + 1u, 1 },
	};
	struct fixture *fx = *state;
	struct tzvmm_partition part;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tzvmm_partition_init(&part, &fx->disk.dev,
						      cases[i].start, cases[i].len,
						      false),
				 TZVMM_E_RANGE);
	}
	assert_int_equal(tzvmm_partition_init(&part, &fx->disk.dev, 0, DISK_LEN,
					      false),
			 TZVMM_OK);
	assert_int_equal(tzvmm_partition_init(&part, &fx->disk.dev, DISK_LEN - 1u,
					      1, false),
			 TZVMM_OK);
}

static void a_discard_counts_from_its_start_and_stays_inside(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_DISCARD, 0, 1),
			 TZVMM_E_UNSUPP);
	fx->disk.dev.max_discard = DISK_LEN;
	fx->disk.dev.max_zeroes = DISK_LEN;
	assert_int_equal(tzvmm_partition_init(&fx->part, &fx->disk.dev, START, LEN,
					      false),
			 TZVMM_OK);
	assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_DISCARD, 3, LEN - 2u),
			 TZVMM_E_RANGE);
	assert_int_equal(ask(fx, &fx->part.dev, TZVMM_BLK_ZEROES, 3, LEN - 3u),
			 TZVMM_OK);
	assert_int_equal(fx->disk.queue[0]->sector, START + 3u);
	(void)ram_disk_complete_all(&fx->disk);
	assert_int_equal(fx->disk.bytes[(START + 3u) * 512u], 0);
	assert_int_equal(fx->disk.bytes[(START + LEN) * 512u - 1u], 0);
}

static void it_knows_where_a_block_of_the_medium_starts_in_it(void **state)
{
	static const struct {
		uint64_t start;
		uint8_t exp, parent, first;
	} cases[] = {
		{ 10, 0, 0, 0 },    { 10, 3, 0, 6 }, { 16, 3, 0, 0 },
		{ 10, 3, 2, 0 },    { 10, 3, 1, 7 }, { 1, 7, 0, 127 },
		{ 63, 7, 127, 64 },
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fx->disk.dev.topology = (struct tzvmm_blk_topology){
			.block_exp = cases[i].exp,
			.first_block = cases[i].parent,
			.min_io = 8,
			.opt_io = 128,
		};
		assert_int_equal(tzvmm_partition_init(&fx->part, &fx->disk.dev,
						      cases[i].start, 1, false),
				 TZVMM_OK);
		assert_int_equal(fx->part.dev.topology.first_block, cases[i].first);
		assert_int_equal(fx->part.dev.topology.block_exp, cases[i].exp);
		assert_int_equal(fx->part.dev.topology.min_io, 8);
		assert_int_equal(fx->part.dev.topology.opt_io, 128);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sectors_count_from_its_start),
		T(no_request_leaves_it),
		T(a_sector_that_wraps_to_the_inside_is_out_of_range),
		T(a_refused_request_keeps_its_sector),
		T(a_flush_goes_through),
		T(read_only_denies_writes_and_cannot_be_undone_on_top),
		T(a_partition_of_a_partition_adds_up),
		T(it_takes_over_its_parents_limits),
		T(a_part_that_is_empty_or_outside_is_refused),
		T(a_discard_counts_from_its_start_and_stays_inside),
		T(it_knows_where_a_block_of_the_medium_starts_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
