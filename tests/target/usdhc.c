/* SPDX-License-Identifier: BSD-2-Clause */
/* The SD host driver with a uSDHC that we did not write: QEMU's, of mcimx6ul-evk. A
 * card in the first slot, none in the second; nothing but the driver is between the
 * card and this program. */
#include <string.h>

#include <imx/esdhc.h>
#include <tzvmm/port/mmio.h>

#include "semihost.h"

#define USDHC1 0x02190000u
#define USDHC2 0x02194000u
#define ROOT_HZ 198000000u
#define GICD_ISPENDR(n) (0x00A01200u + 4u * (n))
#define USDHC1_PENDING (1u << 22) /* SPI 22, in the second register */
#define TICK_US 100000u
#define LIMIT_US 5000000u

#define NR_SECTORS 192u
#define FIRST 1000u

void tzvmm_monitor_main(void);

static struct imx_esdhc host;
static struct imx_esdhc_desc table[IMX_ESDHC_MIN_DESC]
	__attribute__((aligned(IMX_ESDHC_TABLE_ALIGN)));
static uint8_t out[NR_SECTORS * TZVMM_SECTOR_LEN], in[NR_SECTORS * TZVMM_SECTOR_LEN];
static unsigned failures, nr_irqs, nr_done;
static enum tzvmm_status outcome;
static uint64_t wake_us;

static void check(bool ok, const char *what)
{
	semihost_print(ok ? "ok - " : "FAIL - ");
	semihost_print(what);
	semihost_print("\n");
	failures += ok ? 0u : 1u;
}

/* The generic timer: 62.5 MHz here, which is near enough to 64. */
static uint64_t now_us(void *ctx)
{
	uint64_t ticks;

	(void)ctx;
	__asm__ volatile("mrrc p15, 0, %Q0, %R0, c14" : "=r"(ticks));
	return ticks >> 6;
}

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	char line[128];

	(void)ctx;
	(void)level;
	len = len < sizeof(line) - 1u ? len : sizeof(line) - 1u;
	memcpy(line, text, len);
	line[len] = '\0';
	semihost_print(line);
	semihost_print("\n");
}

static const struct tzvmm_sys_ops sys_ops = { .now_us = now_us, .log = log_line };
static const struct tzvmm_sys sys = { .ops = &sys_ops };

static void wake(void *ctx, uint32_t us)
{
	(void)ctx;
	wake_us = now_us(NULL) + us;
}

static void done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	(void)req;
	nr_done++;
	outcome = status;
}

static enum tzvmm_status start(uintptr_t base)
{
	const struct imx_esdhc_config config = {
		.base = base,
		.kind = IMX_USDHC,
		.sys = &sys,
		.root_hz = ROOT_HZ,
		.table = table,
		.nr_desc = IMX_ESDHC_MIN_DESC,
		.wake = wake,
	};

	return imx_esdhc_init(&host, &config);
}

/* As a monitor does it, but with a look at the distributor for an exception. */
static void serve(void)
{
	const uint64_t start_us = now_us(NULL);

	wake_us = start_us + TICK_US;
	while (imx_esdhc_busy(&host) && now_us(NULL) - start_us < LIMIT_US) {
		if ((tzvmm_mmio_read32(GICD_ISPENDR(1)) & USDHC1_PENDING) != 0u) {
			nr_irqs++;
			imx_esdhc_irq(&host);
		} else if (now_us(NULL) >= wake_us) {
			wake_us = now_us(NULL) + TICK_US;
			imx_esdhc_tick(&host);
		}
	}
}

/* One request of any pieces. */
static enum tzvmm_status request(enum tzvmm_blk_op op, uint64_t sector,
				 const struct tzvmm_sg *sg, uint32_t nr_sg)
{
	struct tzvmm_blk_req req = {
		.op = op, .sector = sector, .sg = sg, .nr_sg = nr_sg, .done = done
	};
	enum tzvmm_status st;

	for (uint32_t i = 0; i < nr_sg; i++) {
		req.nr_sectors += sg[i].len / TZVMM_SECTOR_LEN;
	}
	nr_done = 0;
	outcome = TZVMM_E_TIMEOUT;
	st = tzvmm_blk_submit(&host.dev, &req);
	if (st != TZVMM_OK) {
		return st;
	}
	serve();
	return nr_done == 1u ? outcome : TZVMM_E_TIMEOUT;
}

static void read_what_the_image_has(void)
{
	static const char text[] = "the card of this test";
	const struct tzvmm_sg sg = { in, TZVMM_SECTOR_LEN };

	check(request(TZVMM_BLK_READ, 1, &sg, 1) == TZVMM_OK &&
		      memcmp(in, text, sizeof(text) - 1u) == 0,
	      "a sector comes from the image");
}

static void write_and_read_back(void)
{
	/* Cut in other places on the way back; the second piece takes two descriptors. */
	const struct tzvmm_sg there[] = { { out, 512 },
					  { out + 512, 81920 },
					  { out + 82432, sizeof(out) - 82432 } };
	const struct tzvmm_sg back[] = { { in, 4096 },
					 { in + 4096, sizeof(in) - 4096 } };
	const struct tzvmm_sg one = { in, 512 };

	for (uint32_t i = 0; i < sizeof(out); i++) {
		out[i] = (uint8_t)(i * 7u + (i >> 9));
	}
	memset(in, 0, sizeof(in));
	check(request(TZVMM_BLK_WRITE, FIRST, there, 3) == TZVMM_OK,
	      "192 sectors are written from three pieces");
	check(request(TZVMM_BLK_FLUSH, 0, NULL, 0) == TZVMM_OK, "a flush");
	check(request(TZVMM_BLK_READ, FIRST, back, 2) == TZVMM_OK &&
		      memcmp(in, out, sizeof(out)) == 0,
	      "they come back into two");
	check(request(TZVMM_BLK_WRITE, FIRST + 5u, &back[0], 1) == TZVMM_OK &&
		      request(TZVMM_BLK_READ, FIRST + 12u, &one, 1) == TZVMM_OK &&
		      memcmp(in, out + 7u * 512u, 512) == 0,
	      "and one of eight that were written over them");
}

void tzvmm_monitor_main(void)
{
	check(start(USDHC2) == TZVMM_E_NODEV, "no card in the second slot");
	check(start(USDHC1) == TZVMM_OK && host.nr_lines == 4u &&
		      host.card_hz == 49500000u && host.dev.nr_sectors == 131072u,
	      "a card of 64 MiB in the first one, 4 lines at 49.5 MHz");
	read_what_the_image_has();
	write_and_read_back();
	check(host.stats.errors == 0u && host.stats.late == 0u,
	      "no step failed or was late");
	check(nr_irqs >= host.stats.commands, "the interrupt's line told of each");
	semihost_exit(failures == 0u ? 0 : 1);
}
