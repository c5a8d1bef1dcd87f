/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_IRQ_H
#define TZVMM_IRQ_H

/** @file
 * Interrupt injection: a set of line levels that is handed to the interrupt
 * controller when the guest is entered. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Lines that one VM can have; the GIC's limit is 1020. */
#define TZVMM_NR_LINES 1024u

/** Levels of a VM's injected lines, and edges. One bit a line: nothing is lost,
 * nothing queues twice, no order is promised. A line has either levels, which are
 * tzvmm_irqs_set()'s alone, or edges, which the guest ends. */
struct tzvmm_irqs {
	/** @cond PRIVATE */
	const struct tzvmm_irqchip *chip;
	uint32_t wanted[TZVMM_NR_LINES / 32u];  /* what devices drive */
	uint32_t applied[TZVMM_NR_LINES / 32u]; /* what the chip was told */
	uint32_t pulsed[TZVMM_NR_LINES / 32u];  /* edges since the last flush */
	/* bit w: wanted[w] and applied[w] may differ, or pulsed[w] is not 0 */
	uint32_t changed;

	/** @endcond */
};

/** Start with every line low.
 *
 * @param irqs Caller's memory.
 * @param chip The port's controller; borrowed, must outlive @p irqs. */
void tzvmm_irqs_init(struct tzvmm_irqs *irqs, const struct tzvmm_irqchip *chip);

/** Drive a line. The controller hears of it at the next flush.
 *
 * @param irqs  Initialised.
 * @param line  Controller line, 0 .. chip->nr_lines - 1.
 * @param level true raises.
 * @retval TZVMM_OK       Noted.
 * @retval TZVMM_E_INVAL  @p line is out of range.
 * @retval TZVMM_E_DENIED @p line belongs to the secure world.
 * @note Context: serialised with every other call for the same VM.
 *       Time: constant. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_irqs_set(struct tzvmm_irqs *irqs,
						 uint32_t line, bool level);

/** Give a line an edge: it is asserted at the next flush and stays so until the
 * guest ends it at its controller. What is known of the line does not change, so
 * one that the guest never ends costs nothing more.
 *
 * @param irqs Initialised.
 * @param line Controller line, which nobody drives by tzvmm_irqs_set().
 * @retval TZVMM_OK       Noted; edges that meet before the flush are one.
 * @retval TZVMM_E_INVAL  @p line is out of range.
 * @retval TZVMM_E_DENIED @p line belongs to the secure world.
 * @retval TZVMM_E_UNSUPP The guest cannot end lines at this controller.
 * @note Context: as of tzvmm_irqs_set(). Time: constant. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_irqs_pulse(struct tzvmm_irqs *irqs,
						   uint32_t line);

/** Whether a line can have edges.
 *
 * @param irqs Initialised.
 * @param line Any value.
 * @return What tzvmm_irqs_pulse() would answer. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_irqs_check_pulse(const struct tzvmm_irqs *irqs, uint32_t line);

/** The levels that devices drive, for reports.
 *
 * @param irqs Initialised.
 * @param word 0 .. TZVMM_NR_LINES / 32 - 1.
 * @return Bit n is line 32 x @p word + n. */
static inline uint32_t tzvmm_irqs_levels(const struct tzvmm_irqs *irqs, uint32_t word)
{
	return irqs->wanted[word];
}

/** The part of tzvmm_irqs_flush() that has something to do.
 *
 * @param irqs Initialised. */
void tzvmm_irqs_flush_changed(struct tzvmm_irqs *irqs);

/** Tell the controller what changed. Called on the way into the guest.
 *
 * @param irqs Initialised.
 * @note Time: two instructions and a branch when nothing changed. */
static inline void tzvmm_irqs_flush(struct tzvmm_irqs *irqs)
{
	if (irqs->changed != 0u) {
		tzvmm_irqs_flush_changed(irqs);
	}
}

#endif /* TZVMM_IRQ_H */
