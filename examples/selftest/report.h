/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REPORT_H
#define REPORT_H

/* Answers, a line each (docs/selftest.md), and what is kept over a reset. */

#include <stdbool.h>
#include <stdint.h>

#include <imx53/clk.h>

/* Board services. */
extern const struct tzvmm_sys board_sys;
extern const struct imx53_clk board_clk;

/* name: value -- as assumed, or what is to be changed because it is not. */
void answer(const char *name, bool as_assumed, const char *change, const char *fmt,
	    ...) __attribute__((format(printf, 4, 5)));

/* name: value -- noted, as nothing is assumed. */
void note_value(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* # text: what is not an answer. */
void remark(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Groups of questions; each begins with the CSU as the one before left it. */
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

/* All slots of the CSU closed but some: rights, see imx_csu_rights. */
void csu_all(uint32_t rights);
void csu_slot(unsigned slot, uint32_t rights);

#endif /* REPORT_H */
