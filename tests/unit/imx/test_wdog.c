/* SPDX-License-Identifier: BSD-2-Clause */
/* The watchdog: reasons, a reset at once, a reset for want of service, ticks. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/wdog.h>
#include <imx/wdog_regs.h>

#include "regs.h"

#define BASE 0x53F98000u
#define HALF_NS UINT64_C(500000000)

static const struct model_reg table[] = {
	{ .offset = WDOG_WCR, .rw = 0xFFFF, .reset = WCR_WDA | WCR_SRS },
	{ .offset = WDOG_WSR, .rw = 0xFFFF },
	{ .offset = WDOG_WRSR, .ro = 0xFFFF, .reset = WRSR_POR },
	{ .offset = WDOG_WICR, .rw = WICR_WIE | WICR_WICT, .w1c = WICR_WTIS, .reset = 4 },
	{ .offset = WDOG_WMCR, .rw = 1, .reset = 1 },
};
static struct model_regs hw;
static uint64_t loaded_ns;  /* when the count began */
static uint32_t wcr_fixed;  /* WDE, once it is set */
static uint32_t wicr_fixed; /* WICR, once it is written */
static bool locked;
static uint32_t wsr;

static uint64_t count_ns(void)
{
	return model_now_ns() - loaded_ns;
}

/* The interrupt is due while the count stands at WICT or below. */
static void update(void)
{
	uint32_t wcr = *model_reg(&hw, WDOG_WCR);
	uint64_t halves = (wcr >> 8) + 1u - (*model_reg(&hw, WDOG_WICR) & WICR_WICT);

	if ((wcr & WCR_WDE) != 0u && count_ns() >= halves * HALF_NS) {
		*model_reg(&hw, WDOG_WICR) |= WICR_WTIS;
	}
}

static void wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	uint32_t *reg = model_reg(regs, offset);

	switch (offset) {
	case WDOG_WCR:
		if ((value & WCR_WDE) != 0u && wcr_fixed == 0u) {
			wcr_fixed = WCR_WDE;
			loaded_ns = model_now_ns();
		}
		*reg |= wcr_fixed;
		break;
	case WDOG_WSR:
		if (wsr == WSR_FIRST && value == WSR_SECOND) {
			loaded_ns = model_now_ns();
		}
		wsr = value;
		break;
	case WDOG_WICR:
		if (locked) {
			*reg = wicr_fixed | (*reg & WICR_WTIS);
		}
		locked = true;
		wicr_fixed = *reg & ~WICR_WTIS;
		update();
		break;
	default:
		break;
	}
}

static void reads(struct model_regs *regs, uint32_t offset)
{
	(void)regs;
	(void)offset;
	update();
}

static bool irq(void)
{
	update();
	return (*model_reg(&hw, WDOG_WICR) & (WICR_WIE | WICR_WTIS)) ==
	       (WICR_WIE | WICR_WTIS);
}

static bool resets(void)
{
	uint32_t wcr = *model_reg(&hw, WDOG_WCR);

	return (wcr & WCR_WDE) != 0u && count_ns() >= ((wcr >> 8) + 1u) * HALF_NS;
}

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	model_regs_init(&hw, "wdog", BASE, 2, table, 5);
	hw.wrote = wrote;
	hw.reads = reads;
	loaded_ns = 0;
	wcr_fixed = 0;
	locked = false;
	wsr = 0;
	return 0;
}

static void the_reason_of_the_last_reset_has_a_name(void **state)
{
	static const struct {
		uint32_t wrsr;
		const char *name;
	} reasons[] = {
		{ WRSR_POR, "power-on" },  { WRSR_SFTW, "software" },
		{ WRSR_TOUT, "watchdog" }, { WRSR_TOUT | WRSR_SFTW, "watchdog" },
		{ 0, "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		*model_reg(&hw, WDOG_WRSR) = reasons[i].wrsr;
		assert_string_equal(imx_wdog_reason_name(imx_wdog_reason(BASE)),
				    reasons[i].name);
	}
}

static void a_reset_asks_for_the_chip_alone_first(void **state)
{
	const struct model_write *writes;

	(void)state;
	model_record();
	assert_int_equal(imx_wdog_reset(BASE, &model_sys), TZVMM_E_TIMEOUT);
	assert_int_equal(model_writes(&writes), 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(writes[i].addr, BASE + WDOG_WCR);
		assert_int_equal(writes[i].value & WCR_SRS, 0);
		assert_int_equal(writes[i].value & WCR_WDA, i < 3u ? WCR_WDA : 0u);
	}
	assert_in_range(model_now_ns(), 100000000u, 101000000u);
}

static void
it_interrupts_in_each_round_and_resets_nothing_while_it_is_served(void **state)
{
	(void)state;
	assert_int_equal(imx_wdog_start(BASE, 1, 16), TZVMM_OK);
	for (unsigned n = 0; n < 600; n++) {
		assert_false(irq());
		model_pass_ns(HALF_NS - 1000000u);
		assert_false(irq());
		model_pass_ns(2000000);
		assert_true(irq());
		assert_false(resets());
		imx_wdog_serve(BASE);
	}
}

static void it_resets_the_chip_when_it_is_not_served(void **state)
{
	(void)state;
	assert_int_equal(imx_wdog_start(BASE, 1, 16), TZVMM_OK);
	model_pass_ns(16 * HALF_NS - 10000000u);
	assert_false(resets());
	model_pass_ns(20000000);
	assert_true(resets());
}

static void the_longest_times_fit(void **state)
{
	(void)state;
	assert_int_equal(imx_wdog_start(BASE, 1, IMX_WDOG_MAX_HALVES), TZVMM_OK);
	assert_int_equal(*model_reg(&hw, WDOG_WCR) >> 8, 255);
	assert_int_equal(*model_reg(&hw, WDOG_WICR) & WICR_WICT, 255);
	assert_int_equal(*model_reg(&hw, WDOG_WMCR), 0);
}

static void times_out_of_range_are_refused_and_nothing_is_started(void **state)
{
	(void)state;
	assert_int_equal(imx_wdog_start(BASE, 0, 16), TZVMM_E_INVAL);
	assert_int_equal(imx_wdog_start(BASE, 16, 16), TZVMM_E_INVAL);
	assert_int_equal(imx_wdog_start(BASE, 1, 257), TZVMM_E_INVAL);
	assert_int_equal(model_take_writes(), 0);
}

static void one_that_a_boot_loader_started_is_taken_over(void **state)
{
	(void)state;
	*model_reg(&hw, WDOG_WCR) |= WCR_WDE | WCR_WT(119u);
	wcr_fixed = WCR_WDE;
	model_pass_ns(100 * HALF_NS);
	assert_int_equal(imx_wdog_start(BASE, 1, 16), TZVMM_OK);
	assert_false(irq());
	assert_false(resets());
	model_pass_ns(HALF_NS);
	assert_true(irq());
}

static void one_with_a_locked_interrupt_or_absent_is_an_error(void **state)
{
	(void)state;
	locked = true;
	wicr_fixed = 4;
	assert_int_equal(imx_wdog_start(BASE, 1, 16), TZVMM_E_IO);
	bring_up(state);
	model_stick(BASE + WDOG_WCR, 0xFFFF, 0);
	assert_int_equal(imx_wdog_start(BASE, 1, 16), TZVMM_E_IO);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(the_reason_of_the_last_reset_has_a_name),
		T(a_reset_asks_for_the_chip_alone_first),
		T(it_interrupts_in_each_round_and_resets_nothing_while_it_is_served),
		T(it_resets_the_chip_when_it_is_not_served),
		T(the_longest_times_fit),
		T(times_out_of_range_are_refused_and_nothing_is_started),
		T(one_that_a_boot_loader_started_is_taken_over),
		T(one_with_a_locked_interrupt_or_absent_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
