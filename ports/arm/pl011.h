/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARM_PL011_H
#define ARM_PL011_H

/** @file
 * PrimeCell UART (PL011): 8N1, no flow control, FIFO and interrupts, no DMA. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** What the interrupt handler hands on. Both are required. */
struct pl011_events {
	/** A byte came. */
	void (*received)(void *ctx, uint8_t byte);
	/** The transmitter has room again and its interrupt is enabled. The callee
	 * writes until nothing more fits, or disables the interrupt. */
	void (*writable)(void *ctx);
};

/** A UART. Memory of the caller. */
struct pl011 {
	/** @cond PRIVATE */
	uintptr_t base;
	const struct tzvmm_sys *sys;
	const struct pl011_events *events;
	void *ctx;
	uint32_t imsc;      /* what IMSC was set to */
	uint32_t rx_errors; /* characters lost or damaged */
			    /** @endcond */
};

/** Start the block, both interrupts off. What is still being sent is lost.
 *
 * @param uart   Caller's memory.
 * @param base   Registers.
 * @param sys    Services; borrowed, must outlive @p uart.
 * @param clk_hz UARTCLK.
 * @param baud   Bits a second.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL The clock cannot give this rate. */
TZVMM_NODISCARD enum tzvmm_status pl011_init(struct pl011 *uart, uintptr_t base,
					     const struct tzvmm_sys *sys,
					     uint32_t clk_hz, uint32_t baud);

/** Write what fits into the FIFO. Never waits.
 *
 * @param uart Started.
 * @param text Bytes.
 * @param len  Their number.
 * @return How many were taken. */
size_t pl011_write(const struct pl011 *uart, const void *text, size_t len);

/** Wait until the last bit has left.
 * @param uart     Started.
 * @param limit_us Longest wait.
 * @retval TZVMM_OK        The line is idle.
 * @retval TZVMM_E_TIMEOUT It is not. */
TZVMM_NODISCARD enum tzvmm_status pl011_drain(const struct pl011 *uart,
					      uint32_t limit_us);

/** Use interrupts: received bytes from now on go to events->received().
 *
 * @param uart   Started.
 * @param events Borrowed, must outlive @p uart.
 * @param ctx    Handed to @p events. */
void pl011_listen(struct pl011 *uart, const struct pl011_events *events, void *ctx);

/** Turn the interrupt for room in the transmitter on or off. It comes when
 * characters leave a FIFO that was more than half full, so it is to be turned on
 * behind a pl011_write() that did not take everything.
 * @param uart Started.
 * @param on   true: events->writable() is called as room comes up. */
void pl011_notify_writable(struct pl011 *uart, bool on);

/** Interrupt handler.
 * @param ctx The struct pl011, listening.
 * @note Time: at most 64 received characters a call. */
void pl011_irq(void *ctx);

#endif /* ARM_PL011_H */
