/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/boot.h>

#include "fake.h"

/* A package of three pages of payload, and what a test may do to it. */
#define PAGE TZVMM_ABI_BOOTPKG_ALIGN
#define KERNEL 0u
#define DTB 1u
#define INITRD 2u
#define TOTAL (4u * PAGE)
#define KERNEL_LEN 0x200u
#define DTB_LEN 0x100u
#define INITRD_LEN PAGE

static struct fake fake;
static _Alignas(16) uint8_t package[TOTAL];
static struct tzvmm_boot boot;

static void put_le32(size_t at, uint32_t value)
{
	for (unsigned i = 0; i < 4u; i++) {
		package[at + i] = (uint8_t)(value >> 8u * i);
	}
}

static void put_be32(size_t at, uint32_t value)
{
	put_le32(at, __builtin_bswap32(value));
}

static void put_entry(unsigned n, uint32_t type, uint32_t offset, uint32_t len,
		      uint32_t load)
{
	put_le32(32u + 16u * n, type);
	put_le32(36u + 16u * n, offset);
	put_le32(40u + 16u * n, len);
	put_le32(44u + 16u * n, load);
}

/* A field of an entry: 0 type, 1 offset, 2 len, 3 load. */
static void put_field(unsigned entry, unsigned field, uint32_t value)
{
	put_le32(32u + 16u * entry + 4u * field, value);
}

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	for (size_t i = 0; i < TOTAL; i++) {
		package[i] = (uint8_t)(i * 7u >> 3);
	}
	put_le32(0, 0x50565A54);
	put_le32(4, 2);
	put_le32(8, TOTAL);
	put_le32(12, 3);
	put_le32(16, TZVMM_ABI_BOOTPKG_PARAVIRT);
	put_entry(KERNEL, 1, PAGE, KERNEL_LEN, FAKE_RAM_IPA + 4u * PAGE);
	put_entry(DTB, 2, 2u * PAGE, DTB_LEN, FAKE_RAM_IPA + 8u * PAGE);
	put_entry(INITRD, 3, 3u * PAGE, INITRD_LEN, FAKE_RAM_IPA + 9u * PAGE);
	put_le32(PAGE + 0x24u, 0x016F2818);
	put_le32(PAGE + 0x28u, 0);
	put_le32(PAGE + 0x2Cu, KERNEL_LEN);
	put_be32(2u * PAGE, 0xD00DFEED);
	put_be32(2u * PAGE + 4u, DTB_LEN);
	memset(&boot, 0x5A, sizeof(boot));
	return 0;
}

/* Load a copy of exactly len bytes, so that a sanitizer sees one too many read. */
static enum tzvmm_status load_len(size_t len)
{
	uint8_t *copy = malloc(len);
	enum tzvmm_status st;

	assert_non_null(copy);
	memcpy(copy, package, len);
	st = tzvmm_boot_load(&fake.sys, &fake.port.ram, copy, len, &boot);
	free(copy);
	return st;
}

static void assert_refused_len(size_t len, enum tzvmm_status status, const char *why)
{
	struct tzvmm_boot untouched;

	memset(&untouched, 0x5A, sizeof(untouched));
	fake.nr_lines_logged = 0;
	assert_int_equal(load_len(len), status);
	assert_int_equal(fake.nr_lines_logged, 1);
	if (strstr(fake.last_line, why) == NULL) {
		fail_msg("\"%s\" does not say \"%s\"", fake.last_line, why);
	}
	assert_memory_equal(&boot, &untouched, sizeof(boot));
	for (size_t i = 0; i < sizeof(fake.ram); i++) {
		assert_int_equal(fake.ram[i], 0);
	}
	assert_int_equal(fake_nr_cleaned, 0);
}

static void assert_refused(enum tzvmm_status status, const char *why)
{
	assert_refused_len(TOTAL, status, why);
	(void)setup(NULL);
}

static void a_good_package_is_copied_and_cleaned(void **state)
{
	(void)state;
	assert_int_equal(load_len(TOTAL), TZVMM_OK);
	assert_int_equal(boot.entry, FAKE_RAM_IPA + 4u * PAGE);
	assert_int_equal(boot.dtb, FAKE_RAM_IPA + 8u * PAGE);
	assert_int_equal(boot.initrd, FAKE_RAM_IPA + 9u * PAGE);
	assert_int_equal(boot.initrd_len, INITRD_LEN);
	assert_int_equal(boot.profile, TZVMM_ABI_BOOTPKG_PARAVIRT);
	assert_memory_equal(fake.ram + 4u * PAGE, package + PAGE, KERNEL_LEN);
	assert_memory_equal(fake.ram + 8u * PAGE, package + 2u * PAGE, DTB_LEN);
	assert_memory_equal(fake.ram + 9u * PAGE, package + 3u * PAGE, INITRD_LEN);
	/* No byte beside them. */
	assert_int_equal(fake.ram[4u * PAGE + KERNEL_LEN], 0);
	assert_int_equal(fake.ram[8u * PAGE - 1u], 0);
	assert_int_equal(fake.ram[10u * PAGE], 0);
	assert_int_equal(fake_nr_cleaned, 3);
	assert_int_equal(fake.nr_lines_logged, 0);
}

static void an_initrd_is_optional(void **state)
{
	(void)state;
	put_le32(12, 2);
	assert_int_equal(load_len(TOTAL), TZVMM_OK);
	assert_int_equal(boot.initrd, 0);
	assert_int_equal(boot.initrd_len, 0);
}

/* PKG-2 */
static void a_bad_header_is_refused(void **state)
{
	(void)state;
	assert_refused_len(0, TZVMM_E_FORMAT, "shorter than its header");
	assert_refused_len(31, TZVMM_E_FORMAT, "shorter than its header");
	put_le32(0, 0);
	assert_refused(TZVMM_E_FORMAT, "no magic number");
	put_le32(4, 1);
	assert_refused(TZVMM_E_UNSUPP, "unknown version");
	put_le32(4, 3);
	assert_refused(TZVMM_E_UNSUPP, "unknown version");
	put_le32(16, TZVMM_ABI_BOOTPKG_NR_PROFILES);
	assert_refused(TZVMM_E_UNSUPP, "unknown profile");
	assert_refused_len(TOTAL - 1u, TZVMM_E_FORMAT, "cut off");
	put_le32(8, UINT32_MAX);
	assert_refused(TZVMM_E_FORMAT, "cut off");
	put_le32(12, TZVMM_ABI_BOOTPKG_MAX_ENTRIES + 1u);
	assert_refused(TZVMM_E_FORMAT, "too many entries");
	put_le32(12, UINT32_MAX);
	assert_refused(TZVMM_E_FORMAT, "too many entries");
	put_le32(12, 0x10000000); /* times 16 wraps */
	assert_refused(TZVMM_E_FORMAT, "too many entries");
	put_le32(8, 32 + 47);
	assert_refused_len(32 + 47, TZVMM_E_FORMAT, "table of entries cut off");
}

static void payloads_outside_of_the_package_are_refused(void **state)
{
	static const struct {
		uint32_t offset;
		uint32_t len;
	} cases[] = {
		{ 0, 16 },
		{ PAGE, 0 },
		{ TOTAL, 1 },
		{ 3u * PAGE, PAGE + 1u },
		{ PAGE, UINT32_MAX },
		{ PAGE, UINT32_MAX - PAGE + 1u }, /* the sum wraps */
		{ UINT32_MAX - PAGE + 1u, PAGE },
		{ UINT32_MAX - PAGE + 1u, 2u * PAGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_field(INITRD, 1, cases[i].offset);
		put_field(INITRD, 2, cases[i].len);
		assert_refused(TZVMM_E_FORMAT,
			       "payload outside of the package (entry 2)");
	}
}

static void unaligned_offsets_and_loads_are_refused(void **state)
{
	(void)state;
	put_field(INITRD, 1, 3u * PAGE - 4u);
	assert_refused(TZVMM_E_FORMAT, "not aligned (entry 2)");
	put_field(DTB, 3, FAKE_RAM_IPA + 8u * PAGE + 8u);
	assert_refused(TZVMM_E_FORMAT, "not aligned (entry 1)");
}

static void loads_outside_of_guest_ram_are_refused(void **state)
{
	static const uint32_t loads[] = {
		0,
		0x70000000, /* secure memory */
		0x70100000,
		FAKE_RAM_IPA - PAGE,
		FAKE_RAM_IPA + FAKE_RAM_LEN,
		UINT32_MAX - PAGE + 1u,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		put_field(KERNEL, 3, loads[i]);
		assert_refused(TZVMM_E_RANGE,
			       "load outside of guest RAM (entry 0)");
	}
	fake.window.len = 9u * PAGE + INITRD_LEN - 1u;
	assert_refused(TZVMM_E_RANGE, "load outside of guest RAM (entry 2)");
}

/* PKG-1 */
static void loads_that_overlap_are_refused(void **state)
{
	(void)state;
	put_field(INITRD, 3, FAKE_RAM_IPA + 8u * PAGE);
	assert_refused(TZVMM_E_RANGE, "loads overlap (entry 2)");
	put_field(DTB, 3, FAKE_RAM_IPA + 4u * PAGE);
	assert_refused(TZVMM_E_RANGE, "loads overlap (entry 1)");
	put_field(INITRD, 2, PAGE);
	put_field(INITRD, 3, FAKE_RAM_IPA + 4u * PAGE);
	assert_refused(TZVMM_E_RANGE, "loads overlap (entry 2)");
}

static void loads_that_overlap_in_part_are_refused(void **state)
{
	(void)state;
	/* The end of an earlier one, then the end of a later one. */
	put_field(KERNEL, 2, PAGE + 1u);
	put_field(INITRD, 3, FAKE_RAM_IPA + 5u * PAGE);
	assert_refused(TZVMM_E_RANGE, "loads overlap (entry 2)");
	put_field(INITRD, 1, PAGE);
	put_field(INITRD, 2, PAGE + 1u);
	put_field(INITRD, 3, FAKE_RAM_IPA + 3u * PAGE);
	assert_refused(TZVMM_E_RANGE, "loads overlap (entry 2)");
	/* Side by side is fine. */
	put_field(KERNEL, 2, PAGE);
	put_field(INITRD, 3, FAKE_RAM_IPA + 5u * PAGE);
	assert_int_equal(load_len(TOTAL), TZVMM_OK);
}

/* PKG-1 */
static void exactly_one_kernel_and_device_tree_are_wanted(void **state)
{
	(void)state;
	put_le32(12, 0);
	assert_refused(TZVMM_E_FORMAT, "not exactly one kernel");
	put_le32(12, 1);
	assert_refused(TZVMM_E_FORMAT, "not exactly one device tree");
	put_field(KERNEL, 0, 3);
	assert_refused(TZVMM_E_FORMAT, "not exactly one kernel");
	put_entry(INITRD, 1, PAGE, KERNEL_LEN, FAKE_RAM_IPA + 9u * PAGE);
	assert_refused(TZVMM_E_FORMAT, "not exactly one kernel");
	put_entry(INITRD, 2, 2u * PAGE, DTB_LEN, FAKE_RAM_IPA + 9u * PAGE);
	assert_refused(TZVMM_E_FORMAT, "not exactly one device tree");
	put_le32(12, 4);
	put_entry(3, 3, 3u * PAGE, PAGE, FAKE_RAM_IPA + 10u * PAGE);
	assert_refused(TZVMM_E_FORMAT, "more than one initrd");
}

static void an_unknown_type_of_entry_is_refused(void **state)
{
	(void)state;
	put_field(INITRD, 0, 0);
	assert_refused(TZVMM_E_UNSUPP, "unknown type of entry (entry 2)");
	put_field(INITRD, 0, 7);
	assert_refused(TZVMM_E_UNSUPP, "unknown type of entry (entry 2)");
	put_field(INITRD, 0, UINT32_MAX);
	assert_refused(TZVMM_E_UNSUPP, "unknown type of entry (entry 2)");
}

static void what_is_no_zimage_is_refused(void **state)
{
	(void)state;
	put_le32(PAGE + 0x24u, 0x18286F01);
	assert_refused(TZVMM_E_FORMAT, "not an ARM zImage (entry 0)");
	put_field(KERNEL, 2, 0x2F);
	assert_refused(TZVMM_E_FORMAT, "not an ARM zImage (entry 0)");
	put_le32(PAGE + 0x2Cu, KERNEL_LEN + 1u);
	assert_refused(TZVMM_E_FORMAT, "zImage is cut off (entry 0)");
	put_le32(PAGE + 0x28u, KERNEL_LEN);
	assert_refused(TZVMM_E_FORMAT, "zImage is cut off (entry 0)");
	put_le32(PAGE + 0x28u, UINT32_MAX);
	assert_refused(TZVMM_E_FORMAT, "zImage is cut off (entry 0)");
}

static void what_is_no_device_tree_is_refused(void **state)
{
	(void)state;
	put_le32(2u * PAGE, 0xD00DFEED);
	assert_refused(TZVMM_E_FORMAT, "no magic number (entry 1)");
	put_field(DTB, 2, 39);
	assert_refused(TZVMM_E_FORMAT, "no magic number (entry 1)");
	put_be32(2u * PAGE + 4u, DTB_LEN + 1u);
	assert_refused(TZVMM_E_FORMAT, "device tree is cut off (entry 1)");
	put_be32(2u * PAGE + 4u, 39);
	assert_refused(TZVMM_E_FORMAT, "device tree is cut off (entry 1)");
}

/* Else the guest could change it between check and use. */
static void a_package_in_guest_ram_is_refused(void **state)
{
	(void)state;
	memcpy(fake.ram + FAKE_RAM_LEN - TOTAL, package, TOTAL);
	assert_int_equal(tzvmm_boot_load(&fake.sys, &fake.port.ram,
					 fake.ram + FAKE_RAM_LEN - TOTAL, TOTAL,
					 &boot),
			 TZVMM_E_RANGE);
	assert_non_null(strstr(fake.last_line, "lies in guest RAM"));
	assert_int_equal(fake.ram[4u * PAGE], 0);
	/* One that only reaches into it, as well. */
	fake.window.va = package + 3u * PAGE;
	fake.window.len = PAGE;
	assert_int_equal(tzvmm_boot_load(&fake.sys, &fake.port.ram, package, TOTAL,
					 &boot),
			 TZVMM_E_RANGE);
}

/* Instead of the initrd. */
static struct tzvmm_abi_bootpkg_disk *put_disks(uint32_t nr)
{
	struct tzvmm_abi_bootpkg_disk *disks = (void *)(package + 3u * PAGE);

	put_entry(INITRD, 4, 3u * PAGE, nr * 256u, 0);
	memset(disks, 0, nr * 256u);
	for (uint32_t i = 0; i < nr; i++) {
		disks[i].partition[0] = (char)('2' + i);
		disks[i].key[63] = (uint8_t)i;
	}
	return disks;
}

/* PKG-3 */
static void a_list_of_disks_stays_in_the_package(void **state)
{
	struct tzvmm_abi_bootpkg_disk *disks = put_disks(3);

	(void)state;
	disks[1].policy = TZVMM_ABI_BOOTPKG_OVERLAY;
	disks[1].store[0] = '9';
	disks[2].cipher = TZVMM_ABI_BOOTPKG_AES_XTS;
	assert_int_equal(tzvmm_boot_load(&fake.sys, &fake.port.ram, package, TOTAL,
					 &boot),
			 TZVMM_OK);
	assert_int_equal(boot.nr_disks, 3);
	assert_ptr_equal(boot.disks, disks);
	assert_int_equal(boot.initrd_len, 0);
	assert_int_equal(fake.ram[9u * PAGE], 0);
	(void)setup(NULL);
	assert_int_equal(load_len(TOTAL), TZVMM_OK);
	assert_null(boot.disks);
	assert_int_equal(boot.nr_disks, 0);
}

static void a_malformed_list_of_disks_is_refused(void **state)
{
	(void)state;
	(void)put_disks(4);
	assert_refused(TZVMM_E_FORMAT, "not a list of disks");
	(void)put_disks(1);
	put_field(INITRD, 2, 255);
	assert_refused(TZVMM_E_FORMAT, "not a list of disks");
	(void)put_disks(1);
	put_field(INITRD, 3, FAKE_RAM_IPA + 9u * PAGE);
	assert_refused(TZVMM_E_FORMAT, "disks and signature are not loaded");
	memset(put_disks(2)[1].partition, 'x', TZVMM_ABI_BOOTPKG_SELECTOR_LEN);
	assert_refused(TZVMM_E_FORMAT, "malformed disk");
	memset(put_disks(2)[1].store, 'x', TZVMM_ABI_BOOTPKG_SELECTOR_LEN);
	assert_refused(TZVMM_E_FORMAT, "malformed disk");
	put_disks(1)->store[0] = '3'; /* read-write: it has none */
	assert_refused(TZVMM_E_FORMAT, "malformed disk");
	put_disks(1)->policy = TZVMM_ABI_BOOTPKG_NR_POLICIES;
	assert_refused(TZVMM_E_UNSUPP, "unknown policy or cipher");
	put_disks(1)->cipher = TZVMM_ABI_BOOTPKG_NR_CIPHERS;
	assert_refused(TZVMM_E_UNSUPP, "unknown policy or cipher");
	(void)put_disks(1);
	put_le32(12, 4);
	put_entry(3, 4, 3u * PAGE, 256, 0);
	assert_refused(TZVMM_E_FORMAT, "more than one list of disks");
}

static struct tzvmm_abi_bootpkg_signature *put_signature(void)
{
	struct tzvmm_abi_bootpkg_signature *signature = (void *)(package + 3u * PAGE);

	put_entry(INITRD, 5, 3u * PAGE, sizeof(*signature), 0);
	signature->version = TZVMM_ABI_BOOTPKG_SIGNATURE_VERSION;
	signature->algorithm = TZVMM_ABI_BOOTPKG_ECDSA_P256;
	signature->nr_digests = TZVMM_ABI_BOOTPKG_NR_PARTS;
	return signature;
}

/* PKG-4 */
static void a_signature_stays_in_the_package(void **state)
{
	struct tzvmm_abi_bootpkg_signature *signature = put_signature();

	(void)state;
	assert_int_equal(tzvmm_boot_load(&fake.sys, &fake.port.ram, package, TOTAL,
					 &boot),
			 TZVMM_OK);
	assert_ptr_equal(boot.signature, signature);
	assert_int_equal(boot.initrd_len, 0);
	assert_int_equal(fake.ram[9u * PAGE], 0);
	(void)setup(NULL);
	assert_int_equal(load_len(TOTAL), TZVMM_OK);
	assert_null(boot.signature);
}

/* PKG-4 */
static void a_malformed_signature_is_refused(void **state)
{
	(void)state;
	(void)put_signature();
	put_field(INITRD, 2, 15);
	assert_refused(TZVMM_E_FORMAT, "not a signature (entry 2)");
	put_signature()->version++;
	assert_refused(TZVMM_E_UNSUPP, "unknown kind of signature (entry 2)");
	put_signature()->algorithm++;
	assert_refused(TZVMM_E_UNSUPP, "unknown kind of signature (entry 2)");
	put_signature()->nr_digests--;
	assert_refused(TZVMM_E_FORMAT,
		       "signed list of digests is cut off (entry 2)");
	(void)put_signature();
	put_field(INITRD, 2, 271);
	assert_refused(TZVMM_E_FORMAT,
		       "signed list of digests is cut off (entry 2)");
	(void)put_signature();
	put_field(INITRD, 3, FAKE_RAM_IPA + 9u * PAGE);
	assert_refused(TZVMM_E_FORMAT,
		       "disks and signature are not loaded (entry 2)");
	(void)put_signature();
	put_le32(12, 4);
	put_entry(3, 5, 3u * PAGE, 272, 0);
	assert_refused(TZVMM_E_FORMAT, "more than one signature");
}

/* Instead of the device tree. */
static struct tzvmm_abi_bootpkg_atags *put_atags(void)
{
	struct tzvmm_abi_bootpkg_atags *atags = (void *)(package + 2u * PAGE);

	put_entry(DTB, 6, 2u * PAGE, sizeof(*atags), FAKE_RAM_IPA + 8u * PAGE);
	*atags = (struct tzvmm_abi_bootpkg_atags){ .machine = 3273,
						   .revision = 0x53020,
						   .serial = { 1, 2 },
						   .cmdline = "quiet" };
	return atags;
}

/* PKG-5 */
static void a_tag_list_is_made_in_place_of_a_device_tree(void **state)
{
	const uint32_t expected[] = {
		5,
		0x54410001,
		0,
		4096,
		0,
		4,
		0x54410002,
		(uint32_t)FAKE_RAM_LEN,
		(uint32_t)FAKE_RAM_IPA,
		3,
		0x54410007,
		0x53020,
		4,
		0x54410006,
		1,
		2,
		4,
		0x54420005,
		(uint32_t)FAKE_RAM_IPA + 9u * PAGE,
		INITRD_LEN,
		4,
		0x54410009,
		0x65697571,
		0x74,
		0,
		0,
	};

	(void)state;
	(void)put_atags();
	assert_int_equal(tzvmm_boot_load(&fake.sys, &fake.port.ram, package, TOTAL,
					 &boot),
			 TZVMM_OK);
	assert_memory_equal(fake.ram + 8u * PAGE, expected, sizeof(expected));
	assert_int_equal(fake.ram[8u * PAGE + sizeof(expected)], 0);
	assert_int_equal(fake_nr_cleaned, 3);
	assert_int_equal(boot.machine, 3273);
	assert_int_equal(boot.dtb, FAKE_RAM_IPA + 8u * PAGE);
	assert_ptr_equal(boot.atags, package + 2u * PAGE);
	assert_ptr_equal(boot.dtb_image.bytes, package + 2u * PAGE);
	assert_int_equal(boot.dtb_image.len, sizeof(struct tzvmm_abi_bootpkg_atags));
	(void)setup(NULL);
	assert_int_equal(load_len(TOTAL), TZVMM_OK);
	assert_int_equal(boot.machine, UINT32_MAX);
	assert_null(boot.atags);
}

/* PKG-5 */
static void what_makes_no_tag_list_is_refused(void **state)
{
	(void)state;
	(void)put_atags();
	put_field(DTB, 2, sizeof(struct tzvmm_abi_bootpkg_atags) - 1u);
	assert_refused(TZVMM_E_FORMAT, "not what a tag list is made of (entry 1)");
	memset(put_atags()->cmdline, 'x', TZVMM_ABI_BOOTPKG_CMDLINE_LEN);
	assert_refused(TZVMM_E_FORMAT, "not what a tag list is made of (entry 1)");
	/* It has a page, however short it is. */
	(void)put_atags();
	put_field(DTB, 3, FAKE_RAM_IPA + FAKE_RAM_LEN - PAGE);
	put_field(INITRD, 3, FAKE_RAM_IPA + FAKE_RAM_LEN - PAGE);
	assert_refused(TZVMM_E_RANGE, "loads overlap (entry 2)");
	(void)put_atags();
	fake.window.len = 8u * PAGE + PAGE / 2u;
	put_field(INITRD, 3, FAKE_RAM_IPA + PAGE);
	assert_refused(TZVMM_E_RANGE, "load outside of guest RAM (entry 1)");
	/* Not both. */
	(void)put_atags();
	put_entry(INITRD, 2, 3u * PAGE, DTB_LEN, FAKE_RAM_IPA + 9u * PAGE);
	put_be32(3u * PAGE, 0xD00DFEED);
	put_be32(3u * PAGE + 4u, DTB_LEN);
	assert_refused(TZVMM_E_FORMAT, "not exactly one device tree or tag list");
}

/* One that begins at 4 GiB cannot be told of. */
static void memory_that_no_tag_can_tell_is_refused(void **state)
{
	struct tzvmm_window windows[2];
	const struct tzvmm_gmem mem = { windows, 2 };
	static uint8_t high[PAGE];

	(void)state;
	(void)put_atags();
	windows[0] = fake.window;
	windows[1] = (struct tzvmm_window){ 0x100000000ull, PAGE, high };
	assert_int_equal(tzvmm_boot_load(&fake.sys, &mem, package, TOTAL, &boot),
			 TZVMM_E_RANGE);
	assert_non_null(
		strstr(fake.last_line, "tag list cannot be made (entry 1)"));
	for (size_t i = 0; i < sizeof(fake.ram); i++) {
		assert_int_equal(fake.ram[i], 0);
	}
}

static void what_was_loaded_can_be_found_in_the_package(void **state)
{
	(void)state;
	assert_int_equal(tzvmm_boot_load(&fake.sys, &fake.port.ram, package, TOTAL,
					 &boot),
			 TZVMM_OK);
	assert_ptr_equal(boot.kernel_image.bytes, package + PAGE);
	assert_int_equal(boot.kernel_image.len, KERNEL_LEN);
	assert_ptr_equal(boot.dtb_image.bytes, package + 2u * PAGE);
	assert_int_equal(boot.dtb_image.len, DTB_LEN);
	assert_ptr_equal(boot.initrd_image.bytes, package + 3u * PAGE);
	assert_int_equal(boot.initrd_image.len, INITRD_LEN);
}

/* Any header and table: refused or loaded, never a byte outside. */
static void no_package_makes_the_loader_touch_what_it_should_not(void **state)
{
	uint32_t random = 3;

	(void)state;
	for (unsigned i = 0; i < 20000u; i++) {
		(void)setup(NULL);
		for (unsigned n = 0; n < 3u; n++) {
			random = random * 1664525u + 1013904223u;
			package[8u + (random >> 8) % 72u] = (uint8_t)(random >> 24);
		}
		(void)load_len(TOTAL);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(a_good_package_is_copied_and_cleaned),
		T(an_initrd_is_optional),
		T(a_bad_header_is_refused),
		T(payloads_outside_of_the_package_are_refused),
		T(unaligned_offsets_and_loads_are_refused),
		T(loads_outside_of_guest_ram_are_refused),
		T(loads_that_overlap_are_refused),
		T(loads_that_overlap_in_part_are_refused),
		T(exactly_one_kernel_and_device_tree_are_wanted),
		T(an_unknown_type_of_entry_is_refused),
		T(what_is_no_zimage_is_refused),
		T(what_is_no_device_tree_is_refused),
		T(a_package_in_guest_ram_is_refused),
		T(a_list_of_disks_stays_in_the_package),
		T(a_malformed_list_of_disks_is_refused),
		T(a_signature_stays_in_the_package),
		T(a_malformed_signature_is_refused),
		T(a_tag_list_is_made_in_place_of_a_device_tree),
		T(what_makes_no_tag_list_is_refused),
		T(memory_that_no_tag_can_tell_is_refused),
		T(what_was_loaded_can_be_found_in_the_package),
		T(no_package_makes_the_loader_touch_what_it_should_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
