/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Enhanced Periodic Interrupt Timer: counts down, reloads, compares.
 *
 * The counter is computed from the virtual time that passed since it was last
 * set, so that a late host timer never makes the guest's time drift.
 */
#include "imx53.h"

#define EPIT_CR 0x00
#define EPIT_SR 0x04
#define EPIT_LR 0x08
#define EPIT_CMPR 0x0C
#define EPIT_CNR 0x10

#define CR_EN (1u << 0)
#define CR_ENMOD (1u << 1)
#define CR_OCIEN (1u << 2)
#define CR_RLD (1u << 3)
#define CR_SWR (1u << 16)
#define CR_IOVW (1u << 17)
#define CR_WRITABLE 0x03FEFFFFu
/* These survive a software reset. */
#define CR_KEPT 0x003C0003u

#define SR_OCIF (1u << 0)

/* A period shorter than this would stop the host. */
#define MIN_EVENT_NS 1000

static uint32_t epit_top(const Imx53EpitState *s)
{
	return s->cr & CR_RLD ? s->lr : UINT32_MAX;
}

static uint32_t epit_count(const Imx53EpitState *s)
{
	int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
	uint64_t ticks;

	if (s->rate == 0) {
		return s->base_count;
	}
	ticks = muldiv64(now - s->base_ns, s->rate, NANOSECONDS_PER_SECOND);
	if (ticks <= s->base_count) {
		return s->base_count - ticks;
	}
	ticks -= (uint64_t)s->base_count + 1;
	return epit_top(s) - ticks % ((uint64_t)epit_top(s) + 1);
}

static void epit_update_irq(Imx53EpitState *s)
{
	qemu_set_irq(s->irq, (s->sr & SR_OCIF) && (s->cr & CR_OCIEN) &&
			     (s->cr & CR_EN));
}

/* Ticks from the present count to the next compare; 0: it never comes. */
static uint64_t ticks_to_compare(const Imx53EpitState *s, uint32_t count)
{
	uint32_t top = epit_top(s);

	if (count > s->cmpr) {
		return count - s->cmpr;
	}
	if (s->cmpr > top) {
		return 0;
	}
	return (uint64_t)count + 1 + (top - s->cmpr);
}

static void epit_schedule(Imx53EpitState *s)
{
	int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
	uint64_t passed;
	uint64_t ticks;
	int64_t due;

	ticks = s->rate != 0 ? ticks_to_compare(s, epit_count(s)) : 0;
	if (ticks == 0) {
		timer_del(s->timer);
		return;
	}
	/* From the base, rounded up: at that time the compare value is
	 * reached for certain. */
	passed = muldiv64(now - s->base_ns, s->rate, NANOSECONDS_PER_SECOND);
	due = s->base_ns + 1 + muldiv64(passed + ticks, NANOSECONDS_PER_SECOND,
					s->rate);
	timer_mod(s->timer, MAX(due, now + MIN_EVENT_NS));
}

static void epit_set_count(Imx53EpitState *s, uint32_t count)
{
	s->base_count = count;
	s->base_ns = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

/* Freeze the count under the old rate, go on with the new one. */
static void epit_retime(Imx53EpitState *s)
{
	uint32_t rate = 0;

	if (s->cr & CR_EN) {
		rate = imx53_ccm_epit_rate(s->ccm, s->nr,
					   extract32(s->cr, 24, 2)) /
		       (extract32(s->cr, 4, 12) + 1);
	}
	epit_set_count(s, epit_count(s));
	s->rate = rate;
	epit_schedule(s);
}

static void epit_compare(void *opaque)
{
	Imx53EpitState *s = opaque;

	s->sr |= SR_OCIF;
	epit_update_irq(s);
	epit_schedule(s);
}

static void epit_soft_reset(Imx53EpitState *s, uint32_t kept)
{
	timer_del(s->timer);
	s->cr &= kept;
	s->sr = 0;
	s->lr = UINT32_MAX;
	s->cmpr = 0;
	s->rate = 0;
	epit_set_count(s, UINT32_MAX);
	epit_retime(s);
	epit_update_irq(s);
}

static void epit_write_cr(Imx53EpitState *s, uint32_t value)
{
	bool starts = (value & CR_EN) && !(s->cr & CR_EN);

	if (value & CR_SWR) {
		s->cr = value & CR_WRITABLE;
		epit_soft_reset(s, CR_KEPT);
		return;
	}
	/* The count up to here belongs to the old mode. */
	epit_set_count(s, epit_count(s));
	s->cr = value & CR_WRITABLE;
	if (starts && (s->cr & CR_ENMOD)) {
		epit_set_count(s, epit_top(s));
	}
	epit_retime(s);
	epit_update_irq(s);
}

static void epit_write_lr(Imx53EpitState *s, uint32_t value)
{
	epit_set_count(s, epit_count(s));
	s->lr = value;
	if (s->cr & CR_IOVW) {
		epit_set_count(s, value);
	}
	epit_schedule(s);
}

static uint64_t epit_read(void *opaque, hwaddr addr, unsigned size)
{
	Imx53EpitState *s = opaque;

	switch (addr) {
	case EPIT_CR:
		return s->cr;
	case EPIT_SR:
		return s->sr;
	case EPIT_LR:
		return s->lr;
	case EPIT_CMPR:
		return s->cmpr;
	case EPIT_CNR:
		return epit_count(s);
	default:
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-epit: read of 0x%"
			      HWADDR_PRIx "\n", addr);
		return 0;
	}
}

static void epit_write(void *opaque, hwaddr addr, uint64_t value,
		       unsigned size)
{
	Imx53EpitState *s = opaque;

	switch (addr) {
	case EPIT_CR:
		epit_write_cr(s, value);
		break;
	case EPIT_SR:
		s->sr &= ~value;
		epit_update_irq(s);
		break;
	case EPIT_LR:
		epit_write_lr(s, value);
		break;
	case EPIT_CMPR:
		s->cmpr = value;
		epit_schedule(s);
		break;
	default:
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-epit: write of 0x%"
			      HWADDR_PRIx "\n", addr);
	}
}

static const MemoryRegionOps epit_ops = {
	.read = epit_read,
	.write = epit_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void epit_clk_changed(Notifier *n, void *data)
{
	epit_retime(container_of(n, Imx53EpitState, clk_changed));
}

static void epit_reset(DeviceState *dev)
{
	epit_soft_reset(IMX53_EPIT(dev), 0);
}

static void epit_init(Object *obj)
{
	Imx53EpitState *s = IMX53_EPIT(obj);
	SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

	memory_region_init_io(&s->iomem, obj, &epit_ops, s, "imx53-epit",
			      IMX53_WINDOW_SIZE);
	sysbus_init_mmio(sbd, &s->iomem);
	sysbus_init_irq(sbd, &s->irq);
}

static void epit_realize(DeviceState *dev, Error **errp)
{
	Imx53EpitState *s = IMX53_EPIT(dev);

	s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, epit_compare, s);
	s->clk_changed.notify = epit_clk_changed;
	notifier_list_add(&s->ccm->changed, &s->clk_changed);
}

static void epit_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "i.MX53 Enhanced Periodic Interrupt Timer";
	dc->reset = epit_reset;
	dc->realize = epit_realize;
	dc->user_creatable = false;
}

static const TypeInfo epit_types[] = {
	{
		.name = TYPE_IMX53_EPIT,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Imx53EpitState),
		.instance_init = epit_init,
		.class_init = epit_class_init,
	},
};

DEFINE_TYPES(epit_types)
