/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARM_GTIMER_H
#define ARM_GTIMER_H

/** @file
 * The generic timer [ARMv7-ARM] B8: its counter as a clock, and the secure physical
 * timer as an alarm. The normal world can neither stop nor set either of them. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** The rates between which there is nothing to go wrong in 32 bits. */
#define GTIMER_MIN_HZ 1000000u
#define GTIMER_MAX_HZ 1000000000u /**< See GTIMER_MIN_HZ. */

/** Clock and alarm of a CPU. Memory of the caller. */
struct gtimer {
	/** @cond PRIVATE */
	uint64_t us_per_tick;  /* 32.32 fixed point */
	uint32_t ticks_per_us; /* 16.16 */
			       /** @endcond */
};

/** Start the clock; the alarm is off.
 *
 * @param timer Caller's memory.
 * @param hz    The counter's rate, GTIMER_MIN_HZ .. GTIMER_MAX_HZ: what firmware
 *              put into CNTFRQ, if it did, gtimer_hw_hz().
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL @p hz is out of range.
 * @note Context of all: secure world, its interrupts masked. */
TZVMM_NODISCARD enum tzvmm_status gtimer_init(struct gtimer *timer, uint32_t hz);

/** The clock, as tzvmm_sys_ops.now_us wants it.
 * @param ctx The struct gtimer.
 * @return Microseconds since the counter was 0. Behind by 1 in 10^7 at most, what
 *         rounding of the rate costs. */
uint64_t gtimer_now_us(void *ctx);

/** Raise the interrupt once; replaces what was set.
 * @param timer Started.
 * @param us    From now; cut to what the timer can count. */
void gtimer_alarm(const struct gtimer *timer, uint32_t us);

/** Lower the interrupt; none will come. */
void gtimer_stop(void);

#endif /* ARM_GTIMER_H */
