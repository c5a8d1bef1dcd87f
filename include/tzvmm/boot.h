/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_BOOT_H
#define TZVMM_BOOT_H

/** @file
 * Loading a guest: from a boot package (tzvmm/abi/bootpkg.h) into its RAM. */

#include <stddef.h>
#include <stdint.h>

#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/gmem.h>
#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Bytes of the package. */
struct tzvmm_boot_bytes {
	const uint8_t *bytes; /**< NULL: not there. */
	uint32_t len;         /**< How many, or 0. */
};

/** Where the guest starts and what it was given. */
struct tzvmm_boot {
	uint32_t entry;      /**< First instruction; ARM state. */
	uint32_t machine;    /**< For r1; with a device tree UINT32_MAX. */
	uint32_t dtb;        /**< Device tree or tag list, for r2. */
	uint32_t initrd;     /**< Initial RAM disk, or 0. */
	uint32_t initrd_len; /**< Its bytes, or 0. */
	uint32_t profile;    /**< enum tzvmm_abi_bootpkg_profile. */
	/** What the guest's disks are: nr_disks of them, inside of the package.
	 * NULL if it does not say. Strings end inside of their arrays, policy and
	 * cipher are known ones. */
	const struct tzvmm_abi_bootpkg_disk *disks;
	uint32_t nr_disks; /**< 0, or up to TZVMM_ABI_BOOTPKG_MAX_DISKS. */
	/** Inside of the package: what was copied to guest RAM. */
	struct tzvmm_boot_bytes kernel_image;
	/** The same of the device tree; or what the tag list was made of. */
	struct tzvmm_boot_bytes dtb_image;
	struct tzvmm_boot_bytes initrd_image; /**< The same of the initrd. */
	/** Inside of the package: what the tag list was made of; NULL with a device
	 * tree. Its string ends inside of it. */
	const struct tzvmm_abi_bootpkg_atags *atags;
	/** Inside of the package; NULL if there is none. Version, algorithm and
	 * number of digests are known ones, and nothing else is checked. */
	const struct tzvmm_abi_bootpkg_signature *signature;
};

/** Check a boot package as a whole, then copy its payloads into guest RAM, make the
 * tag list there if it wants one, and write all of it back from the data cache, for
 * the guest starts with its own off. Stale lines of the instruction cache are the
 * port's to drop. A package that is refused leaves guest RAM untouched, and a log
 * line says what is wrong.
 *
 * A zImage unpacks itself: it writes the kernel to the first 128 MiB boundary
 * at or below its load address, plus 32 KiB, and moves itself away when it is in
 * the way. The unpacked kernel with its BSS and what the zImage needs meanwhile
 * must end below the device tree and the initrd: this is the packager's to
 * ensure, since no field of a zImage of this age tells the size reliably.
 *
 * @param sys Services.
 * @param mem The guest's RAM.
 * @param pkg The package. In memory that the guest cannot write, and outside of
 *            every window of @p mem (this is checked).
 * @param len Bytes that may be read at @p pkg; at least the package's total_len.
 * @param out Filled on success only.
 * @retval TZVMM_OK       Loaded.
 * @retval TZVMM_E_FORMAT The package or a payload is malformed.
 * @retval TZVMM_E_RANGE  A payload does not fit into guest RAM, or onto another
 *                        one; or the package lies in guest RAM.
 * @retval TZVMM_E_UNSUPP Another version, or an unknown profile or type of
 *                        entry. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_boot_load(const struct tzvmm_sys *sys, const struct tzvmm_gmem *mem,
		const void *pkg, size_t len, struct tzvmm_boot *out);

#endif /* TZVMM_BOOT_H */
