/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_CONSOLE_H
#define TZVMM_MONITOR_CONSOLE_H

/** @file
 * The secure UART, shared by the monitor's log and the guest's console. */

#include <stdbool.h>
#include <stddef.h>

#include <tzvmm/console.h>

/** Text that the guest writes. */
extern struct tzvmm_mux_source console_guest;

/** Text that the user types to the guest. */
extern struct tzvmm_input console_input;

/** The same of its second terminal. */
extern struct tzvmm_mux_source console_terminal;
extern struct tzvmm_input console_terminal_input; /**< Typed there: Ctrl-] 2. */

/** Put the mux on the UART. */
void console_init(void);

/** Print one line of the monitor's.
 * @param text Bytes. @param len Their number. */
void console_line(const char *text, size_t len);

/** Show what has waited long enough; regularly. */
void console_tick(void);

/** Whether console_tick() has something to do, or will have.
 * @return false: nothing is on its way. */
bool console_waits(void);

/** Bring everything out of the UART, within a bounded time.
 * @return Whether all of it left. */
bool console_flush(void);

/** What still has to leave by the serial line.
 * @return Bytes. */
uint32_t console_backlog(void);

#endif /* TZVMM_MONITOR_CONSOLE_H */
