/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_CSU_REGS_H
#define IMX_CSU_REGS_H

/** @file
 * Central security unit of i.MX5 and i.MX6 (imx53.md 3.1, 3.4; imx6ul.md). */

/** @cond PRIVATE */
#define CSU_CSL(n) (4u * (n)) /* slots 2n in 8:0 and 2n + 1 in 24:16 */
#define CSU_SA 0x218u         /* two bits a master: normal, locked */
#define SA_FIELDS 0x55555555u /* lower bits */
/** @endcond */

#endif /* IMX_CSU_REGS_H */
