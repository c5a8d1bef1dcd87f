/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Central Security Unit: one gate before each peripheral, and the attribute
 * with which each DMA master goes to memory.
 */
#include "imx53.h"

#define CSU_CSL_END 0x80
#define CSU_HP0 0x200
#define CSU_HP1 0x204
#define CSU_SA 0x218
#define CSU_ALARM_MASK 0x230
#define CSU_IRQ_CONTROL 0x368

#define CSL_RIGHTS 0xFFu
#define CSL_LOCK 0x100u
#define CSL_RESET 0x00330033u
#define CSL_SLAVE_MASK 0x1FFu

#define SA_NORMAL 1u
#define SA_LOCK 2u

/* Position of a right: write 4, normal world 2, supervisor 1. */
static uint32_t right_of(bool is_write, MemTxAttrs attrs)
{
	return 1u << ((is_write ? 4 : 0) + (attrs.secure ? 0 : 2) +
		      (attrs.user ? 0 : 1));
}

static uint32_t slot_rights(const Imx53CsuState *s, int slot)
{
	return s->csl[slot / 2] >> ((slot & 1) ? 16 : 0) & CSL_RIGHTS;
}

static bool slot_allows(const Imx53CsuState *s, int slot, uint32_t right)
{
	return (slot_rights(s, slot) & right) != 0;
}

/* imx53.md 3.2: slots whose slave is UNKNOWN, a bit each. */
#define A(n) (1ull << IMX53_SLOT_A(n))
#define B(n) (1ull << IMX53_SLOT_B(n))
static const uint64_t unknown_slots =
	B(5) | A(6) | B(8) | B(10) | A(11) | B(11) | A(12) | B(12) | A(13) |
	B(13) | A(14) | B(14) | A(16) | A(17) | B(19) | B(20) | A(21) | B(21) |
	B(23) | B(26) | A(27) | B(29) | A(30) | B(31);
#undef A
#undef B

/* The worst case: a block behind one of them is open while any of them is. */
static bool unknown_allows(const Imx53CsuState *s, uint32_t right)
{
	for (uint64_t left = unknown_slots; left != 0; left &= left - 1) {
		if (slot_allows(s, ctz64(left), right)) {
			return true;
		}
	}
	return false;
}

bool imx53_csu_slot_allows(const Imx53CsuState *s, int slot, bool is_write,
			   MemTxAttrs attrs)
{
	uint32_t right = right_of(is_write, attrs);

	/* The debugger, HMP and qtest are no bus masters. */
	if (attrs.unspecified || slot == IMX53_SLOT_OPEN) {
		return true;
	}
	if (slot == IMX53_SLOT_SECURE) {
		return !attrs.user && (attrs.secure || s->csu_open);
	}
	/* The peripheral buses lie behind the AHB crossbar, whose own slots
	 * must let the normal world pass (seen on a Quick Start Board). */
	if (s->ahbmax && !attrs.secure &&
	    !(slot_allows(s, IMX53_SLOT_B(6), right) &&
	      slot_allows(s, IMX53_SLOT_A(10), right))) {
		return false;
	}
	return slot == IMX53_SLOT_UNKNOWN ?
		unknown_allows(s, right) : slot_allows(s, slot, right);
}

static bool gate_allows(const Imx53Gate *gate, bool is_write, MemTxAttrs attrs)
{
	return imx53_csu_slot_allows(gate->csu, gate->slot, is_write, attrs);
}

static MemTxResult gate_refuse(Imx53Gate *gate, hwaddr addr, bool is_write,
			       MemTxAttrs attrs)
{
	Imx53CsuState *s = gate->csu;

	s->refused++;
	qemu_log_mask(LOG_GUEST_ERROR,
		      "imx53-csu: refused %s %s %s of 0x%08" HWADDR_PRIx
		      " (%s, refusal %" PRIu64 ")\n",
		      attrs.secure ? "secure" : "normal",
		      attrs.user ? "user" : "supervisor",
		      is_write ? "write" : "read", gate->base + addr,
		      gate->name, s->refused);
	if (s->refused_hang) {
		cpu_interrupt(CPU(s->cpu), CPU_INTERRUPT_HALT);
		return MEMTX_OK;
	}
	if (is_write && s->imprecise_stores) {
		imx53_cpu_pend_abort(s->cpu);
		return MEMTX_OK;
	}
	return MEMTX_ERROR;
}

static MemTxResult gate_read(void *opaque, hwaddr addr, uint64_t *data,
			     unsigned size, MemTxAttrs attrs)
{
	Imx53Gate *gate = opaque;

	if (!gate_allows(gate, false, attrs)) {
		*data = 0;
		return gate_refuse(gate, addr, false, attrs);
	}
	return memory_region_dispatch_read(gate->target, addr, data,
					   size_memop(size) | MO_LE, attrs);
}

static MemTxResult gate_write(void *opaque, hwaddr addr, uint64_t data,
			      unsigned size, MemTxAttrs attrs)
{
	Imx53Gate *gate = opaque;

	if (!gate_allows(gate, true, attrs)) {
		return gate_refuse(gate, addr, true, attrs);
	}
	return memory_region_dispatch_write(gate->target, addr, data,
					    size_memop(size) | MO_LE, attrs);
}

static const MemoryRegionOps gate_ops = {
	.read_with_attrs = gate_read,
	.write_with_attrs = gate_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 8,
		   .unaligned = true },
	.impl = { .min_access_size = 1, .max_access_size = 8,
		  .unaligned = true },
};

void imx53_csu_map(Imx53CsuState *s, Imx53Gate *gate, const char *name,
		   MemoryRegion *target, hwaddr base, uint64_t size, int slot)
{
	gate->csu = s;
	gate->target = target;
	gate->base = base;
	gate->slot = slot;
	gate->name = name;
	/* Not the CSU's: QEMU refuses a device that re-enters its own I/O, which
	 * the gate before the CSU itself would. */
	memory_region_init_io(&gate->mr, OBJECT(s)->parent, &gate_ops, gate,
			      name, size);
	memory_region_add_subregion(get_system_memory(), base, &gate->mr);
}

MemTxResult imx53_csu_dma(Imx53CsuState *s, enum imx53_master master,
			  hwaddr addr, void *buf, hwaddr len, bool to_memory)
{
	bool normal = ((s->sa & ~s->secure_masters) >> master & SA_NORMAL) != 0;
	MemTxAttrs attrs = { .secure = !normal };
	AddressSpace *as = normal ? &address_space_memory : &s->secure_as;
	MemTxResult res = address_space_rw(as, addr, attrs, buf, len,
					   to_memory);

	if (res != MEMTX_OK) {
		s->refused++;
		qemu_log_mask(LOG_GUEST_ERROR,
			      "imx53-csu: refused %s DMA %s of 0x%08"
			      HWADDR_PRIx "+0x%" HWADDR_PRIx
			      " (SA bit %d, refusal %" PRIu64 ")\n",
			      normal ? "normal" : "secure",
			      to_memory ? "write" : "read", addr, len,
			      (int)master, s->refused);
	}
	return res;
}

static uint64_t csu_read(void *opaque, hwaddr addr, unsigned size)
{
	Imx53CsuState *s = opaque;

	if (addr < CSU_CSL_END) {
		return s->csl[addr / 4];
	}
	switch (addr) {
	case CSU_HP0:
	case CSU_HP1:
		return s->hp[(addr - CSU_HP0) / 4];
	case CSU_SA:
		return s->sa;
	case CSU_ALARM_MASK:
		return s->alarm_mask;
	case CSU_IRQ_CONTROL:
		return s->irq_control;
	default:
		qemu_log_mask(LOG_UNIMP, "imx53-csu: read of 0x%" HWADDR_PRIx
			      "\n", addr);
		return 0;
	}
}

/* A locked half keeps its value until the next reset. */
static uint32_t csl_merge(uint32_t old, uint32_t value)
{
	for (unsigned shift = 0; shift <= 16; shift += 16) {
		if (old & CSL_LOCK << shift) {
			value &= ~(CSL_SLAVE_MASK << shift);
			value |= old & CSL_SLAVE_MASK << shift;
		}
	}
	return value & (CSL_SLAVE_MASK | CSL_SLAVE_MASK << 16);
}

static uint32_t sa_merge(uint32_t old, uint32_t value)
{
	for (unsigned shift = 0; shift < 32; shift += 2) {
		if (old & SA_LOCK << shift) {
			value &= ~(3u << shift);
			value |= old & 3u << shift;
		}
	}
	return value;
}

static void csu_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
	Imx53CsuState *s = opaque;

	if (addr < CSU_CSL_END) {
		s->csl[addr / 4] = csl_merge(s->csl[addr / 4], value);
		return;
	}
	switch (addr) {
	case CSU_HP0:
	case CSU_HP1:
		s->hp[(addr - CSU_HP0) / 4] = value;
		break;
	case CSU_SA:
		s->sa = sa_merge(s->sa, value);
		break;
	case CSU_ALARM_MASK:
		s->alarm_mask = value;
		break;
	case CSU_IRQ_CONTROL:
		s->irq_control = value;
		break;
	default:
		qemu_log_mask(LOG_UNIMP, "imx53-csu: write of 0x%" HWADDR_PRIx
			      "\n", addr);
	}
}

static const MemoryRegionOps csu_ops = {
	.read = csu_read,
	.write = csu_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void csu_reset(DeviceState *dev)
{
	Imx53CsuState *s = IMX53_CSU(dev);

	for (unsigned i = 0; i < IMX53_NR_CSL; i++) {
		s->csl[i] = CSL_RESET;
	}
	s->sa = 0;
	memset(s->hp, 0, sizeof(s->hp));
	s->alarm_mask = 0;
	s->irq_control = 0;
}

static void csu_init(Object *obj)
{
	Imx53CsuState *s = IMX53_CSU(obj);

	memory_region_init_io(&s->iomem, obj, &csu_ops, s, "imx53-csu",
			      IMX53_WINDOW_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->iomem);
	object_property_add_uint64_ptr(obj, "refused", &s->refused,
				       OBJ_PROP_FLAG_READ);
	object_property_add_uint32_ptr(obj, "secure-masters", &s->secure_masters,
				       OBJ_PROP_FLAG_READWRITE);
}

static void csu_realize(DeviceState *dev, Error **errp)
{
	Imx53CsuState *s = IMX53_CSU(dev);

	address_space_init(&s->secure_as, s->secure_mr, "imx53-secure-dma");
}

static Property csu_properties[] = {
	DEFINE_PROP_BOOL("ahbmax", Imx53CsuState, ahbmax, true),
	DEFINE_PROP_BOOL("csu-open", Imx53CsuState, csu_open, false),
	DEFINE_PROP_BOOL("imprecise-stores", Imx53CsuState, imprecise_stores,
			 false),
	DEFINE_PROP_BOOL("refused-hang", Imx53CsuState, refused_hang, false),
	DEFINE_PROP_END_OF_LIST(),
};

static void csu_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "i.MX53 Central Security Unit";
	dc->reset = csu_reset;
	dc->realize = csu_realize;
	dc->user_creatable = false;
	device_class_set_props(dc, csu_properties);
}

static const TypeInfo csu_types[] = {
	{
		.name = TYPE_IMX53_CSU,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Imx53CsuState),
		.instance_init = csu_init,
		.class_init = csu_class_init,
	},
};

DEFINE_TYPES(csu_types)
