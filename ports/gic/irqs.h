/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GIC_IRQS_H
#define GIC_IRQS_H

/** @file
 * A board's GIC: what <board.h> asks for that is the same for each board with one. */

#include <board.h>
#include <gic/gic.h>

/** Its lines, those of software and of the CPU included. */
#define BOARD_NR_LINES (32u * BOARD_NR_LINE_WORDS)

/** It, for the board to start. */
extern struct gic board_gic;

#endif /* GIC_IRQS_H */
