/* SPDX-License-Identifier: BSD-2-Clause */
#include "power.h"

#include <tzvmm/log.h>

#include "card.h"
#include "console.h"
#include "disk.h"
#include "gpio.h"
#include "guest.h"
#include "platform.h"

static enum tzvmm_action wanted = TZVMM_RESUME;

/* The board has no switch for its own supply: sleep. */
static void __attribute__((noreturn)) halt(void)
{
	console_flush();
	gpio_stop();
	platform_rest();
}

void power_stop(enum tzvmm_action action)
{
	const char *failed;
	bool idle;

	/* The guest can stop both, and the card's end is waited for by the tick. */
	platform_take_timers();
	idle = card_wait(disks_idle);
	if (!idle) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR,
			  "the card did not finish; the last writes may be lost");
	}
	failed = board_masters_stop();
	if (failed != NULL) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "%s", failed);
	}
	if (action == TZVMM_RESTART && idle && failed == NULL) {
		tzvmm_log(&platform_sys, TZVMM_LOG_INFO, "guest restart");
		guest_restart();
	}
	disks_wipe();
	tzvmm_log(&platform_sys, TZVMM_LOG_INFO, "system %s",
		  action == TZVMM_OFF ? "off" : "reset");
	console_flush();
	/* A card or a master that still writes guest memory needs the board's reset. */
	if (action != TZVMM_OFF) {
		platform_reset();
	}
	halt();
}

void power_want(enum tzvmm_action action)
{
	wanted = action;
}

void power_serve(void)
{
	const enum tzvmm_action action = wanted;

	wanted = TZVMM_RESUME;
	if (action != TZVMM_RESUME) {
		power_stop(action);
	}
}

void power_fatal(const char *text)
{
	tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "%s", text);
	halt();
}

void require(const char *failed)
{
	char text[TZVMM_LOG_LINE];

	if (failed != NULL) {
		(void)tzvmm_format(text, sizeof(text), "fatal: %s", failed);
		power_fatal(text);
	}
}
