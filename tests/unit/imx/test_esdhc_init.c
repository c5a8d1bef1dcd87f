/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a card. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/esdhc_regs.h>

#include "sd_bench.h"

static void an_sdhc_card_becomes_a_disk_of_four_bits_at_50_mhz(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_true(b->host.sector_addressed);
	assert_int_equal(b->host.nr_lines, 4);
	assert_int_equal(b->host.card_hz, 50000000);
	assert_int_equal(b->host.dev.nr_sectors, 31116288);
	assert_int_equal(b->host.dev.sg_align, 4);
	assert_false(b->host.dev.read_only);
	assert_false(imx_esdhc_busy(&b->host));
	assert_int_equal(sdcard_model_count(&b->card, 16), 0);
	assert_true(model_logged("SDHC/SDXC, 31116288 sectors, 4 bit, 50000 kHz"));
	assert_int_equal(model_log_lines(), 1);
	dma_model_check();
}

static void an_sdxc_card_is_reachable_to_its_last_sector(void **state)
{
	/* The smallest, a common one, and the largest: 2 TiB, whose last sector is
	 * the highest that 32 bits of argument name. */
	static const uint64_t sizes[] = { (UINT64_C(32) << 21) + 1024u,
					  UINT64_C(128) << 21, UINT64_C(1) << 32 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sd_bench *b = sd_bench_new(SDCARD_SDHC);
		static struct sd_request r;

		b->card.nr_sectors = sizes[i];
		assert_int_equal(sd_bench_init(b), TZVMM_OK);
		assert_true(b->host.sector_addressed);
		assert_int_equal(b->host.dev.nr_sectors, sizes[i]);
		sd_request_init(b, &r, TZVMM_BLK_WRITE, sizes[i] - 8u, 8, 1);
		sd_request_fill(&r, (uint8_t)i);
		assert_int_equal(sd_request_do(b, &r), TZVMM_OK);
		assert_true(sd_request_matches(b, &r));
		sd_request_init(b, &r, TZVMM_BLK_READ, sizes[i] - 1u, 1, 1);
		assert_int_equal(sd_request_do(b, &r), TZVMM_OK);
		assert_true(sd_request_matches(b, &r));
		sd_request_init(b, &r, TZVMM_BLK_READ, sizes[i] - 1u, 2, 1);
		assert_int_equal(sd_request_do(b, &r), TZVMM_E_RANGE);
		sd_request_init(b, &r, TZVMM_BLK_READ, sizes[i], 1, 1);
		assert_int_equal(sd_request_do(b, &r), TZVMM_E_RANGE);
	}
}

static void an_sduc_card_is_refused(void **state)
{
	/* Version 3 of the structure, 4 TiB: 28 bits of C_SIZE. */
	static const uint32_t v3[4] = { 0, 0x7FFFFF00, 0x5B5u << 12 | 9u << 8,
					2u << 22 };
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->card.csd = v3;
	assert_int_equal(sd_bench_init(b), TZVMM_E_UNSUPP);
	assert_true(model_logged("CSD makes no sense"));
	assert_null(b->host.dev.ops);
}

static void sdsc_cards_of_both_versions_become_disks_addressed_by_bytes(void **state)
{
	static const enum sdcard_kind kinds[] = { SDCARD_SDSC_V1, SDCARD_SDSC_V2 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sd_bench *b = sd_bench_new(kinds[i]);

		assert_int_equal(sd_bench_init(b), TZVMM_OK);
		assert_false(b->host.sector_addressed);
		assert_int_equal(b->host.dev.nr_sectors, 1984 * 512);
		assert_int_equal(sdcard_model_count(&b->card, 16), 1);
		assert_true(model_logged("SDSC"));
	}
}

static void nothing_faster_than_400_khz_before_the_card_has_an_address(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	/* The model fails the test on a faster command; and it must not be slow
	 * for ever either. */
	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->hw.max_hz, 390625);
	assert_int_equal(sdcard_model_count(&b->card, 0), 1);
}

static void an_old_or_plain_card_stays_at_25_mhz(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->card.no_switch = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.card_hz, 25000000);
	assert_int_equal(sdcard_model_count(&b->card, 6), 0);

	b = sd_bench_new(SDCARD_SDHC);
	b->card.no_high_speed = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.card_hz, 25000000);

	b = sd_bench_new(SDCARD_SDHC);
	b->card.refuses_hs = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.card_hz, 25000000);
}

static void one_line_is_used_when_card_or_board_have_no_more(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->card.one_bit = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.nr_lines, 1);

	b = sd_bench_new(SDCARD_SDHC);
	b->config.one_bit = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->card.nr_lines, 1);
}

static void a_write_protected_card_is_a_read_only_disk(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);
	struct sd_request w;

	(void)state;
	b->card.write_protected = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_true(b->host.dev.read_only);
	sd_request_init(b, &w, TZVMM_BLK_WRITE, 0, 1, 1);
	assert_int_equal(sd_request_do(b, &w), TZVMM_E_DENIED);
}

static void cards_that_cannot_be_used_are_refused_with_the_reason(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_NONE);

	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_E_NODEV);
	assert_true(model_logged("no card answers"));

	b = sd_bench_new(SDCARD_SDHC);
	b->card.locked = true;
	assert_int_equal(sd_bench_init(b), TZVMM_E_DENIED);
	assert_true(model_logged("locked by a password"));

	b = sd_bench_new(SDCARD_SDHC);
	b->card.echo = 0x2AA;
	assert_int_equal(sd_bench_init(b), TZVMM_E_UNSUPP);
	assert_true(model_logged("wrong voltage"));

	b = sd_bench_new(SDCARD_SDHC);
	b->card.ready_after = 5000;
	assert_int_equal(sd_bench_init(b), TZVMM_E_TIMEOUT);
	assert_true(model_logged("does not get ready"));
	assert_true(model_now_ns() > 1000000000u); /* it had its second */
}

static void a_refused_card_takes_no_requests(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_NONE);

	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_E_NODEV);
	assert_null(b->host.dev.ops);
	imx_esdhc_tick(&b->host);
	imx_esdhc_irq(&b->host);
	assert_int_equal(b->host.stats.spurious, 1);
}

static void address_zero_is_asked_for_again_and_then_refused(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->card.zero_rcas = 2;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(sdcard_model_count(&b->card, 3), 3);

	b = sd_bench_new(SDCARD_SDHC);
	b->card.zero_rcas = 100;
	assert_int_equal(sd_bench_init(b), TZVMM_E_FORMAT);
}

static void a_card_whose_csd_and_ocr_disagree_is_refused(void **state)
{
	/* Version 1 size fields from a card that said it is SDHC. */
	static const uint32_t v1[4] = { 0, 0x00038000, 0x5B5u << 12 | 9u << 8, 0 };
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->card.csd = v1;
	assert_int_equal(sd_bench_init(b), TZVMM_E_FORMAT);
	assert_true(model_logged("CSD makes no sense"));
}

static void an_unknown_scr_is_refused(void **state)
{
	static const uint8_t scr[8] = { 0x10 };
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->card.scr = scr;
	assert_int_equal(sd_bench_init(b), TZVMM_E_FORMAT);
}

static void init_tells_timeouts_from_other_errors(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	/* The 9th command is CMD55 of a card that was answering before. */
	(void)state;
	b->card.fault_at = 9;
	b->card.fault = SDCARD_SILENT;
	assert_int_equal(sd_bench_init(b), TZVMM_E_TIMEOUT);
	assert_true(model_logged("card fell silent"));
	b = sd_bench_new(SDCARD_SDHC);
	b->card.fault_at = 9;
	b->card.fault = SDCARD_BAD_CRC;
	assert_int_equal(sd_bench_init(b), TZVMM_E_IO);
}

static void a_host_whose_clock_never_settles_is_not_used(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	model_stick(SD_BENCH_BASE + ESDHC_PRSSTAT, PRSSTAT_SDSTB, 0);
	b->hw.reset_ns = 100;
	/* The model would fail a command. */
	b->hw.had_init_clocks = false;
	assert_int_equal(sd_bench_init(b), TZVMM_E_TIMEOUT);
	assert_int_equal(b->card.nr_log, 0);
	assert_true(model_logged("the host does not start"));
}

static void no_interrupt_is_let_out_while_init_polls(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	*model_reg(&b->hw.regs, ESDHC_IRQSIGEN) = 0x117F01FF;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(*model_reg(&b->hw.regs, ESDHC_IRQSIGEN), 0);
}

static void any_single_failing_command_ends_init_in_bounded_time(void **state)
{
	(void)state;
	for (int fault = SDCARD_SILENT; fault < SDCARD_NR_FAULTS; fault++) {
		for (unsigned n = 1;; n++) {
			struct sd_bench *b = sd_bench_new(SDCARD_SDHC);
			enum tzvmm_status st;

			b->card.fault_at = n;
			b->card.fault = (enum sdcard_fault)fault;
			st = sd_bench_init(b);
			assert_true(model_now_ns() < 5000000000u);
			if (!b->card.fault_hit) {
				assert_int_equal(st, TZVMM_OK);
				break;
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
			struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

			model_set_access_ns(2000);
			model_stick(SD_BENCH_BASE + regs[i], 1u << bit % 32u,
				    bit < 32u ? UINT32_MAX : 0u);
			(void)sd_bench_init(b);
			assert_true(model_now_ns() < 20000000000u);
		}
	}
}

static void init_ends_even_if_the_guest_stopped_the_clock(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	model_stop_clock(true);
	model_stick(SD_BENCH_BASE + ESDHC_PRSSTAT, PRSSTAT_SDSTB, 0);
	model_set_budget(1000000);
	assert_int_equal(sd_bench_init(b), TZVMM_E_TIMEOUT);

	b = sd_bench_new(SDCARD_SDHC);
	model_stop_clock(true);
	(void)sd_bench_init(b);
}

static void an_unusable_configuration_touches_no_register(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);
	struct imx_esdhc_config good = b->config;

	(void)state;
	b->config.nr_desc = 24;
	assert_int_equal(sd_bench_init(b), TZVMM_E_INVAL);
	b->config.nr_desc = 33;
	assert_int_equal(sd_bench_init(b), TZVMM_E_INVAL);
	b->config = good;
	b->config.wake = NULL;
	assert_int_equal(sd_bench_init(b), TZVMM_E_INVAL);
	b->config = good;
	b->config.table = good.table + 1;
	assert_int_equal(sd_bench_init(b), TZVMM_E_INVAL);
	b->config = good;
	b->config.root_hz = 32768;
	assert_int_equal(sd_bench_init(b), TZVMM_E_INVAL);
	assert_int_equal(model_take_writes() + model_take_reads(), 0);
	b->config = good;
	b->config.nr_desc = IMX_ESDHC_MIN_DESC;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(b->host.dev.max_sg, 32);
}

static void dividers_round_down_from_the_real_root(void **state)
{
	static const struct {
		uint32_t root, max;
		enum imx_esdhc_kind kind;
		uint32_t hz; /* 0: anything not above max */
	} cases[] = {
		{ 200000000, 400000, IMX_ESDHC_V2, 390625 },
		{ 200000000, 25000000, IMX_ESDHC_V2, 25000000 },
		{ 200000000, 50000000, IMX_ESDHC_V2, 50000000 },
		{ 166250000, 50000000, IMX_ESDHC_V2, 41562500 },
		{ 66500000, 400000, IMX_ESDHC_V2, 0 },
		{ 80000000, 400000, IMX_ESDHC_V2, 384615 },
		{ 24000000, 25000000, IMX_ESDHC_V2, 24000000 },
		{ 24000000, 25000000, IMX_ESDHC_V3, 12000000 },
		{ 198000000, 50000000, IMX_USDHC, 49500000 },
		{ 24000000, 25000000, IMX_USDHC, 24000000 },
		{ 2000000000, 400000, IMX_ESDHC_V2, 488281 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t hz;
		uint32_t bits = imx_esdhc_divider(cases[i].root, cases[i].max,
						  cases[i].kind, &hz);
		uint32_t fs = bits >> 8 & 0xFFu;
		uint32_t real = cases[i].root / (fs == 0u ? 1u : 2u * fs) /
				((bits >> 4 & 15u) + 1u);

		assert_int_equal(hz, real);
		assert_true(fs != 0u || cases[i].kind != IMX_ESDHC_V3);
		assert_int_equal(fs & (fs - 1u), 0);
		assert_true(hz <= cases[i].max || i == 10u);
		if (cases[i].hz != 0u) {
			assert_int_equal(hz, cases[i].hz);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_sdhc_card_becomes_a_disk_of_four_bits_at_50_mhz),
		cmocka_unit_test(an_sdxc_card_is_reachable_to_its_last_sector),
		cmocka_unit_test(an_sduc_card_is_refused),
		cmocka_unit_test(
			sdsc_cards_of_both_versions_become_disks_addressed_by_bytes),
		cmocka_unit_test(
			nothing_faster_than_400_khz_before_the_card_has_an_address),
		cmocka_unit_test(an_old_or_plain_card_stays_at_25_mhz),
		cmocka_unit_test(one_line_is_used_when_card_or_board_have_no_more),
		cmocka_unit_test(a_write_protected_card_is_a_read_only_disk),
		cmocka_unit_test(cards_that_cannot_be_used_are_refused_with_the_reason),
		cmocka_unit_test(a_refused_card_takes_no_requests),
		cmocka_unit_test(address_zero_is_asked_for_again_and_then_refused),
		cmocka_unit_test(a_card_whose_csd_and_ocr_disagree_is_refused),
		cmocka_unit_test(an_unknown_scr_is_refused),
		cmocka_unit_test(init_tells_timeouts_from_other_errors),
		cmocka_unit_test(a_host_whose_clock_never_settles_is_not_used),
		cmocka_unit_test(no_interrupt_is_let_out_while_init_polls),
		cmocka_unit_test(any_single_failing_command_ends_init_in_bounded_time),
		cmocka_unit_test(any_stuck_bit_of_the_host_ends_init_in_bounded_time),
		cmocka_unit_test(init_ends_even_if_the_guest_stopped_the_clock),
		cmocka_unit_test(an_unusable_configuration_touches_no_register),
		cmocka_unit_test(dividers_round_down_from_the_real_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
