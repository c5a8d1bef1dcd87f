/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_TZIC_REGS_H
#define IMX53_TZIC_REGS_H

/** @file
 * TZIC of i.MX5: 128 lines, four words for each bit array (imx53.md 2). */

/** @cond PRIVATE */
#define TZIC_INTCTRL 0x000u
#define INTCTRL_EN (1u << 0)
#define INTCTRL_NSEN (1u << 16)
#define INTCTRL_NSENMASK (1u << 31) /* bit 16 counts only with this */
#define TZIC_INTTYPE 0x004u
#define TZIC_PRIOMASK 0x00Cu /* a priority passes if it is lower */
#define TZIC_SYNCCTRL 0x010u
#define SYNCCTRL_LOW_LATENCY 0u
#define TZIC_DSMINT 0x014u
#define TZIC_INTSEC 0x080u /* 1 is normal */
#define TZIC_ENSET 0x100u
#define TZIC_ENCLEAR 0x180u
#define TZIC_SRCSET 0x200u
#define TZIC_SRCCLEAR 0x280u
#define TZIC_PRIORITY 0x400u /* 32 words of four lines */
#define TZIC_PND 0xD00u
#define TZIC_HIPND 0xD80u
#define TZIC_WAKEUP 0xE00u
#define TZIC_SWINT 0xF00u
#define SWINT_ID 0x3FFu
#define SWINT_NEGATE (1u << 31)
#define TZIC_LEN 0x4000u

#define TZIC_NR_LINES 128u
#define TZIC_NR_WORDS 4u
/* Word of a bit array. */
#define TZIC_WORD(array, n) ((array) + 4u * (n))
/** @endcond */

#endif /* IMX53_TZIC_REGS_H */
