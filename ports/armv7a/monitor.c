/* SPDX-License-Identifier: BSD-2-Clause */
#include <armv7a/cache.h>
#include <armv7a/cp15.h>
#include <armv7a/monitor.h>
#include <armv7a/trap.h>

#include <tzvmm/log.h>

/* Assembly calls these; nothing else does. */
void armv7a_exit_smc(struct armv7a_frame *frame);
void armv7a_exit_fiq(struct armv7a_frame *frame);
void armv7a_exit_data_abort(struct armv7a_frame *frame);
void armv7a_exit_prefetch_abort(struct armv7a_frame *frame);
void armv7a_broken(uint32_t pc, uint32_t cpsr) __attribute__((noreturn));

/* ... and offers these. */
extern const uint32_t armv7a_monitor_vectors[];
extern const uint32_t armv7a_secure_vectors[];
extern const uint32_t armv7a_walk[], armv7a_walked[];
extern const uint32_t armv7a_accessing[], armv7a_accessed[];
void armv7a_start_guest(const struct armv7a_frame *frame) __attribute__((noreturn));
void armv7a_resume_own(const struct armv7a_frame *frame) __attribute__((noreturn));

/* What the guest may use of the coprocessors: VFP and NEON. */
#define NSACR_CP10_CP11 0xC00u

static uint32_t no_led;
struct armv7a_led armv7a_led = { .addr = (uintptr_t)&no_led };

static struct {
	struct tzvmm_vm *vm;
	const struct armv7a_monitor_ops *ops;
	struct tzvmm_exit exit;
} monitor;

void armv7a_monitor_init(struct tzvmm_vm *vm, const struct armv7a_monitor_ops *ops)
{
	monitor.vm = vm;
	monitor.ops = ops;
	armv7a_write_vbar((uint32_t)(uintptr_t)armv7a_secure_vectors);
	armv7a_write_mvbar((uint32_t)(uintptr_t)armv7a_monitor_vectors);
	armv7a_write_nsacr(NSACR_CP10_CP11);
	armv7a_isb();
}

void armv7a_broken(uint32_t pc, uint32_t cpsr)
{
	char text[TZVMM_LOG_LINE];

	armv7a_write_scr(0);
	armv7a_isb();
	(void)tzvmm_format(text, sizeof(text),
			   "fatal: exception in the monitor, pc %08lx cpsr %08lx "
			   "dfsr %lx dfar %08lx ifsr %lx ifar %08lx",
			   (unsigned long)pc, (unsigned long)cpsr,
			   (unsigned long)armv7a_read_dfsr(),
			   (unsigned long)armv7a_read_dfar(),
			   (unsigned long)armv7a_read_ifsr(),
			   (unsigned long)armv7a_read_ifar());
	for (;;) {
		if (monitor.ops != NULL) {
			monitor.ops->fatal(text);
		}
	}
}

static bool in_monitor(const struct armv7a_frame *frame)
{
	return (frame->cpsr & CPSR_MODE) == MODE_MON;
}

static void __attribute__((noinline)) act(enum tzvmm_action action)
{
	if (action == TZVMM_STANDBY) {
		armv7a_wfi();
		return;
	}
	monitor.ops->stop(action);
}

void armv7a_exit_smc(struct armv7a_frame *frame)
{
	struct tzvmm_exit *exit = &monitor.exit;
	enum tzvmm_action action;

	exit->kind = TZVMM_EXIT_SMC;
	exit->smc = frame->r;
	exit->pc = frame->pc;
	action = tzvmm_vm_exit(monitor.vm, exit);
	if (action != TZVMM_RESUME) {
		act(action);
	}
}

void armv7a_exit_fiq(struct armv7a_frame *frame)
{
	struct tzvmm_exit *exit = &monitor.exit;

	monitor.ops->irq();
	exit->kind = TZVMM_EXIT_IRQ;
	exit->pc = frame->pc;
	(void)tzvmm_vm_exit(monitor.vm, exit);
}

static bool is_within(uint32_t pc, const uint32_t *from, const uint32_t *to)
{
	return pc - (uint32_t)(uintptr_t)from < (uintptr_t)to - (uintptr_t)from;
}

/* An abort out of our own code is a bug, but for two: the guest put its tables
 * where armv7a_translate() cannot read them, then there is no translation; and the
 * bus refuses an access that is made to see whether it does. Both return what an
 * abort gives by the same way, on which no other abort can be pending. */
static void __attribute__((noinline, cold, noreturn))
own_abort(struct armv7a_frame *frame)
{
	if (frame->pc != (uint32_t)(uintptr_t)armv7a_walk &&
	    !is_within(frame->pc, armv7a_accessing, armv7a_accessed)) {
		armv7a_broken(frame->pc, frame->cpsr);
	}
	frame->r[0] = ARMV7A_PAR_FAULT;
	frame->pc = (uint32_t)(uintptr_t)armv7a_walked;
	frame->cpsr |= CPSR_A;
	armv7a_resume_own(frame);
}

void armv7a_exit_data_abort(struct armv7a_frame *frame)
{
	if (in_monitor(frame)) {
		own_abort(frame);
	}
	armv7a_data_abort(monitor.vm, frame);
}

void armv7a_exit_prefetch_abort(struct armv7a_frame *frame)
{
	if (in_monitor(frame)) {
		armv7a_broken(frame->pc, frame->cpsr);
	}
	armv7a_prefetch_abort(monitor.vm, frame);
}

/* The normal world's bank of system registers as a reset leaves it, and the access
 * to VFP and NEON, which both worlds share. FCSEIDR moves addresses even while the
 * MMU is off, and no kernel of today knows it. */
static void reset_guest_bank(void)
{
	armv7a_write_sctlr(SCTLR_RESET);
	armv7a_write_vbar(0);
	armv7a_write_ttbr0(0);
	armv7a_write_ttbr1(0);
	armv7a_write_ttbcr(0);
	armv7a_write_dacr(0);
	armv7a_write_fcseidr(0);
	armv7a_write_contextidr(0);
	armv7a_write_cpacr(0);
	if ((armv7a_read_id_pfr1() & PFR1_TIMER) != 0u) {
		armv7a_clear_cntvoff();
		armv7a_write_cnthctl(CNTHCTL_PL1);
	}
}

void armv7a_monitor_enter(uint32_t entry, uint32_t r0, uint32_t r1, uint32_t r2)
{
	/* Not on the stack, which armv7a_start_guest() starts anew. */
	static struct armv7a_frame frame;

	/* FIQ and asynchronous aborts are ours, but CPSR.F and A mask them in the
	 * normal world too, where nothing can clear them (FW and AW are 0):
	 * [CORTEX-A8] has no virtualization extensions, which QEMU's model has. */
	frame = (struct armv7a_frame){
		.r = { r0, r1, r2 },
		.pc = entry,
		.cpsr = MODE_SVC | CPSR_I,
	};
	armv7a_write_scr(SCR_GUEST);
	armv7a_isb();
	reset_guest_bank();
	/* The guest starts with its caches off and turns them on without
	 * cleaning the outer one: no line of its memory may be left in them. */
	armv7a_dcache_flush_all();
	armv7a_write_iciallu(0);
	armv7a_write_bpiall(0);
	armv7a_dsb();
	armv7a_isb();
	armv7a_start_guest(&frame);
}
