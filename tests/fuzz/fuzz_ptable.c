// SPDX-License-Identifier: BSD-2-Clause
/* Any partition table on any disk: partitions of what is accepted lie on the
 * disk, apart from each other and from every sector that was read, and each is
 * found by its number. Checksums are made right where the input asks for it, or
 * nothing would get past them. */

#include <string.h>

#include <tzvmm/partition.h>
#include <tzvmm/ptable.h>

#include "../../lib/blk/crc32.h"
#include "fuzz_input.h"

#define STORED 128u /* half of them for the disk's start, half for its end */
#define HALF (STORED / 2u)
#define MAX_READS 260u

#define SEAL_PRIMARY 1u
#define SEAL_BACKUP 2u
#define BAD_SECTOR 4u
#define NO_SECTOR UINT64_MAX

struct disk {
	struct tzvmm_ptable_source src;
	uint8_t stored[STORED][TZVMM_SECTOR_LEN];
	uint64_t bad;
	uint64_t reads[MAX_READS];
	unsigned nr_reads;
};

static struct disk disk;
static struct tzvmm_ptable table;

/* Between start and end, content repeats. */
static uint8_t *at(uint64_t sector)
{
	uint64_t from_end = disk.src.nr_sectors - sector;

	if (sector >= HALF && from_end <= HALF) {
		return disk.stored[STORED - from_end];
	}
	return disk.stored[sector % STORED];
}

static enum tzvmm_status disk_read(void *ctx, uint64_t sector, uint8_t *to)
{
	(void)ctx;
	require(sector < disk.src.nr_sectors);
	require(disk.nr_reads < MAX_READS);
	disk.reads[disk.nr_reads] = sector;
	disk.nr_reads++;
	if (sector == disk.bad) {
		return TZVMM_E_IO;
	}
	memcpy(to, at(sector), TZVMM_SECTOR_LEN);
	return TZVMM_OK;
}

static void put(uint8_t *to, uint64_t value, unsigned len)
{
	for (unsigned i = 0; i < len; i++) {
		to[i] = (uint8_t)(value >> (8u * i));
	}
}

static uint64_t get(const uint8_t *from, unsigned len)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < len; i++) {
		value |= (uint64_t)from[i] << (8u * i);
	}
	return value;
}

static void put_bytes(struct fuzz_input *in)
{
	uint8_t *sector = disk.stored[fuzz_take8(in) % STORED];
	uint32_t offset = fuzz_take16(in) % TZVMM_SECTOR_LEN;
	uint32_t len = fuzz_take8(in);

	for (uint32_t i = 0; i < len && offset + i < TZVMM_SECTOR_LEN; i++) {
		sector[offset + i] = fuzz_take8(in);
	}
}

static void put_mbr_entry(struct fuzz_input *in)
{
	uint8_t *sector = disk.stored[fuzz_take8(in) % STORED];
	uint8_t *entry = &sector[446u + 16u * (fuzz_take8(in) % 4u)];

	entry[4] = fuzz_take8(in);
	put(&entry[8], fuzz_take32(in), 4);
	put(&entry[12], fuzz_take32(in), 4);
	put(&sector[510], 0xAA55u, 2);
}

/* Usual headers, for a number of entries of a length. */
static void put_gpt(struct fuzz_input *in)
{
	const uint64_t last = disk.src.nr_sectors - 1u;
	uint32_t nr = fuzz_take8(in);
	uint32_t len = 128u << fuzz_take8(in) % 4u;
	uint64_t sectors = (nr * len + 511u) / 512u;

	put(&disk.stored[0][446u + 4u], 0xEEu, 1);
	put(&disk.stored[0][446u + 8u], 1, 4);
	put(&disk.stored[0][446u + 12u], last, 4);
	put(&disk.stored[0][510], 0xAA55u, 2);
	for (unsigned backup = 0; backup < 2u; backup++) {
		uint8_t *header = at(backup ? last : 1u % disk.src.nr_sectors);

		memcpy(header, "EFI PART", 8);
		put(&header[8], 0x00010000u, 4);
		put(&header[12], 92, 4);
		put(&header[24], backup ? last : 1u, 8);
		put(&header[32], backup ? 1u : last, 8);
		put(&header[40], 2u + sectors, 8);
		put(&header[48], last - 1u - sectors, 8);
		put(&header[72], backup ? last - sectors : 2u, 8);
		put(&header[80], nr, 4);
		put(&header[84], len, 4);
	}
}

/* The same entry in both usual arrays. */
static void put_gpt_entry(struct fuzz_input *in)
{
	const uint8_t *header = disk.stored[1];
	uint32_t len = (uint32_t)get(&header[84], 4) % 1025u;
	uint32_t offset = fuzz_take8(in) * len % (16u * TZVMM_SECTOR_LEN);
	uint64_t first = fuzz_take32(in);
	uint64_t size = fuzz_take32(in);
	uint8_t guid = fuzz_take8(in);

	for (unsigned backup = 0; backup < 2u; backup++) {
		uint64_t sector = backup ? get(&header[48], 8) + 1u : 2u;
		uint8_t *entry = at(sector % disk.src.nr_sectors + offset / 512u) +
				 offset % 385u / 128u * 128u;

		put(&entry[0], 0xAFu, 1);
		put(&entry[16], guid, 1);
		put(&entry[32], first, 8);
		put(&entry[40], first + size, 8);
		put(&entry[56], 'a' + guid % 4u, 2);
	}
}

static void put_header_field(struct fuzz_input *in)
{
	uint64_t last = disk.src.nr_sectors - 1u;
	uint8_t *header = at((fuzz_take8(in) & 1u) != 0u ? last : 1u % (last + 1u));
	uint32_t field = fuzz_take8(in) % 23u;

	put(&header[4u * field], fuzz_take64(in), 8);
}

static void seal(uint64_t sector)
{
	uint8_t *header = at(sector);
	uint64_t len = get(&header[80], 4) * get(&header[84], 4);
	uint64_t array = get(&header[72], 8);
	uint32_t crc = 0;

	for (; len != 0u && len <= 65536u && array < disk.src.nr_sectors; array++) {
		uint32_t now = len < 512u ? (uint32_t)len : 512u;

		crc = tzvmm_crc32(crc, at(array), now);
		len -= now;
	}
	put(&header[88], crc, 4);
	put(&header[16], 0, 4);
	put(&header[16], tzvmm_crc32(0, header, get(&header[12], 4) % 513u), 4);
}

static void fill_disk(struct fuzz_input *in)
{
	uint32_t sectors = fuzz_take32(in);
	uint32_t flags = fuzz_take8(in);

	memset(&disk, 0, sizeof(disk));
	disk.src = (struct tzvmm_ptable_source){
		.read = disk_read,
		.nr_sectors = (uint64_t)sectors << (flags >> 3),
	};
	disk.bad = (flags & BAD_SECTOR) != 0u ? fuzz_take32(in) : NO_SECTOR;
	if (disk.src.nr_sectors == 0u) {
		return;
	}
	for (unsigned steps = 0; in->left > 64u && steps < 300u; steps++) {
		static void (*const step[])(struct fuzz_input *) = {
			put_bytes,     put_mbr_entry,    put_gpt,
			put_gpt_entry, put_header_field,
		};

		step[fuzz_take8(in) % (sizeof(step) / sizeof(step[0]))](in);
	}
	if ((flags & SEAL_BACKUP) != 0u) {
		seal(disk.src.nr_sectors - 1u);
	}
	if ((flags & SEAL_PRIMARY) != 0u) {
		seal(1u % disk.src.nr_sectors);
	}
}

static void check_part(const struct tzvmm_ptable_part *part, uint32_t before)
{
	const struct tzvmm_blkdev dev = { .nr_sectors = disk.src.nr_sectors };
	struct tzvmm_partition device;

	require(part->number > before && part->number <= TZVMM_PTABLE_PARTS);
	require(part->start >= 2u);
	require(table.kind == TZVMM_PTABLE_MBR ||
		part->start + part->nr_sectors < disk.src.nr_sectors);
	require(tzvmm_partition_init(&device, &dev, part->start, part->nr_sectors,
				     false) == TZVMM_OK);
	/* A damaged copy may have had its entries anywhere. */
	for (unsigned i = 0; i < disk.nr_reads && table.damage == NULL; i++) {
		require(disk.reads[i] < part->start ||
			disk.reads[i] - part->start >= part->nr_sectors);
	}
	for (const struct tzvmm_ptable_part *b = table.parts; b < part; b++) {
		require(part->start + part->nr_sectors <= b->start ||
			b->start + b->nr_sectors <= part->start);
	}
}

static void check_number(const struct tzvmm_ptable_part *part)
{
	const char *why = "";
	char text[4] = { (char)('0' + part->number / 100u),
			 (char)('0' + part->number / 10u % 10u),
			 (char)('0' + part->number % 10u), '\0' };

	require(tzvmm_ptable_find(&table, text, &why) == part && why == NULL);
}

/* What is left of the input is a selector. */
static void check_selector(struct fuzz_input *in)
{
	const struct tzvmm_ptable_part *part;
	const char *why = "";
	char text[80];
	size_t len = in->left < sizeof(text) - 1u ? in->left : sizeof(text) - 1u;

	memcpy(text, in->data, len);
	text[len] = '\0';
	part = tzvmm_ptable_find(&table, text, &why);
	require((part == NULL) == (why != NULL));
	require(part == NULL ||
		(part >= table.parts && part < table.parts + table.nr_parts));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = "";
	struct fuzz_input in;

	fuzz_input_init(&in, data, size);
	fill_disk(&in);
	if (tzvmm_ptable_read(&table, &disk.src, &why) == TZVMM_OK) {
		uint32_t before = 0;

		require(why == NULL && table.kind != TZVMM_PTABLE_NONE);
		for (uint32_t i = 0; i < table.nr_parts; i++) {
			check_part(&table.parts[i], before);
			check_number(&table.parts[i]);
			before = table.parts[i].number;
		}
	} else {
		require(why != NULL && table.nr_parts == 0u);
		require(table.kind == TZVMM_PTABLE_NONE);
	}
	check_selector(&in);
	return 0;
}
