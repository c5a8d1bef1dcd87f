// SPDX-License-Identifier: BSD-2-Clause
/* Partitions by number, PARTUUID or PARTLABEL. */

#include <stddef.h>
#include <string.h>

#include <tzvmm/ptable.h>

/* Whether a partition is the one that a key stands for. */
typedef bool fits_fn(const struct tzvmm_ptable_part *part, const void *key);

static bool number_fits(const struct tzvmm_ptable_part *part, const void *key)
{
	const uint32_t *number = key;

	return part->number == *number;
}

static bool guid_fits(const struct tzvmm_ptable_part *part, const void *key)
{
	return memcmp(part->guid, key, sizeof(part->guid)) == 0;
}

/* The key is ASCII, and not empty. */
static bool label_fits(const struct tzvmm_ptable_part *part, const void *key)
{
	const char *text = key;

	for (unsigned i = 0; i < TZVMM_PTABLE_LABEL; i++) {
		if (part->label[i] != (uint8_t)text[i]) {
			return false;
		}
		if (text[i] == '\0') {
			return true;
		}
	}
	return text[TZVMM_PTABLE_LABEL] == '\0';
}

/* The one partition that fits. */
static const struct tzvmm_ptable_part *find_only(const struct tzvmm_ptable *t,
						 fits_fn *fits, const void *key,
						 const char **why)
{
	const struct tzvmm_ptable_part *found = NULL;

	for (uint32_t i = 0; i < t->nr_parts; i++) {
		if (!fits(&t->parts[i], key)) {
			continue;
		}
		if (found != NULL) {
			*why = "several partitions fit the selector";
			return NULL;
		}
		found = &t->parts[i];
	}
	if (found == NULL) {
		*why = "no partition fits the selector";
	}
	return found;
}

/* What follows the prefix; NULL if the text does not begin with it. */
static const char *skip_prefix(const char *text, const char *prefix)
{
	for (; *prefix != '\0'; prefix++, text++) {
		if (*text != *prefix) {
			return NULL;
		}
	}
	return text;
}

/* The value of a hexadecimal digit, 16 for other characters. */
static unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return (unsigned)(c - '0');
	}
	if (c >= 'a' && c <= 'f') {
		return (unsigned)(c - 'a') + 10u;
	}
	if (c >= 'A' && c <= 'F') {
		return (unsigned)(c - 'A') + 10u;
	}
	return 16u;
}

/* Take two digits; false, and *text stays, if there are none. */
static bool take_byte(const char **text, uint8_t *byte)
{
	unsigned high = hex_digit((*text)[0]);
	unsigned low = high < 16u ? hex_digit((*text)[1]) : 16u;

	if (low >= 16u) {
		return false;
	}
	*byte = (uint8_t)(high << 4 | low);
	*text += 2;
	return true;
}

/* Bytes in the order of the text, a dash before those that the bits of dashes
 * tell. */
static bool parse_bytes(const char *text, uint8_t *bytes, unsigned len,
			uint32_t dashes)
{
	for (unsigned i = 0; i < len; i++) {
		if ((dashes >> i & 1u) != 0u && *text++ != '-') {
			return false;
		}
		if (!take_byte(&text, &bytes[i])) {
			return false;
		}
	}
	return *text == '\0';
}

/* [UEFI] appendix A: 8-4-4-4-12 digits, the first three groups are integers that
 * lie on the disk with their lowest byte first. */
static const struct tzvmm_ptable_part *find_guid(const struct tzvmm_ptable *t,
						 const char *text, const char **why)
{
	static const uint8_t place[TZVMM_PTABLE_GUID] = { 3,  2,  1,  0, 5,  4,
							  7,  6,  8,  9, 10, 11,
							  12, 13, 14, 15 };
	uint8_t bytes[TZVMM_PTABLE_GUID], guid[TZVMM_PTABLE_GUID];

	if (!parse_bytes(text, bytes, sizeof(bytes),
			 1u << 4 | 1u << 6 | 1u << 8 | 1u << 10)) {
		*why = "PARTUUID of a GPT is a GUID";
		return NULL;
	}
	for (unsigned i = 0; i < sizeof(guid); i++) {
		guid[place[i]] = bytes[i];
	}
	return find_only(t, guid_fits, guid, why);
}

/* The disk's signature and the partition's number, as Linux makes it up. */
static const struct tzvmm_ptable_part *
find_signature(const struct tzvmm_ptable *t, const char *text, const char **why)
{
	uint8_t bytes[5];
	uint32_t number;

	if (!parse_bytes(text, bytes, sizeof(bytes), 1u << 4)) {
		*why = "PARTUUID of an MBR is xxxxxxxx-nn";
		return NULL;
	}
	if (((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	     (uint32_t)bytes[2] << 8 | bytes[3]) != t->signature) {
		*why = "PARTUUID is another disk's";
		return NULL;
	}
	number = bytes[4];
	return find_only(t, number_fits, &number, why);
}

static const struct tzvmm_ptable_part *find_label(const struct tzvmm_ptable *t,
						  const char *text, const char **why)
{
	if (t->kind != TZVMM_PTABLE_GPT) {
		*why = "PARTLABEL needs a GPT";
		return NULL;
	}
	if (*text == '\0') {
		*why = "PARTLABEL is empty";
		return NULL;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if ((uint8_t)*c > 0x7Fu) {
			*why = "PARTLABEL is not ASCII";
			return NULL;
		}
	}
	return find_only(t, label_fits, text, why);
}

static const struct tzvmm_ptable_part *
find_number(const struct tzvmm_ptable *t, const char *text, const char **why)
{
	uint32_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		if (number <= TZVMM_PTABLE_PARTS) { /* or it would wrap at last */
			number = 10u * number + (uint32_t)(*text - '0');
		}
	}
	if (*text != '\0' || number == 0u) {
		*why = "selector is no number, PARTUUID= or PARTLABEL=";
		return NULL;
	}
	return find_only(t, number_fits, &number, why);
}

const struct tzvmm_ptable_part *tzvmm_ptable_find(const struct tzvmm_ptable *t,
						  const char *selector,
						  const char **why)
{
	const char *uuid = skip_prefix(selector, "PARTUUID=");
	const char *label = skip_prefix(selector, "PARTLABEL=");

	*why = NULL;
	if (label != NULL) {
		return find_label(t, label, why);
	}
	if (uuid == NULL) {
		return find_number(t, selector, why);
	}
	return t->kind == TZVMM_PTABLE_GPT ? find_guid(t, uuid, why)
					   : find_signature(t, uuid, why);
}
