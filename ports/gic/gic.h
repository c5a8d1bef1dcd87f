/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GIC_GIC_H
#define GIC_GIC_H

/** @file
 * GICv2 with the Security Extensions as the secure world of one CPU drives it:
 * secure lines are group 0, come as FIQ and go to a table of handlers; the guest's
 * lines are group 1, come as IRQ and never to us. A line is an interrupt ID of the
 * GIC: 0 to 15 by software, 16 to 31 of the CPU, from 32 on of devices. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Words of a set of lines, of the largest GIC. */
#define GIC_MAX_WORDS 32u

/** Who serves a secure line. */
struct gic_handler {
	void (*fn)(void *ctx); /**< NULL: the line cannot be enabled. */
	void *ctx;             /**< Handed to fn. */
};

/** Where it is and what it has. */
struct gic_config {
	uintptr_t dist;    /**< Registers of the distributor. */
	uintptr_t cpu;     /**< Registers of the CPU interface. */
	uint32_t nr_lines; /**< Multiple of 32, 32 .. 992; not more than it has. */
	/** nr_lines entries; borrowed, must outlive the controller. */
	const struct gic_handler *handlers;
};

/** The controller. Memory of the caller. */
struct gic {
	/** @cond PRIVATE */
	struct gic_config config;
	uint32_t nr_words;
	uint32_t secure[GIC_MAX_WORDS]; /* enabled secure lines */
	uint32_t guest[GIC_MAX_WORDS];
	uint32_t raised[GIC_MAX_WORDS]; /* the guest's, held high by software */
	uint32_t spurious;

	/** @endcond */
};

/** Take the controller over: every line disabled, nothing pending or active, groups
 * and priorities set (secure 0x00, guest 0xA0), devices' lines are levels for this
 * CPU, both worlds enabled.
 *
 * @param gic    Caller's memory.
 * @param config Copied.
 * @param guest  The guest's lines, bit n % 32 of word n / 32, config->nr_lines / 32
 *               words; all others are secure. Copied.
 * @retval TZVMM_OK       Ready.
 * @retval TZVMM_E_INVAL  config->nr_lines, or a line is the guest's and has a
 *                        handler.
 * @retval TZVMM_E_UNSUPP It has fewer lines, or one world only.
 * @retval TZVMM_E_IO     The groups do not read back; both worlds are disabled. */
TZVMM_NODISCARD enum tzvmm_status
gic_init(struct gic *gic, const struct gic_config *config, const uint32_t *guest);

/** Say anew which lines are the guest's: before one has run.
 *
 * @param gic   Initialised.
 * @param guest As for gic_init(). A line with a handler may be the guest's now: it
 *              cannot be enabled.
 * @retval TZVMM_OK       So be it.
 * @retval TZVMM_E_DENIED One of them is enabled in the secure world; nothing has
 *                        changed.
 * @retval TZVMM_E_IO     The groups do not read back; do not start a guest. */
TZVMM_NODISCARD enum tzvmm_status gic_set_guest(struct gic *gic,
						const uint32_t *guest);

/** Enable a secure line.
 * @param gic  Initialised.
 * @param line Line.
 * @retval TZVMM_OK       Enabled.
 * @retval TZVMM_E_INVAL  No such line, or it has no handler.
 * @retval TZVMM_E_DENIED It is the guest's. */
TZVMM_NODISCARD enum tzvmm_status gic_enable(struct gic *gic, uint32_t line);

/** Disable a secure line.
 * @param gic  Initialised.
 * @param line Line.
 * @retval TZVMM_OK       Disabled; it is not dispatched any more.
 * @retval TZVMM_E_INVAL  No such line.
 * @retval TZVMM_E_DENIED It is the guest's. */
TZVMM_NODISCARD enum tzvmm_status gic_disable(struct gic *gic, uint32_t line);

/** Call the handlers of secure lines that are pending, up to 32 calls; what is left
 * comes as the next FIQ. Also renews the guest's lines that are held high: see
 * gic_irqchip_ops.
 * @param gic Initialised.
 * @note Context: secure, FIQ masked, on the CPU that called gic_init(). */
void gic_dispatch(struct gic *gic);

/** Let the guest's interrupts through, all or none of them.
 * @param gic Initialised.
 * @param on  true: enabled lines reach the guest, if it has not masked them. */
void gic_let_guest(const struct gic *gic, bool on);

/** Take back everything the guest did to the controller: its lines disabled,
 * neither pending nor active, priorities and targets as after gic_init(). To be
 * called before a guest (re)starts.
 * @param gic Initialised. */
void gic_reset_guest(struct gic *gic);

/** Interrupts that wait for the guest.
 * @param gic  Initialised.
 * @param word 0 .. config->nr_lines / 32 - 1.
 * @return Its lines that are pending and that it has enabled. */
uint32_t gic_guest_pending(const struct gic *gic, unsigned word);

/** Calls of gic_dispatch() that found nothing to do, and lines without a handler.
 * @param gic Initialised.
 * @return The count; it wraps. */
uint32_t gic_nr_spurious(const struct gic *gic);

/** The guest's controller for struct tzvmm_irqchip: nr_lines is config->nr_lines,
 * ctx the struct gic. Lines 16 and up can be injected. What software makes pending
 * the guest's acknowledgement ends, as for an edge. A line that is still high
 * thereafter pends anew at the next gic_dispatch(), as that of a device would. */
extern const struct tzvmm_irqchip_ops gic_irqchip_ops;

#endif /* GIC_GIC_H */
