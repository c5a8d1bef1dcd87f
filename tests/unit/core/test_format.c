/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/log.h>
#include <tzvmm/status.h>

/* Our answer and the host's, for every size of buffer from 1 up. */
#define SAME(...)                                                                  \
	do {                                                                       \
		char theirs[256];                                                  \
		char ours[256];                                                    \
		const int len = snprintf(theirs, sizeof(theirs), __VA_ARGS__);     \
                                                                                   \
		for (size_t size = 1; size <= (size_t)len + 2u; size++) {          \
			memset(ours, 'Z', sizeof(ours));                           \
			(void)snprintf(theirs, size, __VA_ARGS__);                 \
			assert_int_equal(tzvmm_format(ours, size, __VA_ARGS__),    \
					 strlen(theirs));                          \
			assert_string_equal(ours, theirs);                         \
			assert_int_equal(ours[size], 'Z');                         \
		}                                                                  \
	} while (0)

static void numbers_are_written_as_the_host_writes_them(void **state)
{
	static const uint64_t values[] = { 0,
					   1,
					   9,
					   10,
					   99,
					   100,
					   4095,
					   INT32_MAX,
					   (uint64_t)INT32_MAX + 1u,
					   UINT32_MAX,
					   (uint64_t)UINT32_MAX + 1u,
					   INT64_MAX,
					   (uint64_t)INT64_MAX + 1u,
					   10000000000000000000u,
					   9999999999999999999u,
					   UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const unsigned long long v = values[i];

		SAME("%u|%x|%d", (unsigned)v, (unsigned)v, (int)v);
		SAME("%lu|%lx|%ld", (unsigned long)v, (unsigned long)v, (long)v);
		SAME("%llu|%llx|%lld", v, v, (long long)v);
		SAME("%zu|%zx", (size_t)v, (size_t)v);
		SAME("%5u|%05u|%12d|%012d", (unsigned)v, (unsigned)v, (int)v, (int)v);
		SAME("%08x|%8x|%016llx|%3x", (unsigned)v, (unsigned)v, v,
		     (unsigned)v);
		SAME("%1d|%01d|%2d|%02d", (int)v, (int)v, (int)v, (int)v);
	}
}

static void text_is_written_as_the_host_writes_it(void **state)
{
	(void)state;
	SAME("nothing to convert");
	SAME("%s|%10s|%2s|%s", "text", "right", "longer", "");
	SAME("%c|%3c|%%", 'a', 'b');
	SAME("100%%");
	SAME("[%5u.%06u %s]", 1u, 234567u, "guest");
}

static void a_missing_string_is_named(void **state)
{
	const char *volatile nothing = NULL;
	char buf[16];

	(void)state;
	(void)tzvmm_format(buf, sizeof(buf), "%s", nothing);
	assert_string_equal(buf, "(null)");
}

static size_t format_any(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	len = tzvmm_vformat(buf, size, fmt, args);
#pragma GCC diagnostic pop
	va_end(args);
	return len;
}

static void an_unknown_conversion_ends_the_text(void **state)
{
	char buf[32];

	(void)state;
	assert_int_equal(format_any(buf, sizeof(buf), "a%pb%u", NULL, 1u), 2);
	assert_string_equal(buf, "a%");
	assert_int_equal(format_any(buf, sizeof(buf), "a%"), 2);
	assert_string_equal(buf, "a%");
	assert_int_equal(format_any(buf, sizeof(buf), "a%08"), 2);
	assert_int_equal(format_any(buf, sizeof(buf), "a%l"), 2);
}

static void a_huge_width_is_cut_at_the_buffer(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(format_any(buf, sizeof(buf), "%4000000000u", 1u), 7);
	assert_string_equal(buf, "       ");
	assert_int_equal(format_any(buf, sizeof(buf), "%099999999999999999d", -1), 7);
}

static void every_status_has_a_name(void **state)
{
	(void)state;
	for (int st = TZVMM_OK; st >= TZVMM_E_FORMAT; st--) {
		const char *name = tzvmm_status_name((enum tzvmm_status)st);

		assert_string_not_equal(name, "?");
		assert_null(strchr(name, ' '));
		for (int other = TZVMM_OK; other > st; other--) {
			assert_string_not_equal(
				name, tzvmm_status_name((enum tzvmm_status)other));
		}
	}
	assert_string_equal(tzvmm_status_name((enum tzvmm_status)1), "?");
	assert_string_equal(tzvmm_status_name((enum tzvmm_status) - 13), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_as_the_host_writes_them),
		cmocka_unit_test(text_is_written_as_the_host_writes_it),
		cmocka_unit_test(a_missing_string_is_named),
		cmocka_unit_test(an_unknown_conversion_ends_the_text),
		cmocka_unit_test(a_huge_width_is_cut_at_the_buffer),
		cmocka_unit_test(every_status_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
