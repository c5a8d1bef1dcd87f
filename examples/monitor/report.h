/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_REPORT_H
#define TZVMM_MONITOR_REPORT_H

/** @file
 * A guest that hangs or has panicked: found, and reported. docs/hang-report.md. */

#include <stdbool.h>
#include <stdint.h>

/** Judge anew, as the guest is about to start. */
void report_guest_starts(void);

/** Look at the guest; from a secure timer's interrupt, some times a second. Other
 * timers may call it too.
 * @param now_us     The clock.
 * @param guest_runs Not while we hold it up, or before it was started: then it is
 * not judged, and that time does not count. */
void report_tick(uint64_t now_us, bool guest_runs);

/** Report as soon as the interrupt is served. */
void report_want(void);

/** Report if somebody wants it, and do with the guest what the policy says. The
 * guest stands still meanwhile, and secure interrupts are served.
 * @note Context: behind the dispatch of interrupts. */
void report_serve(void);

#endif /* TZVMM_MONITOR_REPORT_H */
