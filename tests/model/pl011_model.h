/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PL011_MODEL_H
#define PL011_MODEL_H

/* PL011: FIFOs of 16, a line that takes its time. Its transmit interrupt tells of the
 * FIFO's level falling to its half, not of the level itself, as [PL011] 3.4 has it. */

#include "regs.h"

#define PL011_MODEL_FIFO 16u

struct pl011_model {
	struct model_regs regs;
	uint64_t char_ns;    /* time of a character on the line */
	uint64_t sent_at_ns; /* when the oldest one in the FIFO is gone */
	unsigned tx_level;
	uint32_t ris;    /* interrupts, without their masks */
	char sent[4096]; /* everything ever given to the FIFO */
	size_t nr_sent;
	uint32_t rx[PL011_MODEL_FIFO];
	size_t rx_head, rx_tail;
	bool babbles;   /* a byte is always there */
	uint32_t latch; /* IBRD and FBRD as LCR_H took them over, in 1/64 */
};

void pl011_model_init(struct pl011_model *m, uintptr_t base);
/* A received character, with DR's error bits or without. */
void pl011_model_receive(struct pl011_model *m, uint32_t dr);
bool pl011_model_irq(struct pl011_model *m);

#endif /* PL011_MODEL_H */
