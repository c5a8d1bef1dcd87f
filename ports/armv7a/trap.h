/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_TRAP_H
#define TZVMM_ARMV7A_TRAP_H

/** @file
 * Aborts of the guest: decoded into device accesses, or given back to it. */

#include <armv7a/monitor.h>

/** Take an external data abort of the guest.
 * @param vm    The VM.
 * @param frame The guest's state; changed to where it goes on. */
void armv7a_data_abort(struct tzvmm_vm *vm, struct armv7a_frame *frame);

/** Take an external prefetch abort of the guest.
 * @param vm    The VM.
 * @param frame The guest's state; changed to where it goes on. */
void armv7a_prefetch_abort(struct tzvmm_vm *vm, struct armv7a_frame *frame);

/** Guest virtual to physical by the guest's tables, for a privileged read.
 *
 * @param va Guest virtual address.
 * @param pa Set on success: anything at all, as the guest made the tables.
 * @return Whether there is a translation.
 * @note Context: Monitor mode, SCR.NS set. */
bool armv7a_guest_translate(uint32_t va, uint32_t *pa);

/** PAR: there is no translation. */
#define ARMV7A_PAR_FAULT 1u
/** PAR: of a supersection. Bits 31:24 are the address's, 23:16 are its bits 39:32. */
#define ARMV7A_PAR_SUPER 2u

/** Ask for a privileged read's translation by the guest's tables. In vectors.S.
 *
 * @param va Guest virtual address.
 * @return PAR. ARMV7A_PAR_FAULT also if the walk itself took an external abort.
 * @note Context: Monitor mode, the secure bank selected, the guest's tables in the
 *       normal one. */
uint32_t armv7a_translate(uint32_t va);

#endif /* TZVMM_ARMV7A_TRAP_H */
