/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/wait.h>

#include <tzvmm/port/mmio.h>

enum tzvmm_status imx_wait(const struct tzvmm_sys *sys, uintptr_t addr,
			   uint32_t mask, uint32_t value, uint32_t limit_us)
{
	const uint64_t start = sys->ops->now_us(sys->ctx);
	uint32_t looks = limit_us * IMX_WAIT_LOOKS_PER_US;
	bool late = false;

	for (;;) {
		if ((tzvmm_mmio_read32(addr) & mask) == value) {
			return TZVMM_OK;
		}
		if (late || looks-- == 0u) {
			return TZVMM_E_TIMEOUT;
		}
		late = sys->ops->now_us(sys->ctx) - start >= limit_us;
	}
}

void imx_delay(const struct tzvmm_sys *sys, uint32_t us)
{
	const uint64_t start = sys->ops->now_us(sys->ctx);
	uint32_t looks = us * IMX_WAIT_LOOKS_PER_US;

	while (sys->ops->now_us(sys->ctx) - start < us && looks != 0u) {
		looks--;
	}
}
