/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SD_BENCH_H
#define SD_BENCH_H

/* A modelled board with an SD host and a card, and requests to it. */

#include <imx/esdhc.h>

#include "bus.h"
#include "dma_model.h"
#include "esdhc_model.h"

#define SD_BENCH_BASE 0x50004000u
#ifndef SD_BENCH_KIND
#define SD_BENCH_KIND IMX_ESDHC_V2
#endif
/* A uSDHC has a register more to write with each command. */
#define SD_BENCH_MIX_WRITES (SD_BENCH_KIND == IMX_USDHC ? 1u : 0u)
#define SD_BENCH_NR_DESC 320u
#define SD_BENCH_MAX_SG 128u
#define SD_BENCH_NONE 1000 /* no answer yet; no enum tzvmm_status */

struct sd_request {
	struct tzvmm_blk_req req; /* first */
	struct tzvmm_sg sg[SD_BENCH_MAX_SG];
	int status;
	unsigned nr_done;
	unsigned order;     /* the how manieth to be answered */
	bool card_was_busy; /* when it was answered */
	struct sd_bench *bench;
	struct sd_request *then; /* submitted when this one is answered */
};

struct sd_bench {
	struct sdcard_model card;
	struct esdhc_model hw;
	struct imx_esdhc host;
	struct imx_esdhc_config config;
	unsigned nr_done;
	uint64_t wake_ns; /* when the driver wants a tick; 0: not */
	unsigned nr_wakes;
};

/* Hardware with a card of this kind; the driver has not been started. */
struct sd_bench *sd_bench_new(enum sdcard_kind kind);
/* And with the driver started, which has to work. */
struct sd_bench *sd_bench_started(enum sdcard_kind kind);
enum tzvmm_status sd_bench_init(struct sd_bench *b);

/* Let interrupts and ticks run until the driver is idle. Fails the test when no
 * request ends in the time that the driver gives itself. */
void sd_bench_run(struct sd_bench *b);

/* A request over nr_sg pieces of equal length, or over one if nr_sg is 1. */
void sd_request_init(struct sd_bench *b, struct sd_request *r, enum tzvmm_blk_op op,
		     uint64_t sector, uint32_t nr_sectors, uint32_t nr_sg);
/* Fill a request's memory with something that tells its bytes apart. */
void sd_request_fill(struct sd_request *r, uint8_t seed);
enum tzvmm_status sd_request_submit(struct sd_bench *b, struct sd_request *r);
/* Submit, run, and the outcome. */
int sd_request_do(struct sd_bench *b, struct sd_request *r);
/* Whether the memory is what the card has. */
bool sd_request_matches(const struct sd_bench *b, const struct sd_request *r);

#endif /* SD_BENCH_H */
