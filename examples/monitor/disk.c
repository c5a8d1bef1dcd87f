/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk.h"

#include <string.h>

#include <tzvmm/log.h>
#include <tzvmm/partition.h>
#include <tzvmm/ptable.h>

#include "platform.h"

/* The partition before it stays trusted. */
#define GUEST_PARTITION "2"

#define READ_LIMIT_US 5000000u

static struct tzvmm_partition partition;
static struct tzvmm_ptable table;

/* A line of the cache of its own, since the card writes it by DMA. */
static uint8_t buffer[TZVMM_SECTOR_LEN] __attribute__((aligned(64)));

/* The card may have the buffer for as long as this is false. */
static bool read_done = true;
static enum tzvmm_status read_status;

static void on_read(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	(void)req;
	read_status = status;
	read_done = true;
}

static bool is_read(void)
{
	return read_done;
}

static enum tzvmm_status read_sector(void *ctx, uint64_t sector, uint8_t *to)
{
	/* Static: the card may still write after we gave up waiting. */
	static const struct tzvmm_sg sg = { buffer, sizeof(buffer) };
	static struct tzvmm_blk_req req;
	const struct tzvmm_blkdev **card = ctx;
	enum tzvmm_status status;

	if (!read_done) {
		return TZVMM_E_TIMEOUT;
	}
	req = (struct tzvmm_blk_req){
		.op = TZVMM_BLK_READ,
		.sector = sector,
		.nr_sectors = 1,
		.sg = &sg,
		.nr_sg = 1,
		.done = on_read,
	};
	read_done = false;
	status = tzvmm_blk_submit(*card, &req);
	if (status != TZVMM_OK) {
		read_done = true;
		return status;
	}
	if (!platform_wait(is_read, READ_LIMIT_US)) {
		return TZVMM_E_TIMEOUT;
	}
	memcpy(to, buffer, sizeof(buffer));
	return read_status;
}

const char *disk_find(const struct tzvmm_blkdev *card,
		      const struct tzvmm_blkdev **disk)
{
	const struct tzvmm_ptable_source source = {
		.read = read_sector,
		.ctx = &card,
		.nr_sectors = card->nr_sectors,
	};
	const struct tzvmm_ptable_part *part;
	const char *why;

	if (tzvmm_ptable_read(&table, &source, &why) != TZVMM_OK) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "partition table: %s", why);
		return "card: no usable partition table";
	}
	if (table.damage != NULL) {
		tzvmm_log(&platform_sys, TZVMM_LOG_WARN, "partition table: %s: %s",
			  table.from_backup ? "used the backup" : "backup not used",
			  table.damage);
	}
	part = tzvmm_ptable_find(&table, GUEST_PARTITION, &why);
	if (part == NULL) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR,
			  "partition " GUEST_PARTITION ": %s", why);
		return "card: no partition " GUEST_PARTITION " for the guest";
	}
	if (tzvmm_partition_init(&partition, card, part->start, part->nr_sectors,
				 false) != TZVMM_OK) {
		return "card: partition " GUEST_PARTITION " cannot be used";
	}
	tzvmm_log(&platform_sys, TZVMM_LOG_INFO,
		  "disk: partition " GUEST_PARTITION ", %u sectors from %u",
		  (unsigned)part->nr_sectors, (unsigned)part->start);
	*disk = &partition.dev;
	return NULL;
}
