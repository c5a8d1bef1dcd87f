/* SPDX-License-Identifier: BSD-2-Clause */
/* What a uSDHC has that an eSDHC has not (imx6ul.md); all else is in the driver's
 * own tests, which run with either. The model refuses commands to a host that is
 * not set up as it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/esdhc_regs.h>

#include "sd_bench.h"

static void what_the_rom_left_is_cleared_and_the_clock_forced_on(void **state)
{
	static const uint32_t cleared[] = { USDHC_AC12ERR, USDHC_DLL_CTRL,
					    USDHC_CLK_TUNE, USDHC_MMC_BOOT };
	struct sd_bench *b = sd_bench_new(SDCARD_SDHC);

	(void)state;
	for (size_t i = 0; i < sizeof(cleared) / sizeof(cleared[0]); i++) {
		assert_int_not_equal(*model_reg(&b->hw.regs, cleared[i]), 0);
	}
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	for (size_t i = 0; i < sizeof(cleared) / sizeof(cleared[0]); i++) {
		assert_int_equal(*model_reg(&b->hw.regs, cleared[i]), 0);
	}
	assert_int_equal(*model_reg(&b->hw.regs, USDHC_VEND_SPEC),
			 USDHC_VEND_SPEC_FIXED | VEND_SPEC_FRC_SDCLK_ON);
	assert_int_equal(b->host.card_hz, 50000000);
}

static void the_mode_is_in_mix_ctrl_before_the_command_starts(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	static struct sd_request r;
	const struct model_write *w;
	unsigned nr_writes = 0;
	size_t n;

	(void)state;
	sd_request_init(b, &r, TZVMM_BLK_WRITE, 16, 8, 1);
	model_record();
	assert_int_equal(sd_request_do(b, &r), TZVMM_OK);
	n = model_writes(&w);
	for (size_t i = 1; i < n; i++) {
		if (w[i].addr != SD_BENCH_BASE + ESDHC_XFERTYP) {
			continue;
		}
		assert_int_equal(w[i].value & 0xFFFFu, 0);
		if (w[i].value >> 24 == 25u) {
			assert_int_equal(w[i - 1].addr,
					 SD_BENCH_BASE + USDHC_MIX_CTRL);
			assert_int_equal(w[i - 1].value, XFERTYP_MSBSEL |
								 XFERTYP_BCEN |
								 XFERTYP_DMAEN);
			nr_writes++;
		}
	}
	assert_int_equal(nr_writes, 1);
}

static void a_command_without_data_has_no_stop_behind_it(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);
	const uint32_t *mode = model_reg(&b->hw.regs, USDHC_MIX_CTRL);
	static struct sd_request r;

	(void)state;
	sd_request_init(b, &r, TZVMM_BLK_READ, 16, 8, 1);
	assert_int_equal(sd_request_do(b, &r), TZVMM_OK);
	assert_int_not_equal(*mode & XFERTYP_AC12EN, 0);
	sd_request_init(b, &r, TZVMM_BLK_FLUSH, 0, 0, 0);
	assert_int_equal(sd_request_do(b, &r), TZVMM_OK);
	assert_int_equal(*mode, 0);
}

static void a_clock_that_does_not_stop_is_told_and_the_card_used(void **state)
{
	struct sd_bench *b = sd_bench_started(SDCARD_SDHC);

	(void)state;
	assert_false(model_logged("clock does not stop"));
	b = sd_bench_new(SDCARD_SDHC);
	model_stick(SD_BENCH_BASE + ESDHC_PRSSTAT, PRSSTAT_SDOFF, 0);
	assert_int_equal(sd_bench_init(b), TZVMM_OK);
	assert_true(model_logged("clock does not stop"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_rom_left_is_cleared_and_the_clock_forced_on),
		cmocka_unit_test(the_mode_is_in_mix_ctrl_before_the_command_starts),
		cmocka_unit_test(a_command_without_data_has_no_stop_behind_it),
		cmocka_unit_test(a_clock_that_does_not_stop_is_told_and_the_card_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
