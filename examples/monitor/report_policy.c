/* SPDX-License-Identifier: BSD-2-Clause */
#include "report_policy.h"

const enum tzvmm_action report_on_hang = REPORT_ON_HANG;
