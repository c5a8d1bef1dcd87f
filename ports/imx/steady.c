/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/steady.h>

void imx_steady_init(struct imx_steady *steady, struct imx_epit_clock *clock)
{
	*steady = (struct imx_steady){ .clock = clock };
}

void imx_steady_watch(struct imx_steady *steady, uint32_t period_us)
{
	steady->tick_us = imx_steady_now_us(steady);
	steady->period_us = period_us;
}

/* The most that passes without a tick. */
static uint32_t bound_us(const struct imx_steady *steady)
{
	return steady->period_us + steady->period_us / 2u;
}

uint64_t imx_steady_now_us(void *ctx)
{
	struct imx_steady *steady = ctx;
	uint64_t now = imx_epit_clock_now_us(steady->clock);

	if (steady->period_us != 0u && now > steady->tick_us + bound_us(steady)) {
		now = steady->tick_us + bound_us(steady);
	}
	if (now > steady->floor_us) {
		steady->floor_us = now;
	}
	return steady->floor_us;
}

/* The watchdog's own rounds are all alike, but a tick that was served late leaves
 * less of the next one: a short time is not believed, yet means no harm. */
static uint64_t believed(const struct imx_steady *steady, uint64_t now)
{
	const uint64_t earliest = steady->tick_us + steady->period_us / 2u;
	const uint64_t latest = steady->tick_us + bound_us(steady);

	if (now < earliest) {
		return steady->tick_us + steady->period_us;
	}
	return now > latest ? latest : now;
}

bool imx_steady_tick(struct imx_steady *steady)
{
	const uint64_t now = imx_epit_clock_now_us(steady->clock);
	const bool intact = imx_epit_clock_intact(steady->clock);
	const uint64_t then = believed(steady, now);

	if (!intact || then != now) {
		steady->corrected++;
		imx_epit_clock_set(steady->clock, then);
	} else {
		imx_epit_clock_sync(steady->clock);
	}
	steady->tick_us = then;
	return intact;
}

uint32_t imx_steady_corrected(const struct imx_steady *steady)
{
	return steady->corrected;
}
