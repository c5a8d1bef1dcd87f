// SPDX-License-Identifier: BSD-2-Clause
#include "table_disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum tzvmm_status table_disk_read(void *ctx, uint64_t sector, uint8_t *to)
{
	struct table_disk *disk = ctx;

	assert_true(sector < disk->src.nr_sectors);
	assert_true(disk->nr_reads < TABLE_DISK_SECTORS);
	disk->read[disk->nr_reads] = sector;
	disk->nr_reads++;
	for (unsigned i = 0; i < disk->nr_bad; i++) {
		if (disk->bad[i] == sector) {
			memset(to, 0xBD, 100); /* a part of it came */
			return TZVMM_E_IO;
		}
	}
	memset(to, 0, TZVMM_SECTOR_LEN);
	for (unsigned i = 0; i < disk->nr_used; i++) {
		if (disk->sectors[i].at == sector) {
			memcpy(to, disk->sectors[i].bytes, TZVMM_SECTOR_LEN);
		}
	}
	return TZVMM_OK;
}

void table_disk_init(struct table_disk *disk, uint64_t nr_sectors)
{
	memset(disk, 0, sizeof(*disk));
	disk->src.read = table_disk_read;
	disk->src.ctx = disk;
	disk->src.nr_sectors = nr_sectors;
}

uint8_t *table_disk_at(struct table_disk *disk, uint64_t sector)
{
	for (unsigned i = 0; i < disk->nr_used; i++) {
		if (disk->sectors[i].at == sector) {
			return disk->sectors[i].bytes;
		}
	}
	assert_true(disk->nr_used < TABLE_DISK_SECTORS);
	disk->sectors[disk->nr_used].at = sector;
	disk->nr_used++;
	return disk->sectors[disk->nr_used - 1u].bytes;
}

void put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4u; i++) {
		at[i] = (uint8_t)(value >> (8u * i));
	}
}

void put64(uint8_t *at, uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}

uint32_t get32(const uint8_t *at)
{
	return (uint32_t)(at[0] | at[1] << 8 | at[2] << 16) | (uint32_t)at[3] << 24;
}

uint64_t get64(const uint8_t *at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

uint32_t slow_crc32(uint32_t crc, const uint8_t *bytes, size_t len)
{
	crc = ~crc;
	for (size_t i = 0; i < 8u * len; i++) {
		uint32_t bit = ((uint32_t)bytes[i / 8u] >> (i % 8u) ^ crc) & 1u;

		crc = crc >> 1 ^ (bit != 0u ? 0xEDB88320u : 0u);
	}
	return ~crc;
}

void mbr_put(struct table_disk *disk, uint64_t sector, unsigned entry, uint8_t type,
	     uint32_t start, uint32_t len)
{
	uint8_t *bytes = table_disk_at(disk, sector);
	uint8_t *at = &bytes[446u + 16u * entry];

	memset(at, 0, 16);
	at[4] = type;
	put32(at + 8, start);
	put32(at + 12, len);
	bytes[510] = 0x55;
	bytes[511] = 0xAA;
}

struct gpt_layout gpt_usual(uint64_t nr_sectors)
{
	return (struct gpt_layout){
		.nr_entries = 128,
		.entry_len = 128,
		.first_usable = 34,
		.last_usable = nr_sectors - 34u,
		.primary_array = 2,
		.backup_array = nr_sectors - 33u,
	};
}

static void put_header(struct table_disk *disk, const struct gpt_layout *layout,
		       uint64_t mine, uint64_t other, uint64_t array)
{
	uint8_t *bytes = table_disk_at(disk, mine);

	memset(bytes, 0, TZVMM_SECTOR_LEN);
	memcpy(bytes, "EFI PART", 8);
	put32(bytes + 8, 0x00010000);
	put32(bytes + 12, 92);
	put64(bytes + 24, mine);
	put64(bytes + 32, other);
	put64(bytes + 40, layout->first_usable);
	put64(bytes + 48, layout->last_usable);
	memcpy(bytes + 56, "the disk's GUID.", 16);
	put64(bytes + 72, array);
	put32(bytes + 80, layout->nr_entries);
	put32(bytes + 84, layout->entry_len);
	gpt_seal(disk, mine);
}

void gpt_make(struct table_disk *disk, const struct gpt_layout *layout)
{
	const uint64_t last = disk->src.nr_sectors - 1u;

	mbr_put(disk, 0, 0, 0xEE, 1, last > UINT32_MAX ? UINT32_MAX : (uint32_t)last);
	put_header(disk, layout, 1, last, layout->primary_array);
	put_header(disk, layout, last, 1, layout->backup_array);
}

static void put_entry(uint8_t *entry, uint64_t first, uint64_t last, uint8_t guid,
		      const char *label)
{
	memset(entry, 0, 128);
	if (first == 0u) {
		return;
	}
	for (unsigned i = 0; i < 16u; i++) {
		entry[i] = (uint8_t)(0xF0u + i);
		entry[16u + i] = (uint8_t)(guid + i);
	}
	put64(entry + 32, first);
	put64(entry + 40, last);
	for (unsigned i = 0; i < 36u && label[i] != '\0'; i++) {
		entry[56u + 2u * i] = (uint8_t)label[i];
	}
}

void gpt_put(struct table_disk *disk, const struct gpt_layout *layout, unsigned entry,
	     uint64_t first, uint64_t last, uint8_t guid, const char *label)
{
	const uint32_t at = entry * layout->entry_len;

	put_entry(table_disk_at(disk, layout->primary_array + at / 512u) + at % 512u,
		  first, last, guid, label);
	put_entry(table_disk_at(disk, layout->backup_array + at / 512u) + at % 512u,
		  first, last, guid, label);
}

void gpt_seal(struct table_disk *disk, uint64_t header)
{
	uint8_t *bytes = table_disk_at(disk, header);
	uint32_t left = get32(bytes + 80) * get32(bytes + 84);
	uint64_t sector = get64(bytes + 72);
	uint32_t crc = 0;

	/* As far as there can be one. */
	for (; left != 0u && left <= 65536u && sector < disk->src.nr_sectors;
	     sector++) {
		uint32_t len = left < 512u ? left : 512u;

		crc = slow_crc32(crc, table_disk_at(disk, sector), len);
		left -= len;
	}
	put32(bytes + 88, crc);
	put32(bytes + 16, 0);
	put32(bytes + 16, slow_crc32(0, bytes, get32(bytes + 12) % 513u));
}

void gpt_seal_both(struct table_disk *disk)
{
	gpt_seal(disk, 1);
	gpt_seal(disk, disk->src.nr_sectors - 1u);
}
