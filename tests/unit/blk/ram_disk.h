/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_RAM_DISK_H
#define TESTS_RAM_DISK_H

/* A disk in memory that holds requests until it is told to complete them, in
 * any order, and fails on demand. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/blk.h>

#define RAM_DISK_QUEUE 64u
#define RAM_DISK_DISCARDED 0xDDu /* what discarded sectors are full of */

struct ram_disk {
	struct tzvmm_blkdev dev;
	uint8_t *bytes;
	struct tzvmm_blk_req *queue[RAM_DISK_QUEUE];
	unsigned nr_queued;
	unsigned depth;     /* E_FULL beyond; at most RAM_DISK_QUEUE */
	unsigned nr_taken;  /* requests accepted ever */
	unsigned fail_at;   /* the n-th accepted request fails; 0: none */
	unsigned refuse_at; /* the n-th call of submit is refused; 0: none */
	unsigned nr_calls;
	unsigned nr_flushes;
};

void ram_disk_init(struct ram_disk *disk, uint64_t nr_sectors);
void ram_disk_free(struct ram_disk *disk);

/* Complete the i-th queued request. */
void ram_disk_complete(struct ram_disk *disk, unsigned i);

/* Complete all that is queued, oldest first; returns how many. */
unsigned ram_disk_complete_all(struct ram_disk *disk);

#endif /* TESTS_RAM_DISK_H */
