/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/gpio.h>
#include <imx/gpio_regs.h>
#include <imx/board/tables.h>

/* No other pin of the bank is an output, so the whole data register may be written.
 * BOARD_LED_OTHER: of the two worlds the one that the manifest does not say. */
#define LIT (BOARD_LED_LEVEL << BOARD_LED_PIN)
#define DARK ((1u - BOARD_LED_LEVEL) << BOARD_LED_PIN)
#define SHOWS_GUEST (BOARD_LED_SHOWS_GUEST != BOARD_LED_OTHER)

const struct armv7a_led board_led = {
	.secure = SHOWS_GUEST ? DARK : LIT,
	.addr = BOARD_LED_BANK + GPIO_DR,
	.guest = SHOWS_GUEST ? LIT : DARK,
};

void board_led_init(void)
{
	imx_gpio_output(BOARD_LED_BANK, BOARD_LED_PIN, board_led.secure != 0u);
}
