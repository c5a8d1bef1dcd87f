/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller in secure hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx53/tzic.h>
#include <imx53/tzic_regs.h>
#include <tzvmm/port/mmio.h>

#include "tzic_model.h"

#define BASE 0x0FFFC000u

static struct tzic_model hw;
static struct imx53_tzic tzic;
static unsigned calls[128], nr_calls, last_line;
static struct imx53_tzic_handler handlers[128];
static const uint32_t guest_lines[4] = { 0x7FFFFFFC, 0xFFFFFCFF, 0xFFFFF7FF,
					 0xFFFFFDFF };

/* A handler that serves its device: the line falls. */
static void handle(void *ctx)
{
	unsigned line = (unsigned)(uintptr_t)ctx;

	calls[line]++;
	nr_calls++;
	last_line = line;
	tzic_model_drive(&hw, line, false);
}

static void disable_line_1(void *ctx)
{
	handle(ctx);
	assert_int_equal(imx53_tzic_disable(&tzic, 1), TZVMM_OK);
}

static void bring_up(void)
{
	static const unsigned secure[] = { 0, 1, 31, 40, 41, 75, 105 };

	model_reset();
	tzic_model_init(&hw, BASE);
	memset(calls, 0, sizeof(calls));
	memset(handlers, 0, sizeof(handlers));
	nr_calls = 0;
	for (size_t i = 0; i < sizeof(secure) / sizeof(secure[0]); i++) {
		handlers[secure[i]] =
			(struct imx53_tzic_handler){ handle,
						     (void *)(uintptr_t)secure[i] };
	}
	assert_int_equal(imx53_tzic_init(&tzic, BASE, guest_lines, handlers),
			 TZVMM_OK);
}

static void after_init_every_line_is_off_and_has_its_world_and_priority(void **state)
{
	(void)state;
	model_reset();
	tzic_model_init(&hw, BASE);
	memset(handlers, 0, sizeof(handlers));
	for (unsigned n = 0; n < 4; n++) { /* what a boot loader left */
		*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, n)) = 0xFF00FF00;
		hw.soft[n] = 0x12345678;
	}
	assert_int_equal(imx53_tzic_init(&tzic, BASE, guest_lines, handlers),
			 TZVMM_OK);
	for (unsigned n = 0; n < 4; n++) {
		assert_int_equal(*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, n)), 0);
		assert_int_equal(hw.soft[n], 0);
		assert_int_equal(*model_reg(&hw.regs, TZIC_WORD(TZIC_WAKEUP, n)), 0);
		assert_int_equal(*model_reg(&hw.regs, TZIC_WORD(TZIC_INTSEC, n)),
				 guest_lines[n]);
	}
	for (unsigned line = 0; line < 128; line++) {
		uint32_t word =
			*model_reg(&hw.regs, TZIC_WORD(TZIC_PRIORITY, line / 4u));
		bool guest = (guest_lines[line / 32u] >> line % 32u & 1u) != 0u;

		assert_int_equal(word >> line % 4u * 8u & 0xFFu, guest ? 0x80 : 0);
	}
	assert_int_equal(*model_reg(&hw.regs, TZIC_INTCTRL),
			 INTCTRL_EN | INTCTRL_NSEN);
	assert_int_equal(*model_reg(&hw.regs, TZIC_PRIOMASK), 0xF8);
	assert_int_equal(*model_reg(&hw.regs, TZIC_SYNCCTRL), SYNCCTRL_LOW_LATENCY);
}

static void both_worlds_are_off_while_their_lines_are_sorted(void **state)
{
	const struct model_write *w;

	(void)state;
	model_reset();
	tzic_model_init(&hw, BASE);
	model_record();
	assert_int_equal(imx53_tzic_init(&tzic, BASE, guest_lines, handlers),
			 TZVMM_OK);
	assert_true(model_writes(&w) > 2u);
	assert_int_equal(w[0].addr, BASE + TZIC_INTCTRL);
	assert_int_equal(w[0].value, INTCTRL_NSENMASK);
	assert_int_equal(w[model_writes(&w) - 1u].value,
			 INTCTRL_NSENMASK | INTCTRL_NSEN | INTCTRL_EN);
}

static void security_that_does_not_read_back_is_refused(void **state)
{
	(void)state;
	model_reset();
	tzic_model_init(&hw, BASE);
	hw.intsec_stuck = 1u << 5;
	memset(handlers, 0, sizeof(handlers));
	assert_int_equal(imx53_tzic_init(&tzic, BASE, guest_lines, handlers),
			 TZVMM_E_IO);
	assert_int_equal(*model_reg(&hw.regs, TZIC_INTCTRL), 0);
}

static void a_handler_for_a_line_of_the_guest_is_refused(void **state)
{
	(void)state;
	model_reset();
	tzic_model_init(&hw, BASE);
	memset(handlers, 0, sizeof(handlers));
	handlers[39].fn = handle;
	assert_int_equal(imx53_tzic_init(&tzic, BASE, guest_lines, handlers),
			 TZVMM_E_INVAL);
	assert_int_equal(model_take_writes(), 0);
}

/* As the monitor does: nothing is the guest's before its profile is known. */
static void lines_can_be_given_to_the_guest_later(void **state)
{
	static const uint32_t nothing[4];
	uint32_t lines[4] = { guest_lines[0], guest_lines[1], guest_lines[2],
			      guest_lines[3] | 1u << (105 - 96) };

	(void)state;
	bring_up();
	assert_int_equal(imx53_tzic_init(&tzic, BASE, nothing, handlers), TZVMM_OK);
	assert_int_equal(imx53_tzic_enable(&tzic, 31), TZVMM_OK);
	assert_int_equal(imx53_tzic_set_guest(&tzic, lines), TZVMM_OK);
	for (unsigned n = 0; n < 4; n++) {
		assert_int_equal(*model_reg(&hw.regs, TZIC_WORD(TZIC_INTSEC, n)),
				 lines[n]);
	}
	assert_int_equal(*model_reg(&hw.regs, TZIC_WORD(TZIC_PRIORITY, 105 / 4u)) >>
					 105u % 4u * 8u &
				 0xFFu,
			 0x80);
	/* It has a handler, which is of no use now. */
	assert_int_equal(imx53_tzic_enable(&tzic, 105), TZVMM_E_DENIED);
	assert_int_equal(imx53_tzic_enable(&tzic, 1), TZVMM_OK);
}

static void a_line_that_is_in_use_is_not_given_away(void **state)
{
	const uint32_t lines[4] = { 1u << 31 };

	(void)state;
	bring_up();
	assert_int_equal(imx53_tzic_enable(&tzic, 31), TZVMM_OK);
	(void)model_take_writes();
	assert_int_equal(imx53_tzic_set_guest(&tzic, lines), TZVMM_E_DENIED);
	assert_int_equal(model_take_writes(), 0);
	hw.intsec_stuck = 1u << 5;
	assert_int_equal(imx53_tzic_set_guest(&tzic, guest_lines), TZVMM_E_IO);
}

static void only_secure_lines_with_a_handler_can_be_enabled(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(imx53_tzic_enable(&tzic, 1), TZVMM_OK);
	assert_int_equal(imx53_tzic_enable(&tzic, 39), TZVMM_E_DENIED);
	assert_int_equal(imx53_tzic_disable(&tzic, 39), TZVMM_E_DENIED);
	assert_int_equal(imx53_tzic_enable(&tzic, 128), TZVMM_E_INVAL);
	assert_int_equal(imx53_tzic_enable(&tzic, UINT32_MAX), TZVMM_E_INVAL);
	assert_int_equal(imx53_tzic_disable(&tzic, 128), TZVMM_E_INVAL);
	handlers[0].fn = NULL;
	assert_int_equal(imx53_tzic_enable(&tzic, 0), TZVMM_E_INVAL);
	assert_int_equal(*model_reg(&hw.regs, TZIC_ENSET), 2);
}

static void each_pending_line_is_served_once_by_its_own_handler(void **state)
{
	static const unsigned lines[] = { 0, 1, 31, 40, 41, 75, 105 };

	(void)state;
	bring_up();
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(imx53_tzic_enable(&tzic, lines[i]), TZVMM_OK);
		tzic_model_drive(&hw, lines[i], true);
	}
	assert_true(tzic_model_fiq(&hw));
	imx53_tzic_dispatch(&tzic);
	assert_int_equal(nr_calls, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(calls[lines[i]], 1);
	}
	assert_false(tzic_model_fiq(&hw));
	assert_int_equal(imx53_tzic_nr_spurious(&tzic), 0);
}

static void lines_0_and_31_are_found_as_well_as_any(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(imx53_tzic_enable(&tzic, 0), TZVMM_OK);
	tzic_model_drive(&hw, 0, true);
	imx53_tzic_dispatch(&tzic);
	assert_int_equal(last_line, 0);
	assert_int_equal(imx53_tzic_enable(&tzic, 31), TZVMM_OK);
	tzic_model_drive(&hw, 31, true);
	imx53_tzic_dispatch(&tzic);
	assert_int_equal(last_line, 31);
}

static void lines_of_the_guest_are_never_dispatched(void **state)
{
	(void)state;
	bring_up();
	for (unsigned n = 0; n < 4; n++) { /* the guest enabled all it can */
		*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, n)) = guest_lines[n];
		hw.level[n] = guest_lines[n];
	}
	imx53_tzic_dispatch(&tzic);
	assert_int_equal(nr_calls, 0);
	assert_int_equal(imx53_tzic_nr_spurious(&tzic), 1);
}

static void a_line_that_a_handler_disables_is_not_served_after(void **state)
{
	(void)state;
	bring_up();
	handlers[31].fn = disable_line_1;
	assert_int_equal(imx53_tzic_enable(&tzic, 1), TZVMM_OK);
	assert_int_equal(imx53_tzic_enable(&tzic, 31), TZVMM_OK);
	tzic_model_drive(&hw, 1, true);
	tzic_model_drive(&hw, 31, true);
	imx53_tzic_dispatch(&tzic);
	assert_int_equal(calls[31], 1);
	assert_int_equal(calls[1], 0);
}

static void dispatch_reads_only_words_that_have_secure_lines(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(imx53_tzic_enable(&tzic, 1), TZVMM_OK);
	assert_int_equal(imx53_tzic_enable(&tzic, 40), TZVMM_OK);
	tzic_model_drive(&hw, 1, true);
	(void)model_take_reads();
	imx53_tzic_dispatch(&tzic);
	assert_int_equal(model_take_reads(), 2);
}

static void enabled_lines_wake_the_cpu_and_disabled_ones_do_not(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(imx53_tzic_enable(&tzic, 1), TZVMM_OK);
	assert_int_equal(imx53_tzic_enable(&tzic, 31), TZVMM_OK);
	assert_int_equal(*model_reg(&hw.regs, TZIC_WAKEUP), 1u << 31 | 2u);
	assert_int_equal(imx53_tzic_disable(&tzic, 31), TZVMM_OK);
	assert_int_equal(*model_reg(&hw.regs, TZIC_WAKEUP), 2);
	assert_int_equal(*model_reg(&hw.regs, TZIC_ENSET), 2);
}

static void an_injected_line_reaches_the_guest_until_it_is_lowered(void **state)
{
	const struct tzvmm_irqchip_ops *ops = &imx53_tzic_irqchip_ops;

	(void)state;
	bring_up();
	*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, 3)) = 1u << (109 - 96);
	assert_true(ops->is_guest(&tzic, 109));
	assert_false(ops->is_guest(&tzic, 1));
	assert_false(ops->is_guest(&tzic, 40));
	assert_true(ops->is_guest(&tzic, 127));
	assert_false(tzic_model_irq(&hw));
	ops->set_level(&tzic, 109, true);
	assert_true(tzic_model_irq(&hw));
	assert_false(tzic_model_fiq(&hw));
	ops->set_level(&tzic, 109, false);
	assert_false(tzic_model_irq(&hw));
}

static void what_waits_for_the_guest_is_what_it_enabled_of_its_own(void **state)
{
	(void)state;
	bring_up();
	*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, 1)) = 1u << 7 | 1u << 8;
	tzic_model_drive(&hw, 39, true);
	tzic_model_drive(&hw, 40, true); /* secure */
	tzic_model_drive(&hw, 45, true); /* not enabled */
	assert_int_equal(imx53_tzic_guest_pending(&tzic, 1), 1u << 7);
	assert_int_equal(imx53_tzic_guest_pending(&tzic, 0), 0);
}

/* EDGE-3: the guest's SWINT reaches the register itself. */
static void an_edge_reaches_the_guest_until_the_guest_ends_it(void **state)
{
	const struct tzvmm_irqchip_ops *ops = &imx53_tzic_irqchip_ops;

	(void)state;
	bring_up();
	*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, 3)) = 1u << (118 - 96);
	ops->pulse(&tzic, 118);
	ops->pulse(&tzic, 118);
	assert_true(tzic_model_irq(&hw));
	assert_false(tzic_model_fiq(&hw));
	tzvmm_mmio_write32(BASE + TZIC_SWINT, SWINT_NEGATE | 118u);
	assert_false(tzic_model_irq(&hw));
	ops->pulse(&tzic, 118);
	assert_true(tzic_model_irq(&hw));
}

static void the_guests_interrupts_can_be_held_back_as_a_whole(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(imx53_tzic_enable(&tzic, 1), TZVMM_OK);
	*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, 1)) = 1u << 7;
	tzic_model_drive(&hw, 39, true);
	assert_true(tzic_model_irq(&hw));
	imx53_tzic_let_guest(&tzic, false);
	assert_false(tzic_model_irq(&hw));
	tzic_model_drive(&hw, 1, true);
	assert_true(tzic_model_fiq(&hw));
	imx53_tzic_let_guest(&tzic, true);
	assert_true(tzic_model_irq(&hw));
}

static void a_reset_of_the_guest_leaves_the_secure_lines_alone(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(imx53_tzic_enable(&tzic, 1), TZVMM_OK);
	imx53_tzic_irqchip_ops.set_level(&tzic, 110, true);
	*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, 3)) |= 0xFDFF;
	*model_reg(&hw.regs, TZIC_WAKEUP) |= 0xFF00;
	imx53_tzic_let_guest(&tzic, false);
	imx53_tzic_reset_guest(&tzic);
	assert_int_equal(*model_reg(&hw.regs, TZIC_WAKEUP), 2);
	assert_int_equal(hw.soft[3], 0);
	assert_int_equal(*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, 3)), 0);
	assert_int_equal(*model_reg(&hw.regs, TZIC_ENSET), 2);
	assert_int_equal(*model_reg(&hw.regs, TZIC_INTCTRL),
			 INTCTRL_EN | INTCTRL_NSEN);
}

/* Linux writes no priority: a guest before it could have masked all its lines. */
static void a_reset_of_the_guest_undoes_its_priorities(void **state)
{
	(void)state;
	bring_up();
	for (unsigned n = 0; n < 32; n++) {
		*model_reg(&hw.regs, TZIC_WORD(TZIC_PRIORITY, n)) = 0xF8F8F8F8;
	}
	*model_reg(&hw.regs, TZIC_PRIOMASK) = 0x80;
	*model_reg(&hw.regs, TZIC_SYNCCTRL) = 2;
	imx53_tzic_reset_guest(&tzic);
	for (unsigned line = 0; line < 128; line++) {
		uint32_t word =
			*model_reg(&hw.regs, TZIC_WORD(TZIC_PRIORITY, line / 4u));
		bool guest = (guest_lines[line / 32u] >> line % 32u & 1u) != 0u;

		assert_int_equal(word >> line % 4u * 8u & 0xFFu, guest ? 0x80 : 0);
	}
	assert_int_equal(*model_reg(&hw.regs, TZIC_PRIOMASK), 0xF8);
	assert_int_equal(*model_reg(&hw.regs, TZIC_SYNCCTRL), SYNCCTRL_LOW_LATENCY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			after_init_every_line_is_off_and_has_its_world_and_priority),
		cmocka_unit_test(both_worlds_are_off_while_their_lines_are_sorted),
		cmocka_unit_test(security_that_does_not_read_back_is_refused),
		cmocka_unit_test(a_handler_for_a_line_of_the_guest_is_refused),
		cmocka_unit_test(lines_can_be_given_to_the_guest_later),
		cmocka_unit_test(a_line_that_is_in_use_is_not_given_away),
		cmocka_unit_test(only_secure_lines_with_a_handler_can_be_enabled),
		cmocka_unit_test(each_pending_line_is_served_once_by_its_own_handler),
		cmocka_unit_test(lines_0_and_31_are_found_as_well_as_any),
		cmocka_unit_test(lines_of_the_guest_are_never_dispatched),
		cmocka_unit_test(a_line_that_a_handler_disables_is_not_served_after),
		cmocka_unit_test(dispatch_reads_only_words_that_have_secure_lines),
		cmocka_unit_test(enabled_lines_wake_the_cpu_and_disabled_ones_do_not),
		cmocka_unit_test(
			an_injected_line_reaches_the_guest_until_it_is_lowered),
		cmocka_unit_test(
			what_waits_for_the_guest_is_what_it_enabled_of_its_own),
		cmocka_unit_test(an_edge_reaches_the_guest_until_the_guest_ends_it),
		cmocka_unit_test(the_guests_interrupts_can_be_held_back_as_a_whole),
		cmocka_unit_test(a_reset_of_the_guest_leaves_the_secure_lines_alone),
		cmocka_unit_test(a_reset_of_the_guest_undoes_its_priorities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
