/* SPDX-License-Identifier: BSD-2-Clause */
/* The abort decoder against encodings that the GNU assembler made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <armv7a/ldst.h>

#define A false
#define T true
#define SP 13
#define LR 14

/* len size store sign unpriv wback add reg rt rn rm shift n imm */
static const struct {
	const char *text;
	uint32_t insn;
	bool thumb;
	struct armv7a_ldst want;
} accepted[] = {
	{ "ldr r1,[r2]", 0xe5921000, A, { 4, 4, 0, 0, 0, 0, 1, 0, 1, 2, 0, 0, 0, 0 } },
	{ "ldr lr,[r3,#0xfff]",
	  0xe593efff,
	  A,
	  { 4, 4, 0, 0, 0, 0, 1, 0, LR, 3, 0, 0, 0, 0xfff } },
	{ "str r1,[r2,#-4]!",
	  0xe5221004,
	  A,
	  { 4, 4, 1, 0, 0, 1, 0, 0, 1, 2, 0, 0, 0, 4 } },
	{ "str r1,[r2],#8", 0xe4821008, A, { 4, 4, 1, 0, 0, 1, 1, 0, 1, 2, 0, 0, 0, 8 } },
	{ "ldrb r1,[r2,r3]", 0xe7d21003, A, { 4, 1, 0, 0, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "strb r1,[r2,-r3,lsl #2]",
	  0xe7421103,
	  A,
	  { 4, 1, 1, 0, 0, 0, 0, 1, 1, 2, 3, 0, 2, 0 } },
	{ "ldr r1,[r2,r3,lsr #32]",
	  0xe7921023,
	  A,
	  { 4, 4, 0, 0, 0, 0, 1, 1, 1, 2, 3, 1, 32, 0 } },
	{ "ldr r1,[r2,r3,asr #32]",
	  0xe7921043,
	  A,
	  { 4, 4, 0, 0, 0, 0, 1, 1, 1, 2, 3, 2, 32, 0 } },
	{ "ldr r1,[r2,r3,ror #7]",
	  0xe79213e3,
	  A,
	  { 4, 4, 0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 7, 0 } },
	{ "ldr r1,[r2,r3,rrx]!",
	  0xe7b21063,
	  A,
	  { 4, 4, 0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 0, 0 } },
	{ "ldrt r1,[r2],#4", 0xe4b21004, A, { 4, 4, 0, 0, 1, 1, 1, 0, 1, 2, 0, 0, 0, 4 } },
	{ "strbt r1,[r2],r3",
	  0xe6e21003,
	  A,
	  { 4, 1, 1, 0, 1, 1, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "ldrh r1,[r2,#171]",
	  0xe1d21abb,
	  A,
	  { 4, 2, 0, 0, 0, 0, 1, 0, 1, 2, 0, 0, 0, 171 } },
	{ "strh r1,[r2,-r3]",
	  0xe10210b3,
	  A,
	  { 4, 2, 1, 0, 0, 0, 0, 1, 1, 2, 3, 0, 0, 0 } },
	{ "ldrsb r1,[r2],#-1",
	  0xe05210d1,
	  A,
	  { 4, 1, 0, 1, 0, 1, 0, 0, 1, 2, 0, 0, 0, 1 } },
	{ "ldrsh r1,[r2,r3]!",
	  0xe1b210f3,
	  A,
	  { 4, 2, 0, 1, 0, 1, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "strh r1,[sp,#2]",
	  0xe1cd10b2,
	  A,
	  { 4, 2, 1, 0, 0, 0, 1, 0, 1, SP, 0, 0, 0, 2 } },
	{ "ldr r1,[r2,#4]", 0x68510000, T, { 2, 4, 0, 0, 0, 0, 1, 0, 1, 2, 0, 0, 0, 4 } },
	{ "str r1,[r2,#124]",
	  0x67d10000,
	  T,
	  { 2, 4, 1, 0, 0, 0, 1, 0, 1, 2, 0, 0, 0, 124 } },
	{ "ldrb r1,[r2,#31]",
	  0x7fd10000,
	  T,
	  { 2, 1, 0, 0, 0, 0, 1, 0, 1, 2, 0, 0, 0, 31 } },
	{ "strb r1,[r2]", 0x7011ffff, T, { 2, 1, 1, 0, 0, 0, 1, 0, 1, 2, 0, 0, 0, 0 } },
	{ "ldrh r1,[r2,#62]",
	  0x8fd10000,
	  T,
	  { 2, 2, 0, 0, 0, 0, 1, 0, 1, 2, 0, 0, 0, 62 } },
	{ "strh r1,[r2,#2]", 0x80510000, T, { 2, 2, 1, 0, 0, 0, 1, 0, 1, 2, 0, 0, 0, 2 } },
	{ "ldr r1,[sp,#1020]",
	  0x99ff0000,
	  T,
	  { 2, 4, 0, 0, 0, 0, 1, 0, 1, SP, 0, 0, 0, 1020 } },
	{ "str r1,[sp]", 0x91000000, T, { 2, 4, 1, 0, 0, 0, 1, 0, 1, SP, 0, 0, 0, 0 } },
	{ "str r1,[r2,r3]", 0x50d10000, T, { 2, 4, 1, 0, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "strh r1,[r2,r3]", 0x52d10000, T, { 2, 2, 1, 0, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "strb r1,[r2,r3]", 0x54d10000, T, { 2, 1, 1, 0, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "ldrsb r1,[r2,r3]",
	  0x56d10000,
	  T,
	  { 2, 1, 0, 1, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "ldr r1,[r2,r3]", 0x58d10000, T, { 2, 4, 0, 0, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "ldrh r1,[r2,r3]", 0x5ad10000, T, { 2, 2, 0, 0, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "ldrb r1,[r2,r3]", 0x5cd10000, T, { 2, 1, 0, 0, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "ldrsh r1,[r2,r3]",
	  0x5ed10000,
	  T,
	  { 2, 2, 0, 1, 0, 0, 1, 1, 1, 2, 3, 0, 0, 0 } },
	{ "ldr.w r8,[r9,#0xfff]",
	  0xf8d98fff,
	  T,
	  { 4, 4, 0, 0, 0, 0, 1, 0, 8, 9, 0, 0, 0, 0xfff } },
	{ "str.w lr,[r9,#-255]",
	  0xf849ecff,
	  T,
	  { 4, 4, 1, 0, 0, 0, 0, 0, LR, 9, 0, 0, 0, 255 } },
	{ "ldrb.w r8,[r9,#1]!",
	  0xf8198f01,
	  T,
	  { 4, 1, 0, 0, 0, 1, 1, 0, 8, 9, 0, 0, 0, 1 } },
	{ "strb.w r8,[r9],#-1",
	  0xf8098901,
	  T,
	  { 4, 1, 1, 0, 0, 1, 0, 0, 8, 9, 0, 0, 0, 1 } },
	{ "ldrh.w r8,[r9,r10,lsl #3]",
	  0xf839803a,
	  T,
	  { 4, 2, 0, 0, 0, 0, 1, 1, 8, 9, 10, 0, 3, 0 } },
	{ "strh.w r8,[r9,#291]",
	  0xf8a98123,
	  T,
	  { 4, 2, 1, 0, 0, 0, 1, 0, 8, 9, 0, 0, 0, 291 } },
	{ "ldrsb.w r8,[r9,#-7]",
	  0xf9198c07,
	  T,
	  { 4, 1, 0, 1, 0, 0, 0, 0, 8, 9, 0, 0, 0, 7 } },
	{ "ldrsh.w r8,[r9,#291]",
	  0xf9b98123,
	  T,
	  { 4, 2, 0, 1, 0, 0, 1, 0, 8, 9, 0, 0, 0, 291 } },
	{ "ldrt r8,[r9,#12]",
	  0xf8598e0c,
	  T,
	  { 4, 4, 0, 0, 1, 0, 1, 0, 8, 9, 0, 0, 0, 12 } },
	{ "str.w r8,[sp,#-4]!",
	  0xf84d8d04,
	  T,
	  { 4, 4, 1, 0, 0, 1, 0, 0, 8, SP, 0, 0, 0, 4 } },
};

static const struct {
	const char *text;
	uint32_t insn;
	bool thumb;
} refused[] = {
	{ "ldrd r2,r3,[r4]", 0xe1c420d0, A },
	{ "strd r2,r3,[r4]", 0xe1c420f0, A },
	{ "ldm r1,{r2,r3}", 0xe891000c, A },
	{ "ldrex r1,[r2]", 0xe1921f9f, A },
	{ "swp r1,r2,[r3]", 0xe1031092, A },
	{ "pld [r1]", 0xf5d1f000, A },
	{ "ldr pc,[r1]", 0xe591f000, A },
	{ "ldr r1,[pc,#8]", 0xe59f1008, A },
	{ "mul r1,r2,r3", 0xe0010392, A },
	{ "usad8 r1,r2,r3", 0xe781f312, A },
	{ "ldr r1,[r2,pc]", 0xe792100f, A },
	{ "ldr r1,[r1],#4: base is data", 0xe4911004, A },
	{ "ldrh r1,[r2,r3] with set SBZ bits", 0xe19211b3, A },
	{ "ldr.w r8,[pc,#4]", 0xf8df8004, T },
	{ "ldrd r8,r9,[r10]", 0xe9da8900, T },
	{ "ldmia r1!,{r2,r3}", 0xc90c0000, T },
	{ "ldr r1,[pc,#4]", 0x49010000, T },
	{ "ldr.w pc,[r1]", 0xf8d1f000, T },
	{ "pld [r1,#4]", 0xf891f004, T },
	{ "ldrex r8,[r9]", 0xe8598f00, T },
	{ "push {r1}", 0xb4020000, T },
	{ "ldrsb of a word size", 0xf9d98000, T },
	{ "a signed store", 0xf9898000, T },
	{ "ldrh.w sp", 0xf8b9d000, T },
	{ "ldr.w r8,[r9,sp]", 0xf859800d, T },
	{ "p and w both clear", 0xf8598804, T },
	{ "size 3", 0xf8f98004, T },
};

/* WIN-1 */
static void every_single_load_and_store_is_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct armv7a_ldst got;

		if (!armv7a_ldst_decode(accepted[i].insn, accepted[i].thumb, &got)) {
			fail_msg("%s: refused", accepted[i].text);
		}
		if (got.len != accepted[i].want.len ||
		    got.size != accepted[i].want.size ||
		    got.store != accepted[i].want.store ||
		    got.sign != accepted[i].want.sign ||
		    got.unprivileged != accepted[i].want.unprivileged ||
		    got.wback != accepted[i].want.wback ||
		    got.add != accepted[i].want.add ||
		    got.reg_offset != accepted[i].want.reg_offset ||
		    got.rt != accepted[i].want.rt ||
		    got.rn != accepted[i].want.rn || got.rm != accepted[i].want.rm ||
		    got.shift != accepted[i].want.shift ||
		    got.shift_n != accepted[i].want.shift_n ||
		    got.imm != accepted[i].want.imm) {
			fail_msg("%s: decoded as something else", accepted[i].text);
		}
	}
}

/* WIN-1 */
static void everything_else_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct armv7a_ldst got;

		if (armv7a_ldst_decode(refused[i].insn, refused[i].thumb, &got)) {
			fail_msg("%s: taken", refused[i].text);
		}
	}
}

static uint32_t base_after(uint32_t insn, uint32_t rm, bool carry)
{
	struct armv7a_ldst ldst;

	assert_true(armv7a_ldst_decode(insn, false, &ldst));
	return armv7a_ldst_new_base(&ldst, 0x1000, rm, carry);
}

static void write_back_adds_or_subtracts_the_shifted_offset(void **state)
{
	(void)state;
	assert_int_equal(base_after(0xe5221004, 0, false), 0xffc);  /* #-4 */
	assert_int_equal(base_after(0xe4821008, 0, false), 0x1008); /* #8 */
	assert_int_equal(base_after(0xe7421103, 2, false), 0xff8);  /* -lsl #2 */
	assert_int_equal(base_after(0xe7921023, 7, false), 0x1000); /* lsr #32 */
	assert_int_equal(base_after(0xe79210a3, 8, false), 0x1004); /* lsr #1 */
	assert_int_equal(base_after(0xe7921043, 0x80000000, false),
			 0xfff); /* asr #32 */
	assert_int_equal(base_after(0xe79210c3, 0x80000000, false),
			 (uint32_t)(0x1000u + 0xC0000000u)); /* asr #1 */
	assert_int_equal(base_after(0xe79210e3, 1, false),
			 (uint32_t)(0x1000u + 0x80000000u)); /* ror #1 */
	assert_int_equal(base_after(0xe7b21063, 2, true),
			 (uint32_t)(0x1000u + 0x80000001u)); /* rrx */
	assert_int_equal(base_after(0xe7b21063, 2, false), 0x1001);
}

static void signed_loads_extend_and_others_do_not(void **state)
{
	struct armv7a_ldst byte = { .size = 1, .sign = true };
	struct armv7a_ldst half = { .size = 2, .sign = true };
	struct armv7a_ldst plain = { .size = 1 };

	(void)state;
	assert_int_equal(armv7a_ldst_extend(&byte, 0x80), 0xffffff80u);
	assert_int_equal(armv7a_ldst_extend(&byte, 0x7f), 0x7f);
	assert_int_equal(armv7a_ldst_extend(&half, 0x8000), 0xffff8000u);
	assert_int_equal(armv7a_ldst_extend(&plain, 0x80), 0x80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_single_load_and_store_is_decoded),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(write_back_adds_or_subtracts_the_shifted_offset),
		cmocka_unit_test(signed_loads_extend_and_others_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
