/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include "semihost.h"

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return 0;
}

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	(void)ctx;
	(void)level;
	(void)len;
	semihost_print(text);
	semihost_print("\n");
}

static bool is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	(void)line;
	return true;
}

static void set_level(void *ctx, uint32_t line, bool level)
{
	(void)ctx;
	(void)line;
	(void)level;
}

static void pulse(void *ctx, uint32_t line)
{
	(void)ctx;
	(void)line;
}

static const struct tzvmm_sys_ops sys_ops = { now_us, log_line };
const struct tzvmm_sys machine_sys = { &sys_ops, NULL };
static const struct tzvmm_irqchip_ops chip_ops = { .is_guest = is_guest,
						   .set_level = set_level,
						   .pulse = pulse };
static const struct tzvmm_irqchip chip = { &chip_ops, NULL, 128 };
static const struct tzvmm_window ram[] = {
	{ GUEST_BASE, GUEST_LEN, (uint8_t *)GUEST_BASE }, /* one-to-one */
};
const struct tzvmm_port machine_port = {
	TZVMM_PORT_ABI, "none", &machine_sys, &chip, { ram, 1 }, NULL,
};
const struct armv7a_map machine_map[MACHINE_NR_MAP] = {
	{ 0x00100000, 0x00100000, ARMV7A_MAP_CODE },
	{ 0x00200000, 0x00E00000, ARMV7A_MAP_DATA },
	{ GUEST_BASE, GUEST_LEN, ARMV7A_MAP_GUEST },
};
