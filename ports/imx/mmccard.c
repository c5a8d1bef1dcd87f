/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/mmccard.h>

#include <string.h>

#include <imx/cardbits.h>

#define MMC_VERSION_3 3u
#define MMC_VERSION_4 4u
#define MMC_MIN_READ_BL_LEN 9u
#define MMC_MAX_READ_BL_LEN 11u
#define MMC_SECTOR_SHIFT 9u

#define MMC_TRAN_SPEED_26 0x32u /* of CSD; 0x2A is 20 MHz */
#define MMC_20_MHZ 20000000u
#define MMC_26_MHZ 26000000u

/* Places in the EXT_CSD. */
#define MMC_EXT_CACHE_CTRL 33u
#define MMC_EXT_DATA_SECTOR_SIZE 61u
#define MMC_EXT_PARTITION_CONFIG 179u
#define MMC_EXT_REV 192u /* first of those that are fixed */
#define MMC_EXT_CSD_STRUCTURE 194u
#define MMC_EXT_DEVICE_TYPE 196u
#define MMC_EXT_SEC_COUNT 212u
#define MMC_EXT_ERASED_MEM_CONT 181u
#define MMC_EXT_SEC_FEATURE_SUPPORT 231u

#define MMC_REV_4_2 2u  /* EXT_CSD_REV from which on there is SEC_COUNT */
#define MMC_REV_4_41 5u /* ... a trim that means what it says */
#define MMC_REV_4_5 6u  /* ... a cache, and the size of sectors */
#define MMC_MAX_CSD_STRUCTURE 2u
#define MMC_SEC_GB_CL_EN (1u << 4) /* there is a trim */
#define MMC_TYPE_26_MHZ (1u << 0)
#define MMC_TYPE_52_MHZ (1u << 1)

enum tzvmm_status imx_mmc_parse_csd(const uint32_t rsp[4], struct imx_mmc_csd *csd)
{
	uint32_t version = imx_card_bits(rsp, 125, 122);
	uint32_t read_bl_len = imx_card_bits(rsp, 83, 80);
	uint32_t c_size = imx_card_bits(rsp, 73, 62);
	uint32_t c_size_mult = imx_card_bits(rsp, 49, 47);

	if (version > MMC_VERSION_4) {
		return TZVMM_E_UNSUPP;
	}
	if (read_bl_len < MMC_MIN_READ_BL_LEN || read_bl_len > MMC_MAX_READ_BL_LEN) {
		return TZVMM_E_FORMAT;
	}
	csd->nr_sectors = (uint64_t)(c_size + 1u)
			  << (c_size_mult + 2u + read_bl_len - MMC_SECTOR_SHIFT);
	csd->max_hz = imx_card_bits(rsp, 103, 96) == MMC_TRAN_SPEED_26 ? MMC_26_MHZ
								       : MMC_20_MHZ;
	csd->read_only = imx_card_bits(rsp, 13, 12) != 0u;
	csd->has_ext_csd = version == MMC_VERSION_4;
	csd->has_count = version >= MMC_VERSION_3;
	return TZVMM_OK;
}

static uint32_t mmc_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* CMD0 has put all of these to what they are at power on [JESD84]. */
static bool mmc_is_as_after_reset(const uint8_t raw[MMC_EXT_CSD_LEN])
{
	return (raw[MMC_EXT_PARTITION_CONFIG] & 7u) == 0u &&
	       (raw[MMC_EXT_REV] < MMC_REV_4_5 ||
		(raw[MMC_EXT_CACHE_CTRL] & 1u) == 0u);
}

enum tzvmm_status imx_mmc_parse_ext_csd(const uint8_t raw[MMC_EXT_CSD_LEN],
					struct imx_mmc_ext_csd *ext)
{
	const uint8_t type = raw[MMC_EXT_DEVICE_TYPE];

	if (raw[MMC_EXT_CSD_STRUCTURE] > MMC_MAX_CSD_STRUCTURE ||
	    (type & MMC_TYPE_26_MHZ) == 0u || !mmc_is_as_after_reset(raw)) {
		return TZVMM_E_FORMAT;
	}
	if (raw[MMC_EXT_REV] >= MMC_REV_4_5 && raw[MMC_EXT_DATA_SECTOR_SIZE] != 0u) {
		return TZVMM_E_UNSUPP;
	}
	ext->nr_sectors = raw[MMC_EXT_REV] >= MMC_REV_4_2
				  ? mmc_le32(raw + MMC_EXT_SEC_COUNT)
				  : 0u;
	ext->can_high_speed = (type & MMC_TYPE_52_MHZ) != 0u;
	ext->is_high_speed = (raw[MMC_EXT_HS_TIMING] & 15u) == 1u;
	ext->can_trim = raw[MMC_EXT_REV] >= MMC_REV_4_41 &&
			(raw[MMC_EXT_SEC_FEATURE_SUPPORT] & MMC_SEC_GB_CL_EN) != 0u;
	ext->trims_to_zeroes = ext->can_trim && raw[MMC_EXT_ERASED_MEM_CONT] == 0u;
	memcpy(ext->fixed, raw + MMC_EXT_REV, sizeof(ext->fixed));
	return TZVMM_OK;
}

uint64_t imx_mmc_nr_sectors(const struct imx_mmc_csd *csd,
			    const struct imx_mmc_ext_csd *ext, bool sector_addressed)
{
	if (sector_addressed) {
		return ext->nr_sectors;
	}
	/* Partitions may have made it smaller than its CSD says. At most 4 GiB: the
	 * largest CSD there is. */
	return ext->nr_sectors != 0u && ext->nr_sectors < csd->nr_sectors
		       ? ext->nr_sectors
		       : csd->nr_sectors;
}
