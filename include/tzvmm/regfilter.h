/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_REGFILTER_H
#define TZVMM_REGFILTER_H

/** @file
 * A register filter: a block that is closed to the guest, whose registers it
 * reaches one by one under masks.
 *
 * The guest's access traps; what the block's rules allow is done for it. A
 * register that no rule names reads as zero and ignores writes. Registers have
 * 32 bits; narrower accesses are refused, with an external abort. Whatever a
 * guest writes, the bits that reach the hardware are:
 *
 *     ((hardware & ~write) | (value & write) | set) & ~clear
 *
 * or, where reading has side effects or writing ones clears (direct):
 *
 *     ((value & write) | set) & ~clear */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/log.h>
#include <tzvmm/mmio.h>
#include <tzvmm/status.h>

/** A rule's flag: writes reach the hardware without a read before, and bits that
 * are not the guest's are written as zero. For registers that are write-only, set
 * or cleared by ones, or changed by being read. */
#define TZVMM_FILTER_DIRECT 1u

/** Registers per block that are named in the log when a write is refused. */
#define TZVMM_FILTER_NR_LOGGED 4u

/** What the guest may do to a register, or to several in a row. */
struct tzvmm_filter_rule {
	uint32_t offset; /**< First register: bytes from the block's start. */
	uint32_t read;   /**< Bits that the guest reads; the others read 0. If
			  * none, the hardware is not read. */
	uint32_t write;  /**< Bits that the guest writes. If none, writes do not
			  * reach the hardware, whatever set and clear say. */
	uint32_t set;    /**< Bits that are 1 in whatever reaches the hardware. */
	uint32_t clear;  /**< Bits that are 0 in it; stronger than set. */
	uint16_t more;   /**< Registers after the first with the same rule. */
	uint16_t flags;  /**< TZVMM_FILTER_DIRECT or 0. */
};

/** A filtered block. Constant: it may lie in read-only memory. */
struct tzvmm_filter {
	const char *name; /**< For logs. */
	uint64_t ipa;     /**< Guest address, which is also the hardware's. */
	uint32_t len;     /**< Bytes, multiple of 4. */
	const struct tzvmm_filter_rule *rules; /**< By rising offset; none overlap. */
	size_t nr_rules;                       /**< Their number; may be 0. */
};

/** How a filter reaches the hardware. Both members are required. */
struct tzvmm_filter_hw {
	/** Read a register of 32 bits at an aligned address. */
	uint32_t (*read32)(void *ctx, uint64_t addr);
	/** Write it. */
	void (*write32)(void *ctx, uint64_t addr, uint32_t value);
	void *ctx; /**< Handed to both. */
};

/** A filter at work. Memory of the embedding code. */
struct tzvmm_filter_dev {
	/** @cond PRIVATE */
	const struct tzvmm_filter *filter;
	const struct tzvmm_filter_hw *hw;
	const struct tzvmm_sys *sys;
	struct tzvmm_ratelimit limit;
	uint32_t refused;
	uint32_t nr_logged;
	uint32_t logged[TZVMM_FILTER_NR_LOGGED];

	/** @endcond */
};

/** Register operations; the context is a struct tzvmm_filter_dev. */
extern const struct tzvmm_mmio_ops tzvmm_filter_ops;

/** Check a filter's table and put it to work.
 *
 * @param dev    Caller's memory.
 * @param filter The table; borrowed.
 * @param hw     Access to the hardware; borrowed.
 * @param sys    Services; borrowed.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL The table is unsorted, overlaps, is not aligned to 4,
 *                       leaves the block, has unknown flags or a bit in both set
 *                       and clear; or a function of hw is missing. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_filter_init(struct tzvmm_filter_dev *dev, const struct tzvmm_filter *filter,
		  const struct tzvmm_filter_hw *hw, const struct tzvmm_sys *sys);

/** The region in which a filter answers.
 *
 * @param dev Initialised; borrowed.
 * @return A region for the virtual machine's table. */
struct tzvmm_mmio_region tzvmm_filter_region(struct tzvmm_filter_dev *dev);

/** Count of writes of which something was refused.
 *
 * The first to each of TZVMM_FILTER_NR_LOGGED registers are logged too; no other
 * line comes from a filter, however long a guest goes on and whatever time it is.
 *
 * @param dev Initialised.
 * @return Count; stays at its maximum. */
uint32_t tzvmm_filter_refused(const struct tzvmm_filter_dev *dev);

#endif /* TZVMM_REGFILTER_H */
