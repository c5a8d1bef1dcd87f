/* SPDX-License-Identifier: BSD-2-Clause */
#include "front.h"

#include <string.h>

#include <board.h>
#include <filters.h>
#include <imx53/imx53.h>
#include <imx53/vtzic.h>
#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/hypercall.h>
#include <tzvmm/smc_console.h>
#include <tzvmm/smccc.h>
#include <tzvmm/vuart.h>

#include "channel.h"
#include "console.h"
#include "disk.h"
#include "gpio.h"
#include "guest.h"
#include "platform.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))

static struct imx53_vtzic vtzic;
static struct tzvmm_vuart vuart;
static struct tzvmm_smc_console smc_console;
static bool has_vuart;

/* The busiest first: they are searched in this order. */
static const struct tzvmm_mmio_region regions[] = {
	{ "UART1", BOARD_WINDOW_UART, IMX53_BLOCK_LEN, &tzvmm_vuart_ops, &vuart },
	{ "TZIC", BOARD_WINDOW_TZIC, IMX53_VTZIC_LEN, &imx53_vtzic_ops, &vtzic },
	{ "disk", BOARD_WINDOW_VIRTIO, TZVMM_VIRTIO_REGS_LEN,
	  &tzvmm_virtio_mmio_ops, &guest_disks[0].virtio },
	{ "console", BOARD_WINDOW_VIRTIO + TZVMM_VIRTIO_REGS_LEN,
	  TZVMM_VIRTIO_REGS_LEN, &tzvmm_virtio_mmio_ops, &channel.virtio },
};

/* Further disks: left out if there are none. */
static const struct tzvmm_mmio_region more_disks[] = {
	{ "disk2", BOARD_WINDOW_VIRTIO + 2u * TZVMM_VIRTIO_REGS_LEN,
	  TZVMM_VIRTIO_REGS_LEN, &tzvmm_virtio_mmio_ops, &guest_disks[1].virtio },
	{ "disk3", BOARD_WINDOW_VIRTIO + 3u * TZVMM_VIRTIO_REGS_LEN,
	  TZVMM_VIRTIO_REGS_LEN, &tzvmm_virtio_mmio_ops, &guest_disks[2].virtio },
};

static struct tzvmm_filter_dev filters[BOARD_NR_FILTERS];
static struct tzvmm_mmio_region all[NR(regions) + NR(more_disks) + BOARD_NR_FILTERS];

static const struct tzvmm_vuart_config vuart_config = {
	.sys = &platform_sys,
	.out = &console_guest,
	.in = &console_input,
	.irqs = &guest_vm.irqs,
	.line = BOARD_LINE_CONSOLE,
};

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

/* Of the disks at the end of a table of nr, those that are not there. */
static size_t without_disks(size_t nr)
{
	return nr - (TZVMM_ABI_BOOTPKG_MAX_DISKS - nr_guest_disks);
}

/* The stock guest's regions: the fixed ones, the disks, the filtered blocks. */
static bool build_regions(size_t *nr)
{
	const size_t nr_more = without_disks(NR(more_disks));

	memcpy(all, regions, sizeof(regions));
	memcpy(all + NR(regions), more_disks, nr_more * sizeof(more_disks[0]));
	*nr = NR(regions) + nr_more;
	for (size_t i = 0; i < BOARD_NR_FILTERS; i++) {
		if (tzvmm_filter_init(&filters[i], &board_filters[i],
				      &board_filter_hw, &platform_sys) != TZVMM_OK) {
			return false;
		}
		all[(*nr)++] = tzvmm_filter_region(&filters[i]);
	}
	return true;
}

static const char *init_stock(struct tzvmm_vm *vm, const struct tzvmm_port *port)
{
	size_t nr;

	if (!build_regions(&nr) || tzvmm_vm_init(vm, port, all, nr) != TZVMM_OK ||
	    tzvmm_vm_serve(vm, &service, 1) != TZVMM_OK) {
		return "the virtual machine's tables are wrong";
	}
	if (tzvmm_vuart_init(&vuart, &vuart_config) != TZVMM_OK) {
		return "the virtual UART's tables are wrong";
	}
	imx53_vtzic_init(&vtzic, &platform_tzic);
	has_vuart = true;
	return NULL;
}

static const char *init_paravirt(struct tzvmm_vm *vm, const struct tzvmm_port *port)
{
	if (tzvmm_vm_init(vm, port, NULL, 0) != TZVMM_OK ||
	    tzvmm_vm_serve(vm, &service, 1) != TZVMM_OK) {
		return "the virtual machine's tables are wrong";
	}
	if (tzvmm_smc_console_init(&smc_console, &console_guest, &console_input,
				   tzvmm_vm_irqs(vm),
				   BOARD_LINE_CONSOLE) != TZVMM_OK) {
		return "the console's tables are wrong";
	}
	imx53_tzic_reset_guest(&platform_tzic);
	calls.console = &smc_console;
	calls.nr_devices = NR(devices);
	return gpio_plug(port, tzvmm_vm_irqs(vm));
}

const char *front_init(struct tzvmm_vm *vm, const struct tzvmm_port *port,
		       uint32_t profile)
{
	/* The last one, GPIO, is the paravirtual guest's. */
	calls.nr_devices = without_disks(NR(devices) - 1u);
	for (size_t i = calls.nr_devices; i < NR(devices) - 1u; i++) {
		devices[i] = NULL;
	}
	return profile == TZVMM_ABI_BOOTPKG_PARAVIRT ? init_paravirt(vm, port)
						     : init_stock(vm, port);
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
	if (has_vuart) {
		tzvmm_vuart_poll(&vuart);
	}
	if (calls.console != NULL) {
		tzvmm_smc_console_poll(&smc_console);
	}
}

void front_print_status(struct tzvmm_mux_source *out)
{
	uint32_t refused = 0;

	for (size_t i = 0; has_vuart && i < BOARD_NR_FILTERS; i++) {
		refused += tzvmm_filter_refused(&filters[i]);
	}
	tzvmm_mux_print(out, "filters: %u writes refused", (unsigned)refused);
}
