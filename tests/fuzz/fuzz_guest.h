/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_GUEST_H
#define TESTS_FUZZ_GUEST_H

/* What is around a virtio device: a guest's memory and interrupts, and a system in
 * which no time passes and nothing is logged as an error. */

#include <tzvmm/virtio.h>

#include "fuzz_input.h"

#define RAM 0x78000000u

/* The guest's lines; the library may drive no other. */
#define LINE 110u
#define EDGE_LINE 118u
#define NR_FUZZ_LINES 8u

struct fuzz_guest {
	struct fuzz_input in;
	uint8_t *ram;
	struct tzvmm_window window;
	struct tzvmm_gmem mem;
	struct tzvmm_irqs irqs;
};

extern const struct tzvmm_sys fuzz_sys;

/* With len bytes of RAM, all zero, that the caller frees. */
void fuzz_guest_init(struct fuzz_guest *guest, const uint8_t *data, size_t size,
		     uint32_t len);

/* The bus of a device without edges. */
struct tzvmm_virtio_bus fuzz_bus(struct fuzz_guest *guest);

/* ---- A driver ------------------------------------------------------------ */

void fuzz_reg_write(struct tzvmm_virtio *dev, uint32_t offset, uint32_t value);

/* Reset, and features, as Linux does; queues and DRIVER_OK are to come. */
void fuzz_negotiate(struct tzvmm_virtio *dev, uint32_t features);

/* A write to any register but QUEUE_NOTIFY. */
void fuzz_any_write(struct tzvmm_virtio *dev, struct fuzz_input *in);

/* ---- Queues, from the begin of RAM on: a page each ------------------------- */

#define PAGE 0x800u
#define SIZE 16u
#define MAX_QUEUES 8u

struct fuzz_queues {
	struct fuzz_guest *guest;
	struct tzvmm_virtio *dev;
	uint32_t nr;
	uint16_t avail[MAX_QUEUES];
};

/* From the reset to DRIVER_OK, rings empty. */
void fuzz_bring_up(struct fuzz_queues *qs, uint32_t features);

/* Descriptor i % SIZE of queue n. */
void fuzz_put_desc(struct fuzz_queues *qs, uint32_t n, uint32_t i, uint32_t at,
		   uint32_t len, uint32_t flags, uint32_t next);

/* Make a chain available. */
void fuzz_publish(struct fuzz_queues *qs, uint32_t n, uint32_t head);

/* Chains that came back. */
uint16_t fuzz_nr_used(const struct fuzz_queues *qs, uint32_t n);

#endif /* TESTS_FUZZ_GUEST_H */
