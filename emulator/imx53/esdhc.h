/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eSDHC: what its command half and its data half share.
 */
#ifndef IMX53_ESDHC_H
#define IMX53_ESDHC_H

#include "imx53.h"

#define XFERTYP_DMAEN (1u << 0)
#define XFERTYP_BCEN (1u << 1)
#define XFERTYP_AC12EN (1u << 2)
#define XFERTYP_DTDSEL (1u << 4) /* the card sends */
#define XFERTYP_MSBSEL (1u << 5)
#define XFERTYP_RSPTYP(x) ((x) >> 16 & 3)
#define XFERTYP_DPSEL (1u << 21)
#define XFERTYP_CMDTYP(x) ((x) >> 22 & 3)
#define XFERTYP_CMDINX(x) ((x) >> 24 & 0x3F)
#define RSPTYP_NONE 0
#define RSPTYP_136 1
#define RSPTYP_48_BUSY 3
#define CMDTYP_ABORT 3

#define PRSSTAT_CIHB (1u << 0)
#define PRSSTAT_CDIHB (1u << 1)
#define PRSSTAT_DLA (1u << 2)
#define PRSSTAT_SDSTB (1u << 3)
#define PRSSTAT_WTA (1u << 8)
#define PRSSTAT_RTA (1u << 9)
#define PRSSTAT_BWEN (1u << 10)
#define PRSSTAT_BREN (1u << 11)
#define PRSSTAT_CINS (1u << 16)
#define PRSSTAT_CDPL (1u << 18)
#define PRSSTAT_WPSPL (1u << 19)
#define PRSSTAT_CLSL (1u << 23)
#define PRSSTAT_DLSL (0xFFu << 24)
#define PRSSTAT_DAT0 (1u << 24)

#define PROCTL_DTW(x) ((x) >> 1 & 3)
#define PROCTL_DMAS(x) ((x) >> 8 & 3)
#define PROCTL_RESET 0x20u
#define DMAS_SIMPLE 0
#define DMAS_ADMA2 2

#define SYSCTL_CLOCKS 0x7u /* IPGEN, HCKEN, PEREN: all needed to run */
#define SYSCTL_DVS(x) ((x) >> 4 & 0xF)
#define SYSCTL_SDCLKFS(x) ((x) >> 8 & 0xFF)
#define SYSCTL_DIVIDER 0xFFF0u
#define SYSCTL_DTOCV(x) ((x) >> 16 & 0xF)
#define SYSCTL_RSTA (1u << 24)
#define SYSCTL_RSTC (1u << 25)
#define SYSCTL_RSTD (1u << 26)
#define SYSCTL_INITA (1u << 27)
#define SYSCTL_RESET 0x8008u

#define IRQ_CC (1u << 0)
#define IRQ_TC (1u << 1)
#define IRQ_DINT (1u << 3)
#define IRQ_BWR (1u << 4)
#define IRQ_BRR (1u << 5)
#define IRQ_CINS (1u << 6)
#define IRQ_CRM (1u << 7)
#define IRQ_CTOE (1u << 16)
#define IRQ_DTOE (1u << 20)
#define IRQ_DCE (1u << 21)
#define IRQ_DMAE (1u << 28)
#define IRQ_ALL 0x117F01FFu
#define IRQSTATEN_RESET 0x117F013Fu

#define ADMAES_FDS 1u
#define ADMAES_TFR 3u
#define ADMAES_LENGTH (1u << 2)
#define ADMAES_DESCRIPTOR (1u << 3)

#define WML_RESET 0x00100010u

enum data_state {
	DATA_IDLE,
	DATA_FAIL,	 /* an error is due at the deadline */
	DATA_DMA,	 /* a chunk is due at the deadline */
	DATA_PIO_FETCH,	 /* the card sends a block, due at the deadline */
	DATA_PIO_DRAIN,	 /* software reads the block */
	DATA_PIO_FILL,	 /* software writes a block */
	DATA_PIO_STORE,	 /* the card takes it, due at the deadline */
	DATA_BUSY,	 /* the card programs; TC when it is ready */
};

static inline int64_t esdhc_now(void)
{
	return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

/* esdhc.c */
bool esdhc_card_sends(Imx53EsdhcState *s);
bool esdhc_card_takes(Imx53EsdhcState *s);
unsigned esdhc_card_lines(const Imx53EsdhcState *s);
void esdhc_raise(Imx53EsdhcState *s, uint32_t bits);
uint64_t esdhc_card_hz(const Imx53EsdhcState *s);
void esdhc_send_stop(Imx53EsdhcState *s);
/* Give the card data; take some of it. */
void esdhc_store(Imx53EsdhcState *s, const void *data, uint32_t len);
void esdhc_load(Imx53EsdhcState *s, uint8_t *data, uint32_t len);

/* esdhc_data.c */
void esdhc_data_init(Imx53EsdhcState *s);
void esdhc_data_start(Imx53EsdhcState *s, uint32_t xfertyp);
void esdhc_data_abort(Imx53EsdhcState *s);
void esdhc_data_fail(Imx53EsdhcState *s, uint32_t bits);
void esdhc_data_retime(Imx53EsdhcState *s);
uint32_t esdhc_data_read_port(Imx53EsdhcState *s);
void esdhc_data_write_port(Imx53EsdhcState *s, uint32_t value);
/* The card is programming what it was sent. */
bool esdhc_card_busy(const Imx53EsdhcState *s);
/* It takes data, or erases, for so long, then it programs. */
void esdhc_busy_start(Imx53EsdhcState *s, bool raise_tc, int64_t data_ns);
void esdhc_drop_tail(Imx53EsdhcState *s, const char *why);

#endif
