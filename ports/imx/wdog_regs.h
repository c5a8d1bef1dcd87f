/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_WDOG_REGS_H
#define IMX_WDOG_REGS_H

/** @file
 * Watchdog of i.MX; registers of 16 bits [MCIMX53RM WDOG; LX imx2_wdt.c]. */

/** @cond PRIVATE */
#define WDOG_WCR 0x00u
#define WCR_WDE (1u << 2) /* enable; write once */
#define WCR_SRS (1u << 4) /* 0 resets the chip */
#define WCR_WDA (1u << 5) /* 0 asserts the external line */
#define WDOG_WRSR 0x04u
#define WRSR_SFTW (1u << 0)
#define WRSR_TOUT (1u << 1)
#define WRSR_POR (1u << 4)
/** @endcond */

#endif /* IMX_WDOG_REGS_H */
