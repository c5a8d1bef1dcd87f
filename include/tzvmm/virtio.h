/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_VIRTIO_H
#define TZVMM_VIRTIO_H

/** @file
 * The register file of a virtio device, that of virtio-mmio version 2. Its
 * fronts (trapped accesses, later SMC calls) read and write registers; the
 * device behind it knows neither. */

#include <stdbool.h>
#include <stdint.h>

#include <tzvmm/abi/virtio.h>
#include <tzvmm/gmem.h>
#include <tzvmm/irq.h>
#include <tzvmm/log.h>
#include <tzvmm/mmio.h>
#include <tzvmm/port/port.h>
#include <tzvmm/status.h>
#include <tzvmm/virtqueue.h>

/** What a device does for the register file. The last two may be NULL. */
struct tzvmm_virtio_ops {
	/** There may be something in a queue: tzvmm_virtio_pop() looks. Called for
	 * live queues after DRIVER_OK only, also without cause. */
	void (*notify)(void *ctx, uint32_t queue);
	/** The queues have been stopped: forget what was taken from them. */
	void (*reset)(void *ctx);
	/** Whether a request of before the reset may still touch guest memory.
	 * The device stays in reset as long as that is so. */
	bool (*is_busy)(void *ctx);
	/** The driver's features have been accepted: tzvmm_virtio_has() tells
	 * which. The configuration that they give a meaning to can be set. */
	void (*accepted)(void *ctx);
	/** The driver writes its configuration: any offset from the start of it,
	 * 1, 2 or 4 bytes, any value. Returns whether that makes sense. Without
	 * it no write does. */
	bool (*write_config)(void *ctx, uint32_t offset, unsigned size,
			     uint32_t value);
};

/** A queue with the registers that place it. All zero to begin with. */
struct tzvmm_virtio_queue {
	/** @cond PRIVATE */
	struct tzvmm_virtqueue vq;
	struct tzvmm_vq_place place;
	bool due; /* notified, and not found empty since */

	/** @endcond */
};

/** What a device is. Constant, or alive as long as the device. */
struct tzvmm_virtio_device {
	const char *name;   /**< For logs. */
	uint32_t id;        /**< Kind of device [VIRTIO 5]. */
	uint32_t nr_queues; /**< At least 1. */
	uint32_t max_size;  /**< Largest queue size: a power of two up to
			     * TZVMM_VIRTQ_MAX_SIZE. */
	uint64_t features;  /**< Offered; VERSION_1 comes by itself. */
	struct tzvmm_virtio_queue *queues; /**< nr_queues of them. */
	const void *config;  /**< Configuration as the guest sees it; may be
			      * NULL when its length is 0. */
	uint32_t config_len; /**< Its bytes. The rest reads as zero. */
	const struct tzvmm_virtio_ops *ops; /**< What it does. */
	void *ctx;                          /**< Handed to ops. */
};

/** Where a device is plugged in. Everything is borrowed. */
struct tzvmm_virtio_bus {
	const struct tzvmm_gmem *mem; /**< The guest's RAM. */
	struct tzvmm_irqs *irqs;      /**< The guest's interrupts. */
	uint32_t line;                /**< The device's. */
	const struct tzvmm_sys *sys;  /**< For logs. */
	/** Another line of the device's, for used buffers by edge; 0: none. */
	uint32_t edge_line;
};

/** Counters of a device; they wrap. */
struct tzvmm_virtio_stats {
	uint32_t notifies;   /**< Writes to QUEUE_NOTIFY. */
	uint32_t interrupts; /**< Times the line went up, and edges. */
	uint32_t resets;     /**< Resets by the driver. */
	uint32_t refused;    /**< Accesses and settings that made no sense. */
	uint32_t broken;     /**< Queues broken by their driver. */
};

/** A register file. */
struct tzvmm_virtio {
	/** @cond PRIVATE */
	struct tzvmm_virtio_device dev;
	struct tzvmm_virtio_bus bus;
	struct tzvmm_virtio_stats stats;
	struct tzvmm_ratelimit limit;
	uint64_t guest_features; /* what the driver accepts; checked later */
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	uint32_t queue_sel;
	uint32_t status;
	uint32_t interrupts; /* TZVMM_VIRTIO_INT_x */
	uint32_t generation;
	bool in_reset; /* requested, but the device may still be busy */
	bool edges;    /* used buffers come by edge */

	/** @endcond */
};

/** The trapped front: an emulated region of TZVMM_VIRTIO_REGS_LEN bytes whose
 * context is a struct tzvmm_virtio. */
extern const struct tzvmm_mmio_ops tzvmm_virtio_mmio_ops;

/** Plug a device in.
 *
 * @param vio  Caller's memory.
 * @param dev  What the device is; copied.
 * @param bus  Where it goes; copied.
 * @retval TZVMM_OK       In reset, its line low.
 * @retval TZVMM_E_INVAL  A member is missing or out of range.
 * @retval TZVMM_E_DENIED A line belongs to the secure world.
 * @retval TZVMM_E_UNSUPP There is an edge line, but the controller has no edges. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_virtio_init(struct tzvmm_virtio *vio, const struct tzvmm_virtio_device *dev,
		  const struct tzvmm_virtio_bus *bus);

/** Read a register: what every front calls.
 *
 * @param vio    Device.
 * @param offset Of the register; any value.
 * @param size   Bytes: 1, 2 or 4. Registers below the configuration have 4.
 * @return Its value; 0 where there is none. */
uint32_t tzvmm_virtio_read(struct tzvmm_virtio *vio, uint32_t offset, unsigned size);

/** Write a register: what every front calls. A write that makes no sense is
 * counted and ignored.
 *
 * @param vio    Device.
 * @param offset Of the register; any value.
 * @param size   Bytes, as for tzvmm_virtio_read().
 * @param value  Any value. */
void tzvmm_virtio_write(struct tzvmm_virtio *vio, uint32_t offset, unsigned size,
			uint32_t value);

/** There may be something in a queue: a write to QUEUE_NOTIFY.
 *
 * @param vio   Device.
 * @param queue Any value. */
void tzvmm_virtio_notify(struct tzvmm_virtio *vio, uint32_t queue);

/** Say how the driver wants to hear of used buffers: by edges of the edge line,
 * which the guest ends at its interrupt controller, or by the level and interrupt
 * status as everything else. A reset switches edges off.
 *
 * @param vio Device.
 * @param on  true: by edges, from the next used buffer on. What is in the interrupt
 *            status stays there.
 * @retval TZVMM_OK       Switched.
 * @retval TZVMM_E_UNSUPP The device has no edge line. */
TZVMM_NODISCARD enum tzvmm_status tzvmm_virtio_set_edges(struct tzvmm_virtio *vio,
							 bool on);

/** Whether a device has an edge line.
 *
 * @param vio Device.
 * @return Whether tzvmm_virtio_set_edges() can be of use. */
static inline bool tzvmm_virtio_has_edges(const struct tzvmm_virtio *vio)
{
	return vio->bus.edge_line != 0u;
}

/** The device published used chains and the driver wants to know.
 *
 * @param vio Device. */
void tzvmm_virtio_used(struct tzvmm_virtio *vio);

/** The device's configuration has changed. To be called after the change, which
 * no guest access may interrupt.
 *
 * @param vio Device. */
void tzvmm_virtio_config_changed(struct tzvmm_virtio *vio);

/** Whether the driver is ready and no queue is broken: before that nothing may
 * be taken from a queue.
 *
 * @param vio Device.
 * @return Its state. */
static inline bool tzvmm_virtio_is_running(const struct tzvmm_virtio *vio)
{
	return (vio->status &
		(TZVMM_VIRTIO_S_DRIVER_OK | TZVMM_VIRTIO_S_NEEDS_RESET)) ==
	       TZVMM_VIRTIO_S_DRIVER_OK;
}

/** Whether a feature was agreed on.
 *
 * @param vio     Device.
 * @param feature One bit.
 * @return Whether the driver accepted it. */
static inline bool tzvmm_virtio_has(const struct tzvmm_virtio *vio, uint64_t feature)
{
	return (vio->guest_features & feature) != 0u;
}

/** A queue had nothing to take. tzvmm_virtio_pop() calls it.
 *
 * @param vio    Device.
 * @param queue  Index of the queue.
 * @param status What tzvmm_vq_pop() said. */
void tzvmm_virtio_drained(struct tzvmm_virtio *vio, uint32_t queue,
			  enum tzvmm_status status);

/** Take the next chain of a queue which the driver notified. A queue found empty is
 * not looked at before the next notification: a driver that goes away without a
 * reset, as Linux at kexec, has given its memory to others by then.
 *
 * @param vio    Device.
 * @param queue  Index of the queue.
 * @param sg     Where to put the pieces.
 * @param max_sg Places there.
 * @param chain  Filled in on success.
 * @return Whether there was a chain. A broken queue has been told to the driver. */
static inline bool tzvmm_virtio_pop(struct tzvmm_virtio *vio, uint32_t queue,
				    struct tzvmm_sg *sg, uint32_t max_sg,
				    struct tzvmm_vq_chain *chain)
{
	struct tzvmm_virtio_queue *from = &vio->dev.queues[queue];
	enum tzvmm_status st;

	if (!from->due) {
		return false;
	}
	st = tzvmm_vq_pop(&from->vq, sg, max_sg, chain);
	if (st != TZVMM_OK) {
		tzvmm_virtio_drained(vio, queue, st);
	}
	return st == TZVMM_OK;
}

/** What happened so far.
 *
 * @param vio Device.
 * @return Its counters. */
static inline const struct tzvmm_virtio_stats *
tzvmm_virtio_stats(const struct tzvmm_virtio *vio)
{
	return &vio->stats;
}

#endif /* TZVMM_VIRTIO_H */
