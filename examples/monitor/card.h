/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_CARD_H
#define TZVMM_MONITOR_CARD_H

/** @file
 * The card and those who share it: secure code and the guest's disks. */

#include <tzvmm/blk.h>
#include <tzvmm/partition.h>
#include <tzvmm/record.h>
#include <tzvmm/sched.h>

/** Requests that are remembered. */
#define CARD_RECORD_ENTRIES 4096u

/** What passed lately. */
extern struct tzvmm_record card_record;

/** The whole card, for secure code. */
extern const struct tzvmm_blkdev *const card_secure;

/** Share the card, and read its partition table.
 * @param card Ready; used by nobody else.
 * @return NULL, or what failed; the log says why. */
const char *card_init(const struct tzvmm_blkdev *card);

/** Find a partition and give it a client of its own.
 * @param client    Caller's memory; must not move.
 * @param part      Caller's memory; must not move.
 * @param selector  As tzvmm_ptable_find() wants it.
 * @param read_only Deny writes.
 * @param alone     Nobody else may have it: what an overlay stands on, and its
 * store, and what secure code writes all over.
 * @return NULL, or what failed; the log says why. */
const char *card_open(struct tzvmm_sched_client *client, struct tzvmm_partition *part,
		      const char *selector, bool read_only, bool alone);

/** Read or write one sector, and wait for it.
 * @param dev    card_secure, or a partition of it.
 * @param op     TZVMM_BLK_READ or TZVMM_BLK_WRITE.
 * @param sector Which one.
 * @param bytes  TZVMM_SECTOR_LEN of them, of any alignment.
 * @return As tzvmm_blk_submit(), or the outcome.
 * @note Context: not from an interrupt handler. */
TZVMM_NODISCARD enum tzvmm_status card_sector(const struct tzvmm_blkdev *dev,
					      enum tzvmm_blk_op op, uint64_t sector,
					      uint8_t *bytes);

/** Wait for what comes with the end of requests, as long as they end: each in the
 * time that the card's driver says. The guest stands still.
 * @param done Asked after each round.
 * @return Whether it came; else a request does not end.
 * @note Context: not from an interrupt handler. */
bool card_wait(bool (*done)(void));

/** Log how many requests are on their way. */
void card_report(void);

/** Whether a request is on its way.
 * @return true if so. */
bool card_busy(void);

#endif /* TZVMM_MONITOR_CARD_H */
