// SPDX-License-Identifier: BSD-2-Clause
/* Split virtqueue, device side [VIRTIO 2.6].
 *
 * One invariant carries the error handling: published, returned, taken and seen
 * follow each other modulo 65536, and a queue that is stopped or broken has all
 * of them equal. Then pop finds nothing and asks why, push has nothing that
 * could be returned, flush has nothing to publish, and none of them needs a
 * check of the queue's state on its fast path. */

#include <stddef.h>

#include <tzvmm/shared.h>
#include <tzvmm/virtqueue.h>

static __attribute__((noinline)) void vq_break(struct tzvmm_virtqueue *vq,
					       enum tzvmm_vq_fault fault)
{
	*vq = (struct tzvmm_virtqueue){ .fault = (uint8_t)fault };
}

static bool is_aligned(const void *va, uintptr_t align)
{
	return ((uintptr_t)va & (align - 1u)) == 0u;
}

enum tzvmm_status tzvmm_vq_start(struct tzvmm_virtqueue *vq,
				 const struct tzvmm_gmem *mem,
				 const struct tzvmm_vq_place *place,
				 uint32_t max_size, uint64_t features)
{
	const uint32_t size = place->guest_size;
	const void *desc, *avail;
	void *used;

	if (size == 0u || size > max_size || size > TZVMM_VIRTQ_MAX_SIZE ||
	    (size & (size - 1u)) != 0u) {
		return TZVMM_E_GUEST;
	}
	/* [VIRTIO 2.6] Both rings end in a 2-byte event index. */
	desc = tzvmm_gmem_at(mem, place->guest_desc, 16u * (uint64_t)size);
	avail = tzvmm_gmem_at(mem, place->guest_driver, 6u + 2u * (uint64_t)size);
	used = tzvmm_gmem_at(mem, place->guest_device, 6u + 8u * (uint64_t)size);
	if (desc == NULL || avail == NULL || used == NULL ||
	    !is_aligned(desc, 16) || !is_aligned(avail, 2) || !is_aligned(used, 4)) {
		return TZVMM_E_GUEST;
	}
	*vq = (struct tzvmm_virtqueue){
		.mem = mem,
		.window = mem->windows,
		.desc = desc,
		.avail = avail,
		.used = used,
		.size = (uint16_t)size,
		.indirect = (features & TZVMM_VIRTIO_F_INDIRECT_DESC) != 0u,
		.event_idx = (features & TZVMM_VIRTIO_F_EVENT_IDX) != 0u,
	};
	return TZVMM_OK;
}

void tzvmm_vq_stop(struct tzvmm_virtqueue *vq)
{
	vq_break(vq, TZVMM_VQ_FINE);
}

/* Ask to be notified of the chain after the last one taken, and look once more:
 * a driver that added it before it could see the wish will not notify. */
static uint16_t vq_arm(const struct tzvmm_virtqueue *vq)
{
	tzvmm_shared_write16(&vq->used->ring[vq->size], vq->taken);
	tzvmm_shared_fence(memory_order_seq_cst);
	return tzvmm_shared_read16(&vq->avail->idx);
}

/* Look for new chains after all seen ones were taken. */
static enum tzvmm_status vq_look(struct tzvmm_virtqueue *vq)
{
	uint16_t idx, out;

	if (!tzvmm_vq_is_live(vq)) {
		return vq->fault == TZVMM_VQ_FINE ? TZVMM_E_EMPTY : TZVMM_E_GUEST;
	}
	idx = tzvmm_shared_read16(&vq->avail->idx);
	if (idx == vq->taken && vq->event_idx) {
		idx = vq_arm(vq);
	}
	if (idx == vq->taken) {
		return TZVMM_E_EMPTY;
	}
	/* The driver cannot know yet that a chain is back which was not
	 * published, and each holds a descriptor at least. This bounds what is
	 * in flight, and what one batch can take. */
	out = (uint16_t)(vq->taken - vq->published);
	if ((uint16_t)(idx - vq->taken) > vq->size - out) {
		vq_break(vq, TZVMM_VQ_BAD_AVAIL);
		return TZVMM_E_GUEST;
	}
	vq->seen = idx;
	/* What the driver wrote before the index is read after it. */
	tzvmm_shared_fence(memory_order_acquire);
	return TZVMM_OK;
}

/* Buffers come in runs from the same window: look into the others only when the
 * last one fails. off is the distance from that one. */
static __attribute__((noinline)) void *vq_search(struct tzvmm_virtqueue *vq,
						 uint64_t off, uint32_t len)
{
	const uint64_t addr = vq->window->ipa + off;

	for (size_t i = 0; i < vq->mem->nr_windows; i++) {
		const struct tzvmm_window *win = &vq->mem->windows[i];

		if (tzvmm_window_holds(win, addr - win->ipa, len)) {
			vq->window = win;
			return win->va + (size_t)(addr - win->ipa);
		}
	}
	return NULL;
}

/* The entries of an indirect table, or 0 if the descriptor may not name one: it is
 * the first that does, ends its chain, and the table can be read. The queue's own
 * table would be entered without end. */
static __attribute__((noinline)) uint32_t
vq_enter(const struct tzvmm_virtqueue *vq, const struct tzvmm_abi_virtq_desc *from,
	 uint64_t rest, const void *table)
{
	const uint64_t bad = 15u | (uint64_t)TZVMM_VIRTQ_NEXT << 32;

	return vq->indirect && from == vq->desc && table != vq->desc &&
			       (rest & bad) == 0u && is_aligned(table, 8)
		       ? (uint32_t)rest / 16u
		       : 0u;
}

/* Walk a chain. The list's end is the loop guard: a loop never ends, so it
 * fills the list. */
static inline enum tzvmm_vq_fault vq_walk(struct tzvmm_virtqueue *vq, uint32_t index,
					  struct tzvmm_sg *sg, uint32_t max_sg,
					  struct tzvmm_vq_chain *chain)
{
	const struct tzvmm_abi_virtq_desc *table = vq->desc;
	const struct tzvmm_sg *const end = sg + max_sg;
	struct tzvmm_sg *at = sg;
	uint32_t nr_table = vq->size;
	uint32_t total = 0, dir = 0;
	uint32_t flags;

	do {
		const struct tzvmm_abi_virtq_desc *desc;
		uint64_t off, rest;
		uint32_t len;
		void *va;

		if (index >= nr_table) {
			return TZVMM_VQ_BAD_INDEX;
		}
		desc = &table[index];
		off = tzvmm_shared_read64(&desc->addr) - vq->window->ipa;
		rest = tzvmm_shared_read64(&desc->rest);
		len = (uint32_t)rest;
		flags = (uint32_t)(rest >> 32); /* and next above them */
		index = flags >> 16;

		if (tzvmm_window_holds(vq->window, off, len)) {
			va = vq->window->va + (size_t)off;
		} else {
			va = vq_search(vq, off, len);
			if (va == NULL) {
				return TZVMM_VQ_BAD_MEMORY;
			}
		}
		/* One test for all that is not another piece like the last. */
		if (((flags ^ dir) & (TZVMM_VIRTQ_WRITE | TZVMM_VIRTQ_INDIRECT)) !=
		    0u) {
			if ((flags & TZVMM_VIRTQ_INDIRECT) != 0u) {
				nr_table = vq_enter(vq, table, rest, va);
				if (nr_table == 0u) {
					return TZVMM_VQ_BAD_INDIRECT;
				}
				table = va;
				index = 0;
				flags = TZVMM_VIRTQ_NEXT;
				continue;
			}
			if (dir != 0u) {
				return TZVMM_VQ_BAD_ORDER;
			}
			dir = TZVMM_VIRTQ_WRITE;
			chain->nr_out = (uint16_t)(at - sg);
			chain->out_len = total;
		}
		if (at == end || __builtin_add_overflow(total, len, &total)) {
			return TZVMM_VQ_TOO_LONG;
		}
		at->va = va;
		at->len = len;
		at++;
	} while ((flags & TZVMM_VIRTQ_NEXT) != 0u);

	if (dir == 0u) {
		chain->nr_out = (uint16_t)(at - sg);
		chain->out_len = total;
	}
	chain->nr = (uint16_t)(at - sg);
	chain->len = total;
	return TZVMM_VQ_FINE;
}

/* Take the next chain of those seen. */
static __attribute__((noinline)) enum tzvmm_status
vq_take(struct tzvmm_virtqueue *vq, struct tzvmm_sg *sg, uint32_t max_sg,
	struct tzvmm_vq_chain *chain)
{
	const uint16_t head =
		tzvmm_shared_read16(&vq->avail->ring[vq->taken & (vq->size - 1u)]);
	enum tzvmm_vq_fault fault;

	chain->head = head;
	fault = vq_walk(vq, head, sg, max_sg, chain);
	if (fault != TZVMM_VQ_FINE) {
		vq_break(vq, fault);
		return TZVMM_E_GUEST;
	}
	vq->taken++;
	return TZVMM_OK;
}

static __attribute__((noinline)) enum tzvmm_status
vq_look_and_take(struct tzvmm_virtqueue *vq, struct tzvmm_sg *sg, uint32_t max_sg,
		 struct tzvmm_vq_chain *chain)
{
	const enum tzvmm_status st = vq_look(vq);

	return st == TZVMM_OK ? vq_take(vq, sg, max_sg, chain) : st;
}

enum tzvmm_status tzvmm_vq_pop(struct tzvmm_virtqueue *vq, struct tzvmm_sg *sg,
			       uint32_t max_sg, struct tzvmm_vq_chain *chain)
{
	/* Two jumps, so that neither costs the registers of the other. */
	return vq->taken == vq->seen ? vq_look_and_take(vq, sg, max_sg, chain)
				     : vq_take(vq, sg, max_sg, chain);
}

bool tzvmm_vq_has_chain(const struct tzvmm_virtqueue *vq)
{
	return tzvmm_vq_is_live(vq) &&
	       (vq->taken != vq->seen ||
		tzvmm_shared_read16(&vq->avail->idx) != vq->taken);
}

bool tzvmm_vq_push(struct tzvmm_virtqueue *vq, uint16_t head, uint32_t len)
{
	struct tzvmm_abi_virtq_used_elem *elem;

	if (vq->returned == vq->taken) {
		return false;
	}
	elem = &vq->used->ring[vq->returned & (vq->size - 1u)];
	tzvmm_shared_write32(&elem->id, head);
	tzvmm_shared_write32(&elem->len, len);
	vq->returned++;
	return true;
}

bool tzvmm_vq_flush(struct tzvmm_virtqueue *vq)
{
	const uint16_t before = vq->published, now = vq->returned;
	uint16_t event;

	if (before == now) {
		return false;
	}
	/* Answers and used elements are there before the index says so. */
	tzvmm_shared_fence(memory_order_release);
	tzvmm_shared_write16(&vq->used->idx, now);
	vq->published = now;
	/* [VIRTIO 2.6.7.2] The driver sets its wish, then looks at the index; we
	 * set the index, then look at the wish. One of us sees the other. */
	tzvmm_shared_fence(memory_order_seq_cst);
	if (!vq->event_idx) {
		return (tzvmm_shared_read16(&vq->avail->flags) &
			TZVMM_VIRTQ_NO_INTERRUPT) == 0u;
	}
	event = tzvmm_shared_read16(&vq->avail->ring[vq->size]);
	return (uint16_t)(now - event - 1u) < (uint16_t)(now - before);
}
