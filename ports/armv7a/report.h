/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_REPORT_H
#define TZVMM_ARMV7A_REPORT_H

/** @file
 * What can be seen of a guest that has stopped: its registers, and who called whom.
 * Context of all: Monitor mode during an exit of the guest, SCR.NS set. */

#include <stdbool.h>
#include <stdint.h>

#include <armv7a/monitor.h>
#include <tzvmm/gmem.h>
#include <tzvmm/port/port.h>

/** The guest's state that the exit saved.
 * @return It; valid until the guest goes on. */
const struct armv7a_frame *armv7a_guest_frame(void);

/** Whether the guest sleeps by WFI: the instruction before its program counter.
 * @param ram Its RAM.
 * @return true if so. */
bool armv7a_guest_waits(const struct tzvmm_gmem *ram);

/** Log its registers, those of each mode's bank and those of system control.
 * @param sys Where to. */
void armv7a_report_registers(const struct tzvmm_sys *sys);

/** Log words of its stack that are likely return addresses: the instruction before
 * them is a call. What was called before and has returned may be among them. The
 * stack is taken to end at the next multiple of 8 KiB, as in Linux.
 * @param sys Where to.
 * @param ram Its RAM. */
void armv7a_report_stack(const struct tzvmm_sys *sys, const struct tzvmm_gmem *ram);

#endif /* TZVMM_ARMV7A_REPORT_H */
