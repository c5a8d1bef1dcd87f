/* SPDX-License-Identifier: BSD-2-Clause */
#include "front.h"

#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/hypercall.h>
#include <tzvmm/smc_console.h>
#include <tzvmm/smccc.h>

#include "channel.h"
#include "console.h"
#include "disk.h"
#include "front_stock.h"
#include "gpio.h"
#include "guest.h"
#include "platform.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))

static struct tzvmm_smc_console smc_console;

/* Those that there are not are taken out at start: they may be gaps. */
static struct tzvmm_virtio *devices[] = { &guest_disks[0].virtio, &channel.virtio,
					  &guest_disks[1].virtio,
					  &guest_disks[2].virtio, &gpio.virtio };

/* A guest has one console: the stock one's is its UART. */
static struct tzvmm_hypercalls calls = {
	.devices = devices,
};
static const struct tzvmm_smc_service service = {
	.owner = TZVMM_SMCCC_OWNER_HYP,
	.call = tzvmm_hypercall,
	.ctx = &calls,
};

static const char *init_paravirt(struct tzvmm_vm *vm, const struct tzvmm_port *port)
{
	if (tzvmm_vm_init(vm, port, NULL, 0) != TZVMM_OK) {
		return "the virtual machine's tables are wrong";
	}
	if (tzvmm_smc_console_init(&smc_console, &console_guest, &console_input,
				   tzvmm_vm_irqs(vm),
				   BOARD_LINE_CONSOLE) != TZVMM_OK) {
		return "the console's tables are wrong";
	}
	board_irqs_reset_guest();
	calls.console = &smc_console;
	if (board_nr_gpio_lines == 0u) {
		return NULL;
	}
	calls.nr_devices = NR(devices);
	return gpio_plug(port, tzvmm_vm_irqs(vm));
}

const char *front_init(struct tzvmm_vm *vm, const struct tzvmm_port *port,
		       uint32_t profile)
{
	const char *failed;

	/* The last one, GPIO, is the paravirtual guest's. */
	calls.nr_devices =
		NR(devices) - 1u - (TZVMM_ABI_BOOTPKG_MAX_DISKS - nr_guest_disks);
	for (size_t i = calls.nr_devices; i < NR(devices) - 1u; i++) {
		devices[i] = NULL;
	}
	failed = profile == TZVMM_ABI_BOOTPKG_PARAVIRT ? init_paravirt(vm, port)
						       : front_stock_init(vm, port);
	if (failed == NULL && tzvmm_vm_serve(vm, &service, 1) != TZVMM_OK) {
		failed = "the virtual machine's services are wrong";
	}
	return failed;
}

void front_reset(void)
{
	struct tzvmm_irqs *irqs = tzvmm_vm_irqs(&guest_vm);

	for (size_t i = 0; i < calls.nr_devices; i++) {
		if (devices[i] != NULL) {
			tzvmm_virtio_write(devices[i], TZVMM_VIRTIO_STATUS, 4, 0);
		}
	}
	(void)!tzvmm_irqs_set(irqs, BOARD_LINE_CONSOLE, false);
	tzvmm_irqs_flush(irqs);
}

void front_console_changed(void)
{
	front_stock_poll();
	if (calls.console != NULL) {
		tzvmm_smc_console_poll(&smc_console);
	}
}
