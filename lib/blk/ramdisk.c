// SPDX-License-Identifier: BSD-2-Clause
/* A block device in memory. */

#include <string.h>

#include <tzvmm/ramdisk.h>

/* Enough for any client; their bytes fit in 32 bits. */
#define MAX_SECTORS 65536u
#define MAX_SG 1024u

static enum tzvmm_status ramdisk_submit(const struct tzvmm_blkdev *dev,
					struct tzvmm_blk_req *req)
{
	struct tzvmm_ramdisk *disk = dev->ctx;

	req->next = NULL;
	if (disk->first == NULL) {
		disk->first = req;
	} else {
		disk->last->next = req;
	}
	disk->last = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops ramdisk_ops = { .submit = ramdisk_submit };

enum tzvmm_status tzvmm_ramdisk_init(struct tzvmm_ramdisk *disk, void *memory,
				     size_t len)
{
	if (memory == NULL || len < TZVMM_SECTOR_LEN) {
		return TZVMM_E_INVAL;
	}
	*disk = (struct tzvmm_ramdisk){
		.dev = { .ops = &ramdisk_ops,
			 .ctx = disk,
			 .nr_sectors = len / TZVMM_SECTOR_LEN,
			 .max_sectors = MAX_SECTORS,
			 .max_sg = MAX_SG,
			 .sg_align = 1 },
		.memory = memory,
	};
	return TZVMM_OK;
}

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Move the next bytes of the first request. */
static void move(struct tzvmm_ramdisk *disk, const struct tzvmm_blk_req *req,
		 uint32_t len)
{
	uint8_t *at =
		disk->memory + (size_t)req->sector * TZVMM_SECTOR_LEN + disk->moved;

	disk->moved += len;
	while (len != 0u) {
		const struct tzvmm_sg *sg = &req->sg[disk->piece];
		const uint32_t part = min32(len, sg->len - disk->in_piece);
		uint8_t *va = (uint8_t *)sg->va + disk->in_piece;

		(void)memcpy(req->op == TZVMM_BLK_READ ? va : at,
			     req->op == TZVMM_BLK_READ ? at : va, part);
		at += part;
		len -= part;
		disk->in_piece += part;
		if (disk->in_piece == sg->len) {
			disk->in_piece = 0;
			disk->piece++;
		}
	}
}

/* It is forgotten before its owner knows, who may submit it again at once. Its last
 * piece has been used up. */
static void complete(struct tzvmm_ramdisk *disk, struct tzvmm_blk_req *req)
{
	disk->first = req->next;
	disk->moved = 0;
	disk->piece = 0;
	req->done(req, TZVMM_OK);
}

bool tzvmm_ramdisk_run(struct tzvmm_ramdisk *disk, uint32_t max_sectors)
{
	struct tzvmm_blk_req *req;

	while ((req = disk->first) != NULL && max_sectors != 0u) {
		const uint32_t left =
			req->nr_sectors - disk->moved / TZVMM_SECTOR_LEN;
		const uint32_t nr = min32(left, max_sectors);

		move(disk, req, nr * TZVMM_SECTOR_LEN);
		/* A flush costs something too, or a row of them would not end. */
		max_sectors -= nr == 0u ? 1u : nr;
		if (nr == left) {
			complete(disk, req);
		}
	}
	return req != NULL;
}
