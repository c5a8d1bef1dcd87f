/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watchdog: resets the board unless it is serviced, and interrupts some time
 * before that.
 *
 * QEMU's own model interrupts once in its life, and takes the bits that are
 * locked from the wrong register. Here the interrupt comes in every round in
 * which the watchdog is not serviced sooner.
 */
#include "imx53.h"
#include "sysemu/watchdog.h"

#define WDOG_WCR 0x00
#define WDOG_WSR 0x02
#define WDOG_WRSR 0x04
#define WDOG_WICR 0x06
#define WDOG_WMCR 0x08

#define WCR_WDZST (1u << 0)
#define WCR_WDBG (1u << 1)
#define WCR_WDE (1u << 2)
#define WCR_WDT (1u << 3)
#define WCR_SRS (1u << 4)
#define WCR_WDA (1u << 5)
#define WCR_WDW (1u << 7)
#define WCR_ONCE (WCR_WDZST | WCR_WDBG | WCR_WDW)

#define WSR_FIRST 0x5555
#define WSR_SECOND 0xAAAA

#define WRSR_SFTW (1u << 0)
#define WRSR_TOUT (1u << 1)
#define WRSR_POR (1u << 4)

#define WICR_WIE (1u << 15)
#define WICR_WTIS (1u << 14)
#define WICR_WICT 0xFFu
#define WICR_RESET 0x0004

#define WMCR_PDE (1u << 0)

#define HALF_SECOND_NS (NANOSECONDS_PER_SECOND / 2)

static void wdog_update_irq(Imx53WdogState *s)
{
	qemu_set_irq(s->irq, (s->wicr & WICR_WIE) && (s->wicr & WICR_WTIS));
}

/* The counter starts from WT: at enabling and when it is serviced. */
static void wdog_load(Imx53WdogState *s)
{
	s->loaded_ns = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
	s->halves = extract32(s->wcr, 8, 8) + 1;
}

static void wdog_schedule(Imx53WdogState *s)
{
	unsigned early = s->wicr & WICR_WICT;

	if (!(s->wcr & WCR_WDE)) {
		timer_del(s->expiry);
		timer_del(s->warning);
		return;
	}
	timer_mod(s->expiry, s->loaded_ns + s->halves * HALF_SECOND_NS);
	if (early < s->halves) {
		timer_mod(s->warning, s->loaded_ns + (s->halves - early) *
						     HALF_SECOND_NS);
	} else {
		timer_del(s->warning);
	}
}

static void wdog_warn(void *opaque)
{
	Imx53WdogState *s = opaque;

	s->wicr |= WICR_WTIS;
	wdog_update_irq(s);
}

/* Once: a CPU that runs on for some instructions may ask again, and QEMU would reset
 * the board anew. */
static void wdog_fire(Imx53WdogState *s)
{
	if (!s->fired) {
		s->fired = true;
		watchdog_perform_action();
	}
}

static void wdog_expire(void *opaque)
{
	Imx53WdogState *s = opaque;

	s->wrsr = WRSR_TOUT;
	wdog_fire(s);
}

static void wdog_write_wcr(Imx53WdogState *s, uint16_t value)
{
	uint16_t kept = s->once ? WCR_ONCE : 0;
	bool was_on = s->wcr & WCR_WDE;

	/* Enabled for good, and WDT as well. */
	kept |= s->wcr & (WCR_WDE | WCR_WDT);
	s->wcr = (value & ~kept) | (s->wcr & kept) | WCR_SRS;
	s->once = true;
	if (!was_on && (s->wcr & WCR_WDE)) {
		wdog_load(s);
	}
	wdog_schedule(s);
	if (!(value & WCR_SRS)) {
		s->wrsr = WRSR_SFTW;
	}
	if (!(value & WCR_SRS) || !(value & WCR_WDA)) {
		wdog_fire(s);
	}
}

static void wdog_write_wsr(Imx53WdogState *s, uint16_t value)
{
	if (s->wsr == WSR_FIRST && value == WSR_SECOND) {
		wdog_load(s);
		wdog_schedule(s);
	}
	s->wsr = value;
}

static void wdog_write_wicr(Imx53WdogState *s, uint16_t value)
{
	if (value & WICR_WTIS) {
		s->wicr &= ~WICR_WTIS;
	}
	if (!s->wicr_locked) {
		s->wicr = (value & (WICR_WIE | WICR_WICT)) |
			  (s->wicr & WICR_WTIS);
		s->wicr_locked = true;
	}
	wdog_schedule(s);
	wdog_update_irq(s);
}

static uint64_t wdog_read(void *opaque, hwaddr addr, unsigned size)
{
	Imx53WdogState *s = opaque;

	switch (addr) {
	case WDOG_WCR:
		return s->wcr;
	case WDOG_WSR:
		return s->wsr;
	case WDOG_WRSR:
		return s->wrsr;
	case WDOG_WICR:
		return s->wicr;
	case WDOG_WMCR:
		return s->wmcr;
	default:
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-wdog: read of 0x%"
			      HWADDR_PRIx "\n", addr);
		return 0;
	}
}

static void wdog_write(void *opaque, hwaddr addr, uint64_t value,
		       unsigned size)
{
	Imx53WdogState *s = opaque;

	switch (addr) {
	case WDOG_WCR:
		wdog_write_wcr(s, value);
		break;
	case WDOG_WSR:
		wdog_write_wsr(s, value);
		break;
	case WDOG_WICR:
		wdog_write_wicr(s, value);
		break;
	case WDOG_WMCR:
		s->wmcr = value & WMCR_PDE;
		break;
	default:
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-wdog: write of 0x%"
			      HWADDR_PRIx "\n", addr);
	}
}

static const MemoryRegionOps wdog_ops = {
	.read = wdog_read,
	.write = wdog_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.impl = { .min_access_size = 2, .max_access_size = 2 },
};

/* WRSR tells of the reset that has just been: what brought it about has set it. */
static void wdog_reset(DeviceState *dev)
{
	Imx53WdogState *s = IMX53_WDOG(dev);

	s->wcr = WCR_WDA | WCR_SRS;
	s->wsr = 0;
	s->wicr = WICR_RESET;
	s->wmcr = WMCR_PDE;
	s->once = false;
	s->wicr_locked = false;
	s->fired = false;
	wdog_schedule(s);
	wdog_update_irq(s);
}

static void wdog_init(Object *obj)
{
	Imx53WdogState *s = IMX53_WDOG(obj);
	SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

	memory_region_init_io(&s->iomem, obj, &wdog_ops, s, "imx53-wdog",
			      IMX53_WINDOW_SIZE);
	sysbus_init_mmio(sbd, &s->iomem);
	sysbus_init_irq(sbd, &s->irq);
	s->wrsr = WRSR_POR;
}

static void wdog_realize(DeviceState *dev, Error **errp)
{
	Imx53WdogState *s = IMX53_WDOG(dev);

	s->expiry = timer_new_ns(QEMU_CLOCK_VIRTUAL, wdog_expire, s);
	s->warning = timer_new_ns(QEMU_CLOCK_VIRTUAL, wdog_warn, s);
}

static void wdog_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "i.MX53 watchdog";
	dc->reset = wdog_reset;
	dc->realize = wdog_realize;
	dc->user_creatable = false;
}

static const TypeInfo wdog_types[] = {
	{
		.name = TYPE_IMX53_WDOG,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Imx53WdogState),
		.instance_init = wdog_init,
		.class_init = wdog_class_init,
	},
};

DEFINE_TYPES(wdog_types)
