/* SPDX-License-Identifier: BSD-2-Clause */
/* What an MMC or eMMC is asked until it is ready [JESD84].
 *
 * The write cache of an eMMC is off after CMD0 and is left off: a card that has
 * programmed a write keeps it, whatever happens to its supply, and a flush has
 * nothing to do. A card that says its cache is on is refused. */
#include <string.h>

#include <imx/esdhc_host.h>
#include <imx/mmccard.h>
#include <imx/sdcard.h>
#include <imx/wait.h>

/* The host gives the address; 0 is everybody's, 1 what a card has by default. */
#define ESDHC_MMC_RCA (2u << 16)
#define ESDHC_MMC_HIGH_HZ 52000000u

/* CMD0, and CMD1 until the card is ready; how it is addressed. */
static enum tzvmm_status esdhc_mmc_wake(const struct imx_esdhc *host,
					bool *sector_addressed)
{
	uint32_t ocr = 0;
	enum tzvmm_status st =
		esdhc_command(host, SD_CMD_GO_IDLE, 0, XFERTYP_RSP_NONE, NULL);

	for (unsigned n = 0; n < ESDHC_READY_TRIES; n++) {
		if (st == TZVMM_OK) {
			st = esdhc_command(host, MMC_CMD_SEND_OP_COND,
					   MMC_OCR_WINDOW | MMC_OCR_SECTORS,
					   ESDHC_R3, &ocr);
		}
		if (st != TZVMM_OK) {
			return n == 0 ? TZVMM_E_NODEV
				      : esdhc_refuse(host, st, "MMC fell silent");
		}
		if ((ocr & MMC_OCR_WINDOW) == 0u) {
			return esdhc_refuse(host, TZVMM_E_UNSUPP, "wrong voltage");
		}
		if ((ocr & MMC_OCR_READY) != 0u) {
			*sector_addressed = (ocr & MMC_OCR_ACCESS) == MMC_OCR_SECTORS;
			return TZVMM_OK;
		}
		imx_delay(host->cfg.sys, 1000);
	}
	return esdhc_refuse(host, TZVMM_E_TIMEOUT, "MMC does not get ready");
}

static enum tzvmm_status esdhc_mmc_address(struct imx_esdhc *host)
{
	enum tzvmm_status st;

	host->rca = ESDHC_MMC_RCA;
	st = esdhc_command(host, MMC_CMD_SET_RELATIVE_ADDR, host->rca, ESDHC_R1,
			   NULL);
	return st == TZVMM_OK ? st : esdhc_refuse(host, st, "MMC takes no address");
}

static enum tzvmm_status esdhc_mmc_read_csd(const struct imx_esdhc *host,
					    struct imx_mmc_csd *csd)
{
	uint32_t rsp[4];
	enum tzvmm_status st = esdhc_read_csd(host, rsp);

	if (st != TZVMM_OK) {
		return st;
	}
	st = imx_mmc_parse_csd(rsp, csd);
	return st == TZVMM_OK ? st : esdhc_refuse(host, st, "CSD makes no sense");
}

static enum tzvmm_status esdhc_mmc_read_ext(const struct imx_esdhc *host,
					    struct imx_mmc_ext_csd *ext)
{
	struct esdhc_command cmd = { .index = MMC_CMD_SEND_EXT_CSD,
				     .flags = ESDHC_R1,
				     .data_len = MMC_EXT_CSD_LEN };
	enum tzvmm_status st = esdhc_run(host, &cmd);

	return st == TZVMM_OK ? imx_mmc_parse_ext_csd(esdhc_scratch(host), ext) : st;
}

/* The size, from whatever tells it. */
static enum tzvmm_status
esdhc_mmc_size(const struct imx_esdhc *host, const struct imx_mmc_csd *csd,
	       struct imx_mmc_ext_csd *ext, struct esdhc_card *card)
{
	enum tzvmm_status st = TZVMM_OK;

	memset(ext, 0, sizeof(*ext));
	if (csd->has_ext_csd) {
		st = esdhc_mmc_read_ext(host, ext);
	}
	card->nr_sectors = imx_mmc_nr_sectors(csd, ext, card->sector_addressed);
	if (st == TZVMM_OK && card->nr_sectors == 0u) {
		st = TZVMM_E_FORMAT;
	}
	return st == TZVMM_OK ? st : esdhc_refuse(host, st, "EXT_CSD makes no sense");
}

/* CMD6: set a byte of the EXT_CSD. A card that will not says so only when it is
 * asked. Some take longer than a second for other bytes, none for these. */
static enum tzvmm_status esdhc_mmc_switch(const struct imx_esdhc *host,
					  uint32_t index, uint32_t value, bool *taken)
{
	uint32_t r1 = 0;
	enum tzvmm_status st =
		esdhc_command(host, MMC_CMD_SWITCH, MMC_SWITCH_BYTE(index, value),
			      ESDHC_R1B, NULL);

	if (st == TZVMM_OK) {
		st = esdhc_command(host, SD_CMD_SEND_STATUS, host->rca, ESDHC_R1,
				   &r1);
	}
	*taken = (r1 & MMC_R1_SWITCH_ERROR) == 0u;
	return st;
}

/* High speed, if both sides can. A card that says no stays at its lower clock; that
 * is no error. */
static enum tzvmm_status esdhc_mmc_speed_up(struct imx_esdhc *host,
					    const struct imx_mmc_csd *csd,
					    const struct imx_mmc_ext_csd *ext)
{
	struct imx_mmc_ext_csd now = { .is_high_speed = false };
	bool taken = false;
	enum tzvmm_status st = TZVMM_OK;

	if (ext->can_high_speed) {
		st = esdhc_mmc_switch(host, MMC_EXT_HS_TIMING, 1, &taken);
	}
	if (st == TZVMM_OK && taken) {
		st = esdhc_mmc_read_ext(host, &now);
	}
	return st == TZVMM_OK
		       ? esdhc_set_clock(host, now.is_high_speed ? ESDHC_MMC_HIGH_HZ
								 : csd->max_hz)
		       : st;
}

/* Whether what came over the narrow bus at the low clock comes over this one. */
static enum tzvmm_status esdhc_mmc_compare(const struct imx_esdhc *host,
					   const struct imx_mmc_ext_csd *known)
{
	struct imx_mmc_ext_csd now;
	enum tzvmm_status st = esdhc_mmc_read_ext(host, &now);

	if (st == TZVMM_OK &&
	    memcmp(now.fixed, known->fixed, sizeof(now.fixed)) != 0) {
		st = TZVMM_E_IO;
	}
	return st;
}

/* As many lines as are wired, and work. A card tells nobody how many it has. */
static enum tzvmm_status esdhc_mmc_widen(struct imx_esdhc *host,
					 const struct imx_mmc_ext_csd *known)
{
	static const struct {
		uint8_t nr_lines, value;
	} widths[] = { { 8, 2 }, { 4, 1 }, { 1, 0 } };
	const unsigned first = host->cfg.eight_bit ? 0 : (host->cfg.one_bit ? 2 : 1);
	enum tzvmm_status st = TZVMM_E_IO;

	for (unsigned n = first; n < 3u && st != TZVMM_OK; n++) {
		bool taken;

		st = esdhc_mmc_switch(host, MMC_EXT_BUS_WIDTH, widths[n].value,
				      &taken);
		if (st != TZVMM_OK) {
			return st;
		}
		st = TZVMM_E_IO;
		if (taken) {
			esdhc_set_lines(host, widths[n].nr_lines);
			st = esdhc_mmc_compare(host, known);
		}
	}
	return st;
}

/* CMD6, CMD16: as wide and as fast as both sides can. */
static enum tzvmm_status
esdhc_mmc_tune(struct imx_esdhc *host, const struct imx_mmc_csd *csd,
	       const struct imx_mmc_ext_csd *ext, bool sector_addressed)
{
	enum tzvmm_status st = esdhc_mmc_speed_up(host, csd, ext);

	if (st == TZVMM_OK && csd->has_ext_csd) {
		st = esdhc_mmc_widen(host, ext);
	}
	if (st == TZVMM_OK && !sector_addressed) {
		st = esdhc_command(host, SD_CMD_SET_BLOCKLEN, TZVMM_SECTOR_LEN,
				   ESDHC_R1, NULL);
	}
	return st == TZVMM_OK ? st : esdhc_refuse(host, st, "MMC cannot be set up");
}

/* Without a trim there are erase groups, of some hundred KiB: not worth it. */
static struct imx_esdhc_erase esdhc_mmc_erase(const struct imx_mmc_ext_csd *ext)
{
	return ext->can_trim
		       ? (struct imx_esdhc_erase){ MMC_CMD_ERASE_FROM,
						   MMC_CMD_ERASE_TO, MMC_ERASE_TRIM,
						   ext->trims_to_zeroes,
						   ESDHC_MAX_ERASE }
		       : (struct imx_esdhc_erase){ 0 };
}

enum tzvmm_status esdhc_start_mmc(struct imx_esdhc *host, struct esdhc_card *card)
{
	struct imx_mmc_csd csd;
	struct imx_mmc_ext_csd ext;
	enum tzvmm_status st = esdhc_mmc_wake(host, &card->sector_addressed);

	if (st == TZVMM_OK) {
		st = esdhc_read_cid(host, card->cid);
	}
	if (st == TZVMM_OK) {
		st = esdhc_mmc_address(host);
	}
	if (st == TZVMM_OK) {
		st = esdhc_mmc_read_csd(host, &csd);
	}
	if (st == TZVMM_OK) {
		st = esdhc_select(host);
	}
	if (st == TZVMM_OK) {
		st = esdhc_mmc_size(host, &csd, &ext, card);
	}
	if (st == TZVMM_OK) {
		st = esdhc_mmc_tune(host, &csd, &ext, card->sector_addressed);
	}
	if (st == TZVMM_OK) {
		card->kind = csd.has_ext_csd ? "eMMC" : "MMC";
		card->read_only = csd.read_only;
		card->counts = csd.has_count;
		card->erase = esdhc_mmc_erase(&ext);
	}
	return st;
}
