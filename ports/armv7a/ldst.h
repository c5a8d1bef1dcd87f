/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_LDST_H
#define TZVMM_ARMV7A_LDST_H

/** @file
 * Decoding of the load or store that a guest's data abort interrupted. Pure:
 * no register of the machine is touched. */

#include <stdbool.h>
#include <stdint.h>

/** A single load or store, as [ARMv7-ARM] A8 describes it. */
struct armv7a_ldst {
	uint8_t len;       /**< Bytes of the instruction: 2 or 4. */
	uint8_t size;      /**< Bytes transferred: 1, 2 or 4. */
	bool store;        /**< Register to memory. */
	bool sign;         /**< A load extends the sign. */
	bool unprivileged; /**< LDRT and its kin: checked as user mode. */
	bool wback;        /**< The base register is updated. */
	bool add;          /**< The offset is added, not subtracted. */
	bool reg_offset;   /**< The offset is rm shifted, not imm. */
	uint8_t rt;        /**< Data register, 0 .. 14. */
	uint8_t rn;        /**< Base register, 0 .. 14. */
	uint8_t rm;        /**< Offset register, 0 .. 14. */
	uint8_t shift;     /**< 0 LSL, 1 LSR, 2 ASR, 3 ROR, 4 RRX. */
	uint8_t shift_n;   /**< Bits, 0 .. 32. */
	uint16_t imm;      /**< Offset when not reg_offset. */
};

/** Decode a word, halfword or byte load or store.
 *
 * @param insn  ARM: the instruction. Thumb: its first halfword in the upper
 *              half, the following one in the lower half (any value where the
 *              instruction is a short one).
 * @param thumb Instruction set.
 * @param out   Filled on success.
 * @return false for every other instruction, for those that transfer several
 *         registers or the program counter, and for UNPREDICTABLE forms. */
bool armv7a_ldst_decode(uint32_t insn, bool thumb, struct armv7a_ldst *out);

/** What the base register holds after a load or store with write-back.
 *
 * @param ldst  Decoded instruction.
 * @param rn    Value of the base register before.
 * @param rm    Value of the offset register; ignored without reg_offset.
 * @param carry The carry flag (RRX shifts it in).
 * @return New value of the base register. */
uint32_t armv7a_ldst_new_base(const struct armv7a_ldst *ldst, uint32_t rn,
			      uint32_t rm, bool carry);

/** What a load puts into its register.
 *
 * @param ldst  Decoded load.
 * @param value Bytes read, in the low part.
 * @return The extended value. */
static inline uint32_t armv7a_ldst_extend(const struct armv7a_ldst *ldst,
					  uint32_t value)
{
	if (!ldst->sign) {
		return value;
	}
	return ldst->size == 1u ? (uint32_t)(int32_t)(int8_t)value
				: (uint32_t)(int32_t)(int16_t)value;
}

#endif /* TZVMM_ARMV7A_LDST_H */
