/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_COMMANDS_H
#define TZVMM_MONITOR_COMMANDS_H

/** @file
 * Commands of the monitor's prompt. */

#include <tzvmm/console.h>

/** Entries of commands. */
#define NR_COMMANDS 9u

/** The table. */
extern const struct tzvmm_command commands[NR_COMMANDS];

/** Do what a command wanted that takes its time: once interrupts were served. */
void commands_serve(void);

#endif /* TZVMM_MONITOR_COMMANDS_H */
