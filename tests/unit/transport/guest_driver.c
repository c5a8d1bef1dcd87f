// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest_driver.h"
#include "shared_model.h"

/* ---- The VMM's surroundings --------------------------------------------- */

static bool chip_is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	return line >= 100u;
}

static void chip_set_level(void *ctx, uint32_t line, bool level)
{
	struct guest *guest = ctx;

	assert_int_equal(line, GUEST_LINE);
	guest->nr_raised += level && !guest->line;
	guest->line = level;
}

static void chip_pulse(void *ctx, uint32_t line)
{
	struct guest *guest = ctx;

	assert_int_equal(line, GUEST_EDGE_LINE);
	guest->nr_edges++;
	guest->edge = true;
}

static const struct tzvmm_irqchip_ops chip_ops = {
	.is_guest = chip_is_guest,
	.set_level = chip_set_level,
	.pulse = chip_pulse,
};

static uint64_t sys_now_us(void *ctx)
{
	return ((struct guest *)ctx)->now_us;
}

static void sys_log(void *ctx, enum tzvmm_log_level level, const char *text,
		    size_t len)
{
	struct guest *guest = ctx;

	/* A guest's mistake is never our error. */
	assert_int_not_equal(level, TZVMM_LOG_ERROR);
	assert_true(len < sizeof(guest->last_log));
	memcpy(guest->last_log, text, len);
	guest->last_log[len] = '\0';
	guest->nr_logged++;
}

static const struct tzvmm_sys_ops sys_ops = { .now_us = sys_now_us, .log = sys_log };

struct guest *guest_new(void)
{
	struct guest *guest = test_calloc(1, sizeof(*guest));

	/* Allocations of exactly this size: the sanitizer guards their ends. */
	guest->windows[0] = (struct tzvmm_window){
		.ipa = GUEST_RAM,
		.len = GUEST_RAM_LEN,
		.va = aligned_alloc(4096, GUEST_RAM_LEN),
	};
	guest->windows[1] = (struct tzvmm_window){
		.ipa = GUEST_HIGH,
		.len = GUEST_HIGH_LEN,
		.va = aligned_alloc(4096, GUEST_HIGH_LEN),
	};
	assert_non_null(guest->windows[0].va);
	assert_non_null(guest->windows[1].va);
	memset(guest->windows[0].va, 0xEE, GUEST_RAM_LEN);
	memset(guest->windows[1].va, 0xEE, GUEST_HIGH_LEN);
	guest->mem = (struct tzvmm_gmem){ guest->windows, 2 };
	guest->chip = (struct tzvmm_irqchip){ &chip_ops, guest, 128 };
	guest->sys = (struct tzvmm_sys){ &sys_ops, guest };
	tzvmm_irqs_init(&guest->irqs, &guest->chip);
	shared_model_reset();
	return guest;
}

int guest_tear_down(void **state)
{
	struct guest *guest = *(struct guest **)*state;

	free(guest->windows[0].va);
	free(guest->windows[1].va);
	test_free(guest);
	test_free(*state);
	return 0;
}

/* ---- Memory ------------------------------------------------------------- */

void *guest_at(const struct guest *guest, uint64_t addr)
{
	const struct tzvmm_window *win = &guest->windows[addr >= GUEST_HIGH];

	assert_in_range(addr, win->ipa, win->ipa + win->len - 1u);
	return win->va + (addr - win->ipa);
}

uint8_t guest_get8(const struct guest *guest, uint64_t addr)
{
	return *(uint8_t *)guest_at(guest, addr);
}

uint16_t guest_get16(const struct guest *guest, uint64_t addr)
{
	uint16_t value;

	memcpy(&value, guest_at(guest, addr), sizeof(value));
	return value;
}

uint32_t guest_get32(const struct guest *guest, uint64_t addr)
{
	uint32_t value;

	memcpy(&value, guest_at(guest, addr), sizeof(value));
	return value;
}

void guest_put8(struct guest *guest, uint64_t addr, uint8_t value)
{
	*(uint8_t *)guest_at(guest, addr) = value;
}

void guest_put16(struct guest *guest, uint64_t addr, uint16_t value)
{
	memcpy(guest_at(guest, addr), &value, sizeof(value));
}

void guest_put32(struct guest *guest, uint64_t addr, uint32_t value)
{
	memcpy(guest_at(guest, addr), &value, sizeof(value));
}

void guest_put64(struct guest *guest, uint64_t addr, uint64_t value)
{
	memcpy(guest_at(guest, addr), &value, sizeof(value));
}

/* ---- Registers ---------------------------------------------------------- */

bool guest_line(struct guest *guest)
{
	tzvmm_irqs_flush(&guest->irqs);
	return guest->line;
}

bool guest_edge(struct guest *guest)
{
	tzvmm_irqs_flush(&guest->irqs);
	return guest->edge;
}

uint32_t guest_read_narrow(struct guest *guest, uint32_t offset, unsigned size)
{
	uint32_t value = 0;

	assert_int_equal(tzvmm_virtio_mmio_ops.read(guest->vio, offset, size, &value),
			 TZVMM_OK);
	return value;
}

uint32_t guest_read(struct guest *guest, uint32_t offset)
{
	return guest_read_narrow(guest, offset, 4);
}

void guest_write(struct guest *guest, uint32_t offset, uint32_t value)
{
	assert_int_equal(tzvmm_virtio_mmio_ops.write(guest->vio, offset, 4, value),
			 TZVMM_OK);
}

void guest_queue_init(struct guest_queue *queue, struct guest *guest, uint64_t addr,
		      uint32_t size)
{
	*queue = (struct guest_queue){ .guest = guest, .size = size };
	queue->desc = addr;
	queue->avail = queue->desc + 16u * (uint64_t)size;
	queue->used = (queue->avail + 6u + 2u * (uint64_t)size + 4095u) &
		      ~(uint64_t)4095u;
	guest_put32(guest, queue->avail, 0);
	guest_put32(guest, queue->used, 0);
	guest_put16(guest, queue->avail + 4u + 2u * size, 0);
	guest_put16(guest, queue->used + 4u + 8u * size, 0);
}

void guest_place(struct guest *guest, struct guest_queue *queue, uint64_t addr,
		 uint32_t size)
{
	guest_queue_init(queue, guest, addr, size);
	guest_write(guest, 0x030, 0);
	guest_write(guest, 0x038, size);
	guest_write(guest, 0x080, (uint32_t)queue->desc);
	guest_write(guest, 0x084, (uint32_t)(queue->desc >> 32));
	guest_write(guest, 0x090, (uint32_t)queue->avail);
	guest_write(guest, 0x094, (uint32_t)(queue->avail >> 32));
	guest_write(guest, 0x0A0, (uint32_t)queue->used);
	guest_write(guest, 0x0A4, (uint32_t)(queue->used >> 32));
	guest_write(guest, 0x044, 1);
}

void guest_start(struct guest *guest, struct guest_queue *queue, uint64_t addr,
		 uint32_t size, uint64_t features)
{
	guest_write(guest, 0x070, 0);
	guest_write(guest, 0x070, guest_read(guest, 0x070) | 1u);
	guest_write(guest, 0x070, guest_read(guest, 0x070) | 2u);
	guest_write(guest, 0x024, 1);
	guest_write(guest, 0x020, (uint32_t)(features >> 32) | 1u);
	guest_write(guest, 0x024, 0);
	guest_write(guest, 0x020, (uint32_t)features);
	guest_write(guest, 0x070, guest_read(guest, 0x070) | 8u);
	assert_int_equal(guest_read(guest, 0x070), 11);
	guest_place(guest, queue, addr, size);
	guest_write(guest, 0x070, guest_read(guest, 0x070) | 4u);
	assert_int_equal(guest_read(guest, 0x070), 15);
}

/* ---- Queue -------------------------------------------------------------- */

void guest_table(struct guest *guest, uint64_t table, uint32_t i, uint64_t addr,
		 uint32_t len, uint32_t flags, uint32_t next)
{
	const uint64_t at = table + 16u * (uint64_t)i;

	guest_put64(guest, at, addr);
	guest_put32(guest, at + 8u, len);
	guest_put16(guest, at + 12u, (uint16_t)flags);
	guest_put16(guest, at + 14u, (uint16_t)next);
}

void guest_desc(struct guest_queue *queue, uint32_t i, uint64_t addr, uint32_t len,
		uint32_t flags, uint32_t next)
{
	guest_table(queue->guest, queue->desc, i, addr, len, flags, next);
}

void guest_publish(struct guest_queue *queue, uint16_t head)
{
	const uint32_t place = queue->avail_idx & (queue->size - 1u);

	guest_put16(queue->guest, queue->avail + 4u + 2u * place, head);
	queue->avail_idx++;
	guest_put16(queue->guest, queue->avail + 2u, queue->avail_idx);
}

bool guest_take_used(struct guest_queue *queue, uint32_t *id, uint32_t *len)
{
	const uint64_t elem =
		queue->used + 4u + 8u * (queue->used_idx & (queue->size - 1u));

	if (guest_get16(queue->guest, queue->used + 2u) == queue->used_idx) {
		return false;
	}
	*id = guest_get32(queue->guest, elem);
	*len = guest_get32(queue->guest, elem + 4u);
	queue->used_idx++;
	return true;
}

void guest_set_used_event(struct guest_queue *queue, uint16_t event)
{
	guest_put16(queue->guest, queue->avail + 4u + 2u * queue->size, event);
}

uint16_t guest_avail_event(const struct guest_queue *queue)
{
	return guest_get16(queue->guest, queue->used + 4u + 8u * queue->size);
}

void guest_set_avail_flags(struct guest_queue *queue, uint16_t flags)
{
	guest_put16(queue->guest, queue->avail, flags);
}

void guest_set_index(struct guest_queue *queue, struct tzvmm_virtqueue *vq,
		     uint16_t index)
{
	queue->avail_idx = index;
	queue->used_idx = index;
	guest_put16(queue->guest, queue->avail + 2u, index);
	guest_put16(queue->guest, queue->used + 2u, index);
	vq->taken = index;
	vq->seen = index;
	vq->returned = index;
	vq->published = index;
}
