/* SPDX-License-Identifier: BSD-2-Clause */
#include "power.h"

#include <armv7a/cp15.h>
#include <tzvmm/log.h>

#include "console.h"
#include "guest.h"
#include "platform.h"

/* What the disk has been given may take this long to reach the card. */
#define DISK_LIMIT_US 10000000u

/* The board has no switch for its own supply: sleep. */
static void __attribute__((noreturn)) halt(void)
{
	console_flush();
	platform_quiesce();
	for (;;) {
		armv7a_wfi();
	}
}

void power_stop(enum tzvmm_action action)
{
	if (!platform_wait(guest_disk_idle, DISK_LIMIT_US)) {
		tzvmm_log(&platform_sys, TZVMM_LOG_ERROR,
			  "the card did not finish; the last writes may be lost");
	}
	tzvmm_log(&platform_sys, TZVMM_LOG_INFO, "system %s",
		  action == TZVMM_RESET ? "reset" : "off");
	console_flush();
	if (action == TZVMM_RESET) {
		platform_reset();
	}
	halt();
}

void power_fatal(const char *text)
{
	tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "%s", text);
	halt();
}
