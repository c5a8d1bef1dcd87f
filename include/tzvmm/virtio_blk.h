/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_VIRTIO_BLK_H
#define TZVMM_VIRTIO_BLK_H

/** @file
 * A virtio block device on top of a block device. The disk reads and writes the
 * guest's pages directly; nothing is copied. A guest that turned the write cache
 * off, or cannot flush it, gets a flush behind each of its writes. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/abi/virtio.h>
#include <tzvmm/blk.h>
#include <tzvmm/status.h>
#include <tzvmm/virtio.h>

/** Segments that a discard or write-zeroes request has at most. */
#define TZVMM_VIRTIO_BLK_NR_SEGMENTS 4u

/** Memory of one request that is being served. */
struct tzvmm_virtio_blk_req {
	/** @cond PRIVATE */
	struct tzvmm_blk_req blk; /* first: done() casts back */
	struct tzvmm_sg *sg;
	uint8_t *answer; /* status byte, in guest memory; NULL: none */
	uint32_t in_len;
	uint16_t head;
	uint8_t nr_segments;  /* of a discard or zeroes */
	uint8_t next_segment; /* that the disk has not been given */
	struct tzvmm_abi_virtio_blk_segment segments[TZVMM_VIRTIO_BLK_NR_SEGMENTS];

	/** @endcond */
};

/** What to make a device of. Everything is borrowed and outlives it. */
struct tzvmm_virtio_blk_setup {
	const char *name;                  /**< For logs. */
	const char *serial;                /**< The guest's /dev/disk/by-id; what
					    * is beyond 20 bytes is cut. */
	const struct tzvmm_blkdev *disk;   /**< What it shows. */
	struct tzvmm_virtio_bus bus;       /**< Where it is plugged in. */
	uint32_t queue_size;               /**< Power of two, at least 4. */
	struct tzvmm_virtio_blk_req *reqs; /**< nr_reqs places. */
	uint32_t nr_reqs;                  /**< Requests served at a time, at
					    * least 1. More wait in the ring. */
	struct tzvmm_sg *sg;               /**< nr_reqs x nr_sg places. */
	uint32_t nr_sg;                    /**< Pieces of a request, at least 3:
					    * two go to header and status. */
};

/** Counters of a block device; they wrap. */
struct tzvmm_virtio_blk_stats {
	uint32_t requests;    /**< Taken from the ring. */
	uint32_t unsupported; /**< Of an unknown type, or with unknown flags. */
	uint32_t refused;     /**< Malformed, out of range, misaligned, denied. */
	uint32_t failed;      /**< Accepted by the disk, and failed. */
	uint32_t stalled;     /**< Times that the disk was full. */
};

/** A virtio block device. */
struct tzvmm_virtio_blk {
	/** @cond PRIVATE */
	struct tzvmm_virtio virtio;
	struct tzvmm_virtio_queue queue;
	const struct tzvmm_blkdev *disk;
	struct tzvmm_virtio_blk_req *free;    /* linked by blk.next */
	struct tzvmm_virtio_blk_req *waiting; /* to be given to the disk */
	uint32_t nr_sg;
	uint32_t in_flight; /* at the disk */
	uint32_t sectors;   /* that these move */
	struct tzvmm_abi_virtio_blk_config config;
	struct tzvmm_virtio_blk_stats stats;
	char serial[TZVMM_VIRTIO_BLK_ID_LEN];

	/** @endcond */
};

/** Make a device. Its registers are those of tzvmm_virtio_blk_registers().
 *
 * @param vb    Caller's memory; must not move.
 * @param setup What of.
 * @retval TZVMM_OK       In reset.
 * @retval TZVMM_E_INVAL  A member is missing or out of range, or the disk takes
 *                        less than 8 sectors at a time.
 * @retval TZVMM_E_DENIED The line belongs to the secure world. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_virtio_blk_init(struct tzvmm_virtio_blk *vb,
		      const struct tzvmm_virtio_blk_setup *setup);

/** The register file, as context of tzvmm_virtio_mmio_ops.
 *
 * @param vb Device.
 * @return Its registers. */
static inline struct tzvmm_virtio *
tzvmm_virtio_blk_registers(struct tzvmm_virtio_blk *vb)
{
	return &vb->virtio;
}

/** Go on after the disk completed requests: publish the answers with at most one
 * interrupt, and take what waited for a place. To be called once after each
 * run of the disk's interrupt handler; notifications by the guest do it
 * themselves. Costs little when there is nothing to do.
 *
 * @param vb Device. */
void tzvmm_virtio_blk_run(struct tzvmm_virtio_blk *vb);

/** Change the capacity that the guest sees, which is the disk's to begin with, and
 * tell it. Requests beyond it are refused from now on, also those that wait; what
 * is at the disk already ends there.
 *
 * @param vb         Device.
 * @param nr_sectors New capacity. 0: there is no medium.
 * @retval TZVMM_OK      Changed, or the same as before.
 * @retval TZVMM_E_RANGE The disk is smaller; nothing changed. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_virtio_blk_resize(struct tzvmm_virtio_blk *vb, uint64_t nr_sectors);

/** What happened so far.
 *
 * @param vb Device.
 * @return Its counters. */
static inline const struct tzvmm_virtio_blk_stats *
tzvmm_virtio_blk_stats(const struct tzvmm_virtio_blk *vb)
{
	return &vb->stats;
}

/** Look at what is being served.
 *
 * @param vb  Initialised.
 * @param req One of the places that it was given.
 * @return The request, or NULL if the place is free. For a report: it may have been
 *         changed on its way to the disk. */
const struct tzvmm_blk_req *
tzvmm_virtio_blk_served(const struct tzvmm_virtio_blk *vb,
			const struct tzvmm_virtio_blk_req *req);

#endif /* TZVMM_VIRTIO_BLK_H */
