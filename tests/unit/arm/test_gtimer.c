/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arm/gtimer.h>
#include <arm/gtimer_hw.h>

static uint64_t count;
static uint32_t set_ticks, set_ctl;

uint64_t gtimer_hw_count(void)
{
	return count;
}

void gtimer_hw_set(uint32_t ticks, uint32_t ctl)
{
	set_ticks = ticks;
	set_ctl = ctl;
}

static void the_clock_is_right_at_any_rate_and_age(void **state)
{
	static const uint32_t rates[] = { 1000000,  8000000,  24000000,
					  62500000, 99999999, 1000000000 };
	struct gtimer timer;

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		assert_int_equal(gtimer_init(&timer, rates[i]), TZVMM_OK);
		/* From a second to 30 years. */
		for (uint64_t s = 1; s < UINT64_C(1000000000); s *= 7u) {
			uint64_t us, exact = s * 1000000u;

			count = s * rates[i];
			us = gtimer_now_us(&timer);
			assert_true(us <= exact);
			assert_true(exact - us <= exact / 10000000u + 1u);
		}
	}
}

static void the_clock_never_goes_back(void **state)
{
	struct gtimer timer;
	uint64_t last;

	(void)state;
	assert_int_equal(gtimer_init(&timer, 62500000), TZVMM_OK);
	count = UINT64_C(0xFFFFF000);
	last = gtimer_now_us(&timer);
	/* Over the carry into the counter's upper half. */
	for (; count < UINT64_C(0x100001000); count++) {
		const uint64_t us = gtimer_now_us(&timer);

		assert_true(us == last || us == last + 1u);
		last = us;
	}
}

static void an_alarm_is_the_time_asked_for_or_the_longest_there_is(void **state)
{
	struct gtimer timer;

	(void)state;
	assert_int_equal(gtimer_init(&timer, 62500000), TZVMM_OK);
	gtimer_alarm(&timer, 20000);
	assert_int_equal(set_ticks, 1250000);
	assert_int_equal(set_ctl, CNTP_CTL_ENABLE);
	gtimer_alarm(&timer, 34000000);
	assert_int_equal(set_ticks, 2125000000);
	gtimer_alarm(&timer, 35000000);
	assert_int_equal(set_ticks, INT32_MAX);
	gtimer_alarm(&timer, UINT32_MAX);
	assert_int_equal(set_ticks, INT32_MAX);
}

static void it_starts_and_stops_without_an_alarm(void **state)
{
	struct gtimer timer;

	(void)state;
	set_ctl = CNTP_CTL_ENABLE;
	assert_int_equal(gtimer_init(&timer, 24000000), TZVMM_OK);
	assert_int_equal(set_ctl, 0);
	gtimer_alarm(&timer, 1);
	gtimer_stop();
	assert_int_equal(set_ctl, 0);
}

static void rates_that_are_none_are_refused(void **state)
{
	struct gtimer timer;

	(void)state;
	assert_int_equal(gtimer_init(&timer, 0), TZVMM_E_INVAL);
	assert_int_equal(gtimer_init(&timer, GTIMER_MIN_HZ - 1u), TZVMM_E_INVAL);
	assert_int_equal(gtimer_init(&timer, GTIMER_MAX_HZ + 1u), TZVMM_E_INVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_is_right_at_any_rate_and_age),
		cmocka_unit_test(the_clock_never_goes_back),
		cmocka_unit_test(
			an_alarm_is_the_time_asked_for_or_the_longest_there_is),
		cmocka_unit_test(it_starts_and_stops_without_an_alarm),
		cmocka_unit_test(rates_that_are_none_are_refused),
	};

	return cmocka_run_group_tests_name("gtimer", tests, NULL, NULL);
}
