/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ESDHC_MODEL_H
#define ESDHC_MODEL_H

/* eSDHCv2 of i.MX53, or uSDHC of i.MX6UL, with a card behind it. What imx53.md 4.3
 * and 4.4 call broken is broken here, and in a uSDHC too: nobody says which of it
 * was mended. What a driver must not do fails the test. */

#include "regs.h"
#include "sdcard_model.h"

struct esdhc_model {
	struct model_regs regs;
	struct sdcard_model *card;
	uint32_t root_hz;
	bool usdhc;

	/* Errata that come and go. */
	bool early_tc;     /* TC of a write before the card has programmed */
	bool no_exact_tc;  /* no end of a write that no CMD12 ends [LX] */
	bool tc_first;     /* it comes with CC, and no line tells of the data */
	bool cc_after_tc;  /* CC and TC the wrong way round */
	bool lose_cc;      /* CC of a data command is never told */
	bool slow_ac12;    /* TC of a read before the host's own CMD12 is over */
	unsigned lose_irq; /* the n-th completion from now raises no interrupt */
	bool keeps_width;  /* a reset of the data line spares the bus width */
	uint64_t reset_ns;
	/* A command while the card is busy goes to the card, as on hardware, which
	 * has nobody to tell; else it fails the test. */
	bool tells_nobody;

	bool hung;        /* no transfer completes any more */
	bool multi_write; /* one has not been stopped yet */
	bool counted;     /* CMD23 was before the transfer */
	bool unended;     /* such a one is over, and the host still in it */
	bool cc_due, tc_due, stuck_cmd;
	bool told; /* TC has come first, the data have not */
	bool muted;
	uint64_t cc_at_ns, tc_at_ns, ac12_until_ns, reset_until_ns;
	uint32_t xfertyp; /* of a uSDHC: with the mode of MIX_CTRL */
	uint32_t cc_bits; /* what IRQSTAT will say */
	uint32_t max_hz;  /* highest clock a command was sent at */
	unsigned nr_irqs; /* times the line rose */
	bool was_high;
	uint32_t sysctl;       /* as it was before the last write */
	uint64_t stable_at_ns; /* the card clock is, after a new divider */
	uint64_t still_at_ns;  /* a uSDHC's stands still, when it is let go */
	bool had_init_clocks;  /* 80 of them, before the first command */
};

void esdhc_model_init(struct esdhc_model *m, uintptr_t base,
		      struct sdcard_model *card, uint32_t root_hz, bool usdhc);
bool esdhc_model_irq(struct esdhc_model *m);
/* When the next thing happens by itself; UINT64_MAX for never. */
uint64_t esdhc_model_next_ns(const struct esdhc_model *m);
/* The card is pulled out; the host tells. */
void esdhc_model_pull_card(struct esdhc_model *m);
/* It, or whatever the model of the card has been made, is put in. */
void esdhc_model_insert_card(struct esdhc_model *m, enum sdcard_kind kind);

#endif /* ESDHC_MODEL_H */
