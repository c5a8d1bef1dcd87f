/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks and address space controller of the i.MX6UL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <imx6ul/clk.h>
#include <imx6ul/clk_regs.h>
#include <imx6ul/tzasc.h>
#include <imx6ul/tzasc_regs.h>

#include "regs.h"

#define CCM 0x020C4000u
#define ANATOP 0x020C8000u
#define GPR 0x020E4000u
#define TZASC 0x021D0000u

static struct model_regs ccm, anatop, gpr, tzasc;
static const struct imx6ul_clk clk = { CCM, ANATOP };
static const struct imx6ul_tzasc where = { TZASC, GPR };

static const struct model_reg ccm_table[] = {
	{ .offset = CCM_CSCMR1, .rw = 0xFFFF7FFF, .reset = 0x04900080 },
	{ .offset = CCM_CSCDR1, .rw = 0x01FF3FFF, .reset = 0x00490B00 },
	{ .offset = CCM_CLPCR, .rw = UINT32_MAX, .reset = 0x79 },
	{ .offset = CCM_CCGR(0), .nr = 7, .rw = UINT32_MAX },
};
static const struct model_reg anatop_table[] = {
	{ .offset = ANATOP_PLL2, .ro = UINT32_MAX, .reset = 0x80002001 },
	{ .offset = ANATOP_PFD_528, .ro = UINT32_MAX, .reset = 0x1018101B },
};
static const struct model_reg gpr_table[] = {
	{ .offset = GPR1, .rw = UINT32_MAX, .reset = 0x0F400005 },
	{ .offset = GPR9, .ro = UINT32_MAX, .reset = GPR9_TZASC_ON },
};
/* Base addresses have no bits below 15; region 0 has permissions alone. */
static const struct model_reg tzasc_table[] = {
	{ .offset = TZASC_CONF, .ro = UINT32_MAX, .reset = 0x1F0F },
	{ .offset = TZASC_ACTION, .rw = 3 },
	{ .offset = TZASC_LOCK_RANGE, .rw = 0x8000000F },
	{ .offset = TZASC_LOCK_SELECT, .rw = 7 },
	{ .offset = TZASC_ATTRS(0), .rw = 0xF0000000, .reset = 0xC0000000 },
	{ .offset = TZASC_LOW(1), .rw = 0xFFFF8000 },
	{ .offset = TZASC_HIGH(1), .rw = UINT32_MAX },
	{ .offset = TZASC_ATTRS(1), .rw = 0xF000FF7F },
	{ .offset = TZASC_LOW(2), .rw = 0xFFFF8000 },
	{ .offset = TZASC_HIGH(2), .rw = UINT32_MAX },
	{ .offset = TZASC_ATTRS(2), .rw = 0xF000FF7F },
	{ .offset = TZASC_LOW(3), .rw = 0xFFFF8000 },
	{ .offset = TZASC_HIGH(3), .rw = UINT32_MAX },
	{ .offset = TZASC_ATTRS(3), .rw = 0xF000FF7F },
};

#define NR(table) (sizeof(table) / sizeof((table)[0]))

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	model_regs_init(&ccm, "ccm", CCM, 4, ccm_table, NR(ccm_table));
	model_regs_init(&anatop, "anatop", ANATOP, 4, anatop_table, NR(anatop_table));
	model_regs_init(&gpr, "gpr", GPR, 4, gpr_table, NR(gpr_table));
	model_regs_init(&tzasc, "tzasc", TZASC, 4, tzasc_table, NR(tzasc_table));
	*model_reg(&tzasc, TZASC_CONF) = 0x1F03; /* four regions */
	return 0;
}

/* ---- Clocks --------------------------------------------------------------- */

static void an_open_gate_leaves_its_neighbours_alone(void **state)
{
	(void)state;
	*model_reg(&ccm, CCM_CCGR(5)) = 0x00400001;
	imx6ul_clk_open(&clk, IMX6UL_GATE_UART1);
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(5)), 0x03400001);
	imx6ul_clk_open(&clk, IMX6UL_GATE_EPIT2);
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(1)), 0x0000C000);
}

static void the_roots_of_timers_and_uarts_are_the_crystal(void **state)
{
	(void)state;
	*model_reg(&ccm, CCM_CSCMR1) |= 5;
	imx6ul_clk_use_osc(&clk);
	assert_int_equal(*model_reg(&ccm, CCM_CSCMR1), 0x049000C0);
	assert_int_equal(*model_reg(&ccm, CCM_CSCDR1), 0x00490B40);
}

static void a_cpu_that_waits_stops_no_clock(void **state)
{
	(void)state;
	imx6ul_clk_stay_on(&clk);
	assert_int_equal(*model_reg(&ccm, CCM_CLPCR), 0x78);
}

static void a_host_has_half_of_pfd2(void **state)
{
	(void)state;
	*model_reg(&ccm, CCM_CSCMR1) |= 3u << 16;
	*model_reg(&ccm, CCM_CSCDR1) |= 7u << 16 | 7u << 11;
	assert_int_equal(imx6ul_clk_start_usdhc(&clk, 2), 198000000);
	assert_int_equal(*model_reg(&ccm, CCM_CSCMR1) >> 16 & 3u, 1);
	assert_int_equal(*model_reg(&ccm, CCM_CSCDR1) >> 16 & 7u, 1);
	assert_int_equal(*model_reg(&ccm, CCM_CSCDR1) >> 11 & 7u, 7);
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(6)), 0x30);
	assert_int_equal(imx6ul_clk_start_usdhc(&clk, 1), 198000000);
	assert_int_equal(*model_reg(&ccm, CCM_CSCMR1) >> 16 & 3u, 0);
	assert_int_equal(*model_reg(&ccm, CCM_CSCDR1) >> 11 & 7u, 1);
	assert_int_equal(*model_reg(&ccm, CCM_CCGR(6)), 0x3C);
}

static void a_slower_pll_gives_a_slower_host(void **state)
{
	(void)state;
	*model_reg(&anatop, ANATOP_PLL2) &= ~PLL2_DIV_22;
	assert_int_equal(imx6ul_clk_start_usdhc(&clk, 1), 180000000);
}

static void a_divider_that_the_pll_cannot_have_is_no_clock(void **state)
{
	static const uint32_t bad[] = { 0, 11, 36, 63 };

	(void)state;
	for (size_t i = 0; i < NR(bad); i++) {
		*model_reg(&anatop, ANATOP_PFD_528) = bad[i] << 16;
		assert_int_equal(imx6ul_clk_start_usdhc(&clk, 1), 0);
	}
}

/* ---- Memory --------------------------------------------------------------- */

static const struct imx6ul_tzasc_bank guest[] = { { 0x88000000, 0x18000000 } };

static void assert_region(unsigned n, uint32_t base, unsigned log2)
{
	assert_int_equal(*model_reg(&tzasc, TZASC_LOW(n)), base);
	assert_int_equal(*model_reg(&tzasc, TZASC_HIGH(n)), 0);
	assert_int_equal(*model_reg(&tzasc, TZASC_ATTRS(n)),
			 0xF0000001u | (log2 - 1u) << 1);
}

static void only_the_guests_memory_is_open_to_the_normal_world(void **state)
{
	(void)state;
	*model_reg(&tzasc, TZASC_ATTRS(0)) = 0xF0000000;
	*model_reg(&tzasc, TZASC_ATTRS(3)) = 0xF000003F; /* the loader's: all */
	assert_int_equal(imx6ul_tzasc_protect(&where, guest, 1), TZVMM_OK);
	assert_int_equal(*model_reg(&tzasc, TZASC_ATTRS(0)), 0xC0000000);
	assert_region(1, 0x88000000, 27);
	assert_region(2, 0x90000000, 28);
	assert_int_equal(*model_reg(&tzasc, TZASC_ATTRS(3)), 0);
	assert_int_equal(*model_reg(&tzasc, TZASC_ACTION), ACTION_ERROR);
}

static void it_is_locked_when_all_is_in_force(void **state)
{
	const struct model_write *w;
	size_t nr;

	(void)state;
	model_record();
	assert_int_equal(imx6ul_tzasc_protect(&where, guest, 1), TZVMM_OK);
	nr = model_writes(&w);
	/* No region of the loader's is open while it moves. */
	assert_int_equal(w[0].addr, TZASC + TZASC_ATTRS(1));
	assert_int_equal(w[0].value, 0);
	assert_int_equal(w[nr - 1u].addr, GPR + GPR1);
	assert_int_equal(w[nr - 1u].value, 0x0F400005 | GPR1_TZASC_LOCK);
	assert_int_equal(w[nr - 2u].addr, TZASC + TZASC_LOCK_SELECT);
	assert_int_equal(w[nr - 2u].value, LOCK_SELECT_ALL);
	assert_int_equal(w[nr - 3u].addr, TZASC + TZASC_LOCK_RANGE);
	assert_int_equal(w[nr - 3u].value, LOCK_RANGE_ENABLE | 3u);
}

static void a_bypass_is_told_and_left_alone(void **state)
{
	(void)state;
	*model_reg(&gpr, GPR9) = 0;
	assert_int_equal(imx6ul_tzasc_protect(&where, guest, 1), TZVMM_E_UNSUPP);
	assert_int_equal(model_take_writes(), 0);
}

static void memory_that_regions_cannot_have_is_refused(void **state)
{
	static const struct imx6ul_tzasc_bank bad[][2] = {
		{ { 0x88000000, 0 } },
		{ { 0x88000000, 0x4000 } },
		{ { 0x88004000, 0x8000 } },
		{ { 0xF8000000, 0x10000000 } },
		{ { 0x88000000, 0x17000000 } }, /* four pieces, three regions */
		{ { 0x88000000, 0x18000000 }, { 0xA0000000, 0x0C000000 } },
	};

	(void)state;
	for (size_t i = 0; i < NR(bad); i++) {
		assert_int_equal(imx6ul_tzasc_protect(&where, bad[i],
						      bad[i][1].len != 0u ? 2 : 1),
				 TZVMM_E_INVAL);
	}
	assert_int_equal(model_take_writes(), 0);
}

static void memory_from_zero_and_up_to_the_end_can_be_had(void **state)
{
	static const struct imx6ul_tzasc_bank ends[] = { { 0, 0x8000 },
							 { 0xFFFF8000, 0x8000 } };

	(void)state;
	assert_int_equal(imx6ul_tzasc_protect(&where, ends, 2), TZVMM_OK);
	assert_region(1, 0, 15);
	assert_region(2, 0xFFFF8000, 15);
}

static void a_register_that_does_not_hold_is_told_and_nothing_is_locked(void **state)
{
	static const struct {
		uint32_t offset, mask, value;
	} stuck[] = {
		{ TZASC_ATTRS(0), 1u << 28, 1u << 28 },
		{ TZASC_ATTRS(1), 1, 0 },
		{ TZASC_LOW(2), 1u << 28, 0 },
		{ TZASC_HIGH(2), 1, 1 },
		{ TZASC_ATTRS(3), 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < NR(stuck); i++) {
		bring_up(NULL);
		model_stick(TZASC + stuck[i].offset, stuck[i].mask, stuck[i].value);
		assert_int_equal(imx6ul_tzasc_protect(&where, guest, 1), TZVMM_E_IO);
		model_unstick();
		assert_int_equal(*model_reg(&tzasc, TZASC_LOCK_RANGE), 0);
		assert_int_equal(*model_reg(&gpr, GPR1) & GPR1_TZASC_LOCK, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, bring_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_open_gate_leaves_its_neighbours_alone),
		TEST(the_roots_of_timers_and_uarts_are_the_crystal),
		TEST(a_cpu_that_waits_stops_no_clock),
		TEST(a_host_has_half_of_pfd2),
		TEST(a_slower_pll_gives_a_slower_host),
		TEST(a_divider_that_the_pll_cannot_have_is_no_clock),
		TEST(only_the_guests_memory_is_open_to_the_normal_world),
		TEST(it_is_locked_when_all_is_in_force),
		TEST(a_bypass_is_told_and_left_alone),
		TEST(memory_that_regions_cannot_have_is_refused),
		TEST(memory_from_zero_and_up_to_the_end_can_be_had),
		TEST(a_register_that_does_not_hold_is_told_and_nothing_is_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
