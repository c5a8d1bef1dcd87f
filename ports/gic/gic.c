/* SPDX-License-Identifier: BSD-2-Clause */
#include <gic/gic.h>

#include <gic/gic_regs.h>
#include <tzvmm/port/mmio.h>

/* In the normal world's half: behind every secure line, which has 0. */
#define GIC_GUEST_PRIORITY 0xA0u
#define GIC_PRIORITY_ALL 0xFFu

/* Handlers in one call of gic_dispatch(). */
#define GIC_NR_SERVED 32u

static uint32_t dist_read(const struct gic *gic, uint32_t array, unsigned n)
{
	return tzvmm_mmio_read32(gic->config.dist + GIC_WORD(array, n));
}

static void dist_write(const struct gic *gic, uint32_t array, unsigned n,
		       uint32_t value)
{
	tzvmm_mmio_write32(gic->config.dist + GIC_WORD(array, n), value);
}

static void cpu_write(const struct gic *gic, uint32_t reg, uint32_t value)
{
	tzvmm_mmio_write32(gic->config.cpu + reg, value);
}

static bool in_set(const uint32_t *set, uint32_t line)
{
	return (set[line / 32u] >> line % 32u & 1u) != 0u;
}

/* A word of a register with one byte a line, in which the lines of a set have a
 * value and the others have 0. */
static uint32_t bytes_of(const uint32_t *set, uint32_t first, uint32_t value)
{
	uint32_t word = 0;

	for (uint32_t i = 0; i < 4u; i++) {
		word |= in_set(set, first + i) ? value << 8u * i : 0u;
	}
	return word;
}

/* What the normal world can write of its lines, and the mask above them. A binary
 * point of 0 lets secure lines interrupt whatever the guest has active. */
static void gic_set_priorities(const struct gic *gic)
{
	for (uint32_t line = 0; line < gic->config.nr_lines; line += 4u) {
		dist_write(gic, GICD_IPRIORITYR, line / 4u,
			   bytes_of(gic->guest, line, GIC_GUEST_PRIORITY));
	}
	cpu_write(gic, GICC_PMR, GIC_PRIORITY_ALL);
	cpu_write(gic, GICC_BPR, 0);
	cpu_write(gic, GICC_ABPR, 0);
}

/* All devices' lines are levels, for this CPU: the first registers of the targets
 * are read-only and name it (with a single CPU all of them read as zero). */
static void gic_route(const struct gic *gic)
{
	const uint32_t targets = dist_read(gic, GICD_ITARGETSR, 0);

	for (uint32_t n = GIC_FIRST_SPI / 4u; n < gic->config.nr_lines / 4u; n++) {
		dist_write(gic, GICD_ITARGETSR, n, targets);
	}
	for (uint32_t n = GIC_FIRST_SPI / 16u; n < gic->config.nr_lines / 16u; n++) {
		dist_write(gic, GICD_ICFGR, n, 0);
	}
}

/* Lines of a word: off, not pending, not active. */
static void gic_silence(const struct gic *gic, unsigned n, uint32_t lines)
{
	dist_write(gic, GICD_ICENABLER, n, lines);
	dist_write(gic, GICD_ICPENDR, n, lines);
	dist_write(gic, GICD_ICACTIVER, n, lines);
}

/* Those that CPUs send each other: which of them sent one does not matter. */
static void gic_silence_software(const struct gic *gic, const uint32_t *lines)
{
	for (uint32_t line = 0; line < GIC_FIRST_PPI; line += 4u) {
		dist_write(gic, GICD_CPENDSGIR, line / 4u,
			   bytes_of(lines, line, 0xFF));
	}
}

static enum tzvmm_status gic_set_worlds(const struct gic *gic)
{
	for (unsigned n = 0; n < gic->nr_words; n++) {
		dist_write(gic, GICD_IGROUPR, n, gic->guest[n]);
		if (dist_read(gic, GICD_IGROUPR, n) != gic->guest[n]) {
			return TZVMM_E_IO;
		}
	}
	gic_set_priorities(gic);
	return TZVMM_OK;
}

static bool gic_handlers_agree(const struct gic *gic)
{
	for (uint32_t line = 0; line < gic->config.nr_lines; line++) {
		if (in_set(gic->guest, line) &&
		    gic->config.handlers[line].fn != NULL) {
			return false;
		}
	}
	return true;
}

static enum tzvmm_status gic_check(const struct gic *gic)
{
	const uint32_t type = dist_read(gic, GICD_TYPER, 0);

	return (type & GICD_TYPER_SECURITY) != 0u &&
			       gic->nr_words <= (type & GICD_TYPER_ITLINES) + 1u
		       ? TZVMM_OK
		       : TZVMM_E_UNSUPP;
}

/* The loader may have left anything, also an interrupt of its own half done. */
static void gic_forget(const struct gic *gic)
{
	static const uint32_t all[1] = { UINT32_MAX };

	dist_write(gic, GICD_CTLR, 0, 0);
	cpu_write(gic, GICC_CTLR, 0);
	for (unsigned n = 0; n < gic->nr_words; n++) {
		gic_silence(gic, n, UINT32_MAX);
		/* The normal world is to reach no line of group 0. */
		dist_write(gic, GICD_NSACR, 2u * n, 0);
		dist_write(gic, GICD_NSACR, 2u * n + 1u, 0);
	}
	gic_silence_software(gic, all);
	gic_route(gic);
	cpu_write(gic, GICC_APR, 0);
	cpu_write(gic, GICC_NSAPR, 0);
}

enum tzvmm_status gic_init(struct gic *gic, const struct gic_config *config,
			   const uint32_t *guest)
{
	enum tzvmm_status st;

	*gic = (struct gic){ .config = *config, .nr_words = config->nr_lines / 32u };
	if (gic->nr_words == 0u || gic->nr_words >= GIC_MAX_WORDS ||
	    config->nr_lines % 32u != 0u) {
		return TZVMM_E_INVAL;
	}
	for (unsigned n = 0; n < gic->nr_words; n++) {
		gic->guest[n] = guest[n];
	}
	if (!gic_handlers_agree(gic)) {
		return TZVMM_E_INVAL;
	}
	st = gic_check(gic);
	if (st != TZVMM_OK) {
		return st;
	}
	gic_forget(gic);
	st = gic_set_worlds(gic);
	if (st == TZVMM_OK) {
		/* FIQ for group 0; an acknowledgement here never takes group 1's. */
		cpu_write(gic, GICC_CTLR,
			  GICC_CTLR_GRP0 | GICC_CTLR_GRP1 | GICC_CTLR_FIQ_EN);
		gic_let_guest(gic, true);
	}
	return st;
}

enum tzvmm_status gic_set_guest(struct gic *gic, const uint32_t *guest)
{
	for (unsigned n = 0; n < gic->nr_words; n++) {
		if ((guest[n] & gic->secure[n]) != 0u) {
			return TZVMM_E_DENIED;
		}
	}
	for (unsigned n = 0; n < gic->nr_words; n++) {
		gic->guest[n] = guest[n];
	}
	return gic_set_worlds(gic);
}

/* Whether the secure world may handle a line. */
static enum tzvmm_status gic_check_secure(const struct gic *gic, uint32_t line)
{
	if (line >= gic->config.nr_lines) {
		return TZVMM_E_INVAL;
	}
	return in_set(gic->guest, line) ? TZVMM_E_DENIED : TZVMM_OK;
}

enum tzvmm_status gic_enable(struct gic *gic, uint32_t line)
{
	enum tzvmm_status st = gic_check_secure(gic, line);

	if (st != TZVMM_OK) {
		return st;
	}
	if (gic->config.handlers[line].fn == NULL) {
		return TZVMM_E_INVAL;
	}
	gic->secure[line / 32u] |= 1u << line % 32u;
	dist_write(gic, GICD_ISENABLER, line / 32u, 1u << line % 32u);
	return TZVMM_OK;
}

enum tzvmm_status gic_disable(struct gic *gic, uint32_t line)
{
	enum tzvmm_status st = gic_check_secure(gic, line);

	if (st != TZVMM_OK) {
		return st;
	}
	dist_write(gic, GICD_ICENABLER, line / 32u, 1u << line % 32u);
	gic->secure[line / 32u] &= ~(1u << line % 32u);
	return TZVMM_OK;
}

/* Serve the line that is pending with the highest priority.
 * Returns whether there was one. */
static bool gic_serve_one(struct gic *gic)
{
	/* With the number of the CPU that sent it, which its end has to name. */
	const uint32_t taken = tzvmm_mmio_read32(gic->config.cpu + GICC_IAR);
	const uint32_t line = taken & GICC_IAR_ID;

	if (line >= GIC_ID_SPECIAL) {
		return false;
	}
	if (line < gic->config.nr_lines && in_set(gic->secure, line)) {
		const struct gic_handler *h = &gic->config.handlers[line];

		h->fn(h->ctx);
	} else {
		gic->spurious++;
	}
	cpu_write(gic, GICC_EOIR, taken);
	return true;
}

/* The guest's acknowledgement takes the pending state that software gave a line,
 * but not the cause: what is still wanted pends again. */
static void gic_renew(const struct gic *gic)
{
	for (unsigned n = 0; n < gic->nr_words; n++) {
		if (gic->raised[n] != 0u) {
			dist_write(gic, GICD_ISPENDR, n, gic->raised[n]);
		}
	}
}

void gic_dispatch(struct gic *gic)
{
	unsigned served = 0;

	while (served < GIC_NR_SERVED && gic_serve_one(gic)) {
		served++;
	}
	if (served == 0u) {
		gic->spurious++;
	}
	gic_renew(gic);
}

void gic_let_guest(const struct gic *gic, bool on)
{
	dist_write(gic, GICD_CTLR, 0, GICD_CTLR_GRP0 | (on ? GICD_CTLR_GRP1 : 0u));
}

void gic_reset_guest(struct gic *gic)
{
	for (unsigned n = 0; n < gic->nr_words; n++) {
		gic_silence(gic, n, gic->guest[n]);
		gic->raised[n] = 0;
	}
	gic_silence_software(gic, gic->guest);
	gic_route(gic);
	gic_set_priorities(gic);
	/* An interrupt that it had in hand would hold back the next guest's. */
	cpu_write(gic, GICC_NSAPR, 0);
	cpu_write(gic, GICC_CTLR, GICC_CTLR_GRP0 | GICC_CTLR_GRP1 | GICC_CTLR_FIQ_EN);
	gic_let_guest(gic, true);
}

uint32_t gic_guest_pending(const struct gic *gic, unsigned word)
{
	return dist_read(gic, GICD_ISPENDR, word) &
	       dist_read(gic, GICD_ISENABLER, word) & gic->guest[word];
}

uint32_t gic_nr_spurious(const struct gic *gic)
{
	return gic->spurious;
}

/* Lines by software cannot be injected: there is no register for it. */
static bool gic_is_guest(void *ctx, uint32_t line)
{
	const struct gic *gic = ctx;

	return line >= GIC_FIRST_PPI && in_set(gic->guest, line);
}

static void gic_pulse(void *ctx, uint32_t line)
{
	dist_write(ctx, GICD_ISPENDR, line / 32u, 1u << line % 32u);
}

static void gic_set_level(void *ctx, uint32_t line, bool level)
{
	struct gic *gic = ctx;

	if (level) {
		gic->raised[line / 32u] |= 1u << line % 32u;
		gic_pulse(gic, line);
	} else {
		gic->raised[line / 32u] &= ~(1u << line % 32u);
		dist_write(gic, GICD_ICPENDR, line / 32u, 1u << line % 32u);
	}
}

const struct tzvmm_irqchip_ops gic_irqchip_ops = {
	.is_guest = gic_is_guest,
	.set_level = gic_set_level,
	.pulse = gic_pulse,
};
