/* SPDX-License-Identifier: BSD-2-Clause */
#include "recorder.h"

#include "card.h"
#include "commands.h"
#include "console.h"
#include "recordsave.h"

/* Lines are added while this little waits to leave, which is what the UART takes in
 * a few milliseconds: the guest's have room then. If they leave none, one of ours
 * comes now and then. */
#define BACKLOG 512u
#define PATIENCE 64u
#define LINES_AT_A_TIME 4u

static struct tzvmm_mux_source *to; /* NULL: nothing is being shown */
static uint64_t cursor;
static uint64_t end;
static unsigned nr_shown;
static unsigned nr_waits;

static void show(struct tzvmm_mux_source *out)
{
	struct tzvmm_abi_record_header header;

	tzvmm_record_header(&card_record, &header);
	cursor = header.lost;
	end = header.lost + header.nr_entries;
	nr_shown = 0;
	to = out;
}

/* One line more; the last one is what remains to be said. */
static void show_next(void)
{
	struct tzvmm_abi_record_entry entry;
	char line[TZVMM_RECORD_LINE];

	if (cursor < end &&
	    tzvmm_record_next(&card_record, &cursor, &entry) == TZVMM_OK) {
		(void)tzvmm_record_format(&entry, line, sizeof(line));
		tzvmm_mux_print(to, "%s", line);
		nr_shown++;
		return;
	}
	tzvmm_mux_print(to, "record: %u requests, %llu before them", nr_shown,
			(unsigned long long)(end - nr_shown));
	to = NULL;
}

void recorder_command(const char *args, struct tzvmm_mux_source *out)
{
	const char *place = command_rest(args, "save");

	if (args[0] == '\0') {
		show(out);
	} else if (place != NULL) {
		recordsave_want(place, out);
	} else {
		tzvmm_mux_print(out,
				"record: it is record, or record save PARTITION");
	}
}

void recorder_serve(void)
{
	recordsave_serve();
	if (to == NULL || (console_backlog() >= BACKLOG && ++nr_waits < PATIENCE)) {
		return;
	}
	nr_waits = 0;
	for (unsigned i = 0; i < LINES_AT_A_TIME && to != NULL; i++) {
		show_next();
	}
}
