/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SEED_H
#define SEED_H

/** @file
 * Seed: a secure kernel with a monitor, an allocator, threads and an interrupt
 * dispatcher of its own. Two files know tzvmm: say.c, which prints by it, and
 * guest.c, which runs a guest by it. Seed runs on QEMU's virt machine (Cortex-A15,
 * GICv2), in secure SVC mode with the MMU off. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* io.c: registers, the machine's clock, its serial line and its power switch. */
static inline void write32(uintptr_t addr, uint32_t value)
{
	*(volatile uint32_t *)addr = value;
}

static inline uint32_t read32(uintptr_t addr)
{
	return *(volatile const uint32_t *)addr;
}

#define CLOCK_HZ 62500000u
#define TICK_HZ 100u
#define IRQ_TICK 29u /* PPI of the secure physical timer */
#define IRQ_UART 40u /* SPI 8, the secure UART */

uint64_t clock_ticks(void);
void clock_arm(void);
void uart_init(void);
bool uart_put(char byte);
int uart_get(void);
void power_off(void) __attribute__((noreturn));

/* irq.c: who serves which interrupt. Secure ones are group 0 and come as FIQ. */
typedef void (*irq_handler)(void);

void irq_init(void);
void irq_attach(uint32_t irq, irq_handler handler);
bool irq_is_guest(uint32_t irq);
void irq_set_pending(uint32_t irq, bool pending);
void irq_dispatch(void);

/* pool.c: the only memory there is to be had. */
void *pool_alloc(size_t len);

/* thread.c: threads that take turns. */
void thread_start(void (*entry)(void));
void thread_yield(void);
void thread_switch(uint32_t **from, uint32_t *to);
uint32_t tick_count(void);

/* world.S: a guest's registers, and the way to run it. */
struct bank {
	uint32_t sp;
	uint32_t lr;
	uint32_t spsr;
};

struct world {
	uint32_t r[13];
	uint32_t pc;
	uint32_t cpsr;
	struct bank usr, svc, abt, und, irq, fiq;
	uint32_t fiq_r8[5];
};

enum world_exit {
	WORLD_SMC,
	WORLD_IRQ
};

enum world_exit world_run(struct world *world);

/* main.c */
void seed_main(void);
void seed_fault(uint32_t pc);

/* task.c: the secure world's own work. */
void task_main(void);
uint32_t task_nr_rounds(void);

/* say.c: what is said, by tzvmm's mux. */
enum voice {
	VOICE_SEED,
	VOICE_TASK,
	VOICE_GUEST,
	NR_VOICES
};

void say_init(void);
void say(enum voice voice, const char *text, uint32_t value);
void say_pump(void);

/* guest.c: the guest, a thread that runs a world and hands its exits to tzvmm. */
void guest_main(void);
bool guest_is_off(void);
void guest_typed(void);
const uint8_t *guest_disk(size_t *len);

#endif /* SEED_H */
