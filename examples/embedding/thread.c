/* SPDX-License-Identifier: BSD-2-Clause */
#include "seed.h"

#define NR_THREADS 4u
#define STACK_LEN 0x4000u
#define FRAME_WORDS 9u /* r4-r11, and where to go on */

static uint32_t *stacks[NR_THREADS]; /* saved stack pointers; [0] is seed_main() */
static uint32_t nr_threads = 1;
static uint32_t current;

void thread_start(void (*entry)(void))
{
	uint8_t *memory = pool_alloc(STACK_LEN);
	uint32_t *sp;

	if (memory == NULL || nr_threads == NR_THREADS) {
		say(VOICE_SEED, "no room for a thread", nr_threads);
		power_off();
	}
	sp = (uint32_t *)(memory + STACK_LEN) - FRAME_WORDS;
	sp[8] = (uint32_t)(uintptr_t)entry;
	stacks[nr_threads++] = sp;
}

void thread_yield(void)
{
	const uint32_t from = current;

	current = (current + 1u) % nr_threads;
	if (current != from) {
		thread_switch(&stacks[from], stacks[current]);
	}
}
