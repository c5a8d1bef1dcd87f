/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>

#include <tzvmm/abi/smc.h>

#include "say.h"

#define UART_URXD 0x53FBC000u
#define UART_UTXD 0x53FBC040u
#define UART_UTS 0x53FBC0B4u
#define UTS_TXFULL 0x10u

uint32_t hostile_aborts, hostile_changed, hostile_dfsr;

bool say_is_paravirt(struct guest_half *half)
{
	static uint32_t features = UINT32_MAX;

	if (features == UINT32_MAX) {
		(void)guest_half_call(half, TZVMM_SMC_FEATURES, 0, 0, 0, 0,
				      &features);
	}
	return (features & TZVMM_SMC_HAS_CONSOLE) != 0u;
}

/* The stock profile has a virtual UART instead of the calls. */
void say(struct guest_half *half, const char *text)
{
	if (say_is_paravirt(half)) {
		guest_half_print(half, text);
		return;
	}
	for (; *text != '\0'; text++) {
		for (unsigned i = 0; i < 100000u; i++) {
			if ((hostile_peek(UART_UTS) & UTS_TXFULL) == 0u) {
				break;
			}
		}
		hostile_poke(UART_UTXD, (uint8_t)*text);
	}
}

void say_number(struct guest_half *half, const char *what, uint32_t value)
{
	char text[] = " 00000000\n";

	for (unsigned i = 0; i < 8u; i++) {
		text[1u + i] = "0123456789abcdef"[value >> (28u - 4u * i) & 15u];
	}
	say(half, what);
	say(half, text);
}

uint8_t say_key(struct guest_half *half)
{
	uint32_t text = 0;

	if (!say_is_paravirt(half)) {
		return (uint8_t)hostile_peek(UART_URXD);
	}
	(void)guest_half_call(half, TZVMM_SMC_CONSOLE_READ, 1, 0, 0, 0, &text);
	return (uint8_t)text;
}
