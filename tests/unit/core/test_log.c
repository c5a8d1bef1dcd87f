/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/log.h>

#include "fake.h"

static struct fake fake;
static struct tzvmm_ratelimit limit;

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	memset(&limit, 0, sizeof(limit));
	return 0;
}

static void provoke(void)
{
	tzvmm_log_limited(&fake.sys, &limit, TZVMM_LOG_WARN, "bad guest");
}

static void a_line_is_formatted_and_handed_on(void **state)
{
	(void)state;
	tzvmm_log(&fake.sys, TZVMM_LOG_INFO, "%s is %u", "answer", 42u);
	assert_string_equal(fake.last_line, "answer is 42");
	assert_int_equal(fake.last_level, TZVMM_LOG_INFO);
}

static void a_long_line_is_cut(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[399] = '\0';
	tzvmm_log(&fake.sys, TZVMM_LOG_INFO, "%s", text);
	assert_int_equal(strlen(fake.last_line), TZVMM_LOG_LINE - 1u);
	limit.dropped = UINT32_MAX;
	tzvmm_log_limited(&fake.sys, &limit, TZVMM_LOG_INFO, "%s", text);
	assert_true(strlen(fake.last_line) < TZVMM_LOG_LINE);
	assert_non_null(strstr(fake.last_line, "x (4294967295 left out)"));
}

static void a_log_flood_at_the_guests_will_is_limited(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100000u; i++) {
		provoke();
	}
	assert_int_equal(fake.nr_lines_logged, 10);
	assert_string_equal(fake.last_line, "bad guest");
	fake.now_us += 999999;
	provoke();
	assert_int_equal(fake.nr_lines_logged, 10);
	fake.now_us += 1;
	provoke();
	provoke();
	assert_int_equal(fake.nr_lines_logged, 11);
	assert_string_equal(fake.last_line, "bad guest (99991 left out)");
	fake.now_us += 2500000;
	provoke();
	assert_string_equal(fake.last_line, "bad guest (1 left out)");
	provoke();
	assert_string_equal(fake.last_line, "bad guest");
	provoke();
	assert_int_equal(fake.nr_lines_logged, 13);
	fake.now_us += 500000; /* the half second of before counts */
	provoke();
	assert_int_equal(fake.nr_lines_logged, 14);
}

static void a_long_silence_gives_the_burst_back_and_no_more(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3u; round++) {
		fake.now_us += UINT64_C(1) << 50;
		for (unsigned i = 0; i < 50u; i++) {
			provoke();
		}
		assert_int_equal(fake.nr_lines_logged, 10u * (round + 1u));
	}
}

static void a_first_line_late_after_the_start_begins_a_full_burst(void **state)
{
	(void)state;
	fake.now_us = 5500000;
	for (unsigned i = 0; i < 20u; i++) {
		provoke();
	}
	assert_int_equal(fake.nr_lines_logged, 10);
	fake.now_us += 600000;
	provoke();
	assert_int_equal(fake.nr_lines_logged, 10);
}

static void the_count_of_dropped_lines_does_not_wrap(void **state)
{
	(void)state;
	limit.used = 10;
	limit.dropped = UINT32_MAX;
	provoke();
	assert_int_equal(limit.dropped, UINT32_MAX);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(a_line_is_formatted_and_handed_on),
		T(a_long_line_is_cut),
		T(a_log_flood_at_the_guests_will_is_limited),
		T(a_long_silence_gives_the_burst_back_and_no_more),
		T(a_first_line_late_after_the_start_begins_a_full_burst),
		T(the_count_of_dropped_lines_does_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
