/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TESTS_FAKE_H
#define TZVMM_TESTS_FAKE_H

/* A board that exists in memory alone: a clock that stands, a log that is kept,
 * an interrupt controller that remembers levels, a little guest RAM. */

#include <tzvmm/irq.h>
#include <tzvmm/port/port.h>

#define FAKE_RAM_IPA 0x78000000u
#define FAKE_RAM_LEN 0x20000u
#define FAKE_SECURE_LINE 40u

struct fake {
	uint64_t now_us;
	unsigned nr_lines_logged;
	char last_line[256];
	enum tzvmm_log_level last_level;
	bool level[TZVMM_NR_LINES];
	unsigned nr_set_level;
	unsigned nr_pulses; /* which raise level[] as well */
	struct tzvmm_sys sys;
	struct tzvmm_irqchip chip;
	struct tzvmm_window window;
	struct tzvmm_port port;
	_Alignas(4096) uint8_t ram[FAKE_RAM_LEN];
};

/* A board in order, everything low and empty. */
void fake_init(struct fake *fake);

/* What tzvmm_dma_to_device() was last called for. */
extern const void *fake_cleaned;
extern size_t fake_nr_cleaned;

#endif /* TZVMM_TESTS_FAKE_H */
