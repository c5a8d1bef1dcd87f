/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <tzvmm/sha256.h>

#include "platform.h"

static struct tzvmm_digests digests;

const char *measure_guest(const struct tzvmm_boot *boot)
{
	struct tzvmm_sha256 sha;
	const struct tzvmm_measure measure = {
		.sys = &platform_sys,
		.hash = tzvmm_sha256_hash(&sha),
		.verifier = measure_verifier(),
		.policy = &measure_policy,
	};

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
