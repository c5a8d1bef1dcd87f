/* SPDX-License-Identifier: BSD-2-Clause */
#include "gpio.h"

#include <tzvmm/abi/bootpkg.h>

#include "platform.h"

struct tzvmm_vgpio gpio;

void platform_gpio_event(void *ctx, unsigned pin)
{
	(void)ctx;
	tzvmm_vgpio_event(&gpio, board_gpio_lines[0].bank, pin);
}

const char *gpio_plug(const struct tzvmm_port *port, struct tzvmm_irqs *irqs)
{
	/* Behind the disks and the console, as in front.c. */
	const uint32_t device = TZVMM_ABI_BOOTPKG_MAX_DISKS + 1u;
	const struct tzvmm_virtio_bus bus = {
		.mem = &port->ram,
		.irqs = irqs,
		.line = BOARD_LINE_VIRTIO0 + device,
		.sys = &platform_sys,
		.edge_line = BOARD_LINE_EDGE0 + device,
	};

	if (tzvmm_vgpio_init(&gpio, board_gpio_lines, board_nr_gpio_lines, &bus) !=
	    TZVMM_OK) {
		return "the virtual GPIO's tables are wrong";
	}
	return board_gpio_start();
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
