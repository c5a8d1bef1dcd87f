// SPDX-License-Identifier: BSD-2-Clause
/* Extended boot records: a chain of sectors in an extended partition, each with
 * an entry for a logical partition and one that links to the next record.
 *
 * Each record lies behind the one before, and each partition between its own
 * record and the next: so the chain ends, and nothing overlaps. Tools that make
 * a chain write it like that. */

#include "ptable_internal.h"

#define EBR_DATA 0u /* counts from this record */
#define EBR_LINK 1u /* counts from the extended partition */

/* Each record has one partition at most. */
#define MAX_RECORDS (TZVMM_PTABLE_PARTS - MBR_PRIMARY)

/* Where the chain stands. */
struct chain {
	uint64_t start;  /* of the extended partition */
	uint64_t end;    /* of the extended partition */
	uint64_t record; /* sector of the record at hand */
	uint64_t next;   /* of the next record; the end if there is none */
};

static enum tzvmm_status check_link(struct chain *chain,
				    const struct mbr_entry *link, const char **why)
{
	chain->next = chain->end;
	if (!mbr_entry_used(link)) {
		return TZVMM_OK;
	}
	if (!tzvmm_mbr_extended(link)) {
		*why = "second entry of an EBR is no link";
		return TZVMM_E_FORMAT;
	}
	if (chain->start + link->start <= chain->record) {
		*why = "chain of EBRs goes back";
		return TZVMM_E_FORMAT;
	}
	if (chain->start + link->start + link->nr_sectors > chain->end) {
		*why = "link leaves the extended partition";
		return TZVMM_E_RANGE;
	}
	chain->next = chain->start + link->start;
	return TZVMM_OK;
}

static enum tzvmm_status check_data(const struct chain *chain,
				    const struct mbr_entry *data, const char **why)
{
	if (tzvmm_mbr_extended(data)) {
		*why = "first entry of an EBR is a link";
		return TZVMM_E_FORMAT;
	}
	if (data->start == 0u) {
		*why = "logical partition holds its EBR";
		return TZVMM_E_FORMAT;
	}
	if (chain->record + data->start + data->nr_sectors > chain->next) {
		*why = "logical partition passes the next EBR";
		return TZVMM_E_RANGE;
	}
	return TZVMM_OK;
}

/* One record, in t->sector. */
static enum tzvmm_status parse_record(struct tzvmm_ptable *t, struct chain *chain,
				      uint32_t *number, const char **why)
{
	struct mbr_entry entries[MBR_PRIMARY];
	const struct mbr_entry *data = &entries[EBR_DATA];
	enum tzvmm_status st = tzvmm_mbr_entries(t, entries, why);

	if (st != TZVMM_OK) {
		return st;
	}
	if (mbr_entry_used(&entries[2]) || mbr_entry_used(&entries[3])) {
		*why = "EBR with more than two entries";
		return TZVMM_E_FORMAT;
	}
	st = check_link(chain, &entries[EBR_LINK], why);
	if (st != TZVMM_OK || !mbr_entry_used(data)) {
		return st;
	}
	st = check_data(chain, data, why);
	if (st == TZVMM_OK) {
		tzvmm_ptable_add(t, &(struct tzvmm_ptable_part){
					    .number = *number,
					    .type = data->type,
					    .start = chain->record + data->start,
					    .nr_sectors = data->nr_sectors,
				    });
		(*number)++;
	}
	return st;
}

enum tzvmm_status tzvmm_ebr_read(struct tzvmm_ptable *t,
				 const struct tzvmm_ptable_source *src,
				 const struct mbr_entry *extended, const char **why)
{
	struct chain chain = {
		.start = extended->start,
		.end = (uint64_t)extended->start + extended->nr_sectors,
		.record = extended->start,
	};
	uint32_t number = MBR_PRIMARY + 1u;

	for (unsigned i = 0; i < MAX_RECORDS; i++) {
		enum tzvmm_status st = tzvmm_ptable_load(t, src, chain.record, why);

		if (st == TZVMM_OK) {
			st = parse_record(t, &chain, &number, why);
		}
		if (st != TZVMM_OK || chain.next == chain.end) {
			return st;
		}
		chain.record = chain.next;
	}
	*why = "too many logical partitions";
	return TZVMM_E_UNSUPP;
}
