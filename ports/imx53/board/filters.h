/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_FILTERS_H
#define TZVMM_FILTERS_H

/** @file
 * The closed blocks of the board of which the stock guest reaches a part. */

#include <stddef.h>

#include <manifest.h>
#include <tzvmm/regfilter.h>

/** The blocks, as partition.dtso has them; no two overlap. */
extern const struct tzvmm_filter board_filters[BOARD_NR_FILTERS];

/** Access to their registers. */
extern const struct tzvmm_filter_hw board_filter_hw;

#endif /* TZVMM_FILTERS_H */
