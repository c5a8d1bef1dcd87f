/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX6UL_CLK_H
#define IMX6UL_CLK_H

/** @file
 * Clocks of i.MX6UL: the few that the secure world's devices run on. */

#include <stdint.h>

/** The crystal. */
#define IMX6UL_OSC_HZ 24000000u

/** Where the clock registers are. */
struct imx6ul_clk {
	uintptr_t ccm;    /**< CCM. */
	uintptr_t anatop; /**< PLLs. */
};

/** A gate: register CCGRn and the number of its field. */
#define IMX6UL_CLK_GATE(n, field) (32u * (n) + 2u * (field))

/** @cond PRIVATE */
#define IMX6UL_GATE_EPIT1 IMX6UL_CLK_GATE(1, 6)
#define IMX6UL_GATE_EPIT2 IMX6UL_CLK_GATE(1, 7)
#define IMX6UL_GATE_GPIO1 IMX6UL_CLK_GATE(1, 13)
#define IMX6UL_GATE_CSU IMX6UL_CLK_GATE(1, 14)
#define IMX6UL_GATE_WDOG1 IMX6UL_CLK_GATE(3, 8)
#define IMX6UL_GATE_UART1 IMX6UL_CLK_GATE(5, 12)
#define IMX6UL_GATE_USDHC(port) IMX6UL_CLK_GATE(6, port)
/** @endcond */

/** Open a gate, also while the CPU sleeps.
 * @param clk  Clocks.
 * @param gate IMX6UL_CLK_GATE(). */
void imx6ul_clk_open(const struct imx6ul_clk *clk, unsigned gate);

/** Let a CPU that waits for an interrupt do no more than that: no clock stops, no
 * power goes.
 * @param clk Clocks. */
void imx6ul_clk_stay_on(const struct imx6ul_clk *clk);

/** Run EPITs and UARTs from the crystal: both roots have IMX6UL_OSC_HZ.
 * @param clk Clocks. */
void imx6ul_clk_use_osc(const struct imx6ul_clk *clk);

/** Run a uSDHC from half of PLL2's PFD2, and open its gate.
 * @param clk  Clocks.
 * @param port 1 or 2; its gate is closed, or nothing runs there.
 * @return Hertz: 198 MHz as the boot ROM leaves the PLL; 0 if its registers make
 *         no sense. */
uint32_t imx6ul_clk_start_usdhc(const struct imx6ul_clk *clk, unsigned port);

#endif /* IMX6UL_CLK_H */
