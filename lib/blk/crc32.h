/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_BLK_CRC32_H
#define TZVMM_BLK_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Extend a checksum, 0 at first, over len more bytes: CRC-32 of ISO 3309, as in
 * Ethernet, gzip and the GPT. */
uint32_t tzvmm_crc32(uint32_t crc, const uint8_t *bytes, size_t len);

#endif /* TZVMM_BLK_CRC32_H */
