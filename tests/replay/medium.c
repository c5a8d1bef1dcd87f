/* SPDX-License-Identifier: BSD-2-Clause */
#include "medium.h"

#include <stdlib.h>
#include <string.h>

#include "bus.h"

/* 1 GiB. */
#define MEDIUM_MAX_SECTORS (1u << 21)

struct medium_extent {
	uint32_t sector, nr;
};

struct medium_cell {
	uint32_t sector;
	uint32_t expected;
	uint8_t bytes[MEDIUM_SECTOR_LEN];
};

/* ---- witness ---- */

void witness_make(uint8_t *bytes, uint32_t sector, uint32_t writer)
{
	uint32_t words[MEDIUM_SECTOR_LEN / 4u] = { 0x53544957u, sector, writer };
	uint32_t noise = sector * 2654435761u ^ (writer + 1u) * 40503u;

	for (size_t i = 3; i < MEDIUM_SECTOR_LEN / 4u; i++) {
		noise = noise * 1664525u + 1013904223u;
		words[i] = noise;
	}
	memcpy(bytes, words, sizeof(words));
}

bool witness_read(const uint8_t *bytes, uint32_t *sector, uint32_t *writer)
{
	uint8_t whole[MEDIUM_SECTOR_LEN];

	memcpy(sector, bytes + 4, sizeof(*sector));
	memcpy(writer, bytes + 8, sizeof(*writer));
	witness_make(whole, *sector, *writer);
	return memcmp(whole, bytes, sizeof(whole)) == 0;
}

/* ---- cells ---- */

bool medium_touch(struct medium *m, uint32_t sector, uint32_t nr_sectors)
{
	struct medium_extent *extents = m->extents;

	/* Room for twice as many whenever it is used up. */
	if ((m->nr_extents & (m->nr_extents - 1u)) == 0u) {
		size_t room = m->nr_extents == 0u ? 1u : m->nr_extents * 2u;

		extents = realloc(extents, room * sizeof(*extents));
		if (extents == NULL) {
			return false;
		}
		m->extents = extents;
	}
	extents[m->nr_extents++] = (struct medium_extent){ sector, nr_sectors };
	m->max_pending = nr_sectors > m->max_pending ? nr_sectors : m->max_pending;
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct medium_extent *x = a;
	const struct medium_extent *y = b;

	return x->sector < y->sector ? -1 : x->sector > y->sector;
}

static int by_sector(const void *a, const void *b)
{
	const struct medium_cell *x = a;
	const struct medium_cell *y = b;

	return x->sector < y->sector ? -1 : x->sector > y->sector;
}

/* Count the sectors of all extents, each once, and fill them in where cells has
 * room for them. */
static uint64_t each_sector(struct medium *m)
{
	uint64_t next = 0, nr = 0;

	for (uint32_t i = 0; i < m->nr_extents; i++) {
		const uint64_t end =
			(uint64_t)m->extents[i].sector + m->extents[i].nr;

		next = next > m->extents[i].sector ? next : m->extents[i].sector;
		for (; next < end; next++, nr++) {
			if (nr < m->nr) {
				m->cells[nr].sector = (uint32_t)next;
				witness_make(m->cells[nr].bytes, (uint32_t)next,
					     MEDIUM_NOBODY);
			}
		}
	}
	return nr;
}

static bool make_cells(struct medium *m)
{
	uint64_t nr;

	if (m->nr_extents != 0u) {
		qsort(m->extents, m->nr_extents, sizeof(*m->extents), by_start);
	}
	nr = each_sector(m);
	if (nr > MEDIUM_MAX_SECTORS) {
		return false;
	}
	m->cells = calloc(nr + 1u, sizeof(*m->cells));
	if (m->cells == NULL) {
		return false;
	}
	m->nr = (uint32_t)nr;
	(void)each_sector(m);
	return true;
}

static struct medium_cell *find(struct medium *m, uint32_t sector)
{
	const struct medium_cell key = { .sector = sector };

	return bsearch(&key, m->cells, m->nr, sizeof(key), by_sector);
}

/* ---- programming ---- */

/* How many of the pending sectors are in the flash by now. */
static uint32_t programmed(const struct medium *m)
{
	const struct sdcard_model *card = m->card;
	uint64_t left_ns;

	if (card->busy_until_ns == m->idle_until_ns) {
		return 0; /* still on their way to the card */
	}
	if (!sdcard_model_busy(card)) {
		return m->nr_pending;
	}
	left_ns = card->busy_until_ns - model_now_ns();
	return (uint32_t)(m->nr_pending * (card->program_ns - left_ns) /
			  card->program_ns);
}

static void settle(struct medium *m)
{
	const uint32_t end = programmed(m);

	for (; m->nr_programmed < end; m->nr_programmed++) {
		const struct medium_cell *from = &m->pending[m->nr_programmed];
		struct medium_cell *to = find(m, from->sector);

		if (to == NULL) {
			m->stray = m->strays++ == 0u ? from->sector : m->stray;
			continue;
		}
		memcpy(to->bytes, from->bytes, sizeof(to->bytes));
	}
	if (m->nr_programmed == m->nr_pending) {
		m->nr_programmed = 0;
		m->nr_pending = 0;
	}
}

static void medium_read(void *ctx, uint32_t sector, uint8_t *to)
{
	struct medium *m = ctx;
	const struct medium_cell *cell;

	settle(m);
	cell = find(m, sector);
	if (cell == NULL) {
		memset(to, 0, MEDIUM_SECTOR_LEN);
		return;
	}
	memcpy(to, cell->bytes, MEDIUM_SECTOR_LEN);
}

static void medium_write(void *ctx, uint32_t sector, const uint8_t *from)
{
	struct medium *m = ctx;

	settle(m);
	if (m->nr_pending == 0u) {
		m->idle_until_ns = m->card->busy_until_ns;
	}
	if (m->nr_pending == m->max_pending) {
		model_fail("card: more sectors than any request has");
	}
	m->pending[m->nr_pending].sector = sector;
	memcpy(m->pending[m->nr_pending++].bytes, from, MEDIUM_SECTOR_LEN);
}

bool medium_init(struct medium *m, const struct sdcard_model *card)
{
	m->hooks = (struct sdcard_medium){
		.read = medium_read,
		.write = medium_write,
		.ctx = m,
	};
	m->card = card;
	/* What a retry leaves behind comes on top. */
	m->max_pending = m->max_pending * 4u + 1u;
	m->pending = calloc(m->max_pending, sizeof(*m->pending));
	return m->pending != NULL && make_cells(m);
}

void medium_free(struct medium *m)
{
	free(m->extents);
	free(m->cells);
	free(m->pending);
	*m = (struct medium){ 0 };
}

const uint8_t *medium_now(struct medium *m, uint32_t sector)
{
	settle(m);
	return find(m, sector)->bytes;
}

uint32_t *medium_expected(struct medium *m, uint32_t sector)
{
	return &find(m, sector)->expected;
}
