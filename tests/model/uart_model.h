/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UART_MODEL_H
#define UART_MODEL_H

/* UART of i.MX: FIFOs of 32, a line that takes its time, a reset that does too. */

#include "regs.h"

#define UART_MODEL_FIFO 32u

struct uart_model {
	struct model_regs regs;
	uint64_t char_ns;  /* time of a character on the line */
	uint64_t reset_ns; /* time of a reset */
	uint64_t reset_done_ns;
	uint64_t sent_at_ns; /* when the oldest one in the FIFO is gone */
	unsigned tx_level;
	char sent[4096]; /* everything ever given to the FIFO */
	size_t nr_sent;
	uint32_t rx[UART_MODEL_FIFO];
	size_t rx_head, rx_tail;
	bool babbles; /* a byte is always there */
};

void uart_model_init(struct uart_model *m, uintptr_t base);
/* A received character, with URXD's error bits or without. */
void uart_model_receive(struct uart_model *m, uint32_t urxd);
bool uart_model_irq(struct uart_model *m);

#endif /* UART_MODEL_H */
