// SPDX-License-Identifier: BSD-2-Clause
/* What the library finds on an image, for test_ptable_tools.py:
 *
 *	ptable_print IMAGE [SELECTOR...]
 *
 * A line for the table, one for each partition, one for each selector. */

#include <inttypes.h>
#include <stdio.h>

#include <tzvmm/ptable.h>

static enum tzvmm_status image_read(void *ctx, uint64_t sector, uint8_t *to)
{
	FILE *image = ctx;

	if (fseek(image, (long)(sector * TZVMM_SECTOR_LEN), SEEK_SET) != 0 ||
	    fread(to, TZVMM_SECTOR_LEN, 1, image) != 1) {
		return TZVMM_E_IO;
	}
	return TZVMM_OK;
}

static void print_hex(const uint8_t *bytes)
{
	for (unsigned i = 0; i < TZVMM_PTABLE_GUID; i++) {
		(void)printf("%02x", bytes[i]);
	}
	(void)printf(" ");
}

static void print_part(const struct tzvmm_ptable_part *part)
{
	(void)printf("part %" PRIu32 " %" PRIu64 " %" PRIu64 " %x ", part->number,
		     part->start, part->nr_sectors, part->type);
	print_hex(part->type_guid);
	print_hex(part->guid);
	for (unsigned i = 0; i < TZVMM_PTABLE_LABEL; i++) {
		(void)printf("%04x", part->label[i]);
	}
	(void)printf("\n");
}

static void print_found(const struct tzvmm_ptable *t, const char *selector)
{
	const char *why;
	const struct tzvmm_ptable_part *part = tzvmm_ptable_find(t, selector, &why);

	if (part != NULL) {
		(void)printf("found %" PRIu32 "\n", part->number);
	} else {
		(void)printf("none %s\n", why);
	}
}

int main(int argc, char **argv)
{
	static struct tzvmm_ptable t;
	struct tzvmm_ptable_source src = { .read = image_read };
	FILE *image = argc > 1 ? fopen(argv[1], "rb") : NULL;
	enum tzvmm_status st;
	const char *why;

	if (image == NULL || fseek(image, 0, SEEK_END) != 0) {
		return 2;
	}
	src.ctx = image;
	src.nr_sectors = (uint64_t)ftell(image) / TZVMM_SECTOR_LEN;
	st = tzvmm_ptable_read(&t, &src, &why);
	if (st != TZVMM_OK) {
		(void)printf("refused %s %s\n", tzvmm_status_name(st), why);
	} else {
		(void)printf("%s %08" PRIx32 " %d %s\n",
			     t.kind == TZVMM_PTABLE_GPT ? "gpt" : "mbr", t.signature,
			     t.from_backup, t.damage != NULL ? t.damage : "whole");
	}
	for (uint32_t i = 0; i < t.nr_parts; i++) {
		print_part(&t.parts[i]);
	}
	for (int i = 2; i < argc; i++) {
		print_found(&t, argv[i]);
	}
	(void)fclose(image);
	return 0;
}
