// SPDX-License-Identifier: BSD-2-Clause
/* Encrypts or decrypts sectors from standard input to standard output, for a script
 * that knows better. usage: aes_xts_filter {encrypt|decrypt} FIRST_SECTOR, with the
 * key before the sectors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tzvmm/aes_xts.h>

#define MOST 64u

int main(int argc, char **argv)
{
	static uint8_t bytes[TZVMM_AES_XTS_KEY_LEN + MOST * TZVMM_SECTOR_LEN];
	uint8_t *data = bytes + TZVMM_AES_XTS_KEY_LEN;
	struct tzvmm_aes_xts xts;
	struct tzvmm_cipher cipher = tzvmm_aes_xts_cipher(&xts);
	enum tzvmm_status st;
	uint64_t sector;
	uint32_t nr;
	size_t len;

	len = fread(bytes, 1, sizeof(bytes), stdin);
	if (argc != 3 || len < TZVMM_AES_XTS_KEY_LEN) {
		return 2;
	}
	if (tzvmm_aes_xts_init(&xts, bytes) != TZVMM_OK) {
		return 3;
	}
	sector = strtoull(argv[2], NULL, 0);
	nr = (uint32_t)((len - TZVMM_AES_XTS_KEY_LEN) / TZVMM_SECTOR_LEN);
	st = strcmp(argv[1], "encrypt") == 0
		     ? cipher.ops->encrypt(cipher.ctx, sector, data, data, nr)
		     : cipher.ops->decrypt(cipher.ctx, sector, data, data, nr);
	if (st != TZVMM_OK || fwrite(data, TZVMM_SECTOR_LEN, nr, stdout) != nr) {
		return 4;
	}
	return 0;
}
