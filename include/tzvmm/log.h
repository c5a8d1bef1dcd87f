/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_LOG_H
#define TZVMM_LOG_H

/** @file
 * Formatted log lines without a heap, and the limit on what a guest can make
 * the VMM say. */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/port/port.h>

/** Longest formatted line; the rest is cut. */
#define TZVMM_LOG_LINE 160u

/** Format into a buffer. Knows %c %s %d %u %x with 0, width (decimal digits)
 * and the modifiers l, ll, z; %% and nothing else. Always terminates.
 *
 * @param buf  Destination.
 * @param size Its bytes, at least 1.
 * @param fmt  Format; a constant of ours, never guest data.
 * @return Length of what was written, without the NUL; less than @p size. */
size_t tzvmm_format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** tzvmm_format() with an argument list.
 * @param buf  Destination.
 * @param size Its bytes, at least 1.
 * @param fmt  Format.
 * @param args Arguments.
 * @return Length. */
size_t tzvmm_vformat(char *buf, size_t size, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));

/** Log one line of our own.
 * @param sys   Services.
 * @param level Weight.
 * @param fmt   As tzvmm_format(). */
void tzvmm_log(const struct tzvmm_sys *sys, enum tzvmm_log_level level,
	       const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** Limits lines that a guest, a card or a file can provoke: a burst of 10,
 * then one a second, with the number of those left out. Zero-initialised. */
struct tzvmm_ratelimit {
	/** @cond PRIVATE */
	uint64_t refilled_us;
	uint32_t used; /* tokens taken out of the burst */
	/* lines left out since the last one printed */
	uint32_t dropped;

	/** @endcond */
};

/** Log a line that something untrusted provoked, unless too many came.
 * @param sys   Services.
 * @param limit The limit's state.
 * @param level Weight.
 * @param fmt   As tzvmm_format(). */
void tzvmm_log_limited(const struct tzvmm_sys *sys, struct tzvmm_ratelimit *limit,
		       enum tzvmm_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif /* TZVMM_LOG_H */
