/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/console.h>

enum tzvmm_status tzvmm_input_init(struct tzvmm_input *input, uint8_t *bytes,
				   size_t len)
{
	if (bytes == NULL || len == 0u || len > INT32_MAX ||
	    (len & (len - 1u)) != 0u) {
		return TZVMM_E_INVAL;
	}
	*input = (struct tzvmm_input){ .bytes = bytes, .mask = (uint32_t)len - 1u };
	return TZVMM_OK;
}

size_t tzvmm_input_put(struct tzvmm_input *input, const uint8_t *bytes, size_t len)
{
	size_t nr = 0;

	while (nr < len && input->head - input->tail <= input->mask) {
		input->bytes[input->head++ & input->mask] = bytes[nr++];
	}
	input->dropped += (uint32_t)(len - nr);
	return nr;
}

size_t tzvmm_input_take(struct tzvmm_input *input, uint8_t *bytes, size_t len)
{
	size_t nr = 0;

	while (nr < len && input->head != input->tail) {
		bytes[nr++] = input->bytes[input->tail++ & input->mask];
	}
	return nr;
}
