/* SPDX-License-Identifier: BSD-2-Clause */
#include <filters.h>

#include <tzvmm/port/mmio.h>

static uint32_t hw_read32(void *ctx, uint64_t addr)
{
	(void)ctx;
	return tzvmm_mmio_read32((uintptr_t)addr);
}

static void hw_write32(void *ctx, uint64_t addr, uint32_t value)
{
	(void)ctx;
	tzvmm_mmio_write32((uintptr_t)addr, value);
}

const struct tzvmm_filter_hw board_filter_hw = { hw_read32, hw_write32, NULL };
