/* SPDX-License-Identifier: BSD-2-Clause */
/* How refused accesses of the normal world end, and what it can do to the CPU. */
#include <armv7a/cp15.h>

#include "report.h"
#include "world.h"

/* [ARMv7-ARM] B3.13.3, short descriptors. */
#define DFSR_FS 0x40Fu
#define FS_EXTERNAL 0x008u
#define FS_LATE 0x406u

/* Of eSDHC2, which nothing uses: two sources have its slot. */
#define REFUSED_SLOT IMX_CSU_SLOT(25, 1)
#define REFUSED (IMX53_ESDHC2_BASE + 0x08u)

#define ACTLR_L2EN (1u << 1)
#define ACTLR_IBE (1u << 6)
#define L2_NO_ALLOCATE (1u << 22)

ARMV7A_CP15(midr, c0, 0, c0, 0)
ARMV7A_CP15(l2aux, c9, 1, c0, 2)

static const char *kind(const struct world_outcome *o)
{
	const uint32_t fs = (o->secure.dfsr | o->normal.dfsr) & DFSR_FS;

	if (o->way != WORLD_DATA) {
		return world_way(o);
	}
	return fs == FS_LATE       ? "imprecise"
	       : fs == FS_EXTERNAL ? "precise"
				   : "unknown";
}

static void ask_abort(const char *name, const uint32_t *attempt, unsigned how)
{
	const struct world_outcome o = world_run(attempt, REFUSED, 0, how);

	remark("%s: DFSR %lx/%lx DFAR %08lx/%08lx secure/normal, pc %s, value "
	       "%08lx",
	       name, o.secure.dfsr, o.normal.dfsr, o.secure.dfar, o.normal.dfar,
	       o.at ? "of the access" : "elsewhere", o.value);
	if ((how & WORLD_EA_OFF) != 0u) {
		note(name, "%s", kind(&o));
		return;
	}
	/* What trap.c needs. */
	answer(name,
	       o.way == WORLD_DATA && o.at &&
		       (o.secure.dfsr & DFSR_FS) == FS_EXTERNAL &&
		       o.secure.dfar == REFUSED,
	       "trap.c cannot emulate: no stock guest", "%s", kind(&o));
}

void ask_aborts(void)
{
	csu_all(IMX_CSU_OPEN);
	csu_slot(REFUSED_SLOT, IMX_CSU_SECURE);
	ask_abort("abort-read", normal_read, 0);
	ask_abort("abort-write", normal_write, 0);
	ask_abort("abort-read-device", normal_read, WORLD_DEVICE);
	ask_abort("abort-write-device", normal_write, WORLD_DEVICE);
	ask_abort("abort-without-ea", normal_read, WORLD_EA_OFF);
	csu_all(IMX_CSU_SECURE);
}

void ask_cpu(void)
{
	const uint32_t actlr = armv7a_read_actlr(), l2 = armv7a_read_l2aux();
	const uint32_t wanted = ACTLR_L2EN | ACTLR_IBE;
	struct world_outcome o;

	answer("midr", (armv7a_read_midr() & 0xFF0FFFF0u) == 0x410FC080u,
	       "errata of ports/armv7a", "0x%08lx", armv7a_read_midr());
	answer("actlr", (actlr & wanted) == wanted,
	       "start.S: BPIALL does nothing without IBE", "0x%08lx", actlr);
	o = world_run(normal_actlr, 0, actlr ^ ACTLR_IBE, 0);
	answer("actlr-normal", armv7a_read_actlr() == actlr,
	       "the guest switches off what start.S sets", "%s", world_way(&o));
	armv7a_write_actlr(actlr);
	o = world_run(normal_l2, 0, l2 ^ L2_NO_ALLOCATE, 0);
	answer("l2-normal", armv7a_read_l2aux() == l2, "as actlr-normal",
	       "%s, L2 0x%08lx", world_way(&o), l2);
	armv7a_write_l2aux(l2);
	armv7a_isb();
	o = world_run(normal_masks, 0, 0, WORLD_FIQ_OPEN);
	answer("mask-normal", (o.value & (CPSR_A | CPSR_F)) == 0u,
	       "SCR: the guest holds off the monitor", "CPSR 0x%03lx",
	       o.value & 0x1FFu);
}
