/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx53/tzic.h>

#include <imx53/tzic_regs.h>
#include <tzvmm/port/mmio.h>

_Static_assert(IMX53_TZIC_NR_LINES == TZIC_NR_LINES, "lines");
_Static_assert(IMX53_TZIC_NR_WORDS == TZIC_NR_WORDS, "words");

#define TZIC_GUEST_PRIORITY 0x80u /* behind every secure line, which has 0 */

static uint32_t tzic_read(const struct imx53_tzic *tzic, uint32_t array, unsigned n)
{
	return tzvmm_mmio_read32(tzic->base + TZIC_WORD(array, n));
}

static void tzic_write(const struct imx53_tzic *tzic, uint32_t array, unsigned n,
		       uint32_t value)
{
	tzvmm_mmio_write32(tzic->base + TZIC_WORD(array, n), value);
}

/* All lines are compared, not only words of secure ones: one stray handler less
 * is one way less to lose an interrupt to the wrong world. */
static bool tzic_handlers_agree(const struct imx53_tzic *tzic)
{
	for (uint32_t line = 0; line < TZIC_NR_LINES; line++) {
		bool guest = (tzic->guest[line / 32u] >> line % 32u & 1u) != 0u;

		if (guest && tzic->handlers[line].fn != NULL) {
			return false;
		}
	}
	return true;
}

/* The normal world can write those of its lines, and the mask above them. */
static void tzic_set_priorities(const struct imx53_tzic *tzic)
{
	for (uint32_t first = 0; first < TZIC_NR_LINES; first += 4u) {
		uint32_t guests = tzic->guest[first / 32u] >> first % 32u;
		uint32_t word = 0;

		for (unsigned i = 0; i < 4; i++) {
			if ((guests >> i & 1u) != 0u) {
				word |= TZIC_GUEST_PRIORITY << 8 * i;
			}
		}
		tzic_write(tzic, TZIC_PRIORITY, first / 4u, word);
	}
	tzic_write(tzic, TZIC_PRIOMASK, 0, 0xFF);
	tzic_write(tzic, TZIC_SYNCCTRL, 0, SYNCCTRL_LOW_LATENCY);
}

static enum tzvmm_status tzic_set_worlds(const struct imx53_tzic *tzic)
{
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		tzic_write(tzic, TZIC_INTSEC, n, tzic->guest[n]);
		if (tzic_read(tzic, TZIC_INTSEC, n) != tzic->guest[n]) {
			return TZVMM_E_IO;
		}
	}
	tzic_set_priorities(tzic);
	return TZVMM_OK;
}

enum tzvmm_status imx53_tzic_init(struct imx53_tzic *tzic, uintptr_t base,
				  const uint32_t guest[IMX53_TZIC_NR_WORDS],
				  const struct imx53_tzic_handler *handlers)
{
	enum tzvmm_status st;

	*tzic = (struct imx53_tzic){
		.base = base,
		.handlers = handlers,
		.guest = { guest[0], guest[1], guest[2], guest[3] },
	};
	if (!tzic_handlers_agree(tzic)) {
		return TZVMM_E_INVAL;
	}
	tzic_write(tzic, TZIC_INTCTRL, 0, INTCTRL_NSENMASK);
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		tzic_write(tzic, TZIC_ENCLEAR, n, UINT32_MAX);
		tzic_write(tzic, TZIC_SRCCLEAR, n, UINT32_MAX);
		tzic_write(tzic, TZIC_WAKEUP, n, 0);
	}
	st = tzic_set_worlds(tzic);
	if (st == TZVMM_OK) {
		imx53_tzic_let_guest(tzic, true);
	}
	return st;
}

enum tzvmm_status imx53_tzic_set_guest(struct imx53_tzic *tzic,
				       const uint32_t guest[IMX53_TZIC_NR_WORDS])
{
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		if ((guest[n] & tzic->secure[n]) != 0u) {
			return TZVMM_E_DENIED;
		}
	}
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		tzic->guest[n] = guest[n];
	}
	return tzic_set_worlds(tzic);
}

/* Whether the secure world may handle a line. */
static enum tzvmm_status tzic_check_secure(const struct imx53_tzic *tzic,
					   uint32_t line)
{
	if (line >= TZIC_NR_LINES) {
		return TZVMM_E_INVAL;
	}
	if ((tzic->guest[line / 32u] >> line % 32u & 1u) != 0u) {
		return TZVMM_E_DENIED;
	}
	return TZVMM_OK;
}

/* DSM wakes the CPU by WAKEUP alone (imx53.md 2.4), so it follows the enables. */
static void tzic_set_wakeup(const struct imx53_tzic *tzic, unsigned n)
{
	uint32_t guests = tzic_read(tzic, TZIC_WAKEUP, n) & tzic->guest[n];

	tzic_write(tzic, TZIC_WAKEUP, n, guests | tzic->secure[n]);
}

enum tzvmm_status imx53_tzic_enable(struct imx53_tzic *tzic, uint32_t line)
{
	enum tzvmm_status st = tzic_check_secure(tzic, line);

	if (st != TZVMM_OK) {
		return st;
	}
	if (tzic->handlers[line].fn == NULL) {
		return TZVMM_E_INVAL;
	}
	tzic->secure[line / 32u] |= 1u << line % 32u;
	tzic_set_wakeup(tzic, line / 32u);
	tzic_write(tzic, TZIC_ENSET, line / 32u, 1u << line % 32u);
	return TZVMM_OK;
}

enum tzvmm_status imx53_tzic_disable(struct imx53_tzic *tzic, uint32_t line)
{
	enum tzvmm_status st = tzic_check_secure(tzic, line);

	if (st != TZVMM_OK) {
		return st;
	}
	tzic_write(tzic, TZIC_ENCLEAR, line / 32u, 1u << line % 32u);
	tzic->secure[line / 32u] &= ~(1u << line % 32u);
	tzic_set_wakeup(tzic, line / 32u);
	return TZVMM_OK;
}

/* PND instead of HIPND: what HIPND filters is not documented (imx53.md 2), and
 * the mask in memory is the only filter wanted here. */
static inline uint32_t tzic_serve_word(const struct imx53_tzic *tzic, unsigned n)
{
	uint32_t pending = tzic->secure[n];
	uint32_t found;

	if (pending == 0u) {
		return 0;
	}
	pending &= tzic_read(tzic, TZIC_PND, n);
	/* The mask once more each time: a handler may have disabled a line. */
	for (found = pending; pending != 0u; pending &= tzic->secure[n]) {
		uint32_t bit = 31u - (uint32_t)__builtin_clz(pending);
		const struct imx53_tzic_handler *h = &tzic->handlers[32u * n + bit];

		h->fn(h->ctx);
		pending &= ~(1u << bit);
	}
	return found;
}

/* Written out for each word: from the entry to the handler of a line below 32
 * are about 20 instructions this way. */
void imx53_tzic_dispatch(struct imx53_tzic *tzic)
{
	uint32_t found = tzic_serve_word(tzic, 0);

	found |= tzic_serve_word(tzic, 1);
	found |= tzic_serve_word(tzic, 2);
	found |= tzic_serve_word(tzic, 3);
	if (found == 0u) {
		tzic->spurious++;
	}
}

void imx53_tzic_let_guest(const struct imx53_tzic *tzic, bool on)
{
	tzic_write(tzic, TZIC_INTCTRL, 0,
		   INTCTRL_NSENMASK | INTCTRL_EN | (on ? INTCTRL_NSEN : 0u));
}

void imx53_tzic_reset_guest(const struct imx53_tzic *tzic)
{
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		tzic_write(tzic, TZIC_ENCLEAR, n, tzic->guest[n]);
		tzic_write(tzic, TZIC_SRCCLEAR, n, tzic->guest[n]);
		tzic_write(tzic, TZIC_WAKEUP, n, tzic->secure[n]);
	}
	tzic_set_priorities(tzic);
	imx53_tzic_let_guest(tzic, true);
}

uint32_t imx53_tzic_guest_pending(const struct imx53_tzic *tzic, unsigned word)
{
	return tzic_read(tzic, TZIC_PND, word) & tzic_read(tzic, TZIC_ENSET, word) &
	       tzic->guest[word];
}

uint32_t imx53_tzic_nr_spurious(const struct imx53_tzic *tzic)
{
	return tzic->spurious;
}

static bool tzic_is_guest(void *ctx, uint32_t line)
{
	const struct imx53_tzic *tzic = ctx;

	return (tzic->guest[line / 32u] >> line % 32u & 1u) != 0u;
}

static void tzic_set_level(void *ctx, uint32_t line, bool level)
{
	const struct imx53_tzic *tzic = ctx;

	tzic_write(tzic, TZIC_SWINT, 0, level ? line : line | SWINT_NEGATE);
}

/* The guest ends it by SWINT in its own view of the controller (imx53.md 2.3). */
static void tzic_pulse(void *ctx, uint32_t line)
{
	tzic_set_level(ctx, line, true);
}

const struct tzvmm_irqchip_ops imx53_tzic_irqchip_ops = {
	.is_guest = tzic_is_guest,
	.set_level = tzic_set_level,
	.pulse = tzic_pulse,
};
