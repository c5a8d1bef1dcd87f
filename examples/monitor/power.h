/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_POWER_H
#define TZVMM_MONITOR_POWER_H

/** @file
 * The end: off, reset, or a fault of ours. */

#include <tzvmm/vm.h>

/** Let the disk finish, then stop or reset the system.
 * @param action TZVMM_OFF, TZVMM_RESET or TZVMM_RESTART. */
void power_stop(enum tzvmm_action action) __attribute__((noreturn));

/** The same, once the interrupt that is being served is done: for what runs amid
 * others' work, as commands do. The last one counts.
 * @param action As for power_stop(). */
void power_want(enum tzvmm_action action);

/** Do what was wanted, if something was. */
void power_serve(void);

/** Report what is broken and stop.
 * @param text One line. */
void power_fatal(const char *text) __attribute__((noreturn));

/** power_fatal() with the reason, if there is one.
 * @param failed NULL: go on. */
void require(const char *failed);

#endif /* TZVMM_MONITOR_POWER_H */
