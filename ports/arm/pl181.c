/* SPDX-License-Identifier: BSD-2-Clause */
#include <arm/pl181.h>

#include <arm/pl181_regs.h>
#include <imx/sdcard.h>
#include <imx/wait.h>
#include <tzvmm/log.h>
#include <tzvmm/port/mmio.h>

#define SLOW_HZ 400000u
#define FAST_HZ 25000000u
#define MIN_MCLK_HZ 1000000u
#define MAX_MCLK_HZ 100000000u
#define POWER_US 2000u
#define COMMAND_LIMIT_US 10000u
#define DATA_LIMIT_US 1000000u
#define READY_TRIES 1000u /* a millisecond each */
#define RCA_TRIES 4u
#define TRAN_TRIES 5000u /* a fifth of a millisecond each */
#define TRAN_US 200u
#define LOST_MAX 3u /* answers to one question */
#define BURST (PL181_FIFO_WORDS / 2u)
#define MAX_SECTORS (DATA_LENGTH_MAX / TZVMM_SECTOR_LEN)
#define MAX_SG 128u
/* The host's own timer ends each sector. */
#define REQUEST_LIMIT_US                                                           \
	(MAX_SECTORS * DATA_LIMIT_US + (2u * TRAN_TRIES + 1u) * COMMAND_LIMIT_US)

#define STATUS_CMD_END                                                             \
	(STATUS_CMD_CRC_FAIL | STATUS_CMD_TIMEOUT | STATUS_CMD_RESP_END |          \
	 STATUS_CMD_SENT)
#define STATUS_DATA_ERRORS                                                         \
	(STATUS_DATA_CRC_FAIL | STATUS_DATA_TIMEOUT | STATUS_TX_UNDERRUN |         \
	 STATUS_RX_OVERRUN)

enum answer {
	NONE,
	SHORT,
	UNCHECKED, /* short, without a checksum: the host says that it is bad */
	LONG,
};

static void set(const struct pl181 *host, uint32_t reg, uint32_t value)
{
	tzvmm_mmio_write32(host->cfg.base + reg, value);
}

static uint32_t get(const struct pl181 *host, uint32_t reg)
{
	return tzvmm_mmio_read32(host->cfg.base + reg);
}

/* ---- Commands ------------------------------------------------------------- */

static enum tzvmm_status command(const struct pl181 *host, uint32_t index,
				 uint32_t arg, enum answer answer, uint32_t *rsp)
{
	uint32_t seen, flags = COMMAND_ENABLE;
	enum tzvmm_status st;

	if (answer != NONE) {
		flags |= COMMAND_RESPONSE | (answer == LONG ? COMMAND_LONG : 0u);
	}
	set(host, PL181_CLEAR, CLEAR_ALL);
	set(host, PL181_ARGUMENT, arg);
	set(host, PL181_COMMAND, index | flags);
	st = imx_wait_any(host->cfg.sys, host->cfg.base + PL181_STATUS,
			  STATUS_CMD_END, COMMAND_LIMIT_US, &seen);
	if (st != TZVMM_OK || (seen & STATUS_CMD_TIMEOUT) != 0u) {
		return TZVMM_E_TIMEOUT;
	}
	if ((seen & STATUS_CMD_CRC_FAIL) != 0u && answer != UNCHECKED) {
		return TZVMM_E_IO;
	}
	if (rsp != NULL) {
		*rsp = get(host, PL181_RESPONSE(0));
	}
	return TZVMM_OK;
}

/* A command that the card answers with its status. */
static enum tzvmm_status ask(const struct pl181 *host, uint32_t index, uint32_t arg)
{
	uint32_t r1;
	enum tzvmm_status st = command(host, index, arg, SHORT, &r1);

	return st == TZVMM_OK && (r1 & SD_R1_ERRORS) != 0u ? TZVMM_E_IO : st;
}

/* Until the card has done what it was given: the host does not watch the line on
 * which it says so. One that goes on with data, as it does behind several sectors
 * and when something went wrong, is stopped. */
static enum tzvmm_status settle(const struct pl181 *host)
{
	unsigned nr_lost = 0;
	uint32_t r1;

	for (unsigned n = 0; n < TRAN_TRIES; n++) {
		enum tzvmm_status st =
			command(host, SD_CMD_SEND_STATUS, host->rca, SHORT, &r1);

		if (st != TZVMM_OK) {
			if (++nr_lost == LOST_MAX) {
				return st;
			}
			continue;
		}
		switch (SD_R1_STATE(r1)) {
		case SD_STATE_TRAN:
			return (r1 & SD_R1_ERRORS) != 0u ? TZVMM_E_IO : TZVMM_OK;
		case SD_STATE_DATA:
		case SD_STATE_RCV:
			(void)!command(host, SD_CMD_STOP, 0, SHORT, NULL);
			break;
		default:
			imx_delay(host->cfg.sys, TRAN_US);
		}
	}
	return TZVMM_E_TIMEOUT;
}

/* ---- Data ----------------------------------------------------------------- */

/* Where in the pieces of a request the next word is. */
struct place {
	const struct tzvmm_sg *sg;
	uint32_t at;
};

static uint32_t *next_word(struct place *place)
{
	uint8_t *const byte = (uint8_t *)place->sg->va + place->at;

	place->at += sizeof(uint32_t);
	if (place->at == place->sg->len) {
		place->sg++;
		place->at = 0;
	}
	return (uint32_t *)(void *)byte;
}

/* Wait for bits of the status; an error among them wins. */
static enum tzvmm_status await(const struct pl181 *host, uint32_t bits, uint32_t *seen)
{
	enum tzvmm_status st =
		imx_wait_any(host->cfg.sys, host->cfg.base + PL181_STATUS,
			     bits | STATUS_DATA_ERRORS, DATA_LIMIT_US, seen);

	if (st != TZVMM_OK || (*seen & STATUS_DATA_TIMEOUT) != 0u) {
		return TZVMM_E_TIMEOUT;
	}
	return (*seen & STATUS_DATA_ERRORS) != 0u ? TZVMM_E_IO : TZVMM_OK;
}

static enum tzvmm_status move(const struct pl181 *host,
			      const struct tzvmm_blk_req *req)
{
	const bool read = req->op == TZVMM_BLK_READ;
	struct place place = { req->sg, 0 };
	uint32_t left = req->nr_sectors * (TZVMM_SECTOR_LEN / sizeof(uint32_t));
	uint32_t seen;

	while (left != 0u) {
		uint32_t nr = left < BURST ? left : BURST;
		enum tzvmm_status st =
			await(host, read ? STATUS_RX_AVAILABLE : STATUS_TX_HALF_EMPTY,
			      &seen);

		if (st != TZVMM_OK) {
			return st;
		}
		if (read && (seen & STATUS_RX_HALF_FULL) == 0u) {
			nr = 1;
		}
		left -= nr;
		for (; nr != 0u; nr--) {
			uint32_t *const word = next_word(&place);

			if (read) {
				*word = get(host, PL181_FIFO);
			} else {
				set(host, PL181_FIFO, *word);
			}
		}
	}
	return await(host, STATUS_DATA_END, &seen);
}

static void start_data(const struct pl181 *host, const struct tzvmm_blk_req *req)
{
	set(host, PL181_DATA_LENGTH, req->nr_sectors * TZVMM_SECTOR_LEN);
	set(host, PL181_DATA_CTRL,
	    DATA_ENABLE | DATA_BLOCKS_OF_512 |
		    (req->op == TZVMM_BLK_READ ? DATA_FROM_CARD : 0u));
}

/* The host listens before the card is asked to send, and sends when the card has
 * said that it listens. */
static enum tzvmm_status transfer(const struct pl181 *host,
				  const struct tzvmm_blk_req *req)
{
	const bool read = req->op == TZVMM_BLK_READ, many = req->nr_sectors > 1u;
	const uint32_t arg =
		(uint32_t)(host->sector_addressed ? req->sector
						  : req->sector * TZVMM_SECTOR_LEN);
	const uint32_t index = read ? many ? SD_CMD_READ_MULTIPLE : SD_CMD_READ_SINGLE
			       : many ? SD_CMD_WRITE_MULTIPLE
				      : SD_CMD_WRITE_SINGLE;
	enum tzvmm_status st, end;

	if (read) {
		start_data(host, req);
	}
	st = ask(host, index, arg);
	if (st == TZVMM_OK && !read) {
		start_data(host, req);
	}
	if (st == TZVMM_OK) {
		st = move(host, req);
	}
	set(host, PL181_DATA_CTRL, 0);
	end = settle(host);
	return st == TZVMM_OK ? end : st;
}

/* ---- Requests ------------------------------------------------------------- */

static enum tzvmm_status pl181_submit(const struct tzvmm_blkdev *dev,
				      struct tzvmm_blk_req *req)
{
	struct pl181 *host = dev->ctx;

	req->next = NULL;
	if (host->first == NULL) {
		host->first = req;
		host->cfg.wake(host->cfg.ctx, 1);
	} else {
		host->last->next = req;
	}
	host->last = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops pl181_ops = { .submit = pl181_submit };

/* A flush waits for nothing: each write has been waited for. */
static enum tzvmm_status serve(struct pl181 *host, const struct tzvmm_blk_req *req)
{
	enum tzvmm_status st = TZVMM_OK;

	if (tzvmm_blk_has_data(req->op)) {
		st = transfer(host, req);
	}
	if (st != TZVMM_OK) {
		tzvmm_log_limited(host->cfg.sys, &host->limit, TZVMM_LOG_WARN,
				  "sd: %s of %u sectors at %llu: %s",
				  req->op == TZVMM_BLK_READ ? "read" : "write",
				  (unsigned)req->nr_sectors,
				  (unsigned long long)req->sector,
				  tzvmm_status_name(st));
	}
	return st;
}

void pl181_run(struct pl181 *host)
{
	struct tzvmm_blk_req *const req = host->first;
	enum tzvmm_status st;

	if (req == NULL) {
		return;
	}
	st = serve(host, req);
	/* Forgotten before its owner knows, who may submit it again at once. */
	host->first = req->next;
	if (host->first != NULL) {
		host->cfg.wake(host->cfg.ctx, 1);
	}
	req->done(req, st == TZVMM_OK ? TZVMM_OK : TZVMM_E_IO);
}

/* ---- Start ---------------------------------------------------------------- */

static enum tzvmm_status refuse(const struct pl181 *host, enum tzvmm_status st,
				const char *why)
{
	tzvmm_log(host->cfg.sys, TZVMM_LOG_ERROR, "sd: %s (%s)", why,
		  tzvmm_status_name(st));
	return st;
}

static void set_clock(const struct pl181 *host, uint32_t max_hz)
{
	const uint32_t mclk = host->cfg.mclk_hz;
	const uint32_t div = (mclk + 2u * max_hz - 1u) / (2u * max_hz);

	set(host, PL181_CLOCK,
	    CLOCK_ENABLE | (mclk <= max_hz ? CLOCK_BYPASS : div - 1u));
	imx_delay(host->cfg.sys, POWER_US);
}

static void power_on(const struct pl181 *host)
{
	set(host, PL181_MASK0, 0);
	set(host, PL181_MASK1, 0);
	set(host, PL181_DATA_CTRL, 0);
	set(host, PL181_DATA_TIMER, host->cfg.mclk_hz); /* a second, or more */
	set(host, PL181_POWER, POWER_UP);
	imx_delay(host->cfg.sys, POWER_US);
	set(host, PL181_POWER, POWER_ON);
	set_clock(host, SLOW_HZ);
}

/* CMD0, CMD8 and ACMD41 until the card is ready; its OCR. */
static enum tzvmm_status wake_card(const struct pl181 *host, uint32_t *ocr)
{
	uint32_t echo = 0, arg = SD_OCR_WINDOW;

	(void)!command(host, SD_CMD_GO_IDLE, 0, NONE, NULL);
	/* A card of version 1 does not know CMD8 and keeps silent. */
	if (command(host, SD_CMD_SEND_IF_COND, SD_IF_COND_3V3, SHORT, &echo) ==
	    TZVMM_OK) {
		if ((echo & 0xFFFu) != SD_IF_COND_3V3) {
			return refuse(host, TZVMM_E_UNSUPP, "wrong voltage");
		}
		arg |= SD_OCR_HCS;
	}
	for (unsigned n = 0; n < READY_TRIES; n++) {
		enum tzvmm_status st = command(host, SD_CMD_APP, 0, SHORT, NULL);

		if (st == TZVMM_OK) {
			st = command(host, SD_ACMD_SEND_OP_COND, arg, UNCHECKED, ocr);
		}
		if (st != TZVMM_OK) {
			return refuse(host, TZVMM_E_NODEV, "no SD card answers");
		}
		if ((*ocr & SD_OCR_READY) != 0u) {
			return TZVMM_OK;
		}
		imx_delay(host->cfg.sys, 1000);
	}
	return refuse(host, TZVMM_E_TIMEOUT, "card does not get ready");
}

/* CMD2 and CMD3: the card's address, which it chooses. 0 would address every card. */
static enum tzvmm_status address_card(struct pl181 *host)
{
	enum tzvmm_status st = command(host, SD_CMD_ALL_SEND_CID, 0, LONG, NULL);
	uint32_t rsp = 0;

	for (unsigned n = 0; n < RCA_TRIES && st == TZVMM_OK; n++) {
		st = command(host, SD_CMD_SEND_RELATIVE_ADDR, 0, SHORT, &rsp);
		host->rca = rsp & 0xFFFF0000u;
		if (st == TZVMM_OK && host->rca != 0u) {
			return TZVMM_OK;
		}
	}
	return refuse(host, st == TZVMM_OK ? TZVMM_E_FORMAT : st,
		      "card takes no address");
}

/* CMD9: size, which has to fit what the card said of itself before. */
static enum tzvmm_status size_card(struct pl181 *host, uint32_t ocr)
{
	struct imx_sd_csd csd = { 0 };
	uint32_t rsp[4], low = 0;
	enum tzvmm_status st = command(host, SD_CMD_SEND_CSD, host->rca, LONG, NULL);

	if (st != TZVMM_OK) {
		return refuse(host, st, "card does not tell its size");
	}
	/* As imx_sd_parse_csd() wants it: lowest word first, without 8 bits. */
	for (unsigned n = 4; n-- != 0u;) {
		const uint32_t high = get(host, PL181_RESPONSE(n));

		if (n != 3u) {
			rsp[2u - n] = high << 24 | low >> 8;
		}
		low = high;
	}
	rsp[3] = low >> 8;
	st = imx_sd_parse_csd(rsp, &csd);
	if (st == TZVMM_OK && csd.sector_addressed != ((ocr & SD_OCR_HCS) != 0u)) {
		st = TZVMM_E_FORMAT;
	}
	if (st != TZVMM_OK) {
		return refuse(host, st, "CSD makes no sense");
	}
	host->sector_addressed = csd.sector_addressed;
	host->dev.nr_sectors = csd.nr_sectors;
	host->dev.read_only = csd.read_only;
	return TZVMM_OK;
}

/* CMD7 and CMD16: ready for data. */
static enum tzvmm_status select_card(const struct pl181 *host)
{
	enum tzvmm_status st = ask(host, SD_CMD_SELECT, host->rca);

	if (st == TZVMM_OK) {
		st = settle(host);
	}
	if (st == TZVMM_OK) {
		st = ask(host, SD_CMD_SET_BLOCKLEN, TZVMM_SECTOR_LEN);
	}
	if (st != TZVMM_OK) {
		return refuse(host, st, "card cannot be set up");
	}
	set_clock(host, FAST_HZ);
	return TZVMM_OK;
}

enum tzvmm_status pl181_init(struct pl181 *host, const struct pl181_config *config)
{
	uint32_t ocr = 0;
	enum tzvmm_status st;

	if (config->mclk_hz < MIN_MCLK_HZ || config->mclk_hz > MAX_MCLK_HZ) {
		return TZVMM_E_INVAL;
	}
	*host = (struct pl181){
		.dev = { .ops = &pl181_ops,
			 .ctx = host,
			 .max_sectors = MAX_SECTORS,
			 .max_sg = MAX_SG,
			 .sg_align = sizeof(uint32_t),
			 .limit_us = REQUEST_LIMIT_US },
		.cfg = *config,
	};
	power_on(host);
	st = wake_card(host, &ocr);
	if (st == TZVMM_OK) {
		st = address_card(host);
	}
	if (st == TZVMM_OK) {
		st = size_card(host, ocr);
	}
	return st == TZVMM_OK ? select_card(host) : st;
}
