/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock and the alarm. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/epit.h>
#include <imx/epit_regs.h>
#include <tzvmm/port/mmio.h>

#include "epit_model.h"

#define BASE 0x53FAC000u
#define HZ 33333333u

static struct epit_model hw;
static struct imx_epit_clock epit;
static struct imx_epit_alarm alarm_;

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	epit_model_init(&hw, BASE, HZ);
	return 0;
}

static void start_clock(uint64_t hz)
{
	hw.hz = hz;
	assert_int_equal(imx_epit_clock_init(&epit, BASE, (uint32_t)hz), TZVMM_OK);
}

/* Modelled microseconds since the counter was loaded. */
static uint64_t truth_us(void)
{
	return (model_now_ns() - hw.from_ns) / 1000u;
}

static void the_clock_follows_time_within_its_documented_error(void **state)
{
	static const uint64_t rates[] = { 33333333, 66666666, 1000001, 24000000,
					  400000000 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		bring_up(state);
		start_clock(rates[i]);
		for (unsigned n = 0; n < 200; n++) {
			uint64_t now, truth;

			/* A little less than half a round each time. */
			epit_model_skip(&hw, 0x7FF00000u + n * 3u);
			imx_epit_clock_sync(&epit);
			now = imx_epit_clock_now_us(&epit);
			truth = truth_us();
			assert_true(now + 2u +
					    truth / 1000000u * rates[i] / 1000000u /
						    4u >=
				    truth);
			assert_true(now <= truth + 2u +
						   truth / 1000000u * rates[i] /
							   1000000u / 4u);
		}
	}
}

static void at_33_mhz_an_hour_is_right_to_twenty_microseconds(void **state)
{
	uint64_t now, truth;

	(void)state;
	start_clock(HZ);
	while (truth_us() < UINT64_C(3600000000)) {
		epit_model_skip(&hw, HZ / 100u);
		imx_epit_clock_sync(&epit);
	}
	now = imx_epit_clock_now_us(&epit);
	truth = truth_us();
	assert_true(now + 20u > truth && now < truth + 20u);
}

static void the_clock_never_goes_back_across_wraps(void **state)
{
	uint64_t last = 0;

	(void)state;
	start_clock(HZ);
	for (unsigned n = 0; n < 10000; n++) {
		uint64_t now;

		epit_model_skip(&hw, 0x1000000u + n * 4099u);
		if (n % 64u == 0u) {
			imx_epit_clock_sync(&epit);
		}
		now = imx_epit_clock_now_us(&epit);
		assert_true(now > last);
		last = now;
	}
	assert_true(last > UINT64_C(4294967296)); /* beyond 32 bits */
}

static void sync_interrupts_a_reader(void)
{
	imx_epit_clock_sync(&epit);
}

static struct model_device *real;
static bool armed;

static uint32_t interrupted_read(void *ctx, uint32_t offset)
{
	(void)ctx;
	if (armed && offset == EPIT_CNT) {
		armed = false;
		epit_model_skip(&hw, 0x70000000);
		sync_interrupts_a_reader();
		epit_model_skip(&hw, 0x70000000);
		sync_interrupts_a_reader();
	}
	return real->read(&hw.regs, offset);
}

static void a_reader_that_is_interrupted_by_the_sync_sees_no_step_back(void **state)
{
	struct model_device front = { .name = "epit",
				      .base = BASE,
				      .len = 0x1000,
				      .width = 4,
				      .read = interrupted_read };
	uint64_t before, during;

	(void)state;
	start_clock(HZ);
	epit_model_skip(&hw, 1000000);
	imx_epit_clock_sync(&epit);
	before = imx_epit_clock_now_us(&epit);
	real = &hw.regs.dev;
	front.write = real->write;
	front.ctx = real->ctx;
	model_attach(&front);
	armed = true;
	/* Nearly a round passes between the snapshot and the counter's read. */
	during = imx_epit_clock_now_us(&epit);
	assert_false(armed);
	assert_true(during >= before + UINT64_C(2) * 0x70000000 * 1000000 / HZ - 2u);
	assert_true(imx_epit_clock_now_us(&epit) >= during);
}

static void a_clock_out_of_range_is_refused(void **state)
{
	(void)state;
	assert_int_equal(imx_epit_clock_init(&epit, BASE, 1000000), TZVMM_E_INVAL);
	assert_int_equal(imx_epit_clock_init(&epit, BASE, 400000001), TZVMM_E_INVAL);
	assert_int_equal(imx_epit_clock_init(&epit, BASE, 0), TZVMM_E_INVAL);
	assert_int_equal(imx_epit_alarm_init(&alarm_, BASE, 0), TZVMM_E_INVAL);
}

static void a_block_without_clock_ends_init(void **state)
{
	(void)state;
	epit_model_gate(&hw, true);
	model_set_budget(20000);
	assert_int_equal(imx_epit_clock_init(&epit, BASE, HZ), TZVMM_E_TIMEOUT);
	bring_up(state);
	epit_model_gate(&hw, true);
	assert_int_equal(imx_epit_alarm_init(&alarm_, BASE, HZ), TZVMM_E_TIMEOUT);
}

static void a_clock_that_the_guest_stopped_stands_and_goes_on(void **state)
{
	uint64_t at;

	(void)state;
	start_clock(HZ);
	epit_model_skip(&hw, 1000000);
	epit_model_gate(&hw, true);
	at = imx_epit_clock_now_us(&epit);
	epit_model_skip(&hw, 1000000);
	imx_epit_clock_sync(&epit);
	assert_int_equal(imx_epit_clock_now_us(&epit), at);
	epit_model_gate(&hw, false);
	assert_true(imx_epit_clock_now_us(&epit) > at);
}

static void a_clock_that_the_guest_stopped_is_taken_back_without_a_step(void **state)
{
	uint64_t before;

	(void)state;
	start_clock(HZ);
	epit_model_skip(&hw, HZ);
	before = imx_epit_clock_now_us(&epit);
	assert_in_range(before, 999990u, 1000010u);
	tzvmm_mmio_write32(BASE + EPIT_CR, 0);
	model_pass_ns(UINT64_C(5000000000));
	assert_false(imx_epit_clock_intact(&epit));
	imx_epit_clock_set(&epit, before);
	assert_true(imx_epit_clock_intact(&epit));
	assert_in_range(imx_epit_clock_now_us(&epit), before, before + 2u);
	model_pass_ns(UINT64_C(1000000000));
	assert_in_range(imx_epit_clock_now_us(&epit), before + 999990u,
			before + 1000010u);
}

static void the_clock_counts_while_the_cpu_sleeps(void **state)
{
	uint32_t cr;

	(void)state;
	start_clock(HZ);
	cr = *model_reg(&hw.regs, EPIT_CR);
	assert_int_equal(cr & (CR_WAITEN | CR_DOZEN | CR_STOPEN),
			 CR_WAITEN | CR_DOZEN | CR_STOPEN);
	assert_int_equal(cr & CR_OCIEN, 0);
}

static void start_alarm(void)
{
	assert_int_equal(imx_epit_alarm_init(&alarm_, BASE, HZ), TZVMM_OK);
	assert_false(epit_model_irq(&hw));
}

static void an_alarm_rings_in_time_until_it_is_stopped(void **state)
{
	(void)state;
	start_alarm();
	imx_epit_alarm_set(&alarm_, 10000);
	model_pass_ns(9980000);
	assert_false(epit_model_irq(&hw));
	model_pass_ns(40000);
	assert_true(epit_model_irq(&hw));
	model_pass_ns(1000000);
	assert_true(epit_model_irq(&hw));
	imx_epit_alarm_stop(&alarm_);
	assert_false(epit_model_irq(&hw));
	model_pass_ns(100000000);
	assert_false(epit_model_irq(&hw));
}

static void setting_an_alarm_replaces_the_one_before(void **state)
{
	(void)state;
	start_alarm();
	imx_epit_alarm_set(&alarm_, 100);
	model_pass_ns(300000);
	assert_true(epit_model_irq(&hw));
	imx_epit_alarm_set(&alarm_, 100000);
	assert_false(epit_model_irq(&hw));
	model_pass_ns(99000000);
	assert_false(epit_model_irq(&hw));
	model_pass_ns(2000000);
	assert_true(epit_model_irq(&hw));
}

static void an_alarm_that_somebody_changed_is_seen(void **state)
{
	static const uint32_t regs[] = { EPIT_CR, EPIT_LR, EPIT_CMPR };

	(void)state;
	start_alarm();
	assert_true(imx_epit_alarm_intact(&alarm_));
	for (size_t i = 0; i < 3; i++) {
		imx_epit_alarm_set(&alarm_, 100000);
		assert_true(imx_epit_alarm_intact(&alarm_));
		*model_reg(&hw.regs, regs[i]) ^= 4u;
		assert_false(imx_epit_alarm_intact(&alarm_));
		imx_epit_alarm_stop(&alarm_);
		assert_true(imx_epit_alarm_intact(&alarm_));
	}
	*model_reg(&hw.regs, EPIT_CR) |= CR_EN;
	assert_false(imx_epit_alarm_intact(&alarm_));
}

static void extreme_periods_are_cut_to_what_the_counter_has(void **state)
{
	(void)state;
	start_alarm();
	imx_epit_alarm_set(&alarm_, 0);
	assert_int_equal(*model_reg(&hw.regs, EPIT_LR), 1);
	imx_epit_alarm_set(&alarm_, UINT32_MAX);
	assert_int_equal(*model_reg(&hw.regs, EPIT_LR), UINT32_MAX);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(the_clock_follows_time_within_its_documented_error),
		T(at_33_mhz_an_hour_is_right_to_twenty_microseconds),
		T(the_clock_never_goes_back_across_wraps),
		T(a_reader_that_is_interrupted_by_the_sync_sees_no_step_back),
		T(a_clock_out_of_range_is_refused),
		T(a_block_without_clock_ends_init),
		T(a_clock_that_the_guest_stopped_stands_and_goes_on),
		T(a_clock_that_the_guest_stopped_is_taken_back_without_a_step),
		T(the_clock_counts_while_the_cpu_sleeps),
		T(an_alarm_rings_in_time_until_it_is_stopped),
		T(setting_an_alarm_replaces_the_one_before),
		T(an_alarm_that_somebody_changed_is_seen),
		T(extreme_periods_are_cut_to_what_the_counter_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
