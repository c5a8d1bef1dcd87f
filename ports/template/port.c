/* SPDX-License-Identifier: BSD-2-Clause */
/* For an OS or firmware of your own; a board of the demo's monitor is another thing
 * (docs/porting.md). Copy this folder, and fill in what is NULL or 0 in the order
 * in which template_port_ready() names it. */
#include <template/port.h>

#include <tzvmm/log.h>

/* Step 1. now_us: a counter that no guest can stop, in microseconds since any
 * start, which never goes back: the generic timer's will do. log: a line to a UART
 * that only the secure world has; it may drop the line, it may not wait. */
static const struct tzvmm_sys_ops sys_ops = {
	.now_us = NULL,
	.log = NULL,
};

static const struct tzvmm_sys sys = {
	.ops = &sys_ops,
	.ctx = NULL, /* handed to both: the registers' base, for example */
};

/* Step 2. is_guest: true for lines that the normal world owns and no device drives.
 * They need not be wired to anything. set_level: assert or negate such a line by
 * software. pulse: only where the guest itself can end what was asserted; otherwise
 * it stays NULL. */
static const struct tzvmm_irqchip_ops irqchip_ops = {
	.is_guest = NULL,
	.set_level = NULL,
	.pulse = NULL,
};

static const struct tzvmm_irqchip irqchip = {
	.ops = &irqchip_ops, .ctx = NULL, .nr_lines = 0, /* of the controller */
};

/* Step 3. The guest's RAM: where it sees it, where you see it. Mapped as normal
 * memory of the normal world (NS bit set), with the attributes that the guest uses,
 * or uncached. No secure memory may be in it: the library trusts this table. */
static const struct tzvmm_window ram = {
	.ipa = 0,
	.len = 0,
	.va = NULL,
};

const struct tzvmm_port template_port = {
	.abi = TZVMM_PORT_ABI,
	.name = "template",
	.sys = &sys,
	.irqchip = &irqchip,
	.ram = { &ram, 1 },
	.entropy = NULL, /* a source of random numbers, if the board has one */
};

bool template_port_ready(void (*say)(const char *line))
{
	char line[TZVMM_LOG_LINE];
	const char *why;
	enum tzvmm_status status = tzvmm_port_check(&template_port, &why);

	if (status != TZVMM_OK && say != NULL) {
		(void)tzvmm_format(line, sizeof(line),
				   "port %s: no guest is started: write %s (%s)",
				   template_port.name, why,
				   tzvmm_status_name(status));
		say(line);
	}
	return status == TZVMM_OK;
}
