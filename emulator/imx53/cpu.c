/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Cortex-A8 that honours SCR.EA: external aborts go to Monitor mode.
 *
 * QEMU's Cortex-A8 ignores that bit in AArch32 state. The exception entry is
 * wrapped here: such an abort is entered as an SMC is, which switches to
 * Monitor mode as the architecture asks, and then vector, link register and
 * the secure fault registers are made those of an abort.
 */
#include "imx53.h"
#include "hw/core/tcg-cpu-ops.h"
#include "internals.h"

/* A request line of the generic CPU that the ARM target does not use. */
#define CPU_INTERRUPT_IMPRECISE CPU_INTERRUPT_TGT_EXT_0

/* DFSR/IFSR, short descriptors: FS is bit 10 and bits 3:0. */
#define FSR_FS_MASK 0x40Fu
#define FSR_FS_EXTERNAL 0x008u
#define FSR_FS_WALK_1 0x00Cu
#define FSR_FS_WALK_2 0x00Eu
#define FSR_FS_IMPRECISE 0x406u
#define FSR_EXT (1u << 12)
#define FSR_WNR (1u << 11)

static const struct TCGCPUOps *parent_ops;
static struct TCGCPUOps imx53_cpu_ops;

static bool fsr_is_external(uint32_t fsr)
{
	switch (fsr & FSR_FS_MASK) {
	case FSR_FS_EXTERNAL:
	case FSR_FS_WALK_1:
	case FSR_FS_WALK_2:
	case FSR_FS_IMPRECISE:
		return true;
	default:
		return false;
	}
}

static bool abort_goes_to_monitor(CPUState *cs)
{
	CPUARMState *env = &ARM_CPU(cs)->env;

	if (cs->exception_index != EXCP_DATA_ABORT &&
	    cs->exception_index != EXCP_PREFETCH_ABORT) {
		return false;
	}
	return (env->cp15.scr_el3 & SCR_EA) != 0 &&
	       fsr_is_external(env->exception.fsr);
}

static void take_abort_to_monitor(CPUState *cs)
{
	CPUARMState *env = &ARM_CPU(cs)->env;
	bool data = cs->exception_index == EXCP_DATA_ABORT;
	uint32_t pc = env->regs[15];
	uint32_t fsr = env->exception.fsr;
	uint32_t far = env->exception.vaddress;

	qemu_log_mask(CPU_LOG_INT,
		      "external %s abort to Monitor mode: pc 0x%08x "
		      "FSR 0x%x FAR 0x%08x\n",
		      data ? "data" : "prefetch", pc, fsr, far);

	cs->exception_index = EXCP_SMC;
	env->exception.target_el = 3;
	parent_ops->do_interrupt(cs);

	if (data) {
		env->cp15.dfsr_s = fsr;
		env->cp15.dfar_s = far;
	} else {
		env->cp15.ifsr_s = fsr;
		env->cp15.ifar_s = far;
	}
	env->regs[14] = pc + (data ? 8 : 4);
	env->regs[15] = env->cp15.mvbar + (data ? 0x10 : 0x0C);
}

static const char *entry_name(int exception)
{
	switch (exception) {
	case EXCP_SMC:
		return "smc";
	case EXCP_FIQ:
		return "fiq";
	case EXCP_IRQ:
		return "irq";
	case EXCP_DATA_ABORT:
		return "dabt";
	case EXCP_PREFETCH_ABORT:
		return "pabt";
	default:
		return "other";
	}
}

static void imx53_cpu_do_interrupt(CPUState *cs)
{
	Imx53Cpu *cpu = IMX53_CPU(cs);
	CPUARMState *env = &cpu->parent_obj.env;
	int exception = cs->exception_index;
	bool from_normal = !arm_is_secure(env);

	if (abort_goes_to_monitor(cs)) {
		take_abort_to_monitor(cs);
	} else {
		parent_ops->do_interrupt(cs);
	}
	if (from_normal && cpu->trace != NULL &&
	    (env->uncached_cpsr & CPSR_M) == ARM_CPU_MODE_MON) {
		imx53_trace_event(cpu->trace, "enter", entry_name(exception));
	}
}

/* An imprecise abort waits while CPSR.A masks it. In the normal world the bit
 * does not hold off an abort that belongs to the monitor (EA = 1, AW = 0). */
static bool imprecise_unmasked(CPUARMState *env)
{
	uint64_t scr = env->cp15.scr_el3;

	if (!arm_is_secure(env) && (scr & SCR_EA) && !(scr & SCR_AW)) {
		return true;
	}
	return (env->daif & PSTATE_A) == 0;
}

static bool imx53_cpu_exec_interrupt(CPUState *cs, int request)
{
	CPUARMState *env = &ARM_CPU(cs)->env;

	if ((request & CPU_INTERRUPT_IMPRECISE) && imprecise_unmasked(env)) {
		cpu_reset_interrupt(cs, CPU_INTERRUPT_IMPRECISE);
		cs->exception_index = EXCP_DATA_ABORT;
		env->exception.target_el = arm_is_secure(env) ? 3 : 1;
		env->exception.syndrome = 0;
		env->exception.fsr = FSR_FS_IMPRECISE | FSR_EXT | FSR_WNR;
		env->exception.vaddress = 0; /* UNKNOWN for this kind */
		imx53_cpu_do_interrupt(cs);
		return true;
	}
	return parent_ops->cpu_exec_interrupt(cs, request);
}

void imx53_cpu_pend_abort(Imx53Cpu *cpu)
{
	cpu_interrupt(CPU(cpu), CPU_INTERRUPT_IMPRECISE);
}

/* Runs after each change of mode through an exception or its return. */
static void world_hook(ARMCPU *arm, void *opaque)
{
	Imx53Cpu *cpu = opaque;
	bool secure = arm_is_secure(&arm->env);

	if (cpu->was_secure && !secure) {
		imx53_trace_event(cpu->trace, "leave", NULL);
	}
	cpu->was_secure = secure;
}

void imx53_cpu_trace(Imx53Cpu *cpu, Imx53Trace *trace)
{
	cpu->trace = trace;
	cpu->was_secure = true;
	arm_register_el_change_hook(ARM_CPU(cpu), world_hook, cpu);
}

static void imx53_cpu_class_init(ObjectClass *klass, void *data)
{
	CPUClass *cc = CPU_CLASS(klass);

	parent_ops = cc->tcg_ops;
	imx53_cpu_ops = *parent_ops;
	imx53_cpu_ops.do_interrupt = imx53_cpu_do_interrupt;
	imx53_cpu_ops.cpu_exec_interrupt = imx53_cpu_exec_interrupt;
	cc->tcg_ops = &imx53_cpu_ops;
}

static const TypeInfo imx53_cpu_types[] = {
	{
		.name = TYPE_IMX53_CPU,
		.parent = ARM_CPU_TYPE_NAME("cortex-a8"),
		.instance_size = sizeof(Imx53Cpu),
		.class_init = imx53_cpu_class_init,
	},
};

DEFINE_TYPES(imx53_cpu_types)
