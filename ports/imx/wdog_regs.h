/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_WDOG_REGS_H
#define IMX_WDOG_REGS_H

/** @file
 * Watchdog of i.MX; registers of 16 bits [MCIMX53RM WDOG; LX imx2_wdt.c]. */

/** @cond PRIVATE */
#define WDOG_WCR 0x00u
#define WCR_WDE (1u << 2)    /* enable; write once */
#define WCR_SRS (1u << 4)    /* 0 resets the chip */
#define WCR_WDA (1u << 5)    /* 0 asserts the external line */
#define WCR_WT(n) ((n) << 8) /* time-out: n + 1 half seconds */
#define WDOG_WSR 0x02u       /* these two in turn service it */
#define WSR_FIRST 0x5555u
#define WSR_SECOND 0xAAAAu
#define WDOG_WRSR 0x04u
#define WRSR_SFTW (1u << 0)
#define WRSR_TOUT (1u << 1)
#define WRSR_POR (1u << 4)
#define WDOG_WICR 0x06u
#define WICR_WIE (1u << 15)  /* as WICT, write once */
#define WICR_WTIS (1u << 14) /* w1c */
#define WICR_WICT 0xFFu      /* half seconds from the interrupt to the reset */
#define WDOG_WMCR 0x08u      /* 1: a reset 16 s after power-on */
/** @endcond */

#endif /* IMX_WDOG_REGS_H */
