/* SPDX-License-Identifier: BSD-2-Clause */
/* The SD host until a card is ready: reset, clock, identification. Polled. */
#include <string.h>

#include <imx/esdhc_host.h>
#include <imx/wait.h>
#include <tzvmm/port/dma.h>

#define ESDHC_RESET_LIMIT_US 1000u
#define ESDHC_CLOCK_LIMIT_US 10000u
#define ESDHC_COMMAND_LIMIT_US 100000u
#define ESDHC_BUSY_LIMIT_US 1000000u
#define ESDHC_READY_TRIES 1000u /* of ACMD41, a millisecond apart [SD-PHY 4.2.3] */
#define ESDHC_RCA_TRIES 4u

#define ESDHC_IDENT_HZ 400000u
#define ESDHC_DEFAULT_HZ 25000000u
#define ESDHC_HIGH_HZ 50000000u

#define ESDHC_DTOCV 14u /* 2^27 card clocks, the longest that is not reserved */
#define ESDHC_CLOCKS (SYSCTL_CKEN | SYSCTL_PEREN | SYSCTL_HCKEN | SYSCTL_IPGEN)

/* A polled command. */
struct esdhc_command {
	uint32_t index;
	uint32_t arg;
	uint32_t flags;    /* XFERTYP bits */
	uint32_t data_len; /* of one block read into the scratch area, or 0 */
	uint32_t rsp[4];
};

uint32_t imx_esdhc_divider(uint32_t root_hz, uint32_t max_hz, bool v3, uint32_t *hz)
{
	uint32_t best_fs = 8, best_dvs = 15;

	*hz = 0;
	for (uint32_t fs = v3 ? 1u : 0u; fs <= 8u; fs++) {
		for (uint32_t dvs = 0; dvs < 16u; dvs++) {
			uint32_t rate = (root_hz >> fs) / (dvs + 1u);

			if (rate <= max_hz && rate > *hz) {
				*hz = rate;
				best_fs = fs;
				best_dvs = dvs;
			}
		}
	}
	if (*hz == 0u) {
		*hz = (root_hz >> best_fs) / (best_dvs + 1u);
	}
	return SYSCTL_SDCLKFS((1u << best_fs) >> 1) | SYSCTL_DVS(best_dvs);
}

enum tzvmm_status esdhc_reset(const struct imx_esdhc *host, uint32_t which)
{
	esdhc_write(host, ESDHC_SYSCTL, host->sysctl | which);
	return imx_wait(host->cfg.sys, host->cfg.base + ESDHC_SYSCTL, which, 0,
			ESDHC_RESET_LIMIT_US);
}

void esdhc_issue(const struct imx_esdhc *host, uint32_t xfertyp, uint32_t arg)
{
	/* Write 1 to clear: drop what the last command left. */
	esdhc_write(host, ESDHC_IRQSTAT, UINT32_MAX);
	esdhc_write(host, ESDHC_CMDARG, arg);
	esdhc_write(host, ESDHC_XFERTYP, xfertyp);
}

static enum tzvmm_status esdhc_set_clock(struct imx_esdhc *host, uint32_t max_hz)
{
	uint32_t divider = imx_esdhc_divider(host->cfg.root_hz, max_hz,
					     host->cfg.v3, &host->card_hz);
	enum tzvmm_status st;

	host->sysctl &= ~ESDHC_CLOCKS;
	esdhc_write(host, ESDHC_SYSCTL, host->sysctl);
	host->sysctl = divider | SYSCTL_DTOCV(ESDHC_DTOCV);
	esdhc_write(host, ESDHC_SYSCTL, host->sysctl);
	st = imx_wait(host->cfg.sys, host->cfg.base + ESDHC_PRSSTAT, PRSSTAT_SDSTB,
		      PRSSTAT_SDSTB, ESDHC_CLOCK_LIMIT_US);
	host->sysctl |= ESDHC_CLOCKS;
	esdhc_write(host, ESDHC_SYSCTL, host->sysctl);
	return st;
}

static enum tzvmm_status esdhc_start_host(struct imx_esdhc *host)
{
	enum tzvmm_status st = esdhc_reset(host, SYSCTL_RSTA);

	if (st != TZVMM_OK) {
		return st;
	}
	host->proctl = PROCTL_LITTLE_ENDIAN | PROCTL_ADMA2;
	esdhc_write(host, ESDHC_PROCTL, host->proctl);
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

static uint8_t *esdhc_scratch(const struct imx_esdhc *host)
{
	return (uint8_t *)&host->cfg.table[host->cfg.nr_desc - ESDHC_SCRATCH_DESC];
}

/* One block to the scratch area. */
static void esdhc_prepare_read(const struct imx_esdhc *host, uint32_t len)
{
	struct imx_esdhc_desc *desc = host->cfg.table;

	desc->control = ADMA_LEN(len) | ADMA_TRANSFER | ADMA_END | ADMA_VALID;
	desc->addr = tzvmm_dma_addr(esdhc_scratch(host));
	tzvmm_dma_to_device(desc, sizeof(*desc));
	tzvmm_dma_before_device_writes(esdhc_scratch(host), len);
	esdhc_write(host, ESDHC_ADSADDR, tzvmm_dma_addr(desc));
	esdhc_write(host, ESDHC_BLKATTR, BLKATTR_SIZE(len) | BLKATTR_COUNT(1));
}

/* Wait for bits of IRQSTAT; an error among them wins. */
static enum tzvmm_status esdhc_await(const struct imx_esdhc *host, uint32_t bits)
{
	uint32_t seen;
	enum tzvmm_status st =
		imx_wait_any(host->cfg.sys, host->cfg.base + ESDHC_IRQSTAT,
			     bits | IRQ_ERRORS, ESDHC_COMMAND_LIMIT_US, &seen);

	if (st != TZVMM_OK || (seen & IRQ_ERRORS) == 0u) {
		return st;
	}
	return (seen & (IRQ_CTOE | IRQ_DTOE)) != 0u ? TZVMM_E_TIMEOUT : TZVMM_E_IO;
}

static enum tzvmm_status esdhc_run(const struct imx_esdhc *host,
				   struct esdhc_command *cmd)
{
	const struct tzvmm_sys *sys = host->cfg.sys;
	const uintptr_t prsstat = host->cfg.base + ESDHC_PRSSTAT;
	uint32_t xfertyp = XFERTYP_CMDINX(cmd->index) | cmd->flags;
	enum tzvmm_status st = imx_wait(sys, prsstat, PRSSTAT_CIHB | PRSSTAT_CDIHB,
					0, ESDHC_COMMAND_LIMIT_US);

	if (st != TZVMM_OK) {
		return st;
	}
	if (cmd->data_len != 0u) {
		esdhc_prepare_read(host, cmd->data_len);
		xfertyp |= XFERTYP_DPSEL | XFERTYP_DTDSEL | XFERTYP_DMAEN;
	}
	esdhc_issue(host, xfertyp, cmd->arg);
	st = esdhc_await(host, IRQ_CC);
	for (unsigned n = 0; n < 4; n++) {
		cmd->rsp[n] = esdhc_read(host, ESDHC_CMDRSP(n));
	}
	if (st == TZVMM_OK && cmd->data_len != 0u) {
		st = esdhc_await(host, IRQ_TC);
		tzvmm_dma_after_device_wrote(esdhc_scratch(host), cmd->data_len);
	}
	if (st == TZVMM_OK && (cmd->flags & XFERTYP_RSP_MASK) == XFERTYP_RSP_48_BUSY) {
		st = imx_wait(sys, prsstat, PRSSTAT_DAT0, PRSSTAT_DAT0,
			      ESDHC_BUSY_LIMIT_US);
	}
	if (st != TZVMM_OK) {
		/* After an error the inhibit bits stay until a reset, and a reset
		 * of the data line may lose the bus width [LX esdhc_writeb_le]. */
		enum tzvmm_status reset =
			esdhc_reset(host, SYSCTL_RSTC | SYSCTL_RSTD);

		esdhc_write(host, ESDHC_PROCTL, host->proctl);
		return reset != TZVMM_OK ? TZVMM_E_IO : st;
	}
	return TZVMM_OK;
}

static enum tzvmm_status esdhc_command(const struct imx_esdhc *host, uint32_t index,
				       uint32_t arg, uint32_t flags, uint32_t *rsp)
{
	struct esdhc_command cmd = { .index = index, .arg = arg, .flags = flags };
	enum tzvmm_status st = esdhc_run(host, &cmd);

	if (rsp != NULL) {
		*rsp = cmd.rsp[0];
	}
	return st;
}

static enum tzvmm_status esdhc_app_command(const struct imx_esdhc *host,
					   struct esdhc_command *cmd)
{
	enum tzvmm_status st =
		esdhc_command(host, SD_CMD_APP, host->rca, ESDHC_R1, NULL);

	return st == TZVMM_OK ? esdhc_run(host, cmd) : st;
}

/* Say in words why there is no disk. */
static enum tzvmm_status esdhc_refuse(const struct imx_esdhc *host,
				      enum tzvmm_status st, const char *why)
{
	tzvmm_log(host->cfg.sys, TZVMM_LOG_ERROR, "sd: %s (%s)", why,
		  tzvmm_status_name(st));
	return st;
}

/* Nobody answers SD commands: it may be an MMC. */
static enum tzvmm_status esdhc_probe_mmc(const struct imx_esdhc *host)
{
	uint32_t ocr = 0;

	if (esdhc_command(host, SD_CMD_GO_IDLE, 0, XFERTYP_RSP_NONE, NULL) ==
		    TZVMM_OK &&
	    esdhc_command(host, SD_CMD_MMC_SEND_OP_COND, 0, ESDHC_R3, &ocr) ==
		    TZVMM_OK) {
		return esdhc_refuse(host, TZVMM_E_UNSUPP,
				    "MMC cards are not supported");
	}
	return esdhc_refuse(host, TZVMM_E_NODEV, "no card answers");
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
			return n == 0 ? esdhc_probe_mmc(host)
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

/* CMD2 and CMD3: the card's address. 0 would address every card. */
static enum tzvmm_status esdhc_address_card(struct imx_esdhc *host)
{
	enum tzvmm_status st;
	uint32_t rsp = 0;

	st = esdhc_command(host, SD_CMD_ALL_SEND_CID, 0, ESDHC_R2, NULL);
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

/* CMD9 and CMD7: size, and the card into transfer state. */
static enum tzvmm_status esdhc_select_card(struct imx_esdhc *host, uint32_t ocr,
					   struct imx_sd_csd *csd)
{
	struct esdhc_command cmd = { .index = SD_CMD_SEND_CSD,
				     .arg = host->rca,
				     .flags = ESDHC_R2 };
	enum tzvmm_status st = esdhc_run(host, &cmd);
	uint32_t r1 = 0;

	if (st != TZVMM_OK) {
		return esdhc_refuse(host, st, "no CSD");
	}
	st = imx_sd_parse_csd(cmd.rsp, csd);
	if (st == TZVMM_OK && csd->sector_addressed != ((ocr & SD_OCR_HCS) != 0u)) {
		st = TZVMM_E_FORMAT;
	}
	if (st != TZVMM_OK) {
		return esdhc_refuse(host, st, "CSD makes no sense");
	}
	st = esdhc_command(host, SD_CMD_SELECT, host->rca, ESDHC_R1B, &r1);
	if (st != TZVMM_OK) {
		return esdhc_refuse(host, st, "card cannot be selected");
	}
	if ((r1 & SD_R1_LOCKED) != 0u) {
		return esdhc_refuse(host, TZVMM_E_DENIED,
				    "card is locked by a password");
	}
	return TZVMM_OK;
}

static enum tzvmm_status esdhc_widen_bus(struct imx_esdhc *host)
{
	struct esdhc_command cmd = { .index = SD_ACMD_SET_BUS_WIDTH,
				     .arg = SD_BUS_WIDTH_4,
				     .flags = ESDHC_R1 };
	enum tzvmm_status st = esdhc_app_command(host, &cmd);

	if (st == TZVMM_OK) {
		host->four_bit = true;
		host->proctl |= PROCTL_4_BIT;
		esdhc_write(host, ESDHC_PROCTL, host->proctl);
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
					 const struct imx_sd_csd *csd)
{
	struct esdhc_command cmd = { .index = SD_ACMD_SEND_SCR,
				     .flags = ESDHC_R1,
				     .data_len = SD_SCR_LEN };
	struct imx_sd_scr scr = { false, false };
	bool high_speed = false;
	enum tzvmm_status st = esdhc_app_command(host, &cmd);

	if (st == TZVMM_OK) {
		st = imx_sd_parse_scr(esdhc_scratch(host), &scr);
	}
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

static const struct tzvmm_blkdev_ops esdhc_ops = { .submit = esdhc_submit };

static void esdhc_become_disk(struct imx_esdhc *host, const struct imx_sd_csd *csd)
{
	host->sector_addressed = csd->sector_addressed;
	host->dev = (struct tzvmm_blkdev){
		.ops = &esdhc_ops,
		.ctx = host,
		.nr_sectors = csd->nr_sectors,
		.max_sectors = ESDHC_MAX_SECTORS,
		.max_sg = host->max_desc - ESDHC_CUTS(ESDHC_MAX_SECTORS),
		.sg_align = 4,
		.read_only = csd->read_only,
	};
	host->gone = false;
	tzvmm_log(host->cfg.sys, TZVMM_LOG_INFO, "sd: %s, %llu sectors, %s, %u kHz%s",
		  csd->sector_addressed ? "SDHC/SDXC" : "SDSC",
		  (unsigned long long)csd->nr_sectors,
		  host->four_bit ? "4 bit" : "1 bit",
		  (unsigned)(host->card_hz / 1000u),
		  csd->read_only ? ", write-protected" : "");
}

static bool esdhc_usable(const struct imx_esdhc_config *config)
{
	return config->nr_desc >= IMX_ESDHC_MIN_DESC &&
	       config->nr_desc % 16u == 0u && config->wake != NULL &&
	       (uintptr_t)config->table % IMX_ESDHC_TABLE_ALIGN == 0u &&
	       config->root_hz >= ESDHC_IDENT_HZ;
}

enum tzvmm_status imx_esdhc_init(struct imx_esdhc *host,
				 const struct imx_esdhc_config *config)
{
	struct imx_sd_csd csd;
	enum tzvmm_status st;
	uint32_t ocr = 0;

	memset(host, 0, sizeof(*host));
	host->cfg = *config;
	host->tail = &host->head;
	host->gone = true;
	if (!esdhc_usable(config)) {
		return TZVMM_E_INVAL;
	}
	/* Two tables whose lines are not shared, and the scratch area. */
	host->max_desc = config->nr_desc / 2u - ESDHC_SCRATCH_DESC;
	host->batches[0].table = config->table;
	host->batches[1].table = config->table + config->nr_desc / 2u;
	st = esdhc_start_host(host);
	if (st != TZVMM_OK) {
		return esdhc_refuse(host, st, "the host does not start");
	}
	st = esdhc_wake_card(host, &ocr);
	if (st == TZVMM_OK) {
		st = esdhc_address_card(host);
	}
	if (st == TZVMM_OK) {
		st = esdhc_select_card(host, ocr, &csd);
	}
	if (st == TZVMM_OK) {
		st = esdhc_tune_card(host, &csd);
	}
	if (st == TZVMM_OK) {
		esdhc_become_disk(host, &csd);
	}
	return st;
}
