/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_PARTITION_H
#define TZVMM_PARTITION_H

/** @file
 * Parts of a block device; ptable.h tells where a disk has them. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/blk.h>
#include <tzvmm/status.h>

/** A part of a block device that is a block device itself. */
struct tzvmm_partition {
	struct tzvmm_blkdev dev; /**< What clients use. */
	/** @cond PRIVATE */
	const struct tzvmm_blkdev *parent;
	uint64_t start;

	/** @endcond */
};

/** Make a part of a device a device. Requests to it never leave the part.
 *
 * @param part       Caller's memory; must not move.
 * @param parent     Device; borrowed, must outlive @p part. Its limits are
 *                   taken over.
 * @param start      First sector.
 * @param nr_sectors Size, not 0.
 * @param read_only  Deny writes, even if @p parent takes them.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_RANGE Empty, or not wholly inside of @p parent. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_partition_init(struct tzvmm_partition *part, const struct tzvmm_blkdev *parent,
		     uint64_t start, uint64_t nr_sectors, bool read_only);

/** Where a part lies.
 *
 * @param part Partition.
 * @return Its first sector on the device below. */
static inline uint64_t tzvmm_partition_start(const struct tzvmm_partition *part)
{
	return part->start;
}

#endif /* TZVMM_PARTITION_H */
