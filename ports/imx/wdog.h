/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_WDOG_H
#define IMX_WDOG_H

/** @file
 * Watchdog of i.MX: resets the chip, at once or unless it is served, and ticks. Its
 * clock has 32 kHz and no gate. */

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

/** Half seconds that a watchdog may wait for service. */
#define IMX_WDOG_MAX_HALVES 256u

/** Let a watchdog run: unless imx_wdog_serve() is called, it interrupts after one
 * time and resets the chip after another. It cannot be stopped any more.
 *
 * @param base         Registers.
 * @param tick_halves  Half seconds to the interrupt, 1 .. @p reset_halves - 1.
 * @param reset_halves Half seconds to the reset, 2 .. IMX_WDOG_MAX_HALVES.
 * @retval TZVMM_OK      It runs.
 * @retval TZVMM_E_INVAL A time is out of range.
 * @retval TZVMM_E_IO    Somebody has locked it with other values, or it is not
 *                       there. It may run. */
TZVMM_NODISCARD enum tzvmm_status
imx_wdog_start(uintptr_t base, uint32_t tick_halves, uint32_t reset_halves);

/** Begin both times anew, and lower the interrupt.
 * @param base Registers of a watchdog that runs. */
void imx_wdog_serve(uintptr_t base);

#endif /* IMX_WDOG_H */
