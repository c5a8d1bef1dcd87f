/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TrustZone Interrupt Controller.
 *
 * Secure lines (INTSEC = 0) raise FIQ, normal ones IRQ. The view that the
 * normal world has is not published; it is modelled as a GIC's: it sees its
 * own lines only, and its priorities lie in the lower half of the range.
 */
#include "imx53.h"

#define TZIC_INTCTRL 0x000
#define TZIC_INTTYPE 0x004
#define TZIC_PRIOMASK 0x00C
#define TZIC_SYNCCTRL 0x010
#define TZIC_DSMINT 0x014
#define TZIC_INTSEC 0x080
#define TZIC_ENSET 0x100
#define TZIC_ENCLEAR 0x180
#define TZIC_SRCSET 0x200
#define TZIC_SRCCLEAR 0x280
#define TZIC_PRIORITY 0x400
#define TZIC_PRIORITY_END 0x480
#define TZIC_PND 0xD00
#define TZIC_HIPND 0xD80
#define TZIC_WAKEUP 0xE00
#define TZIC_SWINT 0xF00

#define INTCTRL_EN (1u << 0)
#define INTCTRL_NSEN (1u << 16)
#define INTCTRL_NSENMASK (1u << 31)
#define INTTYPE_VALUE 0x403u /* DOM, 4 words of 32 lines */
#define PRIORITY_MASK 0xF8u  /* five bits are implemented */
#define PRIORITY_NORMAL 0x80u
#define SWINT_INTNEG (1u << 31)
#define SWINT_INTID 0x3FFu

/* The lines that a reader may see: all, or those of the normal world. */
static uint32_t visible(const Imx53TzicState *s, unsigned n, bool secure)
{
	return secure ? UINT32_MAX : s->intsec[n];
}

static uint32_t pending(const Imx53TzicState *s, unsigned n)
{
	return (s->level[n] | s->soft[n]) & s->enabled[n];
}

/* The lowest priority value among the pending lines of one or both worlds;
 * UINT_MAX when none passes the mask. */
static unsigned best_priority(const Imx53TzicState *s, const uint32_t *lines)
{
	unsigned best = UINT_MAX;

	for (unsigned n = 0; n < TZIC_WORDS; n++) {
		uint32_t set = pending(s, n) & lines[n];

		for (; set != 0; set &= set - 1) {
			unsigned prio = s->priority[32 * n + ctz32(set)];

			if (prio < s->priomask && prio < best) {
				best = prio;
			}
		}
	}
	return best;
}

static void lines_of(const Imx53TzicState *s, bool secure, bool normal,
		     uint32_t *lines)
{
	for (unsigned n = 0; n < TZIC_WORDS; n++) {
		lines[n] = (secure ? ~s->intsec[n] : 0) |
			   (normal ? s->intsec[n] : 0);
	}
}

static bool wants(const Imx53TzicState *s, bool normal)
{
	uint32_t lines[TZIC_WORDS];

	if (!(normal ? s->nsen : s->en)) {
		return false;
	}
	lines_of(s, !normal, normal, lines);
	return best_priority(s, lines) != UINT_MAX;
}

static void tzic_update(Imx53TzicState *s)
{
	qemu_set_irq(s->fiq, wants(s, false));
	qemu_set_irq(s->irq, wants(s, true));
}

/* The pending lines with the highest priority of all that the reader sees. */
static uint32_t hipnd(const Imx53TzicState *s, unsigned n, bool secure)
{
	uint32_t lines[TZIC_WORDS];
	uint32_t result = 0;
	unsigned best;

	lines_of(s, secure, true, lines);
	best = best_priority(s, lines);
	for (uint32_t set = pending(s, n) & lines[n]; set != 0;
	     set &= set - 1) {
		if (s->priority[32 * n + ctz32(set)] == best) {
			result |= set & -set;
		}
	}
	return result;
}

static uint32_t intctrl_read(const Imx53TzicState *s, bool secure)
{
	return (secure ? s->en : s->nsen) | (s->nsen ? INTCTRL_NSEN : 0);
}

static void intctrl_write(Imx53TzicState *s, uint32_t value, bool secure)
{
	if (secure) {
		s->en = (value & INTCTRL_EN) != 0;
	} else if (!(value & INTCTRL_NSENMASK)) {
		s->nsen = (value & INTCTRL_EN) != 0; /* banked bit 0 */
	}
	if (value & INTCTRL_NSENMASK) {
		s->nsen = (value & INTCTRL_NSEN) != 0;
	}
}

static uint8_t prio_to_view(uint8_t prio, bool secure)
{
	return secure ? prio : (uint8_t)(prio << 1);
}

static uint8_t prio_from_view(uint8_t value, bool secure)
{
	return (secure ? value : PRIORITY_NORMAL | value >> 1) & PRIORITY_MASK;
}

static uint32_t priomask_read(const Imx53TzicState *s, bool secure)
{
	if (!secure && s->priomask < PRIORITY_NORMAL) {
		return 0;
	}
	return prio_to_view(s->priomask, secure);
}

static void priomask_write(Imx53TzicState *s, uint32_t value, bool secure)
{
	/* A mask in the secure half is out of the normal world's reach. */
	if (secure || s->priomask >= PRIORITY_NORMAL) {
		s->priomask = prio_from_view(value, secure);
	}
}

static bool line_visible(const Imx53TzicState *s, unsigned line, bool secure)
{
	return (visible(s, line / 32, secure) >> line % 32 & 1) != 0;
}

static uint32_t priority_read(const Imx53TzicState *s, unsigned first,
			      bool secure)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (line_visible(s, first + i, secure)) {
			value |= (uint32_t)prio_to_view(s->priority[first + i],
							secure) << 8 * i;
		}
	}
	return value;
}

static void priority_write(Imx53TzicState *s, unsigned first, uint32_t value,
			   bool secure)
{
	for (unsigned i = 0; i < 4; i++) {
		if (line_visible(s, first + i, secure)) {
			s->priority[first + i] =
				prio_from_view(value >> 8 * i, secure);
		}
	}
}

static uint32_t dsmint_read(const Imx53TzicState *s, bool secure)
{
	bool any = wants(s, true) || (secure && wants(s, false));

	return s->dsmint[!secure] && !any;
}

static uint32_t array_read(const Imx53TzicState *s, hwaddr bank, unsigned n,
			   bool secure)
{
	uint32_t mask = visible(s, n, secure);

	switch (bank) {
	case TZIC_INTSEC:
		return secure || s->ns_intsec ? s->intsec[n] : 0;
	case TZIC_ENSET:
	case TZIC_ENCLEAR:
		return s->enabled[n] & mask;
	case TZIC_SRCSET:
	case TZIC_SRCCLEAR:
		return (s->level[n] | s->soft[n]) & mask;
	case TZIC_PND:
		return pending(s, n) & mask;
	case TZIC_HIPND:
		return hipnd(s, n, secure);
	case TZIC_WAKEUP:
		return s->wakeup[n] & mask;
	default:
		qemu_log_mask(LOG_GUEST_ERROR,
			      "imx53-tzic: read of 0x%" HWADDR_PRIx "\n",
			      bank + 4 * n);
		return 0;
	}
}

static void array_write(Imx53TzicState *s, hwaddr bank, unsigned n,
			uint32_t value, bool secure)
{
	uint32_t mask = visible(s, n, secure);

	switch (bank) {
	case TZIC_INTSEC:
		if (secure) {
			s->intsec[n] = value;
		}
		break;
	case TZIC_ENSET:
		s->enabled[n] |= value & mask;
		break;
	case TZIC_ENCLEAR:
		s->enabled[n] &= ~(value & mask);
		break;
	case TZIC_SRCSET:
		s->soft[n] |= value & mask;
		break;
	case TZIC_SRCCLEAR:
		s->soft[n] &= ~(value & mask);
		break;
	case TZIC_WAKEUP:
		s->wakeup[n] = (s->wakeup[n] & ~mask) | (value & mask);
		break;
	default:
		qemu_log_mask(LOG_GUEST_ERROR,
			      "imx53-tzic: write of 0x%" HWADDR_PRIx "\n",
			      bank + 4 * n);
	}
}

static void swint_write(Imx53TzicState *s, uint32_t value, bool secure)
{
	unsigned line = value & SWINT_INTID;

	if (line >= IMX53_NR_IRQS || !line_visible(s, line, secure)) {
		qemu_log_mask(LOG_GUEST_ERROR,
			      "imx53-tzic: %s SWINT of line %u ignored\n",
			      secure ? "secure" : "normal", line);
		return;
	}
	if (value & SWINT_INTNEG) {
		s->soft[line / 32] &= ~(1u << line % 32);
	} else {
		s->soft[line / 32] |= 1u << line % 32;
	}
}

static bool is_array(hwaddr addr, hwaddr *bank, unsigned *n)
{
	*bank = addr & ~(hwaddr)0x7F;
	*n = (addr & 0x7F) / 4;
	return addr >= TZIC_INTSEC && addr < TZIC_SWINT && *n < TZIC_WORDS;
}

static MemTxResult tzic_read(void *opaque, hwaddr addr, uint64_t *data,
			     unsigned size, MemTxAttrs attrs)
{
	Imx53TzicState *s = opaque;
	bool secure = attrs.secure || attrs.unspecified;
	hwaddr bank;
	unsigned n;

	*data = 0;
	switch (addr) {
	case TZIC_INTCTRL:
		*data = intctrl_read(s, secure);
		break;
	case TZIC_INTTYPE:
		*data = INTTYPE_VALUE;
		break;
	case TZIC_PRIOMASK:
		*data = priomask_read(s, secure);
		break;
	case TZIC_SYNCCTRL:
		*data = s->syncctrl;
		break;
	case TZIC_DSMINT:
		*data = dsmint_read(s, secure);
		break;
	case TZIC_PRIORITY ... TZIC_PRIORITY_END - 1:
		*data = priority_read(s, addr - TZIC_PRIORITY, secure);
		break;
	default:
		if (is_array(addr, &bank, &n)) {
			*data = array_read(s, bank, n, secure);
		} else {
			qemu_log_mask(LOG_UNIMP, "imx53-tzic: read of 0x%"
				      HWADDR_PRIx "\n", addr);
		}
	}
	return MEMTX_OK;
}

static MemTxResult tzic_write(void *opaque, hwaddr addr, uint64_t value,
			      unsigned size, MemTxAttrs attrs)
{
	Imx53TzicState *s = opaque;
	bool secure = attrs.secure || attrs.unspecified;
	hwaddr bank;
	unsigned n;

	switch (addr) {
	case TZIC_INTCTRL:
		intctrl_write(s, value, secure);
		break;
	case TZIC_PRIOMASK:
		priomask_write(s, value, secure);
		break;
	case TZIC_SYNCCTRL:
		if (secure) {
			s->syncctrl = value & 3;
		}
		break;
	case TZIC_DSMINT:
		s->dsmint[!secure] = value & 1;
		break;
	case TZIC_PRIORITY ... TZIC_PRIORITY_END - 1:
		priority_write(s, addr - TZIC_PRIORITY, value, secure);
		break;
	case TZIC_SWINT:
		swint_write(s, value, secure);
		break;
	default:
		if (is_array(addr, &bank, &n)) {
			array_write(s, bank, n, value, secure);
		} else {
			qemu_log_mask(LOG_UNIMP, "imx53-tzic: write of 0x%"
				      HWADDR_PRIx "\n", addr);
		}
	}
	tzic_update(s);
	return MEMTX_OK;
}

static const MemoryRegionOps tzic_ops = {
	.read_with_attrs = tzic_read,
	.write_with_attrs = tzic_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void tzic_set_line(void *opaque, int line, int level)
{
	Imx53TzicState *s = opaque;

	s->level[line / 32] = deposit32(s->level[line / 32], line % 32, 1,
					level != 0);
	tzic_update(s);
}

static void tzic_reset(DeviceState *dev)
{
	Imx53TzicState *s = IMX53_TZIC(dev);

	/* The levels stay: they belong to the devices. */
	s->en = false;
	s->nsen = false;
	s->priomask = 0;
	s->syncctrl = 0;
	memset(s->dsmint, 0, sizeof(s->dsmint));
	memset(s->soft, 0, sizeof(s->soft));
	memset(s->enabled, 0, sizeof(s->enabled));
	memset(s->intsec, 0, sizeof(s->intsec));
	memset(s->wakeup, 0, sizeof(s->wakeup));
	memset(s->priority, 0, sizeof(s->priority));
	tzic_update(s);
}

static void tzic_init(Object *obj)
{
	Imx53TzicState *s = IMX53_TZIC(obj);
	SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

	memory_region_init_io(&s->iomem, obj, &tzic_ops, s, "imx53-tzic",
			      IMX53_WINDOW_SIZE);
	sysbus_init_mmio(sbd, &s->iomem);
	sysbus_init_irq(sbd, &s->irq);
	sysbus_init_irq(sbd, &s->fiq);
	qdev_init_gpio_in(DEVICE(obj), tzic_set_line, IMX53_NR_IRQS);
}

static Property tzic_properties[] = {
	DEFINE_PROP_BOOL("ns-intsec", Imx53TzicState, ns_intsec, false),
	DEFINE_PROP_END_OF_LIST(),
};

static void tzic_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "i.MX53 TrustZone Interrupt Controller";
	dc->reset = tzic_reset;
	dc->user_creatable = false;
	device_class_set_props(dc, tzic_properties);
}

static const TypeInfo tzic_types[] = {
	{
		.name = TYPE_IMX53_TZIC,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Imx53TzicState),
		.instance_init = tzic_init,
		.class_init = tzic_class_init,
	},
};

DEFINE_TYPES(tzic_types)
