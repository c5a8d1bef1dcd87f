/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <arm/pl181.h>

#include "pl181_model.h"

#define BASE 0x1C050000u
#define MOST 127u /* sectors that fit into DATA_LENGTH */
#define NONE 1000 /* no answer yet */

static struct sdcard_model card;
static struct pl181_model hw;
static struct pl181 host;
static struct pl181_config config;
static unsigned nr_wakes;
static uint8_t memory[MOST * TZVMM_SECTOR_LEN] __attribute__((aligned(4)));

struct request {
	struct tzvmm_blk_req req; /* first */
	struct tzvmm_sg sg[3];
	int status;
	unsigned nr_done;
};

static void wake(void *ctx, uint32_t us)
{
	assert_ptr_equal(ctx, &hw);
	assert_int_equal(us, 1);
	nr_wakes++;
}

static void use(enum sdcard_kind kind)
{
	model_reset();
	sdcard_model_init(&card, kind);
	pl181_model_init(&hw, BASE, &card);
	config = (struct pl181_config){ .base = BASE,
					.sys = &model_sys,
					.mclk_hz = hw.mclk_hz,
					.wake = wake,
					.ctx = &hw };
	nr_wakes = 0;
}

static int an_sdhc(void **state)
{
	(void)state;
	use(SDCARD_SDHC);
	return 0;
}

static int a_started_sdhc(void **state)
{
	(void)an_sdhc(state);
	return pl181_init(&host, &config) == TZVMM_OK ? 0 : -1;
}

static void done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct request *r = (struct request *)req;

	r->status = (int)status;
	r->nr_done++;
}

/* In three pieces, of which the first ends within a sector. */
static void make(struct request *r, enum tzvmm_blk_op op, uint64_t sector, uint32_t nr)
{
	const uint32_t len = nr * TZVMM_SECTOR_LEN;

	*r = (struct request){
		.req = { .op = op,
			 .sector = sector,
			 .nr_sectors = nr,
			 .sg = r->sg,
			 .nr_sg = tzvmm_blk_has_data(op) ? 3u : 0u,
			 .done = done },
		.sg = { { memory, 36 }, { memory + 36, 4 }, { memory + 40, len - 40u } },
		.status = NONE,
	};
}

static int run(struct request *r)
{
	const uint64_t before_ns = model_now_ns();

	assert_int_equal(tzvmm_blk_submit(&host.dev, &r->req), TZVMM_OK);
	pl181_run(&host);
	assert_int_equal(r->nr_done, 1);
	assert_true(model_now_ns() - before_ns <= host.dev.limit_us * 1000ull);
	return r->status;
}

static void each_kind_of_card_gets_ready_with_its_size(void **state)
{
	static const enum sdcard_kind kinds[] = { SDCARD_SDHC, SDCARD_SDSC_V2,
						  SDCARD_SDSC_V1 };
	static const uint32_t clocks[] = { 24000000, 50000000, 100000000, 1000000 };

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		for (size_t c = 0; c < 4; c++) {
			use(kinds[k]);
			config.mclk_hz = hw.mclk_hz = clocks[c];
			assert_int_equal(pl181_init(&host, &config), TZVMM_OK);
			assert_int_equal(host.dev.nr_sectors, card.nr_sectors);
			assert_int_equal(host.dev.max_sectors, MOST);
			assert_false(host.dev.read_only);
		}
	}
}

static void a_protected_card_is_read_only(void **state)
{
	/* Version 2, 101 x 512 KiB, TMP_WRITE_PROTECT. */
	static const uint32_t csd[4] = { 1u << 4, 100u << 8, 9u << 8, 1u << 22 };

	(void)state;
	card.csd = csd;
	assert_int_equal(pl181_init(&host, &config), TZVMM_OK);
	assert_true(host.dev.read_only);
}

static void a_clock_out_of_range_is_refused(void **state)
{
	(void)state;
	config.mclk_hz = 999999;
	assert_int_equal(pl181_init(&host, &config), TZVMM_E_INVAL);
	config.mclk_hz = 100000001;
	assert_int_equal(pl181_init(&host, &config), TZVMM_E_INVAL);
	assert_int_equal(model_take_writes(), 0);
}

static void what_is_no_sd_card_is_refused(void **state)
{
	static const enum sdcard_kind kinds[] = { SDCARD_NONE, SDCARD_MMC,
						  SDCARD_EMMC };

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		use(kinds[k]);
		assert_int_equal(pl181_init(&host, &config), TZVMM_E_NODEV);
	}
	assert_true(model_logged("no SD card answers"));
}

static void a_card_that_makes_no_sense_is_refused(void **state)
{
	static const uint32_t unknown[4] = { 0, 0, 0, 2u << 22 };
	static const uint32_t other_kind[4] = { 0, 0, 9u << 8, 0 };

	(void)state;
	card.echo = 0x155;
	assert_int_equal(pl181_init(&host, &config), TZVMM_E_UNSUPP);
	use(SDCARD_SDHC);
	card.ready_after = 100000;
	assert_int_equal(pl181_init(&host, &config), TZVMM_E_TIMEOUT);
	use(SDCARD_SDHC);
	card.zero_rcas = 3;
	assert_int_equal(pl181_init(&host, &config), TZVMM_OK);
	use(SDCARD_SDHC);
	card.zero_rcas = 4;
	assert_int_equal(pl181_init(&host, &config), TZVMM_E_FORMAT);
	use(SDCARD_SDHC);
	card.csd = unknown;
	assert_int_equal(pl181_init(&host, &config), TZVMM_E_UNSUPP);
	use(SDCARD_SDHC);
	card.csd = other_kind;
	assert_int_equal(pl181_init(&host, &config), TZVMM_E_FORMAT);
}

/* Any command of the start fails in any way: the start fails, or goes on, and ends. */
static void a_start_with_a_fault_ends(void **state)
{
	unsigned nr_failed = 0;

	(void)state;
	for (int fault = SDCARD_SILENT; fault < SDCARD_NR_FAULTS; fault++) {
		for (unsigned at = 1; at < 20u; at++) {
			use(SDCARD_SDHC);
			card.fault_at = at;
			card.fault = (enum sdcard_fault)fault;
			nr_failed += pl181_init(&host, &config) != TZVMM_OK;
		}
	}
	assert_true(nr_failed > 20u);
	use(SDCARD_SDHC);
	hw.hangs = true;
	assert_int_equal(pl181_init(&host, &config), TZVMM_E_NODEV);
}

static void written_sectors_are_read_again(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 8, MOST };
	static const enum sdcard_kind kinds[] = { SDCARD_SDHC, SDCARD_SDSC_V1 };
	static const unsigned trickles[] = { 0, 1, 8 };
	struct request r;

	(void)state;
	for (unsigned n = 0; n < 24u; n++) {
		const uint32_t nr = sizes[n % 4u];

		use(kinds[n / 4u % 2u]);
		hw.trickle = trickles[n / 8u];
		assert_int_equal(pl181_init(&host, &config), TZVMM_OK);
		for (uint32_t i = 0; i < nr * TZVMM_SECTOR_LEN; i++) {
			memory[i] = (uint8_t)(i * 13u + (i >> 8));
		}
		make(&r, TZVMM_BLK_WRITE, 100, nr);
		assert_int_equal(run(&r), TZVMM_OK);
		assert_memory_equal(memory, card.store[100], nr * TZVMM_SECTOR_LEN);
		assert_int_equal(card.store[100 + nr][0],
				 (uint8_t)((100u + nr) * 7u));
		memset(memory, 0, sizeof(memory));
		make(&r, TZVMM_BLK_READ, 100, nr);
		assert_int_equal(run(&r), TZVMM_OK);
		assert_memory_equal(memory, card.store[100], nr * TZVMM_SECTOR_LEN);
		assert_int_equal(sdcard_model_count(&card, 12), nr > 1u ? 2 : 0);
	}
}

static void requests_are_served_one_at_a_time_in_their_order(void **state)
{
	struct request r[3];

	(void)state;
	for (unsigned i = 0; i < 3u; i++) {
		make(&r[i], i == 1u ? TZVMM_BLK_FLUSH : TZVMM_BLK_READ, i,
		     i == 1u ? 0u : 1u);
		assert_int_equal(tzvmm_blk_submit(&host.dev, &r[i].req), TZVMM_OK);
		assert_int_equal(r[i].nr_done, 0);
	}
	assert_int_equal(nr_wakes, 1);
	for (unsigned i = 0; i < 3u; i++) {
		assert_int_equal(r[i].nr_done, 0);
		pl181_run(&host);
		assert_int_equal(r[i].status, TZVMM_OK);
		assert_int_equal(nr_wakes, i < 2u ? 2u + i : 3u);
	}
	pl181_run(&host);
	assert_int_equal(r[2].nr_done, 1);
}

static void a_write_is_answered_when_the_card_has_programmed_it(void **state)
{
	struct request r;

	(void)state;
	card.program_ns = 250000000;
	make(&r, TZVMM_BLK_WRITE, 5, 4);
	assert_int_equal(run(&r), TZVMM_OK);
	assert_false(sdcard_model_busy(&card));
	card.program_ns = UINT64_MAX / 2u;
	make(&r, TZVMM_BLK_WRITE, 5, 1);
	assert_int_equal(run(&r), TZVMM_E_IO);
	assert_true(model_logged("sd: write of 1 sectors at 5"));
}

/* Any command of a request fails in any way: it is answered, and the next one works. */
static void a_request_with_a_fault_is_answered_and_the_next_one_works(void **state)
{
	(void)state;
	for (int fault = SDCARD_SILENT; fault < SDCARD_NR_FAULTS; fault++) {
		for (unsigned at = 1; at < 5u; at++) {
			for (uint32_t n = 0; n < 4u; n++) {
				struct request r;
				unsigned nr_lines;

				assert_int_equal(a_started_sdhc(state), 0);
				nr_lines = model_log_lines();
				make(&r, n < 2u ? TZVMM_BLK_READ : TZVMM_BLK_WRITE,
				     9, 1u + n % 2u);
				card.fault_at = at;
				card.fault = (enum sdcard_fault)fault;
				if (run(&r) != TZVMM_OK) {
					assert_int_equal(r.status, TZVMM_E_IO);
					assert_int_equal(model_log_lines(),
							 nr_lines + 1u);
				}
				if (at == 1u) {
					assert_int_equal(r.status, TZVMM_E_IO);
				}
				card.fault_at = 0;
				make(&r, TZVMM_BLK_READ, 9, 2);
				assert_int_equal(run(&r), TZVMM_OK);
				assert_memory_equal(memory, card.store[9], 1024);
			}
		}
	}
}

static void a_card_that_falls_silent_ends_each_request(void **state)
{
	struct request r;

	(void)state;
	card.fault_at = 1;
	card.fault = SDCARD_SILENT;
	card.fault_sticky = true;
	for (unsigned i = 0; i < 3u; i++) {
		make(&r, TZVMM_BLK_READ, i, 1);
		assert_int_equal(run(&r), TZVMM_E_IO);
	}
	hw.hangs = true;
	make(&r, TZVMM_BLK_WRITE, 0, 1);
	assert_int_equal(run(&r), TZVMM_E_IO);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, an_sdhc)
#define S(name) cmocka_unit_test_setup(name, a_started_sdhc)
	const struct CMUnitTest tests[] = {
		T(each_kind_of_card_gets_ready_with_its_size),
		T(a_protected_card_is_read_only),
		T(a_clock_out_of_range_is_refused),
		T(what_is_no_sd_card_is_refused),
		T(a_card_that_makes_no_sense_is_refused),
		T(a_start_with_a_fault_ends),
		T(written_sectors_are_read_again),
		S(requests_are_served_one_at_a_time_in_their_order),
		S(a_write_is_answered_when_the_card_has_programmed_it),
		S(a_request_with_a_fault_is_answered_and_the_next_one_works),
		S(a_card_that_falls_silent_ends_each_request),
	};

	return cmocka_run_group_tests_name("pl181", tests, NULL, NULL);
}
