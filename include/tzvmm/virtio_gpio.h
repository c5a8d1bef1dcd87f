/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_VIRTIO_GPIO_H
#define TZVMM_VIRTIO_GPIO_H

/** @file
 * A GPIO controller [VIRTIO 5.18] whose lines are pins of the board, by a table. What
 * is not in the table does not exist for the guest; what a line may be used for is in
 * the table too. A line that no driver uses, as after a reset, is in its safe state. */

#include <tzvmm/gpio.h>
#include <tzvmm/virtio.h>

/** Most lines. */
#define TZVMM_VGPIO_MAX_LINES 32u
/** Largest queue: two descriptors a line. */
#define TZVMM_VGPIO_QUEUE 64u
/** Most pieces of a buffer. */
#define TZVMM_VGPIO_SG 4u

/** Counters; they wrap. */
struct tzvmm_vgpio_stats {
	uint32_t requests; /**< Requests, also those refused. */
	uint32_t refused;  /**< Requests and event buffers that made no sense. */
	uint32_t events;   /**< Interrupts of lines. */
};

/** @cond PRIVATE */
struct tzvmm_vgpio_state {
	uint8_t *event; /* status byte of the event buffer that waits, or NULL */
	uint16_t head;  /* its chain */
	uint8_t direction;
	uint8_t irq;
	bool value; /* what it drives as an output */
};
/** @endcond */

/** A GPIO controller. */
struct tzvmm_vgpio {
	/** @cond PRIVATE */
	struct tzvmm_virtio virtio;
	struct tzvmm_virtio_queue queues[2];
	struct tzvmm_abi_virtio_gpio_config shown;
	const struct tzvmm_gpio_line *lines;
	uint32_t nr_lines;
	struct tzvmm_vgpio_state states[TZVMM_VGPIO_MAX_LINES];
	struct tzvmm_vgpio_stats stats;
	struct tzvmm_ratelimit limit;

	/** @endcond */
};

/** Make a device and put its lines into their safe states.
 *
 * @param vgpio    Caller's memory; must not move.
 * @param lines    Table of lines. Borrowed.
 * @param nr_lines Its entries, 1 .. TZVMM_VGPIO_MAX_LINES.
 * @param bus      Where it is plugged in; copied.
 * @retval TZVMM_OK       In reset.
 * @retval TZVMM_E_INVAL  A member is missing or out of range, or two lines are the
 *                        same pin; no pin was touched.
 * @retval TZVMM_E_DENIED The bus's line belongs to the secure world. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_vgpio_init(struct tzvmm_vgpio *vgpio, const struct tzvmm_gpio_line *lines,
		 uint32_t nr_lines, const struct tzvmm_virtio_bus *bus);

/** A pin that was unmasked interrupts, and is masked again.
 *
 * @param vgpio Device.
 * @param bank  The pin's.
 * @param pin   Of the bank; a pin of no line is ignored. */
void tzvmm_vgpio_event(struct tzvmm_vgpio *vgpio,
		       const struct tzvmm_gpio_bank *bank, uint32_t pin);

/** What happened so far.
 *
 * @param vgpio Device.
 * @return Its counters. */
static inline const struct tzvmm_vgpio_stats *
tzvmm_vgpio_stats(const struct tzvmm_vgpio *vgpio)
{
	return &vgpio->stats;
}

#endif /* TZVMM_VIRTIO_GPIO_H */
