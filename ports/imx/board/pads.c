/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/board/tables.h>
#include <tzvmm/port/mmio.h>

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
