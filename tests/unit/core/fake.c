/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/port/dma.h>

#include "fake.h"

const void *fake_cleaned;
size_t fake_nr_cleaned;

void tzvmm_dma_to_device(const void *va, size_t len)
{
	(void)len;
	fake_cleaned = va;
	fake_nr_cleaned++;
}

static uint64_t now_us(void *ctx)
{
	return ((struct fake *)ctx)->now_us;
}

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	struct fake *fake = ctx;

	fake->nr_lines_logged++;
	fake->last_level = level;
	memcpy(fake->last_line, text, len);
	fake->last_line[len] = '\0';
}

static bool is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	return line != FAKE_SECURE_LINE;
}

static void set_level(void *ctx, uint32_t line, bool level)
{
	struct fake *fake = ctx;

	fake->level[line] = level;
	fake->nr_set_level++;
}

static void pulse(void *ctx, uint32_t line)
{
	struct fake *fake = ctx;

	fake->level[line] = true;
	fake->nr_pulses++;
}

static const struct tzvmm_sys_ops sys_ops = { .now_us = now_us, .log = log_line };
static const struct tzvmm_irqchip_ops chip_ops = { .is_guest = is_guest,
						   .set_level = set_level,
						   .pulse = pulse };

void fake_init(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->sys = (struct tzvmm_sys){ .ops = &sys_ops, .ctx = fake };
	fake->chip = (struct tzvmm_irqchip){ .ops = &chip_ops,
					     .ctx = fake,
					     .nr_lines = 128 };
	fake->window = (struct tzvmm_window){ .ipa = FAKE_RAM_IPA,
					      .len = FAKE_RAM_LEN,
					      .va = fake->ram };
	fake->port = (struct tzvmm_port){
		.abi = TZVMM_PORT_ABI,
		.name = "fake",
		.sys = &fake->sys,
		.irqchip = &fake->chip,
		.ram = { .windows = &fake->window, .nr_windows = 1 },
	};
	fake_cleaned = NULL;
	fake_nr_cleaned = 0;
}
