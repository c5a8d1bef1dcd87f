/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_MMCCARD_H
#define IMX_MMCCARD_H

/** @file
 * What an MMC or eMMC says: registers taken apart [JESD84]. Pure functions;
 * everything they are given is the card's and not to be trusted. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** @cond PRIVATE */
/* Commands that SD cards do not have, or have with another meaning. */
#define MMC_CMD_SEND_OP_COND 1u
#define MMC_CMD_SET_RELATIVE_ADDR 3u
#define MMC_CMD_SWITCH 6u
#define MMC_CMD_SEND_EXT_CSD 8u
#define MMC_CMD_ERASE_FROM 35u
#define MMC_CMD_ERASE_TO 36u
#define MMC_ERASE_TRIM 1u /* argument of CMD38: sectors, not erase groups */

#define MMC_OCR_WINDOW 0x00300000u /* 3.2 .. 3.4 V */
#define MMC_OCR_ACCESS (3u << 29)  /* how it is addressed */
#define MMC_OCR_SECTORS (2u << 29)
#define MMC_OCR_READY (1u << 31)

/* Of CMD6: write a byte of the EXT_CSD. */
#define MMC_SWITCH_BYTE(index, value)                                              \
	(3u << 24 | (uint32_t)(index) << 16 | (uint32_t)(value) << 8)
#define MMC_EXT_BUS_WIDTH 183u
#define MMC_EXT_HS_TIMING 185u

#define MMC_R1_SWITCH_ERROR (1u << 7)

#define MMC_EXT_CSD_LEN 512u
#define MMC_EXT_FIXED_LEN 24u
/** @endcond */

/** What is needed of an MMC's CSD. */
struct imx_mmc_csd {
	uint64_t nr_sectors; /**< Size in sectors of 512 bytes, if the card is
			      * addressed by bytes; not 0. */
	uint32_t max_hz;     /**< Highest clock without high speed. */
	bool read_only;      /**< Write-protected, for a time or for ever. */
	bool has_ext_csd;    /**< Version 4 or later: EXT_CSD and SWITCH. */
	bool has_count;      /**< Version 3 or later: SET_BLOCK_COUNT. */
};

/** Take an MMC's CSD apart.
 *
 * @param rsp The answer as the host gives it: without its lowest byte, the
 *            lowest word first.
 * @param csd Set on TZVMM_OK.
 * @retval TZVMM_OK       Good.
 * @retval TZVMM_E_UNSUPP A version that is not known.
 * @retval TZVMM_E_FORMAT Fields that make no sense. */
TZVMM_NODISCARD enum tzvmm_status imx_mmc_parse_csd(const uint32_t rsp[4],
						    struct imx_mmc_csd *csd);

/** What is needed of an EXT_CSD. */
struct imx_mmc_ext_csd {
	uint32_t nr_sectors;              /**< Size in sectors; 0: not told. */
	bool can_high_speed;              /**< 52 MHz are offered. */
	bool is_high_speed;               /**< High speed is on. */
	bool can_trim;                    /**< Any sectors can be erased. */
	bool trims_to_zeroes;             /**< ... and read as zeroes then. */
	uint8_t fixed[MMC_EXT_FIXED_LEN]; /**< Bytes that stay as they are as
					   * long as it is the same card. */
};

/** Take an EXT_CSD apart.
 *
 * @param raw As the card sent it.
 * @param ext Set on TZVMM_OK.
 * @retval TZVMM_OK       Good.
 * @retval TZVMM_E_UNSUPP Sectors of 4 KiB.
 * @retval TZVMM_E_FORMAT Fields that make no sense after a reset; among them a
 *                        write cache that is on, and access to another partition
 *                        than the user's. */
TZVMM_NODISCARD enum tzvmm_status
imx_mmc_parse_ext_csd(const uint8_t raw[MMC_EXT_CSD_LEN],
		      struct imx_mmc_ext_csd *ext);

/** The size of a card.
 *
 * @param csd              Its CSD.
 * @param ext              Its EXT_CSD; all 0 if it has none.
 * @param sector_addressed What its OCR says.
 * @return Sectors, all of which 32 bits of address reach; 0 if the registers
 *         contradict each other. */
uint64_t imx_mmc_nr_sectors(const struct imx_mmc_csd *csd,
			    const struct imx_mmc_ext_csd *ext, bool sector_addressed);

#endif /* IMX_MMCCARD_H */
