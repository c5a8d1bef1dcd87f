/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TESTS_MANIFEST_H
#define TZVMM_TESTS_MANIFEST_H

/* What disk.c and overlay.c want to know of a board. */

#include <stdint.h>

#define BOARD_POOL_LEN (17u << 20)
extern uint8_t monitor_pool[BOARD_POOL_LEN];
#define BOARD_POOL_BASE ((uintptr_t)monitor_pool)

#define BOARD_NR_GUEST_BANKS 1u
#define BOARD_LINE_VIRTIO0 1u
#define BOARD_LINE_EDGE0 10u
#define BOARD_DISK_PARTITION "2"
#define BOARD_DISK_SERIAL "disk"
#define BOARD_DISK_POLICY TZVMM_ABI_BOOTPKG_READ_WRITE

#endif /* TZVMM_TESTS_MANIFEST_H */
