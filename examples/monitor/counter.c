/* SPDX-License-Identifier: BSD-2-Clause */
#include "counter.h"

#include <string.h>

#include "card.h"

#define TRUSTED "1"
#define MAGIC 0x434D565A54u /* "TZVMC" */

/* A copy of the counter; a sector that is torn shows in its two halves. */
struct record {
	uint64_t magic;
	uint32_t value;
	uint32_t inverted;
	uint8_t rest[480];
	uint64_t magic_again;
	uint32_t value_again;
	uint32_t inverted_again;
};

_Static_assert(sizeof(struct record) == TZVMM_SECTOR_LEN, "a sector");

static struct tzvmm_sched_client client;
static struct tzvmm_partition trusted;
static struct record copy;

static const char *open_partition(void)
{
	return trusted.dev.ops != NULL
		       ? NULL
		       : card_open(&client, &trusted, TRUSTED, false, false);
}

static bool is_whole(void)
{
	return copy.magic == MAGIC && copy.magic_again == MAGIC &&
	       copy.value == ~copy.inverted && copy.value == copy.value_again &&
	       copy.inverted == copy.inverted_again;
}

/* The value of a copy, 0 if there is none. */
static const char *read_copy(uint64_t sector, uint32_t *value)
{
	if (card_sector(&trusted.dev, TZVMM_BLK_READ, sector, (uint8_t *)&copy) !=
	    TZVMM_OK) {
		return "cannot be read";
	}
	*value = is_whole() ? copy.value : 0u;
	return NULL;
}

static const char *write_copy(uint64_t sector, uint32_t value)
{
	memset(&copy, 0, sizeof(copy));
	copy.magic = copy.magic_again = MAGIC;
	copy.value = copy.value_again = value;
	copy.inverted = copy.inverted_again = ~value;
	return card_sector(&trusted.dev, TZVMM_BLK_WRITE, sector,
			   (uint8_t *)&copy) == TZVMM_OK
		       ? NULL
		       : "cannot be written";
}

/* Two copies in turn: the one that is not written to has the value before. */
const char *counter_next(uint32_t *value)
{
	uint32_t values[2] = { 0, 0 };
	const char *failed = open_partition();
	uint64_t first;

	if (failed != NULL) {
		return failed;
	}
	first = trusted.dev.nr_sectors - 2u;
	for (uint32_t i = 0; i < 2u && failed == NULL; i++) {
		failed = read_copy(first + i, &values[i]);
	}
	if (failed != NULL) {
		return failed;
	}
	*value = (values[0] > values[1] ? values[0] : values[1]) + 1u;
	if (*value == 0u) {
		return "at its end";
	}
	return write_copy(first + (values[0] > values[1] ? 1u : 0u), *value);
}
