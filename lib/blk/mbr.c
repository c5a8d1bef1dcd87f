// SPDX-License-Identifier: BSD-2-Clause
/* Primary partitions of a master boot record. The card is not trusted. */

#include <stddef.h>

#include <tzvmm/partition.h>

#define MBR_TABLE 446u /* first of four entries */
#define MBR_ENTRY_LEN 16u
#define MBR_SIGNATURE 510u /* 0x55 0xAA */

#define ENTRY_STATUS 0u /* 0x80 bootable, 0 not */
#define ENTRY_TYPE 4u
#define ENTRY_START 8u /* first sector, 32 bits */
#define ENTRY_LEN 12u  /* sectors, 32 bits */

#define TYPE_NONE 0x00u
#define TYPE_GPT 0xEEu

static uint32_t le32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
	       (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static enum tzvmm_status parse_entry(struct tzvmm_mbr_part *part,
				     const uint8_t *entry, uint64_t nr_sectors,
				     const char **why)
{
	if ((entry[ENTRY_STATUS] & 0x7Fu) != 0u) {
		/* A FAT boot sector has the same signature, but text here. */
		*why = "entry's status";
		return TZVMM_E_FORMAT;
	}
	if (entry[ENTRY_TYPE] == TYPE_NONE || le32(&entry[ENTRY_LEN]) == 0u) {
		*part = (struct tzvmm_mbr_part){ 0 };
		return TZVMM_OK;
	}
	if (entry[ENTRY_TYPE] == TYPE_GPT) {
		*why = "GPT";
		return TZVMM_E_UNSUPP;
	}
	part->type = entry[ENTRY_TYPE];
	part->start = le32(&entry[ENTRY_START]);
	part->nr_sectors = le32(&entry[ENTRY_LEN]);
	if (part->start == 0u) {
		*why = "partition holds the table";
		return TZVMM_E_FORMAT;
	}
	if ((uint64_t)part->start + part->nr_sectors > nr_sectors) {
		*why = "partition passes the end";
		return TZVMM_E_RANGE;
	}
	return TZVMM_OK;
}

/* Both are known to end without a wrap in 64 bits. */
static bool overlap(const struct tzvmm_mbr_part *a, const struct tzvmm_mbr_part *b)
{
	return a->nr_sectors != 0u && b->nr_sectors != 0u &&
	       a->start < (uint64_t)b->start + b->nr_sectors &&
	       b->start < (uint64_t)a->start + a->nr_sectors;
}

enum tzvmm_status tzvmm_mbr_parse(struct tzvmm_mbr *mbr, const uint8_t *sector,
				  uint64_t nr_sectors, const char **why)
{
	struct tzvmm_mbr found;

	*why = NULL;
	if (sector[MBR_SIGNATURE] != 0x55u || sector[MBR_SIGNATURE + 1u] != 0xAAu) {
		*why = "signature";
		return TZVMM_E_FORMAT;
	}
	for (uint32_t i = 0; i < TZVMM_MBR_PARTS; i++) {
		enum tzvmm_status st =
			parse_entry(&found.parts[i],
				    &sector[MBR_TABLE + MBR_ENTRY_LEN * i],
				    nr_sectors, why);

		if (st != TZVMM_OK) {
			return st;
		}
		for (uint32_t j = 0; j < i; j++) {
			if (overlap(&found.parts[i], &found.parts[j])) {
				*why = "partitions overlap";
				return TZVMM_E_FORMAT;
			}
		}
	}
	*mbr = found;
	return TZVMM_OK;
}
