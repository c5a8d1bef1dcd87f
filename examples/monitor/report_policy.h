/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_REPORT_POLICY_H
#define TZVMM_MONITOR_REPORT_POLICY_H

/** @file
 * What becomes of a guest that has stopped. */

#include <tzvmm/vm.h>

/** After the report: TZVMM_RESUME leaves it, TZVMM_RESTART resets the guest alone,
 * TZVMM_RESET the board. The build's option "on_hang". */
extern const enum tzvmm_action report_on_hang;

/** How long a guest may do what a dead one does. */
#define REPORT_LIMIT_US 10000000u

#endif /* TZVMM_MONITOR_REPORT_POLICY_H */
