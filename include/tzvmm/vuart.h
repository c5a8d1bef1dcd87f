/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_VUART_H
#define TZVMM_VUART_H

/** @file
 * A virtual i.MX UART: what a guest's own driver finds where the real one was.
 *
 * It answers polling and interrupt-driven drivers in words of 32 bits. It starts
 * as a boot loader leaves the real one, on and at 115200 baud, since early
 * consoles print without setting anything up. The transmitter is always on; the
 * receiver obeys its enable bits. Rates, parity, modem lines, loops and DMA are
 * kept as values and have no effect. The ageing timer runs out at once: a typed
 * character needs no company. */

#include <stdint.h>

#include <tzvmm/console.h>
#include <tzvmm/irq.h>
#include <tzvmm/log.h>
#include <tzvmm/mmio.h>
#include <tzvmm/status.h>

/** Entries of the transmit FIFO, and what is shown of the input. */
#define TZVMM_VUART_FIFO 32u

/** Registers that keep a value. */
#define TZVMM_VUART_NR_REGS 14u

/** What a virtual UART is connected to; all of it required and borrowed. */
struct tzvmm_vuart_config {
	const struct tzvmm_sys *sys;  /**< Services. */
	struct tzvmm_mux_source *out; /**< Where the guest's output goes. */
	struct tzvmm_input *in;       /**< Where its input comes from. */
	struct tzvmm_irqs *irqs;      /**< Its interrupts; initialised. */
	uint32_t line;                /**< The UART's line in there. */
};

/** A virtual UART. Memory of the embedding code. */
struct tzvmm_vuart {
	/** @cond PRIVATE */
	const struct tzvmm_vuart_config *config;
	uint32_t regs[TZVMM_VUART_NR_REGS];
	char tx[TZVMM_VUART_FIFO];
	uint32_t tx_head; /* next byte in; both run freely */
	uint32_t tx_tail; /* next byte out */
	uint32_t tx_dropped;
	uint32_t outside;
	uint32_t in_dropped; /* what the input had dropped when last seen */
	struct tzvmm_ratelimit limit;
	bool aged;    /* input has waited long enough to be read */
	bool overrun; /* input was dropped and the guest has not been told */
	/* the interrupt line */
	bool raised;

	/** @endcond */
};

/** Register operations; the context is a struct tzvmm_vuart. The region is
 * 0x4000 bytes long. What is no register, or not accessed as a word, reads as
 * zero, ignores writes and is counted. */
extern const struct tzvmm_mmio_ops tzvmm_vuart_ops;

/** Prepare a UART in the state in which a boot loader leaves it.
 *
 * @param vuart  Caller's memory.
 * @param config What it is connected to.
 * @retval TZVMM_OK      Ready.
 * @retval TZVMM_E_INVAL Something is missing or the line is out of range.
 * @retval TZVMM_E_DENIED The line belongs to the secure world. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_vuart_init(struct tzvmm_vuart *vuart, const struct tzvmm_vuart_config *config);

/** Look again at both sides: input may have come, output may have room. To be
 * called after input was put in, and with tzvmm_mux_tick().
 *
 * @param vuart Initialised. */
void tzvmm_vuart_poll(struct tzvmm_vuart *vuart);

#endif /* TZVMM_VUART_H */
