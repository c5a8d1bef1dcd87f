/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks of the i.MX53. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx53/clk.h>
#include <imx53/clk_regs.h>

#include "regs.h"

#define CCM 0x53FD4000u
#define DPLL(n) (0x63F80000u + 0x4000u * ((n)-1u))

static struct model_regs ccm, dpll[4];
static const struct model_reg ccm_table[] = {
	{ .offset = CCM_CCSR, .rw = 0x7FF },
	{ .offset = CCM_CBCDR, .rw = UINT32_MAX },
	{ .offset = CCM_CBCMR, .rw = UINT32_MAX },
	{ .offset = CCM_CSCMR1, .rw = UINT32_MAX },
	{ .offset = CCM_CSCDR1, .rw = UINT32_MAX },
	{ .offset = CCM_CDHIPR, .ro = UINT32_MAX },
	{ .offset = CCM_CLPCR, .rw = UINT32_MAX },
	{ .offset = CCM_CCGR(0), .nr = 8, .rw = UINT32_MAX },
};
static const struct model_reg dpll_table[] = {
	{ .offset = 0, .nr = 10, .ro = UINT32_MAX },
};
static const struct imx53_clk clk = {
	.ccm = CCM,
	.dpll = { DPLL(1), DPLL(2), DPLL(3), DPLL(4) },
	.sys = &model_sys,
};
static unsigned settle_looks;
static uint32_t gates_to_be_closed[2]; /* of CCGR3: the SD hosts'; of CCGR2: USB's */
static bool changed_under_a_running_clock;

static void ccm_reads(struct model_regs *regs, uint32_t offset)
{
	if (offset == CCM_CDHIPR) {
		*model_reg(regs, offset) = settle_looks != 0u;
		settle_looks -= settle_looks != 0u;
	}
}

static void ccm_wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	(void)value;
	if ((offset == CCM_CSCDR1 || offset == CCM_CSCMR1) &&
	    ((*model_reg(regs, CCM_CCGR(3)) & gates_to_be_closed[0]) != 0u ||
	     (*model_reg(regs, CCM_CCGR(2)) & gates_to_be_closed[1]) != 0u)) {
		changed_under_a_running_clock = true;
	}
}

static void set_pll(unsigned n, uint32_t ctl, uint32_t op, uint32_t mfd, uint32_t mfn)
{
	struct model_regs *regs = &dpll[n - 1u];
	bool hfs = (ctl & DPLL_CTL_HFSM) != 0u;

	*model_reg(regs, DPLL_CTL) = ctl;
	*model_reg(regs, hfs ? DPLL_HFS_OP : DPLL_OP) = op;
	*model_reg(regs, hfs ? DPLL_HFS_MFD : DPLL_MFD) = mfd;
	*model_reg(regs, hfs ? DPLL_HFS_MFN : DPLL_MFN) = mfn;
}

/* What U-Boot leaves (imx53.md 7). */
static int bring_up(void **state)
{
	(void)state;
	model_reset();
	model_regs_init(&ccm, "ccm", CCM, 4, ccm_table,
			sizeof(ccm_table) / sizeof(ccm_table[0]));
	for (unsigned n = 0; n < 4; n++) {
		model_regs_init(&dpll[n], "dpll", DPLL(n + 1u), 4, dpll_table, 1);
	}
	ccm.reads = ccm_reads;
	ccm.wrote = ccm_wrote;
	settle_looks = 3;
	changed_under_a_running_clock = false;
	gates_to_be_closed[0] = 0xCCCC;
	gates_to_be_closed[1] = 0;
	set_pll(1, 0x1232, 8u << 4 | 0, 2, 1); /* 96 x (8 + 1/3) = 800 */
	set_pll(2, 0x1232, 8u << 4 | 1, 2, 1); /* 400 */
	set_pll(3, 0x1232, 9u << 4 | 3, 0, 0); /* 216 */
	set_pll(4, 0x1232 | DPLL_CTL_HFSM, 9u << 4 | 1, 47, 23); /* 455 */
	*model_reg(&ccm, CCM_CBCDR) = 0x00888945;
	*model_reg(&ccm, CCM_CBCMR) = 0x00016154;
	*model_reg(&ccm, CCM_CSCMR1) = 1u << 24;
	*model_reg(&ccm, CCM_CSCDR1) = 0x0A;
	for (unsigned n = 0; n < 8; n++) {
		*model_reg(&ccm, CCM_CCGR(n)) = UINT32_MAX;
	}
	return 0;
}

static void the_clocks_that_u_boot_leaves_are_read_right(void **state)
{
	(void)state;
	assert_int_equal(imx53_clk_pll(&clk, 1), 800000000);
	assert_int_equal(imx53_clk_pll(&clk, 2), 400000000);
	assert_int_equal(imx53_clk_pll(&clk, 3), 216000000);
	assert_int_equal(imx53_clk_pll(&clk, 4), 455000000);
	assert_int_equal(imx53_clk_uart(&clk), 66666666);
	assert_int_equal(imx53_clk_per(&clk), 33333333);
}

static void
a_pll_is_halved_without_its_doubler_and_takes_negative_fractions(void **state)
{
	(void)state;
	set_pll(2, 0x0232, 8u << 4 | 1, 2, 1);
	assert_int_equal(imx53_clk_pll(&clk, 2), 200000000);
	set_pll(2, 0x1232, 9u << 4 | 1, 2, 0x07FFFFFE); /* 48 x (9 - 2/3) */
	assert_int_equal(imx53_clk_pll(&clk, 2), 400000000);
	set_pll(2, 0x1232, 1u << 4 | 0, 0, 0); /* MFI counts from 5 */
	assert_int_equal(imx53_clk_pll(&clk, 2), 480000000);
	set_pll(2, 0x1232, 15u << 4, 0, 0x03FFFFFF); /* nonsense */
	assert_int_equal(imx53_clk_pll(&clk, 2), 0);
}

static void every_selector_of_the_roots_is_followed(void **state)
{
	static const uint32_t plls[] = { 800000000, 400000000, 216000000, 24000000 };

	(void)state;
	*model_reg(&ccm, CCM_CSCDR1) = 0;
	for (uint32_t s = 0; s < 4; s++) {
		*model_reg(&ccm, CCM_CSCMR1) = s << 24 | s << 20 | (3u - s) << 16;
		assert_int_equal(imx53_clk_uart(&clk), plls[s]);
		assert_int_equal(imx53_clk_esdhc(&clk, 1), plls[s]);
		assert_int_equal(imx53_clk_esdhc(&clk, 3), plls[3u - s]);
		assert_int_equal(imx53_clk_esdhc(&clk, 2), plls[s]);
		assert_int_equal(imx53_clk_esdhc(&clk, 4), plls[s]);
		*model_reg(&ccm, CCM_CSCMR1) |= 3u << 18;
		assert_int_equal(imx53_clk_esdhc(&clk, 2), plls[3u - s]);
		assert_int_equal(imx53_clk_esdhc(&clk, 4), plls[3u - s]);
	}
	*model_reg(&ccm, CCM_CCSR) = CCSR_LP_APM;
	assert_int_equal(imx53_clk_esdhc(&clk, 3), 800000000);
	*model_reg(&ccm, CCM_CSCMR1) = 3u << 20;
	assert_int_equal(imx53_clk_esdhc(&clk, 1), 455000000);
}

static void perclk_follows_its_two_selectors_and_the_main_bus(void **state)
{
	uint32_t *cbcdr = model_reg(&ccm, CCM_CBCDR);
	uint32_t *cbcmr = model_reg(&ccm, CCM_CBCMR);

	(void)state;
	*cbcmr |= 1u; /* ipg: 400 / 3 / 2 */
	assert_int_equal(imx53_clk_per(&clk), 66666666);
	*cbcmr = (*cbcmr & ~1u) | 2u; /* lp_apm / 12 */
	assert_int_equal(imx53_clk_per(&clk), 2000000);
	*cbcmr &= ~3u;
	*cbcdr |= 1u << 25;
	*cbcmr &= ~(3u << 12);
	assert_int_equal(imx53_clk_per(&clk), 800000000 / 12);
	*cbcmr |= 1u << 12;
	assert_int_equal(imx53_clk_per(&clk), 216000000 / 12);
	*cbcmr = (*cbcmr & ~(3u << 12)) | 2u << 12;
	assert_int_equal(imx53_clk_per(&clk), 24000000 / 12);
}

static void the_sd_roots_are_set_as_linux_sets_them_and_only_they_change(void **state)
{
	uint32_t cscmr1, cscdr1;

	(void)state;
	*model_reg(&ccm, CCM_CSCMR1) = 0xFFFFFFFF;
	*model_reg(&ccm, CCM_CSCDR1) = 0xFFFFFFFF;
	assert_int_equal(imx53_clk_set_esdhc(&clk), TZVMM_OK);
	for (unsigned port = 1; port <= 4; port++) {
		assert_int_equal(imx53_clk_esdhc(&clk, port), 200000000);
	}
	cscmr1 = *model_reg(&ccm, CCM_CSCMR1);
	cscdr1 = *model_reg(&ccm, CCM_CSCDR1);
	assert_int_equal(cscmr1 | 3u << 20 | 3u << 16, 0xFFFFFFFF);
	assert_int_equal(cscdr1 | 7u << 16 | 7u << 11 | 7u << 22 | 7u << 19,
			 0xFFFFFFFF);
	assert_false(changed_under_a_running_clock);
}

static void an_sd_root_never_exceeds_200_mhz_whatever_pll2_is(void **state)
{
	(void)state;
	for (uint32_t mfi = 5; mfi < 16u; mfi++) {
		for (uint32_t pdf = 0; pdf < 16u; pdf++) {
			bring_up(state);
			set_pll(2, 0x1232, mfi << 4 | pdf, 0, 0);
			assert_int_equal(imx53_clk_set_esdhc(&clk), TZVMM_OK);
			assert_true(imx53_clk_esdhc(&clk, 1) <= 200000000);
			assert_true(imx53_clk_esdhc(&clk, 1) > 100000000 ||
				    imx53_clk_pll(&clk, 2) <= 200000000);
		}
	}
}

static void a_pll_without_sense_changes_nothing(void **state)
{
	(void)state;
	set_pll(2, 0x1232, 15u << 4, 0, 0x03FFFFFF);
	assert_int_equal(imx53_clk_set_esdhc(&clk), TZVMM_E_IO);
	assert_int_equal(imx53_clk_set_usb(&clk), TZVMM_E_IO);
	assert_int_equal(model_take_writes(), 0);
}

static void dividers_that_never_settle_end_the_wait(void **state)
{
	(void)state;
	settle_looks = UINT32_MAX;
	assert_int_equal(imx53_clk_set_esdhc(&clk), TZVMM_E_TIMEOUT);
	assert_int_equal(imx53_clk_set_usb(&clk), TZVMM_E_TIMEOUT);
	model_stop_clock(true);
	assert_int_equal(imx53_clk_set_esdhc(&clk), TZVMM_E_TIMEOUT);
}

static void usb_has_50_mhz_and_the_crystal_with_all_gates_open(void **state)
{
	(void)state;
	gates_to_be_closed[0] = 0;
	gates_to_be_closed[1] = 3u << 28;
	*model_reg(&ccm, CCM_CSCMR1) = 0xFFFFFFFF;
	*model_reg(&ccm, CCM_CSCDR1) = 0xFFFFFFFF;
	*model_reg(&ccm, CCM_CCGR(2)) = 0;
	*model_reg(&ccm, CCM_CCGR(4)) = 0;
	assert_int_equal(imx53_clk_set_usb(&clk), TZVMM_OK);
	/* PLL2 by 4 and by 2; the other fields are other devices'. */
	assert_int_equal(*model_reg(&ccm, CCM_CSCMR1), 0xFB7FFFFF);
	assert_int_equal(*model_reg(&ccm, CCM_CSCDR1), 0xFFFFFB7F);
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(2)), 0x3C000000);
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(4)), 0x00003C00);
	assert_false(changed_under_a_running_clock);
}

static void a_gate_changes_two_bits(void **state)
{
	(void)state;
	imx53_clk_close(&clk, IMX53_GATE_ESDHC_PER(1));
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(3)), 0xFFFFFFF3);
	imx53_clk_close(&clk, IMX53_GATE_ESDHC_IPG(4));
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(3)), 0xFFFFCFF3);
	imx53_clk_open(&clk, IMX53_GATE_ESDHC_PER(1));
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(3)), 0xFFFFCFFF);
	imx53_clk_close(&clk, IMX53_GATE_UART1_PER);
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(1)), 0xFFFFFCFF);
}

static void waiting_stops_no_clock(void **state)
{
	(void)state;
	*model_reg(&ccm, CCM_CLPCR) = 0x7A;
	imx53_clk_stay_on(&clk);
	assert_int_equal(*model_reg(&ccm, CCM_CLPCR), 0x78);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(the_clocks_that_u_boot_leaves_are_read_right),
		T(a_pll_is_halved_without_its_doubler_and_takes_negative_fractions),
		T(every_selector_of_the_roots_is_followed),
		T(perclk_follows_its_two_selectors_and_the_main_bus),
		T(the_sd_roots_are_set_as_linux_sets_them_and_only_they_change),
		T(an_sd_root_never_exceeds_200_mhz_whatever_pll2_is),
		T(a_pll_without_sense_changes_nothing),
		T(dividers_that_never_settle_end_the_wait),
		T(usb_has_50_mhz_and_the_crystal_with_all_gates_open),
		T(a_gate_changes_two_bits),
		T(waiting_stops_no_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
