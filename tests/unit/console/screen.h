/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TESTS_SCREEN_H
#define TZVMM_TESTS_SCREEN_H

/* What a user sees and what a log file gets: a sink that keeps every byte and
 * plays a terminal which knows no more than CR, LF and BS. Any other control that
 * reaches it is counted: nothing but those may drive it. */

#include <tzvmm/console.h>
#include <tzvmm/log.h>

#define SCREEN_ROWS 400
#define SCREEN_COLUMNS 1024

struct screen {
	struct tzvmm_sink sink;
	struct tzvmm_sys sys;
	uint64_t now_us;
	size_t room; /* how much the sink still takes */
	char transcript[65536];
	size_t transcript_len;
	char rows[SCREEN_ROWS][SCREEN_COLUMNS];
	unsigned row;
	unsigned column;
	unsigned controls; /* bytes that should never have come */
	unsigned nr_logged;
	char logged[256];
};

/* An empty screen at second 1 that takes everything. */
void screen_init(struct screen *screen);

/* The text of a row, without its prefix of a time. */
const char *screen_text(const struct screen *screen, unsigned row);

#endif /* TZVMM_TESTS_SCREEN_H */
