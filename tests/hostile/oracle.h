/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_HOSTILE_ORACLE_H
#define TZVMM_HOSTILE_ORACLE_H

/** @file
 * What a disk in order does to memory, byte for byte: requests that are valid in form,
 * each with the guest's whole RAM and the card compared with what they have to be. */

#include <stdint.h>

#include "../../examples/guest_half/guest_half.h"

/** A machine whose disk was just started by guest_half_disk(). */
struct oracle {
	struct guest_half *half;     /**< Its driver. */
	uint8_t *ram;                /**< The guest's RAM ... */
	uint32_t ram_len;            /**< ... all of it, half->mem first. */
	uint8_t *card;               /**< The whole card. */
	uint32_t card_len;           /**< Its bytes. */
	uint32_t first;              /**< The partition's first sector. */
	uint32_t nr_sectors;         /**< Its sectors. */
	void (*complete)(void);      /**< Let the card end all requests well. */
	uint32_t (*below)(uint32_t); /**< A random number below another. */
};

/** Make requests and look what they change. Up to 65535 in all for each start of
 * the disk.
 * @param o Machine. @param nr Requests. @return NULL, or what is wrong. */
const char *oracle_check(const struct oracle *o, uint32_t nr);

#endif /* TZVMM_HOSTILE_ORACLE_H */
