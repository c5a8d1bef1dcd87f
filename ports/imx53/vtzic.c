/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx53/vtzic.h>

#include <string.h>

#include <imx53/tzic_regs.h>
#include <tzvmm/port/mmio.h>

#define VTZIC_CONTROL_BITS (INTCTRL_NSEN | INTCTRL_EN)
#define VTZIC_INTTYPE 3u /* four words of lines; no TrustZone to be seen */

static uint32_t vtzic_hw_read(const struct imx53_vtzic *v, uint32_t array, unsigned n)
{
	return tzvmm_mmio_read32(v->tzic->base + TZIC_WORD(array, n));
}

static void vtzic_hw_write(const struct imx53_vtzic *v, uint32_t array, unsigned n,
			   uint32_t value)
{
	tzvmm_mmio_write32(v->tzic->base + TZIC_WORD(array, n), value);
}

/* Bits of a word of PRIORITY that belong to the guest's lines. */
static uint32_t vtzic_priority_bits(const struct imx53_vtzic *v, unsigned n)
{
	uint32_t guests = v->tzic->guest[n / 8u] >> n % 8u * 4u;
	uint32_t bits = 0;

	for (unsigned i = 0; i < 4; i++) {
		if ((guests >> i & 1u) != 0u) {
			bits |= 0xFFu << 8u * i;
		}
	}
	return bits;
}

/* The hardware's priorities stay what they are, so that no choice of the guest
 * can meet the secure lines; a line the guest masks by priority is disabled. */
static void vtzic_apply_priorities(struct imx53_vtzic *v)
{
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		uint32_t allowed = 0;

		for (unsigned i = 0; i < 32; i++) {
			uint32_t word = v->priority[8u * n + i / 4u];

			if ((word >> i % 4u * 8u & 0xFFu) < v->priority_mask) {
				allowed |= 1u << i;
			}
		}
		v->allowed[n] = allowed;
		v->live[n] = v->enabled[n] & allowed;
		vtzic_hw_write(v, TZIC_ENCLEAR, n, v->tzic->guest[n] & ~v->live[n]);
		vtzic_hw_write(v, TZIC_ENSET, n, v->live[n]);
	}
}

void imx53_vtzic_init(struct imx53_vtzic *vtzic, const struct imx53_tzic *tzic)
{
	memset(vtzic, 0, sizeof(*vtzic));
	vtzic->tzic = tzic;
	/* As a boot loader leaves it: both worlds on, nothing masked. */
	vtzic->control = VTZIC_CONTROL_BITS;
	vtzic->priority_mask = 0xFF;
	imx53_tzic_reset_guest(tzic);
	vtzic_apply_priorities(vtzic);
}

/* [LX tzic.c] The guest asks before it sleeps: 1 unless an interrupt waits. */
static uint32_t vtzic_dsmint(const struct imx53_vtzic *v)
{
	for (unsigned n = 0; n < TZIC_NR_WORDS; n++) {
		if ((vtzic_hw_read(v, TZIC_PND, n) & v->live[n]) != 0u) {
			return 0;
		}
	}
	return v->hold_off;
}

static enum tzvmm_status vtzic_read_single(const struct imx53_vtzic *v,
					   uint32_t offset, uint32_t *value)
{
	switch (offset) {
	case TZIC_INTCTRL:
		*value = v->control;
		return TZVMM_OK;
	case TZIC_INTTYPE:
		*value = VTZIC_INTTYPE;
		return TZVMM_OK;
	case TZIC_PRIOMASK:
		*value = v->priority_mask;
		return TZVMM_OK;
	case TZIC_SYNCCTRL:
		*value = v->sync;
		return TZVMM_OK;
	case TZIC_DSMINT:
		*value = vtzic_dsmint(v);
		return TZVMM_OK;
	case TZIC_SWINT:
		*value = 0;
		return TZVMM_OK;
	default:
		break;
	}
	if (offset - TZIC_PRIORITY < TZIC_NR_LINES) {
		*value = v->priority[(offset - TZIC_PRIORITY) / 4u];
		return TZVMM_OK;
	}
	return TZVMM_E_GUEST;
}

static enum tzvmm_status vtzic_read(void *ctx, uint32_t offset, unsigned size,
				    uint32_t *value)
{
	const struct imx53_vtzic *v = ctx;
	const unsigned n = offset / 4u % TZIC_NR_WORDS;

	if (size != 4u) {
		return TZVMM_E_GUEST;
	}
	/* Two reads for each word of the guest's interrupt loop come first. */
	switch (offset & ~(4u * TZIC_NR_WORDS - 1u)) {
	case TZIC_HIPND:
		*value = vtzic_hw_read(v, TZIC_HIPND, n) & v->live[n];
		return TZVMM_OK;
	case TZIC_INTSEC:
		*value = v->tzic->guest[n];
		return TZVMM_OK;
	case TZIC_ENSET:
	case TZIC_ENCLEAR:
		*value = v->enabled[n];
		return TZVMM_OK;
	case TZIC_PND:
		*value = vtzic_hw_read(v, TZIC_PND, n) & v->live[n];
		return TZVMM_OK;
	case TZIC_WAKEUP:
		*value = v->wakeup[n];
		return TZVMM_OK;
	case TZIC_SRCSET:
	case TZIC_SRCCLEAR:
		*value = vtzic_hw_read(v, TZIC_SRCSET, n) & v->tzic->guest[n];
		return TZVMM_OK;
	default:
		return vtzic_read_single(v, offset, value);
	}
}

static void vtzic_set_control(struct imx53_vtzic *v, uint32_t value)
{
	v->control = (v->control & ~INTCTRL_EN) | (value & INTCTRL_EN);
	if ((value & INTCTRL_NSENMASK) != 0u) {
		v->control = (v->control & ~INTCTRL_NSEN) | (value & INTCTRL_NSEN);
		imx53_tzic_let_guest(v->tzic, (value & INTCTRL_NSEN) != 0u);
	}
}

static void vtzic_swint(const struct imx53_vtzic *v, uint32_t value)
{
	const uint32_t line = value & SWINT_ID;

	if (line < TZIC_NR_LINES && (v->tzic->guest[line / 32u] >> line % 32u & 1u)) {
		vtzic_hw_write(v, TZIC_SWINT, 0, value & (SWINT_NEGATE | SWINT_ID));
	}
}

static enum tzvmm_status vtzic_write_single(struct imx53_vtzic *v, uint32_t offset,
					    uint32_t value)
{
	switch (offset) {
	case TZIC_INTCTRL:
		vtzic_set_control(v, value);
		return TZVMM_OK;
	case TZIC_PRIOMASK:
		v->priority_mask = value & 0xFFu;
		vtzic_apply_priorities(v);
		return TZVMM_OK;
	case TZIC_SYNCCTRL:
		v->sync = value & 3u;
		return TZVMM_OK;
	case TZIC_DSMINT:
		v->hold_off = value & 1u;
		return TZVMM_OK;
	case TZIC_SWINT:
		vtzic_swint(v, value);
		return TZVMM_OK;
	default:
		break;
	}
	if (offset - TZIC_PRIORITY < TZIC_NR_LINES) {
		unsigned n = (offset - TZIC_PRIORITY) / 4u;

		v->priority[n] = value & vtzic_priority_bits(v, n);
		vtzic_apply_priorities(v);
		return TZVMM_OK;
	}
	return TZVMM_E_GUEST;
}

static enum tzvmm_status vtzic_write(void *ctx, uint32_t offset, unsigned size,
				     uint32_t value)
{
	struct imx53_vtzic *v = ctx;
	const unsigned n = offset / 4u % TZIC_NR_WORDS;
	const uint32_t mine = value & v->tzic->guest[n];

	if (size != 4u) {
		return TZVMM_E_GUEST;
	}
	switch (offset & ~(4u * TZIC_NR_WORDS - 1u)) {
	case TZIC_ENCLEAR:
		v->enabled[n] &= ~mine;
		v->live[n] &= ~mine;
		vtzic_hw_write(v, TZIC_ENCLEAR, n, mine);
		return TZVMM_OK;
	case TZIC_ENSET:
		v->enabled[n] |= mine;
		v->live[n] |= mine & v->allowed[n];
		vtzic_hw_write(v, TZIC_ENSET, n, mine & v->allowed[n]);
		return TZVMM_OK;
	case TZIC_WAKEUP:
		v->wakeup[n] = mine;
		vtzic_hw_write(v, TZIC_WAKEUP, n, mine | v->tzic->secure[n]);
		return TZVMM_OK;
	case TZIC_INTSEC:
	case TZIC_PND:
	case TZIC_HIPND:
		return TZVMM_OK; /* the guest's lines are normal and stay so */
	case TZIC_SRCSET:
	case TZIC_SRCCLEAR:
		vtzic_hw_write(v, offset & ~(4u * TZIC_NR_WORDS - 1u), n, mine);
		return TZVMM_OK;
	default:
		return vtzic_write_single(v, offset, value);
	}
}

const struct tzvmm_mmio_ops imx53_vtzic_ops = {
	.read = vtzic_read,
	.write = vtzic_write,
};
