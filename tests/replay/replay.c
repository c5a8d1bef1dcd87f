/* SPDX-License-Identifier: BSD-2-Clause */
/* Recorded requests, once more: to the real SD driver on its register model, at
 * speed or at the recorded times. Finds data that a read should not return, and
 * writes that were answered before a power cut would have spared them. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tzvmm/record.h>

#include "medium.h"
#include "sd_bench.h"
#include "trace.h"

#define MAX_SLOTS 32u
#define MAX_PIECES 64u
#define PIECE_LEN 4096u /* a guest's page */
#define SLOTS_LEN (3u << 20)
#define TICK_NS 10000000u
#define LIMIT_NS 60000000000u /* without an answer */
#define MAX_TOLD 20u
#define POISON 0xEE
#define UNDECIDED UINT32_MAX /* last writer of a sector whose write failed */

struct options {
	bool timing;
	bool early_tc;
	uint64_t program_us;
	const char *in, *out;
};

/* A request under way. */
struct slot {
	struct tzvmm_blk_req req; /* first */
	struct tzvmm_sg sg[MAX_PIECES];
	struct replay *replay;
	uint8_t *memory;
	uint32_t index; /* of its entry */
	uint64_t start_us;
	bool taken;
};

struct replay {
	struct options opt;
	struct trace trace;
	struct medium medium;
	struct sd_bench *bench;
	struct slot slots[MAX_SLOTS];
	uint32_t nr_slots;
	uint32_t next; /* entry to submit */
	uint32_t under_way;
	uint32_t held_back; /* submitted later than wanted */
	uint64_t origin_us; /* the model's time at the first entry's start */
	uint64_t answered_ns;
	uint32_t problems;
	struct tzvmm_record record;
	struct tzvmm_abi_record_entry *ring;
};

/* ---- problems ---- */

__attribute__((format(printf, 2, 3))) static void problem(struct replay *r,
							  const char *fmt, ...)
{
	va_list args;

	if (r->problems++ >= MAX_TOLD) {
		return;
	}
	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	(void)putchar('\n');
}

static const char *entry_name(const struct replay *r, uint32_t index)
{
	return trace_name(&r->trace.entries[index]);
}

/* What bytes are, in words. */
static const char *found_in(const struct replay *r, const uint8_t *bytes,
			    uint32_t sector)
{
	static char text[160];
	uint32_t of, writer;

	if (!witness_read(bytes, &of, &writer) || writer > r->trace.nr) {
		return "bytes that nobody wrote";
	}
	(void)snprintf(text, sizeof(text), "what %s has put%s",
		       writer == MEDIUM_NOBODY ? "nobody but the card's maker"
					       : entry_name(r, writer - 1u),
		       of == sector ? " there" : " elsewhere");
	return text;
}

static const char *expected_in(const struct replay *r, uint32_t writer)
{
	return writer == MEDIUM_NOBODY ? "what was there from the start"
				       : entry_name(r, writer - 1u);
}

/* ---- answers ---- */

static void check_read(struct replay *r, const struct slot *slot)
{
	for (uint32_t i = 0; i < slot->req.nr_sectors; i++) {
		const uint32_t sector =
			(uint32_t)r->trace.entries[slot->index].sector + i;
		const uint32_t writer = *medium_expected(&r->medium, sector);
		const uint8_t *bytes = slot->memory + i * MEDIUM_SECTOR_LEN;
		uint8_t wanted[MEDIUM_SECTOR_LEN];

		witness_make(wanted, sector, writer);
		if (writer != UNDECIDED &&
		    memcmp(bytes, wanted, sizeof(wanted)) != 0) {
			problem(r, "%s: sector %u has %s, not that of %s",
				entry_name(r, slot->index), sector,
				found_in(r, bytes, sector), expected_in(r, writer));
			return;
		}
	}
}

/* Sectors of a write that a power cut now would spare no data of; the first one. */
static uint32_t missing_sectors(struct replay *r, const struct slot *slot,
				uint32_t *first)
{
	uint32_t missing = 0;

	for (uint32_t i = 0; i < slot->req.nr_sectors; i++) {
		const uint32_t sector =
			(uint32_t)r->trace.entries[slot->index].sector + i;

		if (memcmp(medium_now(&r->medium, sector),
			   slot->memory + i * MEDIUM_SECTOR_LEN,
			   MEDIUM_SECTOR_LEN) != 0) {
			*first = missing++ == 0u ? sector : *first;
		}
		*medium_expected(&r->medium, sector) = slot->index + 1u;
	}
	return missing;
}

/* A card without a cache has what it was sent when the write is answered. */
static void check_write(struct replay *r, const struct slot *slot)
{
	const uint64_t now_ns = model_now_ns();
	const uint64_t busy_ns = r->bench->card.busy_until_ns;
	uint32_t first = 0;
	const uint32_t missing = missing_sectors(r, slot, &first);

	if (missing == 0u) {
		return;
	}
	if (busy_ns > now_ns) {
		problem(r,
			"%s: answered %" PRIu64
			" us before the card is done; a power "
			"cut here %s %u of its sectors, from %u on",
			entry_name(r, slot->index), (busy_ns - now_ns) / 1000u,
			missing == slot->req.nr_sectors ? "loses all"
							: "tears it and loses",
			missing, first);
		return;
	}
	problem(r,
		"%s: answered, and the card is done, but %u of its sectors are not "
		"there; sector %u has %s",
		entry_name(r, slot->index), missing, first,
		found_in(r, medium_now(&r->medium, first), first));
}

static void undecide(struct replay *r, const struct slot *slot)
{
	for (uint32_t i = 0; i < slot->req.nr_sectors; i++) {
		*medium_expected(&r->medium, (uint32_t)slot->req.sector + i) =
			UNDECIDED;
	}
}

static void add_record(struct replay *r, const struct slot *slot,
		       enum tzvmm_status status)
{
	const uint64_t now_us = model_now_ns() / 1000u;
	struct tzvmm_abi_record_entry entry = r->trace.entries[slot->index];

	entry.start_us = slot->start_us;
	entry.duration_us = tzvmm_record_duration(slot->start_us, now_us);
	entry.status = tzvmm_record_status(status);
	tzvmm_record_add(&r->record, &entry);
}

static void answered(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct slot *slot = (struct slot *)req;
	struct replay *r = slot->replay;

	if (!slot->taken) {
		problem(r, "%s: answered twice", entry_name(r, slot->index));
		return;
	}
	slot->taken = false;
	r->under_way--;
	r->answered_ns = model_now_ns();
	add_record(r, slot, status);
	if (status != TZVMM_OK) {
		problem(r, "%s: failed: %s", entry_name(r, slot->index),
			tzvmm_status_name(status));
		if (req->op == TZVMM_BLK_WRITE) {
			undecide(r, slot);
		}
	} else if (req->op == TZVMM_BLK_READ) {
		check_read(r, slot);
	} else if (req->op == TZVMM_BLK_WRITE) {
		check_write(r, slot);
	}
}

/* ---- submission ---- */

/* Requests for the same sectors, one of them a write, have no order unless one
 * waits for the other. */
static bool conflicts(const struct replay *r,
		      const struct tzvmm_abi_record_entry *entry)
{
	for (uint32_t i = 0; i < r->nr_slots; i++) {
		const struct tzvmm_blk_req *other = &r->slots[i].req;

		if (r->slots[i].taken &&
		    (entry->op == TZVMM_ABI_RECORD_WRITE ||
		     other->op == TZVMM_BLK_WRITE) &&
		    entry->sector < other->sector + other->nr_sectors &&
		    other->sector < entry->sector + entry->nr_sectors) {
			return true;
		}
	}
	return false;
}

static struct slot *free_slot(struct replay *r)
{
	for (uint32_t i = 0; i < r->nr_slots; i++) {
		if (!r->slots[i].taken) {
			return &r->slots[i];
		}
	}
	return NULL;
}

static void lay_out(struct slot *slot, uint32_t len)
{
	uint32_t piece = (len + MAX_PIECES - 1u) / MAX_PIECES;

	piece = (piece + PIECE_LEN - 1u) / PIECE_LEN * PIECE_LEN;
	slot->req.nr_sg = 0;
	for (uint32_t at = 0; at < len; at += piece) {
		slot->sg[slot->req.nr_sg++] = (struct tzvmm_sg){
			.va = slot->memory + at,
			.len = len - at < piece ? len - at : piece,
		};
	}
}

static void submit(struct replay *r, struct slot *slot)
{
	const struct tzvmm_abi_record_entry *entry = &r->trace.entries[r->next];
	const uint32_t len = entry->nr_sectors * MEDIUM_SECTOR_LEN;
	enum tzvmm_status st;

	slot->req = (struct tzvmm_blk_req){
		.op = (enum tzvmm_blk_op)entry->op,
		.sector = entry->sector,
		.nr_sectors = entry->nr_sectors,
		.sg = slot->sg,
		.done = answered,
	};
	slot->replay = r;
	slot->index = r->next;
	slot->start_us = model_now_ns() / 1000u;
	lay_out(slot, len);
	memset(slot->memory, POISON, len);
	for (uint32_t i = 0;
	     entry->op == TZVMM_ABI_RECORD_WRITE && i < entry->nr_sectors; i++) {
		witness_make(slot->memory + i * MEDIUM_SECTOR_LEN,
			     (uint32_t)entry->sector + i, r->next + 1u);
	}
	slot->taken = true;
	r->under_way++;
	st = tzvmm_blk_submit(&r->bench->host.dev, &slot->req);
	if (st != TZVMM_OK) {
		problem(r, "%s: refused: %s", trace_name(entry),
			tzvmm_status_name(st));
		slot->taken = false;
		r->under_way--;
	}
}

/* When the next entry wants to be submitted. */
static uint64_t due_ns(const struct replay *r)
{
	const struct tzvmm_abi_record_entry *entries = r->trace.entries;
	uint64_t us;

	if (!r->opt.timing) {
		return 0;
	}
	us = entries[r->next].start_us - entries[0].start_us;
	return us < UINT64_MAX / 2000u ? (r->origin_us + us) * 1000u : UINT64_MAX;
}

static void submit_what_is_due(struct replay *r)
{
	while (r->next < r->trace.nr && due_ns(r) <= model_now_ns()) {
		struct slot *slot = free_slot(r);

		if (slot == NULL || conflicts(r, &r->trace.entries[r->next])) {
			return;
		}
		r->held_back +=
			r->opt.timing && model_now_ns() - due_ns(r) > 1000000u;
		if (r->under_way == 0u) {
			r->answered_ns = model_now_ns();
		}
		submit(r, slot);
		r->next++;
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool run(struct replay *r)
{
	struct sd_bench *b = r->bench;
	uint64_t tick_ns = model_now_ns() + TICK_NS;

	r->origin_us = model_now_ns() / 1000u + 1u;
	while (r->next < r->trace.nr || r->under_way != 0u) {
		uint64_t then;

		submit_what_is_due(r);
		tick_ns = b->wake_ns != 0u ? earlier(tick_ns, b->wake_ns) : tick_ns;
		then = tick_ns;
		if (esdhc_model_irq(&b->hw)) {
			imx_esdhc_irq(&b->host);
		} else {
			then = earlier(then, esdhc_model_next_ns(&b->hw));
			if (r->next < r->trace.nr && due_ns(r) > model_now_ns()) {
				then = earlier(then, due_ns(r));
			}
			if (then > model_now_ns()) {
				model_pass_ns(then - model_now_ns());
			}
		}
		if (model_now_ns() >= tick_ns) {
			b->wake_ns = 0;
			imx_esdhc_tick(&b->host);
			tick_ns = model_now_ns() + TICK_NS;
		}
		if (r->under_way != 0u && model_now_ns() - r->answered_ns > LIMIT_NS) {
			problem(r, "no answer for a minute");
			return false;
		}
	}
	return true;
}

/* ---- set-up ---- */

static bool set_up_medium(struct replay *r, uint64_t *nr_sectors)
{
	bool good = true;

	for (uint32_t i = 0; i < r->trace.nr; i++) {
		const struct tzvmm_abi_record_entry *entry = &r->trace.entries[i];
		const uint64_t end = entry->sector + entry->nr_sectors;

		good = good && medium_touch(&r->medium, (uint32_t)entry->sector,
					    entry->nr_sectors);
		*nr_sectors = end > *nr_sectors ? end : *nr_sectors;
	}
	if (!good || !medium_init(&r->medium, &r->bench->card)) {
		fprintf(stderr, "replay: more than 1 GiB of sectors is touched\n");
		return false;
	}
	return true;
}

static bool set_up_slots(struct replay *r)
{
	uint32_t len = MEDIUM_SECTOR_LEN;

	for (uint32_t i = 0; i < r->trace.nr; i++) {
		const struct tzvmm_abi_record_entry *entry = &r->trace.entries[i];

		if (entry->nr_sectors > r->bench->host.dev.max_sectors) {
			fprintf(stderr,
				"replay: %s is longer than the driver takes\n",
				trace_name(entry));
			return false;
		}
		if (entry->nr_sectors * MEDIUM_SECTOR_LEN > len) {
			len = entry->nr_sectors * MEDIUM_SECTOR_LEN;
		}
	}
	r->nr_slots = SLOTS_LEN / len < MAX_SLOTS ? SLOTS_LEN / len : MAX_SLOTS;
	for (uint32_t i = 0; i < r->nr_slots; i++) {
		r->slots[i].memory = dma_model_alloc(len, DMA_MODEL_LINE);
	}
	return true;
}

static bool set_up_record(struct replay *r)
{
	uint32_t nr = 1;

	while (nr < r->trace.nr) {
		nr *= 2u;
	}
	r->ring = calloc(nr, sizeof(*r->ring));
	return r->ring != NULL &&
	       tzvmm_record_init(&r->record, r->ring, nr) == TZVMM_OK;
}

static bool set_up(struct replay *r)
{
	uint64_t nr_sectors = 0;

	r->bench = sd_bench_new(SDCARD_SDHC);
	model_set_budget(UINT32_MAX);
	if (!set_up_medium(r, &nr_sectors)) {
		return false;
	}
	if (nr_sectors > r->bench->card.nr_sectors) {
		/* A card's size is told in units of 1024 sectors. */
		r->bench->card.nr_sectors = (nr_sectors + 1023u) / 1024u * 1024u;
	}
	r->bench->card.medium = &r->medium.hooks;
	r->bench->card.program_ns = r->opt.program_us * 1000u;
	r->bench->hw.early_tc = r->opt.early_tc;
	r->bench->hw.tells_nobody = true;
	if (sd_bench_init(r->bench) != TZVMM_OK) {
		fprintf(stderr, "replay: the driver does not start\n");
		return false;
	}
	return set_up_slots(r) && set_up_record(r);
}

/* ---- the end ---- */

static void check_end(struct replay *r)
{
	for (uint32_t i = 0; i < r->trace.nr; i++) {
		const struct tzvmm_abi_record_entry *entry = &r->trace.entries[i];

		for (uint32_t k = 0; k < entry->nr_sectors; k++) {
			const uint32_t sector = (uint32_t)entry->sector + k;
			uint32_t *writer = medium_expected(&r->medium, sector);
			const uint8_t *bytes = medium_now(&r->medium, sector);
			uint8_t wanted[MEDIUM_SECTOR_LEN];

			witness_make(wanted, sector, *writer);
			if (*writer != UNDECIDED &&
			    memcmp(bytes, wanted, sizeof(wanted)) != 0) {
				problem(r, "at the end: sector %u has %s, not that of %s",
					sector, found_in(r, bytes, sector),
					expected_in(r, *writer));
			}
			*writer = UNDECIDED; /* told once */
		}
	}
	if (r->medium.strays != 0u) {
		problem(r,
			"at the end: %u sectors were written that nobody asked to, "
			"first %u",
			r->medium.strays, r->medium.stray);
	}
}

static bool save(const struct replay *r)
{
	struct tzvmm_abi_record_header header;

	if (r->opt.out == NULL) {
		return true;
	}
	/* The ring is as long as the trace: it begins with the first one. */
	tzvmm_record_header(&r->record, &header);
	return trace_write(r->opt.out, &header, r->ring);
}

static void tell(const struct replay *r)
{
	const uint64_t us = model_now_ns() / 1000u - r->origin_us;

	if (r->problems > MAX_TOLD) {
		printf("and %u more\n", r->problems - MAX_TOLD);
	}
	printf("%u requests replayed %s in %" PRIu64 ".%06" PRIu64
	       " s of the model, %u left out, %u held back, %u problems\n",
	       r->trace.nr, r->opt.timing ? "as recorded" : "at speed", us / 1000000u,
	       us % 1000000u, r->trace.left_out, r->held_back, r->problems);
}

/* The replay that the model may end, if the driver does what no driver must. */
static const struct replay *unfinished;

static void tell_what_was_under_way(void)
{
	for (uint32_t i = 0; unfinished != NULL && i < unfinished->nr_slots; i++) {
		if (unfinished->slots[i].taken) {
			printf("under way: %s\n",
			       entry_name(unfinished, unfinished->slots[i].index));
		}
	}
}

static const char usage[] =
	"usage: replay [--timing] [--early-tc] [--program-us N] DUMP [OUT]\n"
	"\n"
	"Submit the requests of a dump to the SD driver on its register model, and "
	"check\n"
	"all data. OUT is a dump of the replay.\n"
	"  --timing        at the recorded times; without it, at speed\n"
	"  --early-tc      with the erratum: a transfer is told to be complete "
	"while the\n"
	"                  card still programs\n"
	"  --program-us N  how long the card programs after a write (300)\n"
	"status: 0 all is well, 1 problems were found, 2 it could not be done, 255 "
	"the\n"
	"model has ended it: the driver did what no driver must\n";

static bool parse(struct options *opt, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--timing") == 0) {
			opt->timing = true;
		} else if (strcmp(argv[i], "--early-tc") == 0) {
			opt->early_tc = true;
		} else if (strcmp(argv[i], "--program-us") == 0 && i + 1 < argc) {
			char *end;

			opt->program_us = strtoull(argv[++i], &end, 10);
			if (*end != '\0' || opt->program_us > 10000000u) {
				return false;
			}
		} else if (argv[i][0] == '-') {
			return false;
		} else if (opt->in == NULL) {
			opt->in = argv[i];
		} else if (opt->out == NULL) {
			opt->out = argv[i];
		} else {
			return false;
		}
	}
	return opt->in != NULL;
}

static int replay(struct replay *r)
{
	bool good;

	if (!set_up(r)) {
		return 2;
	}
	unfinished = r;
	if (run(r)) {
		check_end(r);
		if (r->problems == 0u) {
			dma_model_check();
		}
	}
	unfinished = NULL;
	good = save(r);
	tell(r);
	if (!good) {
		return 2;
	}
	return r->problems != 0u ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct replay r = { .opt = { .program_us = 300 } };
	int status = 2;

	if (!parse(&r.opt, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	if (atexit(tell_what_was_under_way) == 0 && trace_read(&r.trace, r.opt.in)) {
		status = replay(&r);
	}
	medium_free(&r.medium);
	trace_free(&r.trace);
	free(r.ring);
	return status;
}
