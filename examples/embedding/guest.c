/* SPDX-License-Identifier: BSD-2-Clause */
#include "say.h"

#include <tzvmm/boot.h>
#include <tzvmm/hypercall.h>
#include <tzvmm/port/dma.h>
#include <tzvmm/ramdisk.h>
#include <tzvmm/smccc.h>
#include <tzvmm/virtio_blk.h>
#include <tzvmm/vm.h>

#define PACKAGE ((const void *)0x00100000u) /* in flash, which is secure */
#define PACKAGE_LEN 0x00F00000u

/* The normal world's RAM that tzvmm may reach. */
#define RAM_BASE 0x78000000u
#define RAM_LEN 0x18000000u

#define DISK_LEN 0x8000u
#define DISK_NR_REQS 8u
#define DISK_NR_SG 34u
#define SECTORS_PER_RUN 64u

/* Interrupts to which no device of the machine is wired. */
#define LINE_CONSOLE 200u
#define LINE_DISK 201u
#define LINE_DISK_EDGE 202u
#define NR_LINES 256u

static struct tzvmm_vm vm;
static struct tzvmm_ramdisk ramdisk;
static struct tzvmm_virtio_blk disk;
static struct tzvmm_smc_console console;
static struct tzvmm_input input;
static uint8_t keys[64];
static uint8_t *disk_memory;
static bool is_off;

static bool is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	return irq_is_guest(line);
}

static void set_level(void *ctx, uint32_t line, bool level)
{
	(void)ctx;
	irq_set_pending(line, level);
}

static void pulse(void *ctx, uint32_t line)
{
	(void)ctx;
	irq_set_pending(line, true);
}

static const struct tzvmm_irqchip_ops chip_ops = { is_guest, set_level, pulse };
static const struct tzvmm_irqchip chip = { &chip_ops, NULL, NR_LINES };
static const struct tzvmm_window ram = { RAM_BASE, RAM_LEN, (uint8_t *)RAM_BASE };
static const struct tzvmm_port port = {
	.abi = TZVMM_PORT_ABI,
	.name = "seed",
	.sys = &say_sys,
	.irqchip = &chip,
	.ram = { &ram, 1 },
};

static struct tzvmm_virtio *const devices[] = { &disk.virtio };
static struct tzvmm_hypercalls calls = { devices, 1, &console };
static const struct tzvmm_smc_service service = { TZVMM_SMCCC_OWNER_HYP,
						  tzvmm_hypercall, &calls };

/* The caches of both worlds are off, and nothing but the CPU moves data. */
uint32_t tzvmm_dma_addr(const void *va)
{
	return (uint32_t)(uintptr_t)va;
}

void tzvmm_dma_to_device(const void *va, size_t len)
{
	(void)va;
	(void)len;
}

void tzvmm_dma_before_device_writes(void *va, size_t len)
{
	tzvmm_dma_to_device(va, len);
}

void tzvmm_dma_after_device_wrote(void *va, size_t len)
{
	tzvmm_dma_to_device(va, len);
}

static bool make_disk(void)
{
	struct tzvmm_virtio_blk_setup setup = {
		.name = "disk",
		.serial = "seed",
		.disk = &ramdisk.dev,
		.bus = { &port.ram, tzvmm_vm_irqs(&vm), LINE_DISK, &say_sys,
			 LINE_DISK_EDGE },
		.queue_size = 64,
		.nr_reqs = DISK_NR_REQS,
		.nr_sg = DISK_NR_SG,
	};

	disk_memory = pool_alloc(DISK_LEN);
	setup.reqs = pool_alloc(DISK_NR_REQS * sizeof(*setup.reqs));
	setup.sg = pool_alloc(DISK_NR_REQS * DISK_NR_SG * sizeof(*setup.sg));
	if (disk_memory == NULL || setup.reqs == NULL || setup.sg == NULL) {
		return false;
	}
	for (uint32_t i = 0; i < DISK_LEN; i++) {
		disk_memory[i] = (uint8_t)(i * i / 3u);
	}
	return tzvmm_ramdisk_init(&ramdisk, disk_memory, DISK_LEN) == TZVMM_OK &&
	       tzvmm_virtio_blk_init(&disk, &setup) == TZVMM_OK;
}

static bool make_guest(struct tzvmm_boot *boot)
{
	return tzvmm_vm_init(&vm, &port, NULL, 0) == TZVMM_OK &&
	       tzvmm_vm_serve(&vm, &service, 1) == TZVMM_OK &&
	       tzvmm_input_init(&input, keys, sizeof(keys)) == TZVMM_OK &&
	       tzvmm_smc_console_init(&console, say_voice(VOICE_GUEST), &input,
				      tzvmm_vm_irqs(&vm), LINE_CONSOLE) == TZVMM_OK &&
	       make_disk() &&
	       tzvmm_boot_load(&say_sys, &port.ram, PACKAGE, PACKAGE_LEN, boot) ==
		       TZVMM_OK;
}

bool guest_is_off(void)
{
	return is_off;
}

const uint8_t *guest_disk(size_t *len)
{
	*len = disk_memory == NULL ? 0u : DISK_LEN;
	return disk_memory;
}

/* The serial line's interrupt: an interrupt handler may not enter tzvmm, which the
 * guest's thread may be in, so the byte waits for that thread. */
static volatile int typed = -1;

static void uart_irq(void)
{
	typed = uart_get();
}

static void run_devices(void)
{
	const uint8_t key = (uint8_t)typed;

	if (typed >= 0) {
		(void)tzvmm_input_put(&input, &key, 1);
		typed = -1;
		tzvmm_smc_console_poll(&console);
	}
	(void)tzvmm_ramdisk_run(&ramdisk, SECTORS_PER_RUN);
	tzvmm_virtio_blk_run(&disk);
	say_pump();
}

/* The one place where exits go in. A secure interrupt has been served when
 * world_run() returns: FIQ is open in this thread. */
static enum tzvmm_action take_exit(struct world *world, enum world_exit why)
{
	struct tzvmm_exit exit = {
		.kind = why == WORLD_SMC ? TZVMM_EXIT_SMC : TZVMM_EXIT_IRQ,
		.smc = world->r,
		.pc = world->pc,
	};

	run_devices();
	return tzvmm_vm_exit(&vm, &exit);
}

/* The guest waits for an interrupt: until the next tick or key, others have the CPU. */
static void stand_by(void)
{
	const uint32_t since = tick_count();

	while (typed < 0 && tick_count() == since) {
		thread_yield();
	}
}

void guest_main(void)
{
	struct world world = { .cpsr = 0x93, .r = { 0, UINT32_MAX } };
	enum tzvmm_action action = TZVMM_OFF;
	struct tzvmm_boot boot;

	if (make_guest(&boot)) {
		irq_attach(IRQ_UART, uart_irq);
		world.pc = boot.entry;
		world.r[2] = boot.dtb;
		say(VOICE_SEED, "guest at", boot.entry);
		action = TZVMM_RESUME;
	}
	while (action == TZVMM_RESUME || action == TZVMM_STANDBY) {
		const enum world_exit why = world_run(&world);

		action = take_exit(&world, why);
		if (action == TZVMM_STANDBY) {
			stand_by();
		} else if (why == WORLD_IRQ) {
			thread_yield();
		}
	}
	is_off = true;
	for (;;) {
		thread_yield();
	}
}
