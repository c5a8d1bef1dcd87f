/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Enhanced SD Host Controller, version 2 (and 3 on port 3): registers, clock
 * and command phase. The data phase is in esdhc_data.c.
 *
 * It differs from the SD Host standard where it hurts: one word starts a
 * command and carries its transfer mode, the host control bytes have another
 * layout, and the DMA error has another bit.
 */
#include "esdhc.h"
#include "sysemu/cpu-timers.h"

#define ESDHC_DSADDR 0x00
#define ESDHC_BLKATTR 0x04
#define ESDHC_CMDARG 0x08
#define ESDHC_XFERTYP 0x0C
#define ESDHC_CMDRSP0 0x10
#define ESDHC_CMDRSP3 0x1C
#define ESDHC_DATPORT 0x20
#define ESDHC_PRSSTAT 0x24
#define ESDHC_PROCTL 0x28
#define ESDHC_SYSCTL 0x2C
#define ESDHC_IRQSTAT 0x30
#define ESDHC_IRQSTATEN 0x34
#define ESDHC_IRQSIGEN 0x38
#define ESDHC_AC12ERR 0x3C
#define ESDHC_HOSTCAP 0x40
#define ESDHC_WML 0x44
#define ESDHC_FEVT 0x50
#define ESDHC_ADMAES 0x54
#define ESDHC_ADSADDR 0x58
#define ESDHC_DLLCTRL 0x60
#define ESDHC_VENDOR 0xC0
#define ESDHC_MMCBOOT 0xC4
#define ESDHC_HOSTVER 0xFC

/* VS18, VS30, VS33, suspend, DMA, high speed, ADMA, block length 2048. */
#define HOSTCAP_VALUE 0x07FA0000u
#define HOSTVER_VALUE 0x1201u

#define CMD_GO_IDLE 0
#define CMD_STOP 12
#define CMD_SEND_STATUS 13
#define CMD_SET_BLOCK_COUNT 23
#define CMD_WRITE_SINGLE 24
#define CMD_WRITE_MULTIPLE 25
#define CMD_ERASE 38
#define CMD_APP 55
#define ACMD_BUS_WIDTH 6
#define ACMD_OP_COND 41
#define ACMD_SEND_SCR 51

#define OCR_CCS (1u << 30)
#define SECTOR_SIZE 512
#define SCR_SIZE 8
#define SCR_CMD_SUPPORT 3 /* of its bytes */
#define SCR_CMD23 (1u << 1)

/* R1: current state and ready-for-data, and "programming". */
#define R1_STATE_MASK 0x1F00u
#define R1_STATE_PRG (7u << 9)

/* Command, the gap before the answer, the answer, the gap behind it. */
#define CMD_CLOCKS 48
#define GAP_CLOCKS 16
#define RSP_48_CLOCKS 48
#define RSP_136_CLOCKS 136

#define CLOCK_SETTLE_NS 20000

static void esdhc_update_irq(Imx53EsdhcState *s)
{
	qemu_set_irq(s->irq, (s->irqstat & s->irqsigen) != 0);
}

void esdhc_raise(Imx53EsdhcState *s, uint32_t bits)
{
	s->irqstat |= bits & s->irqstaten;
	if (s->starting) {
		s->unseen |= bits;
	}
	esdhc_update_irq(s);
}

/* f = root / (prescaler x divisor); 0 while a clock is off. */
uint64_t esdhc_card_hz(const Imx53EsdhcState *s)
{
	uint32_t fs = SYSCTL_SDCLKFS(s->sysctl);

	/* Version 3 has no prescaler of 1: what it does with it, nobody tells. */
	if ((s->sysctl & SYSCTL_CLOCKS) != SYSCTL_CLOCKS || (s->v3 && fs == 0)) {
		return 0;
	}
	return imx53_ccm_rate(s->ccm, IMX53_CLK_ESDHC1 + s->nr) /
	       ((fs ? 2 * fs : 1) * (SYSCTL_DVS(s->sysctl) + 1));
}

static unsigned response_clocks(uint32_t xfertyp)
{
	switch (XFERTYP_RSPTYP(xfertyp)) {
	case RSPTYP_NONE:
		return 0;
	case RSPTYP_136:
		return RSP_136_CLOCKS;
	default:
		return RSP_48_CLOCKS;
	}
}

/* (Re)arm the command timer; a command waits while there is no clock. */
static void esdhc_cmd_schedule(Imx53EsdhcState *s)
{
	uint64_t hz = esdhc_card_hz(s);
	unsigned clocks = CMD_CLOCKS + GAP_CLOCKS +
			  response_clocks(s->cmd_xfertyp);

	if (hz == 0) {
		timer_del(s->cmd_timer);
		return;
	}
	timer_mod(s->cmd_timer, esdhc_now() +
		  muldiv64(clocks, NANOSECONDS_PER_SECOND, hz));
}

static void esdhc_clock_changed(Imx53EsdhcState *s)
{
	if (s->cmd_active &&
	    (esdhc_card_hz(s) == 0 || !timer_pending(s->cmd_timer))) {
		esdhc_cmd_schedule(s);
	}
	esdhc_data_retime(s);
}

static void store_response(Imx53EsdhcState *s, const uint8_t *r, int len)
{
	if (len == 16) {
		/* Without the CRC byte: shifted down by eight bits. */
		s->rsp[0] = ldl_be_p(r + 11);
		s->rsp[1] = ldl_be_p(r + 7);
		s->rsp[2] = ldl_be_p(r + 3);
		s->rsp[3] = r[0] << 16 | r[1] << 8 | r[2];
	} else if (len == 4) {
		s->rsp[0] = ldl_be_p(r);
	}
}

static void snoop(Imx53EsdhcState *s, const SDRequest *req,
		  const uint8_t *response, int len)
{
	if (req->cmd == CMD_GO_IDLE) {
		s->card_width = 1;
	} else if (s->app_cmd && req->cmd == ACMD_BUS_WIDTH && len == 4) {
		s->card_width = (req->arg & 3) == 2 ? 4 : 1;
	} else if (s->app_cmd && req->cmd == ACMD_OP_COND && len == 4) {
		s->sector_addressed = (ldl_be_p(response) & OCR_CCS) != 0;
	}
	s->counted = !s->app_cmd && req->cmd == CMD_SET_BLOCK_COUNT && len == 4;
	s->sends_scr = s->app_cmd && req->cmd == ACMD_SEND_SCR && len == 4;
	s->app_cmd = req->cmd == CMD_APP && len == 4;
}

/* A command that the card has answered, or that has no answer. */
static void journal_command(Imx53EsdhcState *s, const SDRequest *req)
{
	imx53_journal_add(s->journal, JOURNAL_COMMAND, s->nr,
			  req->cmd | (uint64_t)req->arg << 32, NULL, 0);
	if (req->cmd == CMD_WRITE_SINGLE || req->cmd == CMD_WRITE_MULTIPLE) {
		s->storing = true;
		s->store_at = (uint64_t)req->arg *
			      (s->sector_addressed ? SECTOR_SIZE : 1);
	} else if (req->cmd != CMD_SEND_STATUS) {
		s->storing = false;
	}
}

static int bus_command(Imx53EsdhcState *s, SDRequest *req, uint8_t *response)
{
	int len = s->emmc != NULL ? imx53_emmc_command(s->emmc, req, response)
				  : sdbus_do_command(&s->sdbus, req, response);

	if (len != 0 || req->cmd == CMD_GO_IDLE) {
		journal_command(s, req);
	}
	return len;
}

bool esdhc_card_sends(Imx53EsdhcState *s)
{
	return s->emmc != NULL ? imx53_emmc_ready(s->emmc, true, esdhc_card_hz(s))
			       : sdbus_data_ready(&s->sdbus);
}

bool esdhc_card_takes(Imx53EsdhcState *s)
{
	return s->emmc != NULL ? imx53_emmc_ready(s->emmc, false, esdhc_card_hz(s))
			       : sdbus_receive_ready(&s->sdbus);
}

unsigned esdhc_card_lines(const Imx53EsdhcState *s)
{
	return s->emmc != NULL ? s->emmc->lines : s->card_width;
}

void esdhc_store(Imx53EsdhcState *s, const void *data, uint32_t len)
{
	if (s->emmc != NULL) {
		imx53_emmc_write(s->emmc, data, len);
	} else {
		sdbus_write_data(&s->sdbus, data, len);
	}
	if (s->storing) {
		imx53_journal_add(s->journal, JOURNAL_DATA, s->nr, s->store_at,
				  data, len);
		s->store_at += len;
	}
}

/* Take data of the card. QEMU's knows CMD23 and does not say so. */
void esdhc_load(Imx53EsdhcState *s, uint8_t *data, uint32_t len)
{
	if (s->emmc != NULL) {
		imx53_emmc_read(s->emmc, data, len);
		return;
	}
	sdbus_read_data(&s->sdbus, data, len);
	if (s->sends_scr && s->cmd23 && len == SCR_SIZE) {
		data[SCR_CMD_SUPPORT] |= SCR_CMD23;
	}
}

/* While data of the last write is still on its way (early TC), a stop waits
 * behind it and nothing else may use the data lines. */
static int card_command(Imx53EsdhcState *s, SDRequest *req, uint8_t *response)
{
	if (s->tail_len == 0) {
		return bus_command(s, req, response);
	}
	/* QEMU's card forgets the write when it sees another command. */
	if (req->cmd == CMD_STOP || req->cmd == CMD_SEND_STATUS) {
		s->stop_wanted |= req->cmd == CMD_STOP;
		stl_be_p(response, R1_STATE_PRG);
		return 4;
	}
	esdhc_drop_tail(s, "a command came before SEND_STATUS showed that the "
			   "write was done");
	return bus_command(s, req, response);
}

void esdhc_send_stop(Imx53EsdhcState *s)
{
	SDRequest req = { .cmd = CMD_STOP };
	uint8_t response[16];
	int len = bus_command(s, &req, response);

	if (len == 4) {
		s->rsp[3] = ldl_be_p(response);
	}
}

/* Erratum: a stop command ends a running transfer, with transfer-complete,
 * only if it is marked as an abort. */
static bool stop_works(const Imx53EsdhcState *s)
{
	return !s->cmd12_abort ||
	       XFERTYP_CMDTYP(s->cmd_xfertyp) == CMDTYP_ABORT;
}

static void esdhc_cmd_done(void *opaque)
{
	Imx53EsdhcState *s = opaque;
	uint32_t xfertyp = s->cmd_xfertyp;
	SDRequest req = { .cmd = XFERTYP_CMDINX(xfertyp), .arg = s->cmdarg };
	bool has_data = (xfertyp & XFERTYP_DPSEL) != 0;
	bool exact = s->counted;
	bool stops = req.cmd == CMD_STOP && s->data_state != DATA_IDLE &&
		     stop_works(s);
	uint8_t response[16] = { 0 };
	int len;

	s->cmd_active = false;
	if (stops) {
		esdhc_data_abort(s);
	}
	if (req.cmd == CMD_STOP && XFERTYP_CMDTYP(xfertyp) == CMDTYP_ABORT) {
		s->unended = false;
	}
	len = card_command(s, &req, response);
	snoop(s, &req, response, len);
	if (req.cmd == CMD_SEND_STATUS && len == 4 && esdhc_card_busy(s)) {
		stl_be_p(response, (ldl_be_p(response) & ~R1_STATE_MASK) |
				   R1_STATE_PRG);
	}
	if (XFERTYP_RSPTYP(xfertyp) != RSPTYP_NONE) {
		if (len == 0) {
			esdhc_raise(s, IRQ_CTOE);
			return;
		}
		store_response(s, response, len);
	}
	/* Before a timer is armed: with -icount sleep=off that takes the virtual
	 * time on to the next one if the CPU has nothing to do. */
	esdhc_raise(s, IRQ_CC | (stops ? IRQ_TC : 0));
	if (has_data) {
		s->exact = exact;
		esdhc_data_start(s, xfertyp);
	} else if (XFERTYP_RSPTYP(xfertyp) == RSPTYP_48_BUSY) {
		/* The card is busy; no interrupt tells when it ends. */
		esdhc_busy_start(s, false, req.cmd == CMD_ERASE
				 ? s->erase_us * 1000ll : 0);
	}
}

/* Without counted time the CPU stands still between two instructions for as long as
 * QEMU's threads like, and commands that take 1 us end meanwhile. No software shall
 * see an order of events that no board has. What is due has happened when the CPU
 * looks. And a store to IRQSTAT right behind the one that starts a command leaves
 * what that command has raised: on a board it comes first. Linux needs both: at the
 * end of a counted transfer it starts CMD12, then clears the transfer's status. */
static void esdhc_catch_up(Imx53EsdhcState *s)
{
	if (!icount_enabled() && timer_pending(s->cmd_timer) &&
	    timer_expired(s->cmd_timer, esdhc_now())) {
		timer_del(s->cmd_timer);
		esdhc_cmd_done(s);
	}
}

/* The CPU was here, and maybe has started a command. */
static void esdhc_accessed(Imx53EsdhcState *s, bool started)
{
	s->starting = started && !icount_enabled();
	s->unseen = 0;
}

static void esdhc_write_xfertyp(Imx53EsdhcState *s, uint32_t value)
{
	bool data = (value & XFERTYP_DPSEL) != 0;

	s->xfertyp = value;
	if (s->cmd_active || (data && s->data_state != DATA_IDLE)) {
		qemu_log_mask(LOG_GUEST_ERROR, "imx53-esdhc%u: command %u "
			      "while inhibited, ignored\n", s->nr + 1u,
			      XFERTYP_CMDINX(value));
		return;
	}
	s->cmd_active = true;
	s->cmd_xfertyp = value;
	esdhc_cmd_schedule(s);
}

static uint32_t data_status(const Imx53EsdhcState *s)
{
	bool reading = (s->data_xfertyp & XFERTYP_DTDSEL) != 0;

	switch (s->data_state) {
	case DATA_IDLE:
		return 0;
	case DATA_BUSY:
		return PRSSTAT_CDIHB | PRSSTAT_DLA;
	case DATA_PIO_DRAIN:
		return PRSSTAT_CDIHB | PRSSTAT_DLA | PRSSTAT_RTA |
		       PRSSTAT_BREN;
	case DATA_PIO_FILL:
		return PRSSTAT_CDIHB | PRSSTAT_DLA | PRSSTAT_WTA |
		       PRSSTAT_BWEN;
	default:
		return PRSSTAT_CDIHB | PRSSTAT_DLA |
		       (reading ? PRSSTAT_RTA : PRSSTAT_WTA);
	}
}

bool imx53_esdhc_inserted(Imx53EsdhcState *s)
{
	return s->emmc != NULL ? imx53_emmc_inserted(s->emmc)
			       : sdbus_get_inserted(&s->sdbus);
}

static uint32_t esdhc_prsstat(Imx53EsdhcState *s)
{
	uint32_t value = PRSSTAT_CLSL | PRSSTAT_DLSL | data_status(s);

	if (s->cmd_active) {
		value |= PRSSTAT_CIHB;
	}
	if (esdhc_now() >= s->stable_at) {
		value |= PRSSTAT_SDSTB;
	}
	if (esdhc_card_busy(s)) {
		value &= ~PRSSTAT_DAT0;
	}
	/* Without a switch that leads here there is never a card: U-Boot of the USB
	 * armory did not find its own (imx53.md 4.6). */
	if (s->card_detect && imx53_esdhc_inserted(s)) {
		value |= PRSSTAT_CINS | PRSSTAT_CDPL;
	}
	if (s->emmc != NULL || !sdbus_get_readonly(&s->sdbus)) {
		value |= PRSSTAT_WPSPL;
	}
	return value;
}

static void esdhc_reset_cmd(Imx53EsdhcState *s)
{
	timer_del(s->cmd_timer);
	s->cmd_active = false;
	s->irqstat &= ~IRQ_CC;
}

static void esdhc_reset_data(Imx53EsdhcState *s)
{
	esdhc_data_abort(s);
	esdhc_drop_tail(s, "reset of the data line");
	s->unended = false;
	s->irqstat &= ~(IRQ_TC | IRQ_DINT | IRQ_BRR | IRQ_BWR);
}

static void esdhc_reset_all(Imx53EsdhcState *s)
{
	esdhc_reset_cmd(s);
	esdhc_reset_data(s);
	s->dsaddr = s->blkattr = s->cmdarg = s->xfertyp = 0;
	memset(s->rsp, 0, sizeof(s->rsp));
	s->proctl = PROCTL_RESET;
	s->sysctl = SYSCTL_RESET;
	s->irqstat = 0;
	s->irqstaten = IRQSTATEN_RESET;
	s->irqsigen = 0;
	s->ac12err = s->admaes = s->adsaddr = 0;
	s->wml = WML_RESET;
	s->vendor = s->mmcboot = s->dllctrl = 0;
	esdhc_update_irq(s);
}

static void esdhc_write_sysctl(Imx53EsdhcState *s, uint32_t value)
{
	const uint32_t actions = SYSCTL_RSTA | SYSCTL_RSTC | SYSCTL_RSTD |
				 SYSCTL_INITA;

	if (value & SYSCTL_RSTA) {
		esdhc_reset_all(s);
		return;
	}
	if (value & SYSCTL_RSTC) {
		esdhc_reset_cmd(s);
	}
	if (value & SYSCTL_RSTD) {
		esdhc_reset_data(s);
	}
	if ((value ^ s->sysctl) & SYSCTL_DIVIDER) {
		s->stable_at = esdhc_now() + CLOCK_SETTLE_NS;
	}
	s->sysctl = value & ~actions;
	esdhc_update_irq(s);
	esdhc_clock_changed(s);
}

static uint32_t esdhc_read_reg(Imx53EsdhcState *s, hwaddr addr)
{
	switch (addr) {
	case ESDHC_DSADDR:
		return s->dsaddr;
	case ESDHC_BLKATTR:
		return s->blkattr;
	case ESDHC_CMDARG:
		return s->cmdarg;
	case ESDHC_XFERTYP:
		return s->xfertyp;
	case ESDHC_CMDRSP0 ... ESDHC_CMDRSP3:
		return s->rsp[(addr - ESDHC_CMDRSP0) / 4];
	case ESDHC_DATPORT:
		return esdhc_data_read_port(s);
	case ESDHC_PRSSTAT:
		return esdhc_prsstat(s);
	case ESDHC_PROCTL:
		return s->proctl;
	case ESDHC_SYSCTL:
		return s->sysctl;
	case ESDHC_IRQSTAT:
		return s->irqstat;
	case ESDHC_IRQSTATEN:
		return s->irqstaten;
	case ESDHC_IRQSIGEN:
		return s->irqsigen;
	case ESDHC_AC12ERR:
		return s->ac12err;
	case ESDHC_HOSTCAP:
		return HOSTCAP_VALUE;
	case ESDHC_WML:
		return s->wml;
	case ESDHC_ADMAES:
		return s->admaes;
	case ESDHC_ADSADDR:
		return s->adsaddr;
	case ESDHC_DLLCTRL:
		return s->v3 ? s->dllctrl : 0;
	case ESDHC_VENDOR:
		return s->vendor;
	case ESDHC_MMCBOOT:
		return s->mmcboot;
	case ESDHC_HOSTVER:
		return HOSTVER_VALUE;
	default:
		qemu_log_mask(LOG_UNIMP, "imx53-esdhc%u: read of 0x%"
			      HWADDR_PRIx "\n", s->nr + 1u, addr);
		return 0;
	}
}

static void esdhc_force_event(Imx53EsdhcState *s, uint32_t value)
{
	s->ac12err |= value & 0x9F;
	esdhc_raise(s, value & IRQ_ALL & 0xFFFF0000u);
}

static void esdhc_write_reg(Imx53EsdhcState *s, hwaddr addr, uint32_t value)
{
	switch (addr) {
	case ESDHC_DSADDR:
		s->dsaddr = value;
		break;
	case ESDHC_BLKATTR:
		s->blkattr = value & 0xFFFF1FFFu;
		break;
	case ESDHC_CMDARG:
		s->cmdarg = value;
		break;
	case ESDHC_XFERTYP:
		esdhc_write_xfertyp(s, value);
		break;
	case ESDHC_DATPORT:
		esdhc_data_write_port(s, value);
		break;
	case ESDHC_PROCTL:
		s->proctl = value;
		break;
	case ESDHC_SYSCTL:
		esdhc_write_sysctl(s, value);
		break;
	case ESDHC_IRQSTAT:
		s->irqstat &= ~(value & ~s->unseen);
		esdhc_update_irq(s);
		break;
	case ESDHC_IRQSTATEN:
		s->irqstaten = value & IRQ_ALL;
		break;
	case ESDHC_IRQSIGEN:
		s->irqsigen = value & IRQ_ALL;
		esdhc_update_irq(s);
		break;
	case ESDHC_WML:
		s->wml = value;
		break;
	case ESDHC_FEVT:
		esdhc_force_event(s, value);
		break;
	case ESDHC_ADSADDR:
		s->adsaddr = value;
		break;
	case ESDHC_DLLCTRL:
		s->dllctrl = value;
		break;
	case ESDHC_VENDOR:
		s->vendor = value;
		break;
	case ESDHC_MMCBOOT:
		s->mmcboot = value;
		break;
	default:
		qemu_log_mask(LOG_UNIMP, "imx53-esdhc%u: write of 0x%"
			      HWADDR_PRIx "\n", s->nr + 1u, addr);
	}
}

/* Software also uses bytes and halfwords: they are cut from the word. */
static uint64_t esdhc_read(void *opaque, hwaddr addr, unsigned size)
{
	uint32_t word;

	esdhc_catch_up(opaque);
	word = esdhc_read_reg(opaque, addr & ~(hwaddr)3);
	esdhc_accessed(opaque, false);
	return extract32(word, 8 * (addr & 3), 8 * size);
}

static void esdhc_write(void *opaque, hwaddr addr, uint64_t value,
			unsigned size)
{
	hwaddr base = addr & ~(hwaddr)3;
	uint32_t word = value;

	if (size != 4) {
		/* The rest of a write-1-to-clear register is written as 0. */
		word = base == ESDHC_IRQSTAT ? 0 : esdhc_read_reg(opaque, base);
		word = deposit32(word, 8 * (addr & 3), 8 * size, value);
	}
	esdhc_write_reg(opaque, base, word);
	esdhc_accessed(opaque, base == ESDHC_XFERTYP);
}

static const MemoryRegionOps esdhc_ops = {
	.read = esdhc_read,
	.write = esdhc_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 4 },
};

void imx53_esdhc_inserted_changed(Imx53EsdhcState *s, bool inserted)
{
	s->card_width = 1;
	s->app_cmd = false;
	if (!inserted) {
		bool active = s->data_state != DATA_IDLE;

		esdhc_drop_tail(s, "the card was taken out");
		esdhc_data_abort(s);
		if (active) {
			esdhc_raise(s, IRQ_DTOE);
		}
	}
	if (s->card_detect) {
		esdhc_raise(s, inserted ? IRQ_CINS : IRQ_CRM);
	}
	qemu_irq_pulse(s->changed);
}

static void esdhc_set_inserted(DeviceState *dev, bool inserted)
{
	imx53_esdhc_inserted_changed(IMX53_ESDHC(dev), inserted);
}

static void esdhc_clk_notify(Notifier *n, void *data)
{
	esdhc_clock_changed(container_of(n, Imx53EsdhcState, clk_changed));
}

static void esdhc_reset(DeviceState *dev)
{
	Imx53EsdhcState *s = IMX53_ESDHC(dev);

	s->card_width = 1;
	s->app_cmd = false;
	s->stable_at = 0;
	esdhc_reset_all(s);
	imx53_journal_add(s->journal, JOURNAL_RESET, s->nr, 0, NULL, 0);
}

static void esdhc_init(Object *obj)
{
	Imx53EsdhcState *s = IMX53_ESDHC(obj);
	SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

	memory_region_init_io(&s->iomem, obj, &esdhc_ops, s, "imx53-esdhc",
			      IMX53_WINDOW_SIZE);
	sysbus_init_mmio(sbd, &s->iomem);
	sysbus_init_irq(sbd, &s->irq);
	qbus_init(&s->sdbus, sizeof(s->sdbus), TYPE_IMX53_ESDHC_BUS,
		  DEVICE(obj), "sd-bus");
	object_property_add_uint64_ptr(obj, "bad-at", &s->bad_at,
				       OBJ_PROP_FLAG_READWRITE);
	object_property_add_uint64_ptr(obj, "bad-len", &s->bad_len,
				       OBJ_PROP_FLAG_READWRITE);
}

static void esdhc_realize(DeviceState *dev, Error **errp)
{
	Imx53EsdhcState *s = IMX53_ESDHC(dev);

	s->cmd_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, esdhc_cmd_done, s);
	esdhc_data_init(s);
	s->clk_changed.notify = esdhc_clk_notify;
	notifier_list_add(&s->ccm->changed, &s->clk_changed);
}

static Property esdhc_properties[] = {
	DEFINE_PROP_UINT8("nr", Imx53EsdhcState, nr, 0),
	DEFINE_PROP_BOOL("v3", Imx53EsdhcState, v3, false),
	DEFINE_PROP_BOOL("card-detect", Imx53EsdhcState, card_detect, true),
	DEFINE_PROP_BOOL("early-tc", Imx53EsdhcState, early_tc, true),
	DEFINE_PROP_BOOL("adma-len0", Imx53EsdhcState, adma_len0, true),
	DEFINE_PROP_BOOL("adma-nop-end", Imx53EsdhcState, adma_nop_end, true),
	DEFINE_PROP_BOOL("cmd12-abort", Imx53EsdhcState, cmd12_abort, true),
	DEFINE_PROP_BOOL("cmd23-abort", Imx53EsdhcState, cmd23_abort, true),
	DEFINE_PROP_BOOL("cmd23", Imx53EsdhcState, cmd23, true),
	DEFINE_PROP_UINT32("busy-us", Imx53EsdhcState, busy_us, 100),
	DEFINE_PROP_UINT32("erase-us", Imx53EsdhcState, erase_us, 0),
	DEFINE_PROP_END_OF_LIST(),
};

static void esdhc_class_init(ObjectClass *klass, void *data)
{
	DeviceClass *dc = DEVICE_CLASS(klass);

	dc->desc = "i.MX53 Enhanced SD Host Controller";
	dc->reset = esdhc_reset;
	dc->realize = esdhc_realize;
	dc->user_creatable = false;
	device_class_set_props(dc, esdhc_properties);
}

static void esdhc_bus_class_init(ObjectClass *klass, void *data)
{
	SDBusClass *sbc = SD_BUS_CLASS(klass);

	sbc->set_inserted = esdhc_set_inserted;
}

static const TypeInfo esdhc_types[] = {
	{
		.name = TYPE_IMX53_ESDHC,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Imx53EsdhcState),
		.instance_init = esdhc_init,
		.class_init = esdhc_class_init,
	},
	{
		.name = TYPE_IMX53_ESDHC_BUS,
		.parent = TYPE_SD_BUS,
		.instance_size = sizeof(SDBus),
		.class_init = esdhc_bus_class_init,
	},
};

DEFINE_TYPES(esdhc_types)
