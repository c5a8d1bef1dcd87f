/* SPDX-License-Identifier: BSD-2-Clause */
#include "sd_bench.h"

#include <string.h>

#define SD_TICK_NS 10000000u

static struct sd_bench bench;

static void wake(void *ctx, uint32_t us)
{
	struct sd_bench *b = ctx;

	b->wake_ns = model_now_ns() + us * 1000u;
	b->nr_wakes++;
}

struct sd_bench *sd_bench_new(enum sdcard_kind kind)
{
	model_reset();
	dma_model_reset();
	memset(&bench, 0, sizeof(bench));
	sdcard_model_init(&bench.card, kind);
	esdhc_model_init(&bench.hw, SD_BENCH_BASE, &bench.card, 200000000,
			 SD_BENCH_KIND == IMX_USDHC);
	bench.config = (struct imx_esdhc_config){
		.base = SD_BENCH_BASE,
		.kind = SD_BENCH_KIND,
		.sys = &model_sys,
		.root_hz = 200000000,
		.table = dma_model_alloc(SD_BENCH_NR_DESC * 8u, 64),
		.nr_desc = SD_BENCH_NR_DESC,
		.wake = wake,
		.wake_ctx = &bench,
	};
	return &bench;
}

enum tzvmm_status sd_bench_init(struct sd_bench *b)
{
	return imx_esdhc_init(&b->host, &b->config);
}

struct sd_bench *sd_bench_started(enum sdcard_kind kind)
{
	struct sd_bench *b = sd_bench_new(kind);

	if (sd_bench_init(b) != TZVMM_OK) {
		model_fail("the driver does not start");
	}
	return b;
}

void sd_bench_run(struct sd_bench *b)
{
	const uint64_t limit_ns = b->host.dev.limit_us * 1000ull;
	uint64_t end = model_now_ns() + limit_ns;
	unsigned nr_done = b->nr_done;
	uint64_t tick = model_now_ns() + SD_TICK_NS;

	while (imx_esdhc_busy(&b->host)) {
		uint64_t next = esdhc_model_next_ns(&b->hw);

		if (nr_done != b->nr_done) {
			nr_done = b->nr_done;
			end = model_now_ns() + limit_ns;
		}
		if (model_now_ns() > end) {
			model_fail("no request ends in the driver's time");
		}
		if (esdhc_model_irq(&b->hw) && model_now_ns() < tick) {
			imx_esdhc_irq(&b->host);
			continue;
		}
		if (b->wake_ns != 0u && b->wake_ns < tick) {
			tick = b->wake_ns;
		}
		next = next < tick ? next : tick;
		if (next > model_now_ns()) {
			model_pass_ns(next - model_now_ns());
		}
		if (model_now_ns() >= tick) {
			b->wake_ns = 0;
			imx_esdhc_tick(&b->host);
			tick = model_now_ns() + SD_TICK_NS;
		}
	}
}

static void sd_request_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct sd_request *r = (struct sd_request *)req;

	r->nr_done++;
	r->status = status;
	r->order = r->bench->nr_done++;
	r->card_was_busy = sdcard_model_busy(&r->bench->card);
	if (r->then != NULL) {
		(void)sd_request_submit(r->bench, r->then);
	}
}

void sd_request_init(struct sd_bench *b, struct sd_request *r, enum tzvmm_blk_op op,
		     uint64_t sector, uint32_t nr_sectors, uint32_t nr_sg)
{
	uint32_t len = nr_sg == 0u ? 0u : nr_sectors * TZVMM_SECTOR_LEN / nr_sg;

	*r = (struct sd_request){
		.req = { .op = op,
			 .sector = sector,
			 .nr_sectors = nr_sectors,
			 .sg = r->sg,
			 .nr_sg = nr_sg,
			 .done = sd_request_done },
		.status = SD_BENCH_NONE,
		.bench = b,
	};
	for (uint32_t i = 0; i < nr_sg; i++) {
		/* Neighbours of other pieces share lines with none of them. */
		r->sg[i].va = dma_model_alloc(len, 64);
		r->sg[i].len = len;
	}
}

void sd_request_fill(struct sd_request *r, uint8_t seed)
{
	for (uint32_t i = 0; i < r->req.nr_sg; i++) {
		for (uint32_t k = 0; k < r->sg[i].len; k++) {
			((uint8_t *)r->sg[i].va)[k] =
				(uint8_t)(seed + i * 31u + k * 3u + (k >> 9));
		}
	}
}

enum tzvmm_status sd_request_submit(struct sd_bench *b, struct sd_request *r)
{
	return tzvmm_blk_submit(&b->host.dev, &r->req);
}

int sd_request_do(struct sd_bench *b, struct sd_request *r)
{
	enum tzvmm_status st = sd_request_submit(b, r);

	if (st != TZVMM_OK) {
		return st;
	}
	sd_bench_run(b);
	if (r->nr_done != 1u) {
		model_fail("done() was called %u times", r->nr_done);
	}
	return r->status;
}

bool sd_request_matches(const struct sd_bench *b, const struct sd_request *r)
{
	uint64_t at = r->req.sector * TZVMM_SECTOR_LEN;

	for (uint32_t i = 0; i < r->req.nr_sg; i++) {
		for (uint32_t k = 0; k < r->sg[i].len; k++, at++) {
			uint8_t on_card =
				b->card.store[at / 512u % SDCARD_MAX_SECTORS][at % 512u];

			if (((const uint8_t *)r->sg[i].va)[k] != on_card) {
				return false;
			}
		}
	}
	return true;
}
