/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that wants the LED to say that secure code runs: it writes everything
 * that is between it and the pin, in each way that it has, while the emulator
 * watches the line (tests/system/test_led.py). */
#include <stddef.h>

#include <tzvmm/abi/smc.h>

#include "say.h"

#define ROUNDS 8u
/* Longer than the monitor's tick, which comes by an interrupt. */
#define SPINS 8000000u

void hostile_main(void);
void hostile_smc(uint32_t regs[8]);

static uint8_t room[GUEST_HALF_LEN] __attribute__((aligned(4096)));
static struct guest_half half = { .smc = hostile_smc, .mem = room };

/* GPIO4, which shares its slot with GPIO3; the pad's mux, setting and input; the slot of
 * the GPIOs, that of the pads, and the bus masters' attributes; the watermark. */
static const struct {
	uint32_t first, last;
} targets[] = {
	{ 0x53F90000, 0x53F9001C }, { 0x53F90080, 0x53F9008C },
	{ 0x53F8C000, 0x53F8C01C }, { 0x53FA8078, 0x53FA8078 },
	{ 0x53FA83A4, 0x53FA83A4 }, { 0x63F9C004, 0x63F9C004 },
	{ 0x63F9C014, 0x63F9C014 }, { 0x63F9C218, 0x63F9C218 },
	{ 0x63FD80EC, 0x63FD80EC },
};
static const uint32_t values[] = { 0, UINT32_MAX, 1u << 27, ~(1u << 27), 0x00FF00FF };

static uint32_t forge(void)
{
	uint32_t tried = 0;

	for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		for (uint32_t at = targets[i].first; at <= targets[i].last; at += 4u) {
			for (unsigned k = 0; k < 5u; k++, tried++) {
				hostile_poke(at, values[k]);
				(void)hostile_peek(at);
			}
		}
	}
	return tried;
}

void hostile_main(void)
{
	uint32_t tried = 0;

	half.pa = (uint32_t)(uintptr_t)room;
	say(&half, "forger: starts\n");
	for (unsigned i = 0; i < ROUNDS; i++) {
		tried += forge();
		for (volatile unsigned n = 0; n < SPINS / ROUNDS; n++) {
		}
	}
	say_number(&half, "forger: written", tried);
	say_number(&half, "forger: refused", hostile_aborts);
	guest_half_off(&half);
}
