/* SPDX-License-Identifier: BSD-2-Clause */
#include "uart_model.h"

#include <imx/uart_regs.h>

static const struct model_reg uart_table[] = {
	{ .offset = UART_URXD, .ro = UINT32_MAX },
	{ .offset = UART_UTXD, .wo = 0xFF, .no_read = true },
	{ .offset = UART_UCR1, .rw = UCR1_UARTEN | UCR1_RRDYEN | UCR1_TRDYEN },
	{ .offset = UART_UCR2,
	  .rw = UCR2_RXEN | UCR2_TXEN | UCR2_WS | UCR2_IRTS,
	  .wo = UCR2_SRST,
	  .reset = UCR2_SRST },
	{ .offset = UART_UCR3, .rw = 0xFFFF },
	{ .offset = UART_UCR4, .rw = 0xFFFF },
	{ .offset = UART_UFCR, .rw = 0xFFFF },
	{ .offset = UART_USR1, .ro = 0xFFFF },
	{ .offset = UART_USR2, .w1c = USR2_ORE, .ro = 0xFFFF },
	{ .offset = UART_UBIR, .rw = 0xFFFF },
	{ .offset = UART_UBMR, .rw = 0xFFFF },
	{ .offset = UART_UTS, .ro = 0xFFFF },
};

static void uart_drain(struct uart_model *m)
{
	while (m->tx_level != 0u && model_now_ns() >= m->sent_at_ns) {
		m->tx_level--;
		m->sent_at_ns += m->char_ns;
	}
}

static void uart_wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	struct uart_model *m = regs->owner;

	if (offset == UART_UCR2 && (value & UCR2_SRST) == 0u) {
		*model_reg(regs, UART_UCR2) &= ~UCR2_SRST;
		m->reset_done_ns = model_now_ns() + m->reset_ns;
		m->tx_level = 0;
	}
	if (offset == UART_UTXD) {
		uart_drain(m);
		if (m->tx_level == UART_MODEL_FIFO) {
			model_fail("uart: written to a full FIFO");
		}
		if (m->tx_level++ == 0u) {
			m->sent_at_ns = model_now_ns() + m->char_ns;
		}
		m->sent[m->nr_sent++] = (char)value;
	}
}

static uint32_t uart_next(struct uart_model *m)
{
	if (m->babbles) {
		return URXD_CHARRDY | 'x';
	}
	if (m->rx_head == m->rx_tail) {
		return 0;
	}
	return m->rx[m->rx_head++ % UART_MODEL_FIFO];
}

static void uart_reads(struct model_regs *regs, uint32_t offset)
{
	struct uart_model *m = regs->owner;

	uart_drain(m);
	switch (offset) {
	case UART_UCR2:
		if (model_now_ns() >= m->reset_done_ns) {
			*model_reg(regs, offset) |= UCR2_SRST;
		}
		break;
	case UART_URXD:
		*model_reg(regs, offset) = uart_next(m);
		break;
	case UART_USR1:
		*model_reg(regs, offset) = m->tx_level < 8u ? USR1_TRDY : 0u;
		break;
	case UART_USR2:
		*model_reg(regs, offset) &= ~USR2_TXDC;
		*model_reg(regs, offset) |= m->tx_level == 0u ? USR2_TXDC : 0u;
		break;
	case UART_UTS:
		*model_reg(regs, offset) =
			m->tx_level == UART_MODEL_FIFO ? UTS_TXFULL : 0u;
		break;
	default:
		break;
	}
}

void uart_model_init(struct uart_model *m, uintptr_t base)
{
	*m = (struct uart_model){ .char_ns = 86806, .reset_ns = 2000 };
	model_regs_init(&m->regs, "uart", base, 4, uart_table,
			sizeof(uart_table) / sizeof(uart_table[0]));
	m->regs.wrote = uart_wrote;
	m->regs.reads = uart_reads;
	m->regs.owner = m;
}

void uart_model_receive(struct uart_model *m, uint32_t urxd)
{
	m->rx[m->rx_tail++ % UART_MODEL_FIFO] = urxd | URXD_CHARRDY;
}

bool uart_model_irq(struct uart_model *m)
{
	uint32_t ucr1 = *model_reg(&m->regs, UART_UCR1);

	uart_drain(m);
	return ((ucr1 & UCR1_RRDYEN) != 0u && m->rx_head != m->rx_tail) ||
	       ((ucr1 & UCR1_TRDYEN) != 0u && m->tx_level < 8u);
}
