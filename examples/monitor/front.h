/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_FRONT_H
#define TZVMM_MONITOR_FRONT_H

/** @file
 * How the guest reaches its devices: by calls, and if it is a stock one by trapped
 * accesses too. */

#include <stdint.h>

#include <tzvmm/virtio.h>
#include <tzvmm/vm.h>

/** Set the VM up and give it its devices but for those of the bus.
 * @param vm      The VM.
 * @param port    Its board.
 * @param profile enum tzvmm_abi_bootpkg_profile.
 * @return NULL, or what failed. */
const char *front_init(struct tzvmm_vm *vm, const struct tzvmm_port *port,
		       uint32_t profile);

/** Take the guest's interrupts back and reset its devices, which have nothing to
 * do. Then front_init() gives it new ones. */
void front_reset(void);

/** The console has input for the guest, or may have room for its output. */
void front_console_changed(void);

#endif /* TZVMM_MONITOR_FRONT_H */
