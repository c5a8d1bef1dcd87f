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

void imx_gpio_set(uintptr_t base, unsigned pin, bool level)
{
	gpio_assign(base + GPIO_DR, pin, level);
}

bool imx_gpio_level(uintptr_t base, unsigned pin)
{
	return (tzvmm_mmio_read32(base + GPIO_PSR) >> (pin & 31u) & 1u) != 0u;
}
