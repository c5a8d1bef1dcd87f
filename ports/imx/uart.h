/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_UART_H
#define IMX_UART_H

/** @file
 * UART of i.MX: 8N1, no flow control, FIFO and interrupts, no DMA. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** What the interrupt handler hands on. Both are required. */
struct imx_uart_events {
	/** A byte came. */
	void (*received)(void *ctx, uint8_t byte);
	/** The transmitter has room and its interrupt is enabled. The callee
	 * writes more or disables the interrupt. */
	void (*writable)(void *ctx);
};

/** A UART. Memory of the caller. */
struct imx_uart {
	/** @cond PRIVATE */
	uintptr_t base;
	const struct tzvmm_sys *sys;
	const struct imx_uart_events *events;
	void *ctx;
	uint32_t ucr1;      /* what UCR1 was set to */
	uint32_t rx_errors; /* characters lost or damaged */
			    /** @endcond */
};

/** Reset the block and start it, both interrupts off.
 *
 * @param uart    Caller's memory.
 * @param base    Registers.
 * @param sys     Services; borrowed, must outlive @p uart.
 * @param root_hz Clock at the block, before its own divider.
 * @param baud    Bits a second.
 * @retval TZVMM_OK        Ready.
 * @retval TZVMM_E_INVAL   The clock cannot give this rate.
 * @retval TZVMM_E_TIMEOUT The block stays in reset; it is off. */
TZVMM_NODISCARD enum tzvmm_status imx_uart_init(struct imx_uart *uart, uintptr_t base,
						const struct tzvmm_sys *sys,
						uint32_t root_hz, uint32_t baud);

/** Write what fits into the FIFO. Never waits.
 *
 * @param uart Started.
 * @param text Bytes.
 * @param len  Their number.
 * @return How many were taken. */
size_t imx_uart_write(const struct imx_uart *uart, const void *text, size_t len);

/** Write everything, waiting for room: for panics and before interrupts run.
 *
 * @param uart     Started.
 * @param text     Bytes.
 * @param len      Their number.
 * @param limit_us Longest wait for room of one byte.
 * @retval TZVMM_OK        All are in the FIFO.
 * @retval TZVMM_E_TIMEOUT The FIFO stayed full; the rest is dropped. */
TZVMM_NODISCARD enum tzvmm_status imx_uart_write_polled(const struct imx_uart *uart,
							const void *text, size_t len,
							uint32_t limit_us);

/** Wait until the last bit has left.
 * @param uart     Started.
 * @param limit_us Longest wait.
 * @retval TZVMM_OK        The line is idle.
 * @retval TZVMM_E_TIMEOUT It is not. */
TZVMM_NODISCARD enum tzvmm_status imx_uart_drain(const struct imx_uart *uart,
						 uint32_t limit_us);

/** Take one received byte.
 *
 * @param uart Started.
 * @param byte Set on TZVMM_OK.
 * @retval TZVMM_OK      A byte.
 * @retval TZVMM_E_EMPTY None there.
 * @retval TZVMM_E_IO    A damaged character (break, framing, overrun) was
 *                       dropped and counted; there may be more. */
TZVMM_NODISCARD enum tzvmm_status imx_uart_read(struct imx_uart *uart, uint8_t *byte);

/** Use interrupts: received bytes from now on go to events->received().
 *
 * @param uart   Started.
 * @param events Borrowed, must outlive @p uart.
 * @param ctx    Handed to @p events. */
void imx_uart_listen(struct imx_uart *uart, const struct imx_uart_events *events,
		     void *ctx);

/** Turn the interrupt for room in the transmitter on or off.
 * @param uart Started.
 * @param on   true: events->writable() is called while there is room. */
void imx_uart_notify_writable(struct imx_uart *uart, bool on);

/** Interrupt handler.
 * @param ctx The struct imx_uart, listening.
 * @note Time: at most 64 received characters a call. */
void imx_uart_irq(void *ctx);

#endif /* IMX_UART_H */
