/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_USB_ARMORY_FILTERS_H
#define TZVMM_USB_ARMORY_FILTERS_H

/** @file
 * The closed blocks of the USB armory of which the stock guest reaches a part. */

#include <stddef.h>

#include <tzvmm/regfilter.h>
#include <usb_armory/manifest.h>

/** The blocks, as partition.dtso has them; no two overlap. */
extern const struct tzvmm_filter armory_filters[ARMORY_NR_FILTERS];

/** Access to their registers. */
extern const struct tzvmm_filter_hw armory_filter_hw;

#endif /* TZVMM_USB_ARMORY_FILTERS_H */
