/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_USB_ARMORY_BOARD_H
#define TZVMM_USB_ARMORY_BOARD_H

/** @file
 * The USB armory Mk I: which device belongs to which world, and its pads. The
 * tables and the constants ARMORY_... are made of partition.dtso
 * (docs/manifest.md). */

#include <stddef.h>
#include <stdint.h>

#include <armv7a/mmu.h>
#include <armv7a/monitor.h>
#include <imx53/csu.h>
#include <imx53/tzic.h>
#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/gmem.h>
#include <usb_armory/manifest.h>

/** The secure world's address space. */
extern const struct armv7a_map armory_map[];
extern const size_t armory_nr_map; /**< Entries of armory_map. */

/** The guest's RAM. */
extern const struct tzvmm_window armory_ram_window;

/** The guest's interrupt lines, by its enum tzvmm_abi_bootpkg_profile; the others
 * are secure. */
extern const uint32_t armory_guest_lines[TZVMM_ABI_BOOTPKG_NR_PROFILES]
					[IMX53_TZIC_NR_WORDS];

/** Which world may use which device, and which bus masters are secure, by the
 * guest's enum tzvmm_abi_bootpkg_profile. */
extern const struct imx53_csu_policy armory_csu_policy[TZVMM_ABI_BOOTPKG_NR_PROFILES];

/** The LED for the world switch; the manifest says for which world it is lit. */
extern const struct armv7a_led armory_led;

/** Make the LED's pin an output that shows the secure world. */
void armory_led_init(void);

/** A pad's registers, offsets in the IOMUXC, and their values. */
struct armory_pad {
	uint16_t mux;          /**< Where its function is chosen. */
	uint16_t conf;         /**< Pulls and drive. */
	uint16_t select;       /**< Where its input is chosen; 0: nowhere. */
	uint16_t mux_value;    /**< Of mux. */
	uint16_t conf_value;   /**< Of conf. */
	uint16_t select_value; /**< Of select. */
};

/** Pads of the secure world. */
extern const struct armory_pad armory_pads[];
extern const size_t armory_nr_pads; /**< Entries of armory_pads. */

/** Route the pads of the secure world; the LED shows the secure world. */
void armory_pads_init(void);

#endif /* TZVMM_USB_ARMORY_BOARD_H */
