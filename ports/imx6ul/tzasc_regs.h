/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX6UL_TZASC_REGS_H
#define IMX6UL_TZASC_REGS_H

/** @file
 * TZC-380, and the two bits of the IOMUXC's general purpose registers that are its
 * (imx6ul.md). */

/** @cond PRIVATE */
#define TZASC_CONF 0x000u
#define CONF_REGIONS 0xFu /* less 1 */
#define TZASC_ACTION 0x004u
#define ACTION_ERROR 1u /* a refused access ends in an error on the bus */
#define TZASC_LOCK_RANGE 0x008u
#define LOCK_RANGE_ENABLE (1u << 31) /* with the number of regions less 1 in 3:0 */
#define TZASC_LOCK_SELECT 0x00Cu
#define LOCK_SELECT_ALL 7u
#define TZASC_LOW(n) (0x100u + 0x10u * (n))
#define TZASC_HIGH(n) (0x104u + 0x10u * (n))
#define TZASC_ATTRS(n) (0x108u + 0x10u * (n))
#define ATTRS_ENABLE (1u << 0)
#define ATTRS_SIZE(log2) (((log2)-1u) << 1)
#define ATTRS_SECURE 0xC0000000u /* the secure world reads and writes */
#define ATTRS_BOTH 0xF0000000u
#define TZASC_MIN_LOG2 15u

#define GPR1 0x04u
#define GPR1_TZASC_LOCK (1u << 23) /* the locks above hold until the next reset */
#define GPR9 0x24u
#define GPR9_TZASC_ON (1u << 0) /* else it is bypassed */
/** @endcond */

#endif /* IMX6UL_TZASC_REGS_H */
