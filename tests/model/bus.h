/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MODEL_BUS_H
#define MODEL_BUS_H

/* The hardware that drivers see in host tests: modelled time, and devices at bus
 * addresses. An access that no device knows fails the test. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/port/port.h>

struct model_device {
	const char *name;
	uintptr_t base;
	uint32_t len;
	unsigned width; /* bytes of a register */
	uint32_t (*read)(void *ctx, uint32_t offset);
	void (*write)(void *ctx, uint32_t offset, uint32_t value);
	void *ctx;
	struct model_device *next;
};

/* No devices, time 0, nothing stuck, nothing counted. */
void model_reset(void);
void model_attach(struct model_device *dev);

/* End the test with a message. */
void model_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Time. It passes with each register access and each look at the clock, and
 * whenever a test says so. */
uint64_t model_now_ns(void);
void model_pass_ns(uint64_t ns);
void model_set_access_ns(uint64_t ns);
/* What drivers see of it, and their log. */
extern const struct tzvmm_sys model_sys;
void model_stop_clock(bool stop);
/* Called at each look at the clock, once; for things that happen in between. */
void model_on_clock(void (*fn)(void));
bool model_logged(const char *part);
unsigned model_log_lines(void);

/* Register accesses since the last call. */
unsigned model_take_reads(void);
unsigned model_take_writes(void);
/* Fail a test that makes more accesses than this. */
void model_set_budget(unsigned accesses);

/* Bits of a register that do not follow: reads see value in mask. */
void model_stick(uintptr_t addr, uint32_t mask, uint32_t value);
void model_unstick(void);

/* The writes that were made, oldest first, up to a limit. */
struct model_write {
	uintptr_t addr;
	uint32_t value;
};
#define MODEL_NR_WRITES 256u
void model_record(void);
size_t model_writes(const struct model_write **writes);

#endif /* MODEL_BUS_H */
