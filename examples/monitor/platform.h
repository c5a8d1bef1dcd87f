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

/** Serve interrupts once, in the middle of something that takes long while the
 * guest stands still. */
void platform_serve(void);

/** Wait with FIQ masked, as before a guest runs, for something that an
 * interrupt handler does.
 * @param done     Asked after each round.
 * @param limit_us Longest wait.
 * @return Whether it was done in time. */
bool platform_wait(bool (*done)(void), uint32_t limit_us);

/** Let clock and tick run, whatever the guest did to their timers: it must not run
 * any more. */
void platform_take_timers(void);

/** Sleep for good: nothing wakes the CPU any more but the watchdog, which is served
 * so that the board stays as it is. */
void platform_rest(void) __attribute__((noreturn));

/** Let the watchdog run, from a guest's first start on.
 * @return NULL, or what failed. */
const char *platform_watch(void);

/** What became of the secure timers. */
struct platform_timers {
	uint32_t ticks;     /**< Of the watchdog. */
	uint32_t touched;   /**< Of these, with EPITs that the guest had changed. */
	uint32_t corrected; /**< And with a clock that was not believed. */
};

/** @return The counts. */
struct platform_timers platform_timers(void);

/** Reset the board. */
void platform_reset(void);

#endif /* TZVMM_MONITOR_PLATFORM_H */
