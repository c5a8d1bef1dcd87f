// SPDX-License-Identifier: BSD-2-Clause
/* mbed TLS's ECDSA on P-256. Its big numbers are allocated, from memory that is the
 * caller's: what it cannot hold fails as a signature that does not fit. */

#include <mbedtls/ecdsa.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform_util.h>

#include <tzvmm/ecdsa.h>

#define NUMBER_LEN (TZVMM_SIGNATURE_LEN / 2u)
#define UNCOMPRESSED 4u /* [SEC1] 2.3.3: then x and y */

struct check {
	mbedtls_ecp_group group;
	mbedtls_ecp_point key;
	mbedtls_mpi r;
	mbedtls_mpi s;
};

static int read_key(struct check *check, const uint8_t *key)
{
	uint8_t point[1u + TZVMM_PUBLIC_KEY_LEN] = { UNCOMPRESSED };
	int failed;

	for (unsigned i = 0; i < TZVMM_PUBLIC_KEY_LEN; i++) {
		point[1u + i] = key[i];
	}
	failed = mbedtls_ecp_group_load(&check->group, MBEDTLS_ECP_DP_SECP256R1);
	if (failed == 0) {
		failed = mbedtls_ecp_point_read_binary(&check->group, &check->key,
						       point, sizeof(point));
	}
	return failed == 0 ? mbedtls_ecp_check_pubkey(&check->group, &check->key)
			   : failed;
}

static int run(struct check *check, const uint8_t *key, const uint8_t *digest,
	       const uint8_t *signature)
{
	int failed = read_key(check, key);

	if (failed == 0) {
		failed = mbedtls_mpi_read_binary(&check->r, signature, NUMBER_LEN);
	}
	if (failed == 0) {
		failed = mbedtls_mpi_read_binary(&check->s, signature + NUMBER_LEN,
						 NUMBER_LEN);
	}
	if (failed == 0) {
		failed = mbedtls_ecdsa_verify(&check->group, digest, TZVMM_DIGEST_LEN,
					      &check->key, &check->r, &check->s);
	}
	return failed;
}

static enum tzvmm_status ecdsa_verify(void *ctx, const uint8_t *key,
				      const uint8_t *digest, const uint8_t *signature)
{
	struct tzvmm_ecdsa *ecdsa = ctx;
	struct check check;
	int failed;

	mbedtls_memory_buffer_alloc_init((unsigned char *)ecdsa->memory,
					 sizeof(ecdsa->memory));
	mbedtls_ecp_group_init(&check.group);
	mbedtls_ecp_point_init(&check.key);
	mbedtls_mpi_init(&check.r);
	mbedtls_mpi_init(&check.s);
	failed = run(&check, key, digest, signature);
	/* The memory goes as a whole. */
	mbedtls_memory_buffer_alloc_free();
	mbedtls_platform_zeroize(ecdsa, sizeof(*ecdsa));
	return failed == 0 ? TZVMM_OK : TZVMM_E_DENIED;
}

static const struct tzvmm_verifier_ops ecdsa_ops = { .verify = ecdsa_verify };

struct tzvmm_verifier tzvmm_ecdsa_verifier(struct tzvmm_ecdsa *ecdsa)
{
	return (struct tzvmm_verifier){ .ops = &ecdsa_ops, .ctx = ecdsa };
}
