/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IMX_ESDHC_REGS_H
#define IMX_ESDHC_REGS_H

/** @file
 * eSDHCv2 and v3 of i.MX5 (imx53.md 4.1), uSDHC of i.MX6 (imx6ul.md); not the
 * standard's layout. */

/** @cond PRIVATE */
#define ESDHC_BLKATTR 0x04u
#define BLKATTR_SIZE(n) ((uint32_t)(n) << 0)
#define BLKATTR_COUNT(n) ((uint32_t)(n) << 16)
#define ESDHC_CMDARG 0x08u
#define ESDHC_XFERTYP 0x0Cu /* mode and command in one: the write starts it */
#define XFERTYP_DMAEN (1u << 0)
#define XFERTYP_BCEN (1u << 1)
#define XFERTYP_AC12EN (1u << 2)
#define XFERTYP_DTDSEL (1u << 4) /* read */
#define XFERTYP_MSBSEL (1u << 5)
#define XFERTYP_RSP_NONE (0u << 16)
#define XFERTYP_RSP_136 (1u << 16)
#define XFERTYP_RSP_48 (2u << 16)
#define XFERTYP_RSP_48_BUSY (3u << 16)
#define XFERTYP_RSP_MASK (3u << 16)
#define XFERTYP_CCCEN (1u << 19)
#define XFERTYP_CICEN (1u << 20)
#define XFERTYP_DPSEL (1u << 21)
#define XFERTYP_ABORT (3u << 22)
#define XFERTYP_CMDINX(n) ((uint32_t)(n) << 24)
#define ESDHC_CMDRSP(n) (0x10u + 4u * (n))
#define ESDHC_PRSSTAT 0x24u
#define PRSSTAT_CIHB (1u << 0)
#define PRSSTAT_CDIHB (1u << 1)
#define PRSSTAT_DLA (1u << 2)
#define PRSSTAT_SDSTB (1u << 3)
#define PRSSTAT_SDOFF (1u << 7)
#define PRSSTAT_WTA (1u << 8)
#define PRSSTAT_RTA (1u << 9)
#define PRSSTAT_BWEN (1u << 10)
#define PRSSTAT_BREN (1u << 11)
#define PRSSTAT_CINS (1u << 16)
#define PRSSTAT_DAT0 (1u << 24)
#define ESDHC_PROCTL 0x28u
#define PROCTL_4_BIT (1u << 1)
#define PROCTL_8_BIT (2u << 1)
#define PROCTL_LITTLE_ENDIAN (2u << 4)
#define PROCTL_ADMA2 (2u << 8)
#define ESDHC_SYSCTL 0x2Cu
#define SYSCTL_IPGEN (1u << 0)
#define SYSCTL_HCKEN (1u << 1)
#define SYSCTL_PEREN (1u << 2)
#define SYSCTL_CKEN (1u << 3)
#define SYSCTL_DVS(n) ((uint32_t)(n) << 4)
#define SYSCTL_SDCLKFS(n) ((uint32_t)(n) << 8)
#define SYSCTL_DTOCV(n) ((uint32_t)(n) << 16)
#define SYSCTL_DIVIDER (0xFFFu << 4)
#define SYSCTL_RSTA (1u << 24)
#define SYSCTL_RSTC (1u << 25)
#define SYSCTL_RSTD (1u << 26)
#define SYSCTL_INITA (1u << 27)
#define ESDHC_IRQSTAT 0x30u /* w1c */
#define ESDHC_IRQSTATEN 0x34u
#define ESDHC_IRQSIGEN 0x38u
#define IRQ_CC (1u << 0)
#define IRQ_TC (1u << 1)
#define IRQ_CINS (1u << 6)
#define IRQ_CRM (1u << 7)
#define IRQ_CTOE (1u << 16)
#define IRQ_CCE (1u << 17)
#define IRQ_CEBE (1u << 18)
#define IRQ_CIE (1u << 19)
#define IRQ_DTOE (1u << 20)
#define IRQ_DCE (1u << 21)
#define IRQ_DEBE (1u << 22)
#define IRQ_AC12E (1u << 24)
#define IRQ_DMAE (1u << 28) /* the standard has it at 25 */
#define IRQ_ERRORS                                                                 \
	(IRQ_CTOE | IRQ_CCE | IRQ_CEBE | IRQ_CIE | IRQ_DTOE | IRQ_DCE | IRQ_DEBE | \
	 IRQ_AC12E | IRQ_DMAE)
#define ESDHC_WML 0x44u
#define WML_READ(words, burst) ((uint32_t)(words) << 0 | (uint32_t)(burst) << 8)
#define WML_WRITE(words, burst) ((uint32_t)(words) << 16 | (uint32_t)(burst) << 24)
#define ESDHC_ADSADDR 0x58u

/* uSDHC only, but for its first register. */
#define USDHC_AC12ERR 0x3Cu
#define USDHC_MIX_CTRL 0x48u
#define MIX_CTRL_MODE 0x3Fu /* what eSDHC has there in XFERTYP */
#define USDHC_DLL_CTRL 0x60u
#define USDHC_CLK_TUNE 0x68u
#define USDHC_VEND_SPEC 0xC0u
#define VEND_SPEC_FRC_SDCLK_ON (1u << 8)
#define USDHC_MMC_BOOT 0xC4u
/* Bits that are set after a reset and stay so: reserved ones, bursts of the bus, an
 * eMMC's reset line, the gates of the block's clocks. */
#define USDHC_PROCTL_FIXED 0x08800000u
#define USDHC_SYSCTL_FIXED 0x0080000Fu
#define USDHC_VEND_SPEC_FIXED 0x20007809u

/* ADMA2 descriptor. */
#define ADMA_VALID (1u << 0)
#define ADMA_END (1u << 1)
#define ADMA_TRANSFER (2u << 4)
#define ADMA_LEN(n) ((uint32_t)(n) << 16)
/** @endcond */

#endif /* IMX_ESDHC_REGS_H */
