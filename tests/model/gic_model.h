/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GIC_MODEL_H
#define GIC_MODEL_H

/* GICv2 with the Security Extensions, one CPU, five bits of priority: what is
 * neither here nor in the manual's map fails the test. */

#include "bus.h"

#define GIC_MODEL_WORDS 4u
#define GIC_MODEL_LINES (32u * GIC_MODEL_WORDS)

struct gic_model {
	struct model_device dist, cpu;
	bool normal;          /* accesses are those of the normal world */
	bool one_world;       /* no Security Extensions */
	uint32_t targets;     /* what this CPU's ITARGETSR0 says in each byte */
	uint32_t group_stuck; /* bits of IGROUPR1 that stay 0 */

	uint32_t level[GIC_MODEL_WORDS]; /* lines as devices drive them */
	uint32_t latch[GIC_MODEL_WORDS]; /* edges, and what software made pending */
	uint32_t group[GIC_MODEL_WORDS];
	uint32_t enabled[GIC_MODEL_WORDS];
	uint32_t active[GIC_MODEL_WORDS];
	uint8_t priority[GIC_MODEL_LINES];
	uint32_t target[GIC_MODEL_LINES / 4u];
	uint32_t edge[GIC_MODEL_LINES / 16u];
	uint32_t nsacr[GIC_MODEL_LINES / 16u];
	uint32_t dist_ctlr, cpu_ctlr, pmr, bpr, abpr;
	uint32_t apr, nsapr; /* one bit a priority */
	uint32_t sender;     /* of interrupts by software: bits 12:10 of IAR */
};

void gic_model_init(struct gic_model *m, uintptr_t dist, uintptr_t cpu);
void gic_model_drive(struct gic_model *m, uint32_t line, bool level);
/* What reaches the CPU. */
bool gic_model_fiq(struct gic_model *m);
bool gic_model_irq(struct gic_model *m);

/* Accesses of the guest. */
uint32_t gic_model_guest_read(struct gic_model *m, uintptr_t addr);
void gic_model_guest_write(struct gic_model *m, uintptr_t addr, uint32_t value);

#endif /* GIC_MODEL_H */
