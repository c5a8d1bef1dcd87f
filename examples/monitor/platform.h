/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_PLATFORM_H
#define TZVMM_MONITOR_PLATFORM_H

/** @file
 * The secure world's tick, watchdog and waits, on what the board gives (board.h). */

#include <stdbool.h>
#include <stdint.h>

#include <board.h>

/** Clock, serial line, console and interrupts; once it has a console, there is a log.
 * @return NULL, or what failed. */
const char *platform_init(void);

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
	uint32_t ticks;   /**< Of the watchdog. */
	uint32_t touched; /**< Of these, with timers that the guest had changed. */
	uint32_t corrected; /**< And with a clock that was not believed. */
};

/** @return The counts. */
struct platform_timers platform_timers(void);

/** Reset the board. */
void platform_reset(void);

#endif /* TZVMM_MONITOR_PLATFORM_H */
