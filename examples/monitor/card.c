/* SPDX-License-Identifier: BSD-2-Clause */
#include "card.h"

#include <string.h>

#include <tzvmm/log.h>
#include <tzvmm/ptable.h>

#include "platform.h"

static struct tzvmm_sched sched;
static uint32_t limit_us; /* of a request, as the driver says */
static struct tzvmm_sched_client secure;
static struct tzvmm_ptable table;
static struct tzvmm_abi_record_entry entries[CARD_RECORD_ENTRIES];
static char missing[TZVMM_LOG_LINE]; /* the last message of card_open() */

struct tzvmm_record card_record;
const struct tzvmm_blkdev *const card_secure = &secure.dev;

/* ---- Waiting ------------------------------------------------------------ */

static uint64_t nr_ended(void)
{
	struct tzvmm_abi_record_header header;

	tzvmm_record_header(&card_record, &header);
	return header.lost + header.nr_entries;
}

/* The guest stands still, so requests come to an end. */
bool card_wait(bool (*done)(void))
{
	uint64_t before;

	do {
		before = nr_ended();
		if (platform_wait(done, limit_us)) {
			return true;
		}
	} while (nr_ended() != before);
	return false;
}

/* ---- Secure code's own access ------------------------------------------- */

/* Lines of the cache of its own, since the card writes it by DMA. */
static uint8_t buffer[TZVMM_SECTOR_LEN] __attribute__((aligned(64)));

/* The card may have the buffer for as long as this is false. */
static bool io_done = true;
static enum tzvmm_status io_status;

static void on_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	(void)req;
	io_status = status;
	io_done = true;
}

static bool is_done(void)
{
	return io_done;
}

enum tzvmm_status card_sector(const struct tzvmm_blkdev *dev, enum tzvmm_blk_op op,
			      uint64_t sector, uint8_t *bytes)
{
	/* Static: the card may still write after we gave up waiting. */
	static const struct tzvmm_sg sg = { buffer, sizeof(buffer) };
	static struct tzvmm_blk_req req;
	enum tzvmm_status status;

	if (!io_done) {
		return TZVMM_E_TIMEOUT;
	}
	memcpy(buffer, bytes, sizeof(buffer));
	req = (struct tzvmm_blk_req){
		.op = op,
		.sector = sector,
		.nr_sectors = 1,
		.sg = &sg,
		.nr_sg = 1,
		.done = on_done,
	};
	io_done = false;
	status = tzvmm_blk_submit(dev, &req);
	if (status != TZVMM_OK) {
		io_done = true;
		return status;
	}
	if (!card_wait(is_done)) {
		return TZVMM_E_TIMEOUT;
	}
	memcpy(bytes, buffer, sizeof(buffer));
	return io_status;
}

/* ---- The table ---------------------------------------------------------- */

static enum tzvmm_status read_sector(void *ctx, uint64_t sector, uint8_t *to)
{
	(void)ctx;
	return card_sector(card_secure, TZVMM_BLK_READ, sector, to);
}

const char *card_init(const struct tzvmm_blkdev *card)
{
	const struct tzvmm_ptable_source source = {
		.read = read_sector,
		.nr_sectors = card->nr_sectors,
	};
	const char *why;

	if (tzvmm_record_init(&card_record, entries, CARD_RECORD_ENTRIES) !=
	    TZVMM_OK) {
		return "card: the recorder's ring is wrong";
	}
	if (card->limit_us == 0u) {
		return "card: its driver does not say how long it may take";
	}
	limit_us = card->limit_us;
	tzvmm_sched_init(&sched, card, &platform_sys, &card_record);
	if (tzvmm_sched_add(&secure, &sched) != TZVMM_OK) {
		return "card: too many clients";
	}
	if (tzvmm_ptable_read(&table, &source, &why) != TZVMM_OK) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "partition table: %s",
			  why == NULL ? "cannot be read" : why);
		return "card: no usable partition table";
	}
	if (table.damage != NULL) {
		tzvmm_log(&platform_sys, TZVMM_LOG_WARN, "partition table: %s: %s",
			  table.from_backup ? "used the backup" : "backup not used",
			  table.damage);
	}
	return NULL;
}

/* Partitions that were opened, by their number. */
static enum {
	FREE,
	SHARED,
	ALONE
} claims[TZVMM_PTABLE_PARTS + 1u];

static bool claim(uint32_t number, bool alone)
{
	if (claims[number] == ALONE || (alone && claims[number] != FREE)) {
		return false;
	}
	claims[number] = alone ? ALONE : SHARED;
	return true;
}

const char *card_open(struct tzvmm_sched_client *client, struct tzvmm_partition *part,
		      const char *selector, bool read_only, bool alone)
{
	const struct tzvmm_ptable_part *found;
	const char *why;

	found = tzvmm_ptable_find(&table, selector, &why);
	if (found == NULL) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "partition %s: %s",
			  selector, why);
		(void)tzvmm_format(missing, sizeof(missing),
				   "card: no partition %s", selector);
		return missing;
	}
	if (!claim(found->number, alone)) {
		return "card: a partition that has to be alone is used twice";
	}
	if (tzvmm_sched_add(client, &sched) != TZVMM_OK ||
	    tzvmm_partition_init(part, &client->dev, found->start,
				 found->nr_sectors, read_only) != TZVMM_OK) {
		return "card: a partition cannot be used";
	}
	tzvmm_log(&platform_sys, TZVMM_LOG_INFO,
		  "disk: partition %u, %llu sectors from %llu",
		  (unsigned)found->number, (unsigned long long)found->nr_sectors,
		  (unsigned long long)found->start);
	return NULL;
}

void card_report(void)
{
	uint32_t waiting;
	const uint32_t below = tzvmm_sched_nr(&sched, &waiting);

	tzvmm_log(&platform_sys, TZVMM_LOG_INFO,
		  "report: card: %u requests at work, %u wait", (unsigned)below,
		  (unsigned)waiting);
}

bool card_busy(void)
{
	return tzvmm_sched_busy(&sched);
}
