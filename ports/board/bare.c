/* SPDX-License-Identifier: BSD-2-Clause */
/* For boards that have neither pins for the guest nor a bus master that it drives. */
#include <board.h>

const struct tzvmm_gpio_line *const board_gpio_lines = NULL;
const size_t board_nr_gpio_lines = 0;

const char *board_gpio_start(void)
{
	return NULL;
}

const char *board_masters_stop(void)
{
	return NULL;
}
