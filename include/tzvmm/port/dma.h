/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_PORT_DMA_H
#define TZVMM_PORT_DMA_H

/** @file
 * DMA by devices that do not see the caches. Bound at link time: by the
 * architecture port on a target, by a model of a non-coherent cache in tests. */

#include <stddef.h>
#include <stdint.h>

/** The address by which a bus master sees a byte of the VMM.
 * @param va Mapped by the VMM as memory.
 * @return Bus address. */
uint32_t tzvmm_dma_addr(const void *va);

/** Make memory fit for a device that reads it: write dirty lines back, and
 * order the write-back before the next device register access.
 * @param va First byte. @param len Bytes; any. */
void tzvmm_dma_to_device(const void *va, size_t len);

/** Make memory fit for a device that is about to write it: no dirty line may
 * later land on what the device wrote. Lines that the range shares with a
 * neighbour are written back, not dropped.
 * @param va First byte. @param len Bytes; any. */
void tzvmm_dma_before_device_writes(void *va, size_t len);

/** Make what a device wrote visible: drop lines that speculation loaded
 * meanwhile.
 * @param va First byte. @param len Bytes; any. */
void tzvmm_dma_after_device_wrote(void *va, size_t len);

#endif /* TZVMM_PORT_DMA_H */
