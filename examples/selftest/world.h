/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WORLD_H
#define WORLD_H

/* Single attempts in the normal world, by the monitor's own world switch. */

#include <stdbool.h>
#include <stdint.h>

/* How the normal world was left. */
enum world_way {
	WORLD_DONE,      /* the attempt came to its end */
	WORLD_UNDEFINED, /* exceptions that the normal world took */
	WORLD_ABORT,
	WORLD_FIQ, /* to the monitor: these */
	WORLD_DATA,
	WORLD_PREFETCH,
	WORLD_SMC, /* anything else */
};

/* Fault registers of one world. */
struct world_fault {
	uint32_t dfsr, dfar;
};

struct world_outcome {
	enum world_way way;
	bool at;        /* the first instruction of the attempt was hit */
	uint32_t value; /* r1 */
	struct world_fault secure, normal;
};

/* A name for it. */
const char *world_way(const struct world_outcome *o);

/* How an attempt is made. */
#define WORLD_FIQ_OPEN (1u << 0)  /* with CPSR.F clear and SCR.FIQ set */
#define WORLD_FIQ_TAKEN (1u << 1) /* SCR.FIQ set, whatever CPSR.F */
#define WORLD_EA_OFF (1u << 2)    /* SCR.EA clear */
#define WORLD_DEVICE (1u << 3)    /* MMU on: registers as Linux maps them */

/* Instructions of an attempt, in normal.S. */
extern const uint32_t normal_read[], normal_read16[], normal_write[],
	normal_masks[], normal_actlr[], normal_l2[], normal_spin[];

/* Vectors, the normal world's memory: once. */
void world_init(void);

/* Run an attempt with r0 and r1. */
struct world_outcome world_run(const uint32_t *attempt, uint32_t r0, uint32_t r1,
			       unsigned how);

/* Whether the normal world reads a word. */
bool world_read(uint32_t addr, uint32_t *value);

/* Write a word there; whether nothing was refused. */
bool world_write(uint32_t addr, uint32_t value);

#endif /* WORLD_H */
