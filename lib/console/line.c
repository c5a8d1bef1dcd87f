/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "internal.h"

static bool is_first_byte(char c)
{
	return ((uint8_t)c & 0xC0u) != 0x80u;
}

unsigned tzvmm_line_cells(const char *text, unsigned len)
{
	unsigned cells = 0;

	while (len-- > 0u) {
		cells += is_first_byte(*text++);
	}
	return cells;
}

unsigned tzvmm_line_next(const struct tzvmm_line *line, unsigned at)
{
	do {
		at++;
	} while (at < line->len && !is_first_byte(line->text[at]));
	return at < line->len ? at : line->len;
}

unsigned tzvmm_line_prev(const struct tzvmm_line *line, unsigned at)
{
	while (at > 0u && !is_first_byte(line->text[--at])) {
	}
	return at;
}

bool tzvmm_line_splice(struct tzvmm_line *line, unsigned at, unsigned gone,
		       const char *text, unsigned len)
{
	const unsigned rest = line->len - at - gone;

	if (at + len + rest > sizeof(line->text)) {
		return false;
	}
	memmove(line->text + at + len, line->text + at + gone, rest);
	memcpy(line->text + at, text, len);
	line->len = (uint16_t)(at + len + rest);
	if (at < line->changed) {
		line->changed = (uint16_t)at;
	}
	return true;
}
