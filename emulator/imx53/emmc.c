/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An MMC or eMMC of version 5, which QEMU 7.2 has not: 1, 4 or 8 lines, high speed,
 * trim, no cache. The host knows its timing; a command that it does not take has no
 * answer, and its next one tells of it [JESD84].
 */
#include "imx53.h"
#include "hw/qdev-properties-system.h"
#include "sysemu/block-backend.h"

#define SECTOR 512
#define BYTE_MAX (2ull << 30) /* above this size, addresses count sectors */
#define LOW_HZ 26000000u
#define HIGH_HZ 52000000u

#define OCR_READY (1u << 31)
#define OCR_SECTORS (1u << 30)
#define OCR_WINDOW 0x00FF8080u

#define R1_OUT_OF_RANGE (1u << 31)
#define R1_ILLEGAL (1u << 22)
#define R1_READY (1u << 8)
#define R1_SWITCH_ERROR (1u << 7)

#define SWITCH_WRITE_BYTE 3
#define TRIM 1

/* Places in the EXT_CSD. */
#define EXT_BUS_WIDTH 183
#define EXT_HS_TIMING 185
#define EXT_REV 192
#define EXT_STRUCTURE 194
#define EXT_DEVICE_TYPE 196
#define EXT_SEC_COUNT 212
#define EXT_SEC_FEATURES 231
#define EXT_CMD6_TIME 248

#define SLEEP (1u << 15)

enum { IDLE, READY, IDENT, STBY, TRAN, DATA, RCV, SLP = 10 };

static bool is_big(const Imx53EmmcState *e)
{
	return e->len > BYTE_MAX;
}

static uint64_t byte_address(const Imx53EmmcState *e, uint32_t arg)
{
	return (uint64_t)arg * (is_big(e) ? SECTOR : 1);
}

static void emmc_power_on(Imx53EmmcState *e)
{
	e->state = IDLE;
	e->asked = false;
	e->errors = 0;
	e->lines = 1;
	memset(e->ext, 0, sizeof(e->ext));
	e->ext[EXT_REV] = 7;
	e->ext[EXT_STRUCTURE] = 2;
	e->ext[EXT_DEVICE_TYPE] = 3; /* 26 and 52 MHz */
	e->ext[EXT_SEC_FEATURES] = 1 << 4;
	e->ext[EXT_CMD6_TIME] = 10; /* 100 ms */
	stl_le_p(e->ext + EXT_SEC_COUNT, e->len / SECTOR);
}

/* ---- answers ---- */

static int r1(Imx53EmmcState *e, uint8_t *response)
{
	stl_be_p(response, e->errors | e->state << 9 | R1_READY);
	e->errors = 0;
	return 4;
}

static int refuse(Imx53EmmcState *e)
{
	e->errors |= R1_ILLEGAL;
	return 0;
}

static int cid(uint8_t *response)
{
	static const uint8_t id[16] = { 0x13, 0x01, 0x00, 'I', 'M', 'X', '5', '3', 'E',
					0x10, 0x12, 0x34, 0x56, 0x78, 0xB1, 0x01 };

	memcpy(response, id, sizeof(id));
	return 16;
}

/* The size is C_SIZE + 1 times 2^9 blocks of 1 KiB; all ones in a large card. */
static int csd(const Imx53EmmcState *e, uint8_t *response)
{
	uint32_t c_size = is_big(e) ? 0xFFF : e->len / (512 * 1024) - 1;

	memset(response, 0, 16);
	response[0] = 3 << 6 | 4 << 2;
	response[1] = 0x27;
	response[3] = 0x32; /* 26 MHz */
	response[4] = 0x0F;
	response[5] = 0x50 | 10; /* blocks of 2^10 bytes */
	response[6] = c_size >> 10;
	response[7] = c_size >> 2;
	response[8] = c_size << 6;
	response[9] = 3;
	response[10] = 1 << 7 | 0x1F << 2 | 3;
	response[14] = blk_is_writable(e->blk) ? 0 : 1 << 4;
	response[15] = 1;
	return 16;
}

/* ---- commands ---- */

static int op_cond(Imx53EmmcState *e, uint8_t *response)
{
	uint32_t ocr = OCR_WINDOW | (is_big(e) ? OCR_SECTORS : 0);

	if (e->asked) { /* at first it is still busy with itself */
		ocr |= OCR_READY;
		e->state = READY;
	}
	e->asked = true;
	stl_be_p(response, ocr);
	return 4;
}

static void switch_byte(Imx53EmmcState *e, uint32_t arg)
{
	static const unsigned lines[] = { 1, 4, 8 };
	unsigned index = arg >> 16 & 0xFF, value = arg >> 8 & 0xFF;

	if (arg >> 24 != SWITCH_WRITE_BYTE) {
		e->errors |= R1_SWITCH_ERROR;
	} else if (index == EXT_BUS_WIDTH && value < ARRAY_SIZE(lines)) {
		e->lines = lines[value];
	} else if (index == EXT_HS_TIMING && value < 2) {
		e->ext[index] = value;
	} else {
		e->errors |= R1_SWITCH_ERROR;
	}
}

/* The bytes that data commands move from here on. */
static int begin(Imx53EmmcState *e, const SDRequest *req, int state, uint8_t *response)
{
	uint64_t at = byte_address(e, req->arg);
	int len;

	if (at >= e->len) {
		e->errors |= R1_OUT_OF_RANGE;
		return r1(e, response);
	}
	len = r1(e, response);
	e->state = state;
	e->at = at;
	e->blocks_left = req->cmd == 18 || req->cmd == 25 ? e->wanted : 1;
	return len;
}

static int send_ext_csd(Imx53EmmcState *e, uint8_t *response)
{
	int len = r1(e, response);

	e->state = DATA;
	e->sends_ext = true;
	return len;
}

static int erase(Imx53EmmcState *e, uint32_t arg, uint8_t *response)
{
	uint64_t end = e->erase_to + SECTOR;

	if (arg != TRIM || e->erase_from >= end || end > e->len) {
		e->errors |= R1_OUT_OF_RANGE;
	} else {
		blk_pwrite_zeroes(e->blk, e->erase_from, end - e->erase_from, 0);
	}
	return r1(e, response);
}

static int in_tran(Imx53EmmcState *e, const SDRequest *req, uint8_t *response)
{
	int len;

	if (req->cmd == 23) {
		e->wanted = req->arg & 0xFFFF;
		return r1(e, response);
	}
	switch (req->cmd) {
	case 6:
		len = r1(e, response);
		switch_byte(e, req->arg);
		return len;
	case 8:
		return send_ext_csd(e, response);
	case 16:
		return req->arg == SECTOR ? r1(e, response) : refuse(e);
	case 17:
	case 18:
		return begin(e, req, DATA, response);
	case 24:
	case 25:
		return begin(e, req, RCV, response);
	case 35:
		e->erase_from = byte_address(e, req->arg);
		return r1(e, response);
	case 36:
		e->erase_to = byte_address(e, req->arg);
		return r1(e, response);
	case 38:
		return erase(e, req->arg, response);
	default:
		return refuse(e);
	}
}

/* A card that is not selected goes to sleep, and wakes up. */
static int sleep_awake(Imx53EmmcState *e, bool sleep, uint8_t *response)
{
	int len;

	if (e->state != (sleep ? STBY : SLP)) {
		return refuse(e);
	}
	len = r1(e, response);
	e->state = sleep ? SLP : STBY;
	return len;
}

/* Those that a card with an address takes at any time. */
static int addressed(Imx53EmmcState *e, const SDRequest *req, uint8_t *response)
{
	bool ours = req->arg >> 16 == e->rca;
	int len;

	if (e->state == SLP && req->cmd != 5) {
		return 0;
	}
	switch (req->cmd) {
	case 5:
		return ours ? sleep_awake(e, req->arg & SLEEP, response) : 0;
	case 7:
		if (!ours) {
			e->state = STBY;
			return 0;
		}
		len = r1(e, response);
		e->state = TRAN;
		return len;
	case 9:
		return ours && e->state == STBY ? csd(e, response) : 0;
	case 12:
		if (e->state != DATA && e->state != RCV) {
			return refuse(e);
		}
		len = r1(e, response);
		e->state = TRAN;
		return len;
	case 13:
		return ours ? r1(e, response) : 0;
	default:
		return e->state == TRAN ? in_tran(e, req, response) : refuse(e);
	}
}

static int identified(Imx53EmmcState *e, const SDRequest *req, uint8_t *response)
{
	int len;

	if (req->cmd == 1 && e->state == IDLE) {
		return op_cond(e, response);
	}
	if (req->cmd == 2 && e->state == READY) {
		e->state = IDENT;
		return cid(response);
	}
	if (req->cmd == 3 && e->state == IDENT) {
		len = r1(e, response);
		e->rca = req->arg >> 16;
		e->state = STBY;
		return len;
	}
	return refuse(e);
}

bool imx53_emmc_inserted(const Imx53EmmcState *e)
{
	return blk_is_inserted(e->blk);
}

int imx53_emmc_command(Imx53EmmcState *e, const SDRequest *req, uint8_t *response)
{
	int len;

	if (!imx53_emmc_inserted(e)) {
		return 0;
	}
	e->sends_ext = false;
	if (req->cmd == 0) {
		emmc_power_on(e);
		return 0;
	}
	if (e->state < STBY) {
		return identified(e, req, response);
	}
	len = addressed(e, req, response);
	e->wanted = req->cmd == 23 ? e->wanted : 0;
	return len;
}

/* ---- data ---- */

bool imx53_emmc_ready(const Imx53EmmcState *e, bool to_host, uint64_t hz)
{
	return imx53_emmc_inserted(e) && e->state == (to_host ? DATA : RCV) &&
	       hz <= (e->ext[EXT_HS_TIMING] != 0 ? HIGH_HZ : LOW_HZ);
}

/* Whole sectors from or to the image; what is behind its end is an error. */
static bool emmc_advance(Imx53EmmcState *e, uint32_t len)
{
	bool inside = e->at + len <= e->len;

	if (!inside) {
		e->errors |= R1_OUT_OF_RANGE;
	}
	if (e->blocks_left != 0 && (e->blocks_left -= len / SECTOR) == 0) {
		e->state = TRAN;
	}
	return inside;
}

void imx53_emmc_read(Imx53EmmcState *e, void *buf, uint32_t len)
{
	if (e->sends_ext) {
		memcpy(buf, e->ext, MIN(len, sizeof(e->ext)));
		e->state = TRAN;
	} else if (!emmc_advance(e, len) || blk_pread(e->blk, e->at, len, buf, 0) < 0) {
		memset(buf, 0, len);
	}
	e->at += len;
}

void imx53_emmc_write(Imx53EmmcState *e, const void *buf, uint32_t len)
{
	if (e->state == RCV && emmc_advance(e, len)) {
		blk_pwrite(e->blk, e->at, len, buf, 0);
	}
	e->at += len;
}

/* ---- the device ---- */

static void emmc_media_changed(void *opaque, bool load, Error **errp)
{
	Imx53EmmcState *e = opaque;

	emmc_power_on(e);
	imx53_esdhc_inserted_changed(e->host, imx53_emmc_inserted(e));
}

static const BlockDevOps emmc_block_ops = {
	.change_media_cb = emmc_media_changed,
};

static void emmc_realize(DeviceState *dev, Error **errp)
{
	Imx53EmmcState *e = IMX53_EMMC(dev);
	uint64_t perm = BLK_PERM_CONSISTENT_READ |
			(blk_supports_write_perm(e->blk) ? BLK_PERM_WRITE : 0);

	if (blk_set_perm(e->blk, perm, BLK_PERM_ALL, errp) < 0) {
		return;
	}
	e->len = blk_getlength(e->blk);
	if (e->len < 512 * 1024 || e->len / SECTOR > UINT32_MAX) {
		error_setg(errp, "an MMC has 512 KiB to 2 TiB");
		return;
	}
	blk_set_dev_ops(e->blk, &emmc_block_ops, e);
	emmc_power_on(e);
}

static Property emmc_properties[] = {
	DEFINE_PROP_DRIVE("drive", Imx53EmmcState, blk),
	DEFINE_PROP_END_OF_LIST(),
};

static void emmc_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "MMC";
	dc->realize = emmc_realize;
	dc->user_creatable = false;
	device_class_set_props(dc, emmc_properties);
}

static const TypeInfo emmc_types[] = {
	{
		.name = TYPE_IMX53_EMMC,
		.parent = TYPE_DEVICE,
		.instance_size = sizeof(Imx53EmmcState),
		.class_init = emmc_class_init,
	},
};

DEFINE_TYPES(emmc_types)
