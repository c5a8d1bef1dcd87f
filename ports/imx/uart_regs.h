/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_UART_REGS_H
#define IMX_UART_REGS_H

/** @file
 * UART of i.MX [MCIMX53RM UART; UB serial_mxc.c]. */

/** @cond PRIVATE */
#define UART_URXD 0x00u
#define URXD_CHARRDY (1u << 15)
#define URXD_ERR (1u << 14) /* any of overrun, frame, break, parity */
#define URXD_DATA 0xFFu
#define UART_UTXD 0x40u
#define UART_UCR1 0x80u
#define UCR1_UARTEN (1u << 0)
#define UCR1_RRDYEN (1u << 9)
#define UCR1_TRDYEN (1u << 13)
#define UART_UCR2 0x84u
#define UCR2_SRST (1u << 0) /* 0 resets, reads 1 when done */
#define UCR2_RXEN (1u << 1)
#define UCR2_TXEN (1u << 2)
#define UCR2_WS (1u << 5) /* 8 bits */
#define UCR2_IRTS (1u << 14)
#define UART_UCR3 0x88u
#define UCR3_RXDMUXSEL (1u << 2) /* must be 1 on this SoC */
#define UCR3_RESET 0x0780u
#define UART_UCR4 0x8Cu
#define UCR4_RESET 0x8000u
#define UART_UFCR 0x90u
#define UFCR_RXTL(n) ((uint32_t)(n) << 0)
#define UFCR_RFDIV_2 (4u << 7)
#define UFCR_TXTL(n) ((uint32_t)(n) << 10)
#define UART_USR1 0x94u
#define USR1_TRDY (1u << 13)
#define UART_USR2 0x98u
#define USR2_ORE (1u << 1) /* w1c */
#define USR2_TXDC (1u << 3)
#define UART_UBIR 0xA4u
#define UART_UBMR 0xA8u
#define UART_UTS 0xB4u
#define UTS_TXFULL (1u << 4)
/** @endcond */

#endif /* IMX_UART_REGS_H */
