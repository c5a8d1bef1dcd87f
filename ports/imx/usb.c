/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/usb.h>

#include <imx/usb_regs.h>
#include <imx/wait.h>
#include <tzvmm/port/mmio.h>

#define USB_RESET_LIMIT_US 10000u

/* [EHCI 2.3.2] A host that has halted accesses nothing. Cores that are hosts only
 * may show their mode from the reset on. */
static bool usb_is_still(uintptr_t base)
{
	switch (tzvmm_mmio_read32(base + USB_USBMODE) & USBMODE_CM) {
	case USBMODE_CM_IDLE:
		return true;
	case USBMODE_CM_HOST:
		return (tzvmm_mmio_read32(base + USB_USBSTS) & USBSTS_HCH) != 0u;
	default:
		return false;
	}
}

enum tzvmm_status imx_usb_stop(const struct tzvmm_sys *sys, uintptr_t base)
{
	uint32_t cmd;

	if (usb_is_still(base)) {
		return TZVMM_OK;
	}
	cmd = tzvmm_mmio_read32(base + USB_USBCMD) & ~USBCMD_RS;
	tzvmm_mmio_write32(base + USB_USBCMD, cmd);
	tzvmm_mmio_write32(base + USB_USBCMD, cmd | USBCMD_RST);
	return imx_wait(sys, base + USB_USBCMD, USBCMD_RST, 0, USB_RESET_LIMIT_US);
}
