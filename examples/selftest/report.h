/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPORT_H
#define REPORT_H

/* Answers, a line each (docs/selftest.md). */

#include <stdbool.h>
#include <stdint.h>

#include <imx53/clk.h>
#include <imx/csu.h>
#include <imx53/imx53.h>
#include <imx53/tzic_regs.h>
#include <tzvmm/port/mmio.h>

extern const struct tzvmm_sys board_sys;
extern const struct imx53_clk board_clk;

/* name: value -- as assumed, or what is to be changed because it is not. */
void answer(const char *name, bool as_assumed, const char *change, const char *fmt,
	    ...) __attribute__((format(printf, 4, 5)));

/* name: value -- noted, as nothing is assumed. */
void note(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* # text: what is not an answer. */
void remark(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Groups of questions. Each finds the CSU closed and leaves it so. */
void ask_reset(void);
void ask_clocks(void);
void ask_watchdog(void);
void ask_aborts(void);
void ask_cpu(void);
void ask_tzic(void);
void ask_tzic_normal(void);
void ask_csu(void);
void ask_slots(void);
void ask_m4if(void);
void ask_alias(void);
void ask_csd1(void);
void ask_card(void);
void ask_locks(void);

/* Rights of all slots of the CSU, and of one: see imx_csu_rights. */
void csu_all(uint32_t rights);
void csu_slot(unsigned slot, uint32_t rights);

/* Microseconds; it goes round. */
uint32_t now_us(void);

static inline uint32_t rd(uintptr_t addr)
{
	return tzvmm_mmio_read32(addr);
}

static inline void wr(uintptr_t addr, uint32_t value)
{
	tzvmm_mmio_write32(addr, value);
}

/* A register of the TZIC, and of an array the bit of a line. */
#define TZIC(reg) (IMX53_TZIC_BASE + (reg))
#define LINE_BIT(line) (1u << (line) % 32u)
#define LINE(array, line) TZIC(TZIC_WORD(array, (line) / 32u))

static inline bool is_pending(uint32_t line)
{
	return (rd(LINE(TZIC_PND, line)) & LINE_BIT(line)) != 0u;
}

static inline void line_enable(uint32_t line, bool on)
{
	wr(LINE(on ? TZIC_ENSET : TZIC_ENCLEAR, line), LINE_BIT(line));
}

#endif /* REPORT_H */
