/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller in secure hands, and what the normal world can do to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <gic/gic.h>
#include <gic/gic_regs.h>
#include <tzvmm/port/mmio.h>

#include "gic_model.h"

#define DIST 0x00A01000u
#define CPU 0x00A02000u
#define NR_LINES 128u

static struct gic_model hw;
static struct gic gic;
static unsigned calls[NR_LINES], nr_calls;
static struct gic_handler handlers[NR_LINES];
static const struct gic_config config = { DIST, CPU, NR_LINES, handlers };
/* Secure: 8 to 15, 29, 40, 41, 127. */
static const uint32_t guest_lines[4] = { 0xDFFF00FF, 0xFFFFFCFF, 0xFFFFFFFF,
					 0x7FFFFFFF };
static const unsigned secure[] = { 9, 29, 40, 41, 127 };
#define NR_SECURE (sizeof(secure) / sizeof(secure[0]))

/* A handler that serves its device: the line falls. */
static void handle(void *ctx)
{
	unsigned line = (unsigned)(uintptr_t)ctx;

	calls[line]++;
	nr_calls++;
	gic_model_drive(&hw, line, false);
}

static void disable_line_41(void *ctx)
{
	handle(ctx);
	assert_int_equal(gic_disable(&gic, 41), TZVMM_OK);
}

static void power_up(void)
{
	model_reset();
	gic_model_init(&hw, DIST, CPU);
	memset(calls, 0, sizeof(calls));
	memset(handlers, 0, sizeof(handlers));
	nr_calls = 0;
	for (size_t i = 0; i < NR_SECURE; i++) {
		handlers[secure[i]] =
			(struct gic_handler){ handle, (void *)(uintptr_t)secure[i] };
	}
}

static void bring_up(void)
{
	power_up();
	assert_int_equal(gic_init(&gic, &config, guest_lines), TZVMM_OK);
}

static void bring_up_enabled(void)
{
	bring_up();
	for (size_t i = 0; i < NR_SECURE; i++) {
		assert_int_equal(gic_enable(&gic, secure[i]), TZVMM_OK);
	}
}

static uint32_t guest_takes(void)
{
	return gic_model_guest_read(&hw, CPU + GICC_IAR);
}

static void guest_ends(uint32_t line)
{
	gic_model_guest_write(&hw, CPU + GICC_EOIR, line);
}

static void guest_enables(uint32_t line)
{
	gic_model_guest_write(&hw, DIST + GIC_WORD(GICD_ISENABLER, line / 32u),
			      1u << line % 32u);
}

static void assert_priorities(void)
{
	for (unsigned line = 0; line < NR_LINES; line++) {
		bool guest = (guest_lines[line / 32u] >> line % 32u & 1u) != 0u;

		assert_int_equal(hw.priority[line], guest ? 0xA0 : 0);
	}
	assert_int_equal(hw.pmr, 0xF8);
	assert_int_equal(hw.bpr, 0);
	assert_int_equal(hw.abpr, 0);
}

static void after_init_nothing_of_the_loader_is_left(void **state)
{
	(void)state;
	power_up();
	for (unsigned n = 0; n < 4; n++) {
		hw.enabled[n] = hw.latch[n] = hw.active[n] = 0xFF00FF00;
		hw.group[n] = 0x12345678;
		hw.nsacr[2 * n] = hw.nsacr[2 * n + 1] = UINT32_MAX;
	}
	memset(hw.priority, 0xF8, sizeof(hw.priority));
	hw.edge[3] = 0xAAAAAAAA;
	hw.apr = hw.nsapr = 0x80;
	hw.bpr = hw.abpr = 7;
	assert_int_equal(gic_init(&gic, &config, guest_lines), TZVMM_OK);
	for (unsigned n = 0; n < 4; n++) {
		assert_int_equal(hw.enabled[n], 0);
		assert_int_equal(hw.latch[n], 0);
		assert_int_equal(hw.active[n], 0);
		assert_int_equal(hw.group[n], guest_lines[n]);
		assert_int_equal(hw.nsacr[2 * n] | hw.nsacr[2 * n + 1], 0);
	}
	assert_priorities();
	assert_int_equal(hw.edge[3], 0);
	assert_int_equal(hw.apr | hw.nsapr, 0);
	assert_int_equal(hw.target[8], 0x01010101);
	assert_int_equal(hw.target[31], 0x01010101);
	assert_int_equal(hw.dist_ctlr, GICD_CTLR_GRP0 | GICD_CTLR_GRP1);
	assert_int_equal(hw.cpu_ctlr,
			 GICC_CTLR_GRP0 | GICC_CTLR_GRP1 | GICC_CTLR_FIQ_EN);
}

static void lines_go_to_the_cpu_that_asks(void **state)
{
	(void)state;
	power_up();
	hw.targets = 0x04040404;
	assert_int_equal(gic_init(&gic, &config, guest_lines), TZVMM_OK);
	assert_int_equal(hw.target[8], 0x04040404);
}

static void both_worlds_are_off_while_their_lines_are_sorted(void **state)
{
	const struct model_write *w;
	size_t nr;

	(void)state;
	power_up();
	model_record();
	assert_int_equal(gic_init(&gic, &config, guest_lines), TZVMM_OK);
	nr = model_writes(&w);
	assert_true(nr > 4u && nr < MODEL_NR_WRITES);
	assert_int_equal(w[0].addr, DIST + GICD_CTLR);
	assert_int_equal(w[0].value, 0);
	assert_int_equal(w[1].addr, CPU + GICC_CTLR);
	assert_int_equal(w[1].value, 0);
	for (size_t i = 2; i < nr - 2u; i++) {
		assert_int_not_equal(w[i].addr, DIST + GICD_CTLR);
		assert_int_not_equal(w[i].addr, CPU + GICC_CTLR);
	}
}

static void groups_that_do_not_read_back_are_refused(void **state)
{
	(void)state;
	power_up();
	hw.group_stuck = 1u << 5;
	assert_int_equal(gic_init(&gic, &config, guest_lines), TZVMM_E_IO);
	assert_int_equal(hw.dist_ctlr, 0);
	assert_int_equal(hw.cpu_ctlr, 0);
}

static void a_controller_that_cannot_keep_worlds_apart_is_refused(void **state)
{
	struct gic_config more = config;

	(void)state;
	power_up();
	hw.one_world = true;
	assert_int_equal(gic_init(&gic, &config, guest_lines), TZVMM_E_UNSUPP);
	hw.one_world = false;
	more.nr_lines = NR_LINES - 32u;
	assert_int_equal(gic_init(&gic, &more, guest_lines), TZVMM_OK);
	/* One word more than there is, with tables that are long enough. */
	{
		static const struct gic_handler none[NR_LINES + 32u];
		static const uint32_t nothing[5];

		more.nr_lines = NR_LINES + 32u;
		more.handlers = none;
		assert_int_equal(gic_init(&gic, &more, nothing), TZVMM_E_UNSUPP);
	}
}

static void a_number_of_lines_that_no_controller_has_is_refused(void **state)
{
	static const uint32_t bad[] = { 0, 1, 31, 33, 127, 1020, 1024, UINT32_MAX };
	struct gic_config wrong = config;

	(void)state;
	power_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		wrong.nr_lines = bad[i];
		assert_int_equal(gic_init(&gic, &wrong, guest_lines), TZVMM_E_INVAL);
	}
	assert_int_equal(model_take_writes(), 0);
}

static void a_handler_for_a_line_of_the_guest_is_refused(void **state)
{
	(void)state;
	power_up();
	handlers[39].fn = handle;
	assert_int_equal(gic_init(&gic, &config, guest_lines), TZVMM_E_INVAL);
	assert_int_equal(model_take_writes(), 0);
}

/* As the monitor does: nothing is the guest's before its profile is known. */
static void lines_can_be_given_to_the_guest_later(void **state)
{
	static const uint32_t nothing[4];
	uint32_t lines[4];

	(void)state;
	power_up();
	assert_int_equal(gic_init(&gic, &config, nothing), TZVMM_OK);
	assert_int_equal(gic_enable(&gic, 41), TZVMM_OK);
	memcpy(lines, guest_lines, sizeof(lines));
	lines[1] |= 1u << (40 - 32);
	assert_int_equal(gic_set_guest(&gic, lines), TZVMM_OK);
	assert_int_equal(hw.group[1], lines[1]);
	assert_int_equal(hw.priority[40], 0xA0);
	/* It has a handler, which is of no use now. */
	assert_int_equal(gic_enable(&gic, 40), TZVMM_E_DENIED);
	assert_int_equal(gic_enable(&gic, 29), TZVMM_OK);
}

static void a_line_that_is_in_use_is_not_given_away(void **state)
{
	const uint32_t lines[4] = { 1u << 29 };

	(void)state;
	bring_up_enabled();
	(void)model_take_writes();
	assert_int_equal(gic_set_guest(&gic, lines), TZVMM_E_DENIED);
	assert_int_equal(model_take_writes(), 0);
	hw.group_stuck = 1u << 5;
	assert_int_equal(gic_set_guest(&gic, guest_lines), TZVMM_E_IO);
}

static void only_secure_lines_with_a_handler_can_be_enabled(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(gic_enable(&gic, 29), TZVMM_OK);
	assert_int_equal(gic_enable(&gic, 39), TZVMM_E_DENIED);
	assert_int_equal(gic_disable(&gic, 39), TZVMM_E_DENIED);
	assert_int_equal(gic_enable(&gic, NR_LINES), TZVMM_E_INVAL);
	assert_int_equal(gic_enable(&gic, UINT32_MAX), TZVMM_E_INVAL);
	assert_int_equal(gic_disable(&gic, NR_LINES), TZVMM_E_INVAL);
	assert_int_equal(gic_enable(&gic, 10), TZVMM_E_INVAL);
	assert_int_equal(hw.enabled[0], 1u << 29);
	assert_int_equal(hw.enabled[1] | hw.enabled[2] | hw.enabled[3], 0);
}

static void each_pending_line_is_served_by_its_own_handler_and_ended(void **state)
{
	(void)state;
	bring_up_enabled();
	hw.sender = 1u << 10;
	hw.latch[0] |= 1u << 9;
	for (size_t i = 1; i < NR_SECURE; i++) {
		gic_model_drive(&hw, secure[i], true);
	}
	assert_true(gic_model_fiq(&hw));
	gic_dispatch(&gic);
	assert_int_equal(nr_calls, NR_SECURE);
	for (size_t i = 0; i < NR_SECURE; i++) {
		assert_int_equal(calls[secure[i]], 1);
	}
	assert_false(gic_model_fiq(&hw));
	assert_int_equal(hw.active[0] | hw.active[1] | hw.active[3], 0);
	assert_int_equal(gic_nr_spurious(&gic), 0);
}

static void an_edge_is_served_once(void **state)
{
	(void)state;
	bring_up_enabled();
	hw.edge[40 / 16] |= 2u << 2 * (40 % 16);
	gic_model_drive(&hw, 40, true);
	gic_dispatch(&gic);
	gic_dispatch(&gic);
	assert_int_equal(calls[40], 1);
	assert_int_equal(gic_nr_spurious(&gic), 1);
}

static void lines_of_the_guest_are_never_dispatched(void **state)
{
	(void)state;
	bring_up();
	for (unsigned n = 0; n < 4; n++) { /* the guest enabled all it can */
		gic_model_guest_write(&hw, DIST + GIC_WORD(GICD_ISENABLER, n),
				      UINT32_MAX);
		hw.level[n] = UINT32_MAX;
	}
	assert_true(gic_model_irq(&hw));
	gic_dispatch(&gic);
	assert_int_equal(nr_calls, 0);
	assert_int_equal(gic_nr_spurious(&gic), 1);
	assert_int_equal(hw.active[0] | hw.active[1] | hw.active[2] | hw.active[3],
			 0);
}

static void a_secure_line_interrupts_what_the_guest_has_in_hand(void **state)
{
	(void)state;
	bring_up_enabled();
	guest_enables(39);
	gic_model_guest_write(&hw, DIST + GIC_WORD(GICD_IPRIORITYR, 39 / 4), 0);
	gic_model_guest_write(&hw, CPU + GICC_BPR, 7);
	gic_model_drive(&hw, 39, true);
	assert_int_equal(guest_takes(), 39);
	gic_model_drive(&hw, 41, true);
	assert_true(gic_model_fiq(&hw));
	gic_dispatch(&gic);
	assert_int_equal(calls[41], 1);
	gic_model_drive(&hw, 39, false);
	guest_ends(39);
	assert_int_equal(hw.nsapr, 0);
}

static void the_guest_cannot_mask_a_secure_line(void **state)
{
	(void)state;
	bring_up_enabled();
	for (unsigned n = 0; n < 4; n++) {
		gic_model_guest_write(&hw, DIST + GIC_WORD(GICD_ICENABLER, n),
				      UINT32_MAX);
		gic_model_guest_write(&hw, DIST + GIC_WORD(GICD_IGROUPR, n),
				      UINT32_MAX);
	}
	for (unsigned n = 0; n < NR_LINES / 4u; n++) {
		gic_model_guest_write(&hw, DIST + GIC_WORD(GICD_IPRIORITYR, n),
				      UINT32_MAX);
	}
	gic_model_guest_write(&hw, CPU + GICC_PMR, 0);
	gic_model_guest_write(&hw, CPU + GICC_CTLR, 0);
	gic_model_guest_write(&hw, DIST + GICD_CTLR, 0);
	gic_model_drive(&hw, 41, true);
	assert_true(gic_model_fiq(&hw));
	gic_dispatch(&gic);
	assert_int_equal(calls[41], 1);
}

static void a_line_that_a_handler_disables_is_not_served_after(void **state)
{
	(void)state;
	bring_up_enabled();
	handlers[40].fn = disable_line_41;
	gic_model_drive(&hw, 40, true);
	gic_model_drive(&hw, 41, true);
	gic_dispatch(&gic);
	assert_int_equal(calls[40], 1);
	assert_int_equal(calls[41], 0);
	assert_int_equal(hw.enabled[1], 1u << (40 - 32));
	assert_false(gic_model_fiq(&hw));
}

static void a_line_that_is_no_longer_in_use_can_be_given_away(void **state)
{
	uint32_t lines[4];

	(void)state;
	bring_up_enabled();
	memcpy(lines, guest_lines, sizeof(lines));
	lines[1] = UINT32_MAX;
	assert_int_equal(gic_disable(&gic, 40), TZVMM_OK);
	assert_int_equal(gic_set_guest(&gic, lines), TZVMM_E_DENIED);
	assert_int_equal(gic_disable(&gic, 41), TZVMM_OK);
	assert_int_equal(gic_set_guest(&gic, lines), TZVMM_OK);
}

static void leave_it(void *ctx)
{
	(void)ctx;
	nr_calls++;
}

static void a_line_that_nobody_can_quieten_does_not_hold_the_cpu(void **state)
{
	(void)state;
	bring_up_enabled();
	handlers[40].fn = leave_it;
	gic_model_drive(&hw, 40, true);
	gic_dispatch(&gic);
	assert_int_equal(nr_calls, 32);
	assert_true(gic_model_fiq(&hw));
}

/* Somebody else's, as a debugger's; it ends, and is counted. */
static void a_group_0_line_that_nobody_enabled_here_is_ended(void **state)
{
	(void)state;
	bring_up();
	hw.enabled[1] = 1u << (40 - 32);
	hw.latch[1] = 1u << (40 - 32);
	gic_dispatch(&gic);
	assert_int_equal(nr_calls, 0);
	assert_int_equal(hw.active[1], 0);
	assert_int_equal(gic_nr_spurious(&gic), 1);
}

static void a_line_beyond_the_table_is_ended(void **state)
{
	struct gic_config less = config;

	(void)state;
	power_up();
	less.nr_lines = 64;
	assert_int_equal(gic_init(&gic, &less, guest_lines), TZVMM_OK);
	hw.group[3] = 0;
	hw.enabled[3] = hw.latch[3] = 1u << 31;
	gic_dispatch(&gic);
	assert_int_equal(hw.active[3], 0);
	assert_int_equal(gic_nr_spurious(&gic), 1);
}

static void an_injected_line_reaches_the_guest_until_it_is_lowered(void **state)
{
	const struct tzvmm_irqchip_ops *ops = &gic_irqchip_ops;

	(void)state;
	bring_up();
	guest_enables(109);
	assert_true(ops->is_guest(&gic, 109));
	assert_true(ops->is_guest(&gic, 27));
	assert_false(ops->is_guest(&gic, 40));
	assert_false(ops->is_guest(&gic, 29));
	assert_false(ops->is_guest(&gic, 127));
	ops->set_level(&gic, 109, true);
	assert_true(gic_model_irq(&hw));
	assert_false(gic_model_fiq(&hw));
	ops->set_level(&gic, 109, false);
	assert_false(gic_model_irq(&hw));
	gic_dispatch(&gic);
	assert_false(gic_model_irq(&hw));
}

/* They are the guest's, but no register makes them pending for it. */
static void lines_by_software_cannot_be_injected(void **state)
{
	(void)state;
	bring_up();
	assert_int_equal(guest_lines[0] & 0xFFu, 0xFF);
	for (uint32_t line = 0; line < 16; line++) {
		assert_false(gic_irqchip_ops.is_guest(&gic, line));
	}
}

static void a_level_that_outlives_its_acknowledgement_pends_again(void **state)
{
	const struct tzvmm_irqchip_ops *ops = &gic_irqchip_ops;

	(void)state;
	bring_up();
	guest_enables(109);
	ops->set_level(&gic, 109, true);
	assert_int_equal(guest_takes(), 109);
	guest_ends(109);
	assert_false(gic_model_irq(&hw)); /* what software did is used up */
	gic_dispatch(&gic);
	assert_true(gic_model_irq(&hw));
	assert_int_equal(guest_takes(), 109);
	gic_dispatch(&gic);
	ops->set_level(&gic, 109, false);
	guest_ends(109);
	gic_dispatch(&gic);
	assert_false(gic_model_irq(&hw));
}

static void an_edge_reaches_the_guest_until_the_guest_takes_it(void **state)
{
	const struct tzvmm_irqchip_ops *ops = &gic_irqchip_ops;

	(void)state;
	bring_up();
	guest_enables(118);
	ops->pulse(&gic, 118);
	ops->pulse(&gic, 118);
	assert_true(gic_model_irq(&hw));
	assert_int_equal(guest_takes(), 118);
	ops->pulse(&gic, 118); /* while it looks: a new one */
	guest_ends(118);
	assert_true(gic_model_irq(&hw));
	assert_int_equal(guest_takes(), 118);
	guest_ends(118);
	gic_dispatch(&gic);
	assert_false(gic_model_irq(&hw));
}

static void what_waits_for_the_guest_is_what_it_enabled_of_its_own(void **state)
{
	(void)state;
	bring_up_enabled();
	guest_enables(39);
	guest_enables(42);
	gic_model_drive(&hw, 39, true);
	gic_model_drive(&hw, 40, true); /* secure */
	gic_model_drive(&hw, 45, true); /* not enabled */
	assert_int_equal(gic_guest_pending(&gic, 1), 1u << 7);
	assert_int_equal(gic_guest_pending(&gic, 0), 0);
}

static void the_guests_interrupts_can_be_held_back_as_a_whole(void **state)
{
	(void)state;
	bring_up_enabled();
	guest_enables(39);
	gic_model_drive(&hw, 39, true);
	assert_true(gic_model_irq(&hw));
	gic_let_guest(&gic, false);
	assert_false(gic_model_irq(&hw));
	gic_model_drive(&hw, 41, true);
	assert_true(gic_model_fiq(&hw));
	gic_dispatch(&gic);
	gic_let_guest(&gic, true);
	assert_true(gic_model_irq(&hw));
}

static void a_reset_of_the_guest_leaves_the_secure_lines_alone(void **state)
{
	(void)state;
	bring_up_enabled();
	gic_model_drive(&hw, 41, true);
	gic_irqchip_ops.set_level(&gic, 110, true);
	hw.latch[0] |= 1u << 3 | 1u << 9; /* of the guest by itself, and ours */
	guest_enables(110);
	gic_reset_guest(&gic);
	assert_int_equal(hw.enabled[0], 1u << 9 | 1u << 29);
	assert_int_equal(hw.enabled[1], 3u << 8);
	assert_int_equal(hw.enabled[3], 1u << 31);
	assert_int_equal(hw.latch[0], 1u << 9);
	assert_int_equal(hw.latch[3], 0);
	gic_dispatch(&gic);
	assert_int_equal(calls[41], 1);
	assert_int_equal(calls[9], 1);
	assert_int_equal(hw.latch[3], 0);
}

/* Linux sets what it needs; another guest may trust what reset leaves. */
static void a_reset_of_the_guest_undoes_what_it_set(void **state)
{
	(void)state;
	bring_up_enabled();
	for (unsigned n = 0; n < NR_LINES / 4u; n++) {
		gic_model_guest_write(&hw, DIST + GIC_WORD(GICD_IPRIORITYR, n),
				      0xF0F0F0F0);
		if (n >= 8u) {
			gic_model_guest_write(&hw,
					      DIST + GIC_WORD(GICD_ITARGETSR, n), 0);
		}
	}
	gic_model_guest_write(&hw, DIST + GIC_WORD(GICD_ICFGR, 6), UINT32_MAX);
	gic_model_guest_write(&hw, CPU + GICC_PMR, 0);
	gic_model_guest_write(&hw, CPU + GICC_BPR, 5);
	gic_model_guest_write(&hw, CPU + GICC_CTLR, 0);
	gic_model_guest_write(&hw, DIST + GICD_CTLR, 0);
	gic_reset_guest(&gic);
	assert_priorities();
	assert_int_equal(hw.target[8], 0x01010101);
	assert_int_equal(hw.edge[6], 0);
	guest_enables(109);
	gic_irqchip_ops.set_level(&gic, 109, true);
	assert_true(gic_model_irq(&hw));
}

static void an_interrupt_in_the_last_guests_hand_does_not_block_the_next(void **state)
{
	(void)state;
	bring_up_enabled();
	guest_enables(39);
	gic_model_drive(&hw, 39, true);
	assert_int_equal(guest_takes(), 39);
	gic_model_drive(&hw, 39, false);
	gic_reset_guest(&gic);
	assert_int_equal(hw.active[1], 0);
	guest_enables(39);
	gic_model_drive(&hw, 39, true);
	assert_int_equal(guest_takes(), 39);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_init_nothing_of_the_loader_is_left),
		cmocka_unit_test(lines_go_to_the_cpu_that_asks),
		cmocka_unit_test(both_worlds_are_off_while_their_lines_are_sorted),
		cmocka_unit_test(groups_that_do_not_read_back_are_refused),
		cmocka_unit_test(a_controller_that_cannot_keep_worlds_apart_is_refused),
		cmocka_unit_test(a_number_of_lines_that_no_controller_has_is_refused),
		cmocka_unit_test(a_handler_for_a_line_of_the_guest_is_refused),
		cmocka_unit_test(lines_can_be_given_to_the_guest_later),
		cmocka_unit_test(a_line_that_is_in_use_is_not_given_away),
		cmocka_unit_test(only_secure_lines_with_a_handler_can_be_enabled),
		cmocka_unit_test(
			each_pending_line_is_served_by_its_own_handler_and_ended),
		cmocka_unit_test(an_edge_is_served_once),
		cmocka_unit_test(lines_of_the_guest_are_never_dispatched),
		cmocka_unit_test(a_secure_line_interrupts_what_the_guest_has_in_hand),
		cmocka_unit_test(the_guest_cannot_mask_a_secure_line),
		cmocka_unit_test(a_line_that_a_handler_disables_is_not_served_after),
		cmocka_unit_test(a_line_that_is_no_longer_in_use_can_be_given_away),
		cmocka_unit_test(a_line_that_nobody_can_quieten_does_not_hold_the_cpu),
		cmocka_unit_test(a_group_0_line_that_nobody_enabled_here_is_ended),
		cmocka_unit_test(a_line_beyond_the_table_is_ended),
		cmocka_unit_test(
			an_injected_line_reaches_the_guest_until_it_is_lowered),
		cmocka_unit_test(lines_by_software_cannot_be_injected),
		cmocka_unit_test(a_level_that_outlives_its_acknowledgement_pends_again),
		cmocka_unit_test(an_edge_reaches_the_guest_until_the_guest_takes_it),
		cmocka_unit_test(
			what_waits_for_the_guest_is_what_it_enabled_of_its_own),
		cmocka_unit_test(the_guests_interrupts_can_be_held_back_as_a_whole),
		cmocka_unit_test(a_reset_of_the_guest_leaves_the_secure_lines_alone),
		cmocka_unit_test(a_reset_of_the_guest_undoes_what_it_set),
		cmocka_unit_test(
			an_interrupt_in_the_last_guests_hand_does_not_block_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
