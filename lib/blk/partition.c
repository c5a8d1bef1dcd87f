// SPDX-License-Identifier: BSD-2-Clause
/* A part of a block device. */

#include <tzvmm/partition.h>

/* The request passed tzvmm_blk_submit() for the part, whose limits are its
 * parent's and which lies inside of it: the parent's checks would find nothing
 * that these have not found. */
static enum tzvmm_status partition_submit(const struct tzvmm_blkdev *dev,
					  struct tzvmm_blk_req *req)
{
	const struct tzvmm_partition *part = dev->ctx;
	const uint64_t sector = req->sector;
	enum tzvmm_status st;

	req->sector += part->start;
	st = part->parent->ops->submit(part->parent, req);
	if (st != TZVMM_OK) {
		/* Refused, so still the submitter's, who may try again. */
		req->sector = sector;
	}
	return st;
}

static const struct tzvmm_blkdev_ops partition_ops = {
	.submit = partition_submit,
};

/* The first block of the parent's medium that starts inside of the part. */
static uint8_t first_block(const struct tzvmm_blk_topology *topology, uint64_t start)
{
	const uint32_t mask = (1u << topology->block_exp) - 1u;

	return (uint8_t)((topology->first_block - (uint32_t)start) & mask);
}

enum tzvmm_status tzvmm_partition_init(struct tzvmm_partition *part,
				       const struct tzvmm_blkdev *parent,
				       uint64_t start, uint64_t nr_sectors,
				       bool read_only)
{
	if (nr_sectors == 0u || start >= parent->nr_sectors ||
	    nr_sectors > parent->nr_sectors - start) {
		return TZVMM_E_RANGE;
	}
	part->dev = *parent;
	part->dev.ops = &partition_ops;
	part->dev.ctx = part;
	part->dev.nr_sectors = nr_sectors;
	part->dev.read_only = parent->read_only || read_only;
	part->dev.topology.first_block = first_block(&parent->topology, start);
	part->parent = parent;
	part->start = start;
	return TZVMM_OK;
}
