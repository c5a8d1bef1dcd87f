/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ABI_RECORD_H
#define TZVMM_ABI_RECORD_H

/** @file
 * Dump of the recorder: what the block path was asked and how it answered.
 * Little-endian: a header, then the entries, oldest first. Sixteen entries, or the
 * header and fifteen, fill a sector. */

#include <stddef.h>
#include <stdint.h>

#define TZVMM_ABI_RECORD_MAGIC 0x52565A54u /**< "TZVR". */
#define TZVMM_ABI_RECORD_VERSION 1u        /**< Of this layout. */

#define TZVMM_ABI_RECORD_SAVE_MAGIC 0x53565A54u /**< "TZVS". */
#define TZVMM_ABI_RECORD_ENTRIES 16u            /**< Entries of a sector. */

/** Values of tzvmm_abi_record_entry.op. */
enum tzvmm_abi_record_op {
	TZVMM_ABI_RECORD_READ = 0,    /**< Card to memory. */
	TZVMM_ABI_RECORD_WRITE = 1,   /**< Memory to card. */
	TZVMM_ABI_RECORD_FLUSH = 2,   /**< All answered before is durable. */
	TZVMM_ABI_RECORD_DISCARD = 3, /**< Content is no longer wanted. */
	TZVMM_ABI_RECORD_ZEROES = 4,  /**< Zeros, without data sent. */
	TZVMM_ABI_RECORD_NR_OPS,
};

/** Values of tzvmm_abi_record_entry.status. */
enum tzvmm_abi_record_status {
	TZVMM_ABI_RECORD_OK = 0,        /**< Done. */
	TZVMM_ABI_RECORD_E_INVAL = 1,   /**< Bad argument. */
	TZVMM_ABI_RECORD_E_GUEST = 2,   /**< The guest broke a protocol. */
	TZVMM_ABI_RECORD_E_DENIED = 3,  /**< Not allowed by policy. */
	TZVMM_ABI_RECORD_E_RANGE = 4,   /**< Past the end. */
	TZVMM_ABI_RECORD_E_FULL = 5,    /**< No room. */
	TZVMM_ABI_RECORD_E_EMPTY = 6,   /**< Nothing there. */
	TZVMM_ABI_RECORD_E_BUSY = 7,    /**< Not now. */
	TZVMM_ABI_RECORD_E_IO = 8,      /**< The device failed. */
	TZVMM_ABI_RECORD_E_TIMEOUT = 9, /**< The device did not answer. */
	TZVMM_ABI_RECORD_E_UNSUPP = 10, /**< Not by this device. */
	TZVMM_ABI_RECORD_E_NODEV = 11,  /**< The card is gone. */
	TZVMM_ABI_RECORD_E_FORMAT = 12, /**< Malformed. */
	TZVMM_ABI_RECORD_NR_STATUS,
};

/** A dump's first bytes. */
struct tzvmm_abi_record_header {
	uint32_t magic;      /**< TZVMM_ABI_RECORD_MAGIC. */
	uint32_t version;    /**< TZVMM_ABI_RECORD_VERSION. */
	uint32_t header_len; /**< Bytes before the first entry. */
	uint32_t entry_len;  /**< Bytes from one entry to the next. */
	uint32_t nr_entries; /**< Entries that follow. */
	uint32_t reserved;   /**< 0; ignored. */
	uint64_t lost;       /**< Entries that were overwritten before. */
};

/** One request that was answered. */
struct tzvmm_abi_record_entry {
	uint64_t start_us;    /**< When it was submitted. */
	uint64_t sector;      /**< First, of 512 bytes; 0 for a flush. */
	uint32_t duration_us; /**< Until it was answered; all ones: longer. */
	uint32_t nr_sectors;  /**< 0 for a flush. */
	uint32_t seq;         /**< Entries before it, modulo 2^32. */
	uint8_t client;       /**< Who asked. */
	uint8_t queue;        /**< Which queue of the client. */
	uint8_t op;           /**< enum tzvmm_abi_record_op. */
	uint8_t status;       /**< enum tzvmm_abi_record_status. */
};

/** The first bytes of a dump on a partition. It has two slots, of slot_len sectors
 * each: the one with the larger generation counts, the other one is written next. A
 * slot is a sector that begins with this and is 0 otherwise, then sectors of
 * entries, the last one filled with 0. */
struct tzvmm_abi_record_save {
	uint32_t magic;       /**< TZVMM_ABI_RECORD_SAVE_MAGIC. */
	uint32_t version;     /**< TZVMM_ABI_RECORD_VERSION. */
	uint64_t generation;  /**< 0: nothing was saved yet. */
	uint32_t slot_len;    /**< Sectors of each slot. */
	uint32_t entries_crc; /**< CRC-32 of the sectors of entries. */
	struct tzvmm_abi_record_header dump; /**< Of what follows. */
	uint32_t reserved;                   /**< 0; ignored. */
	uint32_t crc;                        /**< CRC-32 of all before it. */
};

_Static_assert(sizeof(struct tzvmm_abi_record_save) == 64u, "save");
_Static_assert(offsetof(struct tzvmm_abi_record_save, magic) == 0u, "magic");
_Static_assert(offsetof(struct tzvmm_abi_record_save, version) == 4u, "version");
_Static_assert(offsetof(struct tzvmm_abi_record_save, generation) == 8u,
	       "generation");
_Static_assert(offsetof(struct tzvmm_abi_record_save, slot_len) == 16u, "slot_len");
_Static_assert(offsetof(struct tzvmm_abi_record_save, entries_crc) == 20u,
	       "entries_crc");
_Static_assert(offsetof(struct tzvmm_abi_record_save, dump) == 24u, "dump");
_Static_assert(offsetof(struct tzvmm_abi_record_save, crc) == 60u, "crc");
_Static_assert(sizeof(struct tzvmm_abi_record_header) == 32u, "header");
_Static_assert(offsetof(struct tzvmm_abi_record_header, magic) == 0u, "magic");
_Static_assert(offsetof(struct tzvmm_abi_record_header, version) == 4u, "version");
_Static_assert(offsetof(struct tzvmm_abi_record_header, header_len) == 8u,
	       "header_len");
_Static_assert(offsetof(struct tzvmm_abi_record_header, entry_len) == 12u,
	       "entry_len");
_Static_assert(offsetof(struct tzvmm_abi_record_header, nr_entries) == 16u,
	       "nr_entries");
_Static_assert(offsetof(struct tzvmm_abi_record_header, lost) == 24u, "lost");
_Static_assert(sizeof(struct tzvmm_abi_record_entry) == 32u, "entry");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, start_us) == 0u, "start_us");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, sector) == 8u, "sector");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, duration_us) == 16u,
	       "duration_us");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, nr_sectors) == 20u,
	       "nr_sectors");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, seq) == 24u, "seq");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, client) == 28u, "client");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, queue) == 29u, "queue");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, op) == 30u, "op");
_Static_assert(offsetof(struct tzvmm_abi_record_entry, status) == 31u, "status");

#endif /* TZVMM_ABI_RECORD_H */
