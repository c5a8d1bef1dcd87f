/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that knows no device tree: checks the tag list as the boot protocol has
 * it, prints every tag, uses the memory that it tells, and sums up the initrd. */
#include <stddef.h>

#include "../../examples/guest_half/guest_half.h"

#define CORE 0x54410001u
#define MEM 0x54410002u
#define SERIAL 0x54410006u
#define REVISION 0x54410007u
#define CMDLINE 0x54410009u
#define INITRD2 0x54420005u

#define MAX_TAGS 32u
#define MAX_WORDS 1024u
#define NR_CALLS 1000u
#define PSCI_VERSION 0x84000000u

void bare_guest_main(uint32_t r0, uint32_t r1, uint32_t list, uint32_t cpsr);
void bare_guest_smc(uint32_t regs[8]);

static uint8_t mem[GUEST_HALF_LEN] __attribute__((aligned(4096)));
static struct guest_half guest = { .smc = bare_guest_smc, .mem = mem };

static void print_hex(const char *what, uint32_t value, const char *end)
{
	char text[] = "00000000";

	for (unsigned i = 0; i < 8u; i++) {
		text[i] = "0123456789abcdef"[value >> (28u - 4u * i) & 15u];
	}
	guest_half_print(&guest, what);
	guest_half_print(&guest, text);
	guest_half_print(&guest, end);
}

/* Its first word may be this program's, so the second page's and the last. */
static bool is_memory(uint32_t at, uint32_t len)
{
	volatile uint32_t *words[2] = { (void *)(uintptr_t)(at + 0x2000u),
					(void *)(uintptr_t)(at + (len - 4u)) };

	for (unsigned i = 0; i < 2u; i++) {
		*words[i] = at + i;
	}
	return *words[0] == at && *words[1] == at + 1u;
}

static uint32_t sum(uint32_t at, uint32_t len)
{
	const uint8_t *bytes = (const void *)(uintptr_t)at;
	uint32_t total = 0;

	for (uint32_t i = 0; i < len; i++) {
		total = total * 31u + bytes[i];
	}
	return total;
}

static const char *check_tag(const uint32_t *tag)
{
	print_hex("tag ", tag[1], ":");
	for (uint32_t i = 2; i < tag[0] && tag[1] != CMDLINE; i++) {
		print_hex(" ", tag[i], "");
	}
	guest_half_print(&guest, "\n");
	switch (tag[1]) {
	case CORE:
		return tag[0] == 5u ? NULL : "CORE has another size\n";
	case MEM:
		return tag[0] == 4u && is_memory(tag[3], tag[2]) ? NULL
								 : "no memory\n";
	case SERIAL:
		return tag[0] == 4u ? NULL : "SERIAL has another size\n";
	case REVISION:
		return tag[0] == 3u ? NULL : "REVISION has another size\n";
	case INITRD2:
		print_hex("initrd ", sum(tag[2], tag[3]), "\n");
		return tag[0] == 4u ? NULL : "INITRD2 has another size\n";
	case CMDLINE:
		if (((const char *)tag)[4u * tag[0] - 1u] != '\0') {
			return "CMDLINE does not end\n";
		}
		guest_half_print(&guest, "cmdline ");
		guest_half_print(&guest, (const char *)(tag + 2));
		guest_half_print(&guest, "\n");
		return NULL;
	default:
		return "a tag that is not known\n";
	}
}

static const char *check_list(const uint32_t *tag)
{
	const uint32_t *end = tag + MAX_WORDS;
	const char *failed = tag[1] == CORE ? NULL : "CORE is not the first\n";

	for (unsigned i = 0; i < MAX_TAGS && failed == NULL; i++) {
		if (tag[1] == 0u) {
			return tag[0] == 0u ? NULL : "NONE has a size\n";
		}
		if (tag[0] < 2u || tag[0] > (uint32_t)(end - tag) - 2u) {
			return "a tag is too long\n";
		}
		failed = check_tag(tag);
		tag += tag[0];
	}
	return failed != NULL ? failed : "the list does not end\n";
}

/* World switches, of which the LED's trace is judged. */
static void call_often(void)
{
	for (unsigned i = 0; i < NR_CALLS; i++) {
		uint32_t regs[8] = { PSCI_VERSION };

		bare_guest_smc(regs);
	}
}

void bare_guest_main(uint32_t r0, uint32_t r1, uint32_t list, uint32_t cpsr)
{
	const char *failed;

	(void)guest_half_probe(&guest);
	guest.pa = (uint32_t)(uintptr_t)mem;
	(void)cpsr;
	print_hex("r0 ", r0, "\n");
	print_hex("machine ", r1, "\n");
	print_hex("list ", list, "\n");
	call_often();
	failed = check_list((const uint32_t *)(uintptr_t)list);
	guest_half_print(&guest, failed == NULL ? "all tags are well\n" : failed);
	guest_half_off(&guest);
}
