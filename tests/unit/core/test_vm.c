/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/smccc.h>
#include <tzvmm/vm.h>

#include "fake.h"

#define DEVICE 0x53FBC000u
#define PC 0xC0101234u

/* A device that answers all ones whatever was asked, and may refuse. */
struct device {
	enum tzvmm_status status;
	uint32_t offset;
	unsigned size;
	uint32_t value;
	unsigned nr;
	struct tzvmm_irqs *irqs; /* raises line 110 if there are any */
};

static struct fake fake;
static struct tzvmm_vm vm;
static struct device device;

static void touch(struct device *dev, uint32_t offset, unsigned size)
{
	dev->offset = offset;
	dev->size = size;
	dev->nr++;
	if (dev->irqs != NULL) {
		assert_int_equal(tzvmm_irqs_set(dev->irqs, 110, true), TZVMM_OK);
	}
}

static enum tzvmm_status device_read(void *ctx, uint32_t offset, unsigned size,
				     uint32_t *value)
{
	struct device *dev = ctx;

	assert_int_equal(*value, 0);
	touch(dev, offset, size);
	*value = UINT32_MAX;
	return dev->status;
}

static enum tzvmm_status device_write(void *ctx, uint32_t offset, unsigned size,
				      uint32_t value)
{
	struct device *dev = ctx;

	touch(dev, offset, size);
	dev->value = value;
	return dev->status;
}

static const struct tzvmm_mmio_ops device_ops = { .read = device_read,
						  .write = device_write };
static const struct tzvmm_mmio_region regions[] = {
	{ .name = "uart", .ipa = DEVICE, .len = 0x4000, .ops = &device_ops, .ctx = &device },
	{ .name = "other",
	  .ipa = 0x50008000,
	  .len = 0x4000,
	  .ops = &device_ops,
	  .ctx = &device },
};

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	memset(&device, 0, sizeof(device));
	assert_int_equal(tzvmm_vm_init(&vm, &fake.port, regions, 2), TZVMM_OK);
	return 0;
}

static struct tzvmm_exit access_of(uint64_t ipa, unsigned size, bool write,
				   uint32_t value)
{
	return (struct tzvmm_exit){
		.kind = TZVMM_EXIT_MMIO,
		.mmio = { .ipa = ipa,
			  .size = (uint8_t)size,
			  .write = write,
			  .value = value },
		.pc = PC,
	};
}

static void a_read_is_answered_by_the_device_at_its_offset(void **state)
{
	struct tzvmm_exit exit = access_of(DEVICE + 0xB4u, 4, false, 0xDEAD);

	(void)state;
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	assert_int_equal(device.offset, 0xB4);
	assert_int_equal(device.size, 4);
	assert_int_equal(exit.mmio.value, UINT32_MAX);
	assert_int_equal(tzvmm_vm_stats(&vm)->exits[TZVMM_EXIT_MMIO], 1);
}

static void a_narrow_access_carries_its_own_bits_only(void **state)
{
	struct tzvmm_exit exit = access_of(DEVICE + 2u, 2, false, 0);

	(void)state;
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	assert_int_equal(exit.mmio.value, 0xFFFF);
	exit = access_of(DEVICE + 3u, 1, false, 0);
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	assert_int_equal(exit.mmio.value, 0xFF);
	exit = access_of(DEVICE + 3u, 1, true, 0x12345678);
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	assert_int_equal(device.value, 0x78);
	exit = access_of(DEVICE, 4, true, 0x12345678);
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	assert_int_equal(device.value, 0x12345678);
}

static void an_access_to_nothing_is_refused_counted_and_named(void **state)
{
	struct tzvmm_exit exit = access_of(0x50004000, 4, true, 1);

	(void)state;
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_ABORT);
	assert_int_equal(device.nr, 0);
	assert_int_equal(tzvmm_vm_stats(&vm)->mmio_refused, 1);
	assert_string_equal(fake.last_line,
			    "guest write of 4 bytes at 0x50004000 (no device) "
			    "refused: NODEV, pc 0xc0101234");
	assert_int_equal(fake.last_level, TZVMM_LOG_WARN);
}

static void an_access_that_the_device_refuses_answers_nothing(void **state)
{
	struct tzvmm_exit exit = access_of(DEVICE, 4, false, 0xDEAD);

	(void)state;
	device.status = TZVMM_E_GUEST;
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_ABORT);
	assert_int_equal(exit.mmio.value, 0);
	assert_string_equal(fake.last_line,
			    "guest read of 4 bytes at 0x53fbc000 (uart) "
			    "refused: GUEST, pc 0xc0101234");
	assert_int_equal(tzvmm_vm_stats(&vm)->mmio_refused, 1);
}

static void the_guest_cannot_flood_the_log_with_refusals(void **state)
{
	struct tzvmm_exit exit = access_of(0, 4, false, 0);
	struct tzvmm_exit fault = { .kind = TZVMM_EXIT_FAULT };

	(void)state;
	for (unsigned i = 0; i < 1000u; i++) {
		assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_ABORT);
		assert_int_equal(tzvmm_vm_exit(&vm, &fault), TZVMM_ABORT);
	}
	assert_int_equal(fake.nr_lines_logged, 10);
	assert_int_equal(tzvmm_vm_stats(&vm)->mmio_refused, 1000);
	assert_int_equal(tzvmm_vm_stats(&vm)->exits[TZVMM_EXIT_FAULT], 1000);
}

static void a_fault_is_logged_and_given_back(void **state)
{
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_FAULT,
				   .fault_status = 0x1008,
				   .fault_addr = 0x70000000,
				   .pc = PC };

	(void)state;
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_ABORT);
	assert_string_equal(fake.last_line,
			    "guest fault: status 0x1008, address 0x70000000, pc "
			    "0xc0101234");
}

static void interrupts_raised_by_an_exit_are_flushed_before_it_returns(void **state)
{
	struct tzvmm_exit exit = access_of(DEVICE, 4, true, 1);
	struct tzvmm_exit irq = { .kind = TZVMM_EXIT_IRQ };
	uint32_t regs[8] = { TZVMM_SMCCC_VERSION };
	struct tzvmm_exit smc = { .kind = TZVMM_EXIT_SMC, .smc = regs };

	(void)state;
	device.irqs = tzvmm_vm_irqs(&vm);
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	assert_true(fake.level[110]);
	/* One that a driver raised before a secure interrupt's exit. */
	assert_int_equal(tzvmm_irqs_set(tzvmm_vm_irqs(&vm), 111, true), TZVMM_OK);
	assert_int_equal(tzvmm_vm_exit(&vm, &irq), TZVMM_RESUME);
	assert_true(fake.level[111]);
	assert_int_equal(tzvmm_irqs_set(tzvmm_vm_irqs(&vm), 111, false), TZVMM_OK);
	assert_int_equal(tzvmm_vm_exit(&vm, &smc), TZVMM_RESUME);
	assert_false(fake.level[111]);
	assert_int_equal(regs[0], TZVMM_SMCCC_1_1);
	assert_int_equal(tzvmm_vm_stats(&vm)->exits[TZVMM_EXIT_IRQ], 1);
	assert_int_equal(tzvmm_vm_stats(&vm)->exits[TZVMM_EXIT_SMC], 1);
}

static void an_exit_of_no_known_kind_is_a_fault(void **state)
{
	struct tzvmm_exit exit = { .kind = TZVMM_NR_EXIT_KINDS };

	(void)state;
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_ABORT);
	assert_int_equal(tzvmm_vm_stats(&vm)->exits[TZVMM_EXIT_FAULT], 1);
}

static struct tzvmm_vm_trace trace_of(enum tzvmm_exit_kind kind, uint32_t back)
{
	struct tzvmm_vm_trace trace;

	assert_int_equal(tzvmm_vm_trace(&vm, kind, back, &trace), TZVMM_OK);
	return trace;
}

static void take_smc(uint32_t function, uint32_t pc)
{
	uint32_t regs[8] = { function };
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_SMC, .smc = regs, .pc = pc };

	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
}

static void the_last_exits_of_each_kind_are_remembered(void **state)
{
	struct tzvmm_exit exit = access_of(DEVICE + 4u, 2, true, 7);
	struct tzvmm_exit irq = { .kind = TZVMM_EXIT_IRQ, .pc = 0x100 };
	struct tzvmm_exit fault = { .kind = TZVMM_EXIT_FAULT,
				    .fault_addr = 0x1270000000ull,
				    .pc = 0x200 };
	struct tzvmm_vm_trace trace;

	(void)state;
	for (unsigned kind = 0; kind < TZVMM_NR_EXIT_KINDS; kind++) {
		assert_int_equal(tzvmm_vm_trace(&vm, (enum tzvmm_exit_kind)kind, 0,
						&trace),
				 TZVMM_E_EMPTY);
	}
	(void)tzvmm_vm_exit(&vm, &exit);
	(void)tzvmm_vm_exit(&vm, &irq);
	(void)tzvmm_vm_exit(&vm, &fault);
	assert_int_equal(trace_of(TZVMM_EXIT_MMIO, 0).what, DEVICE + 4u);
	assert_int_equal(trace_of(TZVMM_EXIT_IRQ, 0).pc, 0x100);
	assert_int_equal(trace_of(TZVMM_EXIT_FAULT, 0).pc, 0x200);
	assert_int_equal(trace_of(TZVMM_EXIT_FAULT, 0).what, 0x70000000);
	assert_int_equal(tzvmm_vm_trace(&vm, TZVMM_EXIT_FAULT, 1, &trace),
			 TZVMM_E_EMPTY);
}

static void older_exits_make_room_for_new_ones(void **state)
{
	struct tzvmm_vm_trace trace;

	(void)state;
	for (uint32_t i = 0; i < 100u; i++) {
		take_smc(TZVMM_SMCCC_VERSION + (i << 31), i);
	}
	for (uint32_t i = 0; i < TZVMM_VM_NR_TRACES; i++) {
		trace = trace_of(TZVMM_EXIT_SMC, i);
		assert_int_equal(trace.pc, 99u - i);
		/* What the guest asked, not the answer. */
		assert_int_equal(trace.what, TZVMM_SMCCC_VERSION + ((99u - i) << 31));
	}
	assert_int_equal(tzvmm_vm_trace(&vm, TZVMM_EXIT_SMC, TZVMM_VM_NR_TRACES,
					&trace),
			 TZVMM_E_EMPTY);
}

static void an_exit_is_as_old_as_the_tick_behind_it(void **state)
{
	(void)state;
	take_smc(TZVMM_SMCCC_VERSION, 1);
	assert_int_equal(trace_of(TZVMM_EXIT_SMC, 0).age_ms, 0); /* no tick yet */
	tzvmm_vm_tick(&vm, 10u << 10);
	take_smc(TZVMM_SMCCC_VERSION, 2);
	take_smc(TZVMM_SMCCC_VERSION, 3);
	tzvmm_vm_tick(&vm, 20u << 10);
	tzvmm_vm_tick(&vm, 30u << 10);
	take_smc(TZVMM_SMCCC_VERSION, 4);
	tzvmm_vm_tick(&vm, 100u << 10);
	take_smc(TZVMM_SMCCC_VERSION, 5);
	assert_int_equal(trace_of(TZVMM_EXIT_SMC, 0).age_ms, 0);
	assert_int_equal(trace_of(TZVMM_EXIT_SMC, 1).age_ms, 0);
	assert_int_equal(trace_of(TZVMM_EXIT_SMC, 2).age_ms, 80);
	assert_int_equal(trace_of(TZVMM_EXIT_SMC, 3).age_ms, 80);
	assert_int_equal(trace_of(TZVMM_EXIT_SMC, 4).age_ms, 90);
}

static void a_tick_for_each_exit_tells_the_age_of_all_that_are_remembered(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100u; i++) {
		take_smc(TZVMM_SMCCC_VERSION, i);
		tzvmm_vm_tick(&vm, i << 12);
	}
	for (uint32_t i = 0; i < TZVMM_VM_NR_TRACES; i++) {
		assert_int_equal(trace_of(TZVMM_EXIT_SMC, i).age_ms, 4u * i);
	}
}

static void bad_regions_are_refused_and_the_vm_left_alone(void **state)
{
	static const struct tzvmm_mmio_ops no_read = { .write = device_write };
	static const struct tzvmm_mmio_ops no_write = { .read = device_read };
	static const struct tzvmm_mmio_region bad[] = {
		{ .name = NULL, .ipa = 0, .len = 4, .ops = &device_ops },
		{ .name = "x", .ipa = 0, .len = 4, .ops = NULL },
		{ .name = "x", .ipa = 0, .len = 4, .ops = &no_read },
		{ .name = "x", .ipa = 0, .len = 4, .ops = &no_write },
		{ .name = "x", .ipa = 0, .len = 0, .ops = &device_ops },
		{ .name = "x", .ipa = 2, .len = 4, .ops = &device_ops },
		{ .name = "x", .ipa = 0, .len = 6, .ops = &device_ops },
		{ .name = "x", .ipa = UINT64_MAX - 3u, .len = 8, .ops = &device_ops },
		{ .name = "x", .ipa = DEVICE, .len = 4, .ops = &device_ops },
		{ .name = "x", .ipa = DEVICE - 4u, .len = 8, .ops = &device_ops },
		{ .name = "x", .ipa = DEVICE + 0x3FFCu, .len = 8, .ops = &device_ops },
		{ .name = "x", .ipa = FAKE_RAM_IPA, .len = 4, .ops = &device_ops },
		{ .name = "x", .ipa = FAKE_RAM_IPA - 4u, .len = 8, .ops = &device_ops },
	};
	struct tzvmm_vm before;
	struct tzvmm_vm after;

	(void)state;
	memset(&before, 0x5A, sizeof(before));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct tzvmm_mmio_region table[] = { regions[0], bad[i] };

		memset(&after, 0x5A, sizeof(after));
		assert_int_equal(tzvmm_vm_init(&after, &fake.port, table, 2),
				 TZVMM_E_INVAL);
		assert_memory_equal(&after, &before, sizeof(after));
	}
	assert_int_equal(tzvmm_vm_init(&vm, &fake.port, NULL, 1), TZVMM_E_INVAL);
	fake.port.name = NULL;
	assert_int_equal(tzvmm_vm_init(&vm, &fake.port, NULL, 0), TZVMM_E_INVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(a_read_is_answered_by_the_device_at_its_offset),
		T(a_narrow_access_carries_its_own_bits_only),
		T(an_access_to_nothing_is_refused_counted_and_named),
		T(an_access_that_the_device_refuses_answers_nothing),
		T(the_guest_cannot_flood_the_log_with_refusals),
		T(a_fault_is_logged_and_given_back),
		T(interrupts_raised_by_an_exit_are_flushed_before_it_returns),
		T(an_exit_of_no_known_kind_is_a_fault),
		T(the_last_exits_of_each_kind_are_remembered),
		T(older_exits_make_room_for_new_ones),
		T(an_exit_is_as_old_as_the_tick_behind_it),
		T(a_tick_for_each_exit_tells_the_age_of_all_that_are_remembered),
		T(bad_regions_are_refused_and_the_vm_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
