/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eSDHC data phase: blocks move in virtual time at the card's clock and the
 * bus width, by ADMA2, simple DMA or through the data port.
 *
 * DMA is worked off in chunks; each chunk's data moves at the time when its
 * last bit would have crossed the bus.
 */
#include "esdhc.h"

#define BLKATTR_SIZE(x) ((x) & 0x1FFF)
#define BLKATTR_COUNT(x) ((x) >> 16)

/* Start bit, CRC16, end bit; a write has the CRC status and its gaps too. */
#define BLOCK_OVERHEAD_READ 18
#define BLOCK_OVERHEAD_WRITE 28

#define ADMA_VALID (1u << 0)
#define ADMA_END (1u << 1)
#define ADMA_INT (1u << 2)
#define ADMA_ACT(x) ((x) >> 4 & 3)
#define ADMA_ACT_TRAN 2
#define ADMA_ACT_LINK 3
#define ADMA_LEN(x) ((x) >> 16)
/* So many descriptors without data are taken for an endless table. */
#define ADMA_MAX_IDLE 1024

static bool reading(const Imx53EsdhcState *s)
{
	return (s->data_xfertyp & XFERTYP_DTDSEL) != 0;
}

static bool multi_block(const Imx53EsdhcState *s)
{
	return (s->data_xfertyp & XFERTYP_MSBSEL) != 0;
}

static uint32_t block_size(const Imx53EsdhcState *s)
{
	uint32_t size = BLKATTR_SIZE(s->blkattr);

	return MIN(size, ESDHC_MAX_BLOCK);
}

static unsigned bus_lines(const Imx53EsdhcState *s)
{
	return 1u << (2 * MIN(PROCTL_DTW(s->proctl), 1)) <<
	       (PROCTL_DTW(s->proctl) == 2);
}

static uint64_t blocks_ns(const Imx53EsdhcState *s, uint32_t nr)
{
	uint64_t clocks = block_size(s) * 8 / bus_lines(s) +
			  (reading(s) ? BLOCK_OVERHEAD_READ
				      : BLOCK_OVERHEAD_WRITE);

	return muldiv64(clocks * nr, NANOSECONDS_PER_SECOND,
			esdhc_card_hz(s));
}

static uint32_t chunk_blocks(const Imx53EsdhcState *s)
{
	uint32_t fit = ESDHC_CHUNK / block_size(s);

	return MIN(fit, s->blocks_left);
}

static uint64_t timeout_ns(const Imx53EsdhcState *s)
{
	return muldiv64(1ull << (13 + SYSCTL_DTOCV(s->sysctl)),
			NANOSECONDS_PER_SECOND, esdhc_card_hz(s));
}

/* ---- what the card does behind a transfer ---- */

bool esdhc_card_busy(const Imx53EsdhcState *s)
{
	return timer_pending(s->busy_timer);
}

void esdhc_busy_start(Imx53EsdhcState *s, bool raise_tc, int64_t data_ns)
{
	s->busy_tc = raise_tc;
	if (raise_tc) {
		s->data_state = DATA_BUSY;
	}
	/* A busy phase that already runs, with data behind it, goes on. */
	if (!timer_pending(s->busy_timer)) {
		timer_mod(s->busy_timer, esdhc_now() + data_ns +
			  s->busy_us * 1000ll);
	}
}

static void esdhc_ready(void *opaque)
{
	Imx53EsdhcState *s = opaque;

	if (s->tail_len != 0) {
		esdhc_store(s, s->tail, s->tail_len);
		s->tail_len = 0;
		if (s->stop_wanted) {
			s->stop_wanted = false;
			esdhc_send_stop(s);
		}
	}
	imx53_journal_add(s->journal, JOURNAL_READY, s->nr, 0, NULL, 0);
	if (s->busy_tc) {
		s->busy_tc = false;
		s->data_state = DATA_IDLE;
		esdhc_raise(s, IRQ_TC);
	}
}

void esdhc_drop_tail(Imx53EsdhcState *s, const char *why)
{
	if (s->tail_len == 0) {
		return;
	}
	qemu_log_mask(LOG_GUEST_ERROR, "imx53-esdhc%u: %u bytes of a write "
		      "are lost: %s\n", s->nr + 1u, s->tail_len, why);
	s->tail_len = 0;
	s->stop_wanted = false;
	timer_del(s->busy_timer);
	esdhc_send_stop(s);
}

/* ---- end of a transfer ---- */

void esdhc_data_abort(Imx53EsdhcState *s)
{
	timer_del(s->data_timer);
	s->data_state = DATA_IDLE;
	s->fifo_len = s->fifo_pos = 0;
	if (s->busy_tc) {
		s->busy_tc = false;
		if (s->tail_len == 0) {
			timer_del(s->busy_timer);
		}
	}
}

void esdhc_data_fail(Imx53EsdhcState *s, uint32_t bits)
{
	esdhc_data_abort(s);
	esdhc_raise(s, bits);
}

static bool simple_dma(const Imx53EsdhcState *s)
{
	return (s->data_xfertyp & XFERTYP_DMAEN) &&
	       PROCTL_DMAS(s->proctl) == DMAS_SIMPLE;
}

/* The last block has moved. */
static void data_finish(Imx53EsdhcState *s)
{
	bool stop = multi_block(s) && (s->data_xfertyp & XFERTYP_AC12EN);
	bool early = s->tail_len != 0;

	s->data_state = DATA_IDLE;
	s->unended = s->exact && s->cmd23_abort;
	if (simple_dma(s)) {
		s->dsaddr = s->sdma_addr;
		esdhc_raise(s, IRQ_DINT);
	}
	if (stop && early) {
		s->stop_wanted = true;
	} else if (stop) {
		esdhc_send_stop(s);
	}
	if (reading(s)) {
		esdhc_raise(s, IRQ_TC);
		return;
	}
	/* Erratum: behind a multi-block write the transfer-complete comes
	 * while the card still takes data. It comes before a timer is armed,
	 * which may take the virtual time on. */
	if (early) {
		esdhc_raise(s, IRQ_TC);
	}
	esdhc_busy_start(s, !early, early
			 ? MIN(blocks_ns(s, s->tail_len / block_size(s)),
			       NANOSECONDS_PER_SECOND) : 0);
}

static void count_blocks(Imx53EsdhcState *s, uint32_t nr)
{
	if (s->open_ended) {
		return;
	}
	s->blocks_left -= nr;
	if (s->data_xfertyp & XFERTYP_BCEN) {
		s->blkattr = deposit32(s->blkattr, 16, 16, s->blocks_left);
	}
}

/* ---- DMA ---- */

static MemTxResult dma(Imx53EsdhcState *s, hwaddr addr, void *buf,
		       uint32_t len, bool to_memory)
{
	static const enum imx53_master master[IMX53_NR_ESDHCS] = {
		IMX53_MASTER_ESDHC1, IMX53_MASTER_ESDHC2,
		IMX53_MASTER_ESDHC3, IMX53_MASTER_ESDHC4,
	};

	return imx53_csu_dma(s->csu, master[s->nr], addr, buf, len, to_memory);
}

static bool adma_refuse(Imx53EsdhcState *s, uint32_t admaes, const char *why)
{
	s->admaes = admaes;
	qemu_log_mask(LOG_GUEST_ERROR, "imx53-esdhc%u: ADMA2 table at 0x%08x: "
		      "%s\n", s->nr + 1u, s->adsaddr, why);
	return false;
}

/* Set adma_addr and adma_left from a transfer descriptor. */
static bool adma_take(Imx53EsdhcState *s, uint32_t attr, uint32_t addr)
{
	uint32_t len = ADMA_LEN(attr);

	if (len == 0) {
		if (s->adma_len0) {
			return adma_refuse(s, ADMAES_TFR | ADMAES_LENGTH,
					   "length 0 (erratum)");
		}
		len = 65536;
	}
	if ((len | addr) & 3) {
		return adma_refuse(s, ADMAES_TFR | ADMAES_DESCRIPTOR,
				   "address or length is not aligned");
	}
	s->adma_addr = addr;
	s->adma_left = len;
	return true;
}

/* Fetch descriptors until one carries data. */
static bool adma_fetch(Imx53EsdhcState *s)
{
	for (unsigned idle = 0; idle < ADMA_MAX_IDLE; idle++) {
		uint32_t desc[2];
		uint32_t attr;

		if (s->adma_end) {
			return adma_refuse(s, ADMAES_TFR | ADMAES_LENGTH,
					   "ends before the data");
		}
		if (dma(s, s->adsaddr, desc, sizeof(desc), false) != MEMTX_OK) {
			return adma_refuse(s, ADMAES_FDS, "not readable");
		}
		attr = le32_to_cpu(desc[0]);
		if (!(attr & ADMA_VALID)) {
			return adma_refuse(s, ADMAES_FDS | ADMAES_DESCRIPTOR,
					   "invalid descriptor");
		}
		if (attr & ADMA_INT) {
			esdhc_raise(s, IRQ_DINT);
		}
		if (ADMA_ACT(attr) == ADMA_ACT_LINK) {
			s->adsaddr = le32_to_cpu(desc[1]);
			continue;
		}
		s->adsaddr += sizeof(desc);
		if (ADMA_ACT(attr) == ADMA_ACT_TRAN) {
			s->adma_end = (attr & ADMA_END) != 0;
			return adma_take(s, attr, le32_to_cpu(desc[1]));
		}
		/* Erratum: the end is not seen on a descriptor without data. */
		s->adma_end = (attr & ADMA_END) && !s->adma_nop_end;
	}
	return adma_refuse(s, ADMAES_FDS | ADMAES_DESCRIPTOR, "endless");
}

static bool adma_move(Imx53EsdhcState *s, uint8_t *buf, uint32_t len,
		      bool to_memory)
{
	while (len != 0) {
		uint32_t n;

		if (s->adma_left == 0 && !adma_fetch(s)) {
			return false;
		}
		n = MIN(len, s->adma_left);
		if (dma(s, s->adma_addr, buf, n, to_memory) != MEMTX_OK) {
			s->admaes = ADMAES_TFR;
			return false;
		}
		s->adma_addr += n;
		s->adma_left -= n;
		buf += n;
		len -= n;
	}
	return true;
}

static bool dma_move(Imx53EsdhcState *s, uint8_t *buf, uint32_t len,
		     bool to_memory)
{
	switch (PROCTL_DMAS(s->proctl)) {
	case DMAS_SIMPLE:
		if (dma(s, s->sdma_addr, buf, len, to_memory) != MEMTX_OK) {
			return false;
		}
		s->sdma_addr += len;
		return true;
	case DMAS_ADMA2:
		return adma_move(s, buf, len, to_memory);
	default:
		qemu_log_mask(LOG_UNIMP, "imx53-esdhc%u: DMA mode %u\n",
			      s->nr + 1u, PROCTL_DMAS(s->proctl));
		return false;
	}
}

/* Take the last chunk of a multi-block write into the tail instead of giving
 * it to the card: that is what the early transfer-complete leaves behind. */
static bool keep_as_tail(const Imx53EsdhcState *s, uint32_t nr)
{
	return s->early_tc && multi_block(s) && !s->open_ended &&
	       nr == s->blocks_left;
}

static bool dma_chunk(Imx53EsdhcState *s, uint32_t nr)
{
	uint8_t buf[ESDHC_CHUNK];
	uint32_t len = nr * block_size(s);

	if (reading(s)) {
		esdhc_load(s, buf, len);
		return dma_move(s, buf, len, true);
	}
	if (!dma_move(s, buf, len, false)) {
		return false;
	}
	if (keep_as_tail(s, nr)) {
		memcpy(s->tail, buf, len);
		s->tail_len = len;
	} else {
		esdhc_store(s, buf, len);
	}
	return true;
}

/* ---- progress in time ---- */

/* The next event of the running transfer comes after ns, counted from the
 * last one so that a late host does not slow the bus down. */
static void data_wait(Imx53EsdhcState *s, uint64_t ns)
{
	s->data_deadline += ns;
	timer_mod(s->data_timer, s->data_deadline);
}

/* Arm the timer for what the state waits for; without a clock, wait. */
static void data_schedule(Imx53EsdhcState *s)
{
	if (esdhc_card_hz(s) == 0) {
		timer_del(s->data_timer);
		return;
	}
	switch (s->data_state) {
	case DATA_FAIL:
		data_wait(s, timeout_ns(s));
		break;
	case DATA_DMA:
		/* The tail crosses the bus behind its transfer-complete. */
		data_wait(s, !reading(s) && keep_as_tail(s, chunk_blocks(s))
				     ? 0 : blocks_ns(s, chunk_blocks(s)));
		break;
	case DATA_PIO_FETCH:
	case DATA_PIO_STORE:
		data_wait(s, blocks_ns(s, 1));
		break;
	default:
		break;
	}
}

void esdhc_data_retime(Imx53EsdhcState *s)
{
	bool stopped = esdhc_card_hz(s) == 0;

	if (stopped) {
		timer_del(s->data_timer);
	} else if (!timer_pending(s->data_timer)) {
		s->data_deadline = esdhc_now();
		data_schedule(s);
	}
}

static bool card_ready(Imx53EsdhcState *s)
{
	return reading(s) ? esdhc_card_sends(s) : esdhc_card_takes(s);
}

static void pio_next(Imx53EsdhcState *s)
{
	s->fifo_pos = s->fifo_len = 0;
	if (!s->open_ended && s->blocks_left == 0) {
		data_finish(s);
		return;
	}
	if (reading(s)) {
		s->data_state = DATA_PIO_FETCH;
		data_schedule(s);
	} else {
		s->data_state = DATA_PIO_FILL;
		s->fifo_len = block_size(s);
		esdhc_raise(s, IRQ_BWR);
	}
}

static void data_event(void *opaque)
{
	Imx53EsdhcState *s = opaque;
	uint32_t nr;

	switch (s->data_state) {
	case DATA_FAIL:
		esdhc_data_fail(s, IRQ_DTOE);
		break;
	case DATA_DMA:
		nr = chunk_blocks(s);
		if (!card_ready(s)) {
			esdhc_data_fail(s, IRQ_DTOE);
		} else if (!dma_chunk(s, nr)) {
			esdhc_data_fail(s, IRQ_DMAE);
		} else {
			count_blocks(s, nr);
			if (s->blocks_left == 0) {
				data_finish(s);
			} else {
				data_schedule(s);
			}
		}
		break;
	case DATA_PIO_FETCH:
		s->fifo_len = block_size(s);
		esdhc_load(s, s->fifo, s->fifo_len);
		s->data_state = DATA_PIO_DRAIN;
		esdhc_raise(s, IRQ_BRR);
		break;
	case DATA_PIO_STORE:
		esdhc_store(s, s->fifo, s->fifo_len);
		count_blocks(s, 1);
		pio_next(s);
		break;
	default:
		break;
	}
}

uint32_t esdhc_data_read_port(Imx53EsdhcState *s)
{
	uint32_t value = 0;
	uint32_t n;

	if (s->data_state != DATA_PIO_DRAIN) {
		return 0;
	}
	n = MIN(4, s->fifo_len - s->fifo_pos);
	for (uint32_t i = 0; i < n; i++) {
		value |= (uint32_t)s->fifo[s->fifo_pos + i] << 8 * i;
	}
	s->fifo_pos += n;
	if (s->fifo_pos == s->fifo_len) {
		s->data_deadline = esdhc_now();
		count_blocks(s, 1);
		pio_next(s);
	}
	return value;
}

void esdhc_data_write_port(Imx53EsdhcState *s, uint32_t value)
{
	uint32_t n;

	if (s->data_state != DATA_PIO_FILL) {
		return;
	}
	n = MIN(4, s->fifo_len - s->fifo_pos);
	for (uint32_t i = 0; i < n; i++) {
		s->fifo[s->fifo_pos + i] = value >> 8 * i;
	}
	s->fifo_pos += n;
	if (s->fifo_pos == s->fifo_len) {
		s->data_state = DATA_PIO_STORE;
		s->data_deadline = esdhc_now();
		data_schedule(s);
	}
}

static uint32_t wanted_blocks(const Imx53EsdhcState *s)
{
	if (!multi_block(s)) {
		return 1;
	}
	return s->open_ended ? UINT32_MAX : BLKATTR_COUNT(s->blkattr);
}

/* A write to where the card is bad: its CRC status is negative. */
static bool refused(const Imx53EsdhcState *s)
{
	uint64_t end = s->store_at + (uint64_t)s->blocks_left * block_size(s);

	return !reading(s) && s->storing && s->store_at < s->bad_at + s->bad_len &&
	       end > s->bad_at;
}

void esdhc_data_start(Imx53EsdhcState *s, uint32_t xfertyp)
{
	s->data_xfertyp = xfertyp;
	s->open_ended = multi_block(s) && !(xfertyp & XFERTYP_BCEN);
	s->blocks_left = wanted_blocks(s);
	s->data_deadline = esdhc_now();
	s->sdma_addr = s->dsaddr;
	s->adma_left = 0;
	s->adma_end = false;
	s->admaes = 0;
	s->fifo_pos = s->fifo_len = 0;
	if (s->unended) {
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-esdhc%u: the host is still "
			      "in the last transfer, whose length was told: no "
			      "CMD12 with CMDTYP = abort\n", s->nr + 1u);
		s->data_state = DATA_BUSY;
		return;
	}
	if (block_size(s) == 0 || s->blocks_left == 0) {
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-esdhc%u: a transfer of "
			      "nothing\n", s->nr + 1u);
		esdhc_raise(s, IRQ_TC);
		return;
	}
	if (esdhc_card_lines(s) != bus_lines(s)) {
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-esdhc%u: the card uses "
			      "%u data lines, the host %u\n", s->nr + 1u,
			      esdhc_card_lines(s), bus_lines(s));
		esdhc_raise(s, IRQ_DCE);
		return;
	}
	if (refused(s)) {
		esdhc_raise(s, IRQ_DCE);
		return;
	}
	if (!card_ready(s)) {
		s->data_state = DATA_FAIL;
		data_schedule(s);
	} else if (xfertyp & XFERTYP_DMAEN) {
		s->data_state = DATA_DMA;
		data_schedule(s);
	} else {
		pio_next(s);
	}
}

void esdhc_data_init(Imx53EsdhcState *s)
{
	s->data_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, data_event, s);
	s->busy_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, esdhc_ready, s);
}
