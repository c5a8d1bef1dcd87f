/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlay.h"

#include <board.h>
#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/log.h>
#include <tzvmm/overlay.h>
#include <tzvmm/ramdisk.h>

#include "card.h"
#include "platform.h"

#define NR_JOBS 32u
#define NR_CHILDREN 32u
#define NR_SG 130u
#define MEMORY_LEN (16u << 20) /* of a store in memory */
/* Copied at a time, so that the guest stands still for less than 100 us. */
#define RUN_SECTORS 64u
#define BOUNCE_SECTORS 128u

static struct overlay {
	struct tzvmm_overlay overlay;
	struct tzvmm_sched_client client; /* of a store on the card */
	struct tzvmm_partition partition;
	struct tzvmm_ramdisk memory; /* of a store in memory */
	struct tzvmm_blkdev soon;    /* the same, and does not wait for a tick */
	struct tzvmm_overlay_job jobs[NR_JOBS];
	struct tzvmm_overlay_child children[NR_CHILDREN];
	struct tzvmm_sg sg[NR_CHILDREN * NR_SG];
} overlays[TZVMM_ABI_BOOTPKG_MAX_DISKS];
static uint32_t nr_overlays;

/* ---- Memory ------------------------------------------------------------- */

static uintptr_t pool = BOARD_POOL_BASE;

static void *take_memory(uint64_t len)
{
	const uintptr_t at = pool;

	if (len > BOARD_POOL_BASE + BOARD_POOL_LEN - at) {
		return NULL;
	}
	pool += (uintptr_t)((len + 63u) & ~63ull);
	return (void *)at;
}

/* No interrupt follows a request to memory by itself: ask for one. */
static enum tzvmm_status submit_soon(const struct tzvmm_blkdev *dev,
				     struct tzvmm_blk_req *req)
{
	const struct overlay *o = dev->ctx;

	platform_soon();
	return o->memory.dev.ops->submit(&o->memory.dev, req);
}

static const struct tzvmm_blkdev_ops soon_ops = { .submit = submit_soon };

static const char *open_memory(struct overlay *o)
{
	void *memory = take_memory(MEMORY_LEN);

	if (memory == NULL ||
	    tzvmm_ramdisk_init(&o->memory, memory, MEMORY_LEN) != TZVMM_OK) {
		return "disk: no memory for its overlay";
	}
	o->soon = o->memory.dev;
	o->soon.ops = &soon_ops;
	o->soon.ctx = o;
	return NULL;
}

/* ---- Commit ------------------------------------------------------------- */

static uint8_t bounce[BOUNCE_SECTORS * TZVMM_SECTOR_LEN] __attribute__((aligned(64)));
static bool committed = true;
static enum tzvmm_status commit_status;

static void on_commit(struct tzvmm_overlay_commit *commit, enum tzvmm_status status)
{
	(void)commit;
	commit_status = status;
	committed = true;
}

static bool is_committed(void)
{
	overlays_run();
	return committed;
}

/* Do what takes a commit, and wait for it. */
static enum tzvmm_status
work(struct tzvmm_overlay *overlay,
     enum tzvmm_status (*start)(struct tzvmm_overlay *, struct tzvmm_overlay_commit *))
{
	static struct tzvmm_overlay_commit commit;
	enum tzvmm_status status;

	if (!committed) {
		return TZVMM_E_BUSY; /* one that did not end in time */
	}
	commit = (struct tzvmm_overlay_commit){
		.bounce = bounce,
		.nr_sectors = BOUNCE_SECTORS,
		.done = on_commit,
	};
	committed = false;
	status = start(overlay, &commit);
	if (status != TZVMM_OK) {
		committed = true;
		return status;
	}
	return card_wait(is_committed) ? commit_status : TZVMM_E_TIMEOUT;
}

/* Behind a commit that the card may not have taken. Its disk shows what should be
 * there now, from the store, so a guest can have it: half of it must not be seen,
 * and the rest of the board goes on. */
static bool is_usable(struct tzvmm_overlay *overlay, enum tzvmm_status status)
{
	if (status != TZVMM_OK && tzvmm_overlay_sealed(overlay)) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR,
			  "disk: its overlay's commit cannot be ended; until then "
			  "it takes no writes");
		return true;
	}
	return status == TZVMM_OK;
}

static const char *recover(struct tzvmm_overlay *overlay)
{
	const enum tzvmm_status status = work(overlay, tzvmm_overlay_recover);

	if (is_usable(overlay, status)) {
		return NULL;
	}
	return status == TZVMM_E_FORMAT
		       ? "disk: its overlay's store has a commit of another disk"
		       : "disk: its overlay's store cannot be read";
}

static const char *discard(struct tzvmm_overlay *overlay)
{
	const enum tzvmm_status status =
		tzvmm_overlay_sealed(overlay) ? work(overlay, tzvmm_overlay_commit)
					      : tzvmm_overlay_discard(overlay);

	return is_usable(overlay, status) ? NULL : "an overlay is in use";
}

/* ---- Overlays ----------------------------------------------------------- */

const char *overlay_open(const struct tzvmm_partition *base, const char *store,
			 const struct tzvmm_blkdev **dev)
{
	struct overlay *o = &overlays[nr_overlays];
	const bool in_memory = store[0] == '\0';
	const uint64_t nr_map = TZVMM_OVERLAY_NR_MAP(base->dev.nr_sectors);
	const struct tzvmm_overlay_setup setup = {
		.name = "overlay",
		.sys = &platform_sys,
		.base = &base->dev,
		.store = in_memory ? &o->soon : &o->partition.dev,
		.map = take_memory(nr_map * sizeof(uint32_t)),
		.nr_map = nr_map,
		.jobs = o->jobs,
		.nr_jobs = NR_JOBS,
		.children = o->children,
		.nr_children = NR_CHILDREN,
		.sg = o->sg,
		.nr_sg = NR_SG,
		/* Memory is empty behind a power cut, and the log with it. */
		.log = !in_memory,
		.base_id = tzvmm_partition_start(base),
	};
	const char *failed =
		in_memory ? open_memory(o)
			  : card_open(&o->client, &o->partition, store, false, true);

	if (failed != NULL) {
		return failed;
	}
	if (setup.map == NULL) {
		return "disk: no memory for its overlay's map";
	}
	if (tzvmm_overlay_init(&o->overlay, &setup) != TZVMM_OK) {
		return "disk: its overlay's store cannot be used";
	}
	nr_overlays++;
	*dev = &o->overlay.dev;
	return in_memory ? NULL : recover(&o->overlay);
}

/* A store on the card has an empty ramdisk. */
void overlays_run(void)
{
	for (uint32_t i = 0; i < nr_overlays; i++) {
		if (tzvmm_ramdisk_run(&overlays[i].memory, RUN_SECTORS)) {
			platform_soon();
		}
		tzvmm_overlay_run(&overlays[i].overlay);
	}
}

bool overlays_busy(void)
{
	for (uint32_t i = 0; i < nr_overlays; i++) {
		if (tzvmm_ramdisk_run(&overlays[i].memory, 0)) {
			return true;
		}
	}
	return false;
}

const char *overlays_discard(void)
{
	const char *failed = NULL;

	for (uint32_t i = 0; i < nr_overlays && failed == NULL; i++) {
		failed = discard(&overlays[i].overlay);
	}
	return failed;
}

const char *overlays_commit(void)
{
	for (uint32_t i = 0; i < nr_overlays; i++) {
		const enum tzvmm_status status =
			work(&overlays[i].overlay, tzvmm_overlay_commit);

		if (status != TZVMM_OK) {
			tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "overlay %u: %s",
				  (unsigned)i, tzvmm_status_name(status));
			return "an overlay was not committed";
		}
	}
	return NULL;
}
