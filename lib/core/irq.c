/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/irq.h>

_Static_assert(TZVMM_NR_LINES / 32u == 32u, "changed has one bit a word");

void tzvmm_irqs_init(struct tzvmm_irqs *irqs, const struct tzvmm_irqchip *chip)
{
	memset(irqs, 0, sizeof(*irqs));
	irqs->chip = chip;
}

static enum tzvmm_status check_line(const struct tzvmm_irqchip *chip, uint32_t line)
{
	if (line >= chip->nr_lines) {
		return TZVMM_E_INVAL;
	}
	return chip->ops->is_guest(chip->ctx, line) ? TZVMM_OK : TZVMM_E_DENIED;
}

enum tzvmm_status tzvmm_irqs_set(struct tzvmm_irqs *irqs, uint32_t line, bool level)
{
	const enum tzvmm_status st = check_line(irqs->chip, line);
	const uint32_t word = line / 32u;
	const uint32_t bit = 1u << line % 32u;

	if (st != TZVMM_OK) {
		return st;
	}
	if (level) {
		irqs->wanted[word] |= bit;
	} else {
		irqs->wanted[word] &= ~bit;
	}
	irqs->changed |= 1u << word;
	return TZVMM_OK;
}

enum tzvmm_status tzvmm_irqs_check_pulse(const struct tzvmm_irqs *irqs, uint32_t line)
{
	return irqs->chip->ops->pulse == NULL ? TZVMM_E_UNSUPP
					      : check_line(irqs->chip, line);
}

enum tzvmm_status tzvmm_irqs_pulse(struct tzvmm_irqs *irqs, uint32_t line)
{
	const enum tzvmm_status st = tzvmm_irqs_check_pulse(irqs, line);

	if (st == TZVMM_OK) {
		irqs->pulsed[line / 32u] |= 1u << line % 32u;
		irqs->changed |= 1u << line / 32u;
	}
	return st;
}

static void flush_pulses(struct tzvmm_irqs *irqs, uint32_t word)
{
	const struct tzvmm_irqchip *chip = irqs->chip;

	while (irqs->pulsed[word] != 0u) {
		uint32_t n = (uint32_t)__builtin_ctz(irqs->pulsed[word]);

		irqs->pulsed[word] &= irqs->pulsed[word] - 1u;
		chip->ops->pulse(chip->ctx, word * 32u + n);
	}
}

static void flush_word(struct tzvmm_irqs *irqs, uint32_t word)
{
	const struct tzvmm_irqchip *chip = irqs->chip;
	const uint32_t wanted = irqs->wanted[word];
	uint32_t differ = wanted ^ irqs->applied[word];

	while (differ != 0u) {
		uint32_t n = (uint32_t)__builtin_ctz(differ);

		differ &= differ - 1u;
		chip->ops->set_level(chip->ctx, word * 32u + n,
				     (wanted >> n & 1u) != 0u);
	}
	irqs->applied[word] = wanted;
}

void tzvmm_irqs_flush_changed(struct tzvmm_irqs *irqs)
{
	while (irqs->changed != 0u) {
		uint32_t word = (uint32_t)__builtin_ctz(irqs->changed);

		irqs->changed &= irqs->changed - 1u;
		flush_word(irqs, word);
		flush_pulses(irqs, word);
	}
}
