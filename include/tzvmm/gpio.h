/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_GPIO_H
#define TZVMM_GPIO_H

/** @file
 * Pins of the board: what a port has to be able to do with them, and which of them
 * a guest is given. */

#include <stdbool.h>
#include <stdint.h>

/** When a pin interrupts; the numbers are those of virtio. */
enum tzvmm_gpio_irq {
	TZVMM_GPIO_IRQ_NONE = 0,    /**< Never. */
	TZVMM_GPIO_IRQ_RISING = 1,  /**< At rising edges. */
	TZVMM_GPIO_IRQ_FALLING = 2, /**< At falling edges. */
	TZVMM_GPIO_IRQ_BOTH = 3,    /**< At both. */
	TZVMM_GPIO_IRQ_HIGH = 4,    /**< As long as it is high. */
	TZVMM_GPIO_IRQ_LOW = 8,     /**< As long as it is low. */
};

/** What a port does with a pin. All are required, none may wait; pins are those of
 * a table of lines. Called with interrupts masked. */
struct tzvmm_gpio_ops {
	/** Make it an input. */
	void (*input)(void *ctx, uint32_t pin);
	/** Make it an output of a level, or change its level: the pad never shows
	 * another one on the way. */
	void (*output)(void *ctx, uint32_t pin, bool level);
	/** The level at the pad of an input. */
	bool (*level)(void *ctx, uint32_t pin);
	/** Choose its interrupt: it is masked, and no edge of before is left. */
	void (*irq_type)(void *ctx, uint32_t pin, enum tzvmm_gpio_irq type);
	/** Let one interrupt through: the port masks the pin and calls
	 * tzvmm_vgpio_event(). An edge since the last one counts, be the pin masked
	 * or not; a level has to be there now. */
	void (*irq_unmask)(void *ctx, uint32_t pin);
};

/** Some pins of a kind. Constant, or alive as long as what uses it. */
struct tzvmm_gpio_bank {
	const struct tzvmm_gpio_ops *ops; /**< What it does. */
	void *ctx;                        /**< Handed to ops. */
};

/** What a guest may do with a line; any of them together, but no interrupt without
 * input. */
enum tzvmm_gpio_use {
	TZVMM_GPIO_INPUT = 1,     /**< Read it. */
	TZVMM_GPIO_OUTPUT = 2,    /**< Drive it. */
	TZVMM_GPIO_INTERRUPT = 4, /**< Be interrupted by it. */
};

/** What a line is when no driver uses it. */
enum tzvmm_gpio_safe {
	TZVMM_GPIO_SAFE_INPUT, /**< An input. */
	TZVMM_GPIO_SAFE_LOW,   /**< An output, low. */
	TZVMM_GPIO_SAFE_HIGH,  /**< An output, high. */
};

/** A line of a guest. Constant. */
struct tzvmm_gpio_line {
	const char *name;                   /**< What the guest calls it. */
	const struct tzvmm_gpio_bank *bank; /**< Where it is. */
	uint32_t pin;                       /**< Which one of the bank. */
	uint8_t uses; /**< enum tzvmm_gpio_use, at least one. */
	uint8_t safe; /**< enum tzvmm_gpio_safe. */
};

#endif /* TZVMM_GPIO_H */
