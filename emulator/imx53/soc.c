/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The i.MX53: which block lies where, behind which CSU slot, on which line.
 */
#include "imx53.h"
#include "exec/exec-all.h"
#include "hw/boards.h"
#include "hw/timer/imx_gpt.h"
#include "qemu/units.h"
#include "sysemu/sysemu.h"

#define TZIC_BASE 0x0FFFC000u
#define IRAM_BASE 0xF8000000u
#define IRAM_SIZE (128 * KiB)
#define ROM_SIZE (64 * KiB)
#define ROM_REVISION_OFFSET 0x48
#define ROM_REVISION_2_1 0x21u

#define A(n) IMX53_SLOT_A(n)
#define B(n) IMX53_SLOT_B(n)

/* Slots that no public source names are guesses; see ../README.md. */
#define SLOT_KPP B(2)
#define SLOT_WDOG1 A(3)
#define SLOT_WDOG2 B(3)
#define SLOT_POWER A(9)	 /* CCM, SRC, DPLLs, GPC, OWIRE share one */
#define SLOT_TIMERS A(4) /* so do EPIT1, EPIT2 and the GPT */
#define SLOT_PWM B(5)
#define SLOT_IIM A(6)
#define SLOT_AIPS B(10)
#define SLOT_PLAT A(11)
#define SLOT_ROMCP B(11)
#define SLOT_EMI A(12) /* M4IF, ESDCTL, WEIM, NFC */
#define SLOT_SAHARA A(13)
#define SLOT_CSPI A(14)
#define SLOT_CAN B(14)
#define SLOT_AHBMAX B(6)

struct block {
	const char *name;
	hwaddr base;
	int slot;
	int irq; /* first line, -1: none */
	int irq2;
};

static const struct block uarts[IMX53_NR_UARTS] = {
	{ "uart1", 0x53FBC000, B(7), 31, -1 },
	{ "uart2", 0x53FC0000, A(8), 32, -1 },
	{ "uart3", 0x5000C000, A(26), 33, -1 },
	{ "uart4", 0x53FF0000, B(30), 13, -1 },
	{ "uart5", 0x63F90000, A(19), 86, -1 },
};

static const struct block gpios[IMX53_NR_GPIOS] = {
	{ "gpio1", 0x53F84000, B(0), 50, 51 },
	{ "gpio2", 0x53F88000, B(0), 52, 53 },
	{ "gpio3", 0x53F8C000, A(1), 54, 55 },
	{ "gpio4", 0x53F90000, A(1), 56, 57 },
	{ "gpio5", 0x53FDC000, B(1), 103, 104 },
	{ "gpio6", 0x53FE0000, B(1), 105, 106 },
	{ "gpio7", 0x53FE4000, A(2), 107, 108 },
};

static const struct block esdhcs[IMX53_NR_ESDHCS] = {
	{ "esdhc1", 0x50004000, A(25), 1, -1 },
	{ "esdhc2", 0x50008000, B(25), 2, -1 },
	{ "esdhc3", 0x50020000, A(28), 3, -1 },
	{ "esdhc4", 0x50024000, B(28), 4, -1 },
};

static const struct block epits[2] = {
	{ "epit1", 0x53FAC000, SLOT_TIMERS, 40, -1 },
	{ "epit2", 0x53FB0000, SLOT_TIMERS, 41, -1 },
};

static const struct block wdogs[2] = {
	{ "wdog1", 0x53F98000, SLOT_WDOG1, 58, -1 },
	{ "wdog2", 0x53F9C000, SLOT_WDOG2, 59, -1 },
};

static const struct block i2cs[3] = {
	{ "i2c1", 0x63FC8000, A(18), 62, -1 },
	{ "i2c2", 0x63FC4000, B(17), 63, -1 },
	{ "i2c3", 0x53FEC000, A(31), 64, -1 },
};

static const hwaddr dplls[IMX53_NR_PLLS] = {
	0x63F80000, 0x63F84000, 0x63F88000, 0x63F8C000,
};

struct regs_block {
	Imx53RegsDef def;
	hwaddr base;
	int slot;
};

static const Imx53RegInit src_init[] = {
	/* Software resets are over before anybody can look (bits 4:1). */
	{ 0x00, 0x00000521, 0x1E },
	{ 0x08, 0x00000001, UINT32_MAX }, /* power-on reset */
};

static const Imx53RegInit iim_init[] = {
	{ 0x24, 0x00000003, UINT32_MAX }, /* silicon 2.1 */
};

static const Imx53RegInit aips_init[] = {
	{ 0x00, 0x77777777, 0 },
	{ 0x04, 0x77777777, 0 },
};

static const Imx53RegInit plat_init[] = {
	{ 0x14, 0x00000124, 0 }, /* as the boot loader leaves it */
};

#define REGS(n, sz, init_) { .name = n, .size = sz, .init = init_, \
			     .nr_init = ARRAY_SIZE(init_) }
#define PLAIN(n, sz) { .name = n, .size = sz }
#define STUB(n, sz) { .name = n, .size = sz, .stub = true }
#define WIN IMX53_WINDOW_SIZE

static const struct regs_block regs_blocks[] = {
	{ REGS("src", WIN, src_init), 0x53FD0000, SLOT_POWER },
	{ REGS("iim", WIN, iim_init), 0x63F98000, SLOT_IIM },
	{ REGS("aips1", WIN, aips_init), 0x53F00000, SLOT_AIPS },
	{ REGS("aips2", WIN, aips_init), 0x63F00000, SLOT_AIPS },
	{ REGS("plat", WIN, plat_init), 0x63FA0000, SLOT_PLAT },
	{ PLAIN("gpc", WIN), 0x53FD8000, SLOT_POWER },
	{ PLAIN("iomuxc", WIN), 0x53FA8000, A(5) },
	{ PLAIN("esdctl", 0x1000), 0x63FD9000, SLOT_EMI },
	{ PLAIN("weim", 0x1000), 0x63FDA000, SLOT_EMI },
	{ PLAIN("nfc", 0x1000), 0x63FDB000, SLOT_EMI },
	{ PLAIN("ahbmax", WIN), 0x63F94000, SLOT_AHBMAX },
	{ PLAIN("romcp", WIN), 0x63FB8000, SLOT_ROMCP },
	{ STUB("spba", WIN), 0x5003C000, SLOT_AIPS },
	{ STUB("usb", WIN), 0x53F80000, A(0) },
	{ STUB("kpp", WIN), 0x53F94000, SLOT_KPP },
	{ STUB("srtc", WIN), 0x53FA4000, B(4) },
	{ STUB("pwm1", WIN), 0x53FB4000, SLOT_PWM },
	{ STUB("pwm2", WIN), 0x53FB8000, SLOT_PWM },
	{ STUB("can1", WIN), 0x53FC8000, SLOT_CAN },
	{ STUB("can2", WIN), 0x53FCC000, SLOT_CAN },
	{ STUB("ecspi1", WIN), 0x50010000, SLOT_CSPI },
	{ STUB("ecspi2", WIN), 0x63FAC000, SLOT_CSPI },
	{ STUB("cspi", WIN), 0x63FC0000, SLOT_CSPI },
	{ STUB("ssi2", WIN), 0x50014000, B(18) },
	{ STUB("esai", WIN), 0x50018000, B(18) },
	{ STUB("spdif", WIN), 0x50028000, A(29) },
	{ STUB("ssi1", WIN), 0x63FCC000, B(18) },
	{ STUB("audmux", WIN), 0x63FD0000, B(18) },
	{ STUB("ssi3", WIN), 0x63FE8000, B(18) },
	{ STUB("owire", WIN), 0x63FA4000, SLOT_POWER },
	{ STUB("sdma", WIN), 0x63FB0000, A(15) },
	{ STUB("scc", WIN), 0x63FB4000, B(15) },
	{ STUB("rtic", WIN), 0x63FBC000, B(16) },
	{ STUB("fec", WIN), 0x63FEC000, A(22) },
	{ STUB("tve", WIN), 0x63FF0000, B(22) },
	{ STUB("vpu", WIN), 0x63FF4000, A(23) },
	{ STUB("sahara", WIN), 0x63FF8000, SLOT_SAHARA },
	{ STUB("sata", WIN), 0x10000000, A(7) },
	{ STUB("ipu", 128 * MiB), 0x18000000, A(24) },
	{ STUB("gpu2d", WIN), 0x20000000, B(24) },
	{ STUB("gpu3d", 128 * KiB), 0x30000000, B(27) },
};

static void map(Imx53SocState *s, const char *name, MemoryRegion *mr,
		hwaddr base, uint64_t size, int slot)
{
	assert(s->nr_gates < IMX53_MAX_GATES);
	imx53_csu_map(&s->csu, &s->gate[s->nr_gates++], name, mr, base, size,
		      slot);
}

static void map_block(Imx53SocState *s, const struct block *b,
		      SysBusDevice *dev)
{
	map(s, b->name, sysbus_mmio_get_region(dev, 0), b->base, WIN, b->slot);
	if (b->irq >= 0) {
		sysbus_connect_irq(dev, 0, qdev_get_gpio_in(DEVICE(&s->tzic),
							    b->irq));
	}
	if (b->irq2 >= 0) {
		sysbus_connect_irq(dev, 1, qdev_get_gpio_in(DEVICE(&s->tzic),
							    b->irq2));
	}
}

static DeviceState *new_device(Imx53SocState *s, const char *name,
			       const char *type)
{
	DeviceState *dev = qdev_new(type);

	object_property_add_child(OBJECT(s), name, OBJECT(dev));
	object_unref(OBJECT(dev));
	return dev;
}

static void realize(void *dev)
{
	sysbus_realize(SYS_BUS_DEVICE(dev), &error_fatal);
}

/*
 * Memory as the two worlds see it. The normal view is QEMU's system memory;
 * the secure view has the same blocks, but its DDR lies over them, so that
 * what the M4IF puts before the DDR exists in the normal view only.
 */
static void map_ddr(Imx53SocState *s, MemoryRegion *view, unsigned which)
{
	static const hwaddr base[2] = { IMX53_CSD0_BASE, IMX53_CSD1_BASE };

	for (unsigned cs = 0; cs < 2; cs++) {
		uint64_t size = s->m4if.bank_size[cs];

		if (size == 0) {
			continue;
		}
		for (unsigned i = 0; i < IMX53_CSD_WINDOW / size; i++) {
			MemoryRegion *copy = &s->ddr_copy[which][cs][i];

			memory_region_init_alias(copy, OBJECT(s), "imx53-ddr",
						 s->ddr[cs], 0, size);
			memory_region_add_subregion(view, base[cs] + i * size,
						    copy);
		}
	}
}

static void build_views(Imx53SocState *s)
{
	MemoryRegion *system = get_system_memory();

	map_ddr(s, system, 0);
	memory_region_init(&s->secure_view, OBJECT(s), "imx53-secure-view",
			   UINT64_MAX);
	memory_region_init_alias(&s->secure_system, OBJECT(s), "imx53-system",
				 system, 0, UINT64_MAX);
	memory_region_add_subregion_overlap(&s->secure_view, 0,
					    &s->secure_system, -1);
	map_ddr(s, &s->secure_view, 1);
}

static void build_rom(Imx53SocState *s)
{
	memory_region_init_rom(&s->boot_rom, OBJECT(s), "imx53-rom", ROM_SIZE,
			       &error_fatal);
	stl_le_p((uint8_t *)memory_region_get_ram_ptr(&s->boot_rom) +
		 ROM_REVISION_OFFSET, ROM_REVISION_2_1);
	memory_region_add_subregion(get_system_memory(), 0, &s->boot_rom);
	memory_region_init_ram(&s->iram, OBJECT(s), "imx53-iram", IRAM_SIZE,
			       &error_fatal);
	memory_region_add_subregion(get_system_memory(), IRAM_BASE, &s->iram);
}

static void build_core(Imx53SocState *s)
{
	Object *cpu = OBJECT(&s->cpu);

	object_property_set_link(cpu, "memory", OBJECT(get_system_memory()),
				 &error_abort);
	object_property_set_link(cpu, "secure-memory", OBJECT(&s->secure_view),
				 &error_abort);
	qdev_realize(DEVICE(cpu), NULL, &error_fatal);

	s->csu.secure_mr = &s->secure_view;
	s->csu.cpu = &s->cpu;
	realize(&s->csu);
	realize(&s->tzic);
	sysbus_connect_irq(SYS_BUS_DEVICE(&s->tzic), 0,
			   qdev_get_gpio_in(DEVICE(cpu), ARM_CPU_IRQ));
	sysbus_connect_irq(SYS_BUS_DEVICE(&s->tzic), 1,
			   qdev_get_gpio_in(DEVICE(cpu), ARM_CPU_FIQ));
	map(s, "tzic", &s->tzic.iomem, TZIC_BASE, WIN, IMX53_SLOT_OPEN);
	map(s, "csu", &s->csu.iomem, 0x63F9C000, WIN, IMX53_SLOT_SECURE);

	s->m4if.normal_view = get_system_memory();
	realize(&s->m4if);
	map(s, "m4if", &s->m4if.iomem, 0x63FD8000, 0x1000, SLOT_EMI);
	sysbus_connect_irq(SYS_BUS_DEVICE(&s->m4if), 0,
			   qdev_get_gpio_in(DEVICE(&s->tzic), 15));
}

static void build_clocks(Imx53SocState *s)
{
	DeviceState *gpt = new_device(s, "gpt", TYPE_IMX6_GPT);
	static const struct block gpt_block = {
		"gpt", 0x53FA0000, SLOT_TIMERS, 39, -1,
	};

	realize(&s->ccm);
	map(s, "ccm", &s->ccm.iomem, 0x53FD4000, WIN, SLOT_POWER);
	for (unsigned i = 0; i < IMX53_NR_PLLS; i++) {
		map(s, "dpll", &s->ccm.pll[i].iomem, dplls[i], WIN,
		    SLOT_POWER);
	}
	for (unsigned i = 0; i < 2; i++) {
		s->epit[i].ccm = &s->ccm;
		s->epit[i].nr = i;
		realize(&s->epit[i]);
		map_block(s, &epits[i], SYS_BUS_DEVICE(&s->epit[i]));
	}
	IMX_GPT(gpt)->ccm = IMX_CCM(&s->ccm);
	realize(gpt);
	map_block(s, &gpt_block, SYS_BUS_DEVICE(gpt));
}

static void build_esdhcs(Imx53SocState *s)
{
	for (unsigned i = 0; i < IMX53_NR_ESDHCS; i++) {
		s->esdhc[i].ccm = &s->ccm;
		s->esdhc[i].csu = &s->csu;
		qdev_prop_set_uint8(DEVICE(&s->esdhc[i]), "nr", i);
		qdev_prop_set_bit(DEVICE(&s->esdhc[i]), "v3", i == 2);
		realize(&s->esdhc[i]);
		map_block(s, &esdhcs[i], SYS_BUS_DEVICE(&s->esdhc[i]));
	}
}

/* Blocks that QEMU has a fitting model of. */
static void build_reused(Imx53SocState *s)
{
	for (unsigned i = 0; i < IMX53_NR_UARTS; i++) {
		DeviceState *dev = new_device(s, uarts[i].name, "imx.serial");

		qdev_prop_set_chr(dev, "chardev", serial_hd(i));
		realize(dev);
		map_block(s, &uarts[i], SYS_BUS_DEVICE(dev));
	}
	for (unsigned i = 0; i < IMX53_NR_GPIOS; i++) {
		s->gpio[i] = new_device(s, gpios[i].name, "imx.gpio");
		qdev_prop_set_bit(s->gpio[i], "has-upper-pin-irq", true);
		realize(s->gpio[i]);
		map_block(s, &gpios[i], SYS_BUS_DEVICE(s->gpio[i]));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(wdogs); i++) {
		DeviceState *dev = new_device(s, wdogs[i].name, "imx2.wdt");

		qdev_prop_set_bit(dev, "pretimeout-support", true);
		realize(dev);
		map_block(s, &wdogs[i], SYS_BUS_DEVICE(dev));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(i2cs); i++) {
		DeviceState *dev = new_device(s, i2cs[i].name, "imx.i2c");

		realize(dev);
		map_block(s, &i2cs[i], SYS_BUS_DEVICE(dev));
	}
}

static void build_regs(Imx53SocState *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(regs_blocks); i++) {
		const struct regs_block *b = &regs_blocks[i];
		Imx53RegsState *regs = imx53_regs_new(OBJECT(s), &b->def);

		map(s, b->def.name, &regs->iomem, b->base, b->def.size,
		    b->slot);
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
		object_initialize_child(obj, epits[i].name, &s->epit[i],
					TYPE_IMX53_EPIT);
	}
	for (unsigned i = 0; i < IMX53_NR_ESDHCS; i++) {
		object_initialize_child(obj, esdhcs[i].name, &s->esdhc[i],
					TYPE_IMX53_ESDHC);
	}
}

static void soc_realize(DeviceState *dev, Error **errp)
{
	Imx53SocState *s = IMX53_SOC(dev);

	build_views(s);
	build_rom(s);
	build_core(s);
	build_clocks(s);
	build_esdhcs(s);
	build_reused(s);
	build_regs(s);
}

static void soc_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "NXP i.MX53";
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
