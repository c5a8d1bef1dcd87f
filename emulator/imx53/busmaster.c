/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests: a bus master for each field of SA, commanded by registers of which no
 * i.MX53 knows. A command is obeyed as the real engine would, if its registers are
 * open to who gives it; or, to try the bus alone, as if the engine had been taken.
 */
#include "imx53.h"

#define BUSMASTER_SIZE 0x1000
#define BUSMASTER_ID 0x4D535542 /* "BUSM" */
#define MAX_LENGTH 4096
#define MAX_SLOTS 3

#define R_ID 0x00
#define R_MASTER 0x04  /* lower bit of its field in SA */
#define R_ADDRESS 0x08
#define R_LENGTH 0x0C  /* bytes */
#define R_DATA 0x10    /* word to write over and over, or the first one read */
#define R_COMMAND 0x14 /* starts */
#define R_RESULT 0x18

#define COMMAND_WRITE 1u
#define COMMAND_TAKEN 2u /* whoever has its registers */

enum { RESULT_DONE, RESULT_CLOSED, RESULT_REFUSED, RESULT_NONE };

#define A IMX53_SLOT_A
#define B IMX53_SLOT_B
#define UNKNOWN { 1, { IMX53_SLOT_UNKNOWN } }
/* Engines of which nobody has published the field, any of which may have one of the
 * fields without a name: VPU, SATA, SAHARA. */
#define NAMELESS { 3, { A(23), A(7), IMX53_SLOT_UNKNOWN } }

/* The slots of a master's engines: one of them open is enough. */
static const struct {
	unsigned nr;
	int slot[MAX_SLOTS];
} engines[16] = {
	[IMX53_MASTER_ESDHC3 / 2] = { 1, { A(28) } },
	[IMX53_MASTER_SDMA / 2] = { 1, { A(15) } },
	[IMX53_MASTER_GPU / 2] = { 3, { A(24), B(24), B(27) } }, /* and IPU */
	[IMX53_MASTER_USB / 2] = { 1, { A(0) } },
	[IMX53_MASTER_PATA / 2] = UNKNOWN,
	[12 / 2] = NAMELESS,
	[IMX53_MASTER_MLB / 2] = UNKNOWN,
	[16 / 2] = NAMELESS,
	[IMX53_MASTER_RTIC / 2] = { 1, { B(16) } },
	[IMX53_MASTER_ESDHC4 / 2] = { 1, { B(28) } },
	[IMX53_MASTER_FEC / 2] = { 1, { A(22) } },
	[IMX53_MASTER_DAP / 2] = UNKNOWN,
	[IMX53_MASTER_ESDHC1 / 2] = { 1, { A(25) } },
	[IMX53_MASTER_ESDHC2 / 2] = { 1, { B(25) } },
	[30 / 2] = NAMELESS,
	/* Not the Cortex: the test's program is that. */
};

static bool may_command(Imx53BusmasterState *s, MemTxAttrs attrs)
{
	for (unsigned i = 0; i < engines[s->master / 2].nr; i++) {
		if (imx53_csu_slot_allows(s->csu, engines[s->master / 2].slot[i],
					  true, attrs)) {
			return true;
		}
	}
	return false;
}

static uint32_t transfer(Imx53BusmasterState *s, bool write)
{
	uint32_t buf[MAX_LENGTH / 4];
	MemTxResult res;

	for (size_t i = 0; i < ARRAY_SIZE(buf); i++) {
		buf[i] = cpu_to_le32(s->data);
	}
	res = imx53_csu_dma(s->csu, s->master, s->address, buf, s->length, write);
	s->data = le32_to_cpu(buf[0]);
	return res == MEMTX_OK ? RESULT_DONE : RESULT_REFUSED;
}

static uint32_t obey(Imx53BusmasterState *s, uint32_t command, MemTxAttrs attrs)
{
	if (s->master >= 32 || s->master % 2 != 0 ||
	    engines[s->master / 2].nr == 0 ||
	    s->length == 0 || s->length > MAX_LENGTH) {
		return RESULT_NONE;
	}
	if (!(command & COMMAND_TAKEN) && !may_command(s, attrs)) {
		return RESULT_CLOSED;
	}
	return transfer(s, command & COMMAND_WRITE);
}

static MemTxResult busmaster_read(void *opaque, hwaddr addr, uint64_t *data,
				  unsigned size, MemTxAttrs attrs)
{
	Imx53BusmasterState *s = opaque;
	const uint32_t regs[] = {
		BUSMASTER_ID, s->master, s->address, s->length, s->data, 0,
		s->result,
	};

	*data = addr / 4 < ARRAY_SIZE(regs) ? regs[addr / 4] : 0;
	return MEMTX_OK;
}

static MemTxResult busmaster_write(void *opaque, hwaddr addr, uint64_t value,
				   unsigned size, MemTxAttrs attrs)
{
	Imx53BusmasterState *s = opaque;

	switch (addr) {
	case R_MASTER:
		s->master = value;
		break;
	case R_ADDRESS:
		s->address = value;
		break;
	case R_LENGTH:
		s->length = value;
		break;
	case R_DATA:
		s->data = value;
		break;
	case R_COMMAND:
		s->result = obey(s, value, attrs);
		break;
	}
	return MEMTX_OK;
}

static const MemoryRegionOps busmaster_ops = {
	.read_with_attrs = busmaster_read,
	.write_with_attrs = busmaster_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void busmaster_reset(DeviceState *dev)
{
	Imx53BusmasterState *s = IMX53_BUSMASTER(dev);

	s->master = s->address = s->data = s->result = 0;
	s->length = 4;
}

static void busmaster_init(Object *obj)
{
	Imx53BusmasterState *s = IMX53_BUSMASTER(obj);

	memory_region_init_io(&s->iomem, obj, &busmaster_ops, s,
			      "imx53-busmaster", BUSMASTER_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->iomem);
}

static void busmaster_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "bus masters for tests";
	dc->reset = busmaster_reset;
	dc->user_creatable = false;
}

static const TypeInfo busmaster_types[] = {
	{
		.name = TYPE_IMX53_BUSMASTER,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Imx53BusmasterState),
		.instance_init = busmaster_init,
		.class_init = busmaster_class_init,
	},
};

DEFINE_TYPES(busmaster_types)
