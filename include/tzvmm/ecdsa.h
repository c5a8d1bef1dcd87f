/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ECDSA_H
#define TZVMM_ECDSA_H

/** @file
 * ECDSA with P-256 as the verifier of a measured start, by mbed TLS.
 *
 * Not part of libtzvmm.a: to be linked from libtzvmm_ecdsa.a, together with
 * libtzvmm_crypto.a. It needs memcpy and its kin, strlen and the compiler's helpers. */

#include <stdint.h>

#include <tzvmm/measure.h>

/** Doublewords that a signature's check works in. 576 are enough on a machine of 64
 * bits, 512 are not; less is needed on one of 32. */
#define TZVMM_ECDSA_STATE 640u

/** Memory of a check. */
struct tzvmm_ecdsa {
	/** @cond PRIVATE */
	uint64_t memory[TZVMM_ECDSA_STATE];

	/** @endcond */
};

/** The verifier, to be put into a policy's environment. Keys are a point of the
 * curve, x then y, signatures are r then s, all of them 32 bytes, big-endian. A key
 * that is no point of the curve verifies nothing. Two checks must not run at the
 * same time, not even with different memory: mbed TLS has one allocator.
 *
 * @param ecdsa Borrowed while it verifies, any content. Holds nothing secret.
 * @return What verifies in it. */
struct tzvmm_verifier tzvmm_ecdsa_verifier(struct tzvmm_ecdsa *ecdsa);

#endif /* TZVMM_ECDSA_H */
