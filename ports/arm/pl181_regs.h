/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARM_PL181_REGS_H
#define ARM_PL181_REGS_H

/** @file
 * PrimeCell Multimedia Card Interface [PL181]. */

/** @cond PRIVATE */
#define PL181_POWER 0x00u
#define POWER_UP 2u
#define POWER_ON 3u
#define PL181_CLOCK 0x04u
#define CLOCK_DIV_MASK 0xFFu
#define CLOCK_ENABLE (1u << 8)
#define CLOCK_BYPASS (1u << 10)
#define PL181_ARGUMENT 0x08u
#define PL181_COMMAND 0x0Cu
#define COMMAND_INDEX 0x3Fu
#define COMMAND_RESPONSE (1u << 6)
#define COMMAND_LONG (1u << 7)
#define COMMAND_ENABLE (1u << 10)
#define PL181_RESPONSE(n) (0x14u + 4u * (n)) /* 0: the highest bits of a long one */
#define PL181_DATA_TIMER 0x24u
#define PL181_DATA_LENGTH 0x28u
#define DATA_LENGTH_MAX 0xFFFFu
#define PL181_DATA_CTRL 0x2Cu
#define DATA_ENABLE (1u << 0)
#define DATA_FROM_CARD (1u << 1)
#define DATA_BLOCKS_OF_512 (9u << 4)
#define PL181_STATUS 0x34u
#define STATUS_CMD_CRC_FAIL (1u << 0)
#define STATUS_DATA_CRC_FAIL (1u << 1)
#define STATUS_CMD_TIMEOUT (1u << 2)
#define STATUS_DATA_TIMEOUT (1u << 3)
#define STATUS_TX_UNDERRUN (1u << 4)
#define STATUS_RX_OVERRUN (1u << 5)
#define STATUS_CMD_RESP_END (1u << 6)
#define STATUS_CMD_SENT (1u << 7)
#define STATUS_DATA_END (1u << 8)
#define STATUS_TX_HALF_EMPTY (1u << 14)
#define STATUS_RX_HALF_FULL (1u << 15)
#define STATUS_RX_AVAILABLE (1u << 21)
#define PL181_CLEAR 0x38u
#define CLEAR_ALL 0x7FFu
#define PL181_MASK0 0x3Cu
#define PL181_MASK1 0x40u
#define PL181_FIFO 0x80u
#define PL181_FIFO_WORDS 16u
/** @endcond */

#endif /* ARM_PL181_REGS_H */
