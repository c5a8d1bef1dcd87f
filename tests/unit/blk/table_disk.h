/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_TABLE_DISK_H
#define TESTS_TABLE_DISK_H

/* A disk of any size of which a few sectors have content, the others zeros, and
 * what writes partition tables on it, field by field. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/ptable.h>

#define TABLE_DISK_SECTORS 400u

struct table_disk {
	struct tzvmm_ptable_source src;
	struct {
		uint64_t at;
		uint8_t bytes[TZVMM_SECTOR_LEN];
	} sectors[TABLE_DISK_SECTORS];
	unsigned nr_used;
	unsigned nr_reads;
	unsigned nr_bad;                   /* sectors that cannot be read */
	uint64_t bad[4];                   /* these */
	uint64_t read[TABLE_DISK_SECTORS]; /* which ones were */
};

void table_disk_init(struct table_disk *disk, uint64_t nr_sectors);

/* A sector's bytes, to be written. */
uint8_t *table_disk_at(struct table_disk *disk, uint64_t sector);

void put32(uint8_t *at, uint32_t value);
void put64(uint8_t *at, uint64_t value);
uint32_t get32(const uint8_t *at);
uint64_t get64(const uint8_t *at);

/* Bit by bit: not how the library does it. */
uint32_t slow_crc32(uint32_t crc, const uint8_t *bytes, size_t len);

/* An entry of the MBR or the EBR in a sector, and its signature. */
void mbr_put(struct table_disk *disk, uint64_t sector, unsigned entry, uint8_t type,
	     uint32_t start, uint32_t len);

/* Where a GPT has its parts. */
struct gpt_layout {
	uint32_t nr_entries;
	uint32_t entry_len;
	uint64_t first_usable;
	uint64_t last_usable;
	uint64_t primary_array;
	uint64_t backup_array;
};

/* The usual one: 128 entries of 128 bytes. */
struct gpt_layout gpt_usual(uint64_t nr_sectors);

/* A protective MBR and an empty GPT, with checksums. */
void gpt_make(struct table_disk *disk, const struct gpt_layout *layout);

/* Write an entry of both arrays: 16 bytes of type from type on, then of GUID from
 * guid on. A first sector of 0: unused. No checksum changes. */
void gpt_put(struct table_disk *disk, const struct gpt_layout *layout, unsigned entry,
	     uint64_t first, uint64_t last, uint8_t guid, const char *label);

/* Make a copy's checksums right; header is its sector. */
void gpt_seal(struct table_disk *disk, uint64_t header);

/* Both. */
void gpt_seal_both(struct table_disk *disk);

#endif /* TESTS_TABLE_DISK_H */
