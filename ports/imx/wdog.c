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

enum tzvmm_status imx_wdog_start(uintptr_t base, uint32_t tick_halves,
				 uint32_t reset_halves)
{
	const uint32_t wicr = WICR_WIE | (reset_halves - tick_halves);
	const uint32_t wcr = WCR_WT(reset_halves - 1u) | WCR_WDA | WCR_SRS | WCR_WDE;

	if (reset_halves > IMX_WDOG_MAX_HALVES || tick_halves == 0u ||
	    tick_halves >= reset_halves) {
		return TZVMM_E_INVAL;
	}
	tzvmm_mmio_write16(base + WDOG_WMCR, 0);
	tzvmm_mmio_write16(base + WDOG_WICR, (uint16_t)wicr);
	tzvmm_mmio_write16(base + WDOG_WCR, (uint16_t)wcr);
	imx_wdog_serve(base); /* a boot loader may have started it */
	if (tzvmm_mmio_read16(base + WDOG_WCR) != wcr ||
	    (tzvmm_mmio_read16(base + WDOG_WICR) & ~WICR_WTIS) != wicr) {
		return TZVMM_E_IO;
	}
	return TZVMM_OK;
}

void imx_wdog_serve(uintptr_t base)
{
	tzvmm_mmio_write16(base + WDOG_WSR, WSR_FIRST);
	tzvmm_mmio_write16(base + WDOG_WSR, WSR_SECOND);
	/* Not before: the count would still stand where it interrupts. The status
	 * is cleared by its own 1; the other bits are locked. */
	tzvmm_mmio_write16(base + WDOG_WICR, tzvmm_mmio_read16(base + WDOG_WICR));
}
