/* SPDX-License-Identifier: BSD-2-Clause */
/* The TZIC, as either world sees it. Lines without a device are used. */
#include <armv7a/cp15.h>
#include <imx/epit.h>
#include <imx53/imx53.h>
#include <imx53/tzic.h>
#include <imx53/tzic_regs.h>
#include <tzvmm/port/mmio.h>

#include "report.h"
#include "world.h"

#define WORD 3u /* lines 96 .. 127 */
#define SPARE 108u
#define SECURE 109u
#define GUEST 110u
#define BIT(line) (1u << (line) % 32u)
#define PRIORITIES (TZIC_PRIORITY + SPARE) /* of the three, and one more */

#define NAP_US 100000u
#define SPIN 10000u
#define ISR_F (1u << 6)

ARMV7A_CP15(isr, c12, 0, c1, 0)

static struct imx53_tzic tzic;

static uint32_t rd(uint32_t reg)
{
	return tzvmm_mmio_read32(IMX53_TZIC_BASE + reg);
}

static void wr(uint32_t reg, uint32_t value)
{
	tzvmm_mmio_write32(IMX53_TZIC_BASE + reg, value);
}

static bool pending(uint32_t line)
{
	return (rd(TZIC_WORD(TZIC_PND, WORD)) & BIT(line)) != 0u;
}

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
	static const uint32_t guest[IMX53_TZIC_NR_WORDS] = { [WORD] = BIT(GUEST) };

	if (imx53_tzic_init(&tzic, IMX53_TZIC_BASE, guest, none) != TZVMM_OK) {
		remark("INTSEC does not hold: what follows of the TZIC says "
		       "little");
	}
	wr(TZIC_WORD(TZIC_ENSET, WORD), BIT(SECURE) | BIT(GUEST));
}

static void ask_intsec(void)
{
	bool holds = true;

	for (unsigned n = 0; n < IMX53_TZIC_NR_WORDS; n++) {
		wr(TZIC_WORD(TZIC_INTSEC, n), UINT32_MAX);
		holds = holds && rd(TZIC_WORD(TZIC_INTSEC, n)) == UINT32_MAX;
		wr(TZIC_WORD(TZIC_INTSEC, n), 0);
		holds = holds && rd(TZIC_WORD(TZIC_INTSEC, n)) == 0u;
	}
	answer("intsec", holds, "imx53_tzic_init() refuses: do not read it back",
	       "%s", holds ? "reads back" : "does not read back");
}

static void ask_swint(void)
{
	bool comes, stays, ends;

	wr(TZIC_SWINT, SECURE);
	comes = pending(SECURE) && fiq();
	wr(TZIC_INTCTRL, INTCTRL_NSENMASK);
	wr(TZIC_INTCTRL, INTCTRL_NSENMASK | INTCTRL_EN | INTCTRL_NSEN);
	stays = pending(SECURE) && fiq();
	wr(TZIC_SWINT, SECURE | SWINT_NEGATE);
	ends = !pending(SECURE) && !fiq();
	answer("swint", comes && stays && ends,
	       "imx53_tzic_irqchip_ops: injection on lines without a device",
	       "%s, %s, %s", comes ? "comes" : "does not come",
	       stays ? "stays" : "does not stay",
	       ends ? "is negated" : "is not negated");
}

static void ask_priorities(void)
{
	bool closed, open;
	uint32_t bits;

	wr(PRIORITIES, UINT32_MAX);
	bits = rd(PRIORITIES) & 0xFFu;
	answer("priority-bits", bits == 0xF8u, "nothing: 0x00 and 0x80 are used",
	       "0x%02lx", (unsigned long)bits);
	set_up();
	wr(TZIC_SWINT, SECURE);
	wr(TZIC_PRIOMASK, 0);
	closed = !fiq();
	wr(TZIC_PRIOMASK, 0x08);
	open = fiq();
	answer("priomask", closed && open, "tzic.c: what PRIOMASK lets through",
	       "priority 0 is %s by mask 0 and %s by 8",
	       closed ? "held" : "let through", open ? "let through" : "held");
	set_up();
	wr(PRIORITIES, 0x00800000);
	wr(TZIC_WORD(TZIC_INTSEC, WORD), 0);
	wr(TZIC_SWINT, SECURE);
	wr(TZIC_SWINT, GUEST);
	note_value("hipnd", "%s",
		   rd(TZIC_WORD(TZIC_HIPND, WORD)) == BIT(SECURE)
			   ? "the highest priority alone"
			   : "more than that");
}

/* The watchdog's interrupt is what wakes the CPU if this one does not. */
static void ask_wake(void)
{
	uint64_t from;
	uint32_t us;

	set_up();
	wr(TZIC_WORD(TZIC_ENSET, IMX53_IRQ_WDOG1 / 32), BIT(IMX53_IRQ_WDOG1));
	wr(TZIC_SWINT, SECURE);
	from = imx_epit_clock_now_us(board_sys.ctx);
	armv7a_wfi();
	us = (uint32_t)(imx_epit_clock_now_us(board_sys.ctx) - from);
	answer("swint-wakes", us < NAP_US,
	       "a guest that waits is not woken by what it is sent",
	       "WFI ended after %lu us", (unsigned long)us);
}

void ask_tzic(void)
{
	remark("tzic: INTCTRL %08lx INTTYPE %08lx PRIOMASK %02lx SYNCCTRL %lx "
	       "INTSEC %08lx",
	       (unsigned long)rd(TZIC_INTCTRL), (unsigned long)rd(TZIC_INTTYPE),
	       (unsigned long)rd(TZIC_PRIOMASK), (unsigned long)rd(TZIC_SYNCCTRL),
	       (unsigned long)rd(TZIC_WORD(TZIC_INTSEC, WORD)));
	ask_intsec();
	set_up();
	ask_swint();
	ask_priorities();
	ask_wake();
	set_up();
}

/* What the normal world writes, and what of it the secure world is not to see. */
static const struct
try {
	const char *name;
	uint32_t reg, value, seen, mask;
}
tries[] = {
	{ "intsec-normal-write", TZIC_WORD(TZIC_INTSEC, WORD), UINT32_MAX,
	  TZIC_WORD(TZIC_INTSEC, WORD), UINT32_MAX },
	{ "enset-normal", TZIC_WORD(TZIC_ENSET, WORD), BIT(SPARE),
	  TZIC_WORD(TZIC_ENSET, WORD), BIT(SPARE) },
	{ "enclear-normal", TZIC_WORD(TZIC_ENCLEAR, WORD), BIT(SECURE),
	  TZIC_WORD(TZIC_ENSET, WORD), BIT(SECURE) },
	{ "srcset-normal", TZIC_WORD(TZIC_SRCSET, WORD), BIT(SECURE),
	  TZIC_WORD(TZIC_PND, WORD), BIT(SECURE) },
	{ "swint-normal", TZIC_SWINT, SECURE, TZIC_WORD(TZIC_PND, WORD), BIT(SECURE) },
	{ "wakeup-normal", TZIC_WORD(TZIC_WAKEUP, WORD), BIT(SECURE),
	  TZIC_WORD(TZIC_WAKEUP, WORD), BIT(SECURE) },
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
	for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		const struct try *t = &tries[i];
		uint32_t before, after;
		bool done;

		set_up();
		before = rd(t->seen);
		done = world_write(IMX53_TZIC_BASE + t->reg, t->value);
		after = rd(t->seen);
		answer(t->name, ((before ^ after) & t->mask) == 0u,
		       "tzic.c: the guest's lines are not all it changes",
		       "%s, %08lx then %08lx", done ? "taken" : "refused",
		       (unsigned long)before, (unsigned long)after);
	}
}

static void ask_own_line(void)
{
	bool reads, ends;
	uint32_t value;

	set_up();
	reads = world_read(IMX53_TZIC_BASE + TZIC_WORD(TZIC_INTSEC, WORD), &value);
	answer("intsec-normal", reads && value == 0u,
	       "vtzic.c: a stock guest could have the real TZIC", "%s0x%08lx",
	       reads ? "" : "refused, ", (unsigned long)value);
	wr(TZIC_SWINT, GUEST);
	reads = world_read(IMX53_TZIC_BASE + TZIC_WORD(TZIC_PND, WORD), &value);
	answer("pnd-normal", reads && value == BIT(GUEST),
	       "the guest does not see its lines", "0x%08lx", (unsigned long)value);
	(void)world_write(IMX53_TZIC_BASE + TZIC_SWINT, GUEST | SWINT_NEGATE);
	ends = !pending(GUEST);
	answer("swint-normal-negate", ends,
	       "the driver's edge lines: the monitor must negate what it has sent",
	       "%s", ends ? "negated" : "still pending");
}

static void ask_fiq(void)
{
	struct world_outcome o;

	set_up();
	wr(TZIC_SWINT, SECURE);
	o = world_run(normal_spin, SPIN, 0, WORLD_FIQ_OPEN);
	answer("fiq-normal", o.way == WORLD_FIQ,
	       "secure interrupts do not leave the guest", "%s",
	       o.way == WORLD_FIQ ? "to the monitor" : "does not come");
	o = world_run(normal_spin, SPIN, 0, WORLD_FIQ_TAKEN);
	note_value("fiq-masked", "CPSR.F of the normal world %s",
		   o.way == WORLD_FIQ ? "does not hold it" : "holds it");
}

void ask_tzic_normal(void)
{
	ask_own_line();
	ask_writes();
	ask_fiq();
	set_up();
}
