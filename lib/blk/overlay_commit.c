// SPDX-License-Identifier: BSD-2-Clause
/* From an overlay's store to its base, through a buffer, one request at a time.
 *
 * With a log: what is to be copied is written down first, then the header that
 * makes it count, with a checksum over parts of the base that stay as they are, and
 * behind the copy the header is cleared. Each of them is
 * flushed before the next. While the header is there the store must not change,
 * since the copy may be made once more after a power cut: the overlay is sealed. */

#include <stddef.h>
#include <string.h>

#include <tzvmm/overlay.h>

#include "crc32.h"
#include "overlay_internal.h"

/* What a commit does, in this order but for its reads and writes, which take turns.
 * Without a log it begins with the first of them. */
enum phase {
	LOAD_HEAD, /* after a power cut */
	LOAD,
	CHECK, /* the base's witnesses */
	NOTE,  /* entries of the log */
	NOTED,
	WITNESS,
	MARK, /* its header */
	MARKED,
	READ, /* from the store */
	WRITE,
	COPIED,
	CLEAR, /* the header */
	CLEARED,
};

static const enum tzvmm_blk_op ops[] = {
	[LOAD_HEAD] = TZVMM_BLK_READ, [LOAD] = TZVMM_BLK_READ,
	[CHECK] = TZVMM_BLK_READ,     [NOTE] = TZVMM_BLK_WRITE,
	[NOTED] = TZVMM_BLK_FLUSH,    [WITNESS] = TZVMM_BLK_READ,
	[MARK] = TZVMM_BLK_WRITE,     [MARKED] = TZVMM_BLK_FLUSH,
	[READ] = TZVMM_BLK_READ,      [WRITE] = TZVMM_BLK_WRITE,
	[COPIED] = TZVMM_BLK_FLUSH,   [CLEAR] = TZVMM_BLK_WRITE,
	[CLEARED] = TZVMM_BLK_FLUSH,
};

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint64_t log_start(const struct tzvmm_overlay *ov)
{
	return (uint64_t)ov->nr_chunks * TZVMM_OVERLAY_CHUNK;
}

/* ---- What to ask for ---------------------------------------------------- */

/* Sectors that a request may have. */
static uint32_t most(const struct tzvmm_overlay_commit *commit)
{
	return min32(commit->nr_sectors, commit->overlay->dev.max_sectors);
}

/* Fill the buffer with entries; submitting them may be tried many times. */
static uint32_t note(struct tzvmm_overlay_commit *commit)
{
	commit->next_chunk = commit->chunk;
	return tzvmm_overlay_log_pack(commit->overlay, &commit->next_chunk,
				      commit->bounce, most(commit));
}

/* Leave phases in which nothing is left to do; the sectors of the next request. */
static uint32_t next_len(struct tzvmm_overlay_commit *commit)
{
	uint32_t nr;

	switch (commit->phase) {
	case LOAD:
		return min32(commit->log.nr_sectors - commit->at, most(commit));
	case NOTE:
		nr = note(commit);
		if (nr == 0u) {
			commit->phase = commit->at == 0u ? COPIED : NOTED;
		}
		return nr;
	case READ:
		if (commit->left == 0u &&
		    !tzvmm_overlay_next_dirty(commit->overlay, &commit->cursor,
					      &commit->sector, &commit->store_sector,
					      &commit->left)) {
			commit->phase = COPIED;
			return 0;
		}
		return min32(commit->left, most(commit));
	case WRITE:
		return commit->blk.nr_sectors;
	default:
		return ops[commit->phase] == TZVMM_BLK_FLUSH ? 0u : 1u;
	}
}

/* Where it begins. */
static uint64_t next_sector(const struct tzvmm_overlay_commit *commit)
{
	const uint64_t log = log_start(commit->overlay);

	switch (commit->phase) {
	case READ:
		return commit->store_sector;
	case WRITE:
	case CHECK:
	case WITNESS:
		return commit->sector;
	case LOAD:
	case NOTE:
		return log + 1u + commit->at;
	default:
		return ops[commit->phase] == TZVMM_BLK_FLUSH ? 0u : log;
	}
}

static const struct tzvmm_blkdev *next_device(const struct tzvmm_overlay_commit *commit)
{
	switch (commit->phase) {
	case WRITE:
	case COPIED:
	case CHECK:
	case WITNESS:
		return commit->overlay->base;
	default:
		return commit->overlay->store;
	}
}

/* Submit the next request. To be repeated if a device was full. */
static enum tzvmm_status submit_next(struct tzvmm_overlay_commit *commit)
{
	struct tzvmm_overlay *ov = commit->overlay;
	struct tzvmm_blk_req *blk = &commit->blk;
	enum tzvmm_status st;

	blk->nr_sectors = next_len(commit);
	blk->op = ops[commit->phase];
	blk->sector = next_sector(commit);
	blk->nr_sg = blk->nr_sectors != 0u;
	commit->sg.len = blk->nr_sectors * TZVMM_SECTOR_LEN;
	if (commit->phase == MARK) {
		tzvmm_overlay_log_head(commit, commit->bounce);
	} else if (commit->phase == CLEAR) {
		memset(commit->bounce, 0, TZVMM_SECTOR_LEN);
	}
	st = tzvmm_blk_submit(next_device(commit), blk);
	commit->in_flight = st == TZVMM_OK;
	/* It may get there even if it fails. */
	ov->sealed = ov->sealed || (commit->phase == MARK && st == TZVMM_OK);
	return st;
}

/* ---- What came of it ---------------------------------------------------- */

static void end(struct tzvmm_overlay_commit *commit, enum tzvmm_status status)
{
	struct tzvmm_overlay *ov = commit->overlay;

	ov->commit = NULL;
	if (status == TZVMM_OK) {
		ov->sealed = false;
		ov->marked = false;
	}
	if (status == TZVMM_OK || commit->phase <= CHECK) {
		tzvmm_overlay_forget(ov);
	}
	commit->done(commit, status);
}

void tzvmm_overlay_commit_run(struct tzvmm_overlay *ov)
{
	struct tzvmm_overlay_commit *commit = ov->commit;
	enum tzvmm_status st;

	if (commit == NULL || ov->nr_busy != 0u || commit->in_flight) {
		return;
	}
	st = submit_next(commit);
	if (st != TZVMM_OK && st != TZVMM_E_FULL) {
		end(commit, st);
	}
}

static void count(struct tzvmm_overlay_commit *commit)
{
	commit->at += commit->blk.nr_sectors;
	commit->crc = tzvmm_crc32(commit->crc, commit->bounce, commit->sg.len);
}

/* The first or next witness; whether there is one. */
static bool witness(struct tzvmm_overlay_commit *commit)
{
	return tzvmm_overlay_log_witness(commit->overlay, &commit->witness,
					 &commit->sector);
}

static void count_witness(struct tzvmm_overlay_commit *commit)
{
	commit->base_crc =
		tzvmm_crc32(commit->base_crc, commit->bounce, commit->sg.len);
	commit->witness++;
}

/* When all of them were read, the copy is made. */
static enum tzvmm_status check(struct tzvmm_overlay_commit *commit)
{
	struct tzvmm_overlay *ov = commit->overlay;

	if (witness(commit)) {
		return TZVMM_OK;
	}
	if (commit->base_crc != commit->log.base_crc) {
		tzvmm_log(ov->sys, TZVMM_LOG_ERROR,
			  "%s: the disk has changed since a commit was cut off",
			  ov->name);
		return TZVMM_E_FORMAT;
	}
	tzvmm_log(ov->sys, TZVMM_LOG_WARN, "%s: a commit that was cut off goes on",
		  ov->name);
	ov->nr_used = ov->nr_chunks;
	ov->sealed = true;
	ov->marked = true;
	commit->phase = READ;
	return TZVMM_OK;
}

static enum tzvmm_status load(struct tzvmm_overlay_commit *commit)
{
	count(commit);
	if (!tzvmm_overlay_log_unpack(commit->overlay, &commit->chunk,
				      commit->bounce, commit->blk.nr_sectors)) {
		return TZVMM_E_FORMAT;
	}
	if (commit->at < commit->log.nr_sectors) {
		return TZVMM_OK;
	}
	if (commit->crc != commit->log.entries_crc) {
		return TZVMM_E_FORMAT;
	}
	commit->phase = CHECK;
	return check(commit);
}

/* Go on to the phase behind a request that was answered. TZVMM_E_EMPTY: there is none. */
static enum tzvmm_status advance(struct tzvmm_overlay_commit *commit)
{
	enum tzvmm_status st;

	switch (commit->phase) {
	case LOAD_HEAD:
		st = tzvmm_overlay_log_read(commit->overlay, commit->bounce,
					    &commit->log);
		commit->phase = LOAD;
		return st;
	case LOAD:
		return load(commit);
	case CHECK:
		count_witness(commit);
		return check(commit);
	case NOTED:
		commit->phase = witness(commit) ? WITNESS : MARK;
		return TZVMM_OK;
	case WITNESS:
		count_witness(commit);
		commit->phase = witness(commit) ? WITNESS : MARK;
		return TZVMM_OK;
	case NOTE:
		count(commit);
		commit->chunk = commit->next_chunk;
		return TZVMM_OK;
	case MARKED:
		commit->overlay->marked = true;
		commit->phase = READ;
		return TZVMM_OK;
	case WRITE:
		commit->sector += commit->blk.nr_sectors;
		commit->store_sector += commit->blk.nr_sectors;
		commit->left -= commit->blk.nr_sectors;
		commit->phase = READ;
		return TZVMM_OK;
	case COPIED:
		commit->phase = CLEAR;
		return commit->overlay->sealed ? TZVMM_OK : TZVMM_E_EMPTY;
	case CLEARED:
		return TZVMM_E_EMPTY;
	default:
		commit->phase++;
		return TZVMM_OK;
	}
}

static void blk_done(struct tzvmm_blk_req *blk, enum tzvmm_status status)
{
	struct tzvmm_overlay_commit *commit = blk->owner;

	commit->in_flight = false;
	if (status != TZVMM_OK) {
		end(commit, status);
		return;
	}
	status = advance(commit);
	if (status != TZVMM_OK) {
		end(commit, status == TZVMM_E_EMPTY ? TZVMM_OK : status);
		return;
	}
	tzvmm_overlay_commit_run(commit->overlay);
}

/* ---- To start ----------------------------------------------------------- */

static bool is_commit(const struct tzvmm_overlay *ov,
		      const struct tzvmm_overlay_commit *commit)
{
	const uintptr_t bounce = (uintptr_t)commit->bounce;

	return bounce != 0u && (bounce & (ov->dev.sg_align - 1u)) == 0u &&
	       commit->nr_sectors != 0u && commit->done != NULL;
}

static enum tzvmm_status start(struct tzvmm_overlay *ov,
			       struct tzvmm_overlay_commit *commit, enum phase phase)
{
	enum tzvmm_status st = TZVMM_OK;

	if (!is_commit(ov, commit)) {
		return TZVMM_E_INVAL;
	}
	if (ov->base->read_only) {
		return TZVMM_E_DENIED;
	}
	if (ov->commit != NULL) {
		return TZVMM_E_BUSY;
	}
	commit->overlay = ov;
	commit->sg.va = commit->bounce;
	commit->blk = (struct tzvmm_blk_req){ .sg = &commit->sg,
					      .done = blk_done,
					      .owner = commit };
	commit->in_flight = false;
	commit->phase = phase;
	commit->at = 0;
	commit->crc = 0;
	commit->base_crc = 0;
	commit->witness = 0;
	commit->chunk = 0;
	commit->cursor = 0;
	commit->left = 0;
	if (ov->nr_busy == 0u) {
		st = submit_next(commit);
	}
	if (st != TZVMM_OK && st != TZVMM_E_FULL) {
		return st;
	}
	ov->commit = commit;
	return TZVMM_OK;
}

enum tzvmm_status tzvmm_overlay_commit(struct tzvmm_overlay *ov,
				       struct tzvmm_overlay_commit *commit)
{
	/* Where the header failed the log is written once more: nothing may be
	 * copied without it, and if it is there after all it stays the same. */
	return start(ov, commit, ov->has_log && !ov->marked ? NOTE : READ);
}

enum tzvmm_status tzvmm_overlay_recover(struct tzvmm_overlay *ov,
					struct tzvmm_overlay_commit *commit)
{
	if (!ov->has_log || ov->nr_used != 0u) {
		return TZVMM_E_INVAL;
	}
	return start(ov, commit, LOAD_HEAD);
}
