/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_M4IF_H
#define IMX53_M4IF_H

/** @file
 * The watermarks, one for each DDR chip select, that keep secure DDR from the
 * normal world. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** Most bytes that can be protected (imx53.md 3.6). */
#define IMX53_M4IF_MAX_LEN 0x10000000u
/** Start and length are multiples of it. */
#define IMX53_M4IF_PAGE 0x1000u

/** Protect a range of a DDR chip select, in place of what was protected of it
 * before.
 *
 * @param base  Registers.
 * @param start First bus address.
 * @param len   Bytes, IMX53_M4IF_PAGE .. IMX53_M4IF_MAX_LEN.
 * @retval TZVMM_OK      The normal world cannot reach the range.
 * @retval TZVMM_E_INVAL Not whole pages, too long, or not in one chip select's
 *                       window; nothing changed.
 * @retval TZVMM_E_IO    A register does not hold what was written. */
TZVMM_NODISCARD enum tzvmm_status imx53_m4if_protect(uintptr_t base, uint32_t start,
						     uint32_t len);

/** Take note of an access that a watermark refused, and clear it. Where one of the
 * second chip select is noted is UNKNOWN: it is cleared, and not told.
 *
 * @param base Registers.
 * @param addr Set to its bus address if there was one.
 * @return Whether there was one since the last call. */
bool imx53_m4if_take_violation(uintptr_t base, uint32_t *addr);

#endif /* IMX53_M4IF_H */
