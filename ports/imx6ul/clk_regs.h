/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX6UL_CLK_REGS_H
#define IMX6UL_CLK_REGS_H

/** @file
 * CCM and PLLs of i.MX6UL (imx6ul.md). */

/** @cond PRIVATE */
#define CCM_CSCMR1 0x1Cu
#define CSCMR1_PERCLK_PODF 0x3Fu
#define CSCMR1_PERCLK_OSC (1u << 6)
#define CSCMR1_USDHC_PFD0(port) (1u << (15u + (port))) /* else PFD2 */
#define CCM_CSCDR1 0x24u
#define CSCDR1_UART_PODF 0x3Fu
#define CSCDR1_UART_OSC (1u << 6)
#define CSCDR1_USDHC_SHIFT(port) ((port) == 1u ? 11u : 16u)
#define CSCDR1_USDHC_PODF 7u /* less 1 */
#define CCM_CLPCR 0x54u
#define CLPCR_LPM 3u
#define CCM_CCGR(n) (0x68u + 4u * (n))

#define ANATOP_PLL2 0x30u
#define PLL2_DIV_22 (1u << 0) /* else 20 */
#define ANATOP_PFD_528 0x100u
#define PFD2_SHIFT 16u
#define PFD_FRAC 0x3Fu
#define PFD_MIN 12u /* and 35: the range of the field */
#define PFD_MAX 35u
/** @endcond */

#endif /* IMX6UL_CLK_REGS_H */
