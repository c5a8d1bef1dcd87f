/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_RECORD_SAVE_H
#define TZVMM_RECORD_SAVE_H

/** @file
 * What a recorder holds, in sectors for a partition that a host reads. Requests go on
 * being recorded meanwhile. Nothing here does I/O: docs/recorder.md has the order. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/abi/record.h>
#include <tzvmm/record.h>

/** Sectors of a slot for a ring of so many entries. */
#define TZVMM_RECORD_SLOT(nr_entries)                                              \
	(1u + ((nr_entries) + TZVMM_ABI_RECORD_ENTRIES - 1u) /                     \
		      TZVMM_ABI_RECORD_ENTRIES)

/** A walk that fills sectors. */
struct tzvmm_record_save {
	/** @cond PRIVATE */
	const struct tzvmm_record *rec;
	uint64_t cursor;
	uint64_t end;
	uint64_t lost;
	uint32_t nr_entries;
	uint32_t crc;

	/** @endcond */
};

/** Begin with what the recorder holds now.
 *
 * @param save Caller's memory.
 * @param rec  Recorder; borrowed. */
void tzvmm_record_save_init(struct tzvmm_record_save *save,
			    const struct tzvmm_record *rec);

/** Fill the next sectors of a slot, from its second one on. What is overwritten before
 * the walk comes to it is left out, and what is added later is not for this one.
 *
 * @param save       Walk.
 * @param to         nr_sectors sectors; to be written in this order.
 * @param nr_sectors Room, at least 1.
 * @return Sectors that were filled; 0: nothing is left. */
uint32_t tzvmm_record_save_next(struct tzvmm_record_save *save, uint8_t *to,
				uint32_t nr_sectors);

/** Make the first sector of the slot, to be written when the others are durable.
 *
 * @param save       Walk that has come to its end.
 * @param generation Larger than that of the other slot.
 * @param slot_len   Sectors of a slot.
 * @param to         A sector. */
void tzvmm_record_save_head(const struct tzvmm_record_save *save,
			    uint64_t generation, uint32_t slot_len, uint8_t *to);

/** How many entries were taken.
 *
 * @param save Walk.
 * @return So far. */
static inline uint32_t tzvmm_record_save_count(const struct tzvmm_record_save *save)
{
	return save->nr_entries;
}

/** Whether a partition is there for records: the first sector of its first slot has
 * the magic, even if the rest of it was torn.
 *
 * @param sector A sector.
 * @return Whether it may be written to. */
bool tzvmm_record_save_is_place(const uint8_t *sector);

/** The generation of a slot.
 *
 * @param sector Its first sector.
 * @return 0 if it holds nothing whole. */
uint64_t tzvmm_record_save_generation(const uint8_t *sector);

#endif /* TZVMM_RECORD_SAVE_H */
