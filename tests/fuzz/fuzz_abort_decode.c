/* SPDX-License-Identifier: BSD-2-Clause */
/* The abort decoder takes any instruction word: what it accepts names existing
 * registers, a size that a bus can move, and a shift that C defines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <armv7a/ldst.h>

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
			(void)armv7a_ldst_new_base(&ldst, words[1], words[2],
						   (words[3] & 1u) != 0u);
			(void)armv7a_ldst_extend(&ldst, words[3]);
		}
	}
	return 0;
}
