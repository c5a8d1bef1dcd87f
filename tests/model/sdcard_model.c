/* SPDX-License-Identifier: BSD-2-Clause */
#include "sdcard_model.h"

#include <string.h>

#include "bus.h"

/* The card's own reading of [SD-PHY] and [JESD84]; nothing is shared with the driver. */
enum {
	ST_IDLE = 0,
	ST_READY = 1,
	ST_IDENT = 2,
	ST_STBY = 3,
	ST_TRAN = 4,
	ST_DATA = 5,
	ST_RCV = 6,
	ST_PRG = 7,
};
#define R1_GENERAL_ERROR (1u << 19)
#define R1_SWITCH_ERROR (1u << 7)
#define R1_ILLEGAL (1u << 22)
#define R1_RANGE (1u << 31)
#define R1_ERASE_SEQ (1u << 28)
#define R1_ERASE_PARAM (1u << 27)
#define R1_WP_ERASE_SKIP (1u << 15)
#define R1_ERASE_RESET (1u << 13)

void sdcard_model_init(struct sdcard_model *card, enum sdcard_kind kind)
{
	static const uint32_t cid[4] = { 0x12345678, 0x9ABCDEF0, 0x0BADCAFE,
					 0x00035344 };

	memset(card, 0, sizeof(*card));
	card->kind = kind;
	card->nr_sectors = 1984 * 512;
	if (kind == SDCARD_SDHC) {
		card->nr_sectors = 31116288;
	} else if (kind == SDCARD_EMMC) {
		card->nr_sectors = 7634944;
	}
	memcpy(card->cid, cid, sizeof(cid));
	card->ocr = kind == SDCARD_EMMC ? 0x40FF8080 : 0x00FF8080;
	card->nr_lines = 1;
	card->counts = kind != SDCARD_SDSC_V1 && kind != SDCARD_SDSC_V2;
	card->ready_after = 3;
	card->echo = 0x1AA;
	card->program_ns = 300000;
	card->select_ns = 50000;
	card->erase_ns = 20000000;
	card->erased = 0xFF;
	for (size_t s = 0; s < SDCARD_MAX_SECTORS; s++) {
		for (size_t i = 0; i < 512; i++) {
			card->store[s][i] = (uint8_t)(s * 7u + i + (i >> 8));
		}
	}
}

void sdcard_model_power_on(struct sdcard_model *card, enum sdcard_kind kind)
{
	card->kind = kind;
	card->state = ST_IDLE;
	card->rca = 0;
	card->nr_lines = 1;
	card->ready_after = 3;
	card->app = card->high_speed = false;
	card->count = 0;
	card->errors = 0;
	card->busy_until_ns = 0;
}

static bool card_by_sector(const struct sdcard_model *card)
{
	return card->kind == SDCARD_SDHC || card->kind == SDCARD_EMMC;
}

static bool card_is_mmc(const struct sdcard_model *card)
{
	return card->kind == SDCARD_MMC || card->kind == SDCARD_EMMC ||
	       card->kind == SDCARD_MMC_V3;
}

uint32_t sdcard_model_max_hz(const struct sdcard_model *card)
{
	if (card->kind == SDCARD_MMC_V3) {
		return 20000000;
	}
	if (card_is_mmc(card)) {
		return card->high_speed ? 52000000 : 26000000;
	}
	return card->high_speed ? 50000000 : 25000000;
}

bool sdcard_model_busy(const struct sdcard_model *card)
{
	return model_now_ns() < card->busy_until_ns;
}

static void card_update(struct sdcard_model *card)
{
	if (card->state == ST_PRG && !sdcard_model_busy(card)) {
		card->state = ST_TRAN;
	}
}

static uint32_t card_r1(struct sdcard_model *card, unsigned state)
{
	bool ready = state == ST_TRAN || state == ST_STBY;
	uint32_t r1 = card->errors | state << 9 | (ready ? 1u << 8 : 0u);

	r1 |= card->locked ? 1u << 25 : 0u;
	r1 |= card->app ? 1u << 5 : 0u;
	card->errors = 0;
	return r1;
}

/* Bits high..low of the 136-bit register set in the form hosts deliver. */
static void card_put(uint32_t rsp[4], unsigned high, unsigned low, uint32_t value)
{
	for (unsigned bit = low; bit <= high; bit++) {
		uint32_t one = value >> (bit - low) & 1u;

		rsp[(bit - 8u) / 32u] |= one << (bit - 8u) % 32u;
	}
}

static void card_csd(const struct sdcard_model *card, uint32_t rsp[4])
{
	memset(rsp, 0, 4 * sizeof(*rsp));
	if (card->csd != NULL) {
		memcpy(rsp, card->csd, 4 * sizeof(*rsp));
		return;
	}
	card_put(rsp, 95, 84, card->no_switch ? 0x1B5 : 0x5B5);
	card_put(rsp, 46, 46, !card->no_erase);
	card_put(rsp, 83, 80, 9);
	card_put(rsp, 12, 12, card->write_protected);
	if (card_is_mmc(card)) {
		bool old = card->kind == SDCARD_MMC_V3;

		card_put(rsp, 127, 126, old ? 1 : 3);
		card_put(rsp, 125, 122, old ? 3 : 4);
		card_put(rsp, 103, 96, old ? 0x2A : 0x32);
		card_put(rsp, 49, 47, 7);
		card_put(rsp, 73, 62,
			 card_by_sector(card)
				 ? 4095u
				 : (uint32_t)(card->nr_sectors / 512u) - 1u);
	} else if (card_by_sector(card)) {
		card_put(rsp, 127, 126, 1);
		card_put(rsp, 69, 48, (uint32_t)(card->nr_sectors / 1024u) - 1u);
	} else {
		card_put(rsp, 49, 47, 7);
		card_put(rsp, 73, 62, (uint32_t)(card->nr_sectors / 512u) - 1u);
	}
}

static void card_scr(struct sdcard_model *card)
{
	memset(card->reg, 0, sizeof(card->reg));
	card->reg[0] = card->no_switch ? 0 : 2;
	card->reg[1] = card->one_bit ? 1 : 5;
	card->reg[3] = card->counts ? 2 : 0;
	if (card->scr != NULL) {
		memcpy(card->reg, card->scr, 8);
	}
	card->reg_len = 8;
}

static void card_status(struct sdcard_model *card)
{
	memset(card->reg, 0, sizeof(card->reg));
	if (card->status != NULL) {
		memcpy(card->reg, card->status, 64);
	}
	card->reg_len = 64;
}

static void card_switch(struct sdcard_model *card, uint32_t arg)
{
	bool can = !card->no_high_speed;
	bool set = (arg & 1u << 31) != 0u;

	memset(card->reg, 0, sizeof(card->reg));
	card->reg[13] = can ? 3 : 1;
	card->reg[16] = can && (arg & 15u) == 1u ? 1 : 0;
	if (set && card->refuses_hs) {
		card->reg[16] = 15;
	} else if (set && can) {
		card->high_speed = true;
	}
	card->reg_len = 64;
}

void sdcard_model_ext_csd(const struct sdcard_model *card,
			  uint8_t raw[SDCARD_MAX_REG])
{
	memset(raw, 0, SDCARD_MAX_REG);
	raw[192] = 7; /* version 5.0 */
	raw[194] = 2;
	raw[196] = card->no_high_speed ? 1 : 7;
	raw[185] = card->high_speed || card->lies_about_hs;
	for (unsigned i = 0; i < 4; i++) {
		raw[212 + i] = (uint8_t)(card->nr_sectors >> 8u * i);
	}
	raw[181] = card->erased;
	raw[231] = card->no_erase ? 0x45 : 0x55;
	raw[249] = 0x80; /* a cache of 16 KiB, which is off */
}

static void card_ext_csd(struct sdcard_model *card)
{
	sdcard_model_ext_csd(card, card->reg);
	if (card->ext_csd != NULL) {
		memcpy(card->reg, card->ext_csd, sizeof(card->reg));
	}
	card->reg_len = sizeof(card->reg);
}

/* CMD6 of an MMC: a byte of its EXT_CSD. */
static void card_mmc_switch(struct sdcard_model *card, uint32_t arg)
{
	static const uint8_t lines[] = { 1, 4, 8 };
	unsigned index = arg >> 16 & 0xFFu, value = arg >> 8 & 0xFFu;
	bool good = arg >> 24 == 3u && !card->refuses_everything;

	if (index == 185u && value == 1u) {
		good = good && !card->refuses_hs && !card->no_high_speed;
		card->high_speed |= good && !card->lies_about_hs;
	} else if (index == 183u && value < 3u) {
		good = good && (card->refuses_lines == 0u ||
				lines[value] < card->refuses_lines);
		card->nr_lines = good ? lines[value] : card->nr_lines;
	} else {
		model_fail("card: EXT_CSD[%u] = %u is nothing to write", index,
			   value);
	}
	card->errors |= good ? 0u : R1_SWITCH_ERROR;
	card->state = ST_PRG;
	card->busy_until_ns = model_now_ns() + card->select_ns;
}

static bool card_illegal(struct sdcard_model *card)
{
	card->errors |= R1_ILLEGAL;
	return false;
}

static bool card_transfer(struct sdcard_model *card, unsigned state, uint32_t arg,
			  bool single, uint32_t *rsp)
{
	uint32_t sector = card_by_sector(card) ? arg : arg / 512u;

	if (card->state != ST_TRAN) {
		return card_illegal(card);
	}
	if (!card_by_sector(card) && arg % 512u != 0u) {
		model_fail("card: byte address %#x", arg);
	}
	*rsp = card_r1(card, ST_TRAN);
	if (sector >= card->nr_sectors) {
		*rsp |= R1_RANGE;
		return true;
	}
	card->sector = sector;
	card->single = single;
	card->left = single ? 0u : card->count;
	card->reg_len = 0;
	card->state = state;
	return true;
}

static bool card_app_command(struct sdcard_model *card, unsigned index,
			     uint32_t arg, uint32_t *rsp)
{
	switch (index) {
	case 6:
		if (card->state != ST_TRAN) {
			return card_illegal(card);
		}
		card->nr_lines = (arg & 3u) == 2u ? 4 : 1;
		*rsp = card_r1(card, ST_TRAN);
		return true;
	case 41:
		if (card->ready_after != 0u) {
			card->ready_after--;
			*rsp = 0x00FF8000;
			return true;
		}
		card->state = ST_READY;
		*rsp = 0x80FF8000;
		if (card_by_sector(card) && (arg & 1u << 30) != 0u) {
			*rsp |= 1u << 30;
		} else if (card_by_sector(card)) {
			*rsp &= ~(1u << 31); /* never ready without HCS */
		}
		return true;
	default:
		if (card->state != ST_TRAN) {
			return card_illegal(card);
		}
		if (index == 13u) {
			card_status(card);
		} else {
			card_scr(card);
		}
		*rsp = card_r1(card, ST_TRAN);
		card->state = ST_DATA;
		return true;
	}
}

static bool card_identify(struct sdcard_model *card, unsigned index, uint32_t *rsp)
{
	switch (index) {
	case 2:
		if (card->state != ST_READY) {
			return card_illegal(card);
		}
		card->state = ST_IDENT;
		memcpy(rsp, card->cid, sizeof(card->cid));
		return true;
	default:
		if (card->state != ST_IDENT && card->state != ST_STBY) {
			return card_illegal(card);
		}
		card->rca = card->zero_rcas != 0u ? 0u : 0xB368u;
		card->zero_rcas -= card->zero_rcas != 0u;
		card->state = ST_STBY;
		*rsp = card->rca << 16 | 0x0500u;
		return true;
	}
}

static void card_program(struct sdcard_model *card)
{
	card->state = ST_PRG;
	card->busy_until_ns = model_now_ns() + card->program_ns;
}

static bool card_stop(struct sdcard_model *card, uint32_t *rsp)
{
	unsigned was = card->state;

	if (was != ST_DATA && was != ST_RCV) {
		return card_illegal(card);
	}
	*rsp = card_r1(card, was);
	if (card->forgets_stop) {
		return true;
	}
	card->state = ST_TRAN;
	if (was == ST_RCV) {
		card_program(card);
	}
	return true;
}

bool sdcard_model_auto_stop(struct sdcard_model *card, uint32_t *r1)
{
	return card_stop(card, r1);
}

/* Commands that name the card by its address. */
static bool card_addressed(struct sdcard_model *card, unsigned index, uint32_t arg,
			   uint32_t rsp[4])
{
	if (card->state < ST_STBY || arg >> 16 != card->rca) {
		return false;
	}
	switch (index) {
	case 7:
		rsp[0] = card_r1(card, card->state);
		card->state = ST_TRAN;
		card->busy_until_ns = model_now_ns() + card->select_ns;
		return true;
	case 9:
		card_csd(card, rsp);
		return card->state == ST_STBY;
	default:
		rsp[0] = card_r1(card, card->state);
		return true;
	}
}

static bool card_mmc_ready(struct sdcard_model *card, uint32_t arg, uint32_t *rsp)
{
	if (card->state != ST_IDLE) {
		return card_illegal(card);
	}
	*rsp = card->ocr;
	if (card->ready_after != 0u) {
		card->ready_after--;
		return true;
	}
	/* A large card is not ready for a host that has not heard of such. */
	if (!card_by_sector(card) || (arg & 3u << 29) == 2u << 29) {
		*rsp |= 1u << 31;
		card->state = ST_READY;
	}
	return true;
}

/* What an MMC does not share with SD cards. */
static bool card_mmc_execute(struct sdcard_model *card, unsigned index,
			     uint32_t arg, uint32_t *rsp)
{
	bool has_ext_csd = card->kind != SDCARD_MMC_V3;

	switch (index) {
	case 1:
		return card_mmc_ready(card, arg, rsp);
	case 3:
		if (card->state != ST_IDENT || arg >> 16 == 0u) {
			return card_illegal(card);
		}
		*rsp = card_r1(card, ST_IDENT);
		card->rca = arg >> 16;
		card->state = ST_STBY;
		return true;
	case 6:
		if (card->state != ST_TRAN || !has_ext_csd) {
			return card_illegal(card);
		}
		*rsp = card_r1(card, ST_TRAN);
		card_mmc_switch(card, arg);
		return true;
	case 8:
		if (card->state != ST_TRAN || !has_ext_csd) {
			return card_illegal(card);
		}
		*rsp = card_r1(card, ST_TRAN);
		card_ext_csd(card);
		card->state = ST_DATA;
		return true;
	default:
		*rsp = card_r1(card, card->state);
		return card->answers_cmd55;
	}
}

static void card_write(struct sdcard_model *card, uint32_t sector,
		       const uint8_t *from);

static void card_erase(struct sdcard_model *card)
{
	uint8_t bytes[512];

	memset(bytes, card->erased, sizeof(bytes));
	if (card->write_protected) {
		card->errors |= R1_WP_ERASE_SKIP;
		return;
	}
	for (uint32_t s = card->erase_from; s <= card->erase_to; s++) {
		card_write(card, s, bytes);
	}
	card->state = ST_PRG;
	card->busy_until_ns = model_now_ns() + card->erase_ns;
}

/* CMD32, CMD33 and CMD38, or CMD35, CMD36 and CMD38, in this order. */
static bool card_erase_command(struct sdcard_model *card, unsigned index,
			       uint32_t arg, uint32_t *rsp)
{
	const unsigned first = card_is_mmc(card) ? 35u : 32u;
	const unsigned step = index == 38u ? 2u : index - first;
	const uint32_t sector = card_by_sector(card) ? arg : arg / 512u;

	if (card->state != ST_TRAN || step > 2u || (step == 2u && index != 38u)) {
		return card_illegal(card);
	}
	if (step != card->erase_step) {
		card->errors |= R1_ERASE_SEQ;
		card->erase_step = 0;
	} else if (step < 2u && sector >= card->nr_sectors) {
		card->errors |= R1_ERASE_PARAM;
		card->erase_step = 0;
	} else if (step < 2u) {
		*(step == 0u ? &card->erase_from : &card->erase_to) = sector;
		card->erase_step++;
	} else if (arg != (card_is_mmc(card) ? 1u : 0u)) {
		model_fail("card: erases with argument %#x", arg);
	}
	*rsp = card_r1(card, ST_TRAN);
	if (step == 2u && card->erase_step == 2u) {
		card->erase_step = 0;
		card_erase(card);
	}
	return true;
}

static bool card_count(struct sdcard_model *card, uint32_t arg, uint32_t *rsp)
{
	if (card->state != ST_TRAN || !card->counts) {
		return card_illegal(card);
	}
	*rsp = card_r1(card, ST_TRAN);
	card->count = arg & 0xFFFFu;
	return true;
}

static bool card_execute(struct sdcard_model *card, unsigned index, uint32_t arg,
			 uint32_t rsp[4])
{
	bool app = card->app;

	card->app = false;
	/* Anything else between them, but a question, drops the erase. */
	if (card->erase_step != 0u && index != 13u && (index < 32u || index > 38u)) {
		card->errors |= R1_ERASE_RESET;
		card->erase_step = 0;
	}
	/* Other commands mean behind CMD55 what they mean without. */
	if (app && (index == 6u || index == 13u || index == 41u || index == 51u)) {
		return card_app_command(card, index, arg, rsp);
	}
	if (card_is_mmc(card) && (index == 1u || index == 3u || index == 6u ||
				  index == 8u || index == 55u)) {
		return card_mmc_execute(card, index, arg, rsp);
	}
	switch (index) {
	case 0:
		card->state = ST_IDLE;
		card->rca = 0;
		card->nr_lines = 1;
		card->high_speed = false;
		return true;
	case 2:
	case 3:
		return card_identify(card, index, rsp);
	case 6:
		if (card->state != ST_TRAN || card->no_switch) {
			return card_illegal(card);
		}
		rsp[0] = card_r1(card, ST_TRAN);
		card_switch(card, arg);
		card->state = ST_DATA;
		return true;
	case 7:
	case 9:
	case 13:
		return card_addressed(card, index, arg, rsp);
	case 8:
		if (card->kind == SDCARD_SDSC_V1) {
			return card_illegal(card);
		}
		rsp[0] = card->echo;
		return true;
	case 12:
		return card_stop(card, rsp);
	case 16:
		rsp[0] = card_r1(card, ST_TRAN);
		return arg == 512u && card->state == ST_TRAN;
	case 17:
	case 18:
		return card_transfer(card, ST_DATA, arg, index == 17u, rsp);
	case 23:
		return card_count(card, arg, rsp);
	case 24:
	case 25:
		return card_transfer(card, ST_RCV, arg, index == 24u, rsp);
	case 32:
	case 33:
	case 35:
	case 36:
	case 38:
		return card_erase_command(card, index, arg, rsp);
	case 55:
		if (arg >> 16 != card->rca) {
			return false;
		}
		card->app = true;
		rsp[0] = card_r1(card, card->state);
		return true;
	default:
		return card_illegal(card);
	}
}

static enum sdcard_fault card_next_fault(struct sdcard_model *card)
{
	if (card->fault_at == 0u) {
		return SDCARD_OK;
	}
	if (card->fault_at > 1u) {
		card->fault_at--;
		return SDCARD_OK;
	}
	card->fault_hit = true;
	card->fault_at = card->fault_sticky ? 1u : 0u;
	return card->fault;
}

bool sdcard_model_command(struct sdcard_model *card, unsigned index, uint32_t arg,
			  uint32_t rsp[4], bool *bad_crc)
{
	enum sdcard_fault fault = card_next_fault(card);
	bool answers;

	memset(rsp, 0, 4 * sizeof(*rsp));
	*bad_crc = false;
	if (card->nr_log < SDCARD_NR_LOG) {
		card->log[card->nr_log++] =
			(uint8_t)(index | (card->app ? 0x80u : 0u));
	}
	card->data_fault = SDCARD_OK;
	if (card->kind == SDCARD_NONE || fault == SDCARD_SILENT) {
		return false;
	}
	card_update(card);
	answers = card_execute(card, index, arg, rsp);
	card->count = index == 23u ? card->count : 0u;
	card->data_fault = fault;
	*bad_crc = fault == SDCARD_BAD_CRC;
	rsp[0] |= fault == SDCARD_R1_ERROR && index != 9u ? R1_GENERAL_ERROR : 0u;
	return answers;
}

static bool card_is_bad(const struct sdcard_model *card)
{
	return card->bad_sector != 0u && card->reg_len == 0u &&
	       card->sector == card->bad_sector;
}

static void card_read(struct sdcard_model *card, uint32_t sector, uint8_t *to)
{
	if (card->medium != NULL) {
		card->medium->read(card->medium->ctx, sector, to);
		return;
	}
	memcpy(to, card->store[sector % SDCARD_MAX_SECTORS], 512);
}

static void card_write(struct sdcard_model *card, uint32_t sector, const uint8_t *from)
{
	if (card->medium != NULL) {
		card->medium->write(card->medium->ctx, sector, from);
		return;
	}
	memcpy(card->store[sector % SDCARD_MAX_SECTORS], from, 512);
}

void sdcard_model_unheard(struct sdcard_model *card)
{
	if (card->state == ST_DATA && card->reg_len != 0u) {
		card->state = ST_TRAN;
	}
}

static bool card_lines_are_broken(const struct sdcard_model *card)
{
	return card->broken_lines != 0u && card->nr_lines >= card->broken_lines;
}

bool sdcard_model_send(struct sdcard_model *card, uint8_t *to, size_t len,
		       bool *bad_crc)
{
	*bad_crc = card->data_fault == SDCARD_BAD_DATA || card_is_bad(card) ||
		   (card_lines_are_broken(card) && !card->garbles);
	if (card->state != ST_DATA || card->data_fault == SDCARD_NO_DATA || *bad_crc) {
		sdcard_model_unheard(card);
		return false;
	}
	if (card->reg_len != 0u) {
		if (len != card->reg_len) {
			model_fail("card: register of %u read as %zu",
				   card->reg_len, len);
		}
		memcpy(to, card->reg, len);
		for (size_t i = 0; i < len && card_lines_are_broken(card); i++) {
			to[i] &= 0x0F; /* as if the upper lines were low */
		}
		card->state = ST_TRAN;
		return true;
	}
	if (card->sector >= card->nr_sectors) {
		card->errors |= R1_RANGE;
		return false;
	}
	card_read(card, card->sector++, to);
	card->state = card->single ? ST_TRAN : ST_DATA;
	return true;
}

bool sdcard_model_receive(struct sdcard_model *card, const uint8_t *from,
			  bool *bad_crc)
{
	*bad_crc = card->data_fault == SDCARD_BAD_DATA || card_is_bad(card);
	if (card->state != ST_RCV || card->data_fault == SDCARD_NO_DATA || *bad_crc) {
		return false;
	}
	if (card->sector >= card->nr_sectors || card->write_protected) {
		card->errors |= R1_RANGE;
		return false;
	}
	card_write(card, card->sector++, from);
	if (card->single || (card->left != 0u && --card->left == 0u)) {
		card_program(card);
	}
	return true;
}

unsigned sdcard_model_count(const struct sdcard_model *card, unsigned index)
{
	unsigned n = 0;

	for (size_t i = 0; i < card->nr_log; i++) {
		n += card->log[i] == index;
	}
	return n;
}
