/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_BLK_PTABLE_INTERNAL_H
#define TZVMM_BLK_PTABLE_INTERNAL_H

/* What the readers of the kinds of tables share. All of them name what is wrong
 * in *why, a constant string, and read into t->sector: what is checked is a copy,
 * which the disk does not change any more. */

#include <tzvmm/ptable.h>

/* Primary partitions of an MBR. The first logical one has the next number. */
#define MBR_PRIMARY 4u

/* An entry of an MBR or of an EBR. */
struct mbr_entry {
	uint8_t type;
	uint32_t start; /* from the start of whatever the entry counts from */
	uint32_t nr_sectors;
};

/* Entries without a length are not in use, whatever else they say. */
static inline bool mbr_entry_used(const struct mbr_entry *entry)
{
	return entry->nr_sectors != 0u;
}

static inline uint32_t le32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
	       (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline uint64_t le64(const uint8_t *bytes)
{
	return le32(bytes) | (uint64_t)le32(bytes + 4) << 32;
}

/* Read a sector into t->sector. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_ptable_load(struct tzvmm_ptable *t, const struct tzvmm_ptable_source *src,
		  uint64_t sector, const char **why);

/* List a partition that was checked: it passes no end, and neither do its sectors
 * overlap others'. Numbers go up from call to call, and stay within the bound. */
void tzvmm_ptable_add(struct tzvmm_ptable *t, const struct tzvmm_ptable_part *part);

/* Whether two runs of sectors share one. Both are known to end without a wrap. */
static inline bool tzvmm_ptable_overlap(uint64_t a, uint64_t a_len, uint64_t b,
					uint64_t b_len)
{
	return a < b + b_len && b < a + a_len;
}

/* The four entries of t->sector. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_mbr_entries(const struct tzvmm_ptable *t,
						    struct mbr_entry *entries,
						    const char **why);

/* Whether an entry holds a chain of tables. */
bool tzvmm_mbr_extended(const struct mbr_entry *entry);

/* The partitions of an MBR that has these entries, logical ones included. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_mbr_read(struct tzvmm_ptable *t, const struct tzvmm_ptable_source *src,
	       const struct mbr_entry *entries, const char **why);

/* The logical partitions of an extended one, which lies on the disk. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_ebr_read(struct tzvmm_ptable *t, const struct tzvmm_ptable_source *src,
	       const struct mbr_entry *extended, const char **why);

/* The partitions of a GPT. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_gpt_read(struct tzvmm_ptable *t, const struct tzvmm_ptable_source *src,
	       const char **why);

#endif /* TZVMM_BLK_PTABLE_INTERNAL_H */
