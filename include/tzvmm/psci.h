/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_PSCI_H
#define TZVMM_PSCI_H

/** @file
 * Power state coordination [PSCI] for a VM with one CPU, number 0. */

#include <stdint.h>

#include <tzvmm/vm.h>

#define TZVMM_PSCI_VERSION 0x84000000u           /**< Version: 1.1. */
#define TZVMM_PSCI_CPU_SUSPEND 0x84000001u       /**< Standby states only. */
#define TZVMM_PSCI_CPU_OFF 0x84000002u           /**< Denied: the last CPU. */
#define TZVMM_PSCI_CPU_ON 0x84000003u            /**< There is one CPU. */
#define TZVMM_PSCI_AFFINITY_INFO 0x84000004u     /**< Is a CPU on? */
#define TZVMM_PSCI_MIGRATE_INFO_TYPE 0x84000006u /**< Nothing migrates. */
#define TZVMM_PSCI_SYSTEM_OFF 0x84000008u        /**< Power off. */
#define TZVMM_PSCI_SYSTEM_RESET 0x84000009u      /**< Reset. */
#define TZVMM_PSCI_FEATURES 0x8400000Au          /**< Is a function there? */
#define TZVMM_PSCI_SYSTEM_RESET2 0x84000012u     /**< Warm: the guest alone. */

#define TZVMM_PSCI_1_1 0x00010001u /**< Answer of TZVMM_PSCI_VERSION. */

#define TZVMM_PSCI_SUCCESS 0u                     /**< Done. */
#define TZVMM_PSCI_NOT_SUPPORTED UINT32_MAX       /**< -1. */
#define TZVMM_PSCI_INVALID_PARAMETERS 0xFFFFFFFEu /**< -2. */
#define TZVMM_PSCI_DENIED 0xFFFFFFFDu             /**< -3. */
#define TZVMM_PSCI_ALREADY_ON 0xFFFFFFFCu         /**< -4. */

/** TZVMM_PSCI_AFFINITY_INFO: the CPU runs. */
#define TZVMM_PSCI_AFFINITY_ON 0u
/** TZVMM_PSCI_SYSTEM_RESET2: the architecture's warm reset. */
#define TZVMM_PSCI_WARM_RESET 0u
/** TZVMM_PSCI_MIGRATE_INFO_TYPE: no secure service is tied to a CPU. */
#define TZVMM_PSCI_NO_MIGRATION 2u

/** Answer a call of the standard secure services: PSCI, and TRNG if the port has
 * entropy.
 *
 * @param vm   The VM.
 * @param regs Its r0 .. r7; the answer goes to r0.
 * @return What the port has to do. */
enum tzvmm_action tzvmm_psci_call(struct tzvmm_vm *vm, uint32_t *regs);

#endif /* TZVMM_PSCI_H */
