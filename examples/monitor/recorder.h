/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_RECORDER_H
#define TZVMM_MONITOR_RECORDER_H

/** @file
 * What passed lately at the card, shown at the prompt or saved to a partition,
 * while the guest goes on. */

#include <tzvmm/console.h>

/** The command: nothing to show it, "save [PARTITION]" to save it.
 * @param args What follows its name.
 * @param out  Where answers go. */
void recorder_command(const char *args, struct tzvmm_mux_source *out);

/** Go on with both, a little. To be called when interrupts were served. */
void recorder_serve(void);

#endif /* TZVMM_MONITOR_RECORDER_H */
