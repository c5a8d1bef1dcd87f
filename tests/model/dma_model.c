/* SPDX-License-Identifier: BSD-2-Clause */
#include "dma_model.h"

#include <string.h>

#include <tzvmm/port/dma.h>

#include "bus.h"

enum dma_line {
	DMA_CPU,    /* may be dirty at any time */
	DMA_DEVICE, /* clean: a device may write it */
	DMA_DOOMED, /* written by a device while it could be dirty */
};

static struct dma_memory {
	_Alignas(DMA_MODEL_LINE) uint8_t cpu[DMA_MODEL_LEN];
	uint8_t ram[DMA_MODEL_LEN];
	uint8_t line[DMA_MODEL_LEN / DMA_MODEL_LINE];
	size_t used;
	struct dma_model_cost cost;
	enum dma_model_omit omit;
} dma;

void dma_model_reset(void)
{
	memset(dma.cpu, 0xA5, sizeof(dma.cpu));
	memset(dma.ram, 0x5A, sizeof(dma.ram));
	memset(dma.line, DMA_CPU, sizeof(dma.line));
	dma.used = 0;
	dma.cost = (struct dma_model_cost){ 0 };
	dma.omit = DMA_OMIT_NOTHING;
}

void *dma_model_alloc(size_t len, size_t align)
{
	size_t at = (dma.used + align - 1u) / align * align;

	if (at + len > DMA_MODEL_LEN) {
		model_fail("dma: out of modelled memory");
	}
	dma.used = at + len;
	return &dma.cpu[at];
}

static size_t dma_offset(const void *va, size_t len)
{
	size_t at = (size_t)((const uint8_t *)va - dma.cpu);

	if (at >= DMA_MODEL_LEN || len > DMA_MODEL_LEN - at) {
		model_fail("dma: %p is not memory for devices", va);
	}
	return at;
}

static size_t dma_bus_offset(uint32_t bus, size_t len)
{
	size_t at = bus - DMA_MODEL_BUS;

	if (at >= DMA_MODEL_LEN || len > DMA_MODEL_LEN - at) {
		model_fail("dma: a device accesses %#x, %zu bytes", bus, len);
	}
	return at;
}

uint32_t tzvmm_dma_addr(const void *va)
{
	return DMA_MODEL_BUS + (uint32_t)dma_offset(va, 1);
}

/* First line of a range, and the one after its last. */
static size_t dma_first(size_t at)
{
	return at / DMA_MODEL_LINE;
}

static size_t dma_end(size_t at, size_t len)
{
	return (at + len + DMA_MODEL_LINE - 1u) / DMA_MODEL_LINE;
}

static bool dma_note(enum dma_model_omit kind, size_t len)
{
	dma.cost.calls++;
	dma.cost.bytes += len;
	return dma.omit != kind;
}

void tzvmm_dma_to_device(const void *va, size_t len)
{
	size_t at = dma_offset(va, len);

	if (!dma_note(DMA_OMIT_TO_DEVICE, len)) {
		return;
	}
	for (size_t n = dma_first(at); n < dma_end(at, len); n++) {
		if (dma.line[n] == DMA_CPU) {
			memcpy(&dma.ram[n * DMA_MODEL_LINE],
			       &dma.cpu[n * DMA_MODEL_LINE], DMA_MODEL_LINE);
		}
	}
}

void tzvmm_dma_before_device_writes(void *va, size_t len)
{
	size_t at = dma_offset(va, len);

	if (!dma_note(DMA_OMIT_BEFORE, len)) {
		return;
	}
	for (size_t n = dma_first(at); n < dma_end(at, len); n++) {
		/* A line shared with a neighbour is written back; one inside is
		 * dropped: a reader that looks too early sees old memory. */
		size_t from = n * DMA_MODEL_LINE;
		bool inside = from >= at && from + DMA_MODEL_LINE <= at + len;

		if (inside) {
			memcpy(&dma.cpu[from], &dma.ram[from], DMA_MODEL_LINE);
		} else {
			memcpy(&dma.ram[from], &dma.cpu[from], DMA_MODEL_LINE);
		}
		dma.line[n] = DMA_DEVICE;
	}
}

void tzvmm_dma_after_device_wrote(void *va, size_t len)
{
	size_t at = dma_offset(va, len);

	if (!dma_note(DMA_OMIT_AFTER, len)) {
		return;
	}
	for (size_t n = dma_first(at); n < dma_end(at, len); n++) {
		size_t from = n * DMA_MODEL_LINE;
		size_t low = from < at ? at : from;
		size_t high = from + DMA_MODEL_LINE < at + len ? from + DMA_MODEL_LINE
							       : at + len;

		if (dma.line[n] != DMA_DOOMED) {
			memcpy(&dma.cpu[low], &dma.ram[low], high - low);
			dma.line[n] = DMA_CPU;
		}
	}
}

void dma_model_device_read(uint32_t bus, void *to, size_t len)
{
	memcpy(to, &dma.ram[dma_bus_offset(bus, len)], len);
}

void dma_model_device_write(uint32_t bus, const void *from, size_t len)
{
	size_t at = dma_bus_offset(bus, len);

	memcpy(&dma.ram[at], from, len);
	for (size_t n = dma_first(at); n < dma_end(at, len); n++) {
		if (dma.line[n] != DMA_DEVICE) {
			dma.line[n] = DMA_DOOMED;
		}
	}
}

void dma_model_check(void)
{
	for (size_t n = 0; n < DMA_MODEL_LEN / DMA_MODEL_LINE; n++) {
		if (dma.line[n] != DMA_CPU) {
			model_fail("dma: line at +%#zx %s", n * DMA_MODEL_LINE,
				   dma.line[n] == DMA_DEVICE
					   ? "was not taken back"
					   : "was written while it could be dirty");
		}
	}
}

struct dma_model_cost dma_model_take_cost(void)
{
	struct dma_model_cost cost = dma.cost;

	dma.cost = (struct dma_model_cost){ 0 };
	return cost;
}

void dma_model_omit(enum dma_model_omit what)
{
	dma.omit = what;
}
