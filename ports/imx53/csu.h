/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX53_CSU_H
#define IMX53_CSU_H

/** @file
 * Who may touch which device, and which bus masters are secure, from a table.
 * Slot numbers and their sources: imx53.md 3.2; what is not named there is
 * UNKNOWN and has a number only. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/status.h>

/** Slots: each guards a slave, or a few that cannot be told apart. */
#define IMX53_CSU_NR_SLOTS 64u
/** A slot by its register and half, 0 for bits 8:0 and 1 for bits 24:16. */
#define IMX53_CSU_SLOT(reg, half) (2 * (reg) + (half))

/** @cond PRIVATE */
#define IMX53_CSU_USB IMX53_CSU_SLOT(0, 0)
#define IMX53_CSU_GPIO1_2 IMX53_CSU_SLOT(0, 1) /* order of the four: INF */
#define IMX53_CSU_GPIO3_4 IMX53_CSU_SLOT(1, 0)
#define IMX53_CSU_GPIO5_6 IMX53_CSU_SLOT(1, 1)
#define IMX53_CSU_GPIO7 IMX53_CSU_SLOT(2, 0)
#define IMX53_CSU_KPP IMX53_CSU_SLOT(2, 1) /* INF, as are the watchdogs */
#define IMX53_CSU_WDOG1 IMX53_CSU_SLOT(3, 0)
#define IMX53_CSU_WDOG2 IMX53_CSU_SLOT(3, 1)
#define IMX53_CSU_TIMERS IMX53_CSU_SLOT(4, 0) /* EPIT1, EPIT2, GPT */
#define IMX53_CSU_SRTC IMX53_CSU_SLOT(4, 1)
#define IMX53_CSU_IOMUXC IMX53_CSU_SLOT(5, 0)
#define IMX53_CSU_AHBMAX_S2 IMX53_CSU_SLOT(6, 1)
#define IMX53_CSU_SATA IMX53_CSU_SLOT(7, 0)
#define IMX53_CSU_UART1 IMX53_CSU_SLOT(7, 1)
#define IMX53_CSU_UART2 IMX53_CSU_SLOT(8, 0)
#define IMX53_CSU_POWER IMX53_CSU_SLOT(9, 0) /* CCM, SRC, DPLL1-4, GPC, OWIRE */
#define IMX53_CSU_AHBMAX_S0 IMX53_CSU_SLOT(9, 1)
#define IMX53_CSU_AHBMAX_M6 IMX53_CSU_SLOT(10, 0)
#define IMX53_CSU_SDMA IMX53_CSU_SLOT(15, 0)
#define IMX53_CSU_SCC IMX53_CSU_SLOT(15, 1)
#define IMX53_CSU_RTIC IMX53_CSU_SLOT(16, 1)
#define IMX53_CSU_I2C_A IMX53_CSU_SLOT(17, 1) /* which I2C is which: UNKNOWN */
#define IMX53_CSU_I2C_B IMX53_CSU_SLOT(18, 0)
#define IMX53_CSU_AUDIO IMX53_CSU_SLOT(18, 1)
#define IMX53_CSU_UART5 IMX53_CSU_SLOT(19, 0)
#define IMX53_CSU_AHBMAX_S1 IMX53_CSU_SLOT(20, 0)
#define IMX53_CSU_FEC IMX53_CSU_SLOT(22, 0)
#define IMX53_CSU_TVE IMX53_CSU_SLOT(22, 1)
#define IMX53_CSU_VPU IMX53_CSU_SLOT(23, 0)
#define IMX53_CSU_IPU IMX53_CSU_SLOT(24, 0)
#define IMX53_CSU_GPU2D IMX53_CSU_SLOT(24, 1)
#define IMX53_CSU_ESDHC1 IMX53_CSU_SLOT(25, 0)
#define IMX53_CSU_ESDHC2 IMX53_CSU_SLOT(25, 1)
#define IMX53_CSU_UART3 IMX53_CSU_SLOT(26, 0)
#define IMX53_CSU_GPU3D IMX53_CSU_SLOT(27, 1)
#define IMX53_CSU_ESDHC3 IMX53_CSU_SLOT(28, 0)
#define IMX53_CSU_ESDHC4 IMX53_CSU_SLOT(28, 1)
#define IMX53_CSU_SPDIF IMX53_CSU_SLOT(29, 0)
#define IMX53_CSU_UART4 IMX53_CSU_SLOT(30, 1)
#define IMX53_CSU_I2C_C IMX53_CSU_SLOT(31, 0)
/** @endcond */

/** What a slave's rights can be. */
enum imx53_csu_rights {
	IMX53_CSU_SECURE = 0x33,     /**< The secure world alone. */
	IMX53_CSU_OPEN = 0xFF,       /**< Everybody, every mode. */
	IMX53_CSU_PRIVILEGED = 0xBB, /**< Normal world in privileged modes only. */
};

/** A rule for a slave of the bus. */
struct imx53_csu_slave {
	uint8_t slot;   /**< IMX53_CSU_..., below IMX53_CSU_NR_SLOTS. */
	uint8_t rights; /**< enum imx53_csu_rights. */
};

/** Bus masters with a field in the SA register: the field's lower bit. */
enum imx53_csu_sa {
	IMX53_SA_ESDHC3 = 0,  /**< SD host 3. */
	IMX53_SA_CORTEX = 2,  /**< The CPU; has its own NS bit, leave it alone. */
	IMX53_SA_SDMA = 4,    /**< SDMA. */
	IMX53_SA_GPU = 6,     /**< GPU and IPU share this. */
	IMX53_SA_USB = 8,     /**< USB hosts and OTG. */
	IMX53_SA_PATA = 10,   /**< PATA. */
	IMX53_SA_MLB = 14,    /**< MLB. */
	IMX53_SA_RTIC = 18,   /**< RTIC. */
	IMX53_SA_ESDHC4 = 20, /**< SD host 4. */
	IMX53_SA_FEC = 22,    /**< Ethernet. */
	IMX53_SA_DAP = 24,    /**< Debug port. */
	IMX53_SA_ESDHC1 = 26, /**< SD host 1. */
	IMX53_SA_ESDHC2 = 28, /**< SD host 2. */
};

/** A rule for a bus master. */
struct imx53_csu_master {
	uint8_t field; /**< enum imx53_csu_sa. */
	bool secure;   /**< May reach secure memory. */
};

/** A partition of the board; constant. */
struct imx53_csu_policy {
	const struct imx53_csu_slave *slaves; /**< Rules; each slot once. */
	size_t nr_slaves;                     /**< Entries of slaves. */
	uint8_t others; /**< Rights of the slots without a rule; a decision that
			 * has to be made, so 0 is not accepted. */
	const struct imx53_csu_master *masters; /**< Rules; each field once. */
	size_t nr_masters;                      /**< Entries of masters. */
	bool lock; /**< Nothing of it can be changed until the next reset. */
};

/** Put a policy in force: first all values, read back; then all locks, read
 * back. Masters without a rule keep what they have, unlocked.
 *
 * @param base   Registers.
 * @param policy The policy.
 * @retval TZVMM_OK      In force.
 * @retval TZVMM_E_INVAL A rule names what does not exist or gives no rights at
 *                       all, or two name the same; nothing was written.
 * @retval TZVMM_E_IO    A register does not hold what was written; do not start
 *                       a guest. */
TZVMM_NODISCARD enum tzvmm_status
imx53_csu_apply(uintptr_t base, const struct imx53_csu_policy *policy);

#endif /* IMX53_CSU_H */
