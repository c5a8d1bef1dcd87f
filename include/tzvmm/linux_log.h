/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_LINUX_LOG_H
#define TZVMM_LINUX_LOG_H

/** @file
 * A guest's kernel log, read from its memory: that of Linux 5.10 and later on a
 * 32-bit little-endian CPU. The kernel says itself where it is, in a page named
 * vmcoreinfo that is there for crash dumps (CONFIG_CRASH_CORE, which CONFIG_KEXEC
 * selects). All of it is what the guest wrote: it can lie, and gets what it wrote. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/gmem.h>
#include <tzvmm/status.h>

/** Bytes of vmcoreinfo, a page. */
#define TZVMM_LINUX_PAGE 4096u
/** Longest text of a record that is read, with its NUL; the rest is left out. */
#define TZVMM_LINUX_LOG_TEXT 128u

/** How the guest sees its memory. */
struct tzvmm_linux_mem {
	const struct tzvmm_gmem *ram; /**< Its RAM; borrowed. */
	/** Where a kernel address is: false if nowhere. Valid for its 4 KiB. */
	bool (*translate)(void *ctx, uint32_t va, uint64_t *ipa);
	void *ctx; /**< Handed to translate. */
};

/** @cond PRIVATE */
enum tzvmm_linux_key {
	TZVMM_LINUX_PRB,
	TZVMM_LINUX_LONG,
	TZVMM_LINUX_DESC_RING,
	TZVMM_LINUX_DATA_RING,
	TZVMM_LINUX_COUNT_BITS,
	TZVMM_LINUX_DESCS,
	TZVMM_LINUX_INFOS,
	TZVMM_LINUX_HEAD_ID,
	TZVMM_LINUX_TAIL_ID,
	TZVMM_LINUX_DESC_SIZE,
	TZVMM_LINUX_DESC_STATE,
	TZVMM_LINUX_DESC_LPOS,
	TZVMM_LINUX_LPOS_BEGIN,
	TZVMM_LINUX_LPOS_NEXT,
	TZVMM_LINUX_INFO_SIZE,
	TZVMM_LINUX_INFO_TIME,
	TZVMM_LINUX_INFO_LEN,
	TZVMM_LINUX_SIZE_BITS,
	TZVMM_LINUX_DATA,
	TZVMM_LINUX_NR_KEYS,
};
/** @endcond */

/** A guest's log. Memory of the embedding code. */
struct tzvmm_linux_log {
	/** @cond PRIVATE */
	struct tzvmm_linux_mem mem;
	size_t window; /* where the search goes on */
	uint64_t offset;
	bool found;
	uint32_t keys[TZVMM_LINUX_NR_KEYS];
	uint32_t desc_ring; /* addresses of the guest's kernel */
	uint32_t descs;
	uint32_t infos;
	uint32_t data;
	uint32_t desc_mask;
	uint32_t data_bits;
	char page[TZVMM_LINUX_PAGE + 1u]; /* a copy, with a NUL */

	/** @endcond */
};

/** A record of it. */
struct tzvmm_linux_record {
	uint64_t time_ns; /**< The kernel's clock. */
	uint32_t len;     /**< Bytes of text. */
	/** Any bytes, as the guest wrote them; line feeds too. With a NUL. */
	char text[TZVMM_LINUX_LOG_TEXT];
};

/** Start to search.
 *
 * @param log Caller's memory.
 * @param mem The guest's memory; copied. */
void tzvmm_linux_log_init(struct tzvmm_linux_log *log,
			  const struct tzvmm_linux_mem *mem);

/** Search for it in some pages.
 *
 * @param log      Initialised.
 * @param nr_pages How many at most.
 * @retval TZVMM_OK      Found, now or before.
 * @retval TZVMM_E_BUSY  Not yet; call again.
 * @retval TZVMM_E_EMPTY It is nowhere. The next call starts over.
 * @note Time: one word of each page. A page that looks like the one ends the call:
 * at worst, of line feeds alone, it takes half a million instructions. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_linux_log_find(struct tzvmm_linux_log *log,
						       uint32_t nr_pages);

/** Point before its last records.
 *
 * @param log    Found; else TZVMM_E_EMPTY.
 * @param cursor Set, for tzvmm_linux_log_next().
 * @param nr     How many records at most; 0 is after the last one.
 * @retval TZVMM_OK      Done.
 * @retval TZVMM_E_EMPTY There is none.
 * @retval TZVMM_E_GUEST It makes no sense any more: it has to be found again. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_linux_log_tail(struct tzvmm_linux_log *log, uint32_t *cursor, uint32_t nr);

/** Read a record. The guest may run meanwhile: what it overwrites is left out.
 *
 * @param log    Found; else TZVMM_E_EMPTY.
 * @param cursor Of tzvmm_linux_log_tail(); moved on.
 * @param record Filled on success.
 * @retval TZVMM_OK      @p record is the next one.
 * @retval TZVMM_E_BUSY  The next one cannot be read; the one behind it may.
 * @retval TZVMM_E_EMPTY There is none (yet).
 * @retval TZVMM_E_GUEST As of tzvmm_linux_log_tail().
 * @note Time: at most 12 translations, and the copy of the text. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_linux_log_next(struct tzvmm_linux_log *log, uint32_t *cursor,
		     struct tzvmm_linux_record *record);

/** Whether it is the record with which a kernel stops for good.
 *
 * @param record Any.
 * @return true if so. */
bool tzvmm_linux_log_is_panic(const struct tzvmm_linux_record *record);

#endif /* TZVMM_LINUX_LOG_H */
