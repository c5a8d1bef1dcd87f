/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_GUEST_DRIVER_H
#define TESTS_GUEST_DRIVER_H

/* The other side: a guest with RAM, an interrupt line and the driver half of a
 * virtqueue, written from the specification's offsets and not from our headers,
 * and able to do everything wrong. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/gmem.h>
#include <tzvmm/irq.h>
#include <tzvmm/virtio.h>

/* Two windows with a hole between them. */
#define GUEST_RAM 0x78000000u
#define GUEST_RAM_LEN 0x00100000u
#define GUEST_HIGH 0x88000000u
#define GUEST_HIGH_LEN 0x00010000u
#define GUEST_LINE 110u
#define GUEST_EDGE_LINE 118u

#define VIRTQ_NEXT 1u
#define VIRTQ_WRITE 2u
#define VIRTQ_INDIRECT 4u

struct guest {
	struct tzvmm_window windows[2];
	struct tzvmm_gmem mem;
	struct tzvmm_irqchip chip;
	struct tzvmm_irqs irqs;
	struct tzvmm_sys sys;
	bool line;          /* level of GUEST_LINE at the controller */
	unsigned nr_raised; /* times it went up */
	bool edge;         /* GUEST_EDGE_LINE at the controller: the test ends it */
	unsigned nr_edges; /* times it was asserted */
	unsigned nr_logged; /* lines in the log */
	char last_log[161];
	uint64_t now_us;
	struct tzvmm_virtio *vio; /* for guest_read() and guest_write() */
};

/* A queue as the driver sees it. */
struct guest_queue {
	struct guest *guest;
	uint32_t size;
	uint64_t desc, avail, used;
	uint16_t avail_idx; /* published */
	uint16_t used_idx;  /* seen */
};

/* For cmocka's set-up, and its tear-down: a fixture's first member is its guest. */
struct guest *guest_new(void);
int guest_tear_down(void **state);

/* Guest memory as the guest's CPU sees it: no check but the test's own. */
void *guest_at(const struct guest *guest, uint64_t addr);
uint8_t guest_get8(const struct guest *guest, uint64_t addr);
uint16_t guest_get16(const struct guest *guest, uint64_t addr);
uint32_t guest_get32(const struct guest *guest, uint64_t addr);
void guest_put8(struct guest *guest, uint64_t addr, uint8_t value);
void guest_put16(struct guest *guest, uint64_t addr, uint16_t value);
void guest_put32(struct guest *guest, uint64_t addr, uint32_t value);
void guest_put64(struct guest *guest, uint64_t addr, uint64_t value);

/* The level of the interrupt line after the way into the guest. */
bool guest_line(struct guest *guest);

/* Whether an edge waits after the way into the guest. */
bool guest_edge(struct guest *guest);

/* Registers through the trapped front. */
uint32_t guest_read(struct guest *guest, uint32_t offset);
uint32_t guest_read_narrow(struct guest *guest, uint32_t offset, unsigned size);
void guest_write(struct guest *guest, uint32_t offset, uint32_t value);

/* Bring a device up as Linux 6.1 does; features are those accepted. Queue 0 is
 * placed at addr with the given size. DRIVER_OK is set. */
void guest_start(struct guest *guest, struct guest_queue *queue, uint64_t addr,
		 uint32_t size, uint64_t features);

/* Place and enable queue 0 only. */
void guest_place(struct guest *guest, struct guest_queue *queue, uint64_t addr,
		 uint32_t size);

/* Rings laid out from addr on, page by page; nothing is told to a device. */
void guest_queue_init(struct guest_queue *queue, struct guest *guest, uint64_t addr,
		      uint32_t size);

/* Write descriptor i of the queue, or of a table anywhere. */
void guest_desc(struct guest_queue *queue, uint32_t i, uint64_t addr, uint32_t len,
		uint32_t flags, uint32_t next);
void guest_table(struct guest *guest, uint64_t table, uint32_t i, uint64_t addr,
		 uint32_t len, uint32_t flags, uint32_t next);

/* Put a head into the available ring and publish it. */
void guest_publish(struct guest_queue *queue, uint16_t head);

/* Take an entry of the used ring; false if there is none. */
bool guest_take_used(struct guest_queue *queue, uint32_t *id, uint32_t *len);

/* Fields behind the rings. */
void guest_set_used_event(struct guest_queue *queue, uint16_t event);
uint16_t guest_avail_event(const struct guest_queue *queue);
void guest_set_avail_flags(struct guest_queue *queue, uint16_t flags);

/* Start both sides of an idle queue at an index, as after that many requests. */
void guest_set_index(struct guest_queue *queue, struct tzvmm_virtqueue *vq,
		     uint16_t index);

#endif /* TESTS_GUEST_DRIVER_H */
