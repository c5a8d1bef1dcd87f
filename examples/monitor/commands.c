/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands.h"

#include "card.h"
#include "console.h"
#include "counter.h"
#include "disk.h"
#include "guest.h"
#include "measure.h"
#include "overlay.h"
#include "power.h"
#include "recorder.h"
#include "report.h"

/* A command runs in the interrupt of its last key. To stop means to wait, and that
 * serves interrupts: further commands would run in this one, and so on. */

static void status(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	guest_print_status(out);
}

const char *command_rest(const char *args, const char *word)
{
	while (*word != '\0' && *args == *word) {
		args++;
		word++;
	}
	if (*word != '\0' || (*args != '\0' && *args != ' ')) {
		return NULL;
	}
	return *args == ' ' ? args + 1 : args;
}

static void reset(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	if (command_rest(args, "guest") != NULL) {
		power_want(TZVMM_RESTART);
	} else if (*args == '\0' || command_rest(args, "board") != NULL) {
		power_want(TZVMM_RESET);
	} else {
		tzvmm_mux_print(out, "reset: guest or board");
	}
}

static void report(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	(void)out;
	report_want();
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

/* ---- What waits --------------------------------------------------------- */

static void (*wanted)(struct tzvmm_mux_source *out);
static struct tzvmm_mux_source *wanted_out;

static void want(void (*work)(struct tzvmm_mux_source *), struct tzvmm_mux_source *out)
{
	wanted = work;
	wanted_out = out;
}

void commands_serve(void)
{
	void (*const work)(struct tzvmm_mux_source *) = wanted;

	wanted = NULL;
	if (work != NULL) {
		work(wanted_out);
	}
	recorder_serve();
}

static void record(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	recorder_command(args, out);
}

static void commit_now(struct tzvmm_mux_source *out)
{
	const char *failed = card_wait(disks_idle)
				     ? overlays_commit()
				     : "the disks do not come to rest";

	tzvmm_mux_print(out, "commit: %s", failed == NULL ? "done" : failed);
}

static void commit(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	want(commit_now, out);
}

static void count_now(struct tzvmm_mux_source *out)
{
	uint32_t value;
	const char *failed = counter_next(&value);

	if (failed == NULL) {
		tzvmm_mux_print(out, "count: %u", (unsigned)value);
	} else {
		tzvmm_mux_print(out, "count: %s", failed);
	}
}

static void count(void *ctx, const char *args, struct tzvmm_mux_source *out)
{
	(void)ctx;
	(void)args;
	want(count_now, out);
}

const struct tzvmm_command commands[NR_COMMANDS] = {
	{ "status", "exits, injections, disk", status },
	{ "record",
	  "the last requests to the card, for tools/blkrec; save: to a partition",
	  record },
	{ "commit", "write what is in overlays to the partitions", commit },
	{ "count", "count up on the trusted partition", count },
	{ "digests", "what the guest was started from, as hashes", measure_print },
	{ "report", "what the guest does, and what it did last", report },
	{ "reset", "reset guest or reset board, now; the guest is not asked", reset },
	{ "restart", "the same as reset guest", restart },
	{ "off", "stop the system now; the guest is not asked", off },
};
