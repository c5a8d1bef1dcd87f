/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_USB_ARMORY_MEMORY_H
#define TZVMM_USB_ARMORY_MEMORY_H

/** @file
 * How the USB armory's 512 MiB are divided: ARMORY_x_BASE and ARMORY_x_LEN of
 * SECURE, CODE, DATA, PACKAGE, POOL and GUEST, as partition.dtso has them. */

#include <usb_armory/manifest.h>

#endif /* TZVMM_USB_ARMORY_MEMORY_H */
