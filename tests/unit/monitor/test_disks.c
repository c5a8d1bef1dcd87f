/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's disks, on a card that is nothing but a partition in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/aes_xts.h>
#include <tzvmm/port/dma.h>
#include <tzvmm/ramdisk.h>

#include "card.h"
#include "disk.h"
#include "overlay.h"
#include "platform.h"

#define NR_SECTORS 1024u
#define LEN ((size_t)NR_SECTORS * TZVMM_SECTOR_LEN)
#define LOOKS 100u

uint8_t monitor_pool[BOARD_POOL_LEN];

/* ---- What the rest of the monitor would do -------------------------------- */

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return 0;
}

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	(void)ctx;
	(void)level;
	print_message("# %.*s\n", (int)len, text);
}

static const struct tzvmm_sys_ops sys_ops = { now_us, log_line };
const struct tzvmm_sys platform_sys = { &sys_ops, NULL };

void tzvmm_dma_to_device(const void *va, size_t len)
{
	(void)va;
	(void)len;
}

void platform_soon(void)
{
}

bool card_wait(bool (*done)(void))
{
	for (uint32_t i = 0; i < LOOKS; i++) {
		if (done()) {
			return true;
		}
	}
	return false;
}

bool card_busy(void)
{
	return false;
}

const char *card_open(struct tzvmm_sched_client *client, struct tzvmm_partition *part,
		      const char *selector, bool read_only, bool alone)
{
	(void)client;
	(void)part;
	(void)read_only;
	(void)alone;
	return selector;
}

enum tzvmm_status tzvmm_aes_xts_init(struct tzvmm_aes_xts *xts, const uint8_t *key)
{
	(void)xts;
	(void)key;
	return TZVMM_E_UNSUPP;
}

struct tzvmm_cipher tzvmm_aes_xts_cipher(struct tzvmm_aes_xts *xts)
{
	return (struct tzvmm_cipher){ .ctx = xts };
}

void tzvmm_aes_xts_wipe(struct tzvmm_aes_xts *xts)
{
	(void)xts;
}

/* ---- Tests --------------------------------------------------------------- */

static void count(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	unsigned *nr_done = req->owner;

	assert_int_equal(status, TZVMM_OK);
	(*nr_done)++;
}

/* A guest that is to start anew, or a commit, waits for this: no interrupt comes
 * from memory. */
static void a_store_in_memory_comes_to_rest_by_being_waited_for(void **state)
{
	static uint8_t bytes[LEN], data[LEN];
	struct tzvmm_ramdisk card;
	struct tzvmm_partition base;
	const struct tzvmm_blkdev *dev;
	struct tzvmm_sg sg = { data, LEN };
	unsigned nr_done = 0;
	struct tzvmm_blk_req req = { .op = TZVMM_BLK_WRITE,
				     .nr_sectors = NR_SECTORS,
				     .sg = &sg,
				     .nr_sg = 1,
				     .done = count,
				     .owner = &nr_done };

	(void)state;
	assert_int_equal(tzvmm_ramdisk_init(&card, bytes, LEN), TZVMM_OK);
	assert_int_equal(tzvmm_partition_init(&base, &card.dev, 0, NR_SECTORS, false),
			 TZVMM_OK);
	assert_null(overlay_open(&base, "", &dev));
	assert_int_equal(tzvmm_blk_submit(dev, &req), TZVMM_OK);
	assert_false(disks_idle());
	assert_true(card_wait(disks_idle));
	assert_int_equal(nr_done, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_in_memory_comes_to_rest_by_being_waited_for),
	};

	return cmocka_run_group_tests_name("disks", tests, NULL, NULL);
}
