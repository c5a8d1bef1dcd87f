/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_USB_REGS_H
#define IMX_USB_REGS_H

/** @file
 * A core of USB [LX chipidea/core.c, bits.h; UB ehci-ci.h]. */

/** @cond PRIVATE */
#define USB_USBCMD 0x140u
#define USBCMD_RS (1u << 0)  /* run */
#define USBCMD_RST (1u << 1) /* clears itself */
#define USB_USBSTS 0x144u
#define USBSTS_HCH (1u << 12) /* a host's: halted */
#define USB_USBMODE 0x1A8u
#define USBMODE_CM 3u /* chosen once after a reset */
#define USBMODE_CM_IDLE 0u
#define USBMODE_CM_HOST 3u
/** @endcond */

#endif /* IMX_USB_REGS_H */
