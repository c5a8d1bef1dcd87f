/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_BOARD_TABLES_H
#define IMX_BOARD_TABLES_H

/** @file
 * A board with an i.MX: which device belongs to which world, and its pads. The
 * tables are made of partition.dtso (docs/manifest.md). */

#include <stddef.h>
#include <stdint.h>

#include <board.h>
#include <imx/csu.h>
#include <tzvmm/abi/bootpkg.h>

/** The guest's interrupt lines, by its enum tzvmm_abi_bootpkg_profile; the others
 * are secure. */
extern const uint32_t board_guest_lines[TZVMM_ABI_BOOTPKG_NR_PROFILES][BOARD_NR_LINE_WORDS];

/** Which world may use which device, and which bus masters are secure, by the
 * guest's enum tzvmm_abi_bootpkg_profile. */
extern const struct imx_csu_policy board_csu_policy[TZVMM_ABI_BOOTPKG_NR_PROFILES];

/** Make the LED's pin an output that shows the secure world. */
void board_led_init(void);

/** A pad's registers, offsets in the IOMUXC, and their values. */
struct board_pad {
	uint16_t mux;         /**< Where its function is chosen. */
	uint16_t conf;        /**< Pulls and drive; 0: they stay as they are. */
	uint16_t select;      /**< Where its input is chosen; 0: nowhere. */
	uint8_t mux_value;    /**< Of mux. */
	uint8_t select_value; /**< Of select. */
	uint32_t conf_value;  /**< Of conf. */
};

/** Pads of the secure world. */
extern const struct board_pad board_pads[];
extern const size_t board_nr_pads; /**< Entries of board_pads. */

/** A slot for a card. */
struct board_slot {
	uint32_t base;   /**< Its SD host. */
	uint8_t port;    /**< 1 .. 4: which one that is. */
	uint8_t lines;   /**< Data lines that are wired: 1, 4 or 8. */
	uint8_t pin;     /**< Of detect: low with a card in the slot. */
	uint32_t detect; /**< GPIO bank of its switch; 0: it has none. */
};

/** Slots, in the order in which a card is looked for. */
extern const struct board_slot board_slots[];
extern const size_t board_nr_slots; /**< Entries of board_slots. */

/** Route the pads of the secure world; the LED shows the secure world. */
void board_pads_init(void);

#endif /* IMX_BOARD_TABLES_H */
