/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_EPIT_H
#define IMX_EPIT_H

/** @file
 * EPIT of i.MX: one as a clock that never goes back, another one as an alarm.
 *
 * On i.MX53 both share a CSU slot with the GPT (imx53.md 3.2 04a), which the
 * guest owns: it can stop them. Nothing that protects anything may rest on them
 * alone; every wait of these drivers has a second bound that counts, and steady.h
 * holds the clock by a watchdog. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** A clock. Memory of the caller. */
struct imx_epit_clock {
	/** @cond PRIVATE */
	uintptr_t base;
	uint32_t us_per_tick; /* 0.32 fixed point */
	/* Two snapshots, used in turn: whoever interrupts a reader writes the
	 * one that is not being read. */
	struct imx_epit_mark {
		uint64_t us;
		uint32_t frac; /* of a microsecond, 0.32 */
		uint32_t ticks;
	} mark[2];
	/* mark[nr_marks & 1] counts. */
	volatile uint32_t nr_marks;

	/** @endcond */
};

/** Start a clock at zero.
 *
 * A tick's length is rounded to 2^-32 us: at 33.33 MHz the clock is at most
 * 4 parts in 10^9 off its crystal, and no rounding adds up.
 *
 * @param clock   Caller's memory.
 * @param base    Registers.
 * @param root_hz Clock of the block, 1000001 .. 400000000.
 * @retval TZVMM_OK        It runs.
 * @retval TZVMM_E_INVAL   @p root_hz is out of range.
 * @retval TZVMM_E_TIMEOUT The block stays in reset.
 * @note It goes on counting while the CPU waits for an interrupt. */
TZVMM_NODISCARD enum tzvmm_status
imx_epit_clock_init(struct imx_epit_clock *clock, uintptr_t base, uint32_t root_hz);

/** The time since imx_epit_clock_init().
 * @param ctx The struct imx_epit_clock; fits tzvmm_sys_ops.now_us.
 * @return Microseconds; never less than before.
 * @note Context: any, also one that imx_epit_clock_sync() interrupts. */
uint64_t imx_epit_clock_now_us(void *ctx);

/** Note that time passes. To be called at least once in half a round of the
 * counter (64 s at 33.33 MHz), for example by a periodic alarm's interrupt.
 * @param clock Started.
 * @note Context: not reentrant. */
void imx_epit_clock_sync(struct imx_epit_clock *clock);

/** Whether the registers are as imx_epit_clock_init() left them. What the counter
 * shows may still be wrong: who can write the registers can put them back.
 * @param clock Started.
 * @return false: somebody else changed them. */
bool imx_epit_clock_intact(const struct imx_epit_clock *clock);

/** Let the clock run, whatever was done to it, and show a time.
 * @param clock Started.
 * @param us    The time from which it goes on.
 * @note Context: as imx_epit_clock_sync(). */
void imx_epit_clock_set(struct imx_epit_clock *clock, uint64_t us);

/** An alarm. Memory of the caller. */
struct imx_epit_alarm {
	/** @cond PRIVATE */
	uintptr_t base;
	uint32_t ticks_per_us; /* 16.16 fixed point */
	uint32_t cr;           /* as it was written last ... */
	uint32_t lr;           /* ... with CR.EN set */

	/** @endcond */
};

/** Prepare an alarm; it is off.
 *
 * @param alarm   Caller's memory.
 * @param base    Registers; not the clock's.
 * @param root_hz Clock of the block, 1000001 .. 400000000.
 * @retval TZVMM_OK        Ready.
 * @retval TZVMM_E_INVAL   @p root_hz is out of range.
 * @retval TZVMM_E_TIMEOUT The block stays in reset. */
TZVMM_NODISCARD enum tzvmm_status
imx_epit_alarm_init(struct imx_epit_alarm *alarm, uintptr_t base, uint32_t root_hz);

/** Raise the interrupt later; replaces what was set, and lowers what was raised.
 *
 * @param alarm Prepared.
 * @param us    Microseconds from now; cut to one round of the counter. */
void imx_epit_alarm_set(struct imx_epit_alarm *alarm, uint32_t us);

/** Whether the registers are as the last call here left them.
 * @param alarm Prepared.
 * @return false: somebody else changed them. */
bool imx_epit_alarm_intact(const struct imx_epit_alarm *alarm);

/** Stop it; a raised interrupt is lowered.
 * @param alarm Prepared. */
void imx_epit_alarm_stop(struct imx_epit_alarm *alarm);

#endif /* IMX_EPIT_H */
