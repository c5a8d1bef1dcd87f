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

static bool is_free(uint32_t owner)
{
	return owner <= UINT8_MAX && owner != TZVMM_SMCCC_OWNER_ARCH &&
	       owner != TZVMM_SMCCC_OWNER_STANDARD;
}

enum tzvmm_status tzvmm_vm_serve(struct tzvmm_vm *vm,
				 const struct tzvmm_smc_service *services,
				 size_t nr_services)
{
	for (size_t i = 0; i < nr_services; i++) {
		if (!is_free(services[i].owner) || services[i].call == NULL) {
			return TZVMM_E_INVAL;
		}
	}
	vm->services = services;
	vm->nr_services = nr_services;
	return TZVMM_OK;
}

static bool serve(struct tzvmm_vm *vm, uint32_t owner, uint32_t *regs)
{
	for (size_t i = 0; i < vm->nr_services; i++) {
		const struct tzvmm_smc_service *service = &vm->services[i];

		if (service->owner == owner) {
			return service->call(service->ctx, regs);
		}
	}
	return false;
}

enum tzvmm_action tzvmm_smccc_call(struct tzvmm_vm *vm, uint32_t *regs)
{
	const uint32_t function = regs[0];
	uint32_t owner;

	if (function == TZVMM_SMCCC_VERSION) {
		regs[0] = TZVMM_SMCCC_1_1;
		return TZVMM_RESUME;
	}
	if (function == TZVMM_SMCCC_ARCH_FEATURES) {
		regs[0] = arch_feature(regs[1]);
		return TZVMM_RESUME;
	}
	owner = function >> TZVMM_SMCCC_OWNER_SHIFT;
	if (owner == TZVMM_SMCCC_OWNER_STANDARD) {
		return tzvmm_psci_call(vm, regs);
	}
	if (serve(vm, owner, regs)) {
		return TZVMM_RESUME;
	}
	vm->stats.smc_unknown++;
	regs[0] = TZVMM_SMCCC_NOT_SUPPORTED;
	return TZVMM_RESUME;
}
