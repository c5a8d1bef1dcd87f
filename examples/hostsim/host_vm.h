/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_HOST_VM_H
#define TZVMM_HOST_VM_H

/** @file
 * A whole secure world in a process: a VM with guest RAM, a console on standard
 * output, a virtio disk on any block device, a virtio console with a terminal and a
 * channel that echoes, and entropy by calls and as a device if there is a source.
 * All that an embedding OS has to plug together is in host_vm.c. */

#include <tzvmm/hypercall.h>
#include <tzvmm/virtio_blk.h>
#include <tzvmm/virtio_console.h>
#include <tzvmm/virtio_rng.h>
#include <tzvmm/vm.h>

#define HOST_VM_RAM 0x78000000u     /**< Where the guest sees its RAM. */
#define HOST_VM_RAM_LEN 0x00100000u /**< Bytes of it. */
#define HOST_VM_LINE_CONSOLE 109u   /**< The console's line. */
#define HOST_VM_LINE_DISK 110u      /**< The disk's line. */
#define HOST_VM_LINE_PORTS 111u     /**< The virtio console's line. */
#define HOST_VM_LINE_ENTROPY 112u   /**< The entropy device's line. */
/** Device 0's line for used buffers by edge, which the guest ends by lowering
 * level[]; one more for each device. */
#define HOST_VM_LINE_EDGES 118u
#define HOST_VM_NR_LINES 128u /**< Lines of the controller. */

/** @cond PRIVATE */
#define HOST_VM_NR_REQS 8u
#define HOST_VM_NR_SG 34u
#define HOST_VM_NR_DEVICES 3u
/** @endcond */

/** A machine. */
struct host_vm {
	struct tzvmm_vm vm;           /**< The VM. */
	struct tzvmm_virtio_blk disk; /**< Its disk, device 0. */
	struct tzvmm_vcon vcon;       /**< Its virtio console, device 1. */
	struct tzvmm_virtio_rng rng; /**< Entropy, device 2; if there is a source. */
	uint8_t *ram;                /**< The guest's RAM as the host sees it. */
	bool level[HOST_VM_NR_LINES]; /**< Interrupt lines at the controller. */
	bool quiet;                   /**< Print nothing. */
	enum tzvmm_action action;     /**< What the last exit asked for. */
	/** @cond PRIVATE */
	struct tzvmm_sys sys;
	struct tzvmm_irqchip chip;
	struct tzvmm_window window;
	struct tzvmm_port port;
	struct tzvmm_sink sink;
	struct tzvmm_mux mux;
	struct tzvmm_mux_source source;
	struct tzvmm_input input;
	struct tzvmm_smc_console console;
	struct tzvmm_console_guest terminal;
	struct tzvmm_vcon_port_config ports[2];
	uint8_t echo[256];
	size_t echo_len;
	struct tzvmm_virtio *devices[HOST_VM_NR_DEVICES];
	struct tzvmm_hypercalls calls;
	struct tzvmm_smc_service service;
	struct tzvmm_virtio_blk_req reqs[HOST_VM_NR_REQS];
	struct tzvmm_sg sg[HOST_VM_NR_REQS * HOST_VM_NR_SG];
	char ring[TZVMM_MUX_MIN_RING];
	uint8_t keys[64];
	/** @endcond */
};

/** Build a machine.
 * @param host    Caller's memory; must not move.
 * @param ram     HOST_VM_RAM_LEN bytes, page-aligned.
 * @param dev     What the disk shows.
 * @param entropy Where entropy comes from, or NULL.
 * @return Whether all of it fits together. */
bool host_vm_init(struct host_vm *host, void *ram, const struct tzvmm_blkdev *dev,
		  const struct tzvmm_entropy *entropy);

/** The guest executes SMC.
 * @param host Machine. @param regs Its r0 .. r7. */
void host_vm_smc(struct host_vm *host, uint32_t *regs);

/** Somebody types.
 * @param host Machine. @param text Ends with NUL. */
void host_vm_type(struct host_vm *host, const char *text);

/** The disk's interrupt was served: go on with what it completed, and look at the
 * other devices.
 * @param host Machine. */
void host_vm_run(struct host_vm *host);

#endif /* TZVMM_HOST_VM_H */
