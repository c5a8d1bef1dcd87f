/* SPDX-License-Identifier: BSD-2-Clause */
#include "gic_model.h"

#include <gic/gic_regs.h>
#include <tzvmm/port/mmio.h>

#define IDLE 0x100u         /* lower than every priority */
#define PRIORITY_BITS 0xF8u /* that there are */
#define NONE 1023u
#define OTHER_GROUP 1022u

static bool has(const uint32_t *set, uint32_t line)
{
	return (set[line / 32u] >> line % 32u & 1u) != 0u;
}

/* Lines of a word that the world of this access may see. */
static uint32_t visible(const struct gic_model *m, unsigned n)
{
	return m->normal ? m->group[n] : UINT32_MAX;
}

static uint32_t bytes_visible(const struct gic_model *m, unsigned n)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < 4u; i++) {
		mask |= !m->normal || has(m->group, 4u * n + i) ? 0xFFu << 8u * i
								: 0u;
	}
	return mask;
}

static uint32_t pairs_visible(const struct gic_model *m, unsigned n)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < 16u; i++) {
		mask |= !m->normal || has(m->group, 16u * n + i) ? 3u << 2u * i : 0u;
	}
	return mask;
}

static uint32_t pending(const struct gic_model *m, unsigned n)
{
	uint32_t levels = m->level[n];

	for (uint32_t bit = 0; bit < 32u; bit++) {
		if ((m->edge[2u * n + bit / 16u] >> (2u * (bit % 16u) + 1u) & 1u) !=
		    0u) {
			levels &= ~(1u << bit);
		}
	}
	return levels | m->latch[n];
}

/* ---- The distributor ---------------------------------------------------- */

static uint32_t read_priorities(const struct gic_model *m, unsigned n)
{
	uint32_t word = 0;

	for (uint32_t i = 0; i < 4u; i++) {
		uint32_t p = m->priority[4u * n + i];

		word |= (m->normal ? p << 1 & 0xFFu : p) << 8u * i;
	}
	return word & bytes_visible(m, n);
}

static void write_priorities(struct gic_model *m, unsigned n, uint32_t value)
{
	for (uint32_t i = 0; i < 4u; i++) {
		uint32_t p = value >> 8u * i & 0xFFu;

		if ((bytes_visible(m, n) >> 8u * i & 1u) != 0u) {
			p = (m->normal ? p >> 1 | 0x80u : p) & PRIORITY_BITS;
			m->priority[4u * n + i] = (uint8_t)p;
		}
	}
}

/* Which array an offset is in, and its first register. */
static uint32_t array_of(uint32_t offset, unsigned *n)
{
	static const uint32_t arrays[][2] = {
		{ GICD_IGROUPR, GIC_MODEL_WORDS },
		{ GICD_ISENABLER, GIC_MODEL_WORDS },
		{ GICD_ICENABLER, GIC_MODEL_WORDS },
		{ GICD_ISPENDR, GIC_MODEL_WORDS },
		{ GICD_ICPENDR, GIC_MODEL_WORDS },
		{ GICD_ISACTIVER, GIC_MODEL_WORDS },
		{ GICD_ICACTIVER, GIC_MODEL_WORDS },
		{ GICD_IPRIORITYR, GIC_MODEL_LINES / 4u },
		{ GICD_ITARGETSR, GIC_MODEL_LINES / 4u },
		{ GICD_ICFGR, GIC_MODEL_LINES / 16u },
		{ GICD_NSACR, GIC_MODEL_LINES / 16u },
		{ GICD_CPENDSGIR, GIC_FIRST_PPI / 4u },
		{ GICD_CTLR, 1 },
		{ GICD_TYPER, 1 },
	};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		if (offset - arrays[i][0] < 4u * arrays[i][1]) {
			*n = (offset - arrays[i][0]) / 4u;
			return arrays[i][0];
		}
	}
	model_fail("gicd: no register at +%#x", (unsigned)offset);
}

static uint32_t read_group(const struct gic_model *m, unsigned n)
{
	return m->normal ? 0u : m->group[n] & ~(n == 1u ? m->group_stuck : 0u);
}

static uint32_t dist_read(void *ctx, uint32_t offset)
{
	const struct gic_model *m = ctx;
	unsigned n = 0;

	switch (array_of(offset, &n)) {
	case GICD_CTLR:
		return m->normal ? m->dist_ctlr >> 1 : m->dist_ctlr;
	case GICD_TYPER:
		return (GIC_MODEL_WORDS - 1u) |
		       (m->one_world ? 0u : GICD_TYPER_SECURITY);
	case GICD_IGROUPR:
		return read_group(m, n);
	case GICD_ISENABLER:
	case GICD_ICENABLER:
		return m->enabled[n] & visible(m, n);
	case GICD_ISPENDR:
	case GICD_ICPENDR:
		return pending(m, n) & visible(m, n);
	case GICD_ISACTIVER:
	case GICD_ICACTIVER:
		return m->active[n] & visible(m, n);
	case GICD_IPRIORITYR:
		return read_priorities(m, n);
	case GICD_ITARGETSR:
		return (n < 8u ? m->targets : m->target[n]) & bytes_visible(m, n);
	case GICD_ICFGR:
		return m->edge[n] & pairs_visible(m, n);
	default:
		model_fail("gicd: +%#x is read", (unsigned)offset);
	}
}

static void merge(uint32_t *word, uint32_t mask, uint32_t value)
{
	*word = (*word & ~mask) | (value & mask);
}

static void clear_software(struct gic_model *m, unsigned n, uint32_t value)
{
	for (uint32_t i = 0; i < 4u; i++) {
		if ((value & bytes_visible(m, n) & 0xFFu << 8u * i) != 0u) {
			m->latch[0] &= ~(1u << (4u * n + i));
		}
	}
}

static void write_ctlr(struct gic_model *m, uint32_t value)
{
	if ((value & ~(m->normal ? 1u : 3u)) != 0u) {
		model_fail("gicd: CTLR = %#x", (unsigned)value);
	}
	merge(&m->dist_ctlr, m->normal ? 2u : 3u, m->normal ? value << 1 : value);
}

static void dist_write(void *ctx, uint32_t offset, uint32_t value)
{
	struct gic_model *m = ctx;
	unsigned n = 0;
	const uint32_t array = array_of(offset, &n);
	const uint32_t seen = n < GIC_MODEL_WORDS ? value & visible(m, n) : 0u;
	/* Lines by software: their pending state has registers of its own. */
	const uint32_t pends = n == 0u ? seen & 0xFFFF0000u : seen;

	switch (array) {
	case GICD_CTLR:
		write_ctlr(m, value);
		break;
	case GICD_IGROUPR:
		merge(&m->group[n], m->normal ? 0u : UINT32_MAX, value);
		break;
	case GICD_ISENABLER:
		m->enabled[n] |= seen;
		break;
	case GICD_ICENABLER:
		m->enabled[n] &= ~seen;
		break;
	case GICD_ISPENDR:
		m->latch[n] |= pends;
		break;
	case GICD_ICPENDR:
		m->latch[n] &= ~pends;
		break;
	case GICD_ISACTIVER:
		m->active[n] |= seen;
		break;
	case GICD_ICACTIVER:
		m->active[n] &= ~seen;
		break;
	case GICD_IPRIORITYR:
		write_priorities(m, n, value);
		break;
	case GICD_ITARGETSR:
		if (n < 8u) {
			model_fail("gicd: ITARGETSR%u is read-only", n);
		}
		merge(&m->target[n], bytes_visible(m, n), value);
		break;
	case GICD_ICFGR:
		if (n == 0u) {
			model_fail("gicd: ICFGR0 is read-only");
		}
		merge(&m->edge[n], pairs_visible(m, n) & 0xAAAAAAAAu, value);
		break;
	case GICD_NSACR:
		merge(&m->nsacr[n], m->normal ? 0u : UINT32_MAX, value);
		break;
	case GICD_CPENDSGIR:
		clear_software(m, n, value);
		break;
	default:
		model_fail("gicd: +%#x is written", (unsigned)offset);
	}
}

/* ---- The CPU interface -------------------------------------------------- */

static uint32_t running(const struct gic_model *m)
{
	const uint32_t bits = m->apr | m->nsapr;

	return bits == 0u ? IDLE : 8u * (uint32_t)__builtin_ctz(bits);
}

/* The line that is signalled, before masks of the CPU interface. */
static uint32_t highest(const struct gic_model *m)
{
	uint32_t best = NONE;

	for (uint32_t line = 0; line < GIC_MODEL_LINES; line++) {
		const uint32_t bit = 1u << line % 32u;
		const unsigned n = line / 32u;
		const uint32_t group = has(m->group, line) ? 2u : 1u;

		if ((pending(m, n) & m->enabled[n] & ~m->active[n] & bit) != 0u &&
		    (m->dist_ctlr & group) != 0u &&
		    (best == NONE || m->priority[line] < m->priority[best])) {
			best = line;
		}
	}
	return best;
}

/* Whether a line interrupts what is active. */
static bool passes(const struct gic_model *m, uint32_t line)
{
	const bool group1 = has(m->group, line);
	const uint32_t bpr = group1 ? (m->abpr == 0u ? 1u : m->abpr) - 1u : m->bpr;
	const uint32_t mask = bpr >= 7u ? 0u : 0xFFu << (bpr + 1u) & 0xFFu;
	const uint32_t now = running(m);

	return (m->cpu_ctlr & (group1 ? GICC_CTLR_GRP1 : GICC_CTLR_GRP0)) != 0u &&
	       m->priority[line] < m->pmr &&
	       (now == IDLE || (m->priority[line] & mask) < (now & mask));
}

static uint32_t acknowledge(struct gic_model *m)
{
	const uint32_t line = highest(m);
	uint32_t *apr;

	if (line == NONE || !passes(m, line)) {
		return NONE;
	}
	if (has(m->group, line) != m->normal) {
		return m->normal ? NONE : OTHER_GROUP;
	}
	m->latch[line / 32u] &= ~(1u << line % 32u);
	m->active[line / 32u] |= 1u << line % 32u;
	apr = m->normal ? &m->nsapr : &m->apr;
	*apr |= 1u << m->priority[line] / 8u;
	return line < GIC_FIRST_PPI ? line | m->sender : line;
}

static void end(struct gic_model *m, uint32_t value)
{
	const uint32_t line = value & 0x3FFu;
	uint32_t *apr = m->normal ? &m->nsapr : &m->apr;

	if (line >= GIC_MODEL_LINES || !has(m->active, line) ||
	    has(m->group, line) != m->normal ||
	    (line < GIC_FIRST_PPI && value != (line | m->sender))) {
		model_fail("gicc: EOIR = %#x, which is not active", (unsigned)value);
	}
	m->active[line / 32u] &= ~(1u << line % 32u);
	*apr &= *apr - 1u;
}

static uint32_t cpu_read(void *ctx, uint32_t offset)
{
	struct gic_model *m = ctx;

	switch (offset) {
	case GICC_IAR:
		return acknowledge(m);
	case GICC_PMR:
		return !m->normal       ? m->pmr
		       : m->pmr < 0x80u ? 0u
					: m->pmr << 1 & 0xFFu;
	case GICC_CTLR:
		return m->normal ? m->cpu_ctlr >> 1 & 1u : m->cpu_ctlr;
	default:
		model_fail("gicc: +%#x is read", (unsigned)offset);
	}
}

static void write_pmr(struct gic_model *m, uint32_t value)
{
	if (!m->normal) {
		m->pmr = value & PRIORITY_BITS;
	} else if (m->pmr >= 0x80u) {
		m->pmr = (value >> 1 | 0x80u) & PRIORITY_BITS;
	}
}

static void secure_write(struct gic_model *m, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case GICC_CTLR:
		m->cpu_ctlr = value;
		break;
	case GICC_BPR:
		m->bpr = value;
		break;
	case GICC_ABPR:
		m->abpr = value;
		break;
	case GICC_APR:
		m->apr = value;
		break;
	case GICC_NSAPR:
		m->nsapr = value;
		break;
	default:
		model_fail("gicc: +%#x is written", (unsigned)offset);
	}
}

static void normal_write(struct gic_model *m, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case GICC_CTLR:
		merge(&m->cpu_ctlr, GICC_CTLR_GRP1, value << 1);
		break;
	case GICC_BPR:
		m->abpr = value;
		break;
	default:
		model_fail("gicc: +%#x is written by the guest", (unsigned)offset);
	}
}

static void cpu_write(void *ctx, uint32_t offset, uint32_t value)
{
	struct gic_model *m = ctx;

	if (offset == GICC_EOIR) {
		end(m, value);
	} else if (offset == GICC_PMR) {
		write_pmr(m, value);
	} else if (m->normal) {
		normal_write(m, offset, value);
	} else {
		secure_write(m, offset, value);
	}
}

void gic_model_init(struct gic_model *m, uintptr_t dist, uintptr_t cpu)
{
	*m = (struct gic_model){
		.dist = { "gicd", dist, 0x1000, 4, dist_read, dist_write, m, NULL },
		.cpu = { "gicc", cpu, 0x1000, 4, cpu_read, cpu_write, m, NULL },
		.targets = 0x01010101,
		.edge = { 0xAAAAAAAA },
	};
	model_attach(&m->dist);
	model_attach(&m->cpu);
}

/* An edge of a line that is set to edges stays until it is taken. */
void gic_model_drive(struct gic_model *m, uint32_t line, bool level)
{
	const uint32_t bit = 1u << line % 32u;
	const uint32_t edge = m->edge[line / 16u] >> (2u * (line % 16u) + 1u) & 1u;

	if (level && edge != 0u && (m->level[line / 32u] & bit) == 0u) {
		m->latch[line / 32u] |= bit;
	}
	merge(&m->level[line / 32u], bit, level ? bit : 0u);
}

static bool signals(struct gic_model *m, bool fiq)
{
	const uint32_t line = highest(m);

	return line != NONE && passes(m, line) &&
	       (!has(m->group, line) && (m->cpu_ctlr & GICC_CTLR_FIQ_EN) != 0u) ==
		       fiq;
}

bool gic_model_fiq(struct gic_model *m)
{
	return signals(m, true);
}

bool gic_model_irq(struct gic_model *m)
{
	return signals(m, false);
}

uint32_t gic_model_guest_read(struct gic_model *m, uintptr_t addr)
{
	uint32_t value;

	m->normal = true;
	value = tzvmm_mmio_read32(addr);
	m->normal = false;
	return value;
}

void gic_model_guest_write(struct gic_model *m, uintptr_t addr, uint32_t value)
{
	m->normal = true;
	tzvmm_mmio_write32(addr, value);
	m->normal = false;
}
