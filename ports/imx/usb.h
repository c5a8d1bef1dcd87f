/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_USB_H
#define IMX_USB_H

/** @file
 * USB of i.MX, cores by Chipidea: no driver, but the end of a guest's. */

#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Bytes from one core's registers to the next one's. */
#define IMX_USB_CORE_LEN 0x200u

/** Stop a core: it has done its last access to memory then, and has forgotten where
 * its descriptors are. One that was not started is left alone.
 *
 * @param sys  Services.
 * @param base The core's registers.
 * @retval TZVMM_OK        It is still.
 * @retval TZVMM_E_TIMEOUT It may not be: without the PHY's clock, which a guest can
 *                         stop, the core's reset does not end. */
TZVMM_NODISCARD enum tzvmm_status imx_usb_stop(const struct tzvmm_sys *sys,
					       uintptr_t base);

#endif /* IMX_USB_H */
