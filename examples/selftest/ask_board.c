/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, timers, watchdog, serial line, SD host: what a loader leaves, measured by
 * the crystal of 32768 Hz. */
#include <armv7a/cp15.h>
#include <armv7a/probe.h>
#include <imx/epit.h>
#include <imx/epit_regs.h>
#include <imx/esdhc_regs.h>
#include <imx/wdog.h>
#include <imx/wdog_regs.h>
#include <imx53/clk_regs.h>
#include <imx53/imx53.h>
#include <imx53/tzic_regs.h>
#include <tzvmm/port/mmio.h>

#include "report.h"

#define ROM_REVISION 0x48u
#define SRC_SBMR (IMX53_SRC_BASE + 0x04u)
#define SRC_SRSR (IMX53_SRC_BASE + 0x08u)
#define IIM_SREV (IMX53_IIM_BASE + 0x24u)

/* GPT [UB timer.c] */
#define GPT_CR IMX53_GPT_BASE
#define GPT_PR (IMX53_GPT_BASE + 0x04u)
#define GPT_CNT (IMX53_GPT_BASE + 0x24u)
#define GPT_32K (1u << 9 | 4u << 6 | 1u << 5 | 1u << 3)
#define GPT_EN 1u
#define CKIL_HZ 32768u

/* EPIT's clocks; only the second is in imx53.md 6. */
#define EPIT_SRC(n) ((n) << 24)
#define EPIT_IPG 1u
#define EPIT_PER 2u

#define MEASURE_TICKS 3277u /* a tenth of a second */
#define LOOKS 20000000u

static uint32_t rd(uintptr_t addr)
{
	return tzvmm_mmio_read32(addr);
}

void ask_reset(void)
{
	uint32_t revision = 0;

	(void)armv7a_probe_read(ROM_REVISION, false, &revision);
	note_value("rom-revision", "0x%02lx", (unsigned long)revision);
	note_value("reset", "WRSR 0x%02x (%s), SRSR 0x%08lx, SBMR 0x%08lx",
		   tzvmm_mmio_read16(IMX53_WDOG1_BASE + WDOG_WRSR),
		   imx_wdog_reason_name(imx_wdog_reason(IMX53_WDOG1_BASE)),
		   (unsigned long)rd(SRC_SRSR), (unsigned long)rd(SRC_SBMR));
	note_value("iim", "SREV 0x%08lx", (unsigned long)rd(IIM_SREV));
}

/* The next edge of the 32 kHz counter, and what EPIT2 shows then. */
static bool edge(uint32_t ticks, uint32_t *gpt, uint32_t *epit)
{
	const uint32_t from = *gpt;

	for (uint32_t n = 0; n < LOOKS; n++) {
		*gpt = rd(GPT_CNT);
		if (*gpt - from >= ticks) {
			*epit = rd(IMX53_EPIT2_BASE + EPIT_CNT);
			return true;
		}
	}
	return false;
}

/* Ticks of EPIT2 a second; 0 without a reference, 1 if it stands still. */
static uint32_t measure(unsigned source)
{
	uint32_t gpt, from, to, passed;

	tzvmm_mmio_write32(IMX53_EPIT2_BASE + EPIT_CR, EPIT_SRC(source) | CR_ENMOD);
	tzvmm_mmio_write32(IMX53_EPIT2_BASE + EPIT_CR,
			   EPIT_SRC(source) | CR_ENMOD | CR_EN);
	tzvmm_mmio_write32(GPT_CR, 0);
	tzvmm_mmio_write32(GPT_PR, 0);
	tzvmm_mmio_write32(GPT_CR, GPT_32K);
	tzvmm_mmio_write32(GPT_CR, GPT_32K | GPT_EN);
	gpt = rd(GPT_CNT);
	if (!edge(2, &gpt, &from)) {
		return 0;
	}
	passed = gpt;
	if (!edge(MEASURE_TICKS, &gpt, &to)) {
		return 0;
	}
	passed = gpt - passed;
	tzvmm_mmio_write32(IMX53_EPIT2_BASE + EPIT_CR, 0);
	return (uint32_t)((uint64_t)(from - to) * CKIL_HZ / passed) + (from == to);
}

static bool near(uint32_t value, uint32_t wanted, unsigned per_mille)
{
	const uint32_t most = wanted / 1000u * per_mille;

	return value - (wanted - most) <= 2u * most;
}

static void ask_plls(void)
{
	static const uint32_t mhz[] = { 800, 400, 216, 455 };
	static const char *const names[] = { "pll1", "pll2", "pll3", "pll4" };

	for (unsigned i = 0; i < 4u; i++) {
		const uint32_t hz = imx53_clk_pll(&board_clk, i + 1u);

		answer(names[i], near(hz, mhz[i] * 1000000u, 1),
		       "partition.dtsi's fixed clocks", "%lu Hz", (unsigned long)hz);
	}
}

void ask_clocks(void)
{
	static const char *const roots[] = { "esdhc1-root", "esdhc2-root",
					     "esdhc3-root", "esdhc4-root" };
	const uint32_t per = imx53_clk_per(&board_clk);
	uint32_t hz;

	remark("ccm: CCSR %08lx CBCDR %08lx CBCMR %08lx CSCMR1 %08lx CSCDR1 %08lx",
	       (unsigned long)rd(IMX53_CCM_BASE + CCM_CCSR),
	       (unsigned long)rd(IMX53_CCM_BASE + CCM_CBCDR),
	       (unsigned long)rd(IMX53_CCM_BASE + CCM_CBCMR),
	       (unsigned long)rd(IMX53_CCM_BASE + CCM_CSCMR1),
	       (unsigned long)rd(IMX53_CCM_BASE + CCM_CSCDR1));
	ask_plls();
	answer("perclk", near(per, 33333333u, 1),
	       "partition.dtsi: the clock named per", "%lu Hz computed",
	       (unsigned long)per);
	hz = measure(EPIT_PER);
	answer("perclk-measured", near(hz, per, 5),
	       "imx53_clk_per(): EPIT and GPT run by it", "%lu Hz by 32768 Hz",
	       (unsigned long)hz);
	hz = measure(EPIT_IPG);
	answer("ipg-measured", near(hz, 66666666u, 5),
	       "partition.dtsi: the clock named ipg; or EPIT's CLKSRC 1 is another",
	       "%lu Hz by 32768 Hz", (unsigned long)hz);
	hz = imx53_clk_uart(&board_clk);
	answer("uart-root", near(hz, 66666666u, 1),
	       "nothing: it is computed at each start", "%lu Hz computed",
	       (unsigned long)hz);
	for (unsigned port = 1; port <= 4u; port++) {
		note_value(roots[port - 1u], "%lu Hz computed",
			   (unsigned long)imx53_clk_esdhc(&board_clk, port));
	}
}

#define HALF_US 500000u
#define TICK_LIMIT_US 2000000u
#define NAPS 1000u

static uint32_t now_us(void)
{
	return (uint32_t)imx_epit_clock_now_us(board_sys.ctx);
}

static bool ticked(void)
{
	return (tzvmm_mmio_read16(IMX53_WDOG1_BASE + WDOG_WICR) & WICR_WTIS) != 0u;
}

/* Time from service to the watchdog's interrupt; 0: it does not come. */
static uint32_t tick_us(void)
{
	uint32_t from;

	imx_wdog_serve(IMX53_WDOG1_BASE);
	from = now_us();
	while (!ticked()) {
		if (now_us() - from > TICK_LIMIT_US) {
			return 0;
		}
	}
	return now_us() - from;
}

static uint32_t tzic(uint32_t array, unsigned n)
{
	return rd(IMX53_TZIC_BASE + TZIC_WORD(array, n));
}

/* The lines that are up with the interrupt and down without it. */
static void ask_line(void)
{
	uint32_t up[TZIC_NR_WORDS], down[TZIC_NR_WORDS];

	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		tzvmm_mmio_write32(IMX53_TZIC_BASE + TZIC_WORD(TZIC_ENSET, n),
				   UINT32_MAX);
		up[n] = tzic(TZIC_PND, n);
	}
	imx_wdog_serve(IMX53_WDOG1_BASE);
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		down[n] = tzic(TZIC_PND, n);
		tzvmm_mmio_write32(IMX53_TZIC_BASE + TZIC_WORD(TZIC_ENCLEAR, n),
				   UINT32_MAX);
		up[n] &= ~down[n];
	}
	answer("wdog-line",
	       up[0] == 0u && up[1] == 1u << IMX53_IRQ_WDOG1 % 32 && up[2] == 0u &&
		       up[3] == 0u,
	       "imx53.h: the watchdog's line; the monitor's clock rests on it",
	       "%08lx %08lx %08lx %08lx", (unsigned long)up[0],
	       (unsigned long)up[1], (unsigned long)up[2], (unsigned long)up[3]);
}

/* Asleep from one tick to the next: what both counters make of it. */
static void ask_sleep(void)
{
	uint32_t from, gpt, naps = 0;

	tzvmm_mmio_write32(IMX53_TZIC_BASE + TZIC_PRIOMASK, 0xFF);
	tzvmm_mmio_write32(IMX53_TZIC_BASE + TZIC_INTCTRL, INTCTRL_EN);
	tzvmm_mmio_write32(IMX53_TZIC_BASE +
				   TZIC_WORD(TZIC_ENSET, IMX53_IRQ_WDOG1 / 32),
			   1u << IMX53_IRQ_WDOG1 % 32);
	imx_wdog_serve(IMX53_WDOG1_BASE);
	from = now_us();
	gpt = rd(GPT_CNT);
	while (!ticked() && naps++ < NAPS) {
		armv7a_wfi();
	}
	from = now_us() - from;
	gpt = rd(GPT_CNT) - gpt;
	answer("epit-in-wfi", near(from, HALF_US, 20) && naps < NAPS,
	       "epit.c: the monitor's clock stands while the guest idles",
	       "%lu us by EPIT, %lu by GPT, %lu naps", (unsigned long)from,
	       (unsigned long)((uint64_t)gpt * 1000000u / CKIL_HZ),
	       (unsigned long)naps);
}

void ask_watchdog(void)
{
	const uint32_t once = tick_us(), again = tick_us();

	answer("wdog-tick", near(once, HALF_US, 20),
	       "the monitor's clock rests on it", "%lu us", (unsigned long)once);
	answer("wdog-repeats", near(again, HALF_US, 20),
	       "platform.c: a tick once a start; the clock needs another reference",
	       "%lu us", (unsigned long)again);
	if (again != 0u) {
		ask_line();
		ask_sleep();
	}
}
