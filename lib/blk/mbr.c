// SPDX-License-Identifier: BSD-2-Clause
/* Master boot record: the four primary partitions. */

#include <stddef.h>

#include "ptable_internal.h"

#define MBR_TABLE 446u /* first of four entries */
#define MBR_ENTRY_LEN 16u
#define MBR_SIGNATURE 510u /* 0x55 0xAA */

#define ENTRY_STATUS 0u /* 0x80 bootable, 0 not */
#define ENTRY_TYPE 4u
#define ENTRY_START 8u /* first sector, 32 bits */
#define ENTRY_LEN 12u  /* sectors, 32 bits */

#define TYPE_NONE 0x00u
#define TYPE_EXTENDED 0x05u
#define TYPE_EXTENDED_LBA 0x0Fu
#define TYPE_EXTENDED_LINUX 0x85u

/* The MBR, and where a GPT has its header: who may write there may turn the disk
 * into one with another table. */
#define FIRST_FREE 2u

static enum tzvmm_status parse_entry(struct mbr_entry *entry, const uint8_t *bytes,
				     const char **why)
{
	if ((bytes[ENTRY_STATUS] & 0x7Fu) != 0u) {
		/* A FAT boot sector has the same signature, but text here. */
		*why = "entry's status";
		return TZVMM_E_FORMAT;
	}
	entry->type = bytes[ENTRY_TYPE];
	entry->start = le32(&bytes[ENTRY_START]);
	entry->nr_sectors = le32(&bytes[ENTRY_LEN]);
	if (entry->type == TYPE_NONE && mbr_entry_used(entry)) {
		/* Linux counts it as a partition, others do not. */
		*why = "entry has a length, but no type";
		return TZVMM_E_FORMAT;
	}
	return TZVMM_OK;
}

enum tzvmm_status tzvmm_mbr_entries(const struct tzvmm_ptable *t,
				    struct mbr_entry *entries, const char **why)
{
	enum tzvmm_status st = TZVMM_OK;

	if (t->sector[MBR_SIGNATURE] != 0x55u ||
	    t->sector[MBR_SIGNATURE + 1u] != 0xAAu) {
		*why = "signature";
		return TZVMM_E_FORMAT;
	}
	for (unsigned i = 0; i < MBR_PRIMARY && st == TZVMM_OK; i++) {
		st = parse_entry(&entries[i],
				 &t->sector[MBR_TABLE + MBR_ENTRY_LEN * i], why);
	}
	return st;
}

bool tzvmm_mbr_extended(const struct mbr_entry *entry)
{
	return entry->type == TYPE_EXTENDED || entry->type == TYPE_EXTENDED_LBA ||
	       entry->type == TYPE_EXTENDED_LINUX;
}

/* An entry that is in use, against the disk and the entries before it. */
static enum tzvmm_status check_entry(const struct mbr_entry *entries,
				     const struct mbr_entry *entry,
				     uint64_t nr_sectors, const char **why)
{
	if (entry->start < FIRST_FREE) {
		*why = "partition holds the table";
		return TZVMM_E_FORMAT;
	}
	if ((uint64_t)entry->start + entry->nr_sectors > nr_sectors) {
		*why = "partition passes the end";
		return TZVMM_E_RANGE;
	}
	for (const struct mbr_entry *other = entries; other < entry; other++) {
		if (mbr_entry_used(other) &&
		    tzvmm_ptable_overlap(entry->start, entry->nr_sectors,
					 other->start, other->nr_sectors)) {
			*why = "partitions overlap";
			return TZVMM_E_FORMAT;
		}
	}
	return TZVMM_OK;
}

/* Every entry; the extended one, if any, is told. */
static enum tzvmm_status
check_entries(const struct mbr_entry *entries, uint64_t nr_sectors,
	      const struct mbr_entry **extended, const char **why)
{
	for (unsigned i = 0; i < MBR_PRIMARY; i++) {
		enum tzvmm_status st;

		if (!mbr_entry_used(&entries[i])) {
			continue;
		}
		st = check_entry(entries, &entries[i], nr_sectors, why);
		if (st != TZVMM_OK) {
			return st;
		}
		if (!tzvmm_mbr_extended(&entries[i])) {
			continue;
		}
		if (*extended != NULL) {
			*why = "two extended partitions";
			return TZVMM_E_FORMAT;
		}
		*extended = &entries[i];
	}
	return TZVMM_OK;
}

enum tzvmm_status tzvmm_mbr_read(struct tzvmm_ptable *t,
				 const struct tzvmm_ptable_source *src,
				 const struct mbr_entry *entries, const char **why)
{
	const struct mbr_entry *extended = NULL;
	enum tzvmm_status st;

	st = check_entries(entries, src->nr_sectors, &extended, why);
	if (st != TZVMM_OK) {
		return st;
	}
	for (uint32_t i = 0; i < MBR_PRIMARY; i++) {
		if (mbr_entry_used(&entries[i]) && &entries[i] != extended) {
			tzvmm_ptable_add(t,
					 &(struct tzvmm_ptable_part){
						 .number = i + 1u,
						 .type = entries[i].type,
						 .start = entries[i].start,
						 .nr_sectors = entries[i].nr_sectors,
					 });
		}
	}
	return extended != NULL ? tzvmm_ebr_read(t, src, extended, why) : TZVMM_OK;
}
