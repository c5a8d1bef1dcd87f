/* SPDX-License-Identifier: BSD-2-Clause */
#include <arm/pl011.h>

#include <arm/pl011_regs.h>
#include <imx/wait.h>
#include <tzvmm/port/mmio.h>

#define RX_BATCH 64u /* more than any FIFO: an end for a babbling line */

static uint32_t pl011_read(const struct pl011 *uart, uint32_t reg)
{
	return tzvmm_mmio_read32(uart->base + reg);
}

static void pl011_set(const struct pl011 *uart, uint32_t reg, uint32_t value)
{
	tzvmm_mmio_write32(uart->base + reg, value);
}

/* The largest divisor has no fraction [PL011]. */
#define MAX_DIVISOR (0xFFFFu << 6)

/* The divisor in 1/64: clock / 16 / baud, rounded; 0 if the rate cannot be had. */
static uint32_t pl011_divisor(uint32_t clk_hz, uint32_t baud)
{
	uint32_t divisor;

	if (baud == 0u || clk_hz / 16u < baud || clk_hz > UINT32_MAX / 8u) {
		return 0;
	}
	divisor = (clk_hz * 8u / baud + 1u) / 2u;
	return divisor > MAX_DIVISOR ? 0u : divisor;
}

enum tzvmm_status pl011_init(struct pl011 *uart, uintptr_t base,
			     const struct tzvmm_sys *sys, uint32_t clk_hz,
			     uint32_t baud)
{
	const uint32_t divisor = pl011_divisor(clk_hz, baud);

	if (divisor == 0u) {
		return TZVMM_E_INVAL;
	}
	*uart = (struct pl011){ .base = base, .sys = sys };
	pl011_set(uart, PL011_CR, 0);
	pl011_set(uart, PL011_IMSC, 0);
	/* [PL011]: FEN = 0 empties the FIFOs; the write of LCR_H is what
	 * takes the divisor over. */
	pl011_set(uart, PL011_LCR_H, 0);
	pl011_set(uart, PL011_IBRD, divisor >> 6);
	pl011_set(uart, PL011_FBRD, divisor & 0x3Fu);
	pl011_set(uart, PL011_LCR_H, LCR_8_BITS | LCR_FEN);
	pl011_set(uart, PL011_IFLS, IFLS_TX_HALF | IFLS_RX_EIGHTH);
	pl011_set(uart, PL011_ICR, INT_ALL);
	pl011_set(uart, PL011_CR, CR_UARTEN | CR_TXE | CR_RXE);
	return TZVMM_OK;
}

size_t pl011_write(const struct pl011 *uart, const void *text, size_t len)
{
	const uint8_t *bytes = text;
	size_t n;

	for (n = 0; n < len; n++) {
		if ((pl011_read(uart, PL011_FR) & FR_TXFF) != 0u) {
			break;
		}
		pl011_set(uart, PL011_DR, bytes[n]);
	}
	return n;
}

enum tzvmm_status pl011_drain(const struct pl011 *uart, uint32_t limit_us)
{
	return imx_wait(uart->sys, uart->base + PL011_FR, FR_BUSY, 0, limit_us);
}

static void pl011_enable(struct pl011 *uart, uint32_t bits, bool on)
{
	uart->imsc = on ? uart->imsc | bits : uart->imsc & ~bits;
	pl011_set(uart, PL011_IMSC, uart->imsc);
}

/* The timeout tells of characters that are too few for the FIFO's level. */
void pl011_listen(struct pl011 *uart, const struct pl011_events *events, void *ctx)
{
	uart->events = events;
	uart->ctx = ctx;
	pl011_enable(uart, INT_RX | INT_RX_TIMEOUT, true);
}

void pl011_notify_writable(struct pl011 *uart, bool on)
{
	pl011_enable(uart, INT_TX, on);
}

/* Reading until the FIFO is empty lowers both of its interrupts. */
static void pl011_receive(struct pl011 *uart)
{
	for (unsigned n = 0; n < RX_BATCH; n++) {
		uint32_t rx;

		if ((pl011_read(uart, PL011_FR) & FR_RXFE) != 0u) {
			return;
		}
		rx = pl011_read(uart, PL011_DR);
		if ((rx & DR_ERRORS) != 0u) {
			uart->rx_errors++;
		} else {
			uart->events->received(uart->ctx, (uint8_t)(rx & DR_DATA));
		}
	}
}

void pl011_irq(void *ctx)
{
	struct pl011 *uart = ctx;

	pl011_receive(uart);
	/* Lowered by what is written now. */
	if ((pl011_read(uart, PL011_MIS) & INT_TX) != 0u) {
		uart->events->writable(uart->ctx);
	}
}
