/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/log.h>

#include "internal.h"

/* Columns of a prefix: "[", 5 + 1 + 6 of the time, " ", name, "] ". */
#define TIME_LEN 14u
#define PREFIX_LEN (TIME_LEN + TZVMM_MUX_NAME_LEN + 2u)

/* What ends an unfinished line when another source speaks. */
#define BROKEN "\\\r\n"

/* What one byte can add to a line: something pending that turns out to be
 * unknown, every byte of it four characters. */
#define MOST_ADDED (4u * (sizeof(((struct tzvmm_mux_source *)0)->pending) + 3u))

/* Room for all that one byte can bring: a line redrawn in the worst way (back,
 * text and blanks, back) or broken off and another one written, ended, and the
 * next one as far as the byte fills it. */
#define ROOM (4u * TZVMM_MUX_LINE + 2u * PREFIX_LEN + MOST_ADDED + 8u)

/* How long an unfinished line waits before it is shown. */
#define IDLE_US 50000u

#define SECOND_US 1000000u

_Static_assert(TZVMM_MUX_MIN_RING >= 3u * ROOM, "room for guests and for others");

static uint32_t room(const struct tzvmm_mux *mux)
{
	return mux->ring_mask + 1u - (mux->head - mux->tail);
}

static void put(struct tzvmm_mux *mux, const char *text, size_t len)
{
	while (len-- > 0u) {
		mux->ring[mux->head++ & mux->ring_mask] = *text++;
	}
}

static void put_repeated(struct tzvmm_mux *mux, char c, unsigned nr)
{
	while (nr-- > 0u) {
		put(mux, &c, 1);
	}
}

bool tzvmm_mux_pump(struct tzvmm_mux *mux)
{
	while (mux->head != mux->tail) {
		const uint32_t at = mux->tail & mux->ring_mask;
		const uint32_t to_end = mux->ring_mask + 1u - at;
		const uint32_t all = mux->head - mux->tail;
		const uint32_t len = all < to_end ? all : to_end;
		const size_t taken =
			mux->sink->ops->write(mux->sink->ctx, mux->ring + at, len);

		mux->tail += (uint32_t)taken;
		if (taken < len) {
			return true;
		}
	}
	return false;
}

/* Seconds and microseconds of a time, without division: on from the second that
 * was printed last, in steps of powers of two. */
static uint32_t split_time(struct tzvmm_mux *mux, uint64_t us, uint32_t *rest_us)
{
	uint64_t rest;
	unsigned shift = 0;

	if (us < mux->second_us) { /* a line that began before another one */
		mux->second_us = 0;
		mux->second = 0;
	}
	rest = us - mux->second_us;
	while (rest >> shift >= 2u * SECOND_US) {
		shift++;
	}
	for (;; shift--) {
		if (rest >= (uint64_t)SECOND_US << shift) {
			rest -= (uint64_t)SECOND_US << shift;
			mux->second += (uint32_t)(UINT64_C(1) << shift);
		}
		if (shift == 0u) {
			break;
		}
	}
	mux->second_us = us - rest;
	*rest_us = (uint32_t)rest;
	return mux->second;
}

static void put_prefix(struct tzvmm_mux_source *source)
{
	struct tzvmm_mux *mux = source->mux;
	const char *name = source->config->name;
	char time[32];
	uint32_t us;
	const uint32_t s = split_time(mux, source->line_us, &us);

	put(mux, time,
	    tzvmm_format(time, sizeof(time), "[%5u.%06u ", (unsigned)s, (unsigned)us));
	for (unsigned i = 0; i < TZVMM_MUX_NAME_LEN; i++) {
		put(mux, *name == '\0' ? " " : name++, 1);
	}
	put(mux, source->continued ? "]+" : "] ", 2);
}

/* Leave an unfinished line. One that has the focus wants to be seen again; of
 * the others the whole line comes when it ends, or else two of them would take
 * turns for ever. */
static void break_open(struct tzvmm_mux *mux)
{
	if (mux->open == NULL) {
		return;
	}
	put(mux, BROKEN, sizeof(BROKEN) - 1u);
	mux->open->show = mux->open == mux->focus;
	mux->open = NULL;
}

static void go_back(struct tzvmm_mux *mux, unsigned from, unsigned to)
{
	put_repeated(mux, '\b', from - to);
}

static void show_afresh(struct tzvmm_mux_source *source)
{
	break_open(source->mux);
	put_prefix(source);
	put(source->mux, source->line.text, source->line.len);
	source->mux->open = source;
	source->edited = false;
	source->shown_cells =
		(uint16_t)tzvmm_line_cells(source->line.text, source->line.len);
	source->shown_cursor = source->shown_cells;
}

/* The common change: something was written at the end. */
static bool show_appended(struct tzvmm_mux_source *source)
{
	const struct tzvmm_line *line = &source->line;
	const char *added = line->text + line->changed;

	if (line->changed != source->shown_len ||
	    source->shown_cursor != source->shown_cells) {
		return false;
	}
	put(source->mux, added, (size_t)line->len - line->changed);
	source->shown_cells += (uint16_t)tzvmm_line_cells(
		added, (unsigned)line->len - line->changed);
	source->shown_cursor = source->shown_cells;
	return true;
}

/* Write again what changed, blanks over what is gone. */
static void show_change(struct tzvmm_mux_source *source)
{
	struct tzvmm_mux *mux = source->mux;
	const struct tzvmm_line *line = &source->line;
	const unsigned changed =
		line->changed < line->len ? line->changed : line->len;
	unsigned from = changed;
	unsigned cells = tzvmm_line_cells(line->text, changed);

	if (source->shown_cursor > cells) {
		go_back(mux, source->shown_cursor, cells);
	}
	for (; cells > source->shown_cursor; cells--) {
		from = tzvmm_line_prev(line, from);
	}
	put(mux, line->text + from, line->len - from);
	cells += tzvmm_line_cells(line->text + from, line->len - from);
	if (cells < source->shown_cells) {
		put_repeated(mux, ' ', source->shown_cells - cells);
		go_back(mux, source->shown_cells, cells);
	}
	source->shown_cells = (uint16_t)cells;
	source->shown_cursor = (uint16_t)cells;
	source->edited = true;
}

/* Bring the terminal up to date with a source's line. There is room. */
static void show(struct tzvmm_mux_source *source)
{
	struct tzvmm_line *line = &source->line;
	unsigned cursor;

	if (source->mux->open != source) {
		show_afresh(source);
	} else if (!show_appended(source)) {
		show_change(source);
	}
	cursor = source->shown_cells -
		 tzvmm_line_cells(line->text + line->cursor,
				  (unsigned)line->len - line->cursor);
	go_back(source->mux, source->shown_cursor, cursor);
	source->shown_cursor = (uint16_t)cursor;
	line->changed = line->len;
	source->shown_len = line->len;
	source->show = false;
}

/* Write the line on the terminal once more, from its start: so that a line that
 * was edited also stands in a transcript as it came out. */
static void show_over(struct tzvmm_mux_source *source)
{
	const struct tzvmm_line *line = &source->line;
	const unsigned cells = tzvmm_line_cells(line->text, line->len);

	put(source->mux, "\r", 1);
	put_prefix(source);
	put(source->mux, line->text, line->len);
	if (cells < source->shown_cells) {
		put_repeated(source->mux, ' ', source->shown_cells - cells);
	}
}

void tzvmm_mux_end_line(struct tzvmm_mux_source *source, bool continued)
{
	if (source->mux->open != source) {
		show_afresh(source);
	} else if (source->edited || !show_appended(source)) {
		show_over(source);
	}
	put(source->mux, "\r\n", 2);
	source->mux->open = NULL;
	source->line.len = 0;
	source->line.cursor = 0;
	source->line.changed = 0;
	source->line_us = source->last_us;
	source->continued = continued;
	source->edited = false;
	source->show = false;
}

/* Guests leave room for a line of the others. */
static uint32_t room_needed(const struct tzvmm_mux_source *source)
{
	return source->config->guest ? 2u * ROOM : ROOM;
}

static bool may_take(const struct tzvmm_mux_source *source, char c)
{
	if (c != '\n' && source->line.len + MOST_ADDED <= TZVMM_MUX_LINE) {
		return true; /* it cannot end the line */
	}
	return room(source->mux) >= room_needed(source);
}

static uint64_t now_us(const struct tzvmm_mux *mux)
{
	return mux->sys->ops->now_us(mux->sys->ctx);
}

static size_t take(struct tzvmm_mux_source *source, uint64_t now, const char *text,
		   size_t len)
{
	size_t taken = 0;

	source->last_us = now;
	while (taken < len && may_take(source, text[taken])) {
		if (source->line.len == 0u) {
			source->line_us = source->last_us;
		}
		tzvmm_mux_interpret(source, (uint8_t)text[taken++]);
	}
	return taken;
}

static void refill(struct tzvmm_mux_source *source, uint64_t now)
{
	const uint64_t passed = now - source->refilled_us;
	const uint32_t missing = source->config->burst_us - source->budget_us;

	source->refilled_us = now;
	source->budget_us += passed < missing ? (uint32_t)passed : missing;
}

/* How many of len bytes the rate allows now. */
static size_t allowed(struct tzvmm_mux_source *source, size_t len)
{
	const uint32_t cost = source->config->us_per_byte;
	uint32_t budget = source->budget_us;
	size_t nr = 0;

	while (nr < len && budget >= cost) {
		budget -= cost;
		nr++;
	}
	return nr;
}

static bool has_unshown(const struct tzvmm_mux_source *source)
{
	return source->show && (source->line.len > 0u || source->mux->open == source);
}

/* Show an unfinished line: of the focus at once, of others after a while. */
static void show_if_due(struct tzvmm_mux_source *source, uint64_t now)
{
	struct tzvmm_mux *mux = source->mux;

	if (has_unshown(source) &&
	    (mux->focus == source || now - source->last_us >= IDLE_US) &&
	    room(mux) >= room_needed(source)) {
		show(source);
	}
}

size_t tzvmm_mux_write(struct tzvmm_mux_source *source, const char *text, size_t len)
{
	struct tzvmm_mux *mux = source->mux;
	const uint64_t now = now_us(mux);
	size_t taken;

	(void)tzvmm_mux_pump(mux);
	refill(source, now);
	taken = take(source, now, text, allowed(source, len));
	source->budget_us -= (uint32_t)taken * source->config->us_per_byte;
	if (mux->focus == source) {
		show_if_due(source, now);
	}
	(void)tzvmm_mux_pump(mux);
	return taken;
}

/* Take a whole line, or as much of it as there is room for. */
static bool take_line(struct tzvmm_mux_source *source, const char *text, size_t len)
{
	const uint64_t now = now_us(source->mux);

	/* Something unfinished of its own is not this line's start. */
	if (source->line.len > 0u && take(source, now, "\n", 1) == 0u) {
		return false;
	}
	return room(source->mux) >= room_needed(source) &&
	       take(source, now, text, len) == len &&
	       take(source, now, "\n", 1) == 1u;
}

/* Say how many lines are missing, as soon as there is room for that. */
static void tell_lost(struct tzvmm_mux_source *source)
{
	char text[40];
	size_t len;

	if (source->lost > 0u && room(source->mux) >= room_needed(source)) {
		len = tzvmm_format(text, sizeof(text), "(%u lines lost)",
				   (unsigned)source->lost);
		if (take_line(source, text, len)) {
			source->lost = 0;
		}
	}
}

void tzvmm_mux_line(struct tzvmm_mux_source *source, const char *text, size_t len)
{
	(void)tzvmm_mux_pump(source->mux);
	tell_lost(source);
	if (source->lost > 0u || !take_line(source, text, len)) {
		source->lost += source->lost < UINT32_MAX;
	}
	(void)tzvmm_mux_pump(source->mux);
}

void tzvmm_mux_print(struct tzvmm_mux_source *source, const char *fmt, ...)
{
	char line[TZVMM_LOG_LINE];
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = tzvmm_vformat(line, sizeof(line), fmt, args);
	va_end(args);
	tzvmm_mux_line(source, line, len);
}

void tzvmm_mux_tick(struct tzvmm_mux *mux)
{
	const uint64_t now = now_us(mux);

	(void)tzvmm_mux_pump(mux);
	for (struct tzvmm_mux_source *s = mux->sources; s != NULL; s = s->next) {
		tell_lost(s);
		if (s != mux->focus) {
			show_if_due(s, now);
		}
	}
	/* The one that is typed to comes last: the cursor stays with it. */
	if (mux->focus != NULL) {
		show_if_due(mux->focus, now);
	}
	(void)tzvmm_mux_pump(mux);
}

bool tzvmm_mux_waits(const struct tzvmm_mux *mux)
{
	for (const struct tzvmm_mux_source *s = mux->sources; s != NULL; s = s->next) {
		if (has_unshown(s) || s->lost > 0u) {
			return true;
		}
	}
	return mux->head != mux->tail;
}

void tzvmm_mux_focus(struct tzvmm_mux *mux, struct tzvmm_mux_source *source)
{
	mux->focus = source;
	if (source != NULL && source != mux->open && source->line.len > 0u) {
		source->show = true; /* by the next tick */
	}
}

enum tzvmm_status tzvmm_mux_init(struct tzvmm_mux *mux, const struct tzvmm_sys *sys,
				 const struct tzvmm_sink *sink, char *ring,
				 size_t ring_len)
{
	if (mux == NULL || sys == NULL || sink == NULL || sink->ops == NULL ||
	    sink->ops->write == NULL || ring == NULL ||
	    ring_len < TZVMM_MUX_MIN_RING || ring_len > INT32_MAX ||
	    (ring_len & (ring_len - 1u)) != 0u) {
		return TZVMM_E_INVAL;
	}
	*mux = (struct tzvmm_mux){
		.sys = sys,
		.sink = sink,
		.ring = ring,
		.ring_mask = (uint32_t)ring_len - 1u,
	};
	return TZVMM_OK;
}

static bool is_name(const char *name)
{
	unsigned len = 0;

	while (name != NULL && len <= TZVMM_MUX_NAME_LEN && name[len] != '\0') {
		len++;
	}
	return len > 0u && len <= TZVMM_MUX_NAME_LEN;
}

enum tzvmm_status tzvmm_mux_add(struct tzvmm_mux_source *source,
				struct tzvmm_mux *mux,
				const struct tzvmm_mux_source_config *config)
{
	if (!is_name(config->name) || config->burst_us < config->us_per_byte) {
		return TZVMM_E_INVAL;
	}
	memset(source, 0, sizeof(*source));
	source->mux = mux;
	source->config = config;
	source->budget_us = config->burst_us;
	source->next = mux->sources;
	mux->sources = source;
	return TZVMM_OK;
}
