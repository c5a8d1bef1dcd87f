// SPDX-License-Identifier: BSD-2-Clause
/* From an overlay's store to its base, through a buffer, one request at a time. */

#include <stddef.h>

#include <tzvmm/overlay.h>

#include "overlay_internal.h"

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Submit a commit's next request: reads and writes take turns until nothing is
 * left, then comes the flush. To be repeated if a device was full. */
static enum tzvmm_status submit_next(struct tzvmm_overlay_commit *commit)
{
	const struct tzvmm_overlay *ov = commit->overlay;
	struct tzvmm_blk_req *blk = &commit->blk;
	enum tzvmm_status st;

	if (blk->op == TZVMM_BLK_READ && commit->left == 0u &&
	    !tzvmm_overlay_next_dirty(ov, &commit->cursor, &commit->sector,
				      &commit->store_sector, &commit->left)) {
		blk->op = TZVMM_BLK_FLUSH;
	}
	blk->nr_sectors = min32(commit->left, commit->nr_sectors);
	blk->nr_sectors = min32(blk->nr_sectors, ov->dev.max_sectors);
	blk->nr_sg = blk->nr_sectors != 0u;
	commit->sg.len = blk->nr_sectors * TZVMM_SECTOR_LEN;
	if (blk->op == TZVMM_BLK_READ) {
		blk->sector = commit->store_sector;
		st = tzvmm_blk_submit(ov->store, blk);
	} else {
		blk->sector = commit->sector;
		st = tzvmm_blk_submit(ov->base, blk);
	}
	commit->in_flight = st == TZVMM_OK;
	return st;
}

static void end(struct tzvmm_overlay_commit *commit, enum tzvmm_status status)
{
	struct tzvmm_overlay *ov = commit->overlay;

	ov->commit = NULL;
	if (status == TZVMM_OK) {
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

static void blk_done(struct tzvmm_blk_req *blk, enum tzvmm_status status)
{
	struct tzvmm_overlay_commit *commit = blk->owner;

	commit->in_flight = false;
	if (status != TZVMM_OK || blk->op == TZVMM_BLK_FLUSH) {
		end(commit, status);
		return;
	}
	if (blk->op == TZVMM_BLK_READ) {
		blk->op = TZVMM_BLK_WRITE;
	} else {
		blk->op = TZVMM_BLK_READ;
		commit->sector += blk->nr_sectors;
		commit->store_sector += blk->nr_sectors;
		commit->left -= blk->nr_sectors;
	}
	tzvmm_overlay_commit_run(commit->overlay);
}

static bool is_commit(const struct tzvmm_overlay *ov,
		      const struct tzvmm_overlay_commit *commit)
{
	const uintptr_t bounce = (uintptr_t)commit->bounce;

	return bounce != 0u && (bounce & (ov->dev.sg_align - 1u)) == 0u &&
	       commit->nr_sectors != 0u && commit->done != NULL;
}

enum tzvmm_status tzvmm_overlay_commit(struct tzvmm_overlay *ov,
				       struct tzvmm_overlay_commit *commit)
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
	commit->blk = (struct tzvmm_blk_req){ .op = TZVMM_BLK_READ,
					      .sg = &commit->sg,
					      .done = blk_done,
					      .owner = commit };
	commit->in_flight = false;
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
