/* SPDX-License-Identifier: BSD-2-Clause */
#include "seed.h"

#define UART 0x09040000u /* PL011 of the secure world */
#define UART_DR (UART + 0x00u)
#define UART_FR (UART + 0x18u)
#define UART_CR (UART + 0x30u)
#define UART_IMSC (UART + 0x38u)
#define FR_RX_EMPTY (1u << 4)
#define FR_TX_FULL (1u << 5)
#define CR_ON 0x301u
#define IMSC_RX ((1u << 4) | (1u << 6)) /* a byte, or one that waits */

#define GPIO 0x090B0000u /* PL061 of the secure world; pin 0 cuts the power */
#define GPIO_DATA(pins) (GPIO + ((pins) << 2))
#define GPIO_DIR (GPIO + 0x400u)
#define PIN_OFF 1u

uint64_t clock_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrrc p15, 0, %Q0, %R0, c14" : "=r"(ticks));
	return ticks;
}

/* The next tick, and no interrupt before. */
void clock_arm(void)
{
	__asm__ volatile("mcr p15, 0, %0, c14, c2, 0\n\t" /* CNTP_TVAL */
			 "mcr p15, 0, %1, c14, c2, 1\n\t" /* CNTP_CTL */
			 "isb" ::"r"(CLOCK_HZ / TICK_HZ),
			 "r"(1));
}

void uart_init(void)
{
	write32(UART_CR, CR_ON);
	write32(UART_IMSC, IMSC_RX);
}

bool uart_put(char byte)
{
	const bool room = (read32(UART_FR) & FR_TX_FULL) == 0u;

	if (room) {
		write32(UART_DR, (uint8_t)byte);
	}
	return room;
}

int uart_get(void)
{
	return (read32(UART_FR) & FR_RX_EMPTY) != 0u
		       ? -1
		       : (int)(read32(UART_DR) & 0xFFu);
}

void power_off(void)
{
	write32(GPIO_DIR, PIN_OFF);
	write32(GPIO_DATA(PIN_OFF), PIN_OFF);
	for (;;) {
	}
}
