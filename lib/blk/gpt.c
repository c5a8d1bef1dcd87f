// SPDX-License-Identifier: BSD-2-Clause
/* GUID partition table: [UEFI] chapter 5.
 *
 * There are two copies, each a header and an array of entries with checksums. A
 * copy whose checksums fit was written by somebody and must be right: if it is
 * not, the disk is refused, whatever the other copy says. One whose checksums do
 * not fit, or that cannot be read, is damaged: the other one stands in for it. */

#include <stddef.h>
#include <string.h>

#include "crc32.h"
#include "ptable_internal.h"

/* Header. */
#define GPT_REVISION 8u
#define GPT_HEADER_LEN 12u
#define GPT_HEADER_CRC 16u
#define GPT_MY_LBA 24u
#define GPT_ALTERNATE_LBA 32u
#define GPT_FIRST_USABLE 40u
#define GPT_LAST_USABLE 48u
#define GPT_DISK_GUID 56u
#define GPT_ARRAY_LBA 72u
#define GPT_NR_ENTRIES 80u
#define GPT_ENTRY_LEN 84u
#define GPT_ARRAY_CRC 88u
#define GPT_HEADER_MIN 92u

#define REVISION_1_0 0x00010000u

/* Entry. */
#define ENTRY_TYPE 0u
#define ENTRY_GUID 16u
#define ENTRY_FIRST 32u
#define ENTRY_LAST 40u
#define ENTRY_LABEL 56u
#define ENTRY_MIN 128u

#define PRIMARY_LBA 1u

static const uint8_t gpt_signature[8] = { 'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T' };

/* What a header says. */
struct header {
	uint64_t lba;       /* of itself */
	uint64_t alternate; /* of the other copy's header */
	uint64_t first_usable;
	uint64_t last_usable;
	uint64_t array; /* first sector of the entries */
	uint64_t array_sectors;
	uint32_t nr_entries;
	uint32_t entry_len;
	uint32_t array_crc;
	uint8_t disk_guid[TZVMM_PTABLE_GUID];
};

/* One of the two copies. */
struct copy {
	struct header header;
	bool intact;          /* it could be read, and its checksums fit */
	enum tzvmm_status st; /* what is wrong with it */
	const char *why;
};

static bool copy_is_bad(struct copy *copy, enum tzvmm_status st, const char *why)
{
	copy->st = st;
	copy->why = why;
	return false;
}

/* The header in the sector. Its size is damage, not content: no checksum can be
 * taken over it. */
static bool header_is_intact(struct copy *copy, uint8_t *sector)
{
	uint32_t len = le32(&sector[GPT_HEADER_LEN]);
	uint32_t crc = le32(&sector[GPT_HEADER_CRC]);

	if (memcmp(sector, gpt_signature, sizeof(gpt_signature)) != 0) {
		return copy_is_bad(copy, TZVMM_E_FORMAT, "GPT header's signature");
	}
	if (len < GPT_HEADER_MIN || len > TZVMM_SECTOR_LEN) {
		return copy_is_bad(copy, TZVMM_E_FORMAT, "GPT header's size");
	}
	memset(&sector[GPT_HEADER_CRC], 0, sizeof(crc));
	if (tzvmm_crc32(0, sector, len) != crc) {
		return copy_is_bad(copy, TZVMM_E_FORMAT, "GPT header's checksum");
	}
	return true;
}

static void parse_header(struct header *header, const uint8_t *sector)
{
	header->lba = le64(&sector[GPT_MY_LBA]);
	header->alternate = le64(&sector[GPT_ALTERNATE_LBA]);
	header->first_usable = le64(&sector[GPT_FIRST_USABLE]);
	header->last_usable = le64(&sector[GPT_LAST_USABLE]);
	header->array = le64(&sector[GPT_ARRAY_LBA]);
	header->nr_entries = le32(&sector[GPT_NR_ENTRIES]);
	header->entry_len = le32(&sector[GPT_ENTRY_LEN]);
	header->array_crc = le32(&sector[GPT_ARRAY_CRC]);
	memcpy(header->disk_guid, &sector[GPT_DISK_GUID], sizeof(header->disk_guid));
}

/* [UEFI] 5.3.2: an entry is 128 bytes or that times a power of two. No entry is
 * larger than a sector here, so none crosses from one into the next. */
static bool check_array_size(struct copy *copy)
{
	struct header *header = &copy->header;

	if (header->entry_len < ENTRY_MIN || header->entry_len > TZVMM_SECTOR_LEN ||
	    (header->entry_len & (header->entry_len - 1u)) != 0u) {
		return copy_is_bad(copy, TZVMM_E_UNSUPP, "size of the GPT's entries");
	}
	if (header->nr_entries == 0u || header->nr_entries > TZVMM_PTABLE_PARTS) {
		return copy_is_bad(copy, TZVMM_E_UNSUPP,
				   "number of the GPT's entries");
	}
	header->array_sectors =
		(header->nr_entries * header->entry_len + TZVMM_SECTOR_LEN - 1u) /
		TZVMM_SECTOR_LEN;
	return true;
}

/* Whether len sectors from start on lie in [from, to). */
static bool fits(uint64_t start, uint64_t len, uint64_t from, uint64_t to)
{
	return start >= from && start <= to && len <= to - start;
}

/* MBR, header, array, what partitions may use, array, header, in this order. The
 * other copy's array has its place as well, though only that copy tells where. */
static bool check_places(struct copy *copy, uint64_t last)
{
	const struct header *header = &copy->header;
	const bool primary = header->lba == PRIMARY_LBA;
	const uint64_t end = primary ? header->alternate : header->lba;
	const uint64_t before = primary ? header->array : PRIMARY_LBA + 1u;
	uint64_t behind;

	if (header->first_usable > header->last_usable || header->last_usable >= end ||
	    end > last || (!primary && header->alternate != PRIMARY_LBA)) {
		return copy_is_bad(copy, TZVMM_E_RANGE, "GPT's places");
	}
	behind = primary ? header->last_usable + 1u : header->array;
	if (!fits(before, header->array_sectors, PRIMARY_LBA + 1u,
		  header->first_usable) ||
	    !fits(behind, header->array_sectors, header->last_usable + 1u, end)) {
		return copy_is_bad(copy, TZVMM_E_RANGE, "GPT's entries' place");
	}
	return true;
}

static bool check_header(struct copy *copy, const uint8_t *sector, uint64_t lba,
			 uint64_t last)
{
	if (le32(&sector[GPT_REVISION]) != REVISION_1_0) {
		return copy_is_bad(copy, TZVMM_E_UNSUPP, "GPT's revision");
	}
	parse_header(&copy->header, sector);
	if (copy->header.lba != lba) {
		return copy_is_bad(copy, TZVMM_E_FORMAT,
				   "GPT header is a misplaced one");
	}
	return check_array_size(copy) && check_places(copy, last);
}

static bool overlaps_any(const struct tzvmm_ptable *t,
			 const struct tzvmm_ptable_part *part)
{
	for (uint32_t i = 0; i < t->nr_parts; i++) {
		if (tzvmm_ptable_overlap(part->start, part->nr_sectors,
					 t->parts[i].start, t->parts[i].nr_sectors)) {
			return true;
		}
	}
	return false;
}

static bool is_unused(const uint8_t *entry)
{
	static const uint8_t none[TZVMM_PTABLE_GUID];

	return memcmp(&entry[ENTRY_TYPE], none, sizeof(none)) == 0;
}

static bool parse_entry(struct copy *copy, struct tzvmm_ptable *t,
			const uint8_t *entry, uint32_t number)
{
	const uint64_t first = le64(&entry[ENTRY_FIRST]);
	const uint64_t last = le64(&entry[ENTRY_LAST]);
	struct tzvmm_ptable_part part = { .number = number, .start = first };

	if (is_unused(entry)) {
		return true;
	}
	if (first < copy->header.first_usable || last > copy->header.last_usable ||
	    first > last) {
		return copy_is_bad(copy, TZVMM_E_RANGE,
				   "partition leaves the usable sectors");
	}
	part.nr_sectors = last - first + 1u;
	if (overlaps_any(t, &part)) {
		return copy_is_bad(copy, TZVMM_E_FORMAT, "partitions overlap");
	}
	memcpy(part.type_guid, &entry[ENTRY_TYPE], sizeof(part.type_guid));
	memcpy(part.guid, &entry[ENTRY_GUID], sizeof(part.guid));
	for (unsigned i = 0; i < TZVMM_PTABLE_LABEL; i++) {
		const uint8_t *unit = &entry[ENTRY_LABEL + 2u * i];

		part.label[i] = (uint16_t)(unit[0] | unit[1] << 8);
	}
	tzvmm_ptable_add(t, &part);
	return true;
}

/* The entries of a sector that has len bytes of the array. */
static bool parse_entries(struct copy *copy, struct tzvmm_ptable *t, uint32_t len,
			  uint32_t *number)
{
	for (uint32_t at = 0; at < len; at += copy->header.entry_len) {
		if (!parse_entry(copy, t, &t->sector[at], *number)) {
			return false;
		}
		(*number)++;
	}
	return true;
}

/* Returns whether the array is intact; an entry that is wrong may turn out to be
 * damaged only when the array was read to its end. */
static bool read_array(struct copy *copy, struct tzvmm_ptable *t,
		       const struct tzvmm_ptable_source *src, bool keep)
{
	const struct header *header = &copy->header;
	uint32_t left = header->nr_entries * header->entry_len;
	uint32_t number = 1;
	uint32_t crc = 0;

	for (uint64_t i = 0; i < header->array_sectors; i++) {
		uint32_t len = left < TZVMM_SECTOR_LEN ? left : TZVMM_SECTOR_LEN;
		const char *why;
		enum tzvmm_status st =
			tzvmm_ptable_load(t, src, header->array + i, &why);

		if (st != TZVMM_OK) {
			return copy_is_bad(copy, st, why);
		}
		crc = tzvmm_crc32(crc, t->sector, len);
		keep = keep && parse_entries(copy, t, len, &number);
		left -= len;
	}
	if (crc != header->array_crc) {
		return copy_is_bad(copy, TZVMM_E_FORMAT, "GPT's entries' checksum");
	}
	return true;
}

/* Read one copy, and list its partitions in t if they are to be kept. */
static void read_copy(struct copy *copy, struct tzvmm_ptable *t,
		      const struct tzvmm_ptable_source *src, uint64_t lba, bool keep)
{
	*copy = (struct copy){ .st = TZVMM_OK };
	copy->st = tzvmm_ptable_load(t, src, lba, &copy->why);
	if (copy->st != TZVMM_OK || !header_is_intact(copy, t->sector)) {
		return;
	}
	copy->intact = !check_header(copy, t->sector, lba, src->nr_sectors - 1u) ||
		       read_array(copy, t, src, keep);
}

/* The entries themselves are compared by their checksums. */
static bool agree(const struct header *a, const struct header *b)
{
	return a->alternate == b->lba && a->first_usable == b->first_usable &&
	       a->last_usable == b->last_usable && a->nr_entries == b->nr_entries &&
	       a->entry_len == b->entry_len && a->array_crc == b->array_crc &&
	       memcmp(a->disk_guid, b->disk_guid, sizeof(a->disk_guid)) == 0;
}

/* What the two copies make together. */
static enum tzvmm_status judge(const struct copy *primary,
			       const struct copy *backup, const char **why)
{
	if (primary->st != TZVMM_OK && (primary->intact || !backup->intact)) {
		*why = primary->why;
		return primary->st;
	}
	if (backup->st != TZVMM_OK && backup->intact) {
		*why = backup->why;
		return backup->st;
	}
	if (primary->intact && backup->intact &&
	    !agree(&primary->header, &backup->header)) {
		*why = "GPT and its backup disagree";
		return TZVMM_E_FORMAT;
	}
	return TZVMM_OK;
}

enum tzvmm_status tzvmm_gpt_read(struct tzvmm_ptable *t,
				 const struct tzvmm_ptable_source *src,
				 const char **why)
{
	const uint64_t last = src->nr_sectors - 1u;
	struct copy primary, backup;
	enum tzvmm_status st;

	read_copy(&primary, t, src, PRIMARY_LBA, true);
	if (!primary.intact) {
		t->nr_parts = 0;
	}
	read_copy(&backup, t, src, last, !primary.intact);
	st = judge(&primary, &backup, why);
	if (st != TZVMM_OK) {
		return st;
	}
	t->from_backup = !primary.intact;
	if (t->from_backup) {
		t->damage = primary.why;
	} else if (!backup.intact && primary.header.alternate != last) {
		/* An image on a larger card. */
		t->damage = "backup is not at the end";
	} else {
		t->damage = backup.why;
	}
	return TZVMM_OK;
}
