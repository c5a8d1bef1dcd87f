/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_HOSTSIM_FILE_DISK_H
#define TZVMM_HOSTSIM_FILE_DISK_H

/** @file
 * A file as a block device. Requests wait until the file's "interrupt", a call of
 * file_disk_run(), as those of a card do. */

#include <tzvmm/blk.h>

/** A file that is open. */
struct file_disk {
	struct tzvmm_blkdev dev; /**< What clients use. */
	/** @cond PRIVATE */
	int fd;
	struct tzvmm_blk_req *first;
	struct tzvmm_blk_req *last;
	/** @endcond */
};

/** Open an image. To be closed in any case.
 * @param disk Caller's memory. @param path The file. @param writable Or read-only.
 * @return NULL, or what is wrong. */
const char *file_disk_open(struct file_disk *disk, const char *path, bool writable);

/** Close it. @param disk Open. */
void file_disk_close(struct file_disk *disk);

/** Do what was submitted.
 * @param disk Open. */
void file_disk_run(struct file_disk *disk);

#endif /* TZVMM_HOSTSIM_FILE_DISK_H */
