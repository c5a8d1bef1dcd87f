/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform.h"

#include <armv7a/cp15.h>
#include <armv7a/monitor.h>
#include <board.h>
#include <imx/epit.h>
#include <imx/steady.h>
#include <imx/wdog.h>
#include <imx53/clk.h>
#include <imx53/imx53.h>
#include <tzvmm/log.h>

#include "commands.h"
#include "console.h"
#include "gpio.h"
#include "guest.h"
#include "power.h"
#include "report.h"

#define BAUD 115200u

/* While something waits for the tick, and else. */
#define TICK_US 20000u
#define IDLE_TICK_US 100000u

/* The watchdog's tick, in half seconds. */
#define WATCHDOG_TICK 1u
#define WATCHDOG_TICK_US 500000u

/* A wait that polls ends after so many rounds even if the clock stands still. */
#define ROUNDS_PER_US 4u

/* Descriptors of the card's DMA: a request of the guest has up to 130 pieces, and
 * those of a batch are merged. */
#define CARD_NR_DESC 1024u

static struct imx_esdhc_desc card_table[CARD_NR_DESC]
	__attribute__((aligned(IMX_ESDHC_TABLE_ALIGN)));

static struct imx_epit_clock epit_clock;
static struct imx_epit_alarm epit_alarm;
static struct imx_steady steady;
static bool waiting; /* the guest stands still, or there is none yet */
static bool resting; /* for good: nothing but the watchdog is served */

struct imx_uart platform_uart;
struct imx_esdhc platform_card;
struct imx53_tzic platform_tzic;

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	(void)ctx;
	if (level <= TZVMM_LOG_INFO) {
		console_line(text, len);
	}
}

static const struct tzvmm_sys_ops sys_ops = { imx_steady_now_us, log_line };
const struct tzvmm_sys platform_sys = { &sys_ops, &steady };

static const struct imx53_clk clk = {
	.ccm = IMX53_CCM_BASE,
	.dpll = { IMX53_DPLL1_BASE, IMX53_DPLL2_BASE, IMX53_DPLL3_BASE,
		  IMX53_DPLL4_BASE },
	.sys = &platform_sys,
};

/* The one alarm is the tick, but for times when the card wants a look sooner. */
static uint64_t tick_us;
static uint32_t period_us = TICK_US;

static void wake_card(void *ctx, uint32_t us)
{
	(void)ctx;
	if (us < period_us) {
		imx_epit_alarm_set(&epit_alarm, us, true);
	}
}

void platform_soon(void)
{
	wake_card(NULL, 1);
}

static void tick(void)
{
	const uint64_t now_us = imx_steady_now_us(&steady);

	imx_epit_alarm_set(&epit_alarm, period_us, false);
	imx_esdhc_tick(&platform_card);
	if (now_us >= tick_us) {
		imx_epit_clock_sync(&epit_clock);
		console_tick();
		report_tick(now_us, !waiting);
		period_us = console_waits() || imx_esdhc_stalls(&platform_card)
				    ? TICK_US
				    : IDLE_TICK_US;
		tick_us = now_us + period_us;
	}
}

static void alarm_irq(void *ctx)
{
	(void)ctx;
	tick();
}

/* The guest has the GPT, and with it the slot of both EPITs: it can stop the tick
 * and move the clock. It cannot reach the watchdog, whose interrupt does what the
 * tick may not have done. That it comes to be served is what keeps the board from
 * being reset. */
static struct platform_timers timers;

static void watchdog(void *ctx)
{
	static struct tzvmm_ratelimit limit;
	const bool alarm = imx_epit_alarm_intact(&epit_alarm);
	const bool clock = imx_steady_tick(&steady);

	(void)ctx;
	imx_wdog_serve(IMX53_WDOG1_BASE);
	if (resting) {
		return;
	}
	timers.ticks++;
	if (!alarm || !clock) {
		timers.touched++;
		tzvmm_log_limited(&platform_sys, &limit, TZVMM_LOG_WARN,
				  "the guest touched the secure timers");
	}
	tick_us = 0;
	tick();
}

struct platform_timers platform_timers(void)
{
	timers.corrected = imx_steady_corrected(&steady);
	return timers;
}

const char *platform_watch(void)
{
	static bool watched;

	if (TZVMM_WATCHDOG_S == 0 || watched) {
		return NULL;
	}
	watched = true;
	if (imx_wdog_reason(IMX53_WDOG1_BASE) == IMX_WDOG_TIMEOUT) {
		tzvmm_log(&platform_sys, TZVMM_LOG_WARN,
			  "the watchdog has reset the board: the monitor hung");
	}
	if (imx_wdog_start(IMX53_WDOG1_BASE, WATCHDOG_TICK, 2u * TZVMM_WATCHDOG_S) !=
		    TZVMM_OK ||
	    imx53_tzic_enable(&platform_tzic, IMX53_IRQ_WDOG1) != TZVMM_OK) {
		return "WDOG1: the watchdog does not run";
	}
	imx_steady_watch(&steady, WATCHDOG_TICK_US);
	return NULL;
}

static const struct imx53_tzic_handler handlers[IMX53_TZIC_NR_LINES] = {
	[IMX53_IRQ_ESDHC1] = { imx_esdhc_irq, &platform_card },
	[IMX53_IRQ_UART1] = { imx_uart_irq, &platform_uart },
	[IMX53_IRQ_EPIT2] = { alarm_irq, NULL },
	[BOARD_GPIO_IRQ_LOW] = { imx_gpio_bank_irq, &gpio_bank },
	[BOARD_GPIO_IRQ_HIGH] = { imx_gpio_bank_irq, &gpio_bank },
	[IMX53_IRQ_WDOG1] = { watchdog, NULL },
};

static void open_gates(void)
{
	static const unsigned gates[] = {
		IMX53_GATE_TZIC,      IMX53_GATE_UART1_IPG, IMX53_GATE_UART1_PER,
		IMX53_GATE_EPIT1_IPG, IMX53_GATE_EPIT1_HF,  IMX53_GATE_EPIT2_IPG,
		IMX53_GATE_EPIT2_HF,
	};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
		imx53_clk_open(&clk, gates[i]);
	}
	imx53_clk_stay_on(&clk);
}

const char *platform_init(void)
{
	static const uint32_t nothing[IMX53_TZIC_NR_WORDS];

	board_pads_init();
	open_gates();
	if (imx_epit_clock_init(&epit_clock, IMX53_EPIT1_BASE,
				imx53_clk_per(&clk)) != TZVMM_OK) {
		return "EPIT1";
	}
	imx_steady_init(&steady, &epit_clock);
	if (imx_uart_init(&platform_uart, IMX53_UART1_BASE, &platform_sys,
			  imx53_clk_uart(&clk), BAUD) != TZVMM_OK) {
		return "UART1";
	}
	console_init();
	if (imx_epit_alarm_init(&epit_alarm, IMX53_EPIT2_BASE,
				imx53_clk_per(&clk)) != TZVMM_OK) {
		return "EPIT2";
	}
	if (imx53_tzic_init(&platform_tzic, IMX53_TZIC_BASE, nothing, handlers) !=
		    TZVMM_OK ||
	    imx53_tzic_enable(&platform_tzic, IMX53_IRQ_UART1) != TZVMM_OK ||
	    imx53_tzic_enable(&platform_tzic, IMX53_IRQ_EPIT2) != TZVMM_OK ||
	    imx53_tzic_enable(&platform_tzic, IMX53_IRQ_ESDHC1) != TZVMM_OK) {
		return "TZIC";
	}
	imx_epit_alarm_set(&epit_alarm, TICK_US, false);
	return NULL;
}

const char *platform_card_init(void)
{
	struct imx_esdhc_config config = {
		.base = IMX53_ESDHC1_BASE,
		.sys = &platform_sys,
		.table = card_table,
		.nr_desc = CARD_NR_DESC,
		.wake = wake_card,
	};

	if (imx53_clk_set_esdhc(&clk) != TZVMM_OK) {
		return "card: its clock cannot be set";
	}
	imx53_clk_open(&clk, IMX53_GATE_ESDHC_IPG(1u));
	imx53_clk_open(&clk, IMX53_GATE_ESDHC_PER(1u));
	config.root_hz = imx53_clk_esdhc(&clk, 1);
	if (imx_esdhc_init(&platform_card, &config) != TZVMM_OK) {
		return "card: cannot be used";
	}
	return NULL;
}

const char *platform_protect(uint32_t profile)
{
	if (imx53_csu_apply(IMX53_CSU_BASE, &board_csu_policy[profile]) != TZVMM_OK) {
		return "CSU: the policy does not hold";
	}
	if (imx53_tzic_set_guest(&platform_tzic, board_guest_lines[profile]) !=
	    TZVMM_OK) {
		return "TZIC: the guest's lines do not hold";
	}
	return NULL;
}

void platform_irq(void)
{
	imx53_tzic_dispatch(&platform_tzic);
	guest_run_devices();
	commands_serve();
	report_serve();
	power_serve();
}

void platform_serve(void)
{
	waiting = true;
	imx53_tzic_dispatch(&platform_tzic);
	waiting = false;
}

bool platform_wait(bool (*done)(void), uint32_t limit_us)
{
	const uint64_t start = imx_steady_now_us(&steady);
	uint64_t rounds = (uint64_t)limit_us * ROUNDS_PER_US;

	while (!done()) {
		bool late = imx_steady_now_us(&steady) - start >= limit_us;

		if (late || rounds-- == 0u) {
			return false;
		}
		platform_serve();
	}
	return true;
}

void platform_take_timers(void)
{
	imx_epit_clock_set(&epit_clock, imx_steady_now_us(&steady));
	imx_epit_alarm_set(&epit_alarm, TICK_US, false);
}

void platform_rest(void)
{
	resting = true;
	imx_epit_alarm_stop(&epit_alarm);
	imx53_tzic_let_guest(&platform_tzic, false);
	(void)!imx53_tzic_disable(&platform_tzic, IMX53_IRQ_UART1);
	(void)!imx53_tzic_disable(&platform_tzic, IMX53_IRQ_ESDHC1);
	for (;;) {
		armv7a_wfi();
		imx53_tzic_dispatch(&platform_tzic);
	}
}

void platform_reset(void)
{
	enum tzvmm_status status = imx_wdog_reset(IMX53_WDOG1_BASE, &platform_sys);

	tzvmm_log(&platform_sys, TZVMM_LOG_ERROR, "the board does not reset: %s",
		  tzvmm_status_name(status));
}
