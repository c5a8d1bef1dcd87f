/* SPDX-License-Identifier: BSD-2-Clause */
/* GPIO, watchdog, and waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/gpio.h>
#include <imx/gpio_regs.h>
#include <imx/wait.h>
#include <imx/wdog.h>
#include <imx/wdog_regs.h>

#include "regs.h"

#define GPIO 0x53F90000u
#define WDOG 0x53F98000u

static struct model_regs gpio, wdog;
static const struct model_reg gpio_table[] = {
	{ .offset = GPIO_DR, .nr = 2, .rw = UINT32_MAX },
	{ .offset = GPIO_PSR, .ro = UINT32_MAX },
	{ .offset = GPIO_ICR1, .nr = 3, .rw = UINT32_MAX },
	{ .offset = GPIO_ISR, .w1c = UINT32_MAX },
	{ .offset = GPIO_EDGE_SEL, .rw = UINT32_MAX },
};
static const struct model_reg wdog_table[] = {
	{ .offset = WDOG_WCR, .rw = 0xFFFF, .reset = 0x30 },
	{ .offset = WDOG_WRSR, .ro = 0xFFFF },
};

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	model_regs_init(&gpio, "gpio", GPIO, 4, gpio_table, 5);
	model_regs_init(&wdog, "wdog", WDOG, 2, wdog_table, 2);
	return 0;
}

static void a_new_output_never_shows_the_wrong_level(void **state)
{
	const struct model_write *w;

	(void)state;
	model_record();
	imx_gpio_output(GPIO, 27, true);
	assert_int_equal(model_writes(&w), 2);
	assert_int_equal(w[0].addr, GPIO + GPIO_DR);
	assert_int_equal(w[0].value, 1u << 27);
	assert_int_equal(w[1].addr, GPIO + GPIO_GDIR);
	assert_int_equal(w[1].value, 1u << 27);
}

static void pins_are_set_without_touching_their_neighbours(void **state)
{
	(void)state;
	*model_reg(&gpio, GPIO_DR) = 0xA5A5A5A5;
	*model_reg(&gpio, GPIO_GDIR) = 0xFFFF0000;
	imx_gpio_output(GPIO, 31, false);
	assert_int_equal(*model_reg(&gpio, GPIO_DR), 0x25A5A5A5);
	imx_gpio_output(GPIO, 1, true);
	assert_int_equal(*model_reg(&gpio, GPIO_DR), 0x25A5A5A7);
	imx_gpio_input(GPIO, 16);
	assert_int_equal(*model_reg(&gpio, GPIO_GDIR), 0xFFFE0002);
	*model_reg(&gpio, GPIO_PSR) = 1u << 13;
	assert_true(imx_gpio_level(GPIO, 13));
	assert_false(imx_gpio_level(GPIO, 14));
}

/* ---- A bank's interrupts ------------------------------------------------ */

static uint32_t told; /* pins, one bit each */
static unsigned nr_told;
static uint32_t isr_when_told;

static void event(void *ctx, unsigned pin)
{
	assert_ptr_equal(ctx, &told);
	assert_int_equal(*model_reg(&gpio, GPIO_IMR) >> pin & 1u, 0);
	told |= 1u << pin;
	nr_told++;
	isr_when_told = *model_reg(&gpio, GPIO_ISR);
}

static struct imx_gpio_bank bank = { .base = GPIO, .event = event, .ctx = &told };

static void start_bank(void)
{
	*model_reg(&gpio, GPIO_IMR) = UINT32_MAX;
	*model_reg(&gpio, GPIO_ISR) = UINT32_MAX;
	told = 0;
	nr_told = 0;
	imx_gpio_bank_init(&bank);
	assert_int_equal(*model_reg(&gpio, GPIO_IMR), 0);
	assert_int_equal(*model_reg(&gpio, GPIO_ISR), 0);
}

static void each_type_of_interrupt_has_its_condition(void **state)
{
	static const struct {
		enum tzvmm_gpio_irq type;
		uint32_t icr, edge_sel;
	} types[] = {
		{ TZVMM_GPIO_IRQ_LOW, 0, 0 },     { TZVMM_GPIO_IRQ_HIGH, 1, 0 },
		{ TZVMM_GPIO_IRQ_RISING, 2, 0 },  { TZVMM_GPIO_IRQ_BOTH, 0, 1 },
		{ TZVMM_GPIO_IRQ_FALLING, 3, 0 }, { TZVMM_GPIO_IRQ_NONE, 0, 0 },
	};

	(void)state;
	start_bank();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		*model_reg(&gpio, GPIO_ICR1) = UINT32_MAX;
		*model_reg(&gpio, GPIO_ICR2) = UINT32_MAX;
		*model_reg(&gpio, GPIO_IMR) = UINT32_MAX;
		*model_reg(&gpio, GPIO_ISR) = UINT32_MAX;
		*model_reg(&gpio, GPIO_EDGE_SEL) = 1u << 26 | 1u << 4;
		imx_gpio_bank_ops.irq_type(&bank, 26, types[i].type);
		assert_int_equal(*model_reg(&gpio, GPIO_ICR2),
				 ~(3u << 20) | types[i].icr << 20);
		assert_int_equal(*model_reg(&gpio, GPIO_EDGE_SEL),
				 types[i].edge_sel << 26 | 1u << 4);
		assert_int_equal(*model_reg(&gpio, GPIO_IMR), ~(1u << 26));
		assert_int_equal(*model_reg(&gpio, GPIO_ISR), ~(1u << 26));
		imx_gpio_bank_ops.irq_type(&bank, 15, types[i].type);
		assert_int_equal(*model_reg(&gpio, GPIO_ICR1),
				 ~(3u << 30) | types[i].icr << 30);
	}
}

static void an_edge_is_cleared_before_it_is_told_and_the_pin_masked(void **state)
{
	(void)state;
	start_bank();
	imx_gpio_bank_ops.irq_type(&bank, 3, TZVMM_GPIO_IRQ_BOTH);
	imx_gpio_bank_ops.irq_type(&bank, 30, TZVMM_GPIO_IRQ_RISING);
	*model_reg(&gpio, GPIO_ISR) = 1u << 3 | 1u << 30 | 1u << 5;
	imx_gpio_bank_irq(&bank); /* all masked */
	assert_int_equal(nr_told, 0);
	imx_gpio_bank_ops.irq_unmask(&bank, 3); /* the edge of before is kept */
	imx_gpio_bank_ops.irq_unmask(&bank, 30);
	imx_gpio_bank_irq(&bank);
	assert_int_equal(nr_told, 2);
	assert_int_equal(told, 1u << 3 | 1u << 30);
	assert_int_equal(isr_when_told, 1u << 5);
	assert_int_equal(*model_reg(&gpio, GPIO_IMR), 0);
	imx_gpio_bank_irq(&bank);
	assert_int_equal(nr_told, 2);
}

static void a_level_is_told_once_and_again_after_it_was_unmasked(void **state)
{
	(void)state;
	start_bank();
	imx_gpio_bank_ops.irq_type(&bank, 27, TZVMM_GPIO_IRQ_HIGH);
	imx_gpio_bank_ops.irq_unmask(&bank, 27);
	*model_reg(&gpio, GPIO_ISR) = 1u << 27;
	imx_gpio_bank_irq(&bank);
	imx_gpio_bank_irq(&bank);
	assert_int_equal(nr_told, 1);
	assert_int_equal(*model_reg(&gpio, GPIO_ISR), 1u << 27); /* not an edge */
	/* The level has gone: what is left of it is nothing to tell. */
	imx_gpio_bank_ops.irq_unmask(&bank, 27);
	assert_int_equal(*model_reg(&gpio, GPIO_IMR), 1u << 27);
	imx_gpio_bank_irq(&bank);
	assert_int_equal(nr_told, 1);
	*model_reg(&gpio, GPIO_ISR) = 1u << 27;
	imx_gpio_bank_irq(&bank);
	assert_int_equal(nr_told, 2);
	/* As an edge it is one. */
	imx_gpio_bank_ops.irq_type(&bank, 27, TZVMM_GPIO_IRQ_FALLING);
	*model_reg(&gpio, GPIO_ISR) = 1u << 27;
	imx_gpio_bank_ops.irq_unmask(&bank, 27);
	imx_gpio_bank_irq(&bank);
	assert_int_equal(nr_told, 3);
	assert_int_equal(*model_reg(&gpio, GPIO_ISR), 0);
}

static void a_bank_s_pins_are_those_of_its_registers(void **state)
{
	(void)state;
	start_bank();
	imx_gpio_bank_ops.output(&bank, 30, true);
	assert_int_equal(*model_reg(&gpio, GPIO_DR), 1u << 30);
	assert_int_equal(*model_reg(&gpio, GPIO_GDIR), 1u << 30);
	imx_gpio_bank_ops.input(&bank, 30);
	assert_int_equal(*model_reg(&gpio, GPIO_GDIR), 0);
	*model_reg(&gpio, GPIO_PSR) = 1u << 30;
	assert_true(imx_gpio_bank_ops.level(&bank, 30));
	assert_false(imx_gpio_bank_ops.level(&bank, 29));
}

/* ---- Watchdog ----------------------------------------------------------- */

static void a_reset_leaves_the_external_line_alone_at_first(void **state)
{
	const struct model_write *w;
	size_t n;

	(void)state;
	model_record();
	assert_int_equal(imx_wdog_reset(WDOG, &model_sys), TZVMM_E_TIMEOUT);
	n = model_writes(&w);
	assert_int_equal(n, 6);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(w[i].value, WCR_WDE | WCR_WDA);
		assert_int_equal(w[i + 3u].value, 0);
	}
	assert_true(model_now_ns() < 200000000u);
}

static void a_reset_that_does_not_happen_returns_even_without_a_clock(void **state)
{
	(void)state;
	model_stop_clock(true);
	assert_int_equal(imx_wdog_reset(WDOG, &model_sys), TZVMM_E_TIMEOUT);
}

static void the_reason_of_the_last_reset_has_a_name(void **state)
{
	static const struct {
		uint32_t wrsr;
		const char *name;
	} cases[] = { { 0x10, "power-on" },
		      { 0x01, "software" },
		      { 0x02, "watchdog" },
		      { 0x12, "watchdog" },
		      { 0, "unknown" } };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		*model_reg(&wdog, WDOG_WRSR) = cases[i].wrsr;
		assert_string_equal(imx_wdog_reason_name(imx_wdog_reason(WDOG)),
				    cases[i].name);
	}
	assert_string_equal(imx_wdog_reason_name((enum imx_wdog_reason)99),
			    "unknown");
}

static void come_true(void)
{
	model_pass_ns(50000000);
	*model_reg(&gpio, GPIO_PSR) = 1;
}

static void a_condition_that_came_true_while_we_were_held_up_counts(void **state)
{
	uint32_t value;

	/* The second look at the clock is after the limit; the register has
	 * what we want by then. */
	(void)state;
	model_on_clock(NULL);
	*model_reg(&gpio, GPIO_PSR) = 0;
	(void)model_sys.ops->now_us(NULL);
	model_on_clock(come_true);
	assert_int_equal(imx_wait(&model_sys, GPIO + GPIO_PSR, 1, 1, 100), TZVMM_OK);
	*model_reg(&gpio, GPIO_PSR) = 0;
	model_on_clock(come_true);
	assert_int_equal(imx_wait_any(&model_sys, GPIO + GPIO_PSR, 3, 100, &value),
			 TZVMM_OK);
	assert_int_equal(value, 1);
}

static void a_wait_ends_at_its_limit(void **state)
{
	uint64_t before = model_now_ns();
	uint32_t value;

	(void)state;
	assert_int_equal(imx_wait(&model_sys, GPIO + GPIO_PSR, 1, 1, 1000),
			 TZVMM_E_TIMEOUT);
	assert_true(model_now_ns() - before >= 1000000u);
	assert_true(model_now_ns() - before < 1010000u);
	assert_int_equal(imx_wait_any(&model_sys, GPIO + GPIO_PSR, 1, 1000, &value),
			 TZVMM_E_TIMEOUT);
	before = model_now_ns();
	imx_delay(&model_sys, 250);
	assert_true(model_now_ns() - before >= 250000u);
	assert_true(model_now_ns() - before < 260000u);
}

static void a_wait_ends_when_the_clock_stands_still(void **state)
{
	uint32_t value;

	(void)state;
	model_stop_clock(true);
	(void)model_take_reads();
	assert_int_equal(imx_wait(&model_sys, GPIO + GPIO_PSR, 1, 1, 1000),
			 TZVMM_E_TIMEOUT);
	assert_int_equal(model_take_reads(), 16001);
	assert_int_equal(imx_wait_any(&model_sys, GPIO + GPIO_PSR, 1, 1000, &value),
			 TZVMM_E_TIMEOUT);
	imx_delay(&model_sys, 1000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(a_new_output_never_shows_the_wrong_level),
		T(pins_are_set_without_touching_their_neighbours),
		T(each_type_of_interrupt_has_its_condition),
		T(an_edge_is_cleared_before_it_is_told_and_the_pin_masked),
		T(a_level_is_told_once_and_again_after_it_was_unmasked),
		T(a_bank_s_pins_are_those_of_its_registers),
		T(a_reset_leaves_the_external_line_alone_at_first),
		T(a_reset_that_does_not_happen_returns_even_without_a_clock),
		T(the_reason_of_the_last_reset_has_a_name),
		T(a_condition_that_came_true_while_we_were_held_up_counts),
		T(a_wait_ends_at_its_limit),
		T(a_wait_ends_when_the_clock_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
