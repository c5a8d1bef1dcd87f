/* SPDX-License-Identifier: BSD-2-Clause */
/* From reset in flash to C in secure RAM, and the vectors of the secure world. */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm

	.section .text.start, "ax"
	.global	_start
_start:
	b	reset			/* flash is at 0: these are its vectors */
	.fill	7, 4, 0xEAFFFFFE
reset:	ldr	r0, =_image
	ldr	r1, =_image_end
	mov	r2, #0
1:	ldr	r3, [r2], #4
	str	r3, [r0], #4
	cmp	r0, r1
	blo	1b
	ldr	r1, =_bss_end
	mov	r3, #0
2:	cmp	r0, r1
	strlo	r3, [r0], #4
	blo	2b
	ldr	pc, =in_ram

in_ram:	cps	#0x13
	ldr	sp, =_stack_top
	ldr	r0, =secure_vectors
	mcr	p15, 0, r0, c12, c0, 0	/* VBAR */
	ldr	r0, =monitor_vectors
	mcr	p15, 0, r0, c12, c0, 1	/* MVBAR */
	ldr	r0, =0x00040C00		/* the guest may use VFP */
	mcr	p15, 0, r0, c1, c1, 2	/* NSACR */
	cps	#0x16
	ldr	sp, =monitor_scratch
	cps	#0x13
	bl	seed_main
	b	.

	.balign	32
secure_vectors:
	b	.
	b	fault
	b	.
	b	fault
	b	fault
	b	.
	b	.
	/* FIQ: served on the stack of the thread that was interrupted. */
	sub	lr, lr, #4
	srsdb	sp!, #0x13
	cps	#0x13
	push	{r0-r3, r12, lr}
	and	r1, sp, #4
	sub	sp, sp, r1
	push	{r1, lr}
	bl	irq_dispatch
	pop	{r1, lr}
	add	sp, sp, r1
	pop	{r0-r3, r12, lr}
	rfeia	sp!

fault:	ldr	sp, =_stack_top
	mov	r0, lr
	bl	seed_fault
	b	.

	/* void thread_switch(uint32_t **from, uint32_t *to) */
	.text
	.global	thread_switch
	.type	thread_switch, %function
thread_switch:
	push	{r4-r11, lr}
	str	sp, [r0]
	mov	sp, r1
	pop	{r4-r11, pc}
