/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the model protects, tried from both worlds: one line a fact on UART1,
 * "ok TEXT" or "FAIL TEXT", then the watchdog resets the board.
 */
#include <stdbool.h>
#include <stdint.h>

#define KIND_SUPER 1u
#define KIND_NORMAL 2u
#define KIND_WRITE 4u
#define NORMAL_READ (KIND_NORMAL | KIND_SUPER)
#define NORMAL_WRITE (KIND_NORMAL | KIND_SUPER | KIND_WRITE)
#define SECURE_READ KIND_SUPER
#define SECURE_WRITE (KIND_SUPER | KIND_WRITE)

#define UART1 0x53FBC000u
#define CSU 0x63F9C000u
#define CSU_SA (CSU + 0x218u)
#define TZIC 0x0FFFC000u
#define M4IF 0x63FD8000u
#define IOMUXC 0x53FA8000u
#define ESDHC1 0x50004000u
#define EPIT1 0x53FAC000u
#define WDOG1 0x53F98000u
#define WDOG2 0x53F9C000u
#define SECURE_RAM 0x70200000u
#define DDR_ALIAS 0x20000000u
#define UNMAPPED 0x0A000000u
#define BUSMASTER 0x0E000000u
#define OPEN_ALL 0x00FF00FFu

#define DFSR_EXTERNAL 0x1008u
#define DFSR_WRITE 0x0800u
#define DFSR_DECODE 0x0008u
#define DFSR_IMPRECISE 0x1C06u

#ifndef IMPRECISE
#define IMPRECISE 0
#endif

uint32_t access(uint32_t kind, uint32_t address, uint32_t value);
void set_ea(bool on);
void unmask_fiq(void);
int main(void);

struct aborted {
	uint32_t nr, fsr, far;
};
volatile struct aborted aborted;
volatile uint32_t abort_mode_aborts;
volatile uint32_t fiqs;

static volatile uint32_t *reg(uint32_t address)
{
	return (volatile uint32_t *)address;
}

static void put(const char *text)
{
	for (; *text != '\0'; text++) {
		*reg(UART1 + 0x40) = (uint32_t)*text;
	}
}

static void check(bool holds, const char *fact)
{
	put(holds ? "ok " : "FAIL ");
	put(fact);
	put("\r\n");
}

/* An access, and whether it aborted. */
static bool refused(uint32_t kind, uint32_t address, uint32_t value)
{
	uint32_t before = aborted.nr;

	(void)access(kind, address, value);
	return aborted.nr != before;
}

static void csl_write(uint32_t n, uint32_t value)
{
	*reg(CSU + 4 * n) = value;
}

static void csl_start(void)
{
	bool all = true;

	for (uint32_t n = 0; n < 32; n++) {
		all = all && *reg(CSU + 4 * n) == 0x00330033;
	}
	check(all, "every CSL starts secure only");
	for (uint32_t n = 0; n < 32; n++) {
		csl_write(n, OPEN_ALL);
	}
}

static bool exactly_one_kind_passes(uint32_t bit)
{
	bool good = true;

	for (uint32_t kind = 0; kind < 8; kind++) {
		/* The rights lie in the CSL in the order of the kinds. */
		good = good && refused(kind, IOMUXC, 0) == (kind != bit);
	}
	return good;
}

static void csl_rights(void)
{
	bool good = true;

	for (uint32_t bit = 0; bit < 8; bit++) {
		csl_write(5, 0x00FF0000u | 1u << bit);
		good = good && exactly_one_kind_passes(bit);
	}
	csl_write(5, OPEN_ALL);
	check(good, "each of the eight rights opens one kind of access");
}

static void csl_aborts(void)
{
	csl_write(5, 0x00FF0033);
	check(refused(NORMAL_READ, IOMUXC + 8, 0) &&
		      aborted.fsr == DFSR_EXTERNAL &&
		      aborted.far == IOMUXC + 8,
	      "a refused load: DFSR 0x1008 and DFAR in the secure bank");
	check(refused(NORMAL_WRITE, IOMUXC + 4, 7) &&
		      aborted.fsr == (DFSR_EXTERNAL | DFSR_WRITE) &&
		      aborted.far == IOMUXC + 4,
	      "a refused store: DFSR 0x1808");
	check(access(SECURE_READ, IOMUXC + 4, 0) == 0,
	      "a refused store changes nothing");
	csl_write(5, OPEN_ALL);
	check(refused(NORMAL_READ, UNMAPPED, 0) && aborted.fsr == DFSR_DECODE,
	      "an address with nothing behind it: DFSR 0x008");
}

static void csl_ahbmax(void)
{
	csl_write(10, 0x00FF0033);
	check(refused(NORMAL_READ, IOMUXC, 0),
	      "a closed crossbar slot keeps the normal world off the bus");
	csl_write(10, OPEN_ALL);
	check(!refused(NORMAL_READ, IOMUXC, 0), "an open one does not");
}

/* csl_start() has opened everything; 31b is one of unknown meaning. */
static void csl_unknown(void)
{
	for (uint32_t n = 0; n < 32; n++) {
		csl_write(n, n == 6 || n == 10 || n == 31 ? OPEN_ALL : 0x00330033);
	}
	csl_write(6, 0x00FF0033);
	csl_write(10, 0x003300FF);
	check(!refused(NORMAL_READ, M4IF, 0),
	      "M4IF, whose slot is unknown, is open while one such slot is");
	csl_write(31, 0x003300FF);
	check(refused(NORMAL_READ, M4IF, 0) && refused(NORMAL_WRITE, M4IF, 0),
	      "and closed when they all are");
	for (uint32_t n = 0; n < 32; n++) {
		csl_write(n, OPEN_ALL);
	}
}

static void csl_lock(void)
{
	csl_write(5, 0x00FF01FF);
	csl_write(5, 0x00330033);
	check(*reg(CSU + 4 * 5) == 0x003301FF,
	      "a locked slave keeps its rights, its neighbour does not");
}

static void csu_itself(void)
{
	check(refused(NORMAL_READ, CSU, 0) && refused(NORMAL_WRITE, CSU, 0) &&
		      refused(0, CSU, 0),
	      "the CSU is closed to the normal world and to user mode");
}

static void abort_without_ea(void)
{
	uint32_t monitor = aborted.nr;
	uint32_t own = abort_mode_aborts;

	set_ea(false);
	(void)*reg(UNMAPPED);
	set_ea(true);
	check(aborted.nr == monitor && abort_mode_aborts == own + 1,
	      "without SCR.EA an abort stays in abort mode");
}

static void watermark_on(void)
{
	*reg(SECURE_RAM) = 0x12345678;
	*reg(M4IF + 0x10C) = 0x77FFF;
	*reg(M4IF + 0xEC) = 0x80070000;
	*reg(M4IF + 0x114) = 0x80000000;
}

static void watermark(void)
{
	watermark_on();
	check(refused(NORMAL_READ, SECURE_RAM, 0) &&
		      refused(NORMAL_WRITE, SECURE_RAM, 0),
	      "a watermark hides memory from the normal world");
	check(*reg(M4IF + 0x114) == 0x80000040 &&
		      *reg(M4IF + 0x118) == SECURE_RAM,
	      "it notes that and where");
	*reg(M4IF + 0x114) = 0x80000040;
	check(*reg(M4IF + 0x114) == 0x80000000, "the note can be cleared");
	check(access(SECURE_READ, SECURE_RAM, 0) == 0x12345678,
	      "the secure world still sees its memory, unchanged");
	check(refused(NORMAL_READ, SECURE_RAM + DDR_ALIAS, 0),
	      "its alias is hidden too");
	check(!refused(NORMAL_READ, 0x78100000, 0) &&
		      refused(NORMAL_READ, 0x77FFFFFC, 0),
	      "it ends where its last page ends");
	*reg(M4IF + 0x114) = 0;
	check(!refused(NORMAL_READ, SECURE_RAM, 0), "disabled, it hides nothing");
	watermark_on();
}

/* Line 100 belongs to the normal world, line 101 to the secure one. */
static void tzic_view(void)
{
	const uint32_t normal = 1u << 4, secure = 1u << 5;

	*reg(TZIC + 0x08C) = normal;
	check(access(NORMAL_READ, TZIC + 0x08C, 0) == 0,
	      "INTSEC reads as zero in the normal world");
	(void)access(NORMAL_WRITE, TZIC + 0x08C, UINT32_MAX);
	check(*reg(TZIC + 0x08C) == normal, "and cannot be written there");
	(void)access(NORMAL_WRITE, TZIC + 0x10C, UINT32_MAX);
	check(*reg(TZIC + 0x10C) == normal,
	      "the normal world enables its own lines only");
	*reg(TZIC + 0x10C) = secure;
	(void)access(NORMAL_WRITE, TZIC + 0x18C, UINT32_MAX);
	check(*reg(TZIC + 0x10C) == secure, "and disables no secure one");
	check(access(NORMAL_READ, TZIC + 0x10C, 0) == 0, "nor sees it");
	(void)access(NORMAL_WRITE, TZIC + 0x10C, normal);
	*reg(TZIC + 0x464) = 0;
	(void)access(NORMAL_WRITE, TZIC + 0x464, 0x00001010);
	check(*reg(TZIC + 0x464) == 0x00000088,
	      "its priorities are in the lower half of the range");
}

static void tzic_swint(void)
{
	*reg(TZIC + 0x00C) = 0xFF;
	*reg(TZIC + 0xF00) = 100;
	check(access(NORMAL_READ, TZIC + 0xD0C, 0) == 1u << 4 &&
		      access(NORMAL_READ, TZIC + 0xD8C, 0) == 1u << 4,
	      "SWINT makes a normal line pending");
	(void)access(NORMAL_WRITE, TZIC + 0xF00, 101);
	check((*reg(TZIC + 0xD0C) & 1u << 5) == 0,
	      "the normal world cannot raise a secure line");
	(void)access(NORMAL_WRITE, TZIC + 0xF00, 0x80000000u | 100);
	check(*reg(TZIC + 0xD0C) == 0, "and can take its own back");
	(void)access(NORMAL_WRITE, TZIC + 0xF00, 0x80000000u | 100);
	check(*reg(TZIC + 0xD0C) == 0, "once more changes nothing");
	*reg(TZIC + 0xF00) = 101;
	(void)access(NORMAL_WRITE, TZIC + 0xF00, 0x80000000u | 101);
	check(*reg(TZIC + 0xD0C) == 1u << 5, "it lowers no secure line");
	*reg(TZIC + 0xF00) = 0x80000000u | 101;
	*reg(TZIC + 0x20C) = 1u << 4;
	check((*reg(TZIC + 0xD0C) & 1u << 4) != 0, "SRCSET raises a line");
	*reg(TZIC + 0x28C) = 1u << 4;
	check(*reg(TZIC + 0xD0C) == 0, "SRCCLEAR lowers it");
}

static void tzic_fiq(void)
{
	*reg(TZIC + 0x000) = 1;
	*reg(TZIC + 0xF00) = 101;
	unmask_fiq();
	check(fiqs == 1, "a secure line is a FIQ in Monitor mode");
	*reg(TZIC + 0x00C) = 0;
	*reg(TZIC + 0xF00) = 101;
	unmask_fiq();
	check(fiqs == 1, "priority 0 does not pass a mask of 0");
	*reg(TZIC + 0x00C) = 0xFF;
	unmask_fiq();
	check(fiqs == 2, "it comes when the mask opens");
	*reg(TZIC + 0x014) = 1;
	check(*reg(TZIC + 0x014) == 1, "DSMINT stays set with nothing pending");
}

/* ---- eSDHC: enough of a driver for one sector ---- */

#define RSP_48 (2u << 16)
#define RSP_136 (1u << 16)
#define WITH_DATA (1u << 21 | 1u << 4 | 1u) /* from the card, by DMA */
#define WRITE_MANY (1u << 21 | 1u << 5 | 1u << 1 | 1u)
#define ABORT (3u << 22)
#define STATUS_READY (1u << 8)
#define BUFFER 0x79000000u
#define TEST_SECTOR 8u

static uint32_t card_rca;

static uint32_t command(uint32_t index, uint32_t arg, uint32_t flags)
{
	const uint32_t done = flags & 1u << 21 ? 0x2 : 0x1;
	uint32_t status = 0;

	*reg(ESDHC1 + 0x30) = UINT32_MAX;
	*reg(ESDHC1 + 0x08) = arg;
	*reg(ESDHC1 + 0x0C) = index << 24 | flags;
	for (uint32_t i = 0; i < 10000000 && !(status & (done | 0x117F0000));
	     i++) {
		status = *reg(ESDHC1 + 0x30);
	}
	return status;
}

static bool card_start(void)
{
	uint32_t tries = 1000;

	*reg(ESDHC1 + 0x2C) = 0x000E804F; /* clocks on, slow */
	(void)command(0, 0, 0);
	(void)command(8, 0x1AA, RSP_48);
	do {
		(void)command(55, 0, RSP_48);
		(void)command(41, 0x40200000, RSP_48);
	} while (!(*reg(ESDHC1 + 0x10) & 1u << 31) && --tries != 0);
	(void)command(2, 0, RSP_136);
	(void)command(3, 0, RSP_48);
	card_rca = *reg(ESDHC1 + 0x10) & 0xFFFF0000u;
	return tries != 0 && card_rca != 0 &&
	       (command(7, card_rca, RSP_48) & 0x117F0000) == 0;
}

/* The card is small: it is addressed in bytes. */
static uint32_t read_card(uint32_t sector, uint32_t address)
{
	*reg(ESDHC1 + 0x04) = 1u << 16 | 512;
	*reg(ESDHC1 + 0x00) = address;
	return command(17, sector * 512, RSP_48 | WITH_DATA);
}

static uint32_t read_sector(uint32_t address)
{
	return read_card(0, address);
}

/* Write two sectors of a word; the status with which the host says so. */
static uint32_t write_pair(uint32_t word)
{
	for (uint32_t i = 0; i < 256; i++) {
		*reg(BUFFER + 4 * i) = word;
	}
	*reg(ESDHC1 + 0x04) = 2u << 16 | 512;
	*reg(ESDHC1 + 0x00) = BUFFER;
	return command(25, TEST_SECTOR * 512, RSP_48 | WRITE_MANY);
}

static bool card_ready(void)
{
	(void)command(13, card_rca, RSP_48);
	return (*reg(ESDHC1 + 0x10) & STATUS_READY) != 0;
}

static uint32_t first_word_on_card(void)
{
	(void)read_card(TEST_SECTOR, BUFFER + 0x10000);
	return *reg(BUFFER + 0x10000);
}

static void reset_host_data(void)
{
	*reg(ESDHC1 + 0x2C) = 0x040E804F;
}

static void early_completion(void)
{
	uint32_t tries = 100000;

	*reg(CSU_SA) = 0;
	check((write_pair(0x11111111) & 0x117F0002) == 2 && !card_ready(),
	      "a multi-block write is complete before the card is");
	(void)command(12, 0, RSP_48 | ABORT);
	while (!card_ready() && --tries != 0) {
	}
	check(tries != 0 && first_word_on_card() == 0x11111111,
	      "its data are on the card when SEND_STATUS says ready");
	(void)write_pair(0x22222222);
	reset_host_data();
	check(first_word_on_card() == 0x11111111,
	      "and are lost when something comes before that");
}

static void esdhc(void)
{
	check(*reg(ESDHC1 + 0xFC) == 0x1201 &&
		      *reg(ESDHC1 + 0x34) == 0x117F013F,
	      "the eSDHC's version and status enables are as they should be");
	if (!card_start()) {
		check(false, "the card answers");
		return;
	}
	*reg(SECURE_RAM) = 0;
	*reg(CSU_SA) = 0;
	check((read_sector(SECURE_RAM) & 0x10000002) == 2 &&
		      *reg(SECURE_RAM) == 0x43424130,
	      "a secure eSDHC reads the card into secure memory");
	*reg(SECURE_RAM) = 0;
	*reg(CSU_SA) = 1u << 26;
	check((read_sector(SECURE_RAM) & 0x10000002) == 0x10000000 &&
		      *reg(SECURE_RAM) == 0,
	      "a normal one gets a DMA error and changes nothing");
	*reg(ESDHC1 + 0x2C) = 0x040E804F;
	check((read_sector(0x79000000) & 0x10000002) == 2 &&
		      *reg(0x79000000) == 0x43424130,
	      "but reads it into the normal world's memory");
	early_completion();
	*reg(CSU_SA) = 3u << 26;
	*reg(CSU_SA) = 0;
	check(*reg(CSU_SA) == 3u << 26, "a locked master attribute stays");
}

/* A command of SDMA to read or write, given by either world; what became of it. */
static uint32_t by_sdma(uint32_t kind, uint32_t address, uint32_t command)
{
	(void)access(kind, BUSMASTER + 0x04, 4);
	(void)access(kind, BUSMASTER + 0x08, address);
	(void)access(kind, BUSMASTER + 0x14, command);
	return *reg(BUSMASTER + 0x18);
}

static void bus_masters(void)
{
	const uint32_t sa = *reg(CSU_SA);

	*reg(CSU_SA) = sa | 1u << 4;
	*reg(SECURE_RAM) = 0x600DF00D;
	*reg(BUSMASTER + 0x10) = 0x0BADC0DE;
	csl_write(15, 0x00FF0033);
	check(by_sdma(NORMAL_WRITE, BUFFER, 1) == 1,
	      "the normal world cannot command an engine whose slot is closed");
	check(by_sdma(NORMAL_WRITE, BUFFER, 3) == 0 && *reg(BUFFER) == 0x0BADC0DE,
	      "as if it had, the engine writes to memory");
	csl_write(15, OPEN_ALL);
	check(by_sdma(NORMAL_WRITE, SECURE_RAM, 1) == 2 &&
		      *reg(SECURE_RAM) == 0x600DF00D,
	      "one that is open, but normal, does not reach a watermark's memory");
	check(by_sdma(NORMAL_WRITE, SECURE_RAM, 0) == 2 && *reg(BUSMASTER + 0x10) == 0,
	      "nor read it");
	csl_write(7, 0x003300FF);
	check(by_sdma(SECURE_WRITE, UART1 + 0x80, 0) == 2,
	      "nor a device whose slot is closed, whoever commands it");
	csl_write(7, OPEN_ALL);
	*reg(CSU_SA) = sa & ~(3u << 4);
	check(by_sdma(NORMAL_WRITE, SECURE_RAM, 0) == 0 &&
		      *reg(BUSMASTER + 0x10) == 0x600DF00D,
	      "a secure one does");
	*reg(CSU_SA) = sa;
}

static void epit(void)
{
	uint32_t first, second;
	uint32_t tries = 1000000;

	*reg(EPIT1) = 0x0200000A; /* perclk, reload */
	*reg(EPIT1 + 8) = 1000;
	*reg(EPIT1) = 0x0200000F;
	first = *reg(EPIT1 + 0x10);
	while (*reg(EPIT1 + 4) == 0 && --tries != 0) {
	}
	second = *reg(EPIT1 + 0x10);
	check(first <= 1000 && second <= 1000 && tries != 0 &&
		      (*reg(TZIC + 0x204) & 1u << 8) != 0,
	      "the EPIT reloads and raises its line");
	*reg(EPIT1) = 0;
	*reg(EPIT1 + 4) = 1;
	check((*reg(TZIC + 0x204) & 1u << 8) == 0, "and lowers it");
}

static volatile uint16_t *wdog2(uint32_t offset)
{
	return (volatile uint16_t *)(WDOG2 + offset);
}

static bool wdog2_pends(void)
{
	return (*reg(TZIC + 0x204) & 1u << 27) != 0;
}

static bool wdog2_comes(void)
{
	uint32_t tries = 100000000;

	while (!wdog2_pends() && --tries != 0) {
	}
	return tries != 0;
}

static void wdog2_serve(void)
{
	*wdog2(2) = 0x5555;
	*wdog2(2) = 0xAAAA;
	*wdog2(6) |= 0x4000;
}

/* A second to the reset, half of one to the interrupt. */
static void wdog(void)
{
	bool early, good = true;

	*wdog2(6) = 0x8001;
	*wdog2(0) = 0x0134;
	early = wdog2_pends();
	for (unsigned n = 0; n < 4; n++) {
		good = good && wdog2_comes();
		wdog2_serve();
		early = early || wdog2_pends();
	}
	check(good && !early, "a watchdog that is served interrupts in each round");
	*wdog2(6) = 0;
	*wdog2(0) = 0x0130;
	check((*wdog2(6) & 0xBFFF) == 0x8001 && (*wdog2(0) & 4) != 0,
	      "and can neither be stopped nor silenced");
	*wdog2(0) = 0xFF34;
	wdog2_serve();
}

/* With imprecise-stores=on: the store vanishes, the abort comes behind it. */
static void imprecise(void)
{
	csl_write(5, 0x00FF0033);
	check(refused(NORMAL_WRITE, IOMUXC + 4, 7) &&
		      aborted.fsr == DFSR_IMPRECISE,
	      "a refused store aborts late: DFSR 0x1C06");
	check(refused(NORMAL_READ, IOMUXC, 0) && aborted.fsr == DFSR_EXTERNAL,
	      "a refused load still aborts at once");
}

static void everything(void)
{
	csl_rights();
	csl_aborts();
	csl_ahbmax();
	csl_unknown();
	csl_lock();
	csu_itself();
	abort_without_ea();
	watermark();
	tzic_view();
	tzic_swint();
	tzic_fiq();
	bus_masters();
	esdhc();
	epit();
	wdog();
}

int main(void)
{
	csl_start();
	if (IMPRECISE) {
		imprecise();
	} else {
		everything();
	}
	put("done\r\n");
	*(volatile uint16_t *)WDOG1 = 4; /* SRS = 0: reset now */
	return 0;
}
