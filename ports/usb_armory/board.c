/* SPDX-License-Identifier: BSD-2-Clause */
#include <usb_armory/board.h>
#include <usb_armory/memory.h>

#include <imx53/imx53.h>
#include <tzvmm/port/mmio.h>

const struct armv7a_map armory_map[] = {
	{ ARMORY_CODE_BASE, ARMORY_CODE_LEN, ARMV7A_MAP_CODE },
	{ ARMORY_DATA_BASE, ARMORY_DATA_LEN, ARMV7A_MAP_DATA },
	{ ARMORY_PACKAGE_BASE, ARMORY_PACKAGE_LEN, ARMV7A_MAP_DATA },
	{ ARMORY_POOL_BASE, ARMORY_POOL_LEN, ARMV7A_MAP_DATA },
	{ ARMORY_GUEST_BASE, ARMORY_GUEST_LEN, ARMV7A_MAP_GUEST },
	{ 0x0FF00000u, ARMV7A_SECTION, ARMV7A_MAP_DEVICE }, /* TZIC */
	{ 0x50000000u, ARMV7A_SECTION, ARMV7A_MAP_DEVICE }, /* eSDHC */
	{ 0x53F00000u, ARMV7A_SECTION, ARMV7A_MAP_DEVICE }, /* AIPSTZ1 */
	{ 0x63F00000u, ARMV7A_SECTION, ARMV7A_MAP_DEVICE }, /* AIPSTZ2 */
};
const size_t armory_nr_map = sizeof(armory_map) / sizeof(armory_map[0]);

const struct tzvmm_window armory_ram_window = {
	.ipa = ARMORY_GUEST_BASE,
	.len = ARMORY_GUEST_LEN,
	.va = (uint8_t *)ARMORY_GUEST_BASE,
};

void armory_pads_init(void)
{
	armory_led_init();
	for (size_t i = 0; i < armory_nr_pads; i++) {
		const struct armory_pad *pad = &armory_pads[i];

		tzvmm_mmio_write32(IMX53_IOMUXC_BASE + pad->mux, pad->mux_value);
		tzvmm_mmio_write32(IMX53_IOMUXC_BASE + pad->conf, pad->conf_value);
		if (pad->select != 0u) {
			tzvmm_mmio_write32(IMX53_IOMUXC_BASE + pad->select,
					   pad->select_value);
		}
	}
}
