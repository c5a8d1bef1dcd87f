/* SPDX-License-Identifier: BSD-2-Clause */
/* The abort decoder takes any instruction word: what it accepts names existing
 * registers, a size that a bus can move, and a shift that C defines. The access
 * then meets a filtered block, of which no bit changes that is not the guest's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <armv7a/ldst.h>
#include <tzvmm/regfilter.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok) {
		abort();
	}
}

static void check(const struct armv7a_ldst *ldst)
{
	require(ldst->len == 2u || ldst->len == 4u);
	require(ldst->size == 1u || ldst->size == 2u || ldst->size == 4u);
	require(ldst->rt < 15u && ldst->rn < 15u && ldst->rm < 15u);
	require(!ldst->wback || ldst->rt != ldst->rn);
	require(!ldst->sign || (!ldst->store && ldst->size < 4u));
	require(ldst->shift <= 4u && ldst->shift_n <= 32u);
	require(ldst->reg_offset ? ldst->imm == 0u : ldst->imm < 4096u);
}

#define BLOCK 0x53FD4000u
#define BLOCK_LEN 0x20u

static uint32_t block[BLOCK_LEN / 4u];

static uint32_t *reg(uint64_t addr)
{
	require(addr >= BLOCK && addr <= BLOCK + BLOCK_LEN - 4u && addr % 4u == 0u);
	return &block[(addr - BLOCK) / 4u];
}

static uint32_t hw_read(void *ctx, uint64_t addr)
{
	(void)ctx;
	return *reg(addr);
}

static void hw_write(void *ctx, uint64_t addr, uint32_t value)
{
	(void)ctx;
	*reg(addr) = value;
}

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return 0;
}

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	(void)ctx;
	(void)level;
	require(memchr(text, '\0', len) == NULL);
}

static const struct tzvmm_filter_hw hw = { hw_read, hw_write, NULL };
static const struct tzvmm_sys_ops sys_ops = { now_us, log_line };
static const struct tzvmm_sys sys = { &sys_ops, NULL };
static const struct tzvmm_filter_rule rules[] = {
	{ .offset = 0x04, .read = 0xFF00u, .write = 0x0F00u },
	{ .offset = 0x08, .read = ~0u, .write = 0x0F00u, .more = 2 },
	{ .offset = 0x18, .read = ~0u },
};
static const struct tzvmm_filter filter = { "f", BLOCK, BLOCK_LEN, rules, 3 };

/* At words[1], the value in words[2]. */
static void meet_filter(const struct armv7a_ldst *ldst, const uint32_t words[4])
{
	static struct tzvmm_filter_dev dev;
	const struct tzvmm_mmio_access access = { .ipa = BLOCK + (words[1] & 0x3Fu),
						  .size = ldst->size,
						  .write = ldst->store };
	struct tzvmm_mmio_region region;
	uint32_t value = words[2];

	require(tzvmm_filter_init(&dev, &filter, &hw, &sys) == TZVMM_OK);
	region = tzvmm_filter_region(&dev);
	if (tzvmm_mmio_find(&region, 1, &access) == NULL) {
		return;
	}
	memset(block, 0x5A, sizeof(block));
	if (access.write) {
		(void)!region.ops->write(region.ctx, words[1] & 0x3Fu, access.size,
					 value);
	} else {
		(void)!region.ops->read(region.ctx, words[1] & 0x3Fu, access.size,
					&value);
	}
	for (uint32_t i = 0; i < BLOCK_LEN / 4u; i++) {
		uint32_t mine = i >= 1u && i <= 4u ? 0x0F00u : 0u;

		require(((block[i] ^ 0x5A5A5A5Au) & ~mine) == 0u);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct armv7a_ldst ldst;
	uint32_t words[4];

	if (size < sizeof(words)) {
		return 0;
	}
	memcpy(words, data, sizeof(words));
	for (unsigned thumb = 0; thumb < 2u; thumb++) {
		if (armv7a_ldst_decode(words[0], thumb != 0u, &ldst)) {
			check(&ldst);
			meet_filter(&ldst, words);
			(void)armv7a_ldst_new_base(&ldst, words[1], words[2],
						   (words[3] & 1u) != 0u);
			(void)armv7a_ldst_extend(&ldst, words[3]);
		}
	}
	return 0;
}
