// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/partition.h>

#include "table_disk.h"

#define DISK_LEN 0x200000u

/* An extended partition. */
#define EXT 0x100000u
#define EXT_LEN 0x80000u

struct fixture {
	struct table_disk disk;
	struct tzvmm_ptable t;
	const char *why;
};

/* The demo's card: a trusted partition and Linux. */
static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	table_disk_init(&fx->disk, DISK_LEN);
	memset(table_disk_at(&fx->disk, 0), 0x90, 446); /* boot code */
	put32(table_disk_at(&fx->disk, 0) + 440, 0x1234ABCD);
	mbr_put(&fx->disk, 0, 0, 0xDA, 2048, 32768);
	mbr_put(&fx->disk, 0, 1, 0x83, 34816, EXT - 34816u);
	table_disk_at(&fx->disk, 0)[446 + 16] = 0x80;
	memset(&fx->t, 0xCC, sizeof(fx->t));
	*state = fx;
	return 0;
}

/* And an extended partition with two logical ones. */
static int set_up_extended(void **state)
{
	struct fixture *fx;

	(void)set_up(state);
	fx = *state;
	mbr_put(&fx->disk, 0, 2, 0x0F, EXT, EXT_LEN);
	mbr_put(&fx->disk, EXT, 0, 0x83, 2048, 4096);
	mbr_put(&fx->disk, EXT, 1, 0x05, 8192, 4096);
	mbr_put(&fx->disk, EXT + 8192u, 0, 0x82, 1, 4095);
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
	fx->disk.nr_reads = 0;
	assert_int_equal(tzvmm_ptable_read(&fx->t, &fx->disk.src, &fx->why), status);
	assert_string_equal(fx->why, why);
	assert_int_equal(fx->t.kind, TZVMM_PTABLE_NONE);
	assert_int_equal(fx->t.nr_parts, 0);
}

static void assert_accepted(struct fixture *fx, uint32_t nr_parts)
{
	fx->disk.nr_reads = 0;
	assert_int_equal(tzvmm_ptable_read(&fx->t, &fx->disk.src, &fx->why),
			 TZVMM_OK);
	assert_null(fx->why);
	assert_int_equal(fx->t.kind, TZVMM_PTABLE_MBR);
	assert_false(fx->t.from_backup);
	assert_null(fx->t.damage);
	assert_int_equal(fx->t.nr_parts, nr_parts);
}

static void assert_part(const struct fixture *fx, unsigned i, uint32_t number,
			uint8_t type, uint64_t start, uint64_t nr_sectors)
{
	assert_int_equal(fx->t.parts[i].number, number);
	assert_int_equal(fx->t.parts[i].type, type);
	assert_int_equal(fx->t.parts[i].start, start);
	assert_int_equal(fx->t.parts[i].nr_sectors, nr_sectors);
}

static void drop_primaries(struct fixture *fx)
{
	for (unsigned i = 0; i < 4u; i++) {
		mbr_put(&fx->disk, 0, i, 0, 0, 0);
	}
}

static void two_partitions_are_found_by_one_read(void **state)
{
	struct fixture *fx = *state;

	assert_accepted(fx, 2);
	assert_int_equal(fx->t.signature, 0x1234ABCD);
	assert_part(fx, 0, 1, 0xDA, 2048, 32768);
	assert_part(fx, 1, 2, 0x83, 34816, EXT - 34816u);
	assert_int_equal(fx->disk.nr_reads, 1);
}

static void a_partition_keeps_its_number_behind_unused_ones(void **state)
{
	struct fixture *fx = *state;

	drop_primaries(fx);
	mbr_put(&fx->disk, 0, 3, 0x83, 2, 1);
	assert_accepted(fx, 1);
	assert_part(fx, 0, 4, 0x83, 2, 1);
}

static void a_missing_signature_is_named(void **state)
{
	struct fixture *fx = *state;
	uint8_t *sector = table_disk_at(&fx->disk, 0);

	sector[511] = 0xAB;
	assert_refused(fx, TZVMM_E_FORMAT, "signature");
	sector[511] = 0xAA;
	sector[510] = 0;
	assert_refused(fx, TZVMM_E_FORMAT, "signature");
	memset(sector, 0, 512);
	assert_refused(fx, TZVMM_E_FORMAT, "signature");
}

static void a_disk_without_sectors_has_no_table(void **state)
{
	struct fixture *fx = *state;

	fx->disk.src.nr_sectors = 0;
	assert_refused(fx, TZVMM_E_RANGE, "table passes the end");
	assert_int_equal(fx->disk.nr_reads, 0);
}

static void a_read_error_is_handed_on(void **state)
{
	struct fixture *fx = *state;

	fx->disk.nr_bad = 1;
	assert_refused(fx, TZVMM_E_IO, "table cannot be read");
	fx->disk.bad[0] = EXT;
	assert_refused(fx, TZVMM_E_IO, "table cannot be read");
	fx->disk.bad[0] = EXT + 8192u;
	assert_refused(fx, TZVMM_E_IO, "table cannot be read");
}

static void a_fat_boot_sector_is_no_table(void **state)
{
	struct fixture *fx = *state;

	memset(table_disk_at(&fx->disk, 0) + 446, 'T', 64);
	assert_refused(fx, TZVMM_E_FORMAT, "entry's status");
}

static void an_entry_past_the_end_is_out_of_range(void **state)
{
	static const uint32_t cases[][2] = {
		{ DISK_LEN, 1 },   { DISK_LEN - 1u, 2 },       { UINT32_MAX, 1 },
		{ 2, UINT32_MAX }, { UINT32_MAX, UINT32_MAX }, { 2, DISK_LEN - 1u },
	};
	struct fixture *fx = *state;

	mbr_put(&fx->disk, 0, 1, 0, 0, 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mbr_put(&fx->disk, 0, 0, 0x83, cases[i][0], cases[i][1]);
		assert_refused(fx, TZVMM_E_RANGE, "partition passes the end");
		mbr_put(&fx->disk, 0, 0, 0x05, cases[i][0], cases[i][1]);
		assert_refused(fx, TZVMM_E_RANGE, "partition passes the end");
	}
	mbr_put(&fx->disk, 0, 0, 0x83, 2, DISK_LEN - 2u);
	assert_accepted(fx, 1);
}

static void overlapping_entries_are_refused_in_any_order(void **state)
{
	static const uint32_t cases[][4] = {
		{ 100, 50, 149, 10 }, { 100, 50, 90, 11 },  { 100, 50, 110, 5 },
		{ 100, 50, 90, 100 }, { 100, 50, 100, 50 }, { 100, 1, 100, 1 },
	};
	struct fixture *fx = *state;

	drop_primaries(fx);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned a = 0; a < 8u; a++) {
			uint8_t type = a < 4u ? 0x83 : 0x85;
			unsigned b = (a + 1u) % 4u;

			mbr_put(&fx->disk, 0, a % 4u, type, cases[i][0], cases[i][1]);
			mbr_put(&fx->disk, 0, b, 0x83, cases[i][2], cases[i][3]);
			assert_refused(fx, TZVMM_E_FORMAT, "partitions overlap");
			drop_primaries(fx);
		}
	}
	mbr_put(&fx->disk, 0, 0, 0x83, 100, 50);
	mbr_put(&fx->disk, 0, 1, 0x83, 150, 50);
	mbr_put(&fx->disk, 0, 2, 0x83, 50, 50);
	assert_accepted(fx, 3);
}

static void an_entry_without_a_length_is_unused_whatever_else_it_says(void **state)
{
	struct fixture *fx = *state;

	mbr_put(&fx->disk, 0, 0, 0x83, 40000, 0); /* in the middle of the next */
	mbr_put(&fx->disk, 0, 2, 0x83, 40000, 0);
	mbr_put(&fx->disk, 0, 3, 0x05, 0, 0);
	assert_accepted(fx, 1);
}

static void an_entry_with_a_length_has_a_type(void **state)
{
	struct fixture *fx = *state;

	mbr_put(&fx->disk, 0, 2, 0x00, EXT, 100);
	assert_refused(fx, TZVMM_E_FORMAT, "entry has a length, but no type");
}

static void a_partition_over_the_table_or_where_a_gpt_would_be_is_refused(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t start = 0; start < 2u; start++) {
		mbr_put(&fx->disk, 0, 0, 0x83, start, 16);
		assert_refused(fx, TZVMM_E_FORMAT, "partition holds the table");
		mbr_put(&fx->disk, 0, 0, 0x0F, start, 16);
		assert_refused(fx, TZVMM_E_FORMAT, "partition holds the table");
	}
}

static void a_device_beyond_2_tib_has_its_partitions_read(void **state)
{
	struct fixture *fx = *state;

	fx->disk.src.nr_sectors = 1ull << 40;
	mbr_put(&fx->disk, 0, 2, 0x83, UINT32_MAX, UINT32_MAX);
	assert_accepted(fx, 3);
	assert_part(fx, 2, 3, 0x83, UINT32_MAX, UINT32_MAX);
}

static void
logical_partitions_are_found_and_the_extended_one_is_not_listed(void **state)
{
	static const uint8_t types[] = { 0x05, 0x0F, 0x85 };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(types); i++) {
		mbr_put(&fx->disk, 0, 2, types[i], EXT, EXT_LEN);
		mbr_put(&fx->disk, EXT, 1, types[i], 8192, 4096);
		assert_accepted(fx, 4);
		assert_part(fx, 0, 1, 0xDA, 2048, 32768);
		assert_part(fx, 1, 2, 0x83, 34816, EXT - 34816u);
		assert_part(fx, 2, 5, 0x83, EXT + 2048u, 4096);
		assert_part(fx, 3, 6, 0x82, EXT + 8193u, 4095);
		assert_int_equal(fx->disk.nr_reads, 3);
	}
}

static void an_ebr_without_a_partition_takes_no_number(void **state)
{
	struct fixture *fx = *state;

	mbr_put(&fx->disk, EXT, 0, 0, 0, 0);
	assert_accepted(fx, 3);
	assert_part(fx, 2, 5, 0x82, EXT + 8193u, 4095);
	mbr_put(&fx->disk, EXT, 1, 0, 0, 0);
	assert_accepted(fx, 2);
}

static void a_second_extended_partition_is_refused(void **state)
{
	struct fixture *fx = *state;

	mbr_put(&fx->disk, 0, 3, 0x85, EXT + EXT_LEN, 100);
	assert_refused(fx, TZVMM_E_FORMAT, "two extended partitions");
}

static void an_ebr_is_checked_like_an_mbr(void **state)
{
	struct fixture *fx = *state;
	uint8_t *ebr = table_disk_at(&fx->disk, EXT + 8192u);

	ebr[511] = 0;
	assert_refused(fx, TZVMM_E_FORMAT, "signature");
	ebr[511] = 0xAA;
	ebr[446] = 1;
	assert_refused(fx, TZVMM_E_FORMAT, "entry's status");
	ebr[446] = 0;
	ebr[446 + 4] = 0;
	assert_refused(fx, TZVMM_E_FORMAT, "entry has a length, but no type");
}

static void an_ebr_has_a_partition_and_a_link_and_no_more(void **state)
{
	struct fixture *fx = *state;

	mbr_put(&fx->disk, EXT, 2, 0x83, 7000, 1);
	assert_refused(fx, TZVMM_E_FORMAT, "EBR with more than two entries");
	mbr_put(&fx->disk, EXT, 2, 0, 0, 0);
	mbr_put(&fx->disk, EXT, 3, 0x05, 7000, 1);
	assert_refused(fx, TZVMM_E_FORMAT, "EBR with more than two entries");
	mbr_put(&fx->disk, EXT, 3, 0, 0, 0);
	mbr_put(&fx->disk, EXT, 0, 0x05, 8192, 4096);
	assert_refused(fx, TZVMM_E_FORMAT, "first entry of an EBR is a link");
	mbr_put(&fx->disk, EXT, 0, 0, 0, 0);
	mbr_put(&fx->disk, EXT, 1, 0x83, 8192, 4096);
	assert_refused(fx, TZVMM_E_FORMAT, "second entry of an EBR is no link");
}

static void a_link_goes_forward(void **state)
{
	struct fixture *fx = *state;

	/* To itself, to the first one, to one in between. */
	mbr_put(&fx->disk, EXT, 1, 0x05, 0, 4096);
	assert_refused(fx, TZVMM_E_FORMAT, "chain of EBRs goes back");
	mbr_put(&fx->disk, EXT, 1, 0x05, 8192, 4096);
	for (uint32_t back = 0; back <= 8192u; back += 4096u) {
		mbr_put(&fx->disk, EXT + 8192u, 1, 0x05, back, 4096);
		assert_refused(fx, TZVMM_E_FORMAT, "chain of EBRs goes back");
		assert_int_equal(fx->disk.nr_reads, 3);
	}
}

static void a_link_stays_in_the_extended_partition(void **state)
{
	static const uint32_t cases[][2] = {
		{ EXT_LEN, 1 },
		{ EXT_LEN - 1u, 2 },
		{ UINT32_MAX, 1 },
		{ 1, UINT32_MAX },
		{ UINT32_MAX, UINT32_MAX },
		{ UINT32_MAX - EXT + 1u, EXT }, /* to sector 0, in 32 bits */
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mbr_put(&fx->disk, EXT, 1, 0x05, cases[i][0], cases[i][1]);
		assert_refused(fx, TZVMM_E_RANGE,
			       "link leaves the extended partition");
	}
	mbr_put(&fx->disk, EXT, 1, 0x05, EXT_LEN - 1u, 1);
	mbr_put(&fx->disk, EXT + EXT_LEN - 1u, 0, 0, 0, 0);
	assert_accepted(fx, 3);
}

static void a_logical_partition_lies_between_its_ebr_and_the_next(void **state)
{
	static const uint32_t cases[][2] = {
		{ 2048, 6145 }, { 8191, 2 },       { 8192, 1 },
		{ 8193, 10 },   { 1, UINT32_MAX }, { UINT32_MAX, UINT32_MAX },
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mbr_put(&fx->disk, EXT, 0, 0x83, cases[i][0], cases[i][1]);
		assert_refused(fx, TZVMM_E_RANGE,
			       "logical partition passes the next EBR");
	}
	mbr_put(&fx->disk, EXT, 0, 0x83, 0, 100);
	assert_refused(fx, TZVMM_E_FORMAT, "logical partition holds its EBR");
	mbr_put(&fx->disk, EXT, 0, 0x83, 1, 8191);
	assert_accepted(fx, 4);
	/* The last one has the extended partition's end instead. */
	mbr_put(&fx->disk, EXT + 8192u, 0, 0x83, 1, EXT_LEN - 8192u);
	assert_refused(fx, TZVMM_E_RANGE, "logical partition passes the next EBR");
	mbr_put(&fx->disk, EXT + 8192u, 0, 0x83, 1, EXT_LEN - 8193u);
	assert_accepted(fx, 4);
}

static void as_many_logical_partitions_as_there_is_room_for_are_found(void **state)
{
	struct fixture *fx = *state;
	uint32_t n = TZVMM_PTABLE_PARTS - 4u;

	for (uint32_t i = 0; i < n; i++) {
		mbr_put(&fx->disk, EXT + 2u * i, 0, 0x83, 1, 1);
		mbr_put(&fx->disk, EXT + 2u * i, 1, 0x05, 2u * i + 2u,
			i + 1u < n ? 2 : 0);
	}
	assert_accepted(fx, 2u + n);
	assert_part(fx, 1u + n, TZVMM_PTABLE_PARTS, 0x83, EXT + 2u * n - 1u, 1);
	assert_int_equal(fx->disk.nr_reads, 1u + n);

	mbr_put(&fx->disk, EXT + 2u * n - 2u, 1, 0x05, 2u * n, 2);
	assert_refused(fx, TZVMM_E_UNSUPP, "too many logical partitions");
	assert_int_equal(fx->disk.nr_reads, 1u + n);
}

/* Nothing proves an MBR: what a changed byte makes of it is refused, or has
 * partitions that can be used. */
static void assert_sound(const struct fixture *fx)
{
	const struct tzvmm_blkdev dev = { .nr_sectors = DISK_LEN };

	for (uint32_t i = 0; i < fx->t.nr_parts; i++) {
		const struct tzvmm_ptable_part *a = &fx->t.parts[i];
		struct tzvmm_partition part;

		assert_int_equal(tzvmm_partition_init(&part, &dev, a->start,
						      a->nr_sectors, false),
				 TZVMM_OK);
		for (unsigned j = 0; j < fx->disk.nr_reads; j++) {
			assert_false(fx->disk.read[j] - a->start < a->nr_sectors);
		}
		for (uint32_t j = 0; j < i; j++) {
			const struct tzvmm_ptable_part *b = &fx->t.parts[j];

			assert_true(b->number < a->number);
			assert_true(a->start + a->nr_sectors <= b->start ||
				    b->start + b->nr_sectors <= a->start);
		}
	}
}

static void a_changed_byte_makes_no_unsound_table(void **state)
{
	static const uint64_t sectors[] = { 0, EXT, EXT + 8192u };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 3u * 66u * 255u; i++) {
		uint8_t *at = table_disk_at(&fx->disk, sectors[i % 3u]) + 446u +
			      i / 3u % 66u;
		uint8_t was = *at;
		enum tzvmm_status st;

		*at = (uint8_t)(was ^ (i / 198u + 1u));
		fx->disk.nr_reads = 0;
		st = tzvmm_ptable_read(&fx->t, &fx->disk.src, &fx->why);
		assert_int_equal(st == TZVMM_OK, fx->why == NULL);
		assert_sound(fx);
		*at = was;
	}
	assert_accepted(fx, 4);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define X(test) cmocka_unit_test_setup_teardown(test, set_up_extended, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_partitions_are_found_by_one_read),
		T(a_partition_keeps_its_number_behind_unused_ones),
		T(a_missing_signature_is_named),
		T(a_disk_without_sectors_has_no_table),
		X(a_read_error_is_handed_on),
		T(a_fat_boot_sector_is_no_table),
		T(an_entry_past_the_end_is_out_of_range),
		T(overlapping_entries_are_refused_in_any_order),
		T(an_entry_without_a_length_is_unused_whatever_else_it_says),
		T(an_entry_with_a_length_has_a_type),
		T(a_partition_over_the_table_or_where_a_gpt_would_be_is_refused),
		T(a_device_beyond_2_tib_has_its_partitions_read),
		X(logical_partitions_are_found_and_the_extended_one_is_not_listed),
		X(an_ebr_without_a_partition_takes_no_number),
		X(a_second_extended_partition_is_refused),
		X(an_ebr_is_checked_like_an_mbr),
		X(an_ebr_has_a_partition_and_a_link_and_no_more),
		X(a_link_goes_forward),
		X(a_link_stays_in_the_extended_partition),
		X(a_logical_partition_lies_between_its_ebr_and_the_next),
		X(as_many_logical_partitions_as_there_is_room_for_are_found),
		X(a_changed_byte_makes_no_unsound_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
