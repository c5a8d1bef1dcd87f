/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx53/alias.h>

#include <imx53/imx53.h>

#define WINDOW_BITS 30u
#define WINDOW_MASK ((1u << WINDOW_BITS) - 1u)
#define PAGE_BITS 12u

/* Two patterns, so that neither old content nor a bus that stands still is taken
 * for an answer. */
static const uint32_t patterns[] = { 0x5EC0DE53u, 0xA13F21ACu };

struct search {
	const struct imx53_alias_ops *ops;
	const struct imx53_alias_memory *memory;
	struct imx53_alias_result *result;
	uint32_t word; /* the secure word of which aliases are looked for */
};

/* Whether a world reads at addr what the secure world writes to the word. */
static bool shows(const struct search *s, uint32_t addr, bool normal)
{
	for (unsigned i = 0; i < 2u; i++) {
		uint32_t seen = ~patterns[i];

		if (!s->ops->write(s->word, false, patterns[i]) ||
		    !s->ops->read(addr, normal, &seen) || seen != patterns[i]) {
			return false;
		}
	}
	return true;
}

/* Whether what the normal world writes to addr arrives in the word. */
static bool takes(const struct search *s, uint32_t addr)
{
	uint32_t seen = patterns[0];

	(void)s->ops->write(s->word, false, patterns[0]);
	(void)s->ops->write(addr, true, patterns[1]);
	(void)s->ops->read(s->word, false, &seen);
	return seen != patterns[0];
}

static bool is_guests(const struct imx53_alias_memory *m, uint32_t addr)
{
	for (unsigned i = 0; i < m->nr_guest; i++) {
		if (addr - m->guest[i].base < m->guest[i].len) {
			return true;
		}
	}
	return false;
}

static enum tzvmm_status try_address(const struct search *s, uint32_t addr)
{
	const bool open = shows(s, addr, true);

	if (!open && !shows(s, addr, false)) {
		return TZVMM_OK;
	}
	if (s->result->nr++ == 0u) {
		s->result->addr = addr;
	}
	if (is_guests(s->memory, addr)) {
		s->result->addr = addr;
		return TZVMM_E_RANGE;
	}
	if (open || takes(s, addr)) {
		s->result->addr = addr;
		return TZVMM_E_DENIED;
	}
	return TZVMM_OK;
}

static enum tzvmm_status try_window(const struct search *s, uint32_t base)
{
	const uint32_t same = base + ((s->word - IMX53_CSD0_BASE) & WINDOW_MASK);
	enum tzvmm_status st = TZVMM_OK;

	if (same != s->word) {
		st = try_address(s, same);
	}
	for (unsigned bit = PAGE_BITS; bit < WINDOW_BITS && st == TZVMM_OK; bit++) {
		st = try_address(s, base + ((same - base) ^ 1u << bit));
	}
	return st;
}

/* What the rest relies on: the word is memory, the normal world reaches memory of
 * its own, and not the word. An abort that was left over from before is gone after
 * the first access. */
static enum tzvmm_status try_word(const struct search *s)
{
	const uint32_t guest = s->memory->guest[0].base;
	uint32_t seen;

	s->result->addr = s->word;
	(void)s->ops->read(guest, true, &seen);
	if (!shows(s, s->word, false)) {
		return TZVMM_E_IO;
	}
	if (shows(s, s->word, true) || takes(s, s->word)) {
		return TZVMM_E_DENIED;
	}
	s->result->addr = guest;
	return s->ops->read(guest, true, &seen) ? TZVMM_OK : TZVMM_E_IO;
}

static enum tzvmm_status search(const struct search *s)
{
	struct imx53_alias_result before = *s->result;
	enum tzvmm_status st = try_word(s);

	if (st != TZVMM_OK) {
		return st;
	}
	*s->result = before;
	st = try_window(s, IMX53_CSD0_BASE);
	if (st == TZVMM_OK && s->memory->csd1) {
		st = try_window(s, IMX53_CSD1_BASE);
	}
	return st;
}

/* The first word of a piece and its last one. */
static enum tzvmm_status check_bank(const struct imx53_alias_ops *ops,
				    const struct imx53_alias_memory *memory,
				    const struct imx53_alias_bank *bank,
				    struct imx53_alias_result *result)
{
	const uint32_t words[] = { bank->base, bank->base + (bank->len - 4u) };
	enum tzvmm_status st = TZVMM_OK;

	for (unsigned i = 0; i < 2u && st == TZVMM_OK; i++) {
		const struct search s = { ops, memory, result, words[i] };
		uint32_t old = 0;

		if (!ops->read(s.word, false, &old)) {
			result->addr = s.word;
			return TZVMM_E_IO;
		}
		st = search(&s);
		(void)ops->write(s.word, false, old);
	}
	return st;
}

enum tzvmm_status imx53_alias_check(const struct imx53_alias_ops *ops,
				    const struct imx53_alias_memory *memory,
				    struct imx53_alias_result *result)
{
	enum tzvmm_status st = TZVMM_OK;

	*result = (struct imx53_alias_result){ 0 };
	for (unsigned i = 0; i < memory->nr_secure && st == TZVMM_OK; i++) {
		st = check_bank(ops, memory, &memory->secure[i], result);
	}
	return st;
}
