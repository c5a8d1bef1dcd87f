/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_DISK_H
#define TZVMM_MONITOR_DISK_H

/** @file
 * The card's partitions: which one is the guest's. */

#include <tzvmm/blk.h>

/** Find the guest's partition.
 * @param card The card.
 * @param disk Set to the partition on success.
 * @return NULL, or what failed. */
const char *disk_find(const struct tzvmm_blkdev *card,
		      const struct tzvmm_blkdev **disk);

#endif /* TZVMM_MONITOR_DISK_H */
