/* SPDX-License-Identifier: BSD-2-Clause */
#include <imx/uart.h>

#include <imx/uart_regs.h>
#include <imx/wait.h>
#include <tzvmm/port/mmio.h>

#define UART_RESET_LIMIT_US 1000u
#define UART_TX_ROOM 8u   /* fewer characters than this: writable */
#define UART_RX_BATCH 64u /* twice the FIFO: an end for a babbling line */

static uint32_t uart_read(const struct imx_uart *uart, uint32_t reg)
{
	return tzvmm_mmio_read32(uart->base + reg);
}

static void uart_write(const struct imx_uart *uart, uint32_t reg, uint32_t value)
{
	tzvmm_mmio_write32(uart->base + reg, value);
}

/* baud = ref / 16 x (UBIR + 1) / (UBMR + 1), ref being half the root clock. With
 * UBIR = 15 that is ref / (UBMR + 1), within 0.2 % at any usual rate. */
static uint32_t uart_ubmr(uint32_t root_hz, uint32_t baud)
{
	uint32_t ref = root_hz / 2u;

	if (baud == 0u || baud > ref / 16u) {
		return 0;
	}
	return (ref + baud / 2u) / baud - 1u;
}

enum tzvmm_status imx_uart_init(struct imx_uart *uart, uintptr_t base,
				const struct tzvmm_sys *sys, uint32_t root_hz,
				uint32_t baud)
{
	const uint32_t ubmr = uart_ubmr(root_hz, baud);
	enum tzvmm_status st;

	if (ubmr == 0u || ubmr > 0xFFFFu) {
		return TZVMM_E_INVAL;
	}
	*uart = (struct imx_uart){ .base = base, .sys = sys };

	uart_write(uart, UART_UCR1, 0);
	uart_write(uart, UART_UCR2, 0);
	st = imx_wait(sys, base + UART_UCR2, UCR2_SRST, UCR2_SRST,
		      UART_RESET_LIMIT_US);
	if (st != TZVMM_OK) {
		return st;
	}
	uart_write(uart, UART_UCR3, UCR3_RESET | UCR3_RXDMUXSEL);
	uart_write(uart, UART_UCR4, UCR4_RESET);
	uart_write(uart, UART_UFCR,
		   UFCR_TXTL(UART_TX_ROOM) | UFCR_RFDIV_2 | UFCR_RXTL(1));
	/* [MCIMX53RM UART] UBIR first: the write of UBMR takes both over. */
	uart_write(uart, UART_UBIR, 15);
	uart_write(uart, UART_UBMR, ubmr);
	uart_write(uart, UART_UCR2,
		   UCR2_SRST | UCR2_RXEN | UCR2_TXEN | UCR2_WS | UCR2_IRTS);
	uart->ucr1 = UCR1_UARTEN;
	uart_write(uart, UART_UCR1, uart->ucr1);
	return TZVMM_OK;
}

size_t imx_uart_write(const struct imx_uart *uart, const void *text, size_t len)
{
	const uint8_t *bytes = text;
	size_t n;

	for (n = 0; n < len; n++) {
		if ((uart_read(uart, UART_UTS) & UTS_TXFULL) != 0u) {
			break;
		}
		uart_write(uart, UART_UTXD, bytes[n]);
	}
	return n;
}

enum tzvmm_status imx_uart_write_polled(const struct imx_uart *uart, const void *text,
					size_t len, uint32_t limit_us)
{
	const uint8_t *bytes = text;

	for (size_t n = 0; n < len; n++) {
		enum tzvmm_status st = imx_wait(uart->sys, uart->base + UART_UTS,
						UTS_TXFULL, 0, limit_us);
		if (st != TZVMM_OK) {
			return st;
		}
		uart_write(uart, UART_UTXD, bytes[n]);
	}
	return TZVMM_OK;
}

enum tzvmm_status imx_uart_drain(const struct imx_uart *uart, uint32_t limit_us)
{
	return imx_wait(uart->sys, uart->base + UART_USR2, USR2_TXDC, USR2_TXDC,
			limit_us);
}

enum tzvmm_status imx_uart_read(struct imx_uart *uart, uint8_t *byte)
{
	uint32_t rx = uart_read(uart, UART_URXD);

	if ((rx & URXD_CHARRDY) == 0u) {
		return TZVMM_E_EMPTY;
	}
	if ((rx & URXD_ERR) != 0u) {
		uart_write(uart, UART_USR2, USR2_ORE);
		uart->rx_errors++;
		return TZVMM_E_IO;
	}
	*byte = (uint8_t)(rx & URXD_DATA);
	return TZVMM_OK;
}

static void uart_enable(struct imx_uart *uart, uint32_t bit, bool on)
{
	uart->ucr1 = on ? uart->ucr1 | bit : uart->ucr1 & ~bit;
	uart_write(uart, UART_UCR1, uart->ucr1);
}

void imx_uart_listen(struct imx_uart *uart, const struct imx_uart_events *events,
		     void *ctx)
{
	uart->events = events;
	uart->ctx = ctx;
	uart_enable(uart, UCR1_RRDYEN, true);
}

void imx_uart_notify_writable(struct imx_uart *uart, bool on)
{
	uart_enable(uart, UCR1_TRDYEN, on);
}

void imx_uart_irq(void *ctx)
{
	struct imx_uart *uart = ctx;
	enum tzvmm_status st = TZVMM_OK;
	uint8_t byte;

	for (unsigned n = 0; n < UART_RX_BATCH; n++) {
		st = imx_uart_read(uart, &byte);
		if (st == TZVMM_E_EMPTY) {
			break;
		}
		if (st == TZVMM_OK) {
			uart->events->received(uart->ctx, byte);
		}
	}
	if ((uart->ucr1 & UCR1_TRDYEN) != 0u &&
	    (uart_read(uart, UART_USR1) & USR1_TRDY) != 0u) {
		uart->events->writable(uart->ctx);
	}
}
