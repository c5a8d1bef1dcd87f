/* SPDX-License-Identifier: BSD-2-Clause */
/* Pins of the paravirtual guest: all are in one bank (docs/manifest.md). */
#include <imx/board/devices.h>
#include <imx/board/tables.h>

_Static_assert(BOARD_GPIO_DEVICE == TZVMM_ABI_BOOTPKG_MAX_DISKS + 1u,
	       "the monitor has it behind the disks and the console");

struct imx_gpio_bank board_gpio = { .base = BOARD_GPIO_BANK,
				    .event = platform_gpio_event };

static const struct tzvmm_gpio_bank bank = { &imx_gpio_bank_ops, &board_gpio };
static const struct tzvmm_gpio_line lines[] = { BOARD_GPIO_LINES(&bank) };
const struct tzvmm_gpio_line *const board_gpio_lines = lines;
const size_t board_nr_gpio_lines = sizeof(lines) / sizeof(lines[0]);

const char *board_gpio_start(void)
{
	imx_gpio_bank_init(&board_gpio);
	if (board_irq_enable(BOARD_GPIO_IRQ_LOW) != TZVMM_OK ||
	    board_irq_enable(BOARD_GPIO_IRQ_HIGH) != TZVMM_OK) {
		return "GPIO: its interrupts are not ours";
	}
	return NULL;
}
