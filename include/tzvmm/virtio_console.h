/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_VIRTIO_CONSOLE_H
#define TZVMM_VIRTIO_CONSOLE_H

/** @file
 * A console device [VIRTIO 5.3] with several ports: the first one is a terminal,
 * the others are channels between programs of the guest and secure code. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tzvmm/abi/virtio.h>
#include <tzvmm/blk.h>
#include <tzvmm/console.h>
#include <tzvmm/virtio.h>

/** Most ports of a device. */
#define TZVMM_VCON_MAX_PORTS 4u
/** Largest queue. */
#define TZVMM_VCON_QUEUE 16u
/** Most pieces of a buffer. */
#define TZVMM_VCON_SG 4u
/** Bytes that one run takes or gives for a port; the rest is for the next run. */
#define TZVMM_VCON_BUDGET 4096u

/** The secure side of a port. All required; none may call the device. */
struct tzvmm_vcon_port_ops {
	/** The guest wrote. Returns how many of len bytes are taken; the rest is
	 * offered again in a later run. */
	size_t (*received)(void *ctx, const uint8_t *bytes, size_t len);
	/** The guest can read. Fills up to len bytes, returns how many. */
	size_t (*send)(void *ctx, uint8_t *bytes, size_t len);
	/** A program of the guest opened or closed the port. */
	void (*opened)(void *ctx, bool open);
};

/** What a port is. Constant. */
struct tzvmm_vcon_port_config {
	const char *name; /**< In /dev/virtio-ports; not NULL. */
	const struct tzvmm_vcon_port_ops *ops; /**< Required. */
	void *ctx;                             /**< Handed to ops. */
};

/** @cond PRIVATE */
struct tzvmm_vcon_buffer {
	struct tzvmm_sg sg[TZVMM_VCON_SG];
	struct tzvmm_vq_chain chain;
	uint32_t piece; /* where to go on */
	uint32_t done;  /* bytes of that piece */
	uint32_t total; /* bytes of all */
	bool held;
};

struct tzvmm_vcon_port {
	struct tzvmm_vcon_buffer in;  /* from the guest */
	struct tzvmm_vcon_buffer out; /* to the guest */
	uint8_t to_tell;              /* control messages, a bit each */
	bool ready;                   /* the guest has it */
	bool open;                    /* a program of the guest has it open */
};
/** @endcond */

/** A console device. */
struct tzvmm_vcon {
	/** @cond PRIVATE */
	struct tzvmm_virtio virtio;
	struct tzvmm_virtio_queue queues[2u * TZVMM_VCON_MAX_PORTS + 2u];
	struct tzvmm_vcon_port ports[TZVMM_VCON_MAX_PORTS];
	const struct tzvmm_vcon_port_config *config;
	uint32_t nr_ports;
	struct tzvmm_abi_virtio_console_config shown;

	/** @endcond */
};

/** The secure side of a terminal: a console's source and input. The context is a
 * struct tzvmm_console_guest. */
extern const struct tzvmm_vcon_port_ops tzvmm_vcon_terminal_ops;

/** Make a device.
 *
 * @param vcon     Caller's memory; must not move.
 * @param ports    What the ports are; the first one is the terminal. Borrowed.
 * @param nr_ports 1 .. TZVMM_VCON_MAX_PORTS.
 * @param bus      Where it is plugged in; copied.
 * @retval TZVMM_OK       In reset.
 * @retval TZVMM_E_INVAL  A member is missing or out of range.
 * @retval TZVMM_E_DENIED The line belongs to the secure world. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_vcon_init(struct tzvmm_vcon *vcon, const struct tzvmm_vcon_port_config *ports,
		uint32_t nr_ports, const struct tzvmm_virtio_bus *bus);

/** Look at all sides: secure code may have bytes, or room. To be called when that
 * may be so, and now and then; notifications by the guest do it themselves.
 *
 * @param vcon Device.
 * @note Time: at most TZVMM_VCON_BUDGET bytes a port and direction. */
void tzvmm_vcon_run(struct tzvmm_vcon *vcon);

#endif /* TZVMM_VIRTIO_CONSOLE_H */
