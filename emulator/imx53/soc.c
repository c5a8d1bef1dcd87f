/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The i.MX53: its blocks, where they are, which interrupt they raise and
 * behind which CSU slot they lie.
 */
#include "imx53.h"
#include "hw/boards.h"
#include "hw/timer/imx_gpt.h"
#include "qemu/units.h"
#include "sysemu/sysemu.h"

#define A IMX53_SLOT_A
#define B IMX53_SLOT_B

#define IRQ_EMI 15
#define IRQ_GPT 39
#define IRQ_PMU 77

#define BOOT_ROM_SIZE 0x10000
#define BOOT_ROM_REVISION 0x48 /* address of the silicon revision */
#define BOOT_ROM_REV_2_1 0x21
#define IRAM_BASE 0xF8000000
#define IRAM_SIZE (128 * KiB)

/* A QEMU device that is used as it is. */
typedef struct SocDevice {
	const char *name;
	const char *type;
	hwaddr base;
	int slot;
	int irq[2]; /* -1: none */
} SocDevice;

static const SocDevice uarts[IMX53_NR_UARTS] = {
	{ "uart1", "imx.serial", 0x53FBC000, B(7), { 31, -1 } },
	{ "uart2", "imx.serial", 0x53FC0000, A(8), { 32, -1 } },
	{ "uart3", "imx.serial", 0x5000C000, A(26), { 33, -1 } },
	{ "uart4", "imx.serial", 0x53FF0000, B(30), { 13, -1 } },
	{ "uart5", "imx.serial", 0x63F90000, A(19), { 86, -1 } },
};

static const SocDevice gpios[IMX53_NR_GPIOS] = {
	{ "gpio1", "imx.gpio", 0x53F84000, B(0), { 50, 51 } },
	{ "gpio2", "imx.gpio", 0x53F88000, B(0), { 52, 53 } },
	{ "gpio3", "imx.gpio", 0x53F8C000, A(1), { 54, 55 } },
	{ "gpio4", "imx.gpio", 0x53F90000, A(1), { 56, 57 } },
	{ "gpio5", "imx.gpio", 0x53FDC000, B(1), { 103, 104 } },
	{ "gpio6", "imx.gpio", 0x53FE0000, B(1), { 105, 106 } },
	{ "gpio7", "imx.gpio", 0x53FE4000, A(2), { 107, 108 } },
};

static const SocDevice others[] = {
	{ "wdog1", TYPE_IMX53_WDOG, 0x53F98000, A(3), { 58, -1 } },
	{ "wdog2", TYPE_IMX53_WDOG, 0x53F9C000, B(3), { 59, -1 } },
	{ "i2c1", "imx.i2c", 0x63FC8000, A(18), { 62, -1 } },
	{ "i2c2", "imx.i2c", 0x63FC4000, B(17), { 63, -1 } },
	{ "i2c3", "imx.i2c", 0x53FEC000, A(31), { 64, -1 } },
};

static const struct {
	hwaddr base;
	int slot;
	int irq;
} esdhcs[IMX53_NR_ESDHCS] = {
	{ 0x50004000, A(25), 1 },
	{ 0x50008000, B(25), 2 },
	{ 0x50020000, A(28), 3 },
	{ 0x50024000, B(28), 4 },
};

/* ---- blocks that only keep values, or nothing ---- */

static const Imx53RegInit iim_init[] = {
	{ 0x24, 3, UINT32_MAX }, /* SREV: silicon revision 2.1 */
};
/* MPR1 and MPR2 as the boot loader leaves them: every master is trusted. */
static const Imx53RegInit aipstz_init[] = {
	{ 0x00, 0x77777777, 0 },
	{ 0x04, 0x77777777, 0 },
};
static const Imx53RegInit src_init[] = {
	{ 0x00, 0x521, 0 },		 /* SCR */
	{ 0x08, 0x1, UINT32_MAX },	 /* SRSR: power-on */
};
/* ESDCTL_CTL as the boards' lists of register writes leave it: bits 31 and 30 are
 * the chip selects. */
static const Imx53RegInit esdctl_one[] = { { 0x00, 0x84180000, 0 } };
static const Imx53RegInit esdctl_both[] = { { 0x00, 0xC3190000, 0 } };
/* Without a PHY: each transfer over MII is done, and nobody answered; a reset of the
 * block is over at once. */
static const Imx53RegInit fec_init[] = {
	{ 0x04, 0x00800000, UINT32_MAX }, /* EIR: MII */
	{ 0x24, 0x0, UINT32_MAX },	  /* ECR */
	{ 0x40, 0xFFFF, UINT32_MAX },	  /* MMFR */
};
static const Imx53RegInit plat_init[] = {
	{ 0x00, 0x0, UINT32_MAX },
	{ 0x14, 0x124, 0 }, /* divider as the boot loader sets it */
};

#define REGS(n, s, init) { n, s, false, false, init, ARRAY_SIZE(init) }
#define PLAIN(n, s) { n, s, false, false, NULL, 0 }
#define KEPT(n, s) { n, s, false, true, NULL, 0 } /* powered by themselves */
#define STUB(n, s) { n, s, true, false, NULL, 0 }

static const struct {
	Imx53RegsDef def;
	hwaddr base;
	int slot;
} plain[] = {
	{ PLAIN("iomuxc", 0x4000), 0x53FA8000, A(5) },
	{ REGS("src", 0x4000, src_init), 0x53FD0000, A(9) },
	{ PLAIN("gpc", 0x4000), 0x53FD8000, A(9) },
	{ KEPT("srtc", 0x4000), 0x53FA4000, B(4) },
	{ REGS("aipstz1", 0x4000, aipstz_init), 0x53F00000, IMX53_SLOT_UNKNOWN },
	{ REGS("aipstz2", 0x4000, aipstz_init), 0x63F00000, IMX53_SLOT_UNKNOWN },
	{ REGS("iim", 0x4000, iim_init), 0x63F98000, IMX53_SLOT_UNKNOWN },
	{ REGS("platform", 0x4000, plat_init), 0x63FA0000, IMX53_SLOT_UNKNOWN },
	{ PLAIN("weim", 0x1000), 0x63FDA000, IMX53_SLOT_UNKNOWN },
	{ STUB("kpp", 0x4000), 0x53F94000, B(2) },
	{ STUB("pwm1", 0x4000), 0x53FB4000, IMX53_SLOT_UNKNOWN },
	{ STUB("pwm2", 0x4000), 0x53FB8000, IMX53_SLOT_UNKNOWN },
	{ STUB("can1", 0x4000), 0x53FC8000, IMX53_SLOT_UNKNOWN },
	{ STUB("can2", 0x4000), 0x53FCC000, IMX53_SLOT_UNKNOWN },
	{ STUB("usboh3", 0x4000), 0x53F80000, A(0) },
	{ STUB("ecspi1", 0x4000), 0x50010000, IMX53_SLOT_UNKNOWN },
	{ STUB("ssi2", 0x4000), 0x50014000, B(18) },
	{ STUB("esai", 0x4000), 0x50018000, B(18) },
	{ STUB("spdif", 0x4000), 0x50028000, A(29) },
	{ STUB("pata", 0x4000), 0x50030000, IMX53_SLOT_UNKNOWN },
	{ STUB("spba", 0x4000), 0x5003C000, IMX53_SLOT_UNKNOWN },
	{ STUB("ahbmax", 0x4000), 0x63F94000, IMX53_SLOT_UNKNOWN },
	{ STUB("owire", 0x4000), 0x63FA4000, A(9) },
	{ STUB("ecspi2", 0x4000), 0x63FAC000, IMX53_SLOT_UNKNOWN },
	{ STUB("sdma", 0x4000), 0x63FB0000, A(15) },
	{ STUB("scc", 0x4000), 0x63FB4000, B(15) },
	{ STUB("rtic", 0x4000), 0x63FBC000, B(16) },
	{ STUB("cspi", 0x4000), 0x63FC0000, IMX53_SLOT_UNKNOWN },
	{ STUB("ssi1", 0x4000), 0x63FCC000, B(18) },
	{ STUB("audmux", 0x4000), 0x63FD0000, B(18) },
	{ STUB("nfc", 0x1000), 0x63FDB000, IMX53_SLOT_UNKNOWN },
	{ STUB("ssi3", 0x4000), 0x63FE8000, B(18) },
	{ REGS("fec", 0x4000, fec_init), 0x63FEC000, A(22) },
	{ STUB("tve", 0x4000), 0x63FF0000, B(22) },
	{ STUB("vpu", 0x4000), 0x63FF4000, A(23) },
	{ STUB("sahara", 0x4000), 0x63FF8000, IMX53_SLOT_UNKNOWN },
	{ STUB("sata", 0x4000), 0x10000000, A(7) },
	{ STUB("ipu", 0x8000000), 0x18000000, A(24) },
	{ STUB("gpu2d", 0x20000), 0x20000000, B(24) },
	{ STUB("gpu3d", 0x20000), 0x30000000, B(27) },
	{ STUB("scc-ram", 0x4000), 0x07000000, B(15) },
};

static void soc_map(Imx53SocState *s, const char *name, SysBusDevice *dev,
		    int n, hwaddr base, int slot)
{
	MemoryRegion *mr = sysbus_mmio_get_region(dev, n);
	uint64_t size = memory_region_size(mr);

	if (s->journal != NULL && base == uarts[0].base) {
		mr = imx53_journal_tap(s->journal, mr);
	}
	g_assert(s->nr_gates < IMX53_MAX_GATES);
	imx53_csu_map(&s->csu, &s->gate[s->nr_gates++], name, mr, base, size,
		      slot);
}

static qemu_irq soc_irq(Imx53SocState *s, int line)
{
	return qdev_get_gpio_in(DEVICE(&s->tzic), line);
}

/* ---- memory ---- */

/* So often does a chip select's DDR show in a window of 1 GiB. */
static unsigned soc_ddr_copies(const Imx53SocState *s, uint64_t size)
{
	return s->m4if.alias == IMX53_ALIAS_NONE ? 1 : IMX53_CSD_WINDOW / size;
}

static void soc_map_ddr(Imx53SocState *s)
{
	static const hwaddr base[2] = { IMX53_CSD0_BASE, IMX53_CSD1_BASE };
	MemoryRegion *view[2] = { get_system_memory(), &s->secure_view };

	for (unsigned cs = 0; cs < 2; cs++) {
		bool wired = s->m4if.alias == IMX53_ALIAS_CSD1;
		uint64_t size = s->m4if.bank_size[wired ? 0 : cs];

		if (size == 0) {
			continue;
		}
		for (unsigned v = 0; v < 2; v++) {
			for (unsigned i = 0; i < soc_ddr_copies(s, size); i++) {
				MemoryRegion *copy = &s->ddr_copy[v][cs][i];

				memory_region_init_alias(copy, OBJECT(s), "ddr",
							 s->ddr[wired ? 0 : cs],
							 0, size);
				memory_region_add_subregion(
					view[v], base[cs] + i * size, copy);
			}
		}
	}
}

static void soc_map_memory(Imx53SocState *s)
{
	MemoryRegion *normal = get_system_memory();
	uint8_t *rom;

	/* The secure view: everything the normal one has, and over it the DDR
	 * again, so that no watermark is met there. */
	memory_region_init(&s->secure_view, OBJECT(s), "imx53-secure",
			   UINT64_MAX);
	memory_region_init_alias(&s->secure_system, OBJECT(s),
				 "imx53-secure-system", normal, 0, UINT64_MAX);
	memory_region_add_subregion_overlap(&s->secure_view, 0,
					    &s->secure_system, -1);
	memory_region_init_rom_nomigrate(&s->boot_rom, OBJECT(s), "imx53.rom",
					 BOOT_ROM_SIZE, &error_fatal);
	rom = memory_region_get_ram_ptr(&s->boot_rom);
	stl_le_p(rom + BOOT_ROM_REVISION, BOOT_ROM_REV_2_1);
	memory_region_add_subregion(normal, 0, &s->boot_rom);
	memory_region_init_ram(&s->iram, OBJECT(s), "imx53.iram", IRAM_SIZE,
			       &error_fatal);
	memory_region_add_subregion(normal, IRAM_BASE, &s->iram);
	soc_map_ddr(s);
}

/* ---- devices ---- */

static bool soc_realize_cpu(Imx53SocState *s, Error **errp)
{
	Object *cpu = OBJECT(&s->cpu);

	object_property_set_link(cpu, "memory", OBJECT(get_system_memory()),
				 &error_abort);
	object_property_set_link(cpu, "secure-memory", OBJECT(&s->secure_view),
				 &error_abort);
	return qdev_realize(DEVICE(cpu), NULL, errp);
}

static bool soc_realize_tzic(Imx53SocState *s, Error **errp)
{
	SysBusDevice *tzic = SYS_BUS_DEVICE(&s->tzic);
	DeviceState *cpu = DEVICE(&s->cpu);

	if (!sysbus_realize(tzic, errp)) {
		return false;
	}
	soc_map(s, "tzic", tzic, 0, 0x0FFFC000, IMX53_SLOT_OPEN);
	sysbus_connect_irq(tzic, 0, qdev_get_gpio_in(cpu, ARM_CPU_IRQ));
	sysbus_connect_irq(tzic, 1, qdev_get_gpio_in(cpu, ARM_CPU_FIQ));
	qdev_connect_gpio_out_named(cpu, "pmu-interrupt", 0,
				    soc_irq(s, IRQ_PMU));
	return true;
}

static bool soc_realize_security(Imx53SocState *s, Error **errp)
{
	s->csu.secure_mr = &s->secure_view;
	s->csu.cpu = &s->cpu;
	s->m4if.normal_view = get_system_memory();
	s->m4if.cpu = &s->cpu;
	if (!sysbus_realize(SYS_BUS_DEVICE(&s->csu), errp) ||
	    !sysbus_realize(SYS_BUS_DEVICE(&s->m4if), errp)) {
		return false;
	}
	soc_map(s, "csu", SYS_BUS_DEVICE(&s->csu), 0, 0x63F9C000,
		IMX53_SLOT_SECURE);
	soc_map(s, "m4if", SYS_BUS_DEVICE(&s->m4if), 0, 0x63FD8000,
		IMX53_SLOT_UNKNOWN);
	sysbus_connect_irq(SYS_BUS_DEVICE(&s->m4if), 0, soc_irq(s, IRQ_EMI));
	return true;
}

static bool soc_realize_ccm(Imx53SocState *s, Error **errp)
{
	static const hwaddr dpll[IMX53_NR_PLLS] = {
		0x63F80000, 0x63F84000, 0x63F88000, 0x63F8C000,
	};
	SysBusDevice *ccm = SYS_BUS_DEVICE(&s->ccm);

	if (!sysbus_realize(ccm, errp)) {
		return false;
	}
	soc_map(s, "ccm", ccm, 0, 0x53FD4000, A(9));
	for (unsigned i = 0; i < IMX53_NR_PLLS; i++) {
		soc_map(s, "dpll", ccm, 1 + i, dpll[i], A(9));
	}
	return true;
}

static bool soc_realize_timers(Imx53SocState *s, Error **errp)
{
	static const hwaddr base[2] = { 0x53FAC000, 0x53FB0000 };
	DeviceState *gpt = qdev_new(TYPE_IMX31_GPT);

	for (unsigned i = 0; i < 2; i++) {
		SysBusDevice *epit = SYS_BUS_DEVICE(&s->epit[i]);

		s->epit[i].ccm = &s->ccm;
		s->epit[i].nr = i;
		if (!sysbus_realize(epit, errp)) {
			return false;
		}
		soc_map(s, "epit", epit, 0, base[i], A(4));
		sysbus_connect_irq(epit, 0, soc_irq(s, 40 + i));
	}
	IMX_GPT(gpt)->ccm = IMX_CCM(&s->ccm);
	object_property_add_child(OBJECT(s), "gpt", OBJECT(gpt));
	if (!sysbus_realize_and_unref(SYS_BUS_DEVICE(gpt), errp)) {
		return false;
	}
	soc_map(s, "gpt", SYS_BUS_DEVICE(gpt), 0, 0x53FA0000, A(4));
	sysbus_connect_irq(SYS_BUS_DEVICE(gpt), 0, soc_irq(s, IRQ_GPT));
	return true;
}

static bool soc_realize_esdhcs(Imx53SocState *s, Error **errp)
{
	for (unsigned i = 0; i < IMX53_NR_ESDHCS; i++) {
		SysBusDevice *esdhc = SYS_BUS_DEVICE(&s->esdhc[i]);

		s->esdhc[i].ccm = &s->ccm;
		s->esdhc[i].csu = &s->csu;
		s->esdhc[i].journal = s->journal;
		qdev_prop_set_uint8(DEVICE(esdhc), "nr", i);
		qdev_prop_set_bit(DEVICE(esdhc), "v3", i == 2);
		if (!sysbus_realize(esdhc, errp)) {
			return false;
		}
		soc_map(s, "esdhc", esdhc, 0, esdhcs[i].base, esdhcs[i].slot);
		sysbus_connect_irq(esdhc, 0, soc_irq(s, esdhcs[i].irq));
	}
	return true;
}

/* Wire a device of QEMU's and hand it out; set up its properties before. */
static DeviceState *soc_new(Imx53SocState *s, const SocDevice *d)
{
	DeviceState *dev = qdev_new(d->type);

	object_property_add_child(OBJECT(s), d->name, OBJECT(dev));
	return dev;
}

static bool soc_add(Imx53SocState *s, const SocDevice *d, DeviceState *dev,
		    Error **errp)
{
	SysBusDevice *sbd = SYS_BUS_DEVICE(dev);

	if (!sysbus_realize_and_unref(sbd, errp)) {
		return false;
	}
	soc_map(s, d->name, sbd, 0, d->base, d->slot);
	for (unsigned i = 0; i < 2 && d->irq[i] >= 0; i++) {
		if (sysbus_has_irq(sbd, i)) {
			sysbus_connect_irq(sbd, i, soc_irq(s, d->irq[i]));
		}
	}
	return true;
}

static bool soc_add_qemu_devices(Imx53SocState *s, Error **errp)
{
	for (unsigned i = 0; i < IMX53_NR_UARTS; i++) {
		DeviceState *dev = soc_new(s, &uarts[i]);

		qdev_prop_set_chr(dev, "chardev", serial_hd(i));
		if (!soc_add(s, &uarts[i], dev, errp)) {
			return false;
		}
	}
	for (unsigned i = 0; i < IMX53_NR_GPIOS; i++) {
		s->gpio[i] = soc_new(s, &gpios[i]);
		qdev_prop_set_bit(s->gpio[i], "has-edge-sel", true);
		qdev_prop_set_bit(s->gpio[i], "has-upper-pin-irq", true);
		if (!soc_add(s, &gpios[i], s->gpio[i], errp)) {
			return false;
		}
	}
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
		if (!soc_add(s, &others[i], soc_new(s, &others[i]), errp)) {
			return false;
		}
	}
	return true;
}

static void soc_add_plain(Imx53SocState *s)
{
	for (unsigned i = 0; i < ARRAY_SIZE(plain); i++) {
		Imx53RegsState *regs = imx53_regs_new(OBJECT(s), &plain[i].def);

		soc_map(s, plain[i].def.name, SYS_BUS_DEVICE(regs), 0,
			plain[i].base, plain[i].slot);
	}
}

static void soc_add_esdctl(Imx53SocState *s)
{
	static const Imx53RegsDef def[2] = {
		REGS("esdctl", 0x1000, esdctl_one),
		REGS("esdctl", 0x1000, esdctl_both),
	};
	bool both = s->ddr[1] != NULL || s->m4if.alias == IMX53_ALIAS_CSD1;

	soc_map(s, "esdctl",
		SYS_BUS_DEVICE(imx53_regs_new(OBJECT(s), &def[both])), 0,
		0x63FD9000, IMX53_SLOT_UNKNOWN);
}

static void soc_add_bus_masters(Imx53SocState *s)
{
	Imx53BusmasterState *dev = IMX53_BUSMASTER(qdev_new(TYPE_IMX53_BUSMASTER));

	dev->csu = &s->csu;
	object_property_add_child(OBJECT(s), "bus-masters", OBJECT(dev));
	sysbus_realize_and_unref(SYS_BUS_DEVICE(dev), &error_fatal);
	memory_region_add_subregion(get_system_memory(), IMX53_BUSMASTER_BASE,
				    &dev->iomem);
}

static void soc_realize(DeviceState *dev, Error **errp)
{
	Imx53SocState *s = IMX53_SOC(dev);

	soc_map_memory(s);
	if (!soc_realize_cpu(s, errp) ||
	    !soc_realize_tzic(s, errp) || !soc_realize_security(s, errp) ||
	    !soc_realize_ccm(s, errp) || !soc_realize_timers(s, errp) ||
	    !soc_realize_esdhcs(s, errp) || !soc_add_qemu_devices(s, errp)) {
		return;
	}
	soc_add_plain(s);
	soc_add_esdctl(s);
	if (s->bus_masters) {
		soc_add_bus_masters(s);
	}
}

static void soc_init(Object *obj)
{
	Imx53SocState *s = IMX53_SOC(obj);

	object_initialize_child(obj, "cpu", &s->cpu, TYPE_IMX53_CPU);
	object_initialize_child(obj, "csu", &s->csu, TYPE_IMX53_CSU);
	object_initialize_child(obj, "tzic", &s->tzic, TYPE_IMX53_TZIC);
	object_initialize_child(obj, "m4if", &s->m4if, TYPE_IMX53_M4IF);
	object_initialize_child(obj, "ccm", &s->ccm, TYPE_IMX53_CCM);
	for (unsigned i = 0; i < 2; i++) {
		object_initialize_child(obj, "epit[*]", &s->epit[i],
					TYPE_IMX53_EPIT);
	}
	for (unsigned i = 0; i < IMX53_NR_ESDHCS; i++) {
		object_initialize_child(obj, "esdhc[*]", &s->esdhc[i],
					TYPE_IMX53_ESDHC);
	}
}

static void soc_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "i.MX53 SoC";
	dc->realize = soc_realize;
	dc->user_creatable = false;
}

static const TypeInfo soc_types[] = {
	{
		.name = TYPE_IMX53_SOC,
		.parent = TYPE_DEVICE,
		.instance_size = sizeof(Imx53SocState),
		.instance_init = soc_init,
		.class_init = soc_class_init,
	},
};

DEFINE_TYPES(soc_types)
