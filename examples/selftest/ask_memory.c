/* SPDX-License-Identifier: BSD-2-Clause */
/* DDR: watermarks, and what answers where none is populated. */
#include <armv7a/cache.h>
#include <armv7a/probe.h>
#include <board.h>
#include <imx53/alias.h>
#include <imx/csu.h>
#include <imx53/imx53.h>
#include <imx53/m4if.h>
#include <imx53/m4if_regs.h>
#include <imx53/tzic_regs.h>
#include <tzvmm/log.h>
#include <tzvmm/port/mmio.h>

#include "report.h"
#include "world.h"

#define CTL_SDE1 (1u << 30)
#define MARK_LEN ARMV7A_SECTION
#define PATTERN 0x5E1F7E57u
#define CSD0_MARK                                                                  \
	(IMX53_CSD0_BASE + 0x02000000u) /* where a boot package would be */

#define BANK(base, len)                                                            \
	{                                                                          \
		(base), (len)                                                      \
	}
static const struct imx53_alias_bank secure[] = { BOARD_SECURE_BANKS(BANK) };
static const struct imx53_alias_bank guest[] = { BOARD_GUEST_BANKS(BANK) };

static uint32_t rd(uintptr_t addr)
{
	return tzvmm_mmio_read32(addr);
}

static bool has_csd1(void)
{
	return (rd(IMX53_ESDCTL_BASE) & CTL_SDE1) != 0u;
}

/* A range behind each chip select. */
static const struct mark {
	const char *open, *read, *write, *status;
	uint32_t at;
	uint32_t bit; /* of WMIS0; UNKNOWN of the second */
} first = { "watermark-off",    "watermark-read", "watermark-write",
	    "watermark-status", CSD0_MARK,        WMIS_DDR0 },
  second = { "watermark2-off",    "watermark2-read", "watermark2-write",
	     "watermark2-status", IMX53_CSD1_BASE,   0 };

static const char *how(const struct world_outcome *o)
{
	if (o->way != WORLD_DATA) {
		return o->way == WORLD_DONE ? "no abort" : "another exception";
	}
	return o->at ? "precise abort" : "imprecise abort";
}

static void put_pattern(const struct mark *m)
{
	uint32_t at;

	(void)armv7a_probe_write(m->at, false, PATTERN);
	(void)imx53_m4if_take_violation(IMX53_M4IF_BASE, &at);
}

static bool has_pattern(const struct mark *m)
{
	uint32_t seen = 0;

	return armv7a_probe_read(m->at, false, &seen) && seen == PATTERN;
}

static void ask_status(const struct mark *m)
{
	const uint32_t status = rd(IMX53_M4IF_BASE + M4IF_WMIS0);
	const uint32_t at = rd(IMX53_M4IF_BASE + M4IF_WMVA0);
	const uint32_t line =
		rd(IMX53_TZIC_BASE + TZIC_WORD(TZIC_PND, 0)) >> IMX53_IRQ_EMI & 1u;
	uint32_t left;

	(void)imx53_m4if_take_violation(IMX53_M4IF_BASE, &left);
	left = rd(IMX53_M4IF_BASE + M4IF_WMIS0);
	answer(m->status,
	       (m->bit == 0u || (status & m->bit) != 0u) && at == m->at &&
		       (left & m->bit) == 0u && line != 0u,
	       "m4if.c: take_violation() notes nothing, or line 15 does not tell",
	       "WMIS0 %08lx then %08lx, WMVA0 %08lx, line 15 %s",
	       (unsigned long)status, (unsigned long)left, (unsigned long)at,
	       line != 0u ? "up" : "down");
}

static void ask_mark(const struct mark *m)
{
	struct world_outcome o;
	uint32_t value = 0;
	bool holds;

	tzvmm_mmio_write32(IMX53_TZIC_BASE + TZIC_WORD(TZIC_ENSET, 0),
			   1u << IMX53_IRQ_EMI);
	put_pattern(m);
	holds = world_read(m->at, &value) && value == PATTERN;
	answer(m->open, holds, "the next answers say nothing: something else refuses",
	       "%s", holds ? "normal world reads" : "refused");
	holds = imx53_m4if_protect(IMX53_M4IF_BASE, m->at, MARK_LEN) == TZVMM_OK;
	put_pattern(m);
	o = world_run(normal_read, m->at, 0, 0);
	answer(m->read, holds && o.value != PATTERN,
	       "ram.c: the monitor refuses to start", "%s, reads %08lx", how(&o),
	       (unsigned long)o.value);
	ask_status(m);
	o = world_run(normal_write, m->at, ~PATTERN, 0);
	answer(m->write, has_pattern(m), "ram.c: the monitor refuses to start",
	       "%s, %s", how(&o), has_pattern(m) ? "not written" : "written");
	tzvmm_mmio_write32(IMX53_TZIC_BASE + TZIC_WORD(TZIC_ENCLEAR, 0),
			   1u << IMX53_IRQ_EMI);
}

/* Whether the CSU must keep the normal world from the M4IF, or it does so itself. */
static void ask_registers(void)
{
	const uintptr_t end = IMX53_M4IF_BASE + M4IF_WMEA0;
	const uint32_t before = rd(end);
	const bool done = world_write(end, before - 1u);
	const bool moved = rd(end) != before;

	tzvmm_mmio_write32(end, before);
	note_value("watermark-normal-registers", "%s, %s", done ? "taken" : "refused",
		   moved ? "moved: the slots of unknown use must stay closed"
			 : "not moved");
}

void ask_m4if(void)
{
	csu_all(IMX_CSU_OPEN);
	armv7a_dcache_flush_all();
	ask_mark(&first);
	ask_registers();
	if (has_csd1()) {
		ask_mark(&second);
	} else {
		const bool holds = imx53_m4if_protect(IMX53_M4IF_BASE, second.at,
						      MARK_LEN) == TZVMM_OK;

		answer("watermark2-registers", holds,
		       "nothing on a board with one chip select", "%s",
		       holds ? "read back" : "do not read back");
	}
	tzvmm_mmio_write32(IMX53_M4IF_BASE + M4IF_WMSA0, 0);
	tzvmm_mmio_write32(IMX53_M4IF_BASE + M4IF_WMSA0 + M4IF_CSD1, 0);
	csu_all(IMX_CSU_SECURE);
}

static const char *verdict(enum tzvmm_status status,
			   const struct imx53_alias_result *found)
{
	switch (status) {
	case TZVMM_OK:
		return found->nr == 0u ? "none" : "refused to the normal world";
	case TZVMM_E_DENIED:
		return "open to the normal world";
	case TZVMM_E_RANGE:
		return "the guest's memory";
	default:
		return "no memory";
	}
}

void ask_alias(void)
{
	static const struct imx53_alias_ops ops = { armv7a_probe_read,
						    armv7a_probe_write };
	const struct imx53_alias_memory memory = { secure, BOARD_NR_SECURE_BANKS,
						   guest, BOARD_NR_GUEST_BANKS,
						   has_csd1() };
	struct imx53_alias_result found;
	enum tzvmm_status status;

	for (unsigned i = 0; i < BOARD_NR_SECURE_BANKS; i++) {
		(void)!imx53_m4if_protect(IMX53_M4IF_BASE, secure[i].base,
					  secure[i].len);
	}
	armv7a_dcache_flush_all();
	status = imx53_alias_check(&ops, &memory, &found);
	armv7a_dcache_flush_all();
	answer("ddr-alias", status == TZVMM_OK, "ram.c: the monitor refuses to start",
	       "%u found, 0x%08lx: %s", (unsigned)found.nr,
	       (unsigned long)found.addr, verdict(status, &found));
}

/* The monitor does not look behind a chip select that is off. */
void ask_csd1(void)
{
	uint32_t value = 0;

	remark("esdctl: %08lx", (unsigned long)rd(IMX53_ESDCTL_BASE));
	if (has_csd1()) {
		note_value("csd1", "on");
	} else if (armv7a_probe_read(IMX53_CSD1_BASE, false, &value)) {
		note_value("csd1", "off, reads %08lx: alias.c is to look there too",
			   (unsigned long)value);
	} else {
		note_value("csd1", "off, aborts");
	}
}
