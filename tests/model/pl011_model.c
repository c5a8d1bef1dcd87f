/* SPDX-License-Identifier: BSD-2-Clause */
#include "pl011_model.h"

#include <arm/pl011_regs.h>

#define HALF (PL011_MODEL_FIFO / 2u)

static const struct model_reg pl011_table[] = {
	{ .offset = PL011_DR, .wo = 0xFF, .ro = 0xF00 },
	{ .offset = PL011_FR, .ro = 0x1FF },
	{ .offset = PL011_IBRD, .rw = 0xFFFF },
	{ .offset = PL011_FBRD, .rw = 0x3F },
	{ .offset = PL011_LCR_H, .rw = 0xFF },
	{ .offset = PL011_CR,
	  .rw = CR_UARTEN | CR_TXE | CR_RXE,
	  .reset = CR_TXE | CR_RXE },
	{ .offset = PL011_IFLS, .rw = 0x3F, .reset = 0x12 },
	{ .offset = PL011_IMSC, .rw = INT_ALL },
	{ .offset = PL011_MIS, .ro = INT_ALL },
	{ .offset = PL011_ICR, .wo = INT_ALL, .no_read = true },
};

static void drain(struct pl011_model *m)
{
	while (m->tx_level != 0u && model_now_ns() >= m->sent_at_ns) {
		m->tx_level--;
		m->sent_at_ns += m->char_ns;
		if (m->tx_level == HALF) {
			m->ris |= INT_TX;
		}
	}
}

static void send(struct pl011_model *m, uint32_t value)
{
	if (m->tx_level == PL011_MODEL_FIFO) {
		model_fail("pl011: written to a full FIFO");
	}
	if ((*model_reg(&m->regs, PL011_CR) & CR_UARTEN) == 0u) {
		model_fail("pl011: written while it is off");
	}
	if (m->tx_level++ == 0u) {
		m->sent_at_ns = model_now_ns() + m->char_ns;
	}
	m->sent[m->nr_sent++] = (char)value;
	if (m->tx_level > HALF) {
		m->ris &= ~INT_TX;
	}
}

static void set_line(struct pl011_model *m, uint32_t value)
{
	if ((*model_reg(&m->regs, PL011_CR) & CR_UARTEN) != 0u) {
		model_fail("pl011: set up while it is on");
	}
	if ((value & LCR_FEN) == 0u) {
		m->tx_level = 0;
		m->rx_head = m->rx_tail;
	}
	m->latch = *model_reg(&m->regs, PL011_IBRD) << 6 |
		   *model_reg(&m->regs, PL011_FBRD);
}

static void pl011_wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	struct pl011_model *m = regs->owner;

	drain(m);
	if (offset == PL011_DR) {
		send(m, value);
	} else if (offset == PL011_LCR_H) {
		set_line(m, value);
	} else if (offset == PL011_ICR) {
		m->ris &= ~value;
	}
}

static bool has_rx(const struct pl011_model *m)
{
	return m->babbles || m->rx_head != m->rx_tail;
}

static uint32_t next(struct pl011_model *m)
{
	if (!has_rx(m)) {
		model_fail("pl011: an empty FIFO is read");
	}
	return m->babbles ? 'x' : m->rx[m->rx_head++ % PL011_MODEL_FIFO];
}

static void pl011_reads(struct model_regs *regs, uint32_t offset)
{
	struct pl011_model *m = regs->owner;

	drain(m);
	if (offset == PL011_DR) {
		*model_reg(regs, offset) = next(m);
	} else if (offset == PL011_FR) {
		*model_reg(regs, offset) =
			(m->tx_level != 0u ? FR_BUSY : 0u) |
			(m->tx_level == PL011_MODEL_FIFO ? FR_TXFF : 0u) |
			(has_rx(m) ? 0u : FR_RXFE);
	} else if (offset == PL011_MIS) {
		*model_reg(regs, offset) = m->ris & *model_reg(regs, PL011_IMSC);
	}
}

void pl011_model_init(struct pl011_model *m, uintptr_t base)
{
	*m = (struct pl011_model){ .char_ns = 86806 };
	model_regs_init(&m->regs, "pl011", base, 4, pl011_table,
			sizeof(pl011_table) / sizeof(pl011_table[0]));
	m->regs.wrote = pl011_wrote;
	m->regs.reads = pl011_reads;
	m->regs.owner = m;
}

void pl011_model_receive(struct pl011_model *m, uint32_t dr)
{
	m->rx[m->rx_tail++ % PL011_MODEL_FIFO] = dr;
}

bool pl011_model_irq(struct pl011_model *m)
{
	drain(m);
	return ((m->ris | (has_rx(m) ? INT_RX | INT_RX_TIMEOUT : 0u)) &
		*model_reg(&m->regs, PL011_IMSC)) != 0u;
}
