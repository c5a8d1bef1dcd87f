/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clock Control Module and the four DPLLs: the tree as far as the eSDHCs,
 * UARTs, EPITs and the GPT hang on it.
 *
 * The registers start as Debian's and mainline's boot loader for these boards
 * leave them, because kernels and monitors are loaded in its place.
 */
#include "imx53.h"

#define CCM_CSR 0x08
#define CCM_CCSR 0x0C
#define CCM_CBCDR 0x14
#define CCM_CBCMR 0x18
#define CCM_CSCMR1 0x1C
#define CCM_CSCMR2 0x20
#define CCM_CSCDR1 0x24
#define CCM_CDHIPR 0x48
#define CCM_CCGR(n) (0x68 + 4 * (n))

#define CSR_COSC_READY (1u << 5)

#define DPLL_CTL 0x00
#define DPLL_OP 0x08
#define DPLL_MFD 0x0C
#define DPLL_MFN 0x10
#define DPLL_HFS_OP 0x1C
#define DPLL_HFS_MFD 0x20
#define DPLL_HFS_MFN 0x24

#define DPLL_CTL_LRF (1u << 0)
#define DPLL_CTL_HFSM (1u << 7)
#define DPLL_CTL_DPDCK0_2_EN (1u << 12)

#define OSC_HZ 24000000u
#define CKIL_HZ 32768u

enum pll { PLL1, PLL2, PLL3, PLL4 };

static uint32_t ccm_reg(const Imx53CcmState *s, hwaddr addr)
{
	return s->regs[addr / 4];
}

static uint32_t ccm_field(const Imx53CcmState *s, hwaddr addr, int pos,
			  int len)
{
	return extract32(ccm_reg(s, addr), pos, len);
}

/* f = 2 x 24 MHz x (MFI + MFN/(MFD+1)) / (PDF+1), doubled by DPDCK0_2_EN. */
static uint64_t pll_rate(const Imx53CcmState *s, enum pll nr)
{
	const uint32_t *r = s->pll[nr].regs;
	uint32_t ctl = r[DPLL_CTL / 4];
	bool hfs = (ctl & DPLL_CTL_HFSM) != 0;
	uint32_t op = r[(hfs ? DPLL_HFS_OP : DPLL_OP) / 4];
	int64_t mfd = r[(hfs ? DPLL_HFS_MFD : DPLL_MFD) / 4] & 0x7FFFFFF;
	int64_t mfn = sextract32(r[(hfs ? DPLL_HFS_MFN : DPLL_MFN) / 4], 0, 27);
	int64_t mfi = MAX(extract32(op, 4, 4), 5);
	int64_t ref = 2ll * OSC_HZ * (ctl & DPLL_CTL_DPDCK0_2_EN ? 2 : 1);
	int64_t f = ref * mfi + ref * mfn / (mfd + 1);

	return f < 0 ? 0 : (uint64_t)f / (extract32(op, 0, 4) + 1);
}

static uint64_t lp_apm_rate(const Imx53CcmState *s)
{
	return ccm_field(s, CCM_CCSR, 10, 1) ? pll_rate(s, PLL4) : OSC_HZ;
}

/* The four-way selector that most roots have. */
static uint64_t root_select(const Imx53CcmState *s, uint32_t sel)
{
	return sel == 3 ? lp_apm_rate(s) : pll_rate(s, PLL1 + sel);
}

static uint64_t periph_rate(const Imx53CcmState *s)
{
	if (!ccm_field(s, CCM_CBCDR, 25, 1)) {
		return pll_rate(s, PLL2);
	}
	switch (ccm_field(s, CCM_CBCMR, 12, 2)) {
	case 0:
		return pll_rate(s, PLL1);
	case 1:
		return pll_rate(s, PLL3);
	default:
		return lp_apm_rate(s);
	}
}

static uint64_t ipg_rate(const Imx53CcmState *s)
{
	uint64_t ahb = periph_rate(s) / (ccm_field(s, CCM_CBCDR, 10, 3) + 1);

	return ahb / (ccm_field(s, CCM_CBCDR, 8, 2) + 1);
}

static uint64_t per_rate(const Imx53CcmState *s)
{
	uint64_t f;

	if (ccm_field(s, CCM_CBCMR, 0, 1)) {
		return ipg_rate(s);
	}
	f = ccm_field(s, CCM_CBCMR, 1, 1) ? lp_apm_rate(s) : periph_rate(s);
	f /= ccm_field(s, CCM_CBCDR, 6, 2) + 1;
	f /= ccm_field(s, CCM_CBCDR, 3, 3) + 1;
	return f / (ccm_field(s, CCM_CBCDR, 0, 3) + 1);
}

static uint64_t uart_rate(const Imx53CcmState *s)
{
	uint64_t f = root_select(s, ccm_field(s, CCM_CSCMR1, 24, 2));

	f /= ccm_field(s, CCM_CSCDR1, 3, 3) + 1;
	return f / (ccm_field(s, CCM_CSCDR1, 0, 3) + 1);
}

static uint64_t esdhc_a_rate(const Imx53CcmState *s)
{
	uint64_t f = root_select(s, ccm_field(s, CCM_CSCMR1, 20, 2));

	f /= ccm_field(s, CCM_CSCDR1, 16, 3) + 1;
	return f / (ccm_field(s, CCM_CSCDR1, 11, 3) + 1);
}

static uint64_t esdhc_b_rate(const Imx53CcmState *s)
{
	uint64_t f = root_select(s, ccm_field(s, CCM_CSCMR1, 16, 2));

	f /= ccm_field(s, CCM_CSCDR1, 22, 3) + 1;
	return f / (ccm_field(s, CCM_CSCDR1, 19, 3) + 1);
}

static bool gate_open(const Imx53CcmState *s, unsigned ccgr, unsigned gate)
{
	return ccm_field(s, CCM_CCGR(ccgr), 2 * gate, 2) != 0;
}

/* An eSDHC runs when both its gates are open: CCGR3 CG(2n) and CG(2n+1). */
static uint64_t esdhc_rate(const Imx53CcmState *s, unsigned nr)
{
	bool b = nr == 2 || (nr == 1 && ccm_field(s, CCM_CSCMR1, 19, 1)) ||
		 (nr == 3 && ccm_field(s, CCM_CSCMR1, 18, 1));

	if (!gate_open(s, 3, 2 * nr) || !gate_open(s, 3, 2 * nr + 1)) {
		return 0;
	}
	return b ? esdhc_b_rate(s) : esdhc_a_rate(s);
}

uint32_t imx53_ccm_rate(Imx53CcmState *s, enum imx53_clk clk)
{
	switch (clk) {
	case IMX53_CLK_IPG:
		return ipg_rate(s);
	case IMX53_CLK_PER:
		return per_rate(s);
	case IMX53_CLK_32K:
		return CKIL_HZ;
	case IMX53_CLK_OSC:
		return OSC_HZ;
	case IMX53_CLK_UART:
		return uart_rate(s);
	case IMX53_CLK_ESDHC1:
	case IMX53_CLK_ESDHC2:
	case IMX53_CLK_ESDHC3:
	case IMX53_CLK_ESDHC4:
		return esdhc_rate(s, clk - IMX53_CLK_ESDHC1);
	default:
		return 0;
	}
}

/* EPIT1: CCGR2 CG1 (ipg), CG2 (hf); EPIT2: CG3, CG4. */
uint32_t imx53_ccm_epit_rate(Imx53CcmState *s, unsigned nr, unsigned clksrc)
{
	unsigned ipg_gate = 1 + 2 * nr;

	if (!gate_open(s, 2, ipg_gate)) {
		return 0;
	}
	switch (clksrc) {
	case 1:
		return ipg_rate(s);
	case 2:
		return gate_open(s, 2, ipg_gate + 1) ? per_rate(s) : 0;
	case 3:
		return CKIL_HZ;
	default:
		return 0;
	}
}

/* What QEMU's GPT asks for. */
static uint32_t ccm_get_frequency(IMXCCMState *dev, IMXClk clk)
{
	Imx53CcmState *s = IMX53_CCM(dev);

	switch (clk) {
	case CLK_IPG:
		return ipg_rate(s);
	case CLK_IPG_HIGH:
		return per_rate(s);
	case CLK_32k:
		return CKIL_HZ;
	case CLK_HIGH_DIV:
	case CLK_HIGH:
		return OSC_HZ;
	default:
		return 0;
	}
}

static uint64_t ccm_read(void *opaque, hwaddr addr, unsigned size)
{
	Imx53CcmState *s = opaque;

	if (addr >= sizeof(s->regs)) {
		qemu_log_mask(LOG_UNIMP, "imx53-ccm: read of 0x%" HWADDR_PRIx
			      "\n", addr);
		return 0;
	}
	switch (addr) {
	case CCM_CSR:
		return CSR_COSC_READY;
	case CCM_CDHIPR:
		return 0; /* no divider is ever seen changing */
	default:
		return ccm_reg(s, addr);
	}
}

static void ccm_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
	Imx53CcmState *s = opaque;

	if (addr >= sizeof(s->regs)) {
		qemu_log_mask(LOG_UNIMP, "imx53-ccm: write of 0x%" HWADDR_PRIx
			      "\n", addr);
		return;
	}
	s->regs[addr / 4] = value;
	notifier_list_notify(&s->changed, s);
}

static const MemoryRegionOps ccm_ops = {
	.read = ccm_read,
	.write = ccm_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static uint64_t dpll_read(void *opaque, hwaddr addr, unsigned size)
{
	Imx53Dpll *pll = opaque;
	uint32_t value;

	if (addr >= sizeof(pll->regs)) {
		return 0;
	}
	value = pll->regs[addr / 4];
	return addr == DPLL_CTL ? value | DPLL_CTL_LRF : value;
}

static void dpll_write(void *opaque, hwaddr addr, uint64_t value,
		       unsigned size)
{
	Imx53Dpll *pll = opaque;

	if (addr < sizeof(pll->regs)) {
		pll->regs[addr / 4] = value;
		notifier_list_notify(&pll->ccm->changed, pll->ccm);
	}
}

static const MemoryRegionOps dpll_ops = {
	.read = dpll_read,
	.write = dpll_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void dpll_start(Imx53Dpll *pll, uint32_t op, uint32_t mfd, uint32_t mfn)
{
	uint32_t *r = pll->regs;

	memset(r, 0, sizeof(pll->regs));
	r[DPLL_CTL / 4] = 0x1232;
	r[DPLL_OP / 4] = r[DPLL_HFS_OP / 4] = op;
	r[DPLL_MFD / 4] = r[DPLL_HFS_MFD / 4] = mfd;
	r[DPLL_MFN / 4] = r[DPLL_HFS_MFN / 4] = mfn;
}

static void ccm_reset(DeviceState *dev)
{
	Imx53CcmState *s = IMX53_CCM(dev);

	memset(s->regs, 0, sizeof(s->regs));
	s->regs[CCM_CBCDR / 4] = 0x00888945;
	s->regs[CCM_CBCMR / 4] = 0x00016154;
	s->regs[CCM_CSCMR1 / 4] = 0xA5A2A020;
	s->regs[CCM_CSCDR1 / 4] = 0x00C3030A;
	for (unsigned i = 0; i < 8; i++) {
		s->regs[CCM_CCGR(i) / 4] = UINT32_MAX;
	}
	dpll_start(&s->pll[PLL1], 0x80, 2, 1);	 /* 800 MHz */
	dpll_start(&s->pll[PLL2], 0x81, 2, 1);	 /* 400 MHz */
	dpll_start(&s->pll[PLL3], 0x62, 3, 3);	 /* 216 MHz */
	dpll_start(&s->pll[PLL4], 0x91, 47, 23); /* 455 MHz */
	notifier_list_notify(&s->changed, s);
}

static void ccm_init(Object *obj)
{
	Imx53CcmState *s = IMX53_CCM(obj);
	SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

	notifier_list_init(&s->changed);
	memory_region_init_io(&s->iomem, obj, &ccm_ops, s, "imx53-ccm",
			      IMX53_WINDOW_SIZE);
	sysbus_init_mmio(sbd, &s->iomem);
	for (unsigned i = 0; i < IMX53_NR_PLLS; i++) {
		s->pll[i].ccm = s;
		memory_region_init_io(&s->pll[i].iomem, obj, &dpll_ops,
				      &s->pll[i], "imx53-dpll",
				      IMX53_WINDOW_SIZE);
		sysbus_init_mmio(sbd, &s->pll[i].iomem);
	}
}

static void ccm_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);
	IMXCCMClass *ccm = IMX_CCM_CLASS(klass);

	dc->desc = "i.MX53 Clock Control Module";
	dc->reset = ccm_reset;
	dc->user_creatable = false;
	ccm->get_clock_frequency = ccm_get_frequency;
}

static const TypeInfo ccm_types[] = {
	{
		.name = TYPE_IMX53_CCM,
		.parent = TYPE_IMX_CCM,
		.instance_size = sizeof(Imx53CcmState),
		.instance_init = ccm_init,
		.class_init = ccm_class_init,
	},
};

DEFINE_TYPES(ccm_types)
