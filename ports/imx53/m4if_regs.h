/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_M4IF_REGS_H
#define IMX53_M4IF_REGS_H

/** @file
 * DDR watermarks of the M4IF (imx53.md 3.6). */

/** @cond PRIVATE */
/* Region 0 of each DDR chip select; CSD1's registers are the next ones. */
#define M4IF_WMSA0 0x0ECu /* first page in 19:0 */
#define WMSA_ENABLE (1u << 31)
#define M4IF_WMEA0 0x10Cu /* last page, inclusive */
#define M4IF_CSD1 4u      /* of both, to the second chip select's */
#define M4IF_WMIS0 0x114u
#define WMIS_ENABLE (1u << 31)
#define WMIS_DDR0 (1u << 6) /* w1c; the second one's is UNKNOWN */
#define M4IF_WMVA0 0x118u   /* address of a violation */
/** @endcond */

#endif /* IMX53_M4IF_REGS_H */
