/* SPDX-License-Identifier: BSD-2-Clause */
/* Time under a guest that has the clock's registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/epit_regs.h>
#include <imx/steady.h>
#include <tzvmm/port/mmio.h>

#include "epit_model.h"

#define BASE 0x53FAC000u
#define HZ 33333333u
#define PERIOD_US 500000u
#define MS UINT64_C(1000000)
#define RUNNING                                                                    \
	(CR_CLKSRC_HIGH | CR_STOPEN | CR_DOZEN | CR_WAITEN | CR_ENMOD | CR_EN)

static struct epit_model hw;
static struct imx_epit_clock epit;
static struct imx_steady steady;

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	epit_model_init(&hw, BASE, HZ);
	if (imx_epit_clock_init(&epit, BASE, HZ) != TZVMM_OK) {
		return -1;
	}
	imx_steady_init(&steady, &epit);
	return 0;
}

static uint64_t now(void)
{
	return imx_steady_now_us(&steady);
}

static void watch(void)
{
	imx_steady_watch(&steady, PERIOD_US);
}

/* Something that the guest does to the counter, without a trace in registers. */
static void jump(int64_t ticks)
{
	hw.from_ns -= (uint64_t)(ticks * 1000000000 / HZ);
}

static void unwatched_it_is_the_clock(void **state)
{
	(void)state;
	model_pass_ns(90000 * MS);
	assert_in_range(now(), 89999990u, 90000010u);
}

static void watched_and_left_alone_it_is_the_clock_too(void **state)
{
	const uint64_t start = model_now_ns();

	(void)state;
	watch();
	for (unsigned n = 1; n <= 1000; n++) {
		model_pass_ns(start + n * 500 * MS - model_now_ns());
		assert_true(imx_steady_tick(&steady));
		assert_in_range(now(), n * 500000u - 20u, n * 500000u + 20u);
	}
	assert_int_equal(imx_steady_corrected(&steady), 0);
}

static void a_stopped_clock_is_seen_and_goes_on_a_period_later(void **state)
{
	uint64_t before;

	(void)state;
	watch();
	model_pass_ns(100 * MS);
	tzvmm_mmio_write32(BASE + EPIT_CR, 0);
	before = now();
	model_pass_ns(400 * MS);
	assert_int_equal(now(), before);
	assert_false(imx_steady_tick(&steady));
	assert_int_equal(*model_reg(&hw.regs, EPIT_CR), RUNNING);
	assert_in_range(now(), 499990u, 500010u);
	model_pass_ns(100 * MS);
	assert_in_range(now(), 599990u, 600010u);
	assert_int_equal(imx_steady_corrected(&steady), 1);
}

static void a_clock_that_shows_a_likely_time_is_restored_all_the_same(void **state)
{
	(void)state;
	watch();
	model_pass_ns(500 * MS);
	*model_reg(&hw.regs, EPIT_CR) &= ~CR_WAITEN; /* it will stop when we sleep */
	assert_false(imx_steady_tick(&steady));
	assert_int_equal(*model_reg(&hw.regs, EPIT_CR), RUNNING);
	assert_in_range(now(), 499990u, 500010u);
}

static void a_clock_that_is_stopped_each_time_still_makes_its_periods(void **state)
{
	(void)state;
	watch();
	for (unsigned n = 1; n <= 100; n++) {
		tzvmm_mmio_write32(BASE + EPIT_CR, 0);
		model_pass_ns(500 * MS);
		assert_false(imx_steady_tick(&steady));
		assert_in_range(now(), n * 500000u, n * 500000u + 100u);
	}
}

static void a_clock_turned_forward_gains_half_a_period_at_most(void **state)
{
	uint64_t last = 0;

	(void)state;
	watch();
	for (unsigned n = 1; n <= 100; n++) {
		model_pass_ns(250 * MS);
		jump((int64_t)HZ * 20);
		assert_true(now() <= (n - 1u) * 750000u + 750000u);
		model_pass_ns(250 * MS);
		(void)imx_steady_tick(&steady);
		assert_true(now() >= last + 500000u && now() <= n * UINT64_C(750000));
		last = now();
	}
	assert_int_equal(imx_steady_corrected(&steady), 100);
}

static void a_clock_turned_back_loses_half_a_period_at_most(void **state)
{
	uint64_t last = 0;

	(void)state;
	watch();
	for (unsigned n = 1; n <= 100; n++) {
		model_pass_ns(499 * MS);
		jump(-(int64_t)(HZ / 1000u * 490u)); /* to 9 ms after the tick */
		model_pass_ns(1 * MS);
		(void)imx_steady_tick(&steady);
		assert_true(now() >= last + 250000u);
		last = now();
	}
}

static void it_never_goes_back(void **state)
{
	uint64_t last = 0;
	uint32_t seed = 1;

	(void)state;
	watch();
	for (unsigned n = 0; n < 5000; n++) {
		seed = seed * 1664525u + 1013904223u;
		switch (seed >> 24 & 7u) {
		case 0:
			jump((int64_t)(seed >> 4));
			break;
		case 1:
			tzvmm_mmio_write32(BASE + EPIT_CR, 0);
			break;
		case 2:
			tzvmm_mmio_write32(BASE + EPIT_CR, RUNNING);
			break;
		default:
			break;
		}
		model_pass_ns(seed >> 2 & 0xFFFFFFFu);
		if (n % 4u == 0u) {
			(void)imx_steady_tick(&steady);
		}
		assert_true(now() >= last);
		last = now();
	}
}

static void without_ticks_it_stands_still_after_one_and_a_half_periods(void **state)
{
	(void)state;
	watch();
	model_pass_ns(700 * MS);
	assert_in_range(now(), 699990u, 700010u);
	model_pass_ns(100 * MS);
	assert_in_range(now(), 749990u, 750010u);
	model_pass_ns(10000 * MS);
	assert_in_range(now(), 749990u, 750010u);
	/* It was served late: nobody touched anything. */
	assert_true(imx_steady_tick(&steady));
	assert_int_equal(imx_steady_corrected(&steady), 1);
	model_pass_ns(100 * MS);
	assert_in_range(now(), 849980u, 850020u);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(unwatched_it_is_the_clock),
		T(watched_and_left_alone_it_is_the_clock_too),
		T(a_stopped_clock_is_seen_and_goes_on_a_period_later),
		T(a_clock_that_shows_a_likely_time_is_restored_all_the_same),
		T(a_clock_that_is_stopped_each_time_still_makes_its_periods),
		T(a_clock_turned_forward_gains_half_a_period_at_most),
		T(a_clock_turned_back_loses_half_a_period_at_most),
		T(it_never_goes_back),
		T(without_ticks_it_stands_still_after_one_and_a_half_periods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
