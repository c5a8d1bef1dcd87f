// SPDX-License-Identifier: BSD-2-Clause
/* Hashes or verifies standard input, for a script that knows better.
 * usage: measure_filter sha256 PIECE     hash, PIECE bytes at a time
 *        measure_filter verify           key, digest and signature: one after another;
 *                                        a line for each
 *        measure_filter bootargs         those of a device tree */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tzvmm/ecdsa.h>
#include <tzvmm/sha256.h>

#define MOST (1u << 20)
#define CASE (TZVMM_PUBLIC_KEY_LEN + TZVMM_DIGEST_LEN + TZVMM_SIGNATURE_LEN)

static void print_sha256(const uint8_t *bytes, size_t len, size_t piece)
{
	struct tzvmm_sha256 sha;
	struct tzvmm_hash hash = tzvmm_sha256_hash(&sha);
	uint8_t digest[TZVMM_DIGEST_LEN];
	char text[TZVMM_DIGEST_TEXT];

	hash.ops->begin(hash.ctx);
	for (size_t at = 0; at < len; at += piece) {
		hash.ops->add(hash.ctx, bytes + at,
			      len - at < piece ? len - at : piece);
	}
	hash.ops->end(hash.ctx, digest);
	tzvmm_measure_text(digest, text);
	puts(text);
}

static void print_verified(const uint8_t *bytes, size_t len)
{
	static struct tzvmm_ecdsa ecdsa;
	struct tzvmm_verifier verifier = tzvmm_ecdsa_verifier(&ecdsa);

	for (size_t at = 0; at + CASE <= len; at += CASE) {
		const uint8_t *key = bytes + at;
		const uint8_t *digest = key + TZVMM_PUBLIC_KEY_LEN;

		memset(&ecdsa, 0xEE, sizeof(ecdsa));
		puts(verifier.ops->verify(verifier.ctx, key, digest,
					  digest + TZVMM_DIGEST_LEN) == TZVMM_OK
			     ? "holds"
			     : "wrong");
	}
}

int main(int argc, char **argv)
{
	static uint8_t bytes[MOST];
	const size_t len = fread(bytes, 1, sizeof(bytes), stdin);

	if (argc == 3 && strcmp(argv[1], "sha256") == 0) {
		print_sha256(bytes, len, strtoul(argv[2], NULL, 0));
	} else if (argc == 2 && strcmp(argv[1], "verify") == 0) {
		print_verified(bytes, len);
	} else if (argc == 2 && strcmp(argv[1], "bootargs") == 0) {
		const struct tzvmm_boot_bytes found = tzvmm_bootargs(
			(struct tzvmm_boot_bytes){ bytes, (uint32_t)len });

		if (found.len != 0u) {
			(void)fwrite(found.bytes, 1, found.len, stdout);
		}
	} else {
		return 2;
	}
	return 0;
}
