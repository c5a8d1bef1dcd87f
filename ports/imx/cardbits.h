/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_CARDBITS_H
#define IMX_CARDBITS_H

/** @file
 * Fields of a card's long registers. */

#include <stdint.h>

/** Bits of a 136-bit answer.
 *
 * @param rsp  The answer as the host gives it: without its lowest byte, a CRC.
 * @param high Highest bit, numbered as in [SD-PHY], below 128.
 * @param low  Lowest bit, at least 8; less than 32 below @p high.
 * @return The field. */
static inline uint32_t imx_card_bits(const uint32_t rsp[4], unsigned high,
				     unsigned low)
{
	const unsigned first = low - 8u;
	const unsigned width = high - low + 1u;
	uint64_t pair = rsp[first / 32u];

	if (first / 32u < 3u) {
		pair |= (uint64_t)rsp[first / 32u + 1u] << 32;
	}
	return (uint32_t)(pair >> first % 32u) & ((1u << width) - 1u);
}

#endif /* IMX_CARDBITS_H */
