/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start-up, vectors of both worlds, and one access made on behalf of any world
 * and mode. External aborts go to Monitor mode, are noted, and the access is
 * skipped.
 */
	.syntax unified
	.arch armv7-a
	.arch_extension sec
	.arm

	.equ SCR_NS, 1
	.equ SCR_FIQ, 4
	.equ SCR_EA, 8
	.equ MODE_USR, 0xD0
	.equ MODE_SVC, 0xD3
	.equ MODE_MON, 0xD6
	.equ KIND_SUPER, 1
	.equ KIND_NORMAL, 2
	.equ KIND_WRITE, 4
	.equ CALL, 1
	.equ DONE, 2
	.equ FSR_IMPRECISE, 0x406

	.section .text.start, "ax"
	.global _start
_start:
	ldr	sp, =stack_top
	cps	#0x17			@ abort mode
	ldr	sp, =abort_stack_top
	cps	#0x16			@ Monitor mode
	ldr	sp, =monitor_stack_top
	cps	#0x13
	ldr	r0, =monitor_vectors
	mcr	p15, 0, r0, c12, c0, 1	@ MVBAR
	ldr	r0, =vectors
	mcr	p15, 0, r0, c12, c0, 0	@ VBAR of the secure world
	mov	r1, #SCR_EA | SCR_FIQ
	mcr	p15, 0, r1, c1, c1, 0
	cps	#0x16
	mrc	p15, 0, r1, c1, c1, 0
	orr	r2, r1, #SCR_NS
	mcr	p15, 0, r2, c1, c1, 0
	isb
	mcr	p15, 0, r0, c12, c0, 0	@ VBAR of the normal world: the same
	mcr	p15, 0, r1, c1, c1, 0
	isb
	cps	#0x13
	bl	main
1:	b	1b

	.text
	.balign 32
vectors:
	b	.
	b	.			@ undefined
	b	svc_entry
	b	.			@ prefetch abort
	b	abort_entry
	b	.
	b	.			@ IRQ
	b	.

	.balign 32
monitor_vectors:
	b	.
	b	.
	b	smc_entry
	b	.
	b	monitor_abort
	b	.
	b	.
	b	fiq_entry

@ A user-mode access is over.
svc_entry:
	smc	#0

@ An abort with SCR.EA = 0.
abort_entry:
	push	{r0, r1}
	ldr	r0, =abort_mode_aborts
	ldr	r1, [r0]
	add	r1, r1, #1
	str	r1, [r0]
	pop	{r0, r1}
	subs	pc, lr, #4

monitor_abort:
	push	{r0-r3}
	mrc	p15, 0, r0, c1, c1, 0
	bic	r1, r0, #SCR_NS
	mcr	p15, 0, r1, c1, c1, 0	@ the secure bank of the fault registers
	isb
	ldr	r1, =aborted
	mrc	p15, 0, r2, c5, c0, 0	@ DFSR
	str	r2, [r1, #4]
	mrc	p15, 0, r3, c6, c0, 0	@ DFAR
	str	r3, [r1, #8]
	ldr	r3, [r1]
	add	r3, r3, #1
	str	r3, [r1]
	mcr	p15, 0, r0, c1, c1, 0
	isb
	ldr	r3, =0x40F
	and	r2, r2, r3
	ldr	r3, =FSR_IMPRECISE
	cmp	r2, r3
	pop	{r0-r3}
	subseq	pc, lr, #8		@ late: the next instruction is not ours
	subs	pc, lr, #4

@ Count, then take the software interrupt back (SWINT, INTNEG).
fiq_entry:
	push	{r0, r1}
	ldr	r0, =fiqs
	ldr	r1, [r0]
	add	r1, r1, #1
	str	r1, [r0]
	ldr	r0, =0x0FFFCF00
	ldr	r1, =0x80000000 + 101
	str	r1, [r0]
	pop	{r0, r1}
	subs	pc, lr, #4

smc_entry:
	cmp	r12, #DONE
	beq	2f
	ldr	r3, =saved
	str	lr, [r3]
	mrs	r4, spsr
	str	r4, [r3, #4]
	tst	r0, #KIND_SUPER
	moveq	r4, #MODE_USR
	movne	r4, #MODE_SVC
	msr	spsr_cxsf, r4
	tst	r0, #KIND_NORMAL
	beq	1f
	mrc	p15, 0, r4, c1, c1, 0
	orr	r4, r4, #SCR_NS
	mcr	p15, 0, r4, c1, c1, 0
	isb
1:	ldr	lr, =do_access
	movs	pc, lr
2:	mrc	p15, 0, r4, c1, c1, 0
	bic	r4, r4, #SCR_NS
	mcr	p15, 0, r4, c1, c1, 0
	isb
	ldr	r3, =saved
	ldr	lr, [r3]
	ldr	r4, [r3, #4]
	msr	spsr_cxsf, r4
	movs	pc, lr

do_access:
	tst	r0, #KIND_WRITE
	ldreq	r2, [r1]
	strne	r2, [r1]
	nop
	nop
	mov	r0, r2
	mov	r12, #DONE
	mrs	r3, cpsr
	and	r3, r3, #0x1F
	cmp	r3, #0x10
	beq	1f
	smc	#0
1:	svc	#0

@ uint32_t access(kind, address, value)
	.global access
access:
	push	{r4-r11, lr}
	mov	r12, #CALL
	smc	#0
	pop	{r4-r11, pc}

	.global set_ea
set_ea:
	mrc	p15, 0, r1, c1, c1, 0
	bic	r1, r1, #SCR_EA
	cmp	r0, #0
	orrne	r1, r1, #SCR_EA
	mcr	p15, 0, r1, c1, c1, 0
	isb
	bx	lr

	.global unmask_fiq
unmask_fiq:
	cpsie	f
	nop
	nop
	cpsid	f
	bx	lr

	.bss
	.balign 8
saved:	.space	8
	.space	4096
stack_top:
	.space	256
abort_stack_top:
	.space	256
monitor_stack_top:
