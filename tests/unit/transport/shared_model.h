/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SHARED_MODEL_H
#define TESTS_SHARED_MODEL_H

/* The memory that a device shares with a guest, seen from the device: every
 * access is written down, and a hostile guest may act between two of them. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shared_kind {
	SHARED_READ,
	SHARED_WRITE,
	SHARED_FENCE
};

struct shared_event {
	enum shared_kind kind;
	const void *at; /* of a read or write */
	size_t size;
	memory_order order; /* of a fence */
};

/* Forget all events and hooks. */
void shared_model_reset(void);

/* Forget the events. */
void shared_model_clear(void);

/* Called after each read, with what was read: the other CPU of the guest. */
void shared_model_on_read(void (*hook)(void *ctx, void *at, size_t size), void *ctx);

/* Destroy every word right after it was read. */
void shared_model_poison(bool on);

/* How many events of a kind there were. */
unsigned shared_model_count(enum shared_kind kind);

/* The n-th event, or NULL. */
const struct shared_event *shared_model_event(unsigned n);

/* Whether some byte was read twice, apart from those of one index. */
bool shared_model_read_twice(const void *except);

/* The number of the first event at an address; fails the test if none is. */
unsigned shared_model_find(enum shared_kind kind, const void *at);

/* Whether a fence at least as strong as order lies between two events. */
bool shared_model_fenced(unsigned from, unsigned to, memory_order order);

#endif /* TESTS_SHARED_MODEL_H */
