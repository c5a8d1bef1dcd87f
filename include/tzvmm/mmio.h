/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MMIO_H
#define TZVMM_MMIO_H

/** @file
 * Emulated register regions: what answers a guest's trapped access. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** One device access by the guest, already decoded by the port. */
struct tzvmm_mmio_access {
	uint64_t ipa;   /**< Guest physical address of the first byte. */
	uint32_t value; /**< Written value, or the place of the answer;
			 * in the low 8 x size bits, the rest zero. */
	uint8_t size;   /**< Bytes: 1, 2 or 4. */
	bool write;     /**< The guest stores. */
};

/** An emulated device's registers. Both calls see an offset inside of the
 * region whose size bytes are inside too, naturally aligned. A status other
 * than TZVMM_OK refuses the access: the guest gets an external abort. */
struct tzvmm_mmio_ops {
	/** Read size bytes at offset; *value has been zeroed. */
	enum tzvmm_status (*read)(void *ctx, uint32_t offset, unsigned size,
				  uint32_t *value);
	/** Write the low size bytes of value at offset. */
	enum tzvmm_status (*write)(void *ctx, uint32_t offset, unsigned size,
				   uint32_t value);
};

/** A range of guest addresses that the VMM emulates. */
struct tzvmm_mmio_region {
	const char *name;                 /**< For logs. */
	uint64_t ipa;                     /**< First address. */
	uint32_t len;                     /**< Bytes. */
	const struct tzvmm_mmio_ops *ops; /**< Both members set. */
	void *ctx;                        /**< Handed to ops. */
};

/** A block that the guest's kernel sets up and that is not the guest's to set:
 * reads as zero, ignores writes. */
extern const struct tzvmm_mmio_ops tzvmm_mmio_ignore_ops;

/** Find the region that an access falls into.
 *
 * @param regions    Table; regions do not overlap.
 * @param nr_regions Its entries.
 * @param access     The access. One that is not wholly inside of a region, not
 *                   aligned to its size or of a size other than 1, 2 or 4
 *                   belongs to none.
 * @return The region or NULL. */
const struct tzvmm_mmio_region *
tzvmm_mmio_find(const struct tzvmm_mmio_region *regions, size_t nr_regions,
		const struct tzvmm_mmio_access *access);

#endif /* TZVMM_MMIO_H */
