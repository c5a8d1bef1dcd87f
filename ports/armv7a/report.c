/* SPDX-License-Identifier: BSD-2-Clause */
#include <armv7a/bank.h>
#include <armv7a/cp15.h>
#include <armv7a/report.h>
#include <armv7a/trap.h>

#include <tzvmm/log.h>

#define STACK_LEN 8192u
#define NR_CALLS 16u

/* [ARMv7-ARM] A8.8.25, A8.8.26, A8.8.425; any condition but that of BLX. */
#define IS_BL(insn) (((insn)&0x0F000000u) == 0x0B000000u)
#define IS_BLX_REG(insn) (((insn)&0x0FFFFFF0u) == 0x012FFF30u)
#define IS_THUMB_BL(hw1, hw2)                                                      \
	(((hw1)&0xF800u) == 0xF000u && ((hw2)&0xC000u) == 0xC000u)
#define IS_THUMB_BLX_REG(hw) (((hw)&0xFF87u) == 0x4780u)
#define IS_WFI(insn) (((insn)&0x0FFFFFFFu) == 0x0320F003u)
#define IS_THUMB_WFI(hw) ((hw) == 0xBF30u)

uint8_t *armv7a_stack_top(void); /* in start.S */

static void line(const struct tzvmm_sys *sys, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void line(const struct tzvmm_sys *sys, const char *fmt, ...)
{
	char text[TZVMM_LOG_LINE];
	va_list args;

	va_start(args, fmt);
	(void)tzvmm_vformat(text, sizeof(text), fmt, args);
	va_end(args);
	tzvmm_log(sys, TZVMM_LOG_INFO, "report: %s", text);
}

/* Every exit starts on an empty stack: armv7a_start_guest() leaves one word. */
const struct armv7a_frame *armv7a_guest_frame(void)
{
	const uint8_t *top = armv7a_stack_top();

	return (const void *)(top - 4u - sizeof(struct armv7a_frame));
}

/* ---- Registers ---------------------------------------------------------- */

static const struct mode {
	const char *name;
	uint32_t bits;
} modes[] = {
	{ "usr", MODE_USR }, { "sys", MODE_SYS }, { "svc", MODE_SVC },
	{ "irq", MODE_IRQ }, { "abt", MODE_ABT }, { "und", MODE_UND },
	{ "fiq", MODE_FIQ },
};
#define NR_MODES (sizeof(modes) / sizeof(modes[0]))
#define FIRST_SPSR 2u /* usr and sys have none */

static const char *mode_name(uint32_t cpsr)
{
	for (unsigned i = 0; i < NR_MODES; i++) {
		if (modes[i].bits == (cpsr & CPSR_MODE)) {
			return modes[i].name;
		}
	}
	return "?";
}

static void report_banks(const struct tzvmm_sys *sys)
{
	struct armv7a_bank bank;

	armv7a_bank_read(MODE_USR, &bank);
	line(sys, "usr: sp %08x lr %08x", (unsigned)bank.r[5], (unsigned)bank.r[6]);
	for (unsigned i = FIRST_SPSR; i < NR_MODES; i++) {
		armv7a_bank_read(modes[i].bits, &bank);
		line(sys, "%s: sp %08x lr %08x spsr %08x", modes[i].name,
		     (unsigned)bank.r[5], (unsigned)bank.r[6],
		     (unsigned)armv7a_bank_spsr(modes[i].bits));
	}
}

static void report_system(const struct tzvmm_sys *sys)
{
	line(sys, "sctlr %08x ttbr0 %08x ttbr1 %08x ttbcr %08x dacr %08x vbar %08x",
	     (unsigned)armv7a_read_sctlr(), (unsigned)armv7a_read_ttbr0(),
	     (unsigned)armv7a_read_ttbr1(), (unsigned)armv7a_read_ttbcr(),
	     (unsigned)armv7a_read_dacr(), (unsigned)armv7a_read_vbar());
	line(sys, "dfsr %08x dfar %08x ifsr %08x ifar %08x",
	     (unsigned)armv7a_read_dfsr(), (unsigned)armv7a_read_dfar(),
	     (unsigned)armv7a_read_ifsr(), (unsigned)armv7a_read_ifar());
}

void armv7a_report_registers(const struct tzvmm_sys *sys)
{
	const struct armv7a_frame *frame = armv7a_guest_frame();
	const uint32_t cpsr = frame->cpsr;
	const uint32_t *const r = frame->r;

	line(sys, "mode %s, %s, interrupts %s, pc %08x cpsr %08x", mode_name(cpsr),
	     (cpsr & CPSR_T) != 0u ? "Thumb" : "ARM",
	     (cpsr & CPSR_I) != 0u ? "masked" : "open", (unsigned)frame->pc,
	     (unsigned)cpsr);
	line(sys, "r0 %08x r1 %08x r2 %08x r3 %08x r4 %08x r5 %08x r6 %08x",
	     (unsigned)r[0], (unsigned)r[1], (unsigned)r[2], (unsigned)r[3],
	     (unsigned)r[4], (unsigned)r[5], (unsigned)r[6]);
	line(sys, "r7 %08x r8 %08x r9 %08x r10 %08x r11 %08x r12 %08x",
	     (unsigned)r[7], (unsigned)r[8], (unsigned)r[9], (unsigned)r[10],
	     (unsigned)r[11], (unsigned)r[12]);
	report_banks(sys);
	report_system(sys);
}

/* ---- Who called --------------------------------------------------------- */

/* A word of the guest's; 0 if there is none. */
static uint32_t peek(const struct tzvmm_gmem *ram, uint32_t va)
{
	const volatile uint32_t *from = NULL;
	uint32_t pa;

	if (armv7a_guest_translate(va & ~3u, &pa)) {
		from = tzvmm_gmem_at(ram, pa, sizeof(*from));
	}
	return from == NULL ? 0u : *from;
}

static uint16_t peek_half(const struct tzvmm_gmem *ram, uint32_t va)
{
	return (uint16_t)(peek(ram, va) >> 8u * (va & 2u));
}

bool armv7a_guest_waits(const struct tzvmm_gmem *ram)
{
	const struct armv7a_frame *frame = armv7a_guest_frame();

	return (frame->cpsr & CPSR_T) != 0u
		       ? IS_THUMB_WFI(peek_half(ram, frame->pc - 2u))
		       : IS_WFI(peek(ram, frame->pc - 4u));
}

static bool is_return(const struct tzvmm_gmem *ram, uint32_t value)
{
	const uint32_t at = value & ~1u;

	if ((value & 1u) != 0u) {
		const uint16_t last = peek_half(ram, at - 2u);

		return IS_THUMB_BLX_REG(last) ||
		       IS_THUMB_BL(peek_half(ram, at - 4u), last);
	}
	if ((value & 3u) != 0u) {
		return false;
	}
	value = peek(ram, at - 4u);
	return IS_BL(value) || IS_BLX_REG(value);
}

void armv7a_report_stack(const struct tzvmm_sys *sys, const struct tzvmm_gmem *ram)
{
	const struct armv7a_frame *frame = armv7a_guest_frame();
	unsigned nr = 0;
	struct armv7a_bank bank;
	uint32_t sp, end;

	armv7a_bank_read(frame->cpsr & CPSR_MODE, &bank);
	sp = bank.r[5] & ~3u;
	end = (sp | (STACK_LEN - 1u)) - 3u; /* its last word */
	line(sys, "at %08x, from %08x", (unsigned)frame->pc, (unsigned)bank.r[6]);
	for (; sp != end && nr < NR_CALLS; sp += 4u) {
		const uint32_t value = peek(ram, sp);

		if (is_return(ram, value)) {
			line(sys, "from %08x (stack scan, at %08x)",
			     (unsigned)value, (unsigned)sp);
			nr++;
		}
	}
}
