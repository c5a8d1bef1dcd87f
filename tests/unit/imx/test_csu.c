/* SPDX-License-Identifier: BSD-2-Clause */
/* The central security unit and the DDR watermarks. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/csu.h>
#include <imx/csu_regs.h>
#include <imx53/m4if.h>
#include <imx53/m4if_regs.h>

#include "regs.h"

#define CSU 0x63F9C000u
#define M4IF 0x63FD8000u

static struct model_regs csu, m4if;
static uint32_t csl_seen[32], sa_seen; /* what stays while it is locked */
static const struct model_reg csu_table[] = {
	{ .offset = CSU_CSL(0), .nr = 32, .rw = 0x01FF01FF, .reset = 0x00330033 },
	{ .offset = CSU_SA, .rw = UINT32_MAX },
};
static const struct model_reg m4if_table[] = {
	{ .offset = M4IF_WMSA0, .nr = 2, .rw = 0x800FFFFF },
	{ .offset = M4IF_WMEA0, .nr = 2, .rw = 0x000FFFFF },
	/* Which bit is the second chip select's is UNKNOWN: here it is 7. */
	{ .offset = M4IF_WMIS0, .rw = 1u << 31, .w1c = WMIS_DDR0 | 1u << 7 },
	{ .offset = M4IF_WMVA0, .ro = UINT32_MAX },
};

/* A locked half keeps its value; so does a locked field of SA. */
static void csu_wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	uint32_t *now = model_reg(regs, offset);
	uint32_t *old = offset == CSU_SA ? &sa_seen : &csl_seen[offset / 4u];
	uint32_t locked;

	(void)value;
	if (offset == CSU_SA) {
		locked = (*old & 0xAAAAAAAAu) | (*old & 0xAAAAAAAAu) >> 1;
	} else {
		locked = (*old & 0x100u ? 0x1FFu : 0u) |
			 (*old & 0x1000000u ? 0x1FF0000u : 0u);
	}
	*now = (*now & ~locked) | (*old & locked);
	*old = *now;
}

static int bring_up(void **state)
{
	(void)state;
	model_reset();
	model_regs_init(&csu, "csu", CSU, 4, csu_table, 2);
	model_regs_init(&m4if, "m4if", M4IF, 4, m4if_table, 4);
	csu.wrote = csu_wrote;
	sa_seen = 0;
	for (unsigned n = 0; n < 32; n++) {
		csl_seen[n] = 0x00330033;
	}
	return 0;
}

#define SA_ESDHC1 26u
#define SA_SDMA 4u
#define SA_ESDHC3 0u

static const struct imx_csu_slave slaves[] = {
	{ IMX_CSU_SLOT(25, 0), IMX_CSU_SECURE },
	{ IMX_CSU_SLOT(7, 1), IMX_CSU_SECURE },
	{ IMX_CSU_SLOT(0, 0), IMX_CSU_PRIVILEGED },
	{ IMX_CSU_SLOT(31, 1), IMX_CSU_SECURE },
};
static const struct imx_csu_master masters[] = {
	{ SA_ESDHC1, true },
	{ SA_SDMA, false },
	{ SA_ESDHC3, false },
};
static const struct imx_csu_policy policy = {
	.nr_slots = 64,
	.cpu = 2,
	.slaves = slaves,
	.nr_slaves = 4,
	.others = IMX_CSU_OPEN,
	.masters = masters,
	.nr_masters = 3,
	.lock = true,
};

static uint32_t csl(unsigned n)
{
	return *model_reg(&csu, CSU_CSL(n));
}

static void every_slot_has_its_rule_or_the_policys_default_and_is_locked(void **state)
{
	(void)state;
	assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_OK);
	assert_int_equal(csl(25), 0x01FF0133);
	assert_int_equal(csl(7), 0x013301FF);
	assert_int_equal(csl(0), 0x01FF01BB);
	assert_int_equal(csl(31), 0x013301FF);
	assert_int_equal(csl(12), 0x01FF01FF);
	assert_int_equal(*model_reg(&csu, CSU_SA), 0xFBFFFFF3);
}

static void nothing_is_locked_before_everything_was_verified(void **state)
{
	const struct model_write *w;
	bool locking = false;

	(void)state;
	model_record();
	assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_OK);
	for (size_t i = 0; i < model_writes(&w); i++) {
		bool lock = w[i].addr == CSU + CSU_SA
				    ? (w[i].value & 0xAAAAAAAAu) != 0u
				    : (w[i].value & 0x01000100u) != 0u;

		assert_true(lock || !locking);
		locking = lock;
	}
	assert_true(locking);
}

static void a_policy_without_locks_can_be_changed(void **state)
{
	struct imx_csu_policy p = policy;

	(void)state;
	p.lock = false;
	assert_int_equal(imx_csu_apply(CSU, &p), TZVMM_OK);
	assert_int_equal(csl(25), 0x00FF0033);
	assert_int_equal(*model_reg(&csu, CSU_SA), 0x51555551);
	p.others = IMX_CSU_SECURE;
	assert_int_equal(imx_csu_apply(CSU, &p), TZVMM_OK);
	assert_int_equal(csl(25), 0x00330033);
}

static void masters_without_a_rule_become_normal_but_not_the_cpu(void **state)
{
	(void)state;
	for (uint32_t cortex = 0; cortex < 4u; cortex++) {
		bring_up(state);
		*model_reg(&csu, CSU_SA) = sa_seen = cortex << 2;
		assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_OK);
		assert_int_equal(*model_reg(&csu, CSU_SA), 0xFBFFFFF3 | cortex << 2);
	}
}

static void a_field_without_a_rule_need_not_exist(void **state)
{
	(void)state;
	model_stick(CSU + CSU_SA, 0xC3000000, 0);
	assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_OK);
}

static void a_bad_policy_writes_nothing(void **state)
{
	static const struct imx_csu_slave twice[] = { { 3, 0x33 }, { 3, 0xFF } };
	static const struct imx_csu_slave far[] = { { 64, 0x33 } };
	static const struct imx_csu_slave none[] = { { 3, 0 } };
	static const struct imx_csu_master odd[] = { { 5, true } };
	static const struct imx_csu_master off[] = { { 32, true } };
	static const struct imx_csu_master again[] = { { 4, true }, { 4, true } };
	const struct imx_csu_policy bad[] = {
		{ .nr_slots = 64, .slaves = twice, .nr_slaves = 2, .others = 0x33 },
		{ .nr_slots = 64, .slaves = far, .nr_slaves = 1, .others = 0x33 },
		{ .nr_slots = 64, .slaves = none, .nr_slaves = 1, .others = 0x33 },
		{ .nr_slots = 64, .others = 0 },
		{ .nr_slots = 82, .others = 0x33 },
		{ .nr_slots = 63, .others = 0x33 },
		{ .nr_slots = 64, .masters = odd, .nr_masters = 1, .others = 0x33 },
		{ .nr_slots = 64, .masters = off, .nr_masters = 1, .others = 0x33 },
		{ .nr_slots = 64, .masters = again, .nr_masters = 2, .others = 0x33 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(imx_csu_apply(CSU, &bad[i]), TZVMM_E_INVAL);
	}
	assert_int_equal(model_take_writes(), 0);
}

static void a_register_that_does_not_hold_its_value_stops_the_start(void **state)
{
	static const uint32_t offsets[] = { CSU_CSL(0), CSU_CSL(25), CSU_CSL(31),
					    CSU_SA };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			uint32_t mask = 1u << bit % 32u;
			bool same;

			bring_up(state);
			assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_OK);
			same = (*model_reg(&csu, offsets[i]) & mask) ==
			       (bit < 32u ? 0u : mask);
			/* Bits without a meaning, and locks more than asked for. */
			same |= i < 3u ? (mask & 0x01FF01FFu) == 0u
				       : (mask & 0x0C000033u) == 0u;
			if (same) {
				continue;
			}
			bring_up(state);
			model_stick(CSU + offsets[i], mask,
				    bit < 32u ? 0u : UINT32_MAX);
			assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_E_IO);
		}
	}
}

static void a_slot_locked_earlier_is_well_with_the_right_value_only(void **state)
{
	(void)state;
	assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_OK);
	assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_OK);
	bring_up(state);
	*model_reg(&csu, CSU_CSL(25)) = csl_seen[25] = 0x000001FF;
	assert_int_equal(imx_csu_apply(CSU, &policy), TZVMM_E_IO);
}

static void the_watermark_is_written_end_start_enable(void **state)
{
	const struct model_write *w;

	(void)state;
	model_record();
	assert_int_equal(imx53_m4if_protect(M4IF, 0x70000000, 0x08000000), TZVMM_OK);
	assert_int_equal(model_writes(&w), 3);
	assert_int_equal(w[0].addr, M4IF + M4IF_WMEA0);
	assert_int_equal(w[0].value, 0x77FFF);
	assert_int_equal(w[1].addr, M4IF + M4IF_WMSA0);
	assert_int_equal(w[1].value, 0x80070000);
	assert_int_equal(w[2].addr, M4IF + M4IF_WMIS0);
	assert_int_equal(w[2].value & WMIS_ENABLE, WMIS_ENABLE);
}

static void a_watermark_that_cannot_be_is_refused_untouched(void **state)
{
	(void)state;
	assert_int_equal(imx53_m4if_protect(M4IF, 0x70000000, 0), TZVMM_E_INVAL);
	assert_int_equal(imx53_m4if_protect(M4IF, 0x70000000, 0x10001000),
			 TZVMM_E_INVAL);
	assert_int_equal(imx53_m4if_protect(M4IF, 0x70000800, 0x1000), TZVMM_E_INVAL);
	assert_int_equal(imx53_m4if_protect(M4IF, 0x70000000, 0x1800), TZVMM_E_INVAL);
	assert_int_equal(imx53_m4if_protect(M4IF, 0xFFFFF000, 0x2000), TZVMM_E_INVAL);
	/* Outside of both windows, and out of one into another. */
	assert_int_equal(imx53_m4if_protect(M4IF, 0x6FFFF000, 0x1000), TZVMM_E_INVAL);
	assert_int_equal(imx53_m4if_protect(M4IF, 0x6FFFF000, 0x2000), TZVMM_E_INVAL);
	assert_int_equal(imx53_m4if_protect(M4IF, 0xAFFFF000, 0x2000), TZVMM_E_INVAL);
	assert_int_equal(imx53_m4if_protect(M4IF, 0xEFFFF000, 0x2000), TZVMM_E_INVAL);
	assert_int_equal(model_take_writes(), 0);
	assert_int_equal(imx53_m4if_protect(M4IF, 0x70000000, 0x10000000), TZVMM_OK);
	assert_int_equal(imx53_m4if_protect(M4IF, 0xEFFFF000, 0x1000), TZVMM_OK);
}

static void each_chip_select_has_a_watermark_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(imx53_m4if_protect(M4IF, 0x70000000, 0x08000000), TZVMM_OK);
	assert_int_equal(imx53_m4if_protect(M4IF, 0xCD000000, 0x03000000), TZVMM_OK);
	assert_int_equal(*model_reg(&m4if, M4IF_WMSA0), 0x80070000);
	assert_int_equal(*model_reg(&m4if, M4IF_WMEA0), 0x00077FFF);
	assert_int_equal(*model_reg(&m4if, M4IF_WMSA0 + 4u), 0x800CD000);
	assert_int_equal(*model_reg(&m4if, M4IF_WMEA0 + 4u), 0x000CFFFF);
}

static void a_watermark_that_does_not_read_back_is_an_error(void **state)
{
	static const uint32_t offsets[] = { M4IF_WMSA0, M4IF_WMEA0, M4IF_WMIS0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		bring_up(state);
		model_stick(M4IF + offsets[i], 1u << (i == 1u ? 12 : 31), 0);
		assert_int_equal(imx53_m4if_protect(M4IF, 0x70000000, 0x08000000),
				 TZVMM_E_IO);
	}
}

static void a_violation_is_told_once_and_protection_stays(void **state)
{
	uint32_t addr = 0;

	(void)state;
	assert_int_equal(imx53_m4if_protect(M4IF, 0x70000000, 0x08000000), TZVMM_OK);
	assert_false(imx53_m4if_take_violation(M4IF, &addr));
	*model_reg(&m4if, M4IF_WMIS0) |= WMIS_DDR0;
	*model_reg(&m4if, M4IF_WMVA0) = 0x70123450;
	assert_true(imx53_m4if_take_violation(M4IF, &addr));
	assert_int_equal(addr, 0x70123450);
	assert_false(imx53_m4if_take_violation(M4IF, &addr));
	assert_int_equal(*model_reg(&m4if, M4IF_WMIS0), WMIS_ENABLE);
}

static void a_violation_that_cannot_be_told_is_cleared(void **state)
{
	uint32_t addr = 0;

	(void)state;
	assert_int_equal(imx53_m4if_protect(M4IF, 0xCD000000, 0x03000000), TZVMM_OK);
	*model_reg(&m4if, M4IF_WMIS0) |= 1u << 7;
	assert_false(imx53_m4if_take_violation(M4IF, &addr));
	assert_int_equal(*model_reg(&m4if, M4IF_WMIS0), WMIS_ENABLE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, bring_up)
	const struct CMUnitTest tests[] = {
		T(every_slot_has_its_rule_or_the_policys_default_and_is_locked),
		T(nothing_is_locked_before_everything_was_verified),
		T(a_policy_without_locks_can_be_changed),
		T(masters_without_a_rule_become_normal_but_not_the_cpu),
		T(a_field_without_a_rule_need_not_exist),
		T(a_bad_policy_writes_nothing),
		T(a_register_that_does_not_hold_its_value_stops_the_start),
		T(a_slot_locked_earlier_is_well_with_the_right_value_only),
		T(the_watermark_is_written_end_start_enable),
		T(a_watermark_that_cannot_be_is_refused_untouched),
		T(a_watermark_that_does_not_read_back_is_an_error),
		T(each_chip_select_has_a_watermark_of_its_own),
		T(a_violation_is_told_once_and_protection_stays),
		T(a_violation_that_cannot_be_told_is_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
