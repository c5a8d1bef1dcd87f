/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest of the world-switch test: fills every register of every mode with
 * its own pattern, makes calls, and looks whether all are as they should be.
 * guest_failures counts what was not; the calls' answers go to guest_answers.
 */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arch_extension idiv
	.arm

	.set	PSCI_VERSION, 0x84000000
	.set	SYSTEM_OFF, 0x84000008
	.set	SYSTEM_RESET2, 0x84000012
	.set	ALIAS, 0x02000000	/* where FCSE puts what is below 32 MiB */

	.macro	fill n, value
	movw	\n, #\value
	movt	\n, #0x5a5a
	.endm

	.macro	expect n, value
	movw	r0, #\value
	movt	r0, #0x5a5a
	cmp	\n, r0
	blne	failed
	.endm

	/* Stack pointer, link register and SPSR of a mode. */
	.macro	fill_bank mode, value
	cps	#\mode
	fill	r13, \value
	fill	r14, \value + 1
	mov	r0, #\value + 2
	msr	spsr_f, r0
	.endm

	/* failed is reached by a branch that keeps r14 of the mode. */
	.macro	expect_bank mode, value
	cps	#\mode
	fill	r0, \value
	cmp	r13, r0
	addne	r11, r11, #1
	add	r0, r0, #1
	cmp	r14, r0
	addne	r11, r11, #1
	.endm

	.section .guest, "ax"
	.global	guest_start
guest_start:
	mrs	r0, cpsr
	str	r0, first_cpsr
	/* The second time nothing is left of the first guest's system registers. */
	mrc	p15, 0, r4, c13, c0, 0	/* FCSEIDR */
	mrc	p15, 0, r5, c13, c0, 1	/* CONTEXTIDR */
	mrc	p15, 0, r6, c2, c0, 1	/* TTBR1 */
	mrc	p15, 0, r7, c1, c0, 2	/* CPACR */
	mov	r0, #0
	mcr	p15, 0, r0, c13, c0, 0
	isb
	ldr	r0, runs
	add	r0, r0, #1
	str	r0, runs
	cmp	r0, #1
	beq	first_run
	orr	r4, r4, r5
	orr	r4, r4, r6
	orr	r4, r4, r7
	str	r4, left_over
	fill_bank 0x12, 0x1200
	fill_bank 0x17, 0x1700
	fill_bank 0x1b, 0x1b00
	cps	#0x1f
	fill	r13, 0x1f00
	fill	r14, 0x1f01
	cps	#0x11
	fill	r8, 0x1108
	fill	r12, 0x110c
	fill	r13, 0x1100
	fill	r14, 0x1101
	cps	#0x13
	fill	r13, 0x1300
	fill	r14, 0x1301

	fill	r1, 1
	fill	r2, 2
	fill	r3, 3
	fill	r4, 4
	fill	r5, 5
	fill	r6, 6
	fill	r7, 7
	fill	r8, 8
	fill	r9, 9
	fill	r10, 10
	fill	r11, 11
	fill	r12, 12
	ldr	r0, =PSCI_VERSION
	msr	cpsr_f, #0xa0000000	/* N and C set, Z and V clear */
	.global	guest_smc
guest_smc:
	smc	#0
	.global	guest_after_smc
guest_after_smc:
	bpl	flags_bad
	bcc	flags_bad
	bvs	flags_bad
	b	flags_good
flags_bad:
	b	failed
flags_good:
	str	r0, answer
	cmp	r11, r11
	expect	r1, 1
	expect	r2, 2
	expect	r3, 3
	expect	r4, 4
	expect	r5, 5
	expect	r6, 6
	expect	r7, 7
	expect	r8, 8
	expect	r9, 9
	expect	r10, 10
	expect	r11, 11
	expect	r12, 12
	mov	r11, #0
	expect_bank 0x12, 0x1200
	expect_bank 0x17, 0x1700
	expect_bank 0x1b, 0x1b00
	expect_bank 0x1f, 0x1f00
	cps	#0x11
	fill	r0, 0x1108
	cmp	r8, r0
	bne	failed
	fill	r0, 0x110c
	cmp	r12, r0
	bne	failed
	cps	#0x13
	expect_bank 0x13, 0x1300
	cmp	r11, #0
	bne	failed

	/* A function that nobody has. */
	ldr	r0, =0x8600ffff
	smc	#0
	str	r0, answer + 4
	/* The same call again, with another immediate (SMC-1), from another mode and
	 * with interrupts on (SMC-4): a machine state that only survives once shows. */
	cpsie	i, #0x1f
	ldr	r0, =PSCI_VERSION
	smc	#5
	cpsid	i, #0x13
	str	r0, answer + 8
off:
	ldr	r0, =SYSTEM_OFF
	smc	#0
	b	failed

	/* Goes on in a copy of itself. */
first_run:
	ldr	r0, =guest_start
	ldr	r1, =guest_end
	add	r2, r0, #ALIAS
1:	ldr	r3, [r0], #4
	str	r3, [r2], #4
	cmp	r0, r1
	blo	1b
	ldr	r0, =ALIAS
	mcr	p15, 0, r0, c2, c0, 1
	mcr	p15, 0, r0, c13, c0, 1
	mov	r1, #0xF00000
	mcr	p15, 0, r1, c1, c0, 2
	dsb
	mcr	p15, 0, r0, c13, c0, 0
	isb
	ldr	r0, =SYSTEM_RESET2
	mov	r1, #0
	smc	#0

failed:
	ldr	r0, failures
	add	r0, r0, #1
	str	r0, failures
	b	off

	.balign 4
	.global	guest_answers
guest_answers:
answer:
	.word	0, 0, 0
	.global	guest_first_cpsr
guest_first_cpsr:
first_cpsr:
	.word	0
	.global	guest_left_over
guest_left_over:
left_over:
	.word	-1
runs:
	.word	0
	.global	guest_failures
guest_failures:
failures:
	.word	0
	.ltorg
guest_end:
