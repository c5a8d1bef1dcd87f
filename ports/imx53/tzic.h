/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_TZIC_H
#define IMX53_TZIC_H

/** @file
 * TZIC as the secure world drives it: secure lines come as FIQ and go to a table
 * of handlers, the guest's lines come as IRQ and never to us. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Lines of the controller. */
#define IMX53_TZIC_NR_LINES 128u
/** Words of a set of lines. */
#define IMX53_TZIC_NR_WORDS 4u

/** Who serves a secure line. */
struct imx53_tzic_handler {
	void (*fn)(void *ctx); /**< NULL: the line cannot be enabled. */
	void *ctx;             /**< Handed to fn. */
};

/** The controller. Memory of the caller. */
struct imx53_tzic {
	/** @cond PRIVATE */
	uintptr_t base;
	const struct imx53_tzic_handler *handlers;
	uint32_t secure[IMX53_TZIC_NR_WORDS]; /* enabled secure lines */
	uint32_t guest[IMX53_TZIC_NR_WORDS];
	uint32_t spurious;

	/** @endcond */
};

/** Take the controller over: every line disabled, no software interrupt left,
 * security and priorities set (secure 0x00, guest 0x80), both worlds enabled.
 *
 * @param tzic     Caller's memory.
 * @param base     Registers.
 * @param guest    The guest's lines, bit n % 32 of word n / 32; all others are
 *                 secure. Copied.
 * @param handlers IMX53_TZIC_NR_LINES entries; borrowed, must outlive @p tzic.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL A line is the guest's and has a handler.
 * @retval TZVMM_E_IO    INTSEC does not read back; both worlds are disabled. */
TZVMM_NODISCARD enum tzvmm_status
imx53_tzic_init(struct imx53_tzic *tzic, uintptr_t base,
		const uint32_t guest[IMX53_TZIC_NR_WORDS],
		const struct imx53_tzic_handler *handlers);

/** Say anew which lines are the guest's: before one has run.
 *
 * @param tzic  Initialised.
 * @param guest As for imx53_tzic_init(). A line with a handler may be the guest's
 *              now: it cannot be enabled.
 * @retval TZVMM_OK       So be it.
 * @retval TZVMM_E_DENIED One of them is enabled in the secure world; nothing has
 *                        changed.
 * @retval TZVMM_E_IO     INTSEC does not read back; do not start a guest. */
TZVMM_NODISCARD enum tzvmm_status
imx53_tzic_set_guest(struct imx53_tzic *tzic,
		     const uint32_t guest[IMX53_TZIC_NR_WORDS]);

/** Enable a secure line. It also wakes the CPU from low power.
 * @param tzic Initialised.
 * @param line Line.
 * @retval TZVMM_OK       Enabled.
 * @retval TZVMM_E_INVAL  No such line, or it has no handler.
 * @retval TZVMM_E_DENIED It is the guest's. */
TZVMM_NODISCARD enum tzvmm_status imx53_tzic_enable(struct imx53_tzic *tzic,
						    uint32_t line);

/** Disable a secure line.
 * @param tzic Initialised.
 * @param line Line.
 * @retval TZVMM_OK       Disabled; it is not dispatched any more.
 * @retval TZVMM_E_INVAL  No such line.
 * @retval TZVMM_E_DENIED It is the guest's. */
TZVMM_NODISCARD enum tzvmm_status imx53_tzic_disable(struct imx53_tzic *tzic,
						     uint32_t line);

/** Call the handler of each enabled secure line that is pending; once each.
 * @param tzic Initialised.
 * @note Context: secure, FIQ masked. Time: two register reads and about 15
 *       instructions to the handler of a line below 32. */
void imx53_tzic_dispatch(struct imx53_tzic *tzic);

/** Let the guest's interrupts through, all or none of them.
 * @param tzic Initialised.
 * @param on   true: enabled lines reach the guest. */
void imx53_tzic_let_guest(const struct imx53_tzic *tzic, bool on);

/** Take back everything the guest did to the controller: its lines disabled, its
 * software interrupts gone. To be called before a guest (re)starts.
 * @param tzic Initialised. */
void imx53_tzic_reset_guest(const struct imx53_tzic *tzic);

/** Interrupts that wait for the guest.
 * @param tzic Initialised.
 * @param word 0 .. IMX53_TZIC_NR_WORDS - 1.
 * @return Its lines that are pending and that it has enabled. */
uint32_t imx53_tzic_guest_pending(const struct imx53_tzic *tzic, unsigned word);

/** Calls of imx53_tzic_dispatch() that found nothing to do.
 * @param tzic Initialised.
 * @return The count; it wraps. */
uint32_t imx53_tzic_nr_spurious(const struct imx53_tzic *tzic);

/** The guest's controller for struct tzvmm_irqchip: nr_lines is
 * IMX53_TZIC_NR_LINES, ctx the struct imx53_tzic. */
extern const struct tzvmm_irqchip_ops imx53_tzic_irqchip_ops;

#endif /* IMX53_TZIC_H */
