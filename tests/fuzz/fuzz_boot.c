// SPDX-License-Identifier: BSD-2-Clause
/* Any boot package, loaded and measured: it is refused, or everything that is said
 * of it lies inside of it and of the guest's RAM; what is measured does not depend
 * on keys. The sanitizers watch the rest. */

#include <string.h>

#include <tzvmm/boot.h>
#include <tzvmm/log.h>
#include <tzvmm/measure.h>
#include <tzvmm/port/dma.h>

#include "fuzz_input.h"

#define PAGE TZVMM_ABI_BOOTPKG_ALIGN
#define RAM 0x78000000u
#define RAM_LEN (8u * PAGE)
#define MOST (6u * PAGE)

static uint8_t ram[RAM_LEN] __attribute__((aligned(4096)));

/* Of the host that fuzzes: it has no cache to clean. */
void tzvmm_dma_to_device(const void *va, size_t len)
{
	const uint8_t *at = va;

	require(at >= ram && len <= (size_t)(ram + RAM_LEN - at));
}

/* Reads every byte, and depends on each. */
static void sum_begin(void *ctx)
{
	*(uint64_t *)ctx = 0xCBF29CE484222325u;
}

static void sum_add(void *ctx, const void *bytes, size_t len)
{
	uint64_t *sum = ctx;

	for (size_t i = 0; i < len; i++) {
		*sum = (*sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
	}
}

static void sum_end(void *ctx, uint8_t *digest)
{
	memset(digest, 0, TZVMM_DIGEST_LEN);
	memcpy(digest, ctx, sizeof(uint64_t));
}

static const struct tzvmm_hash_ops sum_ops = { sum_begin, sum_add, sum_end };

static enum tzvmm_status refuse(void *ctx, const uint8_t *key,
				const uint8_t *digest, const uint8_t *signature)
{
	uint8_t any = 0;

	(void)ctx;
	for (unsigned i = 0; i < TZVMM_SIGNATURE_LEN; i++) {
		any |= signature[i] ^ key[i] ^ digest[i / 2u];
	}
	return any == 0u ? TZVMM_OK : TZVMM_E_DENIED;
}

static const struct tzvmm_verifier_ops verifier_ops = { refuse };

static uint64_t no_time(void *ctx)
{
	(void)ctx;
	return 0;
}

static void no_log(void *ctx, enum tzvmm_log_level level, const char *text, size_t len)
{
	(void)ctx;
	(void)level;
	require(len < TZVMM_LOG_LINE && text[len] == '\0');
}

static const struct tzvmm_sys_ops sys_ops = { no_time, no_log };
static const struct tzvmm_sys sys = { &sys_ops, NULL };
static const struct tzvmm_window window = { .ipa = RAM, .len = RAM_LEN, .va = ram };
static const struct tzvmm_gmem mem = { &window, 1 };

static void check_inside(const void *at, size_t len, const uint8_t *package,
			 size_t package_len)
{
	const uint8_t *bytes = at;

	if (bytes != NULL) {
		require(bytes >= package &&
			len <= (size_t)(package + package_len - bytes));
	}
}

static void measure(const struct tzvmm_boot *boot, enum tzvmm_measure_rule rule,
		    struct tzvmm_digests *out)
{
	static const uint8_t key[TZVMM_PUBLIC_KEY_LEN];
	static const struct tzvmm_digests nobody;
	uint64_t sum;
	const struct tzvmm_measure_policy policy = {
		.rule = rule, .allowed = &nobody, .nr_allowed = 1, .key = key
	};
	const struct tzvmm_measure with = { .sys = &sys,
					    .hash = { &sum_ops, &sum },
					    .verifier = { &verifier_ops, NULL },
					    .policy = &policy };
	const enum tzvmm_status st = tzvmm_measure(&with, boot, out);

	require((st == TZVMM_OK) == (rule == TZVMM_MEASURE_LOG));
}

static void check(const struct tzvmm_boot *boot, uint8_t *package, size_t len)
{
	struct tzvmm_digests first;
	struct tzvmm_digests second;

	check_inside(boot->kernel_image.bytes, boot->kernel_image.len, package, len);
	check_inside(boot->dtb_image.bytes, boot->dtb_image.len, package, len);
	check_inside(boot->initrd_image.bytes, boot->initrd_image.len, package, len);
	check_inside(boot->disks, boot->nr_disks * sizeof(*boot->disks), package,
		     len);
	check_inside(boot->signature, sizeof(*boot->signature), package, len);
	check_inside(boot->atags, sizeof(*boot->atags), package, len);
	measure(boot, TZVMM_MEASURE_DIGESTS, &first);
	measure(boot, TZVMM_MEASURE_SIGNATURE, &first);
	measure(boot, TZVMM_MEASURE_LOG, &first);
	for (uint32_t i = 0; i < boot->nr_disks; i++) {
		uint8_t *key =
			package + ((const uint8_t *)boot->disks[i].key - package);

		memset(key, 0, sizeof(boot->disks[i].key));
	}
	measure(boot, TZVMM_MEASURE_LOG, &second);
	require(memcmp(second.parts[TZVMM_ABI_BOOTPKG_PART_DISKS],
		       first.parts[TZVMM_ABI_BOOTPKG_PART_DISKS],
		       TZVMM_DIGEST_LEN) == 0);
}

/* The input's first half page is header and table, the rest is spread over pages,
 * or each payload would need thousands of bytes before it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t head = size < PAGE / 16u ? size : PAGE / 16u;
	const size_t nr_pages = MOST / PAGE;
	uint8_t *package = aligned_alloc(PAGE, MOST);
	struct tzvmm_boot boot;

	require(package != NULL);
	memset(package, 0, MOST);
	memcpy(package, data, head);
	for (size_t i = head, page = 1; i < size && page < nr_pages; page++) {
		const size_t len = size - i < PAGE / 8u ? size - i : PAGE / 8u;

		memcpy(package + page * PAGE, data + i, len);
		i += len;
	}
	if (tzvmm_boot_load(&sys, &mem, package, MOST, &boot) == TZVMM_OK) {
		check(&boot, package, MOST);
	}
	free(package);
	return 0;
}
