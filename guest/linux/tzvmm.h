/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef TZVMM_H
#define TZVMM_H

/*
 * Calls to tzvmm, the hypervisor in the secure world, as its ABI has them:
 * SMCCC 1.1 fast 32-bit calls, see <tzvmm/abi/smc.h>.
 */

#include <linux/arm-smccc.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/types.h>

#include <tzvmm/abi/smc.h>

/* One call; what r0 to r3 answer is in res. Arguments that a call does not
 * have are free.
 */
static inline u32 tzvmm_call(u32 function, u32 arg1, u32 arg2, u32 arg3, u32 arg4,
			     struct arm_smccc_res *res)
{
	arm_smccc_1_1_smc(function, arg1, arg2, arg3, arg4, res);
	return res->a0;
}

/* Whether calls of this owner go to a tzvmm that this code was written for. */
static inline int tzvmm_check_version(void)
{
	struct arm_smccc_res res;

	tzvmm_call(TZVMM_SMC_CALL_UID, 0, 0, 0, 0, &res);
	if (res.a0 != TZVMM_SMC_UID_0 || res.a1 != TZVMM_SMC_UID_1 ||
	    res.a2 != TZVMM_SMC_UID_2 || res.a3 != TZVMM_SMC_UID_3) {
		pr_err("tzvmm: not there\n");
		return -ENODEV;
	}
	tzvmm_call(TZVMM_SMC_REVISION, 0, 0, 0, 0, &res);
	if (res.a0 != TZVMM_SMC_MAJOR) {
		pr_err("tzvmm: interface %lu.%lu, but this kernel needs %u.x\n",
		       res.a0, res.a1, TZVMM_SMC_MAJOR);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

/* Check the version, and that what is needed, a TZVMM_SMC_HAS_x, is served.
 * Returns the number of virtio devices, or a negative error number.
 */
static inline int tzvmm_probe(u32 needed)
{
	struct arm_smccc_res res;
	int err = tzvmm_check_version();

	if (err)
		return err;
	if (tzvmm_call(TZVMM_SMC_FEATURES, 0, 0, 0, 0, &res) != TZVMM_SMC_SUCCESS ||
	    (res.a1 & needed) != needed) {
		pr_err("tzvmm: feature %#x is not served\n", needed);
		return -ENODEV;
	}
	return min_t(unsigned long, res.a2, INT_MAX);
}

/* Whether something is served that a driver can do without. Older ones than the
 * feature answer its bit with zero.
 */
static inline bool tzvmm_serves(u32 feature)
{
	struct arm_smccc_res res;

	return tzvmm_call(TZVMM_SMC_FEATURES, 0, 0, 0, 0, &res) == TZVMM_SMC_SUCCESS &&
	       (res.a1 & feature) == feature;
}

#endif /* TZVMM_H */
