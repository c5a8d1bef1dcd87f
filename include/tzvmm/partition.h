/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_PARTITION_H
#define TZVMM_PARTITION_H

/** @file
 * Parts of a block device, and the MBR's table of them. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/blk.h>
#include <tzvmm/status.h>

/** Primary partitions of an MBR. */
#define TZVMM_MBR_PARTS 4u

/** An entry of an MBR. */
struct tzvmm_mbr_part {
	uint8_t type;        /**< Kind of content; never 0xEE. */
	uint32_t start;      /**< First sector. */
	uint32_t nr_sectors; /**< Size; 0: the entry is not in use. */
};

/** The table of an MBR, checked. */
struct tzvmm_mbr {
	struct tzvmm_mbr_part parts[TZVMM_MBR_PARTS]; /**< In the card's order. */
};

/** Read the primary partitions out of a device's first sector. Entries without
 * a type or a length are not in use, whatever else they say.
 *
 * @param mbr        Filled on success, untouched otherwise.
 * @param sector     TZVMM_SECTOR_LEN bytes, ours alone.
 * @param nr_sectors Size of the device.
 * @param why        Set to a name of what is wrong, or to NULL; not NULL itself.
 * @retval TZVMM_OK       Every partition is inside of the device, behind the
 *                        table, and shares no sector with another one.
 * @retval TZVMM_E_FORMAT No MBR, or entries overlap.
 * @retval TZVMM_E_RANGE  An entry passes the end of the device.
 * @retval TZVMM_E_UNSUPP The device has a GPT. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_mbr_parse(struct tzvmm_mbr *mbr, const uint8_t *sector, uint64_t nr_sectors,
		const char **why);

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

#endif /* TZVMM_PARTITION_H */
