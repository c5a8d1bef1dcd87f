/* SPDX-License-Identifier: BSD-2-Clause */
/* Secure RAM: hidden from the normal world, and seen to be. */
#include <armv7a/cache.h>
#include <armv7a/probe.h>
#include <board.h>
#include <imx53/alias.h>
#include <imx53/imx53.h>
#include <imx53/m4if.h>
#include <tzvmm/log.h>
#include <tzvmm/port/mmio.h>

/* The chip selects that the loader switched on (imx53.md 1.1). One that is off is
 * not tried: whether the bus answers there at all is UNKNOWN. */
#define ESDCTL_CTL IMX53_ESDCTL_BASE
#define CTL_SDE1 (1u << 30)

static const char *why(enum tzvmm_status status)
{
	switch (status) {
	case TZVMM_E_DENIED:
		return "the normal world reaches secure RAM";
	case TZVMM_E_RANGE:
		return "the guest's RAM is secure RAM";
	default:
		return "there is no RAM";
	}
}

static const char *explain(enum tzvmm_status status,
			   const struct imx53_alias_result *found)
{
	static char text[TZVMM_LOG_LINE];

	if (status != TZVMM_OK) {
		(void)tzvmm_format(text, sizeof(text), "DDR: %s at 0x%08lx",
				   why(status), (unsigned long)found->addr);
		return text;
	}
	if (found->nr == 0u) {
		tzvmm_log(&platform_sys, TZVMM_LOG_INFO,
			  "ram: secure RAM has no other address");
	} else {
		tzvmm_log(&platform_sys, TZVMM_LOG_INFO,
			  "ram: %u other addresses of secure RAM, from 0x%08lx, "
			  "refused to the guest",
			  (unsigned)found->nr, (unsigned long)found->addr);
	}
	return NULL;
}

#define BANK(base, len)                                                            \
	{                                                                          \
		(base), (len)                                                      \
	}

static const struct imx53_alias_bank secure[] = { BOARD_SECURE_BANKS(BANK) };
static const struct imx53_alias_bank guest[] = { BOARD_GUEST_BANKS(BANK) };

const char *board_ram_protect(void)
{
	static const struct imx53_alias_ops ops = { armv7a_probe_read,
						    armv7a_probe_write };
	const struct imx53_alias_memory memory = {
		.secure = secure,
		.nr_secure = BOARD_NR_SECURE_BANKS,
		.guest = guest,
		.nr_guest = BOARD_NR_GUEST_BANKS,
		.csd1 = (tzvmm_mmio_read32(ESDCTL_CTL) & CTL_SDE1) != 0u,
	};
	struct imx53_alias_result found;
	enum tzvmm_status status;
	uint32_t addr;

	for (unsigned i = 0; i < BOARD_NR_SECURE_BANKS; i++) {
		if (imx53_m4if_protect(IMX53_M4IF_BASE, secure[i].base,
				       secure[i].len) != TZVMM_OK) {
			return "M4IF: the watermark does not hold";
		}
	}
	armv7a_dcache_flush_all();
	status = imx53_alias_check(&ops, &memory, &found);
	armv7a_dcache_flush_all();
	/* The watermark noted what it refused; the next note is a guest's. */
	(void)imx53_m4if_take_violation(IMX53_M4IF_BASE, &addr);
	return explain(status, &found);
}
