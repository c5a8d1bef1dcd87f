/* SPDX-License-Identifier: BSD-2-Clause */
/* A card that is pulled, and what is put in afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/esdhc_regs.h>

#include "sd_bench.h"

static struct sd_request r1, r2;

static const enum sdcard_kind kinds[] = { SDCARD_SDHC,    SDCARD_SDSC_V2,
					  SDCARD_SDSC_V1, SDCARD_MMC_V3,
					  SDCARD_MMC,     SDCARD_EMMC };

/* A card in a slot that sees it, and then not any more. */
static struct sd_bench *pulled_bench(enum sdcard_kind kind)
{
	struct sd_bench *b = sd_bench_new(kind);

	b->config.card_detect = true;
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	esdhc_model_pull_card(&b->hw);
	sd_bench_run(b);
	assert_int_equal(r1.status, TZVMM_E_NODEV);
	return b;
}

static void requests_are_refused(struct sd_bench *b)
{
	for (int op = TZVMM_BLK_READ; op <= TZVMM_BLK_FLUSH; op++) {
		uint32_t n = op == TZVMM_BLK_FLUSH ? 0u : 1u;

		sd_request_init(b, &r1, (enum tzvmm_blk_op)op, 0, n, n);
		assert_int_equal(sd_request_submit(b, &r1), TZVMM_E_NODEV);
		assert_int_equal(r1.nr_done, 0);
	}
	assert_false(imx_esdhc_busy(&b->host));
}

static void data_go_both_ways(struct sd_bench *b)
{
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 40, 8, 2);
	sd_request_fill(&r1, 3);
	sd_request_init(b, &r2, TZVMM_BLK_READ, 36, 16, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_int_equal(sd_request_do(b, &r2), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1) && sd_request_matches(b, &r2));
	dma_model_check();
}

static void the_same_card_goes_on_as_the_same_disk(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct sd_bench *b = pulled_bench(kinds[k]);
		const struct tzvmm_blkdev dev = b->host.dev;
		const unsigned nr_lines = b->host.nr_lines;
		const uint32_t card_hz = b->host.card_hz;

		requests_are_refused(b);
		esdhc_model_insert_card(&b->hw, kinds[k]);
		requests_are_refused(b);
		assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_OK);
		assert_true(model_logged("the card is back"));
		assert_memory_equal(&b->host.dev, &dev, sizeof(dev));
		assert_int_equal(b->host.nr_lines, nr_lines);
		assert_int_equal(b->host.card_hz, card_hz);
		data_go_both_ways(b);
	}
}

static void a_card_may_come_and_go_many_times(void **state)
{
	struct sd_bench *b = pulled_bench(SDCARD_SDHC);

	(void)state;
	for (unsigned n = 0; n < 20u; n++) {
		esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
		assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_OK);
		data_go_both_ways(b);
		sd_request_init(b, &r1, TZVMM_BLK_WRITE, 0, 8, 1);
		sd_request_init(b, &r2, TZVMM_BLK_WRITE, 100 * n, 8, 1);
		assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
		assert_int_equal(sd_request_submit(b, &r2), TZVMM_OK);
		esdhc_model_pull_card(&b->hw);
		sd_bench_run(b);
		assert_int_equal(r1.status, TZVMM_E_NODEV);
		assert_int_equal(r2.status, TZVMM_E_NODEV);
		dma_model_check();
	}
}

/* Each bit of the CID that a host gets to see. */
static void a_card_with_another_cid_stays_refused(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 120u; bit++) {
		struct sd_bench *b = pulled_bench(SDCARD_SDHC);

		b->card.cid[bit / 32u] ^= 1u << bit % 32u;
		esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
		assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_NODEV);
		assert_true(model_logged("this is another card"));
		requests_are_refused(b);
		esdhc_model_pull_card(&b->hw);

		/* The first one is still welcome. */
		b->card.cid[bit / 32u] ^= 1u << bit % 32u;
		esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
		assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_OK);
		data_go_both_ways(b);
	}
}

static void
a_card_with_the_name_of_the_first_one_but_not_its_nature_is_refused(void **state)
{
	struct sd_bench *b = pulled_bench(SDCARD_SDHC);
	const uint64_t nr_sectors = b->host.dev.nr_sectors;

	(void)state;
	b->card.nr_sectors += 1024;
	esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_NODEV);
	assert_int_equal(b->host.dev.nr_sectors, nr_sectors);
	requests_are_refused(b);

	b = pulled_bench(SDCARD_SDHC);
	b->card.write_protected = true;
	esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_NODEV);

	/* Of the same size, and addressed by bytes. */
	b = pulled_bench(SDCARD_SDSC_V2);
	b->card.nr_sectors = b->host.dev.nr_sectors;
	esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_NODEV);
	requests_are_refused(b);
}

static void an_empty_slot_that_tells_so_costs_one_look_and_no_word(void **state)
{
	struct sd_bench *b = pulled_bench(SDCARD_SDHC);
	unsigned lines = model_log_lines();

	(void)state;
	(void)model_take_reads();
	(void)model_take_writes();
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_NODEV);
	assert_int_equal(model_take_reads(), 1);
	assert_int_equal(model_take_writes(), 0);
	assert_int_equal(model_log_lines(), lines);
}

static void a_board_that_sees_cards_by_other_means_may_ask_as_well(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	esdhc_model_pull_card(&b->hw);
	imx_esdhc_remove(&b->host);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_NODEV);
	assert_true(model_logged("no card answers"));
	requests_are_refused(b);
	esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_OK);
	data_go_both_ways(b);
}

static void a_card_that_is_there_is_left_alone(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	size_t nr_log = b->card.nr_log;

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_BUSY);
	assert_int_equal(b->card.nr_log, nr_log);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_BUSY);
	sd_bench_run(b);
	assert_int_equal(r1.status, TZVMM_OK);

	b = sd_bench_new(SDCARD_NONE);
	assert_int_equal(sd_bench_init(b), TZVMM_E_NODEV);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_E_INVAL);
}

static void a_card_that_was_given_up_can_be_had_back(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_FLUSH, 0, 0, 0);
	b->card.state = 3; /* somebody has reset it */
	assert_int_equal(sd_request_do(b, &r1), TZVMM_E_NODEV);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_OK);
	data_go_both_ways(b);
}

static void requests_that_failed_in_a_batch_do_not_hold_up_those_after(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	static struct sd_request reqs[8];
	unsigned commands;

	/* Pulled while a batch is split because one of it fails. */
	(void)state;
	b->card.bad_sector = 120;
	for (unsigned i = 0; i < 8u; i++) {
		sd_request_init(b, &reqs[i], TZVMM_BLK_READ, 100u + 8u * i, 8, 1);
		assert_int_equal(sd_request_submit(b, &reqs[i]), TZVMM_OK);
	}
	while (reqs[1].nr_done == 0u) {
		if (esdhc_model_irq(&b->hw)) {
			imx_esdhc_irq(&b->host);
		} else {
			model_pass_ns(100000);
			imx_esdhc_tick(&b->host);
		}
	}
	esdhc_model_pull_card(&b->hw);
	imx_esdhc_remove(&b->host);
	b->card.bad_sector = 0;
	esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_OK);
	commands = b->host.stats.commands;
	for (unsigned i = 0; i < 8u; i++) {
		assert_int_equal(reqs[i].nr_done, 1);
		sd_request_init(b, &reqs[i], TZVMM_BLK_READ, 100u + 8u * i, 8, 1);
		assert_int_equal(sd_request_submit(b, &reqs[i]), TZVMM_OK);
	}
	sd_bench_run(b);
	for (unsigned i = 0; i < 8u; i++) {
		assert_int_equal(reqs[i].status, TZVMM_OK);
		assert_true(sd_request_matches(b, &reqs[i]));
	}
	assert_int_equal(b->host.stats.commands - commands,
			 2); /* the first, the rest */
}

static void no_interrupt_is_let_out_until_there_is_a_request(void **state)
{
	struct sd_bench *b = pulled_bench(SDCARD_SDHC);

	(void)state;
	esdhc_model_insert_card(&b->hw, SDCARD_SDHC);
	*model_reg(&b->hw.regs, ESDHC_IRQSIGEN) = 0x117F01FF;
	assert_int_equal(imx_esdhc_reinsert(&b->host), TZVMM_OK);
	assert_int_equal(*model_reg(&b->hw.regs, ESDHC_IRQSIGEN), 0);
	assert_false(imx_esdhc_busy(&b->host));
	imx_esdhc_tick(&b->host);
	imx_esdhc_irq(&b->host);
	data_go_both_ways(b);
	/* A removal is seen again. */
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	esdhc_model_pull_card(&b->hw);
	sd_bench_run(b);
	assert_int_equal(r1.status, TZVMM_E_NODEV);
}

static void any_single_failing_command_leaves_no_card_and_another_chance(void **state)
{
	static const enum sdcard_kind both[] = { SDCARD_SDHC, SDCARD_EMMC };

	(void)state;
	for (unsigned k = 0; k < 2u; k++) {
		for (int fault = SDCARD_SILENT; fault < SDCARD_NR_FAULTS; fault++) {
			for (unsigned n = 1;; n++) {
				struct sd_bench *b = pulled_bench(both[k]);
				uint64_t before = model_now_ns();
				bool hit;

				esdhc_model_insert_card(&b->hw, both[k]);
				b->card.fault_at = n;
				b->card.fault = (enum sdcard_fault)fault;
				if (imx_esdhc_reinsert(&b->host) != TZVMM_OK) {
					requests_are_refused(b);
					b->card.fault_at = 0;
					assert_int_equal(imx_esdhc_reinsert(&b->host),
							 TZVMM_OK);
				}
				hit = b->card.fault_hit;
				b->card.fault_at = 0;
				assert_true(model_now_ns() - before < 5000000000u);
				data_go_both_ways(b);
				if (!hit) {
					break;
				}
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_card_goes_on_as_the_same_disk),
		cmocka_unit_test(a_card_may_come_and_go_many_times),
		cmocka_unit_test(a_card_with_another_cid_stays_refused),
		cmocka_unit_test(
			a_card_with_the_name_of_the_first_one_but_not_its_nature_is_refused),
		cmocka_unit_test(
			an_empty_slot_that_tells_so_costs_one_look_and_no_word),
		cmocka_unit_test(
			a_board_that_sees_cards_by_other_means_may_ask_as_well),
		cmocka_unit_test(a_card_that_is_there_is_left_alone),
		cmocka_unit_test(a_card_that_was_given_up_can_be_had_back),
		cmocka_unit_test(
			requests_that_failed_in_a_batch_do_not_hold_up_those_after),
		cmocka_unit_test(no_interrupt_is_let_out_until_there_is_a_request),
		cmocka_unit_test(
			any_single_failing_command_leaves_no_card_and_another_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
