/* SPDX-License-Identifier: BSD-2-Clause */
#include <board.h>

#define SYS_LED (BOARD_SYSREGS_BASE + 0x08u)

/* The first of the motherboard's user LEDs. BOARD_LED_OTHER: it is lit for the
 * other world. */
const struct armv7a_led board_led = {
	.secure = 1u - BOARD_LED_OTHER,
	.addr = SYS_LED,
	.guest = BOARD_LED_OTHER,
};
