/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_LIVENESS_H
#define TZVMM_LIVENESS_H

/** @file
 * Whether a guest is alive, judged by samples of it that a secure timer takes. A
 * guest that takes interrupts is; one that waits for an interrupt is too. */

#include <stdbool.h>
#include <stdint.h>

/** What a sample saw. */
struct tzvmm_liveness_sample {
	bool masked;  /**< The guest has its interrupts masked. */
	bool waiting; /**< It sleeps until one comes, which wakes it masked too. */
	bool pending; /**< An interrupt that it has enabled waits for it. */
	uint32_t exits; /**< Those that it made itself; changes by any. */
};

/** What is thought of the guest. */
enum tzvmm_verdict {
	TZVMM_ALIVE,    /**< Nothing speaks against it. */
	TZVMM_DEAF,     /**< Interrupts masked, no exit, for the limit. */
	TZVMM_UNSERVED, /**< Interrupts masked while one waits, for the limit. */
};

/** Least samples that a verdict needs. */
#define TZVMM_LIVENESS_SAMPLES 8u

/** The judge. Memory of the embedding code. */
struct tzvmm_liveness {
	/** @cond PRIVATE */
	uint32_t limit_us;
	uint32_t exits;
	struct tzvmm_liveness_since {
		uint64_t us;
		uint32_t samples;
	} quiet, unserved;

	/** @endcond */
};

/** Start to judge, as when a guest starts.
 *
 * @param live     Caller's memory.
 * @param limit_us How long a guest may do what a dead one does. */
void tzvmm_liveness_init(struct tzvmm_liveness *live, uint32_t limit_us);

/** Take a sample.
 *
 * @param live   Initialised.
 * @param sample What it saw.
 * @param now_us The clock.
 * @return The verdict. */
enum tzvmm_verdict tzvmm_liveness_judge(struct tzvmm_liveness *live,
					const struct tzvmm_liveness_sample *sample,
					uint64_t now_us);

#endif /* TZVMM_LIVENESS_H */
