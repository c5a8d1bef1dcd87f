/* SPDX-License-Identifier: BSD-2-Clause */
/* MMC and eMMC. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/esdhc_regs.h>

#include "sd_bench.h"

static const enum sdcard_kind kinds[] = { SDCARD_MMC_V3, SDCARD_MMC, SDCARD_EMMC };
#define NR_KINDS 3u

static struct sd_request r1, r2;

/* A slot with eight lines. */
static struct sd_bench *wide_bench(enum sdcard_kind kind)
{
	struct sd_bench *b = sd_bench_new(kind);

	b->config.eight_bit = true;
	return b;
}

static void data_go_both_ways(struct sd_bench *b)
{
	static const uint32_t shapes[][2] = { { 1, 1 }, { 8, 1 }, { 8, 8 }, { 200, 4 } };

	for (size_t i = 0; i < 4; i++) {
		sd_request_init(b, &r1, TZVMM_BLK_WRITE, 1000 + 200 * i,
				shapes[i][0], shapes[i][1]);
		sd_request_fill(&r1, (uint8_t)(i + 5u));
		assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
		assert_true(sd_request_matches(b, &r1));
		assert_false(r1.card_was_busy);
		sd_request_init(b, &r2, TZVMM_BLK_READ, 900 + 200 * i, shapes[i][0],
				shapes[i][1]);
		assert_int_equal(sd_request_do(b, &r2), TZVMM_OK);
		assert_true(sd_request_matches(b, &r2));
	}
	assert_int_equal(b->host.stats.errors, 0);
	dma_model_check();
}

static void an_emmc_becomes_a_disk_of_eight_bits_at_52_mhz(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->config.root_hz = b->hw.root_hz = 208000000;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.card_hz, 52000000);
	assert_int_equal(b->host.nr_lines, 8);
	assert_int_equal(b->card.nr_lines, 8);
	assert_true(b->host.sector_addressed);
	assert_false(b->host.dev.read_only);
	assert_int_equal(b->host.dev.nr_sectors, 7634944);
	assert_int_equal(sdcard_model_count(&b->card, 16), 0);
	assert_true(model_logged("eMMC, 7634944 sectors, 8 bit, 52000 kHz"));
	assert_int_equal(model_log_lines(), 1);
	data_go_both_ways(b);
}

static void the_clock_is_the_highest_one_below_52_mhz_that_the_root_gives(void **state)
{
	static const uint32_t cases[][2] = { { 200000000, 50000000 },
					     { 166250000, 41562500 },
					     { 52000000, 52000000 },
					     { 24000000, 24000000 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct sd_bench *b = wide_bench(SDCARD_EMMC);

		b->config.root_hz = b->hw.root_hz = cases[i][0];
		assert_int_equal(sd_bench_init(b), TZVMM_OK);
		assert_int_equal(b->host.card_hz, cases[i][1]);
	}
}

static void a_card_that_refuses_even_one_line_is_refused(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->card.refuses_everything = true;
	assert_int_equal(sd_bench_init(b), TZVMM_E_IO);
	assert_int_equal(sdcard_model_count(&b->card, 8), 2);
	assert_true(model_logged("MMC cannot be set up"));
	assert_int_equal(b->host.card_hz, 25000000);
}

static void only_lines_that_are_wired_are_tried(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_EMMC);

	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.nr_lines, 4);
	assert_int_equal(sdcard_model_count(&b->card, 6), 2); /* speed, width */
	data_go_both_ways(b);

	b = sd_bench_new(SDCARD_EMMC);
	b->config.one_bit = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.nr_lines, 1);
	data_go_both_ways(b);

	b->config.eight_bit = true;
	assert_int_equal(sd_bench_init(b), TZVMM_E_INVAL);
}

static void an_sd_card_in_a_slot_of_eight_lines_uses_four(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_SDHC);

	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.nr_lines, 4);
	data_go_both_ways(b);
}

/* Refused, answered with bad checksums, or wrong with good ones. */
static void lines_that_do_not_work_are_given_up_for_fewer(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 3u; how++) {
		for (unsigned from = 8; from >= 4u; from -= 4u) {
			struct sd_bench *b = wide_bench(SDCARD_EMMC);

			if (how == 0u) {
				b->card.refuses_lines = from;
			} else {
				b->card.broken_lines = from;
				b->card.garbles = how == 2u;
			}
			assert_int_equal(sd_bench_init(b), TZVMM_OK);
			assert_int_equal(b->host.nr_lines, from == 8u ? 4 : 1);
			assert_int_equal(b->host.card_hz, 50000000);
			data_go_both_ways(b);
		}
	}
}

static void a_card_none_of_whose_lines_works_at_its_clock_is_refused(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->card.lies_about_hs = true;
	assert_int_equal(sd_bench_init(b), TZVMM_E_IO);
	assert_true(model_logged("MMC cannot be set up"));
	/* One of an SD card's search, two at the low clock, one for each width. */
	assert_int_equal(sdcard_model_count(&b->card, 8), 1 + 2 + 3);
}

static void a_card_without_high_speed_stays_at_the_lower_clock(void **state)
{
	static uint8_t raw[512];
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->card.no_high_speed = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.card_hz, 25000000);          /* of 26 */
	assert_int_equal(sdcard_model_count(&b->card, 6), 1); /* the width */
	assert_int_equal(b->host.nr_lines, 8);
	data_go_both_ways(b);

	b = wide_bench(SDCARD_EMMC);
	b->card.refuses_hs = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.card_hz, 25000000);
	data_go_both_ways(b);

	/* It takes the command, and says afterwards that it did not. */
	b = wide_bench(SDCARD_EMMC);
	sdcard_model_ext_csd(&b->card, raw);
	b->card.ext_csd = raw;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.card_hz, 25000000);
}

static void an_mmc_is_addressed_by_bytes(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_MMC);
	uint64_t last;

	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_false(b->host.sector_addressed);
	assert_int_equal(b->host.dev.nr_sectors, 1984 * 512);
	assert_int_equal(b->host.nr_lines, 8);
	assert_int_equal(sdcard_model_count(&b->card, 16), 1);
	data_go_both_ways(b);
	last = b->host.dev.nr_sectors - 1u;
	sd_request_init(b, &r1, TZVMM_BLK_READ, last, 1, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
}

static void an_mmc_of_version_3_has_one_line_and_20_mhz(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_MMC_V3);

	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.nr_lines, 1);
	assert_int_equal(b->host.card_hz, 20000000);
	assert_int_equal(sdcard_model_count(&b->card, 6), 0);
	assert_true(model_logged("MMC, 1015808 sectors, 1 bit, 20000 kHz"));
	data_go_both_ways(b);
}

static void the_last_sector_of_the_largest_emmc_is_reachable(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->card.nr_sectors = UINT32_MAX;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.dev.nr_sectors, UINT32_MAX);
	sd_request_init(b, &r1, TZVMM_BLK_READ, UINT32_MAX - 8u, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	sd_request_init(b, &r1, TZVMM_BLK_READ, UINT32_MAX, 1, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_E_RANGE);
}

static void a_write_protected_mmc_is_a_read_only_disk(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->card.write_protected = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_true(b->host.dev.read_only);
}

static void cards_that_cannot_be_used_are_refused_with_the_reason(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->card.locked = true;
	assert_int_equal(sd_bench_init(b), TZVMM_E_DENIED);
	assert_true(model_logged("locked by a password"));

	b = wide_bench(SDCARD_EMMC);
	b->card.ocr = 0x40000080; /* 1.8 V only */
	assert_int_equal(sd_bench_init(b), TZVMM_E_UNSUPP);
	assert_true(model_logged("wrong voltage"));

	b = wide_bench(SDCARD_EMMC);
	b->card.ready_after = 5000;
	assert_int_equal(sd_bench_init(b), TZVMM_E_TIMEOUT);
	assert_true(model_logged("MMC does not get ready"));
	assert_true(model_now_ns() > 1000000000u); /* it had its second */

	b = wide_bench(SDCARD_MMC_V3);
	b->card.ocr = 0x40FF8080; /* large, and too old to tell its size */
	assert_int_equal(sd_bench_init(b), TZVMM_E_FORMAT);
	assert_true(model_logged("EXT_CSD makes no sense"));
	assert_null(b->host.dev.ops);
}

static void a_csd_that_makes_no_sense_is_refused(void **state)
{
	static const uint32_t zero[4];
	static const uint32_t future[4] = { 0, 0, 9u << 8, 5u << 18 };
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->card.csd = zero;
	assert_int_equal(sd_bench_init(b), TZVMM_E_FORMAT);
	assert_true(model_logged("CSD makes no sense"));
	b = wide_bench(SDCARD_EMMC);
	b->card.csd = future;
	assert_int_equal(sd_bench_init(b), TZVMM_E_UNSUPP);
}

static void a_malformed_ext_csd_is_refused(void **state)
{
	static const struct {
		uint16_t at;
		uint8_t value;
		enum tzvmm_status st;
	} cases[] = {
		{ 33, 1, TZVMM_E_FORMAT },  { 61, 1, TZVMM_E_UNSUPP },
		{ 179, 2, TZVMM_E_FORMAT }, { 194, 0xFF, TZVMM_E_FORMAT },
		{ 196, 0, TZVMM_E_FORMAT }, { 192, 0, TZVMM_E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sd_bench *b = wide_bench(SDCARD_EMMC);
		static uint8_t raw[512];

		sdcard_model_ext_csd(&b->card, raw);
		raw[cases[i].at] = cases[i].value;
		b->card.ext_csd = raw;
		assert_int_equal(sd_bench_init(b), cases[i].st);
		assert_true(model_logged("EXT_CSD makes no sense"));
		assert_null(b->host.dev.ops);
	}
}

/* No command but those of init was sent; the cache is off and nobody touched it. */
static void the_write_cache_is_left_off(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	/* The model fails the test on a SWITCH of any other byte. */
	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	data_go_both_ways(b);
	assert_int_equal(sdcard_model_count(&b->card, 6), 2);
}

static void an_mmc_that_falls_silent_is_told_from_none(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	/* CMD0 CMD8 CMD55 of the search for an SD card, CMD0, and the second CMD1. */
	(void)state;
	b->card.fault_at = 6;
	b->card.fault = SDCARD_SILENT;
	assert_int_equal(sd_bench_init(b), TZVMM_E_TIMEOUT);
	assert_true(model_logged("MMC fell silent"));
	b = wide_bench(SDCARD_EMMC);
	b->card.fault_at = 5;
	b->card.fault = SDCARD_SILENT;
	assert_int_equal(sd_bench_init(b), TZVMM_E_NODEV);
	assert_true(model_logged("no card answers"));
}

/* As some do; what tells it from an SD card is that ACMD41 has no answer. */
static void an_emmc_that_answers_cmd55_is_not_taken_for_an_sd_card(void **state)
{
	struct sd_bench *b = wide_bench(SDCARD_EMMC);

	(void)state;
	b->card.answers_cmd55 = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_true(model_logged("eMMC"));
	data_go_both_ways(b);
}

static void any_single_failing_command_ends_init_in_bounded_time(void **state)
{
	(void)state;
	for (size_t k = 0; k < NR_KINDS; k++) {
		for (int fault = SDCARD_SILENT; fault < SDCARD_NR_FAULTS; fault++) {
			for (unsigned n = 1;; n++) {
				struct sd_bench *b = wide_bench(kinds[k]);
				enum tzvmm_status st;

				b->card.fault_at = n;
				b->card.fault = (enum sdcard_fault)fault;
				st = sd_bench_init(b);
				assert_true(model_now_ns() < 5000000000u);
				assert_true(st == TZVMM_OK || b->card.fault_hit);
				if (!b->card.fault_hit) {
					break;
				}
				if (st == TZVMM_OK) {
					data_go_both_ways(b);
				}
			}
		}
	}
}

static void any_single_fault_at_work_is_survived_without_a_wrong_byte(void **state)
{
	(void)state;
	for (size_t k = 0; k < NR_KINDS; k++) {
		for (int fault = SDCARD_SILENT; fault < SDCARD_NR_FAULTS; fault++) {
			for (unsigned n = 1; n < 12u; n++) {
				struct sd_bench *b = wide_bench(kinds[k]);

				assert_int_equal(sd_bench_init(b), TZVMM_OK);
				b->card.fault_at = n;
				b->card.fault = (enum sdcard_fault)fault;
				sd_request_init(b, &r1, TZVMM_BLK_WRITE, 16, 8, 2);
				sd_request_fill(&r1, 1);
				assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
				assert_true(sd_request_matches(b, &r1));
			}
		}
	}
}

static void any_stuck_bit_of_the_host_ends_init_in_bounded_time(void **state)
{
	static const uint32_t regs[] = { ESDHC_PRSSTAT, ESDHC_SYSCTL, ESDHC_IRQSTAT,
					 ESDHC_CMDRSP(0), ESDHC_CMDRSP(3) };

	(void)state;
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			struct sd_bench *b = wide_bench(SDCARD_EMMC);

			model_set_access_ns(2000);
			model_stick(SD_BENCH_BASE + regs[i], 1u << bit % 32u,
				    bit < 32u ? UINT32_MAX : 0u);
			(void)sd_bench_init(b);
			assert_true(model_now_ns() < 20000000000u);
		}
	}
}

static uint32_t random_word(void)
{
	static uint32_t seed = 0x1D872B41;

	seed = seed * 1664525u + 1013904223u;
	return seed ^ seed >> 15;
}

/* Fields that let a card go on are right more often than chance would have it. */
static void random_registers(const struct sd_bench *b, uint32_t csd[4],
			     uint8_t raw[512])
{
	for (unsigned i = 0; i < 4; i++) {
		csd[i] = random_word();
	}
	if ((random_word() & 3u) != 0u) {
		csd[3] = (csd[3] & ~(15u << 18)) | (random_word() % 5u) << 18;
		csd[2] = (csd[2] & ~(15u << 8)) | (9u + random_word() % 3u) << 8;
	}
	sdcard_model_ext_csd(&b->card, raw);
	for (unsigned i = random_word() % 200u; i != 0u; i--) {
		raw[random_word() % 512u] = (uint8_t)random_word();
	}
}

static void no_registers_whatever_give_a_disk_beyond_32_bits_of_address(void **state)
{
	unsigned disks = 0;

	(void)state;
	for (unsigned n = 0; n < 1500; n++) {
		struct sd_bench *b = wide_bench(kinds[n % NR_KINDS]);
		static uint8_t raw[512];
		uint32_t csd[4];
		enum tzvmm_status st;

		random_registers(b, csd, raw);
		b->card.csd = n % 5u == 0u ? NULL : csd;
		b->card.ext_csd = n % 7u == 0u ? NULL : raw;
		st = sd_bench_init(b);
		assert_true(model_now_ns() < 5000000000u);
		if (st != TZVMM_OK) {
			assert_null(b->host.dev.ops);
			continue;
		}
		disks++;
		assert_true(b->host.dev.nr_sectors > 0u);
		assert_true(b->host.dev.nr_sectors <=
			    (b->host.sector_addressed ? UINT32_MAX : 1u << 23));
		assert_true(b->host.card_hz <= 52000000u);
		dma_model_check();
	}
	assert_true(disks > 100u && disks < 1400u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_emmc_becomes_a_disk_of_eight_bits_at_52_mhz),
		cmocka_unit_test(
			the_clock_is_the_highest_one_below_52_mhz_that_the_root_gives),
		cmocka_unit_test(a_card_that_refuses_even_one_line_is_refused),
		cmocka_unit_test(only_lines_that_are_wired_are_tried),
		cmocka_unit_test(an_sd_card_in_a_slot_of_eight_lines_uses_four),
		cmocka_unit_test(lines_that_do_not_work_are_given_up_for_fewer),
		cmocka_unit_test(
			a_card_none_of_whose_lines_works_at_its_clock_is_refused),
		cmocka_unit_test(a_card_without_high_speed_stays_at_the_lower_clock),
		cmocka_unit_test(an_mmc_is_addressed_by_bytes),
		cmocka_unit_test(an_mmc_of_version_3_has_one_line_and_20_mhz),
		cmocka_unit_test(the_last_sector_of_the_largest_emmc_is_reachable),
		cmocka_unit_test(a_write_protected_mmc_is_a_read_only_disk),
		cmocka_unit_test(cards_that_cannot_be_used_are_refused_with_the_reason),
		cmocka_unit_test(a_csd_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_malformed_ext_csd_is_refused),
		cmocka_unit_test(the_write_cache_is_left_off),
		cmocka_unit_test(an_mmc_that_falls_silent_is_told_from_none),
		cmocka_unit_test(
			an_emmc_that_answers_cmd55_is_not_taken_for_an_sd_card),
		cmocka_unit_test(any_single_failing_command_ends_init_in_bounded_time),
		cmocka_unit_test(
			any_single_fault_at_work_is_survived_without_a_wrong_byte),
		cmocka_unit_test(any_stuck_bit_of_the_host_ends_init_in_bounded_time),
		cmocka_unit_test(
			no_registers_whatever_give_a_disk_beyond_32_bits_of_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
