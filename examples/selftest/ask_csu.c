/* SPDX-License-Identifier: BSD-2-Clause */
/* The CSU: what it has at a reset, what it keeps, and what is behind which slot. */
#include <armv7a/probe.h>
#include <imx/uart_regs.h>
#include <imx/csu_regs.h>
#include <tzvmm/log.h>

#include "report.h"
#include "world.h"

#define NR_CSL (IMX53_CSU_NR_SLOTS / 2u)
#define CSL_RESET 0x00330033u
#define CSL_OPEN 0x00FF00FFu
#define CSL_LOCK 0x100u
#define CSU_HP0 0x200u /* of i.MX6; here UNKNOWN */
#define CSU_SA_AT (IMX53_CSU_BASE + CSU_SA)
#define SA_KNOWN 0x15544551u   /* fields of soc.yaml */
#define AIPSTZ_MPR 0x77777777u /* U-Boot's */
#define AIPSTZ_PACR 0x20u
#define AIPSTZ_OPACR 0x40u

/* Slots of no known use that lock-slot and lock-field may lock until a reset. */
#define LOCK_SLOT IMX_CSU_SLOT(22, 1) /* TVE */
#define LOCK_FIELD 6u                 /* GPU */

static uintptr_t csl(unsigned n)
{
	return IMX53_CSU_BASE + CSU_CSL(n);
}

void csu_slot(unsigned slot, uint32_t rights)
{
	const unsigned shift = slot % 2u * 16u;
	const uint32_t others = rd(csl(slot / 2u)) & ~(0xFFu << shift);

	wr(csl(slot / 2u), others | rights << shift);
}

void csu_all(uint32_t rights)
{
	for (unsigned n = 0; n < NR_CSL; n++) {
		wr(csl(n), rights << 16 | rights);
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

static void ask_bridge(const char *name, uintptr_t base)
{
	answer(name, rd(base) == AIPSTZ_MPR && rd(base + 4u) == AIPSTZ_MPR,
	       "to be set at the start: masters are not trusted",
	       "MPR %08lx %08lx PACR %08lx OPACR %08lx %08lx", rd(base),
	       rd(base + 4u), rd(base + AIPSTZ_PACR), rd(base + AIPSTZ_OPACR),
	       rd(base + AIPSTZ_OPACR + 4u));
}

/* The published fields, and all others. */
static void ask_masters(void)
{
	const uint32_t before = rd(CSU_SA_AT);
	uint32_t kept;

	answer("sa-reset", before == 0u, "imx53.md 3.4", "0x%08lx", before);
	wr(CSU_SA_AT, before | (SA_FIELDS & ~(uint32_t)IMX53_CSU_SA_CPU));
	kept = rd(CSU_SA_AT) & SA_FIELDS;
	wr(CSU_SA_AT, before);
	answer("sa-fields", (~kept & SA_KNOWN) == 0u,
	       "soc.yaml: the monitor refuses to start",
	       "0x%08lx can be made normal", kept);
}

void ask_csu(void)
{
	unsigned nr = nr_csl_with(CSL_RESET);
	uint32_t hp = 0;

	for (unsigned n = 0; n < NR_CSL; n += 4u) {
		remark("CSL%u: %08lx %08lx %08lx %08lx", n, rd(csl(n)),
		       rd(csl(n + 1u)), rd(csl(n + 2u)), rd(csl(n + 3u)));
	}
	answer("csl-reset", nr == NR_CSL, "imx53.md 3.1", "%u of %u are 0x%08lx",
	       nr, NR_CSL, (uint32_t)CSL_RESET);
	csu_all(IMX_CSU_OPEN);
	nr = nr_csl_with(CSL_OPEN);
	answer("csl-write", nr == NR_CSL, "soc.yaml: the monitor refuses to start",
	       "%u of %u keep all rights", nr, NR_CSL);
	csu_all(IMX_CSU_SECURE);
	ask_masters();
	note("csu-hp", "%s 0x%08lx",
	     armv7a_probe_read(IMX53_CSU_BASE + CSU_HP0, false, &hp) ? "reads"
								     : "aborts",
	     hp);
	ask_bridge("aipstz1", IMX53_AIPSTZ1_BASE);
	ask_bridge("aipstz2", IMX53_AIPSTZ2_BASE);
}

/* What cannot be undone before a reset comes last. */
void ask_locks(void)
{
	const unsigned shift = LOCK_SLOT % 2u * 16u;
	const uintptr_t slot = csl(LOCK_SLOT / 2u);
	const uint32_t sa = rd(CSU_SA_AT);
	uint32_t seen;

	wr(slot, rd(slot) | CSL_LOCK << shift);
	csu_slot(LOCK_SLOT, IMX_CSU_OPEN);
	seen = rd(slot) >> shift & 0x1FFu;
	answer("csl-lock", seen == (CSL_LOCK | IMX_CSU_SECURE),
	       "imx_csu_apply(): the monitor refuses to start", "0x%03lx", seen);
	wr(CSU_SA_AT, sa | 3u << LOCK_FIELD);
	wr(CSU_SA_AT, sa & ~(3u << LOCK_FIELD));
	seen = rd(CSU_SA_AT) >> LOCK_FIELD & 3u;
	answer("sa-lock", seen == 3u, "as csl-lock", "%lu", seen);
}

/* Registers that can be read without effect, soc.yaml. */
#define NONE 0xFEu
#define UNKNOWN 0xFFu
#define HALF 1u /* of an address: registers of 16 bits */
#define A(n) IMX_CSU_SLOT(n, 0)
#define B(n) IMX_CSU_SLOT(n, 1)
#define CROSSBAR1 B(6)
#define CROSSBAR2 A(10)
static const struct block {
	const char *name;
	uint32_t addr;
	uint8_t slot;
} blocks[] = {
	{ "slot-usb", 0x53F80000u, A(0) },
	{ "slot-gpio1", IMX53_GPIO1_BASE, B(0) },
	{ "slot-gpio2", IMX53_GPIO2_BASE, B(0) },
	{ "slot-gpio3", IMX53_GPIO3_BASE, A(1) },
	{ "slot-gpio4", IMX53_GPIO4_BASE, A(1) },
	{ "slot-gpio5", IMX53_GPIO5_BASE, B(1) },
	{ "slot-gpio6", IMX53_GPIO6_BASE, B(1) },
	{ "slot-gpio7", IMX53_GPIO7_BASE, A(2) },
	{ "slot-kpp", 0x53F94000u | HALF, B(2) },
	{ "slot-wdog1", IMX53_WDOG1_BASE | HALF, A(3) },
	{ "slot-wdog2", IMX53_WDOG2_BASE | HALF, B(3) },
	{ "slot-gpt", IMX53_GPT_BASE, A(4) },
	{ "slot-epit1", IMX53_EPIT1_BASE, A(4) },
	{ "slot-epit2", IMX53_EPIT2_BASE, A(4) },
	{ "slot-srtc", IMX53_SRTC_BASE, B(4) },
	{ "slot-iomuxc", IMX53_IOMUXC_BASE, A(5) },
	{ "slot-uart1", IMX53_UART1_BASE + UART_UCR1, B(7) },
	{ "slot-uart2", IMX53_UART2_BASE + UART_UCR1, A(8) },
	{ "slot-uart3", 0x5000C000u + UART_UCR1, A(26) },
	{ "slot-uart4", 0x53FF0000u + UART_UCR1, B(30) },
	{ "slot-uart5", 0x63F90000u + UART_UCR1, A(19) },
	{ "slot-ccm", IMX53_CCM_BASE, A(9) },
	{ "slot-src", IMX53_SRC_BASE, A(9) },
	{ "slot-gpc", IMX53_GPC_BASE, A(9) },
	{ "slot-dpll1", IMX53_DPLL1_BASE, A(9) },
	{ "slot-esdhc1", IMX53_ESDHC1_BASE + 0xFCu, A(25) },
	{ "slot-esdhc2", IMX53_ESDHC2_BASE + 0xFCu, B(25) },
	{ "slot-esdhc3", IMX53_ESDHC3_BASE + 0xFCu, A(28) },
	{ "slot-esdhc4", IMX53_ESDHC4_BASE + 0xFCu, B(28) },
	{ "slot-sdma", IMX53_SDMA_BASE, A(15) },
	{ "slot-i2c1", 0x63FC8000u | HALF, UNKNOWN },
	{ "slot-i2c2", 0x63FC4000u | HALF, UNKNOWN },
	{ "slot-i2c3", 0x53FEC000u | HALF, UNKNOWN },
	{ "slot-aipstz1", IMX53_AIPSTZ1_BASE, UNKNOWN },
	{ "slot-aipstz2", IMX53_AIPSTZ2_BASE, UNKNOWN },
	{ "slot-iim", IMX53_IIM_BASE + 0x24u, UNKNOWN },
	{ "slot-csu", IMX53_CSU_BASE, UNKNOWN },
	{ "slot-platform", IMX53_PLATFORM_BASE, UNKNOWN },
	{ "slot-m4if", IMX53_M4IF_BASE, UNKNOWN },
	{ "slot-esdctl", IMX53_ESDCTL_BASE, UNKNOWN },
	{ "slot-weim", 0x63FDA000u, UNKNOWN },
	{ "slot-tzic", IMX53_TZIC_BASE, NONE },
	{ "slot-iram", IMX53_IRAM_BASE, NONE },
};

static bool reaches(const struct block *b)
{
	return world_run((b->addr & HALF) != 0u ? normal_read16 : normal_read,
			 b->addr & ~HALF, 0, 0)
		       .way == WORLD_DONE;
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

/* The slots that open a block, or why there is none. */
static const char *find(const struct block *b, uint64_t *slots, bool *open)
{
	*slots = 0;
	csu_all(IMX_CSU_OPEN);
	if (!reaches(b)) {
		return "refused with all slots open";
	}
	close_all();
	*open = reaches(b);
	if (*open) {
		return "open with all slots closed";
	}
	*slots = opening(b);
	return *slots != 0u ? list(*slots) : "behind more than one slot";
}

static void ask_slot(const struct block *b)
{
	uint64_t slots;
	bool open = false;
	const char *text = find(b, &slots, &open);

	if (b->slot == NONE) {
		answer(b->name, open, "soc.yaml: it can be closed", "%s", text);
	} else if (b->slot != UNKNOWN) {
		answer(b->name, slots == 1ull << b->slot,
		       "soc.yaml: the guest may reach it", "%s", text);
	} else if (open) {
		answer(b->name, false, "nothing closes it to the guest", "%s", text);
	} else {
		note(b->name, "%s", text);
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
	       "partition.dtsi: the slots of crossbar", "%s",
	       needed != 0u ? list(needed) : "none");
}

void ask_slots(void)
{
	ask_crossbar();
	for (unsigned i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		ask_slot(&blocks[i]);
	}
	csu_all(IMX_CSU_SECURE);
}
