/* SPDX-License-Identifier: BSD-2-Clause */
/* What a board with an i.MX53 has besides what all i.MX have. */
#include <imx/board/devices.h>
#include <imx/board/tables.h>
#include <imx/usb.h>
#include <imx53/board/card.h>
#include <imx53/imx53.h>
#include <imx53/tzic.h>

_Static_assert(BOARD_NR_LINE_WORDS == IMX53_TZIC_NR_WORDS, "lines");

struct imx53_tzic board_tzic;

const struct imx53_clk board_clk = {
	.ccm = IMX53_CCM_BASE,
	.dpll = { IMX53_DPLL1_BASE, IMX53_DPLL2_BASE, IMX53_DPLL3_BASE,
		  IMX53_DPLL4_BASE },
	.sys = &platform_sys,
};

/* ---- Interrupts ----------------------------------------------------------- */

static const struct imx53_tzic_handler handlers[IMX53_TZIC_NR_LINES] = {
	[IMX53_IRQ_ESDHC1] = { imx_esdhc_irq, &board_card },
	[IMX53_IRQ_ESDHC2] = { imx_esdhc_irq, &board_card },
	[IMX53_IRQ_ESDHC3] = { imx_esdhc_irq, &board_card },
	[IMX53_IRQ_ESDHC4] = { imx_esdhc_irq, &board_card },
	[BOARD_UART1_IRQ] = { imx_uart_irq, &board_uart },
	[BOARD_EPIT2_IRQ] = { platform_tick, NULL },
	[BOARD_GPIO_IRQ_LOW] = { imx_gpio_bank_irq, &board_gpio },
	[BOARD_GPIO_IRQ_HIGH] = { imx_gpio_bank_irq, &board_gpio },
	[BOARD_WDOG1_IRQ] = { board_watchdog_irq, NULL },
};

const struct tzvmm_irqchip board_irqchip = {
	.ops = &imx53_tzic_irqchip_ops,
	.ctx = &board_tzic,
	.nr_lines = IMX53_TZIC_NR_LINES,
};

enum tzvmm_status board_irq_enable(uint32_t line)
{
	return imx53_tzic_enable(&board_tzic, line);
}

void board_irqs_serve(void)
{
	imx53_tzic_dispatch(&board_tzic);
}

void board_irqs_reset_guest(void)
{
	imx53_tzic_reset_guest(&board_tzic);
}

uint32_t board_irqs_pending(unsigned word)
{
	return imx53_tzic_guest_pending(&board_tzic, word);
}

/* ---- The guest's USB ------------------------------------------------------ */

#define NR_USB_CORES 4u

static const char *usb_start(void)
{
	if (BOARD_GUEST_USB && imx53_clk_set_usb(&board_clk) != TZVMM_OK) {
		return "USB: its clock does not settle";
	}
	return NULL;
}

const char *board_masters_stop(void)
{
	for (unsigned i = 0; BOARD_GUEST_USB && i < NR_USB_CORES; i++) {
		const uintptr_t base = IMX53_USBOH3_BASE + i * IMX_USB_CORE_LEN;

		if (imx_usb_stop(&platform_sys, base) != TZVMM_OK) {
			return "the guest's USB does not stop";
		}
	}
	return NULL;
}

/* ---- Start and end -------------------------------------------------------- */

static void open_gates(void)
{
	static const unsigned gates[] = {
		IMX53_GATE_TZIC,      IMX53_GATE_UART1_IPG, IMX53_GATE_UART1_PER,
		IMX53_GATE_EPIT1_IPG, IMX53_GATE_EPIT1_HF,  IMX53_GATE_EPIT2_IPG,
		IMX53_GATE_EPIT2_HF,
	};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
		imx53_clk_open(&board_clk, gates[i]);
	}
	imx53_clk_stay_on(&board_clk);
}

const char *board_start(void)
{
	const char *failed;

	board_pads_init();
	open_gates();
	failed = board_devices_start(imx53_clk_per(&board_clk),
				     imx53_clk_uart(&board_clk));
	return failed != NULL ? failed : usb_start();
}

const char *board_irqs_start(void)
{
	static const uint32_t nothing[IMX53_TZIC_NR_WORDS];

	if (imx53_tzic_init(&board_tzic, IMX53_TZIC_BASE, nothing, handlers) !=
		    TZVMM_OK ||
	    board_irq_enable(BOARD_UART1_IRQ) != TZVMM_OK ||
	    board_irq_enable(BOARD_EPIT2_IRQ) != TZVMM_OK) {
		return "TZIC";
	}
	return NULL;
}

const char *board_protect(uint32_t profile)
{
	if (imx_csu_apply(IMX53_CSU_BASE, &board_csu_policy[profile]) != TZVMM_OK) {
		return "CSU: the policy does not hold";
	}
	if (imx53_tzic_set_guest(&board_tzic, board_guest_lines[profile]) !=
	    TZVMM_OK) {
		return "TZIC: the guest's lines do not hold";
	}
	return NULL;
}

void board_quiet(void)
{
	board_alarm_stop();
	imx53_tzic_let_guest(&board_tzic, false);
	(void)!imx53_tzic_disable(&board_tzic, BOARD_UART1_IRQ);
	board_card_quiet();
}
