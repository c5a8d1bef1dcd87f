// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/blk.h>
#include <tzvmm/record.h>

#define NR 8u

struct fixture {
	struct tzvmm_record rec;
	struct tzvmm_abi_record_entry ring[NR + 1u]; /* the last one is a guard */
};

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	memset(fx->ring, 0xA5, sizeof(fx->ring));
	assert_int_equal(tzvmm_record_init(&fx->rec, fx->ring, NR), TZVMM_OK);
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

/* The n-th entry; its seq is not ours to give. */
static void add(struct fixture *fx, uint64_t n)
{
	const struct tzvmm_abi_record_entry entry = {
		.start_us = 1000u * n,
		.sector = 8u * n,
		.duration_us = (uint32_t)n,
		.nr_sectors = 8,
		.seq = 0xDEADu,
		.client = 2,
		.queue = 3,
		.op = TZVMM_BLK_WRITE,
		.status = tzvmm_record_status(TZVMM_E_IO),
	};

	tzvmm_record_add(&fx->rec, &entry);
}

static void assert_entry(const struct tzvmm_abi_record_entry *entry, uint64_t n)
{
	assert_int_equal(entry->start_us, 1000u * n);
	assert_int_equal(entry->sector, 8u * n);
	assert_int_equal(entry->duration_us, n);
	assert_int_equal(entry->nr_sectors, 8);
	assert_int_equal(entry->seq, n);
	assert_int_equal(entry->client, 2);
	assert_int_equal(entry->queue, 3);
	assert_int_equal(entry->op, TZVMM_ABI_RECORD_WRITE);
	assert_int_equal(entry->status, TZVMM_ABI_RECORD_E_IO);
}

static void its_length_is_a_power_of_two(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t nr = 0; nr <= NR; nr++) {
		const bool power = nr == 1u || nr == 2u || nr == 4u || nr == 8u;

		assert_int_equal(tzvmm_record_init(&fx->rec, fx->ring, nr),
				 power ? TZVMM_OK : TZVMM_E_INVAL);
	}
	assert_int_equal(tzvmm_record_init(&fx->rec, fx->ring, UINT32_MAX),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_record_init(&fx->rec, fx->ring, 0x80000000u),
			 TZVMM_OK);
}

static void a_new_one_is_empty_whatever_its_memory_held(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_abi_record_entry entry = { .seq = 77 };
	uint64_t cursor = 0;

	assert_int_equal(tzvmm_record_next(&fx->rec, &cursor, &entry), TZVMM_E_EMPTY);
	assert_int_equal(entry.seq, 77);
	assert_int_equal(tzvmm_record_lost(&fx->rec), 0);
}

static void a_walk_gives_the_last_ones_oldest_first(void **state)
{
	struct fixture *fx = *state;

	for (uint64_t added = 1; added <= 3u * NR; added++) {
		const uint64_t lost = added > NR ? added - NR : 0u;
		struct tzvmm_abi_record_entry entry;
		uint64_t cursor = 0;

		add(fx, added - 1u);
		assert_int_equal(tzvmm_record_lost(&fx->rec), lost);
		for (uint64_t n = lost; n < added; n++) {
			assert_int_equal(tzvmm_record_next(&fx->rec, &cursor, &entry),
					 TZVMM_OK);
			assert_entry(&entry, n);
		}
		assert_int_equal(tzvmm_record_next(&fx->rec, &cursor, &entry),
				 TZVMM_E_EMPTY);
	}
	/* Nothing was written behind the ring. */
	assert_int_equal(fx->ring[NR].start_us, 0xA5A5A5A5A5A5A5A5u);
}

static void a_slow_walk_sees_what_was_added_and_what_it_missed(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_abi_record_entry entry;
	uint64_t cursor = 0;

	add(fx, 0);
	assert_int_equal(tzvmm_record_next(&fx->rec, &cursor, &entry), TZVMM_OK);
	assert_int_equal(tzvmm_record_next(&fx->rec, &cursor, &entry), TZVMM_E_EMPTY);
	for (uint64_t n = 1; n < 3u + NR; n++) {
		add(fx, n);
	}
	for (uint64_t n = 3; n < 3u + NR; n++) {
		assert_int_equal(tzvmm_record_next(&fx->rec, &cursor, &entry),
				 TZVMM_OK);
		assert_entry(&entry, n);
	}
	assert_int_equal(tzvmm_record_next(&fx->rec, &cursor, &entry), TZVMM_E_EMPTY);
}

static void its_numbers_go_on_past_32_bits(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_abi_record_entry entry;
	uint64_t cursor = 0;

	fx->rec.total = 0xFFFFFFFEu;
	for (uint64_t n = 0xFFFFFFFEu; n < 0xFFFFFFFEull + NR; n++) {
		add(fx, n);
	}
	assert_int_equal(tzvmm_record_lost(&fx->rec), 0xFFFFFFFEu);
	for (uint32_t i = 0; i < NR; i++) {
		assert_int_equal(tzvmm_record_next(&fx->rec, &cursor, &entry),
				 TZVMM_OK);
		assert_int_equal(entry.seq, (uint32_t)(0xFFFFFFFEu + i));
	}
	assert_int_equal(cursor, 0xFFFFFFFEull + NR);
}

static void a_dump_says_how_much_it_holds_and_what_is_gone(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_abi_record_header header;

	for (uint64_t added = 0; added <= 2u * NR; added++) {
		tzvmm_record_header(&fx->rec, &header);
		assert_memory_equal(&header, "TZVR", 4);
		assert_int_equal(header.version, 1);
		assert_int_equal(header.header_len, 32);
		assert_int_equal(header.entry_len, 32);
		assert_int_equal(header.nr_entries, added < NR ? added : NR);
		assert_int_equal(header.reserved, 0);
		assert_int_equal(header.lost, added < NR ? 0u : added - NR);
		add(fx, added);
	}
}

static void a_duration_stops_at_its_largest_value(void **state)
{
	(void)state;
	assert_int_equal(tzvmm_record_duration(5, 5), 0);
	assert_int_equal(tzvmm_record_duration(5, 4ull + UINT32_MAX),
			 UINT32_MAX - 1u);
	assert_int_equal(tzvmm_record_duration(5, 5ull + UINT32_MAX), UINT32_MAX);
	assert_int_equal(tzvmm_record_duration(5, 6ull + UINT32_MAX), UINT32_MAX);
	assert_int_equal(tzvmm_record_duration(0, UINT64_MAX), UINT32_MAX);
}

/* The CRCs are those of Python's binascii.crc_hqx(line, 0xFFFF). */
static void a_line_has_all_of_an_entry_and_a_check(void **state)
{
	static const struct {
		struct tzvmm_abi_record_entry entry;
		const char *line;
	} cases[] = {
		{ { .seq = 0x12,
		    .op = TZVMM_ABI_RECORD_READ,
		    .sector = 0x40,
		    .nr_sectors = 8,
		    .start_us = 0x12345,
		    .duration_us = 0xAB },
		  "rec 00000012 r 00 00 000000000040 0008 000000012345 000000ab OK "
		  "9f52" },
		{ { .seq = UINT32_MAX,
		    .op = TZVMM_ABI_RECORD_ZEROES,
		    .client = 0xFE,
		    .queue = 0xFD,
		    .sector = UINT64_MAX,
		    .nr_sectors = UINT32_MAX,
		    .start_us = UINT64_MAX - 1u,
		    .duration_us = UINT32_MAX - 1u,
		    .status = TZVMM_ABI_RECORD_E_TIMEOUT },
		  "rec ffffffff z fe fd ffffffffffffffff ffffffff "
		  "fffffffffffffffe fffffffe TIMEOUT 1fb0" },
		{ { .op = TZVMM_ABI_RECORD_FLUSH, .status = TZVMM_ABI_RECORD_E_IO },
		  "rec 00000000 f 00 00 000000000000 0000 000000000000 00000000 IO "
		  "1df4" },
		{ { .op = TZVMM_ABI_RECORD_NR_OPS,
		    .status = TZVMM_ABI_RECORD_NR_STATUS },
		  "rec 00000000 ? 00 00 000000000000 0000 000000000000 00000000 ? "
		  "cf45" },
		{ { .op = UINT8_MAX, .status = UINT8_MAX },
		  "rec 00000000 ? 00 00 000000000000 0000 000000000000 00000000 ? "
		  "cf45" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[TZVMM_RECORD_LINE];

		assert_int_equal(tzvmm_record_format(&cases[i].entry, line,
						     sizeof(line)),
				 strlen(cases[i].line));
		assert_string_equal(line, cases[i].line);
	}
}

static void a_line_is_cut_to_its_buffer(void **state)
{
	const struct tzvmm_abi_record_entry entry = { .sector = UINT64_MAX };
	char whole[TZVMM_RECORD_LINE];
	const size_t len = tzvmm_record_format(&entry, whole, sizeof(whole));

	(void)state;
	for (size_t size = 1; size <= len; size++) {
		char line[TZVMM_RECORD_LINE + 1u];

		memset(line, 'Z', sizeof(line));
		assert_int_equal(tzvmm_record_format(&entry, line, size), size - 1u);
		assert_int_equal(line[size - 1u], '\0');
		assert_int_equal(line[size], 'Z');
		assert_int_not_equal(strcmp(line, whole), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(its_length_is_a_power_of_two,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_new_one_is_empty_whatever_its_memory_held, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			a_walk_gives_the_last_ones_oldest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_slow_walk_sees_what_was_added_and_what_it_missed, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(its_numbers_go_on_past_32_bits,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_dump_says_how_much_it_holds_and_what_is_gone, set_up,
			tear_down),
		cmocka_unit_test(a_duration_stops_at_its_largest_value),
		cmocka_unit_test(a_line_has_all_of_an_entry_and_a_check),
		cmocka_unit_test(a_line_is_cut_to_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
