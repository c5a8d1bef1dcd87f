/* SPDX-License-Identifier: BSD-2-Clause */
/* The installed cipher, on a sector. */
#include <string.h>

#include <tzvmm/aes_xts.h>

int main(void)
{
	static struct tzvmm_aes_xts xts;
	const struct tzvmm_cipher cipher = tzvmm_aes_xts_cipher(&xts);
	uint8_t key[TZVMM_AES_XTS_KEY_LEN] = { 1, 2, 3 };
	uint8_t sector[TZVMM_SECTOR_LEN] = { 4, 5, 6 };
	uint8_t before[TZVMM_SECTOR_LEN];

	memcpy(before, sector, sizeof(sector));
	if (tzvmm_aes_xts_init(&xts, key) != TZVMM_OK ||
	    cipher.ops->encrypt(cipher.ctx, 7, sector, sector, 1) != TZVMM_OK ||
	    memcmp(before, sector, sizeof(sector)) == 0) {
		return 1;
	}
	if (cipher.ops->decrypt(cipher.ctx, 7, sector, sector, 1) != TZVMM_OK) {
		return 2;
	}
	return memcmp(before, sector, sizeof(sector)) == 0 ? 0 : 3;
}
