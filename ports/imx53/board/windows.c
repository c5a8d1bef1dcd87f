/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stock guest finds in place of what it may not have. */
#include <board.h>
#include <imx53/board/card.h>
#include <imx53/vtzic.h>
#include <tzvmm/port/mmio.h>

static struct imx53_vtzic vtzic;

const struct tzvmm_mmio_region board_irqs_region = { "TZIC", BOARD_WINDOW_TZIC,
						     IMX53_VTZIC_LEN,
						     &imx53_vtzic_ops, &vtzic };

void board_irqs_region_init(void)
{
	imx53_vtzic_init(&vtzic, &board_tzic);
}

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
