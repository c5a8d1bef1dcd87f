/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/csu.h>

#include <imx/csu_regs.h>
#include <tzvmm/port/mmio.h>

#define CSU_MAX_CSL (IMX_CSU_MAX_SLOTS / 2u)
#define CSU_CSL_RIGHTS 0x00FF00FFu
#define CSU_CSL_LOCKS 0x01000100u
#define CSU_NR_SA_FIELDS 16u

/* Values of all registers, made of the rules before any is written. */
struct csu_values {
	unsigned nr_csl;
	uint32_t csl[CSU_MAX_CSL];
	uint32_t sa_fields; /* lower bits of the fields with a rule */
	uint32_t sa;        /* those of them that are normal */
};

static enum tzvmm_status csu_add_slave(struct csu_values *v,
				       const struct imx_csu_slave *rule)
{
	const unsigned half = rule->slot % 2u * 16u;
	uint32_t *csl;

	if (rule->slot >= 2u * v->nr_csl || rule->rights == 0u) {
		return TZVMM_E_INVAL;
	}
	csl = &v->csl[rule->slot / 2u];
	if ((*csl >> half & 0xFFu) != 0u) {
		return TZVMM_E_INVAL;
	}
	*csl |= (uint32_t)rule->rights << half;
	return TZVMM_OK;
}

static enum tzvmm_status csu_add_master(struct csu_values *v,
					const struct imx_csu_master *rule)
{
	uint32_t bit;

	if (rule->field >= 2u * CSU_NR_SA_FIELDS || rule->field % 2u != 0u) {
		return TZVMM_E_INVAL;
	}
	bit = 1u << rule->field;
	if ((v->sa_fields & bit) != 0u) {
		return TZVMM_E_INVAL;
	}
	v->sa_fields |= bit;
	v->sa |= rule->secure ? 0u : bit;
	return TZVMM_OK;
}

static enum tzvmm_status csu_compile(struct csu_values *v,
				     const struct imx_csu_policy *policy)
{
	enum tzvmm_status st = TZVMM_OK;

	if (policy->others == 0u || policy->nr_slots > IMX_CSU_MAX_SLOTS ||
	    policy->nr_slots % 2u != 0u) {
		return TZVMM_E_INVAL;
	}
	v->nr_csl = policy->nr_slots / 2u;

	for (size_t i = 0; i < policy->nr_slaves && st == TZVMM_OK; i++) {
		st = csu_add_slave(v, &policy->slaves[i]);
	}
	for (size_t i = 0; i < policy->nr_masters && st == TZVMM_OK; i++) {
		st = csu_add_master(v, &policy->masters[i]);
	}
	for (unsigned n = 0; n < v->nr_csl; n++) {
		v->csl[n] |= (v->csl[n] & 0xFFu) == 0u ? policy->others : 0u;
		v->csl[n] |= (v->csl[n] & 0xFF0000u) == 0u
				     ? (uint32_t)policy->others << 16
				     : 0u;
	}
	return st;
}

/* A slot that an earlier stage locked is well if its value is the one wanted, so
 * locks are compared one way only. */
static enum tzvmm_status csu_write_slots(uintptr_t base, const struct csu_values *v,
					 uint32_t locks)
{
	for (unsigned n = 0; n < v->nr_csl; n++) {
		const uintptr_t addr = base + CSU_CSL(n);
		uint32_t seen;

		tzvmm_mmio_write32(addr, v->csl[n] | locks);
		seen = tzvmm_mmio_read32(addr);
		if ((seen & CSU_CSL_RIGHTS) != v->csl[n] || (locks & ~seen) != 0u) {
			return TZVMM_E_IO;
		}
	}
	return TZVMM_OK;
}

/* A field without a rule may be that of a master that nobody has published: it becomes
 * normal. Or there is none, and it keeps nothing: only those with a rule are read back. */
static enum tzvmm_status csu_write_masters(uintptr_t base, const struct csu_values *v,
					   unsigned cpu, bool lock)
{
	const uint32_t locks = lock ? v->sa_fields << 1 : 0u;
	const uint32_t others = SA_FIELDS & ~(1u << cpu) & ~v->sa_fields;
	uint32_t sa = tzvmm_mmio_read32(base + CSU_SA) & ~v->sa_fields;

	sa |= v->sa | locks | others | (lock ? others << 1 : 0u);
	tzvmm_mmio_write32(base + CSU_SA, sa);
	sa = tzvmm_mmio_read32(base + CSU_SA);
	if ((sa & v->sa_fields) != v->sa || (locks & ~sa) != 0u) {
		return TZVMM_E_IO;
	}
	return TZVMM_OK;
}

enum tzvmm_status imx_csu_apply(uintptr_t base, const struct imx_csu_policy *policy)
{
	struct csu_values v = { 0 };
	enum tzvmm_status st = csu_compile(&v, policy);

	if (st == TZVMM_OK) {
		st = csu_write_slots(base, &v, 0);
	}
	if (st == TZVMM_OK) {
		st = csu_write_masters(base, &v, policy->cpu, false);
	}
	if (st == TZVMM_OK && policy->lock) {
		st = csu_write_slots(base, &v, CSU_CSL_LOCKS);
	}
	if (st == TZVMM_OK && policy->lock) {
		st = csu_write_masters(base, &v, policy->cpu, true);
	}
	return st;
}
