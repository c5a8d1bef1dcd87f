// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/partition.h>

#define DISK_LEN 0x200000u

struct fixture {
	uint8_t sector[TZVMM_SECTOR_LEN];
	struct tzvmm_mbr mbr;
	const char *why;
};

static void put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4u; i++) {
		at[i] = (uint8_t)(value >> (8u * i));
	}
}

static void put_entry(struct fixture *fx, unsigned i, uint8_t type, uint32_t start,
		      uint32_t len)
{
	uint8_t *entry = &fx->sector[446u + 16u * i];

	memset(entry, 0, 16);
	entry[4] = type;
	put32(entry + 8, start);
	put32(entry + 12, len);
}

/* The demo's card: a trusted partition and Linux. */
static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	memset(fx->sector, 0x90, 446); /* boot code */
	put_entry(fx, 0, 0xDA, 2048, 32768);
	put_entry(fx, 1, 0x83, 34816, DISK_LEN - 34816u);
	fx->sector[446 + 16] = 0x80;
	fx->sector[510] = 0x55;
	fx->sector[511] = 0xAA;
	memset(&fx->mbr, 0xCC, sizeof(fx->mbr));
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

static void assert_refused(struct fixture *fx, enum tzvmm_status status,
			   const char *why)
{
	struct tzvmm_mbr untouched;

	memset(&untouched, 0xCC, sizeof(untouched));
	assert_int_equal(tzvmm_mbr_parse(&fx->mbr, fx->sector, DISK_LEN, &fx->why),
			 status);
	assert_string_equal(fx->why, why);
	assert_memory_equal(&fx->mbr, &untouched, sizeof(untouched));
}

static void assert_accepted(struct fixture *fx)
{
	assert_int_equal(tzvmm_mbr_parse(&fx->mbr, fx->sector, DISK_LEN, &fx->why),
			 TZVMM_OK);
	assert_null(fx->why);
}

static void two_partitions_are_found_and_two_entries_are_unused(void **state)
{
	struct fixture *fx = *state;

	assert_accepted(fx);
	assert_int_equal(fx->mbr.parts[0].type, 0xDA);
	assert_int_equal(fx->mbr.parts[0].start, 2048);
	assert_int_equal(fx->mbr.parts[0].nr_sectors, 32768);
	assert_int_equal(fx->mbr.parts[1].type, 0x83);
	assert_int_equal(fx->mbr.parts[1].start, 34816);
	assert_int_equal(fx->mbr.parts[1].nr_sectors, DISK_LEN - 34816u);
	assert_int_equal(fx->mbr.parts[2].nr_sectors, 0);
	assert_int_equal(fx->mbr.parts[3].nr_sectors, 0);
}

static void a_missing_signature_is_named(void **state)
{
	struct fixture *fx = *state;

	fx->sector[511] = 0xAB;
	assert_refused(fx, TZVMM_E_FORMAT, "signature");
	fx->sector[511] = 0xAA;
	fx->sector[510] = 0;
	assert_refused(fx, TZVMM_E_FORMAT, "signature");
	memset(fx->sector, 0, sizeof(fx->sector));
	assert_refused(fx, TZVMM_E_FORMAT, "signature");
}

static void a_fat_boot_sector_is_no_table(void **state)
{
	struct fixture *fx = *state;

	memset(&fx->sector[446], 'T', 64);
	assert_refused(fx, TZVMM_E_FORMAT, "entry's status");
}

static void an_entry_past_the_end_is_out_of_range(void **state)
{
	static const uint32_t cases[][2] = {
		{ DISK_LEN, 1 },   { DISK_LEN - 1u, 2 },       { UINT32_MAX, 1 },
		{ 1, UINT32_MAX }, { UINT32_MAX, UINT32_MAX }, { 1, DISK_LEN },
	};
	struct fixture *fx = *state;

	put_entry(fx, 1, 0, 0, 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_entry(fx, 0, 0x83, cases[i][0], cases[i][1]);
		assert_refused(fx, TZVMM_E_RANGE, "partition passes the end");
	}
	put_entry(fx, 0, 0x83, 1, DISK_LEN - 1u);
	assert_accepted(fx);
}

static void overlapping_entries_are_refused_in_any_order(void **state)
{
	static const uint32_t cases[][4] = {
		{ 100, 50, 149, 10 }, { 100, 50, 90, 11 },  { 100, 50, 110, 5 },
		{ 100, 50, 90, 100 }, { 100, 50, 100, 50 }, { 100, 1, 100, 1 },
	};
	struct fixture *fx = *state;

	put_entry(fx, 0, 0, 0, 0);
	put_entry(fx, 1, 0, 0, 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned a = 0; a < 4u; a++) {
			unsigned b = (a + 1u) % 4u;

			put_entry(fx, a, 0x83, cases[i][0], cases[i][1]);
			put_entry(fx, b, 0x83, cases[i][2], cases[i][3]);
			assert_refused(fx, TZVMM_E_FORMAT, "partitions overlap");
			put_entry(fx, a, 0, 0, 0);
			put_entry(fx, b, 0, 0, 0);
		}
	}
	put_entry(fx, 0, 0x83, 100, 50);
	put_entry(fx, 1, 0x83, 150, 50);
	put_entry(fx, 2, 0x83, 50, 50);
	assert_accepted(fx);
}

static void unused_entries_may_say_anything_else(void **state)
{
	struct fixture *fx = *state;

	put_entry(fx, 2, 0x83, 2048, 0);
	put_entry(fx, 3, 0x00, 2048, 100);
	assert_accepted(fx);
	assert_int_equal(fx->mbr.parts[2].nr_sectors, 0);
	assert_int_equal(fx->mbr.parts[3].nr_sectors, 0);
}

static void a_partition_over_the_table_itself_is_refused(void **state)
{
	struct fixture *fx = *state;

	put_entry(fx, 0, 0x83, 0, 16);
	assert_refused(fx, TZVMM_E_FORMAT, "partition holds the table");
}

static void a_gpt_is_unsupported_and_named(void **state)
{
	struct fixture *fx = *state;

	put_entry(fx, 0, 0xEE, 1, UINT32_MAX);
	put_entry(fx, 1, 0, 0, 0);
	assert_refused(fx, TZVMM_E_UNSUPP, "GPT");
}

static void a_device_beyond_2_tib_has_its_partitions_read(void **state)
{
	struct fixture *fx = *state;

	put_entry(fx, 0, 0x83, UINT32_MAX, UINT32_MAX);
	put_entry(fx, 1, 0, 0, 0);
	assert_int_equal(tzvmm_mbr_parse(&fx->mbr, fx->sector, 1ull << 40, &fx->why),
			 TZVMM_OK);
	assert_int_equal(fx->mbr.parts[0].start, UINT32_MAX);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_partitions_are_found_and_two_entries_are_unused),
		T(a_missing_signature_is_named),
		T(a_fat_boot_sector_is_no_table),
		T(an_entry_past_the_end_is_out_of_range),
		T(overlapping_entries_are_refused_in_any_order),
		T(unused_entries_may_say_anything_else),
		T(a_partition_over_the_table_itself_is_refused),
		T(a_gpt_is_unsupported_and_named),
		T(a_device_beyond_2_tib_has_its_partitions_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
