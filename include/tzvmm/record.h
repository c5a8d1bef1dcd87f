/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_RECORD_H
#define TZVMM_RECORD_H

/** @file
 * Recorder of block requests: a ring of the last ones that were answered, cheap
 * enough to be always on. docs/recorder.md shows what to do with what it holds. */

#include <stddef.h>
#include <stdint.h>

#include <tzvmm/abi/record.h>
#include <tzvmm/status.h>

/** Bytes that any line of tzvmm_record_format() fits in, with its NUL. */
#define TZVMM_RECORD_LINE 96u

/** A recorder. */
struct tzvmm_record {
	/** @cond PRIVATE */
	struct tzvmm_abi_record_entry *ring;
	uint32_t mask;  /* entries - 1 */
	uint64_t total; /* added so far; its low half is the next one's seq */

	/** @endcond */
};

/** Make a recorder that holds nothing.
 *
 * @param rec        Caller's memory.
 * @param ring       The entries' memory, secure and normal; borrowed, must outlive
 *                   @p rec. Its content does not matter.
 * @param nr_entries Entries in @p ring: a power of two.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL @p nr_entries is no power of two; @p rec is unchanged. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_record_init(struct tzvmm_record *rec, struct tzvmm_abi_record_entry *ring,
		  uint32_t nr_entries);

/** The code of an outcome in an entry.
 *
 * @param status Of the request.
 * @return enum tzvmm_abi_record_status. */
static inline uint8_t tzvmm_record_status(enum tzvmm_status status)
{
	/* Same order, other sign: record.c asserts it. */
	return (uint8_t) - (int)status;
}

/** The time that a request took, as an entry has it.
 *
 * @param start_us When it was submitted.
 * @param end_us   When it was answered, not before.
 * @return Their distance, at most UINT32_MAX. */
static inline uint32_t tzvmm_record_duration(uint64_t start_us, uint64_t end_us)
{
	const uint64_t us = end_us - start_us;

	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/** Add an entry; the oldest one goes if all places are taken.
 *
 * @param rec   An initialised recorder.
 * @param entry What to add. Its op may be an enum tzvmm_blk_op, whose values are
 *              the same; its seq is ignored.
 * @note Context: not reentrant; the caller orders it with all calls for @p rec.
 * @note Time: constant, no call, no branch. */
static inline void tzvmm_record_add(struct tzvmm_record *rec,
				    const struct tzvmm_abi_record_entry *entry)
{
	const uint32_t seq = (uint32_t)rec->total++;
	struct tzvmm_abi_record_entry *slot = &rec->ring[seq & rec->mask];

	*slot = *entry;
	slot->seq = seq;
}

/** Take the next entry of a walk from the oldest to the newest. Entries may be
 * added between two calls: one that is overwritten before the walk comes to it is
 * left out, which a gap in the numbers shows.
 *
 * @param rec    Recorder.
 * @param cursor The walk: 0 before the first call, ours afterwards.
 * @param entry  Filled on success, untouched otherwise.
 * @retval TZVMM_OK      @p entry is the next one.
 * @retval TZVMM_E_EMPTY There is none (yet). */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_record_next(const struct tzvmm_record *rec, uint64_t *cursor,
		  struct tzvmm_abi_record_entry *entry);

/** How many entries were overwritten by later ones.
 * @param rec Recorder.
 * @return Since tzvmm_record_init(). */
uint64_t tzvmm_record_lost(const struct tzvmm_record *rec);

/** The first bytes of a dump that continues with all entries of a walk, if nothing
 * is added before the walk's end.
 *
 * @param rec    Recorder.
 * @param header Filled. */
void tzvmm_record_header(const struct tzvmm_record *rec,
			 struct tzvmm_abi_record_header *header);

/** Write an entry as a line of text, without a line end: the word "rec", seq, op
 * (a letter of "rwfdz", or ?), client, queue, sector, nr_sectors, start_us,
 * duration_us, the status's name, and a CRC over all before its blank. Numbers are
 * hexadecimal. tools/blkrec finds such lines in a console's log.
 *
 * @param entry Entry.
 * @param buf   Destination; always terminated.
 * @param size  Its bytes, at least 1; TZVMM_RECORD_LINE is enough, and what a
 *              smaller one cuts is refused by the reader.
 * @return Length of what was written, without the NUL. */
size_t tzvmm_record_format(const struct tzvmm_abi_record_entry *entry, char *buf,
			   size_t size);

#endif /* TZVMM_RECORD_H */
