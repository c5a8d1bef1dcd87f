/* SPDX-License-Identifier: BSD-2-Clause */
#include "pl181_model.h"

#include <arm/pl181_regs.h>

#define WORDS 128u
#define BLOCK_LEN 512u

static const struct model_reg pl181_table[] = {
	{ .offset = PL181_POWER, .rw = 0xFF },
	{ .offset = PL181_CLOCK, .rw = 0xFFF },
	{ .offset = PL181_ARGUMENT, .rw = UINT32_MAX },
	{ .offset = PL181_COMMAND, .rw = 0x7FF },
	{ .offset = PL181_RESPONSE(0), .nr = 4, .ro = UINT32_MAX },
	{ .offset = PL181_DATA_TIMER, .rw = UINT32_MAX },
	{ .offset = PL181_DATA_LENGTH, .rw = DATA_LENGTH_MAX },
	{ .offset = PL181_DATA_CTRL, .rw = 0xFF },
	{ .offset = PL181_STATUS, .ro = UINT32_MAX },
	{ .offset = PL181_CLEAR, .wo = CLEAR_ALL, .no_read = true },
	{ .offset = PL181_MASK0, .rw = 0x3FFFFF, .reset = 0x3FFFFF },
	{ .offset = PL181_MASK1, .rw = 0x3FFFFF, .reset = 0x3FFFFF },
	{ .offset = PL181_FIFO, .wo = UINT32_MAX },
};

static bool is_on(const struct pl181_model *m)
{
	return (*model_reg((struct model_regs *)&m->regs, PL181_DATA_CTRL) &
		DATA_ENABLE) != 0u;
}

static bool from_card(const struct pl181_model *m)
{
	return (*model_reg((struct model_regs *)&m->regs, PL181_DATA_CTRL) &
		DATA_FROM_CARD) != 0u;
}

static void fail_data(struct pl181_model *m, bool bad_crc)
{
	m->status |= bad_crc ? STATUS_DATA_CRC_FAIL : STATUS_DATA_TIMEOUT;
	*model_reg(&m->regs, PL181_DATA_CTRL) &= ~DATA_ENABLE;
	m->sends = false;
}

static void take_block(struct pl181_model *m)
{
	bool bad_crc;

	if (!sdcard_model_send(m->card, (uint8_t *)m->block, BLOCK_LEN, &bad_crc)) {
		fail_data(m, bad_crc);
		return;
	}
	m->left -= BLOCK_LEN;
	m->at = 0;
}

static void give_block(struct pl181_model *m)
{
	bool bad_crc;

	if (!sdcard_model_receive(m->card, (const uint8_t *)m->block, &bad_crc)) {
		fail_data(m, bad_crc);
		return;
	}
	m->left -= BLOCK_LEN;
	m->at = 0;
}

/* What the FIFO has or takes now. */
static uint32_t look(struct pl181_model *m)
{
	const unsigned most = m->trickle != 0u ? m->trickle : PL181_FIFO_WORDS;
	uint32_t bits = 0;

	if (!is_on(m)) {
		return 0;
	}
	if (from_card(m)) {
		if (m->sends && m->at == WORDS && m->left != 0u) {
			take_block(m);
		}
		m->ready = WORDS - m->at < most ? WORDS - m->at : most;
		bits |= m->ready != 0u ? STATUS_RX_AVAILABLE : 0u;
		bits |= m->ready >= 8u ? STATUS_RX_HALF_FULL : 0u;
	} else {
		m->ready = m->left != 0u ? 8u : 0u;
		bits |= m->ready != 0u ? STATUS_TX_HALF_EMPTY : 0u;
	}
	return bits | (m->left == 0u && is_on(m) ? STATUS_DATA_END : 0u);
}

/* The host's registers start at the highest bit and end with the checksum. */
static void answer_long(struct pl181_model *m, const uint32_t rsp[4])
{
	for (unsigned n = 0; n < 4u; n++) {
		*model_reg(&m->regs, PL181_RESPONSE(3u - n)) =
			rsp[n] << 8 | (n == 0u ? 0xA4u : rsp[n - 1u] >> 24);
	}
}

static uint32_t clock_hz(struct pl181_model *m)
{
	const uint32_t clock = *model_reg(&m->regs, PL181_CLOCK);

	return (clock & CLOCK_BYPASS) != 0u
		       ? m->mclk_hz
		       : m->mclk_hz / (2u * ((clock & CLOCK_DIV_MASK) + 1u));
}

static void check_start(struct pl181_model *m, uint32_t index)
{
	const bool early = index == 0u || index == 8u || index == 55u || index == 41u;

	if (*model_reg(&m->regs, PL181_POWER) != POWER_ON ||
	    (*model_reg(&m->regs, PL181_CLOCK) & CLOCK_ENABLE) == 0u) {
		model_fail("pl181: a command without power or clock");
	}
	if (clock_hz(m) > (early ? 400000u : sdcard_model_max_hz(m->card))) {
		model_fail("pl181: %u Hz are too many", (unsigned)clock_hz(m));
	}
	if (m->status != 0u) {
		model_fail("pl181: status %#x from before", (unsigned)m->status);
	}
}

static void run_command(struct pl181_model *m, uint32_t command)
{
	const uint32_t index = command & COMMAND_INDEX;
	bool bad_crc, answers;
	uint32_t rsp[4];

	check_start(m, index);
	if (m->hangs) {
		return;
	}
	answers = sdcard_model_command(
		m->card, index, *model_reg(&m->regs, PL181_ARGUMENT), rsp, &bad_crc);
	if ((command & COMMAND_RESPONSE) == 0u) {
		m->status |= STATUS_CMD_SENT;
		return;
	}
	if (!answers) {
		m->status |= STATUS_CMD_TIMEOUT;
		return;
	}
	/* Answers without a checksum have none that is right. */
	m->status |=
		bad_crc || index == 41u ? STATUS_CMD_CRC_FAIL : STATUS_CMD_RESP_END;
	if ((command & COMMAND_LONG) != 0u) {
		answer_long(m, rsp);
	} else {
		*model_reg(&m->regs, PL181_RESPONSE(0)) = rsp[0];
	}
	m->sends = index == 17u || index == 18u;
}

static void write_fifo(struct pl181_model *m, uint32_t value)
{
	if (!is_on(m)) {
		return; /* it has failed since the last look */
	}
	if (from_card(m) || m->ready == 0u) {
		model_fail("pl181: the FIFO takes no word");
	}
	m->ready--;
	m->block[m->at++] = value;
	if (m->at == WORDS) {
		give_block(m);
	}
}

static void pl181_wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	struct pl181_model *m = regs->owner;

	if (offset == PL181_COMMAND && (value & COMMAND_ENABLE) != 0u) {
		*model_reg(regs, offset) &= ~COMMAND_ENABLE;
		run_command(m, value);
	} else if (offset == PL181_DATA_CTRL) {
		m->left = *model_reg(regs, PL181_DATA_LENGTH);
		m->at = (value & DATA_FROM_CARD) != 0u ? WORDS : 0u;
		m->sends = false;
		if ((value & DATA_ENABLE) != 0u &&
		    ((value >> 4) != 9u ||
		     *model_reg(regs, PL181_DATA_TIMER) < m->mclk_hz / 2u)) {
			model_fail(
				"pl181: blocks of 2^%u bytes, or too little time",
				value >> 4);
		}
	} else if (offset == PL181_CLEAR) {
		m->status &= ~value;
	} else if (offset == PL181_FIFO) {
		write_fifo(m, value);
	}
}

static void pl181_reads(struct model_regs *regs, uint32_t offset)
{
	struct pl181_model *m = regs->owner;

	if (offset == PL181_STATUS) {
		const uint32_t bits = look(m);

		*model_reg(regs, offset) = m->status | bits;
	} else if (offset == PL181_FIFO) {
		if (!from_card(m) || m->ready == 0u) {
			model_fail("pl181: the FIFO has no word");
		}
		m->ready--;
		*model_reg(regs, offset) = m->block[m->at++];
	}
}

void pl181_model_init(struct pl181_model *m, uintptr_t base, struct sdcard_model *card)
{
	*m = (struct pl181_model){ .card = card, .mclk_hz = 24000000, .at = WORDS };
	model_regs_init(&m->regs, "pl181", base, 4, pl181_table,
			sizeof(pl181_table) / sizeof(pl181_table[0]));
	m->regs.wrote = pl181_wrote;
	m->regs.reads = pl181_reads;
	m->regs.owner = m;
}
