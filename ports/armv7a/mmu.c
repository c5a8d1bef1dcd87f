/* SPDX-License-Identifier: BSD-2-Clause */
#include <armv7a/cache.h>
#include <armv7a/cp15.h>
#include <armv7a/mmu.h>

/* Section descriptors, [ARMv7-ARM] B3.5.1. Domain 0. Both worlds have to say the
 * same of a memory: as Linux does, it is shareable on a CPU that could be one of
 * several. A Cortex-A8 would not cache it then. */
#define SECT 0x2u
#define SECT_B (1u << 2)
#define SECT_C (1u << 3)
#define SECT_XN (1u << 4)
#define SECT_RW (1u << 10)
#define SECT_RO (1u << 10 | 1u << 15)
#define SECT_TEX1 (1u << 12)
#define SECT_SHARED (1u << 16)
#define SECT_NS (1u << 19)
#define SECT_NORMAL (SECT | SECT_TEX1 | SECT_C | SECT_B) /* WB, write-allocate */
#define SECT_DEVICE (SECT | SECT_B)                      /* shareable device */
#define SECT_ORDERED SECT                                /* strongly-ordered */

#define NR_SECTIONS 4096u
#define DACR_CLIENT 1u

static uint32_t table[NR_SECTIONS] __attribute__((aligned(16384)));

static uint32_t attributes(enum armv7a_map_kind kind)
{
	const bool several = (armv7a_read_mpidr() & MPIDR_FORMAT) == MPIDR_SEVERAL;
	const uint32_t normal = SECT_NORMAL | (several ? SECT_SHARED : 0u);

	switch (kind) {
	case ARMV7A_MAP_CODE:
		return normal | SECT_RO;
	case ARMV7A_MAP_DATA:
		return normal | SECT_RW | SECT_XN;
	case ARMV7A_MAP_GUEST:
		return normal | SECT_RW | SECT_XN | SECT_NS;
	default:
		return SECT_DEVICE | SECT_RW | SECT_XN;
	}
}

static void fill(const struct armv7a_map *map)
{
	uint32_t first = map->addr / ARMV7A_SECTION;
	uint32_t nr = map->len / ARMV7A_SECTION;

	for (uint32_t i = first; i < first + nr; i++) {
		table[i] = i * ARMV7A_SECTION | attributes(map->kind);
	}
}

void armv7a_mmu_enable(const struct armv7a_map *map, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		fill(&map[i]);
	}
	armv7a_dcache_invalidate_all();
	armv7a_write_ttbcr(0);
	armv7a_write_ttbr0((uint32_t)(uintptr_t)table);
	armv7a_write_dacr(DACR_CLIENT);
	armv7a_write_tlbiall(0);
	armv7a_write_iciallu(0);
	armv7a_write_bpiall(0);
	armv7a_dsb();
	armv7a_isb();
	armv7a_write_sctlr(SCTLR_RESET | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_Z);
	armv7a_isb();
}

/* The walk does not look into the caches: the entry goes to memory. */
static void set_window(uint32_t entry)
{
	uint32_t *at = &table[ARMV7A_WINDOW / ARMV7A_SECTION];

	*at = entry;
	armv7a_write_dccmvac((uint32_t)(uintptr_t)at);
	armv7a_dsb();
	armv7a_write_tlbiall(0);
	armv7a_dsb();
	armv7a_isb();
}

void armv7a_mmu_window(uint32_t pa, bool normal)
{
	const uint32_t section = pa & ~(ARMV7A_SECTION - 1u);

	set_window(section | SECT_ORDERED | SECT_RW | SECT_XN |
		   (normal ? SECT_NS : 0u));
}

void armv7a_mmu_window_close(void)
{
	set_window(0);
}
