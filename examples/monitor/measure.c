/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <tzvmm/sha256.h>

#include "platform.h"

/* Hashed between two looks at the interrupts: 50 million instructions. */
#define PIECE_LEN (1u << 20)

static struct tzvmm_digests digests;

/* The watchdog does not wait for a large package. */
static struct tzvmm_sha256 sha;
static struct tzvmm_hash whole;

static void begin(void *ctx)
{
	(void)ctx;
	whole.ops->begin(whole.ctx);
}

static void add(void *ctx, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	(void)ctx;
	while (len > PIECE_LEN) {
		whole.ops->add(whole.ctx, from, PIECE_LEN);
		platform_serve();
		from += PIECE_LEN;
		len -= PIECE_LEN;
	}
	whole.ops->add(whole.ctx, from, len);
}

static void end(void *ctx, uint8_t *digest)
{
	(void)ctx;
	whole.ops->end(whole.ctx, digest);
}

static const struct tzvmm_hash_ops in_pieces = { begin, add, end };

const char *measure_guest(const struct tzvmm_boot *boot)
{
	const struct tzvmm_measure measure = {
		.sys = &platform_sys,
		.hash = { .ops = &in_pieces },
		.verifier = measure_verifier(),
		.policy = &measure_policy,
	};

	whole = tzvmm_sha256_hash(&sha);
	return tzvmm_measure(&measure, boot, &digests) == TZVMM_OK
		       ? NULL
		       : "this guest must not start";
}

const struct tzvmm_digests *measure_digests(void)
{
	return &digests;
}

void measure_print(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	char text[TZVMM_DIGEST_TEXT];

	(void)ctx;
	(void)args;
	for (uint32_t part = 0; part < TZVMM_ABI_BOOTPKG_NR_PARTS; part++) {
		tzvmm_measure_text(measure_digests()->parts[part], text);
		tzvmm_mux_print(out, "%s sha256 %s", tzvmm_measure_name(part), text);
	}
}
