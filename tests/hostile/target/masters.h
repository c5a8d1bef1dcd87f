/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_TARGET_MASTERS_H
#define TZVMM_TARGET_MASTERS_H

/** @file
 * The emulator's bus masters (emulator/README.md): what a guest could do with
 * engines that no driver here knows. */

#include <stdbool.h>
#include <stdint.h>

/** Fields of SA, two bits each; a master is the lower bit of its own. */
#define MASTERS_END 32u
#define MASTERS_CORTEX 2u  /**< We are that. */
#define MASTERS_ESDHC1 26u /**< The SD host's, which is secure. */

/** What becomes of a command. */
enum masters_result {
	MASTERS_DONE,    /**< The transfer happened. */
	MASTERS_CLOSED,  /**< The engine's registers are closed to us. */
	MASTERS_REFUSED, /**< The bus refused it. */
};

/** Kinds of commands, one of the first two. */
enum masters_command {
	MASTERS_READ,      /**< Memory to the master. */
	MASTERS_WRITE,     /**< The master to memory. */
	MASTERS_TAKEN = 2, /**< As if its registers were open. */
};

/** @return Whether the board has these registers. */
bool masters_there(void);

/** A transfer.
 * @param master Its field. @param address Where. @param length Bytes.
 * @param command enum masters_command. @param data Written over and over, or the
 * first word that was read, 0 if refused. @return enum masters_result. */
uint32_t masters_command(uint32_t master, uint32_t address, uint32_t length,
			 uint32_t command, uint32_t *data);

#endif /* TZVMM_TARGET_MASTERS_H */
