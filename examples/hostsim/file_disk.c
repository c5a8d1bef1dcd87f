/* SPDX-License-Identifier: BSD-2-Clause */
#define _POSIX_C_SOURCE 200809L
#include "file_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum tzvmm_status submit(const struct tzvmm_blkdev *dev,
				struct tzvmm_blk_req *req)
{
	struct file_disk *disk = dev->ctx;

	req->next = NULL;
	if (disk->first == NULL) {
		disk->first = req;
	} else {
		disk->last->next = req;
	}
	disk->last = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops ops = { submit };

const char *file_disk_open(struct file_disk *disk, const char *path, bool writable)
{
	struct stat st;
	/* A pipe without a writer would be waited for. */
	const int flags = O_CLOEXEC | O_NONBLOCK | (writable ? O_RDWR : O_RDONLY);

	*disk = (struct file_disk){ .fd = open(path, flags) };
	if (disk->fd < 0 || fstat(disk->fd, &st) != 0) {
		return strerror(errno);
	}
	if (!S_ISREG(st.st_mode)) {
		return "not a file";
	}
	if (st.st_size == 0 || st.st_size % (off_t)TZVMM_SECTOR_LEN != 0) {
		return "its length is no multiple of 512";
	}
	disk->dev = (struct tzvmm_blkdev){
		.ops = &ops,
		.ctx = disk,
		.nr_sectors = (uint64_t)st.st_size / TZVMM_SECTOR_LEN,
		.max_sectors = 2048,
		.max_sg = 64,
		.sg_align = 1,
		.read_only = !writable,
	};
	return NULL;
}

void file_disk_close(struct file_disk *disk)
{
	if (disk->fd >= 0) {
		(void)close(disk->fd);
	}
}

static ssize_t transfer_piece(const struct file_disk *disk, enum tzvmm_blk_op op,
			      const struct tzvmm_sg *sg, off_t at)
{
	return op == TZVMM_BLK_READ ? pread(disk->fd, sg->va, sg->len, at)
				    : pwrite(disk->fd, sg->va, sg->len, at);
}

static enum tzvmm_status transfer(const struct file_disk *disk,
				  const struct tzvmm_blk_req *req)
{
	off_t at = (off_t)(req->sector * TZVMM_SECTOR_LEN);

	if (req->op == TZVMM_BLK_FLUSH) {
		return fsync(disk->fd) == 0 ? TZVMM_OK : TZVMM_E_IO;
	}
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		if (transfer_piece(disk, req->op, &req->sg[i], at) !=
		    (ssize_t)req->sg[i].len) {
			return TZVMM_E_IO;
		}
		at += (off_t)req->sg[i].len;
	}
	return TZVMM_OK;
}

void file_disk_run(struct file_disk *disk)
{
	struct tzvmm_blk_req *req;

	while ((req = disk->first) != NULL) {
		disk->first = req->next;
		req->done(req, transfer(disk, req));
	}
}
