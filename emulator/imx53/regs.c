/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks without behaviour: a file of registers that keep what is written, or
 * a stub that reads as zero and says in the log that something is missing.
 */
#include "imx53.h"

static uint64_t regs_read(void *opaque, hwaddr addr, unsigned size)
{
	Imx53RegsState *s = opaque;

	if (s->def->stub) {
		qemu_log_mask(LOG_UNIMP, "imx53-%s: read of 0x%" HWADDR_PRIx
			      " (not modelled)\n", s->def->name, addr);
		return 0;
	}
	return s->regs[addr / 4] >> 8 * (addr & 3);
}

static uint32_t read_only_bits(const Imx53RegsDef *def, hwaddr addr)
{
	for (size_t i = 0; i < def->nr_init; i++) {
		if (def->init[i].offset == addr) {
			return def->init[i].read_only;
		}
	}
	return 0;
}

static void regs_write(void *opaque, hwaddr addr, uint64_t value,
		       unsigned size)
{
	Imx53RegsState *s = opaque;
	unsigned shift = 8 * (addr & 3);
	uint32_t mask = MAKE_64BIT_MASK(shift, 8 * size);
	uint32_t *reg;

	if (s->def->stub) {
		qemu_log_mask(LOG_UNIMP, "imx53-%s: write of 0x%" PRIx64
			      " to 0x%" HWADDR_PRIx " (not modelled)\n",
			      s->def->name, value, addr);
		return;
	}
	reg = &s->regs[addr / 4];
	mask &= ~read_only_bits(s->def, addr & ~(hwaddr)3);
	*reg = (*reg & ~mask) | ((uint32_t)value << shift & mask);
}

static const MemoryRegionOps regs_ops = {
	.read = regs_read,
	.write = regs_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 4 },
	.impl = { .min_access_size = 1, .max_access_size = 4 },
};

static void regs_reset(DeviceState *dev)
{
	Imx53RegsState *s = IMX53_REGS(dev);

	if (s->def->stub || s->def->kept) {
		return;
	}
	memset(s->regs, 0, s->def->size);
	for (size_t i = 0; i < s->def->nr_init; i++) {
		s->regs[s->def->init[i].offset / 4] = s->def->init[i].value;
	}
}

Imx53RegsState *imx53_regs_new(Object *parent, const Imx53RegsDef *def)
{
	Imx53RegsState *s = IMX53_REGS(qdev_new(TYPE_IMX53_REGS));

	s->def = def;
	if (!def->stub) {
		s->regs = g_malloc0(def->size);
	}
	memory_region_init_io(&s->iomem, OBJECT(s), &regs_ops, s, def->name,
			      def->size);
	sysbus_init_mmio(SYS_BUS_DEVICE(s), &s->iomem);
	object_property_add_child(parent, def->name, OBJECT(s));
	sysbus_realize(SYS_BUS_DEVICE(s), &error_fatal);
	object_unref(OBJECT(s));
	return s;
}

static void regs_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "i.MX53 register file";
	dc->reset = regs_reset;
	dc->user_creatable = false;
}

static const TypeInfo regs_types[] = {
	{
		.name = TYPE_IMX53_REGS,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Imx53RegsState),
		.class_init = regs_class_init,
	},
};

DEFINE_TYPES(regs_types)
