/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX6UL_BOARD_CARD_H
#define IMX6UL_BOARD_CARD_H

/** @file
 * SD host and clocks, for the other files of this folder. */

#include <imx/esdhc.h>
#include <imx6ul/clk.h>

/** The host. */
extern struct imx_esdhc board_card;

/** Clocks of the SoC. */
extern const struct imx6ul_clk board_clk;

/** What is to be done when the board enforces nothing: CSU or TZASC are not there.
 * @param what Its name.
 * @param why  What is said when no guest may run.
 * @return NULL where the build allows it, with a line of the log; otherwise @p why. */
const char *board_unenforced(const char *what, const char *why);

#endif /* IMX6UL_BOARD_CARD_H */
