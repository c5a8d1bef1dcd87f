/* SPDX-License-Identifier: BSD-2-Clause */
/* A program of root's that writes and reads a disk while it stops, moves and gates
 * whatever keeps the secure world's devices going. usage: saboteur DISK MIB ROUNDS
 *
 * It is one process without any wait for time: the guest's own clock, the GPT,
 * stands still meanwhile. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK 65536u
#define PAGE 4096u
#define NR(table) (sizeof(table) / sizeof((table)[0]))

struct poke {
	uint32_t addr;
	uint32_t value;
};

#define EPIT1 0x53FAC000u
#define EPIT2 0x53FB0000u
#define GPT 0x53FA0000u
#define CCM 0x53FD4000u
#define SRC 0x53FD0000u
#define GPC 0x53FD8000u
#define IOMUXC 0x53FA8000u
#define GPIO4 0x53F90000u
#define DPLL1 0x63F80000u
#define DPLL2 0x63F84000u
#define PLATFORM 0x63FA0000u
#define AHBMAX 0x63F94000u
#define WDOG1 0x53F98000u

static const struct poke pokes[] = {
	/* every clock's gate */
	{ CCM + 0x68, 0 },
	{ CCM + 0x6C, 0 },
	{ CCM + 0x70, 0 },
	{ CCM + 0x74, 0 },
	{ CCM + 0x78, 0 },
	{ CCM + 0x7C, 0 },
	{ CCM + 0x80, 0 },
	{ CCM + 0x84, 0 },
	/* roots, dividers, PLLs, low power */
	{ CCM + 0x0C, 0xFFFFFFFF },
	{ CCM + 0x10, 7 },
	{ CCM + 0x14, 0x02888FFF },
	{ CCM + 0x18, 0x00013157 },
	{ CCM + 0x1C, 0 },
	{ CCM + 0x24, 0xFFFFFFFF },
	{ CCM + 0x54, 0x7A },
	{ DPLL1, 0 },
	{ DPLL1 + 8, 0x5F },
	{ DPLL2, 0 },
	{ DPLL2 + 8, 0x5F },
	/* resets, power gating, low power of the CPU, the crossbar */
	{ SRC, 0xFFFFFFFF },
	{ GPC, 0xFFFFFFFF },
	{ GPC + 0x2C0, 1 },
	{ PLATFORM + 0x0C, 3 },
	{ AHBMAX, 0xFFFFFFFF },
	/* the pads of the card, UART1 and the LED, and the LED's bank */
	{ IOMUXC + 0x2EC, 0x11 },
	{ IOMUXC + 0x2F4, 1 },
	{ IOMUXC + 0x0E8, 1 },
	{ IOMUXC + 0x878, 0 },
	{ IOMUXC + 0x078, 0 },
	{ GPIO4, 0xFFFFFFFF },
	{ GPIO4 + 4, 0 },
	/* the watchdog: its reset, its time */
	{ WDOG1, 0x00000004 },
	/* the timers: off, in reset, turned forward, turned back, a storm */
	{ EPIT1, 0 },
	{ EPIT2, 0 },
	{ EPIT1, 1u << 16 },
	{ EPIT2, 1u << 16 },
	{ EPIT1, 0x023A0003 },
	{ EPIT1 + 8, 5 },
	{ EPIT1 + 8, 0xF0000000 },
	{ EPIT1, 0x02380003 },
	{ EPIT2, 0x0200000A },
	{ EPIT2 + 8, 3000 },
	{ EPIT2, 0x0200000F },
	{ EPIT1, 0x02000001 },
	{ EPIT2, 0 },
};

static sigjmp_buf refused;
static int mem;

static void on_bus_error(int number)
{
	(void)number;
	siglongjmp(refused, 1);
}

static volatile uint32_t *at(uint32_t addr)
{
	static struct {
		uint32_t page;
		uint8_t *va;
	} seen[32];
	uint32_t page = addr & ~(PAGE - 1u);
	unsigned n = 0;

	while (seen[n].va != NULL && seen[n].page != page) {
		n++;
	}
	if (seen[n].va == NULL) {
		void *va = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, mem,
				(off_t)page);

		if (va == MAP_FAILED) {
			perror("saboteur: /dev/mem");
			exit(1);
		}
		seen[n].page = page;
		seen[n].va = va;
	}
	return (volatile uint32_t *)(seen[n].va + addr - page);
}

static unsigned nr_stores;
static unsigned nr_refused;

static void poke(uint32_t addr, uint32_t value)
{
	volatile uint32_t *reg = at(addr);

	nr_stores++;
	if (sigsetjmp(refused, 1) != 0) {
		nr_refused++;
		return;
	}
	*reg = value;
}

static void fill(uint32_t *chunk, uint32_t number)
{
	for (uint32_t i = 0; i < CHUNK / 4u; i++) {
		chunk[i] = number * 2654435761u + i;
	}
}

/* Nobody sees it if it cannot be said. */
static void say(const char *text, unsigned a, unsigned b)
{
	printf("saboteur: ");
	printf(text, a, b);
	printf("\n");
	fflush(stdout);
}

static void transfer(int disk, uint32_t *chunk, uint32_t *other, uint32_t number,
		     off_t at_byte)
{
	fill(chunk, number);
	memset(other, 0, CHUNK);
	if (pwrite(disk, chunk, CHUNK, at_byte) != CHUNK ||
	    pread(disk, other, CHUNK, at_byte) != CHUNK) {
		perror("saboteur: the disk");
		exit(1);
	}
	if (memcmp(chunk, other, CHUNK) != 0) {
		say("chunk %u differs", number, 0);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	uint32_t *chunk = aligned_alloc(PAGE, CHUNK);
	uint32_t *other = aligned_alloc(PAGE, CHUNK);
	uint32_t nr_chunks, number = 0, gpt;
	int disk;

	if (argc != 4 || chunk == NULL || other == NULL) {
		return 2;
	}
	mem = open("/dev/mem", O_RDWR | O_SYNC);
	disk = open(argv[1], O_RDWR | O_DIRECT);
	nr_chunks = (uint32_t)strtoul(argv[2], NULL, 10) * 16u;
	if (mem < 0 || disk < 0) {
		perror("saboteur: open");
		return 1;
	}
	signal(SIGBUS, on_bus_error);
	gpt = *at(GPT);
	say("begins", 0, 0);
	for (unsigned long n = 0; n < strtoul(argv[3], NULL, 10); n++) {
		for (uint32_t c = 0; c < nr_chunks; c++, number++) {
			poke(GPT, gpt & ~1u);
			poke(pokes[number % NR(pokes)].addr,
			     pokes[number % NR(pokes)].value);
			transfer(disk, chunk, other, number, (off_t)c * CHUNK);
		}
		say("round %u, %u chunks right", (unsigned)n, number);
	}
	poke(GPT, gpt);
	say("%u stores, %u refused", nr_stores, nr_refused);
	say("verified", 0, 0);
	return 0;
}
