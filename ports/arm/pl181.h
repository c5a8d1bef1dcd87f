/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARM_PL181_H
#define ARM_PL181_H

/** @file
 * PrimeCell Multimedia Card Interface (PL180, PL181) with an SD card: a block
 * device whose data the CPU moves. One request at a time, one data line, at most 25
 * MHz. While a request runs nothing else does: by calculation, 64 KiB are on a bus
 * of one line and 25 MHz for 21 ms. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/blk.h>
#include <tzvmm/log.h>
#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** What the driver needs to know. */
struct pl181_config {
	uintptr_t base;              /**< Registers. */
	const struct tzvmm_sys *sys; /**< Services; borrowed. */
	uint32_t mclk_hz;            /**< The block's clock, 1 .. 100 MHz. */
	/** Have pl181_run() called in so many microseconds. Required. */
	void (*wake)(void *ctx, uint32_t us);
	void *ctx; /**< Handed to wake. */
};

/** Host and card. Memory of the caller. */
struct pl181 {
	struct tzvmm_blkdev dev; /**< The whole card; what clients use. */
	/** @cond PRIVATE */
	struct pl181_config cfg;
	uint32_t rca; /* the card's address, in the upper half */
	bool sector_addressed;
	struct tzvmm_blk_req *first; /* linked by next */
	struct tzvmm_blk_req *last;  /* undefined while there is no first */
	struct tzvmm_ratelimit limit;

	/** @endcond */
};

/** Start the host, and the card in it. The log says why it cannot be used.
 *
 * @param host   Caller's memory; must not move.
 * @param config Copied.
 * @retval TZVMM_OK        @p host's dev can be used.
 * @retval TZVMM_E_INVAL   The clock is out of range.
 * @retval TZVMM_E_NODEV   No SD card answers.
 * @retval TZVMM_E_TIMEOUT The card does not get ready, or falls silent.
 * @retval TZVMM_E_UNSUPP  A card of a kind that is not known.
 * @retval TZVMM_E_FORMAT  What the card says makes no sense.
 * @retval TZVMM_E_IO      Answers are damaged. */
TZVMM_NODISCARD enum tzvmm_status pl181_init(struct pl181 *host,
					     const struct pl181_config *config);

/** Do the next request, if there is one, and answer it.
 * @param host Started. Not from inside of done().
 * @note Time: the card's; at most 3 seconds if it hangs. */
void pl181_run(struct pl181 *host);

#endif /* ARM_PL181_H */
