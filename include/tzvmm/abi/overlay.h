/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ABI_OVERLAY_H
#define TZVMM_ABI_OVERLAY_H

/** @file
 * The log of a commit, in the last sectors of an overlay's store. Little-endian: a
 * sector that begins with the header, then sectors full of entries. docs/overlay.md
 * says when it is there. */

#include <stddef.h>
#include <stdint.h>

#define TZVMM_ABI_OVERLAY_MAGIC 0x4F565A54u /**< "TZVO". */
#define TZVMM_ABI_OVERLAY_VERSION 2u        /**< Of this layout. */
#define TZVMM_ABI_OVERLAY_ENTRIES 64u       /**< In a sector. */

/** Witnesses of a base: of 2^7 parts of it, from chunk n x nr >> 7 to before
 * (n + 1) x nr >> 7 of nr, the first sector of the first chunk that has no entry.
 * What has none such has no witness. */
#define TZVMM_ABI_OVERLAY_WITNESS_SHIFT 7u

/** The first bytes of a log; the rest of the sector is 0. */
struct tzvmm_abi_overlay_log {
	uint32_t magic;       /**< TZVMM_ABI_OVERLAY_MAGIC: there is a log. */
	uint32_t version;     /**< TZVMM_ABI_OVERLAY_VERSION. */
	uint64_t base_id;     /**< Of the base: see tzvmm_overlay_setup. */
	uint64_t base_len;    /**< Its sectors. */
	uint32_t nr_chunks;   /**< Of the store. */
	uint32_t nr_sectors;  /**< Of entries, at least 1. */
	uint32_t entries_crc; /**< CRC-32 of these sectors. */
	uint32_t base_crc; /**< CRC-32 of the base's witnesses. The commit does not
			    * write them: if they have changed, it is not the
			    * base that the log was made for. */
	uint32_t reserved; /**< 0. */
	uint32_t crc;      /**< CRC-32 of all before it. */
};

/** Where sectors of a chunk of the base are to be copied from. A place of 0 is no
 * entry: the last sector is filled with these. */
struct tzvmm_abi_overlay_entry {
	uint32_t chunk; /**< Of the base, in ascending order. */
	uint32_t place; /**< Bits 7..0: which of its sectors; above: 1 + the store's
			 * chunk that has them. */
};

_Static_assert(sizeof(struct tzvmm_abi_overlay_log) == 48u, "log");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, magic) == 0u, "magic");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, version) == 4u, "version");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, base_id) == 8u, "base_id");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, base_len) == 16u, "base_len");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, nr_chunks) == 24u,
	       "nr_chunks");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, nr_sectors) == 28u,
	       "nr_sectors");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, entries_crc) == 32u,
	       "entries_crc");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, base_crc) == 36u, "base_crc");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, reserved) == 40u, "reserved");
_Static_assert(offsetof(struct tzvmm_abi_overlay_log, crc) == 44u, "crc");
_Static_assert(sizeof(struct tzvmm_abi_overlay_entry) == 8u, "entry");
_Static_assert(offsetof(struct tzvmm_abi_overlay_entry, chunk) == 0u, "chunk");
_Static_assert(offsetof(struct tzvmm_abi_overlay_entry, place) == 4u, "place");

#endif /* TZVMM_ABI_OVERLAY_H */
