/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that uses its disk and its console, by calls (PARAVIRT = 1) or by trapped
 * accesses. The places that are counted are the same for both.
 */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm

	.set	SYSTEM_RESET, 0x84000009
	.set	CONSOLE_WRITE, 0x86000001
	.set	VIRTIO_WRITE, 0x86000004
	.set	VIRTIO_NOTIFY, 0x86000005
	.set	VIRTIO_INTERRUPT, 0x86000006
	.set	UART_UTXD, 0x53FBC040
	.set	VIRTIO, 0x50024000
	.set	QUEUE_NOTIFY, 0x050
	.set	INTERRUPT_STATUS, 0x060
	.set	INTERRUPT_ACK, 0x064
	.if	PARAVIRT
	.set	TZIC, 0x0FFFC000
	.else
	.set	TZIC, 0x50008000
	.endif
	.set	LINE, 110
	.set	LINE_BIT, 1 << (LINE - 96)
	.set	HIPND3, 0xD8C
	.set	ROUNDS, 32

	.set	DESC, 0x7B000000
	.set	AVAIL, 0x7B001000
	.set	USED, 0x7B002000
	.set	HEAD, 0x7B003000
	.set	DATA, 0x7B004000
	.set	ANSWER, 0x7B005000
	.set	STACK, 0x7B008000

	.macro	write_reg offset, value
	ldr	r4, =\value
	.if	PARAVIRT
	ldr	r0, =VIRTIO_WRITE
	mov	r1, #0
	mov	r2, #\offset
	mov	r3, #4
	smc	#0
	.else
	ldr	r0, =VIRTIO + \offset
	str	r4, [r0]
	.endif
	.endm

	/* Right before a notification of queue 0. */
	.macro	prepare
	.if	PARAVIRT
	ldr	r0, =VIRTIO_NOTIFY
	mov	r1, #0
	.else
	ldr	r0, =VIRTIO + QUEUE_NOTIFY
	.endif
	mov	r2, #0
	.endm

	.macro	notify
	.if	PARAVIRT
	smc	#0
	.else
	str	r2, [r0]
	.endif
	.endm

	.macro	put at, value
	ldr	r0, =\at
	ldr	r1, =\value
	str	r1, [r0]
	.endm

	/* Descriptor n: address, length, flags and the next one. */
	.macro	descriptor n, address, length, rest
	put	DESC + 16 * \n, \address
	put	DESC + 16 * \n + 4, 0
	put	DESC + 16 * \n + 8, \length
	put	DESC + 16 * \n + 12, \rest
	.endm

	/* One more request: chain 0, over and over. r8 counts them. */
	.macro	add_request
	add	r8, r8, #1
	uxth	r8, r8
	ldr	r0, =AVAIL
	strh	r8, [r0, #2]
	dsb
	.endm

	.macro	await
1:	ldr	r0, =USED
	ldrh	r0, [r0, #2]
	cmp	r0, r8
	wfine
	bne	1b
	.endm

	.text
	.global	_start
_start:
	b	guest
	.space	0x20
	.word	0x016F2818, _start, _end

	.balign	32
vectors:
	b	.
	b	.
	b	.
	b	.
	b	.
	b	.
	.global	bench_irq
bench_irq:
	b	irq
	b	.

	/* As a driver: find the line, take and acknowledge the causes. */
irq:
	push	{r0-r4}
	ldr	r0, =TZIC + HIPND3
	.global	bench_ack
bench_ack:
	ldr	r1, [r0]
	.if	PARAVIRT
	ldr	r0, =VIRTIO_INTERRUPT
	mov	r1, #0
	smc	#0
	.else
	ldr	r0, =VIRTIO + INTERRUPT_STATUS
	ldr	r1, [r0]
	str	r1, [r0, #INTERRUPT_ACK - INTERRUPT_STATUS]
	.endif
	.global	bench_ack_end
bench_ack_end:
	pop	{r0-r4}
	subs	pc, lr, #4

guest:
	cps	#0x12
	ldr	sp, =STACK
	cps	#0x13
	ldr	r0, =vectors
	mcr	p15, 0, r0, c12, c0, 0
	put	TZIC, 0x80010001
	put	TZIC + 0x10C, LINE_BIT

	write_reg 0x070, 0
	write_reg 0x070, 3
	write_reg 0x024, 1
	write_reg 0x020, 1		/* VERSION_1 */
	write_reg 0x070, 11
	write_reg 0x030, 0
	write_reg 0x038, 16
	write_reg 0x080, DESC
	write_reg 0x090, AVAIL
	write_reg 0x0A0, USED
	write_reg 0x044, 1
	write_reg 0x070, 15
	mov	r8, #0
	cpsie	i

	mov	r9, #ROUNDS
2:	prepare
	.global	bench_notify
bench_notify:
	notify
	.global	bench_notify_end
bench_notify_end:
	subs	r9, r9, #1
	bne	2b

	/* GET_ID is answered at once: the interrupt comes out of the call. */
	descriptor 0, HEAD, 16, 0x00010001
	descriptor 1, DATA, 20, 0x00020003
	descriptor 2, ANSWER, 1, 0x00000002
	put	HEAD, 8
	mov	r9, #ROUNDS
3:	add_request
	prepare
	.global	bench_id
bench_id:
	notify
	await
	subs	r9, r9, #1
	bne	3b

	put	HEAD, 0
	put	DESC + 16 + 8, 4096
	mov	r9, #ROUNDS
4:	add_request
	prepare
	.global	bench_read
bench_read:
	notify
	await
	.global	bench_read_end
bench_read_end:
	subs	r9, r9, #1
	bne	4b

	mov	r9, #ROUNDS
5:
	.if	PARAVIRT
	ldr	r0, =CONSOLE_WRITE
	mov	r1, #24
	ldr	r2, =0x78787878
	mov	r3, r2
	mov	r4, r2
	mov	r5, r2
	mov	r6, r2
	ldr	r7, =0x0A787878
	.global	bench_console
bench_console:
	smc	#0
	.else
	ldr	r0, =UART_UTXD
	mov	r1, #'x'
	.global	bench_console
bench_console:
	mov	r2, #24
6:	subs	r2, r2, #1
	moveq	r1, #'\n'
	str	r1, [r0]
	bne	6b
	.endif
	.global	bench_console_end
bench_console_end:
	subs	r9, r9, #1
	bne	5b

	ldr	r0, =SYSTEM_RESET
	smc	#0
	b	.
	.ltorg
	.balign	4
_end:
