/* SPDX-License-Identifier: BSD-2-Clause */
/* DDR: watermarks, and what answers where none is populated. */
#include <armv7a/cache.h>
#include <armv7a/probe.h>
#include <board.h>
#include <imx53/alias.h>
#include <imx53/m4if.h>
#include <imx53/m4if_regs.h>

#include "report.h"
#include "world.h"

#define M4IF(reg) (IMX53_M4IF_BASE + M4IF_##reg)
#define CTL_SDE1 (1u << 30)
#define MARK_LEN ARMV7A_SECTION
#define PATTERN 0x5E1F7E57u
/* Where a boot package would be. */
#define CSD0_MARK (IMX53_CSD0_BASE + 0x02000000u)

#define BANK(base, len)                                                            \
	{                                                                          \
		(base), (len)                                                      \
	}
static const struct imx53_alias_bank secure[] = { BOARD_SECURE_BANKS(BANK) };
static const struct imx53_alias_bank guest[] = { BOARD_GUEST_BANKS(BANK) };

static bool has_csd1(void)
{
	return (rd(IMX53_ESDCTL_BASE) & CTL_SDE1) != 0u;
}

/* A range behind each chip select. */
static const struct mark {
	const char *open, *read, *write, *status;
	uint32_t at;
	uint32_t bits; /* of WMIS0; which one of the second is UNKNOWN */
} first = { "watermark-off",    "watermark-read", "watermark-write",
	    "watermark-status", CSD0_MARK,        WMIS_DDR0 },
  second = { "watermark2-off",    "watermark2-read", "watermark2-write",
	     "watermark2-status", IMX53_CSD1_BASE,   ~WMIS_ENABLE };

static const char *how(const struct world_outcome *o)
{
	if (o->way != WORLD_DATA) {
		return world_way(o);
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
	const uint32_t status = rd(M4IF(WMIS0)), at = rd(M4IF(WMVA0));
	const bool line = is_pending(IMX53_IRQ_EMI);
	uint32_t left;

	(void)imx53_m4if_take_violation(IMX53_M4IF_BASE, &left);
	left = rd(M4IF(WMIS0));
	answer(m->status, (status & ~left & m->bits) != 0u && at == m->at && line,
	       "m4if.c: the log's note of a violation",
	       "WMIS0 %08lx then %08lx, WMVA0 %08lx, line 15 %s", status, left, at,
	       line ? "up" : "down");
}

static void ask_mark(const struct mark *m)
{
	static const char refuses[] = "ram.c: the monitor refuses to start";
	struct world_outcome o;
	bool holds;

	line_enable(IMX53_IRQ_EMI, true);
	put_pattern(m);
	o = world_run(normal_read, m->at, 0, 0);
	answer(m->open, o.value == PATTERN, "something else refuses", "%s", how(&o));
	holds = imx53_m4if_protect(IMX53_M4IF_BASE, m->at, MARK_LEN) == TZVMM_OK;
	put_pattern(m);
	o = world_run(normal_read, m->at, 0, 0);
	answer(m->read, holds && o.value != PATTERN, refuses, "%s, reads %08lx",
	       how(&o), o.value);
	ask_status(m);
	o = world_run(normal_write, m->at, ~PATTERN, 0);
	holds = has_pattern(m);
	answer(m->write, holds, refuses, "%s, %s", how(&o),
	       holds ? "not written" : "written");
	line_enable(IMX53_IRQ_EMI, false);
}

/* Whether the CSU must keep the normal world from the M4IF, or it does so itself. */
static void ask_registers(void)
{
	const uintptr_t end = M4IF(WMEA0);
	const uint32_t before = rd(end);
	const bool done = world_write(end, before - 1u);
	const bool moved = rd(end) != before;

	wr(end, before);
	note("watermark-normal-registers", "%s, %s", done ? "taken" : "refused",
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
	wr(M4IF(WMSA0), 0);
	wr(M4IF(WMSA0) + M4IF_CSD1, 0);
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
	answer("ddr-alias", status == TZVMM_OK,
	       "ram.c: the monitor refuses to start", "%u found, 0x%08lx: %s",
	       (unsigned)found.nr, found.addr, verdict(status, &found));
}

/* The monitor does not look behind a chip select that is off. */
void ask_csd1(void)
{
	uint32_t value = 0;

	remark("esdctl: %08lx", rd(IMX53_ESDCTL_BASE));
	if (has_csd1()) {
		note("csd1", "on");
	} else if (armv7a_probe_read(IMX53_CSD1_BASE, false, &value)) {
		note("csd1", "off, reads %08lx: alias.c is to look there too", value);
	} else {
		note("csd1", "off, aborts");
	}
}
