/* SPDX-License-Identifier: BSD-2-Clause */
#include <usb_armory/board.h>

#include <imx/gpio.h>
#include <imx/gpio_regs.h>

/* No other pin of the bank is an output, so the whole data register may be written.
 * ARMORY_LED_OTHER: of the two worlds the one that the manifest does not say. */
#define LIT (ARMORY_LED_LEVEL << ARMORY_LED_PIN)
#define DARK ((1u - ARMORY_LED_LEVEL) << ARMORY_LED_PIN)
#define SHOWS_GUEST (ARMORY_LED_SHOWS_GUEST != ARMORY_LED_OTHER)

const struct armv7a_led armory_led = {
	.secure = SHOWS_GUEST ? DARK : LIT,
	.addr = ARMORY_LED_BANK + GPIO_DR,
	.guest = SHOWS_GUEST ? LIT : DARK,
};

void armory_led_init(void)
{
	imx_gpio_output(ARMORY_LED_BANK, ARMORY_LED_PIN, armory_led.secure != 0u);
}
