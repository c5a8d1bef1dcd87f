/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_RECORDSAVE_H
#define TZVMM_MONITOR_RECORDSAVE_H

/** @file
 * The record on a partition of secure code's own. */

#include <tzvmm/console.h>

/** The partition, unless the prompt names another. It must have been made ready by
 * "tools/blkrec prepare", and is nobody else's. */
#define RECORDSAVE_PARTITION "PARTLABEL=tzvmm-record"

/** Ask for the record to be saved.
 * @param selector As tzvmm_ptable_find() wants it; empty: as before, or
 *                 RECORDSAVE_PARTITION.
 * @param out      Where the outcome is told. */
void recordsave_want(const char *selector, struct tzvmm_mux_source *out);

/** Go on with it. */
void recordsave_serve(void);

#endif /* TZVMM_MONITOR_RECORDSAVE_H */
