/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_ESDHC_H
#define IMX_ESDHC_H

/** @file
 * The SD host of i.MX5 and i.MX6, with an SD card, an MMC or an eMMC, as a block
 * device: ADMA2 straight from and to the pieces of a request, interrupt driven, in the order
 * in which requests came. Those that follow each other on the card go with one
 * command, and what comes next is made ready while the card is at work. What is
 * discarded is erased, if the card erases any sectors: a request at a time.
 *
 * Nothing waits once imx_esdhc_init() has returned, but imx_esdhc_reinsert(): a step
 * that cannot be taken at once is taken by the interrupt or by imx_esdhc_tick(). */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/blk.h>
#include <tzvmm/log.h>
#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** A descriptor of the DMA's table. */
struct imx_esdhc_desc {
	uint32_t control; /**< Length and attributes. */
	uint32_t addr;    /**< Bus address. */
};

/** Fewest descriptors of a table. */
#define IMX_ESDHC_MIN_DESC 128u
/** Alignment of a table: its lines hold nothing else. */
#define IMX_ESDHC_TABLE_ALIGN 64u

/** Which block a host is. */
enum imx_esdhc_kind {
	IMX_ESDHC_V2, /**< eSDHCv2: ports 1, 2 and 4 of i.MX53. */
	IMX_ESDHC_V3, /**< eSDHCv3: port 3 of i.MX53; its prescaler cannot be 1. */
	IMX_USDHC,    /**< uSDHC of i.MX6. */
};

/** How a host is wired and what it may use. */
struct imx_esdhc_config {
	uintptr_t base;               /**< Registers. */
	enum imx_esdhc_kind kind;     /**< What has these registers. */
	const struct tzvmm_sys *sys;  /**< Borrowed, must outlive the host. */
	uint32_t root_hz;             /**< Clock at the block. */
	struct imx_esdhc_desc *table; /**< Secure memory that the DMA can reach,
				       * aligned to IMX_ESDHC_TABLE_ALIGN;
				       * borrowed. */
	uint32_t nr_desc; /**< Entries of table, a multiple of 16, at least
			   * IMX_ESDHC_MIN_DESC: a request may have
			   * nr_desc / 2 - 32 pieces. */
	bool one_bit;     /**< Only DAT0 is wired. */
	bool eight_bit;   /**< DAT4 to DAT7 are wired as well; else, and without
			   * one_bit, four lines are. */
	bool card_detect; /**< The host sees a card go. */
	/** Call imx_esdhc_tick() once in so many microseconds, earlier or somewhat
	 * later do no harm: the host does not tell when a card has programmed what
	 * it was sent. Replaces an earlier wish. */
	void (*wake)(void *ctx, uint32_t us);
	/** Whether a card is in the slot, by a switch that the host does not see: a
	 * step that fails without one fails for good. NULL: nobody knows. */
	bool (*present)(void *ctx);
	void *wake_ctx; /**< Handed to wake and present. */
};

/** Counters; they wrap. */
struct imx_esdhc_stats {
	uint32_t requests; /**< Requests completed, whatever their outcome. */
	uint32_t failures; /**< Those of them that failed. */
	uint32_t errors; /**< Steps that failed and were tried again or given up. */
	uint32_t commands; /**< Transfers: requests that were merged count once. */
	uint32_t polls;    /**< Times the card was asked for its status. */
	uint32_t late;     /**< Steps that only the tick took further. */
	uint32_t spurious; /**< Interrupts without a reason. */
};

/** @cond PRIVATE */
/* How a card erases. */
struct imx_esdhc_erase {
	uint8_t from, to; /* commands that say what; 0: it does not */
	uint8_t how;      /* argument of CMD38 */
	bool zeroes;      /* what is erased reads as zeroes */
	uint32_t max;     /* sectors at a time; 0: it does not */
};

/* Requests that one command carries out, and its DMA's table. */
struct imx_esdhc_batch {
	struct tzvmm_blk_req *last; /* NULL: none */
	struct imx_esdhc_desc *table;
	uint32_t nr_desc; /* of the table, in use */
	uint32_t nr_sectors;
	uint32_t nr_reqs;
};
/** @endcond */

/** A host with its card. Memory of the caller, who must not move it. */
struct imx_esdhc {
	struct tzvmm_blkdev dev;      /**< The card; valid after
				       * imx_esdhc_init(), even while there is
				       * none. */
	struct imx_esdhc_stats stats; /**< Counters. */
	uint32_t card_hz;             /**< Clock of the card. */
	unsigned nr_lines;            /**< Data lines in use: 1, 4 or 8. */
	bool sector_addressed;        /**< As cards of more than 2 GB are. */
	/** @cond PRIVATE */
	struct imx_esdhc_config cfg;
	uint32_t sysctl; /* what SYSCTL and its kin were set to */
	uint32_t proctl;
	uint32_t sigen;
	uint32_t rca; /* in bits 31:16, as commands want it */
	struct imx_esdhc_erase erase;
	bool counts;        /* card and host take writes with CMD23 */
	uint32_t sector_us; /* on the bus, in parts: see ESDHC_SECTOR_SHIFT */
	bool gone;          /* no card, or a host that does not obey */
	uint32_t cid[4];    /* whose disk it is */

	/* The queue. Its first requests are those of the batch at work, the next
	 * ones those of the batch that is ready; the rest waits. */
	struct tzvmm_blk_req *head;
	struct tzvmm_blk_req **tail;
	struct imx_esdhc_batch batches[2];
	unsigned at_work;     /* index of a batch */
	uint32_t max_desc;    /* entries of a batch's table */
	uint32_t nr_unmerged; /* requests that go alone, behind a failure */
	unsigned phase;       /* enum esdhc_phase */
	bool issued;          /* the phase's command is out */
	bool recovering;
	uint32_t seen;     /* interrupt status since the command */
	uint32_t limit_us; /* of a phase that no tick has seen yet, or 0 */
	uint64_t deadline_us;
	uint64_t ticked_us; /* the clock at the last tick */
	unsigned stalls;    /* ticks at which the clock stood still */
	bool moved;         /* a step was taken since the last tick */
	bool stalled;       /* none was, at the last tick */
	unsigned causeless; /* interrupts in a row without a cause */
	uint32_t busy_us;   /* what a card took to program, about */
	uint64_t nap_us;    /* since when the card programs, about */
	uint64_t up_us;     /* when the first nap ends */
	bool tells_early;   /* TC of a write comes while the card programs */
	unsigned naps;      /* of this attempt */
	bool too_early;     /* the first one was too short */
	unsigned in_time;   /* times in a row that it was not, up to 6 */
	unsigned attempts_left;
	unsigned faults;           /* steps of a recovery that failed */
	enum tzvmm_status outcome; /* of the last failed step */
	struct tzvmm_ratelimit limit;

	/** @endcond */
};

/** Reset the host, find the card and make it a block device. Polls, every wait
 * with an end: at most some two seconds.
 *
 * @param host   Caller's memory.
 * @param config Copied.
 * @retval TZVMM_OK        host->dev can be used.
 * @retval TZVMM_E_INVAL   The configuration is not usable.
 * @retval TZVMM_E_NODEV   No card answers.
 * @retval TZVMM_E_UNSUPP  A card that is not supported: SDUC, wrong voltage,
 *                         sectors of 4 KiB.
 * @retval TZVMM_E_DENIED  The card is locked with a password.
 * @retval TZVMM_E_FORMAT  The card's registers make no sense.
 * @retval TZVMM_E_IO      The card answers with errors.
 * @retval TZVMM_E_TIMEOUT The host or the card does not get ready.
 * @note The reason is logged in words as well. */
TZVMM_NODISCARD enum tzvmm_status
imx_esdhc_init(struct imx_esdhc *host, const struct imx_esdhc_config *config);

/** Interrupt handler.
 * @param ctx The struct imx_esdhc.
 * @note Context: serialised with submit and tick. Requests' done() is called
 *       from here. */
void imx_esdhc_irq(void *ctx);

/** Look after a request that hangs. To be called at least each 100 ms while
 * imx_esdhc_busy(), and each 20 ms while imx_esdhc_stalls(); more often does no harm.
 * @param host Initialised.
 * @note Context: as imx_esdhc_irq(). */
void imx_esdhc_tick(struct imx_esdhc *host);

/** Whether a request is on its way.
 * @param host Initialised.
 * @return true if imx_esdhc_tick() is needed. */
bool imx_esdhc_busy(const struct imx_esdhc *host);

/** Whether at the last imx_esdhc_tick() the request on its way had come no further
 * since the one before: it may be large, or its interrupt lost.
 * @param host Initialised.
 * @return true if the next tick should come soon. */
bool imx_esdhc_stalls(const struct imx_esdhc *host);

/** The card is gone: everything fails with TZVMM_E_NODEV from now on, until
 * imx_esdhc_reinsert(). For boards that see it by other means than the host.
 * @param host Initialised.
 * @note Context: as imx_esdhc_irq(). */
void imx_esdhc_remove(struct imx_esdhc *host);

/** Look for a card that was removed, or given up. If it is the one that was there
 * before, host->dev goes on; what is on it may have been changed elsewhere. Another
 * card stays refused: whoever uses host->dev takes it for the first one. Polls, as
 * imx_esdhc_init() does, whose result must have been TZVMM_OK.
 *
 * @param host Initialised.
 * @retval TZVMM_OK      The same card: CID, size, addressing and write protection.
 * @retval TZVMM_E_BUSY  Nothing was done: there is a card already.
 * @retval TZVMM_E_INVAL Nothing was done: there never was a card.
 * @retval TZVMM_E_NODEV No card, or another one.
 * @return Else what imx_esdhc_init() says of such a card. Without a card, this can
 * be called again.
 * @note Context: as imx_esdhc_irq(), but not in an interrupt: this takes time. Not
 *       from a request's done().
 * @note If the host sees cards come and go (card_detect), this is a register
 *       access while there is none. */
TZVMM_NODISCARD enum tzvmm_status imx_esdhc_reinsert(struct imx_esdhc *host);

/** The divider that gives the highest clock not above a limit.
 *
 * @param root_hz Clock at the block.
 * @param max_hz  Limit.
 * @param kind    Which block it is: with eSDHCv3 the prescaler cannot be 1.
 * @param hz      Set to the clock.
 * @return SYSCTL's SDCLKFS and DVS fields in place; the largest divider there is
 *         if even that is above the limit. */
uint32_t imx_esdhc_divider(uint32_t root_hz, uint32_t max_hz,
			   enum imx_esdhc_kind kind, uint32_t *hz);

#endif /* IMX_ESDHC_H */
