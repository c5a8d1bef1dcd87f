/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_GPIO_H
#define IMX_GPIO_H

/** @file
 * Pins of a GPIO bank of i.MX. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/gpio.h>

/** Make a pin an output of a given level. The level is set first: the pad never
 * shows another one. Reads and writes the bank: not for two contexts at once.
 * @param base  Bank.
 * @param pin   0 .. 31.
 * @param level What it drives. */
void imx_gpio_output(uintptr_t base, unsigned pin, bool level);

/** Make a pin an input.
 * @param base Bank.
 * @param pin  0 .. 31. */
void imx_gpio_input(uintptr_t base, unsigned pin);

/** The level at a pad.
 * @param base Bank.
 * @param pin  0 .. 31.
 * @return true if it is high. */
bool imx_gpio_level(uintptr_t base, unsigned pin);

/** A bank whose interrupts are used, by this driver alone. */
struct imx_gpio_bank {
	/** Registers. */
	uintptr_t base;
	/** A pin that was unmasked interrupts, and is masked again. */
	void (*event)(void *ctx, unsigned pin);
	void *ctx; /**< Handed to event. */
	/** @cond PRIVATE */
	uint32_t levels; /* pins whose interrupt is a level */
			 /** @endcond */
};

/** Mask and clear all interrupts of a bank.
 * @param bank Filled in but for what is private. */
void imx_gpio_bank_init(struct imx_gpio_bank *bank);

/** Serve a bank's interrupt lines: the handler of both.
 * @param ctx The struct imx_gpio_bank.
 * @note Time: bounded; each pin once. */
void imx_gpio_bank_irq(void *ctx);

/** A bank for struct tzvmm_gpio_bank: ctx is the struct imx_gpio_bank, pins are
 * 0 .. 31. */
extern const struct tzvmm_gpio_ops imx_gpio_bank_ops;

#endif /* IMX_GPIO_H */
