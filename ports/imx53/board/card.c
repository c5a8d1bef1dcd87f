/* SPDX-License-Identifier: BSD-2-Clause */
#include <board.h>
#include <imx53/board/card.h>
#include <imx53/imx53.h>

/* Descriptors of the card's DMA: a request of the guest has up to 130 pieces, and
 * those of a batch are merged. */
#define NR_DESC 1024u

static struct imx_esdhc_desc table[NR_DESC]
	__attribute__((aligned(IMX_ESDHC_TABLE_ALIGN)));

struct imx_esdhc board_card;

const char *board_card_start(const struct tzvmm_blkdev **card)
{
	struct imx_esdhc_config config = {
		.base = IMX53_ESDHC1_BASE,
		.sys = &platform_sys,
		.table = table,
		.nr_desc = NR_DESC,
		.wake = platform_wake,
	};

	if (imx53_clk_set_esdhc(&board_clk) != TZVMM_OK) {
		return "card: its clock cannot be set";
	}
	imx53_clk_open(&board_clk, IMX53_GATE_ESDHC_IPG(1u));
	imx53_clk_open(&board_clk, IMX53_GATE_ESDHC_PER(1u));
	config.root_hz = imx53_clk_esdhc(&board_clk, 1);
	if (imx_esdhc_init(&board_card, &config) != TZVMM_OK) {
		return "card: cannot be used";
	}
	*card = &board_card.dev;
	return NULL;
}

void board_card_tick(void)
{
	imx_esdhc_tick(&board_card);
}

bool board_card_stalls(void)
{
	return imx_esdhc_stalls(&board_card);
}
