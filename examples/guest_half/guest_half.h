/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_GUEST_HALF_H
#define TZVMM_GUEST_HALF_H

/** @file
 * A guest's half of the interface, written against <tzvmm/abi/...> alone: what to
 * read first when a driver for another OS is to be written. One disk, one request
 * at a time, no interrupts: it waits by PSCI's standby and asks the device. */

#include <stdbool.h>
#include <stdint.h>

/** Bytes of memory that the disk's rings and buffer take. */
#define GUEST_HALF_LEN 0x4000u
/** Most sectors of a request. */
#define GUEST_HALF_SECTORS 16u

/** What the driver runs on. */
struct guest_half {
	/** Leave for the secure world: r0 .. r7 in and out. */
	void (*smc)(uint32_t regs[8]);
	uint8_t *mem; /**< GUEST_HALF_LEN bytes, page-aligned. */
	uint32_t pa;  /**< Their guest physical address. */
	/** @cond PRIVATE */
	uint16_t nr_done;
	/** @endcond */
};

/** A call: r0 answers, and r1 if result is not NULL.
 * @param g Guest. @param function Number. @param a r1. @param b r2. @param c r3.
 * @param d r4. @param result r1 of the answer, or NULL. @return r0. */
uint32_t guest_half_call(struct guest_half *g, uint32_t function, uint32_t a,
			 uint32_t b, uint32_t c, uint32_t d, uint32_t *result);

/** Whether the secure world speaks this interface, with a console and a disk.
 * @param g Guest. @return NULL, or what is missing. */
const char *guest_half_probe(struct guest_half *g);

/** Print; waits for room.
 * @param g Guest. @param text Ends with NUL. */
void guest_half_print(struct guest_half *g, const char *text);

/** A key that was typed; waits for it for some seconds.
 * @param g Guest. @return Its byte, or 0. */
uint8_t guest_half_key(struct guest_half *g);

/** Start the disk, device 0.
 * @param g Guest. @return NULL, or what failed. */
const char *guest_half_disk(struct guest_half *g);

/** Its size.
 * @param g Guest. @return Sectors of 512 bytes. */
uint64_t guest_half_capacity(struct guest_half *g);

/** The buffer of requests: GUEST_HALF_SECTORS sectors.
 * @param g Guest. @return Part of mem. */
uint8_t *guest_half_buffer(struct guest_half *g);

/** Read or write through the buffer.
 * @param g Guest. @param write Buffer to disk. @param sector First one.
 * @param nr Sectors, at most GUEST_HALF_SECTORS. @return Whether it succeeded. */
bool guest_half_transfer(struct guest_half *g, bool write, uint64_t sector,
			 uint32_t nr);

/** Power off; returns only where that is refused.
 * @param g Guest. */
void guest_half_off(struct guest_half *g);

#endif /* TZVMM_GUEST_HALF_H */
