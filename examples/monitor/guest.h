/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_GUEST_H
#define TZVMM_MONITOR_GUEST_H

/** @file
 * The guest: its virtual machine, its devices, its start. */

#include <tzvmm/boot.h>
#include <tzvmm/console.h>
#include <tzvmm/vm.h>

/** The virtual machine. */
extern struct tzvmm_vm guest_vm;

/** Plug the devices together; the disks are open.
 * @param profile enum tzvmm_abi_bootpkg_profile.
 * @return NULL, or what failed. */
const char *guest_init(uint32_t profile);

/** Start the guest, or start it anew: memory and devices as after a reset.
 * @param boot What guest_load() gave. */
void guest_start(const struct tzvmm_boot *boot) __attribute__((noreturn));

/** The same from the boot package. The disk must be idle. */
void guest_restart(void) __attribute__((noreturn));

/** Load kernel, device tree and initrd from the boot package.
 * @param boot Filled.
 * @return NULL, or what failed; the log says why. */
const char *guest_load(struct tzvmm_boot *boot);

/** Go on with the devices after the secure interrupts were served. */
void guest_run_devices(void);

/** Print the guest's counters.
 * @param out Where to. */
void guest_print_status(struct tzvmm_mux_source *out);

#endif /* TZVMM_MONITOR_GUEST_H */
