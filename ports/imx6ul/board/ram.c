/* SPDX-License-Identifier: BSD-2-Clause */
/* Secure RAM: hidden from the normal world, and seen to be. */
#include <armv7a/cache.h>
#include <armv7a/probe.h>
#include <board.h>
#include <imx6ul/board/card.h>
#include <imx6ul/tzasc.h>

#define BANK(base, len)                                                            \
	{                                                                          \
		(base), (len)                                                      \
	}

static const struct imx6ul_tzasc_bank guest[] = { BOARD_GUEST_BANKS(BANK) };

/* First and last word of each piece. */
static bool is_hidden(void)
{
	static const struct imx6ul_tzasc_bank secure[] = { BOARD_SECURE_BANKS(BANK) };
	uint32_t value;

	for (size_t i = 0; i < BOARD_NR_SECURE_BANKS; i++) {
		const uint32_t last = secure[i].base + (secure[i].len - 4u);

		if (armv7a_probe_read(secure[i].base, true, &value) ||
		    armv7a_probe_read(last, true, &value)) {
			return false;
		}
	}
	return true;
}

const char *board_ram_protect(void)
{
	static const struct imx6ul_tzasc tzasc = { BOARD_TZASC_BASE, BOARD_GPR_BASE };

	switch (imx6ul_tzasc_protect(&tzasc, guest, BOARD_NR_GUEST_BANKS)) {
	case TZVMM_OK:
		break;
	case TZVMM_E_UNSUPP:
		return board_unenforced("TZASC",
					"TZASC: the loader left it bypassed");
	case TZVMM_E_INVAL:
		return "TZASC: the guest's memory needs more regions";
	default:
		return "TZASC: the regions do not hold";
	}
	armv7a_dcache_flush_all();
	return is_hidden() ? NULL : "TZASC: the normal world reaches secure RAM";
}
