/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_GUEST_H
#define TZVMM_MONITOR_GUEST_H

/** @file
 * The guest: its virtual machine, its devices, its start. */

#include <tzvmm/blk.h>
#include <tzvmm/boot.h>
#include <tzvmm/console.h>
#include <tzvmm/virtio_blk.h>
#include <tzvmm/vm.h>

/** The virtual machine. */
extern struct tzvmm_vm guest_vm;

/** Its disk. */
extern struct tzvmm_virtio_blk guest_disk;

/** Plug the devices together.
 * @param disk    What the guest's disk shows.
 * @param profile enum tzvmm_abi_bootpkg_profile.
 * @return NULL, or what failed. */
const char *guest_init(const struct tzvmm_blkdev *disk, uint32_t profile);

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

/** Whether the guest's disk has nothing to do.
 * @return true if so. */
bool guest_disk_idle(void);

/** Print the guest's counters.
 * @param out Where to. */
void guest_print_status(struct tzvmm_mux_source *out);

#endif /* TZVMM_MONITOR_GUEST_H */
