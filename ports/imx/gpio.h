/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_GPIO_H
#define IMX_GPIO_H

/** @file
 * Pins of a GPIO bank of i.MX. */

#include <stdbool.h>
#include <stdint.h>

/** Make a pin an output of a given level. The level is set first: the pad never
 * shows another one.
 * @param base  Bank.
 * @param pin   0 .. 31.
 * @param level What it drives. */
void imx_gpio_output(uintptr_t base, unsigned pin, bool level);

/** Make a pin an input.
 * @param base Bank.
 * @param pin  0 .. 31. */
void imx_gpio_input(uintptr_t base, unsigned pin);

/** Set an output. Reads and writes the bank: not for two contexts at once.
 * @param base  Bank.
 * @param pin   0 .. 31.
 * @param level What it drives. */
void imx_gpio_set(uintptr_t base, unsigned pin, bool level);

/** The level at a pad.
 * @param base Bank.
 * @param pin  0 .. 31.
 * @return true if it is high. */
bool imx_gpio_level(uintptr_t base, unsigned pin);

#endif /* IMX_GPIO_H */
