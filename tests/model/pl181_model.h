/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PL181_MODEL_H
#define PL181_MODEL_H

/* PL181 with a card: a FIFO of 16 words between the card's blocks and the CPU. It
 * tells of the end of the data as soon as the last word is in the FIFO. */

#include "regs.h"
#include "sdcard_model.h"

struct pl181_model {
	struct model_regs regs;
	struct sdcard_model *card;
	uint32_t mclk_hz;
	unsigned trickle; /* words in the FIFO at each look; 0: as many as fit */
	bool hangs;       /* takes no command */

	uint32_t status; /* what PL181_CLEAR clears */
	bool sends;      /* the card has been asked for data */
	uint32_t left;   /* bytes between card and block */
	uint32_t block[128];
	unsigned at;    /* next word of it for the CPU */
	unsigned ready; /* words that may be read or written before another look */
};

void pl181_model_init(struct pl181_model *m, uintptr_t base,
		      struct sdcard_model *card);

#endif /* PL181_MODEL_H */
