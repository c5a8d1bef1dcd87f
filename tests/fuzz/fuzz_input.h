/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

/* The fuzzer's bytes as a stream of choices, and shared memory whose other side
 * uses it: after any read of the device, memory may change. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct fuzz_input {
	const uint8_t *data;
	size_t left;
};

/* The input is the one that the shared memory's other side takes from. */
void fuzz_input_init(struct fuzz_input *in, const uint8_t *data, size_t size);

/* The next values; 0 when the input has ended. */
uint8_t fuzz_take8(struct fuzz_input *in);
uint16_t fuzz_take16(struct fuzz_input *in);
uint32_t fuzz_take32(struct fuzz_input *in);
uint64_t fuzz_take64(struct fuzz_input *in);

/* Whether the guest changes what the device has read, sometimes. */
void fuzz_set_racing(bool racing);

/* A promise of the library. */
static inline void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* TESTS_FUZZ_INPUT_H */
