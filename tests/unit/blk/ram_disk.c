// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ram_disk.h"

static enum tzvmm_status ram_disk_submit(const struct tzvmm_blkdev *dev,
					 struct tzvmm_blk_req *req)
{
	struct ram_disk *disk = dev->ctx;

	if (++disk->nr_calls == disk->refuse_at) {
		return TZVMM_E_UNSUPP;
	}
	if (disk->nr_queued == disk->depth) {
		return TZVMM_E_FULL;
	}
	disk->queue[disk->nr_queued++] = req;
	disk->nr_taken++;
	/* It is ours now, so a submitter that looks at it is wrong. */
	req->next = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops ram_disk_ops = { .submit = ram_disk_submit };

void ram_disk_init(struct ram_disk *disk, uint64_t nr_sectors)
{
	*disk = (struct ram_disk){
		.dev = { .ops = &ram_disk_ops,
			 .ctx = disk,
			 .nr_sectors = nr_sectors,
			 .max_sectors = 1024,
			 .max_sg = 32,
			 .sg_align = 4 },
		.bytes = malloc((size_t)nr_sectors * TZVMM_SECTOR_LEN),
		.depth = RAM_DISK_QUEUE,
	};
	assert_non_null(disk->bytes);
	for (size_t i = 0; i < (size_t)nr_sectors * TZVMM_SECTOR_LEN; i++) {
		disk->bytes[i] = (uint8_t)(i * 31u + i / TZVMM_SECTOR_LEN);
	}
}

void ram_disk_free(struct ram_disk *disk)
{
	free(disk->bytes);
}

static void transfer(struct ram_disk *disk, const struct tzvmm_blk_req *req)
{
	uint8_t *at = disk->bytes + req->sector * TZVMM_SECTOR_LEN;

	assert_true(req->sector + req->nr_sectors <= disk->dev.nr_sectors);
	if (req->op == TZVMM_BLK_DISCARD || req->op == TZVMM_BLK_ZEROES) {
		memset(at, req->op == TZVMM_BLK_DISCARD ? RAM_DISK_DISCARDED : 0,
		       (size_t)req->nr_sectors * TZVMM_SECTOR_LEN);
	}
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		if (req->op == TZVMM_BLK_READ) {
			memcpy(req->sg[i].va, at, req->sg[i].len);
		} else {
			memcpy(at, req->sg[i].va, req->sg[i].len);
		}
		at += req->sg[i].len;
	}
}

void ram_disk_complete(struct ram_disk *disk, unsigned i)
{
	struct tzvmm_blk_req *req = disk->queue[i];
	bool fails = disk->fail_at != 0u && --disk->fail_at == 0u;

	assert_true(i < disk->nr_queued);
	disk->nr_queued--;
	memmove(&disk->queue[i], &disk->queue[i + 1u],
		(disk->nr_queued - i) * sizeof(disk->queue[0]));
	if (!fails) {
		transfer(disk, req);
		disk->nr_flushes += req->op == TZVMM_BLK_FLUSH;
	}
	req->done(req, fails ? TZVMM_E_IO : TZVMM_OK);
}

unsigned ram_disk_complete_all(struct ram_disk *disk)
{
	unsigned nr = 0;

	while (disk->nr_queued != 0u) {
		ram_disk_complete(disk, 0);
		nr++;
	}
	return nr;
}
