/* SPDX-License-Identifier: BSD-2-Clause */
#include "epit_model.h"

#include <imx/epit_regs.h>

static const struct model_reg epit_table[] = {
	{ .offset = EPIT_CR, .rw = 0x03FFFFFF },
	{ .offset = EPIT_SR, .w1c = SR_OCIF },
	{ .offset = EPIT_LR, .rw = UINT32_MAX, .reset = UINT32_MAX },
	{ .offset = EPIT_CMPR, .rw = UINT32_MAX },
	{ .offset = EPIT_CNT, .ro = UINT32_MAX },
};

static uint64_t epit_ticks(const struct epit_model *m)
{
	__extension__ typedef unsigned __int128 wide;

	return (uint64_t)((wide)(model_now_ns() - m->from_ns) * m->hz / 1000000000u);
}

/* The counter's round: from its start to 0 and once more. */
static uint64_t epit_round(struct epit_model *m)
{
	bool reload = (*model_reg(&m->regs, EPIT_CR) & CR_RLD) != 0u;

	return (reload ? (uint64_t)*model_reg(&m->regs, EPIT_LR) : UINT32_MAX) + 1u;
}

static void epit_update(struct epit_model *m)
{
	uint64_t ticks, passed, matches;

	if (!m->running) {
		return;
	}
	if (m->gated) {
		*model_reg(&m->regs, EPIT_CNT) = m->gated_count;
		return;
	}
	ticks = epit_ticks(m);
	passed = ticks + (epit_round(m) - 1u - m->from_count);
	*model_reg(&m->regs, EPIT_CNT) =
		(uint32_t)(epit_round(m) - 1u - passed % epit_round(m));
	/* CMPR is 0 in these drivers: a match at the end of each round. */
	matches = (passed + 1u) / epit_round(m);
	if (matches > m->nr_matches) {
		m->nr_matches = matches;
		*model_reg(&m->regs, EPIT_SR) |= SR_OCIF;
	}
}

static void epit_start(struct epit_model *m)
{
	uint32_t cr = *model_reg(&m->regs, EPIT_CR);

	if ((cr & 0x03000000u) != CR_CLKSRC_HIGH) {
		model_fail("epit: started without its clock");
	}
	if ((cr & CR_OCIEN) != 0u && *model_reg(&m->regs, EPIT_CMPR) != 0u &&
	    model_now_ns() != 0u) {
		model_fail("epit: this model compares with 0 only");
	}
	m->running = true;
	m->from_ns = model_now_ns();
	m->from_count = (uint32_t)(epit_round(m) - 1u);
	m->nr_matches = 0;
}

static void epit_wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	struct epit_model *m = regs->owner;

	if (offset == EPIT_CR) {
		if ((value & CR_SWR) != 0u) {
			m->reset_looks = 3;
			*model_reg(regs, EPIT_LR) = UINT32_MAX;
			*model_reg(regs, EPIT_SR) = 0;
			m->running = false;
		} else if ((value & CR_EN) != 0u && !m->running) {
			epit_start(m);
		} else if ((value & CR_EN) == 0u) {
			m->running = false;
		}
	}
	if (offset == EPIT_CR && m->reset_looks != 0u && (value & CR_SWR) == 0u) {
		model_fail("epit: written while it resets");
	}
	if (offset == EPIT_LR && m->running) {
		model_fail("epit: reloaded while it runs");
	}
}

static void epit_reads(struct model_regs *regs, uint32_t offset)
{
	struct epit_model *m = regs->owner;

	epit_update(m);
	if (offset == EPIT_CR && !m->gated && m->reset_looks != 0u &&
	    --m->reset_looks == 0u) {
		*model_reg(regs, EPIT_CR) &= ~CR_SWR;
	}
}

void epit_model_init(struct epit_model *m, uintptr_t base, uint64_t hz)
{
	*m = (struct epit_model){ .hz = hz };
	model_regs_init(&m->regs, "epit", base, 4, epit_table,
			sizeof(epit_table) / sizeof(epit_table[0]));
	m->regs.wrote = epit_wrote;
	m->regs.reads = epit_reads;
	m->regs.owner = m;
	/* A boot loader used it. */
	*model_reg(&m->regs, EPIT_CR) = CR_EN | CR_RLD | CR_OCIEN | CR_CLKSRC_HIGH;
	*model_reg(&m->regs, EPIT_LR) = 1000;
	*model_reg(&m->regs, EPIT_CMPR) = 500;
	*model_reg(&m->regs, EPIT_SR) = SR_OCIF;
	epit_start(m);
}

bool epit_model_irq(struct epit_model *m)
{
	epit_update(m);
	return m->running && (*model_reg(&m->regs, EPIT_CR) & CR_OCIEN) != 0u &&
	       (*model_reg(&m->regs, EPIT_SR) & SR_OCIF) != 0u;
}

void epit_model_gate(struct epit_model *m, bool off)
{
	epit_update(m);
	m->gated_count = *model_reg(&m->regs, EPIT_CNT);
	m->gated = off;
}

void epit_model_skip(struct epit_model *m, uint32_t ticks)
{
	model_pass_ns((uint64_t)ticks * 1000000000u / m->hz);
}
