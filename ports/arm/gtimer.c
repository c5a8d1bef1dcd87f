/* SPDX-License-Identifier: BSD-2-Clause */
#include <arm/gtimer.h>

#include <arm/gtimer_hw.h>

#define US_PER_S 1000000u

enum tzvmm_status gtimer_init(struct gtimer *timer, uint32_t hz)
{
	if (hz < GTIMER_MIN_HZ || hz > GTIMER_MAX_HZ) {
		return TZVMM_E_INVAL;
	}
	timer->us_per_tick = ((uint64_t)US_PER_S << 32) / hz;
	timer->ticks_per_us = (uint32_t)(((uint64_t)hz << 16) / US_PER_S);
	gtimer_stop();
	return TZVMM_OK;
}

uint64_t gtimer_now_us(void *ctx)
{
	const struct gtimer *timer = ctx;
	const uint64_t count = gtimer_hw_count();

	return (count >> 32) * timer->us_per_tick +
	       ((count & UINT32_MAX) * timer->us_per_tick >> 32);
}

/* The timer's value has a sign. */
void gtimer_alarm(const struct gtimer *timer, uint32_t us)
{
	const uint64_t ticks = (uint64_t)us * timer->ticks_per_us >> 16;

	gtimer_hw_set(ticks > INT32_MAX ? (uint32_t)INT32_MAX : (uint32_t)ticks,
		      CNTP_CTL_ENABLE);
}

void gtimer_stop(void)
{
	gtimer_hw_set(0, 0);
}
