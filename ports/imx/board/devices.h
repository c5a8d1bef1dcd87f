/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_BOARD_DEVICES_H
#define IMX_BOARD_DEVICES_H

/** @file
 * The secure world's devices that all i.MX have, for the boards with one: EPIT1 is
 * the clock, EPIT2 the tick, WDOG1 the watchdog, UART1 the console. */

#include <imx/gpio.h>
#include <imx/uart.h>
#include <tzvmm/status.h>

/** The UART; the context of imx_uart_irq(). */
extern struct imx_uart board_uart;

/** The guest's pins; the context of imx_gpio_bank_irq(). */
extern struct imx_gpio_bank board_gpio;

/** Handler of WDOG1's interrupt. @param ctx Not used. */
void board_watchdog_irq(void *ctx);

/** Start clock, UART and tick: their gates are open, their pads are set.
 * @param per_hz  Root of the EPITs, in hertz.
 * @param uart_hz Root of the UART.
 * @return NULL, or what failed. */
const char *board_devices_start(uint32_t per_hz, uint32_t uart_hz);

/** No tick any more. */
void board_alarm_stop(void);

/** Enable a line of a secure device: the interrupt controller's part.
 * @param line Its line.
 * @retval TZVMM_OK Enabled.
 * @return Otherwise what its driver says. */
TZVMM_NODISCARD enum tzvmm_status board_irq_enable(uint32_t line);

#endif /* IMX_BOARD_DEVICES_H */
