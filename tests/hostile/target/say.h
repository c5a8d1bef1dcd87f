/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TARGET_SAY_H
#define TZVMM_TARGET_SAY_H

/** @file
 * What bare guests share: accesses that may be refused, and text by whatever
 * console the profile has. */

#include <stdbool.h>
#include <stdint.h>

#include "../../../examples/guest_half/guest_half.h"

/** What start.S counts: accesses refused. */
extern uint32_t hostile_aborts;
/** DFSR of the last one. */
extern uint32_t hostile_dfsr;
/** ... and calls and exits after which a register is not as it was. */
extern uint32_t hostile_changed;

/** Read a word. @param address Where. @return It, or address if refused. */
uint32_t hostile_peek(uint32_t address);
/** Write a word. @param address Where. @param value What. */
void hostile_poke(uint32_t address, uint32_t value);

/** Whether the calls of the console are served: the paravirt profile.
 * @param half Guest. */
bool say_is_paravirt(struct guest_half *half);
/** Print. @param half Guest. @param text Ends with NUL. */
void say(struct guest_half *half, const char *text);
/** Print a line. @param half Guest. @param what Goes before. @param value In hex. */
void say_number(struct guest_half *half, const char *what, uint32_t value);
/** The key that was typed. @param half Guest. @return Its byte, or 0. */
uint8_t say_key(struct guest_half *half);

#endif /* TZVMM_TARGET_SAY_H */
