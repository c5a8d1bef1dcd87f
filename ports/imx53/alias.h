/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_ALIAS_H
#define IMX53_ALIAS_H

/** @file
 * Whether secure DDR answers at a second address, and whether the watermark covers
 * that one (imx53.md 1.1: UNKNOWN, so it is tried at each start). */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** Words of memory, uncached, on the bus as either world. */
struct imx53_alias_ops {
	/** Read. @param addr Bus address. @param normal As the normal world.
	 * @param value Set if true. @return False if the bus refuses. */
	bool (*read)(uint32_t addr, bool normal, uint32_t *value);
	/** Write. @param addr Bus address. @param normal As the normal world.
	 * @param value What. @return False if the bus refuses. */
	bool (*write)(uint32_t addr, bool normal, uint32_t value);
};

/** A piece of DDR, behind one chip select. */
struct imx53_alias_bank {
	uint32_t base; /**< First byte. */
	uint32_t len;  /**< Bytes; not 0. */
};

/** The memory in question. */
struct imx53_alias_memory {
	/** Secure DDR: watermarks cover it already. */
	const struct imx53_alias_bank *secure;
	unsigned nr_secure;                   /**< Pieces of it. */
	const struct imx53_alias_bank *guest; /**< The guest's. */
	unsigned nr_guest;                    /**< Pieces, at least 1. */
	bool csd1;                            /**< The second chip select is on. */
};

/** What was found. */
struct imx53_alias_result {
	uint32_t nr;   /**< Addresses that show a word of secure DDR. */
	uint32_t addr; /**< The first of them, or the one that failed. */
};

/** Look. Tries the addresses that differ in one bit from a secure word's, from a
 * page up to the window, in both windows: a controller that ignores some bits of
 * the address ignores each of them. Secure words that are tried keep their value;
 * nothing else is written unless it is one of them.
 *
 * @param ops    Accesses; no cache may have a line of secure or guest memory.
 * @param memory The memory.
 * @param result Filled.
 * @retval TZVMM_OK       The normal world reaches no secure word.
 * @retval TZVMM_E_DENIED It reaches one at result->addr.
 * @retval TZVMM_E_RANGE  The guest's own memory at result->addr is secure memory.
 * @retval TZVMM_E_IO     There is no memory at result->addr. */
TZVMM_NODISCARD enum tzvmm_status
imx53_alias_check(const struct imx53_alias_ops *ops,
		  const struct imx53_alias_memory *memory,
		  struct imx53_alias_result *result);

#endif /* IMX53_ALIAS_H */
