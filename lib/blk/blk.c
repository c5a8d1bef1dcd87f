// SPDX-License-Identifier: BSD-2-Clause
/* The checks that every block device needs. */

#include <tzvmm/blk.h>

/* Whether the pieces are aligned and exactly the sectors' bytes. A piece of 0
 * bytes would be a 64 KiB one to some controllers. */
static enum tzvmm_status check_pieces(const struct tzvmm_blkdev *dev,
				      const struct tzvmm_blk_req *req)
{
	uint64_t left = (uint64_t)req->nr_sectors * TZVMM_SECTOR_LEN;
	uintptr_t bits = 0;

	for (uint32_t i = 0; i < req->nr_sg; i++) {
		const uint32_t len = req->sg[i].len;

		if (len == 0u || len > left) {
			return TZVMM_E_INVAL;
		}
		bits |= (uintptr_t)req->sg[i].va | len;
		left -= len;
	}
	if (left != 0u) {
		return TZVMM_E_INVAL;
	}
	return (bits & (dev->sg_align - 1u)) == 0u ? TZVMM_OK : TZVMM_E_UNSUPP;
}

static enum tzvmm_status check_sectors(const struct tzvmm_blkdev *dev,
				       const struct tzvmm_blk_req *req,
				       uint32_t max_sectors)
{
	if (req->nr_sectors == 0u) {
		return TZVMM_E_INVAL;
	}
	if (req->op != TZVMM_BLK_READ && dev->read_only) {
		return TZVMM_E_DENIED;
	}
	if (req->sector >= dev->nr_sectors ||
	    req->nr_sectors > dev->nr_sectors - req->sector) {
		return TZVMM_E_RANGE;
	}
	return req->nr_sectors <= max_sectors ? TZVMM_OK : TZVMM_E_UNSUPP;
}

static enum tzvmm_status check_transfer(const struct tzvmm_blkdev *dev,
					const struct tzvmm_blk_req *req)
{
	const enum tzvmm_status st = check_sectors(dev, req, dev->max_sectors);

	if (st != TZVMM_OK) {
		return st;
	}
	return req->nr_sg <= dev->max_sg ? check_pieces(dev, req) : TZVMM_E_UNSUPP;
}

static enum tzvmm_status check_erase(const struct tzvmm_blkdev *dev,
				     const struct tzvmm_blk_req *req,
				     uint32_t max_sectors)
{
	return req->nr_sg == 0u ? check_sectors(dev, req, max_sectors)
				: TZVMM_E_INVAL;
}

enum tzvmm_status tzvmm_blk_submit(const struct tzvmm_blkdev *dev,
				   struct tzvmm_blk_req *req)
{
	enum tzvmm_status st = TZVMM_E_INVAL;

	switch (req->op) {
	case TZVMM_BLK_READ:
	case TZVMM_BLK_WRITE:
		st = check_transfer(dev, req);
		break;
	case TZVMM_BLK_FLUSH:
		/* A sector means nothing here, and nothing changes it later. */
		if (req->nr_sectors == 0u && req->nr_sg == 0u) {
			st = TZVMM_OK;
		}
		break;
	case TZVMM_BLK_DISCARD:
		st = check_erase(dev, req, dev->max_discard);
		break;
	case TZVMM_BLK_ZEROES:
		st = check_erase(dev, req, dev->max_zeroes);
		break;
	}
	return st == TZVMM_OK ? dev->ops->submit(dev, req) : st;
}
