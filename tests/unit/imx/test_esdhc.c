/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to a card that behaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/esdhc_regs.h>

#include "sd_bench.h"

static struct sd_request r1, r2, r3, r4;

static void every_card_kind_reads_and_writes_what_is_there(void **state)
{
	static const enum sdcard_kind kinds[] = { SDCARD_SDHC, SDCARD_SDSC_V2,
						  SDCARD_SDSC_V1 };
	static const struct {
		uint32_t nr_sectors, nr_sg;
	} shapes[] = { { 1, 1 }, { 8, 1 },   { 8, 8 },
		       { 1, 4 }, { 200, 1 }, { 256, 64 } };

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct sd_bench *b = sd_bench_started(kinds[k]);

		for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
			uint32_t n = shapes[i].nr_sectors;

			sd_request_init(b, &r1, TZVMM_BLK_READ, 100 * i, n,
					shapes[i].nr_sg);
			assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
			assert_true(sd_request_matches(b, &r1));

			sd_request_init(b, &r2, TZVMM_BLK_WRITE, 2000 + 100 * i, n,
					shapes[i].nr_sg);
			sd_request_fill(&r2, (uint8_t)i);
			assert_int_equal(sd_request_do(b, &r2), TZVMM_OK);
			assert_true(sd_request_matches(b, &r2));
			assert_false(r2.card_was_busy);
		}
		assert_int_equal(b->host.stats.errors, 0);
		assert_int_equal(b->host.stats.late, 0);
		dma_model_check();
	}
}

static void the_first_and_the_last_sector_of_a_card_are_reachable(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDSC_V1);
	const uint64_t last = b->host.dev.nr_sectors - 1u;

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 1, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, last - 1u, 2, 1);
	sd_request_fill(&r1, 9);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	sd_request_init(b, &r1, TZVMM_BLK_READ, last, 2, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_E_RANGE);
}

static void the_largest_request_in_the_most_pieces_fits_the_table(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	const uint32_t sectors = b->host.dev.max_sectors;
	uint32_t nr_sg = b->host.dev.max_sg;

	(void)state;
	assert_int_equal(sectors, 2048);
	assert_int_equal(nr_sg, SD_BENCH_NR_DESC / 2u - 32u);
	/* One piece takes nearly all, the others a word's worth of lines. */
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 0, sectors, 1);
	r1.req.nr_sg = nr_sg;
	r1.sg[0].len -= (nr_sg - 1u) * 64u;
	for (uint32_t i = 1; i < nr_sg; i++) {
		r1.sg[i].va = dma_model_alloc(64, 64);
		r1.sg[i].len = 64;
	}
	sd_request_fill(&r1, 3);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	dma_model_check();
}

static void no_descriptor_is_longer_than_65532_bytes_or_empty(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	/* The model refuses length 0, which is what 65536 would be. */
	(void)state;
	for (uint32_t sectors = 126; sectors <= 130; sectors++) {
		sd_request_init(b, &r1, TZVMM_BLK_READ, 0, sectors, 1);
		assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
		assert_true(sd_request_matches(b, &r1));
	}
	assert_int_equal(b->config.table[0].control >> 16, 65024);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 127, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_int_equal(b->config.table[0].control >> 16, 65024);
	assert_int_not_equal(b->config.table[0].control & ADMA_END, 0);
}

static void pieces_of_odd_words_and_unaligned_lines_are_moved_whole(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	uint8_t *page = dma_model_alloc(4096, 64);
	static const uint32_t lens[] = { 4, 508, 516, 8, 500 };
	uint32_t at = 4;

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 40, 3, 0);
	r1.req.nr_sg = 5;
	for (size_t i = 0; i < 5; i++) {
		r1.sg[i] = (struct tzvmm_sg){ .va = page + at, .len = lens[i] };
		at += lens[i] + 4u;
	}
	memset(page, 0xEE, 4096);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(sd_request_matches(b, &r1));
	/* What lies between the pieces, in shared lines, is untouched. */
	assert_int_equal(page[0], 0xEE);
	assert_int_equal(page[4 + 4], 0xEE);
	assert_int_equal(page[at - 4u], 0xEE);
}

/* Two pieces at any place of a line and cut anywhere, among bytes that the CPU has
 * just written: nothing of them is lost, and nothing else comes out. */
static void every_alignment_and_cut_spares_what_shares_its_lines(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	uint8_t *mem = dma_model_alloc(2048, 64);

	(void)state;
	for (int op = TZVMM_BLK_READ; op <= TZVMM_BLK_WRITE; op++) {
		for (uint32_t off = 0; off < DMA_MODEL_LINE; off += 4u) {
			for (uint32_t cut = 4; cut < 512u; cut += 4u) {
				const uint32_t second =
					1024u + (off * 5u + cut) % 64u;

				memset(mem, (int)(cut & 0x7Fu) | 0x80, 2048);
				sd_request_init(b, &r1, (enum tzvmm_blk_op)op, 7u,
						1, 0);
				r1.req.nr_sg = 2;
				r1.sg[0] = (struct tzvmm_sg){ mem + off, cut };
				r1.sg[1] = (struct tzvmm_sg){ mem + second,
							      512u - cut };
				if (op == TZVMM_BLK_WRITE) {
					sd_request_fill(&r1, (uint8_t)(off + cut));
				}
				assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
				assert_true(sd_request_matches(b, &r1));
				for (uint32_t i = 0; i < 2048u; i++) {
					assert_true((i - off < cut) ||
						    (i - second < 512u - cut) ||
						    mem[i] == ((cut & 0x7Fu) | 0x80u));
				}
			}
		}
	}
	dma_model_check();
}

static void requests_are_answered_in_the_order_they_came(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 10, 8, 1);
	sd_request_fill(&r1, 1);
	sd_request_init(b, &r2, TZVMM_BLK_READ, 10, 8, 1);
	sd_request_init(b, &r3, TZVMM_BLK_FLUSH, 0, 0, 0);
	sd_request_init(b, &r4, TZVMM_BLK_READ, 50, 1, 1);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r2), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r3), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r4), TZVMM_OK);
	assert_int_equal(r1.nr_done + r2.nr_done + r3.nr_done + r4.nr_done, 0);
	sd_bench_run(b);
	assert_int_equal(r1.order, 0);
	assert_int_equal(r2.order, 1);
	assert_int_equal(r3.order, 2);
	assert_int_equal(r4.order, 3);
	assert_int_equal(r1.status | r2.status | r3.status | r4.status, TZVMM_OK);
	assert_true(sd_request_matches(b, &r2));
	assert_memory_equal(r2.sg[0].va, r1.sg[0].va, 4096);
}

static void a_request_may_be_submitted_from_done(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 1, 1, 1);
	sd_request_init(b, &r2, TZVMM_BLK_READ, 2, 1, 1);
	sd_request_init(b, &r3, TZVMM_BLK_READ, 3, 1, 1);
	r1.then = &r2;
	r2.then = &r3;
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_int_equal(r3.status, TZVMM_OK);
	assert_int_equal(r3.nr_done, 1);
	assert_true(sd_request_matches(b, &r3));
}

static void submit_never_calls_done(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	for (int op = TZVMM_BLK_READ; op <= TZVMM_BLK_FLUSH; op++) {
		uint32_t n = op == TZVMM_BLK_FLUSH ? 0u : 1u;

		sd_request_init(b, &r1, (enum tzvmm_blk_op)op, 0, n, n);
		assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
		assert_int_equal(r1.nr_done, 0);
		assert_true(imx_esdhc_busy(&b->host));
		sd_bench_run(b);
	}
}

static void a_flush_ends_when_the_card_has_programmed_every_earlier_write(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	b->card.program_ns = 50000000;
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 0, 1, 1);
	sd_request_init(b, &r2, TZVMM_BLK_WRITE, 8, 8, 1);
	sd_request_init(b, &r3, TZVMM_BLK_FLUSH, 0, 0, 0);
	sd_request_fill(&r1, 1);
	sd_request_fill(&r2, 2);
	assert_int_equal(sd_request_submit(b, &r1), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r2), TZVMM_OK);
	assert_int_equal(sd_request_submit(b, &r3), TZVMM_OK);
	sd_bench_run(b);
	assert_int_equal(r3.status, TZVMM_OK);
	assert_int_equal(r3.order, 2);
	assert_false(r3.card_was_busy);
	assert_true(sd_request_matches(b, &r1) && sd_request_matches(b, &r2));
}

static void a_4_kib_read_costs_ten_register_accesses_and_one_interrupt(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	struct dma_model_cost cost;
	unsigned irqs;

	/* The first one also sets the interrupt enables. */
	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);

	sd_request_init(b, &r1, TZVMM_BLK_READ, 8, 8, 1);
	(void)dma_model_take_cost();
	(void)model_take_reads();
	(void)model_take_writes();
	irqs = b->hw.nr_irqs;
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	/* Out: PRSSTAT; ADSADDR BLKATTR IRQSTAT CMDARG XFERTYP, and a uSDHC's
	 * MIX_CTRL. Back: IRQSTAT CMDRSP0 PRSSTAT; IRQSTAT. */
	assert_int_equal(model_take_reads(), 4);
	assert_int_equal(model_take_writes(), 6 + SD_BENCH_MIX_WRITES);
	assert_int_equal(b->hw.nr_irqs - irqs, 1);
	/* The buffer before and after, and one descriptor. */
	cost = dma_model_take_cost();
	assert_int_equal(cost.calls, 3);
	assert_int_equal(cost.bytes, 2 * 4096 + 8);
}

static void no_step_of_a_good_request_waits_for_the_tick(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	uint64_t before;

	/* A write takes all phases; the tick is 10 ms away. */
	(void)state;
	b->card.program_ns = 100000;
	before = model_now_ns();
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 0, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(model_now_ns() - before < 2000000u);
	before = model_now_ns();
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 0, 1, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	sd_request_init(b, &r1, TZVMM_BLK_FLUSH, 0, 0, 0);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_true(model_now_ns() - before < 2000000u);
}

static void cache_maintenance_is_exactly_the_pieces(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	struct dma_model_cost cost;

	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 0, 8, 4);
	(void)dma_model_take_cost();
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	cost = dma_model_take_cost();
	assert_int_equal(cost.calls, 4 + 1);
	assert_int_equal(cost.bytes, 4096 + 4 * 8);

	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 4);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	cost = dma_model_take_cost();
	assert_int_equal(cost.calls, 4 + 1 + 4);
	assert_int_equal(cost.bytes, 2 * 4096 + 4 * 8);
}

static void
the_cache_model_sees_each_kind_of_maintenance_that_is_forgotten(void **state)
{
	struct sd_bench *b;

	/* This tests the model: without it the tests above prove nothing. */
	(void)state;
	b = sd_bench_started(SDCARD_SDHC);
	dma_model_omit(DMA_OMIT_AFTER);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_false(sd_request_matches(b, &r1));

	b = sd_bench_started(SDCARD_SDHC);
	dma_model_omit(DMA_OMIT_BEFORE);
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	assert_false(sd_request_matches(b, &r1));

	b = sd_bench_started(SDCARD_SDHC);
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 0, 8, 1);
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	sd_request_init(b, &r1, TZVMM_BLK_WRITE, 0, 8, 1);
	sd_request_fill(&r1, 77);
	dma_model_omit(DMA_OMIT_TO_DEVICE);
	(void)sd_request_do(b, &r1);
	assert_false(sd_request_matches(b, &r1));
}

static void a_request_never_names_an_address_outside_of_its_pieces(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	/* Byte for byte: memory around a read's pieces keeps its pattern. */
	(void)state;
	sd_request_init(b, &r1, TZVMM_BLK_READ, 0, 8, 0);
	r1.req.nr_sg = 2;
	for (unsigned i = 0; i < 2; i++) {
		uint8_t *mem = dma_model_alloc(8192, 64);

		memset(mem, 0xC3, 8192);
		r1.sg[i] = (struct tzvmm_sg){ .va = mem + 4096, .len = 2048 };
	}
	assert_int_equal(sd_request_do(b, &r1), TZVMM_OK);
	for (unsigned i = 0; i < 2; i++) {
		const uint8_t *mem = (const uint8_t *)r1.sg[i].va - 4096;

		for (unsigned k = 0; k < 8192; k++) {
			assert_true(mem[k] == 0xC3 || (k >= 4096 && k < 6144));
		}
	}
	assert_true(sd_request_matches(b, &r1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_card_kind_reads_and_writes_what_is_there),
		cmocka_unit_test(the_first_and_the_last_sector_of_a_card_are_reachable),
		cmocka_unit_test(the_largest_request_in_the_most_pieces_fits_the_table),
		cmocka_unit_test(no_descriptor_is_longer_than_65532_bytes_or_empty),
		cmocka_unit_test(
			pieces_of_odd_words_and_unaligned_lines_are_moved_whole),
		cmocka_unit_test(every_alignment_and_cut_spares_what_shares_its_lines),
		cmocka_unit_test(requests_are_answered_in_the_order_they_came),
		cmocka_unit_test(a_request_may_be_submitted_from_done),
		cmocka_unit_test(submit_never_calls_done),
		cmocka_unit_test(
			a_flush_ends_when_the_card_has_programmed_every_earlier_write),
		cmocka_unit_test(
			a_4_kib_read_costs_ten_register_accesses_and_one_interrupt),
		cmocka_unit_test(no_step_of_a_good_request_waits_for_the_tick),
		cmocka_unit_test(cache_maintenance_is_exactly_the_pieces),
		cmocka_unit_test(
			the_cache_model_sees_each_kind_of_maintenance_that_is_forgotten),
		cmocka_unit_test(
			a_request_never_names_an_address_outside_of_its_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
