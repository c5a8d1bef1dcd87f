/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory is handed out once, at start, and never given back. */
#include "seed.h"

#define POOL_LEN 0x80000u
#define ALIGN 16u

static uint8_t pool[POOL_LEN] __attribute__((aligned(ALIGN)));
static size_t used;

void *pool_alloc(size_t len)
{
	uint8_t *memory = pool + used;

	if (len > POOL_LEN - ALIGN || used > POOL_LEN - ALIGN - len) {
		return NULL;
	}
	used += (len + ALIGN - 1u) / ALIGN * ALIGN;
	return memory;
}
