/* SPDX-License-Identifier: BSD-2-Clause */
#include "channel.h"

#include <string.h>

#include <tzvmm/log.h>

#include "console.h"
#include "guest.h"

struct tzvmm_vcon channel;

/* What is still to be read; the answer to whatever is written. */
static char text[128];
static size_t at, end;

static void ask(void)
{
	const struct tzvmm_vm_stats *stats = tzvmm_vm_stats(&guest_vm);

	at = 0;
	end = tzvmm_format(text, sizeof(text), "smc %u mmio %u irq %u fault %u\n",
			   (unsigned)stats->exits[TZVMM_EXIT_SMC],
			   (unsigned)stats->exits[TZVMM_EXIT_MMIO],
			   (unsigned)stats->exits[TZVMM_EXIT_IRQ],
			   (unsigned)stats->exits[TZVMM_EXIT_FAULT]);
}

static size_t received(void *ctx, const uint8_t *bytes, size_t len)
{
	(void)ctx;
	(void)bytes;
	ask();
	return len;
}

static size_t send(void *ctx, uint8_t *bytes, size_t len)
{
	const size_t nr = end - at < len ? end - at : len;

	(void)ctx;
	memcpy(bytes, text + at, nr);
	at += nr;
	return nr;
}

static void opened(void *ctx, bool open)
{
	(void)ctx;
	at = end = 0;
	if (open) {
		ask();
	}
}

static const struct tzvmm_vcon_port_ops status_ops = { received, send, opened };

static struct tzvmm_console_guest terminal = { &console_terminal,
					       &console_terminal_input };

static const struct tzvmm_vcon_port_config ports[] = {
	{ "tzvmm.terminal", &tzvmm_vcon_terminal_ops, &terminal },
	{ "tzvmm.status", &status_ops, NULL },
};

bool channel_init(const struct tzvmm_virtio_bus *bus)
{
	return tzvmm_vcon_init(&channel, ports, sizeof(ports) / sizeof(ports[0]),
			       bus) == TZVMM_OK;
}
