/* SPDX-License-Identifier: BSD-2-Clause */
/* What is discarded is erased. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/esdhc_regs.h>

#include "sd_bench.h"

static struct sd_request r1, r2, r3;

static int erase(struct sd_bench *b, enum tzvmm_blk_op op, uint64_t sector,
		 uint32_t nr)
{
	sd_request_init(b, &r1, op, sector, nr, 0);
	return sd_request_do(b, &r1);
}

/* Whether these sectors, and not their neighbours, are full of what is erased. */
static void assert_erased(const struct sd_bench *b, uint32_t sector, uint32_t nr)
{
	for (uint32_t s = sector - 1u; s <= sector + nr; s++) {
		bool all = true;

		for (unsigned i = 0; i < 512u; i++) {
			all = all && b->card.store[s][i] == b->card.erased;
		}
		assert_int_equal(all, s >= sector && s < sector + nr);
	}
}

static void cards_of_each_kind_erase_what_is_discarded_and_nothing_else(void **state)
{
	static const enum sdcard_kind kinds[] = { SDCARD_SDHC, SDCARD_SDSC_V2,
						  SDCARD_SDSC_V1, SDCARD_MMC,
						  SDCARD_EMMC };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sd_bench *b = sd_bench_started(kinds[i]);

		assert_int_equal(b->host.dev.max_discard, 8192);
		assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 100, 1), TZVMM_OK);
		assert_erased(b, 100, 1);
		assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 1000, 1000), TZVMM_OK);
		assert_erased(b, 1000, 1000);
		assert_false(r1.card_was_busy);
		assert_int_equal(b->host.stats.errors, 0);
	}
}

static void a_card_that_cannot_erase_any_sectors_offers_nothing(void **state)
{
	static const enum sdcard_kind kinds[] = { SDCARD_SDHC, SDCARD_EMMC };
	struct sd_bench *b = sd_bench_started(SDCARD_MMC_V3);

	(void)state;
	assert_int_equal(b->host.dev.max_discard, 0);
	for (size_t i = 0; i < 2u; i++) {
		b = sd_bench_new(kinds[i]);
		b->card.no_erase = true;
		assert_int_equal(sd_bench_init(b), TZVMM_OK);
		assert_int_equal(b->host.dev.max_discard, 0);
		assert_int_equal(b->host.dev.max_zeroes, 0);
		sd_request_init(b, &r1, TZVMM_BLK_DISCARD, 0, 8, 0);
		assert_int_equal(sd_request_submit(b, &r1), TZVMM_E_UNSUPP);
	}
}

static void a_card_that_erases_slowly_is_asked_for_less_at_a_time(void **state)
{
	/* 10 units of 256 KiB in 9 s, and one more may be touched. */
	static const uint8_t slow[64] = { [10] = 5 << 4, [12] = 10, [13] = 9 << 2 | 1 };
	static const uint8_t slower[64] = { [10] = 9 << 4, [12] = 1, [13] = 30 << 2 };
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->card.status = slow;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.dev.max_discard, 9u * 512u);
	b = sd_bench_new(SDCARD_SDHC);
	b->card.status = slower;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.dev.max_discard, 0);
}

/* Its first ACMD13; nothing else depends on it. */
static void a_card_that_tells_no_times_is_used_and_erases_nothing(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	size_t at = 0;

	(void)state;
	while (b->card.log[at] != (0x80u | 13u)) {
		at++;
	}
	b = sd_bench_new(SDCARD_SDHC);
	b->card.fault_at = (unsigned)at + 1u;
	b->card.fault = SDCARD_SILENT;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.dev.max_discard, 0);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 63, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
}

static void
zeroes_are_made_by_an_emmc_whose_trim_leaves_them_and_by_no_other(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_EMMC);

	(void)state;
	b->card.erased = 0;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.dev.max_zeroes, 8192);
	assert_int_equal(erase(b, TZVMM_BLK_ZEROES, 50, 9), TZVMM_OK);
	assert_erased(b, 50, 9);
	b = sd_bench_started(SDCARD_EMMC);
	assert_int_equal(b->host.dev.max_zeroes, 0);
	b = sd_bench_new(SDCARD_SDHC);
	b->card.erased = 0;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.dev.max_zeroes, 0);
}

static void an_erase_keeps_its_place_in_the_queue_and_goes_alone(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 200, 8, 1);
	sd_request_fill(&r1, 3);
	sd_request_init(b, &r2, TZVMM_BLK_DISCARD, 208, 8, 0);
	sd_request_init(b, &r3, TZVMM_BLK_WRITE, 208, 8, 1);
	sd_request_fill(&r3, 4);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r2), TZVMM_OK);
	assert_int_equal(sd_request_do(b, &r3), TZVMM_OK);
	assert_int_equal(r1.order + 1u, r2.order);
	assert_int_equal(r2.order + 1u, r3.order);
	assert_true(sd_request_matches(b, &r1) && sd_request_matches(b, &r3));
	sd_request_init(b, &r1, TZVMM_BLK_FLUSH, 0, 0, 0);
	sd_request_init(b, &r2, TZVMM_BLK_DISCARD, 216, 8, 0);
	sd_request_init(b, &r3, TZVMM_BLK_DISCARD, 224, 8, 0);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r2), TZVMM_OK);
	assert_int_equal(sd_request_do(b, &r3), TZVMM_OK);
	assert_erased(b, 216, 16);
	assert_int_equal(sdcard_model_count(&b->card, 38), 3);
	dma_model_check();
}

static void any_single_fault_of_an_erase_is_survived(void **state)
{
	(void)state;
	for (int fault = SDCARD_SILENT; fault < SDCARD_NR_FAULTS; fault++) {
		for (unsigned n = 1; n <= 4u; n++) { /* its commands */
			struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

			b->card.fault_at = n;
			b->card.fault = (enum sdcard_fault)fault;
			assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 64, 8),
					 TZVMM_OK);
			assert_true(b->card.fault_hit);
			assert_erased(b, 64, 8);
			sd_request_init(b, &r1, TZVMM_BLK_READ, 63, 8, 1);
			assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
			assert_true(sd_request_matches(b, &r1));
		}
	}
}

static void an_erase_that_the_card_refuses_fails_and_the_card_goes_on(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->card.nr_sectors = 100; /* less than the driver believes */
	assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 90, 20), TZVMM_E_IO);
	assert_int_equal(b->host.stats.errors, 3);
	/* Skipped, and only the status tells. */
	b->card.write_protected = true;
	assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 10, 2), TZVMM_E_IO);
	b->card.write_protected = false;
	assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 10, 2), TZVMM_OK);
	assert_erased(b, 10, 2);
}

static void a_long_erase_leaves_the_guest_most_of_the_time(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	const uint32_t busy_us = b->host.busy_us;
	unsigned wakes = b->nr_wakes;

	(void)state;
	/* Steps of a quarter of a millisecond at least, and of 4 ms at most. */
	b->card.erase_ns = 2000000;
	assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 10, 2), TZVMM_OK);
	assert_in_range(b->nr_wakes - wakes, 7, 10);
	b->card.erase_ns = 5000000000;
	wakes = b->nr_wakes;
	assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 10, 2), TZVMM_OK);
	assert_in_range(b->nr_wakes - wakes, 1000, 1300);
	assert_int_equal(b->host.stats.errors, 0);
	/* A write's nap does not learn from it. */
	assert_int_equal(b->host.busy_us, busy_us);
}

static void an_erase_without_an_end_ends(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	const uint64_t before_ns = model_now_ns();

	(void)state;
	b->card.erase_ns = UINT64_MAX / 2u;
	assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 10, 2), TZVMM_E_NODEV);
	assert_true(model_now_ns() - before_ns < 20000000000u);
}

/* And three of them, each just before the recovery would give the card up. */
static void an_erase_that_fails_late_ends_in_the_time_that_the_driver_says(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	const uint64_t before_ns = model_now_ns();
	uint64_t took_us;

	(void)state;
	b->card.erase_ns = 11500000000;
	assert_int_equal(erase(b, TZVMM_BLK_DISCARD, 10, 2), TZVMM_E_TIMEOUT);
	took_us = (model_now_ns() - before_ns) / 1000u;
	assert_in_range(took_us, 34500000, b->host.dev.limit_us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			cards_of_each_kind_erase_what_is_discarded_and_nothing_else),
		cmocka_unit_test(a_card_that_cannot_erase_any_sectors_offers_nothing),
		cmocka_unit_test(a_card_that_erases_slowly_is_asked_for_less_at_a_time),
		cmocka_unit_test(a_card_that_tells_no_times_is_used_and_erases_nothing),
		cmocka_unit_test(
			zeroes_are_made_by_an_emmc_whose_trim_leaves_them_and_by_no_other),
		cmocka_unit_test(an_erase_keeps_its_place_in_the_queue_and_goes_alone),
		cmocka_unit_test(any_single_fault_of_an_erase_is_survived),
		cmocka_unit_test(
			an_erase_that_the_card_refuses_fails_and_the_card_goes_on),
		cmocka_unit_test(a_long_erase_leaves_the_guest_most_of_the_time),
		cmocka_unit_test(an_erase_without_an_end_ends),
		cmocka_unit_test(
			an_erase_that_fails_late_ends_in_the_time_that_the_driver_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
