/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk.h"

#include <tzvmm/log.h>
#include <tzvmm/partition.h>

#include "platform.h"

/* The second primary partition; the first one stays trusted. */
#define GUEST_PARTITION 1u

#define READ_LIMIT_US 5000000u

static struct tzvmm_partition partition;

/* A line of the cache of its own, since the card writes it by DMA. */
static uint8_t table[TZVMM_SECTOR_LEN] __attribute__((aligned(64)));

static bool read_done;
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

static enum tzvmm_status read_table(const struct tzvmm_blkdev *card)
{
	/* Static: the card may still write after we gave up waiting. */
	static const struct tzvmm_sg sg = { table, sizeof(table) };
	static struct tzvmm_blk_req req;
	enum tzvmm_status status;

	req = (struct tzvmm_blk_req){
		.op = TZVMM_BLK_READ,
		.nr_sectors = 1,
		.sg = &sg,
		.nr_sg = 1,
		.done = on_read,
	};
	status = tzvmm_blk_submit(card, &req);
	if (status != TZVMM_OK) {
		return status;
	}
	return platform_wait(is_read, READ_LIMIT_US) ? read_status : TZVMM_E_TIMEOUT;
}

const char *disk_find(const struct tzvmm_blkdev *card,
		      const struct tzvmm_blkdev **disk)
{
	const struct tzvmm_mbr_part *part;
	struct tzvmm_mbr mbr;
	const char *why;

	if (read_table(card) != TZVMM_OK) {
		return "card: cannot read the first sector";
	}
	if (tzvmm_mbr_parse(&mbr, table, card->nr_sectors, &why) != TZVMM_OK) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "partition table: %s", why);
		return "card: no usable partition table";
	}
	part = &mbr.parts[GUEST_PARTITION];
	if (part->nr_sectors == 0u) {
		return "card: no partition 2 for the guest";
	}
	if (tzvmm_partition_init(&partition, card, part->start, part->nr_sectors,
				 false) != TZVMM_OK) {
		return "card: partition 2 cannot be used";
	}
	tzvmm_log(&platform_sys, TZVMM_LOG_INFO,
		  "disk: partition 2, %u sectors from %u",
		  (unsigned)part->nr_sectors, (unsigned)part->start);
	*disk = &partition.dev;
	return NULL;
}
