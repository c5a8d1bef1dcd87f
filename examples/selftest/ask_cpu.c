/* SPDX-License-Identifier: BSD-2-Clause */
/* How refused accesses of the normal world end, and what it can do to the CPU. */
#include <armv7a/cp15.h>
#include <imx/csu.h>
#include <imx53/imx53.h>
#include <tzvmm/log.h>

#include "report.h"
#include "world.h"

/* [ARMv7-ARM] B3.13.3, short descriptors. */
#define DFSR_FS 0x40Fu
#define FS_EXTERNAL 0x008u
#define FS_LATE 0x406u

/* Of eSDHC2, which nothing uses: two sources have its slot. */
#define REFUSED_SLOT IMX_CSU_SLOT(25, 1)
#define REFUSED (IMX53_ESDHC2_BASE + 0x08u)
#define PATTERN 0x5E1F7E57u

#define ACTLR_IBE (1u << 6)
#define L2_NO_ALLOCATE (1u << 22)
#define SPIN 10000u

ARMV7A_CP15(midr, c0, 0, c0, 0)
ARMV7A_CP15(l2aux, c9, 1, c0, 2)

static const char *kind(const struct world_outcome *o)
{
	const uint32_t fs = (o->secure.dfsr | o->normal.dfsr) & DFSR_FS;

	if (o->way == WORLD_DONE) {
		return "no abort";
	}
	if (o->way == WORLD_VECTOR) {
		return o->vector == 4u ? "in the normal world"
				       : "another exception there";
	}
	if (o->way != WORLD_DATA) {
		return "another exception";
	}
	return fs == FS_LATE       ? "imprecise"
	       : fs == FS_EXTERNAL ? "precise"
				   : "of an unknown kind";
}

/* What trap.c needs: the instruction, and the address in the secure bank. */
static bool is_precise(const struct world_outcome *o, uint32_t addr)
{
	return o->way == WORLD_DATA && o->at &&
	       (o->secure.dfsr & DFSR_FS) == FS_EXTERNAL && o->secure.dfar == addr;
}

static void describe(const char *name, const struct world_outcome *o)
{
	remark("%s: DFSR %lx/%lx DFAR %08lx/%08lx secure/normal, pc %s, value "
	       "%08lx",
	       name, (unsigned long)o->secure.dfsr, (unsigned long)o->normal.dfsr,
	       (unsigned long)o->secure.dfar, (unsigned long)o->normal.dfar,
	       o->at ? "of the access" : "elsewhere", (unsigned long)o->value);
}

void ask_aborts(void)
{
	static const struct {
		const char *name;
		const uint32_t *attempt;
		unsigned how;
	} tries[] = {
		{ "abort-read", normal_read, 0 },
		{ "abort-write", normal_write, 0 },
		{ "abort-read-device", normal_read, WORLD_DEVICE },
		{ "abort-write-device", normal_write, WORLD_DEVICE },
	};
	struct world_outcome o;

	csu_all(IMX_CSU_OPEN);
	csu_slot(REFUSED_SLOT, IMX_CSU_SECURE);
	for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		o = world_run(tries[i].attempt, REFUSED, PATTERN, tries[i].how);
		describe(tries[i].name, &o);
		answer(tries[i].name, is_precise(&o, REFUSED),
		       "trap.c cannot emulate: no stock guest", "%s", kind(&o));
	}
	o = world_run(normal_read, REFUSED, 0, WORLD_EA_OFF);
	describe("abort-without-ea", &o);
	answer("abort-without-ea", o.way == WORLD_VECTOR && o.vector == 4u,
	       "nothing: the monitor sets SCR.EA", "%s", kind(&o));
	csu_all(IMX_CSU_SECURE);
}

static const char *effect(const struct world_outcome *o, bool changed)
{
	if (changed) {
		return "changes it";
	}
	return o->way == WORLD_VECTOR && o->vector == 1u ? "undefined" : "ignored";
}

static void ask_masks(void)
{
	const struct world_outcome o = world_run(normal_masks, 0, 0, WORLD_FIQ_OPEN);

	answer("mask-normal", (o.value & (CPSR_A | CPSR_F)) == 0u,
	       "the guest can hold off the monitor: SCR.FW and AW", "CPSR 0x%03lx",
	       (unsigned long)o.value & 0x1FFu);
}

void ask_cpu(void)
{
	const uint32_t actlr = armv7a_read_actlr(), l2 = armv7a_read_l2aux();
	struct world_outcome o;

	answer("midr", (armv7a_read_midr() & 0xFF0FFFF0u) == 0x410FC080u,
	       "not a Cortex-A8: ports/armv7a's errata", "0x%08lx",
	       (unsigned long)armv7a_read_midr());
	answer("actlr", (actlr & (ACTLR_IBE | 2u)) == (ACTLR_IBE | 2u),
	       "start.S: BPIALL does nothing without IBE", "0x%08lx",
	       (unsigned long)actlr);
	o = world_run(normal_actlr, 0, actlr ^ ACTLR_IBE, 0);
	answer("actlr-normal", armv7a_read_actlr() == actlr,
	       "the guest switches off what start.S sets: set it at each exit",
	       "%s", effect(&o, armv7a_read_actlr() != actlr));
	armv7a_write_actlr(actlr);
	o = world_run(normal_l2, 0, l2 ^ L2_NO_ALLOCATE, 0);
	answer("l2-normal", armv7a_read_l2aux() == l2, "as actlr-normal",
	       "%s, L2 0x%08lx", effect(&o, armv7a_read_l2aux() != l2),
	       (unsigned long)l2);
	armv7a_write_l2aux(l2);
	armv7a_isb();
	ask_masks();
}
