/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

#include <armv7a/monitor.h>
#include <tzvmm/log.h>
#include <usb_armory/board.h>
#include <usb_armory/memory.h>

#include "channel.h"
#include "console.h"
#include "front.h"
#include "platform.h"
#include "power.h"

/* The disk's queue and how much of it is served at a time. A request has at most
 * NR_SG pieces, two of which are its header and status. */
#define QUEUE_SIZE 128u
#define NR_REQS 32u
#define NR_SG 130u

static const struct tzvmm_irqchip irqchip = {
	.ops = &imx53_tzic_irqchip_ops,
	.ctx = &platform_tzic,
	.nr_lines = IMX53_TZIC_NR_LINES,
};

static const struct tzvmm_port port = {
	.abi = TZVMM_PORT_ABI,
	.name = "usb_armory",
	.sys = &platform_sys,
	.irqchip = &irqchip,
	.ram = { &armory_ram_window, 1 },
};

struct tzvmm_vm guest_vm;
struct tzvmm_virtio_blk guest_disk;

static struct tzvmm_virtio_blk_req reqs[NR_REQS];
static struct tzvmm_sg sg[NR_REQS * NR_SG];

static const struct tzvmm_blkdev *partition; /* what the disk shows */

static const struct tzvmm_virtio_bus channel_bus = {
	.mem = &port.ram,
	.irqs = &guest_vm.irqs,
	.line = ARMORY_LINE_VIRTIO0 + 1,
	.sys = &platform_sys,
};

static enum tzvmm_status plug_disk(const struct tzvmm_blkdev *dev)
{
	const struct tzvmm_virtio_blk_setup setup = {
		.name = "disk",
		.serial = "tzvmm-sd-2",
		.disk = dev,
		.bus = {
			.mem = &port.ram,
			.irqs = &guest_vm.irqs,
			.line = ARMORY_LINE_VIRTIO0,
			.sys = &platform_sys,
		},
		.queue_size = QUEUE_SIZE,
		.reqs = reqs,
		.nr_reqs = NR_REQS,
		.sg = sg,
		.nr_sg = NR_SG,
	};

	return tzvmm_virtio_blk_init(&guest_disk, &setup);
}

const char *guest_init(const struct tzvmm_blkdev *dev, uint32_t profile)
{
	const char *failed = front_init(&guest_vm, &port, profile);

	partition = dev;
	if (failed == NULL && plug_disk(dev) != TZVMM_OK) {
		failed = "the virtual disk's tables are wrong";
	}
	if (failed == NULL && !channel_init(&channel_bus)) {
		failed = "the virtual console's tables are wrong";
	}
	return failed;
}

const char *guest_load(struct tzvmm_boot *boot)
{
	if (tzvmm_boot_load(&platform_sys, &port.ram,
			    (const void *)ARMORY_PACKAGE_BASE, ARMORY_PACKAGE_LEN,
			    boot) != TZVMM_OK) {
		return "the boot package cannot be used";
	}
	return NULL;
}

void guest_start(const struct tzvmm_boot *boot)
{
	tzvmm_log(&platform_sys, TZVMM_LOG_INFO, "guest: start at 0x%08x",
		  (unsigned)boot->entry);
	console_flush();
	armv7a_monitor_enter(boot->entry, 0, UINT32_MAX, boot->dtb);
}

void guest_restart(void)
{
	struct tzvmm_boot boot;
	const char *failed;

	front_reset();
	failed = guest_load(&boot);
	if (failed == NULL) {
		failed = guest_init(partition, boot.profile);
	}
	if (failed != NULL) {
		power_fatal(failed);
	}
	guest_start(&boot);
}

void guest_run_devices(void)
{
	tzvmm_virtio_blk_run(&guest_disk);
	tzvmm_vcon_run(&channel);
}

bool guest_disk_idle(void)
{
	return !imx_esdhc_busy(&platform_card);
}

void guest_print_status(struct tzvmm_mux_source *out)
{
	const struct tzvmm_vm_stats *vm = &guest_vm.stats;
	const struct tzvmm_virtio_stats *virtio =
		tzvmm_virtio_stats(&guest_disk.virtio);
	const struct tzvmm_virtio_blk_stats *blk =
		tzvmm_virtio_blk_stats(&guest_disk);

	tzvmm_mux_print(out, "exits: %u smc, %u mmio, %u irq, %u fault",
			(unsigned)vm->exits[TZVMM_EXIT_SMC],
			(unsigned)vm->exits[TZVMM_EXIT_MMIO],
			(unsigned)vm->exits[TZVMM_EXIT_IRQ],
			(unsigned)vm->exits[TZVMM_EXIT_FAULT]);
	tzvmm_mux_print(out, "refused: %u accesses, %u calls",
			(unsigned)vm->mmio_refused, (unsigned)vm->smc_unknown);
	tzvmm_mux_print(out,
			"disk: %u requests, %u refused, %u failed, "
			"%u notifies, %u interrupts",
			(unsigned)blk->requests, (unsigned)blk->refused,
			(unsigned)blk->failed, (unsigned)virtio->notifies,
			(unsigned)virtio->interrupts);
}
