/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_GMEM_H
#define TZVMM_GMEM_H

/** @file
 * Guest memory: the one check that every guest address passes. */

#include <stdbool.h>
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

/** Whether a range lies in a window: the decision of tzvmm_gmem_at().
 *
 * All of a window is mapped, so what is inside of it can be computed in the size
 * of a pointer. No sum can overflow, and a length of 0 wraps to one that no
 * window has.
 *
 * @param win A window of the guest.
 * @param off Distance of the range from win->ipa. An address below the window
 *            wraps to a huge one, so one comparison refuses both sides.
 * @param len Bytes of the range; any value, 0 is in no window.
 * @return Whether [win->va + off, win->va + off + len) may be used. */
static inline bool tzvmm_window_holds(const struct tzvmm_window *win, uint64_t off,
				      size_t len)
{
	const size_t size = (size_t)win->len;

	return off < size && len - 1u < size - (size_t)off;
}

/** Translate a guest range. No other function of the library makes a pointer
 * of a guest address, but the ring's, which keeps to the last window it used.
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
		const uint64_t off = ipa - win->ipa;

		if (len == (size_t)len && tzvmm_window_holds(win, off, (size_t)len)) {
			return win->va + (size_t)off;
		}
	}
	return NULL;
}

#endif /* TZVMM_GMEM_H */
