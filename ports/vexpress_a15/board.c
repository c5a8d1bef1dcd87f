/* SPDX-License-Identifier: BSD-2-Clause */
/* What ports/board.h asks of a board, with blocks that most machines by Arm have. */
#include <arm/gtimer.h>
#include <arm/gtimer_hw.h>
#include <arm/pl011.h>
#include <arm/pl181.h>
#include <board.h>
#include <gic/irqs.h>
#include <tzvmm/log.h>
#include <tzvmm/port/mmio.h>

/* The motherboard's clocks for these two, as Linux's vexpress-v2m-rs1.dtsi has them. */
#define UART_HZ 24000000u
#define MCI_HZ 24000000u
#define BAUD 115200u

/* Of the GIC: the distributor is where the manifest has it. */
#define GICC_BASE (BOARD_GIC_BASE + 0x1000u)
#define IRQ_SECURE_TIMER 29u

/* Of the system registers: what carries a command to the board's controller. */
#define CFGDATA (BOARD_SYSREGS_BASE + 0xA0u)
#define CFGCTRL (BOARD_SYSREGS_BASE + 0xA4u)
#define CFGCTRL_START (1u << 31)
#define CFGCTRL_WRITE (1u << 30)
#define CFGCTRL_REBOOT (9u << 20)
#define REBOOT_LIMIT_US 1000000u

static struct pl011 uart;
static struct gtimer timer;
static struct pl181 card;

/* ---- Memory --------------------------------------------------------------- */

/* There is no firewall in front of anything here. */
const char *board_ram_protect(void)
{
	if (TZVMM_UNENFORCED == 0) {
		return "this machine cannot close secure memory and devices";
	}
	tzvmm_log(&platform_sys, TZVMM_LOG_WARN,
		  "no firewall: nothing is closed to the guest");
	return NULL;
}

/* ---- Time ----------------------------------------------------------------- */

uint64_t board_now_us(void *ctx)
{
	(void)ctx;
	return gtimer_now_us(&timer);
}

/* The counter is wide enough, and no guest can set it. */
void board_clock_sync(void)
{
}

uint32_t board_clock_corrected(void)
{
	return 0;
}

/* The level stays until the timer is set anew or stopped. */
void board_alarm_set(uint32_t us)
{
	gtimer_alarm(&timer, us);
}

void board_timers_take(uint32_t us)
{
	board_alarm_set(us);
}

/* No watchdog: that of the CoreTile is not in QEMU. */
const char *board_watch(unsigned limit_s)
{
	(void)limit_s;
	return NULL;
}

/* ---- The serial line ------------------------------------------------------ */

size_t board_uart_write(const char *text, size_t len)
{
	return pl011_write(&uart, text, len);
}

void board_uart_notify_writable(bool on)
{
	pl011_notify_writable(&uart, on);
}

void board_uart_listen(void)
{
	static const struct pl011_events events = { platform_received,
						    platform_writable };

	pl011_listen(&uart, &events, NULL);
}

enum tzvmm_status board_uart_drain(uint32_t limit_us)
{
	return pl011_drain(&uart, limit_us);
}

/* ---- Interrupts ----------------------------------------------------------- */

static const struct gic_handler handlers[BOARD_NR_LINES] = {
	[IRQ_SECURE_TIMER] = { platform_tick, NULL },
	[BOARD_UART0_IRQ] = { pl011_irq, &uart },
};

/* ---- The card ------------------------------------------------------------- */

const char *board_card_start(const struct tzvmm_blkdev **dev)
{
	const struct pl181_config config = {
		.base = BOARD_MMCI_BASE,
		.sys = &platform_sys,
		.mclk_hz = MCI_HZ,
		.wake = platform_wake,
	};

	*dev = &card.dev;
	return pl181_init(&card, &config) == TZVMM_OK ? NULL : "card: cannot be used";
}

void board_card_tick(void)
{
	pl181_run(&card);
}

bool board_card_stalls(void)
{
	return false;
}

/* ---- Start and end -------------------------------------------------------- */

const char *board_start(void)
{
	if (gtimer_init(&timer, gtimer_hw_hz()) != TZVMM_OK) {
		return "CNTFRQ";
	}
	if (pl011_init(&uart, BOARD_UART0_BASE, &platform_sys, UART_HZ, BAUD) !=
	    TZVMM_OK) {
		return "UART0";
	}
	return NULL;
}

/* All but those of the secure world's devices: the others are all the guest's. */
static const uint32_t guest_lines[BOARD_NR_LINE_WORDS] = {
	~(1u << IRQ_SECURE_TIMER),
	~(1u << (BOARD_UART0_IRQ - 32u) | 3u << (BOARD_MMCI_IRQ - 32u)),
	UINT32_MAX,
	UINT32_MAX,
	UINT32_MAX,
};

const char *board_irqs_start(void)
{
	static const uint32_t nothing[BOARD_NR_LINE_WORDS];
	const struct gic_config config = {
		.dist = BOARD_GIC_BASE,
		.cpu = GICC_BASE,
		.nr_lines = BOARD_NR_LINES,
		.handlers = handlers,
	};

	if (gic_init(&board_gic, &config, nothing) != TZVMM_OK ||
	    gic_enable(&board_gic, IRQ_SECURE_TIMER) != TZVMM_OK ||
	    gic_enable(&board_gic, BOARD_UART0_IRQ) != TZVMM_OK) {
		return "GIC";
	}
	return NULL;
}

const char *board_protect(uint32_t profile)
{
	(void)profile;
	return gic_set_guest(&board_gic, guest_lines) == TZVMM_OK
		       ? NULL
		       : "GIC: the guest's lines do not hold";
}

void board_quiet(void)
{
	gtimer_stop();
	gic_let_guest(&board_gic, false);
	(void)!gic_disable(&board_gic, BOARD_UART0_IRQ);
}

enum tzvmm_status board_reset(void)
{
	const uint64_t start = board_now_us(NULL);

	tzvmm_mmio_write32(CFGDATA, 0);
	tzvmm_mmio_write32(CFGCTRL, CFGCTRL_START | CFGCTRL_WRITE | CFGCTRL_REBOOT);
	while (board_now_us(NULL) - start < REBOOT_LIMIT_US) {
	}
	return TZVMM_E_TIMEOUT;
}
