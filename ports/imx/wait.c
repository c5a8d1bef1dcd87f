/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/wait.h>

#include <stdbool.h>

#include <tzvmm/port/mmio.h>

/* One wait: both of its ends. */
struct wait_end {
	const struct tzvmm_sys *sys;
	uint64_t start;
	uint32_t limit_us;
	uint32_t looks;
	bool late;
};

static struct wait_end wait_begin(const struct tzvmm_sys *sys, uint32_t limit_us)
{
	return (struct wait_end){
		.sys = sys,
		.start = sys->ops->now_us(sys->ctx),
		.limit_us = limit_us,
		.looks = limit_us * IMX_WAIT_LOOKS_PER_US,
	};
}

/* To be asked after each look. Being late is told one look later, so that the
 * clock is read before the register that decides. */
static bool wait_over(struct wait_end *end)
{
	if (end->late || end->looks == 0u) {
		return true;
	}
	end->looks--;
	end->late =
		end->sys->ops->now_us(end->sys->ctx) - end->start >= end->limit_us;
	return false;
}

enum tzvmm_status imx_wait(const struct tzvmm_sys *sys, uintptr_t addr,
			   uint32_t mask, uint32_t value, uint32_t limit_us)
{
	struct wait_end end = wait_begin(sys, limit_us);

	do {
		if ((tzvmm_mmio_read32(addr) & mask) == value) {
			return TZVMM_OK;
		}
	} while (!wait_over(&end));
	return TZVMM_E_TIMEOUT;
}

enum tzvmm_status imx_wait_any(const struct tzvmm_sys *sys, uintptr_t addr,
			       uint32_t mask, uint32_t limit_us, uint32_t *value)
{
	struct wait_end end = wait_begin(sys, limit_us);

	do {
		*value = tzvmm_mmio_read32(addr);
		if ((*value & mask) != 0u) {
			return TZVMM_OK;
		}
	} while (!wait_over(&end));
	return TZVMM_E_TIMEOUT;
}

void imx_delay(const struct tzvmm_sys *sys, uint32_t us)
{
	/* One more: the first microsecond had begun already. */
	struct wait_end end = wait_begin(sys, us + 1u);

	while (!wait_over(&end)) {
	}
}
