/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"

static const struct tzvmm_mux_source_config guest_config = {
	.name = "guest",
	.interactive = true,
	.guest = true,
};
static const struct tzvmm_mux_source_config monitor_config = { .name = "monitor" };
static const struct tzvmm_mux_source_config slow_config = {
	.name = "slow",
	.guest = true,
	.us_per_byte = 100,
	.burst_us = 1000,
};

static struct screen screen;
static char ring[TZVMM_MUX_MIN_RING];
static struct tzvmm_mux mux;
static struct tzvmm_mux_source guest;
static struct tzvmm_mux_source monitor;
static struct tzvmm_mux_source slow;

static int setup(void **state)
{
	(void)state;
	screen_init(&screen);
	assert_int_equal(tzvmm_mux_init(&mux, &screen.sys, &screen.sink, ring,
					sizeof(ring)),
			 TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&guest, &mux, &guest_config), TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&monitor, &mux, &monitor_config), TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&slow, &mux, &slow_config), TZVMM_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return screen.controls == 0u ? 0 : -1;
}

static void say(const char *text)
{
	assert_int_equal(tzvmm_mux_write(&guest, text, strlen(text)), strlen(text));
}

/* One byte a call, as a UART gives them. */
static void say_slowly(const char *text)
{
	for (; *text != '\0'; text++) {
		assert_int_equal(tzvmm_mux_write(&guest, text, 1), 1);
	}
}

static void log_line(const char *text)
{
	tzvmm_mux_line(&monitor, text, strlen(text));
}

static void wait_us(uint64_t us)
{
	screen.now_us += us;
	tzvmm_mux_tick(&mux);
}

/* How often a text stands in the transcript. */
static unsigned times(const char *text)
{
	unsigned nr = 0;

	screen.transcript[screen.transcript_len] = '\0';
	for (const char *p = screen.transcript; (p = strstr(p, text)) != NULL; p++) {
		nr++;
	}
	return nr;
}

static void a_line_has_the_time_of_its_first_byte_and_its_source(void **state)
{
	(void)state;
	screen.now_us = 1234567;
	say("Booting ");
	screen.now_us = 2345678;
	say("Linux\r\n");
	log_line("world switch works");
	screen.transcript[screen.transcript_len] = '\0';
	assert_string_equal(screen.transcript,
			    "[    1.234567 guest  ] Booting Linux\r\n"
			    "[    2.345678 monitor] world switch works\r\n");
}

static void times_are_right_without_division(void **state)
{
	static const struct {
		uint64_t us;
		const char *prefix;
	} cases[] = {
		{ 0, "[    0.000000 " },
		{ 999999, "[    0.999999 " },
		{ 1000000, "[    1.000000 " },
		{ 86399999999, "[86399.999999 " },
		{ 86400000000, "[86400.000000 " },
		{ 5000000, "[    5.000000 " },
		{ 4294967295999999, "[4294967295.999999 " },
		{ 1, "[    0.000001 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		screen.now_us = cases[i].us;
		log_line("x");
		assert_memory_equal(screen.rows[i], cases[i].prefix,
				    strlen(cases[i].prefix));
	}
}

static void lines_of_two_sources_stay_whole(void **state)
{
	(void)state;
	say("one half, ");
	log_line("between");
	say("other half\n");
	assert_string_equal(screen_text(&screen, 0), "between");
	assert_string_equal(screen_text(&screen, 1), "one half, other half");
}

static void an_empty_line_is_a_prefix(void **state)
{
	(void)state;
	say("\r\n\n");
	assert_string_equal(screen.rows[0], "[    1.000000 guest  ] ");
	assert_string_equal(screen.rows[1], "[    1.000000 guest  ] ");
}

static void a_prompt_is_shown_after_a_while(void **state)
{
	(void)state;
	say("login: ");
	assert_string_equal(screen.rows[0], "");
	wait_us(1000);
	assert_string_equal(screen.rows[0], "");
	wait_us(60000);
	assert_string_equal(screen_text(&screen, 0), "login: ");
	say("root");
	wait_us(60000);
	assert_string_equal(screen_text(&screen, 0), "login: root");
	say("\n");
	assert_int_equal(screen.row, 1);
	assert_string_equal(screen_text(&screen, 0), "login: root");
}

static void what_the_focus_says_is_shown_at_once(void **state)
{
	(void)state;
	tzvmm_mux_focus(&mux, &guest);
	say_slowly("login: r");
	assert_string_equal(screen_text(&screen, 0), "login: r");
	say_slowly("oot\r\n");
	assert_string_equal(screen_text(&screen, 0), "login: root");
	assert_int_equal(times("login: root\r\n"), 1);
	assert_int_equal(times("login"), 1);
}

static void a_broken_line_is_shown_again_whole(void **state)
{
	(void)state;
	tzvmm_mux_focus(&mux, &guest);
	say("login: ");
	log_line("look here");
	log_line("and here");
	assert_string_equal(screen_text(&screen, 0), "login: \\");
	assert_string_equal(screen_text(&screen, 1), "look here");
	assert_string_equal(screen_text(&screen, 2), "and here");
	wait_us(1);
	assert_string_equal(screen_text(&screen, 3), "login: ");
	say("root\n");
	assert_string_equal(screen_text(&screen, 3), "login: root");
	assert_int_equal(times("[    1.000000 guest  ] login: root\r\n"), 1);
}

static void two_unfinished_lines_do_not_take_turns_for_ever(void **state)
{
	(void)state;
	tzvmm_mux_focus(&mux, &guest);
	say("password: ");
	assert_int_equal(tzvmm_mux_write(&slow, "half", 4), 4);
	for (unsigned i = 0; i < 20u; i++) {
		wait_us(100000);
	}
	assert_int_equal(screen.row, 2);
	assert_string_equal(screen_text(&screen, 2), "password: ");
	tzvmm_mux_focus(&mux, NULL);
	say("x");
	assert_int_equal(tzvmm_mux_write(&slow, "x", 1), 1);
	for (unsigned i = 0; i < 20u; i++) {
		wait_us(100000);
	}
	assert_true(screen.row <= 4);
}

static void a_long_line_goes_on_behind_a_marked_prefix(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[599] = '\n';
	assert_int_equal(tzvmm_mux_write(&guest, text, sizeof(text)), sizeof(text));
	assert_memory_equal(screen.rows[0], "[    1.000000 guest  ] a", 24);
	assert_memory_equal(screen.rows[1], "[    1.000000 guest  ]+a", 24);
	assert_memory_equal(screen.rows[2], "[    1.000000 guest  ]+a", 24);
	assert_int_equal(strlen(screen_text(&screen, 0)), 256);
	assert_int_equal(strlen(screen_text(&screen, 2)), 599 - 512);
	say("next\n");
	assert_memory_equal(screen.rows[3], "[    1.000000 guest  ] n", 24);
}

static void a_continuation_has_the_time_at_which_it_began(void **state)
{
	char text[257];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(tzvmm_mux_write(&guest, text, 256), 256);
	screen.now_us = 2000000;
	say("b");
	screen.now_us = 3000000;
	say("c\n");
	assert_memory_equal(screen.rows[0], "[    1.000000 guest  ] a", 24);
	assert_memory_equal(screen.rows[1], "[    2.000000 guest  ]+bc", 25);
	assert_int_equal(tzvmm_mux_write(&guest, text, 257), 257);
	screen.now_us = 4000000;
	say("d\n");
	assert_memory_equal(screen.rows[3], "[    3.000000 guest  ]+ad", 25);
}

static void
bytes_that_could_forge_a_prefix_or_drive_the_terminal_are_escaped(void **state)
{
	char text[256];

	(void)state;
	say("\x1b[2J\r[    0.0 monitor] all is well\x7f\x9b\x85\b\x07\n");
	assert_string_equal(screen_text(&screen, 0),
			    "\\x1b[2J\\x0d[    0.0 monitor] all is well"
			    "\\x7f\\x9b\\x85\\x08\\x07");
	for (unsigned i = 0; i < 256u; i++) {
		text[i] = (char)(i == '\n' ? ' ' : i);
	}
	assert_int_equal(tzvmm_mux_write(&guest, text, sizeof(text)), sizeof(text));
	say("\n");
	/* teardown() counts what should not have come */
}

static void carriage_returns_before_a_line_feed_belong_to_it(void **state)
{
	(void)state;
	say("a\r\nb\r\r\nc\r\r\r\nd\re\n");
	assert_string_equal(screen_text(&screen, 0), "a");
	assert_string_equal(screen_text(&screen, 1), "b");
	assert_string_equal(screen_text(&screen, 2), "c\\x0d\\x0d\\x0d");
	assert_string_equal(screen_text(&screen, 3), "d\\x0de");
}

static void tabs_and_well_formed_utf8_pass(void **state)
{
	(void)state;
	say("a\tb \xc3\xa4 \xe2\x80\xa6 \xf0\x9f\x98\x80 \xc2\xa0\n");
	assert_int_equal(
		times("a\tb \xc3\xa4 \xe2\x80\xa6 \xf0\x9f\x98\x80 \xc2\xa0\r\n"), 1);
}

static void ill_formed_utf8_and_turning_characters_are_escaped(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "\xc2\x9bx\n", "\\xc2\\x9bx" },          /* C1 as UTF-8 */
		{ "\xc0\xafx\n", "\\xc0\\xafx" },          /* overlong */
		{ "\xe0\x80\xafx\n", "\\xe0\\x80\\xafx" }, /* overlong */
		{ "\xf0\x80\x80\x8ax\n", "\\xf0\\x80\\x80\\x8ax" },
		{ "\xed\xa0\x80x\n", "\\xed\\xa0\\x80x" }, /* surrogate */
		{ "\xf4\x90\x80\x80x\n", "\\xf4\\x90\\x80\\x80x" },
		{ "\xe2\x80\xaex\n", "\\xe2\\x80\\xaex" }, /* RLO */
		{ "\xe2\x81\xa6x\n", "\\xe2\\x81\\xa6x" }, /* LRI */
		{ "\xe2\x80\x8fx\n", "\\xe2\\x80\\x8fx" }, /* RLM */
		{ "\xd8\x9cx\n", "\\xd8\\x9cx" },          /* ALM */
		{ "\xef\xbb\xbfx\n", "\\xef\\xbb\\xbfx" }, /* BOM */
		{ "\xe2\x80x\n", "\\xe2\\x80x" },          /* cut off */
		{ "\xe2\n", "\\xe2" },
		{ "\xe2\xe2\x80\xa6\n", "\\xe2\xe2" },
		{ "\x80\xbf\xff\xf5\n", "\\x80\\xbf\\xff\\xf5" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		say(cases[i].in);
		assert_string_equal(screen_text(&screen, i), cases[i].out);
	}
}

static void the_focused_guest_edits_its_line_and_nothing_else(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "lx\b \bs -l\r\n", "ls -l" },
		{ "abc\b\b\b\b\b\b\b\b\bX\r\n", "Xbc" },
		{ "progress 10%\rprogress 90%\r\n", "progress 90%" },
		{ "abcdef\x1b[3D\x1b[K\r\n", "abc" },
		{ "abcdef\x1b[3D\x1b[P\r\n", "abcef" },
		{ "abcdef\x1b[4D\x1b[2P\r\n", "abef" },
		{ "abef\x1b[2D\x1b[2@cd\r\n", "abcdef" },
		{ "abc\r\x1b[2CX\r\n", "abX" },
		{ "abc\x1b[2GX\x1b[GY\r\n", "YXc" },
		{ "abc\x1b[0GX\r\n", "Xbc" },
		{ "abc\x1b[2Kxy\r\n", "xy" },
		{ "abc\b\x1b[J\r\n", "ab" },
		{ "\x1b[0;32mOK\x1b[0m \x1b[?2004hdone\x07\x0f\r\n", "OK done" },
		{ "\xc3\xa4\xc3\xb6\b\x62\x1b[2Da\r\n", "ab" },
		{ "a\x1b[999999999999D\x1b[99999Cb\r\n", "ab" },
		{ "abc\x1b[200Pd\r\n", "abcd" },
		{ "abc\r\x1b[200P\r\n", "" },
		{ "a\x1b[2Jb\r\n", "b" },
	};

	(void)state;
	tzvmm_mux_focus(&mux, &guest);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *seen;

		say_slowly(cases[i].in);
		seen = screen_text(&screen, i);
		/* Blanks may be left where something was erased. */
		assert_memory_equal(seen, cases[i].out, strlen(cases[i].out));
		assert_int_equal(strspn(seen + strlen(cases[i].out), " "),
				 strlen(seen) - strlen(cases[i].out));
	}
}

static void an_edited_line_stands_whole_in_the_transcript(void **state)
{
	(void)state;
	tzvmm_mux_focus(&mux, &guest);
	say_slowly("# lx\b \bs /\r\n");
	assert_int_equal(times("\r[    1.000000 guest  ] # ls /\r\n"), 1);
	/* One that was only typed needs no second time, nor does CR LF. */
	say_slowly("# id\r\n");
	assert_int_equal(times("# id\r\n"), 1);
	assert_int_equal(times("# id"), 1);
	/* What was longer is gone from the screen as well. */
	say_slowly("longer than that\r\x1b[K");
	say_slowly("short\r\n");
	assert_int_equal(times("\r[    1.000000 guest  ] short"), 1);
	/* Nor is it left there when it goes and the line ends at once. */
	say("much longer than that");
	say("\r\x1b[Kshort\r\n");
	assert_int_equal(
		times("\r[    1.000000 guest  ] short                \r\n"), 1);
}

static void unknown_sequences_of_the_focus_are_shown_not_obeyed(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "\x1b[2;2Hx\r\n", "\\x1b[2;2Hx" },
		{ "\x1b[Ax\r\n", "\\x1b[Ax" },
		{ "\x1b[1Kx\r\n", "\\x1b[1Kx" },
		{ "\x1b[6nx\r\n", "\\x1b[6nx" },
		{ "\x1b[1;1Dx\r\n", "\\x1b[1;1Dx" },
		{ "\x1b]0;title\x07x\r\n", "\\x1b]0;titlex" },
		{ "\x1b[1\n", "\\x1b[1" },
		{ "\x1b\x1b[Kx\r\n", "\\x1bx" },
		{ "\x1b[11111111111111111111Cx\r\n",
		  "\\x1b[11111111111111111111Cx" },
	};

	(void)state;
	tzvmm_mux_focus(&mux, &guest);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		say_slowly(cases[i].in);
		assert_string_equal(screen_text(&screen, i), cases[i].out);
	}
}

static void a_hostile_editor_never_overflows_its_line(void **state)
{
	uint32_t random = 12345;
	static const char *const bits[] = {
		"\x1b[200@", "\x1b[100C", "\x1b[300D", "\x1b[7P",
		"\b",        "\r",        "\xc3\xa4",  "\xf0\x9f\x98\x80",
		"\x1b[",     "abc",       "\x1b[9",    "\xe2",
		"\x01",      "\x1b[K",    "\n",        "\t"
	};

	(void)state;
	for (unsigned i = 0; i < 20000u; i++) {
		random = random * 1103515245u + 12345u;
		if ((random >> 9 & 63u) == 0u) {
			tzvmm_mux_focus(&mux, (random & 256u) != 0u ? &guest : NULL);
			log_line("another");
		}
		say_slowly(bits[random >> 16 & 15u]);
		assert_true(guest.line.len <= TZVMM_MUX_LINE);
		assert_true(guest.line.cursor <= guest.line.len);
	}
}

static void what_is_on_the_screen_is_the_line_whatever_was_edited(void **state)
{
	uint32_t random = 99;
	static const char *const bits[] = { "\x1b[2@", "\x1b[3C", "\x1b[2D",
					    "\x1b[P",  "\b",      "\r",
					    "x",       "yz",      "\x1b[K",
					    "ab",      "\b",      "123" };

	(void)state;
	tzvmm_mux_focus(&mux, &guest);
	for (unsigned i = 0; i < 3000u; i++) {
		const char *seen;
		size_t len = guest.line.len;

		random = random * 1103515245u + 12345u;
		say(bits[(random >> 16) % 12u]);
		if (guest.line.len > 100u) {
			say("\r\x1b[K");
		}
		len = guest.line.len;
		seen = screen_text(&screen, 0);
		if (screen.row != 0u || len == 0u) {
			continue;
		}
		assert_memory_equal(seen, guest.line.text, len);
		assert_int_equal(strspn(seen + len, " "), strlen(seen) - len);
		assert_int_equal(screen.column, 23u + guest.line.cursor);
	}
}

static void a_full_sink_makes_the_guest_wait_and_loses_nothing(void **state)
{
	static const char line[] = "0123456789 this is a line of some length\n";
	const size_t len = sizeof(line) - 1u;
	size_t taken = 0;
	size_t all = 0;

	(void)state;
	screen.room = 0;
	for (unsigned i = 0; i < 500u && taken == all; i++) {
		taken += tzvmm_mux_write(&guest, line, len);
		all += len;
	}
	assert_true(taken < all);
	/* The rest is asked for again, as a UART's driver does. */
	while (taken < all) {
		screen.room += 7;
		taken += tzvmm_mux_write(&guest, line + taken % len,
					 len - taken % len);
	}
	screen.room = SIZE_MAX;
	assert_false(tzvmm_mux_pump(&mux));
	assert_int_equal(times("] 0123456789 this is a line of some length\r\n"),
			 all / len);
}

static void a_guest_that_floods_leaves_room_for_the_monitor(void **state)
{
	char flood[512];

	(void)state;
	memset(flood, '\n', sizeof(flood));
	screen.room = 0;
	while (tzvmm_mux_write(&guest, flood, sizeof(flood)) > 0u) {
	}
	log_line("still heard");
	screen.room = SIZE_MAX;
	tzvmm_mux_tick(&mux);
	assert_int_equal(times("still heard"), 1);
	assert_int_equal(times("lost"), 0);
}

static void lines_for_which_there_is_no_room_are_counted_and_told(void **state)
{
	char told[64];
	unsigned stand;

	(void)state;
	screen.room = 0;
	for (unsigned i = 0; i < 500u; i++) {
		tzvmm_mux_print(&monitor, "line %u of many, and some more text", i);
	}
	screen.room = SIZE_MAX;
	tzvmm_mux_tick(&mux);
	log_line("after");
	stand = times("of many");
	assert_true(stand > 10u && stand < 500u);
	(void)tzvmm_format(told, sizeof(told), "(%u lines lost)", 500u - stand);
	assert_int_equal(times(told), 1);
	assert_int_equal(times("lost"), 1);
	assert_int_equal(times("after"), 1);
}

static void a_mux_says_whether_a_tick_is_needed(void **state)
{
	(void)state;
	assert_false(tzvmm_mux_waits(&mux));
	say("login: ");
	assert_true(tzvmm_mux_waits(&mux));
	wait_us(60000);
	assert_false(tzvmm_mux_waits(&mux));
	say("\n");
	assert_false(tzvmm_mux_waits(&mux));
	screen.room = 3;
	say("a line\n");
	assert_true(tzvmm_mux_waits(&mux));
	for (unsigned i = 0; i < 500u; i++) {
		log_line("a line of some length, for which there is no room");
	}
	screen.room = 4000;
	(void)tzvmm_mux_pump(&mux);
	screen.room = SIZE_MAX;
	assert_true(tzvmm_mux_waits(&mux)); /* lost lines are not told yet */
	tzvmm_mux_tick(&mux);
	assert_false(tzvmm_mux_waits(&mux));
}

static void the_rate_of_a_source_is_bounded(void **state)
{
	char text[100];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(tzvmm_mux_write(&slow, text, sizeof(text)), 10);
	assert_int_equal(tzvmm_mux_write(&slow, text, sizeof(text)), 0);
	screen.now_us += 250;
	assert_int_equal(tzvmm_mux_write(&slow, text, sizeof(text)), 2);
	screen.now_us += 50;
	assert_int_equal(tzvmm_mux_write(&slow, text, sizeof(text)), 1);
	screen.now_us += 1000000000;
	assert_int_equal(tzvmm_mux_write(&slow, text, sizeof(text)), 10);
}

static void losing_the_focus_amid_a_sequence_shows_it(void **state)
{
	(void)state;
	tzvmm_mux_focus(&mux, &guest);
	say("abc\b\x1b[");
	tzvmm_mux_focus(&mux, NULL);
	say("2Jx\n");
	assert_string_equal(screen_text(&screen, 0), "abc\\x1b[2Jx");
	say("q");
	tzvmm_mux_focus(&mux, &guest);
	wait_us(1);
	assert_string_equal(screen_text(&screen, 1), "q");
}

static void bad_arguments_are_refused(void **state)
{
	static const struct tzvmm_mux_source_config bad[] = {
		{ .name = NULL },
		{ .name = "" },
		{ .name = "eightchr" },
		{ .name = "x", .us_per_byte = 2, .burst_us = 1 },
	};
	struct tzvmm_sink no_write = { .ops = &(struct tzvmm_sink_ops){ NULL } };
	struct tzvmm_sink no_ops = { .ops = NULL };
	struct tzvmm_mux m;
	struct tzvmm_mux_source s;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(tzvmm_mux_add(&s, &mux, &bad[i]), TZVMM_E_INVAL);
	}
	assert_int_equal(tzvmm_mux_init(NULL, &screen.sys, &screen.sink, ring, 4096),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_mux_init(&m, NULL, &screen.sink, ring, 4096),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_mux_init(&m, &screen.sys, NULL, ring, 4096),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_mux_init(&m, &screen.sys, &no_ops, ring, 4096),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_mux_init(&m, &screen.sys, &no_write, ring, 4096),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_mux_init(&m, &screen.sys, &screen.sink, NULL, 4096),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_mux_init(&m, &screen.sys, &screen.sink, ring, 2048),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_mux_init(&m, &screen.sys, &screen.sink, ring, 5000),
			 TZVMM_E_INVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_line_has_the_time_of_its_first_byte_and_its_source),
		T(times_are_right_without_division),
		T(lines_of_two_sources_stay_whole),
		T(an_empty_line_is_a_prefix),
		T(a_prompt_is_shown_after_a_while),
		T(what_the_focus_says_is_shown_at_once),
		T(a_broken_line_is_shown_again_whole),
		T(two_unfinished_lines_do_not_take_turns_for_ever),
		T(a_long_line_goes_on_behind_a_marked_prefix),
		T(a_continuation_has_the_time_at_which_it_began),
		T(bytes_that_could_forge_a_prefix_or_drive_the_terminal_are_escaped),
		T(carriage_returns_before_a_line_feed_belong_to_it),
		T(tabs_and_well_formed_utf8_pass),
		T(ill_formed_utf8_and_turning_characters_are_escaped),
		T(the_focused_guest_edits_its_line_and_nothing_else),
		T(an_edited_line_stands_whole_in_the_transcript),
		T(unknown_sequences_of_the_focus_are_shown_not_obeyed),
		T(a_hostile_editor_never_overflows_its_line),
		T(what_is_on_the_screen_is_the_line_whatever_was_edited),
		T(a_full_sink_makes_the_guest_wait_and_loses_nothing),
		T(a_guest_that_floods_leaves_room_for_the_monitor),
		T(lines_for_which_there_is_no_room_are_counted_and_told),
		T(a_mux_says_whether_a_tick_is_needed),
		T(the_rate_of_a_source_is_bounded),
		T(losing_the_focus_amid_a_sequence_shows_it),
		T(bad_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
