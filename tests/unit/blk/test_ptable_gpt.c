// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "table_disk.h"

#define DISK_LEN 0x200000u
#define LAST (DISK_LEN - 1u)

/* Header fields. */
#define REVISION 8u
#define HEADER_LEN 12u
#define MY_LBA 24u
#define ALTERNATE 32u
#define FIRST_USABLE 40u
#define LAST_USABLE 48u
#define DISK_GUID 56u
#define ARRAY 72u
#define NR_ENTRIES 80u
#define ENTRY_LEN 84u

struct fixture {
	struct table_disk disk;
	struct gpt_layout layout;
	struct tzvmm_ptable t;
	struct tzvmm_ptable whole; /* before somebody damaged the disk */
	const char *why;
};

static void make(struct fixture *fx, const struct gpt_layout *layout)
{
	table_disk_init(&fx->disk, fx->disk.src.nr_sectors);
	fx->layout = *layout;
	gpt_make(&fx->disk, layout);
}

static void put(struct fixture *fx, unsigned entry, uint64_t first, uint64_t last,
		uint8_t guid, const char *label)
{
	gpt_put(&fx->disk, &fx->layout, entry, first, last, guid, label);
}

/* A trusted partition and Linux. */
static int set_up(void **state)
{
	struct gpt_layout layout = gpt_usual(DISK_LEN);
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	fx->disk.src.nr_sectors = DISK_LEN;
	make(fx, &layout);
	put(fx, 0, 2048, 34815, 0x10, "trusted");
	put(fx, 1, 34816, layout.last_usable, 0x20, "root");
	gpt_seal_both(&fx->disk);
	memset(&fx->t, 0xCC, sizeof(fx->t));
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

static uint8_t *primary(struct fixture *fx)
{
	return table_disk_at(&fx->disk, 1);
}

static uint8_t *backup(struct fixture *fx)
{
	return table_disk_at(&fx->disk, fx->disk.src.nr_sectors - 1u);
}

static void read_table(struct fixture *fx, enum tzvmm_status status)
{
	fx->disk.nr_reads = 0;
	assert_int_equal(tzvmm_ptable_read(&fx->t, &fx->disk.src, &fx->why), status);
}

static void assert_refused(struct fixture *fx, enum tzvmm_status status,
			   const char *why)
{
	read_table(fx, status);
	assert_string_equal(fx->why, why);
	assert_int_equal(fx->t.kind, TZVMM_PTABLE_NONE);
	assert_int_equal(fx->t.nr_parts, 0);
}

static void assert_accepted(struct fixture *fx, uint32_t nr_parts)
{
	read_table(fx, TZVMM_OK);
	assert_null(fx->why);
	assert_int_equal(fx->t.kind, TZVMM_PTABLE_GPT);
	assert_int_equal(fx->t.nr_parts, nr_parts);
}

/* Accepted, and nothing is damaged. */
static void assert_whole(struct fixture *fx, uint32_t nr_parts)
{
	assert_accepted(fx, nr_parts);
	assert_false(fx->t.from_backup);
	assert_null(fx->t.damage);
}

/* The partitions are still those of the whole disk. */
static void assert_same_parts(struct fixture *fx)
{
	assert_accepted(fx, fx->whole.nr_parts);
	assert_memory_equal(fx->t.parts, fx->whole.parts, sizeof(fx->t.parts));
}

static void assert_backup_used(struct fixture *fx, const char *damage)
{
	assert_same_parts(fx);
	assert_true(fx->t.from_backup);
	assert_string_equal(fx->t.damage, damage);
}

static void assert_primary_used(struct fixture *fx, const char *damage)
{
	assert_same_parts(fx);
	assert_false(fx->t.from_backup);
	assert_string_equal(fx->t.damage, damage);
}

static void keep_whole(struct fixture *fx)
{
	assert_whole(fx, 2);
	fx->whole = fx->t;
}

static void partitions_are_found_and_each_sector_is_read_once(void **state)
{
	static const uint8_t type[16] = { 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5,
					  0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB,
					  0xFC, 0xFD, 0xFE, 0xFF };
	struct fixture *fx = *state;
	const struct tzvmm_ptable_part *part = &fx->t.parts[1];

	assert_whole(fx, 2);
	assert_int_equal(fx->t.parts[0].number, 1);
	assert_int_equal(fx->t.parts[0].start, 2048);
	assert_int_equal(fx->t.parts[0].nr_sectors, 32768);
	assert_int_equal(part->number, 2);
	assert_int_equal(part->start, 34816);
	assert_int_equal(part->nr_sectors, DISK_LEN - 33u - 34816u);
	assert_int_equal(part->type, 0);
	assert_memory_equal(part->type_guid, type, sizeof(type));
	assert_int_equal(part->guid[0], 0x20);
	assert_int_equal(part->guid[15], 0x2F);
	assert_int_equal(part->label[0], 'r');
	assert_int_equal(part->label[3], 't');
	assert_int_equal(part->label[4], 0);

	assert_int_equal(fx->disk.nr_reads, 1 + 33 + 33);
	for (unsigned i = 0; i < fx->disk.nr_reads; i++) {
		for (unsigned j = 0; j < i; j++) {
			assert_true(fx->disk.read[i] != fx->disk.read[j]);
		}
	}
}

static void labels_are_utf16(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 2u; i++) {
		uint8_t *entry = table_disk_at(&fx->disk, i ? LAST - 32u : 2u);

		entry[56] = 0xAC; /* Euro sign */
		entry[57] = 0x20;
		memset(entry + 58, 0xFF, 70);
	}
	gpt_seal_both(&fx->disk);
	assert_whole(fx, 2);
	assert_int_equal(fx->t.parts[0].label[0], 0x20AC);
	assert_int_equal(fx->t.parts[0].label[35], 0xFFFF);
}

static void a_number_is_the_entrys_place(void **state)
{
	struct fixture *fx = *state;

	put(fx, 0, 0, 0, 0, "");
	put(fx, 127, 40, 40, 1, "");
	put(fx, 66, 41, 41, 1, "");
	gpt_seal_both(&fx->disk);
	assert_whole(fx, 3);
	assert_int_equal(fx->t.parts[0].number, 2);
	assert_int_equal(fx->t.parts[1].number, 67);
	assert_int_equal(fx->t.parts[2].number, 128);
	assert_int_equal(fx->t.parts[2].start, 40);
}

static void an_empty_table_is_one(void **state)
{
	struct fixture *fx = *state;

	put(fx, 0, 0, 0, 0, "");
	put(fx, 1, 0, 0, 0, "");
	gpt_seal_both(&fx->disk);
	assert_whole(fx, 0);
}

static void a_full_table_is_read(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < TZVMM_PTABLE_PARTS; i++) {
		put(fx, i, 3000u - i, 3000u - i, (uint8_t)i, "");
	}
	gpt_seal_both(&fx->disk);
	assert_whole(fx, TZVMM_PTABLE_PARTS);
	assert_int_equal(fx->t.parts[127].number, 128);
}

static void arrays_of_other_sizes_and_places_are_read(void **state)
{
	static const struct {
		uint32_t nr, len, sectors;
	} cases[] = {
		{ 128, 256, 64 }, { 128, 512, 128 }, { 1, 128, 1 },
		{ 5, 128, 2 },    { 3, 256, 2 },     { 7, 512, 7 },
		{ 4, 128, 1 },    { 127, 128, 32 },
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint32_t sectors = cases[i].sectors;
		struct gpt_layout layout = {
			.nr_entries = cases[i].nr,
			.entry_len = cases[i].len,
			.primary_array = 2u + i,
			.first_usable = 2u + i + sectors,
			.last_usable = LAST - sectors - 1u - i,
			.backup_array = LAST - sectors - i,
		};

		make(fx, &layout);
		put(fx, cases[i].nr - 1u, layout.first_usable, layout.last_usable,
		    7, "");
		gpt_seal_both(&fx->disk);
		assert_whole(fx, 1);
		assert_int_equal(fx->t.parts[0].number, cases[i].nr);
		assert_int_equal(fx->t.parts[0].start, layout.first_usable);
		assert_int_equal(fx->disk.nr_reads, 3u + 2u * sectors);
	}
}

static void what_lies_behind_the_last_entry_does_not_count(void **state)
{
	struct gpt_layout layout = gpt_usual(DISK_LEN);
	struct fixture *fx = *state;

	layout.nr_entries = 5;
	make(fx, &layout);
	gpt_seal_both(&fx->disk);
	memset(table_disk_at(&fx->disk, 3) + 128, 0x55, 384);
	assert_whole(fx, 0);
}

static void a_larger_header_has_its_checksum_over_all_of_it(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t len = 92; len <= 512u; len += 60u) {
		put32(primary(fx) + HEADER_LEN, len);
		primary(fx)[len - 1u] = 0x77;
		gpt_seal(&fx->disk, 1);
		keep_whole(fx);
		primary(fx)[len - 1u] ^= 1;
		assert_backup_used(fx, "GPT header's checksum");
	}
}

static void the_smallest_disk_is_read(void **state)
{
	const struct gpt_layout layout = {
		.nr_entries = 1,
		.entry_len = 128,
		.primary_array = 2,
		.first_usable = 3,
		.last_usable = 3,
		.backup_array = 4,
	};
	struct fixture *fx = *state;

	fx->disk.src.nr_sectors = 6;
	make(fx, &layout);
	put(fx, 0, 3, 3, 1, "");
	gpt_seal_both(&fx->disk);
	assert_whole(fx, 1);
	assert_int_equal(fx->t.parts[0].nr_sectors, 1);
}

static void the_largest_disk_is_read(void **state)
{
	struct gpt_layout layout = gpt_usual(UINT64_MAX);
	struct fixture *fx = *state;

	fx->disk.src.nr_sectors = UINT64_MAX;
	make(fx, &layout);
	put(fx, 0, 34, layout.last_usable, 1, "");
	gpt_seal_both(&fx->disk);
	assert_whole(fx, 1);
	assert_true(fx->t.parts[0].nr_sectors == UINT64_MAX - 67u);
}

/* The protective MBR. */

static void the_protective_entry_may_be_any_of_the_four(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 1; i < 4u; i++) {
		mbr_put(&fx->disk, 0, i - 1u, 0, 0, 0);
		mbr_put(&fx->disk, 0, i, 0xEE, 1, 0x1000u * i);
		assert_whole(fx, 2);
	}
}

static void without_a_protective_entry_there_is_no_gpt(void **state)
{
	struct fixture *fx = *state;

	mbr_put(&fx->disk, 0, 0, 0, 0, 0);
	read_table(fx, TZVMM_OK);
	assert_int_equal(fx->t.kind, TZVMM_PTABLE_MBR);
	assert_int_equal(fx->t.nr_parts, 0);
	mbr_put(&fx->disk, 0, 0, 0xEF, 1, LAST);
	assert_refused(fx, TZVMM_E_FORMAT, "partition holds the table");
}

static void a_protective_entry_elsewhere_is_refused(void **state)
{
	struct fixture *fx = *state;

	mbr_put(&fx->disk, 0, 0, 0xEE, 2, LAST);
	assert_refused(fx, TZVMM_E_FORMAT, "protective entry is not at sector 1");
}

static void a_hybrid_mbr_is_refused(void **state)
{
	struct fixture *fx = *state;

	mbr_put(&fx->disk, 0, 3, 0x0C, 2048, 32768);
	assert_refused(fx, TZVMM_E_UNSUPP, "MBR and GPT both have partitions");
	mbr_put(&fx->disk, 0, 3, 0xEE, 1, 32768);
	assert_refused(fx, TZVMM_E_UNSUPP, "MBR and GPT both have partitions");
	mbr_put(&fx->disk, 0, 0, 0x0C, 2048, 32768);
	assert_refused(fx, TZVMM_E_UNSUPP, "MBR and GPT both have partitions");
}

/* Damage. */

static void damage_of_the_first_copy_is_told_and_the_backup_used(void **state)
{
	struct fixture *fx = *state;
	uint8_t *header = primary(fx);

	keep_whole(fx);
	header[0] = 'e';
	assert_backup_used(fx, "GPT header's signature");
	header[0] = 'E';
	for (unsigned i = 0; i < 4u; i++) {
		static const uint32_t sizes[] = { 0, 91, 513, UINT32_MAX };

		put32(header + HEADER_LEN, sizes[i]);
		assert_backup_used(fx, "GPT header's size");
	}
	put32(header + HEADER_LEN, 92);
	header[DISK_GUID] ^= 0x80;
	assert_backup_used(fx, "GPT header's checksum");
	header[DISK_GUID] ^= 0x80;
	table_disk_at(&fx->disk, 33)[511] = 1; /* the last byte of the last entry */
	assert_backup_used(fx, "GPT's entries' checksum");
	/* Even if an entry cannot be right. */
	put64(table_disk_at(&fx->disk, 2) + 32, 0);
	assert_backup_used(fx, "GPT's entries' checksum");
}

static void damage_of_the_backup_is_told_and_the_first_copy_used(void **state)
{
	struct fixture *fx = *state;
	uint8_t *header = backup(fx);

	keep_whole(fx);
	header[0] = 'e';
	assert_primary_used(fx, "GPT header's signature");
	header[0] = 'E';
	put32(header + HEADER_LEN, 8);
	assert_primary_used(fx, "GPT header's size");
	put32(header + HEADER_LEN, 92);
	header[DISK_GUID] ^= 0x80;
	assert_primary_used(fx, "GPT header's checksum");
	header[DISK_GUID] ^= 0x80;
	table_disk_at(&fx->disk, LAST - 1u)[511] = 1;
	assert_primary_used(fx, "GPT's entries' checksum");
}

static void what_cannot_be_read_is_damaged(void **state)
{
	struct fixture *fx = *state;

	keep_whole(fx);
	fx->disk.nr_bad = 1;
	for (uint64_t sector = 1; sector < 34u; sector++) {
		fx->disk.bad[0] = sector;
		assert_backup_used(fx, "table cannot be read");
		fx->disk.bad[0] = DISK_LEN - sector;
		assert_primary_used(fx, "table cannot be read");
	}
	fx->disk.bad[0] = 0;
	assert_refused(fx, TZVMM_E_IO, "table cannot be read");
}

static void a_disk_with_both_copies_damaged_is_refused(void **state)
{
	struct fixture *fx = *state;

	table_disk_at(&fx->disk, LAST - 1u)[511] = 1;
	primary(fx)[0] = 'e';
	assert_refused(fx, TZVMM_E_FORMAT, "GPT header's signature");
	fx->disk.nr_bad = 1;
	fx->disk.bad[0] = 1;
	assert_refused(fx, TZVMM_E_IO, "table cannot be read");
}

static void an_image_on_a_larger_card_is_read_and_told(void **state)
{
	struct fixture *fx = *state;

	keep_whole(fx);
	fx->disk.src.nr_sectors += 1000u;
	assert_primary_used(fx, "backup is not at the end");
	primary(fx)[0] = 'e';
	assert_refused(fx, TZVMM_E_FORMAT, "GPT header's signature");
}

static void an_image_on_a_smaller_card_is_refused(void **state)
{
	struct fixture *fx = *state;

	fx->disk.src.nr_sectors -= 1u;
	assert_refused(fx, TZVMM_E_RANGE, "GPT's places");
	for (uint64_t n = 1; n < 40u; n++) {
		fx->disk.src.nr_sectors = n;
		read_table(fx, TZVMM_E_RANGE);
	}
}

static void copies_that_disagree_are_refused(void **state)
{
	static const struct {
		unsigned field;
		uint64_t change;
	} cases[] = {
		{ FIRST_USABLE, 8 },
		{ LAST_USABLE, 2 },
		{ DISK_GUID, 1 },
		{ DISK_GUID + 8u, 1ull << 63 },
	};
	struct fixture *fx = *state;

	put(fx, 1, 34816, 40000, 0x20, "root");
	gpt_seal_both(&fx->disk);
	assert_whole(fx, 2);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *field = backup(fx) + cases[i].field;

		put64(field, get64(field) ^ cases[i].change);
		gpt_seal(&fx->disk, LAST);
		assert_refused(fx, TZVMM_E_FORMAT, "GPT and its backup disagree");
		put64(field, get64(field) ^ cases[i].change);
		gpt_seal(&fx->disk, LAST);
	}
	/* An entry. */
	table_disk_at(&fx->disk, LAST - 32u)[16] ^= 1;
	gpt_seal(&fx->disk, LAST);
	assert_refused(fx, TZVMM_E_FORMAT, "GPT and its backup disagree");
	table_disk_at(&fx->disk, LAST - 32u)[16] ^= 1;
	/* The size and the number of entries, whose checksums are the same. */
	put(fx, 0, 0, 0, 0, "");
	put(fx, 1, 0, 0, 0, "");
	gpt_seal(&fx->disk, 1);
	put32(backup(fx) + NR_ENTRIES, 64);
	put32(backup(fx) + ENTRY_LEN, 256);
	gpt_seal(&fx->disk, LAST);
	assert_refused(fx, TZVMM_E_FORMAT, "GPT and its backup disagree");
}

static void
a_first_copy_that_names_another_backup_than_the_one_at_the_end_is_refused(void **state)
{
	struct fixture *fx = *state;

	/* Partitions and the backup's array are out of the way. */
	put(fx, 1, 34816, 40000, 0x20, "root");
	put64(primary(fx) + LAST_USABLE, LAST - 40u);
	put64(backup(fx) + LAST_USABLE, LAST - 40u);
	put64(primary(fx) + ALTERNATE, LAST - 1u);
	gpt_seal_both(&fx->disk);
	assert_refused(fx, TZVMM_E_FORMAT, "GPT and its backup disagree");
}

/* Content that is wrong, with the right checksums. */

static void a_wrong_first_copy_is_refused_though_the_backup_is_right(void **state)
{
	static const struct {
		unsigned field;
		uint32_t value;
		enum tzvmm_status status;
		const char *why;
	} cases[] = {
		{ REVISION, 0x00020000, TZVMM_E_UNSUPP, "GPT's revision" },
		{ REVISION, 0, TZVMM_E_UNSUPP, "GPT's revision" },
		{ MY_LBA, 2, TZVMM_E_FORMAT, "GPT header is a misplaced one" },
		{ MY_LBA + 4u, 1, TZVMM_E_FORMAT, "GPT header is a misplaced one" },
		{ ENTRY_LEN, 0, TZVMM_E_UNSUPP, "size of the GPT's entries" },
		{ ENTRY_LEN, 64, TZVMM_E_UNSUPP, "size of the GPT's entries" },
		{ ENTRY_LEN, 129, TZVMM_E_UNSUPP, "size of the GPT's entries" },
		{ ENTRY_LEN, 384, TZVMM_E_UNSUPP, "size of the GPT's entries" },
		{ ENTRY_LEN, 1024, TZVMM_E_UNSUPP, "size of the GPT's entries" },
		{ ENTRY_LEN, 1u << 31, TZVMM_E_UNSUPP, "size of the GPT's entries" },
		{ NR_ENTRIES, 0, TZVMM_E_UNSUPP, "number of the GPT's entries" },
		{ NR_ENTRIES, 129, TZVMM_E_UNSUPP, "number of the GPT's entries" },
		{ NR_ENTRIES, 1u << 25, TZVMM_E_UNSUPP,
		  "number of the GPT's entries" },
		{ NR_ENTRIES, UINT32_MAX, TZVMM_E_UNSUPP,
		  "number of the GPT's entries" },
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *field = primary(fx) + cases[i].field;
		uint32_t was = get32(field);

		put32(field, cases[i].value);
		gpt_seal(&fx->disk, 1);
		assert_refused(fx, cases[i].status, cases[i].why);
		put32(field, was);
		gpt_seal(&fx->disk, 1);
	}
	assert_whole(fx, 2);
}

static void a_wrong_backup_is_refused_though_the_first_copy_is_right(void **state)
{
	struct fixture *fx = *state;

	put32(backup(fx) + REVISION, 0x00010001);
	gpt_seal(&fx->disk, LAST);
	assert_refused(fx, TZVMM_E_UNSUPP, "GPT's revision");
	put32(backup(fx) + REVISION, 0x00010000);
	put64(backup(fx) + MY_LBA, 1);
	gpt_seal(&fx->disk, LAST);
	assert_refused(fx, TZVMM_E_FORMAT, "GPT header is a misplaced one");
	/* Nor does it stand in for a damaged one. */
	primary(fx)[0] = 0;
	assert_refused(fx, TZVMM_E_FORMAT, "GPT header is a misplaced one");
}

/* Each place of a header, one at a time. */
static void the_parts_of_a_gpt_lie_in_their_order(void **state)
{
	static const struct {
		bool backup;
		unsigned field;
		uint64_t value;
		const char *why;
	} cases[] = {
		{ false, FIRST_USABLE, LAST - 32u, "GPT's places" },
		{ false, FIRST_USABLE, UINT64_MAX, "GPT's places" },
		{ false, FIRST_USABLE, 33, "GPT's entries' place" },
		{ false, FIRST_USABLE, 0, "GPT's entries' place" },
		{ false, LAST_USABLE, 33, "GPT's places" },
		{ false, LAST_USABLE, LAST, "GPT's places" },
		{ false, LAST_USABLE, UINT64_MAX, "GPT's places" },
		{ false, LAST_USABLE, LAST - 32u, "GPT's entries' place" },
		{ false, ALTERNATE, LAST + 1u, "GPT's places" },
		{ false, ALTERNATE, UINT64_MAX, "GPT's places" },
		{ false, ALTERNATE, LAST - 33u, "GPT's places" },
		{ false, ALTERNATE, LAST - 1u, "GPT's entries' place" },
		{ false, ALTERNATE, 1, "GPT's places" },
		{ false, ARRAY, 0, "GPT's entries' place" },
		{ false, ARRAY, 1, "GPT's entries' place" },
		{ false, ARRAY, 3, "GPT's entries' place" },
		{ false, ARRAY, 34, "GPT's entries' place" },
		{ false, ARRAY, LAST - 32u, "GPT's entries' place" },
		{ false, ARRAY, UINT64_MAX, "GPT's entries' place" },
		{ false, ARRAY, UINT64_MAX - 31u, "GPT's entries' place" },
		{ true, FIRST_USABLE, LAST - 32u, "GPT's places" },
		{ true, FIRST_USABLE, 33, "GPT's entries' place" },
		{ true, FIRST_USABLE, 1, "GPT's entries' place" },
		{ true, LAST_USABLE, LAST, "GPT's places" },
		{ true, LAST_USABLE, LAST - 32u, "GPT's entries' place" },
		{ true, LAST_USABLE, UINT64_MAX, "GPT's places" },
		{ true, ALTERNATE, 2, "GPT's places" },
		{ true, ALTERNATE, LAST, "GPT's places" },
		{ true, ARRAY, LAST - 33u, "GPT's entries' place" },
		{ true, ARRAY, LAST - 31u, "GPT's entries' place" },
		{ true, ARRAY, LAST, "GPT's entries' place" },
		{ true, ARRAY, 2, "GPT's entries' place" },
		{ true, ARRAY, UINT64_MAX, "GPT's entries' place" },
		{ true, ARRAY, UINT64_MAX - 31u, "GPT's entries' place" },
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t at = cases[i].backup ? LAST : 1u;
		uint8_t *field = table_disk_at(&fx->disk, at) + cases[i].field;
		uint64_t was = get64(field);

		put64(field, cases[i].value);
		gpt_seal(&fx->disk, at);
		assert_refused(fx, TZVMM_E_RANGE, cases[i].why);
		put64(field, was);
		gpt_seal(&fx->disk, at);
	}
	assert_whole(fx, 2);
}

static void a_partition_lies_in_the_usable_sectors(void **state)
{
	static const uint64_t cases[][2] = {
		{ 33, 100 },         { 1, 1 },
		{ 40, 39 },          { 100, LAST - 32u },
		{ 100, UINT64_MAX }, { UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX, 100 }, { LAST - 32u, LAST - 32u },
	};
	struct fixture *fx = *state;

	put(fx, 1, 0, 0, 0, "");
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(fx, 0, cases[i][0], cases[i][1], 1, "");
		gpt_seal_both(&fx->disk);
		assert_refused(fx, TZVMM_E_RANGE,
			       "partition leaves the usable sectors");
		/* Nor does the other copy's damage help. */
		primary(fx)[0] ^= 1;
		assert_refused(fx, TZVMM_E_RANGE,
			       "partition leaves the usable sectors");
		primary(fx)[0] ^= 1;
	}
	put(fx, 0, 34, LAST - 33u, 1, "");
	gpt_seal_both(&fx->disk);
	assert_whole(fx, 1);
}

static void overlapping_partitions_are_refused(void **state)
{
	static const uint64_t cases[][4] = {
		{ 100, 149, 149, 160 },
		{ 100, 149, 90, 100 },
		{ 100, 149, 110, 115 },
		{ 100, 149, 90, 200 },
		{ 100, 149, 100, 149 },
		{ 100, 100, 100, 100 },
		{ 34, LAST - 33u, LAST - 33u, LAST - 33u },
	};
	struct fixture *fx = *state;

	put(fx, 0, 0, 0, 0, "");
	put(fx, 1, 0, 0, 0, "");
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(fx, 3, cases[i][0], cases[i][1], 1, "");
		put(fx, 80, cases[i][2], cases[i][3], 2, "");
		gpt_seal_both(&fx->disk);
		assert_refused(fx, TZVMM_E_FORMAT, "partitions overlap");
	}
	put(fx, 80, 50, 99, 2, "");
	put(fx, 3, 100, 149, 1, "");
	put(fx, 4, 150, 199, 3, "");
	gpt_seal_both(&fx->disk);
	assert_whole(fx, 3);
}

/* Each sector of the table. */
static uint64_t table_sector(unsigned i)
{
	return i <= 33u ? i : DISK_LEN - (67u - i);
}

/* Prime to 8: the bit of a byte that changes has its turns. */
#define STEP 101u

static void a_changed_bit_changes_no_partition(void **state)
{
	struct fixture *fx = *state;
	unsigned nr_refused = 0, nr_backup = 0, nr_primary = 0;

	keep_whole(fx);
	for (unsigned bit = 0; bit < 67u * 4096u; bit += STEP) {
		uint8_t *at = table_disk_at(&fx->disk, table_sector(bit / 4096u)) +
			      bit % 4096u / 8u;
		enum tzvmm_status st;

		*at ^= (uint8_t)(1u << bit % 8u);
		fx->disk.nr_reads = 0;
		st = tzvmm_ptable_read(&fx->t, &fx->disk.src, &fx->why);
		if (st == TZVMM_OK) {
			assert_same_parts(fx);
			nr_backup += fx->t.from_backup;
			nr_primary += !fx->t.from_backup && fx->t.damage != NULL;
		} else {
			assert_true(bit < 4096u); /* the protective MBR only */
			nr_refused++;
		}
		*at ^= (uint8_t)(1u << bit % 8u);
	}
	assert_in_range(nr_refused, 1, 66 * 8 / STEP);
	assert_in_range(nr_backup, 32 * 4096 / STEP, 33 * 4096 / STEP);
	assert_in_range(nr_primary, 32 * 4096 / STEP, 33 * 4096 / STEP);
}

static void a_changed_byte_changes_no_partition(void **state)
{
	static const uint8_t changes[] = { 0xFF, 0xEE, 1, 2, 4, 8, 16, 32, 64, 128 };
	struct fixture *fx = *state;

	keep_whole(fx);
	for (unsigned i = 0; i < (66u + 92u + 92u) * 10u; i++) {
		const unsigned at = i / 10u;
		uint8_t *byte = at < 66u ? table_disk_at(&fx->disk, 0) + 446u + at
				: at < 66u + 92u ? primary(fx) + (at - 66u)
						 : backup(fx) + (at - 66u - 92u);
		uint8_t was = *byte;

		*byte = was ^ changes[i % 10u];
		fx->disk.nr_reads = 0;
		if (tzvmm_ptable_read(&fx->t, &fx->disk.src, &fx->why) == TZVMM_OK) {
			assert_same_parts(fx);
		} else {
			assert_true(at < 66u);
		}
		*byte = was;
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(partitions_are_found_and_each_sector_is_read_once),
		T(labels_are_utf16),
		T(a_number_is_the_entrys_place),
		T(an_empty_table_is_one),
		T(a_full_table_is_read),
		T(arrays_of_other_sizes_and_places_are_read),
		T(what_lies_behind_the_last_entry_does_not_count),
		T(a_larger_header_has_its_checksum_over_all_of_it),
		T(the_smallest_disk_is_read),
		T(the_largest_disk_is_read),
		T(the_protective_entry_may_be_any_of_the_four),
		T(without_a_protective_entry_there_is_no_gpt),
		T(a_protective_entry_elsewhere_is_refused),
		T(a_hybrid_mbr_is_refused),
		T(damage_of_the_first_copy_is_told_and_the_backup_used),
		T(damage_of_the_backup_is_told_and_the_first_copy_used),
		T(what_cannot_be_read_is_damaged),
		T(a_disk_with_both_copies_damaged_is_refused),
		T(an_image_on_a_larger_card_is_read_and_told),
		T(an_image_on_a_smaller_card_is_refused),
		T(copies_that_disagree_are_refused),
		T(a_first_copy_that_names_another_backup_than_the_one_at_the_end_is_refused),
		T(a_wrong_first_copy_is_refused_though_the_backup_is_right),
		T(a_wrong_backup_is_refused_though_the_first_copy_is_right),
		T(the_parts_of_a_gpt_lie_in_their_order),
		T(a_partition_lies_in_the_usable_sectors),
		T(overlapping_partitions_are_refused),
		T(a_changed_bit_changes_no_partition),
		T(a_changed_byte_changes_no_partition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
