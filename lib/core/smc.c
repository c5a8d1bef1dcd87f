/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/psci.h>
#include <tzvmm/smccc.h>

static uint32_t arch_feature(uint32_t function)
{
	switch (function) {
	case TZVMM_SMCCC_VERSION:
	case TZVMM_SMCCC_ARCH_FEATURES:
		return TZVMM_SMCCC_SUCCESS;
	default:
		return TZVMM_SMCCC_NOT_SUPPORTED;
	}
}

enum tzvmm_action tzvmm_smccc_call(struct tzvmm_vm *vm, uint32_t *regs)
{
	const uint32_t function = regs[0];

	if (function == TZVMM_SMCCC_VERSION) {
		regs[0] = TZVMM_SMCCC_1_1;
		return TZVMM_RESUME;
	}
	if (function == TZVMM_SMCCC_ARCH_FEATURES) {
		regs[0] = arch_feature(regs[1]);
		return TZVMM_RESUME;
	}
	if (function >> TZVMM_SMCCC_OWNER_SHIFT == TZVMM_SMCCC_OWNER_STANDARD) {
		return tzvmm_psci_call(vm, regs);
	}
	vm->stats.smc_unknown++;
	regs[0] = TZVMM_SMCCC_NOT_SUPPORTED;
	return TZVMM_RESUME;
}
