/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection that stands in code and not in a table, less one line: linked with
 * --wrap around the drivers (tests/system/mutants.py), and without the monitor's
 * own look at its RAM, which would not let it start. MUTANT_FIRST and MUTANT_LAST
 * are pages left out of the watermark, MUTANT_OFF switches it off, MUTANT_SLOT and
 * MUTANT_FIELD are what stays unlocked. */
#include <imx53/alias.h>
#include <imx/csu.h>
#include <imx/csu_regs.h>
#include <imx53/imx53.h>
#include <imx53/m4if.h>
#include <imx53/m4if_regs.h>
#include <tzvmm/port/mmio.h>

#define SLOT_LOCK 0x100u

enum tzvmm_status __real_imx53_m4if_protect(uintptr_t base, uint32_t start,
					    uint32_t len);
enum tzvmm_status __wrap_imx53_m4if_protect(uintptr_t base, uint32_t start,
					    uint32_t len);
enum tzvmm_status __real_imx_csu_apply(uintptr_t base,
				       const struct imx_csu_policy *policy);
enum tzvmm_status __wrap_imx_csu_apply(uintptr_t base,
				       const struct imx_csu_policy *policy);

enum tzvmm_status __wrap_imx53_m4if_protect(uintptr_t base, uint32_t start,
					    uint32_t len)
{
	const enum tzvmm_status status = __real_imx53_m4if_protect(
		base, start + MUTANT_FIRST * IMX53_M4IF_PAGE,
		len - (MUTANT_FIRST + MUTANT_LAST) * IMX53_M4IF_PAGE);

	if (MUTANT_OFF) {
		tzvmm_mmio_write32(base + M4IF_WMIS0, 0);
	}
	return status;
}

enum tzvmm_status __wrap_imx53_alias_check(const struct imx53_alias_ops *ops,
					   const struct imx53_alias_memory *memory,
					   struct imx53_alias_result *result);

enum tzvmm_status __wrap_imx53_alias_check(const struct imx53_alias_ops *ops,
					   const struct imx53_alias_memory *memory,
					   struct imx53_alias_result *result)
{
	(void)ops;
	(void)memory;
	*result = (struct imx53_alias_result){ 0 };
	return TZVMM_OK;
}

static void lock_slot(uintptr_t base, int slot)
{
	const uintptr_t addr = base + CSU_CSL((unsigned)slot / 2u);

	tzvmm_mmio_write32(addr, tzvmm_mmio_read32(addr) |
					 SLOT_LOCK << (unsigned)slot % 2u * 16u);
}

enum tzvmm_status __wrap_imx_csu_apply(uintptr_t base,
				       const struct imx_csu_policy *policy)
{
	struct imx_csu_policy unlocked = *policy;
	enum tzvmm_status status;

	unlocked.lock = false;
	status = __real_imx_csu_apply(base, &unlocked);
	for (int slot = 0; slot < IMX53_CSU_NR_SLOTS; slot++) {
		if (slot != MUTANT_SLOT) {
			lock_slot(base, slot);
		}
	}
	for (int field = 0; field < 32; field += 2) {
		if (field != MUTANT_FIELD) {
			tzvmm_mmio_write32(base + CSU_SA,
					   tzvmm_mmio_read32(base + CSU_SA) |
						   2u << field);
		}
	}
	return status;
}
