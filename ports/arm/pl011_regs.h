/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARM_PL011_REGS_H
#define ARM_PL011_REGS_H

/** @file
 * PrimeCell UART [PL011]. */

/** @cond PRIVATE */
#define PL011_DR 0x00u
#define DR_DATA 0xFFu
#define DR_ERRORS 0xF00u /* framing, parity, break, overrun */
#define PL011_FR 0x18u
#define FR_BUSY (1u << 3)
#define FR_RXFE (1u << 4)
#define FR_TXFF (1u << 5)
#define PL011_IBRD 0x24u
#define PL011_FBRD 0x28u
#define PL011_LCR_H 0x2Cu
#define LCR_FEN (1u << 4)
#define LCR_8_BITS (3u << 5)
#define PL011_CR 0x30u
#define CR_UARTEN (1u << 0)
#define CR_TXE (1u << 8)
#define CR_RXE (1u << 9)
#define PL011_IFLS 0x34u
#define IFLS_TX_HALF (2u << 0)
#define IFLS_RX_EIGHTH (0u << 3)
#define PL011_IMSC 0x38u
#define PL011_MIS 0x40u
#define PL011_ICR 0x44u
/* Of IMSC, MIS and ICR. */
#define INT_RX (1u << 4)
#define INT_TX (1u << 5)
#define INT_RX_TIMEOUT (1u << 6)
#define INT_ALL 0x7FFu
/** @endcond */

#endif /* ARM_PL011_REGS_H */
