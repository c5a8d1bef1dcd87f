/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_COMMANDS_H
#define TZVMM_MONITOR_COMMANDS_H

/** @file
 * Commands of the monitor's prompt. */

#include <tzvmm/console.h>

/** Entries of commands. */
#define NR_COMMANDS 4u

/** The table. */
extern const struct tzvmm_command commands[NR_COMMANDS];

#endif /* TZVMM_MONITOR_COMMANDS_H */
