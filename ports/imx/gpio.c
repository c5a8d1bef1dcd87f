/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/gpio.h>

#include <imx/gpio_regs.h>
#include <tzvmm/port/mmio.h>

static void gpio_assign(uintptr_t addr, unsigned pin, bool value)
{
	const uint32_t bit = 1u << (pin & 31u);
	uint32_t old = tzvmm_mmio_read32(addr);

	tzvmm_mmio_write32(addr, value ? old | bit : old & ~bit);
}

void imx_gpio_output(uintptr_t base, unsigned pin, bool level)
{
	gpio_assign(base + GPIO_DR, pin, level);
	gpio_assign(base + GPIO_GDIR, pin, true);
}

void imx_gpio_input(uintptr_t base, unsigned pin)
{
	gpio_assign(base + GPIO_GDIR, pin, false);
}

bool imx_gpio_level(uintptr_t base, unsigned pin)
{
	return (tzvmm_mmio_read32(base + GPIO_PSR) >> (pin & 31u) & 1u) != 0u;
}

/* ---- Interrupts --------------------------------------------------------- */

/* An edge is kept in ISR while IMR masks its pin: so the manuals of i.MX6 have it
 * for the same block. */

void imx_gpio_bank_init(struct imx_gpio_bank *bank)
{
	bank->levels = 0;
	tzvmm_mmio_write32(bank->base + GPIO_IMR, 0);
	tzvmm_mmio_write32(bank->base + GPIO_ISR, UINT32_MAX);
}

static void gpio_set_condition(uintptr_t base, unsigned pin, uint32_t icr)
{
	const uintptr_t addr = base + (pin < 16u ? GPIO_ICR1 : GPIO_ICR2);
	const unsigned shift = 2u * (pin % 16u);
	const uint32_t old = tzvmm_mmio_read32(addr);

	tzvmm_mmio_write32(addr, (old & ~(3u << shift)) | icr << shift);
}

static void bank_irq_type(void *ctx, uint32_t pin, enum tzvmm_gpio_irq type)
{
	static const uint8_t icr[] = {
		[TZVMM_GPIO_IRQ_RISING] = GPIO_ICR_RISING,
		[TZVMM_GPIO_IRQ_FALLING] = GPIO_ICR_FALLING,
		[TZVMM_GPIO_IRQ_HIGH] = GPIO_ICR_HIGH,
		[TZVMM_GPIO_IRQ_LOW] = GPIO_ICR_LOW,
	};
	struct imx_gpio_bank *bank = ctx;
	const uint32_t bit = 1u << (pin & 31u);

	gpio_assign(bank->base + GPIO_IMR, pin, false);
	gpio_assign(bank->base + GPIO_EDGE_SEL, pin, type == TZVMM_GPIO_IRQ_BOTH);
	gpio_set_condition(bank->base, pin, icr[type]);
	bank->levels &= ~bit;
	if (type == TZVMM_GPIO_IRQ_HIGH || type == TZVMM_GPIO_IRQ_LOW) {
		bank->levels |= bit;
	}
	tzvmm_mmio_write32(bank->base + GPIO_ISR, bit);
}

/* A level that has gone since must not be told; that of one that is still there is
 * set again at once. */
static void bank_irq_unmask(void *ctx, uint32_t pin)
{
	const struct imx_gpio_bank *bank = ctx;

	tzvmm_mmio_write32(bank->base + GPIO_ISR, bank->levels & 1u << (pin & 31u));
	gpio_assign(bank->base + GPIO_IMR, pin, true);
}

/* An edge is cleared before it is told: the next one has its own. */
void imx_gpio_bank_irq(void *ctx)
{
	const struct imx_gpio_bank *bank = ctx;
	const uint32_t unmasked = tzvmm_mmio_read32(bank->base + GPIO_IMR);
	uint32_t pending = tzvmm_mmio_read32(bank->base + GPIO_ISR) & unmasked;

	tzvmm_mmio_write32(bank->base + GPIO_IMR, unmasked & ~pending);
	tzvmm_mmio_write32(bank->base + GPIO_ISR, pending & ~bank->levels);
	for (; pending != 0u; pending &= pending - 1u) {
		bank->event(bank->ctx, (unsigned)__builtin_ctz(pending));
	}
}

/* ---- A bank's pins ------------------------------------------------------ */

static void bank_input(void *ctx, uint32_t pin)
{
	imx_gpio_input(((struct imx_gpio_bank *)ctx)->base, pin);
}

static void bank_output(void *ctx, uint32_t pin, bool level)
{
	imx_gpio_output(((struct imx_gpio_bank *)ctx)->base, pin, level);
}

static bool bank_level(void *ctx, uint32_t pin)
{
	return imx_gpio_level(((struct imx_gpio_bank *)ctx)->base, pin);
}

const struct tzvmm_gpio_ops imx_gpio_bank_ops = {
	.input = bank_input,
	.output = bank_output,
	.level = bank_level,
	.irq_type = bank_irq_type,
	.irq_unmask = bank_irq_unmask,
};
