/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_GPIO_H
#define TZVMM_MONITOR_GPIO_H

/** @file
 * Pins that the paravirtual guest is given. */

#include <tzvmm/console.h>
#include <tzvmm/port/port.h>
#include <tzvmm/virtio_gpio.h>

/** The guest's device. */
extern struct tzvmm_vgpio gpio;

/** Plug the device in; its lines are in their safe states then.
 * @param port The board.
 * @param irqs The guest's interrupts.
 * @return NULL, or what failed. */
const char *gpio_plug(const struct tzvmm_port *port, struct tzvmm_irqs *irqs);

/** Put the lines into their safe states, if there is a device: no guest runs on. */
void gpio_stop(void);

/** Print its counters, if there is one.
 * @param out Where to. */
void gpio_print_status(struct tzvmm_mux_source *out);

#endif /* TZVMM_MONITOR_GPIO_H */
