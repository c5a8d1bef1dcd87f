// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/shared.h>

#include "shared_model.h"

#define MAX_EVENTS 65536u

static struct {
	struct shared_event events[MAX_EVENTS];
	unsigned nr_events; /* those beyond the table are counted, not kept */
	unsigned count[3];
	void (*on_read)(void *ctx, void *at, size_t size);
	void *ctx;
	bool poison;
} model;

void shared_model_reset(void)
{
	shared_model_clear();
	model.on_read = NULL;
	model.poison = false;
}

void shared_model_clear(void)
{
	model.nr_events = 0;
	memset(model.count, 0, sizeof(model.count));
}

void shared_model_on_read(void (*hook)(void *ctx, void *at, size_t size), void *ctx)
{
	model.on_read = hook;
	model.ctx = ctx;
}

void shared_model_poison(bool on)
{
	model.poison = on;
}

unsigned shared_model_count(enum shared_kind kind)
{
	return model.count[kind];
}

const struct shared_event *shared_model_event(unsigned n)
{
	return n < model.nr_events ? &model.events[n] : NULL;
}

bool shared_model_read_twice(const void *except)
{
	for (unsigned i = 0; i < model.nr_events; i++) {
		const struct shared_event *a = &model.events[i];

		for (unsigned j = 0;
		     j < i && a->kind == SHARED_READ && a->at != except; j++) {
			const struct shared_event *b = &model.events[j];
			const uintptr_t at_a = (uintptr_t)a->at;
			const uintptr_t at_b = (uintptr_t)b->at;

			if (b->kind == SHARED_READ && at_a < at_b + b->size &&
			    at_b < at_a + a->size) {
				return true;
			}
		}
	}
	return false;
}

unsigned shared_model_find(enum shared_kind kind, const void *at)
{
	for (unsigned i = 0; i < model.nr_events; i++) {
		if (model.events[i].kind == kind && model.events[i].at == at) {
			return i;
		}
	}
	fail_msg("no such access");
	return 0;
}

bool shared_model_fenced(unsigned from, unsigned to, memory_order order)
{
	for (unsigned i = from + 1u; i < to; i++) {
		const struct shared_event *event = &model.events[i];

		if (event->kind == SHARED_FENCE &&
		    (event->order == order || event->order == memory_order_seq_cst)) {
			return true;
		}
	}
	return false;
}

static void note(struct shared_event event)
{
	if (model.nr_events < MAX_EVENTS) {
		model.events[model.nr_events++] = event;
	}
	model.count[event.kind]++;
}

static void read_shared(void *to, const void *at, size_t size)
{
	/* The guest may write what the device may only read. */
	void *guest = (void *)(uintptr_t)at;

	assert_int_equal((uintptr_t)at % size, 0);
	memcpy(to, at, size);
	note((struct shared_event){ .kind = SHARED_READ, .at = at, .size = size });
	if (model.poison) {
		memset(guest, 0xA5, size);
	}
	if (model.on_read != NULL) {
		model.on_read(model.ctx, guest, size);
	}
}

static void write_shared(void *at, const void *from, size_t size)
{
	assert_int_equal((uintptr_t)at % size, 0);
	note((struct shared_event){ .kind = SHARED_WRITE, .at = at, .size = size });
	memcpy(at, from, size);
}

uint8_t tzvmm_shared_read8(const void *at)
{
	uint8_t value;

	read_shared(&value, at, sizeof(value));
	return value;
}

uint16_t tzvmm_shared_read16(const void *at)
{
	uint16_t value;

	read_shared(&value, at, sizeof(value));
	return value;
}

uint64_t tzvmm_shared_read64(const void *at)
{
	uint64_t value;

	read_shared(&value, at, sizeof(value));
	return value;
}

void tzvmm_shared_write8(void *at, uint8_t value)
{
	write_shared(at, &value, sizeof(value));
}

void tzvmm_shared_write16(void *at, uint16_t value)
{
	write_shared(at, &value, sizeof(value));
}

void tzvmm_shared_write32(void *at, uint32_t value)
{
	write_shared(at, &value, sizeof(value));
}

void tzvmm_shared_fence(memory_order order)
{
	note((struct shared_event){ .kind = SHARED_FENCE, .order = order });
}
