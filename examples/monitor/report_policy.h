/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_REPORT_POLICY_H
#define TZVMM_MONITOR_REPORT_POLICY_H

/** @file
 * What becomes of a guest that has stopped. */

#include <tzvmm/vm.h>

/** After the report: TZVMM_RESUME leaves it, TZVMM_RESTART resets the guest alone,
 * TZVMM_RESET the board. A build may choose by -Dc_args. */
#ifndef REPORT_ON_HANG
#define REPORT_ON_HANG TZVMM_RESUME
#endif

/** How long a guest may do what a dead one does. */
#define REPORT_LIMIT_US 10000000u

#endif /* TZVMM_MONITOR_REPORT_POLICY_H */
