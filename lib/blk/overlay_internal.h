/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_OVERLAY_INTERNAL_H
#define TZVMM_OVERLAY_INTERNAL_H

/* Between overlay.c, overlay_commit.c and overlay_log.c. */

#include <tzvmm/abi/overlay.h>
#include <tzvmm/overlay.h>

/* A place of the map: which sectors of the chunk are to be read from the store,
 * above them 1 + the store's chunk. */
#define TZVMM_OVERLAY_VALID 0xFFu
#define TZVMM_OVERLAY_PLACE_SHIFT 8u

/* The base shows through everywhere; nothing may be in flight. */
void tzvmm_overlay_forget(struct tzvmm_overlay *ov);

/* Go on with a commit, if there is one, when the last request has gone. If a device
 * is full, the next call tries again. */
void tzvmm_overlay_commit_run(struct tzvmm_overlay *ov);

/* ---- The log ------------------------------------------------------------ */

/* Sectors of a store that are not for data, if it has a log: its header's, and for
 * each chunk there may be one entry. */
uint64_t tzvmm_overlay_log_len(uint64_t nr_store_sectors);

/* Write entries of the map from a chunk on, which is moved on, to so many sectors;
 * returns those that were filled. */
uint32_t tzvmm_overlay_log_pack(const struct tzvmm_overlay *ov, uint64_t *chunk,
				uint8_t *to, uint32_t nr_sectors);

/* Put entries into an empty map. The chunk is where they may be from on, and moved
 * on. Returns whether all of them can be. */
TZVMM_NODISCARD bool tzvmm_overlay_log_unpack(struct tzvmm_overlay *ov,
					      uint64_t *chunk, const uint8_t *from,
					      uint32_t nr_sectors);

/* Find the first witness from that number on; returns whether there is one. */
TZVMM_NODISCARD bool tzvmm_overlay_log_witness(const struct tzvmm_overlay *ov,
					       uint32_t *witness, uint64_t *sector);

/* Make the header's sector for the log of a commit. */
void tzvmm_overlay_log_head(const struct tzvmm_overlay_commit *commit,
			    uint8_t *sector);

/* Read it. TZVMM_E_EMPTY: there is no log. TZVMM_E_FORMAT: it is another overlay's. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_overlay_log_read(const struct tzvmm_overlay *ov, const uint8_t *sector,
		       struct tzvmm_abi_overlay_log *log);

#endif /* TZVMM_OVERLAY_INTERNAL_H */
