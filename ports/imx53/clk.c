/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx53/clk.h>

#include <imx/wait.h>
#include <imx53/clk_regs.h>
#include <tzvmm/port/mmio.h>

#define CLK_ESDHC_MAX_HZ 200000000u /* what Linux sets [LX clk-imx5.c] */
#define CLK_USB_MAX_HZ 54000000u    /* the same */
#define CLK_SETTLE_LIMIT_US 1000u
#define CLK_PLL_MAX_HZ 2000000000u

/* A field of a register: shift and width in bits. */
struct clk_field {
	uint8_t shift, width;
};

static uint32_t clk_ccm(const struct imx53_clk *clk, uint32_t reg)
{
	return tzvmm_mmio_read32(clk->ccm + reg);
}

static uint32_t clk_get(uint32_t value, struct clk_field f)
{
	return value >> f.shift & ((1u << f.width) - 1u);
}

static uint32_t clk_put(uint32_t value, struct clk_field f, uint32_t field)
{
	uint32_t mask = ((1u << f.width) - 1u) << f.shift;

	return (value & ~mask) | field << f.shift;
}

/* f = 2 x crystal x (2 with the doubler) x (MFI + MFN / (MFD + 1)) / (PDF + 1)
 * [UB clock.c decode_pll; LX clk-pllv2.c]; MFI below 5 counts as 5. */
uint32_t imx53_clk_pll(const struct imx53_clk *clk, unsigned pll)
{
	const uintptr_t base = clk->dpll[pll - 1u];
	uint32_t ctl = tzvmm_mmio_read32(base + DPLL_CTL);
	bool hfs = (ctl & DPLL_CTL_HFSM) != 0u;
	uint32_t op = tzvmm_mmio_read32(base + (hfs ? DPLL_HFS_OP : DPLL_OP));
	uint32_t mfd = tzvmm_mmio_read32(base + (hfs ? DPLL_HFS_MFD : DPLL_MFD));
	uint32_t mfn = tzvmm_mmio_read32(base + (hfs ? DPLL_HFS_MFN : DPLL_MFN));
	int64_t ref = (ctl & DPLL_CTL_DPDCK0_2_EN) != 0u ? 4 : 2;
	int64_t mfi = op >> 4 & 15u;
	int64_t num = (int64_t)(mfn & DPLL_FRACTION);
	int64_t den = (int64_t)(mfd & DPLL_FRACTION) + 1;
	int64_t hz;

	if ((mfn & DPLL_FRACTION_SIGN) != 0u) {
		num -= (int64_t)DPLL_FRACTION + 1;
	}
	ref = ref * (int64_t)IMX53_OSC_HZ / (int64_t)((op & 15u) + 1u);
	hz = ref * (mfi < 5 ? 5 : mfi) + ref * num / den;
	return hz > 0 && hz <= (int64_t)CLK_PLL_MAX_HZ ? (uint32_t)hz : 0u;
}

static uint32_t clk_lp_apm(const struct imx53_clk *clk)
{
	bool pll4 = (clk_ccm(clk, CCM_CCSR) & CCSR_LP_APM) != 0u;

	return pll4 ? imx53_clk_pll(clk, 4) : IMX53_OSC_HZ;
}

/* The selector that most roots have. */
static uint32_t clk_standard(const struct imx53_clk *clk, uint32_t select)
{
	return select < 3u ? imx53_clk_pll(clk, select + 1u) : clk_lp_apm(clk);
}

static uint32_t clk_main_bus(const struct imx53_clk *clk)
{
	uint32_t select;

	if ((clk_ccm(clk, CCM_CBCDR) >> 25 & 1u) == 0u) {
		return imx53_clk_pll(clk, 2);
	}
	select = clk_get(clk_ccm(clk, CCM_CBCMR), (struct clk_field){ 12, 2 });
	switch (select) {
	case 0:
		return imx53_clk_pll(clk, 1);
	case 1:
		return imx53_clk_pll(clk, 3);
	default:
		return clk_lp_apm(clk);
	}
}

uint32_t imx53_clk_uart(const struct imx53_clk *clk)
{
	uint32_t cscmr1 = clk_ccm(clk, CCM_CSCMR1);
	uint32_t cscdr1 = clk_ccm(clk, CCM_CSCDR1);
	uint32_t hz = clk_standard(clk, clk_get(cscmr1, (struct clk_field){ 24, 2 }));

	return hz / ((clk_get(cscdr1, (struct clk_field){ 3, 3 }) + 1u) *
		     (clk_get(cscdr1, (struct clk_field){ 0, 3 }) + 1u));
}

static uint32_t clk_ipg(const struct imx53_clk *clk, uint32_t cbcdr)
{
	return clk_main_bus(clk) /
	       ((clk_get(cbcdr, (struct clk_field){ 10, 3 }) + 1u) *
		(clk_get(cbcdr, (struct clk_field){ 8, 2 }) + 1u));
}

uint32_t imx53_clk_per(const struct imx53_clk *clk)
{
	uint32_t cbcmr = clk_ccm(clk, CCM_CBCMR);
	uint32_t cbcdr = clk_ccm(clk, CCM_CBCDR);
	uint32_t hz;

	if ((cbcmr & 1u) != 0u) {
		return clk_ipg(clk, cbcdr);
	}
	hz = (cbcmr & 2u) != 0u ? clk_lp_apm(clk) : clk_main_bus(clk);
	return hz / ((clk_get(cbcdr, (struct clk_field){ 6, 2 }) + 1u) *
		     (clk_get(cbcdr, (struct clk_field){ 3, 3 }) + 1u) *
		     (clk_get(cbcdr, (struct clk_field){ 0, 3 }) + 1u));
}

/* The two roots of the SD hosts: selector, first and second divider. */
static const struct clk_root {
	struct clk_field select, first, second;
} clk_esdhc_a = { { 20, 2 }, { 16, 3 }, { 11, 3 } },
  clk_esdhc_b = { { 16, 2 }, { 22, 3 }, { 19, 3 } };

/* [LX clk-imx5.c] Ports 1 and 3 have a root each, 2 and 4 choose one. U-Boot has
 * the i.MX51 arrangement (imx53.md 4.2, CONFLICT); as both roots are set alike,
 * no rate depends on who is right. */
static const struct clk_root *clk_esdhc_root(uint32_t cscmr1, unsigned port)
{
	switch (port) {
	case 1:
		return &clk_esdhc_a;
	case 2:
		return (cscmr1 >> 19 & 1u) != 0u ? &clk_esdhc_b : &clk_esdhc_a;
	case 3:
		return &clk_esdhc_b;
	default:
		return (cscmr1 >> 18 & 1u) != 0u ? &clk_esdhc_b : &clk_esdhc_a;
	}
}

uint32_t imx53_clk_esdhc(const struct imx53_clk *clk, unsigned port)
{
	uint32_t cscmr1 = clk_ccm(clk, CCM_CSCMR1);
	uint32_t cscdr1 = clk_ccm(clk, CCM_CSCDR1);
	const struct clk_root *root = clk_esdhc_root(cscmr1, port);
	uint32_t hz = clk_standard(clk, clk_get(cscmr1, root->select));

	return hz / ((clk_get(cscdr1, root->first) + 1u) *
		     (clk_get(cscdr1, root->second) + 1u));
}

static uint32_t clk_put_root(uint32_t cscdr1, const struct clk_root *root,
			     uint32_t first, uint32_t second)
{
	cscdr1 = clk_put(cscdr1, root->first, first - 1u);
	return clk_put(cscdr1, root->second, second - 1u);
}

/* What divides PLL2 to at most so much; 0 if the first divider alone, with its 3
 * bits, does not. */
static uint32_t clk_pll2_divider(const struct imx53_clk *clk, uint32_t max_hz)
{
	const uint32_t div = (imx53_clk_pll(clk, 2) + max_hz - 1u) / max_hz;

	return div > 8u ? 0u : div;
}

static enum tzvmm_status clk_settle(const struct imx53_clk *clk)
{
	return imx_wait(clk->sys, clk->ccm + CCM_CDHIPR, UINT32_MAX, 0,
			CLK_SETTLE_LIMIT_US);
}

enum tzvmm_status imx53_clk_set_esdhc(const struct imx53_clk *clk)
{
	const uint32_t div = clk_pll2_divider(clk, CLK_ESDHC_MAX_HZ);
	uint32_t cscmr1, cscdr1;

	if (div == 0u) {
		return TZVMM_E_IO;
	}
	for (unsigned port = 1; port <= 4; port++) {
		imx53_clk_close(clk, IMX53_GATE_ESDHC_PER(port));
	}
	cscdr1 = clk_ccm(clk, CCM_CSCDR1);
	cscdr1 = clk_put_root(cscdr1, &clk_esdhc_a, div, 1);
	cscdr1 = clk_put_root(cscdr1, &clk_esdhc_b, div, 1);
	tzvmm_mmio_write32(clk->ccm + CCM_CSCDR1, cscdr1);
	cscmr1 = clk_ccm(clk, CCM_CSCMR1);
	cscmr1 = clk_put(cscmr1, clk_esdhc_a.select, 1);
	cscmr1 = clk_put(cscmr1, clk_esdhc_b.select, 1);
	tzvmm_mmio_write32(clk->ccm + CCM_CSCMR1, cscmr1);
	return clk_settle(clk);
}

static void clk_set_gate(const struct imx53_clk *clk, unsigned gate, uint32_t value)
{
	uintptr_t addr = clk->ccm + CCM_CCGR(gate / 32u);
	struct clk_field field = { (uint8_t)(gate % 32u), 2 };

	tzvmm_mmio_write32(addr, clk_put(tzvmm_mmio_read32(addr), field, value));
}

void imx53_clk_open(const struct imx53_clk *clk, unsigned gate)
{
	clk_set_gate(clk, gate, 3);
}

void imx53_clk_close(const struct imx53_clk *clk, unsigned gate)
{
	clk_set_gate(clk, gate, 0);
}

/* [UB mx5 clock.c set_usboh3_clk, set_usb_phy_clk; LX clk-imx5.c] */
enum tzvmm_status imx53_clk_set_usb(const struct imx53_clk *clk)
{
	static const struct clk_root root = { { 22, 2 }, { 8, 3 }, { 6, 2 } };
	const uint32_t div = clk_pll2_divider(clk, 2u * CLK_USB_MAX_HZ);
	enum tzvmm_status st;
	uint32_t cscmr1;

	if (div == 0u) {
		return TZVMM_E_IO;
	}
	imx53_clk_close(clk, IMX53_GATE_USB_PER);
	imx53_clk_close(clk, IMX53_GATE_USB_PHY(1));
	imx53_clk_close(clk, IMX53_GATE_USB_PHY(2));
	tzvmm_mmio_write32(clk->ccm + CCM_CSCDR1,
			   clk_put_root(clk_ccm(clk, CCM_CSCDR1), &root, div, 2));
	cscmr1 = clk_put(clk_ccm(clk, CCM_CSCMR1), root.select, 1);
	tzvmm_mmio_write32(clk->ccm + CCM_CSCMR1, cscmr1 & ~CSCMR1_USB_PHY_SEL);
	st = clk_settle(clk);
	imx53_clk_open(clk, IMX53_GATE_USB_IPG);
	imx53_clk_open(clk, IMX53_GATE_USB_PER);
	imx53_clk_open(clk, IMX53_GATE_USB_PHY(1));
	imx53_clk_open(clk, IMX53_GATE_USB_PHY(2));
	return st;
}

void imx53_clk_stay_on(const struct imx53_clk *clk)
{
	uint32_t clpcr = clk_ccm(clk, CCM_CLPCR);

	tzvmm_mmio_write32(clk->ccm + CCM_CLPCR, clpcr & ~CLPCR_LPM);
}
