// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "table_disk.h"

#define DISK_LEN 0x200000u

#define LONG_LABEL "123456789012345678901234567890123456"

struct fixture {
	struct table_disk disk;
	struct tzvmm_ptable t;
	const char *why;
};

static void read_table(struct fixture *fx)
{
	assert_int_equal(tzvmm_ptable_read(&fx->t, &fx->disk.src, &fx->why),
			 TZVMM_OK);
}

/* Primary 1 and 3, and logical ones up to 128. */
static int set_up_mbr(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	table_disk_init(&fx->disk, DISK_LEN);
	put32(table_disk_at(&fx->disk, 0) + 440, 0x00C0FFEE);
	mbr_put(&fx->disk, 0, 0, 0xDA, 2048, 32768);
	mbr_put(&fx->disk, 0, 2, 0x83, 34816, 4096);
	mbr_put(&fx->disk, 0, 3, 0x0F, 0x100000, 0x1000);
	for (uint32_t i = 0; i < 124u; i++) {
		mbr_put(&fx->disk, 0x100000u + 2u * i, 0, 0x83, 1, 1);
		mbr_put(&fx->disk, 0x100000u + 2u * i, 1, 0x05, 2u * i + 2u,
			i < 123u ? 2 : 0);
	}
	read_table(fx);
	*state = fx;
	return 0;
}

/* Two with the same label, two with the same GUID. */
static int set_up_gpt(void **state)
{
	const struct gpt_layout layout = gpt_usual(DISK_LEN);
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	table_disk_init(&fx->disk, DISK_LEN);
	gpt_make(&fx->disk, &layout);
	gpt_put(&fx->disk, &layout, 0, 100, 109, 0xA0, "root");
	gpt_put(&fx->disk, &layout, 1, 200, 209, 0xB0, "data");
	gpt_put(&fx->disk, &layout, 2, 300, 309, 0xC0, "data");
	gpt_put(&fx->disk, &layout, 3, 400, 409, 0xC0, "");
	gpt_put(&fx->disk, &layout, 9, 500, 509, 0xD0, LONG_LABEL);
	gpt_put(&fx->disk, &layout, 127, 600, 609, 0xE0, "roo");
	gpt_seal_both(&fx->disk);
	read_table(fx);
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

static void assert_found(struct fixture *fx, const char *selector, uint32_t number)
{
	const struct tzvmm_ptable_part *part;

	part = tzvmm_ptable_find(&fx->t, selector, &fx->why);
	assert_non_null(part);
	assert_null(fx->why);
	assert_int_equal(part->number, number);
}

static void assert_not_found(struct fixture *fx, const char *selector, const char *why)
{
	assert_null(tzvmm_ptable_find(&fx->t, selector, &fx->why));
	assert_string_equal(fx->why, why);
}

static void a_number_finds_its_partition(void **state)
{
	struct fixture *fx = *state;

	assert_found(fx, "1", 1);
	assert_found(fx, "3", 3);
	assert_found(fx, "5", 5);
	assert_found(fx, "77", 77);
	assert_found(fx, "128", 128);
	/* Unused, and the extended partition. */
	assert_not_found(fx, "2", "no partition fits the selector");
	assert_not_found(fx, "4", "no partition fits the selector");
	assert_not_found(fx, "129", "no partition fits the selector");
	/* The first two would be 1 in 32 bits and in 64. */
	assert_not_found(fx, "4294967297", "no partition fits the selector");
	assert_not_found(fx, "18446744073709551617",
			 "no partition fits the selector");
	assert_not_found(fx, "1290", "no partition fits the selector");
}

static void an_entrys_number_finds_it(void **state)
{
	struct fixture *fx = *state;

	assert_found(fx, "10", 10);
	assert_found(fx, "128", 128);
	assert_not_found(fx, "5", "no partition fits the selector");
}

static void what_is_no_selector_is_named(void **state)
{
	static const char *const cases[] = {
		"",       "0",   "00",    "-1",      "+1",         " 1",
		"1 ",     "1x",  "0x1",   "sda1",    "PARTUUID",   "partuuid=",
		"part=1", "1.0", "128 1", "LABEL=x", "PARTLABE=x",
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_not_found(fx, cases[i],
				 "selector is no number, PARTUUID= or PARTLABEL=");
	}
}

static void an_mbrs_partuuid_is_the_signature_and_the_number(void **state)
{
	struct fixture *fx = *state;

	assert_found(fx, "PARTUUID=00c0ffee-01", 1);
	assert_found(fx, "PARTUUID=00C0fFeE-03", 3);
	assert_found(fx, "PARTUUID=00c0ffee-0a", 10);
	assert_found(fx, "PARTUUID=00c0ffee-0F", 15);
	assert_found(fx, "PARTUUID=00c0ffee-80", 128);
	assert_not_found(fx, "PARTUUID=00c0ffee-02",
			 "no partition fits the selector");
	assert_not_found(fx, "PARTUUID=00c0ffee-00",
			 "no partition fits the selector");
	assert_not_found(fx, "PARTUUID=00c0ffef-01", "PARTUUID is another disk's");
	assert_not_found(fx, "PARTUUID=01c0ffee-01", "PARTUUID is another disk's");
}

static void what_is_no_partuuid_of_an_mbr_is_named(void **state)
{
	static const char *const cases[] = {
		"PARTUUID=",
		"PARTUUID=c0ffee-01",
		"PARTUUID=00c0ffee",
		"PARTUUID=00c0ffee-",
		"PARTUUID=00c0ffee-1",
		"PARTUUID=00c0ffee-001",
		"PARTUUID=00c0ffee-01 ",
		"PARTUUID=00c0ffee01",
		"PARTUUID=00c0ffeg-01",
		"PARTUUID=00c0ff/e-01",
		"PARTUUID=00c0ff:e-01",
		"PARTUUID=00c0ff@e-01",
		"PARTUUID=00c0ff`e-01",
		"PARTUUID=00c0ff\341e-01",
		"PARTUUID=a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf",
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_not_found(fx, cases[i], "PARTUUID of an MBR is xxxxxxxx-nn");
	}
}

static void an_mbr_has_no_labels(void **state)
{
	struct fixture *fx = *state;

	assert_not_found(fx, "PARTLABEL=root", "PARTLABEL needs a GPT");
}

static void a_gpts_partuuid_is_the_guid_in_either_case(void **state)
{
	struct fixture *fx = *state;

	assert_found(fx, "PARTUUID=a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf", 1);
	assert_found(fx, "PARTUUID=B3B2B1B0-B5B4-B7B6-B8B9-BABBBCBDBEBF", 2);
	assert_found(fx, "PARTUUID=d3D2d1D0-d5D4-d7D6-d8D9-dAdBdCdDdEdF", 10);
	assert_not_found(fx, "PARTUUID=a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeae",
			 "no partition fits the selector");
	assert_not_found(fx, "PARTUUID=a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf",
			 "no partition fits the selector");
}

static void what_is_no_guid_is_named(void **state)
{
	static const char *const cases[] = {
		"PARTUUID=",
		"PARTUUID=00c0ffee-01",
		"PARTUUID=a3a2a1a0a5a4a7a6a8a9aaabacadaeaf",
		"PARTUUID=a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaea",
		"PARTUUID=a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf0",
		"PARTUUID=a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeag",
		"PARTUUID=a3a2a1a0-a5a4-a7a6-a8a9aaabacadaeaf",
		"PARTUUID={a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf}",
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_not_found(fx, cases[i], "PARTUUID of a GPT is a GUID");
	}
}

static void a_label_finds_its_partition(void **state)
{
	struct fixture *fx = *state;

	assert_found(fx, "PARTLABEL=root", 1);
	assert_found(fx, "PARTLABEL=roo", 128);
	assert_found(fx, "PARTLABEL=" LONG_LABEL, 10);
	assert_not_found(fx, "PARTLABEL=Root", "no partition fits the selector");
	assert_not_found(fx, "PARTLABEL=ro", "no partition fits the selector");
	assert_not_found(fx, "PARTLABEL=root ", "no partition fits the selector");
	assert_not_found(fx, "PARTLABEL=" LONG_LABEL "7",
			 "no partition fits the selector");
}

static void a_label_beyond_ascii_is_not_looked_for(void **state)
{
	struct fixture *fx = *state;

	/* It would fit byte by byte: U+00E4. */
	fx->t.parts[0].label[0] = 0xE4;
	assert_not_found(fx, "PARTLABEL=\xE4oot", "PARTLABEL is not ASCII");
	/* A unit whose low byte fits. */
	fx->t.parts[0].label[0] = 0x100u + 'r';
	assert_not_found(fx, "PARTLABEL=root", "no partition fits the selector");
}

static void no_label_finds_no_partition_without_one(void **state)
{
	struct fixture *fx = *state;

	assert_not_found(fx, "PARTLABEL=", "PARTLABEL is empty");
}

static void what_fits_twice_is_not_found(void **state)
{
	struct fixture *fx = *state;

	assert_not_found(fx, "PARTLABEL=data", "several partitions fit the selector");
	assert_not_found(fx, "PARTUUID=c3c2c1c0-c5c4-c7c6-c8c9-cacbcccdcecf",
			 "several partitions fit the selector");
}

static void a_refused_table_has_no_partition(void **state)
{
	struct fixture *fx = *state;

	table_disk_at(&fx->disk, 0)[510] = 0;
	assert_int_equal(tzvmm_ptable_read(&fx->t, &fx->disk.src, &fx->why),
			 TZVMM_E_FORMAT);
	assert_not_found(fx, "1", "no partition fits the selector");
	assert_not_found(fx, "PARTUUID=00c0ffee-01", "PARTUUID is another disk's");
}

#define M(test) cmocka_unit_test_setup_teardown(test, set_up_mbr, tear_down)
#define G(test) cmocka_unit_test_setup_teardown(test, set_up_gpt, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		M(a_number_finds_its_partition),
		G(an_entrys_number_finds_it),
		M(what_is_no_selector_is_named),
		M(an_mbrs_partuuid_is_the_signature_and_the_number),
		M(what_is_no_partuuid_of_an_mbr_is_named),
		M(an_mbr_has_no_labels),
		G(a_gpts_partuuid_is_the_guid_in_either_case),
		G(what_is_no_guid_is_named),
		G(a_label_finds_its_partition),
		G(a_label_beyond_ascii_is_not_looked_for),
		G(no_label_finds_no_partition_without_one),
		G(what_fits_twice_is_not_found),
		M(a_refused_table_has_no_partition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
