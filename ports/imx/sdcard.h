/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_SDCARD_H
#define IMX_SDCARD_H

/** @file
 * What an SD card says: registers and status words taken apart [SD-PHY]. Pure
 * functions; everything they are given is the card's and not to be trusted. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** @cond PRIVATE */
#define SD_CMD_GO_IDLE 0u
#define SD_CMD_ALL_SEND_CID 2u
#define SD_CMD_SEND_RELATIVE_ADDR 3u
#define SD_CMD_SWITCH_FUNC 6u
#define SD_CMD_SELECT 7u
#define SD_CMD_SEND_IF_COND 8u
#define SD_CMD_SEND_CSD 9u
#define SD_CMD_STOP 12u
#define SD_CMD_SEND_STATUS 13u
#define SD_CMD_SET_BLOCKLEN 16u
#define SD_CMD_READ_SINGLE 17u
#define SD_CMD_READ_MULTIPLE 18u
#define SD_CMD_SET_BLOCK_COUNT 23u
#define SD_CMD_WRITE_SINGLE 24u
#define SD_CMD_WRITE_MULTIPLE 25u
#define SD_CMD_ERASE_FROM 32u
#define SD_CMD_ERASE_TO 33u
#define SD_CMD_ERASE 38u
#define SD_CMD_APP 55u
#define SD_ACMD_SET_BUS_WIDTH 6u
#define SD_ACMD_SD_STATUS 13u
#define SD_ACMD_SEND_OP_COND 41u
#define SD_ACMD_SEND_SCR 51u

#define SD_IF_COND_3V3 0x1AAu
#define SD_OCR_WINDOW 0x00300000u /* 3.2 .. 3.4 V */
#define SD_OCR_HCS (1u << 30)     /* host and card: addressed by sector */
#define SD_OCR_READY (1u << 31)
#define SD_BUS_WIDTH_4 2u
#define SD_SWITCH_CHECK_HS 0x00FFFFF1u
#define SD_SWITCH_SET_HS 0x80FFFFF1u
#define SD_SWITCH_LEN 64u
#define SD_SCR_LEN 8u
#define SD_STATUS_LEN 64u

/* Card status (R1). */
#define SD_R1_OUT_OF_RANGE (1u << 31)
#define SD_R1_LOCKED (1u << 25)
#define SD_R1_READY (1u << 8)
#define SD_R1_STATE(r1) ((r1) >> 9 & 15u)
#define SD_STATE_STBY 3u
#define SD_STATE_TRAN 4u
#define SD_STATE_DATA 5u
#define SD_STATE_RCV 6u
#define SD_STATE_PRG 7u
/* Errors of the data path. Not in it: COM_CRC and ILLEGAL, which tell of an
 * earlier command, and the bits of erase and lock commands. */
#define SD_R1_ERRORS 0xE5380000u
/* Erase commands out of order, of sectors that are none, of protected ones, and an
 * erase that was dropped. */
#define SD_R1_ERASE_ERRORS 0x1800A000u
/** @endcond */

/** What is needed of a CSD. */
struct imx_sd_csd {
	uint64_t nr_sectors;   /**< Size in sectors of 512 bytes, not 0. */
	bool sector_addressed; /**< Version 2: SDHC or SDXC. */
	bool read_only;        /**< Write-protected, for a time or for ever. */
	bool has_switch;       /**< Knows the switch-function command. */
	bool can_erase;        /**< Any sectors, by commands 32, 33 and 38. */
};

/** Take a CSD apart.
 *
 * @param rsp The answer as the host gives it: without its lowest byte, the
 *            lowest word first.
 * @param csd Set on TZVMM_OK.
 * @retval TZVMM_OK       Good.
 * @retval TZVMM_E_UNSUPP A version that is not known (SDUC).
 * @retval TZVMM_E_FORMAT Fields that make no sense. */
TZVMM_NODISCARD enum tzvmm_status imx_sd_parse_csd(const uint32_t rsp[4],
						   struct imx_sd_csd *csd);

/** What is needed of an SCR. */
struct imx_sd_scr {
	bool four_bit;   /**< Can use four data lines. */
	bool has_switch; /**< Version 1.10 or later. */
	bool has_count; /**< Knows command 23, which tells the length of a transfer. */
};

/** Take an SCR apart.
 * @param raw As the card sent it.
 * @param scr Set on TZVMM_OK.
 * @retval TZVMM_OK       Good.
 * @retval TZVMM_E_FORMAT A structure that is not known. */
TZVMM_NODISCARD enum tzvmm_status imx_sd_parse_scr(const uint8_t raw[SD_SCR_LEN],
						   struct imx_sd_scr *scr);

/** Whether a card is known to hang in transfers whose length it was told, although
 * its SCR offers command 23.
 * @param cid The answer as the host gives it: without its lowest byte, the lowest
 *            word first.
 * @return true if it is. */
bool imx_sd_miscounts(const uint32_t cid[4]);

/** What an SD status says of the time that an erase takes.
 * @param raw     As the card sent it.
 * @param limit_s Seconds, 1 to 60.
 * @return Sectors, so that an erase of so many, wherever they are, ends within the limit.
 * 0: not even one does. UINT32_MAX: the card says nothing, or any number does. */
uint32_t imx_sd_max_erase(const uint8_t raw[SD_STATUS_LEN], uint32_t limit_s);

/** Whether a switch status offers high speed.
 * @param raw As the card sent it.
 * @return true if it does. */
bool imx_sd_switch_offers_hs(const uint8_t raw[SD_SWITCH_LEN]);

/** Whether a switch status says that high speed is on.
 * @param raw As the card sent it.
 * @return true if it is. */
bool imx_sd_switch_is_hs(const uint8_t raw[SD_SWITCH_LEN]);

#endif /* IMX_SDCARD_H */
