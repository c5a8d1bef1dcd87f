/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/psci.h>
#include <tzvmm/smccc.h>
#include <tzvmm/trng.h>

/* [PSCI] CPU_SUSPEND, power_state in its original format: what must be zero, and
 * the bit that asks for a power-down state. */
#define POWER_STATE_RESERVED 0xFCFE0000u
#define POWER_STATE_POWERDOWN (1u << 16)

/* [PSCI] MPIDR fields that name a CPU; ours has all of them zero. */
#define MPIDR_AFFINITY 0x00FFFFFFu

static uint32_t feature(uint32_t function)
{
	switch (function) {
	case TZVMM_PSCI_VERSION:
	case TZVMM_PSCI_CPU_SUSPEND: /* 0: original power_state format */
	case TZVMM_PSCI_CPU_OFF:
	case TZVMM_PSCI_CPU_ON:
	case TZVMM_PSCI_AFFINITY_INFO:
	case TZVMM_PSCI_MIGRATE_INFO_TYPE:
	case TZVMM_PSCI_SYSTEM_OFF:
	case TZVMM_PSCI_SYSTEM_RESET:
	case TZVMM_PSCI_SYSTEM_RESET2:
	case TZVMM_PSCI_FEATURES:
	case TZVMM_SMCCC_VERSION: /* how a guest learns of SMCCC 1.1 */
		return TZVMM_PSCI_SUCCESS;
	default:
		return TZVMM_PSCI_NOT_SUPPORTED;
	}
}

static uint32_t cpu_on(uint32_t target)
{
	return (target & MPIDR_AFFINITY) == 0u ? TZVMM_PSCI_ALREADY_ON
					       : TZVMM_PSCI_INVALID_PARAMETERS;
}

static uint32_t affinity_info(uint32_t target, uint32_t lowest_level)
{
	/* Since version 1.0 levels above 0 need not be known. */
	if ((target & MPIDR_AFFINITY) != 0u || lowest_level != 0u) {
		return TZVMM_PSCI_INVALID_PARAMETERS;
	}
	return TZVMM_PSCI_AFFINITY_ON;
}

static enum tzvmm_action cpu_suspend(uint32_t *regs)
{
	/* Power-down would need a warm boot path; standby keeps everything. */
	if ((regs[1] & (POWER_STATE_RESERVED | POWER_STATE_POWERDOWN)) != 0u) {
		regs[0] = TZVMM_PSCI_INVALID_PARAMETERS;
		return TZVMM_RESUME;
	}
	regs[0] = TZVMM_PSCI_SUCCESS;
	return TZVMM_STANDBY;
}

enum tzvmm_action tzvmm_psci_call(struct tzvmm_vm *vm, uint32_t *regs)
{
	switch (regs[0]) {
	case TZVMM_PSCI_VERSION:
		regs[0] = TZVMM_PSCI_1_1;
		break;
	case TZVMM_PSCI_CPU_SUSPEND:
		return cpu_suspend(regs);
	case TZVMM_PSCI_CPU_OFF:
		regs[0] = TZVMM_PSCI_DENIED;
		break;
	case TZVMM_PSCI_CPU_ON:
		regs[0] = cpu_on(regs[1]);
		break;
	case TZVMM_PSCI_AFFINITY_INFO:
		regs[0] = affinity_info(regs[1], regs[2]);
		break;
	case TZVMM_PSCI_MIGRATE_INFO_TYPE:
		regs[0] = TZVMM_PSCI_NO_MIGRATION;
		break;
	case TZVMM_PSCI_SYSTEM_OFF:
		return TZVMM_OFF;
	case TZVMM_PSCI_SYSTEM_RESET:
		return TZVMM_RESET;
	case TZVMM_PSCI_SYSTEM_RESET2:
		if (regs[1] == TZVMM_PSCI_WARM_RESET) {
			return TZVMM_RESTART;
		}
		regs[0] = TZVMM_PSCI_INVALID_PARAMETERS;
		break;
	case TZVMM_PSCI_FEATURES:
		regs[0] = feature(regs[1]);
		break;
	default:
		if (tzvmm_trng_call(vm->port->entropy, regs)) {
			break;
		}
		vm->stats.smc_unknown++;
		regs[0] = TZVMM_PSCI_NOT_SUPPORTED;
		break;
	}
	return TZVMM_RESUME;
}
