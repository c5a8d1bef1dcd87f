/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

static struct fake fake;
static struct tzvmm_irqs irqs;

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	tzvmm_irqs_init(&irqs, &fake.chip);
	return 0;
}

static void set(uint32_t line, bool level)
{
	assert_int_equal(tzvmm_irqs_set(&irqs, line, level), TZVMM_OK);
}

static void a_line_reaches_the_controller_at_the_flush(void **state)
{
	(void)state;
	set(109, true);
	assert_int_equal(tzvmm_irqs_levels(&irqs, 109u / 32u), 1u << 109u % 32u);
	assert_int_equal(fake.nr_set_level, 0);
	tzvmm_irqs_flush(&irqs);
	assert_true(fake.level[109]);
	set(109, false);
	tzvmm_irqs_flush(&irqs);
	assert_false(fake.level[109]);
	assert_int_equal(fake.nr_set_level, 2);
}

static void the_controller_hears_of_changes_only(void **state)
{
	(void)state;
	tzvmm_irqs_flush(&irqs);
	set(5, false);
	tzvmm_irqs_flush(&irqs);
	assert_int_equal(fake.nr_set_level, 0);
	set(5, true);
	tzvmm_irqs_flush(&irqs);
	set(5, true);
	tzvmm_irqs_flush(&irqs);
	assert_int_equal(fake.nr_set_level, 1);
	set(5, false);
	set(5, true);
	tzvmm_irqs_flush(&irqs);
	assert_int_equal(fake.nr_set_level, 1);
}

/* WIN-2: levels */
static void two_devices_events_never_collide(void **state)
{
	(void)state;
	for (uint32_t line = 0; line < 128u; line++) {
		if (line != FAKE_SECURE_LINE) {
			set(line, true);
		}
	}
	/* One that the guest ignores blocks none of the others. */
	tzvmm_irqs_flush(&irqs);
	assert_int_equal(fake.nr_set_level, 127);
	for (uint32_t line = 0; line < 128u; line++) {
		assert_int_equal(fake.level[line], line != FAKE_SECURE_LINE);
	}
	set(31, false);
	set(32, false);
	set(127, false);
	tzvmm_irqs_flush(&irqs);
	assert_int_equal(fake.nr_set_level, 130);
	assert_true(fake.level[30] && !fake.level[31] && !fake.level[32] &&
		    fake.level[33] && !fake.level[127]);
}

static void a_line_of_the_secure_world_is_refused(void **state)
{
	(void)state;
	assert_int_equal(tzvmm_irqs_set(&irqs, FAKE_SECURE_LINE, true),
			 TZVMM_E_DENIED);
	tzvmm_irqs_flush(&irqs);
	assert_int_equal(fake.nr_set_level, 0);
}

static void a_line_out_of_range_is_refused(void **state)
{
	(void)state;
	assert_int_equal(tzvmm_irqs_set(&irqs, 128, true), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_irqs_set(&irqs, 1024, true), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_irqs_set(&irqs, UINT32_MAX, true), TZVMM_E_INVAL);
	tzvmm_irqs_flush(&irqs);
	assert_int_equal(fake.nr_set_level, 0);
}

static void the_last_line_of_the_largest_controller_works(void **state)
{
	(void)state;
	fake.chip.nr_lines = TZVMM_NR_LINES;
	set(TZVMM_NR_LINES - 1u, true);
	tzvmm_irqs_flush(&irqs);
	assert_true(fake.level[TZVMM_NR_LINES - 1u]);
}

/* ---- Edges -------------------------------------------------------------- */

static void pulse(uint32_t line)
{
	assert_int_equal(tzvmm_irqs_pulse(&irqs, line), TZVMM_OK);
}

/* EDGE-3 */
static void edges_that_meet_before_the_flush_are_one(void **state)
{
	(void)state;
	pulse(118);
	pulse(118);
	assert_int_equal(fake.nr_pulses, 0);
	tzvmm_irqs_flush(&irqs);
	assert_true(fake.level[118]);
	assert_int_equal(fake.nr_pulses, 1);
	assert_int_equal(fake.nr_set_level, 0);
}

static void
an_edge_that_the_guest_ended_comes_back_with_the_next_one_alone(void **state)
{
	(void)state;
	pulse(118);
	tzvmm_irqs_flush(&irqs);
	fake.level[118] = false;
	tzvmm_irqs_flush(&irqs);
	assert_false(fake.level[118]);
	pulse(118);
	tzvmm_irqs_flush(&irqs);
	assert_true(fake.level[118]);
	assert_int_equal(fake.nr_pulses, 2);
}

static void a_guest_that_ends_no_edge_costs_nothing_more(void **state)
{
	(void)state;
	pulse(118);
	for (unsigned i = 0; i < 100u; i++) {
		tzvmm_irqs_flush(&irqs);
	}
	assert_int_equal(fake.nr_pulses, 1);
	assert_int_equal(irqs.changed, 0);
}

/* Neighbours in one word; the one's changes do nothing to the other. */
static void edges_and_levels_leave_each_other_alone(void **state)
{
	(void)state;
	set(110, true);
	pulse(118);
	pulse(96);
	tzvmm_irqs_flush(&irqs);
	assert_true(fake.level[110] && fake.level[118] && fake.level[96]);
	assert_int_equal(fake.nr_set_level, 1);
	assert_int_equal(fake.nr_pulses, 2);
	fake.level[118] = false;
	set(110, false);
	tzvmm_irqs_flush(&irqs);
	assert_false(fake.level[110] || fake.level[118]);
	assert_true(fake.level[96]);
	pulse(118);
	tzvmm_irqs_flush(&irqs);
	assert_false(fake.level[110]);
	assert_int_equal(fake.nr_set_level, 2);
}

static void an_edge_on_a_line_that_is_not_the_guests_is_refused(void **state)
{
	(void)state;
	assert_int_equal(tzvmm_irqs_pulse(&irqs, FAKE_SECURE_LINE), TZVMM_E_DENIED);
	assert_int_equal(tzvmm_irqs_pulse(&irqs, 128), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_irqs_pulse(&irqs, UINT32_MAX), TZVMM_E_INVAL);
	tzvmm_irqs_flush(&irqs);
	assert_int_equal(fake.nr_pulses, 0);
}

static void a_controller_without_edges_is_no_mistake(void **state)
{
	struct tzvmm_irqchip_ops ops = *fake.chip.ops;

	(void)state;
	ops.pulse = NULL;
	fake.chip.ops = &ops;
	assert_int_equal(tzvmm_irqs_check_pulse(&irqs, 118), TZVMM_E_UNSUPP);
	assert_int_equal(tzvmm_irqs_pulse(&irqs, 118), TZVMM_E_UNSUPP);
	set(118, true);
	tzvmm_irqs_flush(&irqs);
	assert_true(fake.level[118]);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(a_line_reaches_the_controller_at_the_flush),
		T(the_controller_hears_of_changes_only),
		T(two_devices_events_never_collide),
		T(a_line_of_the_secure_world_is_refused),
		T(a_line_out_of_range_is_refused),
		T(the_last_line_of_the_largest_controller_works),
		T(edges_that_meet_before_the_flush_are_one),
		T(an_edge_that_the_guest_ended_comes_back_with_the_next_one_alone),
		T(a_guest_that_ends_no_edge_costs_nothing_more),
		T(edges_and_levels_leave_each_other_alone),
		T(an_edge_on_a_line_that_is_not_the_guests_is_refused),
		T(a_controller_without_edges_is_no_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
