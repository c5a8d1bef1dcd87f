/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands.h"

#include "guest.h"
#include "power.h"

/* A command runs in the interrupt of its last key. To stop means to wait, and that
 * serves interrupts: further commands would run in this one, and so on. */

static void status(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	guest_print_status(out);
}

static void reset(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	(void)out;
	power_want(TZVMM_RESET);
}

static void restart(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	(void)out;
	power_want(TZVMM_RESTART);
}

static void off(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	(void)out;
	power_want(TZVMM_OFF);
}

const struct tzvmm_command commands[NR_COMMANDS] = {
	{ "status", "exits, injections, disk", status },
	{ "reset", "reset the board now; the guest is not asked", reset },
	{ "restart", "start the guest anew; the board goes on", restart },
	{ "off", "stop the system now; the guest is not asked", off },
};
