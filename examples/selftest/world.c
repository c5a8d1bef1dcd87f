/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include <string.h>

#include <armv7a/cache.h>
#include <armv7a/cp15.h>
#include <armv7a/monitor.h>
#include <armv7a/trap.h>
#include <board.h>

#include "report.h"

/* Assembly calls these, */
void armv7a_exit_smc(struct armv7a_frame *frame);
void armv7a_exit_fiq(struct armv7a_frame *frame);
void armv7a_exit_data_abort(struct armv7a_frame *frame);
void armv7a_exit_prefetch_abort(struct armv7a_frame *frame);
void armv7a_broken(uint32_t pc, uint32_t cpsr) __attribute__((noreturn));
/* and offers these. */
extern const uint32_t armv7a_monitor_vectors[], armv7a_secure_vectors[];
extern const uint32_t armv7a_accessing[], armv7a_accessed[], armv7a_walked[];
void armv7a_resume_own(const struct armv7a_frame *frame) __attribute__((noreturn));
extern const uint32_t normal_code[], normal_done[], normal_code_end[];
void world_enter(const struct armv7a_frame *frame);
void world_leave(void) __attribute__((noreturn));

#define NSACR_CP10_CP11 0xC00u
#define NR_SECTIONS 4096u
/* [ARMv7-ARM] B3.5.1: sections, privileged read and write; shareable device, and
 * write-back memory. */
#define SECT_DEVICE 0x00000406u
#define SECT_MEMORY 0x0000140Eu

#define BASE(base, len) (base)
static const uint32_t guest_base[] = { BOARD_GUEST_BANKS(BASE) };
/* In normal memory: the code, and behind it a table for its MMU. */
#define CODE guest_base[0]
#define TABLE (guest_base[0] + 0x10000u)

static uint32_t no_led;
struct armv7a_led armv7a_led = { .addr = (uintptr_t)&no_led };

static struct {
	enum world_way way;
	struct armv7a_frame frame;
} last;

static void __attribute__((noreturn))
leave(enum world_way way, const struct armv7a_frame *frame)
{
	last.way = way;
	last.frame = *frame;
	world_leave();
}

void armv7a_exit_smc(struct armv7a_frame *frame)
{
	leave(WORLD_SMC, frame);
}

void armv7a_exit_fiq(struct armv7a_frame *frame)
{
	leave(WORLD_FIQ, frame);
}

/* A secure access that was made to see whether the bus refuses it, probe.h. */
static void own_abort(struct armv7a_frame *frame)
{
	if (frame->pc < (uintptr_t)armv7a_accessing ||
	    frame->pc >= (uintptr_t)armv7a_accessed) {
		armv7a_broken(frame->pc, frame->cpsr);
	}
	frame->r[0] = ARMV7A_PAR_FAULT;
	frame->pc = (uint32_t)(uintptr_t)armv7a_walked;
	frame->cpsr |= CPSR_A;
	armv7a_resume_own(frame);
}

void armv7a_exit_data_abort(struct armv7a_frame *frame)
{
	if ((frame->cpsr & CPSR_MODE) == MODE_MON) {
		own_abort(frame);
	}
	leave(WORLD_DATA, frame);
}

void armv7a_exit_prefetch_abort(struct armv7a_frame *frame)
{
	leave(WORLD_PREFETCH, frame);
}

/* The watchdog ends it, and the next start names the step. */
void armv7a_broken(uint32_t pc, uint32_t cpsr)
{
	armv7a_write_scr(0);
	armv7a_isb();
	remark("exception in the secure world: pc %08lx cpsr %08lx dfsr %lx dfar "
	       "%08lx",
	       pc, cpsr, armv7a_read_dfsr(), armv7a_read_dfar());
	for (;;) {
	}
}

void world_init(void)
{
	uint32_t *table = (uint32_t *)(uintptr_t)TABLE;

	armv7a_write_vbar((uint32_t)(uintptr_t)armv7a_secure_vectors);
	armv7a_write_mvbar((uint32_t)(uintptr_t)armv7a_monitor_vectors);
	armv7a_write_nsacr(NSACR_CP10_CP11);
	memcpy((void *)(uintptr_t)CODE, normal_code,
	       (uintptr_t)normal_code_end - (uintptr_t)normal_code);
	for (uint32_t i = 0; i < NR_SECTIONS; i++) {
		const bool own = i == CODE / ARMV7A_SECTION;

		table[i] = i * ARMV7A_SECTION | (own ? SECT_MEMORY : SECT_DEVICE);
	}
	armv7a_dcache_flush_all();
	armv7a_write_iciallu(0);
	armv7a_dsb();
	armv7a_isb();
}

static uint32_t in_normal(const uint32_t *code)
{
	return CODE + (uint32_t)((uintptr_t)code - (uintptr_t)normal_code);
}

/* The normal bank, with SCR.NS set. */
static void prepare(unsigned how)
{
	armv7a_write_sctlr(SCTLR_RESET);
	armv7a_write_vbar(CODE);
	armv7a_write_dfsr(0);
	armv7a_write_dfar(0);
	if ((how & WORLD_DEVICE) != 0u) {
		armv7a_write_ttbcr(0);
		armv7a_write_ttbr0(TABLE);
		armv7a_write_dacr(1);
		armv7a_write_tlbiall(0);
		armv7a_dsb();
		armv7a_isb();
		armv7a_write_sctlr(SCTLR_RESET | SCTLR_M);
	}
	armv7a_isb();
}

static struct world_fault fault(void)
{
	return (struct world_fault){ armv7a_read_dfsr(), armv7a_read_dfar() };
}

/* The program counter behind an SMC tells which one it was. */
static enum world_way way_of(enum world_way way, uint32_t pc)
{
	if (way != WORLD_SMC) {
		return way;
	}
	if (pc == in_normal(normal_done)) {
		return WORLD_DONE;
	}
	switch ((pc - CODE) / 4u) {
	case 2:
		return WORLD_UNDEFINED;
	case 5:
		return WORLD_ABORT;
	default:
		return WORLD_SMC;
	}
}

const char *world_way(const struct world_outcome *o)
{
	static const char *const names[] = {
		"no abort", "undefined",      "abort in the normal world", "FIQ",
		"abort",    "prefetch abort", "another exception"
	};

	return names[o->way];
}

struct world_outcome world_run(const uint32_t *attempt, uint32_t r0, uint32_t r1,
			       unsigned how)
{
	const bool fiq = (how & (WORLD_FIQ_OPEN | WORLD_FIQ_TAKEN)) != 0u;
	const struct armv7a_frame frame = {
		.r = { r0, r1 },
		.pc = in_normal(attempt),
		.cpsr = MODE_SVC | CPSR_I |
			((how & WORLD_FIQ_OPEN) != 0u ? 0u : CPSR_F),
	};
	struct world_outcome o = { 0 };

	armv7a_write_dfsr(0);
	armv7a_write_dfar(0);
	armv7a_write_scr(SCR_NS | (fiq ? SCR_FIQ : 0u) |
			 ((how & WORLD_EA_OFF) != 0u ? 0u : SCR_EA));
	armv7a_isb();
	prepare(how);
	world_enter(&frame);
	o.normal = fault();
	armv7a_write_scr(0);
	armv7a_isb();
	o.secure = fault();
	o.way = way_of(last.way, last.frame.pc);
	o.value = last.frame.r[1];
	o.at = last.frame.pc == frame.pc;
	return o;
}

bool world_read(uint32_t addr, uint32_t *value)
{
	const struct world_outcome o = world_run(normal_read, addr, 0, 0);

	*value = o.value;
	return o.way == WORLD_DONE;
}

bool world_write(uint32_t addr, uint32_t value)
{
	return world_run(normal_write, addr, value, 0).way == WORLD_DONE;
}
