/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_ESDHC_HOST_H
#define IMX_ESDHC_HOST_H

/** @file
 * What the parts of the SD host driver share; not for others. */

#include <imx/esdhc.h>
#include <imx/esdhc_regs.h>
#include <imx/sdcard.h>
#include <tzvmm/port/mmio.h>

/** @cond PRIVATE */
#define ESDHC_CHUNK 65024u /* of a descriptor: whole sectors below 64 KiB */
#define ESDHC_MAX_SECTORS 2048u
/* Sectors of an erase, and the time that it may take: others wait meanwhile. An SD card
 * that says that it needs more time is given fewer sectors. The standard allows 250 ms
 * for each if it says nothing [SD-PHY 4.14]: nobody would wait for that. */
#define ESDHC_MAX_ERASE 8192u
#define ESDHC_ERASE_LIMIT_S 10u
/* Pieces are cut at each chunk: that many descriptors more than pieces, at most. */
#define ESDHC_CUTS(nr_sectors) ((nr_sectors) >> 6)

#define ESDHC_ATTEMPTS 3u
#define ESDHC_FAULTS 3u /* failed steps that one recovery survives */
#define ESDHC_STEP_LIMIT_US 1000000u
#define ESDHC_STATUS_LIMIT_US 2000000u /* a slow card's worst write is 500 ms */
#define ESDHC_ERASE_LIMIT_US (ESDHC_ERASE_LIMIT_S * 1000000u)
#define ESDHC_SECTOR_LIMIT_SHIFT 10u /* 1024 us a sector: 500 kB/s */

/* What an attempt takes if each of its steps takes its time, the last one fails,
 * and the recovery has all the faults that it survives. A step's time begins at a
 * tick, and a tick ends it: 100 ms later each, in 10 steps. */
#define ESDHC_RECOVERY_US                                                          \
	(ESDHC_FAULTS * (ESDHC_STEP_LIMIT_US + ESDHC_STATUS_LIMIT_US) + 2000000u)
#define ESDHC_DATA_US                                                              \
	(3u * ESDHC_STEP_LIMIT_US + 2u * ESDHC_STATUS_LIMIT_US +                   \
	 (ESDHC_MAX_SECTORS << ESDHC_SECTOR_LIMIT_SHIFT))
#define ESDHC_ERASE_US (4u * ESDHC_STEP_LIMIT_US + ESDHC_ERASE_LIMIT_US)
/* Requests that fail together are tried again one by one; an erase is alone. */
#define ESDHC_REQUEST_US (2u * ESDHC_ATTEMPTS * (ESDHC_DATA_US + ESDHC_RECOVERY_US))
_Static_assert(ESDHC_ATTEMPTS *(ESDHC_ERASE_US + ESDHC_RECOVERY_US) <=
		       ESDHC_REQUEST_US,
	       "an erase takes longer");

/* Fixed point of imx_esdhc.sector_us. */
#define ESDHC_SECTOR_SHIFT 10u

#define ESDHC_IDENT_HZ 400000u
#define ESDHC_READY_TRIES 1000u /* a millisecond apart [SD-PHY 4.2.3] */

#define ESDHC_R1 (XFERTYP_RSP_48 | XFERTYP_CCCEN | XFERTYP_CICEN)
#define ESDHC_R1B (XFERTYP_RSP_48_BUSY | XFERTYP_CCCEN | XFERTYP_CICEN)
#define ESDHC_R2 (XFERTYP_RSP_136 | XFERTYP_CCCEN)
#define ESDHC_R3 XFERTYP_RSP_48

static inline uint32_t esdhc_read(const struct imx_esdhc *host, uint32_t reg)
{
	return tzvmm_mmio_read32(host->cfg.base + reg);
}

static inline void esdhc_write(const struct imx_esdhc *host, uint32_t reg,
			       uint32_t value)
{
	tzvmm_mmio_write32(host->cfg.base + reg, value);
}

static inline bool esdhc_is_usdhc(const struct imx_esdhc *host)
{
	return host->cfg.kind == IMX_USDHC;
}

/* Nothing moves on the command line or the data lines, the clock is stable and
 * the card does not hold DAT0 (erratum ENGcm03648: the end of a busy command is
 * told too early). Bits 7:4, gated clocks, are of no interest. */
static inline bool esdhc_idle(const struct imx_esdhc *host)
{
	const uint32_t look = PRSSTAT_CIHB | PRSSTAT_CDIHB | PRSSTAT_DLA |
			      PRSSTAT_SDSTB | PRSSTAT_WTA | PRSSTAT_RTA |
			      PRSSTAT_BWEN | PRSSTAT_BREN | PRSSTAT_DAT0;

	return (esdhc_read(host, ESDHC_PRSSTAT) & look) ==
	       (PRSSTAT_SDSTB | PRSSTAT_DAT0);
}

/* Reset the lines in which (SYSCTL_RST...): also stops the DMA. */
TZVMM_NODISCARD enum tzvmm_status esdhc_reset(const struct imx_esdhc *host,
					      uint32_t which);

/* Whether there certainly is no card. */
bool esdhc_is_empty(const struct imx_esdhc *host);

/* Start a command. Everything else must have been set: this write starts it. */
void esdhc_issue(const struct imx_esdhc *host, uint32_t xfertyp, uint32_t arg);

/* ---- A card is brought up: polled ----------------------------------------- */

/* A command. */
struct esdhc_command {
	uint32_t index;
	uint32_t arg;
	uint32_t flags;    /* XFERTYP bits */
	uint32_t data_len; /* of one block read into the scratch area, or 0 */
	uint32_t rsp[4];
};

/* What there is to know of a card that is ready. */
struct esdhc_card {
	const char *kind; /* in words */
	uint64_t nr_sectors;
	bool sector_addressed;
	bool read_only;
	bool counts;     /* takes CMD23 */
	uint32_t cid[4]; /* who it is */
	struct imx_esdhc_erase erase;
};

/* Where a block goes that a card is asked for: the second table, of which no
 * transfer makes use yet, and which has room for one [IMX_ESDHC_MIN_DESC]. */
static inline uint8_t *esdhc_scratch(const struct imx_esdhc *host)
{
	return (uint8_t *)host->batches[1].table;
}

/* The highest clock that is not above a limit. */
TZVMM_NODISCARD enum tzvmm_status esdhc_set_clock(struct imx_esdhc *host,
						  uint32_t max_hz);

/* How many data lines the host uses: 1, 4 or 8. */
void esdhc_set_lines(struct imx_esdhc *host, unsigned nr_lines);

/* Carry out a command. */
TZVMM_NODISCARD enum tzvmm_status esdhc_run(const struct imx_esdhc *host,
					    struct esdhc_command *cmd);

/* The same for one without data; rsp, if not NULL, is set to its short answer. */
TZVMM_NODISCARD enum tzvmm_status esdhc_command(const struct imx_esdhc *host,
						uint32_t index, uint32_t arg,
						uint32_t flags, uint32_t *rsp);

/* Say in words why there is no disk. Returns st. */
enum tzvmm_status esdhc_refuse(const struct imx_esdhc *host, enum tzvmm_status st,
			       const char *why);

/* CMD2, CMD9 and CMD7, which all cards know. They say why they fail. */
TZVMM_NODISCARD enum tzvmm_status esdhc_read_cid(const struct imx_esdhc *host,
						 uint32_t cid[4]);
TZVMM_NODISCARD enum tzvmm_status esdhc_read_csd(const struct imx_esdhc *host,
						 uint32_t rsp[4]);
TZVMM_NODISCARD enum tzvmm_status esdhc_select(const struct imx_esdhc *host);

/* An SD card. TZVMM_E_NODEV, and no word: none is there. */
TZVMM_NODISCARD enum tzvmm_status esdhc_start_sd(struct imx_esdhc *host,
						 struct esdhc_card *card);

/* An MMC or eMMC. Likewise. */
TZVMM_NODISCARD enum tzvmm_status esdhc_start_mmc(struct imx_esdhc *host,
						  struct esdhc_card *card);

/* ---- Requests ------------------------------------------------------------- */

/* Submit of the block device. */
enum tzvmm_status esdhc_submit(const struct tzvmm_blkdev *dev,
			       struct tzvmm_blk_req *req);

/* ---- The queue ---------------------------------------------------------- */

/* Add a request, and make it ready if its turn may come next. */
void esdhc_enqueue(struct imx_esdhc *host, struct tzvmm_blk_req *req);

/* Put the first requests to work, if there are any: those that are ready. */
bool esdhc_turn(struct imx_esdhc *host);

/* Make ready what comes after the batch at work. */
void esdhc_prepare(struct imx_esdhc *host);

/* Take the requests of the batch at work off the queue: a list that ends in NULL. */
struct tzvmm_blk_req *esdhc_retire(struct imx_esdhc *host);

/* The DMA is done with a request's memory. */
void esdhc_from_device(const struct tzvmm_blk_req *req);

/* Leave the first request alone at work: the others go one by one behind it. */
void esdhc_split(struct imx_esdhc *host);

static inline struct imx_esdhc_batch *esdhc_batch(struct imx_esdhc *host)
{
	return &host->batches[host->at_work];
}
/** @endcond */

#endif /* IMX_ESDHC_HOST_H */
