/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/log.h>

/* [tzvmm/log.h]: a burst of 10, then one a second. */
#define BURST 10u
#define REFILL_US 1000000u

/* Room at a line's end for the number of those left out. */
#define SUFFIX_LEN 26u

void tzvmm_log(const struct tzvmm_sys *sys, enum tzvmm_log_level level,
	       const char *fmt, ...)
{
	char line[TZVMM_LOG_LINE];
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = tzvmm_vformat(line, sizeof(line), fmt, args);
	va_end(args);
	sys->ops->log(sys->ctx, level, line, len);
}

/* Give back what time has refilled: at most BURST steps, no division. */
static void refill(struct tzvmm_ratelimit *limit, uint64_t now)
{
	while (limit->used > 0u && now - limit->refilled_us >= REFILL_US) {
		limit->used--;
		limit->refilled_us += REFILL_US;
	}
	if (limit->used == 0u) {
		limit->refilled_us = now;
	}
}

static bool take(struct tzvmm_ratelimit *limit, uint64_t now)
{
	refill(limit, now);
	if (limit->used >= BURST) {
		limit->dropped += limit->dropped < UINT32_MAX;
		return false;
	}
	limit->used++;
	return true;
}

void tzvmm_log_limited(const struct tzvmm_sys *sys, struct tzvmm_ratelimit *limit,
		       enum tzvmm_log_level level, const char *fmt, ...)
{
	char line[TZVMM_LOG_LINE];
	va_list args;
	size_t len;

	if (!take(limit, sys->ops->now_us(sys->ctx))) {
		return;
	}
	va_start(args, fmt);
	len = tzvmm_vformat(line, sizeof(line) - SUFFIX_LEN, fmt, args);
	va_end(args);
	if (limit->dropped > 0u) {
		len += tzvmm_format(line + len, sizeof(line) - len,
				    " (%u left out)", (unsigned)limit->dropped);
		limit->dropped = 0;
	}
	sys->ops->log(sys->ctx, level, line, len);
}
