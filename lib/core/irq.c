/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/irq.h>

_Static_assert(TZVMM_NR_LINES / 32u == 32u, "changed has one bit a word");

void tzvmm_irqs_init(struct tzvmm_irqs *irqs, const struct tzvmm_irqchip *chip)
{
	memset(irqs, 0, sizeof(*irqs));
	irqs->chip = chip;
}

enum tzvmm_status tzvmm_irqs_set(struct tzvmm_irqs *irqs, uint32_t line, bool level)
{
	const struct tzvmm_irqchip *chip = irqs->chip;
	const uint32_t word = line / 32u;
	const uint32_t bit = 1u << line % 32u;

	if (line >= chip->nr_lines) {
		return TZVMM_E_INVAL;
	}
	if (!chip->ops->is_guest(chip->ctx, line)) {
		return TZVMM_E_DENIED;
	}
	if (level) {
		irqs->wanted[word] |= bit;
	} else {
		irqs->wanted[word] &= ~bit;
	}
	irqs->changed |= 1u << word;
	return TZVMM_OK;
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
	}
}
