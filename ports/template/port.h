/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TEMPLATE_PORT_H
#define TZVMM_TEMPLATE_PORT_H

/** @file
 * A port to be written. docs/porting.md goes through it step by step. */

#include <tzvmm/port/port.h>

/** The board. Until it is complete tzvmm_port_check() refuses it, and says what is
 * to be written next. */
extern const struct tzvmm_port template_port;

/** Ask before a guest is made.
 * @param say Takes one line; NULL while the board cannot print.
 * @return Whether a guest may be started. */
bool template_port_ready(void (*say)(const char *line));

#endif /* TZVMM_TEMPLATE_PORT_H */
