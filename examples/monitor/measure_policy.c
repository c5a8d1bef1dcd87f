/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/ecdsa.h>

#include "measure.h"
#include MEASURE_POLICY_H /* of this image: tools/measure-policy made it */

const struct tzvmm_measure_policy measure_policy = {
	.rule = MEASURE_RULE,
	.allowed = measure_allowed,
	.nr_allowed = MEASURE_NR_ALLOWED,
	.key = measure_key,
};

/* With another rule neither its code nor its memory is linked. */
struct tzvmm_verifier measure_verifier(void)
{
	static struct tzvmm_ecdsa ecdsa;
	const struct tzvmm_verifier none = { .ops = NULL };

	return MEASURE_RULE == TZVMM_MEASURE_SIGNATURE ? tzvmm_ecdsa_verifier(&ecdsa)
						       : none;
}
