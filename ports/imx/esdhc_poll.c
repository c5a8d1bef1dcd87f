/* SPDX-License-Identifier: BSD-2-Clause */
/* The SD host while nobody may be interrupted: its clock, and commands one by one.
 * Polled, every wait with an end. */
#include <imx/esdhc_host.h>
#include <imx/wait.h>
#include <tzvmm/port/dma.h>

#define ESDHC_RESET_LIMIT_US 1000u
#define ESDHC_CLOCK_LIMIT_US 10000u
#define ESDHC_COMMAND_LIMIT_US 100000u
#define ESDHC_BUSY_LIMIT_US 1000000u

#define ESDHC_CLOCKS (SYSCTL_CKEN | SYSCTL_PEREN | SYSCTL_HCKEN | SYSCTL_IPGEN)

uint32_t imx_esdhc_divider(uint32_t root_hz, uint32_t max_hz,
			   enum imx_esdhc_kind kind, uint32_t *hz)
{
	uint32_t best_fs = 8, best_dvs = 15;

	*hz = 0;
	for (uint32_t fs = kind == IMX_ESDHC_V3 ? 1u : 0u; fs <= 8u; fs++) {
		for (uint32_t dvs = 0; dvs < 16u; dvs++) {
			uint32_t rate = (root_hz >> fs) / (dvs + 1u);

			if (rate <= max_hz && rate > *hz) {
				*hz = rate;
				best_fs = fs;
				best_dvs = dvs;
			}
		}
	}
	if (*hz == 0u) {
		*hz = (root_hz >> best_fs) / (best_dvs + 1u);
	}
	return SYSCTL_SDCLKFS((1u << best_fs) >> 1) | SYSCTL_DVS(best_dvs);
}

enum tzvmm_status esdhc_reset(const struct imx_esdhc *host, uint32_t which)
{
	esdhc_write(host, ESDHC_SYSCTL, host->sysctl | which);
	return imx_wait(host->cfg.sys, host->cfg.base + ESDHC_SYSCTL, which, 0,
			ESDHC_RESET_LIMIT_US);
}

/* The whole register: no reset clears it [LX esdhc_writeb_le]. A command without data
 * is to have no CMD12 behind it; else it leaves the mode to data that may still move. */
static void esdhc_set_mode(const struct imx_esdhc *host, uint32_t mode)
{
	if (mode != 0u || (esdhc_read(host, USDHC_MIX_CTRL) & XFERTYP_AC12EN) != 0u) {
		esdhc_write(host, USDHC_MIX_CTRL, mode);
	}
}

bool esdhc_is_empty(const struct imx_esdhc *host)
{
	const struct imx_esdhc_config *cfg = &host->cfg;

	return (cfg->card_detect &&
		(esdhc_read(host, ESDHC_PRSSTAT) & PRSSTAT_CINS) == 0u) ||
	       (cfg->present != NULL && !cfg->present(cfg->wake_ctx));
}

void esdhc_issue(const struct imx_esdhc *host, uint32_t xfertyp, uint32_t arg)
{
	/* Write 1 to clear: drop what the last command left. */
	esdhc_write(host, ESDHC_IRQSTAT, UINT32_MAX);
	esdhc_write(host, ESDHC_CMDARG, arg);
	if (esdhc_is_usdhc(host)) {
		esdhc_set_mode(host, xfertyp & MIX_CTRL_MODE);
		xfertyp &= ~MIX_CTRL_MODE;
	}
	esdhc_write(host, ESDHC_XFERTYP, xfertyp);
}

/* The clock of a uSDHC's card. A divider that changes while it runs may give it a
 * glitch: annoying, but a host whose clock does not stop may still work. */
static void esdhc_force_clock(const struct imx_esdhc *host, bool on)
{
	const uint32_t still = PRSSTAT_SDOFF | PRSSTAT_SDSTB;

	esdhc_write(host, USDHC_VEND_SPEC,
		    USDHC_VEND_SPEC_FIXED | (on ? VEND_SPEC_FRC_SDCLK_ON : 0u));
	if (!on && imx_wait(host->cfg.sys, host->cfg.base + ESDHC_PRSSTAT, still,
			    still, ESDHC_CLOCK_LIMIT_US) != TZVMM_OK) {
		tzvmm_log(host->cfg.sys, TZVMM_LOG_WARN,
			  "sd: the card's clock does not stop");
	}
}

static void esdhc_gate_clocks(struct imx_esdhc *host, bool on)
{
	if (esdhc_is_usdhc(host)) {
		esdhc_force_clock(host, on);
		return;
	}
	host->sysctl &= ~ESDHC_CLOCKS;
	host->sysctl |= on ? ESDHC_CLOCKS : 0u;
	esdhc_write(host, ESDHC_SYSCTL, host->sysctl);
}

enum tzvmm_status esdhc_set_clock(struct imx_esdhc *host, uint32_t max_hz)
{
	uint32_t divider = imx_esdhc_divider(host->cfg.root_hz, max_hz,
					     host->cfg.kind, &host->card_hz);
	enum tzvmm_status st;

	esdhc_gate_clocks(host, false);
	host->sysctl = (host->sysctl & ~SYSCTL_DIVIDER) | divider;
	esdhc_write(host, ESDHC_SYSCTL, host->sysctl);
	st = imx_wait(host->cfg.sys, host->cfg.base + ESDHC_PRSSTAT, PRSSTAT_SDSTB,
		      PRSSTAT_SDSTB, ESDHC_CLOCK_LIMIT_US);
	esdhc_gate_clocks(host, true);
	return st;
}

void esdhc_set_lines(struct imx_esdhc *host, unsigned nr_lines)
{
	host->nr_lines = nr_lines;
	host->proctl = PROCTL_LITTLE_ENDIAN | PROCTL_ADMA2 |
		       (esdhc_is_usdhc(host) ? USDHC_PROCTL_FIXED : 0u);
	if (nr_lines != 1u) {
		host->proctl |= nr_lines == 8u ? PROCTL_8_BIT : PROCTL_4_BIT;
	}
	esdhc_write(host, ESDHC_PROCTL, host->proctl);
}

/* One block to the scratch area. */
static void esdhc_prepare_read(const struct imx_esdhc *host, uint32_t len)
{
	struct imx_esdhc_desc *desc = host->cfg.table;

	desc->control = ADMA_LEN(len) | ADMA_TRANSFER | ADMA_END | ADMA_VALID;
	desc->addr = tzvmm_dma_addr(esdhc_scratch(host));
	tzvmm_dma_to_device(desc, sizeof(*desc));
	tzvmm_dma_before_device_writes(esdhc_scratch(host), len);
	esdhc_write(host, ESDHC_ADSADDR, tzvmm_dma_addr(desc));
	esdhc_write(host, ESDHC_BLKATTR, BLKATTR_SIZE(len) | BLKATTR_COUNT(1));
}

/* Wait for bits of IRQSTAT; an error among them wins. */
static enum tzvmm_status esdhc_await(const struct imx_esdhc *host, uint32_t bits)
{
	uint32_t seen;
	enum tzvmm_status st =
		imx_wait_any(host->cfg.sys, host->cfg.base + ESDHC_IRQSTAT,
			     bits | IRQ_ERRORS, ESDHC_COMMAND_LIMIT_US, &seen);

	if (st != TZVMM_OK || (seen & IRQ_ERRORS) == 0u) {
		return st;
	}
	return (seen & (IRQ_CTOE | IRQ_DTOE)) != 0u ? TZVMM_E_TIMEOUT : TZVMM_E_IO;
}

enum tzvmm_status esdhc_run(const struct imx_esdhc *host, struct esdhc_command *cmd)
{
	const struct tzvmm_sys *sys = host->cfg.sys;
	const uintptr_t prsstat = host->cfg.base + ESDHC_PRSSTAT;
	uint32_t xfertyp = XFERTYP_CMDINX(cmd->index) | cmd->flags;
	enum tzvmm_status st = imx_wait(sys, prsstat, PRSSTAT_CIHB | PRSSTAT_CDIHB,
					0, ESDHC_COMMAND_LIMIT_US);

	if (st != TZVMM_OK) {
		return st;
	}
	if (cmd->data_len != 0u) {
		esdhc_prepare_read(host, cmd->data_len);
		xfertyp |= XFERTYP_DPSEL | XFERTYP_DTDSEL | XFERTYP_DMAEN;
	}
	esdhc_issue(host, xfertyp, cmd->arg);
	st = esdhc_await(host, IRQ_CC);
	for (unsigned n = 0; n < 4; n++) {
		cmd->rsp[n] = esdhc_read(host, ESDHC_CMDRSP(n));
	}
	if (st == TZVMM_OK && cmd->data_len != 0u) {
		st = esdhc_await(host, IRQ_TC);
		tzvmm_dma_after_device_wrote(esdhc_scratch(host), cmd->data_len);
	}
	if (st == TZVMM_OK && (cmd->flags & XFERTYP_RSP_MASK) == XFERTYP_RSP_48_BUSY) {
		st = imx_wait(sys, prsstat, PRSSTAT_DAT0, PRSSTAT_DAT0,
			      ESDHC_BUSY_LIMIT_US);
	}
	if (st != TZVMM_OK) {
		/* After an error the inhibit bits stay until a reset, and a reset
		 * of the data line may lose the bus width [LX esdhc_writeb_le]. */
		enum tzvmm_status reset =
			esdhc_reset(host, SYSCTL_RSTC | SYSCTL_RSTD);

		esdhc_write(host, ESDHC_PROCTL, host->proctl);
		return reset != TZVMM_OK ? TZVMM_E_IO : st;
	}
	return TZVMM_OK;
}

enum tzvmm_status esdhc_command(const struct imx_esdhc *host, uint32_t index,
				uint32_t arg, uint32_t flags, uint32_t *rsp)
{
	struct esdhc_command cmd = { .index = index, .arg = arg, .flags = flags };
	enum tzvmm_status st = esdhc_run(host, &cmd);

	if (rsp != NULL) {
		*rsp = cmd.rsp[0];
	}
	return st;
}

/* Say in words why there is no disk. */
enum tzvmm_status esdhc_refuse(const struct imx_esdhc *host, enum tzvmm_status st,
			       const char *why)
{
	tzvmm_log(host->cfg.sys, TZVMM_LOG_ERROR, "sd: %s (%s)", why,
		  tzvmm_status_name(st));
	return st;
}
