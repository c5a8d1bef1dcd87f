/* SPDX-License-Identifier: BSD-2-Clause */
#include <gic/irqs.h>

struct gic board_gic;

const struct tzvmm_irqchip board_irqchip = { &gic_irqchip_ops, &board_gic,
					     BOARD_NR_LINES };

void board_irqs_serve(void)
{
	gic_dispatch(&board_gic);
}

void board_irqs_reset_guest(void)
{
	gic_reset_guest(&board_gic);
}

uint32_t board_irqs_pending(unsigned word)
{
	return gic_guest_pending(&board_gic, word);
}
