/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_BANK_H
#define TZVMM_ARMV7A_BANK_H

/** @file
 * The guest's registers that stay in their mode's bank during an exit. */

#include <stdint.h>

/** r8 .. r14 of one mode. */
struct armv7a_bank {
	uint32_t r[7]; /**< r8 first. */
};

/** Read a mode's r8 .. r14. r8 .. r12 are the guest's only for FIQ mode: the
 * other modes share them with the running C code, and the frame has them.
 * @param mode CPSR mode bits of the normal world.
 * @param bank Filled. */
void armv7a_bank_read(uint32_t mode, struct armv7a_bank *bank);

/** Write a mode's r13 and r14, and for FIQ mode r8 .. r12 too.
 * @param mode CPSR mode bits of the normal world.
 * @param bank Values. */
void armv7a_bank_write(uint32_t mode, const struct armv7a_bank *bank);

/** Read a mode's saved status register.
 * @param mode CPSR mode bits of the normal world; one that has an SPSR.
 * @return SPSR. */
uint32_t armv7a_bank_spsr(uint32_t mode);

/** Put a return address and status into Abort mode's r14 and SPSR.
 * @param lr   r14_abt.
 * @param spsr SPSR_abt. */
void armv7a_bank_enter_abort(uint32_t lr, uint32_t spsr);

#endif /* TZVMM_ARMV7A_BANK_H */
