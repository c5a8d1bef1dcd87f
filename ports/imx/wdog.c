/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/wdog.h>

#include <imx/wait.h>
#include <imx/wdog_regs.h>
#include <tzvmm/port/mmio.h>

#define WDOG_RESET_US 50000u /* some periods of its 32 kHz clock */

enum imx_wdog_reason imx_wdog_reason(uintptr_t base)
{
	uint16_t wrsr = tzvmm_mmio_read16(base + WDOG_WRSR);

	if ((wrsr & WRSR_TOUT) != 0u) {
		return IMX_WDOG_TIMEOUT;
	}
	if ((wrsr & WRSR_SFTW) != 0u) {
		return IMX_WDOG_SOFTWARE;
	}
	return (wrsr & WRSR_POR) != 0u ? IMX_WDOG_POWER_ON : IMX_WDOG_UNKNOWN;
}

const char *imx_wdog_reason_name(enum imx_wdog_reason reason)
{
	switch (reason) {
	case IMX_WDOG_POWER_ON:
		return "power-on";
	case IMX_WDOG_SOFTWARE:
		return "software";
	case IMX_WDOG_TIMEOUT:
		return "watchdog";
	case IMX_WDOG_UNKNOWN:
		break;
	}
	return "unknown";
}

static void wdog_fire(uintptr_t base, uint32_t wcr)
{
	/* Erratum ERR004346 of a sibling (i.MX6): SRS counts only when written
	 * twice within a period of the 32 kHz clock; three writes are certain to
	 * have two in one period. */
	for (unsigned n = 0; n < 3; n++) {
		tzvmm_mmio_write16(base + WDOG_WCR, (uint16_t)wcr);
	}
}

enum tzvmm_status imx_wdog_reset(uintptr_t base, const struct tzvmm_sys *sys)
{
	/* The chip's own reset, the external line left alone; then, should the
	 * guest have locked bits of WCR, with everything asserted. */
	wdog_fire(base, WCR_WDE | WCR_WDA);
	imx_delay(sys, WDOG_RESET_US);
	wdog_fire(base, 0);
	imx_delay(sys, WDOG_RESET_US);
	return TZVMM_E_TIMEOUT;
}
