/* SPDX-License-Identifier: BSD-2-Clause */
/* Two slots in turn, as the counter has: what was saved before is there until the
 * new one is whole. A request at a time, through a buffer; the guest goes on. */
#include "recordsave.h"

#include <string.h>

#include <tzvmm/log.h>
#include <tzvmm/record_save.h>

#include "card.h"
#include "platform.h"

#define SLOT_LEN TZVMM_RECORD_SLOT(CARD_RECORD_ENTRIES)
#define PIECE_LEN 16u

static enum {
	IDLE,
	OPEN,
	FIRST, /* the slots' headers are read */
	SECOND,
	ENTRIES, /* written */
	WRITTEN, /* and flushed */
	HEAD,
	SAVED,
} phase;

static struct tzvmm_sched_client client;
static struct tzvmm_partition partition;
static char selector[TZVMM_LOG_LINE];
static struct tzvmm_mux_source *to;

static uint8_t buffer[PIECE_LEN * TZVMM_SECTOR_LEN] __attribute__((aligned(64)));
static struct tzvmm_sg sg = { .va = buffer };
static struct tzvmm_blk_req req;
static enum {
	NONE,
	READY,
	IN_FLIGHT,
	DONE
} io;
static enum tzvmm_status io_status;

static struct tzvmm_record_save walk;
static uint64_t generation; /* of the newer slot */
static uint32_t slot;       /* the one to write */
static uint32_t at;         /* its next sector */

/* ---- Requests ----------------------------------------------------------- */

static void on_done(struct tzvmm_blk_req *done, enum tzvmm_status status)
{
	(void)done;
	io_status = status;
	io = DONE;
}

static void ask(enum tzvmm_blk_op op, uint32_t sector, uint32_t nr_sectors)
{
	sg.len = nr_sectors * TZVMM_SECTOR_LEN;
	req = (struct tzvmm_blk_req){
		.op = op,
		.sector = nr_sectors == 0u ? 0u : sector,
		.nr_sectors = nr_sectors,
		.sg = &sg,
		.nr_sg = nr_sectors != 0u,
		.done = on_done,
	};
	io = READY;
}

static void submit(void)
{
	enum tzvmm_status status;

	io = IN_FLIGHT;
	status = tzvmm_blk_submit(&partition.dev, &req);
	if (status == TZVMM_E_FULL) {
		io = READY; /* until the next interrupt */
	} else if (status != TZVMM_OK) {
		on_done(&req, status);
	}
}

/* ---- Steps -------------------------------------------------------------- */

static const char *open_partition(void)
{
	const char *failed = NULL;

	if (partition.dev.ops == NULL) {
		failed = card_open(&client, &partition, selector, false, true);
	}
	if (failed == NULL && partition.dev.nr_sectors < 2u * SLOT_LEN) {
		failed = "the partition is too small";
	}
	if (failed == NULL) {
		phase = FIRST;
		ask(TZVMM_BLK_READ, 0, 1);
	}
	return failed;
}

static void write_next(void)
{
	const uint32_t nr = tzvmm_record_save_next(&walk, buffer, PIECE_LEN);

	if (nr == 0u) {
		phase = WRITTEN;
		ask(TZVMM_BLK_FLUSH, 0, 0);
		return;
	}
	phase = ENTRIES;
	ask(TZVMM_BLK_WRITE, at, nr);
	at += nr;
}

static void choose_slot(void)
{
	const uint64_t second = tzvmm_record_save_generation(buffer);

	slot = second > generation ? 0u : 1u;
	generation = second > generation ? second : generation;
	at = slot * SLOT_LEN + 1u;
	tzvmm_record_save_init(&walk, &card_record);
}

/* What comes behind a request that was answered, or an error. */
static const char *next(void)
{
	switch (phase) {
	case OPEN:
		return open_partition();
	case FIRST:
		if (!tzvmm_record_save_is_place(buffer)) {
			return "the partition is not made ready for it (blkrec "
			       "prepare)";
		}
		generation = tzvmm_record_save_generation(buffer);
		phase = SECOND;
		ask(TZVMM_BLK_READ, SLOT_LEN, 1);
		return NULL;
	case SECOND:
		choose_slot();
		write_next();
		return NULL;
	case ENTRIES:
		write_next();
		return NULL;
	case WRITTEN:
		phase = HEAD;
		tzvmm_record_save_head(&walk, generation + 1u, SLOT_LEN, buffer);
		ask(TZVMM_BLK_WRITE, slot * SLOT_LEN, 1);
		return NULL;
	case HEAD:
		phase = SAVED;
		ask(TZVMM_BLK_FLUSH, 0, 0);
		return NULL;
	default:
		tzvmm_mux_print(to, "record: saved %u requests, generation %llu",
				(unsigned)tzvmm_record_save_count(&walk),
				(unsigned long long)(generation + 1u));
		phase = IDLE;
		return NULL;
	}
}

void recordsave_serve(void)
{
	while (phase != IDLE && io != IN_FLIGHT) {
		const char *failed = NULL;

		if (io == READY) {
			submit();
			if (io == READY) {
				return;
			}
			continue;
		}
		if (io == DONE && io_status != TZVMM_OK) {
			failed = tzvmm_status_name(io_status);
		}
		io = NONE;
		failed = failed == NULL ? next() : failed;
		if (failed != NULL) {
			tzvmm_mux_print(to, "record: not saved: %s", failed);
			phase = IDLE;
		}
	}
}

void recordsave_want(const char *wanted, struct tzvmm_mux_source *out)
{
	const bool is_open = partition.dev.ops != NULL;

	if (phase != IDLE) {
		tzvmm_mux_print(out, "record: it is being saved");
		return;
	}
	if (is_open && wanted[0] != '\0' &&
	    strncmp(wanted, selector, sizeof(selector)) != 0) {
		tzvmm_mux_print(out, "record: it goes to partition %s", selector);
		return;
	}
	if (!is_open) {
		(void)tzvmm_format(selector, sizeof(selector), "%s",
				   wanted[0] == '\0' ? RECORDSAVE_PARTITION : wanted);
	}
	to = out;
	phase = OPEN;
}
