/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/epit.h>

#include <imx/epit_regs.h>
#include <tzvmm/port/mmio.h>

/* There is no clock yet while the clock is being reset: the wait counts. */
#define EPIT_RESET_LOOKS 10000u
#define EPIT_MIN_HZ 1000001u /* more than one tick a microsecond */
#define EPIT_MAX_HZ 400000000u

/* It counts while the CPU sleeps, whatever the depth: time must not stop because
 * the guest idles. */
#define EPIT_CR_BASE (CR_CLKSRC_HIGH | CR_STOPEN | CR_DOZEN | CR_WAITEN | CR_ENMOD)

static enum tzvmm_status epit_reset(uintptr_t base, uint32_t root_hz)
{
	uint32_t looks = EPIT_RESET_LOOKS;

	if (root_hz < EPIT_MIN_HZ || root_hz > EPIT_MAX_HZ) {
		return TZVMM_E_INVAL;
	}
	tzvmm_mmio_write32(base + EPIT_CR, 0);
	tzvmm_mmio_write32(base + EPIT_CR, CR_SWR);
	while ((tzvmm_mmio_read32(base + EPIT_CR) & CR_SWR) != 0u) {
		if (looks-- == 0u) {
			return TZVMM_E_TIMEOUT;
		}
	}
	/* [GEN timer_base.h] SWR keeps some bits of CR: set them all. */
	tzvmm_mmio_write32(base + EPIT_CR, 0);
	tzvmm_mmio_write32(base + EPIT_SR, SR_OCIF);
	return TZVMM_OK;
}

enum tzvmm_status imx_epit_clock_init(struct imx_epit_clock *clock, uintptr_t base,
				      uint32_t root_hz)
{
	const uint64_t us_fixed = UINT64_C(1000000) << 32;
	enum tzvmm_status st = epit_reset(base, root_hz);

	if (st != TZVMM_OK) {
		return st;
	}
	*clock = (struct imx_epit_clock){
		.base = base,
		.us_per_tick = (uint32_t)((us_fixed + root_hz / 2u) / root_hz),
	};
	tzvmm_mmio_write32(base + EPIT_CR, EPIT_CR_BASE);
	tzvmm_mmio_write32(base + EPIT_CR, EPIT_CR_BASE | CR_EN);
	clock->mark[0].ticks = ~tzvmm_mmio_read32(base + EPIT_CNT);
	return TZVMM_OK;
}

/* The snapshot in use, carried on to now. The counter is read after the
 * snapshot was, so it is never older than the snapshot. */
static struct imx_epit_mark epit_advance(const struct imx_epit_clock *clock)
{
	struct imx_epit_mark mark;
	uint32_t nr;
	uint64_t passed;

	/* The copy is torn only if two syncs interrupted it, half a round of the
	 * counter apart; the next copy cannot be. */
	do {
		nr = clock->nr_marks;
		mark = *(const volatile struct imx_epit_mark *)&clock->mark[nr & 1u];
	} while (clock->nr_marks - nr > 1u);

	uint32_t ticks = ~tzvmm_mmio_read32(clock->base + EPIT_CNT);

	passed = (uint64_t)(ticks - mark.ticks) * clock->us_per_tick + mark.frac;
	mark.us += passed >> 32;
	mark.frac = (uint32_t)passed;
	mark.ticks = ticks;
	return mark;
}

uint64_t imx_epit_clock_now_us(void *ctx)
{
	return epit_advance(ctx).us;
}

static void epit_set_mark(struct imx_epit_clock *clock, struct imx_epit_mark mark)
{
	uint32_t nr = clock->nr_marks + 1u;

	*(volatile struct imx_epit_mark *)&clock->mark[nr & 1u] = mark;
	clock->nr_marks = nr;
}

void imx_epit_clock_sync(struct imx_epit_clock *clock)
{
	epit_set_mark(clock, epit_advance(clock));
}

bool imx_epit_clock_intact(const struct imx_epit_clock *clock)
{
	return tzvmm_mmio_read32(clock->base + EPIT_CR) == (EPIT_CR_BASE | CR_EN);
}

void imx_epit_clock_set(struct imx_epit_clock *clock, uint64_t us)
{
	tzvmm_mmio_write32(clock->base + EPIT_CR, EPIT_CR_BASE);
	tzvmm_mmio_write32(clock->base + EPIT_CR, EPIT_CR_BASE | CR_EN);
	epit_set_mark(clock,
		      (struct imx_epit_mark){
			      .us = us,
			      .ticks = ~tzvmm_mmio_read32(clock->base + EPIT_CNT),
		      });
}

enum tzvmm_status imx_epit_alarm_init(struct imx_epit_alarm *alarm, uintptr_t base,
				      uint32_t root_hz)
{
	enum tzvmm_status st = epit_reset(base, root_hz);

	if (st != TZVMM_OK) {
		return st;
	}
	*alarm = (struct imx_epit_alarm){
		.base = base,
		.ticks_per_us = (uint32_t)(((uint64_t)root_hz << 16) / 1000000u),
	};
	return TZVMM_OK;
}

void imx_epit_alarm_set(struct imx_epit_alarm *alarm, uint32_t us)
{
	const uint32_t cr = EPIT_CR_BASE | CR_RLD | CR_OCIEN;
	uint64_t ticks = (uint64_t)us * alarm->ticks_per_us >> 16;

	if (ticks == 0u) {
		ticks = 1;
	} else if (ticks > UINT32_MAX) {
		ticks = UINT32_MAX;
	}
	imx_epit_alarm_stop(alarm);
	tzvmm_mmio_write32(alarm->base + EPIT_CR, cr);
	tzvmm_mmio_write32(alarm->base + EPIT_LR, (uint32_t)ticks);
	tzvmm_mmio_write32(alarm->base + EPIT_CMPR, 0);
	tzvmm_mmio_write32(alarm->base + EPIT_CR, cr | CR_EN);
	alarm->cr = cr | CR_EN;
	alarm->lr = (uint32_t)ticks;
}

bool imx_epit_alarm_intact(const struct imx_epit_alarm *alarm)
{
	if (tzvmm_mmio_read32(alarm->base + EPIT_CR) != alarm->cr) {
		return false;
	}
	return alarm->cr == 0u ||
	       (tzvmm_mmio_read32(alarm->base + EPIT_LR) == alarm->lr &&
		tzvmm_mmio_read32(alarm->base + EPIT_CMPR) == 0u);
}

void imx_epit_alarm_stop(struct imx_epit_alarm *alarm)
{
	tzvmm_mmio_write32(alarm->base + EPIT_CR, 0);
	tzvmm_mmio_write32(alarm->base + EPIT_SR, SR_OCIF);
	alarm->cr = 0;
}
