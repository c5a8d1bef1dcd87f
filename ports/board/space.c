/* SPDX-License-Identifier: BSD-2-Clause */
/* The address space of any board, as its manifest has it. */
#include <board.h>

#define MAP_GUEST(base, len)                                                       \
	{                                                                          \
		(base), (len), ARMV7A_MAP_GUEST                                    \
	}
#define DEVICES(base)                                                              \
	{                                                                          \
		(base), ARMV7A_SECTION, ARMV7A_MAP_DEVICE                          \
	}
#define WINDOW(base, len)                                                          \
	{                                                                          \
		(base), (len), (uint8_t *)(base)                                   \
	}

const struct armv7a_map board_map[] = {
	{ BOARD_CODE_BASE, BOARD_CODE_LEN, ARMV7A_MAP_CODE },
	{ BOARD_DATA_BASE, BOARD_DATA_LEN, ARMV7A_MAP_DATA },
	{ BOARD_PACKAGE_BASE, BOARD_PACKAGE_LEN, ARMV7A_MAP_DATA },
	{ BOARD_POOL_BASE, BOARD_POOL_LEN, ARMV7A_MAP_DATA },
	BOARD_GUEST_BANKS(MAP_GUEST),
	BOARD_DEVICE_SECTIONS(DEVICES),
};
const size_t board_nr_map = sizeof(board_map) / sizeof(board_map[0]);

const struct tzvmm_window board_ram[] = { BOARD_GUEST_BANKS(WINDOW) };
