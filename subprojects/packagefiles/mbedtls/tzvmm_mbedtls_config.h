/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MBEDTLS_CONFIG_H
#define TZVMM_MBEDTLS_CONFIG_H

/* What of mbed TLS is built: AES in XTS mode. No files, no clock, no heap. */

#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_MODE_XTS
#define MBEDTLS_PLATFORM_ZEROIZE_ALT

/* Constant tables, for a library without writable data; one of 1 KiB instead of
 * four for each direction: the others are rotations of it, which ARM has for
 * nothing, and a quarter of the cache lines. */
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES

#endif /* TZVMM_MBEDTLS_CONFIG_H */
