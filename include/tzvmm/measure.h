/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MEASURE_H
#define TZVMM_MEASURE_H

/** @file
 * Measured start: what a guest is started from is hashed, and a policy decides
 * whether it may start.
 *
 * The bytes that are hashed are those of the boot package that tzvmm_boot_load()
 * copied to guest RAM. The package is in memory that the guest cannot write, so
 * nobody can exchange one for the other in between. docs/measured-start.md tells
 * what each digest is made of. */

#include <stddef.h>
#include <stdint.h>

#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/boot.h>
#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

#define TZVMM_DIGEST_LEN TZVMM_ABI_BOOTPKG_DIGEST_LEN /**< Bytes of a digest. */
#define TZVMM_DIGEST_TEXT                                                          \
	(2u * TZVMM_DIGEST_LEN + 1u) /**< In hexadecimal, with NUL. */
#define TZVMM_SIGNATURE_LEN 64u      /**< Bytes of a signature. */
#define TZVMM_PUBLIC_KEY_LEN 64u     /**< Bytes of a public key. */

/** A hash with digests of TZVMM_DIGEST_LEN bytes. */
struct tzvmm_hash_ops {
	/** Start anew. Parameter: ctx. */
	void (*begin)(void *ctx);
	/** Go on. Parameters: ctx, bytes, how many; may be 0. */
	void (*add)(void *ctx, const void *bytes, size_t len);
	/** Give the digest. Parameters: ctx, where to. */
	void (*end)(void *ctx, uint8_t *digest);
};

/** A hash and what it works in. */
struct tzvmm_hash {
	const struct tzvmm_hash_ops *ops; /**< Required. */
	void *ctx;                        /**< The implementation's. */
};

/** A check of signatures. */
struct tzvmm_verifier_ops {
	/** Parameters: ctx, key of TZVMM_PUBLIC_KEY_LEN bytes, the message's
	 * digest, signature of TZVMM_SIGNATURE_LEN bytes. Any status but TZVMM_OK
	 * means that it does not hold. */
	enum tzvmm_status (*verify)(void *ctx, const uint8_t *key,
				    const uint8_t *digest, const uint8_t *signature);
};

/** A check of signatures and what it works in. */
struct tzvmm_verifier {
	const struct tzvmm_verifier_ops *ops; /**< NULL: verifies nothing. */
	void *ctx;                            /**< The implementation's. */
};

/** What a guest hashes to. */
struct tzvmm_digests {
	/** In the order of enum tzvmm_abi_bootpkg_part. */
	uint8_t parts[TZVMM_ABI_BOOTPKG_NR_PARTS][TZVMM_DIGEST_LEN];
};

/** Which guests may start. */
enum tzvmm_measure_rule {
	TZVMM_MEASURE_LOG,       /**< All; what they are is logged. */
	TZVMM_MEASURE_DIGESTS,   /**< Those in a list. */
	TZVMM_MEASURE_SIGNATURE, /**< Those that a key has signed. */
};

/** The rule with its list or key: part of the image that is trusted. */
struct tzvmm_measure_policy {
	enum tzvmm_measure_rule rule;        /**< Which guests. */
	const struct tzvmm_digests *allowed; /**< DIGESTS: nr_allowed of them. */
	uint32_t nr_allowed;                 /**< 0: no guest. */
	const uint8_t *key;                  /**< SIGNATURE: the public key. */
};

/** What a measured start needs. Everything is borrowed for the call. */
struct tzvmm_measure {
	const struct tzvmm_sys *sys;               /**< For the log. */
	struct tzvmm_hash hash;                    /**< Required. */
	struct tzvmm_verifier verifier;            /**< For signatures. */
	const struct tzvmm_measure_policy *policy; /**< Required. */
};

/** Hash what the guest is started from, log each digest, and judge it. To be called
 * between tzvmm_boot_load() and the guest's start, and again before each further
 * start; keys in the list of disks may have been wiped by then.
 *
 * A line tells each part that keeps the guest from starting, or what else does.
 *
 * @param measure What with.
 * @param boot    What tzvmm_boot_load() gave; the package is as it was then.
 * @param out     Filled, whatever the policy says.
 * @retval TZVMM_OK       It may start.
 * @retval TZVMM_E_DENIED It must not: a part is not the one that is allowed, or the
 *                        signature is missing or wrong.
 * @note Time: all of the package is hashed. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_measure(const struct tzvmm_measure *measure,
						const struct tzvmm_boot *boot,
						struct tzvmm_digests *out);

/** Hash the digests to one: what a signature signs.
 *
 * @param hash    What with.
 * @param digests Of the parts.
 * @param out     TZVMM_DIGEST_LEN bytes. */
void tzvmm_measure_combine(const struct tzvmm_hash *hash,
			   const struct tzvmm_digests *digests, uint8_t *out);

/** What a part is called in messages.
 *
 * @param part enum tzvmm_abi_bootpkg_part.
 * @return Its name. */
const char *tzvmm_measure_name(uint32_t part);

/** Write a digest as text.
 *
 * @param digest TZVMM_DIGEST_LEN bytes.
 * @param text   TZVMM_DIGEST_TEXT characters. */
void tzvmm_measure_text(const uint8_t *digest, char *text);

/** Find the boot arguments in a device tree: property bootargs of /chosen.
 *
 * @param dtb A blob of at least its header, any content. Must not change.
 * @return Bytes inside of it, with the final 0 if there is one. None if there is no
 *         such property, or if the blob is malformed before it. */
struct tzvmm_boot_bytes tzvmm_bootargs(struct tzvmm_boot_bytes dtb);

#endif /* TZVMM_MEASURE_H */
