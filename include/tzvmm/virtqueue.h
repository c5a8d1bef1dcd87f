/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_VIRTQUEUE_H
#define TZVMM_VIRTQUEUE_H

/** @file
 * The device side of a split virtqueue whose driver is hostile.
 *
 * Every shared word is read once and the copy is used. A driver that breaks the
 * format breaks its queue: nothing is popped, pushed or read any more until it
 * is started anew, so no head can be lost silently. The used ring is published
 * once a batch: pop and push as often as there is work, then flush. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/abi/virtio.h>
#include <tzvmm/blk.h>
#include <tzvmm/gmem.h>
#include <tzvmm/status.h>

/** What a driver did to break its queue. */
enum tzvmm_vq_fault {
	TZVMM_VQ_FINE,         /**< Nothing. */
	TZVMM_VQ_BAD_AVAIL,    /**< avail.idx is ahead of what can be free. */
	TZVMM_VQ_BAD_INDEX,    /**< Head or next outside of its table. */
	TZVMM_VQ_BAD_MEMORY,   /**< Empty, or not wholly in guest RAM. */
	TZVMM_VQ_BAD_INDIRECT, /**< Not negotiated, nested, chained on, or a
				* table of odd size or alignment. */
	TZVMM_VQ_BAD_ORDER,    /**< Readable after writable. */
	TZVMM_VQ_TOO_LONG,     /**< A loop, or more pieces than were agreed on,
				* or 4 GiB and more. */
	TZVMM_NR_VQ_FAULTS,
};

/** Where a driver put a queue; not checked yet. */
struct tzvmm_vq_place {
	uint64_t guest_desc;   /**< Descriptor table. */
	uint64_t guest_driver; /**< Available ring. */
	uint64_t guest_device; /**< Used ring. */
	uint32_t guest_size;   /**< Entries. */
};

/** The device side of one queue. All zero is a stopped queue. */
struct tzvmm_virtqueue {
	/** @cond PRIVATE */
	const struct tzvmm_window *window; /* of the last buffer */
	const struct tzvmm_gmem *mem;      /* NULL: stopped or broken */
	const struct tzvmm_abi_virtq_desc *desc;
	const struct tzvmm_abi_virtq_avail *avail;
	struct tzvmm_abi_virtq_used *used;
	uint16_t size; /* power of two */
	uint16_t seen; /* avail.idx when last looked at */
	/* published - used - taken - seen, in this order modulo 65536 */
	uint16_t taken;     /* chains popped; next place in avail.ring */
	uint16_t returned;  /* chains pushed; next place in used.ring */
	uint16_t published; /* what used.idx says */
	bool indirect;
	bool event_idx;
	uint8_t fault;

	/** @endcond */
};

/** @cond PRIVATE */
_Static_assert(sizeof(struct tzvmm_virtqueue) <= 64, "one cache line a queue");
/** @endcond */

/** A popped chain: sg[0 .. nr_out-1] is for reading, sg[nr_out .. nr-1] for
 * writing. */
struct tzvmm_vq_chain {
	uint16_t head;    /**< Its name, for tzvmm_vq_push(). */
	uint16_t nr_out;  /**< Pieces that the driver filled. */
	uint16_t nr;      /**< Pieces in all. */
	uint32_t out_len; /**< Bytes that the driver filled. */
	uint32_t len;     /**< Bytes in all. */
};

/** Bytes that the device fills.
 *
 * @param chain Popped.
 * @return Their number. */
static inline uint32_t tzvmm_vq_in_len(const struct tzvmm_vq_chain *chain)
{
	return chain->len - chain->out_len;
}

/** Start a queue after checking all of its place.
 *
 * @param vq       Stopped queue.
 * @param mem      Guest memory; borrowed, must outlive the queue's use.
 * @param place    Where the driver put it; any values.
 * @param max_size Largest size that the device agreed to.
 * @param features What device and driver agreed on.
 * @retval TZVMM_OK      Started, nothing taken yet.
 * @retval TZVMM_E_GUEST Size no power of two or above @p max_size, a part
 *                       misaligned or not inside of one window; @p vq is
 *                       unchanged. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_vq_start(struct tzvmm_virtqueue *vq, const struct tzvmm_gmem *mem,
	       const struct tzvmm_vq_place *place, uint32_t max_size,
	       uint64_t features);

/** Stop a queue and forget everything. Chains that are out stay unreturned: a
 * later push is ignored.
 *
 * @param vq Any queue. */
void tzvmm_vq_stop(struct tzvmm_virtqueue *vq);

/** Whether a queue is started and was not broken.
 *
 * @param vq Any queue.
 * @return Its state. */
static inline bool tzvmm_vq_is_live(const struct tzvmm_virtqueue *vq)
{
	return vq->mem != NULL;
}

/** Whether the driver has queued a chain. Unlike tzvmm_vq_pop() it does not ask to
 * be notified of one.
 *
 * @param vq Any queue.
 * @return false if there is none, or the queue is not live. */
bool tzvmm_vq_has_chain(const struct tzvmm_virtqueue *vq);

/** What broke a queue.
 *
 * @param vq Any queue.
 * @return TZVMM_VQ_FINE unless it is broken. */
static inline enum tzvmm_vq_fault tzvmm_vq_fault(const struct tzvmm_virtqueue *vq)
{
	return (enum tzvmm_vq_fault)vq->fault;
}

/** Take the next chain and translate it.
 *
 * When it finds nothing it arms the driver's notification, where that was
 * negotiated, and looks again, so a device that saw TZVMM_E_EMPTY will be
 * notified of the next chain.
 *
 * @param vq     Queue.
 * @param sg     Filled with the pieces; they are guest memory and may change at
 *               any time.
 * @param max_sg Places in @p sg, at most 65535; a longer chain breaks the queue.
 * @param chain  Filled; worth something on success only.
 * @retval TZVMM_OK      Taken; to be pushed exactly once.
 * @retval TZVMM_E_EMPTY Nothing there, or the queue is stopped.
 * @retval TZVMM_E_GUEST The queue is broken, now or since before.
 * @note Time: linear in the chain's length, which @p max_sg bounds. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_vq_pop(struct tzvmm_virtqueue *vq,
					       struct tzvmm_sg *sg, uint32_t max_sg,
					       struct tzvmm_vq_chain *chain);

/** Return a chain. The driver sees it after the next flush.
 *
 * @param vq   Queue.
 * @param head From tzvmm_vq_pop().
 * @param len  Bytes written, counted from the chain's first writable byte.
 * @return Whether it was returned; false if the queue has been broken or
 *         stopped since: the chain's memory is not the device's any more. */
bool tzvmm_vq_push(struct tzvmm_virtqueue *vq, uint16_t head, uint32_t len);

/** Publish what was pushed since the last flush.
 *
 * @param vq Queue.
 * @return Whether the driver wants an interrupt for it. */
TZVMM_NODISCARD bool tzvmm_vq_flush(struct tzvmm_virtqueue *vq);

#endif /* TZVMM_VIRTQUEUE_H */
