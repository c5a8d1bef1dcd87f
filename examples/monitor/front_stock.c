/* SPDX-License-Identifier: BSD-2-Clause */
#include "front_stock.h"

#include <string.h>

#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/vuart.h>

#include "channel.h"
#include "console.h"
#include "disk.h"
#include "guest.h"
#include "platform.h"

#define NR(table) (sizeof(table) / sizeof((table)[0]))

#define UART_LEN 0x4000u

static struct tzvmm_vuart vuart;
static bool has_vuart;

/* The busiest first: they are searched in this order; the interrupt controller
 * comes behind the UART, further disks behind these, then the filtered blocks. */
static const struct tzvmm_mmio_region uart = { "UART1", BOARD_WINDOW_UART, UART_LEN,
					       &tzvmm_vuart_ops, &vuart };
static const struct tzvmm_mmio_region regions[] = {
	{ "disk", BOARD_WINDOW_VIRTIO, TZVMM_VIRTIO_REGS_LEN,
	  &tzvmm_virtio_mmio_ops, &guest_disks[0].virtio },
	{ "console", BOARD_WINDOW_VIRTIO + TZVMM_VIRTIO_REGS_LEN,
	  TZVMM_VIRTIO_REGS_LEN, &tzvmm_virtio_mmio_ops, &channel.virtio },
	{ "disk2", BOARD_WINDOW_VIRTIO + 2u * TZVMM_VIRTIO_REGS_LEN,
	  TZVMM_VIRTIO_REGS_LEN, &tzvmm_virtio_mmio_ops, &guest_disks[1].virtio },
	{ "disk3", BOARD_WINDOW_VIRTIO + 3u * TZVMM_VIRTIO_REGS_LEN,
	  TZVMM_VIRTIO_REGS_LEN, &tzvmm_virtio_mmio_ops, &guest_disks[2].virtio },
};

static struct tzvmm_filter_dev filters[BOARD_NR_FILTERS];
static struct tzvmm_mmio_region all[2u + NR(regions) + BOARD_NR_FILTERS];

static const struct tzvmm_vuart_config vuart_config = {
	.sys = &platform_sys,
	.out = &console_guest,
	.in = &console_input,
	.irqs = &guest_vm.irqs,
	.line = BOARD_LINE_CONSOLE,
};

static bool build_regions(size_t *nr)
{
	const size_t nr_virtio =
		NR(regions) - (TZVMM_ABI_BOOTPKG_MAX_DISKS - nr_guest_disks);

	all[0] = uart;
	all[1] = board_irqs_region;
	memcpy(all + 2, regions, nr_virtio * sizeof(regions[0]));
	*nr = 2u + nr_virtio;
	for (size_t i = 0; i < BOARD_NR_FILTERS; i++) {
		if (tzvmm_filter_init(&filters[i], &board_filters[i],
				      &board_filter_hw, &platform_sys) != TZVMM_OK) {
			return false;
		}
		all[(*nr)++] = tzvmm_filter_region(&filters[i]);
	}
	return true;
}

const char *front_stock_init(struct tzvmm_vm *vm, const struct tzvmm_port *port)
{
	size_t nr;

	if (!build_regions(&nr) || tzvmm_vm_init(vm, port, all, nr) != TZVMM_OK) {
		return "the virtual machine's tables are wrong";
	}
	if (tzvmm_vuart_init(&vuart, &vuart_config) != TZVMM_OK) {
		return "the virtual UART's tables are wrong";
	}
	board_irqs_region_init();
	has_vuart = true;
	return NULL;
}

void front_stock_poll(void)
{
	if (has_vuart) {
		tzvmm_vuart_poll(&vuart);
	}
}

void front_stock_print_status(struct tzvmm_mux_source *out)
{
	uint32_t refused = 0;

	for (size_t i = 0; has_vuart && i < BOARD_NR_FILTERS; i++) {
		refused += tzvmm_filter_refused(&filters[i]);
	}
	tzvmm_mux_print(out, "filters: %u writes refused", (unsigned)refused);
}
