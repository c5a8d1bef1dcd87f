/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_BOARD_H
#define TZVMM_BOARD_H

/** @file
 * A board with an i.MX53: which device belongs to which world, and its pads. The
 * tables and the constants BOARD_... are made of partition.dtso
 * (docs/manifest.md). */

#include <stddef.h>
#include <stdint.h>

#include <armv7a/mmu.h>
#include <armv7a/monitor.h>
#include <imx53/csu.h>
#include <imx53/tzic.h>
#include <manifest.h>
#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/gmem.h>

/** The secure world's address space. */
extern const struct armv7a_map board_map[];
extern const size_t board_nr_map; /**< Entries of board_map. */

/** The guest's RAM. */
extern const struct tzvmm_window board_ram[BOARD_NR_GUEST_BANKS];

/** The guest's interrupt lines, by its enum tzvmm_abi_bootpkg_profile; the others
 * are secure. */
extern const uint32_t board_guest_lines[TZVMM_ABI_BOOTPKG_NR_PROFILES][IMX53_TZIC_NR_WORDS];

/** Which world may use which device, and which bus masters are secure, by the
 * guest's enum tzvmm_abi_bootpkg_profile. */
extern const struct imx53_csu_policy board_csu_policy[TZVMM_ABI_BOOTPKG_NR_PROFILES];

/** The LED for the world switch; the manifest says for which world it is lit. */
extern const struct armv7a_led board_led;

/** Make the LED's pin an output that shows the secure world. */
void board_led_init(void);

/** A pad's registers, offsets in the IOMUXC, and their values. */
struct board_pad {
	uint16_t mux;          /**< Where its function is chosen. */
	uint16_t conf;         /**< Pulls and drive; 0: they stay as they are. */
	uint16_t select;       /**< Where its input is chosen; 0: nowhere. */
	uint16_t mux_value;    /**< Of mux. */
	uint16_t conf_value;   /**< Of conf. */
	uint16_t select_value; /**< Of select. */
};

/** Pads of the secure world. */
extern const struct board_pad board_pads[];
extern const size_t board_nr_pads; /**< Entries of board_pads. */

/** Route the pads of the secure world; the LED shows the secure world. */
void board_pads_init(void);

#endif /* TZVMM_BOARD_H */
