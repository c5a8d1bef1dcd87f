/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx53/m4if.h>

#include <imx53/m4if_regs.h>
#include <tzvmm/port/mmio.h>

static bool m4if_set(uintptr_t addr, uint32_t value)
{
	tzvmm_mmio_write32(addr, value);
	return tzvmm_mmio_read32(addr) == value;
}

enum tzvmm_status imx53_m4if_protect(uintptr_t base, uint32_t start, uint32_t len)
{
	const uint32_t last = start + (len - 1u);

	if (len == 0u || len > IMX53_M4IF_MAX_LEN || last < start ||
	    (start | len) % IMX53_M4IF_PAGE != 0u) {
		return TZVMM_E_INVAL;
	}
	/* [GEN m4if.h; FJ m4if-ns] End, then start with its enable, then the
	 * enable of all. A region in force stays so meanwhile: its end moves
	 * before its start does, and the guest does not run. */
	if (!m4if_set(base + M4IF_WMEA0, last >> 12) ||
	    !m4if_set(base + M4IF_WMSA0, start >> 12 | WMSA_ENABLE)) {
		return TZVMM_E_IO;
	}
	tzvmm_mmio_write32(base + M4IF_WMIS0, WMIS_ENABLE | WMIS_DDR0);
	if ((tzvmm_mmio_read32(base + M4IF_WMIS0) & WMIS_ENABLE) == 0u) {
		return TZVMM_E_IO;
	}
	return TZVMM_OK;
}

bool imx53_m4if_take_violation(uintptr_t base, uint32_t *addr)
{
	if ((tzvmm_mmio_read32(base + M4IF_WMIS0) & WMIS_DDR0) == 0u) {
		return false;
	}
	*addr = tzvmm_mmio_read32(base + M4IF_WMVA0);
	tzvmm_mmio_write32(base + M4IF_WMIS0, WMIS_ENABLE | WMIS_DDR0);
	return true;
}
