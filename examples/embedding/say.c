/* SPDX-License-Identifier: BSD-2-Clause */
#include "say.h"

#include <tzvmm/log.h>

#define RING_LEN TZVMM_MUX_MIN_RING

static struct tzvmm_mux mux;
static struct tzvmm_mux_source voices[NR_VOICES];
static char ring[RING_LEN];

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return clock_ticks() * 2u / (2u * CLOCK_HZ / 1000000u);
}

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	(void)ctx;
	(void)level;
	tzvmm_mux_line(&voices[VOICE_SEED], text, len);
}

static size_t sink_write(void *ctx, const char *text, size_t len)
{
	size_t nr = 0;

	(void)ctx;
	while (nr < len && uart_put(text[nr])) {
		nr++;
	}
	return nr;
}

static const struct tzvmm_sys_ops sys_ops = { now_us, log_line };
const struct tzvmm_sys say_sys = { &sys_ops, NULL };

static const struct tzvmm_sink_ops sink_ops = { sink_write };
static const struct tzvmm_sink sink = { &sink_ops, NULL };

static const struct tzvmm_mux_source_config configs[NR_VOICES] = {
	[VOICE_SEED] = { .name = "seed" },
	[VOICE_TASK] = { .name = "task" },
	[VOICE_GUEST] = { .name = "guest", .guest = true },
};

void say_init(void)
{
	bool well = tzvmm_mux_init(&mux, &say_sys, &sink, ring, RING_LEN) == TZVMM_OK;

	for (unsigned i = 0; i < NR_VOICES; i++) {
		well = well &&
		       tzvmm_mux_add(&voices[i], &mux, &configs[i]) == TZVMM_OK;
	}
	if (!well) {
		power_off();
	}
}

struct tzvmm_mux_source *say_voice(enum voice voice)
{
	return &voices[voice];
}

void say(enum voice voice, const char *text, uint32_t value)
{
	tzvmm_mux_print(&voices[voice], "%s 0x%08x", text, (unsigned)value);
	tzvmm_mux_tick(&mux);
}

void say_pump(void)
{
	tzvmm_mux_tick(&mux);
}
