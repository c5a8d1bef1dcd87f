/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world switch. An exit pushes r0-r12 and the return state on Monitor
 * mode's stack, a struct armv7a_frame, and calls C; the way back pops them.
 * SCR.NS stays 1 meanwhile: in Monitor mode memory accesses are secure whatever
 * it says, only the banked CP15 registers follow it ([ARMv7-ARM] B1.5.1).
 */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm

	.set	MODE_MON, 0x16
	.set	MODE_SYS, 0x1F
	.set	MODE_USR, 0x10
	.set	MODE_FIQ, 0x11
	.set	MODE_ABT, 0x17
	.set	IRQ_FIQ_OFF, 0xC0
	.set	SCR_NS, 1

	/* struct armv7a_led has the address in its middle. The first store is at most
	 * the 7th instruction of an exit, 2 follow the second one (docs/led.md). The
	 * labels are for who counts. */
	.macro	led_secure at
\at\()_led:
	ldr	r4, =armv7a_led
	ldmia	r4, {r5, r6}
	str	r5, [r6]
\at\()_led_end:
	.endm
	.macro	led_guest at
\at\()_led:
	ldr	r4, =armv7a_led
	ldmib	r4, {r5, r6}
	str	r6, [r5]
\at\()_led_end:
	.endm

	/* From here on the guest's predictions cannot steer our branches: with
	 * ACTLR.IBE set, BPIALL drops them (CVE-2017-5715). On a Cortex-A15 it takes
	 * ICIALLU: its board says so. */
#ifdef ARMV7A_ICIALLU_DROPS_BRANCHES
	.set	DROP_BRANCHES, 0
#else
	.set	DROP_BRANCHES, 6
#endif
	.macro	exit_to handler, pc_adjust
	.if	\pc_adjust
	sub	lr, lr, #\pc_adjust
	.endif
	srsdb	sp!, #MODE_MON
	push	{r0-r12}
	led_secure \handler
	mcr	p15, 0, r0, c7, c5, DROP_BRANCHES
	mov	r0, sp
	bl	\handler
	b	armv7a_resume
	.endm

	.section .text.vectors, "ax"

	.balign 32
	.global	armv7a_monitor_vectors
armv7a_monitor_vectors:
	b	armv7a_unexpected
	b	armv7a_unexpected
	b	monitor_smc
	b	monitor_prefetch_abort
	b	monitor_data_abort
	b	armv7a_unexpected
	b	armv7a_unexpected
	/* FIQ: no branch */
	.global	armv7a_monitor_fiq
armv7a_monitor_fiq:
	exit_to	armv7a_exit_fiq, 4

	.global	armv7a_monitor_smc
armv7a_monitor_smc:
monitor_smc:
	exit_to	armv7a_exit_smc, 0

	/* The program counter of an abort is the instruction that it hit. */
monitor_prefetch_abort:
	exit_to	armv7a_exit_prefetch_abort, 4

monitor_data_abort:
	exit_to	armv7a_exit_data_abort, 8

	/* uint32_t armv7a_translate(uint32_t va): the PAR of a privileged read by
	 * the guest's tables. Where those lie is the guest's choice: the walk may
	 * take an external abort. That comes as an exit out of Monitor mode and
	 * changes its lr, so lr is saved; the frame of an exit has 15 words, and
	 * one more keeps the stack aligned. */
	.global	armv7a_translate
	.type	armv7a_translate, %function
armv7a_translate:
	push	{lr}
	.global	armv7a_walk
armv7a_walk:
	mcr	p15, 0, r0, c7, c8, 4
	isb
	mrc	p15, 0, r0, c7, c4, 0
	.global	armv7a_walked
armv7a_walked:
	pop	{pc}

	/* uint32_t armv7a_access(uint32_t va, uint32_t *value, bool write): a load or
	 * store that may abort, at once or late, with SCR.EA set. Returns 0 or what
	 * an abort gives. An abort that comes late is taken where CPSR.A is clear. */
	.global	armv7a_access
	.type	armv7a_access, %function
armv7a_access:
	push	{lr}
	cmp	r2, #0
	ldrne	r3, [r1]
	.global	armv7a_accessing
armv7a_accessing:
	ldreq	r3, [r0]
	strne	r3, [r0]
	dsb
	cpsie	a
	isb
	nop
	cpsid	a
	.global	armv7a_accessed
armv7a_accessed:
	str	r3, [r1]
	mov	r0, #0
	pop	{pc}

	/* Back into the guest. CLREX: the C code may have stored where the guest
	 * holds an exclusive reservation. */
	.global	armv7a_resume
armv7a_resume:
	clrex
	led_guest armv7a_resume
	pop	{r0-r12}
	rfeia	sp!

	/* void armv7a_resume_own(const struct armv7a_frame *frame): back into our own
	 * code after an exit out of it, so the LED stays. The frame is where the exit
	 * pushed it. */
	.global	armv7a_resume_own
	.type	armv7a_resume_own, %function
armv7a_resume_own:
	mov	sp, r0
	pop	{r0-r12}
	rfeia	sp!

	/* void armv7a_start_guest(const struct armv7a_frame *frame): the stack
	 * is left empty, as every exit expects it. */
	.global	armv7a_start_guest
	.type	armv7a_start_guest, %function
armv7a_start_guest:
	mov	r7, r0
	bl	armv7a_stack_top
	sub	sp, r0, #4 + 15 * 4
	ldmia	r7!, {r0-r6, r8}
	stmia	sp, {r0-r6, r8}
	add	r8, sp, #8 * 4
	ldmia	r7, {r0-r6}
	stmia	r8, {r0-r6}
	b	armv7a_resume

	/* Exceptions of our own code, which are bugs: the secure world's
	 * vectors. Abort and Undefined mode have no stack, so borrow the
	 * monitor's, whose content does not matter any more. */
	.balign 32
	.global	armv7a_secure_vectors
armv7a_secure_vectors:
	b	armv7a_unexpected
	b	armv7a_unexpected
	b	armv7a_unexpected
	b	armv7a_unexpected
	b	armv7a_unexpected
	b	armv7a_unexpected
	b	armv7a_unexpected
	b	armv7a_unexpected

armv7a_unexpected:
	mov	r4, lr
	mrs	r5, spsr
	cpsid	aif, #MODE_MON
	bl	armv7a_stack_top
	mov	sp, r0
	mov	r0, r4
	mov	r1, r5
	b	armv7a_broken

	/* Into a banked mode and back: SCR.NS = 0 first, else the mode change
	 * would leave the secure world in the middle of this code. */
	.macro	bank_begin
	mrs	r2, cpsr
	mrc	p15, 0, r3, c1, c1, 0
	bic	r12, r3, #SCR_NS
	mcr	p15, 0, r12, c1, c1, 0
	isb
	.endm

	.macro	bank_end
	msr	cpsr_c, r2
	mcr	p15, 0, r3, c1, c1, 0
	isb
	.endm

	.macro	bank_mode
	cmp	r0, #MODE_USR
	moveq	r0, #MODE_SYS
	orr	r0, r0, #IRQ_FIQ_OFF
	.endm

	.text
	.global	armv7a_bank_read
	.type	armv7a_bank_read, %function
armv7a_bank_read:
	bank_mode
	bank_begin
	msr	cpsr_c, r0
	stmia	r1, {r8-r14}
	bank_end
	bx	lr

	.global	armv7a_bank_write
	.type	armv7a_bank_write, %function
armv7a_bank_write:
	bank_mode
	bank_begin
	msr	cpsr_c, r0
	cmp	r0, #MODE_FIQ | IRQ_FIQ_OFF
	ldmiaeq	r1, {r8-r12}
	ldr	r13, [r1, #20]
	ldr	r14, [r1, #24]
	bank_end
	bx	lr

	.global	armv7a_bank_spsr
	.type	armv7a_bank_spsr, %function
armv7a_bank_spsr:
	orr	r0, r0, #IRQ_FIQ_OFF
	bank_begin
	msr	cpsr_c, r0
	mrs	r0, spsr
	bank_end
	bx	lr

	.global	armv7a_bank_enter_abort
	.type	armv7a_bank_enter_abort, %function
armv7a_bank_enter_abort:
	bank_begin
	msr	cpsr_c, #MODE_ABT | IRQ_FIQ_OFF
	mov	r14, r0
	msr	spsr_cxsf, r1
	bank_end
	bx	lr
