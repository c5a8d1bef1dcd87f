/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB armory Mk I and i.MX53 Quick Start Board.
 */
#include "imx53.h"
#include "hw/arm/boot.h"
#include "hw/boards.h"
#include "qemu/cutils.h"
#include "qemu/units.h"
#include "sysemu/blockdev.h"
#include "sysemu/block-backend.h"

#define TYPE_IMX53_MACHINE "imx53-machine"
OBJECT_DECLARE_TYPE(Imx53MachineState, Imx53MachineClass, IMX53_MACHINE)

#define NO_PIN (-1)

/* A card slot: its controller, and the pin that is low with a card in it. */
typedef struct Imx53Slot {
	unsigned esdhc;
	int detect_gpio;
	int detect_pin;
} Imx53Slot;

struct Imx53MachineClass {
	MachineClass parent_class;

	unsigned nr_banks;
	unsigned led_gpio;
	unsigned led_pin;
	Imx53Slot slot[2];
	unsigned nr_slots;
	bool card_detect; /* the controllers see the card */
};

struct Imx53MachineState {
	MachineState parent_obj;

	Imx53SocState soc;
	Imx53Trace trace;
	char *led_trace;
	int led_level;
	MemoryRegion bank[2];
	struct arm_boot_info boot;
};

static void machine_led(void *opaque, int n, int level)
{
	Imx53MachineState *m = opaque;

	if (level != m->led_level) {
		m->led_level = level;
		imx53_trace_event(&m->trace, "led", level ? "1" : "0");
	}
}

static void machine_add_cards(Imx53MachineState *m)
{
	Imx53MachineClass *mc = IMX53_MACHINE_GET_CLASS(m);

	for (unsigned i = 0; i < mc->nr_slots; i++) {
		const Imx53Slot *slot = &mc->slot[i];
		DriveInfo *di = drive_get(IF_SD, 0, i);
		DeviceState *esdhc = DEVICE(&m->soc.esdhc[slot->esdhc]);
		DeviceState *card;

		if (slot->detect_pin != NO_PIN && di == NULL) {
			qemu_set_irq(qdev_get_gpio_in(
					     m->soc.gpio[slot->detect_gpio],
					     slot->detect_pin), 1);
		}
		if (di == NULL) {
			continue;
		}
		card = qdev_new("sd-card");
		qdev_prop_set_drive_err(card, "drive", blk_by_legacy_dinfo(di),
					&error_fatal);
		qdev_realize_and_unref(card, qdev_get_child_bus(esdhc, "sd-bus"),
				       &error_fatal);
	}
}

static void machine_split_ram(Imx53MachineState *m)
{
	MachineState *machine = MACHINE(m);
	unsigned nr = IMX53_MACHINE_GET_CLASS(m)->nr_banks;
	uint64_t size = machine->ram_size / nr;

	if (!is_power_of_2(size) || size < 128 * MiB ||
	    size > IMX53_CSD_WINDOW) {
		error_report("this board takes %u x 128M, 256M, 512M or 1G of "
			     "memory: set -m accordingly", nr);
		exit(1);
	}
	for (unsigned i = 0; i < nr; i++) {
		memory_region_init_alias(&m->bank[i], OBJECT(m), "ddr-bank",
					 machine->ram, i * size, size);
		m->soc.ddr[i] = &m->bank[i];
		m->soc.m4if.bank_size[i] = size;
	}
}

static void machine_init(MachineState *machine)
{
	Imx53MachineState *m = IMX53_MACHINE(machine);
	Imx53MachineClass *mc = IMX53_MACHINE_GET_CLASS(m);

	object_initialize_child(OBJECT(machine), "soc", &m->soc,
				TYPE_IMX53_SOC);
	machine_split_ram(m);
	for (unsigned i = 0; i < IMX53_NR_ESDHCS; i++) {
		qdev_prop_set_bit(DEVICE(&m->soc.esdhc[i]), "card-detect",
				  mc->card_detect);
	}
	qdev_realize(DEVICE(&m->soc), NULL, &error_fatal);

	m->led_level = -1;
	if (m->led_trace != NULL) {
		imx53_trace_open(&m->trace, m->led_trace, &error_fatal);
		imx53_cpu_trace(&m->soc.cpu, &m->trace);
	}
	qdev_connect_gpio_out(m->soc.gpio[mc->led_gpio - 1], mc->led_pin,
			      qemu_allocate_irq(machine_led, m, 0));
	machine_add_cards(m);

	m->boot = (struct arm_boot_info){
		.loader_start = IMX53_CSD0_BASE,
		.board_id = -1,
		.ram_size = m->soc.m4if.bank_size[0],
		.secure_boot = true, /* as boot ROM and U-Boot hand over */
	};
	arm_load_kernel(&m->soc.cpu.parent_obj, machine, &m->boot);
}

static char *machine_get_led_trace(Object *obj, Error **errp)
{
	return g_strdup(IMX53_MACHINE(obj)->led_trace);
}

static void machine_set_led_trace(Object *obj, const char *value, Error **errp)
{
	Imx53MachineState *m = IMX53_MACHINE(obj);

	g_free(m->led_trace);
	m->led_trace = g_strdup(value);
}

static void machine_class_init(ObjectClass *klass, void *data)
{
	MachineClass *mc = MACHINE_CLASS(klass);

	mc->init = machine_init;
	mc->max_cpus = 1;
	mc->default_ram_id = "imx53.ddr";
	mc->block_default_type = IF_SD;
	mc->no_cdrom = true;
	mc->no_floppy = true;
	mc->no_parallel = true;
	mc->ignore_memory_transaction_failures = false;
	object_class_property_add_str(klass, "led-trace", machine_get_led_trace,
				      machine_set_led_trace);
	object_class_property_set_description(
		klass, "led-trace",
		"write changes of the LED and world switches to this file");
}

static void armory_class_init(ObjectClass *klass, void *data)
{
	MachineClass *mc = MACHINE_CLASS(klass);
	Imx53MachineClass *imc = IMX53_MACHINE_CLASS(klass);

	mc->desc = "USB armory Mk I (i.MX53)";
	mc->default_ram_size = 512 * MiB;
	imc->nr_banks = 1;
	imc->led_gpio = 4;
	imc->led_pin = 27;
	imc->nr_slots = 1;
	imc->slot[0] = (Imx53Slot){ 0, 0, NO_PIN };
	imc->card_detect = false;
}

static void qsb_class_init(ObjectClass *klass, void *data)
{
	MachineClass *mc = MACHINE_CLASS(klass);
	Imx53MachineClass *imc = IMX53_MACHINE_CLASS(klass);

	mc->desc = "i.MX53 Quick Start Board";
	mc->default_ram_size = 1 * GiB;
	imc->nr_banks = 2;
	imc->led_gpio = 7;
	imc->led_pin = 7;
	imc->nr_slots = 2;
	imc->slot[0] = (Imx53Slot){ 0, 2, 13 };
	imc->slot[1] = (Imx53Slot){ 2, 2, 11 };
	imc->card_detect = false;
}

static const TypeInfo machine_types[] = {
	{
		.name = TYPE_IMX53_MACHINE,
		.parent = TYPE_MACHINE,
		.abstract = true,
		.instance_size = sizeof(Imx53MachineState),
		.class_size = sizeof(Imx53MachineClass),
		.class_init = machine_class_init,
	},
	{
		.name = MACHINE_TYPE_NAME("usb_armory"),
		.parent = TYPE_IMX53_MACHINE,
		.class_init = armory_class_init,
	},
	{
		.name = MACHINE_TYPE_NAME("imx53_qsb"),
		.parent = TYPE_IMX53_MACHINE,
		.class_init = qsb_class_init,
	},
};

DEFINE_TYPES(machine_types)
