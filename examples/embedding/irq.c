/* SPDX-License-Identifier: BSD-2-Clause */
#include "seed.h"

#define NR_IRQS 256u
#define GICD 0x08000000u
#define GICD_CTLR (GICD + 0x000u)
#define GICD_IGROUPR(n) (GICD + 0x080u + 4u * (n))
#define GICD_ISENABLER(n) (GICD + 0x100u + 4u * (n))
#define GICD_ISPENDR(n) (GICD + 0x200u + 4u * (n))
#define GICD_ICPENDR(n) (GICD + 0x280u + 4u * (n))
#define GICD_IPRIORITYR(n) (GICD + 0x400u + 4u * (n))
#define GICC 0x08010000u
#define GICC_CTLR (GICC + 0x00u)
#define GICC_PMR (GICC + 0x04u)
#define GICC_IAR (GICC + 0x0Cu)
#define GICC_EOIR (GICC + 0x10u)

#define CTLR_BOTH_GROUPS_FIQ 0xBu
#define PRIORITY_NORMAL 0xA0A0A0A0u
#define IRQ_NONE 1020u

static irq_handler handlers[NR_IRQS];

/* Everything is the normal world's until a handler is attached. */
void irq_init(void)
{
	for (uint32_t n = 0; n < NR_IRQS / 32u; n++) {
		write32(GICD_IGROUPR(n), UINT32_MAX);
	}
	for (uint32_t n = 0; n < NR_IRQS / 4u; n++) {
		write32(GICD_IPRIORITYR(n), PRIORITY_NORMAL);
	}
	write32(GICC_PMR, 0xFF);
	write32(GICC_CTLR, CTLR_BOTH_GROUPS_FIQ);
	write32(GICD_CTLR, 3);
}

void irq_attach(uint32_t irq, irq_handler handler)
{
	const uint32_t bit = 1u << irq % 32u;
	const uint32_t byte = 0xFFu << irq % 4u * 8u;

	handlers[irq] = handler;
	write32(GICD_IGROUPR(irq / 32u), read32(GICD_IGROUPR(irq / 32u)) & ~bit);
	write32(GICD_IPRIORITYR(irq / 4u), read32(GICD_IPRIORITYR(irq / 4u)) & ~byte);
	write32(GICD_ISENABLER(irq / 32u), bit);
}

bool irq_is_guest(uint32_t irq)
{
	return irq >= 32u && irq < NR_IRQS && handlers[irq] == NULL;
}

void irq_set_pending(uint32_t irq, bool pending)
{
	write32(pending ? GICD_ISPENDR(irq / 32u) : GICD_ICPENDR(irq / 32u),
		1u << irq % 32u);
}

void irq_dispatch(void)
{
	const uint32_t irq = read32(GICC_IAR);

	if (irq >= IRQ_NONE) {
		return;
	}
	if (irq < NR_IRQS && handlers[irq] != NULL) {
		handlers[irq]();
	}
	write32(GICC_EOIR, irq);
}
