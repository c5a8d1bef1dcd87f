/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_SMC_CONSOLE_H
#define TZVMM_SMC_CONSOLE_H

/** @file
 * The guest's console by calls: text in registers, and a line that is up while
 * there is something to read. */

#include <stddef.h>
#include <stdint.h>

#include <tzvmm/console.h>
#include <tzvmm/irq.h>
#include <tzvmm/status.h>

/** A console of a guest. */
struct tzvmm_smc_console {
	/** @cond PRIVATE */
	struct tzvmm_mux_source *out;
	struct tzvmm_input *in;
	struct tzvmm_irqs *irqs;
	uint32_t line;

	/** @endcond */
};

/** Prepare a console. What is given is borrowed.
 *
 * @param console Caller's memory.
 * @param out     Where its text goes.
 * @param in      Where typed text comes from.
 * @param irqs    The guest's interrupts.
 * @param line    The line that says that there is something to read.
 * @retval TZVMM_OK       Ready, the line is low.
 * @retval TZVMM_E_INVAL  @p line is out of range.
 * @retval TZVMM_E_DENIED @p line belongs to the secure world. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_smc_console_init(struct tzvmm_smc_console *console,
		       struct tzvmm_mux_source *out, struct tzvmm_input *in,
		       struct tzvmm_irqs *irqs, uint32_t line);

/** Take text from registers.
 *
 * @param console Initialised.
 * @param words   Text, first byte lowest in the first word. Not changed.
 * @param len     Bytes, at most TZVMM_SMC_WRITE_MAX.
 * @return Bytes taken; fewer than @p len when the mux has no room. */
uint32_t tzvmm_smc_console_write(struct tzvmm_smc_console *console,
				 const uint32_t *words, uint32_t len);

/** Put what was typed into registers.
 *
 * @param console Initialised.
 * @param words   TZVMM_SMC_READ_MAX / 4 words; all are written.
 * @param len     Most bytes, at most TZVMM_SMC_READ_MAX.
 * @return Bytes. */
uint32_t tzvmm_smc_console_read(struct tzvmm_smc_console *console, uint32_t *words,
				uint32_t len);

/** Somebody may have typed: bring the line up to date.
 *
 * @param console Initialised. */
void tzvmm_smc_console_poll(struct tzvmm_smc_console *console);

#endif /* TZVMM_SMC_CONSOLE_H */
