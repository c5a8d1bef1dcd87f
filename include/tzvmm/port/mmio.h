/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_PORT_MMIO_H
#define TZVMM_PORT_MMIO_H

/** @file
 * The only way from a driver to hardware. Host tests define TZVMM_MMIO_MODEL
 * and link a register model instead. */

#include <stdint.h>

#ifdef TZVMM_MMIO_MODEL

/** Read a modelled register. @param addr Bus address. @return Its value. */
uint32_t tzvmm_mmio_read32(uintptr_t addr);

/** Write a modelled register. @param addr Bus address. @param value Value. */
void tzvmm_mmio_write32(uintptr_t addr, uint32_t value);

/** Read a modelled 16-bit register. @param addr Bus address. @return Its value. */
uint16_t tzvmm_mmio_read16(uintptr_t addr);

/** Write a modelled 16-bit register. @param addr Bus address. @param value Value. */
void tzvmm_mmio_write16(uintptr_t addr, uint16_t value);

#else

/** Read a device register.
 * @param addr Address, mapped as device memory, multiple of 4.
 * @return Its value. */
static inline uint32_t tzvmm_mmio_read32(uintptr_t addr)
{
	return *(const volatile uint32_t *)addr;
}

/** Write a device register.
 * @param addr  Address, mapped as device memory, multiple of 4.
 * @param value Value. */
static inline void tzvmm_mmio_write32(uintptr_t addr, uint32_t value)
{
	*(volatile uint32_t *)addr = value;
}

/** Read a 16-bit device register.
 * @param addr Address, mapped as device memory, multiple of 2.
 * @return Its value. */
static inline uint16_t tzvmm_mmio_read16(uintptr_t addr)
{
	return *(const volatile uint16_t *)addr;
}

/** Write a 16-bit device register.
 * @param addr  Address, mapped as device memory, multiple of 2.
 * @param value Value. */
static inline void tzvmm_mmio_write16(uintptr_t addr, uint16_t value)
{
	*(volatile uint16_t *)addr = value;
}

#endif /* TZVMM_MMIO_MODEL */

#endif /* TZVMM_PORT_MMIO_H */
