/* SPDX-License-Identifier: BSD-2-Clause */
#include "gpio.h"

#include <board.h>
#include <imx53/imx53.h>

#include "platform.h"

struct tzvmm_vgpio gpio;

static const struct tzvmm_gpio_bank header = { &imx_gpio_bank_ops, &gpio_bank };

static void event(void *ctx, unsigned pin)
{
	tzvmm_vgpio_event(ctx, &header, pin);
}

struct imx_gpio_bank gpio_bank = { .base = BOARD_GPIO_BANK,
				   .event = event,
				   .ctx = &gpio };

static const struct tzvmm_gpio_line pins[] = { BOARD_GPIO_LINES(&header) };

const char *gpio_plug(const struct tzvmm_port *port, struct tzvmm_irqs *irqs)
{
	const struct tzvmm_virtio_bus bus = {
		.mem = &port->ram,
		.irqs = irqs,
		.line = BOARD_LINE_VIRTIO0 + BOARD_GPIO_DEVICE,
		.sys = &platform_sys,
		.edge_line = BOARD_LINE_EDGE0 + BOARD_GPIO_DEVICE,
	};

	imx_gpio_bank_init(&gpio_bank);
	if (tzvmm_vgpio_init(&gpio, pins, sizeof(pins) / sizeof(pins[0]), &bus) !=
		    TZVMM_OK ||
	    imx53_tzic_enable(&platform_tzic, BOARD_GPIO_IRQ_LOW) != TZVMM_OK ||
	    imx53_tzic_enable(&platform_tzic, BOARD_GPIO_IRQ_HIGH) != TZVMM_OK) {
		return "the virtual GPIO's tables are wrong";
	}
	return NULL;
}

/* A device that is not plugged in is all zero. */
static bool is_plugged(void)
{
	return gpio.nr_lines != 0u;
}

void gpio_stop(void)
{
	if (is_plugged()) {
		tzvmm_virtio_write(&gpio.virtio, TZVMM_VIRTIO_STATUS, 4, 0);
	}
}

void gpio_print_status(struct tzvmm_mux_source *out)
{
	const struct tzvmm_vgpio_stats *stats = tzvmm_vgpio_stats(&gpio);

	if (is_plugged()) {
		tzvmm_mux_print(out, "gpio: %u requests, %u refused, %u events",
				(unsigned)stats->requests, (unsigned)stats->refused,
				(unsigned)stats->events);
	}
}
