/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_CLK_H
#define IMX53_CLK_H

/** @file
 * Clocks of i.MX53: what they are, and the few that the secure world sets. */

#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** The crystal. */
#define IMX53_OSC_HZ 24000000u

/** Where the clock registers are. */
struct imx53_clk {
	uintptr_t ccm;               /**< CCM. */
	uintptr_t dpll[4];           /**< PLL1 .. PLL4. */
	const struct tzvmm_sys *sys; /**< Services. */
};

/** A gate: register CCGRn and the position of its two bits. */
#define IMX53_CLK_GATE(n, bit) (32u * (n) + (bit))

/** @cond PRIVATE */
#define IMX53_GATE_TZIC IMX53_CLK_GATE(0, 6)
#define IMX53_GATE_UART1_IPG IMX53_CLK_GATE(1, 6)
#define IMX53_GATE_UART1_PER IMX53_CLK_GATE(1, 8)
#define IMX53_GATE_EPIT1_IPG IMX53_CLK_GATE(2, 2)
#define IMX53_GATE_EPIT1_HF IMX53_CLK_GATE(2, 4)
#define IMX53_GATE_EPIT2_IPG IMX53_CLK_GATE(2, 6)
#define IMX53_GATE_EPIT2_HF IMX53_CLK_GATE(2, 8)
#define IMX53_GATE_USB_IPG IMX53_CLK_GATE(2, 26)
#define IMX53_GATE_USB_PER IMX53_CLK_GATE(2, 28)
#define IMX53_GATE_USB_PHY(n) IMX53_CLK_GATE(4, 8u + 2u * (n)) /* 1, 2 */
#define IMX53_GATE_ESDHC_IPG(port) IMX53_CLK_GATE(3, 4u * ((port)-1u))
#define IMX53_GATE_ESDHC_PER(port) IMX53_CLK_GATE(3, 4u * ((port)-1u) + 2u)
/** @endcond */

/** The rate of a PLL.
 * @param clk Clocks.
 * @param pll 1 .. 4.
 * @return Hertz; 0 if the registers make no sense. */
uint32_t imx53_clk_pll(const struct imx53_clk *clk, unsigned pll);

/** The root of the UARTs, before a UART's own divider.
 * @param clk Clocks.
 * @return Hertz. */
uint32_t imx53_clk_uart(const struct imx53_clk *clk);

/** The root of EPIT, GPT, PWM and I2C ("perclk").
 * @param clk Clocks.
 * @return Hertz. */
uint32_t imx53_clk_per(const struct imx53_clk *clk);

/** The root of an SD host.
 * @param clk  Clocks.
 * @param port 1 .. 4.
 * @return Hertz. */
uint32_t imx53_clk_esdhc(const struct imx53_clk *clk, unsigned port);

/** Set the roots of all SD hosts to PLL2, divided to at most 200 MHz. Linux does
 * the same when it starts, so what is set here does not change under a secure
 * driver. The hosts' clocks are stopped meanwhile and stay stopped.
 *
 * @param clk Clocks.
 * @retval TZVMM_OK        Set; imx53_clk_esdhc() gives the rate.
 * @retval TZVMM_E_IO      PLL2 makes no sense; nothing changed.
 * @retval TZVMM_E_TIMEOUT The dividers do not settle. */
TZVMM_NODISCARD enum tzvmm_status imx53_clk_set_esdhc(const struct imx53_clk *clk);

/** Set the clocks of USB, which a guest cannot, as their registers are those of the
 * SD hosts and the UARTs too: PLL2 divided to at most 54 MHz, and the crystal for
 * the PHYs. All its gates are open then.
 *
 * @param clk Clocks.
 * @retval TZVMM_OK        Set.
 * @retval TZVMM_E_IO      PLL2 makes no sense; nothing changed.
 * @retval TZVMM_E_TIMEOUT The dividers do not settle. */
TZVMM_NODISCARD enum tzvmm_status imx53_clk_set_usb(const struct imx53_clk *clk);

/** Open a gate, also while the CPU sleeps.
 * @param clk  Clocks.
 * @param gate IMX53_CLK_GATE(). */
void imx53_clk_open(const struct imx53_clk *clk, unsigned gate);

/** Close a gate.
 * @param clk  Clocks.
 * @param gate IMX53_CLK_GATE(). */
void imx53_clk_close(const struct imx53_clk *clk, unsigned gate);

/** Let a CPU that waits for an interrupt do no more than that: no clock stops, no
 * power goes.
 * @param clk Clocks. */
void imx53_clk_stay_on(const struct imx53_clk *clk);

#endif /* IMX53_CLK_H */
