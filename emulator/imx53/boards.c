/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boards: USB armory Mk I and i.MX53 Quick Start Board.
 */
#include "imx53.h"
#include "hw/arm/boot.h"
#include "hw/boards.h"
#include "hw/qdev-core.h"
#include "hw/timer/imx_gpt.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "sysemu/block-backend.h"
#include "sysemu/blockdev.h"
#include "sysemu/qtest.h"
#include "sysemu/reset.h"
#include "sysemu/sysemu.h"

#define TYPE_IMX53_MACHINE MACHINE_TYPE_NAME("imx53-base")
OBJECT_DECLARE_TYPE(Imx53Machine, Imx53MachineClass, IMX53_MACHINE)

#define BANK_SIZE (512 * MiB)
#define MAX_CARDS 2

struct board {
	const char *desc;
	unsigned nr_banks;
	unsigned led_gpio, led_pin; /* GPIO blocks count from 1 */
	bool card_detect;	    /* the slots have a detect switch */
	unsigned nr_cards;
	unsigned card_port[MAX_CARDS]; /* eSDHCs count from 1 */
};

struct Imx53MachineClass {
	MachineClass parent_class;
	const struct board *board;
};

struct Imx53Machine {
	MachineState parent_obj;

	Imx53SocState soc;
	Imx53Trace trace;
	char *trace_path;
	int led_level; /* -1 until the pin is driven */
	MemoryRegion bank1;
	struct arm_boot_info boot;
	BlockBackend *boot_card;
	uint32_t rom_entry; /* of what the boot ROM found, 0: nothing */
	Notifier done;
};

/* The card's image starts as the boot ROM wants it: IVT at byte 0x400. */
#define IVT_OFFSET 0x400
#define IVT_HEADER 0x402000D1u /* tag, big-endian length 32, version 0x40 */
#define IVT_ENTRY 4
#define IVT_BOOT_DATA 16
#define IVT_SELF 20
#define IVT_WORDS 8

static void led_set(void *opaque, int n, int level)
{
	Imx53Machine *m = opaque;

	if (m->led_level != level) {
		m->led_level = level;
		imx53_trace_event(&m->trace, "led", level ? "1" : "0");
	}
}

/* A shared object that was compiled for another QEMU must not half work. */
static void check_layout(void)
{
	static const struct {
		const char *type;
		size_t size;
	} known[] = {
		{ TYPE_ARM_CPU, sizeof(ARMCPU) },
		{ TYPE_DEVICE, sizeof(DeviceState) },
		{ TYPE_SYS_BUS_DEVICE, sizeof(SysBusDevice) },
		{ TYPE_SD_BUS, sizeof(SDBus) },
		{ TYPE_MACHINE, sizeof(MachineState) },
		{ TYPE_IMX6_GPT, sizeof(IMXGPTState) },
		{ TYPE_MEMORY_REGION, sizeof(MemoryRegion) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t size = object_type_get_instance_size(known[i].type);

		if (size != known[i].size) {
			error_report("the i.MX53 model was built for another "
				     "QEMU: %s has %zu bytes, not %zu; build "
				     "it again", known[i].type, size,
				     known[i].size);
			exit(1);
		}
	}
}

static void plug_card(Imx53Machine *m, unsigned index, unsigned port)
{
	DriveInfo *drive = drive_get(IF_SD, 0, index);
	BlockBackend *blk = drive ? blk_by_legacy_dinfo(drive) : NULL;
	DeviceState *card;
	int64_t size;

	if (blk == NULL) {
		return;
	}
	size = blk_getlength(blk);
	if (size > 0 && !is_power_of_2(size)) {
		error_report("SD card image of %" PRId64 " bytes: the size "
			     "must be a power of two (truncate -s)", size);
		exit(1);
	}
	if (index == 0) {
		m->boot_card = blk;
	}
	card = qdev_new(TYPE_SD_CARD);
	qdev_prop_set_drive_err(card, "drive", blk, &error_fatal);
	qdev_realize_and_unref(card, BUS(&m->soc.esdhc[port - 1].sdbus),
			       &error_fatal);
}

static void plug_cards(Imx53Machine *m, const struct board *board)
{
	for (unsigned i = 0; i < board->nr_cards; i++) {
		plug_card(m, i, board->card_port[i]);
	}
	if (drive_get(IF_SD, 0, board->nr_cards) != NULL) {
		error_report("this board has %u SD card slot(s)",
			     board->nr_cards);
		exit(1);
	}
	if (m->boot_card == NULL && !qtest_enabled()) {
		warn_report("no SD card: give one with "
			    "-drive if=sd,format=raw,file=IMAGE");
	}
}

/* ---- boot ROM: loads from the card when nothing else is to be run ---- */

static bool rom_read(Imx53Machine *m, uint64_t offset, void *buf, size_t len)
{
	return blk_pread(m->boot_card, offset, len, buf, 0) >= 0;
}

static bool rom_find(Imx53Machine *m, uint32_t *ivt, uint32_t *boot_data)
{
	uint32_t where;

	if (m->boot_card == NULL ||
	    !rom_read(m, IVT_OFFSET, ivt, 4 * IVT_WORDS) ||
	    le32_to_cpu(ivt[0]) != IVT_HEADER) {
		return false;
	}
	where = le32_to_cpu(ivt[IVT_BOOT_DATA / 4]) -
		le32_to_cpu(ivt[IVT_SELF / 4]);
	return where < 64 * KiB &&
	       rom_read(m, IVT_OFFSET + where, boot_data, 8);
}

/* The image goes where its boot data says; the ROM's other duty, the list of
 * register writes that set up the DDR, has nothing to do here. */
static bool rom_load(Imx53Machine *m)
{
	uint32_t ivt[IVT_WORDS], boot_data[2];
	uint32_t start, len;
	g_autofree uint8_t *image = NULL;

	if (!rom_find(m, ivt, boot_data)) {
		return false;
	}
	start = le32_to_cpu(boot_data[0]);
	len = le32_to_cpu(boot_data[1]);
	if (start < IMX53_CSD0_BASE ||
	    (uint64_t)start + len > IMX53_CSD0_BASE + BANK_SIZE ||
	    len > blk_getlength(m->boot_card)) {
		error_report("SD card: boot image with a wrong address or "
			     "length (0x%08x+0x%x)", start, len);
		exit(1);
	}
	image = g_malloc(len);
	if (!rom_read(m, 0, image, len)) {
		error_report("SD card: cannot read the boot image");
		exit(1);
	}
	address_space_write(&m->soc.csu.secure_as, start,
			    MEMTXATTRS_UNSPECIFIED, image, len);
	m->rom_entry = le32_to_cpu(ivt[IVT_ENTRY / 4]);
	return true;
}

static void rom_reset(void *opaque)
{
	Imx53Machine *m = opaque;

	if (rom_load(m)) {
		cpu_set_pc(CPU(&m->soc.cpu), m->rom_entry);
	}
}

static int is_loader(Object *obj, void *opaque)
{
	return object_dynamic_cast(obj, "loader") != NULL;
}

static bool has_loader(void)
{
	static const char *const where[] = { "/peripheral", "/peripheral-anon" };

	for (size_t i = 0; i < ARRAY_SIZE(where); i++) {
		Object *dir = container_get(qdev_get_machine(), where[i]);

		if (object_child_foreach(dir, is_loader, NULL)) {
			return true;
		}
	}
	return false;
}

/* The command line is complete: is there anything to run? */
static void machine_done(Notifier *n, void *data)
{
	Imx53Machine *m = container_of(n, Imx53Machine, done);
	uint32_t ivt[IVT_WORDS], boot_data[2];

	if (m->parent_obj.kernel_filename != NULL || qtest_enabled() ||
	    has_loader()) {
		return;
	}
	if (!rom_find(m, ivt, boot_data)) {
		error_report("nothing to run: give a kernel or an ELF with "
			     "-kernel FILE, or an SD card with a boot image "
			     "at byte 0x400");
		exit(1);
	}
	qemu_register_reset(rom_reset, m);
}

/* ---- machine ---- */

static void map_banks(Imx53Machine *m, const struct board *board)
{
	m->soc.ddr[0] = m->parent_obj.ram;
	qdev_prop_set_uint64(DEVICE(&m->soc.m4if), "bank0", BANK_SIZE);
	if (board->nr_banks > 1) {
		/* Two chip selects of one RAM: the second half is CSD1. */
		memory_region_init_alias(&m->bank1, OBJECT(m), "imx53-csd1",
					 m->parent_obj.ram, BANK_SIZE,
					 BANK_SIZE);
		m->soc.ddr[1] = &m->bank1;
		qdev_prop_set_uint64(DEVICE(&m->soc.m4if), "bank1", BANK_SIZE);
	}
}

static void start_trace(Imx53Machine *m, const struct board *board)
{
	if (m->trace_path != NULL) {
		imx53_trace_open(&m->trace, m->trace_path, &error_fatal);
		imx53_cpu_trace(&m->soc.cpu, &m->trace);
	}
	m->led_level = -1;
	qdev_connect_gpio_out(m->soc.gpio[board->led_gpio - 1], board->led_pin,
			      qemu_allocate_irq(led_set, m, 0));
}

static void machine_init(MachineState *machine)
{
	Imx53Machine *m = IMX53_MACHINE(machine);
	const struct board *board = IMX53_MACHINE_GET_CLASS(m)->board;

	check_layout();
	if (machine->ram_size != board->nr_banks * BANK_SIZE) {
		error_report("this board has %u MiB of RAM",
			     (unsigned)(board->nr_banks * BANK_SIZE / MiB));
		exit(1);
	}
	if (machine->kernel_filename != NULL &&
	    access(machine->kernel_filename, R_OK) != 0) {
		error_report("kernel '%s': %s", machine->kernel_filename,
			     strerror(errno));
		exit(1);
	}
	object_initialize_child(OBJECT(m), "soc", &m->soc, TYPE_IMX53_SOC);
	map_banks(m, board);
	for (unsigned i = 0; i < IMX53_NR_ESDHCS; i++) {
		qdev_prop_set_bit(DEVICE(&m->soc.esdhc[i]), "card-detect",
				  board->card_detect);
	}
	qdev_realize(DEVICE(&m->soc), NULL, &error_fatal);
	plug_cards(m, board);
	start_trace(m, board);

	m->boot.ram_size = BANK_SIZE;
	m->boot.loader_start = IMX53_CSD0_BASE;
	m->boot.board_id = -1;
	m->boot.secure_boot = true;
	if (!qtest_enabled()) {
		arm_load_kernel(ARM_CPU(&m->soc.cpu), machine, &m->boot);
	}
	m->done.notify = machine_done;
	qemu_add_machine_init_done_notifier(&m->done);
}

static char *get_led_trace(Object *obj, Error **errp)
{
	return g_strdup(IMX53_MACHINE(obj)->trace_path);
}

static void set_led_trace(Object *obj, const char *value, Error **errp)
{
	Imx53Machine *m = IMX53_MACHINE(obj);

	g_free(m->trace_path);
	m->trace_path = g_strdup(value);
}

static void base_class_init(ObjectClass *klass, void *data)
{
	MachineClass *mc = MACHINE_CLASS(klass);

	mc->init = machine_init;
	mc->max_cpus = 1;
	mc->default_cpu_type = TYPE_IMX53_CPU;
	mc->default_ram_id = "imx53.ddr";
	mc->block_default_type = IF_SD;
	mc->no_sdcard = 1;
	mc->no_cdrom = 1;
	mc->no_floppy = 1;
	mc->no_parallel = 1;
	object_class_property_add_str(klass, "led-trace", get_led_trace,
				      set_led_trace);
	object_class_property_set_description(
		klass, "led-trace", "file for LED changes and world switches");
}

static void board_class_init(ObjectClass *klass, void *data)
{
	MachineClass *mc = MACHINE_CLASS(klass);
	const struct board *board = data;

	IMX53_MACHINE_CLASS(klass)->board = board;
	mc->desc = board->desc;
	mc->default_ram_size = board->nr_banks * BANK_SIZE;
}

static const struct board usb_armory = {
	.desc = "USB armory Mk I (i.MX53, Cortex-A8)",
	.nr_banks = 1,
	.led_gpio = 4,
	.led_pin = 27,
	.nr_cards = 1,
	.card_port = { 1 },
};

static const struct board imx53_qsb = {
	.desc = "i.MX53 Quick Start Board (Cortex-A8)",
	.nr_banks = 2,
	.led_gpio = 7,
	.led_pin = 7,
	.card_detect = true,
	.nr_cards = 2,
	.card_port = { 1, 3 },
};

static const TypeInfo machine_types[] = {
	{
		.name = TYPE_IMX53_MACHINE,
		.parent = TYPE_MACHINE,
		.abstract = true,
		.instance_size = sizeof(Imx53Machine),
		.class_size = sizeof(Imx53MachineClass),
		.class_init = base_class_init,
	},
	{
		.name = MACHINE_TYPE_NAME("usb_armory"),
		.parent = TYPE_IMX53_MACHINE,
		.class_init = board_class_init,
		.class_data = (void *)&usb_armory,
	},
	{
		.name = MACHINE_TYPE_NAME("imx53_qsb"),
		.parent = TYPE_IMX53_MACHINE,
		.class_init = board_class_init,
		.class_data = (void *)&imx53_qsb,
	},
};

DEFINE_TYPES(machine_types)
