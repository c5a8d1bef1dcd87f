/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands.h"

#include "guest.h"
#include "power.h"

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
	power_stop(TZVMM_RESET);
}

static void restart(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	(void)out;
	power_stop(TZVMM_RESTART);
}

static void off(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	(void)out;
	power_stop(TZVMM_OFF);
}

const struct tzvmm_command commands[NR_COMMANDS] = {
	{ "status", "exits, injections, disk", status },
	{ "reset", "reset the board now; the guest is not asked", reset },
	{ "restart", "start the guest anew; the board goes on", restart },
	{ "off", "stop the system now; the guest is not asked", off },
};
