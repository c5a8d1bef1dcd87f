/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GIC_REGS_H
#define GIC_REGS_H

/* GICv2 ([GICv2]), secure view. Offsets, the distributor's first. */
#define GICD_CTLR 0x000u
#define GICD_TYPER 0x004u
#define GICD_IGROUPR 0x080u
#define GICD_ISENABLER 0x100u
#define GICD_ICENABLER 0x180u
#define GICD_ISPENDR 0x200u
#define GICD_ICPENDR 0x280u
#define GICD_ISACTIVER 0x300u
#define GICD_ICACTIVER 0x380u
#define GICD_IPRIORITYR 0x400u
#define GICD_ITARGETSR 0x800u
#define GICD_ICFGR 0xC00u
#define GICD_NSACR 0xE00u
#define GICD_CPENDSGIR 0xF10u
/* Register n of an array. */
#define GIC_WORD(array, n) ((array) + 4u * (n))

#define GICD_CTLR_GRP0 (1u << 0)
#define GICD_CTLR_GRP1 (1u << 1)
#define GICD_TYPER_ITLINES 0x1Fu
#define GICD_TYPER_SECURITY (1u << 10)

#define GICC_CTLR 0x00u
#define GICC_PMR 0x04u
#define GICC_BPR 0x08u
#define GICC_IAR 0x0Cu
#define GICC_EOIR 0x10u
#define GICC_ABPR 0x1Cu
#define GICC_APR 0xD0u
#define GICC_NSAPR 0xE0u

#define GICC_CTLR_GRP0 (1u << 0)
#define GICC_CTLR_GRP1 (1u << 1)
#define GICC_CTLR_FIQ_EN (1u << 3)
#define GICC_IAR_ID 0x3FFu

/* Identifiers from here on are no lines: nothing is pending for us. */
#define GIC_ID_SPECIAL 1020u
/* Below are those of one CPU: 0 to 15 by software, then by its own devices. */
#define GIC_FIRST_PPI 16u
#define GIC_FIRST_SPI 32u

#endif /* GIC_REGS_H */
