/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest without an OS: says who it is, reads its disk, shows a key, powers off. */
#include <stddef.h>

#include "../guest_half/guest_half.h"

#define SECTORS 64u /* of which the checksum is made */

void bare_guest_main(uint32_t r0, uint32_t r1, uint32_t dtb, uint32_t cpsr);
void bare_guest_smc(uint32_t regs[8]);

static uint8_t mem[GUEST_HALF_LEN] __attribute__((aligned(4096)));
static struct guest_half guest = { .smc = bare_guest_smc, .mem = mem };

static void print_hex(const char *what, uint32_t value)
{
	char text[] = "00000000\n";

	for (unsigned i = 0; i < 8u; i++) {
		text[i] = "0123456789abcdef"[value >> (28u - 4u * i) & 15u];
	}
	guest_half_print(&guest, what);
	guest_half_print(&guest, text);
}

/* Fletcher's sum of bytes, modulo 65536. */
static bool sum_disk(uint32_t *sum)
{
	uint32_t low = 0;
	uint32_t high = 0;

	for (uint32_t at = 0; at < SECTORS; at += GUEST_HALF_SECTORS) {
		if (!guest_half_transfer(&guest, false, at, GUEST_HALF_SECTORS)) {
			return false;
		}
		for (uint32_t i = 0; i < GUEST_HALF_SECTORS * 512u; i++) {
			low = (low + guest_half_buffer(&guest)[i]) & 0xFFFFu;
			high = (high + low) & 0xFFFFu;
		}
	}
	*sum = high << 16 | low;
	return true;
}

static const char *run(void)
{
	const char *failed = guest_half_disk(&guest);
	uint32_t sum;

	if (failed != NULL) {
		return failed;
	}
	print_hex("sectors ", (uint32_t)guest_half_capacity(&guest));
	if (!sum_disk(&sum)) {
		return "the disk cannot be read";
	}
	print_hex("sum ", sum);
	if (guest_half_transfer(&guest, false, guest_half_capacity(&guest), 1)) {
		return "the disk goes on behind its end";
	}
	guest_half_print(&guest, "press a key\n");
	print_hex("key ", guest_half_key(&guest));
	return NULL;
}

void bare_guest_main(uint32_t r0, uint32_t r1, uint32_t dtb, uint32_t cpsr)
{
	const char *failed = guest_half_probe(&guest);

	guest.pa = (uint32_t)(uintptr_t)mem;
	guest_half_print(&guest, "a guest without an OS\n");
	print_hex("r0 ", r0);
	print_hex("r1 ", r1);
	print_hex("dtb ", dtb);
	print_hex("cpsr ", cpsr & 0x3FFu);
	if (failed == NULL) {
		failed = run();
	}
	guest_half_print(&guest, failed == NULL ? "done\n" : failed);
	guest_half_off(&guest);
}
