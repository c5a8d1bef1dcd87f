/* SPDX-License-Identifier: BSD-2-Clause */
#include "seed.h"

static volatile uint32_t nr_ticks;

uint32_t tick_count(void)
{
	return nr_ticks;
}

static void tick(void)
{
	nr_ticks++;
	clock_arm();
}

void seed_fault(uint32_t pc)
{
	say(VOICE_SEED, "fault near", pc);
	power_off();
}

void seed_main(void)
{
	irq_init();
	uart_init();
	say_init();
	irq_attach(IRQ_TICK, tick);
	clock_arm();
	__asm__ volatile("cpsie f");
	thread_start(guest_main);
	thread_start(task_main);
	while (!guest_is_off()) {
		thread_yield();
	}
	say(VOICE_SEED, "guest off; rounds of the task:", task_nr_rounds());
	power_off();
}
