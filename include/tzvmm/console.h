/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_CONSOLE_H
#define TZVMM_CONSOLE_H

/** @file
 * One serial line for several worlds: a mux of what they say, and an input that
 * goes to one of them or to the monitor's prompt.
 *
 * Every line of a source is printed whole, behind a prefix of the time of its
 * first byte and the source's name:
 *
 *     [    1.234567 guest  ] Booting Linux on physical CPU 0x0
 *
 * A line that is too long goes on behind a prefix that ends in "]+" instead of
 * "] ". A line that has not ended yet, such as a prompt, is shown after a while,
 * or at once if its source has the input focus. When another source speaks
 * meanwhile the unfinished line is ended with a backslash, and shown again from
 * its start later: whatever is cut also stands in the transcript whole.
 *
 * Nothing of a source drives the terminal. Tabs, printable ASCII and well-formed
 * UTF-8 from U+00A0 on pass, without the characters that turn the direction of
 * writing; every other byte is written as \\xNN. A source that has the focus and
 * is interactive can edit its own unfinished line: backspace, carriage return
 * and the sequences CSI C D G K J P and @ act on the mux's copy of the line, which
 * is then redrawn by means of backspaces and blanks alone; colours, modes and the
 * bell are left out. A cursor never leaves the text of its own line. When such a
 * line ends it is written over once more, so that what follows the last carriage
 * return of a row in a transcript is always a whole line.
 *
 * Two limits of a terminal remain: one that is narrower than a line breaks it
 * by itself, and what follows stands at the left edge; and one that shows a
 * character wider or narrower than one column is redrawn a little off.
 *
 * Nothing here blocks. What cannot be taken now is not taken, and the caller is
 * told; a whole line that finds no room is counted, and a line says so. */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Longest line before it is continued on the next one. */
#define TZVMM_MUX_LINE 256u
/** Longest name of a source; shorter ones are padded. */
#define TZVMM_MUX_NAME_LEN 7u
/** Least bytes of a mux's output ring; a power of two. */
#define TZVMM_MUX_MIN_RING 4096u

/** Where text leaves, for example a UART. */
struct tzvmm_sink_ops {
	/** Take some of len bytes, none if there is no room; does not wait.
	 * Returns how many. */
	size_t (*write)(void *ctx, const char *text, size_t len);
};

/** A sink with its context. */
struct tzvmm_sink {
	const struct tzvmm_sink_ops *ops; /**< Required. */
	void *ctx;                        /**< Handed to ops. */
};

struct tzvmm_mux_source;

/** A mux. Memory of the embedding code. */
struct tzvmm_mux {
	/** @cond PRIVATE */
	const struct tzvmm_sys *sys;
	const struct tzvmm_sink *sink;
	char *ring;
	uint32_t ring_mask;
	uint32_t head; /* next byte in; both run freely */
	uint32_t tail; /* next byte out */
	struct tzvmm_mux_source *sources;
	struct tzvmm_mux_source *open;  /* its line is where the cursor is */
	struct tzvmm_mux_source *focus; /* shown at once */
	uint64_t second_us;             /* when the second last printed began */
	uint32_t second;

	/** @endcond */
};

/** What a source is. */
struct tzvmm_mux_source_config {
	const char *name; /**< 1 .. TZVMM_MUX_NAME_LEN bytes; for ever. */
	bool interactive; /**< May edit its line while it has the focus. */
	bool guest;       /**< Leaves room for the lines of those that are not. */
	/** Rate bound: microseconds that a byte costs; 0 for none. */
	uint32_t us_per_byte;
	/** Microseconds' worth of bytes that may come at once; at least
	 * us_per_byte. */
	uint32_t burst_us;
};

/** @cond PRIVATE */
/* A line being written: text, and the cursor in it. Offsets are of bytes, and
 * always at the start of a character. */
struct tzvmm_line {
	char text[TZVMM_MUX_LINE];
	uint16_t len;
	uint16_t cursor;
	uint16_t changed; /* text from here on differs from what is shown */
};
/** @endcond */

/** One that speaks. Memory of the embedding code. */
struct tzvmm_mux_source {
	/** @cond PRIVATE */
	struct tzvmm_mux *mux;
	struct tzvmm_mux_source *next;
	const struct tzvmm_mux_source_config *config;
	struct tzvmm_line line;
	uint64_t line_us; /* when the line's first byte came */
	uint64_t last_us; /* when its last one did */
	uint64_t refilled_us;
	uint32_t budget_us;
	uint32_t lost;         /* lines that nobody has been told of */
	uint16_t shown_len;    /* bytes of the line on the terminal */
	uint16_t shown_cells;  /* columns of them */
	uint16_t shown_cursor; /* column of the terminal's cursor */
	uint8_t pending[16];   /* an unfinished character or sequence */
	uint8_t nr_pending;
	uint8_t nr_cr;  /* carriage returns held back */
	bool continued; /* the line goes on from the one above */
	bool edited;    /* more than appended to since it is shown */
	/* something about it is not on the terminal */
	bool show;

	/** @endcond */
};

/** Prepare a mux without sources.
 *
 * @param mux      Caller's memory.
 * @param sys      Services; now_us is used. Borrowed.
 * @param sink     Where text goes. Borrowed.
 * @param ring     Memory for what the sink has not taken yet. Borrowed.
 * @param ring_len Its bytes: a power of two, at least TZVMM_MUX_MIN_RING.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL An argument is missing, or @p ring_len is not right. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_mux_init(struct tzvmm_mux *mux, const struct tzvmm_sys *sys,
	       const struct tzvmm_sink *sink, char *ring, size_t ring_len);

/** Add a source.
 *
 * @param source Caller's memory; must outlive @p mux.
 * @param mux    Initialised.
 * @param config What the source is. Borrowed.
 * @retval TZVMM_OK      Added.
 * @retval TZVMM_E_INVAL The name or the rate is not right. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_mux_add(struct tzvmm_mux_source *source, struct tzvmm_mux *mux,
	      const struct tzvmm_mux_source_config *config);

/** Say something; lines end where the text has a line feed.
 *
 * @param source Added to a mux.
 * @param text   Any bytes.
 * @param len    How many.
 * @return How many were taken. Fewer than @p len: the source is too fast or the
 *         sink too slow; try the rest again later.
 * @note Time: linear in @p len. */
size_t tzvmm_mux_write(struct tzvmm_mux_source *source, const char *text, size_t len);

/** Say one whole line, or nothing if there is no room: then a later line of this
 * source says how many are missing.
 *
 * @param source Added to a mux; its rate is not bounded.
 * @param text   Any bytes.
 * @param len    How many. */
void tzvmm_mux_line(struct tzvmm_mux_source *source, const char *text, size_t len);

/** tzvmm_mux_line() with a format.
 *
 * @param source Added to a mux.
 * @param fmt    As tzvmm_format(). */
void tzvmm_mux_print(struct tzvmm_mux_source *source, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Whose unfinished line is shown at once.
 *
 * @param mux    Initialised.
 * @param source One of its sources, or NULL for none. */
void tzvmm_mux_focus(struct tzvmm_mux *mux, struct tzvmm_mux_source *source);

/** Show unfinished lines that have waited long enough, and pump. To be called now
 * and then, ten times a second or more often.
 *
 * @param mux Initialised. */
void tzvmm_mux_tick(struct tzvmm_mux *mux);

/** Whether something waits for tzvmm_mux_tick(): output, an unfinished line to be
 * shown, a count of lost lines.
 *
 * @param mux Initialised.
 * @return false: a tick would do nothing. */
bool tzvmm_mux_waits(const struct tzvmm_mux *mux);

/** Hand the sink what it takes. To be called when it has room again, as by the
 * interrupt of a UART.
 *
 * @param mux Initialised.
 * @return Whether something is left. */
bool tzvmm_mux_pump(struct tzvmm_mux *mux);

/** What the sink has not taken yet.
 *
 * @param mux Initialised.
 * @return Bytes of the ring. */
static inline uint32_t tzvmm_mux_backlog(const struct tzvmm_mux *mux)
{
	return mux->head - mux->tail;
}

/** Bytes typed for a guest, until it reads them. */
struct tzvmm_input {
	/** @cond PRIVATE */
	uint8_t *bytes;
	uint32_t mask;
	uint32_t head;
	uint32_t tail;
	uint32_t dropped;

	/** @endcond */
};

/** Prepare an input ring.
 *
 * @param input Caller's memory.
 * @param bytes Its storage. Borrowed.
 * @param len   Bytes of it; a power of two.
 * @retval TZVMM_OK      Ready and empty.
 * @retval TZVMM_E_INVAL @p len is not a power of two, or there is no storage. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_input_init(struct tzvmm_input *input,
						   uint8_t *bytes, size_t len);

/** Put bytes in.
 *
 * @param input Initialised.
 * @param bytes What was typed.
 * @param len   How many.
 * @return How many found room; the others are counted as dropped. */
size_t tzvmm_input_put(struct tzvmm_input *input, const uint8_t *bytes, size_t len);

/** Take bytes out.
 *
 * @param input Initialised.
 * @param bytes Destination.
 * @param len   How many at most.
 * @return How many there were. */
size_t tzvmm_input_take(struct tzvmm_input *input, uint8_t *bytes, size_t len);

/** How much there is to take.
 *
 * @param input Initialised.
 * @return Bytes. */
static inline uint32_t tzvmm_input_len(const struct tzvmm_input *input)
{
	return input->head - input->tail;
}

/** A command of the prompt. */
struct tzvmm_command {
	const char *name; /**< One word; not NULL. */
	const char *help; /**< One line; not NULL. */
	/** Run it. args: what follows the name, without leading blanks. Output
	 * goes to out by tzvmm_mux_print(). */
	void (*run)(void *ctx, const char *args, struct tzvmm_mux_source *out);
};

/** A guest as the console sees it. */
struct tzvmm_console_guest {
	struct tzvmm_mux_source *source; /**< Its voice. */
	struct tzvmm_input *input;       /**< Its ear. */
};

/** What a console is made of. */
struct tzvmm_console_config {
	struct tzvmm_mux *mux;                    /**< The mux. */
	struct tzvmm_mux_source *monitor;         /**< The monitor's lines. */
	const struct tzvmm_console_guest *guests; /**< May be NULL if none. */
	size_t nr_guests;                         /**< At most 9. */
	const struct tzvmm_command *commands;     /**< May be NULL if none. */
	size_t nr_commands;                       /**< Entries. */
	void *command_ctx;                        /**< Handed to commands. */
};

/** Key that is followed by a letter: Ctrl-]. Then m asks for the monitor's
 * prompt, 1 .. 9 or g give the focus to a guest, Ctrl-] goes to the guest itself,
 * and anything else prints this list. */
#define TZVMM_CONSOLE_ESCAPE 0x1Du

/** Longest command line. */
#define TZVMM_CONSOLE_COMMAND 80u

/** The input side. Memory of the embedding code. */
struct tzvmm_console {
	/** @cond PRIVATE */
	const struct tzvmm_console_config *config;
	struct tzvmm_mux_source prompt;
	const struct tzvmm_console_guest *guest; /* NULL: the prompt listens */
	char command[TZVMM_CONSOLE_COMMAND];
	uint8_t command_len;
	uint8_t skip; /* how far into a terminal's key sequence */
	bool escaped;

	/** @endcond */
};

/** Prepare the input; the first guest, if there is one, gets the focus.
 *
 * @param console Caller's memory.
 * @param config  What it is made of. Borrowed.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL Something is missing. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_console_init(struct tzvmm_console *console,
		   const struct tzvmm_console_config *config);

/** Take what was typed.
 *
 * @param console Initialised.
 * @param bytes   From the UART.
 * @param len     How many. */
void tzvmm_console_input(struct tzvmm_console *console, const uint8_t *bytes,
			 size_t len);

#endif /* TZVMM_CONSOLE_H */
