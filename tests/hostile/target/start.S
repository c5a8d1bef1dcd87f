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
	mrc	p15, 0, r0, c5, c0, 0
	ldr	r1, =hostile_dfsr
	str	r0, [r1]
	/* One that comes late has no instruction to skip. */
	movw	r1, #0x40F
	and	r0, r0, r1
	movw	r1, #0x406
	teq	r0, r1
	pop	{r0, r1}
	subseq	pc, lr, #8
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

	/* void hostile_exits(uint32_t address, uint32_t nr): accesses that leave the
	 * normal world, and time in which secure interrupts come, with patterns in
	 * every register that an exit must keep. */
	.macro	pattern n
	movw	\n, #0x5B00 + (.Lcount & 0xFF)
	movt	\n, #0xA5A5
	.set	.Lcount, .Lcount + 1
	.endm
	.macro	hold n
	movw	r0, #0x5B00 + (.Lcount & 0xFF)
	movt	r0, #0xA5A5
	.set	.Lcount, .Lcount + 1
	teq	\n, r0
	blne	changed
	.endm
	.global	hostile_exits
	.type	hostile_exits, %function
hostile_exits:
	push	{r4-r11, lr}
	mov	r3, r0
	mov	r2, r1
3:	push	{r2, r3}
	mov	r1, r3
	.set	.Lcount, 0
	pattern	r2
	pattern	r3
	pattern	r4
	pattern	r5
	pattern	r6
	pattern	r7
	pattern	r8
	pattern	r9
	pattern	r10
	pattern	r11
	pattern	r12
	pattern	lr
	msr	cpsr_f, #0x60000000
	ldr	r0, [r1]
	mrs	r0, cpsr
	lsr	r0, r0, #28
	teq	r0, #6
	blne	changed
	mov	r0, #256
4:	subs	r0, r0, #1
	bne	4b
	.set	.Lcount, 0
	hold	r2
	hold	r3
	hold	r4
	hold	r5
	hold	r6
	hold	r7
	hold	r8
	hold	r9
	hold	r10
	hold	r11
	hold	r12
	hold	lr
	pop	{r2, r3}
	subs	r2, r2, #1
	bne	3b
	pop	{r4-r11, pc}
	/* Keeps every register but r0 and, as it is called, lr. */
changed:
	push	{r1}
	ldr	r0, =hostile_changed
	ldr	r1, [r0]
	add	r1, r1, #1
	str	r1, [r0]
	pop	{r1}
	bx	lr

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
