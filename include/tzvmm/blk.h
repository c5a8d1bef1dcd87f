/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_BLK_H
#define TZVMM_BLK_H

/** @file
 * Block devices: asynchronous requests with scatter lists. An SD host is one,
 * a partition on top of it is another, virtio-blk and secure code are clients. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** Bytes of a sector, everywhere in the library. */
#define TZVMM_SECTOR_LEN 512u

/** A piece of memory of a scatter list. */
struct tzvmm_sg {
	void *va;     /**< The VMM's view; never a guest address. */
	uint32_t len; /**< Bytes, not 0. */
};

/** What a request asks for. */
enum tzvmm_blk_op {
	TZVMM_BLK_READ,    /**< Card to memory. */
	TZVMM_BLK_WRITE,   /**< Memory to card. */
	TZVMM_BLK_FLUSH,   /**< Everything completed before is durable. */
	TZVMM_BLK_DISCARD, /**< What the sectors hold is not wanted any more. */
	TZVMM_BLK_ZEROES,  /**< The sectors read as zeros. */
};

/** One request. Memory of the submitter, who leaves it and the scatter list
 * alone until done() is called. */
struct tzvmm_blk_req {
	enum tzvmm_blk_op op;      /**< Direction. */
	uint64_t sector;           /**< First sector, counted from the start of
				    * the device it is submitted to. A stacked
				    * device may change it on the way down. */
	uint32_t nr_sectors;       /**< Sectors; 0 for a flush. */
	const struct tzvmm_sg *sg; /**< nr_sg pieces that add up to nr_sectors
				    * x TZVMM_SECTOR_LEN bytes. */
	uint32_t nr_sg;            /**< Pieces; 0 for all but read and write. */
	/** Called exactly once for an accepted request, from the context that
	 * runs the device's interrupt, never from inside of submit(). */
	void (*done)(struct tzvmm_blk_req *req, enum tzvmm_status status);
	void *owner;                /**< The submitter's. */
	struct tzvmm_blk_req *next; /**< The device's while it has the request. */
	/** @cond PRIVATE */
	struct {
		void *client;
		void (*done)(struct tzvmm_blk_req *req, enum tzvmm_status status);
		void *owner;
		uint64_t sector;
		uint64_t start_us;
	} sched; /* of a scheduler on the way down: tzvmm/sched.h */
		 /** @endcond */
};

/** Whether a request has pieces of memory.
 *
 * @param op What it asks for.
 * @return Whether it moves data. */
static inline bool tzvmm_blk_has_data(enum tzvmm_blk_op op)
{
	return op == TZVMM_BLK_READ || op == TZVMM_BLK_WRITE;
}

struct tzvmm_blkdev;

/** What a block device implements. */
struct tzvmm_blkdev_ops {
	/** Take a request. Does not block.
	 * TZVMM_OK: done() will be called. Otherwise it will not be:
	 * TZVMM_E_INVAL (op, or pieces that do not add up), TZVMM_E_RANGE
	 * (past the end), TZVMM_E_DENIED (read-only), TZVMM_E_UNSUPP (too many
	 * sectors or pieces, a piece the device cannot address, an op it has
	 * not),
	 * TZVMM_E_FULL (try again when a request has completed), TZVMM_E_NODEV
	 * (the device is gone for good), TZVMM_E_IO (a stacked device cannot do
	 * it now: its store is full, its cipher fails). */
	enum tzvmm_status (*submit)(const struct tzvmm_blkdev *dev,
				    struct tzvmm_blk_req *req);
};

/** Largest block_exp of a topology. */
#define TZVMM_BLK_MAX_BLOCK_EXP 7u

/** How a device likes its requests. It takes others; 0 where it says nothing. */
struct tzvmm_blk_topology {
	uint8_t block_exp;   /**< 2^n sectors are one block of the medium; at most
			      * TZVMM_BLK_MAX_BLOCK_EXP. */
	uint8_t first_block; /**< First sector that starts one; below 2^n. */
	uint16_t min_io;     /**< Sectors below which a write costs more. */
	uint32_t opt_io;     /**< Sectors of the best request. */
	uint32_t discard;    /**< Sectors that are discarded together. */
};

/** A block device. */
struct tzvmm_blkdev {
	const struct tzvmm_blkdev_ops *ops; /**< Required. */
	void *ctx;                          /**< The implementation's. */
	uint64_t nr_sectors;                /**< Size. */
	uint32_t max_sectors;               /**< Largest request, at least 1. */
	uint32_t max_sg;                    /**< Most pieces, at least 1. */
	uint32_t sg_align;                  /**< Address and length of a piece are
					     * multiples of it; power of two. */
	bool read_only;                     /**< Writes are denied. */
	uint32_t max_discard;               /**< Largest discard; 0: it has none. */
	uint32_t max_zeroes; /**< Largest TZVMM_BLK_ZEROES; 0: none. */
	struct tzvmm_blk_topology topology; /**< Hints. */
	uint32_t limit_us; /**< Of the requests that it has one ends, well or not,
			    * at least so often, by the driver's own limits, while
			    * it is looked after. 0: it does not say; who waits
			    * for it then needs a limit of his own, and the demo's
			    * monitor refuses it. */
};

/** Submit a request after the checks that every device needs: direction,
 * bounds in 64 bits, read-only, limits, and that the pieces add up and are
 * aligned, or that there are none. Implementations rely on it; callers use nothing else.
 *
 * @param dev Device.
 * @param req Request.
 * @return As tzvmm_blkdev_ops.submit.
 * @note Time: linear in the pieces. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_blk_submit(const struct tzvmm_blkdev *dev,
						   struct tzvmm_blk_req *req);

#endif /* TZVMM_BLK_H */
