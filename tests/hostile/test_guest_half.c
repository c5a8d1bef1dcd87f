/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that meets another hypervisor, another version, or less than it needs,
 * says so and makes no other call (VER-1, VER-2, VER-4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/abi/smc.h>

#include "../../examples/guest_half/guest_half.h"

static uint32_t major, minor, features, uid;
static bool other_call;

static void answer(uint32_t regs[8])
{
	switch (regs[0]) {
	case TZVMM_SMC_CALL_UID:
		regs[0] = uid;
		regs[1] = TZVMM_SMC_UID_1;
		regs[2] = TZVMM_SMC_UID_2;
		regs[3] = TZVMM_SMC_UID_3;
		break;
	case TZVMM_SMC_REVISION:
		regs[0] = major;
		regs[1] = minor;
		break;
	case TZVMM_SMC_FEATURES:
		regs[0] = TZVMM_SMC_SUCCESS;
		regs[1] = features;
		break;
	default:
		other_call = true;
		regs[0] = TZVMM_SMC_NOT_SUPPORTED;
		break;
	}
}

static int setup(void **state)
{
	(void)state;
	major = TZVMM_SMC_MAJOR;
	minor = TZVMM_SMC_MINOR;
	features = TZVMM_SMC_HAS_CONSOLE | TZVMM_SMC_HAS_VIRTIO;
	uid = TZVMM_SMC_UID_0;
	other_call = false;
	return 0;
}

static const char *probe(void)
{
	struct guest_half guest = { .smc = answer };
	const char *failed = guest_half_probe(&guest);

	assert_false(other_call);
	return failed;
}

static void the_version_it_was_written_for_is_taken(void **state)
{
	(void)state;
	assert_null(probe());
}

static void a_newer_monitor_with_more_is_taken(void **state)
{
	(void)state;
	minor = 7;
	features |= 0xFF00u; /* VER-4: unknown bits are ignored */
	assert_null(probe());
}

static void another_major_version_is_refused(void **state)
{
	(void)state;
	major = TZVMM_SMC_MAJOR + 1u;
	assert_string_equal(probe(), "another version of the interface");
	major = 0;
	assert_string_equal(probe(), "another version of the interface");
}

static void another_hypervisor_or_none_is_refused(void **state)
{
	(void)state;
	uid ^= 1u;
	assert_string_equal(probe(), "no tzvmm here");
	uid = TZVMM_SMC_NOT_SUPPORTED;
	assert_string_equal(probe(), "no tzvmm here");
}

static void a_monitor_with_less_than_it_needs_is_refused(void **state)
{
	(void)state;
	features = TZVMM_SMC_HAS_CONSOLE;
	assert_string_equal(probe(), "no console or no disk");
	features = TZVMM_SMC_HAS_VIRTIO;
	assert_string_equal(probe(), "no console or no disk");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(the_version_it_was_written_for_is_taken),
		T(a_newer_monitor_with_more_is_taken),
		T(another_major_version_is_refused),
		T(another_hypervisor_or_none_is_refused),
		T(a_monitor_with_less_than_it_needs_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
