/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_SHARED_H
#define TZVMM_SHARED_H

/** @file
 * The only way from the library to the control words that it shares with a
 * guest: rings, descriptors, request headers. Each call is exactly one access,
 * so what was checked is what is used. The words are little-endian; fences
 * order them. Host tests define TZVMM_SHARED_MODEL and link a model that counts
 * accesses and changes values between two of them. */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the rings are little-endian; a big-endian VMM has to swap here"
#endif

#ifdef TZVMM_SHARED_MODEL

/** Read a modelled byte. @param at Its place. @return Its value. */
uint8_t tzvmm_shared_read8(const void *at);

/** Read a modelled halfword. @param at Its place. @return Its value. */
uint16_t tzvmm_shared_read16(const void *at);

/** Read a modelled doubleword. @param at Its place. @return Its value. */
uint64_t tzvmm_shared_read64(const void *at);

/** Write a modelled byte. @param at Its place. @param value Value. */
void tzvmm_shared_write8(void *at, uint8_t value);

/** Write a modelled halfword. @param at Its place. @param value Value. */
void tzvmm_shared_write16(void *at, uint16_t value);

/** Write a modelled word. @param at Its place. @param value Value. */
void tzvmm_shared_write32(void *at, uint32_t value);

/** A modelled fence. @param order As of atomic_thread_fence(). */
void tzvmm_shared_fence(memory_order order);

#else

/** Read a byte, once.
 * @param at Its place.
 * @return Its value. */
static inline uint8_t tzvmm_shared_read8(const void *at)
{
	return *(const volatile uint8_t *)at;
}

/** Read a halfword, once.
 * @param at Its place; multiple of 2.
 * @return Its value. */
static inline uint16_t tzvmm_shared_read16(const void *at)
{
	return *(const volatile uint16_t *)at;
}

/** Read a doubleword, each byte of it once; its halves may be of two times.
 * @param at Its place; multiple of 8.
 * @return Its value. */
static inline uint64_t tzvmm_shared_read64(const void *at)
{
	return *(const volatile uint64_t *)at;
}

/** Write a byte.
 * @param at    Its place.
 * @param value Value. */
static inline void tzvmm_shared_write8(void *at, uint8_t value)
{
	*(volatile uint8_t *)at = value;
}

/** Write a halfword.
 * @param at    Its place; multiple of 2.
 * @param value Value. */
static inline void tzvmm_shared_write16(void *at, uint16_t value)
{
	*(volatile uint16_t *)at = value;
}

/** Write a word.
 * @param at    Its place; multiple of 4.
 * @param value Value. */
static inline void tzvmm_shared_write32(void *at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

/** Order accesses to shared words against another CPU or bus master.
 * @param order As of atomic_thread_fence(). */
static inline void tzvmm_shared_fence(memory_order order)
{
	atomic_thread_fence(order);
}

#endif /* TZVMM_SHARED_MODEL */

#endif /* TZVMM_SHARED_H */
