/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_GPIO_REGS_H
#define IMX_GPIO_REGS_H

/** @file
 * GPIO bank of i.MX [MCIMX53RM GPIO]; plain numbers, for assembly as well. */

/** Data register; bit n drives pin n when it is an output. */
#define GPIO_DR 0x00
/** Direction; 1 is output. */
#define GPIO_GDIR 0x04
/** Pad level, read only. */
#define GPIO_PSR 0x08
/** Interrupt condition of pins 0 .. 15, two bits each. */
#define GPIO_ICR1 0x0C
/** Interrupt condition of pins 16 .. 31. */
#define GPIO_ICR2 0x10
/** Interrupt mask; 1 lets it through. */
#define GPIO_IMR 0x14
/** Interrupt status; write 1 to clear. */
#define GPIO_ISR 0x18
/** Both edges interrupt, whatever ICR1 and ICR2 say. */
#define GPIO_EDGE_SEL 0x1C

/** Values of a pin's field in ICR1 and ICR2. */
#define GPIO_ICR_LOW 0
#define GPIO_ICR_HIGH 1
#define GPIO_ICR_RISING 2
#define GPIO_ICR_FALLING 3

#endif /* IMX_GPIO_REGS_H */
