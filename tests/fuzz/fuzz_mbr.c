// SPDX-License-Identifier: BSD-2-Clause
/* Any first sector of any card: what is accepted lies on the card, behind the
 * table, without overlap, and can be made a device of. */

#include <string.h>

#include <tzvmm/partition.h>

#include "fuzz_input.h"

static void check(const struct tzvmm_mbr *mbr, uint64_t nr_sectors)
{
	const struct tzvmm_blkdev disk = { .nr_sectors = nr_sectors };

	for (unsigned i = 0; i < TZVMM_MBR_PARTS; i++) {
		const struct tzvmm_mbr_part *a = &mbr->parts[i];
		struct tzvmm_partition part;

		if (a->nr_sectors == 0u) {
			continue;
		}
		require(a->start >= 1u);
		require(tzvmm_partition_init(&part, &disk, a->start, a->nr_sectors,
					     false) == TZVMM_OK);
		for (unsigned j = 0; j < i; j++) {
			const struct tzvmm_mbr_part *b = &mbr->parts[j];

			require(b->nr_sectors == 0u ||
				(uint64_t)a->start + a->nr_sectors <= b->start ||
				(uint64_t)b->start + b->nr_sectors <= a->start);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t sector[TZVMM_SECTOR_LEN] = { 0 };
	struct tzvmm_mbr mbr;
	const char *why = "";
	struct fuzz_input in;
	uint64_t nr_sectors;

	fuzz_input_init(&in, data, size);
	nr_sectors = fuzz_take32(&in);
	if (in.left > 66u) {
		in.left = 66u;
	}
	/* The table and the signature; nothing else is read. */
	memcpy(&sector[446], in.data, in.left);
	if (tzvmm_mbr_parse(&mbr, sector, nr_sectors, &why) == TZVMM_OK) {
		require(why == NULL);
		check(&mbr, nr_sectors);
	} else {
		require(why != NULL);
	}
	return 0;
}
