/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <template/port.h>

static char said[128];

static void say(const char *line)
{
	(void)snprintf(said, sizeof(said), "%s", line);
}

static void it_starts_no_guest_and_says_what_to_write_first(void **state)
{
	(void)state;
	assert_false(template_port_ready(NULL));
	assert_false(template_port_ready(say));
	assert_non_null(strstr(said, "no guest is started: write sys.ops.now_us"));
}

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
	(void)text;
	(void)len;
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

/* Copies of the template's tables that can be filled in. */
struct copy {
	struct tzvmm_sys_ops sys_ops;
	struct tzvmm_irqchip_ops chip_ops;
	struct tzvmm_sys sys;
	struct tzvmm_irqchip chip;
	struct tzvmm_window ram;
	struct tzvmm_port port;
};

static void copy_template(struct copy *c)
{
	c->port = template_port;
	c->sys = *template_port.sys;
	c->chip = *template_port.irqchip;
	c->sys_ops = *c->sys.ops;
	c->chip_ops = *c->chip.ops;
	c->ram = *template_port.ram.windows;
	c->sys.ops = &c->sys_ops;
	c->chip.ops = &c->chip_ops;
	c->port.sys = &c->sys;
	c->port.irqchip = &c->chip;
	c->port.ram.windows = &c->ram;
}

static void assert_next(const struct copy *c, const char *name)
{
	const char *why;

	assert_int_not_equal(tzvmm_port_check(&c->port, &why), TZVMM_OK);
	assert_string_equal(why, name);
}

static void written_in_the_order_it_says_it_becomes_a_port(void **state)
{
	static uint8_t memory[64];
	const char *why;
	struct copy c;

	(void)state;
	copy_template(&c);
	assert_next(&c, "sys.ops.now_us");
	c.sys_ops.now_us = now_us;
	assert_next(&c, "sys.ops.log");
	c.sys_ops.log = log_line;
	assert_next(&c, "irqchip.ops.is_guest");
	c.chip_ops.is_guest = is_guest;
	assert_next(&c, "irqchip.ops.set_level");
	c.chip_ops.set_level = set_level;
	assert_next(&c, "irqchip.nr_lines");
	c.chip.nr_lines = 1;
	assert_next(&c, "ram.windows.len");
	c.ram.len = sizeof(memory);
	assert_next(&c, "ram.windows.va");
	c.ram.va = memory;
	assert_int_equal(tzvmm_port_check(&c.port, &why), TZVMM_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_starts_no_guest_and_says_what_to_write_first),
		cmocka_unit_test(written_in_the_order_it_says_it_becomes_a_port),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
