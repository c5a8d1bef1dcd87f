/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EPIT_MODEL_H
#define EPIT_MODEL_H

/* EPIT: counts down with modelled time at hz ticks a second. */

#include "regs.h"

struct epit_model {
	struct model_regs regs;
	uint64_t hz;
	uint64_t from_ns; /* when the counter was loaded */
	uint32_t from_count;
	uint64_t nr_matches; /* compare events seen so far */
	bool running;
	unsigned reset_looks; /* reads of CR that a reset lasts */
	bool gated;           /* the clock is off: nothing moves, SWR hangs */
	uint32_t gated_count;
};

void epit_model_init(struct epit_model *m, uintptr_t base, uint64_t hz);
bool epit_model_irq(struct epit_model *m);
/* Stop or start the block's clock, as a guest that owns the gate would. */
void epit_model_gate(struct epit_model *m, bool off);
/* Let the counter stand where it would after so many ticks more. */
void epit_model_skip(struct epit_model *m, uint32_t ticks);

#endif /* EPIT_MODEL_H */
