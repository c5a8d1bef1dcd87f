// SPDX-License-Identifier: BSD-2-Clause
/* What is written to the log of a commit, and read again after a power cut. */

#include <string.h>

#include "crc32.h"
#include "overlay_internal.h"

#define ENTRIES TZVMM_ABI_OVERLAY_ENTRIES
#define ENTRY_LEN sizeof(struct tzvmm_abi_overlay_entry)

_Static_assert(ENTRIES *ENTRY_LEN == TZVMM_SECTOR_LEN, "a sector of entries");

uint64_t tzvmm_overlay_log_len(uint64_t nr_store_sectors)
{
	/* An entry for every chunk of 8 sectors, 64 of them in a sector. */
	return 2u + nr_store_sectors / (TZVMM_OVERLAY_CHUNK * ENTRIES);
}

/* ---- Entries ------------------------------------------------------------ */

uint32_t tzvmm_overlay_log_pack(const struct tzvmm_overlay *ov, uint64_t *chunk,
				uint8_t *to, uint32_t nr_sectors)
{
	const uint32_t room = nr_sectors * ENTRIES;
	uint32_t nr = 0;

	for (; *chunk < ov->nr_map && nr < room; ++*chunk) {
		const struct tzvmm_abi_overlay_entry entry = { (uint32_t)*chunk,
							       ov->map[*chunk] };

		if ((entry.place & TZVMM_OVERLAY_VALID) != 0u) {
			memcpy(to + nr++ * ENTRY_LEN, &entry, ENTRY_LEN);
		}
	}
	for (; nr % ENTRIES != 0u; nr++) {
		memset(to + nr * ENTRY_LEN, 0, ENTRY_LEN);
	}
	return nr / ENTRIES;
}

bool tzvmm_overlay_log_unpack(struct tzvmm_overlay *ov, uint64_t *chunk,
			      const uint8_t *from, uint32_t nr_sectors)
{
	for (uint32_t i = 0; i < nr_sectors * ENTRIES; i++) {
		struct tzvmm_abi_overlay_entry entry;
		uint32_t nr;

		memcpy(&entry, from + i * ENTRY_LEN, ENTRY_LEN);
		if (entry.place == 0u) {
			continue;
		}
		nr = entry.place >> TZVMM_OVERLAY_PLACE_SHIFT;
		if (entry.chunk < *chunk || entry.chunk >= ov->nr_map || nr == 0u ||
		    nr > ov->nr_chunks) {
			return false;
		}
		ov->map[entry.chunk] = entry.place;
		*chunk = entry.chunk + 1ull;
	}
	return true;
}

/* ---- The base ----------------------------------------------------------- */

bool tzvmm_overlay_log_witness(const struct tzvmm_overlay *ov, uint32_t *witness,
			       uint64_t *sector)
{
	for (; *witness >> TZVMM_ABI_OVERLAY_WITNESS_SHIFT == 0u; ++*witness) {
		const uint64_t end = (*witness + 1u) * ov->nr_map >>
				     TZVMM_ABI_OVERLAY_WITNESS_SHIFT;

		for (uint64_t chunk = *witness * ov->nr_map >>
				      TZVMM_ABI_OVERLAY_WITNESS_SHIFT;
		     chunk < end; chunk++) {
			if ((ov->map[chunk] & TZVMM_OVERLAY_VALID) == 0u) {
				*sector = chunk * TZVMM_OVERLAY_CHUNK;
				return true;
			}
		}
	}
	return false;
}

/* ---- The header --------------------------------------------------------- */

static uint32_t head_crc(const struct tzvmm_abi_overlay_log *log)
{
	return tzvmm_crc32(0, (const uint8_t *)log,
			   offsetof(struct tzvmm_abi_overlay_log, crc));
}

void tzvmm_overlay_log_head(const struct tzvmm_overlay_commit *commit, uint8_t *sector)
{
	const struct tzvmm_overlay *ov = commit->overlay;
	struct tzvmm_abi_overlay_log log = {
		.magic = TZVMM_ABI_OVERLAY_MAGIC,
		.version = TZVMM_ABI_OVERLAY_VERSION,
		.base_id = ov->base_id,
		.base_len = ov->dev.nr_sectors,
		.nr_chunks = ov->nr_chunks,
		.nr_sectors = commit->at,
		.entries_crc = commit->crc,
		.base_crc = commit->base_crc,
	};

	log.crc = head_crc(&log);
	memset(sector, 0, TZVMM_SECTOR_LEN);
	memcpy(sector, &log, sizeof(log));
}

enum tzvmm_status tzvmm_overlay_log_read(const struct tzvmm_overlay *ov,
					 const uint8_t *sector,
					 struct tzvmm_abi_overlay_log *log)
{
	memcpy(log, sector, sizeof(*log));
	/* A header that is torn was never whole: its commit had not begun. */
	if (log->magic != TZVMM_ABI_OVERLAY_MAGIC || log->crc != head_crc(log)) {
		return TZVMM_E_EMPTY;
	}
	if (log->version != TZVMM_ABI_OVERLAY_VERSION ||
	    log->base_id != ov->base_id || log->base_len != ov->dev.nr_sectors ||
	    log->nr_chunks != ov->nr_chunks || log->nr_sectors == 0u ||
	    log->nr_sectors >= tzvmm_overlay_log_len(ov->store->nr_sectors)) {
		return TZVMM_E_FORMAT;
	}
	return TZVMM_OK;
}
