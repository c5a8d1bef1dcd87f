/* SPDX-License-Identifier: BSD-2-Clause */
#include "esdhc_model.h"

#include <string.h>

#include <imx/esdhc_regs.h>

#include "dma_model.h"

#define ESDHC_TIMEOUT_NS 100000000u
#define SYSCTL_ENABLES (SYSCTL_IPGEN | SYSCTL_HCKEN | SYSCTL_PEREN | SYSCTL_CKEN)

static const struct model_reg esdhc_table[] = {
	{ .offset = ESDHC_BLKATTR, .rw = 0xFFFF1FFF },
	{ .offset = ESDHC_CMDARG, .rw = UINT32_MAX },
	{ .offset = ESDHC_XFERTYP, .rw = 0x3FFB003F },
	{ .offset = ESDHC_CMDRSP(0), .nr = 4, .ro = UINT32_MAX },
	{ .offset = ESDHC_PRSSTAT, .ro = UINT32_MAX },
	{ .offset = ESDHC_PROCTL, .rw = 0x070F033E, .reset = 0x20 },
	{ .offset = ESDHC_SYSCTL,
	  .rw = 0x000FFFFF,
	  .wo = SYSCTL_RSTA | SYSCTL_RSTC | SYSCTL_RSTD | SYSCTL_INITA,
	  .reset = 0x00008008 },
	{ .offset = ESDHC_IRQSTAT, .w1c = 0x117F01FF },
	{ .offset = ESDHC_IRQSTATEN, .rw = 0x117F01FF, .reset = 0x117F013F },
	{ .offset = ESDHC_IRQSIGEN, .rw = 0x117F01FF },
	{ .offset = ESDHC_WML, .rw = 0x1FFF1FFF },
	{ .offset = ESDHC_ADSADDR, .rw = 0xFFFFFFFC },
};

/* As a ROM may leave it that has booted from an eMMC in a tuned mode: no reset
 * touches the last ones. */
static const struct model_reg usdhc_table[] = {
	{ .offset = ESDHC_BLKATTR, .rw = 0xFFFF1FFF },
	{ .offset = ESDHC_CMDARG, .rw = UINT32_MAX },
	{ .offset = ESDHC_XFERTYP, .rw = 0x3FFB0000 },
	{ .offset = ESDHC_CMDRSP(0), .nr = 4, .ro = UINT32_MAX },
	{ .offset = ESDHC_PRSSTAT, .ro = UINT32_MAX },
	{ .offset = ESDHC_PROCTL, .rw = 0x7F9F03FF, .reset = 0x00800020 },
	{ .offset = ESDHC_SYSCTL,
	  .rw = 0x008FFFFF,
	  .wo = SYSCTL_RSTA | SYSCTL_RSTC | SYSCTL_RSTD | SYSCTL_INITA,
	  .reset = 0x0080800F },
	{ .offset = ESDHC_IRQSTAT, .w1c = 0x157F51FF },
	{ .offset = ESDHC_IRQSTATEN, .rw = 0x157F51FF, .reset = 0x157F413F },
	{ .offset = ESDHC_IRQSIGEN, .rw = 0x157F51FF },
	{ .offset = ESDHC_WML, .rw = 0x1FFF1FFF, .reset = 0x08100810 },
	{ .offset = ESDHC_ADSADDR, .rw = 0xFFFFFFFC },
	{ .offset = USDHC_VEND_SPEC, .rw = 0x2000F9FB, .reset = 0x20007909 },
	{ .offset = USDHC_AC12ERR, .rw = 0x00C00000, .reset = 0x00800000 },
	{ .offset = USDHC_MIX_CTRL, .rw = 0x83C000BF, .reset = 0x83800037 },
	{ .offset = USDHC_DLL_CTRL, .rw = UINT32_MAX, .reset = 0x100 },
	{ .offset = USDHC_CLK_TUNE, .rw = 0x00007FFF, .reset = 0x100 },
	{ .offset = USDHC_MMC_BOOT, .rw = 0xFFFF01FF, .reset = 0x40 },
};

/* ---- ADMA2 ---- */

struct adma {
	uint32_t table; /* next descriptor */
	uint32_t addr, left;
	bool end;
};

static bool adma_next(struct adma *a)
{
	uint32_t desc[2];

	if (a->end) {
		return false;
	}
	dma_model_device_read(a->table, desc, sizeof(desc));
	if ((desc[0] & ADMA_VALID) == 0u) {
		return false;
	}
	if ((desc[0] >> 4 & 3u) != 2u) {
		model_fail("adma: end or other attribute on no transfer: %#x",
			   desc[0]);
	}
	a->table += 8u;
	a->addr = desc[1];
	a->left = desc[0] >> 16;
	a->end = (desc[0] & ADMA_END) != 0u;
	if (a->left == 0u) {
		model_fail("adma: length 0 does not mean 65536 on this host");
	}
	if (a->left % 4u != 0u || a->addr % 4u != 0u) {
		model_fail("adma: %u bytes at %#x are not whole words", a->left,
			   a->addr);
	}
	return true;
}

static bool adma_move(struct adma *a, uint8_t *block, size_t len, bool to_memory)
{
	while (len != 0u) {
		size_t n;

		if (a->left == 0u && !adma_next(a)) {
			return false;
		}
		n = len < a->left ? len : a->left;
		if (to_memory) {
			dma_model_device_write(a->addr, block, n);
		} else {
			dma_model_device_read(a->addr, block, n);
		}
		a->addr += (uint32_t)n;
		a->left -= (uint32_t)n;
		block += n;
		len -= n;
	}
	return true;
}

/* ---- clock and bus ---- */

static uint32_t esdhc_rate(const struct esdhc_model *m, uint32_t sysctl)
{
	uint32_t fs = sysctl >> 8 & 0xFFu;

	return m->root_hz / (fs == 0u ? 1u : fs * 2u) / ((sysctl >> 4 & 15u) + 1u);
}

static uint32_t esdhc_hz(struct esdhc_model *m)
{
	return esdhc_rate(m, *model_reg(&m->regs, ESDHC_SYSCTL));
}

static uint64_t esdhc_clocks_ns(struct esdhc_model *m, uint64_t clocks)
{
	return clocks * 1000000000u / esdhc_hz(m);
}

static uint32_t esdhc_blocks(struct esdhc_model *m)
{
	uint32_t count = *model_reg(&m->regs, ESDHC_BLKATTR) >> 16;

	return (m->xfertyp & XFERTYP_BCEN) != 0u ? count : 1u;
}

static bool esdhc_bus_agrees(struct esdhc_model *m)
{
	static const unsigned lines[] = { 1, 4, 8, 0 };
	uint32_t width = *model_reg(&m->regs, ESDHC_PROCTL) >> 1 & 3u;

	return lines[width] == m->card->nr_lines &&
	       esdhc_hz(m) <= sdcard_model_max_hz(m->card);
}

/* ---- events ---- */

static void esdhc_raise(struct esdhc_model *m, uint32_t bits)
{
	uint32_t *stat = model_reg(&m->regs, ESDHC_IRQSTAT);

	bits &= *model_reg(&m->regs, ESDHC_IRQSTATEN);
	*stat |= bits;
	if (bits != 0u && m->lose_irq != 0u && --m->lose_irq == 0u) {
		m->muted = true;
	}
}

/* Move all blocks. Returns what IRQSTAT will say. */
static uint32_t esdhc_move(struct esdhc_model *m)
{
	struct adma a = { .table = *model_reg(&m->regs, ESDHC_ADSADDR) };
	const uint32_t len = *model_reg(&m->regs, ESDHC_BLKATTR) & 0x1FFFu;
	const bool reading = (m->xfertyp & XFERTYP_DTDSEL) != 0u;
	uint32_t blocks = esdhc_blocks(m);
	uint8_t block[512];
	bool bad_crc = false;

	if (!reading && (m->xfertyp & XFERTYP_AC12EN) != 0u) {
		blocks--; /* the broken automatic stop cuts the last one off */
	}
	for (uint32_t i = 0; i < blocks; i++) {
		bool ok;

		if (reading) {
			ok = sdcard_model_send(m->card, block, len, &bad_crc);
			if (ok && !adma_move(&a, block, len, true)) {
				return IRQ_DMAE;
			}
		} else {
			if (!adma_move(&a, block, len, false)) {
				return IRQ_DMAE;
			}
			ok = sdcard_model_receive(m->card, block, &bad_crc);
		}
		if (!ok) {
			return bad_crc ? IRQ_DCE : IRQ_DTOE;
		}
	}
	if (blocks == esdhc_blocks(m) && (a.left != 0u || !a.end)) {
		model_fail("adma: the table has more than the transfer");
	}
	return IRQ_TC;
}

static uint32_t esdhc_auto_stop(struct esdhc_model *m)
{
	uint32_t r1 = 0;

	if ((m->xfertyp & XFERTYP_DTDSEL) == 0u) {
		return IRQ_AC12E;
	}
	if (!sdcard_model_auto_stop(m->card, &r1)) {
		return IRQ_AC12E;
	}
	*model_reg(&m->regs, ESDHC_CMDRSP(3)) = r1;
	m->ac12_until_ns =
		model_now_ns() + esdhc_clocks_ns(m, m->slow_ac12 ? 2000 : 0);
	return 0;
}

/* The data are over, or all that will come. */
static void esdhc_end_data(struct esdhc_model *m)
{
	bool write = (m->xfertyp & XFERTYP_DTDSEL) == 0u;
	uint32_t bits;

	if (m->cc_bits == IRQ_TC) { /* second half: the card has programmed */
		m->tc_due = false;
		m->cc_bits = 0;
		m->unended = m->counted;
		esdhc_raise(m, IRQ_TC);
		return;
	}
	if (esdhc_bus_agrees(m)) {
		bits = esdhc_move(m);
	} else {
		sdcard_model_unheard(m->card);
		bits = IRQ_DCE;
	}
	if (bits == IRQ_TC && (m->xfertyp & XFERTYP_AC12EN) != 0u) {
		bits |= esdhc_auto_stop(m);
	}
	if (bits == IRQ_TC && write && m->no_exact_tc &&
	    (m->xfertyp & XFERTYP_MSBSEL) != 0u && sdcard_model_busy(m->card)) {
		m->hung = true;
		m->tc_due = false;
		return;
	}
	if (bits == IRQ_TC && write && !m->early_tc && !m->told &&
	    sdcard_model_busy(m->card)) {
		m->cc_bits = IRQ_TC;
		m->tc_at_ns = m->card->busy_until_ns;
		return;
	}
	m->tc_due = false;
	m->cc_bits = 0;
	m->unended = m->counted;
	bits &= m->told ? ~IRQ_TC : UINT32_MAX;
	m->told = false;
	if (m->cc_due) { /* TC came first */
		esdhc_raise(m, bits);
		return;
	}
	esdhc_raise(m, bits);
}

static void esdhc_update(struct esdhc_model *m)
{
	uint64_t now = model_now_ns();

	if (m->tc_due && !m->hung && now >= m->tc_at_ns) {
		esdhc_end_data(m);
	}
	if (m->tc_due && !m->hung && now >= m->tc_at_ns) {
		esdhc_end_data(m);
	}
	if (m->cc_due && now >= m->cc_at_ns) {
		m->cc_due = false;
		m->told = m->tc_first && m->tc_due &&
			  (m->xfertyp & XFERTYP_DTDSEL) == 0u;
		esdhc_raise(m, m->told ? IRQ_CC | IRQ_TC : IRQ_CC);
	}
	if (now >= m->reset_until_ns) {
		*model_reg(&m->regs, ESDHC_SYSCTL) &=
			~(SYSCTL_RSTA | SYSCTL_RSTC | SYSCTL_RSTD | SYSCTL_INITA);
	}
}

/* ---- commands ---- */

static bool esdhc_command_line_busy(const struct esdhc_model *m)
{
	return m->cc_due || m->stuck_cmd || model_now_ns() < m->ac12_until_ns;
}

static uint32_t esdhc_prsstat(struct esdhc_model *m)
{
	uint32_t bits = m->card->kind != SDCARD_NONE ? PRSSTAT_CINS : 0u;
	bool reading = (m->xfertyp & XFERTYP_DTDSEL) != 0u;

	bits |= model_now_ns() >= m->stable_at_ns ? PRSSTAT_SDSTB : 0u;
	bits |= esdhc_command_line_busy(m) ? PRSSTAT_CIHB : 0u;
	if ((m->tc_due && !m->told) || m->hung) {
		bits |= PRSSTAT_CDIHB | PRSSTAT_DLA;
		bits |= reading ? PRSSTAT_RTA : PRSSTAT_WTA;
	}
	bits |= sdcard_model_busy(m->card) ? 0u : PRSSTAT_DAT0;
	bits |= model_now_ns() >= m->still_at_ns ? PRSSTAT_SDOFF : 0u;
	return bits;
}

static void usdhc_check_start(struct esdhc_model *m)
{
	static const uint32_t from_rom[] = { USDHC_AC12ERR, USDHC_DLL_CTRL,
					     USDHC_CLK_TUNE, USDHC_MMC_BOOT };
	uint32_t proctl = *model_reg(&m->regs, ESDHC_PROCTL);

	if ((proctl & USDHC_PROCTL_FIXED) != USDHC_PROCTL_FIXED) {
		model_fail("usdhc: reserved bits or bursts off in PROT_CTRL");
	}
	if ((*model_reg(&m->regs, USDHC_MIX_CTRL) & ~MIX_CTRL_MODE) != 0u) {
		model_fail("usdhc: the ROM's tuning in MIX_CTRL");
	}
	for (size_t i = 0; i < sizeof(from_rom) / sizeof(from_rom[0]); i++) {
		if (*model_reg(&m->regs, from_rom[i]) != 0u) {
			model_fail("usdhc: +%#x as the ROM left it", from_rom[i]);
		}
	}
}

/* Whether the card gets its clock. */
static bool esdhc_is_clocked(struct esdhc_model *m)
{
	uint32_t sysctl = *model_reg(&m->regs, ESDHC_SYSCTL);

	if (m->usdhc) {
		return *model_reg(&m->regs, USDHC_VEND_SPEC) ==
		       (USDHC_VEND_SPEC_FIXED | VEND_SPEC_FRC_SDCLK_ON);
	}
	return (sysctl & SYSCTL_ENABLES) == SYSCTL_ENABLES;
}

static void esdhc_check_start(struct esdhc_model *m)
{
	uint32_t proctl = *model_reg(&m->regs, ESDHC_PROCTL);
	unsigned index = m->xfertyp >> 24;

	if (m->usdhc) {
		usdhc_check_start(m);
	}
	if (!esdhc_is_clocked(m)) {
		model_fail("esdhc: CMD%u without clocks", index);
	}
	if (!m->had_init_clocks || model_now_ns() < 1000000u) {
		model_fail("esdhc: CMD%u before supply and initial clocks", index);
	}
	if (esdhc_command_line_busy(m)) {
		model_fail("esdhc: CMD%u while the command line is in use", index);
	}
	if (m->card->state < 3u && esdhc_hz(m) > 400000u) {
		model_fail("esdhc: CMD%u at %u Hz", index, esdhc_hz(m));
	}
	if ((m->xfertyp & XFERTYP_DPSEL) == 0u) {
		return;
	}
	if ((esdhc_prsstat(m) & 0xFF0Fu) != PRSSTAT_SDSTB ||
	    (sdcard_model_busy(m->card) && !m->tells_nobody)) {
		model_fail("esdhc: CMD%u while data lines are in use", index);
	}
	if ((m->xfertyp & XFERTYP_DMAEN) == 0u || (proctl & 0x330u) != 0x220u ||
	    *model_reg(&m->regs, ESDHC_WML) == 0u) {
		model_fail("esdhc: CMD%u is not set up for ADMA2", index);
	}
}

static void esdhc_begin_data(struct esdhc_model *m)
{
	uint64_t bits = (*model_reg(&m->regs, ESDHC_BLKATTR) & 0x1FFFu) * 8u;

	m->tc_due = true;
	m->cc_bits = 0;
	m->tc_at_ns = m->cc_at_ns +
		      esdhc_clocks_ns(m, esdhc_blocks(m) * bits / m->card->nr_lines);
	if (m->cc_after_tc) {
		m->cc_at_ns = m->tc_at_ns + 20000u;
	}
	if (m->card->data_fault == SDCARD_NO_DATA) {
		m->tc_at_ns += ESDHC_TIMEOUT_NS;
	}
	m->multi_write =
		(m->xfertyp & (XFERTYP_DTDSEL | XFERTYP_MSBSEL)) == XFERTYP_MSBSEL;
}

static void esdhc_stop_command(struct esdhc_model *m)
{
	if (m->multi_write && (m->xfertyp & (3u << 22)) != XFERTYP_ABORT) {
		m->hung = true; /* MULTIBLK_NO_INT */
	}
	if (m->tc_due && m->told) {
		model_fail("esdhc: a stop cuts off a write");
	}
	m->unended = m->unended && (m->xfertyp & (3u << 22)) != XFERTYP_ABORT;
	m->multi_write = false;
	m->tc_due = false;
}

static void esdhc_start(struct esdhc_model *m, uint32_t xfertyp)
{
	uint32_t *rsp = model_reg(&m->regs, ESDHC_CMDRSP(0));
	bool wants_answer = (xfertyp & XFERTYP_RSP_MASK) != 0u;
	bool data = (xfertyp & XFERTYP_DPSEL) != 0u;
	uint32_t arg = *model_reg(&m->regs, ESDHC_CMDARG);
	bool answers, bad_crc;

	/* A command without data leaves a transfer's mode alone. */
	m->xfertyp = data ? xfertyp : (m->tc_due ? m->xfertyp : xfertyp);
	esdhc_check_start(m);
	m->max_hz = esdhc_hz(m) > m->max_hz ? esdhc_hz(m) : m->max_hz;
	if (xfertyp >> 24 == 12u) {
		m->xfertyp = xfertyp;
		esdhc_stop_command(m);
	}
	answers = sdcard_model_command(m->card, xfertyp >> 24, arg, rsp, &bad_crc);
	m->cc_at_ns = model_now_ns() + esdhc_clocks_ns(m, 130);
	if (wants_answer && (!answers || bad_crc)) {
		/* The inhibit bit stays until the line is reset. */
		m->stuck_cmd = true;
		esdhc_raise(m, bad_crc && answers ? IRQ_CCE | IRQ_CC : IRQ_CTOE);
		return;
	}
	m->cc_due = true;
	if (data) {
		m->hung = m->hung || m->unended;
		esdhc_begin_data(m);
		m->cc_due = !m->lose_cc;
	}
	m->counted = data ? m->counted : xfertyp >> 24 == 23u;
}

static bool esdhc_may_divide(const struct esdhc_model *m)
{
	if (m->usdhc) {
		return model_now_ns() >= m->stable_at_ns &&
		       model_now_ns() >= m->still_at_ns;
	}
	return (m->sysctl & SYSCTL_ENABLES) == 0u;
}

static void esdhc_let_clock_out(const struct esdhc_model *m)
{
	if (model_now_ns() < m->stable_at_ns) {
		model_fail("esdhc: clock let out before it is stable");
	}
}

/* A divider changes with the clocks off, and they come on when it is stable. */
static void esdhc_clock_control(struct esdhc_model *m, uint32_t value)
{
	if (m->usdhc && (value & USDHC_SYSCTL_FIXED) != USDHC_SYSCTL_FIXED) {
		model_fail("usdhc: reserved bits off in SYS_CTRL, or a card's "
			   "reset on");
	}
	if (((value ^ m->sysctl) & SYSCTL_DIVIDER) != 0u) {
		if (!esdhc_may_divide(m)) {
			model_fail("esdhc: divider changed while the clocks run");
		}
		m->stable_at_ns = model_now_ns() + 5000u;
	}
	if ((value & SYSCTL_CKEN) != 0u && !m->usdhc) {
		esdhc_let_clock_out(m);
	}
	m->sysctl = value;
}

/* The card's clock runs on to the end of what is under way. */
static void usdhc_force_clock(struct esdhc_model *m, uint32_t value)
{
	if ((value & VEND_SPEC_FRC_SDCLK_ON) != 0u) {
		esdhc_let_clock_out(m);
		m->still_at_ns = UINT64_MAX;
	} else if (m->still_at_ns == UINT64_MAX) {
		m->still_at_ns = model_now_ns() + 4000u;
	}
}

static void esdhc_sysctl(struct esdhc_model *m, uint32_t value)
{
	uint32_t resets =
		value & (SYSCTL_RSTA | SYSCTL_RSTC | SYSCTL_RSTD | SYSCTL_INITA);
	uint32_t *proctl = model_reg(&m->regs, ESDHC_PROCTL);

	if (m->usdhc && (resets & SYSCTL_RSTA) != 0u &&
	    esdhc_rate(m, value) > esdhc_rate(m, m->sysctl)) {
		model_fail("usdhc: the reset speeds the running clock up");
	}
	if ((resets & SYSCTL_RSTA) == 0u) {
		esdhc_clock_control(m, value & ~resets);
	}
	if (resets == 0u) {
		return;
	}
	*model_reg(&m->regs, ESDHC_SYSCTL) |= resets;
	m->reset_until_ns = model_now_ns() + m->reset_ns;
	if ((resets & SYSCTL_INITA) != 0u) {
		m->reset_until_ns = model_now_ns() + esdhc_clocks_ns(m, 80);
		m->had_init_clocks = true;
	}
	if ((resets & (SYSCTL_RSTA | SYSCTL_RSTC)) != 0u) {
		m->cc_due = m->stuck_cmd = false;
		m->ac12_until_ns = 0;
	}
	if ((resets & (SYSCTL_RSTA | SYSCTL_RSTD)) != 0u) {
		m->tc_due = m->multi_write = m->hung = m->told = m->unended = false;
		*proctl &= m->keeps_width ? UINT32_MAX : ~6u;
	}
	if ((resets & SYSCTL_RSTA) != 0u) {
		*proctl = m->usdhc ? 0x08800020 : 0x20;
		*model_reg(&m->regs, ESDHC_IRQSTAT) = 0;
		*model_reg(&m->regs, ESDHC_IRQSIGEN) = 0;
		m->sysctl = m->usdhc ? 0x0080800F : 0x8000;
		*model_reg(&m->regs, ESDHC_SYSCTL) = SYSCTL_RSTA | m->sysctl;
	}
}

static void esdhc_wrote(struct model_regs *regs, uint32_t offset, uint32_t value)
{
	struct esdhc_model *m = regs->owner;

	switch (offset) {
	case ESDHC_XFERTYP:
		esdhc_update(m);
		if (m->usdhc) {
			value |= *model_reg(regs, USDHC_MIX_CTRL) & MIX_CTRL_MODE;
		}
		esdhc_start(m, value);
		break;
	case USDHC_MIX_CTRL:
		esdhc_update(m);
		if (m->tc_due) {
			model_fail("usdhc: another mode during a transfer");
		}
		break;
	case USDHC_VEND_SPEC:
		usdhc_force_clock(m, value);
		break;
	case ESDHC_SYSCTL:
		esdhc_sysctl(m, value);
		break;
	case ESDHC_IRQSTAT:
		m->muted = false;
		break;
	default:
		break;
	}
}

static void esdhc_reads(struct model_regs *regs, uint32_t offset)
{
	struct esdhc_model *m = regs->owner;

	esdhc_update(m);
	if (offset == ESDHC_PRSSTAT) {
		*model_reg(regs, offset) = esdhc_prsstat(m);
	}
}

void esdhc_model_init(struct esdhc_model *m, uintptr_t base,
		      struct sdcard_model *card, uint32_t root_hz, bool usdhc)
{
	memset(m, 0, sizeof(*m));
	m->card = card;
	m->root_hz = root_hz;
	m->reset_ns = 3000;
	m->usdhc = usdhc;
	m->sysctl = usdhc ? 0x0080800F : 0x8008;
	m->still_at_ns = UINT64_MAX;
	if (usdhc) {
		model_regs_init(&m->regs, "usdhc", base, 4, usdhc_table,
				sizeof(usdhc_table) / sizeof(usdhc_table[0]));
	} else {
		model_regs_init(&m->regs, "esdhc", base, 4, esdhc_table,
				sizeof(esdhc_table) / sizeof(esdhc_table[0]));
	}
	m->regs.wrote = esdhc_wrote;
	m->regs.reads = esdhc_reads;
	m->regs.owner = m;
}

bool esdhc_model_irq(struct esdhc_model *m)
{
	bool high;

	esdhc_update(m);
	high = !m->muted && (*model_reg(&m->regs, ESDHC_IRQSTAT) &
			     *model_reg(&m->regs, ESDHC_IRQSIGEN)) != 0u;
	m->nr_irqs += high && !m->was_high;
	m->was_high = high;
	return high;
}

uint64_t esdhc_model_next_ns(const struct esdhc_model *m)
{
	uint64_t next = UINT64_MAX;

	if (m->cc_due) {
		next = m->cc_at_ns;
	}
	if (m->tc_due && !m->hung && m->tc_at_ns < next) {
		next = m->tc_at_ns;
	}
	return next;
}

void esdhc_model_insert_card(struct esdhc_model *m, enum sdcard_kind kind)
{
	sdcard_model_power_on(m->card, kind);
	esdhc_raise(m, IRQ_CINS);
}

void esdhc_model_pull_card(struct esdhc_model *m)
{
	m->card->kind = SDCARD_NONE;
	m->tc_due = m->cc_due = false;
	esdhc_raise(m, IRQ_CRM);
}
