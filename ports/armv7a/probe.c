/* SPDX-License-Identifier: BSD-2-Clause */
#include <armv7a/cp15.h>
#include <armv7a/mmu.h>
#include <armv7a/probe.h>

/* In vectors.S: 0, or what an abort gives. */
uint32_t armv7a_access(uint32_t va, uint32_t *value, bool write);

static bool probe(uint32_t pa, bool normal, uint32_t *value, bool write)
{
	const uint32_t scr = armv7a_read_scr();
	uint32_t fault;

	armv7a_mmu_window(pa, normal);
	armv7a_write_scr(scr | SCR_EA);
	armv7a_isb();
	fault = armv7a_access(ARMV7A_WINDOW + pa % ARMV7A_SECTION, value, write);
	armv7a_write_scr(scr);
	armv7a_isb();
	armv7a_mmu_window_close();
	return fault == 0u;
}

bool armv7a_probe_read(uint32_t pa, bool normal, uint32_t *value)
{
	return probe(pa, normal, value, false);
}

bool armv7a_probe_write(uint32_t pa, bool normal, uint32_t value)
{
	return probe(pa, normal, &value, true);
}
