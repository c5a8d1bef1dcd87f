/* SPDX-License-Identifier: BSD-2-Clause */
#include <board.h>
#include <imx6ul/board/card.h>

/* Descriptors of the card's DMA: a request of the guest has up to 130 pieces, and
 * those of a batch are merged. */
#define NR_DESC 1024u
#define PORT 2u

static struct imx_esdhc_desc table[NR_DESC]
	__attribute__((aligned(IMX_ESDHC_TABLE_ALIGN)));

struct imx_esdhc board_card;

const char *board_card_start(const struct tzvmm_blkdev **card)
{
	const struct imx_esdhc_config config = {
		.base = BOARD_USDHC2_BASE,
		.kind = IMX_USDHC,
		.sys = &platform_sys,
		.root_hz = imx6ul_clk_start_usdhc(&board_clk, PORT),
		.table = table,
		.nr_desc = NR_DESC,
		.wake = platform_wake,
	};

	if (config.root_hz == 0u) {
		return "card: its clock cannot be set";
	}
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
