/* SPDX-License-Identifier: BSD-2-Clause */
#include <armv7a/bank.h>
#include <armv7a/cp15.h>
#include <armv7a/ldst.h>
#include <armv7a/trap.h>

#include <tzvmm/gmem.h>

/* Fault status, [ARMv7-ARM] B3.13.3, short descriptors. */
#define FSR_STATUS_MASK 0x40Fu
#define FSR_EXTERNAL 0x008u
#define FSR_EXTERNAL_ASYNC 0x406u
#define FSR_WRITE (1u << 11)
#define FSR_SLAVE (1u << 12) /* refused by the addressed device */

#define ABT_LR_DATA 8u
#define ABT_LR_PREFETCH 4u
#define VECTOR_PREFETCH 0x0Cu
#define VECTOR_DATA 0x10u

/* Off the way of a plain load or store, whose cost is measured. */
#define COLD __attribute__((noinline, cold))

/* A guest's instruction and the registers that it names. */
struct access {
	struct armv7a_frame *frame;
	struct armv7a_ldst ldst;
	struct armv7a_bank bank;
	bool have_bank;
};

/* Aborts are handled with SCR.NS = 0. What an external abort that is taken to
 * Monitor mode leaves in DFSR, DFAR, IFSR and IFAR is in the secure bank
 * ([CORTEX-A8]; facts/imx53.md 8), and the guest's PAR stays as it is. */
static void select_bank(uint32_t ns)
{
	armv7a_write_scr((SCR_GUEST & ~SCR_NS) | ns);
	armv7a_isb();
}

/* What PAR tells besides the address of a page or section. */
static COLD bool translated_else(uint32_t va, uint32_t par, uint32_t *pa)
{
	*pa = (par & 0xFF000000u) | (va & 0x00FFFFFFu);
	return (par & ARMV7A_PAR_FAULT) == 0u;
}

/* Guest virtual to physical by the guest's own tables. The MMU let the access
 * through before the bus refused it, so what is asked for is the address, not the
 * permission: the privileged read's translation serves every access. */
static bool translate(uint32_t va, uint32_t *pa)
{
	const uint32_t par = armv7a_translate(va);

	if ((par & (ARMV7A_PAR_FAULT | ARMV7A_PAR_SUPER)) != 0u) {
		return translated_else(va, par, pa);
	}
	*pa = (par & 0xFFFFF000u) | (va & 0xFFFu);
	return true;
}

COLD bool armv7a_guest_translate(uint32_t va, uint32_t *pa)
{
	bool there;

	select_bank(0);
	there = translate(va, pa);
	select_bank(SCR_NS);
	return there;
}

/* Copy nr halfwords of the instruction stream, each translated on its own
 * since a Thumb instruction may cross a page. */
static bool fetch_halfwords(const struct tzvmm_vm *vm,
			    const struct armv7a_frame *frame, unsigned nr,
			    uint16_t *out)
{
	for (unsigned i = 0; i < nr; i++) {
		uint32_t pa;
		const volatile uint16_t *from;

		if (!translate(frame->pc + 2u * i, &pa)) {
			return false;
		}
		from = tzvmm_gmem_at(&vm->port->ram, pa, sizeof(*from));
		if (from == NULL) {
			return false;
		}
		out[i] = *from;
	}
	return true;
}

static COLD bool fetch_thumb(const struct tzvmm_vm *vm,
			     const struct armv7a_frame *frame, uint32_t *insn)
{
	uint16_t hw[2] = { 0, 0 };

	if (!fetch_halfwords(vm, frame, 1, hw)) {
		return false;
	}
	/* Only a long instruction's second half has to be readable. */
	if (hw[0] >> 11 >= 0x1D && !fetch_halfwords(vm, frame, 2, hw)) {
		return false;
	}
	*insn = (uint32_t)hw[0] << 16 | hw[1];
	return true;
}

static bool fetch_arm(const struct tzvmm_vm *vm, const struct armv7a_frame *frame,
		      uint32_t *insn)
{
	const volatile uint32_t *from;
	uint32_t pa;

	if (!translate(frame->pc, &pa)) {
		return false;
	}
	from = tzvmm_gmem_at(&vm->port->ram, pa, sizeof(*from));
	if (from == NULL) {
		return false;
	}
	*insn = *from;
	return true;
}

static bool decode(const struct tzvmm_vm *vm, struct access *acc)
{
	const struct armv7a_frame *frame = acc->frame;
	bool thumb = (frame->cpsr & CPSR_T) != 0u;
	uint32_t insn;

	if ((frame->cpsr & (CPSR_E | CPSR_J)) != 0u) {
		return false; /* big endian data, ThumbEE */
	}
	if (!(thumb ? fetch_thumb(vm, frame, &insn) : fetch_arm(vm, frame, &insn))) {
		return false;
	}
	return armv7a_ldst_decode(insn, thumb, &acc->ldst);
}

static COLD uint32_t *high_reg(struct access *acc, unsigned n)
{
	uint32_t mode = acc->frame->cpsr & CPSR_MODE;

	if (n < 13u && mode != MODE_FIQ) {
		return &acc->frame->r[n];
	}
	if (!acc->have_bank) {
		armv7a_bank_read(mode, &acc->bank);
		acc->have_bank = true;
	}
	return &acc->bank.r[n - 8u];
}

/* Where a register's value is: in the frame, or in the mode's own bank. */
static inline uint32_t *reg(struct access *acc, unsigned n)
{
	return n < 8u ? &acc->frame->r[n] : high_reg(acc, n);
}

/* [ARMv7-ARM] A2.5.2 ITAdvance: IT is split into CPSR bits 26:25 (its low
 * bits) and 15:10. */
static uint32_t it_advance(uint32_t cpsr)
{
	uint32_t it = (cpsr >> 25 & 3u) | (cpsr >> 8 & 0xFCu);

	it = (it & 7u) == 0u ? 0u : (it & 0xE0u) | (it << 1 & 0x1Fu);
	return (cpsr & ~CPSR_IT_MASK) | (it & 3u) << 25 | (it & 0xFCu) << 8;
}

static COLD void write_back(struct access *acc)
{
	const struct armv7a_ldst *ldst = &acc->ldst;
	uint32_t rm = ldst->reg_offset ? *reg(acc, ldst->rm) : 0u;
	uint32_t *rn = reg(acc, ldst->rn);

	*rn = armv7a_ldst_new_base(ldst, *rn, rm, (acc->frame->cpsr & CPSR_C) != 0u);
}

/* The instruction is done: write its results into the guest's registers. */
static void retire(struct access *acc, uint32_t value)
{
	const struct armv7a_ldst *ldst = &acc->ldst;
	struct armv7a_frame *frame = acc->frame;

	if (ldst->wback) {
		write_back(acc);
	}
	if (!ldst->store) {
		*reg(acc, ldst->rt) = armv7a_ldst_extend(ldst, value);
	}
	if (acc->have_bank) {
		armv7a_bank_write(frame->cpsr & CPSR_MODE, &acc->bank);
	}
	if ((frame->cpsr & CPSR_T) != 0u) {
		frame->cpsr = it_advance(frame->cpsr);
	}
	frame->pc += ldst->len;
}

/* Let the guest take an exception in Abort mode by its own vectors. */
static void enter_abort(struct armv7a_frame *frame, uint32_t vector,
			uint32_t lr_offset)
{
	uint32_t sctlr = armv7a_read_sctlr(); /* the guest's: SCR.NS is 1 */
	uint32_t base = (sctlr & SCTLR_V) != 0u ? 0xFFFF0000u : armv7a_read_vbar();
	uint32_t cpsr = frame->cpsr;

	armv7a_bank_enter_abort(frame->pc + lr_offset, cpsr);
	cpsr &= ~(CPSR_MODE | CPSR_T | CPSR_E | CPSR_J | CPSR_IT_MASK);
	/* Not A: with SCR.AW = 0 the guest could not clear it again. */
	cpsr |= MODE_ABT | CPSR_I;
	cpsr |= (sctlr & SCTLR_TE) != 0u ? CPSR_T : 0u;
	cpsr |= (sctlr & SCTLR_EE) != 0u ? CPSR_E : 0u;
	frame->cpsr = cpsr;
	frame->pc = base + vector;
}

static COLD void inject_data_abort(struct armv7a_frame *frame, uint32_t dfar,
				   bool write)
{
	select_bank(SCR_NS);
	armv7a_write_dfsr(FSR_EXTERNAL | FSR_SLAVE | (write ? FSR_WRITE : 0u));
	armv7a_write_dfar(dfar);
	enter_abort(frame, VECTOR_DATA, ABT_LR_DATA);
	select_bank(0);
}

static COLD void report_fault(struct tzvmm_vm *vm, uint32_t status, uint32_t addr,
			      uint32_t pc)
{
	struct tzvmm_exit exit = {
		.kind = TZVMM_EXIT_FAULT,
		.fault_status = status,
		.fault_addr = addr,
		.pc = pc,
	};

	(void)tzvmm_vm_exit(vm, &exit);
}

/* Let the library answer a decoded access. */
static bool emulate(struct tzvmm_vm *vm, struct access *acc, uint32_t dfar)
{
	const struct armv7a_ldst *ldst = &acc->ldst;
	struct tzvmm_exit exit;
	uint32_t pa;

	if (!translate(dfar, &pa)) {
		return false;
	}
	exit.kind = TZVMM_EXIT_MMIO;
	exit.pc = acc->frame->pc;
	exit.mmio = (struct tzvmm_mmio_access){
		.ipa = pa,
		.size = ldst->size,
		.write = ldst->store,
	};
	if (ldst->store) {
		exit.mmio.value =
			*reg(acc, ldst->rt) & UINT32_MAX >> (32u - 8u * ldst->size);
	}
	if (tzvmm_vm_exit(vm, &exit) != TZVMM_RESUME) {
		inject_data_abort(acc->frame, dfar, ldst->store);
		return true;
	}
	retire(acc, exit.mmio.value);
	return true;
}

/* The abort came after later instructions ran: nothing can be emulated. */
static COLD void imprecise(struct tzvmm_vm *vm, struct armv7a_frame *frame,
			   uint32_t dfsr)
{
	tzvmm_log_limited(vm->port->sys, &vm->limit, TZVMM_LOG_WARN,
			  "imprecise abort near pc %08lx: this machine cannot trap "
			  "device accesses, use a guest with the SMC front",
			  (unsigned long)frame->pc);
	report_fault(vm, dfsr, 0, frame->pc);
	inject_data_abort(frame, 0, false);
}

static void take_data_abort(struct tzvmm_vm *vm, struct armv7a_frame *frame)
{
	uint32_t dfsr = armv7a_read_dfsr();
	uint32_t dfar = armv7a_read_dfar();
	struct access acc;

	if ((dfsr & FSR_STATUS_MASK) == FSR_EXTERNAL_ASYNC) {
		imprecise(vm, frame, dfsr);
		return;
	}
	acc.frame = frame;
	acc.have_bank = false;
	if ((dfsr & FSR_STATUS_MASK) == FSR_EXTERNAL && decode(vm, &acc) &&
	    emulate(vm, &acc, dfar)) {
		return;
	}
	report_fault(vm, dfsr, dfar, frame->pc);
	inject_data_abort(frame, dfar, (dfsr & FSR_WRITE) != 0u);
}

void armv7a_data_abort(struct tzvmm_vm *vm, struct armv7a_frame *frame)
{
	select_bank(0);
	take_data_abort(vm, frame);
	select_bank(SCR_NS);
}

void armv7a_prefetch_abort(struct tzvmm_vm *vm, struct armv7a_frame *frame)
{
	uint32_t ifsr, ifar;

	select_bank(0);
	ifsr = armv7a_read_ifsr();
	ifar = armv7a_read_ifar();
	report_fault(vm, ifsr, ifar, frame->pc);
	select_bank(SCR_NS);
	armv7a_write_ifsr(FSR_EXTERNAL | FSR_SLAVE);
	armv7a_write_ifar(ifar);
	enter_abort(frame, VECTOR_PREFETCH, ABT_LR_PREFETCH);
}
