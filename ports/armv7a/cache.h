/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_CACHE_H
#define TZVMM_ARMV7A_CACHE_H

/** @file
 * Whole-cache maintenance; ranges are the business of <tzvmm/port/dma.h>. */

/** Drop everything in the data and unified caches, as after a reset. What is
 * dirty is lost: only while the MMU is off. */
void armv7a_dcache_invalidate_all(void);

/** Write every dirty line back and drop it. */
void armv7a_dcache_flush_all(void);

#endif /* TZVMM_ARMV7A_CACHE_H */
