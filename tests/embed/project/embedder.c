/* SPDX-License-Identifier: BSD-2-Clause */
/* The least that a secure OS has to write to run a VM with the library: two
 * services, an interrupt controller and a window of guest RAM. */
#include <stdio.h>

#include <tzvmm/psci.h>
#include <tzvmm/vm.h>

static uint8_t ram[4096];

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return 0;
}

static void say(void *ctx, enum tzvmm_log_level level, const char *text, size_t len)
{
	(void)ctx;
	(void)level;
	printf("%.*s\n", (int)len, text);
}

static bool is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	return line == 1u;
}

static void set_level(void *ctx, uint32_t line, bool level)
{
	(void)ctx;
	printf("line %u %s\n", (unsigned)line, level ? "up" : "down");
}

static const struct tzvmm_sys_ops sys_ops = { now_us, say };
static const struct tzvmm_sys sys = { &sys_ops, NULL };
static const struct tzvmm_irqchip_ops chip_ops = { .is_guest = is_guest,
						   .set_level = set_level };
static const struct tzvmm_irqchip chip = { &chip_ops, NULL, 2 };
static const struct tzvmm_window window = { 0x1000, sizeof(ram), ram };
static const struct tzvmm_port port = {
	.abi = TZVMM_PORT_ABI,
	.name = "host",
	.sys = &sys,
	.irqchip = &chip,
	.ram = { &window, 1 },
};

int main(void)
{
	uint32_t regs[8] = { TZVMM_PSCI_VERSION };
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_SMC, .smc = regs };
	struct tzvmm_vm vm;

	if (tzvmm_vm_init(&vm, &port, NULL, 0) != TZVMM_OK) {
		return 1;
	}
	if (tzvmm_vm_exit(&vm, &exit) != TZVMM_RESUME || regs[0] != TZVMM_PSCI_1_1) {
		return 2;
	}
	return tzvmm_vm_stats(&vm)->exits[TZVMM_EXIT_SMC] == 1u ? 0 : 3;
}
