/* SPDX-License-Identifier: BSD-2-Clause */
/* The SD host and its card. There is no request in this program but reads. */
#include <board.h>
#include <imx/esdhc.h>
#include <imx/esdhc_regs.h>
#include <imx/csu_regs.h>
#include <imx53/m4if.h>

#include "report.h"

#define HOSTCAP 0x40u
#define WML 0x44u
#define HOSTVER 0xFCu
#define SA_ESDHC1 (1u << 26)

#define NR_SECTORS 256u
#define NR_DESC 128u
#define LIMIT_US 3000000u
#define TICK_US 50000u

static struct imx_esdhc_desc table[NR_DESC]
	__attribute__((aligned(IMX_ESDHC_TABLE_ALIGN)));
static uint8_t data[NR_SECTORS * TZVMM_SECTOR_LEN] __attribute__((aligned(64)));
static struct imx_esdhc host;
static volatile bool done;
static enum tzvmm_status result;

/* The loop below looks often enough. */
static void wake(void *ctx, uint32_t us)
{
	(void)ctx;
	(void)us;
}

static void is_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	(void)req;
	result = status;
	done = true;
}

/* Read the start of the card; how long it takes. */
static uint32_t read_card(void)
{
	static const struct tzvmm_sg sg = { data, sizeof(data) };
	static struct tzvmm_blk_req req;
	const uint32_t from = now_us();
	uint32_t ticked = from;

	req = (struct tzvmm_blk_req){
		.op = TZVMM_BLK_READ,
		.nr_sectors = NR_SECTORS,
		.sg = &sg,
		.nr_sg = 1,
		.done = is_done,
	};
	done = false;
	result = tzvmm_blk_submit(&host.dev, &req);
	while (result == TZVMM_OK && !done && now_us() - from < LIMIT_US) {
		if (is_pending(IMX53_IRQ_ESDHC1)) {
			imx_esdhc_irq(&host);
		}
		if (now_us() - ticked >= TICK_US) {
			ticked = now_us();
			imx_esdhc_tick(&host);
		}
	}
	return now_us() - from;
}

static bool open_card(void)
{
	struct imx_esdhc_config config = {
		.base = IMX53_ESDHC1_BASE,
		.sys = &board_sys,
		.table = table,
		.nr_desc = NR_DESC,
		.wake = wake,
	};
	enum tzvmm_status status = imx53_clk_set_esdhc(&board_clk);

	imx53_clk_open(&board_clk, IMX53_GATE_ESDHC_IPG(1u));
	imx53_clk_open(&board_clk, IMX53_GATE_ESDHC_PER(1u));
	config.root_hz = imx53_clk_esdhc(&board_clk, 1);
	if (status == TZVMM_OK) {
		status = imx_esdhc_init(&host, &config);
	}
	answer("card", status == TZVMM_OK, "imx_esdhc_init() cannot use the card",
	       "%s, %lu Hz, %u lines", tzvmm_status_name(status), host.card_hz,
	       host.nr_lines);
	return status == TZVMM_OK;
}

/* Descriptors and data are secure memory: a host that SA calls normal must not get
 * them. What of it the watermark refuses is left in its registers. */
static void ask_dma(void)
{
	const uint32_t sa = rd(IMX53_CSU_BASE + CSU_SA);
	uint32_t at = 0;
	bool noted;

	(void)!imx53_m4if_protect(IMX53_M4IF_BASE, IMX53_CSD0_BASE, BOARD_SECURE_LEN);
	(void)imx53_m4if_take_violation(IMX53_M4IF_BASE, &at);
	wr(IMX53_CSU_BASE + CSU_SA, sa | SA_ESDHC1);
	(void)read_card();
	wr(IMX53_CSU_BASE + CSU_SA, sa);
	noted = imx53_m4if_take_violation(IMX53_M4IF_BASE, &at);
	answer("dma-normal", done && result != TZVMM_OK,
	       "SA does not keep a bus master from secure memory",
	       "%s, violation %s 0x%08lx",
	       done ? tzvmm_status_name(result) : "no end", noted ? "at" : "none",
	       at);
}

void ask_card(void)
{
	const uint32_t present = rd(IMX53_ESDHC1_BASE + ESDHC_PRSSTAT);
	uint32_t us;

	note("hostcap", "HOSTCAP %08lx HOSTVER %08lx WML %08lx",
	     rd(IMX53_ESDHC1_BASE + HOSTCAP), rd(IMX53_ESDHC1_BASE + HOSTVER),
	     rd(IMX53_ESDHC1_BASE + WML));
	note("prsstat", "PRSSTAT %08lx PROCTL %08lx SYSCTL %08lx", present,
	     rd(IMX53_ESDHC1_BASE + ESDHC_PROCTL),
	     rd(IMX53_ESDHC1_BASE + ESDHC_SYSCTL));
	/* U-Boot is told not to look, nor does this monitor. */
	note("card-inserted", "CINS %u", (present & PRSSTAT_CINS) != 0u ? 1u : 0u);
	if (!open_card()) {
		return;
	}
	line_enable(IMX53_IRQ_ESDHC1, true);
	us = read_card();
	answer("card-read",
	       done && result == TZVMM_OK && data[510] == 0x55u && data[511] == 0xAAu,
	       "esdhc.c: reading does not work", "%s, 128 KiB in %lu us",
	       done ? tzvmm_status_name(result) : "no end", us);
	if (done) {
		ask_dma();
	}
	line_enable(IMX53_IRQ_ESDHC1, false);
}
