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

#endif /* TZVMM_ARMV7A_TRAP_H */
