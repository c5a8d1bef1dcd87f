/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_OVERLAY_H
#define TZVMM_MONITOR_OVERLAY_H

/** @file
 * Disks that the guest seems to change: what it writes is in another partition or
 * in memory, until secure code forgets it or takes it over. */

#include <stdbool.h>

#include <tzvmm/partition.h>

/** Put an overlay on a disk. A commit that a power cut came in between is ended first.
 * @param base  What is under it; nobody else writes to it.
 * @param store Selector of the partition that takes the writes; empty: memory.
 * @param dev   Set to the overlay.
 * @return NULL, or what failed; the log says why. */
const char *overlay_open(const struct tzvmm_partition *base, const char *store,
			 const struct tzvmm_blkdev **dev);

/** Go on after interrupts were served. */
void overlays_run(void);

/** Whether a memory store has something to do. What is at the card is the card's to
 * tell.
 * @return true if so. */
bool overlays_busy(void);

/** Forget all that was written. Nothing is on its way. A commit that failed
 * half-way is tried again; if it fails once more, its disk takes no writes.
 * @return NULL, or what failed. */
const char *overlays_discard(void);

/** Write it to the disks, and wait for that. Nothing is on its way.
 * @return NULL, or what failed; the log says why.
 * @note Context: not from an interrupt handler. */
const char *overlays_commit(void);

#endif /* TZVMM_MONITOR_OVERLAY_H */
