/* SPDX-License-Identifier: BSD-2-Clause */
/* Register filters: tables, masks, what is refused, and that nothing else is done
 * to the hardware. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/regfilter.h>

#include "fake.h"

#define IPA 0x53FD4000u
#define LEN 0x100u
#define ALL UINT32_MAX

/* A block that keeps what is written, and counts. */
static struct {
	uint32_t regs[LEN / 4u];
	unsigned nr_reads;
	unsigned nr_writes;
} block;

static uint32_t read32(void *ctx, uint64_t addr)
{
	assert_ptr_equal(ctx, &block);
	assert_in_range(addr, IPA, IPA + LEN - 4u);
	block.nr_reads++;
	return block.regs[(addr - IPA) / 4u];
}

static void write32(void *ctx, uint64_t addr, uint32_t value)
{
	assert_ptr_equal(ctx, &block);
	assert_in_range(addr, IPA, IPA + LEN - 4u);
	block.nr_writes++;
	block.regs[(addr - IPA) / 4u] = value;
}

static const struct tzvmm_filter_hw hw = { read32, write32, &block };

static const struct tzvmm_filter_rule rules[] = {
	{ .offset = 0x04, .read = ALL },
	{ .offset = 0x08, .read = 0xFFFF, .write = 0xFF00 },
	{ .offset = 0x10, .read = ALL, .write = ALL, .set = 0x3, .clear = 0x30 },
	{ .offset = 0x14, .read = ALL, .write = 0xFF, .flags = TZVMM_FILTER_DIRECT },
	{ .offset = 0x18, .write = 0xFF, .set = 0x100, .flags = TZVMM_FILTER_DIRECT },
	{ .offset = 0x20, .read = 0xFF, .more = 3 },
	{ .offset = 0x40, .read = ALL, .write = ALL, .more = 47 },
};
static const struct tzvmm_filter filter = { "block", IPA, LEN, rules, 7 };

static struct fake fake;
static struct tzvmm_filter_dev dev;

static int bring_up(void **state)
{
	(void)state;
	fake_init(&fake);
	memset(&block, 0, sizeof(block));
	for (unsigned i = 0; i < LEN / 4u; i++) {
		block.regs[i] = 0xA5A50000u + i;
	}
	return tzvmm_filter_init(&dev, &filter, &hw, &fake.sys) == TZVMM_OK ? 0 : -1;
}

static uint32_t read_reg(uint32_t offset)
{
	uint32_t value = 0;

	assert_int_equal(tzvmm_filter_ops.read(&dev, offset, 4, &value), TZVMM_OK);
	return value;
}

static void write_reg(uint32_t offset, uint32_t value)
{
	assert_int_equal(tzvmm_filter_ops.write(&dev, offset, 4, value), TZVMM_OK);
}

static void a_guest_reads_the_bits_of_its_mask(void **state)
{
	(void)state;
	assert_int_equal(read_reg(0x04), 0xA5A50001);
	assert_int_equal(read_reg(0x08), 0x0002);
	assert_int_equal(read_reg(0x18), 0);
	assert_int_equal(block.nr_reads, 2);
}

static void a_register_without_a_rule_reads_zero_and_ignores_writes(void **state)
{
	static const uint32_t offsets[] = { 0x00, 0x0C, 0x1C, 0x30, 0x3C };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(read_reg(offsets[i]), 0);
		write_reg(offsets[i], ALL);
	}
	assert_int_equal(block.nr_reads + block.nr_writes, 0);
	assert_int_equal(tzvmm_filter_refused(&dev), 5);
}

static void a_rule_serves_as_many_registers_as_it_says(void **state)
{
	(void)state;
	for (uint32_t offset = 0x20; offset <= 0x2C; offset += 4u) {
		assert_int_equal(read_reg(offset), offset / 4u);
	}
	for (uint32_t offset = 0x40; offset < LEN; offset += 4u) {
		assert_int_equal(read_reg(offset), 0xA5A50000u + offset / 4u);
		write_reg(offset, offset);
		assert_int_equal(block.regs[offset / 4u], offset);
	}
}

static void a_guest_writes_the_bits_of_its_mask_and_no_other(void **state)
{
	(void)state;
	write_reg(0x08, 0x12345678);
	assert_int_equal(block.regs[2], 0xA5A55602);
	write_reg(0x08, 0);
	assert_int_equal(block.regs[2], 0xA5A50002);
}

static void a_register_that_only_reads_is_not_written_at_all(void **state)
{
	(void)state;
	write_reg(0x04, 0);
	assert_int_equal(block.nr_writes, 0);
	assert_int_equal(block.regs[1], 0xA5A50001);
	assert_int_equal(tzvmm_filter_refused(&dev), 1);
}

static void forced_bits_are_forced_whatever_is_written(void **state)
{
	(void)state;
	write_reg(0x10, 0);
	assert_int_equal(block.regs[4], 0x3);
	write_reg(0x10, ALL);
	assert_int_equal(block.regs[4], ~0x30u);
	assert_int_equal(tzvmm_filter_refused(&dev), 2);
	write_reg(0x10, 0x3);
	assert_int_equal(tzvmm_filter_refused(&dev), 2);
}

static void a_direct_register_is_not_read_for_a_write(void **state)
{
	(void)state;
	write_reg(0x14, 0x5A);
	assert_int_equal(block.regs[5], 0x5A);
	write_reg(0x18, 0x5A);
	assert_int_equal(block.regs[6], 0x15A);
	assert_int_equal(block.nr_reads, 0);
	assert_int_equal(tzvmm_filter_refused(&dev), 0);
	write_reg(0x14, 0xF05A);
	assert_int_equal(block.regs[5], 0x5A);
	assert_int_equal(tzvmm_filter_refused(&dev), 1);
}

static void what_was_read_and_is_written_back_is_no_attempt(void **state)
{
	(void)state;
	for (uint32_t offset = 0x08; offset <= 0x08; offset += 4u) {
		write_reg(offset, read_reg(offset));
		write_reg(offset, read_reg(offset) ^ 0x4200);
	}
	assert_int_equal(tzvmm_filter_refused(&dev), 0);
	write_reg(0x08, read_reg(0x08) ^ 1u);
	assert_int_equal(tzvmm_filter_refused(&dev), 1);
}

static void accesses_narrower_than_a_word_are_refused(void **state)
{
	uint32_t value;

	(void)state;
	for (unsigned size = 1; size <= 2; size++) {
		assert_int_equal(tzvmm_filter_ops.read(&dev, 0x04, size, &value),
				 TZVMM_E_UNSUPP);
		assert_int_equal(tzvmm_filter_ops.write(&dev, 0x40, size, 1),
				 TZVMM_E_UNSUPP);
	}
	assert_int_equal(block.nr_reads + block.nr_writes, 0);
}

static void the_first_refused_write_of_each_register_is_logged(void **state)
{
	(void)state;
	write_reg(0x04, 0x1234);
	assert_int_equal(fake.nr_lines_logged, 1);
	assert_string_equal(
		fake.last_line,
		"filter: block+0x4: not all of 0x00001234 may be written");
	write_reg(0x04, 0x1235);
	assert_int_equal(fake.nr_lines_logged, 1);
	write_reg(0x0C, 0);
	assert_int_equal(fake.nr_lines_logged, 2);
}

static void a_guest_that_has_all_the_time_gets_no_more_lines_than_that(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t offset = 0x00; offset < 0x40; offset += 4u) {
			fake.now_us += 10000000u;
			write_reg(offset, ALL);
		}
	}
	assert_int_equal(fake.nr_lines_logged, TZVMM_FILTER_NR_LOGGED);
	assert_int_equal(tzvmm_filter_refused(&dev), 3u * 16u);
}

static void the_count_of_refusals_stops_at_its_end(void **state)
{
	(void)state;
	dev.refused = UINT32_MAX - 1u;
	write_reg(0, 1);
	write_reg(0, 1);
	assert_int_equal(tzvmm_filter_refused(&dev), UINT32_MAX);
}

static void a_filter_makes_its_region(void **state)
{
	struct tzvmm_mmio_region region = tzvmm_filter_region(&dev);

	(void)state;
	assert_string_equal(region.name, "block");
	assert_int_equal(region.ipa, IPA);
	assert_int_equal(region.len, LEN);
	assert_ptr_equal(region.ops, &tzvmm_filter_ops);
	assert_ptr_equal(region.ctx, &dev);
}

static enum tzvmm_status init_with(struct tzvmm_filter_rule a,
				   struct tzvmm_filter_rule b)
{
	const struct tzvmm_filter_rule two[] = { a, b };
	const struct tzvmm_filter f = { "f", IPA, LEN, two, 2 };

	return tzvmm_filter_init(&dev, &f, &hw, &fake.sys);
}

#define RULE(...) ((struct tzvmm_filter_rule){ __VA_ARGS__ })

static void a_table_with_a_mistake_is_refused(void **state)
{
	const struct tzvmm_filter odd = { "odd", IPA, 6, NULL, 0 };
	const struct tzvmm_filter empty = { "empty", IPA, LEN, NULL, 0 };
	const struct tzvmm_filter_hw no_read = { NULL, write32, NULL };
	const struct tzvmm_filter_hw no_write = { read32, NULL, NULL };

	(void)state;
	assert_int_equal(init_with(RULE(.offset = 0), RULE(.offset = LEN - 4u)),
			 TZVMM_OK);
	assert_int_equal(init_with(RULE(.offset = 4), RULE(.offset = 0)),
			 TZVMM_E_INVAL);
	assert_int_equal(init_with(RULE(.offset = 4), RULE(.offset = 4)),
			 TZVMM_E_INVAL);
	assert_int_equal(init_with(RULE(.offset = 0, .more = 1), RULE(.offset = 4)),
			 TZVMM_E_INVAL);
	assert_int_equal(init_with(RULE(.offset = 0, .more = 1), RULE(.offset = 8)),
			 TZVMM_OK);
	assert_int_equal(init_with(RULE(.offset = 0), RULE(.offset = 6)),
			 TZVMM_E_INVAL);
	assert_int_equal(init_with(RULE(.offset = 0), RULE(.offset = LEN)),
			 TZVMM_E_INVAL);
	assert_int_equal(init_with(RULE(.offset = 0),
				   RULE(.offset = LEN - 4u, .more = 1)),
			 TZVMM_E_INVAL);
	assert_int_equal(init_with(RULE(.offset = 0),
				   RULE(.offset = 4, .more = 65535)),
			 TZVMM_E_INVAL);
	assert_int_equal(init_with(RULE(.offset = 0), RULE(.offset = 4, .flags = 2)),
			 TZVMM_E_INVAL);
	assert_int_equal(init_with(RULE(.offset = 0),
				   RULE(.offset = 4, .set = 3, .clear = 2)),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_filter_init(&dev, &odd, &hw, &fake.sys),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_filter_init(&dev, &empty, &no_read, &fake.sys),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_filter_init(&dev, &empty, &no_write, &fake.sys),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_filter_init(&dev, &empty, &hw, &fake.sys), TZVMM_OK);
	assert_int_equal(read_reg(0x10), 0);
}

/* Every value into every register, against the formula of the header. */
static void whatever_is_written_the_bits_that_are_not_the_guests_stay(void **state)
{
	uint32_t seed = 53;

	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		uint32_t offset, value;
		uint32_t before[LEN / 4u];

		seed = seed * 1664525u + 1013904223u;
		offset = seed >> 20 & (LEN - 4u);
		seed = seed * 1664525u + 1013904223u;
		value = seed ^ seed >> 16;
		memcpy(before, block.regs, sizeof(before));
		write_reg(offset, value);
		for (unsigned i = 0; i < LEN / 4u; i++) {
			uint32_t expect = before[i];

			for (size_t r = 0; i * 4u == offset && r < 7; r++) {
				const struct tzvmm_filter_rule *rule = &rules[r];
				bool mine = offset >= rule->offset &&
					    offset <= rule->offset + rule->more * 4u;
				bool direct = rule->flags == TZVMM_FILTER_DIRECT;

				if (mine && rule->write != 0u) {
					expect = direct ? 0u
							: before[i] & ~rule->write;
					expect |= value & rule->write;
					expect = (expect | rule->set) & ~rule->clear;
				}
			}
			assert_int_equal(block.regs[i], expect);
		}
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(a_guest_reads_the_bits_of_its_mask),
		T(a_register_without_a_rule_reads_zero_and_ignores_writes),
		T(a_rule_serves_as_many_registers_as_it_says),
		T(a_guest_writes_the_bits_of_its_mask_and_no_other),
		T(a_register_that_only_reads_is_not_written_at_all),
		T(forced_bits_are_forced_whatever_is_written),
		T(a_direct_register_is_not_read_for_a_write),
		T(what_was_read_and_is_written_back_is_no_attempt),
		T(accesses_narrower_than_a_word_are_refused),
		T(the_first_refused_write_of_each_register_is_logged),
		T(a_guest_that_has_all_the_time_gets_no_more_lines_than_that),
		T(the_count_of_refusals_stops_at_its_end),
		T(a_filter_makes_its_region),
		T(a_table_with_a_mistake_is_refused),
		T(whatever_is_written_the_bits_that_are_not_the_guests_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
