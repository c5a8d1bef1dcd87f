/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/board/tables.h>
#include <tzvmm/port/mmio.h>

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

void board_pads_init(void)
{
	board_led_init();
	for (size_t i = 0; i < board_nr_pads; i++) {
		const struct board_pad *pad = &board_pads[i];

		tzvmm_mmio_write32(BOARD_IOMUXC_BASE + pad->mux, pad->mux_value);
		if (pad->conf != 0u) {
			tzvmm_mmio_write32(BOARD_IOMUXC_BASE + pad->conf,
					   pad->conf_value);
		}
		if (pad->select != 0u) {
			tzvmm_mmio_write32(BOARD_IOMUXC_BASE + pad->select,
					   pad->select_value);
		}
	}
}
