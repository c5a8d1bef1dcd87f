/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/mmio.h>

static const struct tzvmm_mmio_region regions[] = {
	{ .name = "a", .ipa = 0x50008000, .len = 0x4000 },
	{ .name = "b", .ipa = 0x5000C000, .len = 0x10 },
	{ .name = "odd", .ipa = 0x60000000, .len = 6 },
	{ .name = "top", .ipa = UINT64_MAX - 7u, .len = 7 },
};

static const char *found(uint64_t ipa, unsigned size)
{
	const struct tzvmm_mmio_access access = { .ipa = ipa, .size = (uint8_t)size };
	const struct tzvmm_mmio_region *region = tzvmm_mmio_find(
		regions, sizeof(regions) / sizeof(regions[0]), &access);

	return region == NULL ? "none" : region->name;
}

static void an_access_finds_its_region(void **state)
{
	(void)state;
	assert_string_equal(found(0x50008000, 4), "a");
	assert_string_equal(found(0x5000BFFC, 4), "a");
	assert_string_equal(found(0x5000BFFF, 1), "a");
	assert_string_equal(found(0x5000C000, 4), "b");
	assert_string_equal(found(0x5000C00E, 2), "b");
	assert_string_equal(found(0x60000004, 2), "odd");
	assert_string_equal(found(UINT64_MAX - 7u, 4), "top");
}

static void an_access_outside_of_every_region_finds_none(void **state)
{
	(void)state;
	assert_string_equal(found(0x50007FFF, 1), "none");
	assert_string_equal(found(0x5000C010, 4), "none");
	assert_string_equal(found(0, 4), "none");
	assert_string_equal(found(0x150008000, 4), "none");
	assert_string_equal(found(UINT64_MAX, 1), "none");
}

static void an_access_that_runs_over_the_end_finds_none(void **state)
{
	(void)state;
	assert_string_equal(found(0x60000004, 4), "none");
	assert_string_equal(found(UINT64_MAX - 3u, 4), "none");
}

static void an_unaligned_or_odd_sized_access_finds_none(void **state)
{
	(void)state;
	assert_string_equal(found(0x50008001, 2), "none");
	assert_string_equal(found(0x50008002, 4), "none");
	assert_string_equal(found(0x50008003, 4), "none");
	for (unsigned size = 0; size < 256u; size++) {
		assert_string_equal(
			found(0x50008000, size),
			size == 1u || size == 2u || size == 4u ? "a" : "none");
	}
}

static void an_empty_table_has_no_region(void **state)
{
	const struct tzvmm_mmio_access access = { .ipa = 0, .size = 4 };

	(void)state;
	assert_null(tzvmm_mmio_find(NULL, 0, &access));
}

static void an_ignored_block_reads_zero_whatever_is_written(void **state)
{
	uint32_t value = 53;

	(void)state;
	assert_int_equal(tzvmm_mmio_ignore_ops.write(NULL, 0x24, 4, UINT32_MAX),
			 TZVMM_OK);
	assert_int_equal(tzvmm_mmio_ignore_ops.read(NULL, 0x24, 4, &value), TZVMM_OK);
	assert_int_equal(value, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_access_finds_its_region),
		cmocka_unit_test(an_access_outside_of_every_region_finds_none),
		cmocka_unit_test(an_access_that_runs_over_the_end_finds_none),
		cmocka_unit_test(an_unaligned_or_odd_sized_access_finds_none),
		cmocka_unit_test(an_empty_table_has_no_region),
		cmocka_unit_test(an_ignored_block_reads_zero_whatever_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
