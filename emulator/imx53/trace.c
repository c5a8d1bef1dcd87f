/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace of the LED and of world switches: "<virtual ns> <what> <arg>".
 */
#include "imx53.h"

bool imx53_trace_open(Imx53Trace *t, const char *path, Error **errp)
{
	t->file = fopen(path, "w");
	if (t->file == NULL) {
		error_setg_errno(errp, errno, "led-trace: cannot write '%s'",
				 path);
		return false;
	}
	/* Whole lines: a reader may follow the file while we run. */
	setvbuf(t->file, NULL, _IOLBF, BUFSIZ);
	return true;
}

void imx53_trace_event(Imx53Trace *t, const char *what, const char *arg)
{
	if (t->file == NULL) {
		return;
	}
	fprintf(t->file, "%" PRId64 " %s%s%s\n",
		qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL), what,
		arg != NULL ? " " : "", arg != NULL ? arg : "");
}
