/* SPDX-License-Identifier: BSD-2-Clause */
#include "tzic_model.h"

#include <imx53/tzic_regs.h>

static const struct model_reg tzic_table[] = {
	{ .offset = TZIC_INTCTRL,
	  .wo = INTCTRL_NSENMASK | INTCTRL_NSEN,
	  .rw = INTCTRL_EN },
	{ .offset = TZIC_PRIOMASK, .rw = 0xF8, .wo = 7 },
	{ .offset = TZIC_SYNCCTRL, .rw = 3, .reset = 2 },
	{ .offset = TZIC_INTSEC, .nr = 4, .rw = UINT32_MAX },
	{ .offset = TZIC_ENSET, .nr = 4, .wo = UINT32_MAX },
	{ .offset = TZIC_ENCLEAR, .nr = 4, .wo = UINT32_MAX },
	{ .offset = TZIC_SRCSET, .nr = 4, .wo = UINT32_MAX },
	{ .offset = TZIC_SRCCLEAR, .nr = 4, .wo = UINT32_MAX },
	{ .offset = TZIC_PRIORITY, .nr = 32, .rw = 0xF8F8F8F8 },
	{ .offset = TZIC_PND, .nr = 4, .ro = UINT32_MAX },
	{ .offset = TZIC_HIPND, .nr = 4, .ro = UINT32_MAX },
	{ .offset = TZIC_WAKEUP, .nr = 4, .rw = UINT32_MAX, .reset = 0x00F000F0 },
	{ .offset = TZIC_SWINT, .wo = SWINT_NEGATE | SWINT_ID, .no_read = true },
};

static uint32_t *tzic_word(struct tzic_model *m, uint32_t array, unsigned n)
{
	return model_reg(&m->regs, TZIC_WORD(array, n));
}

static uint32_t tzic_priority(struct tzic_model *m, uint32_t line)
{
	return *tzic_word(m, TZIC_PRIORITY, line / 4u) >> line % 4u * 8u & 0xFFu;
}

static bool tzic_passes(struct tzic_model *m, uint32_t line)
{
	return tzic_priority(m, line) < *model_reg(&m->regs, TZIC_PRIOMASK);
}

static uint32_t tzic_pending(struct tzic_model *m, unsigned n)
{
	return (m->level[n] | m->soft[n]) & *tzic_word(m, TZIC_ENSET, n);
}

static uint32_t tzic_highest(struct tzic_model *m)
{
	uint32_t best = 0x100;

	for (uint32_t line = 0; line < 128u; line++) {
		if ((tzic_pending(m, line / 32u) >> line % 32u & 1u) != 0u &&
		    tzic_priority(m, line) < best) {
			best = tzic_priority(m, line);
		}
	}
	return best;
}

static uint32_t tzic_hipnd(struct tzic_model *m, unsigned n)
{
	uint32_t set = tzic_pending(m, n);

	for (uint32_t bit = 0; bit < 32u; bit++) {
		uint32_t line = 32u * n + bit;

		if (!tzic_passes(m, line) ||
		    (m->hipnd_highest_only &&
		     tzic_priority(m, line) != tzic_highest(m))) {
			set &= ~(1u << bit);
		}
	}
	return set;
}

static void tzic_reads(struct model_regs *regs, uint32_t offset)
{
	struct tzic_model *m = regs->owner;
	unsigned n = offset / 4u % 4u;

	switch (offset & ~15u) {
	case TZIC_PND:
		*model_reg(regs, offset) = tzic_pending(m, n);
		break;
	case TZIC_HIPND:
		*model_reg(regs, offset) = tzic_hipnd(m, n);
		break;
	case TZIC_ENCLEAR:
		*model_reg(regs, offset) = *tzic_word(m, TZIC_ENSET, n);
		break;
	case TZIC_SRCSET:
	case TZIC_SRCCLEAR:
		*model_reg(regs, offset) = m->soft[n];
		break;
	case TZIC_INTSEC:
		*model_reg(regs, offset) &= n == 0u ? ~m->intsec_stuck : UINT32_MAX;
		break;
	default:
		break;
	}
}

static void tzic_swint(struct tzic_model *m, uint32_t value)
{
	uint32_t line = value & SWINT_ID;
	uint32_t bit = 1u << line % 32u;

	if (line >= 128u) {
		model_fail("tzic: SWINT of line %u", line);
	}
	m->soft[line / 32u] &= ~bit;
	m->soft[line / 32u] |= (value & SWINT_NEGATE) == 0u ? bit : 0u;
}

static void tzic_wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	struct tzic_model *m = regs->owner;
	unsigned n = offset / 4u % 4u;

	switch (offset & ~15u) {
	case TZIC_ENSET:
		*tzic_word(m, TZIC_ENSET, n) |= value;
		break;
	case TZIC_ENCLEAR:
		*tzic_word(m, TZIC_ENSET, n) &= ~value;
		break;
	case TZIC_SRCSET:
		m->soft[n] |= value;
		break;
	case TZIC_SRCCLEAR:
		m->soft[n] &= ~value;
		break;
	case TZIC_SWINT:
		tzic_swint(m, value);
		break;
	default:
		break;
	}
	if (offset == TZIC_INTCTRL && (value & INTCTRL_NSENMASK) != 0u) {
		*model_reg(regs, offset) &= ~INTCTRL_NSEN;
		*model_reg(regs, offset) |= value & INTCTRL_NSEN;
	}
}

void tzic_model_init(struct tzic_model *m, uintptr_t base)
{
	*m = (struct tzic_model){ 0 };
	model_regs_init(&m->regs, "tzic", base, 4, tzic_table,
			sizeof(tzic_table) / sizeof(tzic_table[0]));
	m->regs.wrote = tzic_wrote;
	m->regs.reads = tzic_reads;
	m->regs.owner = m;
}

void tzic_model_drive(struct tzic_model *m, uint32_t line, bool level)
{
	m->level[line / 32u] &= ~(1u << line % 32u);
	m->level[line / 32u] |= (uint32_t)level << line % 32u;
}

static bool tzic_signals(struct tzic_model *m, bool normal, uint32_t enable)
{
	for (uint32_t line = 0; line < 128u; line++) {
		uint32_t bit = 1u << line % 32u;
		bool is_normal = (*tzic_word(m, TZIC_INTSEC, line / 32u) & bit) != 0u;

		if (is_normal == normal && tzic_passes(m, line) &&
		    (tzic_pending(m, line / 32u) & bit) != 0u) {
			return (*model_reg(&m->regs, TZIC_INTCTRL) & enable) != 0u;
		}
	}
	return false;
}

bool tzic_model_fiq(struct tzic_model *m)
{
	return tzic_signals(m, false, INTCTRL_EN);
}

bool tzic_model_irq(struct tzic_model *m)
{
	return tzic_signals(m, true, INTCTRL_NSEN);
}
