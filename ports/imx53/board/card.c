/* SPDX-License-Identifier: BSD-2-Clause */
#include <board.h>
#include <imx/board/tables.h>
#include <imx/gpio.h>
#include <imx53/board/card.h>
#include <imx53/imx53.h>
#include <tzvmm/log.h>

/* Descriptors of the card's DMA: a request of the guest has up to 130 pieces, and
 * those of a batch are merged. */
#define NR_DESC 1024u

#define SHAKES_US 20000u

static struct imx_esdhc_desc table[NR_DESC]
	__attribute__((aligned(IMX_ESDHC_TABLE_ALIGN)));

struct imx_esdhc board_card;

static const struct board_slot *slot; /* in use; NULL: none yet */

#define LINE(slot) (IMX53_IRQ_ESDHC1 + (slot)->port - 1u)

/* A slot without a switch is looked at by its host. */
static bool has_card(const struct board_slot *s)
{
	return s->detect == 0u || !imx_gpio_level(s->detect, s->pin);
}

static bool present(void *ctx)
{
	(void)ctx;
	return has_card(slot);
}

static const struct board_slot *find_slot(void)
{
	for (size_t i = 0; i < board_nr_slots; i++) {
		const struct board_slot *s = &board_slots[i];

		if (has_card(s)) {
			return s;
		}
		tzvmm_log(&platform_sys, TZVMM_LOG_INFO,
			  "sd: no card in eSDHC%u's slot", s->port);
	}
	return NULL;
}

static const char *start(const struct board_slot *s)
{
	struct imx_esdhc_config config = {
		.base = s->base,
		.kind = s->port == 3u ? IMX_ESDHC_V3 : IMX_ESDHC_V2,
		.sys = &platform_sys,
		.table = table,
		.nr_desc = NR_DESC,
		.one_bit = s->lines == 1u,
		.eight_bit = s->lines == 8u,
		.wake = platform_wake,
		.present = present,
	};

	if (imx53_clk_set_esdhc(&board_clk) != TZVMM_OK) {
		return "card: its clock cannot be set";
	}
	imx53_clk_open(&board_clk, IMX53_GATE_ESDHC_IPG(s->port));
	imx53_clk_open(&board_clk, IMX53_GATE_ESDHC_PER(s->port));
	config.root_hz = imx53_clk_esdhc(&board_clk, s->port);
	if (imx_esdhc_init(&board_card, &config) != TZVMM_OK ||
	    imx53_tzic_enable(&board_tzic, LINE(s)) != TZVMM_OK) {
		return "card: cannot be used";
	}
	return NULL;
}

const char *board_card_start(const struct tzvmm_blkdev **card)
{
	slot = find_slot();
	*card = &board_card.dev;
	return slot == NULL ? "card: there is none" : start(slot);
}

/* A switch that shakes is no card that goes: it has to be open for a while. */
static void watch_switch(void)
{
	static uint64_t open_us;
	static bool open;
	const uint64_t now_us = board_now_us(NULL);

	if (has_card(slot)) {
		open = false;
	} else if (!open) {
		open = true;
		open_us = now_us;
	} else if (now_us - open_us >= SHAKES_US) {
		imx_esdhc_remove(&board_card);
	}
}

void board_card_tick(void)
{
	if (slot != NULL) {
		watch_switch();
		imx_esdhc_tick(&board_card);
	}
}

void board_card_quiet(void)
{
	if (slot != NULL) {
		(void)!imx53_tzic_disable(&board_tzic, LINE(slot));
	}
}

bool board_card_stalls(void)
{
	return imx_esdhc_stalls(&board_card);
}
