// SPDX-License-Identifier: BSD-2-Clause
#include "fuzz_guest.h"

#include <string.h>

/* A queue's rings, behind its descriptors. */
#define AVAIL 0x200u
#define USED 0x400u

static bool chip_is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	return line - LINE < NR_FUZZ_LINES || line - EDGE_LINE < NR_FUZZ_LINES;
}

static void chip_set_level(void *ctx, uint32_t line, bool level)
{
	(void)ctx;
	(void)level;
	require(line - LINE < NR_FUZZ_LINES);
}

static void chip_pulse(void *ctx, uint32_t line)
{
	(void)ctx;
	require(line - EDGE_LINE < NR_FUZZ_LINES);
}

static uint64_t sys_now_us(void *ctx)
{
	(void)ctx;
	return 0;
}

static void sys_log(void *ctx, enum tzvmm_log_level level, const char *text,
		    size_t len)
{
	(void)ctx;
	require(level != TZVMM_LOG_ERROR && memchr(text, '\0', len) == NULL);
}

static const struct tzvmm_irqchip_ops chip_ops = { chip_is_guest, chip_set_level,
						   chip_pulse };
static const struct tzvmm_irqchip chip = { &chip_ops, NULL, 128 };
static const struct tzvmm_sys_ops sys_ops = { sys_now_us, sys_log };
const struct tzvmm_sys fuzz_sys = { &sys_ops, NULL };

void fuzz_guest_init(struct fuzz_guest *guest, const uint8_t *data, size_t size,
		     uint32_t len)
{
	guest->ram = aligned_alloc(4096, len);
	require(guest->ram != NULL);
	memset(guest->ram, 0, len);
	guest->window = (struct tzvmm_window){ RAM, len, guest->ram };
	guest->mem = (struct tzvmm_gmem){ &guest->window, 1 };
	tzvmm_irqs_init(&guest->irqs, &chip);
	fuzz_input_init(&guest->in, data, size);
}

struct tzvmm_virtio_bus fuzz_bus(struct fuzz_guest *guest)
{
	return (struct tzvmm_virtio_bus){ &guest->mem, &guest->irqs, LINE,
					  &fuzz_sys, 0 };
}

void fuzz_reg_write(struct tzvmm_virtio *dev, uint32_t offset, uint32_t value)
{
	tzvmm_virtio_write(dev, offset, 4, value);
}

void fuzz_negotiate(struct tzvmm_virtio *dev, uint32_t features)
{
	fuzz_reg_write(dev, 0x070, 0);
	fuzz_reg_write(dev, 0x070, 3);
	fuzz_reg_write(dev, 0x024, 0);
	fuzz_reg_write(dev, 0x020, features);
	fuzz_reg_write(dev, 0x024, 1);
	fuzz_reg_write(dev, 0x020, 1);
	fuzz_reg_write(dev, 0x070, 11);
}

void fuzz_any_write(struct tzvmm_virtio *dev, struct fuzz_input *in)
{
	static const uint16_t offsets[] = {
		0x014, 0x020, 0x024, 0x030, 0x038, 0x044, 0x044, 0x064,
		0x070, 0x080, 0x084, 0x090, 0x094, 0x0A0, 0x0A4, 0x100,
	};
	const uint8_t kind = fuzz_take8(in);

	fuzz_reg_write(dev, offsets[kind & 15u],
		       (kind & 0x80u) != 0u ? fuzz_take32(in) : fuzz_take8(in));
}

void fuzz_bring_up(struct fuzz_queues *qs, uint32_t features)
{
	fuzz_negotiate(qs->dev, features);
	memset(qs->guest->ram, 0, PAGE * qs->nr);
	memset(qs->avail, 0, sizeof(qs->avail));
	for (uint32_t n = 0; n < qs->nr; n++) {
		fuzz_reg_write(qs->dev, 0x030, n);
		fuzz_reg_write(qs->dev, 0x038, SIZE);
		fuzz_reg_write(qs->dev, 0x080, RAM + PAGE * n);
		fuzz_reg_write(qs->dev, 0x090, RAM + PAGE * n + AVAIL);
		fuzz_reg_write(qs->dev, 0x0A0, RAM + PAGE * n + USED);
		fuzz_reg_write(qs->dev, 0x044, 1);
	}
	fuzz_reg_write(qs->dev, 0x070, 15);
}

void fuzz_put_desc(struct fuzz_queues *qs, uint32_t n, uint32_t i, uint32_t at,
		   uint32_t len, uint32_t flags, uint32_t next)
{
	const uint64_t desc[2] = { RAM + at, len | (uint64_t)flags << 32 |
						     (uint64_t)next << 48 };

	memcpy(qs->guest->ram + PAGE * n + 16u * (i % SIZE), desc, sizeof(desc));
}

void fuzz_publish(struct fuzz_queues *qs, uint32_t n, uint32_t head)
{
	const uint16_t entry = (uint16_t)(head % SIZE);
	uint8_t *ring = qs->guest->ram + PAGE * n + AVAIL;

	memcpy(ring + 4u + 2u * (qs->avail[n] % SIZE), &entry, 2);
	qs->avail[n]++;
	memcpy(ring + 2u, &qs->avail[n], 2);
}

uint16_t fuzz_nr_used(const struct fuzz_queues *qs, uint32_t n)
{
	uint16_t nr;

	memcpy(&nr, qs->guest->ram + PAGE * n + USED + 2u, sizeof(nr));
	return nr;
}
