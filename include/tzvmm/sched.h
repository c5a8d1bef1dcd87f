/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_SCHED_H
#define TZVMM_SCHED_H

/** @file
 * Several clients of one block device: fair by bytes, with a bound for what any of
 * them has at the device, so that none waits for long. Their requests are recorded
 * here, where all of them pass. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/blk.h>
#include <tzvmm/port/port.h>
#include <tzvmm/record.h>
#include <tzvmm/status.h>

/** Sectors that a client may send before it is another one's turn: 128 KiB. */
#define TZVMM_SCHED_QUANTUM 256u
/** Sectors at the device after which requests wait: 1 MiB, 42 ms of a card at
 * 25 MB/s. Enough to keep it busy with one large transfer and the next. */
#define TZVMM_SCHED_WINDOW 2048u
/** Sectors that an erase counts for, whatever its size: all of the window, so that
 * it is alone at the device and others wait for one at most. It may take seconds. */
#define TZVMM_SCHED_ERASE TZVMM_SCHED_WINDOW

struct tzvmm_sched;

/** A client: a block device as large as the shared one. */
struct tzvmm_sched_client {
	struct tzvmm_blkdev dev; /**< What the client, or its partition, uses. */
	/** @cond PRIVATE */
	struct tzvmm_sched *sched;
	struct tzvmm_sched_client *next; /* in a ring of all */
	struct tzvmm_blk_req *head;      /* those that wait */
	struct tzvmm_blk_req **tail;
	uint32_t credit; /* sectors that it may still send in this round */
	uint8_t number;  /* of the recorder's entries */

	/** @endcond */
};

/** A shared device. */
struct tzvmm_sched {
	/** @cond PRIVATE */
	const struct tzvmm_blkdev *below;
	const struct tzvmm_sys *sys;
	struct tzvmm_record *record;
	struct tzvmm_sched_client *turn; /* NULL: no clients yet */
	uint32_t nr_clients;
	uint32_t nr_waiting; /* requests */
	uint32_t nr_below;   /* requests at the device */
	uint32_t sectors;    /* of these */

	/** @endcond */
};

/** Share a device.
 *
 * @param sched  Caller's memory; must not move.
 * @param below  The device; borrowed, used by nobody else from now on.
 * @param sys    The clock; borrowed.
 * @param record Where requests are recorded, or NULL; borrowed. */
void tzvmm_sched_init(struct tzvmm_sched *sched, const struct tzvmm_blkdev *below,
		      const struct tzvmm_sys *sys, struct tzvmm_record *record);

/** Add a client. Numbers go up from 0 in the order of calls.
 *
 * Requests of one client reach the device in the order in which they came, and a
 * flush covers what was answered before it, as everywhere.
 *
 * @param client Caller's memory; must not move.
 * @param sched  Initialised.
 * @retval TZVMM_OK     client->dev can be used.
 * @retval TZVMM_E_FULL There are 256 clients. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_sched_add(struct tzvmm_sched_client *client,
						  struct tzvmm_sched *sched);

/** Whether a request is at the device or waits.
 *
 * @param sched Initialised.
 * @return Its state. */
static inline bool tzvmm_sched_busy(const struct tzvmm_sched *sched)
{
	return sched->nr_below != 0u;
}

/** How many requests there are.
 *
 * @param sched   Initialised.
 * @param waiting Set to those that wait.
 * @return Those at the device. */
static inline uint32_t tzvmm_sched_nr(const struct tzvmm_sched *sched,
				      uint32_t *waiting)
{
	*waiting = sched->nr_waiting;
	return sched->nr_below;
}

#endif /* TZVMM_SCHED_H */
