/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual controller, as the stock kernel and a hostile guest use it. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx53/tzic_regs.h>
#include <imx53/vtzic.h>

#include "tzic_model.h"

#define BASE 0x0FFFC000u
#define GPT 39u
#define UART 109u

static struct tzic_model hw;
static struct imx53_tzic tzic;
static struct imx53_vtzic vtzic;
static struct imx53_tzic_handler handlers[128];
static const uint32_t guest_lines[4] = { 0x7FFFFFFC, 0xFFFFFCFF, 0xFFFFFFFF,
					 0xFFFFFFFF };

static void nothing(void *ctx)
{
	(void)ctx;
}

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	tzic_model_init(&hw, BASE);
	handlers[1].fn = handlers[40].fn = nothing;
	if (imx53_tzic_init(&tzic, BASE, guest_lines, handlers) != TZVMM_OK ||
	    imx53_tzic_enable(&tzic, 1) != TZVMM_OK ||
	    imx53_tzic_enable(&tzic, 40) != TZVMM_OK) {
		return -1;
	}
	imx53_vtzic_init(&vtzic, &tzic);
	return 0;
}

static uint32_t rd(uint32_t offset)
{
	uint32_t value = 0;

	assert_int_equal(imx53_vtzic_ops.read(&vtzic, offset, 4, &value), TZVMM_OK);
	return value;
}

static void wr(uint32_t offset, uint32_t value)
{
	assert_int_equal(imx53_vtzic_ops.write(&vtzic, offset, 4, value), TZVMM_OK);
}

/* The writes of Linux 6.1's tzic_init_dt(), in its order. */
static void linux_init(void)
{
	(void)rd(TZIC_INTCTRL);
	wr(TZIC_INTCTRL, 0x80010001);
	wr(TZIC_PRIOMASK, 0x1F);
	wr(TZIC_SYNCCTRL, 0x02);
	for (unsigned n = 0; n < 4; n++) {
		wr(TZIC_WORD(TZIC_INTSEC, n), UINT32_MAX);
	}
	for (unsigned n = 0; n < 4; n++) {
		wr(TZIC_WORD(TZIC_ENCLEAR, n), UINT32_MAX);
	}
}

/* What its handler finds: the highest line of HIPND & INTSEC, or -1. */
static int linux_find(void)
{
	for (unsigned n = 0; n < 4; n++) {
		uint32_t stat = rd(TZIC_WORD(TZIC_HIPND, n)) &
				rd(TZIC_WORD(TZIC_INTSEC, n));

		if (stat != 0u) {
			return (int)(32u * n) + 31 - __builtin_clz(stat);
		}
	}
	return -1;
}

static void a_guest_that_never_sets_a_mask_gets_its_interrupts(void **state)
{
	(void)state;
	wr(TZIC_WORD(TZIC_ENSET, 1), 1u << (GPT - 32u));
	tzic_model_drive(&hw, GPT, true);
	assert_true(tzic_model_irq(&hw));
	assert_int_equal(linux_find(), GPT);
}

static void linux_enables_takes_masks_and_unmasks_an_interrupt(void **state)
{
	(void)state;
	linux_init();
	wr(TZIC_WORD(TZIC_ENSET, 1), 1u << (GPT - 32u));
	assert_int_equal(linux_find(), -1);
	tzic_model_drive(&hw, GPT, true);
	assert_true(tzic_model_irq(&hw));
	assert_int_equal(linux_find(), GPT);
	assert_int_equal(rd(TZIC_WORD(TZIC_PND, 1)), 1u << (GPT - 32u));
	wr(TZIC_WORD(TZIC_ENCLEAR, 1), 1u << (GPT - 32u)); /* handle_level_irq */
	assert_false(tzic_model_irq(&hw));
	assert_int_equal(linux_find(), -1);
	wr(TZIC_WORD(TZIC_ENSET, 1), 1u << (GPT - 32u));
	assert_int_equal(linux_find(), GPT);
	tzic_model_drive(&hw, GPT, false);
	assert_int_equal(linux_find(), -1);
}

static void an_injected_line_is_found_like_a_devices(void **state)
{
	(void)state;
	linux_init();
	wr(TZIC_WORD(TZIC_ENSET, 3), 1u << (UART - 96u));
	imx53_tzic_irqchip_ops.set_level(&tzic, UART, true);
	assert_true(tzic_model_irq(&hw));
	assert_int_equal(linux_find(), UART);
	imx53_tzic_irqchip_ops.set_level(&tzic, UART, false);
	assert_int_equal(linux_find(), -1);
}

/* WIN-3 */
static void secure_lines_are_absent_in_every_register(void **state)
{
	static const uint32_t arrays[] = { TZIC_INTSEC, TZIC_ENSET,    TZIC_ENCLEAR,
					   TZIC_SRCSET, TZIC_SRCCLEAR, TZIC_PND,
					   TZIC_HIPND,  TZIC_WAKEUP };

	(void)state;
	tzic_model_drive(&hw, 1, true);
	tzic_model_drive(&hw, 40, true);
	hw.soft[0] = 2;
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		assert_int_equal(rd(TZIC_WORD(arrays[i], 0)) & ~guest_lines[0], 0);
		assert_int_equal(rd(TZIC_WORD(arrays[i], 1)) & ~guest_lines[1], 0);
	}
	assert_int_equal(linux_find(), -1);
}

static void no_write_of_the_guest_touches_a_secure_line(void **state)
{
	(void)state;
	for (uint32_t offset = 0; offset < IMX53_VTZIC_LEN; offset += 4u) {
		static const uint32_t values[] = {
			UINT32_MAX,    0, 0x80010000, 1, 40, 1u << 31 | 1u,
			1u << 31 | 40u
		};

		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			(void)imx53_vtzic_ops.write(&vtzic, offset, 4, values[i]);
			assert_int_equal(*model_reg(&hw.regs, TZIC_INTSEC),
					 guest_lines[0]);
			assert_int_equal(*model_reg(&hw.regs, TZIC_ENSET) & 2u, 2);
			assert_int_equal(*model_reg(&hw.regs,
						    TZIC_WORD(TZIC_ENSET, 1)) &
						 0x300u,
					 0x100);
			assert_int_equal(*model_reg(&hw.regs, TZIC_WAKEUP) & 2u, 2);
			assert_int_equal(hw.soft[0] & ~guest_lines[0], 0);
			assert_int_equal(hw.soft[1] & ~guest_lines[1], 0);
			assert_int_equal(*model_reg(&hw.regs, TZIC_PRIORITY),
					 0x80800000);
			assert_int_equal(*model_reg(&hw.regs, TZIC_PRIOMASK), 0xF8);
			assert_int_equal(
				*model_reg(&hw.regs, TZIC_INTCTRL) & INTCTRL_EN, 1);
		}
	}
	tzic_model_drive(&hw, 1, true);
	assert_true(tzic_model_fiq(&hw));
}

static void the_guest_can_stop_its_own_interrupts_and_nothing_else(void **state)
{
	(void)state;
	linux_init();
	wr(TZIC_WORD(TZIC_ENSET, 1), 1u << (GPT - 32u));
	tzic_model_drive(&hw, GPT, true);
	wr(TZIC_INTCTRL, INTCTRL_NSENMASK | INTCTRL_EN);
	assert_int_equal(rd(TZIC_INTCTRL), INTCTRL_EN);
	assert_false(tzic_model_irq(&hw));
	wr(TZIC_INTCTRL, INTCTRL_NSEN); /* without bit 31 it does not count */
	assert_int_equal(rd(TZIC_INTCTRL), 0);
	assert_false(tzic_model_irq(&hw));
	tzic_model_drive(&hw, 40, true);
	assert_true(tzic_model_fiq(&hw));
	wr(TZIC_INTCTRL, 0x80010001);
	assert_true(tzic_model_irq(&hw));
}

static void priorities_of_the_guest_mask_its_own_lines_only(void **state)
{
	(void)state;
	linux_init();
	wr(TZIC_WORD(TZIC_ENSET, 1), 1u << (GPT - 32u) | 1u);
	tzic_model_drive(&hw, GPT, true);
	tzic_model_drive(&hw, 1, true);
	wr(TZIC_PRIOMASK, 0); /* FreeBSD, while it handles an interrupt */
	assert_false(tzic_model_irq(&hw));
	assert_int_equal(linux_find(), -1);
	assert_true(tzic_model_fiq(&hw));
	assert_int_equal(rd(TZIC_WORD(TZIC_ENSET, 1)), 1u << (GPT - 32u) | 1u);
	wr(TZIC_PRIOMASK, 0x1F);
	assert_int_equal(linux_find(), GPT);
	/* A line set behind the mask, and one enabled while it is behind it. */
	wr(TZIC_PRIORITY + (GPT & ~3u), 0x40u << GPT % 4u * 8u);
	assert_int_equal(linux_find(), -1);
	wr(TZIC_WORD(TZIC_ENSET, 1), 1u << (GPT - 32u));
	assert_int_equal(linux_find(), -1);
	wr(TZIC_PRIOMASK, 0xFF);
	assert_int_equal(linux_find(), GPT);
	/* The lines of secure devices have no priority here. */
	wr(TZIC_PRIORITY, UINT32_MAX);
	assert_int_equal(rd(TZIC_PRIORITY), 0xFFFF0000);
}

static void the_guest_may_sleep_unless_one_of_its_interrupts_waits(void **state)
{
	(void)state;
	linux_init();
	wr(TZIC_WORD(TZIC_ENSET, 1), 1u << (GPT - 32u));
	assert_int_equal(rd(TZIC_DSMINT), 0);
	wr(TZIC_DSMINT, 1);
	assert_int_equal(rd(TZIC_DSMINT), 1);
	tzic_model_drive(&hw, 40, true); /* a secure one does not count */
	assert_int_equal(rd(TZIC_DSMINT), 1);
	tzic_model_drive(&hw, GPT, true);
	assert_int_equal(rd(TZIC_DSMINT), 0);
}

static void wake_up_lines_of_the_guest_join_the_secure_ones(void **state)
{
	(void)state;
	wr(TZIC_WORD(TZIC_WAKEUP, 1), 1u << (GPT - 32u) | 0x300u);
	assert_int_equal(rd(TZIC_WORD(TZIC_WAKEUP, 1)), 1u << (GPT - 32u));
	assert_int_equal(*model_reg(&hw.regs, TZIC_WORD(TZIC_WAKEUP, 1)),
			 1u << (GPT - 32u) | 0x100u);
}

static void software_interrupts_of_the_guest_reach_its_own_lines(void **state)
{
	(void)state;
	linux_init();
	wr(TZIC_WORD(TZIC_ENSET, 2), 1u << 28);
	wr(TZIC_SWINT, 92);
	assert_int_equal(linux_find(), 92);
	assert_int_equal(rd(TZIC_WORD(TZIC_SRCSET, 2)), 1u << 28);
	wr(TZIC_SWINT, 1u << 31 | 92u);
	assert_int_equal(linux_find(), -1);
	wr(TZIC_WORD(TZIC_SRCSET, 2), 1u << 28);
	assert_int_equal(linux_find(), 92);
	wr(TZIC_WORD(TZIC_SRCCLEAR, 2), 1u << 28);
	assert_int_equal(linux_find(), -1);
	wr(TZIC_SWINT, 1000); /* no such line; the model would fail */
	assert_int_equal(rd(TZIC_SWINT), 0);
}

/* WIN-5 */
static void the_guest_ends_an_edge_of_its_own_and_no_secure_line(void **state)
{
	(void)state;
	linux_init();
	wr(TZIC_WORD(TZIC_ENSET, 3), 1u << (118 - 96));
	imx53_tzic_irqchip_ops.pulse(&tzic, 118);
	assert_int_equal(linux_find(), 118);
	wr(TZIC_SWINT, 0x80000000u + 118u);
	assert_int_equal(linux_find(), -1);
	hw.soft[0] = 1u << 1;
	wr(TZIC_SWINT, 0x80000000u + 1u);
	assert_int_equal(hw.soft[0], 1u << 1);
}

static void other_registers_keep_what_the_guest_wrote(void **state)
{
	(void)state;
	linux_init();
	assert_int_equal(rd(TZIC_INTCTRL), INTCTRL_NSEN | INTCTRL_EN);
	assert_int_equal(rd(TZIC_PRIOMASK), 0x1F);
	assert_int_equal(rd(TZIC_SYNCCTRL), 2);
	assert_int_equal(rd(TZIC_INTTYPE), 3);
	assert_int_equal(*model_reg(&hw.regs, TZIC_SYNCCTRL), 0);
	wr(TZIC_PND, UINT32_MAX);
	wr(TZIC_HIPND, UINT32_MAX);
}

/* WIN-3 */
static void narrow_accesses_and_holes_are_refused(void **state)
{
	uint32_t value;

	(void)state;
	for (unsigned size = 1; size <= 2; size++) {
		assert_int_equal(imx53_vtzic_ops.read(&vtzic, TZIC_HIPND, size,
						      &value),
				 TZVMM_E_GUEST);
		assert_int_equal(imx53_vtzic_ops.write(&vtzic, TZIC_ENSET, size, 0xFF),
				 TZVMM_E_GUEST);
	}
	static const uint32_t holes[] = { 0x008, 0x018, 0x090, 0x110,  0x480, 0xD10,
					  0xE10, 0xF04, 0xFD0, 0x1000, 0x3FFC };

	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		assert_int_equal(imx53_vtzic_ops.read(&vtzic, holes[i], 4, &value),
				 TZVMM_E_GUEST);
		assert_int_equal(imx53_vtzic_ops.write(&vtzic, holes[i], 4, 1),
				 TZVMM_E_GUEST);
	}
	assert_int_equal(imx53_vtzic_ops.write(&vtzic, TZIC_INTTYPE, 4, 1),
			 TZVMM_E_GUEST);
}

static void a_guest_that_starts_again_finds_every_line_off(void **state)
{
	(void)state;
	linux_init();
	wr(TZIC_WORD(TZIC_ENSET, 1), 1u << (GPT - 32u));
	wr(TZIC_SWINT, GPT);
	wr(TZIC_PRIOMASK, 0);
	imx53_vtzic_init(&vtzic, &tzic);
	assert_int_equal(rd(TZIC_WORD(TZIC_ENSET, 1)), 0);
	assert_int_equal(rd(TZIC_WORD(TZIC_SRCSET, 1)), 0);
	assert_int_equal(rd(TZIC_PRIOMASK), 0xFF);
	assert_int_equal(*model_reg(&hw.regs, TZIC_WORD(TZIC_ENSET, 1)), 0x100);
}

static void the_guests_interrupt_loop_costs_one_access_a_trap_or_none(void **state)
{
	(void)state;
	linux_init();
	(void)model_take_reads();
	(void)model_take_writes();
	(void)rd(TZIC_HIPND);
	assert_int_equal(model_take_reads(), 1);
	(void)rd(TZIC_INTSEC);
	(void)rd(TZIC_ENSET);
	assert_int_equal(model_take_reads(), 0);
	wr(TZIC_ENSET, 4);
	wr(TZIC_ENCLEAR, 4);
	assert_int_equal(model_take_writes(), 2);
	assert_int_equal(model_take_reads(), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(a_guest_that_never_sets_a_mask_gets_its_interrupts),
		T(linux_enables_takes_masks_and_unmasks_an_interrupt),
		T(an_injected_line_is_found_like_a_devices),
		T(secure_lines_are_absent_in_every_register),
		T(no_write_of_the_guest_touches_a_secure_line),
		T(the_guest_can_stop_its_own_interrupts_and_nothing_else),
		T(priorities_of_the_guest_mask_its_own_lines_only),
		T(the_guest_may_sleep_unless_one_of_its_interrupts_waits),
		T(wake_up_lines_of_the_guest_join_the_secure_ones),
		T(software_interrupts_of_the_guest_reach_its_own_lines),
		T(the_guest_ends_an_edge_of_its_own_and_no_secure_line),
		T(other_registers_keep_what_the_guest_wrote),
		T(narrow_accesses_and_holes_are_refused),
		T(a_guest_that_starts_again_finds_every_line_off),
		T(the_guests_interrupt_loop_costs_one_access_a_trap_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
