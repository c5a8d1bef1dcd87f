/* SPDX-License-Identifier: BSD-2-Clause */
#include "gpio.h"

#include <imx53/imx53.h>
#include <usb_armory/board.h>

#include "platform.h"

#define DEVICE 4u

struct tzvmm_vgpio gpio;

static const struct tzvmm_gpio_bank header = { &imx_gpio_bank_ops, &gpio_bank };

static void event(void *ctx, unsigned pin)
{
	tzvmm_vgpio_event(ctx, &header, pin);
}

struct imx_gpio_bank gpio_bank = { .base = IMX53_GPIO5_BASE,
				   .event = event,
				   .ctx = &gpio };

/* Free pins of the header (imx53.md 5), a policy for each: what hangs there is not
 * known, so none is driven unless the guest asks for it. */
static const struct tzvmm_gpio_line header_lines[] = {
	{ "header3", &header, 26, TZVMM_GPIO_INPUT | TZVMM_GPIO_INTERRUPT,
	  TZVMM_GPIO_SAFE_INPUT },
	{ "header4", &header, 27,
	  TZVMM_GPIO_INPUT | TZVMM_GPIO_OUTPUT | TZVMM_GPIO_INTERRUPT,
	  TZVMM_GPIO_SAFE_INPUT },
	{ "header7", &header, 30, TZVMM_GPIO_OUTPUT, TZVMM_GPIO_SAFE_INPUT },
};

void gpio_claim(uint32_t lines[])
{
	lines[IMX53_IRQ_GPIO5_LOW / 32u] &= ~(1u << IMX53_IRQ_GPIO5_LOW % 32u);
	lines[IMX53_IRQ_GPIO5_HIGH / 32u] &= ~(1u << IMX53_IRQ_GPIO5_HIGH % 32u);
}

const char *gpio_plug(const struct tzvmm_port *port, struct tzvmm_irqs *irqs)
{
	const struct tzvmm_virtio_bus bus = {
		.mem = &port->ram,
		.irqs = irqs,
		.line = ARMORY_LINE_VIRTIO0 + DEVICE,
		.sys = &platform_sys,
		.edge_line = ARMORY_LINE_EDGE0 + DEVICE,
	};

	imx_gpio_bank_init(&gpio_bank);
	if (tzvmm_vgpio_init(&gpio, header_lines,
			     sizeof(header_lines) / sizeof(header_lines[0]),
			     &bus) != TZVMM_OK ||
	    imx53_tzic_enable(&platform_tzic, IMX53_IRQ_GPIO5_LOW) != TZVMM_OK ||
	    imx53_tzic_enable(&platform_tzic, IMX53_IRQ_GPIO5_HIGH) != TZVMM_OK) {
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
