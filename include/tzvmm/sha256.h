/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_SHA256_H
#define TZVMM_SHA256_H

/** @file
 * SHA-256 as the hash of a measured start, by mbed TLS.
 *
 * Not part of libtzvmm.a: to be linked from libtzvmm_crypto.a. */

#include <stdint.h>

#include <tzvmm/measure.h>

/** Doublewords of mbed TLS's context. */
#define TZVMM_SHA256_STATE 16u

/** A hash that is being made. */
struct tzvmm_sha256 {
	/** @cond PRIVATE */
	uint64_t state[TZVMM_SHA256_STATE];

	/** @endcond */
};

/** The hash, to be given to tzvmm_measure(). Its tables are constant.
 *
 * @param sha Borrowed while it hashes, any content. Holds nothing secret but what
 * is hashed; is wiped at the end of each hash.
 * @return What hashes with it. */
struct tzvmm_hash tzvmm_sha256_hash(struct tzvmm_sha256 *sha);

#endif /* TZVMM_SHA256_H */
