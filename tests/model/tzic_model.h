/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZIC_MODEL_H
#define TZIC_MODEL_H

/* TZIC, secure view. */

#include "regs.h"

struct tzic_model {
	struct model_regs regs;
	uint32_t level[4];       /* lines as devices drive them */
	uint32_t soft[4];        /* lines asserted by software */
	bool hipnd_highest_only; /* one reading of "highest": others are hidden */
	uint32_t intsec_stuck;   /* bits of INTSEC0 that stay 0 */
};

void tzic_model_init(struct tzic_model *m, uintptr_t base);
void tzic_model_drive(struct tzic_model *m, uint32_t line, bool level);
/* What reaches the CPU. */
bool tzic_model_fiq(struct tzic_model *m);
bool tzic_model_irq(struct tzic_model *m);

#endif /* TZIC_MODEL_H */
