/* SPDX-License-Identifier: BSD-2-Clause */
/* What is tried in the normal world, and how it starts and ends there. */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm

	/* Copied into normal memory; runs at any address. Whatever happens ends in an
	 * SMC, of which the program counter tells: the end of an attempt, or one of
	 * the exception vectors. */
	.section .rodata.normal, "a"
	.balign	32
	.global	normal_code, normal_read, normal_read16, normal_write, normal_masks
	.global	normal_actlr, normal_l2, normal_spin, normal_done, normal_code_end
normal_code:
	.rept	8
	smc	#0
	.endr
normal_read:
	ldr	r1, [r0]
	b	normal_end
normal_read16:
	ldrh	r1, [r0]
	b	normal_end
normal_write:
	str	r1, [r0]
	b	normal_end
	/* CPSR after an attempt to mask what is the monitor's. */
normal_masks:
	cpsid	af
	mrs	r1, cpsr
	b	normal_end
	/* Writes r1 and reads it back: ACTLR, and L2's auxiliary control. */
normal_actlr:
	mcr	p15, 0, r1, c1, c0, 1
	mrc	p15, 0, r1, c1, c0, 1
	b	normal_end
normal_l2:
	mcr	p15, 1, r1, c9, c0, 2
	mrc	p15, 1, r1, c9, c0, 2
	b	normal_end
	/* Time for an interrupt. */
normal_spin:
	subs	r0, r0, #1
	bne	normal_spin
	/* An abort that comes late comes here. */
normal_end:
	dsb
	isb
	.rept	8
	nop
	.endr
	smc	#0
normal_done:
normal_code_end:

	.text
	/* void world_enter(const struct armv7a_frame *frame): returns when the normal
	 * world has left by world_leave(). 9 words below an aligned stack, as
	 * vectors.S wants it. */
	.global	world_enter
	.type	world_enter, %function
world_enter:
	push	{r4-r11, lr}
	ldr	r1, =world_stack
	str	sp, [r1]
	sub	sp, sp, #15 * 4
	mov	r1, sp
	ldmia	r0!, {r2-r9}
	stmia	r1!, {r2-r9}
	ldmia	r0, {r2-r8}
	stmia	r1, {r2-r8}
	b	armv7a_resume

	/* void world_leave(void): called by an exit; drops its frame. */
	.global	world_leave
	.type	world_leave, %function
world_leave:
	ldr	r1, =world_stack
	ldr	sp, [r1]
	pop	{r4-r11, pc}

	.bss
	.balign	4
world_stack:
	.space	4
