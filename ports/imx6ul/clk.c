/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx6ul/clk.h>

#include <imx6ul/clk_regs.h>
#include <tzvmm/port/mmio.h>

#define USDHC_DIVIDER 2u

static void clk_change(uintptr_t addr, uint32_t mask, uint32_t value)
{
	tzvmm_mmio_write32(addr, (tzvmm_mmio_read32(addr) & ~mask) | value);
}

void imx6ul_clk_open(const struct imx6ul_clk *clk, unsigned gate)
{
	clk_change(clk->ccm + CCM_CCGR(gate / 32u), 0, 3u << gate % 32u);
}

void imx6ul_clk_stay_on(const struct imx6ul_clk *clk)
{
	clk_change(clk->ccm + CCM_CLPCR, CLPCR_LPM, 0);
}

void imx6ul_clk_use_osc(const struct imx6ul_clk *clk)
{
	clk_change(clk->ccm + CCM_CSCMR1, CSCMR1_PERCLK_PODF, CSCMR1_PERCLK_OSC);
	clk_change(clk->ccm + CCM_CSCDR1, CSCDR1_UART_PODF, CSCDR1_UART_OSC);
}

/* PLL2 x 18 / frac. */
static uint32_t clk_pfd2(const struct imx6ul_clk *clk)
{
	const uint32_t pll = tzvmm_mmio_read32(clk->anatop + ANATOP_PLL2);
	const uint32_t pfd = tzvmm_mmio_read32(clk->anatop + ANATOP_PFD_528);
	const uint32_t frac = pfd >> PFD2_SHIFT & PFD_FRAC;

	if (frac < PFD_MIN || frac > PFD_MAX) {
		return 0;
	}
	return IMX6UL_OSC_HZ / frac * 18u * ((pll & PLL2_DIV_22) != 0u ? 22u : 20u);
}

uint32_t imx6ul_clk_start_usdhc(const struct imx6ul_clk *clk, unsigned port)
{
	const unsigned shift = CSCDR1_USDHC_SHIFT(port);

	clk_change(clk->ccm + CCM_CSCMR1, CSCMR1_USDHC_PFD0(port), 0);
	clk_change(clk->ccm + CCM_CSCDR1, CSCDR1_USDHC_PODF << shift,
		   (USDHC_DIVIDER - 1u) << shift);
	imx6ul_clk_open(clk, IMX6UL_GATE_USDHC(port));
	return clk_pfd2(clk) / USDHC_DIVIDER;
}
