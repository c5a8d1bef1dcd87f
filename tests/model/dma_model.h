/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DMA_MODEL_H
#define DMA_MODEL_H

/* Memory behind a cache that devices do not see. The driver under test reads and
 * writes its view as ever; a device sees what was written back, and what it
 * writes is lost when a line was not prepared, or unseen until it is dropped. */

#include <stddef.h>
#include <stdint.h>

#define DMA_MODEL_LEN (4u << 20)
#define DMA_MODEL_BUS 0x70000000u
#define DMA_MODEL_LINE 64u

void dma_model_reset(void);
/* Memory that is never given back; filled with 0xA5. */
void *dma_model_alloc(size_t len, size_t align);

/* The device's side. An address that is not memory fails the test. */
void dma_model_device_read(uint32_t bus, void *to, size_t len);
void dma_model_device_write(uint32_t bus, const void *from, size_t len);

/* Every line prepared for a device was taken back, and none was written that was
 * not prepared. */
void dma_model_check(void);

/* Maintenance since the last call: operations and bytes. */
struct dma_model_cost {
	unsigned calls;
	size_t bytes;
};
struct dma_model_cost dma_model_take_cost(void);

/* For tests of the tests: leave out one kind of maintenance. */
enum dma_model_omit {
	DMA_OMIT_NOTHING,
	DMA_OMIT_TO_DEVICE,
	DMA_OMIT_BEFORE,
	DMA_OMIT_AFTER,
};
void dma_model_omit(enum dma_model_omit what);

#endif /* DMA_MODEL_H */
