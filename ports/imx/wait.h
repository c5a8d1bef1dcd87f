/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_WAIT_H
#define IMX_WAIT_H

/** @file
 * Waiting for a register, with an end that does not depend on the clock. */

#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** A wait gives up after this many looks a microsecond of its limit even if the
 * clock stands still: the guest may own the clock's gate. A look is two device
 * reads, which take more than 1/16 us on any i.MX5, so a running clock always
 * ends the wait first. */
#define IMX_WAIT_LOOKS_PER_US 16u

/** Wait until a register has given values in some bits.
 *
 * The clock is read before the register, so that a caller who was held up for
 * longer than the limit still sees a condition that came true in time.
 *
 * @param sys      Services.
 * @param addr     Register.
 * @param mask     Bits to look at.
 * @param value    Their values; no bit outside of @p mask.
 * @param limit_us Longest wait; at most 100 seconds.
 * @retval TZVMM_OK        The bits have their values.
 * @retval TZVMM_E_TIMEOUT They had not within the limit, or within 16 looks for
 *                         each microsecond of it. */
TZVMM_NODISCARD enum tzvmm_status imx_wait(const struct tzvmm_sys *sys,
					   uintptr_t addr, uint32_t mask,
					   uint32_t value, uint32_t limit_us);

/** Wait until a register has any of some bits set.
 *
 * @param sys      Services.
 * @param addr     Register.
 * @param mask     Bits to look at.
 * @param limit_us Longest wait; at most 100 seconds.
 * @param value    Set to what the register held last.
 * @retval TZVMM_OK        A bit is set.
 * @retval TZVMM_E_TIMEOUT As imx_wait(). */
TZVMM_NODISCARD enum tzvmm_status imx_wait_any(const struct tzvmm_sys *sys,
					       uintptr_t addr, uint32_t mask,
					       uint32_t limit_us, uint32_t *value);

/** Let time pass. Ends early when the clock stands still.
 * @param sys Services.
 * @param us  Microseconds, at most 100 seconds. */
void imx_delay(const struct tzvmm_sys *sys, uint32_t us);

#endif /* IMX_WAIT_H */
