/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <string.h>

#include <tzvmm/atags.h>

#define WORD sizeof(uint32_t)
#define HEADER 2u /* words: size of the tag in words, type */

#define CORE_PAGE 4096u

/* Words of each tag, header included. */
#define CORE_WORDS (HEADER + 3u)
#define PAIR_WORDS (HEADER + 2u)
#define REVISION_WORDS (HEADER + 1u)

/* The string ends in its last word. */
static size_t cmdline_words(size_t len)
{
	return HEADER + len / WORD + 1u;
}

static bool has_serial(const struct tzvmm_atags *tags)
{
	return (tags->serial[0] | tags->serial[1]) != 0u;
}

static size_t words_of(const struct tzvmm_atags *tags)
{
	size_t nr = CORE_WORDS + HEADER + tags->mem->nr_windows * PAIR_WORDS;

	nr += tags->revision != 0u ? REVISION_WORDS : 0u;
	nr += has_serial(tags) ? PAIR_WORDS : 0u;
	nr += tags->initrd_len != 0u ? PAIR_WORDS : 0u;
	return nr + (tags->cmdline_len != 0u ? cmdline_words(tags->cmdline_len) : 0u);
}

/* A window that ends at 4 GiB is told as well. */
static bool is_32_bit(const struct tzvmm_window *win)
{
	return win->ipa <= UINT32_MAX && win->len <= UINT32_MAX;
}

static uint32_t *put(uint32_t *at, enum tzvmm_atag tag, size_t words)
{
	at[0] = (uint32_t)words;
	at[1] = (uint32_t)tag;
	return at + HEADER;
}

static uint32_t *put_pair(uint32_t *at, enum tzvmm_atag tag, uint32_t first,
			  uint32_t second)
{
	at = put(at, tag, PAIR_WORDS);
	at[0] = first;
	at[1] = second;
	return at + 2;
}

static uint32_t *put_core(uint32_t *at)
{
	at = put(at, TZVMM_ATAG_CORE, CORE_WORDS);
	at[0] = 0; /* the root can be written */
	at[1] = CORE_PAGE;
	at[2] = 0; /* no root device by its number */
	return at + 3;
}

static uint32_t *put_cmdline(uint32_t *at, const char *text, size_t len)
{
	const size_t words = cmdline_words(len);

	at = put(at, TZVMM_ATAG_CMDLINE, words);
	at[words - HEADER - 1u] = 0;
	memcpy(at, text, len);
	return at + (words - HEADER);
}

static void put_all(const struct tzvmm_atags *tags, uint32_t *at)
{
	const struct tzvmm_gmem *mem = tags->mem;

	at = put_core(at);
	for (size_t i = 0; i < mem->nr_windows; i++) {
		at = put_pair(at, TZVMM_ATAG_MEM, (uint32_t)mem->windows[i].len,
			      (uint32_t)mem->windows[i].ipa);
	}
	if (tags->revision != 0u) {
		at = put(at, TZVMM_ATAG_REVISION, REVISION_WORDS);
		*at++ = tags->revision;
	}
	if (has_serial(tags)) {
		at = put_pair(at, TZVMM_ATAG_SERIAL, tags->serial[0],
			      tags->serial[1]);
	}
	if (tags->initrd_len != 0u) {
		at = put_pair(at, TZVMM_ATAG_INITRD2, tags->initrd, tags->initrd_len);
	}
	if (tags->cmdline_len != 0u) {
		at = put_cmdline(at, tags->cmdline, tags->cmdline_len);
	}
	(void)put(at, TZVMM_ATAG_NONE, 0);
}

enum tzvmm_status tzvmm_atags_write(const struct tzvmm_atags *tags, uint32_t *list,
				    size_t len)
{
	for (size_t i = 0; i < tags->mem->nr_windows; i++) {
		if (!is_32_bit(&tags->mem->windows[i])) {
			return TZVMM_E_RANGE;
		}
	}
	if (words_of(tags) > len / WORD) {
		return TZVMM_E_FULL;
	}
	put_all(tags, list);
	return TZVMM_OK;
}
