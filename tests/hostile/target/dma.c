/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that reaches for what is the secure world's by every bus master, as if it had
 * programmed the engine and as if it had taken it. The emulator has registers for that
 * (emulator/README.md). It writes only what it read, so that the board lives on where
 * a master was let through on purpose. Each key starts a round, q ends. */
#include <stddef.h>

#include "masters.h"
#include "say.h"

#define PAUSE 1000000u
#define PATTERN 0x5A5ADA7Au

enum {
	DONE,
	CLOSED,
	REFUSED
};
enum {
	READ,
	WRITE,
	TAKEN
};

void hostile_main(void);
void hostile_smc(uint32_t regs[8]);

static uint8_t room[GUEST_HALF_LEN] __attribute__((aligned(4096)));
static struct guest_half half = { .smc = hostile_smc, .mem = room };

/* Secure RAM: first page, code, data, package, last word and the guest's first,
 * aliases; CSU, M4IF, the LED's bank, pads, UART1, eSDHC1. */
static const struct {
	uint32_t address, length;
} targets[] = {
	{ 0x70000000, 4096 }, { 0x70100000, 4 }, { 0x70200000, 4 },
	{ 0x71000000, 4 },    { 0x77FFFFFC, 8 }, { 0x90100000, 4 },
	{ 0x97FFFFFC, 4 },    { 0x63F9C004, 4 }, { 0x63F9C218, 4 },
	{ 0x63FD80EC, 4 },    { 0x53F90000, 4 }, { 0x53F90004, 4 },
	{ 0x53F8C000, 4 },    { 0x53FA8078, 4 }, { 0x53FBC080, 4 },
	{ 0x50004000, 4 },
};

/* By the lower bit of a master's field. */
static uint32_t closed, through, taken, dead, leaks, tries;

/* Read, and write the same. Many words would all become the first one, so where the
 * read was let through one word is enough. */
static uint32_t reach(uint32_t master, unsigned i, uint32_t how)
{
	const uint32_t at = targets[i].address, length = targets[i].length;
	uint32_t data = 0, read, written;

	read = masters_command(master, at, length, MASTERS_READ | how, &data);
	leaks += read != MASTERS_DONE && data != 0u;
	written = masters_command(master, at, read == MASTERS_DONE ? 4 : length,
				  MASTERS_WRITE | how, &data);
	tries += 2u;
	return read == MASTERS_DONE ? read : written;
}

/* What is to be refused above has to work here, or nothing is proved. */
static bool works(uint32_t master)
{
	const uint32_t at = half.pa;
	uint32_t data = PATTERN;

	hostile_poke(at, 0);
	if (masters_command(master, at, 4, MASTERS_WRITE | MASTERS_TAKEN, &data) !=
		    MASTERS_DONE ||
	    hostile_peek(at) != PATTERN) {
		return false;
	}
	return masters_command(master, at, 4, MASTERS_READ | MASTERS_TAKEN, &data) ==
		       MASTERS_DONE &&
	       data == PATTERN;
}

static void use(uint32_t master)
{
	const uint32_t bit = 1u << master;

	dead |= works(master) ? 0u : bit;
	closed |= bit;
	for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		uint32_t result = reach(master, i, 0);

		closed &= result == MASTERS_CLOSED ? UINT32_MAX : ~bit;
		through |= result == MASTERS_DONE ? bit : 0u;
		taken |= reach(master, i, MASTERS_TAKEN) == MASTERS_DONE ? bit : 0u;
	}
}

static void run_round(void)
{
	closed = through = taken = dead = leaks = tries = 0;
	for (uint32_t master = 0; master < MASTERS_END; master += 2u) {
		if (master != MASTERS_CORTEX) {
			use(master);
		}
	}
	say_number(&half, "dma: closed", closed);
	say_number(&half, "dma: through", through);
	say_number(&half, "dma: taken", taken);
	say_number(&half, "dma: dead", dead);
	say_number(&half, "dma: leaks", leaks);
	say_number(&half, "dma: tries", tries);
}

void hostile_main(void)
{
	uint8_t key = 0;

	half.pa = (uint32_t)(uintptr_t)room;
	say(&half, masters_there() ? "dma: ready\n" : "dma: no masters\n");
	while (key != 'q') {
		/* Without an access, so that the emulator gets to its own commands. */
		for (volatile unsigned n = 0; n < PAUSE; n++) {
		}
		key = say_key(&half);
		if (key == 'r') {
			run_round();
		}
	}
	guest_half_off(&half);
}
