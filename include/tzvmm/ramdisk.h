/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_RAMDISK_H
#define TZVMM_RAMDISK_H

/** @file
 * A block device in memory. It has no interrupt: tzvmm_ramdisk_run() moves the data
 * and completes the requests. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/blk.h>
#include <tzvmm/status.h>

/** A block device in memory. */
struct tzvmm_ramdisk {
	struct tzvmm_blkdev dev; /**< What clients use. */
	/** @cond PRIVATE */
	uint8_t *memory;
	struct tzvmm_blk_req *first; /* linked by next */
	struct tzvmm_blk_req *last;  /* undefined while there is no first */
	/* How far the first request is: bytes of it, its piece, bytes of that. */
	uint32_t moved;
	uint32_t piece;
	uint32_t in_piece;

	/** @endcond */
};

/** Make memory a block device. Requests complete in the order of their submission.
 *
 * @param disk   Caller's memory; must not move.
 * @param memory The content, borrowed; as it is, nothing is cleared. Out of reach of
 *               the guest.
 * @param len    Bytes of @p memory; what is beyond the last whole sector is not used.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL No memory, or less than a sector. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_ramdisk_init(struct tzvmm_ramdisk *disk,
						     void *memory, size_t len);

/** Go on with what was submitted. To be called where a disk's interrupt handler
 * would be: soon after every submit, again while it returns true, and before
 * tzvmm_overlay_run() and tzvmm_virtio_blk_run(). done() of requests is called from
 * here, and may submit again.
 *
 * @param disk        Device. Not from inside of done().
 * @param max_sectors Sectors to move at most, not 0; a flush counts as one. A large
 *                    request takes several calls.
 * @return Whether requests are left.
 * @note Time: linear in @p max_sectors and the pieces they are in. */
bool tzvmm_ramdisk_run(struct tzvmm_ramdisk *disk, uint32_t max_sectors);

#endif /* TZVMM_RAMDISK_H */
