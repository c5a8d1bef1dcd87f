/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_BOARD_CARD_H
#define IMX53_BOARD_CARD_H

/** @file
 * The SD host of the card, for the other files of this folder. */

#include <imx/esdhc.h>
#include <imx53/clk.h>

/** The host. */
extern struct imx_esdhc board_card;

/** Clocks of the SoC. */
extern const struct imx53_clk board_clk;

#endif /* IMX53_BOARD_CARD_H */
