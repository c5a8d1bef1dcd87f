/* SPDX-License-Identifier: BSD-2-Clause */
/* void leaks_smc(uint32_t regs[14]): SMC with r0 to r12 and the flags as given, and all
 * of them back. */
	.syntax unified
	.arch	armv7-a
	.arch_extension sec
	.arm
	.text
	.global	leaks_smc
	.type	leaks_smc, %function
leaks_smc:
	push	{r0, r4-r11, lr}
	ldr	r1, [r0, #52]
	msr	cpsr_f, r1
	ldm	r0, {r0-r12}
	smc	#0
	push	{r0-r12}
	mrs	r1, cpsr
	ldr	r2, [sp, #52]
	bic	r1, r1, #0x0FFFFFFF
	str	r1, [r2, #52]
	mov	r12, r2
	pop	{r0-r8}
	stm	r12!, {r0-r8}
	pop	{r0-r3}
	stm	r12, {r0-r3}
	pop	{r0, r4-r11, pc}

	/* Where the guest starts: r0 its stack, r1 its program. */
	.global	leaks_entry
leaks_entry:
	mov	sp, r0
	bx	r1
