/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_PLATFORM_H
#define TZVMM_MONITOR_PLATFORM_H

/** @file
 * The secure world's own devices: clock, UART, interrupts, watchdog, card. */

#include <imx/esdhc.h>
#include <imx/uart.h>
#include <imx53/tzic.h>
#include <tzvmm/port/port.h>

/** Time and log of the monitor. */
extern const struct tzvmm_sys platform_sys;

/** The serial line. */
extern struct imx_uart platform_uart;

/** The SD host of the card. */
extern struct imx_esdhc platform_card;

/** The interrupt controller. */
extern struct imx53_tzic platform_tzic;

/** Clock, UART and interrupt controller; from here on there is a log.
 * @return NULL, or what failed. */
const char *platform_init(void);

/** Bring the card into its data state.
 * @return NULL, or what failed. */
const char *platform_card_init(void);

/** Close what the guest must not touch, and lock it.
 * @param profile The guest's, enum tzvmm_abi_bootpkg_profile.
 * @return NULL, or what failed; then no guest may run. */
const char *platform_protect(uint32_t profile);

/** Serve the secure interrupts that are pending, and what they ask for. Returns
 * unless the system is to stop or the guest to start anew. */
void platform_irq(void);

/** Serve interrupts again as soon as the guest runs. */
void platform_soon(void);

/** Wait with FIQ masked, as before a guest runs, for something that an
 * interrupt handler does.
 * @param done     Asked after each round.
 * @param limit_us Longest wait.
 * @return Whether it was done in time. */
bool platform_wait(bool (*done)(void), uint32_t limit_us);

/** Let clock and tick run, whatever the guest did to their timers: it must not run
 * any more. */
void platform_take_timers(void);

/** Let nothing wake the CPU any more: neither the tick nor the guest's lines. */
void platform_quiesce(void);

/** Reset the board. */
void platform_reset(void);

#endif /* TZVMM_MONITOR_PLATFORM_H */
