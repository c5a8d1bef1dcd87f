/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

static struct fake fake;

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	return 0;
}

static void assert_bad(const char *what, enum tzvmm_status status)
{
	const char *why = "unset";

	assert_int_equal(tzvmm_port_check(&fake.port, &why), status);
	assert_string_equal(why, what);
	fake_init(&fake);
}

static void a_board_in_order_passes(void **state)
{
	const char *why = "unset";

	(void)state;
	assert_int_equal(tzvmm_port_check(&fake.port, &why), TZVMM_OK);
	assert_null(why);
	fake.chip.nr_lines = TZVMM_NR_LINES;
	assert_int_equal(tzvmm_port_check(&fake.port, &why), TZVMM_OK);
}

static const struct tzvmm_entropy_ops no_read_ops = { NULL };
static const struct tzvmm_entropy no_ops = { NULL, NULL };
static const struct tzvmm_entropy no_read = { &no_read_ops, NULL };

static void every_bad_member_is_named(void **state)
{
	struct tzvmm_sys_ops sys_ops = *fake.sys.ops;
	struct tzvmm_irqchip_ops chip_ops = *fake.chip.ops;
	const char *why;

	(void)state;
	assert_int_equal(tzvmm_port_check(NULL, &why), TZVMM_E_INVAL);
	assert_string_equal(why, "port");
	fake.port.abi++;
	assert_bad("abi", TZVMM_E_UNSUPP);
	fake.port.name = NULL;
	assert_bad("name", TZVMM_E_INVAL);
	fake.port.sys = NULL;
	assert_bad("sys", TZVMM_E_INVAL);
	fake.sys.ops = NULL;
	assert_bad("sys.ops", TZVMM_E_INVAL);
	sys_ops.now_us = NULL;
	fake.sys.ops = &sys_ops;
	assert_bad("sys.ops.now_us", TZVMM_E_INVAL);
	sys_ops = *fake.sys.ops;
	sys_ops.log = NULL;
	fake.sys.ops = &sys_ops;
	assert_bad("sys.ops.log", TZVMM_E_INVAL);
	fake.port.irqchip = NULL;
	assert_bad("irqchip", TZVMM_E_INVAL);
	fake.chip.ops = NULL;
	assert_bad("irqchip.ops", TZVMM_E_INVAL);
	chip_ops.is_guest = NULL;
	fake.chip.ops = &chip_ops;
	assert_bad("irqchip.ops.is_guest", TZVMM_E_INVAL);
	chip_ops = *fake.chip.ops;
	chip_ops.set_level = NULL;
	fake.chip.ops = &chip_ops;
	assert_bad("irqchip.ops.set_level", TZVMM_E_INVAL);
	fake.chip.nr_lines = 0;
	assert_bad("irqchip.nr_lines", TZVMM_E_INVAL);
	fake.chip.nr_lines = TZVMM_NR_LINES + 1u;
	assert_bad("irqchip.nr_lines", TZVMM_E_INVAL);
	fake.port.entropy = &no_ops;
	assert_bad("entropy.ops", TZVMM_E_INVAL);
	fake.port.entropy = &no_read;
	assert_bad("entropy.ops.read", TZVMM_E_INVAL);
	fake.port.ram.windows = NULL;
	assert_bad("ram.windows", TZVMM_E_INVAL);
	fake.port.ram.nr_windows = 0;
	assert_bad("ram.nr_windows", TZVMM_E_INVAL);
	fake.window.len = 0;
	assert_bad("ram.windows.len", TZVMM_E_INVAL);
	fake.window.ipa = UINT64_MAX - 5u;
	assert_bad("ram.windows.len", TZVMM_E_INVAL);
	fake.window.va = NULL;
	assert_bad("ram.windows.va", TZVMM_E_INVAL);
}

static void windows_of_guest_memory_must_not_overlap(void **state)
{
	static const struct {
		uint64_t ipa;
		uint64_t len;
		bool good;
	} cases[] = {
		{ 0x1000, 0x1000, true },  { 0x4000, 0x1000, true },
		{ 0x1000, 0x1001, false }, { 0x3FFF, 0x1000, false },
		{ 0x2000, 0x2000, false }, { 0x2800, 0x10, false },
		{ 0x1000, 0x9000, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tzvmm_window windows[] = {
			{ .ipa = 0x2000, .len = 0x2000, .va = fake.ram },
			{ .ipa = cases[i].ipa, .len = cases[i].len, .va = fake.ram },
		};
		const char *why;

		fake.port.ram.windows = windows;
		fake.port.ram.nr_windows = 2;
		assert_int_equal(tzvmm_port_check(&fake.port, &why),
				 cases[i].good ? TZVMM_OK : TZVMM_E_INVAL);
		if (!cases[i].good) {
			assert_string_equal(why, "ram.windows.ipa");
		}
	}
}

static void a_guest_range_outside_of_a_window_has_no_pointer(void **state)
{
	const struct tzvmm_gmem *ram = &fake.port.ram;
	const uint64_t end = FAKE_RAM_IPA + FAKE_RAM_LEN;

	(void)state;
	assert_ptr_equal(tzvmm_gmem_at(ram, FAKE_RAM_IPA, FAKE_RAM_LEN), fake.ram);
	assert_ptr_equal(tzvmm_gmem_at(ram, end - 1u, 1),
			 fake.ram + FAKE_RAM_LEN - 1u);
	assert_null(tzvmm_gmem_at(ram, end, 1));
	assert_null(tzvmm_gmem_at(ram, end - 1u, 2));
	assert_null(tzvmm_gmem_at(ram, FAKE_RAM_IPA - 1u, 2));
	assert_null(tzvmm_gmem_at(ram, FAKE_RAM_IPA, FAKE_RAM_LEN + 1u));
	assert_null(tzvmm_gmem_at(ram, FAKE_RAM_IPA, 0));
	/* address + length wraps */
	assert_null(tzvmm_gmem_at(ram, FAKE_RAM_IPA + 16u, UINT64_MAX));
	assert_null(tzvmm_gmem_at(ram, FAKE_RAM_IPA + 16u, UINT64_MAX - 15u));
	assert_null(tzvmm_gmem_at(ram, UINT64_MAX, 2));
	assert_null(tzvmm_gmem_at(ram, 0x70000000, 4)); /* secure memory */
	assert_null(tzvmm_gmem_at(ram, FAKE_RAM_IPA | UINT64_C(1) << 32, 4));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(a_board_in_order_passes),
		T(every_bad_member_is_named),
		T(windows_of_guest_memory_must_not_overlap),
		T(a_guest_range_outside_of_a_window_has_no_pointer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
