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

/** Arguments behind the first word.
 * @param args Arguments.
 * @param word What the first one should be.
 * @return The others, or NULL if it is another word. */
const char *command_rest(const char *args, const char *word);

/** Do what a command wanted that takes its time: once interrupts were served. */
void commands_serve(void);

#endif /* TZVMM_MONITOR_COMMANDS_H */
