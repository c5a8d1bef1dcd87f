/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ATAGS_H
#define TZVMM_ATAGS_H

/** @file
 * The tag list of ARM's older boot protocol, for guests that know no device tree
 * [Linux: Documentation/arch/arm/booting, uapi/asm/setup.h]. */

#include <stddef.h>
#include <stdint.h>

#include <tzvmm/gmem.h>
#include <tzvmm/status.h>

/** Types of tags. */
enum tzvmm_atag {
	TZVMM_ATAG_NONE = 0,              /**< The end; of size 0. */
	TZVMM_ATAG_CORE = 0x54410001,     /**< The beginning. */
	TZVMM_ATAG_MEM = 0x54410002,      /**< Memory: bytes, address. */
	TZVMM_ATAG_SERIAL = 0x54410006,   /**< Serial number: low, high word. */
	TZVMM_ATAG_REVISION = 0x54410007, /**< Of the board. */
	TZVMM_ATAG_CMDLINE = 0x54410009,  /**< Boot arguments, a string. */
	TZVMM_ATAG_INITRD2 = 0x54420005,  /**< Initial RAM disk: address, bytes. */
};

/** What a list says, one tag each, and one for each piece of memory. */
struct tzvmm_atags {
	const struct tzvmm_gmem *mem; /**< The guest's RAM; borrowed. */
	uint32_t initrd;              /**< Where the initial RAM disk is. */
	uint32_t initrd_len;          /**< Its bytes; 0: no tag. */
	uint32_t revision;            /**< 0: no tag. */
	uint32_t serial[2];           /**< Low and high word; 0, 0: no tag. */
	const char *cmdline; /**< Boot arguments; empty: no tag. Borrowed. */
	size_t cmdline_len;  /**< Their bytes without the final 0. */
};

/** Write a list.
 *
 * @param tags What it says.
 * @param list Where to; 32-bit words of the guest's order, which is the VMM's.
 * @param len  Bytes there.
 * @retval TZVMM_OK       Written, with its end.
 * @retval TZVMM_E_RANGE  Memory that 32 bits cannot tell.
 * @retval TZVMM_E_FULL   It needs more than @p len bytes; nothing is written.
 * @note Time: by the length of the list. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_atags_write(const struct tzvmm_atags *tags,
						    uint32_t *list, size_t len);

#endif /* TZVMM_ATAGS_H */
