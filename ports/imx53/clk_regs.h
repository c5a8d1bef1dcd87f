/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_CLK_REGS_H
#define IMX53_CLK_REGS_H

/** @file
 * CCM and DPLLs of i.MX53 [UB crm_regs.h; LX clk-imx5.c]. */

/** @cond PRIVATE */
#define CCM_CCSR 0x0Cu
#define CCSR_LP_APM (1u << 10) /* lp_apm is PLL4 instead of the crystal */
#define CCM_CBCDR 0x14u
#define CCM_CBCMR 0x18u
#define CCM_CSCMR1 0x1Cu
#define CSCMR1_USB_PHY_SEL (1u << 26) /* a divider of PLL3 instead of the crystal */
#define CCM_CSCDR1 0x24u
#define CCM_CDHIPR 0x48u /* not 0 while a divider changes */
#define CCM_CLPCR 0x54u  /* [LX pm-imx5.c] */
#define CLPCR_LPM 3u     /* what WFI does: 0 run, 1 wait, 2 stop */
#define CCM_CCGR(n) (0x68u + 4u * (n))

#define DPLL_CTL 0x00u
#define DPLL_CTL_HFSM (1u << 7)
#define DPLL_CTL_DPDCK0_2_EN (1u << 12) /* doubler */
#define DPLL_OP 0x08u
#define DPLL_MFD 0x0Cu
#define DPLL_MFN 0x10u
#define DPLL_HFS_OP 0x1Cu
#define DPLL_HFS_MFD 0x20u
#define DPLL_HFS_MFN 0x24u
#define DPLL_FRACTION 0x07FFFFFFu /* of MFD, and of MFN, which is signed */
#define DPLL_FRACTION_SIGN 0x04000000u
/** @endcond */

#endif /* IMX53_CLK_REGS_H */
