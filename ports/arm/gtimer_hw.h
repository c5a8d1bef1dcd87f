/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARM_GTIMER_HW_H
#define ARM_GTIMER_HW_H

/** @file
 * The generic timer's registers, which are no memory: host tests define
 * TZVMM_MMIO_MODEL and give functions instead, as for <tzvmm/port/mmio.h>. */

#include <stdint.h>

/** @cond PRIVATE */
#define CNTP_CTL_ENABLE (1u << 0)
/** @endcond */

#ifdef TZVMM_MMIO_MODEL

/** @return What firmware says of the counter's rate, in Hz. */
uint32_t gtimer_hw_hz(void);

/** @return The counter. */
uint64_t gtimer_hw_count(void);

/** Set the secure physical timer.
 * @param ticks From now. @param ctl CNTP_CTL. */
void gtimer_hw_set(uint32_t ticks, uint32_t ctl);

#else

#include <armv7a/cp15.h>

/** @return What firmware says of the counter's rate, in Hz. */
static inline uint32_t gtimer_hw_hz(void)
{
	return armv7a_read_cntfrq();
}

/** @return The counter. */
static inline uint64_t gtimer_hw_count(void)
{
	uint64_t count;

	armv7a_isb(); /* or it may be read early */
	__asm__ volatile("mrrc p15, 0, %Q0, %R0, c14" : "=r"(count));
	return count;
}

/** Set the secure physical timer. In Monitor mode SCR.NS says which world's it is,
 * and it is set during an exit of the guest.
 * @param ticks From now. @param ctl CNTP_CTL. */
static inline void gtimer_hw_set(uint32_t ticks, uint32_t ctl)
{
	const uint32_t scr = armv7a_read_scr();

	armv7a_write_scr(scr & ~SCR_NS);
	armv7a_isb();
	armv7a_write_cntp_tval(ticks);
	armv7a_write_cntp_ctl(ctl);
	armv7a_write_scr(scr);
	armv7a_isb();
}

#endif /* TZVMM_MMIO_MODEL */

#endif /* ARM_GTIMER_HW_H */
