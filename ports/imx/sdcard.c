/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/sdcard.h>

#include <imx/cardbits.h>

#define SD_CCC_ERASE (1u << 5) /* command classes */
#define SD_CCC_SWITCH (1u << 10)
#define SD_MIN_READ_BL_LEN 9u
#define SD_MAX_READ_BL_LEN 11u
#define SD_SECTOR_SHIFT 9u
#define SD_AU_8_MIB 10u /* AU_SIZE */
#define SD_AU_SHIFT 4u  /* 16 sectors << AU_SIZE */

static enum tzvmm_status sd_size_v1(const uint32_t rsp[4], struct imx_sd_csd *csd)
{
	uint32_t read_bl_len = imx_card_bits(rsp, 83, 80);
	uint32_t c_size = imx_card_bits(rsp, 73, 62);
	uint32_t c_size_mult = imx_card_bits(rsp, 49, 47);

	if (read_bl_len < SD_MIN_READ_BL_LEN || read_bl_len > SD_MAX_READ_BL_LEN) {
		return TZVMM_E_FORMAT;
	}
	csd->nr_sectors = (uint64_t)(c_size + 1u)
			  << (c_size_mult + 2u + read_bl_len - SD_SECTOR_SHIFT);
	csd->sector_addressed = false;
	return TZVMM_OK;
}

static enum tzvmm_status sd_size_v2(const uint32_t rsp[4], struct imx_sd_csd *csd)
{
	/* READ_BL_LEN is fixed to 9; anything else is not a version 2. */
	if (imx_card_bits(rsp, 83, 80) != SD_MIN_READ_BL_LEN) {
		return TZVMM_E_FORMAT;
	}
	csd->nr_sectors = (uint64_t)(imx_card_bits(rsp, 69, 48) + 1u) << 10;
	csd->sector_addressed = true;
	return TZVMM_OK;
}

enum tzvmm_status imx_sd_parse_csd(const uint32_t rsp[4], struct imx_sd_csd *csd)
{
	uint32_t ccc = imx_card_bits(rsp, 95, 84);

	csd->read_only = imx_card_bits(rsp, 13, 12) != 0u;
	csd->has_switch = (ccc & SD_CCC_SWITCH) != 0u;
	/* ERASE_BLK_EN; without it whole erase sectors only. */
	csd->can_erase =
		(ccc & SD_CCC_ERASE) != 0u && imx_card_bits(rsp, 46, 46) != 0u;
	switch (imx_card_bits(rsp, 127, 126)) {
	case 0:
		return sd_size_v1(rsp, csd);
	case 1:
		return sd_size_v2(rsp, csd);
	default:
		return TZVMM_E_UNSUPP;
	}
}

enum tzvmm_status imx_sd_parse_scr(const uint8_t raw[SD_SCR_LEN],
				   struct imx_sd_scr *scr)
{
	if (raw[0] >> 4 != 0) {
		return TZVMM_E_FORMAT;
	}
	scr->has_switch = (raw[0] & 15u) >= 1u;
	scr->four_bit = (raw[1] & 4u) != 0u;
	scr->has_count = (raw[3] & 2u) != 0u;
	return TZVMM_OK;
}

/* [LX drivers/mmc/core/quirks.h]: of ATP, of Apacer. */
bool imx_sd_miscounts(const uint32_t cid[4])
{
	const uint32_t maker = imx_card_bits(cid, 127, 120);
	const uint32_t name =
		imx_card_bits(cid, 103, 80); /* three letters of five */

	return (maker == 0x09u && name == 0x414620u) || /* "AF SD" */
	       (maker == 0x27u && name == 0x415055u);   /* "APUSD" */
}

/* Sent highest bit first: AU_SIZE in bits 431:428, 16 KiB times a power of 2;
 * ERASE_SIZE in 423:408, allocation units that are erased within ERASE_TIMEOUT in
 * 407:402, seconds, beside ERASE_OFFSET in 401:400. */
uint32_t imx_sd_max_erase(const uint8_t raw[SD_STATUS_LEN], uint32_t limit_s)
{
	const uint32_t au_size = raw[10] >> 4;
	const uint32_t size = (uint32_t)raw[11] << 8 | raw[12];
	const uint32_t timeout = raw[13] >> 2, offset = raw[13] & 3u;
	/* Those above are no powers of 2, and larger than this one. */
	const uint32_t shift = au_size < SD_AU_8_MIB ? au_size : SD_AU_8_MIB;
	uint64_t units, sectors;

	if (au_size == 0u || size == 0u || timeout == 0u) {
		return UINT32_MAX;
	}
	/* One more than what is erased may be touched. */
	units = offset < limit_s ? (limit_s - offset) * size / timeout : 0u;
	sectors = units < 2u ? 0u : (units - 1u) << shift << SD_AU_SHIFT;
	return sectors < UINT32_MAX ? (uint32_t)sectors : UINT32_MAX;
}

/* The status is sent highest bit first: bits 415:400, the functions of group 1,
 * are bytes 12 and 13; bits 379:376, the chosen one, the low half of byte 16. */
bool imx_sd_switch_offers_hs(const uint8_t raw[SD_SWITCH_LEN])
{
	return (raw[13] & 2u) != 0u;
}

bool imx_sd_switch_is_hs(const uint8_t raw[SD_SWITCH_LEN])
{
	return (raw[16] & 15u) == 1u;
}
