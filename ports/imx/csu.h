/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_CSU_H
#define IMX_CSU_H

/** @file
 * Who may touch which device, and which bus masters are secure, from a table. What
 * is in which slot, and which master has which field, is in soc.yaml. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** Slots: each guards a slave, or a few that cannot be told apart. The largest
 * block has so many. */
#define IMX_CSU_MAX_SLOTS 80u
/** A slot by its register and half, 0 for bits 8:0 and 1 for bits 24:16. */
#define IMX_CSU_SLOT(reg, half) (2 * (reg) + (half))

/** What a slave's rights can be. */
enum imx_csu_rights {
	IMX_CSU_SECURE = 0x33,     /**< The secure world alone. */
	IMX_CSU_OPEN = 0xFF,       /**< Everybody, every mode. */
	IMX_CSU_PRIVILEGED = 0xBB, /**< Normal world in privileged modes only. */
};

/** A rule for a slave of the bus. */
struct imx_csu_slave {
	uint8_t slot;   /**< Below nr_slots. */
	uint8_t rights; /**< enum imx_csu_rights. */
};

/** A rule for a bus master. */
struct imx_csu_master {
	uint8_t field; /**< Its lower bit in SA: 0, 2 .. 30. */
	bool secure;   /**< May reach secure memory. */
};

/** A partition of the board; constant. */
struct imx_csu_policy {
	uint8_t nr_slots; /**< What there is: even, up to IMX_CSU_MAX_SLOTS. */
	uint8_t cpu; /**< Lower bit of the CPU's field in SA, which stays as it is. */
	const struct imx_csu_slave *slaves; /**< Rules; each slot once. */
	size_t nr_slaves;                   /**< Entries of slaves. */
	uint8_t others; /**< Rights of the slots without a rule; a decision that
			 * has to be made, so 0 is not accepted. */
	const struct imx_csu_master *masters; /**< Rules; each field once. */
	size_t nr_masters;                    /**< Entries of masters. */
	bool lock; /**< Nothing of it can be changed until the next reset. */
};

/** Put a policy in force: first all values, read back; then all locks, read
 * back. Masters without a rule become normal ones, but for the CPU.
 *
 * @param base   Registers.
 * @param policy The policy.
 * @retval TZVMM_OK      In force.
 * @retval TZVMM_E_INVAL A rule names what does not exist or gives no rights at
 *                       all, or two name the same; nothing was written.
 * @retval TZVMM_E_IO    A register does not hold what was written; do not start
 *                       a guest. */
TZVMM_NODISCARD enum tzvmm_status imx_csu_apply(uintptr_t base,
						const struct imx_csu_policy *policy);

#endif /* IMX_CSU_H */
