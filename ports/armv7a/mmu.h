/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_MMU_H
#define TZVMM_ARMV7A_MMU_H

/** @file
 * The secure world's own address space: one-to-one, in sections of 1 MiB. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of a section. */
#define ARMV7A_SECTION 0x100000u

/** The section through which armv7a_mmu_window() shows memory; no range's. */
#define ARMV7A_WINDOW 0xFFF00000u

/** What a range is mapped as. */
enum armv7a_map_kind {
	ARMV7A_MAP_CODE,   /**< Secure, read-only, executable. */
	ARMV7A_MAP_DATA,   /**< Secure, writable, cached. */
	ARMV7A_MAP_GUEST,  /**< Normal world's RAM: tagged NS and cached with
			    * the attributes that Linux uses, so that both
			    * worlds see one cache line. */
	ARMV7A_MAP_DEVICE, /**< Registers. */
};

/** A range of the map; multiples of ARMV7A_SECTION. */
struct armv7a_map {
	uint32_t addr;             /**< First byte. */
	uint32_t len;              /**< Bytes. */
	enum armv7a_map_kind kind; /**< Attributes. */
};

/** Build the table, invalidate caches and TLB, switch MMU and caches on.
 * What no range names faults.
 *
 * @param map Ranges, not overlapping; among them the running code and stack.
 * @param nr  Their number.
 * @note Context: secure world, MMU off, once. */
void armv7a_mmu_enable(const struct armv7a_map *map, size_t nr);

/** Show the section of an address at ARMV7A_WINDOW: strongly-ordered, writable.
 *
 * @param pa     Any physical address of it.
 * @param normal Accesses are the normal world's on the bus. */
void armv7a_mmu_window(uint32_t pa, bool normal);

/** Nothing is there any more. */
void armv7a_mmu_window_close(void);

#endif /* TZVMM_ARMV7A_MMU_H */
