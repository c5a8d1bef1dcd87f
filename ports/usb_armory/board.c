/* SPDX-License-Identifier: BSD-2-Clause */
#include <usb_armory/board.h>
#include <usb_armory/memory.h>

#include <imx/gpio.h>
#include <imx/gpio_regs.h>
#include <imx53/imx53.h>
#include <tzvmm/port/mmio.h>

const struct armv7a_map armory_map[] = {
	{ ARMORY_CODE_BASE, ARMV7A_SECTION, ARMV7A_MAP_CODE },
	{ ARMORY_DATA_BASE, ARMORY_DATA_LEN, ARMV7A_MAP_DATA },
	{ ARMORY_PACKAGE_BASE, ARMORY_PACKAGE_LEN, ARMV7A_MAP_DATA },
	{ ARMORY_POOL_BASE, ARMORY_POOL_LEN, ARMV7A_MAP_DATA },
	{ ARMORY_GUEST_BASE, ARMORY_GUEST_LEN, ARMV7A_MAP_GUEST },
	{ 0x0FF00000u, ARMV7A_SECTION, ARMV7A_MAP_DEVICE }, /* TZIC */
	{ 0x50000000u, ARMV7A_SECTION, ARMV7A_MAP_DEVICE }, /* eSDHC */
	{ 0x53F00000u, ARMV7A_SECTION, ARMV7A_MAP_DEVICE }, /* AIPSTZ1 */
	{ 0x63F00000u, ARMV7A_SECTION, ARMV7A_MAP_DEVICE }, /* AIPSTZ2 */
};
const size_t armory_nr_map = sizeof(armory_map) / sizeof(armory_map[0]);

const struct tzvmm_window armory_ram_window = {
	.ipa = ARMORY_GUEST_BASE,
	.len = ARMORY_GUEST_LEN,
	.va = (uint8_t *)ARMORY_GUEST_BASE,
};

#define LINE(n) (1u << (n) % 32u)

/* Secure: what the secure world's own devices drive (eSDHC, UART1, EPIT, the
 * banks GPIO3 and GPIO4) and what reports on security (SCC, SRTC's secure line,
 * RTIC, CSU, WDOG2). */
const uint32_t armory_guest_lines[IMX53_TZIC_NR_WORDS] = {
	~(LINE(1) | LINE(2) | LINE(3) | LINE(4) | LINE(15) | LINE(21) | LINE(22) |
	  LINE(23) | LINE(25) | LINE(26) | LINE(27) | LINE(31)),
	~(LINE(40) | LINE(41) | LINE(54) | LINE(55) | LINE(56) | LINE(57) | LINE(59)),
	~0u,
	~0u,
};

/* Everything else is closed: what the secure world uses, the windows of the virtual
 * devices, masters and engines of which the board makes no use, and every slot of
 * which nobody has published what is behind it (imx53.md 3.2): one of them may be
 * that of M4IF, whose watermark guards secure DDR. */

/* What the stock guest's kernel drives itself. Not the pads: by them and GPIO1, or
 * even by their pull-ups alone, a guest could talk to the card itself. And not I2C:
 * the CPU's supply is on it. */
static const struct imx53_csu_slave stock_slaves[] = {
	{ IMX53_CSU_GPIO1_2, IMX53_CSU_OPEN },
	{ IMX53_CSU_GPIO5_6, IMX53_CSU_OPEN },
	{ IMX53_CSU_GPIO7, IMX53_CSU_OPEN },
	{ IMX53_CSU_TIMERS, IMX53_CSU_OPEN },
	{ IMX53_CSU_AHBMAX_S0, IMX53_CSU_OPEN },
	{ IMX53_CSU_AHBMAX_S1, IMX53_CSU_OPEN },
	{ IMX53_CSU_AHBMAX_S2, IMX53_CSU_OPEN },
	{ IMX53_CSU_AHBMAX_M6, IMX53_CSU_OPEN },
	{ IMX53_CSU_POWER, IMX53_CSU_OPEN },
};

/* The paravirtual guest has its timer, and the two slots of the crossbar without
 * which the normal world reaches no peripheral at all. */
static const struct imx53_csu_slave paravirt_slaves[] = {
	{ IMX53_CSU_TIMERS, IMX53_CSU_OPEN },
	{ IMX53_CSU_AHBMAX_S2, IMX53_CSU_OPEN },
	{ IMX53_CSU_AHBMAX_M6, IMX53_CSU_OPEN },
};

static const struct imx53_csu_master masters[] = {
	{ IMX53_SA_ESDHC1, true }, /* its descriptors are in secure memory */
	{ IMX53_SA_ESDHC2, false }, { IMX53_SA_ESDHC3, false },
	{ IMX53_SA_ESDHC4, false }, { IMX53_SA_SDMA, false },
	{ IMX53_SA_GPU, false },    { IMX53_SA_USB, false },
	{ IMX53_SA_PATA, false },   { IMX53_SA_MLB, false },
	{ IMX53_SA_RTIC, false },   { IMX53_SA_FEC, false },
	{ IMX53_SA_DAP, false },
};

#define POLICY(rules)                                                               \
	{                                                                           \
		.slaves = (rules), .nr_slaves = sizeof(rules) / sizeof((rules)[0]), \
		.others = IMX53_CSU_SECURE, .masters = masters,                     \
		.nr_masters = sizeof(masters) / sizeof(masters[0]), .lock = true,   \
	}

const struct imx53_csu_policy armory_csu_policy[TZVMM_ABI_BOOTPKG_NR_PROFILES] = {
	[TZVMM_ABI_BOOTPKG_STOCK] = POLICY(stock_slaves),
	[TZVMM_ABI_BOOTPKG_PARAVIRT] = POLICY(paravirt_slaves),
};

/* GPIO4_27 sinks the LED's current: low is lit (imx53.md 5). No other pin of the
 * bank is an output, so the whole data register may be written. */
#define LED_PIN 27u

const struct armv7a_led armory_led = {
	.addr = IMX53_GPIO4_BASE + GPIO_DR,
	.guest = 1u << LED_PIN,
	.secure = 0,
};

/* A pad's registers in the IOMUXC and their values; imx53.md 5. */
struct pad {
	uint16_t mux, conf;
	uint16_t mode, value;
};

#define PAD_UART_LED 0x1E4u /* hysteresis, 100K pull-up, high drive */
#define PAD_SD 0x1D5u       /* hysteresis, 47K pull-up, high drive, fast slew */
#define SION 0x10u          /* input path on: the CMD line is read back */

static const struct pad pads[] = {
	{ 0x078, 0x3A4, 1, PAD_UART_LED }, /* DISP0_DAT6: GPIO4_27 */
	{ 0x0E8, 0x414, 2, PAD_UART_LED }, /* CSI0_DAT10: UART1 TXD */
	{ 0x0EC, 0x418, 2, PAD_UART_LED }, /* CSI0_DAT11: UART1 RXD */
	{ 0x2E4, 0x66C, 0, PAD_SD },       /* SD1_DATA0 */
	{ 0x2E8, 0x670, 0, PAD_SD },       /* SD1_DATA1 */
	{ 0x2EC, 0x674, SION, PAD_SD },    /* SD1_CMD */
	{ 0x2F0, 0x678, 0, PAD_SD },       /* SD1_DATA2 */
	{ 0x2F4, 0x67C, 0, PAD_SD },       /* SD1_CLK */
	{ 0x2F8, 0x680, 0, PAD_SD },       /* SD1_DATA3 */
};

#define UART1_RXD_SELECT_INPUT 0x878u

void armory_pads_init(void)
{
	imx_gpio_output(IMX53_GPIO4_BASE, LED_PIN, false);
	for (size_t i = 0; i < sizeof(pads) / sizeof(pads[0]); i++) {
		tzvmm_mmio_write32(IMX53_IOMUXC_BASE + pads[i].mux, pads[i].mode);
		tzvmm_mmio_write32(IMX53_IOMUXC_BASE + pads[i].conf, pads[i].value);
	}
	tzvmm_mmio_write32(IMX53_IOMUXC_BASE + UART1_RXD_SELECT_INPUT, 1);
}
