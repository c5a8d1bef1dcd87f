/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_WDOG_H
#define IMX_WDOG_H

/** @file
 * Watchdog of i.MX, used for what it does best: a reset. */

#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Why the chip was reset, as this watchdog saw it. */
enum imx_wdog_reason {
	IMX_WDOG_POWER_ON, /**< Power, or a reset from outside. */
	IMX_WDOG_SOFTWARE, /**< imx_wdog_reset(), or another system's like. */
	IMX_WDOG_TIMEOUT,  /**< It was not served. */
	IMX_WDOG_UNKNOWN,  /**< None of these is noted. */
};

/** Why the chip was reset last.
 * @param base Registers.
 * @return The reason. */
enum imx_wdog_reason imx_wdog_reason(uintptr_t base);

/** The name of a reason, for logs.
 * @param reason Any value.
 * @return A constant string. */
const char *imx_wdog_reason_name(enum imx_wdog_reason reason);

/** Reset the chip. Does not return where the hardware obeys.
 *
 * @param base Registers.
 * @param sys  Services.
 * @retval TZVMM_E_TIMEOUT Nothing happened within 100 ms. */
TZVMM_NODISCARD enum tzvmm_status imx_wdog_reset(uintptr_t base,
						 const struct tzvmm_sys *sys);

#endif /* IMX_WDOG_H */
