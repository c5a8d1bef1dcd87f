/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that wants the LED to say that secure code runs: it writes everything
 * that is between it and the pin, in each way that it has, while the emulator
 * watches the line (tests/system/test_led.py). */
#include <stddef.h>

#include <tzvmm/abi/smc.h>

#include "masters.h"
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

/* By each bus master, whether its registers are open or not, but the SD host's:
 * that one is secure. */
static void forge_by_masters(uint32_t at, uint32_t value)
{
	for (uint32_t master = 0; master < MASTERS_END; master += 2u) {
		if (master != MASTERS_CORTEX && master != MASTERS_ESDHC1) {
			(void)masters_command(master, at, 4,
					      MASTERS_WRITE | MASTERS_TAKEN, &value);
		}
	}
}

static uint32_t forge(bool by_masters)
{
	uint32_t tried = 0;

	for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		for (uint32_t at = targets[i].first; at <= targets[i].last; at += 4u) {
			for (unsigned k = 0; k < 5u; k++, tried++) {
				hostile_poke(at, values[k]);
				(void)hostile_peek(at);
				if (by_masters) {
					forge_by_masters(at, values[k]);
				}
			}
		}
	}
	return tried;
}

void hostile_main(void)
{
	const bool by_masters = masters_there();
	uint32_t tried = 0;

	half.pa = (uint32_t)(uintptr_t)room;
	say(&half, by_masters ? "forger: with bus masters\n" : "forger: without\n");
	for (unsigned i = 0; i < ROUNDS; i++) {
		tried += forge(by_masters);
		for (volatile unsigned n = 0; n < SPINS / ROUNDS; n++) {
		}
	}
	say_number(&half, "forger: written", tried);
	say_number(&half, "forger: refused", hostile_aborts);
	guest_half_off(&half);
}
