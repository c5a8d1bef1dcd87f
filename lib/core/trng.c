/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/trng.h>

#define MAX_BYTES (TZVMM_TRNG_MAX_BITS / 8u)

/* UUID 303f6e6e-c550-4940-9aed-ada0a2461b13, its first byte lowest. */
static const uint32_t uuid[4] = { 0x6E6E3F30u, 0x404950C5u, 0xA0ADED9Au, 0x131B46A2u };

static uint32_t feature(uint32_t function)
{
	return function - TZVMM_TRNG_VERSION <= TZVMM_TRNG_RND32 - TZVMM_TRNG_VERSION
		       ? TZVMM_TRNG_SUCCESS
		       : TZVMM_TRNG_NOT_SUPPORTED;
}

/* What was handed out is nobody else's. Volatile, so that it is really done. */
static void wipe(uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		*(volatile uint8_t *)&bytes[i] = 0;
	}
}

/* [DEN0098] RND32: bits 31:0 in r3, 63:32 in r2, 95:64 in r1. They are zero. */
static void pack(uint32_t *regs, const uint8_t *bytes, uint32_t bits)
{
	for (uint32_t i = 0; i < bits; i++) {
		const uint32_t bit = (uint32_t)bytes[i / 8u] >> i % 8u & 1u;

		regs[3u - i / 32u] |= bit << i % 32u;
	}
}

static uint32_t rnd32(const struct tzvmm_entropy *source, uint32_t *regs)
{
	uint8_t bytes[MAX_BYTES];
	const uint32_t bits = regs[1];
	const uint32_t len = (bits + 7u) / 8u;
	uint32_t answer = TZVMM_TRNG_NO_ENTROPY;

	/* [DEN0098] Zeros above the bits asked for, and on an error. */
	regs[1] = 0;
	regs[2] = 0;
	regs[3] = 0;
	if (bits == 0u || bits > TZVMM_TRNG_MAX_BITS) {
		return TZVMM_TRNG_INVALID;
	}
	if (source->ops->read(source->ctx, bytes, len) == len) {
		pack(regs, bytes, bits);
		answer = TZVMM_TRNG_SUCCESS;
	}
	wipe(bytes, len);
	return answer;
}

bool tzvmm_trng_call(const struct tzvmm_entropy *source, uint32_t *regs)
{
	if (source == NULL) {
		return false;
	}
	switch (regs[0]) {
	case TZVMM_TRNG_VERSION:
		regs[0] = TZVMM_TRNG_1_0;
		return true;
	case TZVMM_TRNG_FEATURES:
		regs[0] = feature(regs[1]);
		return true;
	case TZVMM_TRNG_GET_UUID:
		for (unsigned i = 0; i < 4u; i++) {
			regs[i] = uuid[i];
		}
		return true;
	case TZVMM_TRNG_RND32:
		regs[0] = rnd32(source, regs);
		return true;
	default:
		return false;
	}
}
