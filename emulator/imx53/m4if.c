/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * M4IF: the watermarks that hide a piece of each DDR chip select from normal
 * masters. A watermark is an overlay in the normal view of memory; the secure
 * view never meets it, so both worlds use their RAM at full speed.
 */
#include "imx53.h"
#include "qemu/units.h"

#define M4IF_WMSA(cs) (0xEC + 4 * (cs))
#define M4IF_WMEA(cs) (0x10C + 4 * (cs))
#define M4IF_WMIS0 0x114
#define M4IF_WMVA 0x118

#define WMSA_EN (1u << 31)
#define WM_PAGE 0xFFFFFu
#define WMIS_EN (1u << 31)
#define WMIS_STATUS(cs) (1u << (6 + (cs)))
#define WMIS_STATUS_ALL (WMIS_STATUS(0) | WMIS_STATUS(1))

#define WM_PAGE_BITS 12
#define WM_MAX_BYTES (256ull * MiB)

static const hwaddr bank_base[2] = { IMX53_CSD0_BASE, IMX53_CSD1_BASE };

static uint32_t *reg(Imx53M4ifState *s, hwaddr addr)
{
	return &s->regs[addr / 4];
}

static void m4if_update_irq(Imx53M4ifState *s)
{
	qemu_set_irq(s->irq, (*reg(s, M4IF_WMIS0) & WMIS_STATUS_ALL) != 0);
}

static MemTxResult mark_refuse(Imx53Watermark *mark, hwaddr addr, bool write)
{
	Imx53M4ifState *s = mark->m4if;
	hwaddr bus = mark->start + addr;

	s->refused++;
	*reg(s, M4IF_WMIS0) |= WMIS_STATUS(mark->cs);
	*reg(s, M4IF_WMVA) = (uint32_t)bus;
	m4if_update_irq(s);
	qemu_log_mask(LOG_GUEST_ERROR,
		      "imx53-m4if: refused normal %s of 0x%08" HWADDR_PRIx
		      " (watermark, refusal %" PRIu64 ")\n",
		      write ? "write" : "read", bus, s->refused);
	if (s->imprecise) {
		imx53_cpu_pend_abort(s->cpu);
		return MEMTX_OK;
	}
	return MEMTX_ERROR;
}

static MemTxResult mark_read(void *opaque, hwaddr addr, uint64_t *data,
			     unsigned size, MemTxAttrs attrs)
{
	*data = 0;
	return mark_refuse(opaque, addr, false);
}

static MemTxResult mark_write(void *opaque, hwaddr addr, uint64_t data,
			      unsigned size, MemTxAttrs attrs)
{
	return mark_refuse(opaque, addr, true);
}

static const MemoryRegionOps mark_ops = {
	.read_with_attrs = mark_read,
	.write_with_attrs = mark_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 8,
		   .unaligned = true },
	.impl = { .min_access_size = 1, .max_access_size = 8,
		  .unaligned = true },
};

/* What the registers ask for, clipped to what the hardware can. */
static bool mark_range(Imx53M4ifState *s, unsigned cs, hwaddr *start,
		       uint64_t *len)
{
	uint32_t sa = *reg(s, M4IF_WMSA(cs));
	uint64_t first = (uint64_t)(sa & WM_PAGE) << WM_PAGE_BITS;
	uint64_t end = ((uint64_t)(*reg(s, M4IF_WMEA(cs)) & WM_PAGE) + 1)
		       << WM_PAGE_BITS;
	uint64_t base = bank_base[cs];

	if (!(sa & WMSA_EN) || !(*reg(s, M4IF_WMIS0) & WMIS_EN)) {
		return false;
	}
	if (first < base || end > base + s->bank_size[cs] || first >= end) {
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-m4if: watermark 0x%"
			      PRIx64 "..0x%" PRIx64 " is not in bank %u\n",
			      first, end, cs);
		return false;
	}
	if (end - first > WM_MAX_BYTES) {
		qemu_log_mask(LOG_GUEST_ERROR,
			      "imx53-m4if: watermark beyond 256 MiB: the rest "
			      "stays open\n");
		end = first + WM_MAX_BYTES;
	}
	*start = first;
	*len = end - first;
	return true;
}

static unsigned mark_copies(const Imx53M4ifState *s, unsigned cs)
{
	return s->alias == IMX53_ALIAS_OPEN || s->alias == IMX53_ALIAS_NONE ?
		1 : IMX53_CSD_WINDOW / s->bank_size[cs];
}

static void mark_unmap(Imx53M4ifState *s, unsigned cs)
{
	Imx53Watermark *mark = &s->mark[cs];

	if (!mark->mapped) {
		return;
	}
	for (unsigned i = 0; i < mark_copies(s, cs); i++) {
		memory_region_del_subregion(s->normal_view, &mark->mr[i]);
	}
	mark->mapped = false;
}

static void mark_map(Imx53M4ifState *s, unsigned cs, hwaddr start,
		     uint64_t len)
{
	Imx53Watermark *mark = &s->mark[cs];

	mark->start = start;
	mark->mapped = true;
	for (unsigned i = 0; i < mark_copies(s, cs); i++) {
		memory_region_set_size(&mark->mr[i], len);
		memory_region_add_subregion_overlap(
			s->normal_view, start + i * s->bank_size[cs],
			&mark->mr[i], 10);
	}
}

static void m4if_remap(Imx53M4ifState *s)
{
	memory_region_transaction_begin();
	for (unsigned cs = 0; cs < 2; cs++) {
		hwaddr start;
		uint64_t len;

		mark_unmap(s, cs);
		if (s->bank_size[cs] != 0 && mark_range(s, cs, &start, &len)) {
			mark_map(s, cs, start, len);
		}
	}
	memory_region_transaction_commit();
}

static MemTxResult m4if_read(void *opaque, hwaddr addr, uint64_t *data,
			     unsigned size, MemTxAttrs attrs)
{
	Imx53M4ifState *s = opaque;

	*data = *reg(s, addr);
	return MEMTX_OK;
}

static bool is_watermark(hwaddr addr)
{
	return addr == M4IF_WMSA(0) || addr == M4IF_WMSA(1) ||
	       addr == M4IF_WMEA(0) || addr == M4IF_WMEA(1) ||
	       addr == M4IF_WMIS0;
}

static MemTxResult m4if_write(void *opaque, hwaddr addr, uint64_t value,
			      unsigned size, MemTxAttrs attrs)
{
	Imx53M4ifState *s = opaque;
	uint32_t old = *reg(s, addr);

	if (!attrs.secure && !attrs.unspecified && !s->ns_write) {
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-m4if: normal write of "
			      "0x%" HWADDR_PRIx " ignored\n", addr);
		return MEMTX_OK;
	}
	if (addr == M4IF_WMVA) {
		return MEMTX_OK;
	}
	if (addr == M4IF_WMIS0) {
		value = (value & ~(uint64_t)WMIS_STATUS_ALL) |
			(old & WMIS_STATUS_ALL & ~value);
	}
	*reg(s, addr) = (uint32_t)value;
	if (is_watermark(addr)) {
		m4if_remap(s);
	}
	m4if_update_irq(s);
	return MEMTX_OK;
}

static const MemoryRegionOps m4if_ops = {
	.read_with_attrs = m4if_read,
	.write_with_attrs = m4if_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void m4if_reset(DeviceState *dev)
{
	Imx53M4ifState *s = IMX53_M4IF(dev);

	memset(s->regs, 0, sizeof(s->regs));
	m4if_remap(s);
	m4if_update_irq(s);
}

static void m4if_init(Object *obj)
{
	Imx53M4ifState *s = IMX53_M4IF(obj);
	SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

	memory_region_init_io(&s->iomem, obj, &m4if_ops, s, "imx53-m4if",
			      sizeof(s->regs));
	sysbus_init_mmio(sbd, &s->iomem);
	sysbus_init_irq(sbd, &s->irq);
	object_property_add_uint64_ptr(obj, "refused", &s->refused,
				       OBJ_PROP_FLAG_READ);
}

static void m4if_realize(DeviceState *dev, Error **errp)
{
	Imx53M4ifState *s = IMX53_M4IF(dev);

	for (unsigned cs = 0; cs < 2; cs++) {
		Imx53Watermark *mark = &s->mark[cs];

		mark->m4if = s;
		mark->cs = cs;
		for (unsigned i = 0; i < M4IF_MAX_MIRRORS; i++) {
			memory_region_init_io(&mark->mr[i], OBJECT(s),
					      &mark_ops, mark,
					      "imx53-watermark", 4 * KiB);
		}
	}
}

static Property m4if_properties[] = {
	DEFINE_PROP_UINT64("bank0", Imx53M4ifState, bank_size[0], 0),
	DEFINE_PROP_UINT64("bank1", Imx53M4ifState, bank_size[1], 0),
	DEFINE_PROP_BOOL("ns-write", Imx53M4ifState, ns_write, true),
	DEFINE_PROP_BOOL("imprecise", Imx53M4ifState, imprecise, false),
	DEFINE_PROP_END_OF_LIST(),
};

static void m4if_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "i.MX53 M4IF with DDR watermarks";
	dc->reset = m4if_reset;
	dc->realize = m4if_realize;
	dc->user_creatable = false;
	device_class_set_props(dc, m4if_properties);
}

static const TypeInfo m4if_types[] = {
	{
		.name = TYPE_IMX53_M4IF,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Imx53M4ifState),
		.instance_init = m4if_init,
		.class_init = m4if_class_init,
	},
};

DEFINE_TYPES(m4if_types)
