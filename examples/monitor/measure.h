/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_MONITOR_MEASURE_H
#define TZVMM_MONITOR_MEASURE_H

/** @file
 * The measured start: what the guest is started from is hashed and judged. */

#include <tzvmm/console.h>
#include <tzvmm/measure.h>

/** Which guests may start: a constant of the image, made by tools/measure-policy. */
extern const struct tzvmm_measure_policy measure_policy;

/** What checks signatures, if the policy asks for them.
 * @return Its ops are NULL if it does not. */
struct tzvmm_verifier measure_verifier(void);

/** Hash what the guest is about to be started from, and judge it.
 * @param boot What guest_load() gave.
 * @return NULL, or why it must not start; the log says more. */
const char *measure_guest(const struct tzvmm_boot *boot);

/** What the guest was started from, for secure code.
 * @return The digests of the last start. */
const struct tzvmm_digests *measure_digests(void);

/** The command digests: print them.
 * @param ctx  Not used.
 * @param args Not used.
 * @param out  Where to. */
void measure_print(void *ctx, const char *args, struct tzvmm_mux_source *out);

#endif /* TZVMM_MONITOR_MEASURE_H */
