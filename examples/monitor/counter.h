/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_COUNTER_H
#define TZVMM_MONITOR_COUNTER_H

/** @file
 * An example of secure code with a place of its own on the card: a counter that
 * only goes up, in the last two sectors of the trusted partition. */

#include <stdint.h>

/** Count up. When it returns, the new value is on the card; a loss of power leaves
 * the old one or the new one.
 * @param value Set to the new value.
 * @return NULL, or what failed.
 * @note Context: not from an interrupt handler. */
const char *counter_next(uint32_t *value);

#endif /* TZVMM_MONITOR_COUNTER_H */
