/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to a card, or through a host, that does not behave. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/esdhc_regs.h>

#include "sd_bench.h"

static struct sd_request r1, r2, r3;

/* A write, a read and a flush queued at once. */
static void submit_three(struct sd_bench *b)
{
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 16, 8, 2);
	sd_request_fill(&r1, 1);
	sd_request_init(b, &r2, TZVMM_BLK_READ, 64, 8, 2);
	sd_request_init(b, &r3, TZVMM_BLK_FLUSH, 0, 0, 0);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r2), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r3), TZVMM_OK);
}

static void each_was_answered_once_and_in_order(void)
{
	assert_int_equal(r1.nr_done, 1);
	assert_int_equal(r2.nr_done, 1);
	assert_int_equal(r3.nr_done, 1);
	assert_int_equal(r1.order, 0);
	assert_int_equal(r2.order, 1);
	assert_int_equal(r3.order, 2);
}

static void any_single_fault_of_the_card_is_survived_without_a_wrong_byte(void **state)
{
	(void)state;
	for (int fault = SDCARD_SILENT; fault < 2 * SDCARD_NR_FAULTS; fault++) {
		const bool counts = fault >= SDCARD_NR_FAULTS;

		for (unsigned n = 1;; n++) {
			struct sd_bench *b = sd_bench_started(
				counts ? SDCARD_SDHC : SDCARD_SDSC_V2);

			b->card.fault_at = n;
			b->card.fault = (enum sdcard_fault)(fault % SDCARD_NR_FAULTS);
			submit_three(b);
			sd_bench_run(b);
			each_was_answered_once_and_in_order();
			assert_int_equal(r1.status, TZVMM_OK);
			assert_int_equal(r2.status, TZVMM_OK);
			assert_int_equal(r3.status, TZVMM_OK);
			assert_true(sd_request_matches(b, &r1));
			assert_true(sd_request_matches(b, &r2));
			dma_model_check();
			if (!b->card.fault_hit) {
				break;
			}
			/* With DATA faults on commands without data nothing
			 * happens, so that errors may be 0. */
		}
	}
}

static void a_card_that_keeps_failing_ends_every_request_in_bounded_time(void **state)
{
	(void)state;
	for (int fault = SDCARD_SILENT; fault < SDCARD_NR_FAULTS; fault++) {
		for (unsigned n = 1; n <= 12; n++) {
			struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

			b->card.fault_at = n;
			b->card.fault = (enum sdcard_fault)fault;
			b->card.fault_sticky = true;
			submit_three(b);
			sd_bench_run(b);
			each_was_answered_once_and_in_order();
			assert_true(r2.status != TZVMM_OK ||
				    sd_request_matches(b, &r2));
			dma_model_check();
		}
	}
}

static void any_stuck_bit_of_the_host_ends_every_request_in_bounded_time(void **state)
{
	static const uint32_t regs[] = { ESDHC_PRSSTAT, ESDHC_SYSCTL, ESDHC_IRQSTAT,
					 ESDHC_CMDRSP(0) };

	(void)state;
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			struct sd_bench *b;

			if (regs[i] == ESDHC_IRQSTAT &&
			    (0x117F01FFu >> bit % 32u & 1u) == 0u) {
				continue; /* no such bit */
			}
			b = sd_bench_started(SDCARD_SDHC);
			model_stick(SD_BENCH_BASE + regs[i], 1u << bit % 32u,
				    bit < 32u ? UINT32_MAX : 0u);
			submit_three(b);
			sd_bench_run(b);
			each_was_answered_once_and_in_order();
		}
	}
}

static void errors_are_told_apart_as_timeout_and_io(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	/* Three attempts of which each fails: the read, and no status. */
	(void)state;
	b->card.nr_sectors = 10; /* less than the driver believes */
	sd_request_init(b, &r1, TZVMM_BLK_READ, 100, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_E_IO);
	assert_int_equal(b->host.stats.errors, 3);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 4, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_E_TIMEOUT);
	assert_int_equal(b->host.stats.failures, 2);
	/* And the card is still good. */
	sd_request_init(b, &r1, TZVMM_BLK_READ, 1, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
}

static void an_error_in_any_answer_of_the_card_is_acted_on_at_once(void **state)
{
	(void)state;
	/* CMD25, CMD12, CMD13; CMD23, CMD25, CMD13 */
	for (unsigned n = 0; n < 6; n++) {
		struct sd_bench *b =
			sd_bench_started(n < 3u ? SDCARD_SDSC_V2 : SDCARD_SDHC);
		uint64_t before = model_now_ns();

		b->card.fault_at = n % 3u + 1u;
		b->card.fault = SDCARD_R1_ERROR;
		sd_request_init(b, &r1, TZVMM_BLK_WRITE, 16, 8, 1);
		sd_request_fill(&r1, (uint8_t)n);
		assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
		assert_int_equal(b->host.stats.errors, 1);
		assert_true(model_now_ns() - before < 100000000u);
		assert_true(sd_request_matches(b, &r1));
	}
}

static void a_card_that_is_pulled_fails_the_queue_and_all_that_follow(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	submit_three(b);
	b->card.kind = SDCARD_NONE;
	sd_bench_run(b);
	each_was_answered_once_and_in_order();
	assert_int_equal(r3.status, TZVMM_E_NODEV);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 1, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_E_NODEV);
	assert_true(model_logged("the card is given up"));
}

static void a_card_detect_line_that_is_not_wired_means_nothing(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	*model_reg(&b->hw.regs, ESDHC_IRQSTAT) |= IRQ_CRM | IRQ_CINS;
	imx_esdhc_irq(&b->host);
	sd_bench_run(b);
	assert_int_equal(r1.status, TZVMM_OK);
}

static void a_removal_seen_by_the_host_ends_everything_at_once(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);
	uint64_t before;

	(void)state;
	b->config.card_detect = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	submit_three(b);
	before = model_now_ns();
	esdhc_model_pull_card(&b->hw);
	sd_bench_run(b);
	assert_true(model_now_ns() - before < 1000000u);
	each_was_answered_once_and_in_order();
	assert_int_equal(r1.status, TZVMM_E_NODEV);
	assert_int_equal(r2.status, TZVMM_E_NODEV);
	dma_model_check();
	imx_esdhc_remove(&b->host); /* once more does nothing */
}

static bool in_slot(void *ctx)
{
	return ((const struct sd_bench *)ctx)->card.kind != SDCARD_NONE;
}

static void a_step_that_fails_in_an_empty_slot_is_the_last_one(void **state)
{
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	b->config.present = in_slot;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	b->card.fault_at = 1; /* with a card it is but an error */
	b->card.fault = SDCARD_BAD_DATA;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_int_equal(b->host.stats.errors, 1);
	b->nr_done = 0;
	submit_three(b);
	b->card.kind = SDCARD_NONE;
	sd_bench_run(b);
	each_was_answered_once_and_in_order();
	assert_int_equal(r1.status, TZVMM_E_NODEV);
	assert_int_equal(b->host.stats.errors, 2);
	assert_true(model_logged("card was removed"));
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_NODEV);
}

static void
an_owner_who_submits_again_from_done_cannot_keep_a_dead_card_busy(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 1, 1);
	sd_request_init(b, &r2, TZVMM_BLK_READ, 0, 1, 1);
	r1.then = &r2;
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	imx_esdhc_remove(&b->host);
	assert_int_equal(r1.status, TZVMM_E_NODEV);
	assert_int_equal(r2.nr_done, 0);
	assert_false(b->hw.tc_due); /* the DMA was stopped */
	assert_false(imx_esdhc_busy(&b->host));
	assert_int_equal(*model_reg(&b->hw.regs, ESDHC_IRQSIGEN), 0);
	dma_model_check();
}

static void memory_is_given_back_only_after_the_dma_was_stopped(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	/* The data never come; the deadline ends it. When done() is called, the
	 * host must have forgotten the transfer. */
	(void)state;
	b->card.fault_at = 1;
	b->card.fault = SDCARD_NO_DATA;
	b->card.fault_sticky = true;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_E_TIMEOUT);
	assert_false(b->hw.tc_due);
	dma_model_check();
}

static void a_card_that_ignores_the_stop_command_is_given_up(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDSC_V2);

	(void)state;
	b->card.forgets_stop = true;
	submit_three(b);
	sd_bench_run(b);
	each_was_answered_once_and_in_order();
	assert_int_equal(r1.status, TZVMM_E_NODEV);
}

static void a_card_that_was_reset_under_us_is_given_up(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_FLUSH, 0, 0, 0);
	b->card.state = 3;
	assert_int_equal(sd_request_do(b, &r1), TZVMM_E_NODEV);
	assert_true(model_logged("lost its state"));
}

static void a_card_busy_for_ever_is_given_up_in_bounded_time(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->hw.early_tc = true;
	b->card.program_ns = UINT64_MAX / 2u;
	submit_three(b);
	sd_bench_run(b);
	each_was_answered_once_and_in_order();
	assert_int_equal(r1.status, TZVMM_E_NODEV);
}

static void a_host_that_does_not_reset_is_given_up(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->card.fault_at = 1;
	b->card.fault = SDCARD_SILENT;
	model_stick(SD_BENCH_BASE + ESDHC_SYSCTL, SYSCTL_RSTA | SYSCTL_RSTD,
		    SYSCTL_RSTA | SYSCTL_RSTD);
	submit_three(b);
	sd_bench_run(b);
	each_was_answered_once_and_in_order();
	assert_int_equal(r1.status, TZVMM_E_IO);
	assert_true(model_logged("DMA may still run"));
}

static void a_request_ends_even_if_the_guest_stopped_the_clock(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	unsigned ticks;

	(void)state;
	b->hw.lose_cc = true;
	model_stop_clock(true);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	for (ticks = 0; r1.nr_done == 0u && ticks < 20000u; ticks++) {
		model_pass_ns(10000000);
		if (esdhc_model_irq(&b->hw)) {
			imx_esdhc_irq(&b->host);
		}
		imx_esdhc_tick(&b->host);
	}
	assert_int_equal(r1.status, TZVMM_E_TIMEOUT);
	assert_true(ticks > 1000u && ticks < 5000u);
}

static void interrupts_without_a_reason_change_nothing(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	imx_esdhc_irq(&b->host);
	imx_esdhc_irq(&b->host);
	assert_int_equal(b->host.stats.spurious, 2);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	imx_esdhc_irq(&b->host);
	imx_esdhc_tick(&b->host);
	assert_int_equal(r1.nr_done, 0);
	sd_bench_run(b);
	assert_int_equal(r1.status, TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
}

static void an_interrupt_line_that_is_stuck_high_is_muted(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	for (unsigned n = 0; n < 1000; n++) {
		assert_int_not_equal(*model_reg(&b->hw.regs, ESDHC_IRQSIGEN), 0);
		imx_esdhc_irq(&b->host);
		model_set_access_ns(0);
	}
	assert_int_equal(*model_reg(&b->hw.regs, ESDHC_IRQSIGEN), 0);
	/* The request ends all the same: the tick looks. */
	model_set_access_ns(200);
	sd_bench_run(b);
	assert_int_equal(r1.status, TZVMM_OK);
	assert_int_equal(b->host.stats.errors, 0);
	assert_true(b->host.stats.late > 0u);
}

static void a_broken_card_cannot_flood_the_log(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->card.nr_sectors = 10;
	for (unsigned n = 0; n < 100; n++) {
		sd_request_init(b, &r1, TZVMM_BLK_READ, 100, 1, 1);
		assert_int_equal(sd_request_do(b, &r1), TZVMM_E_IO);
	}
	assert_int_equal(b->host.stats.errors, 300);
	assert_true(model_log_lines() < 30u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			any_single_fault_of_the_card_is_survived_without_a_wrong_byte),
		cmocka_unit_test(
			a_card_that_keeps_failing_ends_every_request_in_bounded_time),
		cmocka_unit_test(
			any_stuck_bit_of_the_host_ends_every_request_in_bounded_time),
		cmocka_unit_test(errors_are_told_apart_as_timeout_and_io),
		cmocka_unit_test(
			an_error_in_any_answer_of_the_card_is_acted_on_at_once),
		cmocka_unit_test(
			a_card_that_is_pulled_fails_the_queue_and_all_that_follow),
		cmocka_unit_test(a_card_detect_line_that_is_not_wired_means_nothing),
		cmocka_unit_test(a_removal_seen_by_the_host_ends_everything_at_once),
		cmocka_unit_test(a_step_that_fails_in_an_empty_slot_is_the_last_one),
		cmocka_unit_test(
			an_owner_who_submits_again_from_done_cannot_keep_a_dead_card_busy),
		cmocka_unit_test(memory_is_given_back_only_after_the_dma_was_stopped),
		cmocka_unit_test(a_card_that_ignores_the_stop_command_is_given_up),
		cmocka_unit_test(a_card_that_was_reset_under_us_is_given_up),
		cmocka_unit_test(a_card_busy_for_ever_is_given_up_in_bounded_time),
		cmocka_unit_test(a_host_that_does_not_reset_is_given_up),
		cmocka_unit_test(a_request_ends_even_if_the_guest_stopped_the_clock),
		cmocka_unit_test(interrupts_without_a_reason_change_nothing),
		cmocka_unit_test(an_interrupt_line_that_is_stuck_high_is_muted),
		cmocka_unit_test(a_broken_card_cannot_flood_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
