/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX6UL_TZASC_H
#define IMX6UL_TZASC_H

/** @file
 * The address space controller in front of DDR, a TZC-380: secure all over but
 * where the guest has its memory. An alias of secure memory is secure as well. */

#include <stddef.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** A piece of DDR. */
struct imx6ul_tzasc_bank {
	uint32_t base; /**< Multiple of 32 KiB. */
	uint32_t len;  /**< Multiple of 32 KiB, not 0. */
};

/** Where its registers are. */
struct imx6ul_tzasc {
	uintptr_t base; /**< Its own. */
	uintptr_t gpr;  /**< IOMUXC_GPR. */
};

/** Open the guest's memory to both worlds, close all else to the normal one, and
 * lock it until the next reset.
 *
 * @param tzasc Where it is.
 * @param guest The guest's memory; no two overlap.
 * @param nr    Pieces of @p guest.
 * @retval TZVMM_OK       In force.
 * @retval TZVMM_E_UNSUPP The loader left it bypassed, which can be changed only
 * before DDR is used; nothing was written.
 * @retval TZVMM_E_INVAL  @p guest cannot be had with the regions that there are;
 *                        nothing was written.
 * @retval TZVMM_E_IO     A register does not hold what was written; do not start a
 *                        guest. */
TZVMM_NODISCARD enum tzvmm_status
imx6ul_tzasc_protect(const struct imx6ul_tzasc *tzasc,
		     const struct imx6ul_tzasc_bank *guest, size_t nr);

#endif /* IMX6UL_TZASC_H */
