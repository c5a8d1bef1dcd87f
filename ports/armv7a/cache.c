/* SPDX-License-Identifier: BSD-2-Clause */
#include <armv7a/cache.h>
#include <armv7a/cp15.h>

#include <tzvmm/port/dma.h>

/* [CORTEX-A8] 7.1 and 8.1: 64-byte lines in both levels. So have A7 and A15. */
#define LINE 64u

static void by_set_way(uint32_t level, void (*op)(uint32_t))
{
	uint32_t id, line_shift, ways, sets, way_shift;

	armv7a_write_csselr(level << 1);
	armv7a_isb();
	id = armv7a_read_ccsidr();
	line_shift = (id & 7u) + 4u;
	ways = (id >> 3 & 0x3FFu) + 1u;
	sets = (id >> 13 & 0x7FFFu) + 1u;
	way_shift = ways > 1u ? (uint32_t)__builtin_clz(ways - 1u) : 0u;
	for (uint32_t way = 0; way < ways; way++) {
		for (uint32_t set = 0; set < sets; set++) {
			uint32_t w = ways > 1u ? way << way_shift : 0u;

			op(w | set << line_shift | level << 1);
		}
	}
}

/* [ARMv7-ARM] B2.2.7: every level up to the point of coherency that has a data
 * or unified cache. */
static void all_levels(void (*op)(uint32_t))
{
	uint32_t clidr = armv7a_read_clidr();
	uint32_t levels = clidr >> 24 & 7u;

	armv7a_dsb();
	for (uint32_t level = 0; level < levels; level++) {
		if ((clidr >> 3u * level & 7u) >= 2u) {
			by_set_way(level, op);
		}
	}
	armv7a_write_csselr(0);
	armv7a_dsb();
	armv7a_isb();
}

void armv7a_dcache_invalidate_all(void)
{
	all_levels(armv7a_write_dcisw);
}

void armv7a_dcache_flush_all(void)
{
	all_levels(armv7a_write_dccisw);
}

uint32_t tzvmm_dma_addr(const void *va)
{
	return (uint32_t)(uintptr_t)va; /* mapped one-to-one */
}

/* A page has 64 lines: four at a time. */
static inline void by_line(uintptr_t p, uintptr_t end, void (*op)(uint32_t))
{
	for (; p + 4u * LINE <= end; p += 4u * LINE) {
		op(p);
		op(p + LINE);
		op(p + 2u * LINE);
		op(p + 3u * LINE);
	}
	for (; p < end; p += LINE) {
		op(p);
	}
	armv7a_dsb();
}

void tzvmm_dma_to_device(const void *va, size_t len)
{
	const uintptr_t start = (uintptr_t)va;

	by_line(start & ~(uintptr_t)(LINE - 1u), start + len, armv7a_write_dccmvac);
}

void tzvmm_dma_before_device_writes(void *va, size_t len)
{
	const uintptr_t start = (uintptr_t)va;

	by_line(start & ~(uintptr_t)(LINE - 1u), start + len, armv7a_write_dccimvac);
}

void tzvmm_dma_after_device_wrote(void *va, size_t len)
{
	uintptr_t start = (uintptr_t)va;
	uintptr_t end = start + len;

	/* A line that a neighbour shares may be dirty by now: write it back. */
	if (start % LINE != 0u) {
		armv7a_write_dccimvac(start);
		start += LINE - start % LINE;
	}
	if (end % LINE != 0u && start < end) {
		armv7a_write_dccimvac(end);
		end -= end % LINE;
	}
	by_line(start, end, armv7a_write_dcimvac);
}
