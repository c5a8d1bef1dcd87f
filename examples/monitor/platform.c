/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform.h"

#include <armv7a/cp15.h>
#include <tzvmm/log.h>

#include "commands.h"
#include "console.h"
#include "guest.h"
#include "power.h"
#include "report.h"

/* While something waits for the tick, and else. */
#define TICK_US 20000u
#define IDLE_TICK_US 100000u

/* A wait that polls ends after so many rounds even if the clock stands still. */
#define ROUNDS_PER_US 4u

static bool waiting; /* the guest stands still, or there is none yet */
static bool resting; /* for good: nothing but the watchdog is served */

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	(void)ctx;
	if (level <= TZVMM_LOG_INFO) {
		console_line(text, len);
	}
}

static const struct tzvmm_sys_ops sys_ops = { board_now_us, log_line };
const struct tzvmm_sys platform_sys = { &sys_ops, NULL };

/* The one alarm is the tick, but for times when the card wants a look sooner. */
static uint64_t tick_us;
static uint32_t period_us = TICK_US;

void platform_wake(void *ctx, uint32_t us)
{
	(void)ctx;
	if (us < period_us) {
		board_alarm_set(us);
	}
}

void platform_soon(void)
{
	platform_wake(NULL, 1);
}

static void tick(void)
{
	const uint64_t now_us = board_now_us(NULL);

	board_alarm_set(period_us);
	board_card_tick();
	if (now_us >= tick_us) {
		board_clock_sync();
		console_tick();
		report_tick(now_us, !waiting);
		period_us = console_waits() || board_card_stalls() ? TICK_US
								   : IDLE_TICK_US;
		tick_us = now_us + period_us;
	}
}

void platform_tick(void *ctx)
{
	(void)ctx;
	tick();
}

static struct platform_timers timers;

/* Does what the tick may not have done. */
void platform_watchdog(bool intact)
{
	static struct tzvmm_ratelimit limit;

	if (resting) {
		return;
	}
	timers.ticks++;
	if (!intact) {
		timers.touched++;
		tzvmm_log_limited(&platform_sys, &limit, TZVMM_LOG_WARN,
				  "the guest touched the secure timers");
	}
	tick_us = 0;
	tick();
}

struct platform_timers platform_timers(void)
{
	timers.corrected = board_clock_corrected();
	return timers;
}

const char *platform_watch(void)
{
	static bool watched;

	if (TZVMM_WATCHDOG_S == 0 || watched) {
		return NULL;
	}
	watched = true;
	return board_watch(TZVMM_WATCHDOG_S);
}

const char *platform_init(void)
{
	const char *failed = board_start();

	if (failed == NULL) {
		console_init();
		failed = board_irqs_start();
	}
	if (failed == NULL) {
		board_alarm_set(TICK_US);
	}
	return failed;
}

void platform_irq(void)
{
	board_irqs_serve();
	guest_run_devices();
	commands_serve();
	report_serve();
	power_serve();
}

void platform_serve(void)
{
	waiting = true;
	board_irqs_serve();
	waiting = false;
}

bool platform_wait(bool (*done)(void), uint32_t limit_us)
{
	const uint64_t start = board_now_us(NULL);
	uint64_t rounds = (uint64_t)limit_us * ROUNDS_PER_US;

	while (!done()) {
		bool late = board_now_us(NULL) - start >= limit_us;

		if (late || rounds-- == 0u) {
			return false;
		}
		platform_serve();
	}
	return true;
}

void platform_take_timers(void)
{
	board_timers_take(TICK_US);
}

void platform_rest(void)
{
	resting = true;
	board_quiet();
	for (;;) {
		armv7a_wfi();
		board_irqs_serve();
	}
}

void platform_reset(void)
{
	tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "the board does not reset: %s",
		  tzvmm_status_name(board_reset()));
}
