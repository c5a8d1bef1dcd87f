/* SPDX-License-Identifier: BSD-2-Clause */
/* What an SD card is asked until it is ready [SD-PHY]. */
#include <imx/esdhc_host.h>
#include <imx/sdcard.h>
#include <imx/wait.h>

#define ESDHC_RCA_TRIES 4u
#define ESDHC_DEFAULT_HZ 25000000u
#define ESDHC_HIGH_HZ 50000000u

static enum tzvmm_status esdhc_app_command(const struct imx_esdhc *host,
					   struct esdhc_command *cmd)
{
	enum tzvmm_status st =
		esdhc_command(host, SD_CMD_APP, host->rca, ESDHC_R1, NULL);

	return st == TZVMM_OK ? esdhc_run(host, cmd) : st;
}

/* CMD0, CMD8 and ACMD41 until the card is ready; its OCR. */
static enum tzvmm_status esdhc_wake_card(const struct imx_esdhc *host, uint32_t *ocr)
{
	uint32_t echo = 0, arg = SD_OCR_WINDOW;
	enum tzvmm_status st;

	st = esdhc_command(host, SD_CMD_GO_IDLE, 0, XFERTYP_RSP_NONE, NULL);
	if (st != TZVMM_OK) {
		return esdhc_refuse(host, st, "the host sends no command");
	}
	imx_delay(host->cfg.sys, 2000);
	/* A card of version 1 does not know CMD8 and keeps silent. */
	if (esdhc_command(host, SD_CMD_SEND_IF_COND, SD_IF_COND_3V3, ESDHC_R1,
			  &echo) == TZVMM_OK) {
		if ((echo & 0xFFFu) != SD_IF_COND_3V3) {
			return esdhc_refuse(host, TZVMM_E_UNSUPP, "wrong voltage");
		}
		arg |= SD_OCR_HCS;
	}
	for (unsigned n = 0; n < ESDHC_READY_TRIES; n++) {
		struct esdhc_command cmd = { .index = SD_ACMD_SEND_OP_COND,
					     .arg = arg,
					     .flags = ESDHC_R3 };

		st = esdhc_app_command(host, &cmd);
		if (st != TZVMM_OK) {
			/* Nobody knows SD commands: not said here, it may be an
			 * MMC. */
			return n == 0 ? TZVMM_E_NODEV
				      : esdhc_refuse(host, st, "card fell silent");
		}
		*ocr = cmd.rsp[0];
		if ((*ocr & SD_OCR_READY) != 0u) {
			return TZVMM_OK;
		}
		imx_delay(host->cfg.sys, 1000);
	}
	return esdhc_refuse(host, TZVMM_E_TIMEOUT, "card does not get ready");
}

/* CMD3: the card's address, which it chooses. 0 would address every card. */
static enum tzvmm_status esdhc_ask_address(struct imx_esdhc *host)
{
	enum tzvmm_status st = TZVMM_OK;
	uint32_t rsp = 0;

	for (unsigned n = 0; n < ESDHC_RCA_TRIES && st == TZVMM_OK; n++) {
		st = esdhc_command(host, SD_CMD_SEND_RELATIVE_ADDR, 0, ESDHC_R1,
				   &rsp);
		host->rca = rsp & 0xFFFF0000u;
		if (st == TZVMM_OK && host->rca != 0u) {
			return TZVMM_OK;
		}
	}
	st = st == TZVMM_OK ? TZVMM_E_FORMAT : st;
	return esdhc_refuse(host, st, "card takes no address");
}

/* CMD9: size, which has to fit what the card said of itself before. */
static enum tzvmm_status esdhc_size_card(struct imx_esdhc *host, uint32_t ocr,
					 struct imx_sd_csd *csd)
{
	uint32_t rsp[4];
	enum tzvmm_status st = esdhc_read_csd(host, rsp);

	if (st != TZVMM_OK) {
		return st;
	}
	st = imx_sd_parse_csd(rsp, csd);
	if (st == TZVMM_OK && csd->sector_addressed != ((ocr & SD_OCR_HCS) != 0u)) {
		st = TZVMM_E_FORMAT;
	}
	return st == TZVMM_OK ? st : esdhc_refuse(host, st, "CSD makes no sense");
}

static enum tzvmm_status esdhc_widen_bus(struct imx_esdhc *host)
{
	struct esdhc_command cmd = { .index = SD_ACMD_SET_BUS_WIDTH,
				     .arg = SD_BUS_WIDTH_4,
				     .flags = ESDHC_R1 };
	enum tzvmm_status st = esdhc_app_command(host, &cmd);

	if (st == TZVMM_OK) {
		esdhc_set_lines(host, 4);
	}
	return st;
}

/* CMD6: ask, then set. A card that says no stays at 25 MHz; that is no error. */
static enum tzvmm_status esdhc_switch_hs(const struct imx_esdhc *host, bool *on)
{
	struct esdhc_command cmd = { .index = SD_CMD_SWITCH_FUNC,
				     .arg = SD_SWITCH_CHECK_HS,
				     .flags = ESDHC_R1,
				     .data_len = SD_SWITCH_LEN };
	enum tzvmm_status st = esdhc_run(host, &cmd);

	if (st != TZVMM_OK || !imx_sd_switch_offers_hs(esdhc_scratch(host))) {
		return st;
	}
	cmd.arg = SD_SWITCH_SET_HS;
	st = esdhc_run(host, &cmd);
	*on = st == TZVMM_OK && imx_sd_switch_is_hs(esdhc_scratch(host));
	return st;
}

/* ACMD51, ACMD6, CMD6, CMD16: as wide and as fast as both sides can. */
static enum tzvmm_status esdhc_tune_card(struct imx_esdhc *host,
					 const struct imx_sd_csd *csd, bool *counts)
{
	struct esdhc_command cmd = { .index = SD_ACMD_SEND_SCR,
				     .flags = ESDHC_R1,
				     .data_len = SD_SCR_LEN };
	struct imx_sd_scr scr = { false, false, false };
	bool high_speed = false;
	enum tzvmm_status st = esdhc_app_command(host, &cmd);

	if (st == TZVMM_OK) {
		st = imx_sd_parse_scr(esdhc_scratch(host), &scr);
	}
	*counts = scr.has_count;
	if (st == TZVMM_OK && scr.four_bit && !host->cfg.one_bit) {
		st = esdhc_widen_bus(host);
	}
	if (st == TZVMM_OK && scr.has_switch && csd->has_switch) {
		st = esdhc_switch_hs(host, &high_speed);
	}
	if (st == TZVMM_OK && !csd->sector_addressed) {
		st = esdhc_command(host, SD_CMD_SET_BLOCKLEN, TZVMM_SECTOR_LEN,
				   ESDHC_R1, NULL);
	}
	if (st == TZVMM_OK) {
		st = esdhc_set_clock(host,
				     high_speed ? ESDHC_HIGH_HZ : ESDHC_DEFAULT_HZ);
	}
	return st == TZVMM_OK ? st : esdhc_refuse(host, st, "card cannot be set up");
}

/* ACMD13. A card that does not answer is not asked to erase. What is read behind an
 * erase is left open: cards of both kinds tell the wrong one. */
static struct imx_esdhc_erase esdhc_sd_erase(const struct imx_esdhc *host)
{
	struct esdhc_command cmd = { .index = SD_ACMD_SD_STATUS,
				     .flags = ESDHC_R1,
				     .data_len = SD_STATUS_LEN };
	uint32_t max = 0;

	if (esdhc_app_command(host, &cmd) == TZVMM_OK) {
		max = imx_sd_max_erase(esdhc_scratch(host), ESDHC_ERASE_LIMIT_S);
	}
	return (struct imx_esdhc_erase){
		.from = SD_CMD_ERASE_FROM,
		.to = SD_CMD_ERASE_TO,
		.max = max < ESDHC_MAX_ERASE ? max : ESDHC_MAX_ERASE,
	};
}

enum tzvmm_status esdhc_start_sd(struct imx_esdhc *host, struct esdhc_card *card)
{
	struct imx_sd_csd csd;
	uint32_t ocr = 0;
	enum tzvmm_status st = esdhc_wake_card(host, &ocr);

	if (st == TZVMM_OK) {
		st = esdhc_read_cid(host, card->cid);
	}
	if (st == TZVMM_OK) {
		st = esdhc_ask_address(host);
	}
	if (st == TZVMM_OK) {
		st = esdhc_size_card(host, ocr, &csd);
	}
	if (st == TZVMM_OK) {
		st = esdhc_select(host);
	}
	if (st == TZVMM_OK && csd.can_erase) {
		card->erase = esdhc_sd_erase(host);
	}
	if (st == TZVMM_OK) {
		st = esdhc_tune_card(host, &csd, &card->counts);
	}
	if (st != TZVMM_OK) {
		return st;
	}
	card->counts = card->counts && !imx_sd_miscounts(card->cid);
	card->kind = csd.sector_addressed ? "SDHC/SDXC" : "SDSC";
	card->nr_sectors = csd.nr_sectors;
	card->sector_addressed = csd.sector_addressed;
	card->read_only = csd.read_only;
	return TZVMM_OK;
}
