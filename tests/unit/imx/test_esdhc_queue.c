/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that wait: merged, made ready, and told apart again. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sd_bench.h"

#define NR 8u

static struct sd_request first, reqs[NR];

/* Something that keeps the card at work while the others come. */
static struct sd_bench *busy(void)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	sd_request_init(b, &first, TZVMM_BLK_READ, 3000, 1, 1);
	assert_int_equal(sd_request_submit(b, &first), TZVMM_OK);
	return b;
}

static void submit(struct sd_bench *b, unsigned i, enum tzvmm_blk_op op,
		   uint64_t sector, uint32_t nr_sectors)
{
	sd_request_init(b, &reqs[i], op, sector, nr_sectors,
			op == TZVMM_BLK_FLUSH ? 0u : 1u);
	if (op == TZVMM_BLK_WRITE) {
		sd_request_fill(&reqs[i], (uint8_t)(i + 1u));
	}
	assert_int_equal(sd_request_submit(b, &reqs[i]), TZVMM_OK);
}

static void assert_good(const struct sd_bench *b, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		assert_int_equal(reqs[i].nr_done, 1);
		assert_int_equal(reqs[i].status, TZVMM_OK);
		assert_int_equal(reqs[i].order, i + 1u);
		assert_true(reqs[i].req.op == TZVMM_BLK_FLUSH ||
			    sd_request_matches(b, &reqs[i]));
	}
	dma_model_check();
}

static void requests_that_follow_each_other_are_one_command(void **state)
{
	(void)state;
	for (int op = TZVMM_BLK_READ; op <= TZVMM_BLK_WRITE; op++) {
		struct sd_bench *b = busy();

		for (unsigned i = 0; i < NR; i++) {
			submit(b, i, (enum tzvmm_blk_op)op, 100u + 8u * i, 8);
		}
		sd_bench_run(b);
		assert_int_equal(b->host.stats.commands, 2);
		assert_int_equal(b->host.stats.requests, NR + 1u);
		assert_good(b, NR);
	}
}

static void what_does_not_follow_is_not_merged(void **state)
{
	struct sd_bench *b = busy();

	(void)state;
	submit(b, 0, TZVMM_BLK_WRITE, 100, 8);
	submit(b, 1, TZVMM_BLK_READ, 108, 8); /* another direction */
	submit(b, 2, TZVMM_BLK_READ, 117, 8); /* a gap */
	submit(b, 3, TZVMM_BLK_READ, 117, 8); /* the same */
	submit(b, 4, TZVMM_BLK_READ, 109, 8); /* before it */
	submit(b, 5, TZVMM_BLK_FLUSH, 0, 0);
	submit(b, 6, TZVMM_BLK_FLUSH, 0, 0);
	submit(b, 7, TZVMM_BLK_READ, 0, 8);
	sd_bench_run(b);
	assert_int_equal(b->host.stats.commands, 7);
	assert_good(b, NR);
}

static void a_batch_ends_at_the_largest_transfer_and_at_the_tables_end(void **state)
{
	struct sd_bench *b = busy();

	(void)state;
	for (unsigned i = 0; i < 4u; i++) {
		submit(b, i, TZVMM_BLK_READ, 900u * i, 900);
	}
	sd_bench_run(b);
	assert_int_equal(b->host.stats.commands, 3);
	assert_good(b, 4);

	b = busy();
	for (unsigned i = 0; i < NR; i++) {
		sd_request_init(b, &reqs[i], TZVMM_BLK_READ, 64u * i, 64, 64);
		assert_int_equal(sd_request_submit(b, &reqs[i]), TZVMM_OK);
	}
	sd_bench_run(b);
	/* Of 160 descriptors, two requests of 64 pieces. */
	assert_int_equal(b->host.stats.commands, 1u + NR / 2u);
	assert_good(b, NR);
}

/* When the card is done, a command goes out before anything else is done. */
static void the_next_batch_is_ready_when_its_turn_comes(void **state)
{
	struct sd_bench *b = busy();
	struct dma_model_cost cost;

	(void)state;
	submit(b, 0, TZVMM_BLK_READ, 100, 8);
	submit(b, 1, TZVMM_BLK_READ, 108, 8);
	(void)dma_model_take_cost();
	while (b->host.stats.requests == 0u) {
		uint64_t next = esdhc_model_next_ns(&b->hw);

		if (esdhc_model_irq(&b->hw)) {
			imx_esdhc_irq(&b->host);
		} else {
			model_pass_ns(next - model_now_ns());
		}
	}
	/* The end of the first one, nothing for the others. */
	cost = dma_model_take_cost();
	assert_int_equal(cost.calls, 1);
	assert_int_equal(cost.bytes, 512);
	assert_int_equal(b->host.stats.commands, 2);
	sd_bench_run(b);
	assert_good(b, 2);
}

static void a_bad_sector_fails_the_request_it_is_in_and_no_other(void **state)
{
	(void)state;
	for (int op = TZVMM_BLK_READ; op <= TZVMM_BLK_WRITE; op++) {
		for (unsigned bad = 0; bad < NR; bad++) {
			struct sd_bench *b = busy();

			b->card.bad_sector = 100u + 8u * bad + 3u;
			for (unsigned i = 0; i < NR; i++) {
				submit(b, i, (enum tzvmm_blk_op)op, 100u + 8u * i, 8);
			}
			sd_bench_run(b);
			for (unsigned i = 0; i < NR; i++) {
				assert_int_equal(reqs[i].nr_done, 1);
				assert_int_equal(reqs[i].order, i + 1u);
				assert_int_equal(reqs[i].status == TZVMM_OK,
						 i != bad);
				assert_true(i == bad ||
					    sd_request_matches(b, &reqs[i]));
			}
			assert_int_equal(b->host.stats.failures, 1);
			dma_model_check();
		}
	}
}

static void behind_a_failure_requests_are_merged_again(void **state)
{
	struct sd_bench *b = busy();
	unsigned commands;

	(void)state;
	b->card.bad_sector = 103;
	for (unsigned i = 0; i < NR; i++) {
		submit(b, i, TZVMM_BLK_READ, 100u + 8u * i, 8);
	}
	sd_bench_run(b);
	commands = b->host.stats.commands;
	sd_request_init(b, &first, TZVMM_BLK_READ, 3000, 1, 1);
	assert_int_equal(sd_request_submit(b, &first), TZVMM_OK);
	for (unsigned i = 0; i < NR; i++) {
		submit(b, i, TZVMM_BLK_READ, 200u + 8u * i, 8);
	}
	sd_bench_run(b);
	assert_int_equal(b->host.stats.commands - commands, 2);
}

static void a_card_that_is_pulled_answers_every_request_of_both_batches(void **state)
{
	struct sd_bench *b = busy();

	(void)state;
	for (unsigned i = 0; i < NR; i++) {
		submit(b, i, TZVMM_BLK_READ, i < 4u ? 100u + 8u * i : 10u * i, 8);
	}
	imx_esdhc_remove(&b->host);
	for (unsigned i = 0; i < NR; i++) {
		assert_int_equal(reqs[i].nr_done, 1);
		assert_int_equal(reqs[i].status, TZVMM_E_NODEV);
	}
	assert_false(imx_esdhc_busy(&b->host));
	dma_model_check();
}

static void write_often(struct sd_bench *b, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		submit(b, 0, TZVMM_BLK_WRITE, 100, 8);
		sd_bench_run(b);
		assert_int_equal(reqs[0].status, TZVMM_OK);
	}
}

/* A card takes about as long each time. */
static void assert_naps_fit(struct sd_bench *b)
{
	static const uint64_t busy_us[] = { 100, 250, 3000, 20 };

	for (unsigned k = 0; k < 4u; k++) {
		uint64_t start_ns;
		unsigned wakes;

		b->card.program_ns = busy_us[k] * 1000u;
		write_often(b, 30);
		wakes = b->nr_wakes;
		start_ns = model_now_ns();
		write_often(b, 16);
		assert_in_range(b->nr_wakes - wakes, 16,
				busy_us[k] < 1000u ? 18 : 24);
		/* Beside it 180 us, which data and commands take. */
		assert_in_range((model_now_ns() - start_ns) / 16000u,
				busy_us[k] + 170u,
				busy_us[k] + busy_us[k] / 10u + 190u);
	}
}

static void one_nap_is_as_long_as_the_card_takes(void **state)
{
	(void)state;
	assert_naps_fit(sd_bench_started(SDCARD_SDSC_V2));
}

static void one_sleep_is_as_long_as_data_and_card_take(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->hw.early_tc = true;
	assert_naps_fit(b);
}

/* Interruptions of 16 writes, at the end of which data, busy card and status are
 * behind, once the driver knows the card and the host. */
static unsigned interruptions(enum sdcard_kind kind, bool early_tc)
{
	struct sd_bench *b = sd_bench_started(kind);
	unsigned before;

	b->hw.early_tc = early_tc;
	write_often(b, 30);
	before = b->hw.nr_irqs + b->nr_wakes;
	write_often(b, 16);
	assert_int_equal(b->host.stats.late, 0);
	return b->hw.nr_irqs + b->nr_wakes - before;
}

static void a_write_that_was_counted_is_one_interruption_and_else_two(void **state)
{
	(void)state;
	assert_int_equal(interruptions(SDCARD_SDHC, false), 16);
	assert_in_range(interruptions(SDCARD_SDHC, true), 16, 18);
	assert_in_range(interruptions(SDCARD_SDSC_V2, false), 32, 34);
	assert_in_range(interruptions(SDCARD_SDSC_V2, true), 32, 34);
}

/* A tick of the bench comes each 10 ms, and the data take 43 ms. */
static void a_tick_in_a_sleep_does_not_end_it(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	uint64_t start_ns;
	unsigned irqs;

	(void)state;
	b->hw.early_tc = true;
	write_often(b, 30);
	irqs = b->hw.nr_irqs;
	start_ns = model_now_ns();
	b->nr_done = 1;
	for (unsigned i = 0; i < 8u; i++) {
		submit(b, i, TZVMM_BLK_WRITE, 100 + 256 * i, 256);
	}
	sd_bench_run(b);
	assert_good(b, 8);
	assert_int_equal(b->hw.nr_irqs, irqs);
	assert_in_range(model_now_ns() - start_ns, 42000000, 45000000);
	assert_int_equal(b->host.stats.errors, 0);
}

/* A card that makes the bus wait: what is not there in time is listened to. */
static void data_that_take_longer_than_the_sleep_are_heard(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	uint64_t start_ns;

	(void)state;
	b->hw.early_tc = true;
	write_often(b, 30);
	b->host.sector_us /= 4u;
	b->nr_done = 1;
	start_ns = model_now_ns();
	submit(b, 0, TZVMM_BLK_WRITE, 100, 256);
	sd_bench_run(b);
	assert_good(b, 1);
	assert_in_range(model_now_ns() - start_ns, 5200000, 6500000);
}

static void a_request_stalls_that_has_come_no_further_between_ticks(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	imx_esdhc_tick(&b->host);
	assert_false(imx_esdhc_stalls(&b->host)); /* nothing to do */
	b->hw.lose_irq = 2;                       /* CC is the first */
	submit(b, 0, TZVMM_BLK_READ, 100, 8);
	imx_esdhc_tick(&b->host);
	assert_false(imx_esdhc_stalls(&b->host)); /* it has just begun */
	imx_esdhc_tick(&b->host);
	assert_true(imx_esdhc_stalls(&b->host));
	model_pass_ns(1000000);
	assert_false(esdhc_model_irq(&b->hw));
	submit(b, 1, TZVMM_BLK_READ, 300, 8);
	imx_esdhc_tick(&b->host);
	assert_int_equal(reqs[0].status, TZVMM_OK);
	assert_false(imx_esdhc_stalls(&b->host));
	sd_bench_run(b);
	assert_int_equal(reqs[1].status, TZVMM_OK);
}

/* No answer within a nap: at 400 kHz it takes 325 us. */
static void a_stop_or_a_count_that_is_answered_late_is_heard(void **state)
{
	static const enum sdcard_kind kinds[] = { SDCARD_SDSC_V2, SDCARD_SDHC };

	(void)state;
	for (unsigned k = 0; k < 2u; k++) {
		struct sd_bench *b = sd_bench_new(kinds[k]);
		uint64_t start_ns;

		b->hw.root_hz = b->config.root_hz = 400000;
		assert_int_equal(sd_bench_init(b), TZVMM_OK);
		start_ns = model_now_ns();
		write_often(b, 1);
		/* The data take 20.5 ms, all else 1.4 ms; a tick comes each 10 ms. */
		assert_in_range(model_now_ns() - start_ns, 20000000, 23000000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_that_follow_each_other_are_one_command),
		cmocka_unit_test(what_does_not_follow_is_not_merged),
		cmocka_unit_test(
			a_batch_ends_at_the_largest_transfer_and_at_the_tables_end),
		cmocka_unit_test(the_next_batch_is_ready_when_its_turn_comes),
		cmocka_unit_test(a_bad_sector_fails_the_request_it_is_in_and_no_other),
		cmocka_unit_test(behind_a_failure_requests_are_merged_again),
		cmocka_unit_test(
			a_card_that_is_pulled_answers_every_request_of_both_batches),
		cmocka_unit_test(one_nap_is_as_long_as_the_card_takes),
		cmocka_unit_test(one_sleep_is_as_long_as_data_and_card_take),
		cmocka_unit_test(
			a_write_that_was_counted_is_one_interruption_and_else_two),
		cmocka_unit_test(a_tick_in_a_sleep_does_not_end_it),
		cmocka_unit_test(data_that_take_longer_than_the_sleep_are_heard),
		cmocka_unit_test(
			a_request_stalls_that_has_come_no_further_between_ticks),
		cmocka_unit_test(a_stop_or_a_count_that_is_answered_late_is_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
