/* SPDX-License-Identifier: BSD-2-Clause */
#include <armv7a/ldst.h>

#define PC 15u
#define SP 13u

/* Bits of an ARM load or store, [ARMv7-ARM] A5.3 and A5.2.8. */
#define ARM_P (1u << 24) /* offset or pre-indexed, not post-indexed */
#define ARM_U (1u << 23)
#define ARM_B (1u << 22) /* byte; the immediate form in the extra encodings */
#define ARM_W (1u << 21)
#define ARM_L (1u << 20)

static uint32_t field(uint32_t insn, unsigned lsb, unsigned width)
{
	return (insn >> lsb) & ((1u << width) - 1u);
}

/* Register rules that all encodings share. */
static bool registers_ok(const struct armv7a_ldst *ldst)
{
	if (ldst->rt == PC || ldst->rn == PC) {
		return false;
	}
	if (ldst->reg_offset && ldst->rm == PC) {
		return false;
	}
	return !(ldst->wback && ldst->rn == ldst->rt);
}

static void arm_indexing(uint32_t insn, struct armv7a_ldst *out)
{
	bool post = (insn & ARM_P) == 0u;
	bool w = (insn & ARM_W) != 0u;

	out->len = 4;
	out->rt = (uint8_t)field(insn, 12, 4);
	out->rn = (uint8_t)field(insn, 16, 4);
	out->add = (insn & ARM_U) != 0u;
	out->wback = post || w;
	out->unprivileged = post && w;
	out->store = (insn & ARM_L) == 0u;
}

/* [ARMv7-ARM] A8.4.3 DecodeImmShift. */
static void arm_shift(uint32_t insn, struct armv7a_ldst *out)
{
	uint8_t n = (uint8_t)field(insn, 7, 5);

	out->shift = (uint8_t)field(insn, 5, 2);
	out->shift_n = n;
	if (n == 0u && out->shift == 3u) {
		out->shift = 4;
	} else if (n == 0u && out->shift != 0u) {
		out->shift_n = 32;
	}
}

/* LDR, STR, LDRB, STRB: bits 27:26 are 01. */
static bool arm_word_byte(uint32_t insn, struct armv7a_ldst *out)
{
	bool reg = field(insn, 25, 1) != 0u;

	if (reg && field(insn, 4, 1) != 0u) {
		return false; /* media instructions */
	}
	arm_indexing(insn, out);
	out->size = (insn & ARM_B) != 0u ? 1 : 4;
	out->reg_offset = reg;
	if (reg) {
		out->rm = (uint8_t)field(insn, 0, 4);
		arm_shift(insn, out);
	} else {
		out->imm = (uint16_t)field(insn, 0, 12);
	}
	return registers_ok(out);
}

/* LDRH, STRH, LDRSB, LDRSH: bits 27:25 are 000, bits 7 and 4 are set. */
static bool arm_extra(uint32_t insn, struct armv7a_ldst *out)
{
	uint32_t op = field(insn, 5, 2);

	arm_indexing(insn, out);
	if (op == 0u || (op != 1u && out->store)) {
		return false; /* multiplies, SWP, exclusives; LDRD and STRD */
	}
	out->size = op == 2u ? 1 : 2;
	out->sign = op != 1u;
	out->reg_offset = (insn & ARM_B) == 0u;
	if (!out->reg_offset) {
		out->imm = (uint16_t)(field(insn, 8, 4) << 4 | field(insn, 0, 4));
	} else if (field(insn, 8, 4) != 0u) {
		return false;
	} else {
		out->rm = (uint8_t)field(insn, 0, 4);
	}
	return registers_ok(out);
}

static bool arm_decode(uint32_t insn, struct armv7a_ldst *out)
{
	if (field(insn, 28, 4) == 0xFu) {
		return false;
	}
	if (field(insn, 26, 2) == 1u) {
		return arm_word_byte(insn, out);
	}
	if (field(insn, 25, 3) == 0u && (insn & 0x90u) == 0x90u) {
		return arm_extra(insn, out);
	}
	return false;
}

/* 0101 xxx: register offset, [ARMv7-ARM] A6.2.4. */
static bool thumb16_register(uint32_t hw, struct armv7a_ldst *out)
{
	static const struct {
		uint8_t size;
		bool store, sign;
	} ops[8] = {
		{ 4, true, false },  { 2, true, false },  { 1, true, false },
		{ 1, false, true },  { 4, false, false }, { 2, false, false },
		{ 1, false, false }, { 2, false, true },
	};
	uint32_t op = field(hw, 9, 3);

	out->size = ops[op].size;
	out->store = ops[op].store;
	out->sign = ops[op].sign;
	out->reg_offset = true;
	out->rm = (uint8_t)field(hw, 6, 3);
	out->rn = (uint8_t)field(hw, 3, 3);
	out->rt = (uint8_t)field(hw, 0, 3);
	return true;
}

static bool thumb16_immediate(uint32_t hw, uint8_t size, struct armv7a_ldst *out)
{
	out->size = size;
	out->imm = (uint16_t)(field(hw, 6, 5) * size);
	out->rn = (uint8_t)field(hw, 3, 3);
	out->rt = (uint8_t)field(hw, 0, 3);
	return true;
}

static bool thumb16_decode(uint32_t hw, struct armv7a_ldst *out)
{
	out->len = 2;
	out->add = true;
	out->store = field(hw, 11, 1) == 0u;
	switch (field(hw, 12, 4)) {
	case 5:
		return thumb16_register(hw, out);
	case 6:
		return thumb16_immediate(hw, 4, out);
	case 7:
		return thumb16_immediate(hw, 1, out);
	case 8:
		return thumb16_immediate(hw, 2, out);
	case 9: /* relative to the stack pointer */
		out->size = 4;
		out->imm = (uint16_t)(field(hw, 0, 8) << 2);
		out->rn = SP;
		out->rt = (uint8_t)field(hw, 8, 3);
		return true;
	default:
		return false;
	}
}

/* Offset forms of the 32-bit encodings, [ARMv7-ARM] A6.3.7 to A6.3.10. */
static bool thumb32_offset(uint32_t insn, struct armv7a_ldst *out)
{
	bool p = field(insn, 10, 1) != 0u;
	bool u = field(insn, 9, 1) != 0u;
	bool w = field(insn, 8, 1) != 0u;

	out->add = true;
	if (field(insn, 23, 1) != 0u) {
		out->imm = (uint16_t)field(insn, 0, 12);
		return true;
	}
	if (field(insn, 6, 6) == 0u) {
		out->reg_offset = true;
		out->rm = (uint8_t)field(insn, 0, 4);
		out->shift_n = (uint8_t)field(insn, 4, 2);
		return out->rm != SP;
	}
	if (field(insn, 11, 1) == 0u || (!p && !w)) {
		return false;
	}
	out->imm = (uint16_t)field(insn, 0, 8);
	out->add = u;
	out->wback = w;
	out->unprivileged = p && u && !w;
	return true;
}

static bool thumb32_decode(uint32_t insn, struct armv7a_ldst *out)
{
	uint32_t size = field(insn, 21, 2);

	if (field(insn, 25, 7) != 0x7Cu || size == 3u) {
		return false;
	}
	out->len = 4;
	out->size = (uint8_t)(1u << size);
	out->store = field(insn, 20, 1) == 0u;
	out->sign = field(insn, 24, 1) != 0u;
	out->rn = (uint8_t)field(insn, 16, 4);
	out->rt = (uint8_t)field(insn, 12, 4);
	if (out->sign && (out->store || size == 2u)) {
		return false;
	}
	if (out->rt == SP && size != 2u) {
		return false;
	}
	return thumb32_offset(insn, out) && registers_ok(out);
}

bool armv7a_ldst_decode(uint32_t insn, bool thumb, struct armv7a_ldst *out)
{
	*out = (struct armv7a_ldst){ 0 };
	if (!thumb) {
		return arm_decode(insn, out);
	}
	/* [ARMv7-ARM] A6.1: 11101, 11110 and 11111 start a 32-bit instruction. */
	if (insn >> 27 >= 0x1Du) {
		return thumb32_decode(insn, out);
	}
	return thumb16_decode(insn >> 16, out);
}

static uint32_t shifted(const struct armv7a_ldst *ldst, uint32_t rm, bool carry)
{
	uint32_t n = ldst->shift_n;
	uint32_t top = (rm >> 31) != 0u ? UINT32_MAX : 0u;

	switch (ldst->shift) {
	case 0:
		return rm << n;
	case 1:
		return n < 32u ? rm >> n : 0u;
	case 2:
		return n < 32u ? (rm >> n) | (top & ~(UINT32_MAX >> n)) : top;
	case 3:
		return (rm >> n) | (rm << (32u - n));
	default:
		return (rm >> 1) | (carry ? 1u << 31 : 0u);
	}
}

uint32_t armv7a_ldst_new_base(const struct armv7a_ldst *ldst, uint32_t rn,
			      uint32_t rm, bool carry)
{
	uint32_t offset = ldst->reg_offset ? shifted(ldst, rm, carry) : ldst->imm;

	return ldst->add ? rn + offset : rn - offset;
}
