// SPDX-License-Identifier: BSD-2-Clause
/* Copy on write, without the copy.
 *
 * The map has a word for each chunk of the base: in the low 8 bits which of its
 * sectors are to be read from the store, above them 1 + the chunk of the store that
 * is theirs, or 0. A write gets its chunks when it is taken, in order, so that what
 * is written in sequence is read in one go; its bits are set when all of it was
 * written. A request is a job; it is cut into children, each of which is a run of
 * sectors that follow each other in base or store. Jobs get children one after the
 * other. */

#include <stddef.h>
#include <string.h>

#include <tzvmm/overlay.h>

#include "overlay_internal.h"

#define CHUNK TZVMM_OVERLAY_CHUNK
#define CHUNK_SHIFT 3u
#define VALID TZVMM_OVERLAY_VALID
#define PLACE_SHIFT TZVMM_OVERLAY_PLACE_SHIFT
#define MAX_PLACE 0xFFFFFFu

/* Their bytes fit in 32 bits. */
#define MAX_SECTORS 65536u

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* ---- The map ------------------------------------------------------------ */

/* Sectors that follow each other on a device. */
struct run {
	const struct tzvmm_blkdev *dev;
	uint64_t sector;
	uint32_t nr;
};

/* Where some sectors are, or are to go, as far as the first one's chunk goes. */
static struct run run_of_chunk(const struct tzvmm_overlay *ov, enum tzvmm_blk_op op,
			       uint64_t sector, uint32_t nr)
{
	const uint32_t entry = ov->map[sector >> CHUNK_SHIFT];
	const uint32_t first = (uint32_t)sector & (CHUNK - 1u);
	const uint32_t in_store = op == TZVMM_BLK_WRITE ? VALID : entry & VALID;
	const uint32_t bits = in_store >> first;
	const uint64_t place = (uint64_t)(entry >> PLACE_SHIFT) - 1u;

	nr = min32(nr, CHUNK - first);
	if ((bits & 1u) != 0u) {
		return (struct run){ .dev = ov->store,
				     .sector = (place << CHUNK_SHIFT) + first,
				     .nr = min32(nr, (uint32_t)__builtin_ctz(~bits)) };
	}
	if (bits != 0u) {
		nr = min32(nr, (uint32_t)__builtin_ctz(bits));
	}
	return (struct run){ .dev = ov->base, .sector = sector, .nr = nr };
}

static struct run find_run(const struct tzvmm_overlay *ov, enum tzvmm_blk_op op,
			   uint64_t sector, uint32_t nr)
{
	struct run run = run_of_chunk(ov, op, sector, nr);

	while (run.nr < nr) {
		struct run next = run_of_chunk(ov, op, sector + run.nr, nr - run.nr);

		if (next.dev != run.dev || next.sector != run.sector + run.nr) {
			break;
		}
		run.nr += next.nr;
	}
	return run;
}

/* Give a write all of its chunks, or none. They stay the base's chunks' own if it
 * fails. */
static bool reserve(struct tzvmm_overlay *ov, uint64_t sector, uint32_t nr)
{
	const uint64_t first = sector >> CHUNK_SHIFT;
	const uint64_t last = (sector + nr - 1u) >> CHUNK_SHIFT;
	uint32_t nr_new = 0;

	for (uint64_t i = first; i <= last; i++) {
		nr_new += ov->map[i] == 0u;
	}
	if (nr_new > tzvmm_overlay_room(ov)) {
		return false;
	}
	for (uint64_t i = first; i <= last; i++) {
		if (ov->map[i] == 0u) {
			ov->map[i] = ++ov->nr_used << PLACE_SHIFT;
		}
	}
	return true;
}

static void set_valid(struct tzvmm_overlay *ov, uint64_t sector, uint32_t nr)
{
	while (nr != 0u) {
		const uint32_t first = (uint32_t)sector & (CHUNK - 1u);
		const uint32_t part = min32(nr, CHUNK - first);

		ov->map[sector >> CHUNK_SHIFT] |= ((1u << part) - 1u) << first;
		sector += part;
		nr -= part;
	}
}

void tzvmm_overlay_forget(struct tzvmm_overlay *ov)
{
	(void)memset(ov->map, 0, (size_t)ov->nr_map * sizeof(ov->map[0]));
	ov->nr_used = 0;
}

/* The first sector from one on that is in the store, or one past the end. Most
 * chunks of a large base were never written. */
static uint64_t find_dirty(const struct tzvmm_overlay *ov, uint64_t sector)
{
	while (sector < ov->dev.nr_sectors) {
		const uint32_t valid = ov->map[sector >> CHUNK_SHIFT] & VALID;
		const uint32_t first = (uint32_t)sector & (CHUNK - 1u);

		if ((valid >> first & 1u) != 0u) {
			break;
		}
		sector += valid == 0u ? CHUNK - first : 1u;
	}
	return sector;
}

bool tzvmm_overlay_next_dirty(const struct tzvmm_overlay *ov, uint64_t *cursor,
			      uint64_t *sector, uint64_t *store_sector,
			      uint32_t *nr_sectors)
{
	const uint64_t at = find_dirty(ov, *cursor);
	struct run run;
	uint64_t left;

	*cursor = at;
	if (at >= ov->dev.nr_sectors) {
		return false;
	}
	left = ov->dev.nr_sectors - at;
	run = find_run(ov, TZVMM_BLK_READ, at,
		       left < MAX_SECTORS ? (uint32_t)left : MAX_SECTORS);
	*cursor += run.nr;
	*sector = at;
	*store_sector = run.sector;
	*nr_sectors = run.nr;
	return true;
}

/* ---- Children ----------------------------------------------------------- */

static struct tzvmm_overlay_child *from_blk(struct tzvmm_blk_req *blk)
{
	return (struct tzvmm_overlay_child *)blk;
}

static struct tzvmm_overlay_child *take_child(struct tzvmm_overlay *ov)
{
	struct tzvmm_overlay_child *child = ov->free_children;

	if (child != NULL) {
		ov->free_children = from_blk(child->blk.next);
	}
	return child;
}

static void put_child(struct tzvmm_overlay *ov, struct tzvmm_overlay_child *child)
{
	child->blk.next = ov->free_children == NULL ? NULL : &ov->free_children->blk;
	ov->free_children = child;
}

/* Take the next bytes of a list. They are in no more pieces than the list has, which
 * dev.max_sg limits, and cut between sectors, which every alignment divides. */
static uint32_t take_pieces(struct tzvmm_sg *to, struct tzvmm_overlay_cursor *from,
			    uint32_t len)
{
	uint32_t nr = 0;

	while (len != 0u) {
		const uint32_t part = min32(len, from->sg->len - from->at);

		to[nr++] =
			(struct tzvmm_sg){ .va = (uint8_t *)from->sg->va + from->at,
					   .len = part };
		len -= part;
		from->at += part;
		if (from->at == from->sg->len) {
			from->at = 0;
			from->sg++;
		}
	}
	return nr;
}

static struct run next_run(const struct tzvmm_overlay *ov,
			   const struct tzvmm_overlay_job *job)
{
	if (job->req->op == TZVMM_BLK_FLUSH) {
		return (struct run){ .dev = ov->store };
	}
	return find_run(ov, job->req->op, job->sector, job->left);
}

/* Give a job one more child. If that is refused, nothing changed. */
static enum tzvmm_status issue_one(struct tzvmm_overlay *ov,
				   struct tzvmm_overlay_job *job)
{
	struct tzvmm_overlay_child *child = take_child(ov);
	struct tzvmm_overlay_cursor pieces = job->pieces;
	enum tzvmm_status st;
	struct run run;

	if (child == NULL) {
		return TZVMM_E_FULL;
	}
	run = next_run(ov, job);
	child->job = job;
	child->blk.op = job->req->op;
	child->blk.sector = run.sector;
	child->blk.nr_sectors = run.nr;
	child->blk.nr_sg = take_pieces(child->sg, &pieces, run.nr * TZVMM_SECTOR_LEN);
	st = tzvmm_blk_submit(run.dev, &child->blk);
	if (st != TZVMM_OK) {
		put_child(ov, child);
		return st;
	}
	ov->stats.children++;
	job->nr_children++;
	job->sector += run.nr;
	job->left -= run.nr;
	job->more = job->left != 0u;
	job->pieces = pieces;
	return TZVMM_OK;
}

static enum tzvmm_status issue(struct tzvmm_overlay *ov, struct tzvmm_overlay_job *job)
{
	enum tzvmm_status st = TZVMM_OK;

	while (st == TZVMM_OK && job->more) {
		st = issue_one(ov, job);
	}
	ov->stats.stalled += st == TZVMM_E_FULL;
	return st;
}

/* ---- Jobs --------------------------------------------------------------- */

static void put_job(struct tzvmm_overlay *ov, struct tzvmm_overlay_job *job)
{
	ov->nr_busy--;
	job->next = ov->free_jobs;
	ov->free_jobs = job;
}

static struct tzvmm_overlay_job *take_job(struct tzvmm_overlay *ov,
					  struct tzvmm_blk_req *req)
{
	struct tzvmm_overlay_job *job = ov->free_jobs;

	ov->nr_busy++;
	ov->free_jobs = job->next;
	*job = (struct tzvmm_overlay_job){ .req = req,
					   .sector = req->sector,
					   .left = req->nr_sectors,
					   .more = true,
					   .pieces = { .sg = req->sg } };
	return job;
}

static void put_last(struct tzvmm_overlay *ov, struct tzvmm_overlay_job *job)
{
	if (ov->first == NULL) {
		ov->first = job;
	} else {
		ov->last->next = job;
	}
	ov->last = job;
}

/* It gets no more children. The first error is the job's. */
static void stop(struct tzvmm_overlay_job *job, enum tzvmm_status status)
{
	job->more = false;
	if (job->status == TZVMM_OK) {
		job->status = status;
	}
}

/* Complete a job that does not wait, if it can be. All is in order before done(),
 * which may submit. */
static void finish(struct tzvmm_overlay *ov, struct tzvmm_overlay_job *job)
{
	struct tzvmm_blk_req *req = job->req;
	const enum tzvmm_status status = job->status;

	if (job->nr_children != 0u) {
		return;
	}
	if (status != TZVMM_OK) {
		ov->stats.failed++;
	} else if (req->op == TZVMM_BLK_WRITE) {
		set_valid(ov, req->sector, req->nr_sectors);
	}
	put_job(ov, job);
	req->done(req, status);
}

static void go_on(struct tzvmm_overlay *ov)
{
	struct tzvmm_overlay_job *job;

	while ((job = ov->first) != NULL) {
		const enum tzvmm_status st = issue(ov, job);

		if (st == TZVMM_E_FULL) {
			return;
		}
		if (st != TZVMM_OK) {
			stop(job, st);
		}
		ov->first = job->next;
		finish(ov, job);
	}
	tzvmm_overlay_commit_run(ov);
}

static void child_done(struct tzvmm_blk_req *blk, enum tzvmm_status status)
{
	struct tzvmm_overlay *ov = blk->owner;
	struct tzvmm_overlay_job *job = from_blk(blk)->job;

	put_child(ov, from_blk(blk));
	job->nr_children--;
	if (status != TZVMM_OK) {
		stop(job, status);
	}
	/* The first one that waits is finished when it is taken off the list. */
	if (job != ov->first) {
		finish(ov, job);
	}
	go_on(ov);
}

static enum tzvmm_status start(struct tzvmm_overlay *ov, struct tzvmm_overlay_job *job)
{
	const enum tzvmm_status st = ov->first == NULL ? issue(ov, job) : TZVMM_OK;

	if (st != TZVMM_OK && job->nr_children == 0u) {
		/* Still the submitter's, who may try again. */
		put_job(ov, job);
		return st;
	}
	if (st != TZVMM_OK && st != TZVMM_E_FULL) {
		stop(job, st);
	}
	if (job->more) {
		put_last(ov, job);
	}
	return TZVMM_OK;
}

static enum tzvmm_status refuse(struct tzvmm_overlay *ov, const char *why)
{
	tzvmm_log_limited(ov->sys, &ov->limit, TZVMM_LOG_WARN,
			  "%s: the overlay's %s", ov->name, why);
	return TZVMM_E_IO;
}

static enum tzvmm_status overlay_submit(const struct tzvmm_blkdev *dev,
					struct tzvmm_blk_req *req)
{
	struct tzvmm_overlay *ov = dev->ctx;

	if (ov->commit != NULL || ov->free_jobs == NULL) {
		return TZVMM_E_FULL;
	}
	if (req->op == TZVMM_BLK_WRITE && ov->sealed) {
		ov->stats.sealed++;
		return refuse(ov, "commit has to end first");
	}
	if (req->op == TZVMM_BLK_WRITE && !reserve(ov, req->sector, req->nr_sectors)) {
		ov->stats.full++;
		return refuse(ov, "store is full");
	}
	return start(ov, take_job(ov, req));
}

void tzvmm_overlay_run(struct tzvmm_overlay *ov)
{
	go_on(ov);
}

/* ---- Discard ------------------------------------------------------------ */

enum tzvmm_status tzvmm_overlay_discard(struct tzvmm_overlay *ov)
{
	if (ov->nr_busy != 0u || ov->commit != NULL || ov->sealed) {
		return TZVMM_E_BUSY;
	}
	tzvmm_overlay_forget(ov);
	return TZVMM_OK;
}

/* ---- Making one --------------------------------------------------------- */

static const struct tzvmm_blkdev_ops overlay_ops = { .submit = overlay_submit };

/* Sectors of the store that are for data. */
static uint64_t store_len(const struct tzvmm_overlay_setup *setup)
{
	const uint64_t len = setup->store->nr_sectors;
	const uint64_t log = setup->log ? tzvmm_overlay_log_len(len) : 0u;

	return len > log ? len - log : 0u;
}

static bool is_setup(const struct tzvmm_overlay_setup *setup)
{
	const struct tzvmm_blkdev *base = setup->base;
	const struct tzvmm_blkdev *store = setup->store;

	if (setup->name == NULL || setup->sys == NULL || base == NULL ||
	    store == NULL || setup->map == NULL || setup->jobs == NULL ||
	    setup->children == NULL || setup->sg == NULL) {
		return false;
	}
	return base != store && store_len(setup) >= CHUNK &&
	       max32(base->sg_align, store->sg_align) <= TZVMM_SECTOR_LEN &&
	       (!setup->log || setup->nr_map <= UINT32_MAX) &&
	       setup->nr_map >= TZVMM_OVERLAY_NR_MAP(base->nr_sectors) &&
	       setup->nr_jobs != 0u && setup->nr_children != 0u &&
	       setup->nr_sg != 0u;
}

static void set_limits(struct tzvmm_blkdev *dev,
		       const struct tzvmm_overlay_setup *setup)
{
	const struct tzvmm_blkdev *base = setup->base;
	const struct tzvmm_blkdev *store = setup->store;

	/* Either of them takes any part of a request that keeps these. */
	dev->nr_sectors = base->nr_sectors;
	dev->max_sectors = min32(base->max_sectors, store->max_sectors);
	dev->max_sectors = min32(dev->max_sectors, MAX_SECTORS);
	dev->max_sg = min32(base->max_sg, store->max_sg);
	dev->max_sg = min32(dev->max_sg, setup->nr_sg);
	dev->sg_align = max32(base->sg_align, store->sg_align);
}

static void set_pools(struct tzvmm_overlay *ov,
		      const struct tzvmm_overlay_setup *setup)
{
	for (uint32_t i = 0; i < setup->nr_jobs; i++) {
		setup->jobs[i].next = ov->free_jobs;
		ov->free_jobs = &setup->jobs[i];
	}
	for (uint32_t i = 0; i < setup->nr_children; i++) {
		struct tzvmm_overlay_child *child = &setup->children[i];

		child->sg = &setup->sg[(size_t)i * setup->nr_sg];
		child->blk = (struct tzvmm_blk_req){ .sg = child->sg,
						     .done = child_done,
						     .owner = ov };
		put_child(ov, child);
	}
}

enum tzvmm_status tzvmm_overlay_init(struct tzvmm_overlay *ov,
				     const struct tzvmm_overlay_setup *setup)
{
	uint64_t nr_chunks;

	if (!is_setup(setup)) {
		return TZVMM_E_INVAL;
	}
	if (setup->store->read_only) {
		return TZVMM_E_DENIED;
	}
	nr_chunks = store_len(setup) >> CHUNK_SHIFT;
	*ov = (struct tzvmm_overlay){
		.dev = { .ops = &overlay_ops, .ctx = ov },
		.name = setup->name,
		.sys = setup->sys,
		.base = setup->base,
		.store = setup->store,
		.map = setup->map,
		.nr_map = TZVMM_OVERLAY_NR_MAP(setup->base->nr_sectors),
		.nr_chunks = nr_chunks < MAX_PLACE ? (uint32_t)nr_chunks : MAX_PLACE,
		.has_log = setup->log,
		.base_id = setup->base_id,
	};
	set_limits(&ov->dev, setup);
	set_pools(ov, setup);
	tzvmm_overlay_forget(ov);
	return TZVMM_OK;
}
