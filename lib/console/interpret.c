/* SPDX-License-Identifier: BSD-2-Clause */
/* What a source's bytes do to its line; see tzvmm/console.h for what may. */
#include <string.h>

#include "internal.h"

#define BEL 0x07u
#define BS 0x08u
#define LF 0x0Au
#define CR 0x0Du
#define SI 0x0Fu
#define ESC 0x1Bu

/* Carriage returns that may stand before a line feed: a terminal in raw mode
 * that is fed CR LF makes two of them. */
#define MAX_CR 2u

/* Largest count in a sequence that makes a difference. */
#define MAX_COUNT TZVMM_MUX_LINE

static bool is_editing(const struct tzvmm_mux_source *source)
{
	return source->config->interactive && source->mux->focus == source;
}

/* Write one character at the cursor, over what is there. */
static void put_char(struct tzvmm_mux_source *source, const char *text, unsigned len)
{
	struct tzvmm_line *line = &source->line;
	unsigned gone = 0;

	if (line->cursor < line->len) {
		gone = tzvmm_line_next(line, line->cursor) - line->cursor;
	}
	if (!tzvmm_line_splice(line, line->cursor, gone, text, len)) {
		tzvmm_mux_end_line(source, true);
		(void)tzvmm_line_splice(line, 0, 0, text, len); /* it is empty */
	}
	line->cursor = (uint16_t)(line->cursor + len);
	source->show = true;
}

static void put_escaped(struct tzvmm_mux_source *source, uint8_t byte)
{
	const char digits[] = "0123456789abcdef";
	const char text[] = { '\\', 'x', digits[byte >> 4], digits[byte & 15u] };

	for (unsigned i = 0; i < sizeof(text); i++) {
		put_char(source, &text[i], 1);
	}
}

static void put_byte(struct tzvmm_mux_source *source, uint8_t byte)
{
	const char c = (char)byte;

	if ((byte >= 0x20u && byte < 0x7Fu) || c == '\t') {
		put_char(source, &c, 1);
	} else {
		put_escaped(source, byte);
	}
}

/* What was pending has turned out to be nothing that is known: show it. */
static void put_pending(struct tzvmm_mux_source *source)
{
	for (unsigned i = 0; i < source->nr_pending; i++) {
		put_byte(source, source->pending[i]);
	}
	source->nr_pending = 0;
}

/* Length of the UTF-8 sequence that a byte starts; 0 if it starts none. C0, C1
 * and F5 .. FF never stand in well-formed text. */
static unsigned utf8_len(uint8_t first)
{
	if (first >= 0xC2u && first <= 0xDFu) {
		return 2;
	}
	if ((first & 0xF0u) == 0xE0u) {
		return 3;
	}
	return first >= 0xF0u && first <= 0xF4u ? 4 : 0;
}

static uint32_t utf8_decode(const uint8_t *bytes, unsigned len)
{
	uint32_t code = bytes[0] & (0xFFu >> (len + 1u));

	for (unsigned i = 1; i < len; i++) {
		code = code << 6 | (bytes[i] & 0x3Fu);
	}
	return code;
}

/* Whether a character may reach the terminal: no C1 control, no overlong form or
 * surrogate, nothing that breaks lines or turns the direction of writing. */
static bool is_harmless(uint32_t code, unsigned len)
{
	static const uint32_t least[] = { 0xA0, 0x800, 0x10000 };

	return code >= least[len - 2u] && code <= 0x10FFFFu &&
	       (code < 0xD800u || code > 0xDFFFu) &&
	       (code < 0x200Eu || code > 0x200Fu) &&
	       (code < 0x2028u || code > 0x202Eu) &&
	       (code < 0x2066u || code > 0x2069u) && code != 0x61Cu &&
	       code != 0xFEFFu;
}

static void take_utf8(struct tzvmm_mux_source *source, uint8_t byte)
{
	const unsigned len = utf8_len(source->pending[0]);

	source->pending[source->nr_pending++] = byte;
	if (source->nr_pending < len) {
		return;
	}
	if (is_harmless(utf8_decode(source->pending, len), len)) {
		put_char(source, (const char *)source->pending, len);
		source->nr_pending = 0;
	} else {
		put_pending(source);
	}
}

static void move(struct tzvmm_line *line, unsigned count, bool right)
{
	unsigned at = line->cursor;

	while (count-- > 0u) {
		at = right ? tzvmm_line_next(line, at) : tzvmm_line_prev(line, at);
	}
	line->cursor = (uint16_t)at;
}

static void delete_chars(struct tzvmm_line *line, unsigned count)
{
	unsigned end = line->cursor;

	while (count-- > 0u) {
		end = tzvmm_line_next(line, end);
	}
	(void)tzvmm_line_splice(line, line->cursor, end - line->cursor, "", 0);
}

/* What does not fit is not inserted: a terminal loses it as well. All at once: one
 * by one, six bytes of a guest would move the line 256 times. */
static void insert_blanks(struct tzvmm_line *line, unsigned count)
{
	const unsigned room = (unsigned)sizeof(line->text) - line->len;
	char blanks[TZVMM_MUX_LINE];

	count = count < room ? count : room;
	memset(blanks, ' ', count);
	(void)tzvmm_line_splice(line, line->cursor, 0, blanks, count);
}

static void erase(struct tzvmm_line *line, unsigned what)
{
	if (what == 2u) {
		line->cursor = 0; /* all of it: as if it had not been */
	}
	(void)tzvmm_line_splice(line, line->cursor,
				(unsigned)line->len - line->cursor, "", 0);
}

/* The number in a sequence, or that which stands for none. */
static unsigned count_in(const struct tzvmm_mux_source *source, unsigned none)
{
	unsigned count = 0;

	for (unsigned i = 2; i + 1u < source->nr_pending; i++) {
		const unsigned digit = source->pending[i] - (unsigned)'0';

		if (digit > 9u) {
			return MAX_COUNT + 1u; /* a list, or a private one */
		}
		count = count * 10u + digit;
		count = count > MAX_COUNT ? MAX_COUNT : count;
	}
	return source->nr_pending > 3u ? count : none;
}

/* Act on a complete sequence: pending is CSI, parameters, a final byte. */
static bool edit(struct tzvmm_mux_source *source)
{
	struct tzvmm_line *line = &source->line;
	const char final = (char)source->pending[source->nr_pending - 1u];
	const unsigned count = count_in(source, 1);

	if (final == 'm' || final == 'h' || final == 'l') {
		return true; /* colours and modes: nothing to do */
	}
	if (count > MAX_COUNT) {
		return false;
	}
	switch (final) {
	case 'C':
		move(line, count, true);
		return true;
	case 'D':
		move(line, count, false);
		return true;
	case 'G':
		line->cursor = 0;
		move(line, count > 0u ? count - 1u : 0u, true);
		return true;
	case 'P':
		delete_chars(line, count);
		return true;
	case '@':
		insert_blanks(line, count);
		return true;
	case 'J':
	case 'K':
		if (count_in(source, 0) == 1u) {
			return false; /* up to the cursor: nobody's editor */
		}
		erase(line, count_in(source, 0));
		return true;
	default:
		return false;
	}
}

/* A byte of a sequence that began with ESC. */
static void take_sequence(struct tzvmm_mux_source *source, uint8_t byte)
{
	source->pending[source->nr_pending++] = byte;
	if (source->nr_pending == 2u && byte == '[') {
		return;
	}
	if (source->nr_pending > 2u && byte >= 0x40u) {
		if (edit(source)) {
			source->nr_pending = 0;
			source->show = true;
			return;
		}
	} else if (source->nr_pending > 2u &&
		   source->nr_pending < sizeof(source->pending)) {
		return;
	}
	put_pending(source);
}

/* Controls that only one who edits may use; false if it is none. */
static bool take_edit_control(struct tzvmm_mux_source *source, uint8_t byte)
{
	switch (byte) {
	case BEL:
	case SI:
		return true;
	case BS:
		move(&source->line, 1, false);
		source->show = true;
		return true;
	case CR:
		source->nr_cr = 1; /* until it is known what follows */
		return true;
	case ESC:
		source->pending[source->nr_pending++] = byte;
		return true;
	default:
		return false;
	}
}

/* Carriage returns before a line feed belong to it; others are shown. */
static void put_cr(struct tzvmm_mux_source *source)
{
	for (; source->nr_cr > 0u; source->nr_cr--) {
		put_escaped(source, CR);
	}
}

static void take_first(struct tzvmm_mux_source *source, uint8_t byte)
{
	if (byte == LF) {
		source->nr_cr = 0;
		tzvmm_mux_end_line(source, false);
		return;
	}
	if (is_editing(source) && take_edit_control(source, byte)) {
		return;
	}
	if (byte == CR && source->nr_cr < MAX_CR) {
		source->nr_cr++;
		return;
	}
	put_cr(source);
	if (utf8_len(byte) > 0u) {
		source->pending[source->nr_pending++] = byte;
	} else {
		put_byte(source, byte);
	}
}

void tzvmm_mux_interpret(struct tzvmm_mux_source *source, uint8_t byte)
{
	if (!is_editing(source)) {
		source->line.cursor = source->line.len;
	} else if (source->nr_cr > 0u && byte != LF) {
		source->nr_cr = 0;
		source->line.cursor = 0;
		source->show = true;
	}
	if (source->nr_pending > 0u) {
		const bool sequence = source->pending[0] == ESC;

		if (sequence && is_editing(source) && byte >= 0x20u && byte < 0x7Fu) {
			take_sequence(source, byte);
			return;
		}
		if (!sequence && (byte & 0xC0u) == 0x80u) {
			take_utf8(source, byte);
			return;
		}
		put_pending(source);
	}
	take_first(source, byte);
}
