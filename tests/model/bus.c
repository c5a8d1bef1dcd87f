/* SPDX-License-Identifier: BSD-2-Clause */
#include "bus.h"

#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/port/mmio.h>

#define MODEL_BUDGET 200000000u
#define MODEL_LOG_LEN 16384u

static struct model_bus {
	struct model_device *devices;
	uint64_t now_ns, access_ns;
	uint64_t stopped_at_us;
	bool stopped;
	void (*on_clock)(void);
	unsigned reads, writes, budget;
	uintptr_t stuck_addr;
	uint32_t stuck_mask, stuck_value;
	struct model_write record[MODEL_NR_WRITES];
	size_t nr_record;
	bool recording;
	char log[MODEL_LOG_LEN];
	size_t log_len;
} bus;

void model_reset(void)
{
	memset(&bus, 0, sizeof(bus));
	bus.access_ns = 200;
	bus.budget = MODEL_BUDGET;
}

void model_attach(struct model_device *dev)
{
	dev->next = bus.devices;
	bus.devices = dev;
}

void model_fail(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	print_error("model: %s\n", text);
	fail();
	__builtin_unreachable();
}

uint64_t model_now_ns(void)
{
	return bus.now_ns;
}

void model_pass_ns(uint64_t ns)
{
	bus.now_ns += ns;
}

void model_set_access_ns(uint64_t ns)
{
	bus.access_ns = ns;
}

static uint64_t model_now_us(void *ctx)
{
	void (*fn)(void) = bus.on_clock;

	(void)ctx;
	bus.on_clock = NULL;
	if (fn != NULL) {
		fn();
	}
	bus.now_ns += bus.access_ns;
	return bus.stopped ? bus.stopped_at_us : bus.now_ns / 1000u;
}

static void model_log(void *ctx, enum tzvmm_log_level level, const char *text,
		      size_t len)
{
	(void)ctx;
	(void)level;
	if (bus.log_len + len + 2u < sizeof(bus.log)) {
		memcpy(&bus.log[bus.log_len], text, len);
		bus.log_len += len;
		bus.log[bus.log_len++] = '\n';
	}
}

static const struct tzvmm_sys_ops model_sys_ops = {
	.now_us = model_now_us,
	.log = model_log,
};
const struct tzvmm_sys model_sys = { .ops = &model_sys_ops };

void model_stop_clock(bool stop)
{
	bus.stopped_at_us = bus.now_ns / 1000u;
	bus.stopped = stop;
}

void model_on_clock(void (*fn)(void))
{
	bus.on_clock = fn;
}

bool model_logged(const char *part)
{
	return strstr(bus.log, part) != NULL;
}

unsigned model_take_reads(void)
{
	unsigned n = bus.reads;

	bus.reads = 0;
	return n;
}

unsigned model_take_writes(void)
{
	unsigned n = bus.writes;

	bus.writes = 0;
	return n;
}

void model_set_budget(unsigned accesses)
{
	bus.budget = accesses;
}

void model_stick(uintptr_t addr, uint32_t mask, uint32_t value)
{
	bus.stuck_addr = addr;
	bus.stuck_mask = mask;
	bus.stuck_value = value;
}

void model_unstick(void)
{
	bus.stuck_mask = 0;
}

void model_record(void)
{
	bus.nr_record = 0;
	bus.recording = true;
}

size_t model_writes(const struct model_write **writes)
{
	*writes = bus.record;
	return bus.nr_record;
}

static struct model_device *bus_find(uintptr_t addr, unsigned width)
{
	struct model_device *dev = bus.devices;

	while (dev != NULL && addr - dev->base >= dev->len) {
		dev = dev->next;
	}
	if (dev == NULL) {
		model_fail("nothing at %#lx", (unsigned long)addr);
	}
	if (dev->width != width || addr % width != 0u) {
		model_fail("%s: access of %u bytes at +%#lx", dev->name, width,
			   (unsigned long)(addr - dev->base));
	}
	if (bus.budget-- == 0u) {
		model_fail("endless: too many register accesses");
	}
	bus.now_ns += bus.access_ns;
	return dev;
}

static uint32_t bus_read(uintptr_t addr, unsigned width)
{
	struct model_device *dev = bus_find(addr, width);
	uint32_t value = dev->read(dev->ctx, (uint32_t)(addr - dev->base));

	bus.reads++;
	if (addr == bus.stuck_addr) {
		value = (value & ~bus.stuck_mask) |
			(bus.stuck_value & bus.stuck_mask);
	}
	return value;
}

static void bus_write(uintptr_t addr, unsigned width, uint32_t value)
{
	struct model_device *dev = bus_find(addr, width);

	bus.writes++;
	if (bus.recording && bus.nr_record < MODEL_NR_WRITES) {
		bus.record[bus.nr_record++] =
			(struct model_write){ .addr = addr, .value = value };
	}
	dev->write(dev->ctx, (uint32_t)(addr - dev->base), value);
}

uint32_t tzvmm_mmio_read32(uintptr_t addr)
{
	return bus_read(addr, 4);
}

void tzvmm_mmio_write32(uintptr_t addr, uint32_t value)
{
	bus_write(addr, 4, value);
}

uint16_t tzvmm_mmio_read16(uintptr_t addr)
{
	return (uint16_t)bus_read(addr, 2);
}

void tzvmm_mmio_write16(uintptr_t addr, uint16_t value)
{
	bus_write(addr, 2, value);
}

unsigned model_log_lines(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < bus.log_len; i++) {
		n += bus.log[i] == '\n';
	}
	return n;
}
