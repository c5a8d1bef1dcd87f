/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ENTROPY_H
#define TZVMM_ENTROPY_H

/** @file
 * A source of entropy of the port: a hardware generator with its conditioner. There
 * is no stand-in for one that is missing. */

#include <stddef.h>
#include <stdint.h>

/** What a source does. */
struct tzvmm_entropy_ops {
	/** Give bytes of full entropy, each of them once. Returns how many there
	 * are now, 0 .. len; does not block. out may be memory of a guest, which
	 * can change at any time: it is written, never read back. */
	size_t (*read)(void *ctx, uint8_t *out, size_t len);
};

/** A source with its context. */
struct tzvmm_entropy {
	const struct tzvmm_entropy_ops *ops; /**< Required. */
	void *ctx;                           /**< Handed to ops. */
};

#endif /* TZVMM_ENTROPY_H */
