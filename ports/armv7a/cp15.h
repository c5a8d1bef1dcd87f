/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_CP15_H
#define TZVMM_ARMV7A_CP15_H

/** @file
 * System control registers, as [ARMv7-ARM] B3.17 names and numbers them. */

#include <stdint.h>

/** Define a reader and a writer of a CP15 register. */
#define ARMV7A_CP15(name, crn, op1, crm, op2)                                      \
	static inline uint32_t armv7a_read_##name(void)                            \
	{                                                                          \
		uint32_t value;                                                    \
		__asm__ volatile("mrc p15, " #op1 ", %0, " #crn ", " #crm          \
				 ", " #op2                                         \
				 : "=r"(value));                                   \
		return value;                                                      \
	}                                                                          \
	static inline void armv7a_write_##name(uint32_t value)                     \
	{                                                                          \
		__asm__ volatile("mcr p15, " #op1 ", %0, " #crn ", " #crm          \
				 ", " #op2                                         \
				 :                                                 \
				 : "r"(value)                                      \
				 : "memory");                                      \
	}

/* clang-format off */
ARMV7A_CP15(mpidr,   c0,  0, c0, 5)
ARMV7A_CP15(id_pfr1, c0,  0, c1, 1)
ARMV7A_CP15(sctlr,   c1,  0, c0, 0)
ARMV7A_CP15(actlr,   c1,  0, c0, 1)
ARMV7A_CP15(cpacr,   c1,  0, c0, 2)
ARMV7A_CP15(scr,     c1,  0, c1, 0)
ARMV7A_CP15(nsacr,   c1,  0, c1, 2)
ARMV7A_CP15(ttbr0,   c2,  0, c0, 0)
ARMV7A_CP15(ttbr1,   c2,  0, c0, 1)
ARMV7A_CP15(ttbcr,   c2,  0, c0, 2)
ARMV7A_CP15(dacr,    c3,  0, c0, 0)
ARMV7A_CP15(dfsr,    c5,  0, c0, 0)
ARMV7A_CP15(ifsr,    c5,  0, c0, 1)
ARMV7A_CP15(dfar,    c6,  0, c0, 0)
ARMV7A_CP15(ifar,    c6,  0, c0, 2)
ARMV7A_CP15(iciallu, c7,  0, c5, 0)
ARMV7A_CP15(bpiall,  c7,  0, c5, 6)
ARMV7A_CP15(dcimvac, c7,  0, c6, 1)
ARMV7A_CP15(dccmvac, c7,  0, c10, 1)
ARMV7A_CP15(dccimvac, c7, 0, c14, 1)
ARMV7A_CP15(dcisw,   c7,  0, c6, 2)
ARMV7A_CP15(dccisw,  c7,  0, c14, 2)
ARMV7A_CP15(tlbiall, c8,  0, c7, 0)
ARMV7A_CP15(vbar,    c12, 0, c0, 0)
ARMV7A_CP15(mvbar,   c12, 0, c0, 1)
ARMV7A_CP15(cnthctl, c14, 4, c1, 0)
ARMV7A_CP15(fcseidr, c13, 0, c0, 0)
ARMV7A_CP15(contextidr, c13, 0, c0, 1)
ARMV7A_CP15(cntfrq,  c14, 0, c0, 0)
ARMV7A_CP15(cntp_tval, c14, 0, c2, 0)
ARMV7A_CP15(cntp_ctl, c14, 0, c2, 1)
ARMV7A_CP15(ccsidr,  c0,  1, c0, 0)
ARMV7A_CP15(clidr,   c0,  1, c0, 1)
ARMV7A_CP15(csselr,  c0,  2, c0, 0)
/* clang-format on */

/** Make the guest's virtual time the physical time. Where the generic timer is,
 * with SCR.NS set. */
static inline void armv7a_clear_cntvoff(void)
{
	__asm__ volatile("mcrr p15, 4, %0, %0, c14" : : "r"(0) : "memory");
}

/** Complete every earlier memory access and maintenance operation. */
static inline void armv7a_dsb(void)
{
	__asm__ volatile("dsb" : : : "memory");
}

/** Let later instructions see earlier changes of system registers. */
static inline void armv7a_isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

/** Sleep until an interrupt, masked or not. */
static inline void armv7a_wfi(void)
{
	__asm__ volatile("dsb\n\twfi" : : : "memory");
}

/* MPIDR, [ARMv7-ARM] B4.1.106: one of several CPUs, or that could be. */
#define MPIDR_FORMAT 0xC0000000u
#define MPIDR_SEVERAL 0x80000000u

/* ID_PFR1, [ARMv7-ARM] B4.1.94. */
#define PFR1_TIMER 0xF0000u
#define CNTHCTL_PL1 3u /* the guest reads the physical counter and has its timer */

/* SCR, [ARMv7-ARM] B4.1.129. */
#define SCR_NS (1u << 0)  /* normal world, except in Monitor mode */
#define SCR_FIQ (1u << 2) /* FIQ to Monitor mode */
#define SCR_EA (1u << 3)  /* external aborts to Monitor mode */
/* While the guest runs: FIQ and external aborts come to the monitor, IRQs do
 * not. FW and AW stay 0, so that the guest can mask neither. */
#define SCR_GUEST (SCR_NS | SCR_FIQ | SCR_EA)

/* SCTLR, [ARMv7-ARM] B4.1.130. */
#define SCTLR_M (1u << 0)   /* MMU */
#define SCTLR_C (1u << 2)   /* data caches */
#define SCTLR_Z (1u << 11)  /* branch prediction */
#define SCTLR_I (1u << 12)  /* instruction cache */
#define SCTLR_V (1u << 13)  /* high vectors */
#define SCTLR_EE (1u << 25) /* exceptions are big endian */
#define SCTLR_TE (1u << 30) /* exceptions are Thumb */
/* What reads as one or is reserved as one without the bits above, and
 * alignment checks off: the value after reset, [CORTEX-A8] 3.2.25. */
#define SCTLR_RESET 0x00C50078u

/* CPSR, [ARMv7-ARM] B1.3.3. */
#define CPSR_MODE 0x1Fu
#define CPSR_T (1u << 5)
#define CPSR_F (1u << 6)
#define CPSR_I (1u << 7)
#define CPSR_A (1u << 8)
#define CPSR_E (1u << 9)
#define CPSR_C (1u << 29)
#define CPSR_IT_MASK 0x0600FC00u
#define CPSR_J (1u << 24)

#define MODE_USR 0x10u
#define MODE_FIQ 0x11u
#define MODE_IRQ 0x12u
#define MODE_SVC 0x13u
#define MODE_MON 0x16u
#define MODE_ABT 0x17u
#define MODE_UND 0x1Bu
#define MODE_SYS 0x1Fu

#endif /* TZVMM_ARMV7A_CP15_H */
