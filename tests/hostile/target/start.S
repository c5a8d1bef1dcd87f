/* SPDX-License-Identifier: BSD-2-Clause */
/* A bare guest whose aborts skip the access that caused them and are counted. */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm
	.section .text.start, "ax"
	.global	_start
_start:
	b	start
	.space	0x20
	.word	0x016F2818, _start, _end	/* a zImage, to who looks */

	.balign	32
vectors:
	b	.
	b	.
	b	.
	b	.
	b	data_abort
	b	.
	b	.
	b	.
data_abort:
	push	{r0, r1}
	ldr	r0, =hostile_aborts
	ldr	r1, [r0]
	add	r1, r1, #1
	str	r1, [r0]
	pop	{r0, r1}
	subs	pc, lr, #4

start:
	cps	#0x17
	ldr	sp, =_stack_top
	cps	#0x13
	ldr	sp, =_stack_top - 1024
	ldr	r0, =vectors
	mcr	p15, 0, r0, c12, c0, 0
	ldr	r0, =_bss
	ldr	r1, =_stack_top - 2048
	mov	r2, #0
1:	str	r2, [r0], #4
	cmp	r0, r1
	blo	1b
	bl	hostile_main
2:	wfi
	b	2b

	/* void hostile_smc(uint32_t regs[8]): every result register comes back. */
	.text
	.global	hostile_smc
	.type	hostile_smc, %function
hostile_smc:
	push	{r0, r4-r11, lr}
	mov	r12, r0
	ldm	r12, {r0-r7}
	movw	r8, #0x5A08
	movw	r9, #0x5A09
	movw	r10, #0x5A0A
	movw	r11, #0x5A0B
	movw	r12, #0x5A0C
	msr	cpsr_f, #0xA0000000
	smc	#0
	push	{r0-r7}
	mrs	r0, cpsr
	lsr	r0, r0, #28
	teq	r0, #0xA
	movweq	r0, #0x5A08
	teqeq	r8, r0
	movweq	r0, #0x5A09
	teqeq	r9, r0
	movweq	r0, #0x5A0A
	teqeq	r10, r0
	movweq	r0, #0x5A0B
	teqeq	r11, r0
	movweq	r0, #0x5A0C
	teqeq	r12, r0
	ldrne	r0, =hostile_changed
	ldrne	r1, [r0]
	addne	r1, r1, #1
	strne	r1, [r0]
	pop	{r0-r7}
	ldr	r12, [sp]
	stm	r12, {r0-r7}
	add	sp, sp, #4
	pop	{r4-r11, pc}

	/* uint32_t hostile_peek(uint32_t address); void hostile_poke(address, value) */
	.global	hostile_peek
	.type	hostile_peek, %function
hostile_peek:
	ldr	r0, [r0]
	bx	lr
	.global	hostile_poke
	.type	hostile_poke, %function
hostile_poke:
	str	r1, [r0]
	bx	lr
