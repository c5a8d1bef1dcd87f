/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_CRYPT_H
#define TZVMM_CRYPT_H

/** @file
 * A block device that keeps its content encrypted on another one.
 *
 * Sectors go through a bounded pool of secure buffers: a write is encrypted from
 * the client's pieces into a buffer and written from there; a read goes from the
 * card to a buffer and is decrypted from there into the client's pieces. That is
 * one pass over each byte; only a sector that lies in more than one piece is
 * copied as well. Requests larger than a buffer are split, and their parts are on
 * their way together: while one is at the card, the next is encrypted.
 *
 * Between calls the buffers hold ciphertext and nothing else. Pieces may be
 * memory that a guest changes meanwhile; that changes what the guest's own
 * sectors hold, and nothing else. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/blk.h>
#include <tzvmm/status.h>

/** Alignment of a pool's buffers: they share no cache line with anything. */
#define TZVMM_CRYPT_ALIGN 64u

/** A cipher for whole sectors, each by itself under its number. */
struct tzvmm_cipher_ops {
	/** Encrypt sectors.
	 *
	 * @p in and @p out are the same or do not overlap, and have any alignment.
	 * @p in may change during the call.
	 *
	 * Parameters: ctx, the number of the first sector, from where, to where,
	 * how many sectors. Any status but TZVMM_OK fails the request with
	 * TZVMM_E_IO, and nothing of @p out is used. */
	enum tzvmm_status (*encrypt)(void *ctx, uint64_t sector, const uint8_t *in,
				     uint8_t *out, uint32_t nr_sectors);
	/** Decrypt sectors; as encrypt. @p out may be a guest's memory, who sees
	 * every value that is ever in it: nothing but plaintext is put there, and
	 * it is not read. */
	enum tzvmm_status (*decrypt)(void *ctx, uint64_t sector, const uint8_t *in,
				     uint8_t *out, uint32_t nr_sectors);
};

/** A cipher with its key. */
struct tzvmm_cipher {
	const struct tzvmm_cipher_ops *ops; /**< Required. */
	void *ctx;                          /**< The implementation's. */
};

/** A place of a request's pieces. */
struct tzvmm_crypt_place {
	/** @cond PRIVATE */
	uint32_t piece;
	uint32_t offset; /* less than the piece's length */

	/** @endcond */
};

/** What a buffer of the pool is used for. */
struct tzvmm_crypt_slot {
	/** @cond PRIVATE */
	struct tzvmm_blk_req part; /* first: done() casts back */
	struct tzvmm_sg sg;        /* the buffer */
	struct tzvmm_blk_req *req; /* whose part this is; NULL: free */
	uint64_t number;           /* first sector; part's own may change */
	struct tzvmm_crypt_place place;
	enum tzvmm_status status; /* of parts of req that ended before */

	/** @endcond */
};

/** What to make a device of. Everything is borrowed and outlives it. */
struct tzvmm_crypt_setup {
	const struct tzvmm_blkdev *parent; /**< Where the ciphertext is. */
	struct tzvmm_cipher cipher;        /**< Sector 0 is the parent's. */
	struct tzvmm_crypt_slot *slots;    /**< nr_slots places. */
	uint32_t nr_slots;                 /**< Parts on their way at a time, at
					    * least 1. 2 keep card and CPU busy at
					    * the same time. */
	uint8_t *buffers;    /**< nr_slots x buffer_len bytes of secure
			      * memory, aligned to TZVMM_CRYPT_ALIGN
			      * and to the parent's sg_align, that
			      * the parent can address. */
	uint32_t buffer_len; /**< Multiple of TZVMM_SECTOR_LEN. More
			      * than the parent's max_sectors are
			      * no use. */
};

/** Counters; they wrap. */
struct tzvmm_crypt_stats {
	uint32_t requests; /**< Reads and writes, refused ones too. */
	uint32_t parts;    /**< Parts that the parent took. */
	uint32_t copied;   /**< Sectors that lay in more than one piece. */
	uint32_t waited;   /**< Requests that waited for others. */
	uint32_t stalled;  /**< Times that the parent was full. */
	uint32_t failed;   /**< Requests that were taken and failed. */
};

/** A block device with a cipher. */
struct tzvmm_crypt {
	struct tzvmm_blkdev dev; /**< What clients use. As large as the parent,
				  * with requests of up to 4 GiB in pieces of any
				  * number and alignment. */
	/** @cond PRIVATE */
	const struct tzvmm_blkdev *parent;
	struct tzvmm_cipher cipher;
	struct tzvmm_crypt_slot *slots;
	uint32_t nr_slots;
	uint32_t buffer_len;
	uint32_t part_sectors;          /* of the largest part */
	struct tzvmm_crypt_slot *free;  /* linked by part.next */
	struct tzvmm_crypt_slot *ready; /* of head; the parent was full */
	struct tzvmm_blk_req *head;     /* being split, then those that wait */
	struct tzvmm_blk_req *tail;
	uint32_t nr_split;              /* sectors of head that have a slot */
	struct tzvmm_crypt_place place; /* where they end */
	struct tzvmm_crypt_stats stats;

	/** @endcond */
};

/** Make an encrypted device.
 *
 * A flush goes straight to the parent: what the client has been told is complete
 * has been completed by the parent before. Other requests are always taken, and
 * wait inside if there is no buffer or the parent is full, unless the parent or
 * the cipher refuses their first part: then its status is submit's.
 *
 * @param crypt Caller's memory; must not move.
 * @param setup What of.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL A member is missing, or the buffers are of a size or at an
 *                       address that cannot be used.
 * @note Context: clients' done() is called from the parent's done(), and from
 *       tzvmm_crypt_run().
 * @note Time: submit and the parent's done() run the cipher over up to all of the
 *       buffers. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_crypt_init(struct tzvmm_crypt *crypt, const struct tzvmm_crypt_setup *setup);

/** Try again what the parent had no room for. The device does it itself whenever
 * one of its own parts completes; if the parent can be full of the requests of
 * others, call this once after each run of the parent's interrupt handler, before
 * the clients' own go on. Costs little when there is nothing to do.
 *
 * @param crypt Device.
 * @note Context: as that handler; calls done(). */
void tzvmm_crypt_run(struct tzvmm_crypt *crypt);

/** Whether requests are on their way or wait. Flushes do not count.
 *
 * @param crypt Device.
 * @return true if there are some. */
bool tzvmm_crypt_busy(const struct tzvmm_crypt *crypt);

/** Fill the buffers with zeros. The key is the cipher's, who wipes it.
 *
 * @param crypt Device.
 * @retval TZVMM_OK     Done.
 * @retval TZVMM_E_BUSY Requests are on their way; nothing changed. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_crypt_wipe(struct tzvmm_crypt *crypt);

/** What happened so far.
 *
 * @param crypt Device.
 * @return Its counters. */
static inline const struct tzvmm_crypt_stats *
tzvmm_crypt_stats(const struct tzvmm_crypt *crypt)
{
	return &crypt->stats;
}

#endif /* TZVMM_CRYPT_H */
