/* SPDX-License-Identifier: BSD-2-Clause */
#define _POSIX_C_SOURCE 200809L
#include "host_vm.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <tzvmm/smccc.h>

static uint64_t now_us(void *ctx)
{
	struct timespec now;

	(void)ctx;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void log_line(void *ctx, enum tzvmm_log_level level, const char *text,
		     size_t len)
{
	const struct host_vm *host = ctx;

	(void)level;
	if (!host->quiet) {
		(void)fprintf(stderr, "%.*s\n", (int)len, text);
	}
}

static bool is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	return (line >= HOST_VM_LINE_CONSOLE && line <= HOST_VM_LINE_ENTROPY) ||
	       (line >= HOST_VM_LINE_EDGES &&
		line < HOST_VM_LINE_EDGES + HOST_VM_NR_DEVICES);
}

static void set_level(void *ctx, uint32_t line, bool level)
{
	((struct host_vm *)ctx)->level[line] = level;
}

static void pulse(void *ctx, uint32_t line)
{
	set_level(ctx, line, true);
}

static size_t print(void *ctx, const char *text, size_t len)
{
	const struct host_vm *host = ctx;

	return host->quiet ? len : fwrite(text, 1, len, stdout);
}

static const struct tzvmm_sys_ops sys_ops = { now_us, log_line };
static const struct tzvmm_irqchip_ops chip_ops = { is_guest, set_level, pulse };
static const struct tzvmm_sink_ops sink_ops = { print };
static const struct tzvmm_mux_source_config source_config = { .name = "guest",
							      .guest = true };

static void make_port(struct host_vm *host, const struct tzvmm_entropy *entropy)
{
	host->sys = (struct tzvmm_sys){ &sys_ops, host };
	host->chip = (struct tzvmm_irqchip){ &chip_ops, host, HOST_VM_NR_LINES };
	host->sink = (struct tzvmm_sink){ &sink_ops, host };
	host->window =
		(struct tzvmm_window){ HOST_VM_RAM, HOST_VM_RAM_LEN, host->ram };
	host->port = (struct tzvmm_port){
		.abi = TZVMM_PORT_ABI,
		.name = "host",
		.sys = &host->sys,
		.irqchip = &host->chip,
		.ram = { &host->window, 1 },
		.entropy = entropy,
	};
}

static bool make_console(struct host_vm *host)
{
	return tzvmm_mux_init(&host->mux, &host->sys, &host->sink, host->ring,
			      sizeof(host->ring)) == TZVMM_OK &&
	       tzvmm_mux_add(&host->source, &host->mux, &source_config) == TZVMM_OK &&
	       tzvmm_input_init(&host->input, host->keys, sizeof(host->keys)) ==
		       TZVMM_OK &&
	       tzvmm_smc_console_init(&host->console, &host->source, &host->input,
				      tzvmm_vm_irqs(&host->vm),
				      HOST_VM_LINE_CONSOLE) == TZVMM_OK;
}

static bool make_disk(struct host_vm *host, const struct tzvmm_blkdev *dev)
{
	const struct tzvmm_virtio_blk_setup setup = {
		.name = "disk",
		.serial = "hostsim",
		.disk = dev,
		.bus = { &host->port.ram, tzvmm_vm_irqs(&host->vm),
			 HOST_VM_LINE_DISK, &host->sys, HOST_VM_LINE_EDGES },
		.queue_size = 64,
		.reqs = host->reqs,
		.nr_reqs = HOST_VM_NR_REQS,
		.sg = host->sg,
		.nr_sg = HOST_VM_NR_SG,
	};

	return tzvmm_virtio_blk_init(&host->disk, &setup) == TZVMM_OK;
}

/* The channel: what a program of the guest writes it can read again. */
static size_t echo_received(void *ctx, const uint8_t *bytes, size_t len)
{
	struct host_vm *host = ctx;
	const size_t room = sizeof(host->echo) - host->echo_len;
	const size_t taken = len < room ? len : room;

	memcpy(host->echo + host->echo_len, bytes, taken);
	host->echo_len += taken;
	return taken;
}

static size_t echo_send(void *ctx, uint8_t *bytes, size_t len)
{
	struct host_vm *host = ctx;
	const size_t nr = len < host->echo_len ? len : host->echo_len;

	memcpy(bytes, host->echo, nr);
	host->echo_len -= nr;
	memmove(host->echo, host->echo + nr, host->echo_len);
	return nr;
}

static void echo_opened(void *ctx, bool open)
{
	(void)open;
	((struct host_vm *)ctx)->echo_len = 0;
}

static const struct tzvmm_vcon_port_ops echo_ops = { echo_received, echo_send,
						     echo_opened };

static bool make_ports(struct host_vm *host)
{
	const struct tzvmm_virtio_bus bus = { &host->port.ram,
					      tzvmm_vm_irqs(&host->vm),
					      HOST_VM_LINE_PORTS, &host->sys,
					      HOST_VM_LINE_EDGES + 1u };

	host->terminal = (struct tzvmm_console_guest){ &host->source, &host->input };
	host->ports[0] = (struct tzvmm_vcon_port_config){ "terminal",
							  &tzvmm_vcon_terminal_ops,
							  &host->terminal };
	host->ports[1] = (struct tzvmm_vcon_port_config){ "echo", &echo_ops, host };
	return tzvmm_vcon_init(&host->vcon, host->ports, 2, &bus) == TZVMM_OK;
}

/* A machine without a source has no such device. */
static bool make_rng(struct host_vm *host)
{
	const struct tzvmm_virtio_bus bus = { &host->port.ram,
					      tzvmm_vm_irqs(&host->vm),
					      HOST_VM_LINE_ENTROPY, &host->sys,
					      HOST_VM_LINE_EDGES + 2u };

	return host->port.entropy == NULL ||
	       tzvmm_virtio_rng_init(&host->rng, host->port.entropy, &bus) ==
		       TZVMM_OK;
}

/* What the guest reaches by calls. */
static void make_calls(struct host_vm *host)
{
	const bool has_rng = host->port.entropy != NULL;

	host->devices[0] = tzvmm_virtio_blk_registers(&host->disk);
	host->devices[1] = &host->vcon.virtio;
	host->devices[2] = &host->rng.virtio;
	host->calls = (struct tzvmm_hypercalls){
		.devices = host->devices,
		.nr_devices = has_rng ? HOST_VM_NR_DEVICES : HOST_VM_NR_DEVICES - 1u,
		.console = &host->console,
	};
	host->service = (struct tzvmm_smc_service){ TZVMM_SMCCC_OWNER_HYP,
						    tzvmm_hypercall, &host->calls };
}

bool host_vm_init(struct host_vm *host, void *ram, const struct tzvmm_blkdev *dev,
		  const struct tzvmm_entropy *entropy)
{
	memset(host, 0, sizeof(*host));
	host->ram = ram;
	make_port(host, entropy);
	make_calls(host);
	return tzvmm_vm_init(&host->vm, &host->port, NULL, 0) == TZVMM_OK &&
	       tzvmm_vm_serve(&host->vm, &host->service, 1) == TZVMM_OK &&
	       make_console(host) && make_disk(host, dev) && make_ports(host) &&
	       make_rng(host);
}

void host_vm_smc(struct host_vm *host, uint32_t *regs)
{
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_SMC, .smc = regs };

	host->action = tzvmm_vm_exit(&host->vm, &exit);
	tzvmm_mux_tick(&host->mux);
}

void host_vm_type(struct host_vm *host, const char *text)
{
	(void)tzvmm_input_put(&host->input, (const uint8_t *)text, strlen(text));
	tzvmm_smc_console_poll(&host->console);
	tzvmm_irqs_flush(tzvmm_vm_irqs(&host->vm));
}

void host_vm_run(struct host_vm *host)
{
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_IRQ };

	tzvmm_virtio_blk_run(&host->disk);
	tzvmm_vcon_run(&host->vcon);
	if (host->port.entropy != NULL) {
		tzvmm_virtio_rng_run(&host->rng);
	}
	(void)tzvmm_vm_exit(&host->vm, &exit);
}
