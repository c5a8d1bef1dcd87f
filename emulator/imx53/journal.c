/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journal of what leaves the board: data that reach a card, the moments at which
 * a card has programmed all of it, and what the first UART sends. With them a
 * cut of the power at any time can be played on the host.
 *
 * The file, little-endian: an imx53_journal_head, then records, each an
 * imx53_journal_record and len bytes. The README describes the kinds.
 */
#include "imx53.h"

#define JOURNAL_MAGIC 0x4C4E4A54u /* "TJNL" */
#define JOURNAL_VERSION 1
#define JOURNAL_BUFFER (1 << 20)

#define UART_UTXD 0x40

struct imx53_journal_head {
	uint32_t magic, version;
};

struct imx53_journal_record {
	uint16_t kind; /* enum imx53_journal_kind */
	uint16_t port;
	uint32_t len;
	uint64_t ns; /* virtual time */
	uint64_t value;
};

bool imx53_journal_open(Imx53Journal *j, const char *path, Error **errp)
{
	const struct imx53_journal_head head = {
		.magic = cpu_to_le32(JOURNAL_MAGIC),
		.version = cpu_to_le32(JOURNAL_VERSION),
	};

	j->file = fopen(path, "wb");
	if (j->file == NULL) {
		error_setg_errno(errp, errno, "journal: cannot write '%s'", path);
		return false;
	}
	setvbuf(j->file, NULL, _IOFBF, JOURNAL_BUFFER);
	fwrite(&head, sizeof(head), 1, j->file);
	return true;
}

void imx53_journal_add(Imx53Journal *j, enum imx53_journal_kind kind,
		       unsigned port, uint64_t value, const void *data,
		       uint32_t len)
{
	struct imx53_journal_record record;

	if (j == NULL) {
		return;
	}
	record = (struct imx53_journal_record){
		.kind = cpu_to_le16(kind),
		.port = cpu_to_le16(port),
		.len = cpu_to_le32(len),
		.ns = cpu_to_le64(qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL)),
		.value = cpu_to_le64(value),
	};
	fwrite(&record, sizeof(record), 1, j->file);
	fwrite(data, 1, len, j->file);
}

/* ---- the UART: a window before QEMU's ---- */

static MemTxResult tap_read(void *opaque, hwaddr addr, uint64_t *data,
			    unsigned size, MemTxAttrs attrs)
{
	Imx53Journal *j = opaque;

	return memory_region_dispatch_read(j->uart, addr, data,
					   size_memop(size) | MO_LE, attrs);
}

static MemTxResult tap_write(void *opaque, hwaddr addr, uint64_t data,
			     unsigned size, MemTxAttrs attrs)
{
	Imx53Journal *j = opaque;
	uint8_t byte = data;

	if (addr == UART_UTXD) {
		imx53_journal_add(j, JOURNAL_UART, 0, 0, &byte, 1);
	}
	return memory_region_dispatch_write(j->uart, addr, data,
					    size_memop(size) | MO_LE, attrs);
}

static const MemoryRegionOps tap_ops = {
	.read_with_attrs = tap_read,
	.write_with_attrs = tap_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 4 },
	.impl = { .min_access_size = 1, .max_access_size = 4 },
};

MemoryRegion *imx53_journal_tap(Imx53Journal *j, MemoryRegion *uart)
{
	j->uart = uart;
	/* Not the SoC's, as the gate before it: QEMU refuses a device that
	 * re-enters its own I/O. */
	memory_region_init_io(&j->tap, qdev_get_machine(), &tap_ops, j,
			      "uart-journal", memory_region_size(uart));
	return &j->tap;
}
