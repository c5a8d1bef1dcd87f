/* SPDX-License-Identifier: BSD-2-Clause */
/* Tag lists, as a guest reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/atags.h>

#define MARK 0x5A5A5A5Au
#define ROOM 64u /* words */

static const struct tzvmm_window two[] = {
	{ 0x78000000u, 0x18000000u, NULL },
	{ 0xB0000000u, 0x1D000000u, NULL },
};
static const struct tzvmm_gmem both = { two, 2 };
static struct tzvmm_atags tags;
static uint32_t list[ROOM];

static int setup(void **state)
{
	(void)state;
	tags = (struct tzvmm_atags){ .mem = &both };
	for (unsigned i = 0; i < ROOM; i++) {
		list[i] = MARK;
	}
	return 0;
}

static void assert_list(const uint32_t *expected, size_t words)
{
	assert_int_equal(tzvmm_atags_write(&tags, list, sizeof(list)), TZVMM_OK);
	assert_memory_equal(list, expected, words * sizeof(*list));
	for (size_t i = words; i < ROOM; i++) {
		assert_int_equal(list[i], MARK);
	}
}

#define ASSERT_LIST(...)                                                           \
	do {                                                                       \
		const uint32_t expected[] = { __VA_ARGS__ };                       \
		assert_list(expected, sizeof(expected) / sizeof(expected[0]));     \
	} while (0)

#define CORE 5, 0x54410001, 0, 4096, 0
#define MEM                                                                        \
	4, 0x54410002, 0x18000000, 0x78000000, 4, 0x54410002, 0x1D000000, 0xB0000000
#define END 0, 0

static void each_piece_of_memory_has_a_tag_and_the_end_is_told(void **state)
{
	(void)state;
	ASSERT_LIST(CORE, MEM, END);
}

static void what_is_there_has_a_tag(void **state)
{
	(void)state;
	tags.initrd = 0x80200000;
	tags.initrd_len = 12345;
	tags.revision = 0x53020;
	tags.serial[0] = 1;
	ASSERT_LIST(CORE, MEM, 3, 0x54410007, 0x53020, 4, 0x54410006, 1, 0, 4,
		    0x54420005, 0x80200000, 12345, END);
	tags.serial[0] = 0;
	tags.serial[1] = 2;
	(void)setup(NULL);
	tags.serial[1] = 2;
	ASSERT_LIST(CORE, MEM, 4, 0x54410006, 0, 2, END);
}

/* Strings of 1 to 9 bytes: the final 0 never lacks its place, and the rest of the
 * last word is 0 as well. */
static void boot_arguments_end_in_their_tag(void **state)
{
	static const char text[] = "console=x";

	(void)state;
	for (size_t len = 1; len < sizeof(text); len++) {
		const uint32_t *tag = list + 13;
		const char *string = (const char *)(tag + 2);
		const size_t words = 2u + len / 4u + 1u;

		(void)setup(NULL);
		tags.cmdline = text;
		tags.cmdline_len = len;
		assert_int_equal(tzvmm_atags_write(&tags, list, sizeof(list)),
				 TZVMM_OK);
		assert_int_equal(tag[0], words);
		assert_int_equal(tag[1], 0x54410009);
		assert_memory_equal(string, text, len);
		for (size_t i = len; i < (words - 2u) * 4u; i++) {
			assert_int_equal(string[i], 0);
		}
		assert_int_equal(tag[words], 0);
		assert_int_equal(tag[words + 1u], 0);
		assert_int_equal(tag[words + 2u], MARK);
	}
}

static void a_list_that_does_not_fit_is_not_begun(void **state)
{
	(void)state;
	tags.cmdline = "abc";
	tags.cmdline_len = 3;
	assert_int_equal(tzvmm_atags_write(&tags, list, 18u * 4u - 1u), TZVMM_E_FULL);
	assert_int_equal(tzvmm_atags_write(&tags, list, 0), TZVMM_E_FULL);
	assert_int_equal(list[0], MARK);
	assert_int_equal(tzvmm_atags_write(&tags, list, 18u * 4u), TZVMM_OK);
	assert_int_equal(list[18], MARK);
}

static void memory_that_cannot_be_told_is_refused(void **state)
{
	struct tzvmm_window win = { UINT32_MAX - 0xFFFu, 0x1000, NULL };
	const struct tzvmm_gmem mem = { &win, 1 };

	(void)state;
	tags.mem = &mem;
	assert_int_equal(tzvmm_atags_write(&tags, list, sizeof(list)), TZVMM_OK);
	(void)setup(NULL);
	tags.mem = &mem;
	win.ipa = 0x100000000ull;
	assert_int_equal(tzvmm_atags_write(&tags, list, sizeof(list)), TZVMM_E_RANGE);
	win.ipa = 0;
	win.len = 0x100000000ull;
	assert_int_equal(tzvmm_atags_write(&tags, list, sizeof(list)), TZVMM_E_RANGE);
	assert_int_equal(list[0], MARK);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(each_piece_of_memory_has_a_tag_and_the_end_is_told),
		T(what_is_there_has_a_tag),
		T(boot_arguments_end_in_their_tag),
		T(a_list_that_does_not_fit_is_not_begun),
		T(memory_that_cannot_be_told_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
