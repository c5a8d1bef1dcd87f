/* SPDX-License-Identifier: BSD-2-Clause */
/* The SD host at work. A request goes through these phases:
 *
 *   read    DATA -> SETTLE
 *   write   DATA -> STATUS, if of one sector; else
 *           COUNT -> DATA -> STATUS -> END, or, if the card cannot count,
 *           DATA -> STOP -> STATUS
 *   flush   STATUS
 *   erase   FROM -> TO -> ERASE -> STATUS
 *   error   reset of both lines -> STATUS -> (STOP -> STATUS) -> all again, or
 *           the end
 *
 * STATUS asks the card until it is ready in transfer state: for a write that is
 * the only end that the errata leave (imx53.md 4.4), and after an error it tells
 * whether the card has to be stopped. No phase waits for longer than an interrupt
 * takes: what cannot be done at once is done by the next interrupt or tick, and the
 * tick also ends phases that take too long. */
#include <imx/esdhc.h>

#include <imx/esdhc_host.h>
#include <imx/wait.h>
#include <tzvmm/port/dma.h>

enum esdhc_phase {
	ESDHC_NONE,   /* no request */
	ESDHC_COUNT,  /* CMD23 */
	ESDHC_DATA,   /* the transfer */
	ESDHC_STOP,   /* CMD12 */
	ESDHC_FROM,   /* CMD32 or CMD35 */
	ESDHC_TO,     /* CMD33 or CMD36 */
	ESDHC_ERASE,  /* CMD38 */
	ESDHC_STATUS, /* CMD13, again and again */
	ESDHC_END,    /* CMD12 for the host's sake */
	ESDHC_SETTLE, /* all is done, the host is not idle yet */
};

#define ESDHC_IDLE_LOOKS 32u
#define ESDHC_CAUSELESS 1000u /* interrupts in a row that tell no cause */
#define ESDHC_STALLS 1000u    /* ticks with a clock that stands still */
#define ESDHC_MIN_NAP_US 8u
#define ESDHC_MAX_NAP_US 4096u
#define ESDHC_ERASE_NAP_US 256u
#define ESDHC_LOOK_US 4u   /* for a card that should be ready by now */
#define ESDHC_ANSWER_US 8u /* to a command: 130 clocks of at least 20 MHz */
#define ESDHC_ANSWERS 4u   /* waited for in a row */

static bool esdhc_is_erase(const struct imx_esdhc *host)
{
	return host->head->op == TZVMM_BLK_DISCARD ||
	       host->head->op == TZVMM_BLK_ZEROES;
}

static bool esdhc_is_multi(const struct imx_esdhc_batch *batch)
{
	return batch->nr_sectors > 1u;
}

/* A write behind which nothing is missing but the card's status. */
static bool esdhc_ends_itself(struct imx_esdhc *host)
{
	return host->head->op == TZVMM_BLK_WRITE &&
	       (host->counts || !esdhc_is_multi(esdhc_batch(host)));
}

/* One of many sectors, since the card was told how many. */
static bool esdhc_is_counted(struct imx_esdhc *host)
{
	return esdhc_ends_itself(host) && esdhc_is_multi(esdhc_batch(host));
}

/* The data of such a write, on a host whose TC comes too early to be of any use. */
static bool esdhc_sleeps(struct imx_esdhc *host)
{
	return host->phase == ESDHC_DATA && host->tells_early &&
	       esdhc_ends_itself(host);
}

/* Commands that let the card program or erase, which takes longer than its answer:
 * after a nap both are looked at. */
static bool esdhc_naps(struct imx_esdhc *host)
{
	return (host->phase == ESDHC_STOP && !host->recovering) ||
	       host->phase == ESDHC_ERASE || esdhc_sleeps(host);
}

/* ---- commands ---- */

static void esdhc_listen(struct imx_esdhc *host, uint32_t bits)
{
	bits |= IRQ_ERRORS | (host->cfg.card_detect ? IRQ_CRM : 0u);
	if (host->sigen != bits) {
		host->sigen = bits;
		esdhc_write(host, ESDHC_IRQSIGEN, bits);
	}
}

static uint32_t esdhc_data_command(const struct imx_esdhc_batch *batch)
{
	uint32_t mode = ESDHC_R1 | XFERTYP_DPSEL | XFERTYP_DMAEN;

	if (batch->last->op == TZVMM_BLK_READ) {
		mode |= XFERTYP_DTDSEL;
		if (!esdhc_is_multi(batch)) {
			return mode | XFERTYP_CMDINX(SD_CMD_READ_SINGLE);
		}
		return mode | XFERTYP_MSBSEL | XFERTYP_BCEN | XFERTYP_AC12EN |
		       XFERTYP_CMDINX(SD_CMD_READ_MULTIPLE);
	}
	if (!esdhc_is_multi(batch)) {
		return mode | XFERTYP_CMDINX(SD_CMD_WRITE_SINGLE);
	}
	/* The host's own CMD12 is broken for writes (imx53.md 4.4). */
	return mode | XFERTYP_MSBSEL | XFERTYP_BCEN |
	       XFERTYP_CMDINX(SD_CMD_WRITE_MULTIPLE);
}

static void esdhc_issue_data(struct imx_esdhc *host)
{
	const struct imx_esdhc_batch *batch = esdhc_batch(host);
	uint32_t sector = (uint32_t)host->head->sector;

	host->stats.commands++;
	/* CC comes long before TC and is gathered with it: one interrupt. */
	esdhc_listen(host, esdhc_sleeps(host) ? 0u : IRQ_TC);
	esdhc_write(host, ESDHC_ADSADDR, tzvmm_dma_addr(batch->table));
	esdhc_write(host, ESDHC_BLKATTR,
		    BLKATTR_SIZE(TZVMM_SECTOR_LEN) | BLKATTR_COUNT(batch->nr_sectors));
	esdhc_issue(host, esdhc_data_command(batch),
		    host->sector_addressed ? sector : sector * TZVMM_SECTOR_LEN);
}

static void esdhc_issue_count(struct imx_esdhc *host)
{
	esdhc_listen(host, IRQ_CC);
	esdhc_issue(host, ESDHC_R1 | XFERTYP_CMDINX(SD_CMD_SET_BLOCK_COUNT),
		    esdhc_batch(host)->nr_sectors);
}

static void esdhc_issue_stop(struct imx_esdhc *host)
{
	/* Without CMDTYP = abort no completion follows a multi-block transfer on
	 * i.MX51/53 [LX MULTIBLK_NO_INT; BB]; the mode bits stay as they were
	 * for the transfer [GEN esdhcv2.cc; LX does it likewise]. */
	esdhc_listen(host, esdhc_naps(host) ? 0u : IRQ_CC);
	esdhc_issue(host,
		    ESDHC_R1B | XFERTYP_ABORT | XFERTYP_MSBSEL | XFERTYP_BCEN |
			    XFERTYP_DMAEN | XFERTYP_CMDINX(SD_CMD_STOP),
		    0);
}

/* The host stays in a transfer that was counted until it has sent a CMD12 to which
 * nobody answers [LX esdhc_writel_le, imx53]. Not before the card is ready: only
 * then it takes no notice. Its next answer tells of an illegal command. */
static void esdhc_issue_end(struct imx_esdhc *host)
{
	esdhc_listen(host, IRQ_CC);
	esdhc_issue(host, XFERTYP_ABORT | XFERTYP_CMDINX(SD_CMD_STOP), 0);
}

/* CMD32, CMD33 and CMD38 of an SD card, CMD35, CMD36 and CMD38 of an MMC. */
static void esdhc_issue_erase(struct imx_esdhc *host)
{
	const uint32_t shift = host->sector_addressed ? 0u : 9u;
	const uint32_t first = (uint32_t)host->head->sector;

	esdhc_listen(host, esdhc_naps(host) ? 0u : IRQ_CC);
	switch (host->phase) {
	case ESDHC_FROM:
		esdhc_issue(host, ESDHC_R1 | XFERTYP_CMDINX(host->erase.from),
			    first << shift);
		break;
	case ESDHC_TO:
		esdhc_issue(host, ESDHC_R1 | XFERTYP_CMDINX(host->erase.to),
			    (first + host->head->nr_sectors - 1u) << shift);
		break;
	default:
		esdhc_issue(host, ESDHC_R1B | XFERTYP_CMDINX(SD_CMD_ERASE),
			    host->erase.how);
		break;
	}
}

static void esdhc_issue_status(struct imx_esdhc *host)
{
	host->stats.polls++;
	esdhc_listen(host, IRQ_CC);
	esdhc_issue(host, ESDHC_R1 | XFERTYP_CMDINX(SD_CMD_SEND_STATUS), host->rca);
}

/* ---- phases ---- */

/* Since the card began to program, about. */
static uint32_t esdhc_napped_us(const struct imx_esdhc *host)
{
	const struct tzvmm_sys *sys = host->cfg.sys;
	const uint64_t now_us = sys->ops->now_us(sys->ctx);

	return now_us > host->nap_us ? (uint32_t)(now_us - host->nap_us) : 0u;
}

/* The first nap. It may begin with the data: then it is by their time longer. */
static void esdhc_lie_down(struct imx_esdhc *host, uint32_t us)
{
	const struct tzvmm_sys *sys = host->cfg.sys;
	uint32_t data_us = 0;

	/* If the data are said to be over, TC was a promise: the next one need not
	 * be heard. */
	host->tells_early |= host->phase == ESDHC_STATUS && !host->recovering &&
			     esdhc_ends_itself(host);
	if (esdhc_sleeps(host)) {
		data_us = (uint32_t)((uint64_t)host->sector_us *
					     esdhc_batch(host)->nr_sectors >>
				     ESDHC_SECTOR_SHIFT);
	}
	host->nap_us = sys->ops->now_us(sys->ctx) + data_us;
	host->up_us = host->nap_us + us;
	host->cfg.wake(host->cfg.wake_ctx, data_us + us);
}

/* Whether it is over; if not, ask for the rest: any tick ends a wish. */
static bool esdhc_is_up(const struct imx_esdhc *host)
{
	const struct tzvmm_sys *sys = host->cfg.sys;
	const uint64_t now_us = sys->ops->now_us(sys->ctx);

	if (now_us < host->up_us) {
		host->cfg.wake(host->cfg.wake_ctx, (uint32_t)(host->up_us - now_us));
	}
	return now_us >= host->up_us;
}

/* The card programs, and nothing tells when it is done. Look again after what the
 * last ones took, then in steps that grow with the time it takes. */
static void esdhc_nap(struct imx_esdhc *host)
{
	const uint32_t least =
		esdhc_is_erase(host) ? ESDHC_ERASE_NAP_US : ESDHC_MIN_NAP_US;
	uint32_t us = host->busy_us;

	if (host->naps != 0u) {
		us = esdhc_napped_us(host) >>
		     (host->naps < 4u ? 7u - host->naps : 3u);
	}
	us = us < least ? least : us;
	us = us < ESDHC_MAX_NAP_US ? us : ESDHC_MAX_NAP_US;
	if (host->naps++ == 0u) {
		esdhc_lie_down(host, us);
	} else {
		host->cfg.wake(host->cfg.wake_ctx, us);
	}
}

/* Whether a busy card stays so: behind the first nap it should be ready any time. */
static bool esdhc_stays_busy(struct imx_esdhc *host)
{
	if (host->naps != 1u) {
		return true;
	}
	host->too_early = true;
	return imx_wait(host->cfg.sys, host->cfg.base + ESDHC_PRSSTAT, PRSSTAT_DAT0,
			PRSSTAT_DAT0, ESDHC_LOOK_US) != TZVMM_OK;
}

/* What the card takes to program: the first nap is as long. If it was ready it may
 * have been so for a while, and the more often in a row the more likely for long;
 * if not it shows what it took, but to be busy with itself for once does not count
 * for much. */
static void esdhc_learn(struct imx_esdhc *host)
{
	const uint32_t before = host->busy_us;
	uint32_t most = before + (before >> 2) + ESDHC_MIN_NAP_US;

	if (host->head->op != TZVMM_BLK_WRITE) {
		return;
	}
	if (host->too_early) {
		most = before == 0u ? ESDHC_MAX_NAP_US : most;
		host->busy_us = esdhc_napped_us(host);
		host->busy_us = host->busy_us < most ? host->busy_us : most;
		host->in_time = 0;
	} else if (host->naps != 0u && before > ESDHC_MIN_NAP_US) {
		host->busy_us -= (before >> (8u - host->in_time)) + 1u;
		host->in_time += host->in_time < 6u;
	}
}

/* The last command's last bits may still be on the bus. */
static bool esdhc_gets_idle(const struct imx_esdhc *host)
{
	for (unsigned n = 0; n < ESDHC_IDLE_LOOKS; n++) {
		if (esdhc_idle(host)) {
			return true;
		}
	}
	return false;
}

/* Whether the host can take the phase's command. CMD12 and CMD13 need the
 * command line alone: the card may be busy on the others. A write's CMD13 is of no
 * use while it still is; after an error DAT0 may mean anything. */
static bool esdhc_ready(struct imx_esdhc *host)
{
	uint32_t prsstat;

	if (host->phase == ESDHC_DATA || host->phase == ESDHC_COUNT) {
		return esdhc_gets_idle(host);
	}
	prsstat = esdhc_read(host, ESDHC_PRSSTAT);
	if (host->phase == ESDHC_STATUS && !host->recovering) {
		if ((prsstat & PRSSTAT_DAT0) == 0u && esdhc_stays_busy(host)) {
			esdhc_nap(host);
			return false;
		}
		esdhc_learn(host);
	}
	return (prsstat & (PRSSTAT_CIHB | PRSSTAT_SDSTB)) == PRSSTAT_SDSTB;
}

/* Issue the phase's command, now or at the next tick. */
static void esdhc_try(struct imx_esdhc *host)
{
	if (!esdhc_ready(host)) {
		return;
	}
	host->issued = true;
	host->seen = 0;
	switch (host->phase) {
	case ESDHC_COUNT:
		esdhc_issue_count(host);
		break;
	case ESDHC_DATA:
		esdhc_issue_data(host);
		break;
	case ESDHC_STOP:
		esdhc_issue_stop(host);
		break;
	case ESDHC_STATUS:
		esdhc_issue_status(host);
		break;
	case ESDHC_END:
		esdhc_issue_end(host);
		break;
	default:
		esdhc_issue_erase(host);
		break;
	}
	if (esdhc_naps(host)) {
		esdhc_nap(host);
	}
}

static void esdhc_set_phase(struct imx_esdhc *host, enum esdhc_phase phase,
			    uint32_t limit_us)
{
	host->phase = phase;
	host->issued = false;
	host->moved = true;
	host->stalls = 0;
	host->limit_us = limit_us;
}

/* A phase of one command without data. */
static void esdhc_enter(struct imx_esdhc *host, enum esdhc_phase phase)
{
	esdhc_set_phase(host, phase, ESDHC_STEP_LIMIT_US);
	esdhc_try(host);
}

static void esdhc_enter_status(struct imx_esdhc *host)
{
	esdhc_set_phase(host, ESDHC_STATUS,
			esdhc_is_erase(host) && !host->recovering
				? ESDHC_ERASE_LIMIT_US
				: ESDHC_STATUS_LIMIT_US);
	esdhc_try(host);
}

static void esdhc_enter_data(struct imx_esdhc *host)
{
	uint32_t sectors_us = esdhc_batch(host)->nr_sectors
			      << ESDHC_SECTOR_LIMIT_SHIFT;

	/* TC may be the end of what the card has to program. */
	esdhc_set_phase(host, ESDHC_DATA,
			sectors_us + (esdhc_ends_itself(host) ? ESDHC_STATUS_LIMIT_US
							      : ESDHC_STEP_LIMIT_US));
	esdhc_try(host);
}

/* The answer takes 3 us: it is waited for, and if it is good the data follow at
 * once. Any other is left to the interrupt: a submit ends no request. */
static void esdhc_enter_count(struct imx_esdhc *host)
{
	uint32_t stat;

	esdhc_enter(host, ESDHC_COUNT);
	if (host->issued &&
	    imx_wait_any(host->cfg.sys, host->cfg.base + ESDHC_IRQSTAT,
			 IRQ_CC | IRQ_ERRORS, ESDHC_ANSWER_US, &stat) == TZVMM_OK &&
	    (stat & IRQ_ERRORS) == 0u &&
	    (esdhc_read(host, ESDHC_CMDRSP(0)) & SD_R1_ERRORS) == 0u) {
		esdhc_enter_data(host);
	}
}

/* One attempt at the first request. */
static void esdhc_attempt(struct imx_esdhc *host)
{
	host->recovering = false;
	host->outcome = TZVMM_OK;
	host->faults = 0;
	host->naps = 0;
	host->too_early = false;
	host->attempts_left--;
	if (esdhc_is_counted(host)) {
		esdhc_enter_count(host);
	} else if (tzvmm_blk_has_data(host->head->op)) {
		esdhc_enter_data(host);
	} else if (esdhc_is_erase(host)) {
		esdhc_enter(host, ESDHC_FROM);
	} else {
		/* Every write before it ended in STATUS; that the card is still
		 * there and well is worth asking. */
		esdhc_enter_status(host);
	}
}

/* The first requests of the queue, if there are any. */
static void esdhc_start(struct imx_esdhc *host)
{
	if (esdhc_turn(host)) {
		host->attempts_left = ESDHC_ATTEMPTS;
		esdhc_attempt(host);
	}
}

/* ---- requests ---- */

static void esdhc_answer(struct imx_esdhc *host, struct tzvmm_blk_req *req,
			 enum tzvmm_status st)
{
	while (req != NULL) {
		struct tzvmm_blk_req *next = req->next;

		req->next = NULL;
		esdhc_from_device(req);
		host->stats.requests++;
		host->stats.failures += st != TZVMM_OK;
		req->done(req, st);
		req = next;
	}
}

/* The next requests go to the card before these ones' owners hear of their end. */
static void esdhc_finish(struct imx_esdhc *host, enum tzvmm_status st)
{
	struct tzvmm_blk_req *ended = esdhc_retire(host);

	host->phase = ESDHC_NONE;
	esdhc_start(host);
	esdhc_answer(host, ended, st);
	esdhc_prepare(host);
}

/* Nothing works any more. Owners that submit again from done() are refused, so
 * the queue only gets shorter. */
static void esdhc_give_up(struct imx_esdhc *host, enum tzvmm_status st,
			  const char *why)
{
	host->gone = true;
	host->sigen = 0;
	esdhc_write(host, ESDHC_IRQSIGEN, 0);
	tzvmm_log(host->cfg.sys, TZVMM_LOG_ERROR, "sd: %s, the card is given up",
		  why);
	host->phase = ESDHC_NONE;
	while (host->head != NULL) {
		esdhc_answer(host, esdhc_retire(host), st);
		(void)esdhc_turn(host);
	}
}

/* ---- errors ---- */

/* Stop the DMA and free both lines. Memory of a request is given back only after
 * this, whatever happens. */
static bool esdhc_reset_lines(struct imx_esdhc *host)
{
	if (esdhc_reset(host, SYSCTL_RSTC | SYSCTL_RSTD) == TZVMM_OK) {
		esdhc_write(host, ESDHC_PROCTL, host->proctl);
		return true;
	}
	if (esdhc_reset(host, SYSCTL_RSTA) != TZVMM_OK) {
		tzvmm_log(host->cfg.sys, TZVMM_LOG_ERROR, "sd: DMA may still run");
	}
	return false;
}

/* Count a fault of a recovery; too many, and that was it. */
static bool esdhc_survives(struct imx_esdhc *host)
{
	if (++host->faults < ESDHC_FAULTS) {
		return true;
	}
	esdhc_give_up(host, TZVMM_E_NODEV, "card does not recover");
	return false;
}

/* A step failed: unless the card is out, make the host usable, then ask the card where it is. */
static void esdhc_fail(struct imx_esdhc *host, enum tzvmm_status st)
{
	host->stats.errors++;
	if (esdhc_is_empty(host)) {
		imx_esdhc_remove(host);
		return;
	}
	tzvmm_log_limited(host->cfg.sys, &host->limit, TZVMM_LOG_WARN,
			  "sd: phase %u failed, status %x: %s", host->phase,
			  (unsigned)host->seen, tzvmm_status_name(st));
	if (!esdhc_reset_lines(host)) {
		esdhc_give_up(host, TZVMM_E_IO, "host does not reset");
		return;
	}
	if (!host->recovering) {
		/* Nobody says that this host ends a counted write as it should:
		 * once is enough (imx53.md 4.4, CMD23). */
		host->counts = host->counts &&
			       !(st == TZVMM_E_TIMEOUT && esdhc_is_counted(host));
		host->recovering = true;
		host->outcome = st;
	} else if (!esdhc_survives(host)) {
		return;
	}
	esdhc_enter_status(host);
}

static enum tzvmm_status esdhc_error(const struct imx_esdhc *host)
{
	/* Data that do not come after the card has refused are not late. */
	if ((host->seen & IRQ_CC) != 0u &&
	    (esdhc_read(host, ESDHC_CMDRSP(0)) & SD_R1_ERRORS) != 0u) {
		return TZVMM_E_IO;
	}
	return (host->seen & (IRQ_CTOE | IRQ_DTOE)) != 0u ? TZVMM_E_TIMEOUT
							  : TZVMM_E_IO;
}

/* ---- what follows a command that worked ---- */

static void esdhc_settle(struct imx_esdhc *host)
{
	if (esdhc_gets_idle(host)) {
		esdhc_finish(host, TZVMM_OK);
	}
}

static void esdhc_enter_settle(struct imx_esdhc *host)
{
	esdhc_set_phase(host, ESDHC_SETTLE, ESDHC_STEP_LIMIT_US);
	esdhc_settle(host);
}

static void esdhc_data_done(struct imx_esdhc *host, uint32_t r1)
{
	if ((r1 & SD_R1_ERRORS) != 0u) {
		esdhc_fail(host, TZVMM_E_IO);
	} else if (host->head->op == TZVMM_BLK_READ) {
		esdhc_enter_settle(host);
	} else if (!esdhc_ends_itself(host)) {
		esdhc_enter(host, ESDHC_STOP);
	} else {
		esdhc_enter_status(host);
	}
}

/* Only the request that is alone at work is known to be the one that fails. */
static void esdhc_lose(struct imx_esdhc *host)
{
	if (esdhc_batch(host)->nr_reqs == 1u) {
		esdhc_finish(host, host->outcome);
		return;
	}
	esdhc_split(host);
	host->attempts_left = ESDHC_ATTEMPTS;
	esdhc_attempt(host);
}

static uint32_t esdhc_errors(const struct imx_esdhc *host)
{
	return esdhc_is_erase(host) ? SD_R1_ERRORS | SD_R1_ERASE_ERRORS
				    : SD_R1_ERRORS;
}

static void esdhc_erase_done(struct imx_esdhc *host, uint32_t r1)
{
	if ((r1 & esdhc_errors(host)) != 0u) {
		esdhc_fail(host, TZVMM_E_IO);
	} else if (host->phase == ESDHC_ERASE) {
		esdhc_enter_status(host);
	} else {
		esdhc_enter(host, host->phase + 1u);
	}
}

/* The card is back in transfer state. */
static void esdhc_status_ready(struct imx_esdhc *host)
{
	if (!host->recovering && esdhc_is_counted(host)) {
		esdhc_enter(host, ESDHC_END);
	} else if (!host->recovering) {
		esdhc_enter_settle(host);
	} else if (host->attempts_left != 0u) {
		esdhc_attempt(host);
	} else {
		esdhc_lose(host);
	}
}

static void esdhc_status_done(struct imx_esdhc *host, uint32_t r1)
{
	const uint32_t state = SD_R1_STATE(r1);

	if ((r1 & esdhc_errors(host)) != 0u && !host->recovering) {
		esdhc_fail(host, TZVMM_E_IO);
	} else if (state == SD_STATE_TRAN && (r1 & SD_R1_READY) != 0u) {
		esdhc_status_ready(host);
	} else if (state == SD_STATE_TRAN || state == SD_STATE_PRG ||
		   (state == SD_STATE_RCV && !host->recovering &&
		    esdhc_ends_itself(host))) {
		/* TC may have come before the last of the data. */
		host->issued = false;
		esdhc_nap(host);
	} else if (state == SD_STATE_DATA || state == SD_STATE_RCV) {
		/* A transfer that was cut off, or a stop that was lost. */
		if (esdhc_survives(host)) {
			esdhc_enter(host, ESDHC_STOP);
		}
	} else {
		esdhc_give_up(host, TZVMM_E_NODEV, "card lost its state");
	}
}

static void esdhc_phase_done(struct imx_esdhc *host)
{
	uint32_t r1 = esdhc_read(host, ESDHC_CMDRSP(0));

	switch (host->phase) {
	case ESDHC_COUNT:
		if ((r1 & SD_R1_ERRORS) != 0u) {
			esdhc_fail(host, TZVMM_E_IO);
		} else {
			esdhc_enter_data(host);
		}
		break;
	case ESDHC_DATA:
		esdhc_data_done(host, r1);
		break;
	case ESDHC_STOP:
		/* OUT_OF_RANGE is no error where the transfer ended with the
		 * card's last sector [SD-PHY 4.3.4]. */
		if ((r1 & SD_R1_ERRORS & ~SD_R1_OUT_OF_RANGE) != 0u &&
		    !host->recovering) {
			esdhc_fail(host, TZVMM_E_IO);
		} else {
			esdhc_enter_status(host);
		}
		break;
	case ESDHC_STATUS:
		esdhc_status_done(host, r1);
		break;
	case ESDHC_END:
		esdhc_enter_settle(host);
		break;
	default:
		esdhc_erase_done(host, r1);
		break;
	}
}

/* ---- entries ---- */

/* A line that is high without a cause would keep the CPU here for ever. The tick
 * looks at the host's status itself, and the next command listens again. */
static void esdhc_causeless(struct imx_esdhc *host)
{
	host->stats.spurious++;
	if (++host->causeless == ESDHC_CAUSELESS) {
		host->causeless = 0;
		host->sigen = 0;
		esdhc_write(host, ESDHC_IRQSIGEN, 0);
	}
}

static void esdhc_serve(struct imx_esdhc *host)
{
	uint32_t stat = esdhc_read(host, ESDHC_IRQSTAT);
	uint32_t need;

	if (stat == 0u) {
		esdhc_causeless(host);
		return;
	}
	host->causeless = 0;
	esdhc_write(host, ESDHC_IRQSTAT, stat);
	if ((stat & IRQ_CRM) != 0u && host->cfg.card_detect && !host->gone) {
		imx_esdhc_remove(host);
		return;
	}
	if (!host->issued || host->phase == ESDHC_NONE) {
		host->stats.spurious++;
		return;
	}
	/* CC and TC may come apart or together: gather them. */
	host->seen |= stat;
	need = host->phase == ESDHC_DATA ? IRQ_CC | IRQ_TC : IRQ_CC;
	if ((host->seen & IRQ_ERRORS) != 0u) {
		esdhc_fail(host, esdhc_error(host));
	} else if ((host->seen & need) == need) {
		esdhc_phase_done(host);
	}
}

/* Whether a command is out that the card but answers. */
static bool esdhc_is_quick(const struct imx_esdhc *host)
{
	return host->issued &&
	       (host->phase == ESDHC_STATUS || host->phase == ESDHC_END ||
		host->phase == ESDHC_FROM || host->phase == ESDHC_TO);
}

/* The card's answer is there before an interrupt could be served. */
static void esdhc_await_answers(struct imx_esdhc *host)
{
	const uintptr_t irqstat = host->cfg.base + ESDHC_IRQSTAT;
	uint32_t stat;

	for (unsigned n = 0; n < ESDHC_ANSWERS && esdhc_is_quick(host); n++) {
		if (imx_wait_any(host->cfg.sys, irqstat, IRQ_CC | IRQ_ERRORS,
				 ESDHC_ANSWER_US, &stat) != TZVMM_OK) {
			return;
		}
		esdhc_serve(host);
	}
}

void imx_esdhc_irq(void *ctx)
{
	esdhc_serve(ctx);
	esdhc_await_answers(ctx);
}

/* Whether a phase has had its time, from the first tick that saw it on: the clock
 * is not read for those that none sees. Where it stands still, ticks count. */
static bool esdhc_late(struct imx_esdhc *host)
{
	uint64_t now_us = host->cfg.sys->ops->now_us(host->cfg.sys->ctx);

	if (host->limit_us != 0u) {
		host->deadline_us = now_us + host->limit_us;
		host->limit_us = 0;
	}
	host->stalls = now_us == host->ticked_us ? host->stalls + 1u : 0u;
	host->ticked_us = now_us;
	return now_us >= host->deadline_us || host->stalls >= ESDHC_STALLS;
}

/* A command is out, and the tick looks for it. */
static void esdhc_look(struct imx_esdhc *host)
{
	const bool naps = esdhc_naps(host);
	uint32_t stat;

	if (esdhc_sleeps(host) && !esdhc_is_up(host)) {
		return;
	}
	stat = esdhc_read(host, ESDHC_IRQSTAT);
	if (stat != 0u) {
		/* An interrupt that was lost, or a completion that is not
		 * listened to (imx53.md 4.4, CC and TC). */
		host->stats.late += !naps;
		esdhc_serve(host);
	}
	if (naps && host->issued && esdhc_naps(host)) {
		/* A card that takes long even for this. */
		esdhc_listen(host, host->phase == ESDHC_DATA ? IRQ_TC : IRQ_CC);
	}
}

static void esdhc_push(struct imx_esdhc *host)
{
	if (host->phase == ESDHC_SETTLE) {
		esdhc_settle(host);
	} else if (!host->issued) {
		esdhc_try(host);
	} else {
		esdhc_look(host);
	}
	esdhc_await_answers(host);
}

void imx_esdhc_tick(struct imx_esdhc *host)
{
	const struct tzvmm_blk_req *req = host->head;
	unsigned phase = host->phase;

	if (phase == ESDHC_NONE) {
		return;
	}
	host->stalled = !host->moved;
	host->moved = false;
	esdhc_push(host);
	host->stalled = host->stalled && !host->moved;
	/* Only if nothing moved: time that was lost elsewhere is not held against
	 * a step that has just been taken. */
	if (host->head == req && host->phase == phase && esdhc_late(host)) {
		esdhc_fail(host, TZVMM_E_TIMEOUT);
	}
}

bool imx_esdhc_busy(const struct imx_esdhc *host)
{
	return host->phase != ESDHC_NONE;
}

bool imx_esdhc_stalls(const struct imx_esdhc *host)
{
	return imx_esdhc_busy(host) && host->stalled;
}

void imx_esdhc_remove(struct imx_esdhc *host)
{
	if (host->gone) {
		return;
	}
	/* Without a reset the DMA could still write to a request's memory. */
	(void)esdhc_reset_lines(host);
	esdhc_give_up(host, TZVMM_E_NODEV, "card was removed");
}

enum tzvmm_status esdhc_submit(const struct tzvmm_blkdev *dev,
			       struct tzvmm_blk_req *req)
{
	struct imx_esdhc *host = dev->ctx;

	if (host->gone) {
		return TZVMM_E_NODEV;
	}
	esdhc_enqueue(host, req);
	if (host->phase == ESDHC_NONE) {
		esdhc_start(host);
	}
	return TZVMM_OK;
}
