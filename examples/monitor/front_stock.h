/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_FRONT_STOCK_H
#define TZVMM_MONITOR_FRONT_STOCK_H

/** @file
 * The stock guest's front: devices that it finds at their addresses, by traps. A
 * board that cannot trap has front_untrapped.c in its place. */

#include <stddef.h>

#include <tzvmm/console.h>
#include <tzvmm/port/port.h>
#include <tzvmm/vm.h>

/** Set the VM up with its regions.
 * @param vm   The VM.
 * @param port Its board.
 * @return NULL, or what failed. */
const char *front_stock_init(struct tzvmm_vm *vm, const struct tzvmm_port *port);

/** The console has input for the guest, or may have room for its output. */
void front_stock_poll(void);

/** What the filters of closed blocks have refused.
 * @param out Where to. */
void front_stock_print_status(struct tzvmm_mux_source *out);

#endif /* TZVMM_MONITOR_FRONT_STOCK_H */
