// SPDX-License-Identifier: BSD-2-Clause
/* mbed TLS's AES-XTS as a cipher for sectors.
 *
 * What crypt.h asks of a cipher holds for mbedtls_aes_crypt_xts(): it reads each
 * byte of its input once, puts nothing but its result into the output, and does not
 * read that. */

#include <mbedtls/aes.h>
#include <mbedtls/platform_util.h>

#include <tzvmm/aes_xts.h>

#define KEY_BITS (TZVMM_AES_XTS_KEY_LEN * 8u)
#define TWEAK_LEN 16u

struct contexts {
	mbedtls_aes_xts_context encrypt;
	mbedtls_aes_xts_context decrypt;
};

_Static_assert(sizeof(struct contexts) <= TZVMM_AES_XTS_STATE * sizeof(uint64_t),
	       "mbed TLS's contexts have grown");
_Static_assert(_Alignof(struct contexts) <= _Alignof(uint64_t),
	       "mbed TLS's contexts want more alignment");

static struct contexts *contexts(struct tzvmm_aes_xts *xts)
{
	return (struct contexts *)(void *)xts->state;
}

static enum tzvmm_status run(struct tzvmm_aes_xts *xts, mbedtls_aes_xts_context *aes,
			     int mode, uint64_t sector, const uint8_t *in,
			     uint8_t *out, uint32_t nr_sectors)
{
	int failed = 0;

	if (!xts->keyed) {
		return TZVMM_E_DENIED;
	}
	for (uint32_t i = 0; i < nr_sectors; i++) {
		uint8_t tweak[TWEAK_LEN] = { 0 };

		for (unsigned byte = 0; byte < sizeof(sector); byte++) {
			tweak[byte] = (uint8_t)((sector + i) >> (8u * byte));
		}
		failed |= mbedtls_aes_crypt_xts(aes, mode, TZVMM_SECTOR_LEN, tweak,
						in, out);
		in += TZVMM_SECTOR_LEN;
		out += TZVMM_SECTOR_LEN;
	}
	return failed == 0 ? TZVMM_OK : TZVMM_E_IO;
}

static enum tzvmm_status aes_xts_encrypt(void *ctx, uint64_t sector,
					 const uint8_t *in, uint8_t *out,
					 uint32_t nr_sectors)
{
	struct tzvmm_aes_xts *xts = ctx;

	return run(xts, &contexts(xts)->encrypt, MBEDTLS_AES_ENCRYPT, sector, in,
		   out, nr_sectors);
}

static enum tzvmm_status aes_xts_decrypt(void *ctx, uint64_t sector,
					 const uint8_t *in, uint8_t *out,
					 uint32_t nr_sectors)
{
	struct tzvmm_aes_xts *xts = ctx;

	return run(xts, &contexts(xts)->decrypt, MBEDTLS_AES_DECRYPT, sector, in,
		   out, nr_sectors);
}

static const struct tzvmm_cipher_ops aes_xts_ops = {
	.encrypt = aes_xts_encrypt,
	.decrypt = aes_xts_decrypt,
};

struct tzvmm_cipher tzvmm_aes_xts_cipher(struct tzvmm_aes_xts *xts)
{
	return (struct tzvmm_cipher){ .ops = &aes_xts_ops, .ctx = xts };
}

/* All of the key is looked at, so that the time tells nothing of it. */
static bool has_equal_halves(const uint8_t *key)
{
	const unsigned half = TZVMM_AES_XTS_KEY_LEN / 2u;
	unsigned difference = 0;

	for (unsigned i = 0; i < half; i++) {
		difference |= (unsigned)(key[i] ^ key[half + i]);
	}
	return difference == 0u;
}

enum tzvmm_status tzvmm_aes_xts_init(struct tzvmm_aes_xts *xts, const uint8_t *key)
{
	struct contexts *aes = contexts(xts);
	int failed;

	tzvmm_aes_xts_wipe(xts);
	if (has_equal_halves(key)) {
		return TZVMM_E_INVAL;
	}
	mbedtls_aes_xts_init(&aes->encrypt);
	mbedtls_aes_xts_init(&aes->decrypt);
	failed = mbedtls_aes_xts_setkey_enc(&aes->encrypt, key, KEY_BITS);
	failed |= mbedtls_aes_xts_setkey_dec(&aes->decrypt, key, KEY_BITS);
	xts->keyed = failed == 0;
	return xts->keyed ? TZVMM_OK : TZVMM_E_INVAL;
}

void tzvmm_aes_xts_wipe(struct tzvmm_aes_xts *xts)
{
	/* Contexts in caller's memory alone: nothing else to free. */
	mbedtls_platform_zeroize(xts, sizeof(*xts));
}
