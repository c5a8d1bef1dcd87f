/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_DISK_H
#define TZVMM_MONITOR_DISK_H

/** @file
 * The guest's disks: partitions of the card, as the boot package says. */

#include <tzvmm/boot.h>
#include <tzvmm/console.h>
#include <tzvmm/port/port.h>
#include <tzvmm/virtio_blk.h>
#include <tzvmm/vm.h>

/** The guest's disks. Those that are not there are not plugged in. */
extern struct tzvmm_virtio_blk guest_disks[TZVMM_ABI_BOOTPKG_MAX_DISKS];

/** How many there are. */
extern uint32_t nr_guest_disks;

/** Open the guest's partitions. Keys are taken out of the package.
 * @param boot What the package says.
 * @return NULL, or what failed; the log says why. */
const char *disks_open(const struct tzvmm_boot *boot);

/** Plug the disks in, as after a reset.
 * @param port The board.
 * @param irqs The guest's interrupts.
 * @return NULL, or what failed. */
const char *disks_plug(const struct tzvmm_port *port, struct tzvmm_irqs *irqs);

/** Go on after the card's interrupts were served. */
void disks_run(void);

/** Take what is on its way further, and nothing new from the guest, which stands still.
 * @return true if nothing is on its way. */
bool disks_idle(void);

/** Forget the keys and what was decrypted. The disks are of no use any more. */
void disks_wipe(void);

/** Log the guest's requests that are not answered yet.
 * @param now_us The clock. */
void disks_report(uint64_t now_us);

/** Print counters.
 * @param out Where to. */
void disks_print_status(struct tzvmm_mux_source *out);

#endif /* TZVMM_MONITOR_DISK_H */
