/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "screen.h"

static void type(struct screen *s, char c)
{
	switch (c) {
	case '\r':
		s->column = 0;
		break;
	case '\n':
		s->row += s->row + 1u < SCREEN_ROWS;
		break;
	case '\b':
		/* Nobody may go back over the prefix. */
		s->controls += s->column <= 23u;
		s->column -= s->column > 0u;
		break;
	default:
		s->controls += ((unsigned char)c < 0x20u && c != '\t') ||
			       (unsigned char)c == 0x7Fu;
		if (((unsigned char)c & 0xC0u) == 0x80u) {
			break; /* the rest of a character: no column */
		}
		if (s->column < SCREEN_COLUMNS - 1u) {
			s->rows[s->row][s->column++] = c;
		}
		break;
	}
}

static size_t screen_write(void *ctx, const char *text, size_t len)
{
	struct screen *s = ctx;
	size_t nr = 0;

	for (; nr < len && s->room > 0u; nr++, s->room--) {
		if (s->transcript_len < sizeof(s->transcript) - 1u) {
			s->transcript[s->transcript_len++] = text[nr];
		}
		type(s, text[nr]);
	}
	return nr;
}

static uint64_t screen_now(void *ctx)
{
	return ((struct screen *)ctx)->now_us;
}

static void screen_log(void *ctx, enum tzvmm_log_level level, const char *text,
		       size_t len)
{
	struct screen *s = ctx;

	(void)level;
	s->nr_logged++;
	memcpy(s->logged, text, len);
	s->logged[len] = '\0';
}

static const struct tzvmm_sink_ops sink_ops = { .write = screen_write };
static const struct tzvmm_sys_ops sys_ops = { .now_us = screen_now,
					      .log = screen_log };

void screen_init(struct screen *screen)
{
	memset(screen, 0, sizeof(*screen));
	screen->sink.ops = &sink_ops;
	screen->sink.ctx = screen;
	screen->sys.ops = &sys_ops;
	screen->sys.ctx = screen;
	screen->now_us = 1000000;
	screen->room = SIZE_MAX;
}

const char *screen_text(const struct screen *screen, unsigned row)
{
	return screen->rows[row] + 23;
}
