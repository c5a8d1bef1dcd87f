// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include <tzvmm/shared.h>

#include "fuzz_input.h"

static struct fuzz_input *other_side;
static bool is_racing;

void fuzz_input_init(struct fuzz_input *in, const uint8_t *data, size_t size)
{
	*in = (struct fuzz_input){ data, size };
	other_side = in;
	is_racing = false;
}

uint8_t fuzz_take8(struct fuzz_input *in)
{
	if (in->left == 0u) {
		return 0;
	}
	in->left--;
	return *in->data++;
}

uint16_t fuzz_take16(struct fuzz_input *in)
{
	const uint16_t low = fuzz_take8(in);

	return (uint16_t)(low | fuzz_take8(in) << 8);
}

uint32_t fuzz_take32(struct fuzz_input *in)
{
	const uint32_t low = fuzz_take16(in);

	return low | (uint32_t)fuzz_take16(in) << 16;
}

uint64_t fuzz_take64(struct fuzz_input *in)
{
	const uint64_t low = fuzz_take32(in);

	return low | (uint64_t)fuzz_take32(in) << 32;
}

void fuzz_set_racing(bool racing)
{
	is_racing = racing;
}

/* A changed word keeps most of its bits, so that it often stays plausible. */
static void read_shared(void *to, const void *at, size_t size)
{
	uint8_t *guest = (uint8_t *)(uintptr_t)at;

	require((uintptr_t)at % size == 0u);
	memcpy(to, at, size);
	if (is_racing && (fuzz_take8(other_side) & 3u) == 3u) {
		guest[fuzz_take8(other_side) % size] ^= fuzz_take8(other_side);
	}
}

static void write_shared(void *at, const void *from, size_t size)
{
	require((uintptr_t)at % size == 0u);
	memcpy(at, from, size);
}

uint8_t tzvmm_shared_read8(const void *at)
{
	uint8_t value;

	read_shared(&value, at, sizeof(value));
	return value;
}

uint16_t tzvmm_shared_read16(const void *at)
{
	uint16_t value;

	read_shared(&value, at, sizeof(value));
	return value;
}

uint64_t tzvmm_shared_read64(const void *at)
{
	uint64_t value;

	read_shared(&value, at, sizeof(value));
	return value;
}

void tzvmm_shared_write8(void *at, uint8_t value)
{
	write_shared(at, &value, sizeof(value));
}

void tzvmm_shared_write16(void *at, uint16_t value)
{
	write_shared(at, &value, sizeof(value));
}

void tzvmm_shared_write32(void *at, uint32_t value)
{
	write_shared(at, &value, sizeof(value));
}

void tzvmm_shared_fence(memory_order order)
{
	(void)order;
}
