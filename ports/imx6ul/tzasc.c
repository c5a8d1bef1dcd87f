/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx6ul/tzasc.h>

#include <stdbool.h>

#include <imx6ul/tzasc_regs.h>
#include <tzvmm/port/mmio.h>

#define MAX_REGIONS 16u

/* What is to be in the regions from 1 on; all else is region 0. */
struct tzasc_plan {
	struct {
		uint32_t base, attrs;
	} region[MAX_REGIONS];
	unsigned nr; /* with region 0 */
};

static uint32_t tzasc_read(const struct imx6ul_tzasc *tzasc, uint32_t reg)
{
	return tzvmm_mmio_read32(tzasc->base + reg);
}

static void tzasc_write(const struct imx6ul_tzasc *tzasc, uint32_t reg, uint32_t value)
{
	tzvmm_mmio_write32(tzasc->base + reg, value);
}

/* A region is a power of two at a multiple of itself: the largest that starts at a
 * base and does not reach beyond its end. */
static unsigned log2_of(uint32_t base, uint32_t len)
{
	const unsigned most = 31u - (unsigned)__builtin_clz(len);
	const unsigned aligned = base == 0u ? 31u : (unsigned)__builtin_ctz(base);

	return aligned < most ? aligned : most;
}

/* Cut a piece of memory into regions. One without length wraps as well. */
static bool tzasc_add(struct tzasc_plan *plan, struct imx6ul_tzasc_bank bank,
		      unsigned nr_regions)
{
	if (bank.base + (bank.len - 1u) < bank.base) {
		return false;
	}
	while (bank.len != 0u) {
		const unsigned log2 = log2_of(bank.base, bank.len);

		if (log2 < TZASC_MIN_LOG2 || plan->nr == nr_regions) {
			return false;
		}
		plan->region[plan->nr].base = bank.base;
		plan->region[plan->nr].attrs =
			ATTRS_BOTH | ATTRS_SIZE(log2) | ATTRS_ENABLE;
		plan->nr++;
		bank.base += 1u << log2;
		bank.len -= 1u << log2;
	}
	return true;
}

static bool tzasc_holds(const struct imx6ul_tzasc *tzasc, uint32_t reg, uint32_t value)
{
	tzasc_write(tzasc, reg, value);
	return tzasc_read(tzasc, reg) == value;
}

/* Region 0 is all there is, and what the others are not. The loader may have opened
 * regions of its own. */
static bool tzasc_apply(const struct imx6ul_tzasc *tzasc,
			const struct tzasc_plan *plan, unsigned nr_regions)
{
	bool ok = true;

	for (unsigned n = 1; n < nr_regions; n++) {
		ok = tzasc_holds(tzasc, TZASC_ATTRS(n), 0) && ok;
	}
	tzasc_write(tzasc, TZASC_ACTION, ACTION_ERROR);
	tzasc_write(tzasc, TZASC_ATTRS(0), ATTRS_SECURE);
	ok = (tzasc_read(tzasc, TZASC_ATTRS(0)) & ATTRS_BOTH) == ATTRS_SECURE && ok;
	for (unsigned n = 1; n < plan->nr; n++) {
		ok = tzasc_holds(tzasc, TZASC_LOW(n), plan->region[n].base) && ok;
		ok = tzasc_holds(tzasc, TZASC_HIGH(n), 0) && ok;
		ok = tzasc_holds(tzasc, TZASC_ATTRS(n), plan->region[n].attrs) && ok;
	}
	return ok;
}

static void tzasc_lock(const struct imx6ul_tzasc *tzasc, unsigned nr_regions)
{
	const uintptr_t gpr1 = tzasc->gpr + GPR1;

	tzasc_write(tzasc, TZASC_LOCK_RANGE, LOCK_RANGE_ENABLE | (nr_regions - 1u));
	tzasc_write(tzasc, TZASC_LOCK_SELECT, LOCK_SELECT_ALL);
	tzvmm_mmio_write32(gpr1, tzvmm_mmio_read32(gpr1) | GPR1_TZASC_LOCK);
}

enum tzvmm_status imx6ul_tzasc_protect(const struct imx6ul_tzasc *tzasc,
				       const struct imx6ul_tzasc_bank *guest,
				       size_t nr)
{
	struct tzasc_plan plan = { .nr = 1 };
	unsigned nr_regions;

	if ((tzvmm_mmio_read32(tzasc->gpr + GPR9) & GPR9_TZASC_ON) == 0u) {
		return TZVMM_E_UNSUPP;
	}
	nr_regions = (tzasc_read(tzasc, TZASC_CONF) & CONF_REGIONS) + 1u;
	for (size_t i = 0; i < nr; i++) {
		if (!tzasc_add(&plan, guest[i], nr_regions)) {
			return TZVMM_E_INVAL;
		}
	}
	if (!tzasc_apply(tzasc, &plan, nr_regions)) {
		return TZVMM_E_IO;
	}
	tzasc_lock(tzasc, nr_regions);
	return TZVMM_OK;
}
