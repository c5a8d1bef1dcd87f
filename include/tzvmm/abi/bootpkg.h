/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ABI_BOOTPKG_H
#define TZVMM_ABI_BOOTPKG_H

/** @file
 * Boot package: what the guest is started from, as one file. Little-endian: a
 * header, its entries, then the payloads. */

#include <stddef.h>
#include <stdint.h>

#define TZVMM_ABI_BOOTPKG_MAGIC 0x50565A54u /**< "TZVP". */
#define TZVMM_ABI_BOOTPKG_VERSION 2u        /**< Of this layout. */
#define TZVMM_ABI_BOOTPKG_MAX_ENTRIES 8u    /**< Most entries. */
#define TZVMM_ABI_BOOTPKG_ALIGN 4096u       /**< Of offsets and loads. */

/** Values of tzvmm_abi_bootpkg_entry.type. */
enum tzvmm_abi_bootpkg_type {
	TZVMM_ABI_BOOTPKG_KERNEL = 1, /**< ARM zImage; exactly one. */
	TZVMM_ABI_BOOTPKG_DTB = 2,    /**< Device tree; this or ATAGS, one. */
	TZVMM_ABI_BOOTPKG_INITRD = 3, /**< Initial RAM disk; at most one. */
	/** What the guest's disks are; at most one. An array of struct
	 * tzvmm_abi_bootpkg_disk that stays in secure memory: load is 0. Without
	 * it the guest has partition 2, to read and write. */
	TZVMM_ABI_BOOTPKG_DISKS = 4,
	/** What the other entries hash to, signed; at most one. A struct
	 * tzvmm_abi_bootpkg_signature that stays in secure memory: load is 0. */
	TZVMM_ABI_BOOTPKG_SIGNATURE = 5,
	/** For a guest that takes a tag list in place of a device tree: a struct
	 * tzvmm_abi_bootpkg_atags. The list is made of it, of the guest's memory
	 * and of the initrd, and put at load. */
	TZVMM_ABI_BOOTPKG_ATAGS = 6,
	TZVMM_ABI_BOOTPKG_LAST_TYPE = TZVMM_ABI_BOOTPKG_ATAGS,
};

#define TZVMM_ABI_BOOTPKG_ATAGS_LEN 4096u   /**< Bytes that a tag list may have. */
#define TZVMM_ABI_BOOTPKG_CMDLINE_LEN 1024u /**< Bytes of boot arguments. */

/** What a tag list says that is not known otherwise. */
struct tzvmm_abi_bootpkg_atags {
	uint32_t machine;   /**< Number of the machine, for r1. */
	uint32_t revision;  /**< Of the board; 0: not told. */
	uint32_t serial[2]; /**< Low and high word; 0, 0: not told. */
	/** Boot arguments; filled up with 0, of which there is one at least. */
	char cmdline[TZVMM_ABI_BOOTPKG_CMDLINE_LEN];
};

#define TZVMM_ABI_BOOTPKG_MAX_DISKS 3u     /**< Most disks of a guest. */
#define TZVMM_ABI_BOOTPKG_SELECTOR_LEN 80u /**< Bytes of a selector. */
#define TZVMM_ABI_BOOTPKG_SERIAL_LEN 20u   /**< Bytes of a serial number. */
#define TZVMM_ABI_BOOTPKG_KEY_LEN 64u      /**< Bytes of a key. */

/** Values of tzvmm_abi_bootpkg_disk.policy. A partition that no disk shows is
 * hidden from the guest. */
enum tzvmm_abi_bootpkg_policy {
	TZVMM_ABI_BOOTPKG_READ_WRITE = 0, /**< The guest changes the partition. */
	TZVMM_ABI_BOOTPKG_READ_ONLY = 1,  /**< It cannot write. */
	TZVMM_ABI_BOOTPKG_OVERLAY = 2,    /**< It writes to another place. */
	TZVMM_ABI_BOOTPKG_NR_POLICIES,
};

/** Values of tzvmm_abi_bootpkg_disk.cipher. */
enum tzvmm_abi_bootpkg_cipher {
	TZVMM_ABI_BOOTPKG_PLAIN = 0,   /**< None. */
	TZVMM_ABI_BOOTPKG_AES_XTS = 1, /**< AES-XTS-256, as dm-crypt's
					* aes-xts-plain64. */
	TZVMM_ABI_BOOTPKG_NR_CIPHERS,
};

/** A disk of the guest. */
struct tzvmm_abi_bootpkg_disk {
	/** Its partition, as tzvmm_ptable_find() wants it. Ends with a 0. */
	char partition[TZVMM_ABI_BOOTPKG_SELECTOR_LEN];
	/** Overlay: the partition that is written to; empty: memory. Ends with a 0. */
	char store[TZVMM_ABI_BOOTPKG_SELECTOR_LEN];
	/** What the guest sees; filled up with 0. */
	char serial[TZVMM_ABI_BOOTPKG_SERIAL_LEN];
	uint32_t policy;   /**< enum tzvmm_abi_bootpkg_policy. */
	uint32_t cipher;   /**< enum tzvmm_abi_bootpkg_cipher. */
	uint32_t reserved; /**< 0; ignored. */
	/** Two AES keys; the second one is that of the tweak. */
	uint8_t key[TZVMM_ABI_BOOTPKG_KEY_LEN];
};

/** What is measured, each part by itself. docs/measured-start.md says what of them. */
enum tzvmm_abi_bootpkg_part {
	TZVMM_ABI_BOOTPKG_PART_KERNEL, /**< The kernel's entry. */
	/** The device tree's, or what the tag list is made of; boot arguments too. */
	TZVMM_ABI_BOOTPKG_PART_DTB,
	TZVMM_ABI_BOOTPKG_PART_BOOTARGS, /**< The boot arguments in it. */
	TZVMM_ABI_BOOTPKG_PART_INITRD,   /**< The initial RAM disk's. */
	TZVMM_ABI_BOOTPKG_PART_DISKS,    /**< The disks', with zeros for keys. */
	/** Profile, addresses, number of disks; with a tag list the machine. */
	TZVMM_ABI_BOOTPKG_PART_LAYOUT,
	TZVMM_ABI_BOOTPKG_NR_PARTS,
};

#define TZVMM_ABI_BOOTPKG_DIGEST_LEN 32u /**< Bytes of a digest: SHA-256. */
#define TZVMM_ABI_BOOTPKG_DOMAIN_LEN 24u /**< Bytes of the domain. */
#define TZVMM_ABI_BOOTPKG_DOMAIN "tzvmm measured start v1" /**< And a 0. */
#define TZVMM_ABI_BOOTPKG_SIGNATURE_VERSION 1u /**< Of the signature's layout. */
#define TZVMM_ABI_BOOTPKG_ECDSA_P256 1u        /**< With SHA-256; r, then s. */

/** What the package hashes to, and a signature over it: of the message that is
 * TZVMM_ABI_BOOTPKG_DOMAIN and then the digests. */
struct tzvmm_abi_bootpkg_signature {
	uint32_t version;    /**< TZVMM_ABI_BOOTPKG_SIGNATURE_VERSION. */
	uint32_t algorithm;  /**< TZVMM_ABI_BOOTPKG_ECDSA_P256. */
	uint32_t nr_digests; /**< TZVMM_ABI_BOOTPKG_NR_PARTS. */
	uint32_t reserved;   /**< 0; ignored. */
	/** In the order of enum tzvmm_abi_bootpkg_part. A part that is not there
	 * has the digest of no bytes. */
	uint8_t digests[TZVMM_ABI_BOOTPKG_NR_PARTS][TZVMM_ABI_BOOTPKG_DIGEST_LEN];
	uint8_t signature[64]; /**< Two numbers of 32 bytes, big-endian. */
};

/** Values of tzvmm_abi_bootpkg_header.profile: how the guest reaches its devices. */
enum tzvmm_abi_bootpkg_profile {
	TZVMM_ABI_BOOTPKG_STOCK = 0,    /**< By trapped accesses, and by calls. */
	TZVMM_ABI_BOOTPKG_PARAVIRT = 1, /**< By calls alone; more is closed. */
	TZVMM_ABI_BOOTPKG_NR_PROFILES,
};

/** The package's first bytes. */
struct tzvmm_abi_bootpkg_header {
	uint32_t magic;       /**< TZVMM_ABI_BOOTPKG_MAGIC. */
	uint32_t version;     /**< TZVMM_ABI_BOOTPKG_VERSION. */
	uint32_t total_len;   /**< Bytes of the package, this header included. */
	uint32_t nr_entries;  /**< Entries that follow. */
	uint32_t profile;     /**< enum tzvmm_abi_bootpkg_profile. */
	uint32_t reserved[3]; /**< 0; ignored. */
};

/** One payload. */
struct tzvmm_abi_bootpkg_entry {
	uint32_t type;   /**< enum tzvmm_abi_bootpkg_type. */
	uint32_t offset; /**< From the package's first byte; aligned. */
	uint32_t len;    /**< Bytes, not 0. */
	uint32_t load;   /**< Guest physical address; aligned. */
};

_Static_assert(sizeof(struct tzvmm_abi_bootpkg_header) == 32u, "header");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_header, magic) == 0u, "magic");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_header, version) == 4u, "version");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_header, total_len) == 8u,
	       "total_len");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_header, nr_entries) == 12u,
	       "nr_entries");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_header, profile) == 16u,
	       "profile");
_Static_assert(sizeof(struct tzvmm_abi_bootpkg_disk) == 256u, "disk");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_disk, store) == 80u, "store");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_disk, serial) == 160u, "serial");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_disk, policy) == 180u, "policy");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_disk, cipher) == 184u, "cipher");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_disk, key) == 192u, "key");
_Static_assert(sizeof(struct tzvmm_abi_bootpkg_signature) == 272u, "signature");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_signature, digests) == 16u,
	       "digests");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_signature, signature) == 208u,
	       "numbers");
_Static_assert(sizeof(struct tzvmm_abi_bootpkg_atags) == 1040u, "atags");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_atags, revision) == 4u,
	       "revision");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_atags, serial) == 8u,
	       "serial no.");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_atags, cmdline) == 16u, "cmdline");
_Static_assert(sizeof(struct tzvmm_abi_bootpkg_entry) == 16u, "entry");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_entry, type) == 0u, "type");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_entry, offset) == 4u, "offset");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_entry, len) == 8u, "len");
_Static_assert(offsetof(struct tzvmm_abi_bootpkg_entry, load) == 12u, "load");

#endif /* TZVMM_ABI_BOOTPKG_H */
