/* SPDX-License-Identifier: BSD-2-Clause */
/* The secure world's own devices: clock, UART, interrupts, watchdog. */
#include <imx/epit.h>
#include <imx/gpio.h>
#include <imx/steady.h>
#include <imx/uart.h>
#include <imx/wdog.h>
#include <imx53/board/card.h>
#include <imx53/board/tables.h>
#include <imx53/imx53.h>
#include <tzvmm/log.h>

#define BAUD 115200u

/* The watchdog's interrupt, in half seconds. */
#define WATCHDOG_TICK 1u
#define WATCHDOG_TICK_US 500000u

static struct imx_uart uart;
static struct imx_epit_clock epit_clock;
static struct imx_epit_alarm epit_alarm;
static struct imx_steady steady;
struct imx53_tzic board_tzic;

const struct imx53_clk board_clk = {
	.ccm = IMX53_CCM_BASE,
	.dpll = { IMX53_DPLL1_BASE, IMX53_DPLL2_BASE, IMX53_DPLL3_BASE,
		  IMX53_DPLL4_BASE },
	.sys = &platform_sys,
};

/* ---- Time ---------------------------------------------------------------- */

uint64_t board_now_us(void *ctx)
{
	(void)ctx;
	return imx_steady_now_us(&steady);
}

void board_clock_sync(void)
{
	imx_epit_clock_sync(&epit_clock);
}

uint32_t board_clock_corrected(void)
{
	return imx_steady_corrected(&steady);
}

void board_alarm_set(uint32_t us, bool once)
{
	imx_epit_alarm_set(&epit_alarm, us, once);
}

void board_timers_take(uint32_t us)
{
	imx_epit_clock_set(&epit_clock, imx_steady_now_us(&steady));
	imx_epit_alarm_set(&epit_alarm, us, false);
}

static void alarm_irq(void *ctx)
{
	(void)ctx;
	platform_tick();
}

/* The guest has the GPT, and with it the slot of both EPITs: it can stop the tick
 * and move the clock. It cannot reach the watchdog, whose interrupt does what the
 * tick may not have done. That it comes to be served is what keeps the board from
 * being reset. */
static void watchdog_irq(void *ctx)
{
	const bool alarm = imx_epit_alarm_intact(&epit_alarm);
	const bool clock = imx_steady_tick(&steady);

	(void)ctx;
	imx_wdog_serve(IMX53_WDOG1_BASE);
	platform_watchdog(alarm && clock);
}

const char *board_watch(unsigned limit_s)
{
	if (imx_wdog_reason(IMX53_WDOG1_BASE) == IMX_WDOG_TIMEOUT) {
		tzvmm_log(&platform_sys, TZVMM_LOG_WARN,
			  "the watchdog has reset the board: the monitor hung");
	}
	if (imx_wdog_start(IMX53_WDOG1_BASE, WATCHDOG_TICK, 2u * limit_s) != TZVMM_OK ||
	    imx53_tzic_enable(&board_tzic, IMX53_IRQ_WDOG1) != TZVMM_OK) {
		return "WDOG1: the watchdog does not run";
	}
	imx_steady_watch(&steady, WATCHDOG_TICK_US);
	return NULL;
}

enum tzvmm_status board_reset(void)
{
	return imx_wdog_reset(IMX53_WDOG1_BASE, &platform_sys);
}

/* ---- The serial line ------------------------------------------------------ */

size_t board_uart_write(const char *text, size_t len)
{
	return imx_uart_write(&uart, text, len);
}

void board_uart_notify_writable(bool on)
{
	imx_uart_notify_writable(&uart, on);
}

static void received(void *ctx, uint8_t byte)
{
	(void)ctx;
	platform_received(byte);
}

static void writable(void *ctx)
{
	(void)ctx;
	platform_writable();
}

void board_uart_listen(void)
{
	static const struct imx_uart_events events = { received, writable };

	imx_uart_listen(&uart, &events, NULL);
}

enum tzvmm_status board_uart_drain(uint32_t limit_us)
{
	return imx_uart_drain(&uart, limit_us);
}

/* ---- Interrupts ----------------------------------------------------------- */

static const struct imx53_tzic_handler handlers[IMX53_TZIC_NR_LINES] = {
	[IMX53_IRQ_ESDHC1] = { imx_esdhc_irq, &board_card },
	[IMX53_IRQ_UART1] = { imx_uart_irq, &uart },
	[IMX53_IRQ_EPIT2] = { alarm_irq, NULL },
	[BOARD_GPIO_IRQ_LOW] = { imx_gpio_bank_irq, &board_gpio },
	[BOARD_GPIO_IRQ_HIGH] = { imx_gpio_bank_irq, &board_gpio },
	[IMX53_IRQ_WDOG1] = { watchdog_irq, NULL },
};

const struct tzvmm_irqchip board_irqchip = {
	.ops = &imx53_tzic_irqchip_ops,
	.ctx = &board_tzic,
	.nr_lines = IMX53_TZIC_NR_LINES,
};

void board_irqs_serve(void)
{
	imx53_tzic_dispatch(&board_tzic);
}

void board_irqs_reset_guest(void)
{
	imx53_tzic_reset_guest(&board_tzic);
}

uint32_t board_irqs_pending(unsigned word)
{
	return imx53_tzic_guest_pending(&board_tzic, word);
}

/* ---- Start and end -------------------------------------------------------- */

static void open_gates(void)
{
	static const unsigned gates[] = {
		IMX53_GATE_TZIC,      IMX53_GATE_UART1_IPG, IMX53_GATE_UART1_PER,
		IMX53_GATE_EPIT1_IPG, IMX53_GATE_EPIT1_HF,  IMX53_GATE_EPIT2_IPG,
		IMX53_GATE_EPIT2_HF,
	};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
		imx53_clk_open(&board_clk, gates[i]);
	}
	imx53_clk_stay_on(&board_clk);
}

const char *board_start(void)
{
	board_pads_init();
	open_gates();
	if (imx_epit_clock_init(&epit_clock, IMX53_EPIT1_BASE,
				imx53_clk_per(&board_clk)) != TZVMM_OK) {
		return "EPIT1";
	}
	imx_steady_init(&steady, &epit_clock);
	if (imx_uart_init(&uart, IMX53_UART1_BASE, &platform_sys,
			  imx53_clk_uart(&board_clk), BAUD) != TZVMM_OK) {
		return "UART1";
	}
	return NULL;
}

const char *board_irqs_start(void)
{
	static const uint32_t nothing[IMX53_TZIC_NR_WORDS];

	if (imx_epit_alarm_init(&epit_alarm, IMX53_EPIT2_BASE,
				imx53_clk_per(&board_clk)) != TZVMM_OK) {
		return "EPIT2";
	}
	if (imx53_tzic_init(&board_tzic, IMX53_TZIC_BASE, nothing, handlers) !=
		    TZVMM_OK ||
	    imx53_tzic_enable(&board_tzic, IMX53_IRQ_UART1) != TZVMM_OK ||
	    imx53_tzic_enable(&board_tzic, IMX53_IRQ_EPIT2) != TZVMM_OK ||
	    imx53_tzic_enable(&board_tzic, IMX53_IRQ_ESDHC1) != TZVMM_OK) {
		return "TZIC";
	}
	return NULL;
}

const char *board_protect(uint32_t profile)
{
	if (imx53_csu_apply(IMX53_CSU_BASE, &board_csu_policy[profile]) != TZVMM_OK) {
		return "CSU: the policy does not hold";
	}
	if (imx53_tzic_set_guest(&board_tzic, board_guest_lines[profile]) !=
	    TZVMM_OK) {
		return "TZIC: the guest's lines do not hold";
	}
	return NULL;
}

void board_quiet(void)
{
	imx_epit_alarm_stop(&epit_alarm);
	imx53_tzic_let_guest(&board_tzic, false);
	(void)!imx53_tzic_disable(&board_tzic, IMX53_IRQ_UART1);
	(void)!imx53_tzic_disable(&board_tzic, IMX53_IRQ_ESDHC1);
}
