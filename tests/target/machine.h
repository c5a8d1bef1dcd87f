/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TESTS_TARGET_MACHINE_H
#define TZVMM_TESTS_TARGET_MACHINE_H

/** @file
 * QEMU's machine "none": a CPU and RAM. No time passes, the log is what it prints,
 * each line is the guest's and goes nowhere. */

#include <armv7a/mmu.h>
#include <tzvmm/port/port.h>

#define GUEST_BASE 0x01000000u
#define GUEST_LEN 0x01000000u
#define MACHINE_NR_MAP 3u

extern const struct tzvmm_sys machine_sys;
extern const struct tzvmm_port machine_port;
extern const struct armv7a_map machine_map[MACHINE_NR_MAP];

#endif /* TZVMM_TESTS_TARGET_MACHINE_H */
