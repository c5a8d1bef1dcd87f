/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that does nothing but what is counted: calls, trapped reads, and
 * sleeping through secure interrupts. It has the header of a zImage and runs
 * where the boot package puts one.
 */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm

	.set	PSCI_VERSION, 0x84000000
	.set	SYSTEM_RESET, 0x84000009
	.set	UART_UTS, 0x53FBC0B4
	.set	TZIC_HIPND, 0x50008D80
	.set	ROUNDS, 32

	.text
	.global	_start
_start:
	b	guest
	.space	0x20
	.word	0x016F2818, _start, _end

guest:
	mov	r4, #ROUNDS
1:	ldr	r0, =PSCI_VERSION
	.global	bench_smc
bench_smc:
	smc	#0
	.global	bench_smc_end
bench_smc_end:
	subs	r4, r4, #1
	bne	1b

	mov	r4, #ROUNDS
	ldr	r5, =UART_UTS
	.global	bench_uart
bench_uart:
	ldr	r0, [r5]
	.global	bench_uart_end
bench_uart_end:
	subs	r4, r4, #1
	bne	bench_uart

	mov	r4, #ROUNDS
	ldr	r5, =TZIC_HIPND
	.global	bench_tzic
bench_tzic:
	ldr	r0, [r5]
	.global	bench_tzic_end
bench_tzic_end:
	subs	r4, r4, #1
	bne	bench_tzic

	mov	r4, #ROUNDS
2:	wfi
	subs	r4, r4, #1
	bne	2b

	ldr	r0, =SYSTEM_RESET
	smc	#0
3:	b	3b
	.ltorg
	.balign	4
_end:
