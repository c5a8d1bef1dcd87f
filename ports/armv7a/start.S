/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the loader into C: secure SVC mode, MMU and data cache off (U-Boot's
 * promise, QEMU's reset state); any code that the loader left behind ends here.
 */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm

	.set	MODE_MON, 0x16

	.section .text.start, "ax"
	.global	_start
	.type	_start, %function
_start:
	cpsid	aif, #MODE_MON
	/* The guest may not see our banked registers: SCR.NS = 0 meanwhile. */
	mov	r0, #0
	mcr	p15, 0, r0, c1, c1, 0
	/* MMU, caches, alignment checks off; low vectors; whatever was before. */
	ldr	r0, =0x00C50078
	mcr	p15, 0, r0, c1, c0, 0
	/* ACTLR, whose bits are the CPU's own: by the part number in MIDR. */
	mrc	p15, 0, r0, c0, c0, 0
	ubfx	r0, r0, #4, #12
	ldr	r1, =actlr_bits
1:	ldmia	r1!, {r2, r3}
	cmp	r2, r0
	cmpne	r2, #0
	bne	1b
	mrc	p15, 0, r0, c1, c0, 1
	orr	r0, r0, r3
	mcr	p15, 0, r0, c1, c0, 1
	isb
	bl	armv7a_stack_top
	mov	sp, r0
	ldr	r0, =__bss_start
	ldr	r1, =__bss_end
	mov	r2, #0
1:	cmp	r0, r1
	strlo	r2, [r0], #4
	blo	1b
	bl	tzvmm_monitor_main
2:	wfi
	b	2b

	/* A part, and the bits to set in its ACTLR; others stay as they are. */
	.balign 4
actlr_bits:
	/* Cortex-A8: L2 on, L1NEON (erratum 468414), IBE so that BPIALL works;
	 * facts/imx53.md 8. */
	.word	0xC08, (1 << 6) | (1 << 5) | (1 << 1)
	/* Cortex-A7: SMP, without which its data caches stay off [CORTEX-A7]. The
	 * guest cannot clear it: NSACR.NS_SMP is 0. */
	.word	0xC07, 1 << 6
	/* Cortex-A15: SMP, and BPIALL drops the BTB. */
	.word	0xC0F, (1 << 6) | (1 << 0)
	.word	0, 0

	/* void *armv7a_stack_top(void); changes r0 only. */
	.global	armv7a_stack_top
	.type	armv7a_stack_top, %function
armv7a_stack_top:
	ldr	r0, =__stack_top
	bx	lr
