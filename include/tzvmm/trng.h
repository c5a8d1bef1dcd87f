/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TRNG_H
#define TZVMM_TRNG_H

/** @file
 * True random numbers by calls, [DEN0098]. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/entropy.h>

#define TZVMM_TRNG_VERSION 0x84000050u  /**< Version: 1.0. */
#define TZVMM_TRNG_FEATURES 0x84000051u /**< Is a function there? */
#define TZVMM_TRNG_GET_UUID 0x84000052u /**< Who implements it. */
#define TZVMM_TRNG_RND32 0x84000053u    /**< Up to 96 bits. */

#define TZVMM_TRNG_1_0 0x00010000u          /**< Answer of TZVMM_TRNG_VERSION. */
#define TZVMM_TRNG_SUCCESS 0u               /**< Done. */
#define TZVMM_TRNG_NOT_SUPPORTED UINT32_MAX /**< -1. */
#define TZVMM_TRNG_INVALID 0xFFFFFFFEu      /**< -2: not 1 to 96 bits. */
#define TZVMM_TRNG_NO_ENTROPY 0xFFFFFFFDu   /**< -3: try again. */
#define TZVMM_TRNG_MAX_BITS 96u             /**< Of one call. */

/** Answer a call of this service.
 *
 * @param source Where entropy comes from; NULL: there is no such call.
 * @param regs   The guest's r0 .. r7. Only results are written.
 * @return Whether there is such a call. */
bool tzvmm_trng_call(const struct tzvmm_entropy *source, uint32_t *regs);

#endif /* TZVMM_TRNG_H */
