/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_HYPERCALL_H
#define TZVMM_HYPERCALL_H

/** @file
 * The SMC front: calls of <tzvmm/abi/smc.h>, answered for the devices of one
 * guest. To be entered in its VM as the service of TZVMM_SMCCC_OWNER_HYP. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/abi/smc.h>
#include <tzvmm/smc_console.h>
#include <tzvmm/virtio.h>
#include <tzvmm/vm.h>

/** What a guest reaches by calls. Borrowed: constant, or alive as long as the VM. */
struct tzvmm_hypercalls {
	/** Device n of the calls; NULL where no device is. May be NULL if there
	 * is none at all. */
	struct tzvmm_virtio *const *devices;
	uint32_t nr_devices; /**< Entries. */
	/** The guest's console, or NULL. */
	struct tzvmm_smc_console *console;
};

/** Answer a call of this owner; a struct tzvmm_smc_service's function.
 *
 * @param ctx  A const struct tzvmm_hypercalls.
 * @param regs The guest's r0 .. r7. Only results are written.
 * @return Whether there is such a call.
 * @note Time: bounded by a notification's work in the device. */
bool tzvmm_hypercall(void *ctx, uint32_t *regs);

#endif /* TZVMM_HYPERCALL_H */
