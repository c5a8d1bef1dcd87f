/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/psci.h>
#include <tzvmm/smccc.h>
#include <tzvmm/trng.h>

#include "fake.h"

/* What the guest has in r1 .. r7 unless a case says otherwise. */
#define GUESTS 0x47554553u

static struct fake fake;
static struct tzvmm_vm vm;

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	assert_int_equal(tzvmm_vm_init(&vm, &fake.port, NULL, 0), TZVMM_OK);
	return 0;
}

/* A call with up to two arguments: checks that nothing but r0 changes. */
static enum tzvmm_action call(uint32_t function, uint32_t arg1, uint32_t arg2,
			      uint32_t *answer)
{
	uint32_t regs[8] = { function, arg1,   arg2,   GUESTS,
			     GUESTS,   GUESTS, GUESTS, GUESTS };
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_SMC, .smc = regs };
	const enum tzvmm_action action = tzvmm_vm_exit(&vm, &exit);

	assert_int_equal(regs[1], arg1);
	assert_int_equal(regs[2], arg2);
	for (unsigned i = 3; i < 8u; i++) {
		assert_int_equal(regs[i], GUESTS);
	}
	*answer = regs[0];
	return action;
}

static void assert_answer(uint32_t function, uint32_t arg1, uint32_t arg2,
			  uint32_t expected)
{
	uint32_t answer;

	assert_int_equal(call(function, arg1, arg2, &answer), TZVMM_RESUME);
	assert_int_equal(answer, expected);
}

static void linux_finds_psci_and_smccc(void **state)
{
	(void)state;
	assert_answer(TZVMM_PSCI_VERSION, 0, 0, 0x00010001);
	assert_answer(TZVMM_PSCI_MIGRATE_INFO_TYPE, 0, 0, 2);
	assert_answer(TZVMM_PSCI_FEATURES, TZVMM_SMCCC_VERSION, 0, 0);
	assert_answer(TZVMM_SMCCC_VERSION, 0, 0, 0x00010001);
	assert_answer(TZVMM_PSCI_FEATURES, TZVMM_PSCI_CPU_SUSPEND, 0, 0);
	assert_answer(TZVMM_PSCI_FEATURES, 0x8400000E, 0, UINT32_MAX);
	assert_answer(TZVMM_PSCI_FEATURES, 0x84000013, 0, UINT32_MAX);
	assert_int_equal(tzvmm_vm_stats(&vm)->smc_unknown, 0);
	assert_int_equal(tzvmm_vm_stats(&vm)->exits[TZVMM_EXIT_SMC], 7);
}

static void features_and_functions_agree(void **state)
{
	(void)state;
	for (uint32_t function = 0x84000000; function < 0x84000020; function++) {
		const uint32_t unknown = tzvmm_vm_stats(&vm)->smc_unknown;
		uint32_t feature;
		uint32_t answer;

		(void)call(TZVMM_PSCI_FEATURES, function, 0, &feature);
		(void)call(function, 0, 0, &answer);
		assert_int_equal(feature == TZVMM_PSCI_NOT_SUPPORTED,
				 tzvmm_vm_stats(&vm)->smc_unknown != unknown);
	}
	assert_answer(TZVMM_SMCCC_ARCH_FEATURES, TZVMM_SMCCC_VERSION, 0, 0);
	assert_answer(TZVMM_SMCCC_ARCH_FEATURES, TZVMM_SMCCC_ARCH_FEATURES, 0, 0);
	assert_answer(TZVMM_SMCCC_ARCH_FEATURES, 0x80008000, 0, UINT32_MAX);
	assert_answer(TZVMM_SMCCC_ARCH_FEATURES, 0, 0, UINT32_MAX);
}

static void off_and_reset_are_the_ports_to_do(void **state)
{
	uint32_t answer;

	(void)state;
	assert_int_equal(call(TZVMM_PSCI_SYSTEM_OFF, 0, 0, &answer), TZVMM_OFF);
	assert_int_equal(call(TZVMM_PSCI_SYSTEM_RESET, 0, 0, &answer), TZVMM_RESET);
}

/* PWR-3 */
static void a_warm_reset_restarts_the_guest_alone(void **state)
{
	uint32_t answer;

	(void)state;
	assert_int_equal(call(TZVMM_PSCI_SYSTEM_RESET2, TZVMM_PSCI_WARM_RESET, 0,
			      &answer),
			 TZVMM_RESTART);
	assert_answer(TZVMM_PSCI_SYSTEM_RESET2, 1, 0, TZVMM_PSCI_INVALID_PARAMETERS);
	assert_answer(TZVMM_PSCI_SYSTEM_RESET2, 0x80000000, 0,
		      TZVMM_PSCI_INVALID_PARAMETERS);
}

static bool service(void *ctx, uint32_t *regs)
{
	const uint32_t *known = ctx;

	if (regs[0] != *known) {
		return false;
	}
	regs[0] = 53;
	return true;
}

static void calls_of_other_owners_go_to_their_service(void **state)
{
	uint32_t hyp = 0x86000007;
	uint32_t oem = 0x83000001;
	const struct tzvmm_smc_service services[] = {
		{ TZVMM_SMCCC_OWNER_HYP, service, &hyp },
		{ 0x83, service, &oem },
	};

	(void)state;
	assert_int_equal(tzvmm_vm_serve(&vm, services, 2), TZVMM_OK);
	assert_answer(hyp, 0, 0, 53);
	assert_answer(oem, 0, 0, 53);
	assert_int_equal(tzvmm_vm_stats(&vm)->smc_unknown, 0);
	/* SMC-3: what the service does not know, and owners without one */
	assert_answer(hyp + 1u, 0, 0, UINT32_MAX);
	assert_answer(0x83000000, 0, 0, UINT32_MAX);
	assert_answer(0xC6000007, 0, 0, UINT32_MAX);
	assert_answer(0x06000007, 0, 0, UINT32_MAX);
	assert_int_equal(tzvmm_vm_stats(&vm)->smc_unknown, 4);
}

static void a_service_cannot_take_the_librarys_owners(void **state)
{
	static const uint32_t taken[] = { 0x80, 0x84, 0x100, UINT32_MAX };
	uint32_t known = 0;

	(void)state;
	for (unsigned i = 0; i < 4u; i++) {
		const struct tzvmm_smc_service services[] = {
			{ TZVMM_SMCCC_OWNER_HYP, service, &known },
			{ taken[i], service, &known },
		};

		assert_int_equal(tzvmm_vm_serve(&vm, services, 2), TZVMM_E_INVAL);
	}
	const struct tzvmm_smc_service none = { TZVMM_SMCCC_OWNER_HYP, NULL, NULL };

	assert_int_equal(tzvmm_vm_serve(&vm, &none, 1), TZVMM_E_INVAL);
}

/* PWR-2 */
static void suspend_is_standby_and_nothing_deeper(void **state)
{
	uint32_t answer;

	(void)state;
	assert_int_equal(call(TZVMM_PSCI_CPU_SUSPEND, 0, 0, &answer), TZVMM_STANDBY);
	assert_int_equal(answer, TZVMM_PSCI_SUCCESS);
	assert_int_equal(call(TZVMM_PSCI_CPU_SUSPEND, 0x0300FFFF, 0, &answer),
			 TZVMM_STANDBY);
	for (unsigned bit = 16; bit < 32u; bit++) {
		if (bit != 24u && bit != 25u) {
			assert_answer(TZVMM_PSCI_CPU_SUSPEND, 1u << bit, 0,
				      TZVMM_PSCI_INVALID_PARAMETERS);
		}
	}
}

/* PWR-1 */
static void there_is_one_cpu_and_it_stays_on(void **state)
{
	(void)state;
	assert_answer(TZVMM_PSCI_CPU_OFF, 0, 0, TZVMM_PSCI_DENIED);
	assert_answer(TZVMM_PSCI_CPU_ON, 0, 0x78000000, TZVMM_PSCI_ALREADY_ON);
	assert_answer(TZVMM_PSCI_CPU_ON, 0x80000000, 0, TZVMM_PSCI_ALREADY_ON);
	assert_answer(TZVMM_PSCI_CPU_ON, 1, 0, TZVMM_PSCI_INVALID_PARAMETERS);
	assert_answer(TZVMM_PSCI_CPU_ON, 0x10000, 0, TZVMM_PSCI_INVALID_PARAMETERS);
	assert_answer(TZVMM_PSCI_AFFINITY_INFO, 0, 0, 0);
	assert_answer(TZVMM_PSCI_AFFINITY_INFO, 0, 1, TZVMM_PSCI_INVALID_PARAMETERS);
	assert_answer(TZVMM_PSCI_AFFINITY_INFO, 2, 0, TZVMM_PSCI_INVALID_PARAMETERS);
}

static size_t count_up(void *ctx, uint8_t *out, size_t len)
{
	uint8_t *left = ctx;
	size_t nr = 0;

	while (nr < len && *left != 0u) {
		out[nr++] = (uint8_t)(0xF0u + (*left)--);
	}
	return nr;
}

static const struct tzvmm_entropy_ops entropy_ops = { count_up };

static void rnd32(uint32_t bits, uint32_t regs[8])
{
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_SMC, .smc = regs };

	for (unsigned i = 0; i < 8u; i++) {
		regs[i] = GUESTS;
	}
	regs[0] = 0x84000053;
	regs[1] = bits;
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	for (unsigned i = 4; i < 8u; i++) {
		assert_int_equal(regs[i], GUESTS);
	}
}

/* TRNG-1 */
static void without_entropy_there_is_no_trng(void **state)
{
	(void)state;
	for (uint32_t function = 0x84000050; function < 0x84000054; function++) {
		assert_answer(function, 32, 0, UINT32_MAX);
	}
	assert_int_equal(tzvmm_vm_stats(&vm)->smc_unknown, 4);
}

/* TRNG-2 */
static void trng_gives_the_bits_asked_for_and_zeros_above(void **state)
{
	uint8_t left = 15;
	const struct tzvmm_entropy entropy = { &entropy_ops, &left };
	uint32_t regs[8];

	(void)state;
	fake.port.entropy = &entropy;
	assert_answer(0x84000050, 0, 0, 0x10000);
	assert_answer(0x84000051, 0x84000053, 0, 0);
	assert_answer(0x84000051, 0x84000054, 0, UINT32_MAX);
	assert_answer(0x84000051, 0x8400004F, 0, UINT32_MAX);
	rnd32(96, regs);
	assert_int_equal(regs[0], 0);
	assert_int_equal(regs[3], 0xFCFDFEFF);
	assert_int_equal(regs[2], 0xF8F9FAFB);
	assert_int_equal(regs[1], 0xF4F5F6F7);
	rnd32(9, regs);
	assert_int_equal(regs[0], 0);
	assert_int_equal(regs[3], 0x0F3); /* bit 8 of 0xF2 and all of 0xF3 */
	assert_int_equal(regs[2], 0);
	assert_int_equal(regs[1], 0);
}

/* [DEN0098] On an error r1 to r3 are zero. */
static void assert_refused(const uint32_t regs[8], uint32_t why)
{
	assert_int_equal(regs[0], why);
	for (unsigned i = 1; i < 4u; i++) {
		assert_int_equal(regs[i], 0);
	}
}

/* TRNG-3 */
static void trng_refuses_and_says_why(void **state)
{
	uint8_t left = 3;
	const struct tzvmm_entropy entropy = { &entropy_ops, &left };
	uint32_t regs[8];

	(void)state;
	fake.port.entropy = &entropy;
	rnd32(0, regs);
	assert_refused(regs, TZVMM_TRNG_INVALID);
	rnd32(97, regs);
	assert_refused(regs, TZVMM_TRNG_INVALID);
	rnd32(UINT32_MAX, regs);
	assert_refused(regs, TZVMM_TRNG_INVALID);
	assert_int_equal(left, 3);
	rnd32(32, regs);
	assert_refused(regs, TZVMM_TRNG_NO_ENTROPY);
	assert_answer(0x84000054, 0, 0, UINT32_MAX);
}

static void trng_has_a_uuid(void **state)
{
	uint8_t left = 0;
	const struct tzvmm_entropy entropy = { &entropy_ops, &left };
	uint32_t regs[8] = { 0x84000052 };
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_SMC, .smc = regs };

	(void)state;
	fake.port.entropy = &entropy;
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	assert_int_equal(regs[0], 0x6E6E3F30);
	assert_int_equal(regs[3], 0x131B46A2);
}

static void unknown_calls_are_answered_and_counted(void **state)
{
	static const uint32_t functions[] = {
		0x00000000, /* yielding */
		0x00000001, 0x04000000, 0x80000002, 0x80000003,
		0x80010000, 0x81000000, 0x82000000, 0x83000000,
		0x8400000B, 0x8400FF00, 0x84010000, /* bits that must be zero */
		0x86000000, 0xB2000000,             /* trusted OS */
		0xC0000000,                         /* 64-bit */
		0xC4000003, 0x7FFFFFFF, 0xFFFFFFFF,
	};
	const unsigned nr = sizeof(functions) / sizeof(functions[0]);

	(void)state;
	for (unsigned i = 0; i < nr; i++) {
		assert_answer(functions[i], GUESTS, GUESTS, UINT32_MAX);
	}
	assert_int_equal(tzvmm_vm_stats(&vm)->smc_unknown, nr);
	assert_int_equal(fake.nr_lines_logged, 0);
}

/* An array index from a register: no number reaches past anything. */
static void no_function_number_is_an_index_out_of_range(void **state)
{
	uint32_t random = 1;
	uint32_t answer;

	(void)state;
	for (unsigned i = 0; i < 200000u; i++) {
		random = random * 1664525u + 1013904223u;
		(void)call((i & 3u) == 0u ? random : (random >> 12 | 0x84000000u),
			   random * 7u, random * 13u, &answer);
	}
	for (unsigned i = 0; i < 100000u; i++) {
		random = random * 1664525u + 1013904223u;
		(void)call(TZVMM_PSCI_FEATURES, random, random, &answer);
		assert_true(answer == 0u || answer == UINT32_MAX);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(linux_finds_psci_and_smccc),
		T(features_and_functions_agree),
		T(off_and_reset_are_the_ports_to_do),
		T(a_warm_reset_restarts_the_guest_alone),
		T(calls_of_other_owners_go_to_their_service),
		T(a_service_cannot_take_the_librarys_owners),
		T(without_entropy_there_is_no_trng),
		T(trng_gives_the_bits_asked_for_and_zeros_above),
		T(trng_refuses_and_says_why),
		T(trng_has_a_uuid),
		T(suspend_is_standby_and_nothing_deeper),
		T(there_is_one_cpu_and_it_stays_on),
		T(unknown_calls_are_answered_and_counted),
		T(no_function_number_is_an_index_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
