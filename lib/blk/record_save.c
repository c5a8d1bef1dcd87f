// SPDX-License-Identifier: BSD-2-Clause
/* The recorder's entries in sectors. */

#include <string.h>

#include <tzvmm/blk.h>
#include <tzvmm/record_save.h>

#include "crc32.h"

#define ENTRIES TZVMM_ABI_RECORD_ENTRIES
#define ENTRY_LEN sizeof(struct tzvmm_abi_record_entry)

_Static_assert(ENTRIES *ENTRY_LEN == TZVMM_SECTOR_LEN, "a sector of entries");

void tzvmm_record_save_init(struct tzvmm_record_save *save,
			    const struct tzvmm_record *rec)
{
	struct tzvmm_abi_record_header header;

	tzvmm_record_header(rec, &header);
	*save = (struct tzvmm_record_save){
		.rec = rec,
		.lost = header.lost,
		.end = header.lost + header.nr_entries,
	};
}

static bool take(struct tzvmm_record_save *save, struct tzvmm_abi_record_entry *entry)
{
	if (save->cursor >= save->end ||
	    tzvmm_record_next(save->rec, &save->cursor, entry) != TZVMM_OK ||
	    save->cursor > save->end) {
		return false;
	}
	if (save->nr_entries++ == 0u) {
		save->lost = save->cursor - 1u;
	}
	return true;
}

uint32_t tzvmm_record_save_next(struct tzvmm_record_save *save, uint8_t *to,
				uint32_t nr_sectors)
{
	struct tzvmm_abi_record_entry entry;
	uint32_t nr = 0;

	while (nr < nr_sectors * ENTRIES && take(save, &entry)) {
		memcpy(to + nr++ * ENTRY_LEN, &entry, ENTRY_LEN);
	}
	for (; nr % ENTRIES != 0u; nr++) {
		memset(to + nr * ENTRY_LEN, 0, ENTRY_LEN);
	}
	save->crc = tzvmm_crc32(save->crc, to, nr * ENTRY_LEN);
	return nr / ENTRIES;
}

static uint32_t head_crc(const struct tzvmm_abi_record_save *head)
{
	return tzvmm_crc32(0, (const uint8_t *)head,
			   offsetof(struct tzvmm_abi_record_save, crc));
}

void tzvmm_record_save_head(const struct tzvmm_record_save *save,
			    uint64_t generation, uint32_t slot_len, uint8_t *to)
{
	struct tzvmm_abi_record_save head = {
		.magic = TZVMM_ABI_RECORD_SAVE_MAGIC,
		.version = TZVMM_ABI_RECORD_VERSION,
		.generation = generation,
		.slot_len = slot_len,
		.entries_crc = save->crc,
	};

	tzvmm_record_header(save->rec, &head.dump);
	head.dump.nr_entries = save->nr_entries;
	head.dump.lost = save->lost;
	head.crc = head_crc(&head);
	memset(to, 0, TZVMM_SECTOR_LEN);
	memcpy(to, &head, sizeof(head));
}

bool tzvmm_record_save_is_place(const uint8_t *sector)
{
	struct tzvmm_abi_record_save head;

	memcpy(&head, sector, sizeof(head));
	return head.magic == TZVMM_ABI_RECORD_SAVE_MAGIC;
}

uint64_t tzvmm_record_save_generation(const uint8_t *sector)
{
	struct tzvmm_abi_record_save head;

	memcpy(&head, sector, sizeof(head));
	return tzvmm_record_save_is_place(sector) && head.crc == head_crc(&head)
		       ? head.generation
		       : 0u;
}
