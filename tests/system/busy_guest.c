/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that writes for ever, so that the card is busy, and stops the
 * secure world's clock and tick as often as it can. */
#include <stddef.h>

#include "../../examples/guest_half/guest_half.h"

void bare_guest_main(uint32_t r0, uint32_t r1, uint32_t dtb, uint32_t cpsr);
void bare_guest_smc(uint32_t regs[8]);

static uint8_t mem[GUEST_HALF_LEN] __attribute__((aligned(4096)));

#define EPIT1_CR ((volatile uint32_t *)0x53FAC000u)
#define EPIT2_CR ((volatile uint32_t *)0x53FB0000u)

static void call(uint32_t regs[8])
{
	*EPIT1_CR = 0;
	*EPIT2_CR = 0;
	bare_guest_smc(regs);
}

static struct guest_half guest = { .smc = call, .mem = mem };

void bare_guest_main(uint32_t r0, uint32_t r1, uint32_t dtb, uint32_t cpsr)
{
	const char *failed = guest_half_probe(&guest);

	(void)r0;
	(void)r1;
	(void)dtb;
	(void)cpsr;
	guest.pa = (uint32_t)(uintptr_t)mem;
	failed = failed == NULL ? guest_half_disk(&guest) : failed;
	guest_half_print(&guest, failed == NULL ? "writing\n" : failed);
	while (guest_half_transfer(&guest, true, 0, GUEST_HALF_SECTORS)) {
	}
	guest_half_off(&guest);
}
