/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_AES_XTS_H
#define TZVMM_AES_XTS_H

/** @file
 * AES-XTS with a key of 512 bits as a cipher for an encrypted device, by mbed TLS.
 *
 * The format is that of Linux dm-crypt's aes-xts-plain64: each sector of 512 bytes
 * is a data unit, its tweak is its number, little-endian, filled up with zeros.
 * docs/encryption.md tells more.
 *
 * Not part of libtzvmm.a: to be linked from libtzvmm_crypto.a. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/crypt.h>
#include <tzvmm/status.h>

/** Bytes of a key: 32 for the data, then 32 for the tweak. */
#define TZVMM_AES_XTS_KEY_LEN 64u

/** Doublewords of mbed TLS's contexts. */
#define TZVMM_AES_XTS_STATE 144u

/** An expanded key. Secret: belongs into secure memory, and must not move. */
struct tzvmm_aes_xts {
	/** @cond PRIVATE */
	uint64_t state[TZVMM_AES_XTS_STATE];
	bool keyed;

	/** @endcond */
};

/** Expand a key.
 *
 * @param xts Caller's memory; what is in it is lost.
 * @param key TZVMM_AES_XTS_KEY_LEN bytes, as in the file that cryptsetup takes.
 *            Not needed any more afterwards: wipe it.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL The halves of the key are equal, which takes the strength
 *                       from XTS; @p xts is wiped. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_aes_xts_init(struct tzvmm_aes_xts *xts,
						     const uint8_t *key);

/** The cipher, to be put into a struct tzvmm_crypt_setup. It needs little stack and
 * its tables are constant.
 *
 * @param xts Borrowed, must outlive the device. Once wiped it neither encrypts nor
 *            decrypts, and the device's requests fail.
 * @return What encrypts and decrypts with it. */
struct tzvmm_cipher tzvmm_aes_xts_cipher(struct tzvmm_aes_xts *xts);

/** Forget the key.
 *
 * @param xts Any state, also one that has never been initialised. */
void tzvmm_aes_xts_wipe(struct tzvmm_aes_xts *xts);

#endif /* TZVMM_AES_XTS_H */
