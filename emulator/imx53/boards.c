/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB armory Mk I and i.MX53 Quick Start Board.
 */
#include "imx53.h"
#include "hw/arm/boot.h"
#include "hw/boards.h"
#include "hw/timer/imx_gpt.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "sysemu/block-backend.h"
#include "sysemu/blockdev.h"
#include "sysemu/qtest.h"
#include "sysemu/reset.h"
#include "sysemu/sysemu.h"

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
	Imx53Journal journal;
	char *journal_file;
	enum imx53_alias ddr_alias;
	bool bus_masters;
	bool mmc; /* what is in the second slot */
	MemoryRegion bank[2];
	struct arm_boot_info boot;
	BlockBackend *boot_card; /* what the boot ROM reads, NULL: none */
	uint32_t rom_entry;
	Notifier done;
};

/* The card's image starts as the boot ROM wants it: IVT at byte 0x400. */
#define IVT_OFFSET 0x400
#define IVT_HEADER 0x402000D1u /* tag, big-endian length 32, version 0x40 */
#define IVT_ENTRY 4
#define IVT_DCD 12
#define IVT_BOOT_DATA 16
#define IVT_SELF 20
#define IVT_WORDS 8

/* Device configuration data: big-endian commands before the image is loaded. */
#define DCD_TAG 0xD2
#define DCD_MAX_LEN (4 + 220 * 8) /* what the ROM has room for */
#define DCD_WRITE 0xCC
#define DCD_WIDTH_32 4
#define ESDCTL_CTL 0x63FD9000
#define ESDCTL_CS(n) (0x80000000u >> (n)) /* this chip select answers */

static void machine_led(void *opaque, int n, int level)
{
	Imx53MachineState *m = opaque;

	if (level != m->led_level) {
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

static BlockBackend *card_image(unsigned index)
{
	DriveInfo *di = drive_get(IF_SD, 0, index);
	int64_t size;

	if (di == NULL) {
		return NULL;
	}
	size = blk_getlength(blk_by_legacy_dinfo(di));
	if (size > 0 && !is_power_of_2(size)) {
		error_report("SD card image of %" PRId64 " bytes: the size "
			     "must be a power of two (truncate -s)", size);
		exit(1);
	}
	return blk_by_legacy_dinfo(di);
}

static void machine_add_card(Imx53MachineState *m, const Imx53Slot *slot,
			     BlockBackend *blk, bool mmc)
{
	Imx53EsdhcState *host = &m->soc.esdhc[slot->esdhc];
	DeviceState *card = qdev_new(mmc ? TYPE_IMX53_EMMC : "sd-card");

	qdev_prop_set_drive_err(card, "drive", blk, &error_fatal);
	if (mmc) {
		host->emmc = IMX53_EMMC(card);
		host->emmc->host = host;
	} else {
		/* From this version on QEMU's card knows CMD23. */
		qdev_prop_set_uint8(card, "spec_version", 3);
	}
	qdev_realize_and_unref(card, mmc ? NULL : BUS(&host->sdbus), &error_fatal);
}

static void machine_add_cards(Imx53MachineState *m)
{
	Imx53MachineClass *mc = IMX53_MACHINE_GET_CLASS(m);

	for (unsigned i = 0; i < mc->nr_slots; i++) {
		BlockBackend *blk = card_image(i);

		if (blk != NULL) {
			machine_add_card(m, &mc->slot[i], blk, i == 1 && m->mmc);
		}
		if (i == 0) {
			m->boot_card = blk;
		}
	}
	if (drive_get(IF_SD, 0, mc->nr_slots) != NULL) {
		error_report("this board has %u slot(s) for SD cards",
			     mc->nr_slots);
		exit(1);
	}
	if (m->boot_card == NULL && m->soc.esdhc[2].emmc == NULL && !qtest_enabled()) {
		warn_report("no SD card: give one with "
			    "-drive if=sd,format=raw,file=IMAGE");
	}
}

/* The detect switch of an empty slot: high, after each reset of the GPIOs too. */
static void machine_detect(void *opaque)
{
	Imx53MachineState *m = opaque;
	Imx53MachineClass *mc = IMX53_MACHINE_GET_CLASS(m);

	for (unsigned i = 0; i < mc->nr_slots; i++) {
		const Imx53Slot *slot = &mc->slot[i];

		if (slot->detect_pin != NO_PIN) {
			qemu_set_irq(qdev_get_gpio_in(
					     m->soc.gpio[slot->detect_gpio],
					     slot->detect_pin),
				     !imx53_esdhc_inserted(&m->soc.esdhc[slot->esdhc]));
		}
	}
}

static void machine_card_changed(void *opaque, int n, int level)
{
	machine_detect(opaque);
}

/* ---- boot ROM: loads from the card when nothing else is to be run ---- */

static bool rom_read(Imx53MachineState *m, uint64_t offset, void *buf, size_t len)
{
	return blk_pread(m->boot_card, offset, len, buf, 0) >= 0;
}

static bool rom_find(Imx53MachineState *m, uint32_t *ivt, uint32_t *boot_data)
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

static void G_NORETURN rom_refuse(const char *what)
{
	error_report("SD card: the boot image's DCD %s", what);
	exit(1);
}

/* One command; its length. */
static size_t rom_dcd_command(Imx53MachineState *m, const uint8_t *cmd, size_t left)
{
	size_t len = left < 4 ? 0 : lduw_be_p(cmd + 1);

	if (len < 4 || len > left || len % 8 != 4) {
		rom_refuse("has a command that does not end inside of it");
	}
	if (cmd[0] != DCD_WRITE || cmd[3] != DCD_WIDTH_32) {
		rom_refuse("has a command that is no 32-bit write");
	}
	for (size_t at = 4; at < len; at += 8) {
		uint32_t value = cpu_to_le32(ldl_be_p(cmd + at + 4));

		if (address_space_write(&m->soc.csu.secure_as, ldl_be_p(cmd + at),
					MEMTXATTRS_UNSPECIFIED, &value,
					4) != MEMTX_OK) {
			rom_refuse("writes where nothing is");
		}
	}
	return len;
}

/* Sets up the DDR, without which nothing can be loaded to it. */
static void rom_run_dcd(Imx53MachineState *m, const uint32_t *ivt)
{
	uint32_t where = le32_to_cpu(ivt[IVT_DCD / 4]) -
			 le32_to_cpu(ivt[IVT_SELF / 4]);
	uint8_t dcd[DCD_MAX_LEN];
	uint32_t ctl = 0;
	size_t len;

	if (ivt[IVT_DCD / 4] == 0 || where > 64 * KiB ||
	    !rom_read(m, IVT_OFFSET + where, dcd, sizeof(dcd))) {
		rom_refuse("is missing");
	}
	len = lduw_be_p(dcd + 1);
	if (dcd[0] != DCD_TAG || len > sizeof(dcd)) {
		rom_refuse("is none, or too long");
	}
	for (size_t at = 4; at < len;) {
		at += rom_dcd_command(m, dcd + at, len - at);
	}
	address_space_read(&m->soc.csu.secure_as, ESDCTL_CTL,
			   MEMTXATTRS_UNSPECIFIED, &ctl, 4);
	for (unsigned i = 0; i < IMX53_MACHINE_GET_CLASS(m)->nr_banks; i++) {
		if ((le32_to_cpu(ctl) & ESDCTL_CS(i)) == 0) {
			rom_refuse("leaves DDR off (ESDCTL)");
		}
	}
}

/* The image goes where its boot data says. */
static bool rom_load(Imx53MachineState *m)
{
	uint32_t ivt[IVT_WORDS], boot_data[2];
	uint32_t start, len;
	g_autofree uint8_t *image = NULL;

	if (!rom_find(m, ivt, boot_data)) {
		return false;
	}
	rom_run_dcd(m, ivt);
	start = le32_to_cpu(boot_data[0]);
	len = le32_to_cpu(boot_data[1]);
	if (start < IMX53_CSD0_BASE ||
	    (uint64_t)start + len > IMX53_CSD0_BASE + m->boot.ram_size ||
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
	Imx53MachineState *m = opaque;

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
	Imx53MachineState *m = container_of(n, Imx53MachineState, done);
	uint32_t ivt[IVT_WORDS], boot_data[2];

	/* From here on: behind the reset of the devices. */
	qemu_register_reset(machine_detect, m);
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
	m->soc.m4if.alias = m->ddr_alias;
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

	check_layout();
	if (machine->kernel_filename != NULL &&
	    access(machine->kernel_filename, R_OK) != 0) {
		error_report("kernel '%s': %s", machine->kernel_filename,
			     strerror(errno));
		exit(1);
	}
	object_initialize_child(OBJECT(machine), "soc", &m->soc,
				TYPE_IMX53_SOC);
	machine_split_ram(m);
	for (unsigned i = 0; i < IMX53_NR_ESDHCS; i++) {
		qdev_prop_set_bit(DEVICE(&m->soc.esdhc[i]), "card-detect",
				  mc->card_detect);
	}
	if (m->journal_file != NULL) {
		imx53_journal_open(&m->journal, m->journal_file, &error_fatal);
		m->soc.journal = &m->journal;
	}
	m->soc.bus_masters = m->bus_masters;
	qdev_realize(DEVICE(&m->soc), NULL, &error_fatal);

	m->led_level = -1;
	if (m->led_trace != NULL) {
		imx53_trace_open(&m->trace, m->led_trace, &error_fatal);
		imx53_cpu_trace(&m->soc.cpu, &m->trace);
	}
	qdev_connect_gpio_out(m->soc.gpio[mc->led_gpio - 1], mc->led_pin,
			      qemu_allocate_irq(machine_led, m, 0));
	machine_add_cards(m);
	for (unsigned i = 0; i < mc->nr_slots; i++) {
		m->soc.esdhc[mc->slot[i].esdhc].changed =
			qemu_allocate_irq(machine_card_changed, m, 0);
	}

	m->boot = (struct arm_boot_info){
		.loader_start = IMX53_CSD0_BASE,
		.board_id = -1,
		.ram_size = m->soc.m4if.bank_size[0],
		.secure_boot = true, /* as boot ROM and U-Boot hand over */
	};
	if (!qtest_enabled()) {
		arm_load_kernel(&m->soc.cpu.parent_obj, machine, &m->boot);
	}
	m->done.notify = machine_done;
	qemu_add_machine_init_done_notifier(&m->done);
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

static char *machine_get_journal(Object *obj, Error **errp)
{
	return g_strdup(IMX53_MACHINE(obj)->journal_file);
}

static void machine_set_journal(Object *obj, const char *value, Error **errp)
{
	Imx53MachineState *m = IMX53_MACHINE(obj);

	g_free(m->journal_file);
	m->journal_file = g_strdup(value);
}

static const char *const alias_names[] = {
	[IMX53_ALIAS_BLOCKED] = "blocked",
	[IMX53_ALIAS_OPEN] = "open",
	[IMX53_ALIAS_NONE] = "none",
	[IMX53_ALIAS_CSD1] = "csd1",
};

static char *machine_get_ddr_alias(Object *obj, Error **errp)
{
	return g_strdup(alias_names[IMX53_MACHINE(obj)->ddr_alias]);
}

static void machine_set_ddr_alias(Object *obj, const char *value, Error **errp)
{
	for (size_t i = 0; i < ARRAY_SIZE(alias_names); i++) {
		if (strcmp(value, alias_names[i]) == 0) {
			IMX53_MACHINE(obj)->ddr_alias = i;
			return;
		}
	}
	error_setg(errp, "ddr-alias is none, blocked, open or csd1");
}

static bool machine_get_bus_masters(Object *obj, Error **errp)
{
	return IMX53_MACHINE(obj)->bus_masters;
}

static void machine_set_bus_masters(Object *obj, bool value, Error **errp)
{
	IMX53_MACHINE(obj)->bus_masters = value;
}

static bool machine_get_mmc(Object *obj, Error **errp)
{
	return IMX53_MACHINE(obj)->mmc;
}

static void machine_set_mmc(Object *obj, bool value, Error **errp)
{
	IMX53_MACHINE(obj)->mmc = value;
}

static void machine_class_init(ObjectClass *klass, void *data)
{
	MachineClass *mc = MACHINE_CLASS(klass);

	mc->init = machine_init;
	mc->max_cpus = 1;
	mc->default_ram_id = "imx53.ddr";
	mc->block_default_type = IF_SD;
	mc->no_sdcard = true;
	mc->no_cdrom = true;
	mc->no_floppy = true;
	mc->no_parallel = true;
	mc->ignore_memory_transaction_failures = false;
	object_class_property_add_str(klass, "led-trace", machine_get_led_trace,
				      machine_set_led_trace);
	object_class_property_set_description(
		klass, "led-trace",
		"write changes of the LED and world switches to this file");
	object_class_property_add_str(klass, "ddr-alias", machine_get_ddr_alias,
				      machine_set_ddr_alias);
	object_class_property_set_description(
		klass, "ddr-alias",
		"what answers where no DDR is populated: none, blocked (by the "
		"watermark), open, csd1 (chip select 1 is open DDR of 0)");
	object_class_property_add_bool(klass, "bus-masters",
				       machine_get_bus_masters,
				       machine_set_bus_masters);
	object_class_property_set_description(
		klass, "bus-masters",
		"for tests: registers by which a program commands every bus master");
	object_class_property_add_str(klass, "journal", machine_get_journal,
				      machine_set_journal);
	object_class_property_set_description(
		klass, "journal",
		"write what reaches the cards and what UART1 sends to this file");
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
	object_class_property_add_bool(klass, "mmc", machine_get_mmc, machine_set_mmc);
	object_class_property_set_description(
		klass, "mmc", "what is in the second slot is an MMC of 8 lines");
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
