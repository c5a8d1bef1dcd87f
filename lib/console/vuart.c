/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/log.h>
#include <tzvmm/vuart.h>

/* [MCIMX53RM] UART memory map; bits as U-Boot's and Linux's drivers use them. */
#define UART_URXD 0x00u
#define UART_UTXD 0x40u
#define UART_UCR1 0x80u /* the first one that keeps a value */
#define UART_UCR2 0x84u
#define UART_UCR3 0x88u
#define UART_UCR4 0x8Cu
#define UART_UFCR 0x90u
#define UART_USR1 0x94u
#define UART_USR2 0x98u
#define UART_UESC 0x9Cu
#define UART_UTIM 0xA0u
#define UART_UBIR 0xA4u
#define UART_UBMR 0xA8u
#define UART_UBRC 0xACu
#define UART_ONEMS 0xB0u
#define UART_UTS 0xB4u

#define URXD_CHARRDY (1u << 15)

#define UCR1_TRDYEN (1u << 13)
#define UCR1_RRDYEN (1u << 9)
#define UCR1_TXMPTYEN (1u << 6)
#define UCR1_UARTEN (1u << 0)
#define UCR2_IRTS (1u << 14)
#define UCR2_WS (1u << 5)
#define UCR2_ATEN (1u << 3)
#define UCR2_TXEN (1u << 2)
#define UCR2_RXEN (1u << 1)
#define UCR2_SRST (1u << 0)
#define UCR4_TCEN (1u << 3)
#define UCR4_OREN (1u << 1)
#define UCR4_DREN (1u << 0)
#define UFCR_RXTL 0x3Fu
#define UFCR_TXTL_SHIFT 10u
#define USR1_RTSS (1u << 14)
#define USR1_TRDY (1u << 13)
#define USR1_RRDY (1u << 9)
#define USR1_AGTIM (1u << 8)
#define USR1_RXDS (1u << 6)
#define USR2_TXFE (1u << 14)
#define USR2_TXDC (1u << 3)
#define USR2_ORE (1u << 1)
#define USR2_RDR (1u << 0)
#define UTS_TXEMPTY (1u << 6)
#define UTS_RXEMPTY (1u << 5)
#define UTS_TXFULL (1u << 4)
#define UTS_RXFULL (1u << 3)

/* Each of these enables the status bit of its own number. */
_Static_assert(UCR1_TRDYEN == USR1_TRDY && UCR1_RRDYEN == USR1_RRDY, "UCR1");
_Static_assert(UCR4_TCEN == USR2_TXDC && UCR4_OREN == USR2_ORE &&
		       UCR4_DREN == USR2_RDR,
	       "UCR4");

#define INDEX(offset) (((offset)-UART_UCR1) / 4u)

_Static_assert(INDEX(UART_UTS) + 1u == TZVMM_VUART_NR_REGS, "registers");

/* What can be written, and what a boot loader leaves: 8N1, 115200 baud of a
 * clock of 66.7 MHz. */
static const struct {
	uint32_t writable;
	uint32_t initial;
} reg_table[TZVMM_VUART_NR_REGS] = {
	[INDEX(UART_UCR1)] = { 0xFFFF, UCR1_UARTEN },
	[INDEX(UART_UCR2)] = { 0xFFFF, UCR2_IRTS | UCR2_WS | UCR2_TXEN | UCR2_RXEN |
					       UCR2_SRST },
	[INDEX(UART_UCR3)] = { 0xFFFF, 0x0784 },
	[INDEX(UART_UCR4)] = { 0xFFFF, 0x8000 },
	[INDEX(UART_UFCR)] = { 0xFFFF, 0x0801 },
	[INDEX(UART_UESC)] = { 0x00FF, 0x002B },
	[INDEX(UART_UTIM)] = { 0x0FFF, 0 },
	[INDEX(UART_UBIR)] = { 0xFFFF, 0x000F },
	[INDEX(UART_UBMR)] = { 0xFFFF, 0x0121 },
	[INDEX(UART_UBRC)] = { 0, 0x0004 },
	[INDEX(UART_ONEMS)] = { 0xFFFFFF, 0 },
	[INDEX(UART_UTS)] = { 0x3E00, 0 },
};

static uint32_t *reg(struct tzvmm_vuart *vuart, uint32_t offset)
{
	return &vuart->regs[INDEX(offset)];
}

static uint32_t tx_len(const struct tzvmm_vuart *vuart)
{
	return vuart->tx_head - vuart->tx_tail;
}

/* How much input the guest sees: what a FIFO would hold. */
static uint32_t rx_len(struct tzvmm_vuart *vuart)
{
	const uint32_t len = tzvmm_input_len(vuart->config->in);

	if ((*reg(vuart, UART_UCR1) & UCR1_UARTEN) == 0u ||
	    (*reg(vuart, UART_UCR2) & UCR2_RXEN) == 0u) {
		return 0;
	}
	return len < TZVMM_VUART_FIFO ? len : TZVMM_VUART_FIFO;
}

static uint32_t usr1(struct tzvmm_vuart *vuart)
{
	const uint32_t ufcr = *reg(vuart, UART_UFCR);
	const uint32_t rx = rx_len(vuart);
	uint32_t status = USR1_RTSS | USR1_RXDS; /* peer ready, line idle */

	if (tx_len(vuart) <= ufcr >> UFCR_TXTL_SHIFT) {
		status |= USR1_TRDY;
	}
	if (rx > 0u && rx >= (ufcr & UFCR_RXTL)) {
		status |= USR1_RRDY;
	}
	if (vuart->aged) {
		status |= USR1_AGTIM;
	}
	return status;
}

static uint32_t usr2(struct tzvmm_vuart *vuart)
{
	uint32_t status = 0;

	if (tx_len(vuart) == 0u) {
		status |= USR2_TXFE | USR2_TXDC;
	}
	if (rx_len(vuart) > 0u) {
		status |= USR2_RDR;
	}
	if (vuart->overrun) {
		status |= USR2_ORE;
	}
	return status;
}

static uint32_t uts(struct tzvmm_vuart *vuart)
{
	const uint32_t tx = tx_len(vuart);
	const uint32_t rx = rx_len(vuart);
	uint32_t status = *reg(vuart, UART_UTS);

	status |= tx == 0u ? UTS_TXEMPTY : 0u;
	status |= tx == TZVMM_VUART_FIFO ? UTS_TXFULL : 0u;
	status |= rx == 0u ? UTS_RXEMPTY : 0u;
	status |= rx == TZVMM_VUART_FIFO ? UTS_RXFULL : 0u;
	return status;
}

static bool wants_interrupt(struct tzvmm_vuart *vuart)
{
	const uint32_t ucr1 = *reg(vuart, UART_UCR1);
	const uint32_t status1 = usr1(vuart);
	const uint32_t status2 = usr2(vuart);

	return (status1 & ucr1 & (USR1_TRDY | USR1_RRDY)) != 0u ||
	       (status2 & *reg(vuart, UART_UCR4) &
		(USR2_TXDC | USR2_ORE | USR2_RDR)) != 0u ||
	       ((*reg(vuart, UART_UCR2) & UCR2_ATEN) != 0u &&
		(status1 & USR1_AGTIM) != 0u) ||
	       ((ucr1 & UCR1_TXMPTYEN) != 0u && (status2 & USR2_TXFE) != 0u);
}

static void drive_line(struct tzvmm_vuart *vuart)
{
	const bool level = wants_interrupt(vuart);

	if (level != vuart->raised &&
	    tzvmm_irqs_set(vuart->config->irqs, vuart->config->line, level) ==
		    TZVMM_OK) {
		vuart->raised = level;
	}
}

/* Input that is there, and is not being read, is old at once. */
static void age(struct tzvmm_vuart *vuart)
{
	const uint32_t dropped = vuart->config->in->dropped;

	vuart->aged = rx_len(vuart) > 0u;
	vuart->overrun = vuart->overrun || dropped != vuart->in_dropped;
	vuart->in_dropped = dropped;
}

/* Hand on what the mux takes. */
static void drain(struct tzvmm_vuart *vuart)
{
	while (vuart->tx_head != vuart->tx_tail) {
		const uint32_t at = vuart->tx_tail % TZVMM_VUART_FIFO;
		const uint32_t to_end = TZVMM_VUART_FIFO - at;
		const uint32_t all = tx_len(vuart);
		const uint32_t len = all < to_end ? all : to_end;
		const size_t taken =
			tzvmm_mux_write(vuart->config->out, vuart->tx + at, len);

		vuart->tx_tail += (uint32_t)taken;
		if (taken < len) {
			return;
		}
	}
}

static void transmit(struct tzvmm_vuart *vuart, uint32_t value)
{
	if (tx_len(vuart) == TZVMM_VUART_FIFO) {
		drain(vuart);
	}
	if (tx_len(vuart) == TZVMM_VUART_FIFO) {
		/* The guest did not look at TXFULL: hardware loses it too. */
		vuart->tx_dropped++;
		tzvmm_log_limited(
			vuart->config->sys, &vuart->limit, TZVMM_LOG_WARN,
			"uart: %u bytes of the guest lost: it did not wait",
			(unsigned)vuart->tx_dropped);
		return;
	}
	vuart->tx[vuart->tx_head++ % TZVMM_VUART_FIFO] = (char)(value & 0xFFu);
	drain(vuart);
}

static uint32_t receive(struct tzvmm_vuart *vuart)
{
	uint8_t byte;

	if (rx_len(vuart) == 0u ||
	    tzvmm_input_take(vuart->config->in, &byte, 1) == 0u) {
		return 0;
	}
	return URXD_CHARRDY | byte;
}

/* [Linux imx.c, citing the manual] SRST resets the FIFOs and USR1, USR2, UBIR,
 * UBMR, UBRC and UTS[6:3], and reads as 1 again when it is done: at once. The
 * input ring stands for a user's fingers and keeps what they typed. */
static void soft_reset(struct tzvmm_vuart *vuart)
{
	drain(vuart);
	vuart->tx_tail = vuart->tx_head;
	vuart->overrun = false;
	*reg(vuart, UART_UBIR) = 0;
	*reg(vuart, UART_UBMR) = 0;
	*reg(vuart, UART_UCR2) |= UCR2_SRST;
}

static void write_kept(struct tzvmm_vuart *vuart, uint32_t offset, uint32_t value)
{
	const uint32_t writable = reg_table[INDEX(offset)].writable;
	uint32_t *kept = reg(vuart, offset);

	*kept = (*kept & ~writable) | (value & writable);
	if (offset == UART_UCR2 && (value & UCR2_SRST) == 0u) {
		soft_reset(vuart);
	}
}

static bool is_register(uint32_t offset, unsigned size)
{
	return size == 4u && (offset == UART_URXD || offset == UART_UTXD ||
			      (offset >= UART_UCR1 && offset <= UART_UTS));
}

static enum tzvmm_status vuart_read(void *ctx, uint32_t offset, unsigned size,
				    uint32_t *value)
{
	struct tzvmm_vuart *vuart = ctx;

	if (!is_register(offset, size)) {
		vuart->outside++;
		return TZVMM_OK;
	}
	/* A guest that waits for the transmitter lets it go on. Other reads but
	 * that of a received byte change nothing, and are short: guests poll. */
	if (tx_len(vuart) > 0u) {
		drain(vuart);
		drive_line(vuart);
	}
	switch (offset) {
	case UART_URXD:
		*value = receive(vuart);
		age(vuart);
		drive_line(vuart);
		break;
	case UART_UTXD: /* write only */
		break;
	case UART_USR1:
		*value = usr1(vuart);
		break;
	case UART_USR2:
		*value = usr2(vuart);
		break;
	case UART_UTS:
		*value = uts(vuart);
		break;
	default:
		*value = *reg(vuart, offset);
		break;
	}
	return TZVMM_OK;
}

static enum tzvmm_status vuart_write(void *ctx, uint32_t offset, unsigned size,
				     uint32_t value)
{
	struct tzvmm_vuart *vuart = ctx;

	if (!is_register(offset, size)) {
		vuart->outside++;
		return TZVMM_OK;
	}
	switch (offset) {
	case UART_URXD: /* read only */
		break;
	case UART_UTXD:
		transmit(vuart, value);
		break;
	case UART_USR1: /* write 1 to clear, as far as something is latched */
		vuart->aged = vuart->aged && (value & USR1_AGTIM) == 0u;
		break;
	case UART_USR2:
		vuart->overrun = vuart->overrun && (value & USR2_ORE) == 0u;
		break;
	default:
		write_kept(vuart, offset, value);
		age(vuart);
		break;
	}
	drive_line(vuart);
	return TZVMM_OK;
}

const struct tzvmm_mmio_ops tzvmm_vuart_ops = {
	.read = vuart_read,
	.write = vuart_write,
};

void tzvmm_vuart_poll(struct tzvmm_vuart *vuart)
{
	drain(vuart);
	age(vuart);
	drive_line(vuart);
}

enum tzvmm_status tzvmm_vuart_init(struct tzvmm_vuart *vuart,
				   const struct tzvmm_vuart_config *config)
{
	enum tzvmm_status st;

	if (config == NULL || config->sys == NULL || config->out == NULL ||
	    config->in == NULL || config->irqs == NULL) {
		return TZVMM_E_INVAL;
	}
	st = tzvmm_irqs_set(config->irqs, config->line, false);
	if (st != TZVMM_OK) {
		return st;
	}
	memset(vuart, 0, sizeof(*vuart));
	vuart->config = config;
	for (unsigned i = 0; i < TZVMM_VUART_NR_REGS; i++) {
		vuart->regs[i] = reg_table[i].initial;
	}
	return TZVMM_OK;
}
