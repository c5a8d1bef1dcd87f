/* SPDX-License-Identifier: BSD-2-Clause */
/* From a host that was switched on to a disk: its reset, whatever card is there,
 * and a card that comes back. Polled. */
#include <string.h>

#include <imx/esdhc_host.h>
#include <imx/sdcard.h>
#include <imx/wait.h>

#define ESDHC_DTOCV 14u /* 2^27 card clocks or more, the longest not reserved */

/* ---- What all cards are asked --------------------------------------------- */

enum tzvmm_status esdhc_read_cid(const struct imx_esdhc *host, uint32_t cid[4])
{
	struct esdhc_command cmd = { .index = SD_CMD_ALL_SEND_CID, .flags = ESDHC_R2 };
	enum tzvmm_status st = esdhc_run(host, &cmd);

	memcpy(cid, cmd.rsp, sizeof(cmd.rsp));
	return st == TZVMM_OK ? st : esdhc_refuse(host, st, "card tells no name");
}

enum tzvmm_status esdhc_read_csd(const struct imx_esdhc *host, uint32_t rsp[4])
{
	struct esdhc_command cmd = { .index = SD_CMD_SEND_CSD,
				     .arg = host->rca,
				     .flags = ESDHC_R2 };
	enum tzvmm_status st = esdhc_run(host, &cmd);

	memcpy(rsp, cmd.rsp, sizeof(cmd.rsp));
	return st == TZVMM_OK ? st : esdhc_refuse(host, st, "no CSD");
}

enum tzvmm_status esdhc_select(const struct imx_esdhc *host)
{
	uint32_t r1 = 0;
	enum tzvmm_status st =
		esdhc_command(host, SD_CMD_SELECT, host->rca, ESDHC_R1B, &r1);

	if (st != TZVMM_OK) {
		return esdhc_refuse(host, st, "card cannot be selected");
	}
	if ((r1 & SD_R1_LOCKED) != 0u) {
		return esdhc_refuse(host, TZVMM_E_DENIED,
				    "card is locked by a password");
	}
	return TZVMM_OK;
}

/* ---- The host ------------------------------------------------------------- */

/* What a reset leaves as the ROM may have set it: tuning, and boot from an eMMC. */
static void usdhc_clear(const struct imx_esdhc *host)
{
	static const uint8_t regs[] = { USDHC_AC12ERR, USDHC_MIX_CTRL, USDHC_DLL_CTRL,
					USDHC_CLK_TUNE, USDHC_MMC_BOOT };

	for (unsigned n = 0; n < sizeof(regs); n++) {
		esdhc_write(host, regs[n], 0);
	}
}

static enum tzvmm_status esdhc_start_host(struct imx_esdhc *host)
{
	enum tzvmm_status st = esdhc_reset(host, SYSCTL_RSTA);

	if (st != TZVMM_OK) {
		return st;
	}
	if (esdhc_is_usdhc(host)) {
		usdhc_clear(host);
	}
	esdhc_set_lines(host, 1);
	esdhc_write(host, ESDHC_WML, WML_READ(16, 8) | WML_WRITE(16, 8));
	esdhc_write(host, ESDHC_IRQSIGEN, 0);
	esdhc_write(host, ESDHC_IRQSTATEN,
		    IRQ_CC | IRQ_TC | IRQ_CINS | IRQ_CRM | IRQ_ERRORS);
	/* The reset also stopped the clocks [LX esdhc_writeb_le]. */
	st = esdhc_set_clock(host, ESDHC_IDENT_HZ);
	if (st != TZVMM_OK) {
		return st;
	}
	/* 80 clocks before the first command, and a millisecond of supply. */
	imx_delay(host->cfg.sys, 1000);
	return esdhc_reset(host, SYSCTL_INITA);
}

/* How long a sector of a write is on the bus, at least: its bits, and around them a
 * start bit, CRC, end bit, the card's answer to it and gaps. */
static uint32_t esdhc_sector_us(const struct imx_esdhc *host)
{
	const uint32_t clocks = TZVMM_SECTOR_LEN * 8u / host->nr_lines + 28u;

	return clocks * (1000u << ESDHC_SECTOR_SHIFT) / (host->card_hz / 1000u);
}

/* Everything anew: the host, then the card, of whatever kind. */
static enum tzvmm_status esdhc_find_card(struct imx_esdhc *host,
					 struct esdhc_card *card)
{
	enum tzvmm_status st;

	memset(card, 0, sizeof(*card));
	host->rca = 0; /* of a card that has no address yet */
	st = esdhc_start_host(host);
	if (st != TZVMM_OK) {
		return esdhc_refuse(host, st, "the host does not start");
	}
	st = esdhc_start_sd(host, card);
	if (st == TZVMM_E_NODEV) {
		st = esdhc_start_mmc(host, card);
	}
	if (st == TZVMM_OK) {
		host->counts = card->counts;
		host->sector_us = esdhc_sector_us(host);
	}
	return st == TZVMM_E_NODEV ? esdhc_refuse(host, st, "no card answers") : st;
}

/* ---- The disk ------------------------------------------------------------- */

static const struct tzvmm_blkdev_ops esdhc_ops = { .submit = esdhc_submit };

static void esdhc_become_disk(struct imx_esdhc *host, const struct esdhc_card *card)
{
	host->sector_addressed = card->sector_addressed;
	host->erase = card->erase;
	memcpy(host->cid, card->cid, sizeof(host->cid));
	host->dev = (struct tzvmm_blkdev){
		.ops = &esdhc_ops,
		.ctx = host,
		.nr_sectors = card->nr_sectors,
		.max_sectors = ESDHC_MAX_SECTORS,
		.max_sg = host->max_desc - ESDHC_CUTS(ESDHC_MAX_SECTORS),
		.sg_align = 4,
		.read_only = card->read_only,
		.max_discard = card->erase.max,
		.max_zeroes = card->erase.zeroes ? card->erase.max : 0u,
		.limit_us = ESDHC_REQUEST_US,
	};
	host->gone = false;
	tzvmm_log(host->cfg.sys, TZVMM_LOG_INFO,
		  "sd: %s, %llu sectors, %u bit, %u kHz%s", card->kind,
		  (unsigned long long)card->nr_sectors, host->nr_lines,
		  (unsigned)(host->card_hz / 1000u),
		  card->read_only ? ", write-protected" : "");
}

static bool esdhc_usable(const struct imx_esdhc_config *config)
{
	return config->nr_desc >= IMX_ESDHC_MIN_DESC &&
	       config->nr_desc % 16u == 0u && config->wake != NULL &&
	       (uintptr_t)config->table % IMX_ESDHC_TABLE_ALIGN == 0u &&
	       config->root_hz >= ESDHC_IDENT_HZ &&
	       !(config->one_bit && config->eight_bit);
}

enum tzvmm_status imx_esdhc_init(struct imx_esdhc *host,
				 const struct imx_esdhc_config *config)
{
	struct esdhc_card card;
	enum tzvmm_status st;

	memset(host, 0, sizeof(*host));
	host->cfg = *config;
	host->tail = &host->head;
	host->gone = true;
	host->sysctl = SYSCTL_DTOCV(ESDHC_DTOCV);
	if (esdhc_is_usdhc(host)) {
		/* The slowest clock, as after a reset: it is not gated here. */
		host->sysctl |= USDHC_SYSCTL_FIXED | SYSCTL_SDCLKFS(0x80);
	}
	if (!esdhc_usable(config)) {
		return TZVMM_E_INVAL;
	}
	/* Two tables whose lines are not shared. */
	host->max_desc = config->nr_desc / 2u;
	host->batches[0].table = config->table;
	host->batches[1].table = config->table + host->max_desc;
	st = esdhc_find_card(host, &card);
	if (st == TZVMM_OK) {
		esdhc_become_disk(host, &card);
	}
	return st;
}

/* ---- A card that comes back ----------------------------------------------- */

static bool esdhc_is_same(const struct imx_esdhc *host, const struct esdhc_card *card)
{
	return memcmp(host->cid, card->cid, sizeof(host->cid)) == 0 &&
	       host->dev.nr_sectors == card->nr_sectors &&
	       host->dev.read_only == card->read_only &&
	       host->sector_addressed == card->sector_addressed;
}

enum tzvmm_status imx_esdhc_reinsert(struct imx_esdhc *host)
{
	struct esdhc_card card;
	enum tzvmm_status st;

	if (host->dev.ops == NULL) {
		return TZVMM_E_INVAL;
	}
	if (!host->gone) {
		return TZVMM_E_BUSY;
	}
	if (esdhc_is_empty(host)) {
		return TZVMM_E_NODEV;
	}
	st = esdhc_find_card(host, &card);
	if (st != TZVMM_OK) {
		return st;
	}
	if (!esdhc_is_same(host, &card)) {
		return esdhc_refuse(host, TZVMM_E_NODEV, "this is another card");
	}
	host->gone = false;
	tzvmm_log(host->cfg.sys, TZVMM_LOG_INFO,
		  "sd: the card is back, %u bit, %u kHz", host->nr_lines,
		  (unsigned)(host->card_hz / 1000u));
	return TZVMM_OK;
}
