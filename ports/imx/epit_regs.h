/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_EPIT_REGS_H
#define IMX_EPIT_REGS_H

/** @file
 * EPIT of i.MX, a timer that counts down [MCIMX53RM EPIT; GEN timer_base.h]. */

/** @cond PRIVATE */
#define EPIT_CR 0x00u
#define CR_EN (1u << 0)
#define CR_ENMOD (1u << 1) /* enabling loads the counter */
#define CR_OCIEN (1u << 2)
#define CR_RLD (1u << 3) /* reload from LR instead of 0xFFFFFFFF */
#define CR_SWR (1u << 16)
#define CR_WAITEN (1u << 19)
#define CR_DOZEN (1u << 20)
#define CR_STOPEN (1u << 21)
#define CR_CLKSRC_HIGH (2u << 24) /* perclk */
#define EPIT_SR 0x04u
#define SR_OCIF (1u << 0) /* w1c */
#define EPIT_LR 0x08u
#define EPIT_CMPR 0x0Cu
#define EPIT_CNT 0x10u
/** @endcond */

#endif /* IMX_EPIT_REGS_H */
