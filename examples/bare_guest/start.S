/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts where a boot package puts a kernel: SVC mode, MMU off, r2 the device tree. */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm
	.section .text.start, "ax"
	.global	_start
_start:
	b	1f
	.space	0x20
	.word	0x016F2818, _start, _end	/* a zImage, to who looks */
1:	ldr	sp, =_stack_top
	mov	r4, r0
	mov	r5, r1
	mov	r6, r2
	mrs	r7, cpsr
	ldr	r0, =_bss
	ldr	r1, =_stack_top
	mov	r2, #0
2:	str	r2, [r0], #4
	cmp	r0, r1
	blo	2b
	mov	r0, r4
	mov	r1, r5
	mov	r2, r6
	mov	r3, r7
	bl	bare_guest_main
3:	wfi
	b	3b

	/* void bare_guest_smc(uint32_t regs[8]) */
	.text
	.global	bare_guest_smc
	.type	bare_guest_smc, %function
bare_guest_smc:
	push	{r0, r4-r7, lr}
	mov	r12, r0
	ldm	r12, {r0-r7}
	smc	#0
	pop	{r12}
	stm	r12, {r0-r3}
	pop	{r4-r7, pc}
