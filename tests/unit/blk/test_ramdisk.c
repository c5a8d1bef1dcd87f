// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/ramdisk.h>

#define SECTORS 16u
#define LEN ((size_t)SECTORS * TZVMM_SECTOR_LEN)
#define MAX_REQS 4u

struct fixture {
	struct tzvmm_ramdisk disk;
	uint8_t content[LEN + 1u];
	uint8_t memory[LEN];
	struct tzvmm_sg sg[MAX_REQS][8];
	struct tzvmm_blk_req reqs[MAX_REQS];
	struct tzvmm_blk_req *done[8 * MAX_REQS];
	unsigned nr_done;
	unsigned again; /* times that done() submits what is done */
};

static void done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct fixture *fx = req->owner;

	assert_int_equal(status, TZVMM_OK);
	fx->done[fx->nr_done++] = req;
	if (fx->again != 0u) {
		fx->again--;
		assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, req), TZVMM_OK);
	}
}

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	for (size_t i = 0; i < LEN; i++) {
		fx->content[i] = (uint8_t)(i * 31u + i / TZVMM_SECTOR_LEN);
	}
	assert_int_equal(tzvmm_ramdisk_init(&fx->disk, fx->content, LEN + 1u),
			 TZVMM_OK);
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

/* The i-th request, in one piece at its sector's place of the memory. */
static struct tzvmm_blk_req *prepare(struct fixture *fx, unsigned i,
				     enum tzvmm_blk_op op, uint64_t sector,
				     uint32_t nr)
{
	fx->sg[i][0] = (struct tzvmm_sg){ fx->memory + sector * TZVMM_SECTOR_LEN,
					  nr * TZVMM_SECTOR_LEN };
	fx->reqs[i] = (struct tzvmm_blk_req){ .op = op,
					      .sector = sector,
					      .nr_sectors = nr,
					      .sg = fx->sg[i],
					      .nr_sg = op != TZVMM_BLK_FLUSH,
					      .done = done,
					      .owner = fx };
	return &fx->reqs[i];
}

static struct tzvmm_blk_req *ask(struct fixture *fx, unsigned i,
				 enum tzvmm_blk_op op, uint64_t sector, uint32_t nr)
{
	struct tzvmm_blk_req *req = prepare(fx, i, op, sector, nr);

	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, req), TZVMM_OK);
	return req;
}

static void its_size_is_the_whole_sectors(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(fx->disk.dev.nr_sectors, SECTORS);
	assert_int_equal(tzvmm_ramdisk_init(&fx->disk, fx->content, 511),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_ramdisk_init(&fx->disk, NULL, LEN), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_ramdisk_init(&fx->disk, fx->content, 512), TZVMM_OK);
	assert_int_equal(fx->disk.dev.nr_sectors, 1);
}

static void nothing_happens_before_it_runs(void **state)
{
	struct fixture *fx = *state;

	assert_false(tzvmm_ramdisk_run(&fx->disk, 8));
	(void)ask(fx, 0, TZVMM_BLK_READ, 2, 3);
	(void)ask(fx, 1, TZVMM_BLK_FLUSH, 0, 0);
	assert_int_equal(fx->nr_done, 0);
	assert_int_equal(fx->memory[2 * 512], 0);
	assert_false(tzvmm_ramdisk_run(&fx->disk, 4));
	assert_int_equal(fx->nr_done, 2);
}

static void reads_and_writes_move_just_their_sectors(void **state)
{
	for (uint32_t first = 0; first < SECTORS; first++) {
		for (uint32_t nr = 1; nr <= SECTORS - first; nr++) {
			struct fixture *fx = *state;
			uint8_t model[LEN];

			memset(fx->memory, 0xA5, LEN);
			memset(model, 0xA5, LEN);
			memcpy(model + first * 512u, fx->content + first * 512u,
			       nr * 512u);
			(void)ask(fx, 0, TZVMM_BLK_READ, first, nr);
			assert_false(tzvmm_ramdisk_run(&fx->disk, SECTORS));
			assert_memory_equal(fx->memory, model, LEN);

			memcpy(model, fx->content, LEN);
			for (size_t i = 0; i < LEN; i++) {
				fx->memory[i] = (uint8_t)(i * 7u + nr);
			}
			memcpy(model + first * 512u, fx->memory + first * 512u,
			       nr * 512u);
			(void)ask(fx, 0, TZVMM_BLK_WRITE, first, nr);
			assert_false(tzvmm_ramdisk_run(&fx->disk, SECTORS));
			assert_memory_equal(fx->content, model, LEN);
			assert_int_equal(fx->nr_done, 2);
			fx->nr_done = 0;
		}
	}
}

static void a_run_moves_no_more_than_it_may(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t most = 1; most <= SECTORS + 1u; most++) {
		uint32_t runs = 1;

		(void)ask(fx, 0, TZVMM_BLK_READ, 0, SECTORS - 3u);
		(void)ask(fx, 1, TZVMM_BLK_READ, SECTORS - 3u, 3);
		fx->nr_done = 0;
		memset(fx->memory, 0, LEN);
		while (tzvmm_ramdisk_run(&fx->disk, most)) {
			assert_memory_equal(fx->memory, fx->content,
					    (size_t)runs * most * 512u);
			assert_int_equal(fx->memory[(size_t)runs * most * 512u + 1u],
					 0);
			runs++;
		}
		assert_int_equal(runs, (SECTORS + most - 1u) / most);
		assert_int_equal(fx->nr_done, 2);
		assert_memory_equal(fx->memory, fx->content, LEN);
	}
}

static void a_flush_counts_as_a_sector(void **state)
{
	struct fixture *fx = *state;

	fx->again = 5;
	(void)ask(fx, 0, TZVMM_BLK_FLUSH, 0, 0);
	assert_true(tzvmm_ramdisk_run(&fx->disk, 3));
	assert_int_equal(fx->nr_done, 3);
	assert_false(tzvmm_ramdisk_run(&fx->disk, 4));
	assert_int_equal(fx->nr_done, 6);
}

static void pieces_of_any_length_are_filled_in_order(void **state)
{
	static const uint32_t lens[8] = { 1, 510, 3, 511, 7, 600, 415, 1 };
	struct fixture *fx = *state;

	/* With every number of sectors a run: pieces are cut anywhere. */
	for (uint32_t most = 1; most <= 4u; most++) {
		struct tzvmm_blk_req *req = prepare(fx, 0, TZVMM_BLK_READ, 5, 4);
		uint8_t *at = fx->memory + 1;

		memset(fx->memory, 0, LEN);
		for (unsigned i = 0; i < 8u; i++) {
			fx->sg[0][i] = (struct tzvmm_sg){ at, lens[i] };
			at += lens[i];
		}
		req->nr_sg = 8;
		assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, req), TZVMM_OK);
		while (tzvmm_ramdisk_run(&fx->disk, most)) {
		}
		assert_memory_equal(fx->memory + 1, fx->content + 5 * 512, 2048);
		assert_int_equal(fx->memory[0], 0);
		assert_int_equal(fx->memory[2049], 0);
	}
}

static void requests_complete_in_order_and_may_be_submitted_from_done(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 3u; i++) {
		(void)ask(fx, i, TZVMM_BLK_READ, i, 1);
	}
	fx->again = 2;
	assert_true(tzvmm_ramdisk_run(&fx->disk, 4));
	assert_int_equal(fx->nr_done, 4);
	assert_false(tzvmm_ramdisk_run(&fx->disk, 1));
	for (unsigned i = 0; i < 5u; i++) {
		assert_ptr_equal(fx->done[i], &fx->reqs[i % 3u]);
	}
}

static void a_request_past_the_end_is_refused(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_blk_req *req = ask(fx, 0, TZVMM_BLK_READ, SECTORS - 1u, 1);

	assert_false(tzvmm_ramdisk_run(&fx->disk, 2));
	req->sector++;
	assert_int_equal(tzvmm_blk_submit(&fx->disk.dev, req), TZVMM_E_RANGE);
	assert_false(tzvmm_ramdisk_run(&fx->disk, 2));
	assert_int_equal(fx->nr_done, 1);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(its_size_is_the_whole_sectors),
		T(nothing_happens_before_it_runs),
		T(reads_and_writes_move_just_their_sectors),
		T(a_run_moves_no_more_than_it_may),
		T(a_flush_counts_as_a_sector),
		T(pieces_of_any_length_are_filled_in_order),
		T(requests_complete_in_order_and_may_be_submitted_from_done),
		T(a_request_past_the_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
