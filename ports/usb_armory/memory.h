/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_USB_ARMORY_MEMORY_H
#define TZVMM_USB_ARMORY_MEMORY_H

/** @file
 * How the USB armory's 512 MiB are divided. monitor.ld, the guest's device tree
 * and the boot package have the same addresses. */

/** Secure DDR: below the guest, so that the guest's RAM starts on the multiple
 * of 128 MiB that a zImage rounds down to. At most 256 MiB can be protected
 * (facts/imx53.md 3.6). */
#define ARMORY_SECURE_BASE 0x70000000u
#define ARMORY_SECURE_LEN 0x08000000u /**< Bytes of secure DDR. */

#define ARMORY_CODE_BASE 0x70100000u /**< The monitor's code, one section. */
#define ARMORY_DATA_BASE 0x70200000u /**< Its data, stack and buffers. */
#define ARMORY_DATA_LEN 0x00E00000u  /**< Bytes of it. */

#define ARMORY_PACKAGE_BASE 0x71000000u /**< Where the boot package is loaded. */
#define ARMORY_PACKAGE_LEN 0x04000000u  /**< Most bytes of it. */

#define ARMORY_POOL_BASE                                                           \
	0x75000000u /**< Overlays: their maps, and stores in memory. */
#define ARMORY_POOL_LEN 0x03000000u /**< Bytes of it. */

#define ARMORY_GUEST_BASE 0x78000000u /**< The guest's RAM. */
#define ARMORY_GUEST_LEN 0x18000000u  /**< Bytes of it. */

#endif /* TZVMM_USB_ARMORY_MEMORY_H */
