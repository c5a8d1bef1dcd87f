/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks a board what nobody has published, and prints the answers
 * (docs/selftest.md). Each step may hang the board: its bit stands in a register
 * that outlives a reset meanwhile, so that the watchdog makes an answer of it.
 * Nothing is written to the card. */
#include <string.h>

#include <armv7a/mmu.h>
#include <imx/board/tables.h>
#include <imx/epit.h>
#include <imx/gpio.h>
#include <imx/uart.h>
#include <imx/wait.h>
#include <imx/wdog.h>
#include <tzvmm/log.h>

#include "report.h"
#include "world.h"

/* Called by start.S on an empty stack. */
void tzvmm_monitor_main(void);

#define BAUD 115200u
#define CHAR_LIMIT_US 10000u
#define TEXT 256u

/* SRTC's general register: in the domain that a reset leaves alone [UB mx5/soc.c].
 * The boot ROM looks at bits 28 and up of it, so they stay 0. */
#define LPGR (IMX53_SRTC_BASE + 0x1Cu)
#define LPGR_MAGIC 0x5E0000u
#define LPGR_MAGIC_MASK 0xFFFF0000u
#define LPGR_STEPS 0xFFFFu

/* Half seconds: the watchdog's interrupt, and its reset. */
#define TICK 1u
#define TIMEOUT 16u

#define BLINK_US 500000u
#define BLINK_BAD_US 100000u

static struct imx_epit_clock clock;
static struct imx_uart uart;
static struct {
	unsigned answers, differ, hung;
} count;

static void put(const char *text)
{
	(void)!imx_uart_write_polled(&uart, text, strlen(text), CHAR_LIMIT_US);
}

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	(void)ctx;
	(void)level;
	put("# ");
	(void)!imx_uart_write_polled(&uart, text, len, CHAR_LIMIT_US);
	put("\r\n");
}

static const struct tzvmm_sys_ops sys_ops = { imx_epit_clock_now_us, log_line };
const struct tzvmm_sys board_sys = { &sys_ops, &clock };
const struct imx53_clk board_clk = {
	.ccm = IMX53_CCM_BASE,
	.dpll = { IMX53_DPLL1_BASE, IMX53_DPLL2_BASE, IMX53_DPLL3_BASE,
		  IMX53_DPLL4_BASE },
	.sys = &board_sys,
};

static void put_text(const char *before, const char *fmt, va_list args,
		     const char *behind)
{
	char text[TEXT];

	(void)tzvmm_vformat(text, sizeof(text), fmt, args);
	put(before);
	put(text);
	put(behind);
}

void remark(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_text("# ", fmt, args, "\r\n");
	va_end(args);
}

void note(const char *name, const char *fmt, ...)
{
	va_list args;

	put(name);
	va_start(args, fmt);
	put_text(": ", fmt, args, " -- noted\r\n");
	va_end(args);
	count.answers++;
}

void answer(const char *name, bool as_assumed, const char *change, const char *fmt,
	    ...)
{
	va_list args;

	put(name);
	va_start(args, fmt);
	put_text(": ", fmt, args, as_assumed ? " -- as assumed" : " -- DIFFERS: ");
	va_end(args);
	put(as_assumed ? "" : change);
	put("\r\n");
	count.answers++;
	count.differ += !as_assumed;
}

static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_text("", fmt, args, "\r\n");
	va_end(args);
}

uint32_t now_us(void)
{
	return (uint32_t)imx_epit_clock_now_us(&clock);
}

/* A line of 64 characters, timed to the last bit: the UART's root by the crystal. */
static void ask_uart(void)
{
	static const char bits[] = "# 0123456789 0123456789 0123456789 0123456789 "
				   "0123456789 01234\r\n";
	const uint32_t wanted = (sizeof(bits) - 1u) * 10u * 1000u / (BAUD / 1000u);
	uint32_t us;

	(void)!imx_uart_drain(&uart, CHAR_LIMIT_US);
	us = now_us();
	put(bits);
	(void)!imx_uart_drain(&uart, CHAR_LIMIT_US);
	us = now_us() - us;
	answer("uart-time", us > wanted / 100u * 97u && us < wanted / 100u * 105u,
	       "imx53_clk_uart(), or an emulator",
	       "%lu us for %u characters, %lu wanted", us,
	       (unsigned)sizeof(bits) - 1u, wanted);
}

/* Questions that can hang come behind those that cannot. */
static const struct step {
	const char *name;
	void (*ask)(void);
} steps[] = {
	{ "reset", ask_reset },   { "csu", ask_csu },
	{ "clocks", ask_clocks }, { "watchdog", ask_watchdog },
	{ "tzic", ask_tzic },     { "aborts", ask_aborts },
	{ "cpu", ask_cpu },       { "tzic-normal", ask_tzic_normal },
	{ "m4if", ask_m4if },     { "alias", ask_alias },
	{ "slots", ask_slots },   { "csd1", ask_csd1 },
	{ "card", ask_card },     { "uart", ask_uart },
	{ "locks", ask_locks },
};
#define NR_STEPS (sizeof(steps) / sizeof(steps[0]))
_Static_assert(NR_STEPS <= 16u, "a bit each");

/* The steps that hung are those whose bits a watchdog's reset has left. If it has
 * left nothing, the next step to hang would do so for ever. */
static bool hung_before(uint32_t *hung)
{
	const uint32_t noted = rd(LPGR);

	*hung = 0;
	if (imx_wdog_reason(IMX53_WDOG1_BASE) != IMX_WDOG_TIMEOUT) {
		return true;
	}
	*hung = noted & LPGR_STEPS;
	return (noted & LPGR_MAGIC_MASK) == LPGR_MAGIC;
}

static void run_steps(void)
{
	uint32_t hung;

	if (!hung_before(&hung)) {
		remark("a watchdog has reset the board and no register says in "
		       "which "
		       "step: take its power away and start again");
		return;
	}
	for (unsigned i = 0; i < NR_STEPS; i++) {
		imx_wdog_serve(IMX53_WDOG1_BASE);
		if ((hung >> i & 1u) != 0u) {
			answer(steps[i].name, false, "the board does not come back",
			       "hung");
			count.hung++;
			continue;
		}
		wr(LPGR, LPGR_MAGIC | hung | 1u << i);
		steps[i].ask();
	}
	wr(LPGR, 0);
}

static void __attribute__((noreturn)) blink(uint32_t us)
{
	for (unsigned n = 0;; n++) {
		imx_wdog_serve(IMX53_WDOG1_BASE);
		imx_epit_clock_sync(&clock);
		imx_gpio_output(BOARD_LED_BANK, BOARD_LED_PIN, (n & 1u) != 0u);
		imx_delay(&board_sys, us);
	}
}

static bool start(void)
{
	board_pads_init();
	imx53_clk_stay_on(&board_clk);
	return imx_epit_clock_init(&clock, IMX53_EPIT1_BASE,
				   imx53_clk_per(&board_clk)) == TZVMM_OK &&
	       imx_uart_init(&uart, IMX53_UART1_BASE, &board_sys,
			     imx53_clk_uart(&board_clk), BAUD) == TZVMM_OK;
}

void tzvmm_monitor_main(void)
{
	armv7a_mmu_enable(board_map, board_nr_map);
	if (!start()) {
		return;
	}
	world_init();
	say("\r\ntzvmm self-test " TZVMM_VERSION ", " BOARD_NAME);
	/* Locked with other times it may still reset the board: go on. */
	if (imx_wdog_start(IMX53_WDOG1_BASE, TICK, TIMEOUT) != TZVMM_OK) {
		remark("the watchdog does not start: a step that hangs is the last "
		       "one");
	}
	run_steps();
	say("selftest: %u answers, %u differ, %u of them hung", count.answers,
	    count.differ, count.hung);
	blink(count.differ != 0u ? BLINK_BAD_US : BLINK_US);
}
