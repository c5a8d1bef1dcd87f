/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_STEADY_H
#define IMX_STEADY_H

/** @file
 * Time that a guest can disturb within bounds: an EPIT as clock, whose registers
 * the guest can reach, held by the ticks of a watchdog, which it cannot. */

#include <stdbool.h>
#include <stdint.h>

#include <imx/epit.h>

/** A steady clock. Memory of the caller. */
struct imx_steady {
	/** @cond PRIVATE */
	struct imx_epit_clock *clock;
	uint32_t period_us; /* between two ticks; 0: not watched */
	uint64_t tick_us;   /* when the last one was */
	uint64_t floor_us;  /* the latest time that was shown */
	uint32_t corrected;

	/** @endcond */
};

/** Show what a clock shows; nothing watches it yet.
 * @param steady Caller's memory.
 * @param clock  Started; borrowed. */
void imx_steady_init(struct imx_steady *steady, struct imx_epit_clock *clock);

/** From now on imx_steady_tick() is called once in each period.
 * @param steady    Initialised.
 * @param period_us Microseconds between two ticks. */
void imx_steady_watch(struct imx_steady *steady, uint32_t period_us);

/** The time.
 *
 * While it is watched it runs at least half and at most one and a half times as
 * fast as the ticks, whatever is done to the EPIT, and stands still when it has
 * run for one and a half periods without a tick.
 *
 * @param ctx The struct imx_steady; fits tzvmm_sys_ops.now_us.
 * @return Microseconds; never less than before.
 * @note Context: serialised with the others. */
uint64_t imx_steady_now_us(void *ctx);

/** A period has passed: compare the EPIT with that, and let it run as it should if
 * it does not.
 * @param steady Watched.
 * @return Whether the EPIT's registers were as they should be. */
bool imx_steady_tick(struct imx_steady *steady);

/** Ticks at which the clock's time was not believed. A tick that was served late,
 * by more than half a period, counts too.
 * @param steady Initialised.
 * @return The count; it wraps. */
uint32_t imx_steady_corrected(const struct imx_steady *steady);

#endif /* IMX_STEADY_H */
