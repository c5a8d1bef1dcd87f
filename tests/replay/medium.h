/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPLAY_MEDIUM_H
#define REPLAY_MEDIUM_H

/* What a card's flash holds, sector by sector: data that have come over the bus get
 * there while the card programs, one sector after the other, and not before. So
 * what is here at any moment is what a power cut would leave.
 *
 * And the witness: each sector's bytes say which sector they were meant for and by
 * whom they were written. */

#include "sdcard_model.h"

#define MEDIUM_SECTOR_LEN 512u
#define MEDIUM_NOBODY 0u /* writer of what was there from the start */

/* Bytes of a sector that this writer, 1 and up, writes. */
void witness_make(uint8_t *bytes, uint32_t sector, uint32_t writer);
/* What the bytes are. false: no whole witness. */
bool witness_read(const uint8_t *bytes, uint32_t *sector, uint32_t *writer);

struct medium {
	struct sdcard_medium hooks; /* for the card */
	const struct sdcard_model *card;
	struct medium_extent *extents; /* what the trace touches */
	uint32_t nr_extents;
	struct medium_cell *cells; /* its sectors, in order */
	uint32_t nr;
	struct medium_cell *pending; /* on the card, not in the flash */
	uint32_t nr_pending, max_pending;
	uint32_t nr_programmed; /* of the pending ones */
	uint64_t idle_until_ns; /* the card's busy_until_ns when they came */
	uint32_t strays;        /* sectors written that nobody asked to */
	uint32_t stray;         /* the first of them */
};

/* Add sectors that will be touched, then init. false: too many, or no memory. */
bool medium_touch(struct medium *m, uint32_t sector, uint32_t nr_sectors);
bool medium_init(struct medium *m, const struct sdcard_model *card);
void medium_free(struct medium *m);
/* What a power cut now would leave. */
const uint8_t *medium_now(struct medium *m, uint32_t sector);
/* The request that is expected to be the sector's last writer. */
uint32_t *medium_expected(struct medium *m, uint32_t sector);

#endif /* REPLAY_MEDIUM_H */
