/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_GMEM_H
#define TZVMM_GMEM_H

/** @file
 * Guest memory: the one check that every guest address passes. */

#include <stddef.h>
#include <stdint.h>

/** A piece of guest RAM that the library may touch. Windows do not overlap and
 * belong to the normal world alone. */
struct tzvmm_window {
	uint64_t ipa; /**< First guest physical address. */
	uint64_t len; /**< Bytes; ipa + len does not wrap. */
	uint8_t *va;  /**< Where the VMM sees ipa; [va, va + len) is mapped. */
};

/** A guest's RAM: a constant table of windows, borrowed from the board. */
struct tzvmm_gmem {
	const struct tzvmm_window *windows; /**< Not NULL. */
	size_t nr_windows;                  /**< At least 1. */
};

/** Translate a guest range. No other function of the library makes a pointer
 * of a guest address.
 *
 * @param mem A guest's RAM.
 * @param ipa First guest physical address; any value.
 * @param len Bytes; any value. 0 is answered with NULL.
 * @return The VMM's view of @p ipa, of which @p len bytes may be used, or NULL
 *         if the range is not wholly inside of one window.
 * @note Context: any. Time: a few instructions a window. */
static inline void *tzvmm_gmem_at(const struct tzvmm_gmem *mem, uint64_t ipa,
				  uint64_t len)
{
	for (size_t i = 0; i < mem->nr_windows; i++) {
		const struct tzvmm_window *win = &mem->windows[i];
		/* An address below the window wraps to a huge offset, so one
		 * comparison refuses both sides; no sum can overflow. */
		uint64_t off = ipa - win->ipa;

		if (off < win->len && len - 1u < win->len - off) {
			return win->va + (size_t)off;
		}
	}
	return NULL;
}

#endif /* TZVMM_GMEM_H */
