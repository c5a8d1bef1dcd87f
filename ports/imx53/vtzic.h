/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_VTZIC_H
#define IMX53_VTZIC_H

/** @file
 * Virtual TZIC: what a guest finds that expects to own the whole controller.
 *
 * On silicon the normal world most likely reads INTSEC as zero, and the stock
 * kernel, which masks with it, then drops every interrupt (imx53.md 2.2). So its
 * device tree points to a closed window, and this answers: the secure view of
 * the controller, with the guest's lines as the only ones there are. */

#include <stdint.h>

#include <imx53/tzic.h>
#include <tzvmm/mmio.h>

/** Length of the emulated window. */
#define IMX53_VTZIC_LEN 0x4000u

/** A virtual controller. Memory of the caller. */
struct imx53_vtzic {
	/** @cond PRIVATE */
	const struct imx53_tzic *tzic;
	uint32_t live[IMX53_TZIC_NR_WORDS];    /* enabled and let by priority */
	uint32_t enabled[IMX53_TZIC_NR_WORDS]; /* what the guest enabled */
	uint32_t allowed[IMX53_TZIC_NR_WORDS]; /* lines whose priority passes */
	uint32_t wakeup[IMX53_TZIC_NR_WORDS];
	uint32_t priority[IMX53_TZIC_NR_LINES / 4u];
	uint32_t control;
	uint32_t priority_mask;
	uint32_t sync;
	uint32_t hold_off;

	/** @endcond */
};

/** Start with every line of the guest disabled; also when a guest restarts.
 * @param vtzic Caller's memory.
 * @param tzic  The controller; borrowed, must outlive @p vtzic. */
void imx53_vtzic_init(struct imx53_vtzic *vtzic, const struct imx53_tzic *tzic);

/** The registers for struct tzvmm_mmio_region: len is IMX53_VTZIC_LEN, ctx the
 * struct imx53_vtzic. Accesses of less than 32 bits and of offsets without a
 * register are refused with TZVMM_E_GUEST.
 *
 * Secure lines read as absent in every register and ignore writes. Priorities
 * and their mask are kept here and act on the guest's lines only. */
extern const struct tzvmm_mmio_ops imx53_vtzic_ops;

#endif /* IMX53_VTZIC_H */
