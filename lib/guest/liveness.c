/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/liveness.h>

void tzvmm_liveness_init(struct tzvmm_liveness *live, uint32_t limit_us)
{
	*live = (struct tzvmm_liveness){ .limit_us = limit_us };
}

/* Whether something has held for all samples of the limit. */
static bool holds(struct tzvmm_liveness_since *since, bool now, uint64_t now_us,
		  uint32_t limit_us)
{
	if (!now) {
		since->samples = 0;
		return false;
	}
	if (since->samples == 0u) {
		since->us = now_us;
	}
	since->samples += since->samples < TZVMM_LIVENESS_SAMPLES;
	return since->samples == TZVMM_LIVENESS_SAMPLES &&
	       now_us - since->us >= limit_us;
}

enum tzvmm_verdict tzvmm_liveness_judge(struct tzvmm_liveness *live,
					const struct tzvmm_liveness_sample *sample,
					uint64_t now_us)
{
	/* An interrupt that is pending ends the sleep: then it is none. */
	const bool stuck = sample->masked && (!sample->waiting || sample->pending);
	const bool quiet = stuck && sample->exits == live->exits;
	const bool deaf = holds(&live->quiet, quiet, now_us, live->limit_us);

	live->exits = sample->exits;
	if (holds(&live->unserved, stuck && sample->pending, now_us, live->limit_us)) {
		return TZVMM_UNSERVED;
	}
	return deaf ? TZVMM_DEAF : TZVMM_ALIVE;
}
