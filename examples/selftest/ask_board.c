/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, timers and the watchdog: what a loader leaves, measured by the crystal of
 * 32768 Hz. */
#include <armv7a/cp15.h>
#include <armv7a/probe.h>
#include <imx/epit_regs.h>
#include <imx/wdog.h>
#include <imx/wdog_regs.h>
#include <imx53/clk_regs.h>

#include "report.h"

#define ROM_REVISION 0x48u
#define SRC_SBMR (IMX53_SRC_BASE + 0x04u)
#define SRC_SRSR (IMX53_SRC_BASE + 0x08u)
#define IIM_SREV (IMX53_IIM_BASE + 0x24u)

/* GPT: free-running from 32768 Hz, while the CPU sleeps too [UB timer.c]. */
#define GPT_CR IMX53_GPT_BASE
#define GPT_PR (IMX53_GPT_BASE + 0x04u)
#define GPT_CNT (IMX53_GPT_BASE + 0x24u)
#define GPT_32K (1u << 9 | 4u << 6 | 1u << 5 | 1u << 3)
#define GPT_EN 1u
#define CKIL_HZ 32768u

/* EPIT's clocks; of them only the second is in imx53.md 6. */
#define EPIT_IPG (1u << 24)
#define EPIT_PER (2u << 24)

#define MEASURE_TICKS 3277u /* a tenth of a second */
#define LOOKS 20000000u

#define HALF_US 500000u
#define TICK_LIMIT_US 2000000u
#define NAPS 1000u

void ask_reset(void)
{
	uint32_t revision = 0;

	(void)armv7a_probe_read(ROM_REVISION, false, &revision);
	note("rom-revision", "0x%02lx", revision);
	note("reset", "WRSR 0x%02x (%s), SRSR 0x%08lx, SBMR 0x%08lx",
	     tzvmm_mmio_read16(IMX53_WDOG1_BASE + WDOG_WRSR),
	     imx_wdog_reason_name(imx_wdog_reason(IMX53_WDOG1_BASE)), rd(SRC_SRSR),
	     rd(SRC_SBMR));
	note("iim", "SREV 0x%08lx", rd(IIM_SREV));
}

/* Wait for so many ticks of 32768 Hz; what EPIT2 shows then. */
static uint32_t wait_ticks(uint32_t ticks, uint32_t *gpt)
{
	const uint32_t from = *gpt;

	for (uint32_t n = 0; n < LOOKS && *gpt - from < ticks; n++) {
		*gpt = rd(GPT_CNT);
	}
	return rd(IMX53_EPIT2_BASE + EPIT_CNT);
}

/* Ticks of EPIT2 a second; 0 if either counter stands still. */
static uint32_t measure(uint32_t source)
{
	uint32_t gpt, first, from, to;

	wr(IMX53_EPIT2_BASE + EPIT_CR, source | CR_ENMOD);
	wr(IMX53_EPIT2_BASE + EPIT_CR, source | CR_ENMOD | CR_EN);
	wr(GPT_CR, 0);
	wr(GPT_PR, 0);
	wr(GPT_CR, GPT_32K);
	wr(GPT_CR, GPT_32K | GPT_EN);
	gpt = rd(GPT_CNT);
	from = wait_ticks(2, &gpt);
	first = gpt;
	to = wait_ticks(MEASURE_TICKS, &gpt);
	wr(IMX53_EPIT2_BASE + EPIT_CR, 0);
	return gpt == first
		       ? 0u
		       : (uint32_t)((uint64_t)(from - to) * CKIL_HZ / (gpt - first));
}

static bool near(uint32_t value, uint32_t wanted, unsigned per_mille)
{
	const uint32_t most = wanted / 1000u * per_mille;

	return value - (wanted - most) <= 2u * most;
}

static void ask_rate(const char *name, uint32_t hz, uint32_t wanted,
		     const char *change)
{
	answer(name, near(hz, wanted, 5), change, "%lu Hz", hz);
}

void ask_clocks(void)
{
	static const char fixed[] = "partition.dtsi: fixed clocks";
	const uint32_t per = imx53_clk_per(&board_clk);

	remark("ccm: CCSR %08lx CBCDR %08lx CBCMR %08lx CSCMR1 %08lx CSCDR1 %08lx",
	       rd(IMX53_CCM_BASE + CCM_CCSR), rd(IMX53_CCM_BASE + CCM_CBCDR),
	       rd(IMX53_CCM_BASE + CCM_CBCMR), rd(IMX53_CCM_BASE + CCM_CSCMR1),
	       rd(IMX53_CCM_BASE + CCM_CSCDR1));
	ask_rate("pll1", imx53_clk_pll(&board_clk, 1), 800000000u, fixed);
	ask_rate("pll2", imx53_clk_pll(&board_clk, 2), 400000000u, fixed);
	ask_rate("pll3", imx53_clk_pll(&board_clk, 3), 216000000u, fixed);
	ask_rate("pll4", imx53_clk_pll(&board_clk, 4), 455000000u, fixed);
	ask_rate("perclk", per, 33333333u, fixed);
	ask_rate("perclk-measured", measure(EPIT_PER), per, "imx53_clk_per()");
	ask_rate("ipg-measured", measure(EPIT_IPG), 66666666u,
		 "fixed clocks, or CLKSRC 1");
	ask_rate("uart-root", imx53_clk_uart(&board_clk), 66666666u, "imx53.md 7");
	note("esdhc-roots", "%lu %lu %lu %lu Hz", imx53_clk_esdhc(&board_clk, 1),
	     imx53_clk_esdhc(&board_clk, 2), imx53_clk_esdhc(&board_clk, 3),
	     imx53_clk_esdhc(&board_clk, 4));
}

static bool has_ticked(void)
{
	return (tzvmm_mmio_read16(IMX53_WDOG1_BASE + WDOG_WICR) & WICR_WTIS) != 0u;
}

/* Time from service to the watchdog's interrupt, or the limit. */
static uint32_t tick_us(void)
{
	uint32_t from;

	imx_wdog_serve(IMX53_WDOG1_BASE);
	from = now_us();
	while (!has_ticked() && now_us() - from < TICK_LIMIT_US) {
	}
	return now_us() - from;
}

/* The lines that are up with the interrupt and down without it. */
static void ask_line(void)
{
	uint32_t up[TZIC_NR_WORDS];

	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		wr(TZIC(TZIC_WORD(TZIC_ENSET, n)), UINT32_MAX);
		up[n] = rd(TZIC(TZIC_WORD(TZIC_PND, n)));
	}
	imx_wdog_serve(IMX53_WDOG1_BASE);
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		up[n] &= ~rd(TZIC(TZIC_WORD(TZIC_PND, n)));
		wr(TZIC(TZIC_WORD(TZIC_ENCLEAR, n)), UINT32_MAX);
	}
	answer("wdog-line",
	       (up[0] | up[2] | up[3]) == 0u && up[1] == LINE_BIT(IMX53_IRQ_WDOG1),
	       "imx53.h: its line; the monitor's clock rests on it",
	       "%08lx %08lx %08lx %08lx", up[0], up[1], up[2], up[3]);
}

/* Asleep from one tick to the next: what both counters make of it. */
static void ask_sleep(void)
{
	uint32_t from, gpt, naps = 0;

	wr(TZIC(TZIC_PRIOMASK), 0xFF);
	wr(TZIC(TZIC_INTCTRL), INTCTRL_EN);
	line_enable(IMX53_IRQ_WDOG1, true);
	imx_wdog_serve(IMX53_WDOG1_BASE);
	from = now_us();
	gpt = rd(GPT_CNT);
	while (!has_ticked() && naps++ < NAPS) {
		armv7a_wfi();
	}
	from = now_us() - from;
	gpt = rd(GPT_CNT) - gpt;
	answer("epit-in-wfi", near(from, HALF_US, 20) && naps < NAPS,
	       "epit.c: the monitor's clock stands while the guest idles",
	       "%lu us, %lu ticks of 32768 Hz, %lu naps", from, gpt, naps);
}

void ask_watchdog(void)
{
	const uint32_t once = tick_us(), again = tick_us();

	answer("wdog-tick", near(once, HALF_US, 20),
	       "the monitor's clock rests on it", "%lu us", once);
	answer("wdog-repeats", near(again, HALF_US, 20),
	       "the monitor's clock needs another reference", "%lu us", again);
	if (has_ticked()) {
		ask_line();
		ask_sleep();
	}
}
