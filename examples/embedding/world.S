/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor of this kernel: a guest is a structure that a thread runs, as it would
 * call a function. Monitor mode's stack pointer is that structure while the guest
 * runs, and a place to throw r0-r12 at while the secure world does. */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm

#define WORLD_PC 52
#define WORLD_CPSR 56
#define WORLD_BANKS 60

#define SCR_SECURE 0
#define SCR_GUEST 0x25			/* NS, FIQ to the monitor, A is the guest's */

	/* enum world_exit world_run(struct world *world) */
	.text
	.global	world_run
	.type	world_run, %function
world_run:
	push	{r4-r11, lr}
	smc	#0
	pop	{r4-r11, pc}

	/* Registers of one mode, to or from r1 on. */
.macro	bank op, mode
	cps	#\mode
.ifc	\op, load
	ldr	sp, [r1], #4
	ldr	lr, [r1], #4
	ldr	r2, [r1], #4
.if	\mode != 0x1F
	msr	spsr_cxsf, r2
.endif
.else
.if	\mode != 0x1F
	mrs	r2, spsr
.endif
	str	sp, [r1], #4
	str	lr, [r1], #4
	str	r2, [r1], #4
.endif
.endm

.macro	banks op
	bank	\op, 0x1F
	bank	\op, 0x13
	bank	\op, 0x17
	bank	\op, 0x1B
	bank	\op, 0x12
	bank	\op, 0x11
.ifc	\op, load
	ldm	r1, {r8-r12}
.else
	stm	r1, {r8-r12}
.endif
	cps	#0x16
.endm

	.balign	32
	.global	monitor_vectors
monitor_vectors:
	b	.
	b	.
	b	from_smc
	b	.
	b	.
	b	.
	b	.
	/* A secure interrupt: the guest's thread takes it as soon as it runs. */
	sub	lr, lr, #4
	stm	sp, {r0-r12}
	mov	r4, #1			/* WORLD_IRQ */
	b	leave_guest

from_smc:
	stm	sp, {r0-r12}
	mov	r4, #0			/* WORLD_SMC */
	mrc	p15, 0, r1, c1, c1, 0
	tst	r1, #1
	beq	enter_guest

leave_guest:
	mov	r1, #SCR_SECURE
	mcr	p15, 0, r1, c1, c1, 0
	isb
	str	lr, [sp, #WORLD_PC]
	mrs	r1, spsr
	str	r1, [sp, #WORLD_CPSR]
	add	r1, sp, #WORLD_BANKS
	banks	save
	ldr	sp, =monitor_scratch
	mov	r0, r4
	ldr	r1, =secure_sp
	cps	#0x13
	ldr	sp, [r1]
	rfeia	sp!

enter_guest:
	srsdb	sp!, #0x13
	cps	#0x13
	ldr	r1, =secure_sp
	str	sp, [r1]
	cps	#0x16
	add	r1, r0, #WORLD_BANKS
	banks	load
	mov	r1, #SCR_GUEST
	mcr	p15, 0, r1, c1, c1, 0
	isb
	mov	sp, r0
	ldr	lr, [sp, #WORLD_PC]
	ldr	r1, [sp, #WORLD_CPSR]
	msr	spsr_cxsf, r1
	ldm	sp, {r0-r12}
	movs	pc, lr

	.bss
	.balign	8
secure_sp:
	.space	4
	.global	monitor_scratch
monitor_scratch:
	.space	13 * 4
