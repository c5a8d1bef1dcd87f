// SPDX-License-Identifier: BSD-2-Clause
/* Recorder of block requests. */

#include <tzvmm/blk.h>
#include <tzvmm/log.h>
#include <tzvmm/record.h>

/* What lets the block path fill an entry without a table. */
#define SAME_OP(name)                                                              \
	_Static_assert((int)TZVMM_ABI_RECORD_##name == (int)TZVMM_BLK_##name, #name)
#define SAME_STATUS(name)                                                          \
	_Static_assert((int)TZVMM_ABI_RECORD_##name == -(int)TZVMM_##name, #name)

SAME_OP(READ);
SAME_OP(WRITE);
SAME_OP(FLUSH);
SAME_OP(DISCARD);
SAME_OP(ZEROES);
SAME_STATUS(OK);
SAME_STATUS(E_INVAL);
SAME_STATUS(E_GUEST);
SAME_STATUS(E_DENIED);
SAME_STATUS(E_RANGE);
SAME_STATUS(E_FULL);
SAME_STATUS(E_EMPTY);
SAME_STATUS(E_BUSY);
SAME_STATUS(E_IO);
SAME_STATUS(E_TIMEOUT);
SAME_STATUS(E_UNSUPP);
SAME_STATUS(E_NODEV);
SAME_STATUS(E_FORMAT);

enum tzvmm_status tzvmm_record_init(struct tzvmm_record *rec,
				    struct tzvmm_abi_record_entry *ring,
				    uint32_t nr_entries)
{
	if (nr_entries == 0u || (nr_entries & (nr_entries - 1u)) != 0u) {
		return TZVMM_E_INVAL;
	}
	*rec = (struct tzvmm_record){ .ring = ring, .mask = nr_entries - 1u };
	return TZVMM_OK;
}

uint64_t tzvmm_record_lost(const struct tzvmm_record *rec)
{
	const uint64_t nr_slots = (uint64_t)rec->mask + 1u;

	return rec->total > nr_slots ? rec->total - nr_slots : 0u;
}

enum tzvmm_status tzvmm_record_next(const struct tzvmm_record *rec, uint64_t *cursor,
				    struct tzvmm_abi_record_entry *entry)
{
	const uint64_t oldest = tzvmm_record_lost(rec);

	if (*cursor < oldest) {
		*cursor = oldest;
	}
	if (*cursor >= rec->total) {
		return TZVMM_E_EMPTY;
	}
	*entry = rec->ring[(uint32_t)*cursor & rec->mask];
	++*cursor;
	return TZVMM_OK;
}

void tzvmm_record_header(const struct tzvmm_record *rec,
			 struct tzvmm_abi_record_header *header)
{
	const uint64_t lost = tzvmm_record_lost(rec);

	*header = (struct tzvmm_abi_record_header){
		.magic = TZVMM_ABI_RECORD_MAGIC,
		.version = TZVMM_ABI_RECORD_VERSION,
		.header_len = sizeof(*header),
		.entry_len = sizeof(struct tzvmm_abi_record_entry),
		.nr_entries = (uint32_t)(rec->total - lost),
		.lost = lost,
	};
}

/* CRC-16 of CCITT, most significant bit first, from all ones: a console mixes
 * lines, cuts them and loses characters. */
static uint16_t crc16(const char *text, size_t len)
{
	uint32_t crc = 0xFFFFu;

	while (len-- > 0u) {
		crc ^= (uint32_t)(uint8_t)*text++ << 8;
		for (unsigned bit = 0; bit < 8u; bit++) {
			crc = crc << 1 ^ ((crc & 0x8000u) != 0u ? 0x1021u : 0u);
		}
	}
	return (uint16_t)crc;
}

size_t tzvmm_record_format(const struct tzvmm_abi_record_entry *entry, char *buf,
			   size_t size)
{
	const char op =
		entry->op < TZVMM_ABI_RECORD_NR_OPS ? "rwfdz"[entry->op] : '?';
	size_t len;

	len = tzvmm_format(
		buf, size, "rec %08x %c %02x %02x %012llx %04x %012llx %08x %s",
		(unsigned)entry->seq, op, (unsigned)entry->client,
		(unsigned)entry->queue, (unsigned long long)entry->sector,
		(unsigned)entry->nr_sectors, (unsigned long long)entry->start_us,
		(unsigned)entry->duration_us,
		tzvmm_status_name((enum tzvmm_status) - entry->status));
	return len + tzvmm_format(buf + len, size - len, " %04x",
				  (unsigned)crc16(buf, len));
}
