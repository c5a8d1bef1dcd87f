/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_OVERLAY_H
#define TZVMM_OVERLAY_H

/** @file
 * A block device whose writes land somewhere else. The base is read and, but for
 * tzvmm_overlay_commit(), never written; what is written goes to the store, another
 * block device, and is forgotten at reset. docs/overlay.md has the whole of it. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/abi/overlay.h>
#include <tzvmm/blk.h>
#include <tzvmm/log.h>
#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Sectors that are placed in the store together. */
#define TZVMM_OVERLAY_CHUNK 8u

/** Places of the map for a base of so many sectors. */
#define TZVMM_OVERLAY_NR_MAP(nr_sectors)                                           \
	((nr_sectors) / TZVMM_OVERLAY_CHUNK +                                      \
	 ((nr_sectors) % TZVMM_OVERLAY_CHUNK != 0u))

/** @cond PRIVATE */
/* A place in a scatter list. */
struct tzvmm_overlay_cursor {
	const struct tzvmm_sg *sg;
	uint32_t at; /* bytes of it that are behind us */
};

/** @endcond */

/** Memory of one request that is being served. */
struct tzvmm_overlay_job {
	/** @cond PRIVATE */
	struct tzvmm_blk_req *req;
	struct tzvmm_overlay_job *next; /* among the free or the waiting ones */
	/* What no child has yet; a flush has a child of no sectors. */
	uint64_t sector;
	uint32_t left;
	bool more;
	struct tzvmm_overlay_cursor pieces;
	uint32_t nr_children; /* at base and store */
	enum tzvmm_status status;

	/** @endcond */
};

/** Memory of one request to base or store. */
struct tzvmm_overlay_child {
	/** @cond PRIVATE */
	struct tzvmm_blk_req blk; /* first: done() casts back */
	struct tzvmm_sg *sg;
	struct tzvmm_overlay_job *job;

	/** @endcond */
};

/** What to make an overlay of. Everything is borrowed and outlives it. */
struct tzvmm_overlay_setup {
	const char *name;                     /**< For logs. */
	const struct tzvmm_sys *sys;          /**< For logs. */
	const struct tzvmm_blkdev *base;      /**< What shows through. Nobody else
					       * writes to it; may be read-only. */
	const struct tzvmm_blkdev *store;     /**< Where writes go; all of it is the
					       * overlay's. May be smaller than the
					       * base. What it holds is not looked
					       * at but for a log, and used up to
					       * 64 GiB. */
	uint32_t *map;                        /**< nr_map places. */
	uint64_t nr_map;                      /**< TZVMM_OVERLAY_NR_MAP() of the
					       * base's sectors, at least. */
	struct tzvmm_overlay_job *jobs;       /**< nr_jobs places. */
	uint32_t nr_jobs;                     /**< Requests served at a time, at
					       * least 1. */
	struct tzvmm_overlay_child *children; /**< nr_children places. */
	uint32_t nr_children;                 /**< Requests at base and store, at
					       * least 1. */
	struct tzvmm_sg *sg;                  /**< nr_children x nr_sg places. */
	uint32_t nr_sg; /**< Pieces of a request, at least 1. */
	bool log;       /**< Keep a log of commits in the store's last sectors (one
			 * of 512, and 2), for a store that outlives a power cut:
			 * see tzvmm_overlay_recover(). */
	uint64_t base_id; /**< With a log: tells bases apart, as its place on a card
			   * does. A log of another one is refused. */
};

/** Counters of an overlay; they wrap. */
struct tzvmm_overlay_stats {
	uint32_t children; /**< Requests that base and store took. */
	uint32_t stalled;  /**< Times that a request waited for a child's place, or
			    * for base or store to have room. */
	uint32_t full;     /**< Writes refused because the store is full. */
	uint32_t failed;   /**< Requests taken that failed. */
	uint32_t sealed;   /**< Writes refused because a commit had failed. */
};

struct tzvmm_overlay;

/** A commit, as a request to the overlay: memory of the submitter, who leaves it
 * and the buffer alone until done() is called. */
struct tzvmm_overlay_commit {
	void *bounce;        /**< Buffer for the way from store to base; aligned to
			      * the overlay's dev.sg_align, out of reach of the
			      * guest. */
	uint32_t nr_sectors; /**< Its sectors, at least 1. */
	/** Called exactly once for a commit that was taken, in the context that runs
	 * the devices' interrupts, never from inside of tzvmm_overlay_commit().
	 * TZVMM_OK: the base holds what was written, durably, and the overlay is
	 * empty. Otherwise, as the device failed: some of it is in the base, and the
	 * overlay is as it was; a commit can be tried again. With a log, writes and a
	 * discard are refused until it has succeeded. */
	void (*done)(struct tzvmm_overlay_commit *commit, enum tzvmm_status status);
	void *owner; /**< The submitter's. */
	/** @cond PRIVATE */
	struct tzvmm_blk_req blk; /* one after the other */
	struct tzvmm_sg sg;
	struct tzvmm_overlay *overlay;
	unsigned phase; /* see overlay_commit.c */
	bool in_flight;
	/* What of the log is written or read. */
	struct tzvmm_abi_overlay_log log;
	uint32_t at; /* sectors of entries */
	uint32_t crc;
	uint32_t base_crc;
	uint32_t witness; /* the next one */
	uint64_t chunk;   /* of the base */
	uint64_t next_chunk;
	/* What is left of the run that is being copied. */
	uint64_t cursor;
	uint64_t sector;
	uint64_t store_sector;
	uint32_t left;

	/** @endcond */
};

/** An overlay. */
struct tzvmm_overlay {
	struct tzvmm_blkdev dev; /**< What clients use. */
	/** @cond PRIVATE */
	const char *name;
	const struct tzvmm_sys *sys;
	const struct tzvmm_blkdev *base;
	const struct tzvmm_blkdev *store;
	uint32_t *map;      /* see overlay.c */
	uint64_t nr_map;    /* chunks of the base */
	uint32_t nr_chunks; /* of the store */
	uint32_t nr_used;   /* the first ones of them */
	uint32_t nr_busy;   /* jobs not free */
	struct tzvmm_overlay_job *free_jobs;
	struct tzvmm_overlay_child *free_children; /* linked by blk.next */
	/* Jobs that no child was left for; all but the first have none. */
	struct tzvmm_overlay_job *first;
	struct tzvmm_overlay_job *last; /* undefined while there is no first */
	struct tzvmm_overlay_commit *commit;
	bool has_log;
	bool sealed; /* the log's header may be there */
	bool marked; /* it certainly is */
	uint64_t base_id;
	struct tzvmm_overlay_stats stats;
	struct tzvmm_ratelimit limit;

	/** @endcond */
};

/** Make an overlay, with nothing written yet.
 *
 * Its limits are the smaller ones of base, store and nr_sg. Its submit() answers
 * TZVMM_E_IO to a write that the store has no room for, of which nothing is written
 * then. Order is that of any disk: requests that are in flight together may be
 * served in any order.
 *
 * @param overlay Caller's memory; must not move.
 * @param setup   What of.
 * @retval TZVMM_OK       Ready.
 * @retval TZVMM_E_INVAL  A member is missing or too small, the store has no chunk
 * or is the base, or a device wants pieces of more than a sector.
 * @retval TZVMM_E_DENIED The store is read-only.
 * @note Time: linear in the map, as in tzvmm_overlay_discard(). */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_overlay_init(struct tzvmm_overlay *overlay,
		   const struct tzvmm_overlay_setup *setup);

/** Go on with what waits for room at base or store. To be called once after each run
 * of their interrupt handlers and tzvmm_ramdisk_run(), before
 * tzvmm_virtio_blk_run(): others may have taken the room before. Costs little when
 * there is nothing to do. done() of requests may be called from here.
 *
 * @param overlay Overlay. Not from inside of done(). */
void tzvmm_overlay_run(struct tzvmm_overlay *overlay);

/** Find the next run of sectors that were written. Runs are as long as the sectors
 * follow each other both in the base and in the store, but for 65536 at most.
 *
 * @param overlay      Overlay.
 * @param cursor       Where to look from, a sector: 0 at first; moved on.
 * @param sector       Set to the run's first sector.
 * @param store_sector Set to where it is in the store.
 * @param nr_sectors   Set to its length.
 * @return Whether there is one; if not, the results are untouched.
 * @note Time: linear in the part of the map that is passed. */
bool tzvmm_overlay_next_dirty(const struct tzvmm_overlay *overlay, uint64_t *cursor,
			      uint64_t *sector, uint64_t *store_sector,
			      uint32_t *nr_sectors);

/** Forget everything that was written. The store is not wiped, but nothing of it
 * can be read any more.
 *
 * @param overlay Overlay.
 * @retval TZVMM_OK     The base shows through everywhere.
 * @retval TZVMM_E_BUSY Requests or a commit are in flight, or a commit with a log
 * failed; nothing changed. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_overlay_discard(struct tzvmm_overlay *overlay);

/** Whether a commit with a log failed half-way. The base may be a mixture; the
 * overlay reads as if the commit had ended, and refuses writes until it has.
 *
 * @param overlay Overlay.
 * @return Its state. */
static inline bool tzvmm_overlay_sealed(const struct tzvmm_overlay *overlay)
{
	return overlay->commit == NULL && overlay->sealed;
}

/** Write everything that was written to the base, flush that, and forget it.
 *
 * Requests in flight are completed first. From now on until the end submit()
 * answers TZVMM_E_FULL, so clients wait.
 *
 * If power is lost in the middle, each sector of the base is the old or the new
 * one, without any order. With a log, tzvmm_overlay_recover() makes that good:
 * either none of it is in the base, or all of it.
 *
 * @param overlay Overlay.
 * @param commit  What with; the public members are set.
 * @retval TZVMM_OK       commit->done() will be called.
 * @retval TZVMM_E_INVAL  A member is missing, or the buffer misaligned.
 * @retval TZVMM_E_DENIED The base is read-only.
 * @retval TZVMM_E_BUSY   Another commit is in flight.
 * @return Or what base or store refused its first request with. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_overlay_commit(struct tzvmm_overlay *overlay,
		     struct tzvmm_overlay_commit *commit);

/** End a commit that a power cut came in between: if the store has the log of one, as
 * tzvmm_overlay_commit() does, else nothing. To be called once, before any request.
 *
 * @param overlay Overlay with a log, new.
 * @param commit  What with; done(TZVMM_OK) is called as well if there was nothing to
 *                do. TZVMM_E_FORMAT: there is a log, but of another base or store, or
 *                it is damaged, or the base was written by others since; base and
 *                store are as they were, and this overlay must not be used.
 * @retval TZVMM_OK       commit->done() will be called.
 * @retval TZVMM_E_INVAL  As tzvmm_overlay_commit(), or there is no log, or the overlay
 *                        was written to.
 * @retval TZVMM_E_DENIED The base is read-only.
 * @retval TZVMM_E_BUSY   A commit is in flight.
 * @return Or what the store refused the first request with. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_overlay_recover(struct tzvmm_overlay *overlay,
		      struct tzvmm_overlay_commit *commit);

/** What happened so far.
 *
 * @param overlay Overlay.
 * @return Its counters. */
static inline const struct tzvmm_overlay_stats *
tzvmm_overlay_stats(const struct tzvmm_overlay *overlay)
{
	return &overlay->stats;
}

/** Room that is left in the store.
 *
 * @param overlay Overlay.
 * @return Chunks that can still be written for the first time. */
static inline uint32_t tzvmm_overlay_room(const struct tzvmm_overlay *overlay)
{
	return overlay->nr_chunks - overlay->nr_used;
}

#endif /* TZVMM_OVERLAY_H */
