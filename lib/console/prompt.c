/* SPDX-License-Identifier: BSD-2-Clause */
/* The input side of a console: who is typed to, and the monitor's prompt. */
#include <string.h>

#include <tzvmm/console.h>

#define CTRL_C 0x03u
#define CTRL_D 0x04u
#define BACKSPACE 0x08u
#define LINE_FEED 0x0Au
#define RETURN 0x0Du
#define CTRL_U 0x15u
#define ESC 0x1Bu
#define DELETE 0x7Fu

#define PROMPT "tzvmm> "

static const struct tzvmm_mux_source_config prompt_config = {
	.name = "monitor",
	.interactive = true,
};

static void say(struct tzvmm_console *console, const char *text, size_t len)
{
	/* An echo for which there is no room is not worth waiting for. */
	(void)tzvmm_mux_write(&console->prompt, text, len);
}

static void ask(struct tzvmm_console *console)
{
	console->command_len = 0;
	say(console, PROMPT, sizeof(PROMPT) - 1u);
}

static void enter_prompt(struct tzvmm_console *console)
{
	const bool was_guest = console->guest != NULL;

	console->guest = NULL;
	tzvmm_mux_focus(console->config->mux, &console->prompt);
	if (was_guest) {
		ask(console);
	}
}

/* End the prompt's line, so that nothing of it waits to be shown. */
static void leave_prompt(struct tzvmm_console *console)
{
	if (console->guest == NULL) {
		say(console, "\n", 1);
	}
}

static void enter_guest(struct tzvmm_console *console, size_t nr)
{
	const struct tzvmm_console_config *config = console->config;

	if (nr >= config->nr_guests) {
		tzvmm_mux_print(config->monitor, "there is no guest %u",
				(unsigned)nr + 1u);
		return;
	}
	leave_prompt(console);
	console->guest = &config->guests[nr];
	tzvmm_mux_print(config->monitor, "input goes to %s; Ctrl-] m for the prompt",
			console->guest->source->config->name);
	tzvmm_mux_focus(config->mux, console->guest->source);
}

static void print_help(struct tzvmm_console *console)
{
	const struct tzvmm_console_config *config = console->config;

	tzvmm_mux_print(config->monitor,
			"keys: Ctrl-] then m prompt, 1..%u guest, Ctrl-] itself",
			(unsigned)config->nr_guests);
	tzvmm_mux_print(config->monitor, "help: this list");
	for (size_t i = 0; i < config->nr_commands; i++) {
		tzvmm_mux_print(config->monitor, "%s: %s", config->commands[i].name,
				config->commands[i].help);
	}
}

static bool is_equal(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static void run(struct tzvmm_console *console)
{
	const struct tzvmm_console_config *config = console->config;
	char *args = console->command;

	while (*args != '\0' && *args != ' ') {
		args++;
	}
	while (*args == ' ') {
		*args++ = '\0';
	}
	if (is_equal(console->command, "help")) {
		print_help(console);
		return;
	}
	for (size_t i = 0; i < config->nr_commands; i++) {
		const struct tzvmm_command *command = &config->commands[i];

		if (is_equal(console->command, command->name)) {
			command->run(config->command_ctx, args, config->monitor);
			return;
		}
	}
	tzvmm_mux_print(config->monitor, "unknown command; try help");
}

static void end_command(struct tzvmm_console *console)
{
	console->command[console->command_len] = '\0';
	say(console, "\n", 1);
	if (console->command_len > 0u) {
		run(console);
	}
	ask(console);
}

static void erase_one(struct tzvmm_console *console)
{
	if (console->command_len > 0u) {
		console->command_len--;
		say(console, "\b\x1b[K", 4);
	}
}

static void type(struct tzvmm_console *console, uint8_t byte)
{
	const char c = (char)byte;

	/* One place is the NUL's. */
	if (byte >= 0x20u && byte < DELETE &&
	    console->command_len < TZVMM_CONSOLE_COMMAND - 1u) {
		console->command[console->command_len++] = c;
		say(console, &c, 1);
	}
}

/* The bytes of a cursor or function key: ESC, one more, and after [ or O all up
 * to a final one. They mean nothing here and are not to be taken for text. */
static bool skip_key(struct tzvmm_console *console, uint8_t byte)
{
	if (console->skip == 0u) {
		console->skip = byte == ESC;
		return byte == ESC;
	}
	if (console->skip == 1u) {
		console->skip = byte == '[' || byte == 'O' ? 2 : 0;
	} else if (byte >= 0x40u) {
		console->skip = 0;
	}
	return byte >= 0x20u;
}

static void take_command_byte(struct tzvmm_console *console, uint8_t byte)
{
	if (skip_key(console, byte)) {
		return;
	}
	switch (byte) {
	case RETURN:
	case LINE_FEED:
		end_command(console);
		break;
	case BACKSPACE:
	case DELETE:
		erase_one(console);
		break;
	case CTRL_C:
	case CTRL_U:
		while (console->command_len > 0u) {
			erase_one(console);
		}
		break;
	case CTRL_D:
		enter_guest(console, 0);
		break;
	default:
		type(console, byte);
		break;
	}
}

static void hear(struct tzvmm_console *console, uint8_t byte)
{
	if (console->guest == NULL) {
		take_command_byte(console, byte);
	} else {
		/* No room: the ring has counted it. */
		(void)tzvmm_input_put(console->guest->input, &byte, 1);
	}
}

static void take_escaped(struct tzvmm_console *console, uint8_t byte)
{
	if (byte == TZVMM_CONSOLE_ESCAPE) {
		hear(console, byte);
	} else if (byte == 'm') {
		enter_prompt(console);
	} else if (byte == 'g') {
		enter_guest(console, 0);
	} else if (byte >= '1' && byte <= '9') {
		enter_guest(console, (size_t)(byte - '1'));
	} else {
		print_help(console);
	}
}

void tzvmm_console_input(struct tzvmm_console *console, const uint8_t *bytes,
			 size_t len)
{
	while (len-- > 0u) {
		const uint8_t byte = *bytes++;

		if (console->escaped) {
			console->escaped = false;
			take_escaped(console, byte);
		} else if (byte == TZVMM_CONSOLE_ESCAPE) {
			console->escaped = true;
		} else {
			hear(console, byte);
		}
	}
}

static bool is_complete(const struct tzvmm_console_config *config)
{
	if (config == NULL || config->mux == NULL || config->monitor == NULL ||
	    config->nr_guests > 9u ||
	    (config->guests == NULL && config->nr_guests > 0u) ||
	    (config->commands == NULL && config->nr_commands > 0u)) {
		return false;
	}
	for (size_t i = 0; i < config->nr_guests; i++) {
		if (config->guests[i].source == NULL ||
		    config->guests[i].input == NULL) {
			return false;
		}
	}
	for (size_t i = 0; i < config->nr_commands; i++) {
		if (config->commands[i].name == NULL ||
		    config->commands[i].help == NULL ||
		    config->commands[i].run == NULL) {
			return false;
		}
	}
	return true;
}

enum tzvmm_status tzvmm_console_init(struct tzvmm_console *console,
				     const struct tzvmm_console_config *config)
{
	enum tzvmm_status st;

	if (!is_complete(config)) {
		return TZVMM_E_INVAL;
	}
	memset(console, 0, sizeof(*console));
	console->config = config;
	st = tzvmm_mux_add(&console->prompt, config->mux, &prompt_config);
	if (st != TZVMM_OK) {
		return st;
	}
	if (config->nr_guests > 0u) {
		console->guest = &config->guests[0];
		tzvmm_mux_focus(config->mux, console->guest->source);
	} else {
		tzvmm_mux_focus(config->mux, &console->prompt);
		ask(console);
	}
	return TZVMM_OK;
}
