// SPDX-License-Identifier: BSD-2-Clause
/* mbed TLS's SHA-256. Without a hardware engine none of its calls can fail. */

#include <mbedtls/sha256.h>

#include <tzvmm/sha256.h>

_Static_assert(sizeof(mbedtls_sha256_context) <= TZVMM_SHA256_STATE * sizeof(uint64_t),
	       "mbed TLS's context has grown");
_Static_assert(_Alignof(mbedtls_sha256_context) <= _Alignof(uint64_t),
	       "mbed TLS's context wants more alignment");

static mbedtls_sha256_context *context(void *ctx)
{
	struct tzvmm_sha256 *sha = ctx;

	return (mbedtls_sha256_context *)(void *)sha->state;
}

static void sha256_begin(void *ctx)
{
	mbedtls_sha256_init(context(ctx));
	(void)mbedtls_sha256_starts_ret(context(ctx), 0);
}

static void sha256_add(void *ctx, const void *bytes, size_t len)
{
	(void)mbedtls_sha256_update_ret(context(ctx), bytes, len);
}

static void sha256_end(void *ctx, uint8_t *digest)
{
	(void)mbedtls_sha256_finish_ret(context(ctx), digest);
	mbedtls_sha256_free(context(ctx));
}

static const struct tzvmm_hash_ops sha256_ops = {
	.begin = sha256_begin,
	.add = sha256_add,
	.end = sha256_end,
};

struct tzvmm_hash tzvmm_sha256_hash(struct tzvmm_sha256 *sha)
{
	return (struct tzvmm_hash){ .ops = &sha256_ops, .ctx = sha };
}
