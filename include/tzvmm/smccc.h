/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_SMCCC_H
#define TZVMM_SMCCC_H

/** @file
 * SMC calling convention [SMCCC]: function numbers and the dispatcher. */

#include <stdint.h>

#include <tzvmm/vm.h>

/** Which version of the convention is kept: 1.1. */
#define TZVMM_SMCCC_VERSION 0x80000000u
/** Whether an architecture function is there. */
#define TZVMM_SMCCC_ARCH_FEATURES 0x80000001u

/** Answer of TZVMM_SMCCC_VERSION: major in 30:16, minor in 15:0. */
#define TZVMM_SMCCC_1_1 0x00010001u
/** The call is done or the feature is there. */
#define TZVMM_SMCCC_SUCCESS 0u
/** No such function; -1 in two's complement. */
#define TZVMM_SMCCC_NOT_SUPPORTED UINT32_MAX

/** Bits 31:24 of a function number select the owner. Only fast calls (31) with
 * 32-bit registers (30 clear) are served. */
#define TZVMM_SMCCC_OWNER_SHIFT 24u
/** Fast 32-bit calls of the architecture. */
#define TZVMM_SMCCC_OWNER_ARCH 0x80u
/** Fast 32-bit calls of the standard secure services: PSCI. */
#define TZVMM_SMCCC_OWNER_STANDARD 0x84u

/** Fast 32-bit calls of the hypervisor: <tzvmm/abi/smc.h>. */
#define TZVMM_SMCCC_OWNER_HYP 0x86u

/** Answer a call of the guest. Only results are written: the other registers keep
 * what the guest put there, so nothing of the secure world can be in them.
 *
 * @param vm   The VM.
 * @param regs Its r0 .. r7.
 * @return What the port has to do.
 * @note Time: constant but for what services do. */
enum tzvmm_action tzvmm_smccc_call(struct tzvmm_vm *vm, uint32_t *regs);

#endif /* TZVMM_SMCCC_H */
