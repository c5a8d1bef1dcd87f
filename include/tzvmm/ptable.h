/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_PTABLE_H
#define TZVMM_PTABLE_H

/** @file
 * The partition table of a disk, MBR or GPT, and its partitions by name. The
 * disk is not trusted; docs/partitions.md lists what is refused. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/blk.h>
#include <tzvmm/status.h>

/** Most partitions of a disk, and the highest number of one. Four primary and
 * 124 logical ones of an MBR, 128 entries of a GPT. */
#define TZVMM_PTABLE_PARTS 128u

/** UTF-16 code units of a label. */
#define TZVMM_PTABLE_LABEL 36u

/** Bytes of a GUID. */
#define TZVMM_PTABLE_GUID 16u

/** Where the sectors of a table come from. */
struct tzvmm_ptable_source {
	/** Read one sector; returns when it is there or cannot be had.
	 * @p sector is below nr_sectors, @p to has TZVMM_SECTOR_LEN bytes of any
	 * alignment, for the library alone from then on. */
	enum tzvmm_status (*read)(void *ctx, uint64_t sector, uint8_t *to);
	void *ctx;           /**< Passed to read(). */
	uint64_t nr_sectors; /**< Size of the disk. */
};

/** What kind of table a disk has. */
enum tzvmm_ptable_kind {
	TZVMM_PTABLE_NONE, /**< None was read, or it was refused. */
	TZVMM_PTABLE_MBR,  /**< Master boot record. */
	TZVMM_PTABLE_GPT,  /**< GUID partition table. */
};

/** A partition. */
struct tzvmm_ptable_part {
	uint32_t number;                      /**< Linux's: 1 is the first. */
	uint8_t type;                         /**< MBR: kind of content. */
	uint64_t start;                       /**< First sector. */
	uint64_t nr_sectors;                  /**< Size, not 0. */
	uint8_t type_guid[TZVMM_PTABLE_GUID]; /**< GPT: kind of content. */
	uint8_t guid[TZVMM_PTABLE_GUID];      /**< GPT: its own, as on disk. */
	/** GPT: its name; ends with a 0 or with the array. */
	uint16_t label[TZVMM_PTABLE_LABEL];
};

/** A partition table, checked. About 17 KiB. */
struct tzvmm_ptable {
	enum tzvmm_ptable_kind kind; /**< Kind of table. */
	uint32_t signature;          /**< MBR: of the disk. */
	/** GPT: the first copy is damaged, this is the one at the disk's end. */
	bool from_backup;
	/** GPT: what is wrong with the copy that was not used; NULL: nothing. */
	const char *damage;
	uint32_t nr_parts; /**< Of parts[]. */
	/** The partitions, in the order of their numbers. They lie on the disk,
	 * share no sector with each other, and none with a table. */
	struct tzvmm_ptable_part parts[TZVMM_PTABLE_PARTS];
	/** @cond PRIVATE */
	uint8_t sector[TZVMM_SECTOR_LEN];

	/** @endcond */
};

/** Read and check a disk's partition table. Each sector is read once.
 *
 * A GPT that is damaged in one copy is read from the other one: look at damage
 * and from_backup, and say so in the log. An extended partition is not listed:
 * it holds tables.
 *
 * @param t   Filled on success; without partitions otherwise.
 * @param src The disk; borrowed for the call.
 * @param why Set to what is wrong, or to NULL; not NULL itself. A constant
 *            string.
 * @retval TZVMM_OK       The table is whole and its partitions can be used.
 * @retval TZVMM_E_FORMAT No table, or a malformed one.
 * @retval TZVMM_E_RANGE  A partition or a table passes its container's end.
 * @retval TZVMM_E_UNSUPP A table that the library does not handle.
 * @retval others         What src->read() returned.
 * @note Context: any in which src->read() may block.
 * @note Time: reads at most 259 sectors; 67 of a usual GPT. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_ptable_read(struct tzvmm_ptable *t, const struct tzvmm_ptable_source *src,
		  const char **why);

/** Find the one partition that a selector names.
 *
 * - `2`: by number.
 * - `PARTUUID=`: of a GPT the partition's GUID, of an MBR the disk's signature
 *   and the number, `1234abcd-02`; digits in hexadecimal, in either case.
 * - `PARTLABEL=`: its name in a GPT, in ASCII, in the same case.
 *
 * @param t        A table that was read.
 * @param selector Zero-terminated.
 * @param why      Set to what is wrong, or to NULL; not NULL itself. A constant
 *                 string.
 * @return The partition, inside of @p t; NULL if no partition fits, or several
 *         do, or the selector is none.
 * @note Context: any. */
const struct tzvmm_ptable_part *tzvmm_ptable_find(const struct tzvmm_ptable *t,
						  const char *selector,
						  const char **why);

#endif /* TZVMM_PTABLE_H */
