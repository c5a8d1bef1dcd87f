/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that reaches the UART by a supersection, and then pulls its page tables
 * away between an access and its emulation: the TLB still has the page, the walk for
 * the monitor's translation ends in secure memory. First for the address of the
 * access, then for the code that makes it. It expects an external abort of its own
 * each time, and powers off if both came. CPSR.A must be clear in it: a guest cannot
 * clear it, so it would stay set for ever.
 */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm

	.set	SYSTEM_OFF, 0x84000008
	.set	SYSTEM_RESET, 0x84000009
	.set	UART1, 0x53FBC000
	.set	UTS, 0xB4
	.set	DATA, 0xA0000000	/* seen there: the UART ... */
	.set	CODE, 0xA0100000	/* ... and this program */
	.set	DEVICES, 0xB0000000	/* ... and 16 MiB around the UART */
	.set	SECURE, 0x70200000
	.set	SECTION, 0xC02		/* read and write, no access control */
	.set	PAGE, 0x032
	.set	SUPER, 0x40C02		/* the same of 16 MiB, in 16 entries */
	.set	TABLE, 1
	.set	ABORTS_OFF, 0x100	/* CPSR.A */

	.text
	.global	_start
_start:
	b	guest
	.space	0x20
	.word	0x016F2818, _start, _end

	.balign	32
vectors:
	b	failed
	b	failed
	b	failed
	b	prefetch_abort
	b	data_abort
	b	failed
	b	failed
	b	failed

data_abort:
	mrs	r8, cpsr
	tst	r8, #ABORTS_OFF
	bne	failed
	add	r10, r10, #1
	mcr	p15, 0, r9, c8, c7, 0	/* TLBIALL, after the entry is mended */
	str	r7, [r6]
	dsb
	mcr	p15, 0, r9, c8, c7, 0
	dsb
	isb
	subs	pc, lr, #4		/* behind the access */

	/* The code's own page is gone once its TLB entry is. */
prefetch_abort:
	b	failed

	/* r6: entry to break, r7: what it was. */
	.macro	pull base
	ldr	r6, =tables + (\base >> 20) * 4
	ldr	r7, [r6]
	ldr	r8, =SECURE + TABLE
	str	r8, [r6]
	dsb
	.endm

guest:
	cps	#0x17
	ldr	sp, =_end
	cps	#0x13
	ldr	r0, =vectors
	mcr	p15, 0, r0, c12, c0, 0
	ldr	r0, =tables		/* everything where it is */
	ldr	r1, =SECTION
1:	str	r1, [r0], #4
	adds	r1, r1, #0x100000
	bcc	1b
	ldr	r0, =tables + (DATA >> 20) * 4
	ldr	r1, =table + TABLE
	str	r1, [r0]
	ldr	r1, =table + 0x400 + TABLE
	str	r1, [r0, #4]
	ldr	r0, =table
	ldr	r1, =UART1 + PAGE
	str	r1, [r0]
	ldr	r1, =_start + PAGE
	str	r1, [r0, #0x400]
	ldr	r0, =tables + (DEVICES >> 20) * 4
	ldr	r1, =(UART1 & 0xFF000000) + SUPER
	mov	r2, #16
1:	str	r1, [r0], #4
	subs	r2, r2, #1
	bne	1b
	ldr	r0, =tables
	mcr	p15, 0, r0, c2, c0, 0
	mvn	r0, #0
	mcr	p15, 0, r0, c3, c0, 0
	mcr	p15, 0, r0, c8, c7, 0
	mrc	p15, 0, r0, c1, c0, 0
	orr	r0, r0, #1
	dsb
	mcr	p15, 0, r0, c1, c0, 0
	isb
	mov	r10, #0

	ldr	r6, =table + 0x3FC	/* nothing to mend */
	ldr	r7, [r6]
	ldr	r0, =DEVICES + (UART1 & 0x00FFFFFF) + UTS
	ldr	r1, [r0]
	cmp	r10, #0
	bne	failed
	cmp	r1, #0			/* the transmitter is empty */
	beq	failed

	ldr	r0, =DATA + UTS
	ldr	r1, [r0]		/* emulated, and in the TLB */
	pull	DATA
	ldr	r1, [r0]
	cmp	r10, #1
	bne	failed

	ldr	r0, =UART1 + UTS
	ldr	r1, [r0]
	ldr	r2, =there
	ldr	r3, =_start
	sub	r2, r2, r3
	add	r2, r2, #CODE & 0xFF000000
	add	r2, r2, #CODE & 0x00FF0000
	bx	r2
there:	pull	CODE
	ldr	r1, [r0]
	cmp	r10, #2
	bne	failed
	ldr	r0, =SYSTEM_OFF
	smc	#0
failed:
	ldr	r0, =SYSTEM_RESET
	smc	#0
	.ltorg
	.balign	4
_end:
	.set	tables, 0x7A100000
	.set	table, 0x7A108000
