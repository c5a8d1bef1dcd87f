/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/abi/smc.h>
#include <tzvmm/smc_console.h>

/* Registers hold text in the order of their bytes' weight; bytes in memory have
 * the same order only where the secure world is little-endian. */
static void unpack(uint8_t *text, const uint32_t *words, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		text[i] = (uint8_t)(words[i / 4u] >> 8u * (i % 4u));
	}
}

static void pack(uint32_t *words, const uint8_t *text, uint32_t len)
{
	memset(words, 0, TZVMM_SMC_READ_MAX);
	for (uint32_t i = 0; i < len; i++) {
		words[i / 4u] |= (uint32_t)text[i] << 8u * (i % 4u);
	}
}

enum tzvmm_status tzvmm_smc_console_init(struct tzvmm_smc_console *console,
					 struct tzvmm_mux_source *out,
					 struct tzvmm_input *in,
					 struct tzvmm_irqs *irqs, uint32_t line)
{
	const enum tzvmm_status status = tzvmm_irqs_set(irqs, line, false);

	if (status == TZVMM_OK) {
		*console = (struct tzvmm_smc_console){ out, in, irqs, line };
	}
	return status;
}

void tzvmm_smc_console_poll(struct tzvmm_smc_console *console)
{
	/* The line was accepted at init, so driving it cannot fail. */
	(void)!tzvmm_irqs_set(console->irqs, console->line,
			      tzvmm_input_len(console->in) != 0u);
}

uint32_t tzvmm_smc_console_write(struct tzvmm_smc_console *console,
				 const uint32_t *words, uint32_t len)
{
	uint8_t text[TZVMM_SMC_WRITE_MAX];

	unpack(text, words, len);
	return (uint32_t)tzvmm_mux_write(console->out, (const char *)text, len);
}

uint32_t tzvmm_smc_console_read(struct tzvmm_smc_console *console, uint32_t *words,
				uint32_t len)
{
	uint8_t text[TZVMM_SMC_READ_MAX];
	const uint32_t taken = (uint32_t)tzvmm_input_take(console->in, text, len);

	pack(words, text, taken);
	tzvmm_smc_console_poll(console);
	return taken;
}
