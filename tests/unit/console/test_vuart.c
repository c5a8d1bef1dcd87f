/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/vuart.h>

#include "screen.h"

#define LINE 109u

#define URXD 0x00u
#define UTXD 0x40u
#define UCR1 0x80u
#define UCR2 0x84u
#define UCR3 0x88u
#define UCR4 0x8Cu
#define UFCR 0x90u
#define USR1 0x94u
#define USR2 0x98u
#define UBIR 0xA4u
#define UBMR 0xA8u
#define UBRC 0xACu
#define UTS 0xB4u

#define RRDY (1u << 9)
#define AGTIM (1u << 8)
#define TRDY (1u << 13)
#define TXFE (1u << 14)
#define TXDC (1u << 3)
#define ORE (1u << 1)
#define RDR (1u << 0)
#define TXEMPTY (1u << 6)
#define RXEMPTY (1u << 5)
#define TXFULL (1u << 4)
#define RXFULL (1u << 3)
#define CHARRDY (1u << 15)

static const struct tzvmm_mux_source_config guest_config = {
	.name = "guest",
	.guest = true,
};
static const struct tzvmm_mux_source_config slow_config = {
	.name = "guest",
	.guest = true,
	.us_per_byte = 100,
	.burst_us = 100,
};

static bool line_level;
static unsigned line_changes;

static bool is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	return line == LINE;
}

static void set_level(void *ctx, uint32_t line, bool level)
{
	(void)ctx;
	assert_int_equal(line, LINE);
	line_level = level;
	line_changes++;
}

static const struct tzvmm_irqchip_ops chip_ops = { .is_guest = is_guest,
						   .set_level = set_level };
static const struct tzvmm_irqchip chip = { .ops = &chip_ops, .nr_lines = 128 };

static struct screen screen;
static char ring[TZVMM_MUX_MIN_RING];
static struct tzvmm_mux mux;
static struct tzvmm_mux_source source;
static uint8_t input_bytes[64];
static struct tzvmm_input input;
static struct tzvmm_irqs irqs;
static struct tzvmm_vuart vuart;
static struct tzvmm_vuart_config config = {
	.sys = &screen.sys,
	.out = &source,
	.in = &input,
	.irqs = &irqs,
	.line = LINE,
};

static int setup_with(const struct tzvmm_mux_source_config *source_config)
{
	line_level = false;
	line_changes = 0;
	screen_init(&screen);
	assert_int_equal(tzvmm_mux_init(&mux, &screen.sys, &screen.sink, ring,
					sizeof(ring)),
			 TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&source, &mux, source_config), TZVMM_OK);
	assert_int_equal(tzvmm_input_init(&input, input_bytes, sizeof(input_bytes)),
			 TZVMM_OK);
	tzvmm_irqs_init(&irqs, &chip);
	assert_int_equal(tzvmm_vuart_init(&vuart, &config), TZVMM_OK);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_with(&guest_config);
}

static int setup_slow(void **state)
{
	(void)state;
	return setup_with(&slow_config);
}

static uint32_t rd(uint32_t offset)
{
	uint32_t value = 0;

	assert_int_equal(tzvmm_vuart_ops.read(&vuart, offset, 4, &value), TZVMM_OK);
	tzvmm_irqs_flush(&irqs);
	return value;
}

static void wr(uint32_t offset, uint32_t value)
{
	assert_int_equal(tzvmm_vuart_ops.write(&vuart, offset, 4, value), TZVMM_OK);
	tzvmm_irqs_flush(&irqs);
}

static void type(const char *text)
{
	(void)tzvmm_input_put(&input, (const uint8_t *)text, strlen(text));
	tzvmm_vuart_poll(&vuart);
	tzvmm_irqs_flush(&irqs);
}

static void an_early_console_prints_without_any_set_up(void **state)
{
	(void)state;
	for (const char *p = "Booting Linux\r\n"; *p != '\0'; p++) {
		assert_int_equal(rd(UTS) & TXFULL, 0);
		wr(UTXD, (uint8_t)*p);
	}
	assert_string_equal(screen_text(&screen, 0), "Booting Linux");
	assert_int_equal(line_changes, 0);
}

static void a_polling_boot_loader_reads_and_writes(void **state)
{
	(void)state;
	assert_int_equal(rd(UTS) & (TXEMPTY | RXEMPTY), TXEMPTY | RXEMPTY);
	assert_int_equal(rd(USR2) & (TXDC | RDR), TXDC);
	wr(UTXD, 'x');
	type("y");
	assert_int_equal(rd(UTS) & RXEMPTY, 0);
	assert_int_equal(rd(USR2) & RDR, RDR);
	assert_int_equal(rd(URXD), CHARRDY | 'y');
	assert_int_equal(rd(UTS) & RXEMPTY, RXEMPTY);
	assert_int_equal(rd(URXD), 0);
}

/* What an interrupt-driven driver sets up: threshold 8, ageing, reset first. */
static void start_driver(void)
{
	wr(UFCR, 2u << 10 | 0x200u | 8u);
	wr(UCR2, 0x4026u);
	assert_int_equal(rd(UCR2) & 1u, 1);
	wr(USR1, 0x1080);
	wr(USR2, ORE);
	wr(UCR1, 0x0201);
	wr(UCR4, 0x8002);
	wr(UCR2, 0x402Fu);
}

static void one_typed_character_interrupts_at_once(void **state)
{
	(void)state;
	start_driver();
	assert_false(line_level);
	type("a");
	assert_true(line_level);
	assert_int_equal(rd(USR1) & (AGTIM | RRDY), AGTIM);
	wr(USR1, AGTIM);
	assert_int_equal(rd(USR2) & RDR, RDR);
	assert_int_equal(rd(URXD), CHARRDY | 'a');
	assert_int_equal(rd(USR2) & RDR, 0);
	assert_int_equal(rd(USR1) & AGTIM, 0);
	assert_false(line_level);
}

static void input_that_is_left_interrupts_again(void **state)
{
	(void)state;
	start_driver();
	type("ab");
	wr(USR1, AGTIM);
	assert_false(line_level);
	assert_int_equal(rd(URXD), CHARRDY | 'a');
	assert_true(line_level);
	assert_int_equal(rd(URXD), CHARRDY | 'b');
	assert_false(line_level);
	type("c");
	wr(USR1, AGTIM);
	type("d");
	assert_true(line_level);
}

static void enough_input_is_ready_without_ageing(void **state)
{
	(void)state;
	start_driver();
	wr(UCR2, 0x4027u); /* no ageing */
	type("1234567");
	assert_int_equal(rd(USR1) & RRDY, 0);
	assert_false(line_level);
	type("8");
	assert_int_equal(rd(USR1) & RRDY, RRDY);
	assert_true(line_level);
	(void)rd(URXD);
	assert_false(line_level);
	wr(UCR4, 1); /* data ready, however little */
	assert_true(line_level);
}

static void a_disabled_receiver_shows_and_loses_nothing(void **state)
{
	(void)state;
	wr(UCR2, 0x4025u);
	type("abc");
	assert_int_equal(rd(USR2) & RDR, 0);
	assert_int_equal(rd(URXD), 0);
	wr(UCR2, 0x4027u);
	wr(UCR1, 0);
	assert_int_equal(rd(URXD), 0);
	start_driver();
	assert_true(line_level);
	assert_int_equal(rd(URXD), CHARRDY | 'a');
}

static void too_much_input_is_an_overrun(void **state)
{
	char text[101];

	(void)state;
	memset(text, 'x', 100);
	text[100] = '\0';
	start_driver();
	type(text);
	assert_int_equal(rd(USR2) & ORE, ORE);
	assert_int_equal(rd(UTS) & RXFULL, RXFULL);
	wr(USR2, ORE);
	assert_int_equal(rd(USR2) & ORE, 0);
	for (unsigned i = 0; i < 64u; i++) {
		assert_int_equal(rd(URXD), CHARRDY | 'x');
	}
	assert_int_equal(rd(URXD), 0);
	assert_false(line_level);
}

static void a_slow_sink_fills_the_fifo_and_nothing_is_lost(void **state)
{
	(void)state;
	wr(UTXD, 'a'); /* the burst */
	assert_int_equal(rd(USR2) & (TXFE | TXDC), TXFE | TXDC);
	wr(UTXD, 'b');
	assert_int_equal(rd(USR2) & (TXFE | TXDC), 0);
	assert_int_equal(rd(USR1) & TRDY, TRDY); /* up to 2 are few */
	for (unsigned i = 0; i < 31u; i++) {
		assert_int_equal(rd(UTS) & TXFULL, 0);
		wr(UTXD, 'c' + i % 20u);
	}
	assert_int_equal(rd(UTS) & (TXFULL | TXEMPTY), TXFULL);
	assert_int_equal(rd(USR1) & TRDY, 0);
	/* Waiting is enough: reading the status lets it go on. */
	for (unsigned i = 0; i < 40u && (rd(USR2) & TXDC) == 0u; i++) {
		screen.now_us += 100;
	}
	assert_int_equal(rd(USR2) & TXDC, TXDC);
	screen.now_us += 100;
	wr(UTXD, '\n');
	assert_int_equal(strlen(screen_text(&screen, 0)), 33);
	assert_memory_equal(screen_text(&screen, 0), "abcdef", 6);
	assert_int_equal(screen.nr_logged, 0);
}

static void transmit_interrupts_come_when_there_is_room(void **state)
{
	(void)state;
	wr(UCR1, 0x2001); /* TRDYEN */
	assert_true(line_level);
	for (unsigned i = 0; i < 10u; i++) {
		wr(UTXD, 'x');
	}
	assert_false(line_level);
	screen.now_us += 100;
	tzvmm_vuart_poll(&vuart);
	tzvmm_irqs_flush(&irqs);
	assert_false(line_level);
	for (unsigned i = 0; i < 6u; i++) {
		screen.now_us += 100;
		tzvmm_vuart_poll(&vuart);
	}
	tzvmm_irqs_flush(&irqs);
	assert_true(line_level);
	wr(UCR1, 0x0041); /* TXMPTYEN */
	assert_false(line_level);
	for (unsigned i = 0; i < 6u; i++) {
		screen.now_us += 100;
		tzvmm_vuart_poll(&vuart);
	}
	tzvmm_irqs_flush(&irqs);
	assert_true(line_level);
	wr(UCR1, 1);
	assert_false(line_level);
	wr(UCR4, 8); /* TCEN */
	assert_true(line_level);
}

static void room_found_by_polling_interrupts_as_well(void **state)
{
	(void)state;
	wr(UCR1, 0x2001); /* TRDYEN */
	for (unsigned i = 0; i < 4u; i++) {
		wr(UTXD, 'x');
	}
	assert_false(line_level);
	screen.now_us += 100;
	(void)rd(UTS);
	assert_true(line_level);
}

static void a_guest_that_does_not_wait_is_counted_and_logged(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000u; i++) {
		wr(UTXD, 'x');
	}
	assert_int_equal(vuart.tx_dropped, 1000 - 1 - 32);
	assert_int_equal(screen.nr_logged, 10); /* limited */
	assert_string_equal(screen.logged,
			    "uart: 10 bytes of the guest lost: it did not wait");
}

static void a_soft_reset_empties_the_fifos_and_keeps_what_was_typed(void **state)
{
	(void)state;
	start_driver();
	wr(UBIR, 0x1234);
	wr(UBMR, 0x5678);
	type("t");
	wr(UTXD, 'a');
	wr(UTXD, 'b');
	wr(UCR2, 0x402Eu);
	assert_int_equal(rd(UCR2), 0x402F);
	assert_int_equal(rd(USR2) & TXFE, TXFE);
	assert_int_equal(rd(UBIR), 0);
	assert_int_equal(rd(UBMR), 0);
	assert_int_equal(rd(URXD), CHARRDY | 't');
}

/* WIN-4 */
static void registers_keep_what_can_be_written(void **state)
{
	static const struct {
		uint32_t offset;
		uint32_t kept;
	} regs[] = {
		{ 0x80, 0xFFFF }, { 0x84, 0xFFFF },   { 0x88, 0xFFFF },
		{ 0x8C, 0xFFFF }, { 0x90, 0xFFFF },   { 0x9C, 0x00FF },
		{ 0xA0, 0x0FFF }, { 0xA4, 0xFFFF },   { 0xA8, 0xFFFF },
		{ 0xAC, 0x0004 }, { 0xB0, 0xFFFFFF },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		wr(regs[i].offset, UINT32_MAX);
		assert_int_equal(rd(regs[i].offset), regs[i].kept);
	}
	wr(UTS, UINT32_MAX);
	assert_int_equal(rd(UTS), 0x3E00 | TXEMPTY | RXEMPTY);
	wr(URXD, 1);
	assert_int_equal(rd(UTXD), 0);
	assert_int_equal(vuart.outside, 0);
}

/* WIN-4 */
static void what_is_no_register_reads_zero_and_is_counted(void **state)
{
	static const uint32_t holes[] = { 0x04, 0x3C, 0x44,   0x7C,
					  0xB8, 0xBC, 0x1000, 0x3FFC };
	uint32_t value = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		assert_int_equal(rd(holes[i]), 0);
		wr(holes[i], UINT32_MAX);
		assert_int_equal(vuart.outside, 2u * i + 2u);
	}
	assert_int_equal(tzvmm_vuart_ops.read(&vuart, UCR3, 1, &value), TZVMM_OK);
	assert_int_equal(value, 0);
	assert_int_equal(tzvmm_vuart_ops.read(&vuart, UCR3 + 2u, 2, &value),
			 TZVMM_OK);
	assert_int_equal(value, 0);
	assert_int_equal(tzvmm_vuart_ops.write(&vuart, UTXD, 1, 'x'), TZVMM_OK);
	assert_int_equal(vuart.outside, 19);
}

/* Whatever a guest does to the registers, in any order. */
static void no_sequence_of_accesses_breaks_the_uart(void **state)
{
	uint32_t random = 7;

	(void)state;
	for (unsigned i = 0; i < 100000u; i++) {
		const uint32_t offset = (random >> 8 & 0x3Fu) * 4u;
		uint32_t value = 0;

		random = random * 1664525u + 1013904223u;
		if ((random & 0x100u) != 0u) {
			(void)tzvmm_vuart_ops.write(&vuart, offset, 4, random >> 3);
		} else {
			(void)tzvmm_vuart_ops.read(&vuart, offset, 4, &value);
		}
		if ((random & 0xF000u) == 0u) {
			type("abcdefghijklmnopqrstuvw");
		}
		assert_true(vuart.tx_head - vuart.tx_tail <= TZVMM_VUART_FIFO);
	}
}

static void a_secure_line_and_missing_parts_are_refused(void **state)
{
	struct tzvmm_vuart_config bad = config;

	(void)state;
	bad.line = 3;
	assert_int_equal(tzvmm_vuart_init(&vuart, &bad), TZVMM_E_DENIED);
	bad.line = 128;
	assert_int_equal(tzvmm_vuart_init(&vuart, &bad), TZVMM_E_INVAL);
	bad = config;
	bad.sys = NULL;
	assert_int_equal(tzvmm_vuart_init(&vuart, &bad), TZVMM_E_INVAL);
	bad = config;
	bad.out = NULL;
	assert_int_equal(tzvmm_vuart_init(&vuart, &bad), TZVMM_E_INVAL);
	bad = config;
	bad.in = NULL;
	assert_int_equal(tzvmm_vuart_init(&vuart, &bad), TZVMM_E_INVAL);
	bad = config;
	bad.irqs = NULL;
	assert_int_equal(tzvmm_vuart_init(&vuart, &bad), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_vuart_init(&vuart, NULL), TZVMM_E_INVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
#define T_SLOW(f) cmocka_unit_test_setup(f, setup_slow)
	const struct CMUnitTest tests[] = {
		T(an_early_console_prints_without_any_set_up),
		T(a_polling_boot_loader_reads_and_writes),
		T(one_typed_character_interrupts_at_once),
		T(input_that_is_left_interrupts_again),
		T(enough_input_is_ready_without_ageing),
		T(a_disabled_receiver_shows_and_loses_nothing),
		T(too_much_input_is_an_overrun),
		T_SLOW(a_slow_sink_fills_the_fifo_and_nothing_is_lost),
		T_SLOW(transmit_interrupts_come_when_there_is_room),
		T_SLOW(room_found_by_polling_interrupts_as_well),
		T_SLOW(a_guest_that_does_not_wait_is_counted_and_logged),
		T_SLOW(a_soft_reset_empties_the_fifos_and_keeps_what_was_typed),
		T(registers_keep_what_can_be_written),
		T(what_is_no_register_reads_zero_and_is_counted),
		T(no_sequence_of_accesses_breaks_the_uart),
		T(a_secure_line_and_missing_parts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
