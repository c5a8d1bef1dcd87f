/* SPDX-License-Identifier: BSD-2-Clause */
/* The hostile guest on the board: calls, trapped accesses, rings, requests in flight,
 * resets in mid-transfer, at random, until somebody types q. Then a driver in order
 * has to find a disk that works. What it does not touch: the timers' slot, which is
 * known to be open (docs/threat-model.md), and the calls that end the run. */
#include <stddef.h>

#include <tzvmm/abi/smc.h>
#include <tzvmm/abi/virtio.h>

#include "say.h"

#define RAM 0x78000000u
#define RAM_LEN 0x18000000u
#define AVAIL 0x400u
#define HEAD 0xC00u
#define NR_EXITS 5000u
#define REPORT_EVERY 65536u

#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_SYSTEM_RESET2 0x84000012u

void hostile_main(void);
void hostile_smc(uint32_t regs[8]);
void hostile_exits(uint32_t address, uint32_t nr);

/* What the device may write at worst stays off the guest itself: rings that are
 * placed at the end of its memory are longer than that. */
#define MARGIN 0x10000u
static uint8_t room[MARGIN + GUEST_HALF_LEN + MARGIN] __attribute__((aligned(4096)));
static uint8_t *const mem = room + MARGIN;
static uint32_t nr_leaks, seed = 53;

static uint32_t random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static uint32_t below(uint32_t n)
{
	return (random32() >> 8) % n;
}

/* What is no result has to stay; a failed call has none. */
static void checked_smc(uint32_t regs[8])
{
	uint32_t before[8];

	for (unsigned i = 0; i < 8u; i++) {
		before[i] = regs[i];
	}
	hostile_smc(regs);
	for (unsigned i = 1; i < 8u; i++) {
		nr_leaks +=
			regs[i] != before[i] && (i > 3u || regs[0] >= 0xFFFFFFF0u);
	}
}

static struct guest_half half = { .smc = checked_smc, .mem = room + MARGIN };

static void call(uint32_t function, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	(void)guest_half_call(&half, function, a, b, c, d, NULL);
}

static void call_at_random(void)
{
	static const uint32_t owners[] = { 0x80000000, 0x84000000, 0x86000000,
					   0x8600FF00, 0xC6000000, 0x06000000 };
	uint32_t regs[8];

	for (unsigned i = 0; i < 8u; i++) {
		regs[i] = below(2) == 0u ? random32() : below(32);
	}
	if (below(8) != 0u) {
		regs[0] = owners[below(6)] + below(24);
	}
	if (regs[0] == PSCI_SYSTEM_OFF || regs[0] == PSCI_SYSTEM_RESET ||
	    regs[0] == PSCI_SYSTEM_RESET2) {
		return;
	}
	/* Not much to the console: a line takes milliseconds. */
	if (regs[0] == TZVMM_SMC_CONSOLE_WRITE && below(256) != 0u) {
		return;
	}
	checked_smc(regs);
}

/* Closed devices, virtual ones, secure memory, and what is not there; last the CCM,
 * which is the stock guest's and has the SD host's clock (docs/threat-model.md). */
static void touch_at_random(void)
{
	static const uint32_t windows[] = {
		0x0FFFC000, 0x50004000, 0x50008000, 0x50024000, 0x53F90000,
		0x53F98000, 0x53FA4000, 0x63F9C000, 0x63FD8000, 0x70000000,
		0x70100000, 0x70200000, 0x71000000, 0x77FFF000, 0x6FFFF000,
		0x0A000000, 0x53FD4000,
	};
	const uint32_t nr = say_is_paravirt(&half) ? 17u : 16u;
	const uint32_t at = windows[below(nr)] + (random32() & 0xFFCu);

	if (below(2) == 0u) {
		(void)hostile_peek(at);
	} else {
		hostile_poke(at, random32());
	}
}

static uint64_t address(void)
{
	switch (below(8)) {
	case 0:
		return RAM - below(64);
	case 1:
		return RAM + RAM_LEN - below(5000);
	case 2:
		return 0x70000000u + below(0x08000000); /* secure */
	case 3:
		return (uint64_t)random32() << 32 | random32();
	default:
		return half.pa + 0x1000u + below(0x2000);
	}
}

static void describe_at_random(void)
{
	volatile uint64_t *desc = (void *)mem;
	const uint32_t n = below(4);
	/* Either too long for any disk, or within the margin. */
	const uint32_t len = below(4) == 0u ? random32() | 1u << 24 : below(4096);

	desc[2u * n] = address();
	desc[2u * n + 1u] = len | (uint64_t)(below(8) | below(4) << 16) << 32;
}

static void publish(uint32_t head)
{
	volatile uint16_t *avail = (void *)(mem + AVAIL);

	avail[2u + avail[1] % 4u] = (uint16_t)head;
	avail[1] = (uint16_t)(avail[1] + (below(64) == 0u ? random32() : 1u));
	call(TZVMM_SMC_VIRTIO_NOTIFY, 0, 0, 0, 0);
}

/* In order but for its sector, and left in flight. */
static void request(void)
{
	volatile struct tzvmm_abi_virtio_blk_head *head = (void *)(mem + HEAD);
	volatile uint64_t *desc = (void *)mem;
	const uint32_t write = below(2);

	head->type = below(8) == 0u ? below(10) : write;
	head->sector = below(8) == 0u ? random32() : 64u + below(1024);
	desc[0] = half.pa + HEAD;
	desc[1] = 16u | 0x10001ull << 32;
	desc[2] = half.pa + 0x1000u + 4u * below(256);
	desc[3] = 512u * (1u + below(8)) | (0x20001ull | (write != 0u ? 0u : 2u))
						   << 32;
	desc[4] = half.pa + HEAD + 16u;
	desc[5] = 1u | 2ull << 32;
	publish(0);
}

static void set_at_random(void)
{
	static const uint32_t values[] = { 0,  1,  2,  3,   8,
					   11, 15, 16, 128, UINT32_MAX };
	const uint32_t value =
		below(3) == 0u ? half.pa + below(0x4000) : values[below(10)];

	call(TZVMM_SMC_VIRTIO_WRITE, 0, below(0x84) * 4u, 4, value);
}

static void one_step(void)
{
	switch (below(12)) {
	case 0:
	case 1:
		call_at_random();
		break;
	case 2:
		touch_at_random();
		break;
	case 3:
	case 4:
		request();
		break;
	case 5:
		describe_at_random();
		break;
	case 6:
		publish(below(5));
		break;
	case 7:
		mem[below(0xD00)] = (uint8_t)random32();
		break;
	case 8:
		for (unsigned i = 0; i < 20u; i++) {
			call(TZVMM_SMC_VIRTIO_NOTIFY, 0, 0, 0, 0);
		}
		break;
	case 9:
		set_at_random();
		break;
	case 10:
		if (below(4) == 0u) {
			(void)guest_half_disk(&half);
		}
		break;
	default:
		if (below(16) == 0u) {
			/* In mid-transfer. */
			call(TZVMM_SMC_VIRTIO_WRITE, 0, TZVMM_VIRTIO_STATUS, 4, 0);
		}
		break;
	}
}

/* The first sector of the disk starts with what the test wrote there. */
static const char *check_disk(void)
{
	const char *failed = guest_half_disk(&half);

	if (failed != NULL) {
		return failed;
	}
	for (unsigned i = 0; i < 3u; i++) {
		if (guest_half_transfer(&half, false, 0, 1)) {
			return *(uint32_t *)(void *)guest_half_buffer(&half) ==
					       0x54534F48u
				       ? "the disk works"
				       : "a wrong byte was read";
		}
	}
	return "the disk does not read";
}

void hostile_main(void)
{
	uint32_t steps = 0;

	half.pa = (uint32_t)(uintptr_t)mem;
	say(&half, "hostile: ");
	say(&half, check_disk());
	say(&half, "\n");
	/* A register of the virtual TZIC, or closed; and secure memory. */
	hostile_exits(0x50008D80, NR_EXITS);
	hostile_exits(0x70000000, NR_EXITS);
	while (say_key(&half) != 'q') {
		for (unsigned i = 0; i < 1024u; i++, steps++) {
			one_step();
		}
		if (steps % REPORT_EVERY == 0u) {
			say_number(&half, "hostile: steps", steps);
		}
	}
	say_number(&half, "\nhostile: steps in all", steps);
	say_number(&half, "hostile: aborts", hostile_aborts);
	say_number(&half, "hostile: registers changed", hostile_changed + nr_leaks);
	say(&half, "hostile: at the end ");
	say(&half, check_disk());
	say(&half, "\n");
	guest_half_off(&half);
}
