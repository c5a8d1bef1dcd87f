/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TESTS_TARGET_SEMIHOST_H
#define TZVMM_TESTS_TARGET_SEMIHOST_H

/** @file
 * Text and exit status out of a bare ELF under QEMU. */

/** Print. @param text NUL-terminated. */
void semihost_print(const char *text);

/** End QEMU. @param status Exit status of the process. */
void semihost_exit(int status) __attribute__((noreturn));

#endif /* TZVMM_TESTS_TARGET_SEMIHOST_H */
