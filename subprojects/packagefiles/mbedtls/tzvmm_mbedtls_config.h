/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MBEDTLS_CONFIG_H
#define TZVMM_MBEDTLS_CONFIG_H

/* What of mbed TLS is built: AES in XTS mode, SHA-256, and ECDSA with P-256 to
 * verify signatures. No files, no clock, no heap. */

#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_MODE_XTS
#define MBEDTLS_SHA256_C
#define MBEDTLS_PLATFORM_ZEROIZE_ALT

/* Constant tables, for a library without writable data; one of 1 KiB instead of
 * four for each direction: the others are rotations of it, which ARM has for
 * nothing, and a quarter of the cache lines. */
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES

#define MBEDTLS_HAVE_ASM
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C

/* Random numbers protect secrets, and to verify there are none. */
#define MBEDTLS_ECP_NO_INTERNAL_RNG

/* Less memory, and more time for something that is done once a start. */
#define MBEDTLS_ECP_WINDOW_SIZE 2
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0

/* Big numbers live in a buffer that the caller gives. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
/* When it finds its own lists broken: an exception, and that is fatal. */
#define MBEDTLS_PLATFORM_EXIT_MACRO(status) __builtin_trap()

#endif /* TZVMM_MBEDTLS_CONFIG_H */
