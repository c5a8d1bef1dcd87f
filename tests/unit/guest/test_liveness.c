/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <tzvmm/liveness.h>

#define LIMIT_US 10000000u
#define TICK_US 20000u

static struct tzvmm_liveness live;
static uint64_t now_us;

static int setup(void **state)
{
	(void)state;
	now_us = 5000000;
	tzvmm_liveness_init(&live, LIMIT_US);
	return 0;
}

static enum tzvmm_verdict judge(bool masked, bool waiting, bool pending,
				uint32_t exits)
{
	const struct tzvmm_liveness_sample sample = { masked, waiting, pending,
						      exits };

	now_us += TICK_US;
	return tzvmm_liveness_judge(&live, &sample, now_us);
}

/* The time until a guest that does always the same is thought dead. */
static uint64_t time_to(enum tzvmm_verdict verdict, bool waiting, bool pending,
			uint32_t more_exits)
{
	const uint64_t start = now_us;
	uint32_t exits = 0;

	while (now_us - start < 3u * LIMIT_US) {
		if (judge(true, waiting, pending, exits) == verdict) {
			return now_us - start;
		}
		exits += more_exits;
	}
	return UINT64_MAX;
}

static void
a_guest_that_spins_with_interrupts_masked_is_deaf_after_the_limit(void **state)
{
	(void)state;
	assert_int_equal(time_to(TZVMM_DEAF, false, false, 0), LIMIT_US + TICK_US);
	assert_int_equal(judge(true, false, false, 0), TZVMM_DEAF);
	assert_int_equal(judge(false, false, false, 0), TZVMM_ALIVE);
	assert_int_equal(judge(true, false, false, 0), TZVMM_ALIVE);
}

static void a_guest_that_leaves_an_interrupt_unserved_is_not_alive(void **state)
{
	(void)state;
	assert_int_equal(time_to(TZVMM_UNSERVED, false, true, 1), LIMIT_US + TICK_US);
	assert_int_equal(judge(false, false, true, 1), TZVMM_ALIVE);
	/* Nor does it sleep, if one is there. */
	assert_int_equal(time_to(TZVMM_UNSERVED, true, true, 0), LIMIT_US + TICK_US);
}

static void a_guest_that_sleeps_or_asks_is_alive(void **state)
{
	(void)state;
	assert_int_equal(time_to(TZVMM_DEAF, true, false, 0), UINT64_MAX);
	assert_int_equal(time_to(TZVMM_DEAF, false, false, 1), UINT64_MAX);
}

static void what_it_asked_before_does_not_count(void **state)
{
	enum tzvmm_verdict verdict = TZVMM_ALIVE;

	(void)state;
	for (unsigned i = 0; i < 600u; i++) {
		verdict = judge(true, false, false, 42);
	}
	assert_int_equal(verdict, TZVMM_DEAF);
}

static void one_sample_of_life_is_enough(void **state)
{
	(void)state;
	for (uint32_t i = 1; i < 2000u; i++) {
		assert_int_equal(judge(i % 400u != 0u, false, true, 0), TZVMM_ALIVE);
	}
}

static void few_samples_are_no_verdict(void **state)
{
	const struct tzvmm_liveness_sample sample = { .masked = true };

	(void)state;
	for (unsigned i = 1; i < TZVMM_LIVENESS_SAMPLES; i++) {
		now_us += LIMIT_US;
		assert_int_equal(tzvmm_liveness_judge(&live, &sample, now_us),
				 TZVMM_ALIVE);
	}
	assert_int_equal(tzvmm_liveness_judge(&live, &sample, now_us), TZVMM_DEAF);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(a_guest_that_spins_with_interrupts_masked_is_deaf_after_the_limit),
		T(a_guest_that_leaves_an_interrupt_unserved_is_not_alive),
		T(a_guest_that_sleeps_or_asks_is_alive),
		T(what_it_asked_before_does_not_count),
		T(one_sample_of_life_is_enough),
		T(few_samples_are_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
