// SPDX-License-Identifier: BSD-2-Clause
/* Which kind of partition table a disk has. */

#include <stddef.h>
#include <string.h>

#include "ptable_internal.h"

#define MBR_DISK_SIGNATURE 440u

#define TYPE_PROTECTIVE 0xEEu /* keeps MBR tools away from a GPT */

enum tzvmm_status tzvmm_ptable_load(struct tzvmm_ptable *t,
				    const struct tzvmm_ptable_source *src,
				    uint64_t sector, const char **why)
{
	enum tzvmm_status st;

	if (sector >= src->nr_sectors) {
		*why = "table passes the end";
		return TZVMM_E_RANGE;
	}
	st = src->read(src->ctx, sector, t->sector);
	if (st != TZVMM_OK) {
		*why = "table cannot be read";
	}
	return st;
}

void tzvmm_ptable_add(struct tzvmm_ptable *t, const struct tzvmm_ptable_part *part)
{
	t->parts[t->nr_parts] = *part;
	t->nr_parts++;
}

static bool has_protective(const struct mbr_entry *entries)
{
	for (unsigned i = 0; i < MBR_PRIMARY; i++) {
		if (entries[i].type == TYPE_PROTECTIVE) {
			return true;
		}
	}
	return false;
}

/* The protective entry starts behind the MBR and is alone: with others beside it,
 * who reads the MBR and who reads the GPT see different partitions on the same
 * sectors. Its length is not looked at, since tools do not agree on it and images
 * are copied to larger cards. */
static enum tzvmm_status check_protective(const struct mbr_entry *entries,
					  const char **why)
{
	unsigned used = 0;

	for (unsigned i = 0; i < MBR_PRIMARY; i++) {
		if (entries[i].type == TYPE_PROTECTIVE && entries[i].start != 1u) {
			*why = "protective entry is not at sector 1";
			return TZVMM_E_FORMAT;
		}
		used += mbr_entry_used(&entries[i]) ||
			entries[i].type == TYPE_PROTECTIVE;
	}
	if (used != 1u) {
		*why = "MBR and GPT both have partitions";
		return TZVMM_E_UNSUPP;
	}
	return TZVMM_OK;
}

static enum tzvmm_status read_any(struct tzvmm_ptable *t,
				  const struct tzvmm_ptable_source *src,
				  const char **why)
{
	struct mbr_entry entries[MBR_PRIMARY];
	enum tzvmm_status st = tzvmm_ptable_load(t, src, 0, why);

	if (st == TZVMM_OK) {
		st = tzvmm_mbr_entries(t, entries, why);
	}
	if (st != TZVMM_OK) {
		return st;
	}
	if (!has_protective(entries)) {
		t->kind = TZVMM_PTABLE_MBR;
		t->signature = le32(&t->sector[MBR_DISK_SIGNATURE]);
		return tzvmm_mbr_read(t, src, entries, why);
	}
	t->kind = TZVMM_PTABLE_GPT;
	st = check_protective(entries, why);
	return st == TZVMM_OK ? tzvmm_gpt_read(t, src, why) : st;
}

enum tzvmm_status tzvmm_ptable_read(struct tzvmm_ptable *t,
				    const struct tzvmm_ptable_source *src,
				    const char **why)
{
	enum tzvmm_status st;

	*why = NULL;
	memset(t, 0, sizeof(*t));
	st = read_any(t, src, why);
	if (st != TZVMM_OK) {
		memset(t, 0, sizeof(*t));
	}
	return st;
}
