/* SPDX-License-Identifier: BSD-2-Clause */
/* What a board with an i.MX6UL has besides what all i.MX have. */
#include <gic/irqs.h>
#include <imx/board/devices.h>
#include <imx/board/tables.h>
#include <imx6ul/board/card.h>
#include <tzvmm/log.h>

#define GIC_DIST (BOARD_GIC_BASE + 0x1000u)
#define GIC_CPU (BOARD_GIC_BASE + 0x2000u)

const struct imx6ul_clk board_clk = { BOARD_CCM_BASE, BOARD_ANATOP_BASE };

/* ---- Interrupts ----------------------------------------------------------- */

static const struct gic_handler handlers[BOARD_NR_LINES] = {
	[BOARD_USDHC2_IRQ] = { imx_esdhc_irq, &board_card },
	[BOARD_UART1_IRQ] = { imx_uart_irq, &board_uart },
	[BOARD_EPIT2_IRQ] = { platform_tick, NULL },
	[BOARD_WDOG1_IRQ] = { board_watchdog_irq, NULL },
};

enum tzvmm_status board_irq_enable(uint32_t line)
{
	return gic_enable(&board_gic, line);
}

/* ---- Start and end -------------------------------------------------------- */

const char *board_start(void)
{
	static const unsigned gates[] = {
		IMX6UL_GATE_GPIO1, IMX6UL_GATE_UART1, IMX6UL_GATE_EPIT1,
		IMX6UL_GATE_EPIT2, IMX6UL_GATE_WDOG1, IMX6UL_GATE_CSU,
	};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
		imx6ul_clk_open(&board_clk, gates[i]);
	}
	imx6ul_clk_stay_on(&board_clk);
	imx6ul_clk_use_osc(&board_clk);
	board_pads_init();
	return board_devices_start(IMX6UL_OSC_HZ, IMX6UL_OSC_HZ);
}

const char *board_irqs_start(void)
{
	static const struct gic_config config = { GIC_DIST, GIC_CPU, BOARD_NR_LINES,
						  handlers };
	static const uint32_t nothing[BOARD_NR_LINE_WORDS];

	if (gic_init(&board_gic, &config, nothing) != TZVMM_OK ||
	    board_irq_enable(BOARD_UART1_IRQ) != TZVMM_OK ||
	    board_irq_enable(BOARD_EPIT2_IRQ) != TZVMM_OK ||
	    board_irq_enable(BOARD_USDHC2_IRQ) != TZVMM_OK) {
		return "GIC";
	}
	return NULL;
}

/* On a chip every slot that is closed reads back as it was written. */
static const char *protect_devices(uint32_t profile)
{
	if (imx_csu_apply(BOARD_CSU_BASE, &board_csu_policy[profile]) == TZVMM_OK) {
		return NULL;
	}
	return board_unenforced("CSU", "CSU: the policy does not hold");
}

const char *board_protect(uint32_t profile)
{
	const char *failed = protect_devices(profile);

	if (failed == NULL &&
	    gic_set_guest(&board_gic, board_guest_lines[profile]) != TZVMM_OK) {
		failed = "GIC: the guest's lines do not hold";
	}
	return failed;
}

const char *board_unenforced(const char *what, const char *why)
{
	if (TZVMM_UNENFORCED == 0) {
		return why;
	}
	tzvmm_log(&platform_sys, TZVMM_LOG_WARN,
		  "%s: not in force, nothing is closed to the guest", what);
	return NULL;
}

void board_quiet(void)
{
	board_alarm_stop();
	gic_let_guest(&board_gic, false);
	(void)!gic_disable(&board_gic, BOARD_UART1_IRQ);
	(void)!gic_disable(&board_gic, BOARD_USDHC2_IRQ);
}
