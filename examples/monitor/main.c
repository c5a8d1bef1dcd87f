/* SPDX-License-Identifier: BSD-2-Clause */
/* The demo's monitor: brings the board up, closes the secure world's
 * devices, and starts Linux in the normal world. */
#include <armv7a/mmu.h>
#include <armv7a/monitor.h>
#include <tzvmm/log.h>

#include "card.h"
#include "console.h"
#include "disk.h"
#include "guest.h"
#include "measure.h"
#include "platform.h"
#include "power.h"

/* Called by start.S on an empty stack. */
void tzvmm_monitor_main(void);

static const struct armv7a_monitor_ops monitor_ops = {
	.irq = platform_irq,
	.stop = power_stop,
	.fatal = power_fatal,
};

void tzvmm_monitor_main(void)
{
	struct tzvmm_boot boot;
	const struct tzvmm_blkdev *card = NULL;

	armv7a_mmu_enable(board_map, board_nr_map);
	armv7a_monitor_init(&guest_vm, &monitor_ops);
	require(platform_init());
	armv7a_led = board_led;
	tzvmm_log(&platform_sys, TZVMM_LOG_INFO, "tzvmm " TZVMM_VERSION ", %s",
		  BOARD_NAME);
	require(board_ram_protect());
	require(guest_load(&boot));
	require(board_protect(boot.profile));
	require(measure_guest(&boot));
	require(board_card_start(&card));
	require(card_init(card));
	require(disks_open(&boot));
	require(guest_init(boot.profile));
	guest_start(&boot);
}
