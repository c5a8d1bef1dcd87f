/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/mmio.h>

/* Sizes are a set of bits, so that one test does for all three. */
#define SIZES (1u << 1 | 1u << 2 | 1u << 4)

static bool is_natural(const struct tzvmm_mmio_access *access)
{
	return access->size <= 4u && (SIZES >> access->size & 1u) != 0u &&
	       ((uint32_t)access->ipa & (access->size - 1u)) == 0u;
}

const struct tzvmm_mmio_region *
tzvmm_mmio_find(const struct tzvmm_mmio_region *regions, size_t nr_regions,
		const struct tzvmm_mmio_access *access)
{
	const uint64_t ipa = access->ipa;

	for (size_t i = 0; i < nr_regions; i++) {
		const struct tzvmm_mmio_region *r = &regions[i];
		/* Below the region wraps to a huge offset: one comparison. */
		const uint64_t offset = ipa - r->ipa;

		if (offset < r->len) {
			bool fits = access->size <= r->len - (uint32_t)offset;

			return fits && is_natural(access) ? r : NULL;
		}
	}
	return NULL;
}

static enum tzvmm_status read_zero(void *ctx, uint32_t offset, unsigned size,
				   uint32_t *value)
{
	(void)ctx;
	(void)offset;
	(void)size;
	*value = 0;
	return TZVMM_OK;
}

static enum tzvmm_status ignore_write(void *ctx, uint32_t offset, unsigned size,
				      uint32_t value)
{
	(void)ctx;
	(void)offset;
	(void)size;
	(void)value;
	return TZVMM_OK;
}

const struct tzvmm_mmio_ops tzvmm_mmio_ignore_ops = {
	.read = read_zero,
	.write = ignore_write,
};
