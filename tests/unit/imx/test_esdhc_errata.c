/* SPDX-License-Identifier: BSD-2-Clause */
/* Each erratum of imx53.md 4.3 and 4.4, with the model that has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/esdhc_regs.h>

#include "sd_bench.h"

static struct sd_request r1, r2;

static int write_8(struct sd_bench *b, uint64_t sector)
{
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, sector, 8, 2);
	sd_request_fill(&r1, (uint8_t)sector);
	return sd_request_do(b, &r1);
}

static int read_8(struct sd_bench *b, uint64_t sector)
{
	sd_request_init(b, &r1, TZVMM_BLK_READ, sector, 8, 2);
	return sd_request_do(b, &r1);
}

/* The last XFERTYP written with this command, and what MIX_CTRL had before. */
static uint32_t last_xfertyp(unsigned index)
{
	const struct model_write *w;
	size_t n = model_writes(&w);

	while (n-- > 0) {
		if (w[n].addr == SD_BENCH_BASE + ESDHC_XFERTYP &&
		    w[n].value >> 24 == index) {
			return w[n].value |
			       (SD_BENCH_KIND == IMX_USDHC ? w[n - 1].value : 0u);
		}
	}
	return 0;
}

static void multiblk_no_int_the_stop_command_carries_the_abort_type(void **state)
{
	struct sd_bench *b =
		sd_bench_started(SDCARD_SDSC_V2); /* which cannot count */

	/* In the model nothing completes after a stop without it. */
	(void)state;
	model_record();
	assert_int_equal(write_8(b, 16), TZVMM_OK);
	assert_int_equal(last_xfertyp(12) & XFERTYP_ABORT, XFERTYP_ABORT);
	assert_false(b->hw.hung);
	assert_int_equal(write_8(b, 24), TZVMM_OK);
}

static void a_write_that_was_counted_ends_by_itself(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	assert_int_equal(write_8(b, 16), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	assert_int_equal(sdcard_model_count(&b->card, 23), 1);
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 3, 1, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_int_equal(read_8(b, 16), TZVMM_OK);
	assert_int_equal(sdcard_model_count(&b->card, 23), 1);
	assert_int_equal(b->host.stats.errors, 0);
}

static void
a_host_is_taken_out_of_a_counted_write_before_the_next_transfer(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	/* In the model no transfer ends else, of whatever kind. */
	(void)state;
	model_record();
	for (uint64_t s = 16; s < 64; s += 16) {
		assert_int_equal(write_8(b, s), TZVMM_OK);
		assert_int_equal(last_xfertyp(12),
				 XFERTYP_ABORT | XFERTYP_CMDINX(12));
		assert_int_equal(read_8(b, s), TZVMM_OK);
		sd_request_init(b, &r1, TZVMM_BLK_WRITE, s, 1, 1);
		assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	}
	assert_int_equal(b->host.stats.errors, 0);
}

static void a_host_that_does_not_end_counted_writes_counts_no_more(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	uint64_t start_ns;

	(void)state;
	b->hw.no_exact_tc = true;
	assert_int_equal(write_8(b, 16), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	assert_int_equal(b->host.stats.errors, 1);
	start_ns = model_now_ns();
	assert_int_equal(write_8(b, 24), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	assert_true(model_now_ns() - start_ns < 1000000u);
	assert_int_equal(sdcard_model_count(&b->card, 23), 1);
	assert_int_equal(b->host.stats.errors, 1);
}

static void a_card_that_keeps_silent_when_it_should_count_is_stopped(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->card.counts = false; /* it said that it does */
	for (uint64_t s = 16; s < 64; s += 8) {
		assert_int_equal(write_8(b, s), TZVMM_OK);
		assert_true(sd_request_matches(b, &r1));
	}
	assert_int_equal(sdcard_model_count(&b->card, 23), 1);
	assert_int_equal(b->host.stats.errors, 1);
}

static void tc_is_not_the_end_of_a_write_whose_data_still_move(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->hw.tc_first = true;
	for (uint64_t s = 16; s < 400; s += 40) {
		assert_int_equal(write_8(b, s), TZVMM_OK);
		assert_true(sd_request_matches(b, &r1));
		assert_false(r1.card_was_busy);
	}
	assert_int_equal(b->host.stats.errors, 0);
}

static void auto_cmd12_is_used_for_reads_and_never_for_writes(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDSC_V2);

	(void)state;
	model_record();
	assert_int_equal(read_8(b, 16), TZVMM_OK);
	assert_int_not_equal(last_xfertyp(18) & XFERTYP_AC12EN, 0);
	assert_int_equal(sdcard_model_count(&b->card, 12), 0);
	assert_int_equal(write_8(b, 16), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	assert_int_equal(last_xfertyp(25) & XFERTYP_AC12EN, 0);
	assert_int_equal(sdcard_model_count(&b->card, 12), 1);
}

static void a_write_ends_with_a_status_that_says_ready_in_transfer_state(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	unsigned before = sdcard_model_count(&b->card, 13);

	(void)state;
	assert_int_equal(write_8(b, 16), TZVMM_OK);
	assert_true(sdcard_model_count(&b->card, 13) > before);
	assert_int_equal(b->card.state, 4);
	/* Behind it is what is for the host alone. */
	assert_int_equal(b->card.log[b->card.nr_log - 1u], 12);
	assert_int_equal(b->card.log[b->card.nr_log - 2u], 13);
}

static void cc_and_tc_are_gathered_in_either_order(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->hw.cc_after_tc = true;
	assert_int_equal(read_8(b, 16), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	assert_int_equal(write_8(b, 32), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	assert_int_equal(b->host.stats.errors, 0);
}

static void a_completion_that_is_never_told_costs_a_retry_and_no_hang(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->hw.lose_cc = true;
	assert_int_equal(read_8(b, 16), TZVMM_E_TIMEOUT);
	b->hw.lose_cc = false;
	assert_int_equal(read_8(b, 16), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
}

static void a_lost_interrupt_is_found_by_the_tick(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 6; n++) {
		struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

		b->hw.lose_irq = n;
		assert_int_equal(write_8(b, 16), TZVMM_OK);
		assert_true(sd_request_matches(b, &r1));
		assert_int_equal(read_8(b, 16), TZVMM_OK);
		assert_int_equal(b->host.stats.errors, 0);
		assert_true(model_now_ns() < 2000000000u);
	}
}

static void engcm03648_an_early_end_of_busy_is_not_the_end_of_a_write(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->hw.early_tc = true;
	b->card.program_ns = 5000000;
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 3, 1, 1);
	sd_request_fill(&r1, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_false(r1.card_was_busy);
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 8, 8, 1);
	sd_request_fill(&r1, 2);
	sd_request_init(b, &r2, TZVMM_BLK_READ, 8, 8, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	assert_int_equal(sd_request_do(b, &r2), TZVMM_OK);
	assert_false(r1.card_was_busy);
	assert_true(sd_request_matches(b, &r1) && sd_request_matches(b, &r2));
}

static void engcm03648_selecting_the_card_waits_for_its_busy_line(void **state)
{
	/* CMD7 leaves the card busy for a while; a command with data before
	 * its end would fail the model. */
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->card.select_ns = 50000000;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	b = sd_bench_new(SDCARD_SDHC);
	b->card.select_ns = UINT64_MAX / 2u;
	assert_int_equal(sd_bench_init(b), TZVMM_E_TIMEOUT);
}

static void a_card_that_is_busy_for_long_leaves_the_guest_most_of_the_time(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	const unsigned wakes = b->nr_wakes;

	(void)state;
	b->hw.early_tc = true;
	b->card.program_ns = 500000000;
	assert_int_equal(write_8(b, 16), TZVMM_OK);
	/* 500 ms in steps of 4 ms, after a start in smaller ones. */
	assert_in_range(b->nr_wakes - wakes, 100, 180);
	assert_int_equal(b->host.stats.errors, 0);
}

static void the_next_command_waits_until_the_hosts_own_stop_is_over(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->hw.slow_ac12 = true;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 8, 8, 1);
	sd_request_init(b, &r2, TZVMM_BLK_READ, 24, 8, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	assert_int_equal(sd_request_do(b, &r2), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1) && sd_request_matches(b, &r2));
	assert_int_equal(b->host.stats.errors, 0);
}

static void the_bus_width_is_set_again_after_a_reset_of_the_data_line(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->card.fault_at = 1;
	b->card.fault = SDCARD_BAD_DATA;
	assert_int_equal(read_8(b, 16), TZVMM_OK);
	assert_int_equal(*model_reg(&b->hw.regs, ESDHC_PROCTL) & 6u, PROCTL_4_BIT);
	assert_int_equal(b->host.stats.errors, 1);
}

static void dma_and_stop_errors_are_seen_at_this_hosts_places(void **state)
{
	static const uint32_t bits[] = { IRQ_DMAE, IRQ_AC12E };

	(void)state;
	assert_int_equal(IRQ_DMAE, 1u << 28);
	assert_int_equal(IRQ_AC12E, 1u << 24);
	for (size_t i = 0; i < 2; i++) {
		struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

		/* It stays for the whole request: no attempt can succeed. */
		sd_request_init(b, &r1, TZVMM_BLK_READ, 16, 8, 1);
		model_stick(SD_BENCH_BASE + ESDHC_IRQSTAT, bits[i], bits[i]);
		assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
		sd_bench_run(b);
		assert_int_not_equal(r1.status, TZVMM_OK);
		assert_int_equal(r1.nr_done, 1);
	}
}

static void a_reset_of_all_starts_the_clocks_again(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	/* RSTA clears the enables; the model refuses commands without them. */
	(void)state;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_int_equal(read_8(b, 16), TZVMM_OK);
}

static void all_errata_at_once_still_move_every_byte(void **state)
{
	static const enum sdcard_kind kinds[] = { SDCARD_SDSC_V2, SDCARD_SDHC };

	(void)state;
	for (unsigned k = 0; k < 2u; k++) {
		struct sd_bench *b = sd_bench_started(kinds[k]);

		b->hw.early_tc = b->hw.cc_after_tc = b->hw.slow_ac12 = true;
		for (uint64_t s = 0; s < 400; s += 40) {
			b->hw.lose_irq = (unsigned)(s / 40u) + 1u;
			assert_int_equal(write_8(b, s), TZVMM_OK);
			assert_true(sd_request_matches(b, &r1));
			assert_int_equal(read_8(b, s), TZVMM_OK);
			assert_true(sd_request_matches(b, &r1));
		}
		dma_model_check();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			multiblk_no_int_the_stop_command_carries_the_abort_type),
		cmocka_unit_test(a_write_that_was_counted_ends_by_itself),
		cmocka_unit_test(
			a_host_is_taken_out_of_a_counted_write_before_the_next_transfer),
		cmocka_unit_test(
			a_host_that_does_not_end_counted_writes_counts_no_more),
		cmocka_unit_test(
			a_card_that_keeps_silent_when_it_should_count_is_stopped),
		cmocka_unit_test(tc_is_not_the_end_of_a_write_whose_data_still_move),
		cmocka_unit_test(auto_cmd12_is_used_for_reads_and_never_for_writes),
		cmocka_unit_test(
			a_write_ends_with_a_status_that_says_ready_in_transfer_state),
		cmocka_unit_test(cc_and_tc_are_gathered_in_either_order),
		cmocka_unit_test(
			a_completion_that_is_never_told_costs_a_retry_and_no_hang),
		cmocka_unit_test(a_lost_interrupt_is_found_by_the_tick),
		cmocka_unit_test(
			engcm03648_an_early_end_of_busy_is_not_the_end_of_a_write),
		cmocka_unit_test(engcm03648_selecting_the_card_waits_for_its_busy_line),
		cmocka_unit_test(
			a_card_that_is_busy_for_long_leaves_the_guest_most_of_the_time),
		cmocka_unit_test(
			the_next_command_waits_until_the_hosts_own_stop_is_over),
		cmocka_unit_test(
			the_bus_width_is_set_again_after_a_reset_of_the_data_line),
		cmocka_unit_test(dma_and_stop_errors_are_seen_at_this_hosts_places),
		cmocka_unit_test(a_reset_of_all_starts_the_clocks_again),
		cmocka_unit_test(all_errata_at_once_still_move_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
