/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_PROBE_H
#define TZVMM_ARMV7A_PROBE_H

/** @file
 * Single accesses, strongly-ordered, on the bus as either world: what a page marked
 * NS gives is a normal access, whoever makes it. An access that the bus refuses is
 * an answer, and so is one that it refuses late.
 *
 * Context: Monitor mode behind armv7a_mmu_enable() and armv7a_monitor_init(), no
 * guest running, the caches without a line of what is accessed. */

#include <stdbool.h>
#include <stdint.h>

/** Read a word.
 * @param pa     Physical address, a multiple of 4.
 * @param normal As the normal world.
 * @param value  Set if it was read.
 * @return Whether the bus let it through. */
bool armv7a_probe_read(uint32_t pa, bool normal, uint32_t *value);

/** Write a word.
 * @param pa     Physical address, a multiple of 4.
 * @param normal As the normal world.
 * @param value  What.
 * @return Whether the bus let it through. */
bool armv7a_probe_write(uint32_t pa, bool normal, uint32_t value);

#endif /* TZVMM_ARMV7A_PROBE_H */
