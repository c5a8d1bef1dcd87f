/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx53/m4if.h>

#include <imx53/imx53.h>
#include <imx53/m4if_regs.h>
#include <tzvmm/port/mmio.h>

#define WINDOW_LEN 0x40000000u

static bool m4if_set(uintptr_t addr, uint32_t value)
{
	tzvmm_mmio_write32(addr, value);
	return tzvmm_mmio_read32(addr) == value;
}

/* Of a window both ends, and so, as no range is as long, all of it. */
static bool is_inside(uint32_t window, uint32_t start, uint32_t last)
{
	return start - window < WINDOW_LEN && last - window < WINDOW_LEN;
}

enum tzvmm_status imx53_m4if_protect(uintptr_t base, uint32_t start, uint32_t len)
{
	const uint32_t last = start + (len - 1u);
	const bool csd1 = is_inside(IMX53_CSD1_BASE, start, last);
	const uintptr_t region = base + (csd1 ? M4IF_CSD1 : 0u);

	if (len == 0u || len > IMX53_M4IF_MAX_LEN ||
	    (start | len) % IMX53_M4IF_PAGE != 0u ||
	    !(csd1 || is_inside(IMX53_CSD0_BASE, start, last))) {
		return TZVMM_E_INVAL;
	}
	/* [GEN m4if.h; FJ m4if-ns] End, then start with its enable, then the
	 * enable of all. A region in force stays so meanwhile: its end moves
	 * before its start does, and the guest does not run. */
	if (!m4if_set(region + M4IF_WMEA0, last >> 12) ||
	    !m4if_set(region + M4IF_WMSA0, start >> 12 | WMSA_ENABLE)) {
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
	const uint32_t status = tzvmm_mmio_read32(base + M4IF_WMIS0);

	*addr = tzvmm_mmio_read32(base + M4IF_WMVA0);
	tzvmm_mmio_write32(base + M4IF_WMIS0, status);
	return (status & WMIS_DDR0) != 0u;
}
