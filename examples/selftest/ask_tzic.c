/* SPDX-License-Identifier: BSD-2-Clause */
/* The TZIC, as either world sees it. Lines without a device are used. */
#include <armv7a/cp15.h>
#include <imx53/tzic.h>

#include "report.h"
#include "world.h"

#define WORD 3u /* lines 96 .. 127 */
#define W(array) TZIC_WORD(array, WORD)
#define SPARE 108u
#define SECURE 109u
#define GUEST 110u
#define PRIORITIES (TZIC_PRIORITY + SPARE) /* of the three, and one more */

#define NAP_US 100000u
#define SPIN 10000u
#define ISR_F (1u << 6)

ARMV7A_CP15(isr, c12, 0, c1, 0)

static struct imx53_tzic tzic;

/* A FIQ that comes once it is no longer masked. */
static bool fiq(void)
{
	armv7a_dsb();
	armv7a_isb();
	return (armv7a_read_isr() & ISR_F) != 0u;
}

/* As the monitor sets it up, with one line for the guest. */
static void set_up(void)
{
	static const struct imx53_tzic_handler none[IMX53_TZIC_NR_LINES];
	static const uint32_t guest[IMX53_TZIC_NR_WORDS] = { [WORD] = LINE_BIT(GUEST) };

	if (imx53_tzic_init(&tzic, IMX53_TZIC_BASE, guest, none) != TZVMM_OK) {
		remark("INTSEC does not hold: what follows of the TZIC says "
		       "little");
	}
	wr(LINE(TZIC_ENSET, GUEST), LINE_BIT(SECURE) | LINE_BIT(GUEST));
}

static void ask_intsec(void)
{
	bool holds = true;

	for (unsigned n = 0; n < IMX53_TZIC_NR_WORDS; n++) {
		wr(TZIC(TZIC_WORD(TZIC_INTSEC, n)), UINT32_MAX);
		holds = holds && rd(TZIC(TZIC_WORD(TZIC_INTSEC, n))) == UINT32_MAX;
		wr(TZIC(TZIC_WORD(TZIC_INTSEC, n)), 0);
		holds = holds && rd(TZIC(TZIC_WORD(TZIC_INTSEC, n))) == 0u;
	}
	answer("intsec", holds, "imx53_tzic_init() refuses: do not read it back",
	       "%s", holds ? "reads back" : "does not read back");
}

static void ask_swint(void)
{
	bool comes, stays, ends;

	wr(TZIC(TZIC_SWINT), SECURE);
	comes = is_pending(SECURE) && fiq();
	wr(TZIC(TZIC_INTCTRL), INTCTRL_NSENMASK);
	wr(TZIC(TZIC_INTCTRL), INTCTRL_NSENMASK | INTCTRL_EN | INTCTRL_NSEN);
	stays = is_pending(SECURE) && fiq();
	wr(TZIC(TZIC_SWINT), SECURE | SWINT_NEGATE);
	ends = !is_pending(SECURE) && !fiq();
	answer("swint", comes && stays && ends,
	       "injection on lines without a device", "%s, %s, %s",
	       comes ? "comes" : "does not come", stays ? "stays" : "does not stay",
	       ends ? "is negated" : "is not negated");
}

static void ask_priorities(void)
{
	bool closed, open;
	uint32_t bits;

	wr(TZIC(PRIORITIES), UINT32_MAX);
	bits = rd(TZIC(PRIORITIES)) & 0xFFu;
	answer("priority-bits", bits == 0xF8u, "imx53.md 2: two are used",
	       "0x%02lx", bits);
	set_up();
	wr(TZIC(TZIC_SWINT), SECURE);
	wr(TZIC(TZIC_PRIOMASK), 0);
	closed = !fiq();
	wr(TZIC(TZIC_PRIOMASK), 0x08);
	open = fiq();
	answer("priomask", closed && open, "tzic.c: what PRIOMASK lets through",
	       "priority 0 is %s by mask 0 and %s by 8",
	       closed ? "held" : "let through", open ? "let through" : "held");
	set_up();
	wr(TZIC(PRIORITIES), 0x00800000);
	wr(LINE(TZIC_INTSEC, GUEST), 0);
	wr(TZIC(TZIC_SWINT), SECURE);
	wr(TZIC(TZIC_SWINT), GUEST);
	note("hipnd", "%s",
	     rd(LINE(TZIC_HIPND, GUEST)) == LINE_BIT(SECURE)
		     ? "the highest priority alone"
		     : "more than that");
}

/* The watchdog's interrupt is what wakes the CPU if this one does not. */
static void ask_wake(void)
{
	uint32_t us;

	set_up();
	line_enable(IMX53_IRQ_WDOG1, true);
	wr(TZIC(TZIC_SWINT), SECURE);
	us = now_us();
	armv7a_wfi();
	us = now_us() - us;
	answer("swint-wakes", us < NAP_US,
	       "a guest that waits is not woken by what it is sent",
	       "WFI ended after %lu us", us);
}

void ask_tzic(void)
{
	remark("tzic: INTCTRL %08lx INTTYPE %08lx PRIOMASK %02lx SYNCCTRL %lx "
	       "INTSEC %08lx",
	       rd(TZIC(TZIC_INTCTRL)), rd(TZIC(TZIC_INTTYPE)),
	       rd(TZIC(TZIC_PRIOMASK)), rd(TZIC(TZIC_SYNCCTRL)),
	       rd(LINE(TZIC_INTSEC, GUEST)));
	ask_intsec();
	set_up();
	ask_swint();
	ask_priorities();
	ask_wake();
	set_up();
}

/* What the normal world writes where, and what of which register keeps its value. */
static const struct write {
	const char *name;
	uint32_t reg, value, seen, mask;
} writes[] = {
	{ "intsec-normal-write", W(TZIC_INTSEC), UINT32_MAX, W(TZIC_INTSEC),
	  UINT32_MAX },
	{ "enset-normal", W(TZIC_ENSET), LINE_BIT(SPARE), W(TZIC_ENSET),
	  LINE_BIT(SPARE) },
	{ "enclear-normal", W(TZIC_ENCLEAR), LINE_BIT(SECURE), W(TZIC_ENSET),
	  LINE_BIT(SECURE) },
	{ "srcset-normal", W(TZIC_SRCSET), LINE_BIT(SECURE), W(TZIC_PND),
	  LINE_BIT(SECURE) },
	{ "swint-normal", TZIC_SWINT, SECURE, W(TZIC_PND), LINE_BIT(SECURE) },
	{ "wakeup-normal", W(TZIC_WAKEUP), LINE_BIT(SECURE), W(TZIC_WAKEUP),
	  LINE_BIT(SECURE) },
	{ "priority-normal", PRIORITIES, UINT32_MAX, PRIORITIES, 0xFF00FFFF },
	{ "priority-normal-own", PRIORITIES, 0, PRIORITIES, 0x00800000 },
	{ "priomask-normal", TZIC_PRIOMASK, 0, TZIC_PRIOMASK, 0x80 },
	{ "intctrl-normal", TZIC_INTCTRL, 0, TZIC_INTCTRL, INTCTRL_EN },
	{ "intctrl-normal-mask", TZIC_INTCTRL, INTCTRL_NSENMASK, TZIC_INTCTRL,
	  INTCTRL_EN },
	{ "syncctrl-normal", TZIC_SYNCCTRL, 2, TZIC_SYNCCTRL, 3 },
};

static void ask_writes(void)
{
	for (unsigned i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		const struct write *t = &writes[i];
		uint32_t before, after;
		bool done;

		set_up();
		before = rd(TZIC(t->seen));
		done = world_write(TZIC(t->reg), t->value);
		after = rd(TZIC(t->seen));
		answer(t->name, ((before ^ after) & t->mask) == 0u,
		       "tzic.c: the guest's lines are not all it changes",
		       "%s, %08lx then %08lx", done ? "taken" : "refused", before,
		       after);
	}
}

static void ask_own_line(void)
{
	bool reads, ends;
	uint32_t value;

	set_up();
	reads = world_read(LINE(TZIC_INTSEC, GUEST), &value);
	answer("intsec-normal", reads && value == 0u,
	       "vtzic.c: a stock guest could have the real TZIC", "%s0x%08lx",
	       reads ? "" : "refused, ", value);
	wr(TZIC(TZIC_SWINT), GUEST);
	reads = world_read(LINE(TZIC_PND, GUEST), &value);
	answer("pnd-normal", reads && value == LINE_BIT(GUEST),
	       "the guest does not see its lines", "0x%08lx", value);
	(void)world_write(TZIC(TZIC_SWINT), GUEST | SWINT_NEGATE);
	ends = !is_pending(GUEST);
	answer("swint-normal-negate", ends,
	       "the driver's edge lines: the monitor must negate what it has sent",
	       "%s", ends ? "negated" : "still pending");
}

static void ask_fiq(void)
{
	struct world_outcome o;

	set_up();
	wr(TZIC(TZIC_SWINT), SECURE);
	o = world_run(normal_spin, SPIN, 0, WORLD_FIQ_OPEN);
	answer("fiq-normal", o.way == WORLD_FIQ,
	       "secure interrupts do not leave the guest", "%s",
	       o.way == WORLD_FIQ ? "to the monitor" : "does not come");
	o = world_run(normal_spin, SPIN, 0, WORLD_FIQ_TAKEN);
	note("fiq-masked", "CPSR.F of the normal world %s",
	     o.way == WORLD_FIQ ? "does not hold it" : "holds it");
}

void ask_tzic_normal(void)
{
	ask_own_line();
	ask_writes();
	ask_fiq();
	set_up();
}
