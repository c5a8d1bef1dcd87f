/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_CONSOLE_INTERNAL_H
#define TZVMM_CONSOLE_INTERNAL_H

/* What the files of the mux tell each other. */

#include <tzvmm/console.h>

/* Columns that len bytes of whole characters take. */
unsigned tzvmm_line_cells(const char *text, unsigned len);

/* Where the character after (before) the one at offset at begins; the line's end
 * (start) if there is none. */
unsigned tzvmm_line_next(const struct tzvmm_line *line, unsigned at);
unsigned tzvmm_line_prev(const struct tzvmm_line *line, unsigned at);

/* Replace gone bytes at offset at by len bytes of text; false if that does not
 * fit, and nothing changed. The cursor stays at its offset. */
bool tzvmm_line_splice(struct tzvmm_line *line, unsigned at, unsigned gone,
		       const char *text, unsigned len);

/* Take one byte of a source apart, and act on its line. */
void tzvmm_mux_interpret(struct tzvmm_mux_source *source, uint8_t byte);

/* End a source's line on the terminal and start the next one. There is room. */
void tzvmm_mux_end_line(struct tzvmm_mux_source *source, bool continued);

#endif /* TZVMM_CONSOLE_INTERNAL_H */
