/* SPDX-License-Identifier: BSD-2-Clause */
#include "regs.h"

#include <string.h>

static const struct model_reg *regs_find(const struct model_regs *regs,
					 uint32_t offset)
{
	const unsigned width = regs->dev.width;

	for (size_t i = 0; i < regs->nr; i++) {
		const struct model_reg *reg = &regs->table[i];
		uint32_t nr = reg->nr == 0u ? 1u : reg->nr;

		if (offset >= reg->offset && offset < reg->offset + nr * width) {
			return reg;
		}
	}
	model_fail("%s: no register at +%#x", regs->dev.name, offset);
}

static uint32_t regs_read(void *ctx, uint32_t offset)
{
	struct model_regs *regs = ctx;
	const struct model_reg *reg = regs_find(regs, offset);

	if (reg->no_read) {
		model_fail("%s: +%#x is read", regs->dev.name, offset);
	}
	if (regs->reads != NULL) {
		regs->reads(regs, offset);
	}
	return *model_reg(regs, offset);
}

static void regs_write(void *ctx, uint32_t offset, uint32_t value)
{
	struct model_regs *regs = ctx;
	const struct model_reg *reg = regs_find(regs, offset);
	uint32_t *now = model_reg(regs, offset);

	/* All ones into a register of w1c bits is how everything is cleared. */
	if ((value & ~(reg->rw | reg->w1c | reg->wo)) != 0u &&
	    !(reg->w1c != 0u && value == UINT32_MAX)) {
		model_fail("%s: +%#x = %#x sets bits that are not there",
			   regs->dev.name, offset, value);
	}
	*now = (*now & ~reg->rw) | (value & reg->rw);
	*now &= ~(value & reg->w1c);
	if (regs->wrote != NULL) {
		regs->wrote(regs, offset, value);
	}
}

void model_regs_init(struct model_regs *regs, const char *name, uintptr_t base,
		     unsigned width, const struct model_reg *table, size_t nr)
{
	memset(regs, 0, sizeof(*regs));
	regs->dev = (struct model_device){
		.name = name,
		.base = base,
		.len = MODEL_REGS_LEN,
		.width = width,
		.read = regs_read,
		.write = regs_write,
		.ctx = regs,
	};
	regs->table = table;
	regs->nr = nr;
	for (size_t i = 0; i < nr; i++) {
		uint32_t count = table[i].nr == 0u ? 1u : table[i].nr;

		for (uint32_t k = 0; k < count; k++) {
			*model_reg(regs, table[i].offset + k * width) =
				table[i].reset;
		}
	}
	model_attach(&regs->dev);
}
