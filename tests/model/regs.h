/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MODEL_REGS_H
#define MODEL_REGS_H

/* A block of registers by a table: plain bits, write-1-to-clear bits, bits that
 * only hardware sets. What the table does not have fails the test. */

#include "bus.h"

#define MODEL_REGS_LEN 0x1000u

struct model_reg {
	uint32_t offset;
	uint32_t nr;  /* registers in a row with the same bits; 0 means 1 */
	uint32_t rw;  /* kept as written */
	uint32_t w1c; /* cleared by a 1 */
	uint32_t wo;  /* may be written, reads as hardware says */
	uint32_t ro;  /* hardware's; writing 1 is a mistake */
	uint32_t reset;
	bool no_read; /* reading is a mistake */
};

struct model_regs {
	struct model_device dev;
	const struct model_reg *table;
	size_t nr;
	uint32_t value[MODEL_REGS_LEN / 2u]; /* by offset / width */
	/* Called after a write took effect, and before a read. May be NULL. */
	void (*wrote)(struct model_regs *regs, uint32_t offset, uint32_t value);
	void (*reads)(struct model_regs *regs, uint32_t offset);
	void *owner;
};

void model_regs_init(struct model_regs *regs, const char *name, uintptr_t base,
		     unsigned width, const struct model_reg *table, size_t nr);

/* A register as hardware sees it. */
static inline uint32_t *model_reg(struct model_regs *regs, uint32_t offset)
{
	return &regs->value[offset / regs->dev.width];
}

#endif /* MODEL_REGS_H */
