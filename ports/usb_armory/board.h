/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_USB_ARMORY_BOARD_H
#define TZVMM_USB_ARMORY_BOARD_H

/** @file
 * The USB armory Mk I: which device belongs to which world, and its pads. */

#include <stddef.h>
#include <stdint.h>

#include <armv7a/mmu.h>
#include <armv7a/monitor.h>
#include <imx53/csu.h>
#include <imx53/tzic.h>
#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/gmem.h>

/** Interrupt lines of the guest's virtual devices; no device of the i.MX53
 * drives them (imx53.md 1.2, 2.3). */
enum armory_line {
	ARMORY_LINE_CONSOLE = 109, /**< The virtual UART, or the console by calls. */
	ARMORY_LINE_VIRTIO0 = 110, /**< First virtio device; one more each. */
	ARMORY_LINE_EDGE0 = 118,   /**< Its used buffers by edge; one more each. */
};

/** Where the guest sees its virtual devices: in slots that the CSU closes. */
enum armory_window {
	ARMORY_WINDOW_TZIC = 0x50008000,   /**< Over eSDHC2, not on the board. */
	ARMORY_WINDOW_UART = 0x53FBC000,   /**< Over UART1, the secure one. */
	ARMORY_WINDOW_VIRTIO = 0x50024000, /**< Over eSDHC4, not on the board. */
};

/** The secure world's address space. */
extern const struct armv7a_map armory_map[];
extern const size_t armory_nr_map; /**< Entries of armory_map. */

/** The guest's RAM. */
extern const struct tzvmm_window armory_ram_window;

/** The guest's interrupt lines; the others are secure. */
extern const uint32_t armory_guest_lines[IMX53_TZIC_NR_WORDS];

/** Blocks that Debian's kernel sets up at boot and that are closed: the pads, and
 * those in slots that nobody has published (imx53.md 3.2). */
enum armory_ignored {
	ARMORY_IGNORED_IOMUXC = 0x53FA8000,   /**< Pads; they stay as they are. */
	ARMORY_IGNORED_AIPSTZ1 = 0x53F00000,  /**< Bridge to the first AIPS. */
	ARMORY_IGNORED_AIPSTZ2 = 0x63F00000,  /**< ... and to the second. */
	ARMORY_IGNORED_IIM = 0x63F98000,      /**< Fuses; asked for the revision. */
	ARMORY_IGNORED_PLATFORM = 0x63FA0000, /**< The CPU's low power modes. */
};

/** Which world may use which device, and which bus masters are secure, by the
 * guest's enum tzvmm_abi_bootpkg_profile. */
extern const struct imx53_csu_policy armory_csu_policy[TZVMM_ABI_BOOTPKG_NR_PROFILES];

/** The LED for the world switch: lit while secure code runs. */
extern const struct armv7a_led armory_led;

/** Route the pads of UART1, the card and the LED, and switch the LED on. */
void armory_pads_init(void);

#endif /* TZVMM_USB_ARMORY_BOARD_H */
