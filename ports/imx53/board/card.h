/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_BOARD_CARD_H
#define IMX53_BOARD_CARD_H

/** @file
 * SD host, clocks and interrupt controller, for the other files of this folder. */

#include <imx/esdhc.h>
#include <imx53/clk.h>
#include <imx53/tzic.h>

/** The host. */
extern struct imx_esdhc board_card;

/** Its interrupts come no more. */
void board_card_quiet(void);

/** Clocks of the SoC. */
extern const struct imx53_clk board_clk;

/** The interrupt controller. */
extern struct imx53_tzic board_tzic;

#endif /* IMX53_BOARD_CARD_H */
