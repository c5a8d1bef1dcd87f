/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

#include <string.h>

#include <armv7a/monitor.h>
#include <tzvmm/log.h>

#include "channel.h"
#include "console.h"
#include "disk.h"
#include "front.h"
#include "front_stock.h"
#include "gpio.h"
#include "measure.h"
#include "overlay.h"
#include "platform.h"
#include "power.h"
#include "report.h"

/* Cleared between two looks at the interrupts. */
#define CLEAR_LEN (1u << 20)

static const struct tzvmm_port port = {
	.abi = TZVMM_PORT_ABI,
	.name = BOARD_NAME,
	.sys = &platform_sys,
	.irqchip = &board_irqchip,
	.ram = { board_ram, BOARD_NR_GUEST_BANKS },
};

struct tzvmm_vm guest_vm;
static const struct tzvmm_virtio_bus channel_bus = {
	.mem = &port.ram,
	.irqs = &guest_vm.irqs,
	.line = BOARD_LINE_VIRTIO0 + 1,
	.sys = &platform_sys,
	.edge_line = BOARD_LINE_EDGE0 + 1,
};

const char *guest_init(uint32_t profile)
{
	const char *failed = front_init(&guest_vm, &port, profile);

	if (failed == NULL) {
		failed = disks_plug(&port, &guest_vm.irqs);
	}
	if (failed == NULL && !channel_init(&channel_bus)) {
		failed = "the virtual console's tables are wrong";
	}
	return failed;
}

const char *guest_load(struct tzvmm_boot *boot)
{
	if (tzvmm_boot_load(&platform_sys, &port.ram, (const void *)BOARD_PACKAGE_BASE,
			    BOARD_PACKAGE_LEN, boot) != TZVMM_OK) {
		return "the boot package cannot be used";
	}
	return NULL;
}

void guest_start(const struct tzvmm_boot *boot)
{
	const char *failed = platform_watch();

	if (failed != NULL) {
		power_fatal(failed);
	}
	tzvmm_log(&platform_sys, TZVMM_LOG_INFO, "guest: start at 0x%08x",
		  (unsigned)boot->entry);
	console_flush();
	report_guest_starts();
	armv7a_monitor_enter(boot->entry, 0, boot->machine, boot->dtb);
}

/* A guest gets a machine of which nothing is left: neither what it had in memory,
 * nor a log that could be taken for its new one's. */
static void clear_memory(void)
{
	for (size_t i = 0; i < BOARD_NR_GUEST_BANKS; i++) {
		uint8_t *const from = board_ram[i].va;
		size_t left = (size_t)board_ram[i].len;

		while (left != 0u) {
			const size_t len = left < CLEAR_LEN ? left : CLEAR_LEN;

			left -= len;
			memset(from + left, 0, len);
			platform_serve();
		}
	}
}

void guest_restart(void)
{
	struct tzvmm_boot boot;

	front_reset();
	require(overlays_discard());
	clear_memory();
	require(guest_load(&boot));
	require(measure_guest(&boot));
	require(guest_init(boot.profile));
	guest_start(&boot);
}

void guest_run_devices(void)
{
	disks_run();
	tzvmm_vcon_run(&channel);
}

void guest_print_status(struct tzvmm_mux_source *out)
{
	const struct tzvmm_vm_stats *vm = &guest_vm.stats;
	const struct platform_timers timers = platform_timers();

	tzvmm_mux_print(out, "exits: %u smc, %u mmio, %u irq, %u fault",
			(unsigned)vm->exits[TZVMM_EXIT_SMC],
			(unsigned)vm->exits[TZVMM_EXIT_MMIO],
			(unsigned)vm->exits[TZVMM_EXIT_IRQ],
			(unsigned)vm->exits[TZVMM_EXIT_FAULT]);
	tzvmm_mux_print(out, "refused: %u accesses, %u calls",
			(unsigned)vm->mmio_refused, (unsigned)vm->smc_unknown);
	tzvmm_mux_print(out, "timers: %u watchdog ticks, %u touched, %u corrected",
			(unsigned)timers.ticks, (unsigned)timers.touched,
			(unsigned)timers.corrected);
	front_stock_print_status(out);
	disks_print_status(out);
	gpio_print_status(out);
}
