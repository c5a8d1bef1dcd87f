/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"

#include "commands.h"
#include "front.h"
#include "platform.h"

#define RING_LEN 32768u
#define INPUT_LEN 1024u

/* A full FIFO and what the mux still holds, at 87 us a byte. */
#define FLUSH_LIMIT_US 5000000u

static char ring[RING_LEN];
static uint8_t input_bytes[INPUT_LEN];
static uint8_t terminal_bytes[INPUT_LEN];
static struct tzvmm_mux mux;
static struct tzvmm_mux_source monitor_source;
static struct tzvmm_console console;
static bool ready;

struct tzvmm_mux_source console_guest;
struct tzvmm_input console_input;
struct tzvmm_mux_source console_terminal;
struct tzvmm_input console_terminal_input;

static size_t to_uart(void *ctx, const char *text, size_t len)
{
	size_t taken = board_uart_write(text, len);

	(void)ctx;
	if (taken < len) {
		board_uart_notify_writable(true);
	}
	return taken;
}

static const struct tzvmm_sink_ops sink_ops = { to_uart };
static const struct tzvmm_sink sink = { &sink_ops, NULL };

void platform_received(void *ctx, uint8_t byte)
{
	(void)ctx;
	tzvmm_console_input(&console, &byte, 1);
	front_console_changed();
}

void platform_writable(void *ctx)
{
	(void)ctx;
	if (!tzvmm_mux_pump(&mux)) {
		board_uart_notify_writable(false);
	}
	front_console_changed();
}

static const struct tzvmm_mux_source_config monitor_config = { .name = "monitor" };
static const struct tzvmm_mux_source_config guest_config = {
	.name = "guest",
	.interactive = true,
	.guest = true,
};
static const struct tzvmm_mux_source_config terminal_config = {
	.name = "guest2",
	.interactive = true,
	.guest = true,
};
static const struct tzvmm_console_guest guests[] = {
	{ &console_guest, &console_input },
	{ &console_terminal, &console_terminal_input },
};
static const struct tzvmm_console_config console_config = {
	.mux = &mux,
	.monitor = &monitor_source,
	.guests = guests,
	.nr_guests = sizeof(guests) / sizeof(guests[0]),
	.commands = commands,
	.nr_commands = NR_COMMANDS,
};

void console_init(void)
{
	ready = tzvmm_mux_init(&mux, &platform_sys, &sink, ring, sizeof(ring)) ==
			TZVMM_OK &&
		tzvmm_mux_add(&monitor_source, &mux, &monitor_config) == TZVMM_OK &&
		tzvmm_mux_add(&console_guest, &mux, &guest_config) == TZVMM_OK &&
		tzvmm_input_init(&console_input, input_bytes, sizeof(input_bytes)) ==
			TZVMM_OK &&
		tzvmm_mux_add(&console_terminal, &mux, &terminal_config) == TZVMM_OK &&
		tzvmm_input_init(&console_terminal_input, terminal_bytes,
				 sizeof(terminal_bytes)) == TZVMM_OK &&
		tzvmm_console_init(&console, &console_config) == TZVMM_OK;
	if (ready) {
		board_uart_listen();
	}
}

void console_line(const char *text, size_t len)
{
	if (ready) {
		tzvmm_mux_line(&monitor_source, text, len);
	}
}

void console_tick(void)
{
	tzvmm_mux_tick(&mux);
	front_console_changed();
}

bool console_waits(void)
{
	return tzvmm_mux_waits(&mux);
}

uint32_t console_backlog(void)
{
	return tzvmm_mux_backlog(&mux);
}

static bool is_empty(void)
{
	return !tzvmm_mux_pump(&mux);
}

bool console_flush(void)
{
	if (!ready) {
		return false;
	}
	tzvmm_mux_tick(&mux);
	return platform_wait(is_empty, FLUSH_LIMIT_US) &&
	       board_uart_drain(FLUSH_LIMIT_US) == TZVMM_OK;
}
