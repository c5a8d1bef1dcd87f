// SPDX-License-Identifier: BSD-2-Clause
/* A queue whose driver does mostly what it should. Whatever it does, pieces lie
 * in guest memory, no more chains are out than the queue has descriptors, each
 * goes back once, and nothing but the used ring is written. */

#include <string.h>

#include <tzvmm/virtqueue.h>

#include "fuzz_input.h"

#define RAM 0x78000000u
#define RAM_LEN 0x4000u
#define HIGH 0x88000000u
#define HIGH_LEN 0x1000u
#define MAX_SIZE 64u
#define MAX_SG 24u
#define DESC 0x0000u
#define AVAIL 0x0400u
#define USED 0x0800u
#define TABLE 0x1000u
#define BUFFERS 0x2000u

struct fuzz {
	struct fuzz_input in;
	uint8_t *low, *high;
	struct tzvmm_window windows[2];
	struct tzvmm_gmem mem;
	struct tzvmm_virtqueue vq;
	uint32_t size;
	uint16_t avail;    /* the driver's */
	uint16_t returned; /* chains pushed since the start */
	uint16_t held[MAX_SIZE];
	uint32_t nr_held;
};

static void start(struct fuzz *fz)
{
	const uint64_t features = (uint64_t)(fuzz_take8(&fz->in) & 3u)
				  << 28; /* INDIRECT, EVENT_IDX */
	struct tzvmm_vq_place place = { RAM + DESC, RAM + AVAIL, RAM + USED, 0 };

	tzvmm_vq_stop(&fz->vq);
	fz->size = 1u << fuzz_take8(&fz->in) % 7u;
	place.guest_size = fz->size;
	memset(fz->low + AVAIL, 0, 4);
	memset(fz->low + USED, 0, 4);
	fz->avail = 0;
	fz->returned = 0;
	fz->nr_held = 0;
	require(tzvmm_vq_start(&fz->vq, &fz->mem, &place, MAX_SIZE, features) ==
		TZVMM_OK);
}

/* A start at any place: it may refuse, it may not crash. */
static void start_anywhere(struct fuzz *fz)
{
	struct tzvmm_vq_place place = {
		fuzz_take64(&fz->in),
		fuzz_take64(&fz->in),
		fuzz_take64(&fz->in),
		fuzz_take32(&fz->in),
	};
	struct tzvmm_virtqueue vq = { 0 };

	if (tzvmm_vq_start(&vq, &fz->mem, &place, MAX_SIZE, 0) == TZVMM_OK) {
		require(place.guest_size <= MAX_SIZE);
	}
}

static uint64_t any_address(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->in);

	if (kind < 200u) {
		return RAM + BUFFERS + 8u * (uint64_t)fuzz_take8(&fz->in);
	}
	if (kind < 230u) {
		return HIGH + fuzz_take16(&fz->in) % HIGH_LEN;
	}
	if (kind < 240u) {
		return RAM + fuzz_take16(&fz->in);
	}
	return fuzz_take64(&fz->in);
}

/* A descriptor of a table in the low window: mostly a small piece that goes on
 * with the next one. */
static void put_desc(struct fuzz *fz, uint32_t table, uint32_t i, uint32_t nr)
{
	const uint8_t kind = fuzz_take8(&fz->in);
	uint64_t addr = any_address(fz);
	uint32_t len = 1u + fuzz_take8(&fz->in);
	uint16_t flags = kind & 3u, next = (uint16_t)((i + 1u) % nr);

	if (kind >= 240u) {
		addr = RAM + TABLE + 8u * (kind & 1u);
		len = 16u * (1u + fuzz_take8(&fz->in) % 8u) + (kind == 240u);
		flags = 4u | (kind == 241u);
	} else if (kind >= 224u) {
		len = fuzz_take32(&fz->in);
		flags = fuzz_take16(&fz->in);
		next = fuzz_take16(&fz->in);
	}
	memcpy(fz->low + table + 16u * i, &addr, 8);
	memcpy(fz->low + table + 16u * i + 8u, &len, 4);
	memcpy(fz->low + table + 16u * i + 12u, &flags, 2);
	memcpy(fz->low + table + 16u * i + 14u, &next, 2);
}

static void publish(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->in);
	uint16_t head = kind % fz->size;

	if (kind >= 252u) {
		head = fuzz_take16(&fz->in);
		fz->avail = (uint16_t)(fz->avail + fuzz_take8(&fz->in));
	}
	memcpy(fz->low + AVAIL + 4u + 2u * (fz->avail % fz->size), &head, 2);
	fz->avail++;
	memcpy(fz->low + AVAIL + 2u, &fz->avail, 2);
}

static bool is_inside(const struct fuzz *fz, const struct tzvmm_sg *sg)
{
	const uint8_t *va = sg->va;

	return sg->len != 0u &&
	       ((va >= fz->low && va + sg->len <= fz->low + RAM_LEN) ||
		(va >= fz->high && va + sg->len <= fz->high + HIGH_LEN));
}

static void pop(struct fuzz *fz)
{
	struct tzvmm_sg sg[MAX_SG];
	struct tzvmm_vq_chain chain;
	uint64_t sums[2] = { 0, 0 };
	const enum tzvmm_status st = tzvmm_vq_pop(&fz->vq, sg, MAX_SG, &chain);

	if (st != TZVMM_OK) {
		require(st == TZVMM_E_EMPTY || st == TZVMM_E_GUEST);
		require(tzvmm_vq_is_live(&fz->vq) == (st == TZVMM_E_EMPTY));
		return;
	}
	require(chain.nr_out <= chain.nr && chain.nr >= 1u && chain.nr <= MAX_SG);
	require(chain.head < fz->size);
	for (uint32_t i = 0; i < chain.nr; i++) {
		require(is_inside(fz, &sg[i]));
		sums[i >= chain.nr_out] += sg[i].len;
	}
	require(sums[0] == chain.out_len && sums[1] == tzvmm_vq_in_len(&chain));
	require(fz->nr_held < fz->size);
	fz->held[fz->nr_held++] = chain.head;
}

static void push(struct fuzz *fz)
{
	const uint32_t i = fz->nr_held == 0u ? 0u : fuzz_take8(&fz->in) % fz->nr_held;
	const bool live = tzvmm_vq_is_live(&fz->vq);
	const uint16_t head = fz->nr_held == 0u ? 0 : fz->held[i];

	require(tzvmm_vq_push(&fz->vq, head, 1) == (live && fz->nr_held != 0u));
	if (live && fz->nr_held != 0u) {
		fz->held[i] = fz->held[--fz->nr_held];
		fz->returned++;
	}
}

static void flush(struct fuzz *fz)
{
	(void)!tzvmm_vq_flush(&fz->vq);
	/* What the driver makes of the ring does not reach our index. */
	if (tzvmm_vq_is_live(&fz->vq)) {
		require(fz->vq.published == fz->returned);
	}
}

static void step(struct fuzz *fz)
{
	static const struct tzvmm_virtqueue stopped;
	const uint8_t kind = fuzz_take8(&fz->in);
	uint32_t at;

	switch (kind % 16u) {
	case 0:
	case 1:
	case 2:
	case 3:
		put_desc(fz, DESC, fuzz_take8(&fz->in) % fz->size, fz->size);
		break;
	case 4:
	case 5:
		put_desc(fz, TABLE, fuzz_take8(&fz->in) % 8u, 8);
		break;
	case 6:
	case 7:
	case 8:
		publish(fz);
		break;
	case 9:
	case 10:
		pop(fz);
		break;
	case 11:
		push(fz);
		break;
	case 12:
		flush(fz);
		break;
	case 13:
		at = fuzz_take16(&fz->in) % RAM_LEN;
		fz->low[at] = fuzz_take8(&fz->in);
		break;
	case 14:
		fuzz_set_racing((kind & 16u) != 0u);
		break;
	default:
		if (kind > 200u) {
			start_anywhere(fz);
		} else {
			fz->vq = stopped;
			start(fz);
		}
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz fz = { .low = aligned_alloc(4096, RAM_LEN),
			   .high = aligned_alloc(4096, HIGH_LEN) };

	require(fz.low != NULL && fz.high != NULL);
	memset(fz.low, 0, RAM_LEN);
	memset(fz.high, 0, HIGH_LEN);
	fz.windows[0] = (struct tzvmm_window){ RAM, RAM_LEN, fz.low };
	fz.windows[1] = (struct tzvmm_window){ HIGH, HIGH_LEN, fz.high };
	fz.mem = (struct tzvmm_gmem){ fz.windows, 2 };
	fuzz_input_init(&fz.in, data, size);
	start(&fz);
	while (fz.in.left != 0u) {
		step(&fz);
	}
	free(fz.low);
	free(fz.high);
	return 0;
}
