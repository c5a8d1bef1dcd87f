/* SPDX-License-Identifier: BSD-2-Clause */
/* The secure world's devices that all i.MX have: clock, tick, watchdog, UART. */
#include <board.h>
#include <imx/board/devices.h>
#include <imx/epit.h>
#include <imx/steady.h>
#include <imx/wdog.h>
#include <tzvmm/log.h>

#define BAUD 115200u

/* The watchdog's interrupt, in half seconds. */
#define WATCHDOG_TICK 1u
#define WATCHDOG_TICK_US 500000u

struct imx_uart board_uart;
static struct imx_epit_clock epit_clock;
static struct imx_epit_alarm epit_alarm;
static struct imx_steady steady;

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

void board_alarm_set(uint32_t us)
{
	imx_epit_alarm_set(&epit_alarm, us);
}

void board_timers_take(uint32_t us)
{
	imx_epit_clock_set(&epit_clock, imx_steady_now_us(&steady));
	board_alarm_set(us);
}

/* Where the guest has the GPT it has the slot of both EPITs: it can stop the tick
 * and move the clock. It cannot reach the watchdog, whose interrupt does what the
 * tick may not have done. That it comes to be served is what keeps the board from
 * being reset. */
void board_watchdog_irq(void *ctx)
{
	const bool alarm = imx_epit_alarm_intact(&epit_alarm);
	const bool clock = imx_steady_tick(&steady);

	(void)ctx;
	imx_wdog_serve(BOARD_WDOG1_BASE);
	platform_watchdog(alarm && clock);
}

const char *board_watch(unsigned limit_s)
{
	if (imx_wdog_reason(BOARD_WDOG1_BASE) == IMX_WDOG_TIMEOUT) {
		tzvmm_log(&platform_sys, TZVMM_LOG_WARN,
			  "the watchdog has reset the board: the monitor hung");
	}
	if (imx_wdog_start(BOARD_WDOG1_BASE, WATCHDOG_TICK, 2u * limit_s) != TZVMM_OK ||
	    board_irq_enable(BOARD_WDOG1_IRQ) != TZVMM_OK) {
		return "WDOG1: the watchdog does not run";
	}
	imx_steady_watch(&steady, WATCHDOG_TICK_US);
	return NULL;
}

enum tzvmm_status board_reset(void)
{
	return imx_wdog_reset(BOARD_WDOG1_BASE, &platform_sys);
}

/* ---- The serial line ------------------------------------------------------ */

size_t board_uart_write(const char *text, size_t len)
{
	return imx_uart_write(&board_uart, text, len);
}

void board_uart_notify_writable(bool on)
{
	imx_uart_notify_writable(&board_uart, on);
}

void board_uart_listen(void)
{
	static const struct imx_uart_events events = { platform_received,
						       platform_writable };

	imx_uart_listen(&board_uart, &events, NULL);
}

enum tzvmm_status board_uart_drain(uint32_t limit_us)
{
	return imx_uart_drain(&board_uart, limit_us);
}

/* ---- Start ---------------------------------------------------------------- */

const char *board_devices_start(uint32_t per_hz, uint32_t uart_hz)
{
	if (imx_epit_clock_init(&epit_clock, BOARD_EPIT1_BASE, per_hz) != TZVMM_OK) {
		return "EPIT1";
	}
	imx_steady_init(&steady, &epit_clock);
	if (imx_uart_init(&board_uart, BOARD_UART1_BASE, &platform_sys, uart_hz,
			  BAUD) != TZVMM_OK) {
		return "UART1";
	}
	if (imx_epit_alarm_init(&epit_alarm, BOARD_EPIT2_BASE, per_hz) != TZVMM_OK) {
		return "EPIT2";
	}
	return NULL;
}

void board_alarm_stop(void)
{
	imx_epit_alarm_stop(&epit_alarm);
}
