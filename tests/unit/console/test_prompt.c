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
static const struct tzvmm_mux_source_config other_config = {
	.name = "other",
	.guest = true,
};
static const struct tzvmm_mux_source_config monitor_config = { .name = "monitor" };

static struct screen screen;
static char ring[TZVMM_MUX_MIN_RING];
static struct tzvmm_mux mux;
static struct tzvmm_mux_source guest_source;
static struct tzvmm_mux_source other_source;
static struct tzvmm_mux_source monitor;
static uint8_t guest_bytes[16];
static uint8_t other_bytes[16];
static struct tzvmm_input guest_input;
static struct tzvmm_input other_input;
static struct tzvmm_console console;
static char got_args[100];
static unsigned nr_runs;

static void run_status(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	assert_ptr_equal(ctx, &screen);
	nr_runs++;
	assert_true(strlen(args) < sizeof(got_args));
	strcpy(got_args, args);
	tzvmm_mux_print(out, "all is %s", "well");
}

static const struct tzvmm_command commands[] = {
	{ .name = "status", .help = "how things are", .run = run_status },
};
static const struct tzvmm_console_guest guests[] = {
	{ .source = &guest_source, .input = &guest_input },
	{ .source = &other_source, .input = &other_input },
};
static const struct tzvmm_console_config config = {
	.mux = &mux,
	.monitor = &monitor,
	.guests = guests,
	.nr_guests = 2,
	.commands = commands,
	.nr_commands = 1,
	.command_ctx = &screen,
};

static int setup(void **state)
{
	(void)state;
	nr_runs = 0;
	got_args[0] = '\0';
	screen_init(&screen);
	assert_int_equal(tzvmm_mux_init(&mux, &screen.sys, &screen.sink, ring,
					sizeof(ring)),
			 TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&guest_source, &mux, &guest_config), TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&other_source, &mux, &other_config), TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&monitor, &mux, &monitor_config), TZVMM_OK);
	assert_int_equal(tzvmm_input_init(&guest_input, guest_bytes,
					  sizeof(guest_bytes)),
			 TZVMM_OK);
	assert_int_equal(tzvmm_input_init(&other_input, other_bytes,
					  sizeof(other_bytes)),
			 TZVMM_OK);
	assert_int_equal(tzvmm_console_init(&console, &config), TZVMM_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return screen.controls == 0u ? 0 : -1;
}

static void type(const char *text)
{
	tzvmm_console_input(&console, (const uint8_t *)text, strlen(text));
}

static void assert_heard(struct tzvmm_input *input, const char *text)
{
	uint8_t bytes[64];
	const size_t len = tzvmm_input_take(input, bytes, sizeof(bytes));

	assert_int_equal(len, strlen(text));
	assert_memory_equal(bytes, text, len);
}

/* Whether a row of the screen is this text. */
static bool is_on_screen(const char *text)
{
	for (unsigned i = 0; i <= screen.row; i++) {
		if (strcmp(screen_text(&screen, i), text) == 0) {
			return true;
		}
	}
	return false;
}

static void what_is_typed_goes_to_the_first_guest(void **state)
{
	(void)state;
	type("root\r\x03");
	assert_heard(&guest_input, "root\r\x03");
	assert_heard(&other_input, "");
}

static void a_key_switches_between_guests(void **state)
{
	(void)state;
	type("a\x1d\x32"
	     "b\x1dgc\x1d\x31"
	     "d");
	assert_heard(&guest_input, "acd");
	assert_heard(&other_input, "b");
	assert_true(is_on_screen("input goes to other; Ctrl-] m for the prompt"));
	type("\x1d"
	     "7");
	assert_true(is_on_screen("there is no guest 7"));
	type("e");
	assert_heard(&guest_input, "e");
}

static void the_escape_key_twice_is_for_the_guest(void **state)
{
	(void)state;
	type("\x1d\x1d");
	assert_heard(&guest_input, "\x1d");
}

static void any_other_letter_prints_the_keys(void **state)
{
	(void)state;
	type("\x1d?x");
	assert_heard(&guest_input, "x");
	assert_true(is_on_screen(
		"keys: Ctrl-] then m prompt, 1..2 guest, Ctrl-] itself"));
}

static void the_prompt_runs_commands(void **state)
{
	(void)state;
	type("\x1dm");
	assert_true(is_on_screen("tzvmm> "));
	type("status  now please\r");
	assert_int_equal(nr_runs, 1);
	assert_string_equal(got_args, "now please");
	assert_true(is_on_screen("tzvmm> status  now please"));
	assert_true(is_on_screen("all is well"));
	type("status\n");
	assert_int_equal(nr_runs, 2);
	assert_string_equal(got_args, "");
	type("stat\r");
	type("statusx\r");
	assert_int_equal(nr_runs, 2);
	assert_true(is_on_screen("unknown command; try help"));
	type("help\r");
	assert_true(is_on_screen("status: how things are"));
	type("\r");
	assert_string_equal(screen_text(&screen, screen.row), "tzvmm> ");
	assert_heard(&guest_input, "");
}

static void the_prompt_can_be_left(void **state)
{
	(void)state;
	type("\x1dmabc\x04xyz");
	assert_heard(&guest_input, "xyz");
	type("\x1dm\x1dmdef\x1dgxyz");
	assert_heard(&guest_input, "xyz");
	assert_int_equal(nr_runs, 0);
}

static void the_prompt_can_be_edited(void **state)
{
	(void)state;
	type("\x1dmstatis\x7f\bus\r");
	assert_int_equal(nr_runs, 1);
	type("nonsense\x15status\r");
	assert_int_equal(nr_runs, 2);
	type("nonsense\x03status\r");
	assert_int_equal(nr_runs, 3);
	type("\b\b\x7fstatus\r");
	assert_int_equal(nr_runs, 4);
	/* Keys that mean nothing here. */
	type("\x1b[A\x1b[1;5Csta\x1bOPtus\x01\x1d\x1d\x1bx\t\r");
	assert_int_equal(nr_runs, 5);
}

static void a_long_command_is_bounded(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "status ", 7);
	text[299] = '\0';
	type("\x1dm");
	type(text);
	type("\r");
	assert_int_equal(nr_runs, 1);
	assert_int_equal(strlen(got_args), TZVMM_CONSOLE_COMMAND - 1u - 7u);
}

static void input_that_finds_no_room_is_counted(void **state)
{
	uint8_t bytes[16];

	(void)state;
	type("0123456789abcdefXYZ");
	assert_int_equal(guest_input.dropped, 3);
	assert_int_equal(tzvmm_input_len(&guest_input), 16);
	assert_int_equal(tzvmm_input_take(&guest_input, bytes, 10), 10);
	type("ghi");
	assert_heard(&guest_input, "abcdefghi");
	assert_int_equal(guest_input.dropped, 3);
}

static void without_guests_the_prompt_listens(void **state)
{
	static const struct tzvmm_console_config alone = {
		.mux = &mux,
		.monitor = &monitor,
		.commands = commands,
		.nr_commands = 1,
		.command_ctx = &screen,
	};

	(void)state;
	assert_int_equal(tzvmm_console_init(&console, &alone), TZVMM_OK);
	type("status\r\x04");
	assert_int_equal(nr_runs, 1);
	assert_true(is_on_screen("there is no guest 1"));
}

static void what_is_missing_is_refused(void **state)
{
	static const struct tzvmm_console_guest half[] = {
		{ .source = &guest_source },
		{ .input = &guest_input },
	};
	static const struct tzvmm_command bad[] = {
		{ .help = "h", .run = run_status },
		{ .name = "n", .run = run_status },
		{ .name = "n", .help = "h" },
	};
	struct tzvmm_console_config c;
	uint8_t bytes[8];
	struct tzvmm_input input;

	(void)state;
	assert_int_equal(tzvmm_console_init(&console, NULL), TZVMM_E_INVAL);
	c = config;
	c.mux = NULL;
	assert_int_equal(tzvmm_console_init(&console, &c), TZVMM_E_INVAL);
	c = config;
	c.monitor = NULL;
	assert_int_equal(tzvmm_console_init(&console, &c), TZVMM_E_INVAL);
	c = config;
	c.nr_guests = 10;
	assert_int_equal(tzvmm_console_init(&console, &c), TZVMM_E_INVAL);
	c = config;
	c.guests = NULL;
	assert_int_equal(tzvmm_console_init(&console, &c), TZVMM_E_INVAL);
	c = config;
	c.commands = NULL;
	assert_int_equal(tzvmm_console_init(&console, &c), TZVMM_E_INVAL);
	for (unsigned i = 0; i < 2u; i++) {
		c = config;
		c.guests = &half[i];
		c.nr_guests = 1;
		assert_int_equal(tzvmm_console_init(&console, &c), TZVMM_E_INVAL);
	}
	for (unsigned i = 0; i < 3u; i++) {
		c = config;
		c.commands = &bad[i];
		assert_int_equal(tzvmm_console_init(&console, &c), TZVMM_E_INVAL);
	}
	assert_int_equal(tzvmm_input_init(&input, NULL, 8), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_input_init(&input, bytes, 0), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_input_init(&input, bytes, 6), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_input_init(&input, bytes, (size_t)1 << 31),
			 TZVMM_E_INVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_typed_goes_to_the_first_guest),
		T(a_key_switches_between_guests),
		T(the_escape_key_twice_is_for_the_guest),
		T(any_other_letter_prints_the_keys),
		T(the_prompt_runs_commands),
		T(the_prompt_can_be_left),
		T(the_prompt_can_be_edited),
		T(a_long_command_is_bounded),
		T(input_that_finds_no_room_is_counted),
		T(without_guests_the_prompt_listens),
		T(what_is_missing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
