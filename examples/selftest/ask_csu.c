/* SPDX-License-Identifier: BSD-2-Clause */
/* The CSU: what it has at a reset, what it keeps, and what is behind which slot. */
#include <armv7a/probe.h>
#include <imx/uart_regs.h>
#include <imx/csu.h>
#include <imx/csu_regs.h>
#include <imx53/imx53.h>
#include <tzvmm/log.h>
#include <tzvmm/port/mmio.h>

#include "report.h"
#include "world.h"

#define NR_CSL (IMX53_CSU_NR_SLOTS / 2u)
#define CSL_RESET 0x00330033u
#define CSL_BITS 0x01FF01FFu
#define CSL_LOCK 0x100u
#define CSU_HP0 0x200u         /* of i.MX6; here UNKNOWN */
#define SA_KNOWN 0x15545555u   /* fields of soc.yaml and the CPU's */
#define AIPSTZ_MPR 0x77777777u /* U-Boot's */
#define AIPSTZ_PACR 0x20u
#define AIPSTZ_OPACR 0x40u

/* Slots of no known use that lock-slot and lock-field may lock until a reset. */
#define LOCK_SLOT IMX_CSU_SLOT(22, 1) /* TVE */
#define LOCK_FIELD 6u                   /* GPU */

static uint32_t rd(uintptr_t addr)
{
	return tzvmm_mmio_read32(addr);
}

static uintptr_t csl(unsigned n)
{
	return IMX53_CSU_BASE + CSU_CSL(n);
}

void csu_slot(unsigned slot, uint32_t rights)
{
	const unsigned shift = slot % 2u * 16u;
	const uint32_t others = rd(csl(slot / 2u)) & ~(0xFFu << shift);

	tzvmm_mmio_write32(csl(slot / 2u), others | rights << shift);
}

void csu_all(uint32_t rights)
{
	for (unsigned n = 0; n < NR_CSL; n++) {
		tzvmm_mmio_write32(csl(n), rights << 16 | rights);
	}
}

static unsigned nr_csl_with(uint32_t value)
{
	unsigned nr = 0;

	for (unsigned n = 0; n < NR_CSL; n++) {
		nr += rd(csl(n)) == value;
	}
	return nr;
}

static void dump(void)
{
	for (unsigned n = 0; n < NR_CSL; n += 4u) {
		remark("CSL%u: %08lx %08lx %08lx %08lx", n,
		       (unsigned long)rd(csl(n)), (unsigned long)rd(csl(n + 1u)),
		       (unsigned long)rd(csl(n + 2u)),
		       (unsigned long)rd(csl(n + 3u)));
	}
}

static void ask_bridge(const char *name, uintptr_t base)
{
	answer(name, rd(base) == AIPSTZ_MPR && rd(base + 4u) == AIPSTZ_MPR,
	       "U-Boot has not set it: the guest's accesses may be refused here",
	       "MPR %08lx %08lx", (unsigned long)rd(base),
	       (unsigned long)rd(base + 4u));
	remark("%s: PACR %08lx.. OPACR %08lx %08lx %08lx %08lx %08lx", name,
	       (unsigned long)rd(base + AIPSTZ_PACR),
	       (unsigned long)rd(base + AIPSTZ_OPACR),
	       (unsigned long)rd(base + AIPSTZ_OPACR + 4u),
	       (unsigned long)rd(base + AIPSTZ_OPACR + 8u),
	       (unsigned long)rd(base + AIPSTZ_OPACR + 12u),
	       (unsigned long)rd(base + AIPSTZ_OPACR + 16u));
}

static void ask_masters(void)
{
	const uint32_t before = rd(IMX53_CSU_BASE + CSU_SA);
	uint32_t kept;

	answer("sa-reset", before == 0u, "imx53.md 3.4; the monitor sets all fields",
	       "0x%08lx", (unsigned long)before);
	tzvmm_mmio_write32(IMX53_CSU_BASE + CSU_SA,
			   before | (SA_FIELDS & ~(uint32_t)IMX53_CSU_SA_CPU));
	kept = rd(IMX53_CSU_BASE + CSU_SA) & SA_FIELDS;
	tzvmm_mmio_write32(IMX53_CSU_BASE + CSU_SA, before);
	answer("sa-fields", (~kept & SA_KNOWN & ~(uint32_t)IMX53_CSU_SA_CPU) == 0u,
	       "a master without a field: the monitor refuses to start",
	       "0x%08lx can be made normal", (unsigned long)kept);
}

void ask_csu(void)
{
	const unsigned closed = nr_csl_with(CSL_RESET);
	uint32_t hp = 0;

	dump();
	answer("csl-reset", closed == NR_CSL,
	       "imx53.md 3.1; the monitor sets all slots",
	       "%u of %u registers are 0x%08lx", closed, NR_CSL,
	       (unsigned long)CSL_RESET);
	csu_all(IMX_CSU_OPEN);
	answer("csl-write", nr_csl_with(0x00FF00FFu) == NR_CSL,
	       "a slot that is none: the monitor refuses to start",
	       "%u of %u registers keep all rights", nr_csl_with(0x00FF00FFu),
	       NR_CSL);
	csu_all(IMX_CSU_SECURE);
	ask_masters();
	note_value("csu-hp", "0x%08lx",
		   armv7a_probe_read(IMX53_CSU_BASE + CSU_HP0, false, &hp)
			   ? (unsigned long)hp
			   : ~0ul);
	ask_bridge("aipstz1", IMX53_AIPSTZ1_BASE);
	ask_bridge("aipstz2", IMX53_AIPSTZ2_BASE);
}

/* What cannot be undone before a reset comes last. */
void ask_locks(void)
{
	const unsigned shift = LOCK_SLOT % 2u * 16u;
	uint32_t seen;

	csu_slot(LOCK_SLOT, IMX_CSU_SECURE);
	tzvmm_mmio_write32(csl(LOCK_SLOT / 2u),
			   rd(csl(LOCK_SLOT / 2u)) | CSL_LOCK << shift);
	csu_slot(LOCK_SLOT, IMX_CSU_OPEN);
	seen = rd(csl(LOCK_SLOT / 2u)) >> shift & 0x1FFu;
	answer("csl-lock", seen == (CSL_LOCK | IMX_CSU_SECURE),
	       "imx_csu_apply(): the monitor refuses to start", "0x%03lx",
	       (unsigned long)seen);
	seen = rd(IMX53_CSU_BASE + CSU_SA);
	tzvmm_mmio_write32(IMX53_CSU_BASE + CSU_SA, seen | 3u << LOCK_FIELD);
	tzvmm_mmio_write32(IMX53_CSU_BASE + CSU_SA, seen & ~(3u << LOCK_FIELD));
	seen = rd(IMX53_CSU_BASE + CSU_SA) >> LOCK_FIELD & 3u;
	answer("sa-lock", seen == 3u, "as csl-lock", "%lu", (unsigned long)seen);
}

/* Registers that can be read without effect, soc.yaml. */
#define NONE 0xFEu
#define UNKNOWN 0xFFu
#define A(n) IMX_CSU_SLOT(n, 0)
#define B(n) IMX_CSU_SLOT(n, 1)
#define CROSSBAR1 B(6)
#define CROSSBAR2 A(10)
static const struct block {
	const char *name;
	uint32_t addr;
	uint8_t slot;
	bool half; /* registers of 16 bits */
} blocks[] = {
	{ "slot-usb", 0x53F80000u, A(0), false },
	{ "slot-gpio1", IMX53_GPIO1_BASE, B(0), false },
	{ "slot-gpio2", IMX53_GPIO2_BASE, B(0), false },
	{ "slot-gpio3", IMX53_GPIO3_BASE, A(1), false },
	{ "slot-gpio4", IMX53_GPIO4_BASE, A(1), false },
	{ "slot-gpio5", IMX53_GPIO5_BASE, B(1), false },
	{ "slot-gpio6", IMX53_GPIO6_BASE, B(1), false },
	{ "slot-gpio7", IMX53_GPIO7_BASE, A(2), false },
	{ "slot-kpp", 0x53F94000u, B(2), true },
	{ "slot-wdog1", IMX53_WDOG1_BASE, A(3), true },
	{ "slot-wdog2", IMX53_WDOG2_BASE, B(3), true },
	{ "slot-gpt", IMX53_GPT_BASE, A(4), false },
	{ "slot-epit1", IMX53_EPIT1_BASE, A(4), false },
	{ "slot-epit2", IMX53_EPIT2_BASE, A(4), false },
	{ "slot-srtc", IMX53_SRTC_BASE, B(4), false },
	{ "slot-iomuxc", IMX53_IOMUXC_BASE, A(5), false },
	{ "slot-uart1", IMX53_UART1_BASE + UART_UCR1, B(7), false },
	{ "slot-uart2", IMX53_UART2_BASE + UART_UCR1, A(8), false },
	{ "slot-uart3", 0x5000C000u + UART_UCR1, A(26), false },
	{ "slot-uart4", 0x53FF0000u + UART_UCR1, B(30), false },
	{ "slot-uart5", 0x63F90000u + UART_UCR1, A(19), false },
	{ "slot-ccm", IMX53_CCM_BASE, A(9), false },
	{ "slot-src", IMX53_SRC_BASE, A(9), false },
	{ "slot-gpc", IMX53_GPC_BASE, A(9), false },
	{ "slot-dpll1", IMX53_DPLL1_BASE, A(9), false },
	{ "slot-esdhc1", IMX53_ESDHC1_BASE + 0xFCu, A(25), false },
	{ "slot-esdhc2", IMX53_ESDHC2_BASE + 0xFCu, B(25), false },
	{ "slot-esdhc3", IMX53_ESDHC3_BASE + 0xFCu, A(28), false },
	{ "slot-esdhc4", IMX53_ESDHC4_BASE + 0xFCu, B(28), false },
	{ "slot-sdma", IMX53_SDMA_BASE, A(15), false },
	{ "slot-i2c1", 0x63FC8000u, UNKNOWN, true },
	{ "slot-i2c2", 0x63FC4000u, UNKNOWN, true },
	{ "slot-i2c3", 0x53FEC000u, UNKNOWN, true },
	{ "slot-aipstz1", IMX53_AIPSTZ1_BASE, UNKNOWN, false },
	{ "slot-aipstz2", IMX53_AIPSTZ2_BASE, UNKNOWN, false },
	{ "slot-iim", IMX53_IIM_BASE + 0x24u, UNKNOWN, false },
	{ "slot-csu", IMX53_CSU_BASE, UNKNOWN, false },
	{ "slot-platform", IMX53_PLATFORM_BASE, UNKNOWN, false },
	{ "slot-m4if", IMX53_M4IF_BASE, UNKNOWN, false },
	{ "slot-esdctl", IMX53_ESDCTL_BASE, UNKNOWN, false },
	{ "slot-weim", 0x63FDA000u, UNKNOWN, false },
	{ "slot-tzic", IMX53_TZIC_BASE, NONE, false },
	{ "slot-iram", IMX53_IRAM_BASE, NONE, false },
};

static bool reaches(const struct block *b)
{
	return world_run(b->half ? normal_read16 : normal_read, b->addr, 0, 0).way ==
	       WORLD_DONE;
}

/* Closes all but the crossbar. */
static void close_all(void)
{
	csu_all(IMX_CSU_SECURE);
	csu_slot(CROSSBAR1, IMX_CSU_OPEN);
	csu_slot(CROSSBAR2, IMX_CSU_OPEN);
}

/* The slots of which each alone lets an access through: a bit each. */
static uint64_t opening(const struct block *b)
{
	uint64_t found = 0;

	close_all();
	for (unsigned slot = 0; slot < IMX53_CSU_NR_SLOTS; slot++) {
		if (slot == CROSSBAR1 || slot == CROSSBAR2) {
			continue;
		}
		csu_slot(slot, IMX_CSU_OPEN);
		found |= (uint64_t)reaches(b) << slot;
		csu_slot(slot, IMX_CSU_SECURE);
	}
	return found;
}

/* A set of slots as text: the first ones by name. */
static const char *list(uint64_t slots)
{
	static char text[40];
	const unsigned nr = (unsigned)__builtin_popcountll(slots);
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < 4u && slots != 0u; i++, slots &= slots - 1u) {
		const unsigned slot = (unsigned)__builtin_ctzll(slots);

		len += tzvmm_format(text + len, sizeof(text) - len, "%s%02u%c",
				    i == 0u ? "" : " ", slot / 2u,
				    slot % 2u == 0u ? 'a' : 'b');
	}
	if (nr > 4u) {
		(void)tzvmm_format(text + len, sizeof(text) - len, " and %u more",
				   nr - 4u);
	}
	return text;
}

/* Where a block is. */
enum where {
	NOWHERE,  /* refused with all slots open */
	OPEN,     /* open with all slots closed */
	BEHIND,   /* any of a set of slots opens it */
	TOGETHER, /* not one slot alone */
};

static enum where find(const struct block *b, uint64_t *slots)
{
	*slots = 0;
	csu_all(IMX_CSU_OPEN);
	if (!reaches(b)) {
		return NOWHERE;
	}
	close_all();
	if (reaches(b)) {
		return OPEN;
	}
	*slots = opening(b);
	return *slots != 0u ? BEHIND : TOGETHER;
}

static void ask_slot(const struct block *b)
{
	uint64_t slots;
	const enum where where = find(b, &slots);
	const char *text = where == BEHIND    ? list(slots)
			   : where == NOWHERE ? "refused with all slots open"
			   : where == OPEN    ? "open with all slots closed"
					      : "behind more than one slot";

	if (b->slot == UNKNOWN && where != OPEN) {
		note_value(b->name, "%s", text);
	} else if (b->slot == UNKNOWN) {
		answer(b->name, false, "nothing closes it to the guest", "%s", text);
	} else if (b->slot == NONE) {
		answer(b->name, where == OPEN, "soc.yaml: it can be closed", "%s",
		       text);
	} else {
		answer(b->name, slots == 1ull << b->slot,
		       "soc.yaml: another slot; the partition may open too much",
		       "%s", text);
	}
}

/* Which slots must be open for any peripheral at all: of the crossbar. */
static void ask_crossbar(void)
{
	const struct block *b = &blocks[1];
	uint64_t needed = 0;

	for (unsigned slot = 0; slot < IMX53_CSU_NR_SLOTS; slot++) {
		csu_all(IMX_CSU_OPEN);
		csu_slot(slot, IMX_CSU_SECURE);
		needed |= (uint64_t)(slot != b->slot && !reaches(b)) << slot;
	}
	answer("crossbar", needed == (1ull << CROSSBAR1 | 1ull << CROSSBAR2),
	       "partition.dtsi: crossbar names slots that need not be open, or not "
	       "all",
	       "%s", needed != 0u ? list(needed) : "none");
}

void ask_slots(void)
{
	ask_crossbar();
	for (unsigned i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		ask_slot(&blocks[i]);
	}
	csu_all(IMX_CSU_SECURE);
}
