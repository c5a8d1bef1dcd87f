/* SPDX-License-Identifier: BSD-2-Clause */
/* UART. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/uart.h>
#include <imx/uart_regs.h>

#include "uart_model.h"

#define BASE 0x53FBC000u

static struct uart_model hw;
static struct imx_uart uart;
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
		(void)imx_uart_write(&uart, "more", 4);
	} else {
		imx_uart_notify_writable(&uart, false);
	}
}

static const struct imx_uart_events events = { received, writable };

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	uart_model_init(&hw, BASE);
	nr_got = nr_writable = 0;
	return imx_uart_init(&uart, BASE, &model_sys, 66666666, 115200) == TZVMM_OK
		       ? 0
		       : -1;
}

static void init_sets_8n1_and_the_nearest_rate(void **state)
{
	static const struct {
		uint32_t root, baud;
	} cases[] = { { 66666666, 115200 },
		      { 66666666, 9600 },
		      { 24000000, 115200 },
		      { 66500000, 921600 },
		      { 80000000, 57600 } };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		uint64_t baud, ref = cases[i].root / 2u;

		assert_int_equal(imx_uart_init(&uart, BASE, &model_sys,
					       cases[i].root, cases[i].baud),
				 TZVMM_OK);
		baud = ref * (*model_reg(&hw.regs, UART_UBIR) + 1u) / 16u /
		       (*model_reg(&hw.regs, UART_UBMR) + 1u);
		assert_true(baud * 1000u > cases[i].baud * UINT64_C(980));
		assert_true(baud * 1000u < cases[i].baud * UINT64_C(1020));
	}
	assert_int_equal(*model_reg(&hw.regs, UART_UCR1), UCR1_UARTEN);
	assert_int_equal(*model_reg(&hw.regs, UART_UCR4), 0x8000);
	assert_int_equal(*model_reg(&hw.regs, UART_UFCR), 8u << 10 | 4u << 7 | 1u);
	assert_int_equal(*model_reg(&hw.regs, UART_UCR2) & 0xFFFEu,
			 UCR2_RXEN | UCR2_TXEN | UCR2_WS | UCR2_IRTS);
	assert_int_equal(*model_reg(&hw.regs, UART_UCR3) & UCR3_RXDMUXSEL,
			 UCR3_RXDMUXSEL);
}

static void a_rate_that_the_clock_cannot_give_is_refused(void **state)
{
	(void)state;
	assert_int_equal(imx_uart_init(&uart, BASE, &model_sys, 66666666, 0),
			 TZVMM_E_INVAL);
	assert_int_equal(imx_uart_init(&uart, BASE, &model_sys, 66666666, 4000000),
			 TZVMM_E_INVAL);
	assert_int_equal(imx_uart_init(&uart, BASE, &model_sys, 66666666, 110),
			 TZVMM_E_INVAL);
	assert_int_equal(imx_uart_init(&uart, BASE, &model_sys, 0, 115200),
			 TZVMM_E_INVAL);
}

static void a_block_that_stays_in_reset_ends_init(void **state)
{
	(void)state;
	hw.reset_ns = UINT64_MAX / 2u;
	assert_int_equal(imx_uart_init(&uart, BASE, &model_sys, 66666666, 115200),
			 TZVMM_E_TIMEOUT);
	assert_int_equal(*model_reg(&hw.regs, UART_UCR1), 0);
	model_stop_clock(true);
	assert_int_equal(imx_uart_init(&uart, BASE, &model_sys, 66666666, 115200),
			 TZVMM_E_TIMEOUT);
}

static void write_takes_what_fits_and_never_waits(void **state)
{
	char text[64];
	uint64_t before = model_now_ns();

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(imx_uart_write(&uart, text, 3), 3);
	assert_int_equal(hw.nr_sent, 3);
	assert_int_equal(imx_uart_write(&uart, text, 64), 29);
	assert_int_equal(imx_uart_write(&uart, text, 64), 0);
	assert_true(model_now_ns() - before < 50000u);
	model_pass_ns(5 * hw.char_ns);
	assert_int_equal(imx_uart_write(&uart, text, 64), 5);
	assert_int_equal(hw.nr_sent, 37);
}

static void a_polled_write_sends_every_byte_in_order(void **state)
{
	static const char text[] =
		"The quick brown fox jumps over the lazy dog. 0123456789";

	(void)state;
	assert_int_equal(imx_uart_write_polled(&uart, text, sizeof(text) - 1u, 1000),
			 TZVMM_OK);
	assert_int_equal(hw.nr_sent, sizeof(text) - 1u);
	assert_memory_equal(hw.sent, text, sizeof(text) - 1u);
	assert_int_equal(imx_uart_drain(&uart, 10000), TZVMM_OK);
	assert_int_equal(hw.tx_level, 0);
}

static void a_polled_write_to_a_stuck_line_ends(void **state)
{
	char text[64] = { 0 };

	(void)state;
	hw.char_ns = UINT64_MAX / 2u;
	assert_int_equal(imx_uart_write_polled(&uart, text, 64, 1000),
			 TZVMM_E_TIMEOUT);
	assert_int_equal(imx_uart_drain(&uart, 1000), TZVMM_E_TIMEOUT);
	model_stop_clock(true);
	assert_int_equal(imx_uart_write_polled(&uart, text, 64, 1000),
			 TZVMM_E_TIMEOUT);
}

static void received_bytes_come_in_order_and_damaged_ones_are_counted_out(void **state)
{
	uint8_t byte = 0;

	(void)state;
	assert_int_equal(imx_uart_read(&uart, &byte), TZVMM_E_EMPTY);
	uart_model_receive(&hw, 'a');
	*model_reg(&hw.regs, UART_USR2) |= USR2_ORE;
	uart_model_receive(&hw, URXD_ERR | 1u << 12 | 'x');
	uart_model_receive(&hw, 'b');
	assert_int_equal(imx_uart_read(&uart, &byte), TZVMM_OK);
	assert_int_equal(byte, 'a');
	assert_int_equal(imx_uart_read(&uart, &byte), TZVMM_E_IO);
	assert_int_equal(imx_uart_read(&uart, &byte), TZVMM_OK);
	assert_int_equal(byte, 'b');
	assert_int_equal(uart.rx_errors, 1);
	assert_int_equal(*model_reg(&hw.regs, UART_USR2) & USR2_ORE, 0);
}

static void the_interrupt_hands_on_bytes_and_asks_for_more_to_send(void **state)
{
	(void)state;
	imx_uart_listen(&uart, &events, &hw);
	assert_false(uart_model_irq(&hw));
	uart_model_receive(&hw, 'h');
	uart_model_receive(&hw, URXD_ERR);
	uart_model_receive(&hw, 'i');
	assert_true(uart_model_irq(&hw));
	imx_uart_irq(&uart);
	assert_int_equal(nr_got, 2);
	assert_memory_equal(got, "hi", 2);
	assert_int_equal(nr_writable, 0);
	imx_uart_notify_writable(&uart, true);
	assert_true(uart_model_irq(&hw));
	imx_uart_irq(&uart);
	imx_uart_irq(&uart);
	assert_int_equal(nr_writable, 2);
	assert_false(uart_model_irq(&hw));
	assert_memory_equal(hw.sent, "more", 4);
}

static void the_transmitters_interrupt_comes_only_with_room(void **state)
{
	char text[32] = { 0 };

	(void)state;
	imx_uart_listen(&uart, &events, &hw);
	assert_int_equal(imx_uart_write(&uart, text, 32), 32);
	imx_uart_notify_writable(&uart, true);
	assert_false(uart_model_irq(&hw));
	imx_uart_irq(&uart);
	assert_int_equal(nr_writable, 0);
	model_pass_ns(25 * hw.char_ns);
	assert_true(uart_model_irq(&hw));
}

static void a_babbling_line_cannot_keep_the_handler(void **state)
{
	(void)state;
	imx_uart_listen(&uart, &events, &hw);
	hw.babbles = true;
	(void)model_take_reads();
	imx_uart_irq(&uart);
	assert_int_equal(nr_got, 64);
	assert_true(model_take_reads() <= 64u);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(init_sets_8n1_and_the_nearest_rate),
		T(a_rate_that_the_clock_cannot_give_is_refused),
		T(a_block_that_stays_in_reset_ends_init),
		T(write_takes_what_fits_and_never_waits),
		T(a_polled_write_sends_every_byte_in_order),
		T(a_polled_write_to_a_stuck_line_ends),
		T(received_bytes_come_in_order_and_damaged_ones_are_counted_out),
		T(the_interrupt_hands_on_bytes_and_asks_for_more_to_send),
		T(the_transmitters_interrupt_comes_only_with_room),
		T(a_babbling_line_cannot_keep_the_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
