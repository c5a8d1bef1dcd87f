/* SPDX-License-Identifier: BSD-2-Clause */
#include "front_stock.h"

const char *front_stock_init(struct tzvmm_vm *vm, const struct tzvmm_port *port)
{
	(void)vm;
	(void)port;
	return "this board cannot trap accesses, which a stock guest needs";
}

void front_stock_poll(void)
{
}

void front_stock_print_status(struct tzvmm_mux_source *out)
{
	(void)out;
}
