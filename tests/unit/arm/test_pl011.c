/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <arm/pl011.h>
#include <arm/pl011_regs.h>

#include "pl011_model.h"

#define BASE 0x1C090000u
#define CLK_HZ 24000000u

static struct pl011_model hw;
static struct pl011 uart;
static char got[128];
static size_t nr_got;
static unsigned nr_writable;

static void received(void *ctx, uint8_t byte)
{
	assert_ptr_equal(ctx, &hw);
	if (nr_got < sizeof(got)) {
		got[nr_got++] = (char)byte;
	}
}

static void writable(void *ctx)
{
	(void)ctx;
	if (nr_writable++ == 0u) {
		(void)pl011_write(&uart, "0123456789abcdefgh", 18);
	} else {
		pl011_notify_writable(&uart, false);
	}
}

static const struct pl011_events events = { received, writable };

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	pl011_model_init(&hw, BASE);
	nr_got = nr_writable = 0;
	return pl011_init(&uart, BASE, &model_sys, CLK_HZ, 115200) == TZVMM_OK ? 0
									       : -1;
}

static void init_sets_8n1_and_the_nearest_rate(void **state)
{
	static const struct {
		uint32_t clk, baud, divisor;
	} cases[] = { { CLK_HZ, 115200, 833 }, /* 13.02 */
		      { CLK_HZ, 57600, 1667 }, /* 26.042: up */
		      { CLK_HZ, 38400, 2500 },
		      { CLK_HZ, 1500000, 64 },
		      { 7372800, 115200, 256 },
		      { 4000000, 230400, 69 }, /* 1.085: [PL011] 3.3.6 */
		      { 16u * 65535u, 1, 0xFFFFu << 6 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(pl011_init(&uart, BASE, &model_sys, cases[i].clk,
					    cases[i].baud),
				 TZVMM_OK);
		assert_int_equal(hw.latch, cases[i].divisor);
	}
	assert_int_equal(*model_reg(&hw.regs, PL011_LCR_H), 0x70);
	assert_int_equal(*model_reg(&hw.regs, PL011_CR), 0x301);
	assert_int_equal(*model_reg(&hw.regs, PL011_IMSC), 0);
}

static void a_rate_that_the_clock_cannot_give_is_refused(void **state)
{
	static const uint32_t bad[][2] = { { CLK_HZ, 0 },
					   { CLK_HZ, 1500001 },
					   { 16u * 65536u, 1 },
					   { UINT32_MAX, 115200 },
					   { 0, 115200 } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)model_take_writes();
		assert_int_equal(pl011_init(&uart, BASE, &model_sys, bad[i][0],
					    bad[i][1]),
				 TZVMM_E_INVAL);
		assert_int_equal(model_take_writes(), 0);
	}
}

static void write_takes_what_fits_and_never_waits(void **state)
{
	char text[64];
	uint64_t before = model_now_ns();

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(pl011_write(&uart, text, 3), 3);
	assert_int_equal(pl011_write(&uart, text, 64), 13);
	assert_int_equal(pl011_write(&uart, text, 64), 0);
	assert_true(model_now_ns() - before < 50000u);
	model_pass_ns(5 * hw.char_ns);
	assert_int_equal(pl011_write(&uart, text, 64), 5);
	assert_int_equal(hw.nr_sent, 21);
}

static void drain_ends_with_the_line_or_with_its_limit(void **state)
{
	(void)state;
	assert_int_equal(pl011_write(&uart, "bye", 3), 3);
	assert_int_equal(pl011_drain(&uart, 100), TZVMM_E_TIMEOUT);
	assert_int_equal(pl011_drain(&uart, 1000), TZVMM_OK);
	assert_int_equal(hw.tx_level, 0);
	hw.char_ns = UINT64_MAX / 2u;
	assert_int_equal(pl011_write(&uart, "x", 1), 1);
	model_stop_clock(true);
	assert_int_equal(pl011_drain(&uart, 1000), TZVMM_E_TIMEOUT);
}

static void received_bytes_come_in_order_and_damaged_ones_are_counted_out(void **state)
{
	(void)state;
	pl011_listen(&uart, &events, &hw);
	assert_false(pl011_model_irq(&hw));
	pl011_model_receive(&hw, 'h');
	for (uint32_t error = 1u << 8; error <= 1u << 11; error <<= 1) {
		pl011_model_receive(&hw, error | 'x');
	}
	pl011_model_receive(&hw, 'i');
	assert_true(pl011_model_irq(&hw));
	pl011_irq(&uart);
	assert_int_equal(nr_got, 2);
	assert_memory_equal(got, "hi", 2);
	assert_int_equal(uart.rx_errors, 4);
	assert_int_equal(nr_writable, 0);
	assert_false(pl011_model_irq(&hw));
}

static void one_character_is_told_without_waiting_for_more(void **state)
{
	(void)state;
	pl011_listen(&uart, &events, &hw);
	assert_int_equal(*model_reg(&hw.regs, PL011_IMSC), INT_RX | INT_RX_TIMEOUT);
}

static void room_is_told_each_time_that_a_full_fifo_empties(void **state)
{
	char text[32] = { 0 };

	(void)state;
	pl011_listen(&uart, &events, &hw);
	assert_int_equal(pl011_write(&uart, text, 32), 16);
	pl011_notify_writable(&uart, true);
	assert_false(pl011_model_irq(&hw));
	pl011_irq(&uart);
	assert_int_equal(nr_writable, 0);
	model_pass_ns(9 * hw.char_ns);
	assert_true(pl011_model_irq(&hw));
	pl011_irq(&uart);
	assert_int_equal(nr_writable, 1);
	assert_memory_equal(hw.sent + 16, "01234567", 8);
	assert_false(pl011_model_irq(&hw));
	model_pass_ns(9 * hw.char_ns);
	assert_true(pl011_model_irq(&hw));
	pl011_irq(&uart);
	assert_int_equal(nr_writable, 2);
	assert_false(pl011_model_irq(&hw));
}

static void a_babbling_line_cannot_keep_the_handler(void **state)
{
	(void)state;
	pl011_listen(&uart, &events, &hw);
	hw.babbles = true;
	(void)model_take_reads();
	pl011_irq(&uart);
	assert_int_equal(nr_got, 64);
	assert_true(model_take_reads() <= 130u);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(init_sets_8n1_and_the_nearest_rate),
		T(a_rate_that_the_clock_cannot_give_is_refused),
		T(write_takes_what_fits_and_never_waits),
		T(drain_ends_with_the_line_or_with_its_limit),
		T(received_bytes_come_in_order_and_damaged_ones_are_counted_out),
		T(one_character_is_told_without_waiting_for_more),
		T(room_is_told_each_time_that_a_full_fifo_empties),
		T(a_babbling_line_cannot_keep_the_handler),
	};

	return cmocka_run_group_tests_name("pl011", tests, NULL, NULL);
}
