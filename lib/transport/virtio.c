// SPDX-License-Identifier: BSD-2-Clause
/* The register file of a virtio device [VIRTIO 4.2.2, 3.1, 2.1]. */

#include <stddef.h>

#include <tzvmm/virtio.h>

/* "TZVM": no registry of vendors exists, drivers only show it. */
#define VENDOR_ID 0x4D565A54u

static const char *const fault_names[TZVMM_NR_VQ_FAULTS] = {
	[TZVMM_VQ_FINE] = "nothing",
	[TZVMM_VQ_BAD_AVAIL] = "available index too far ahead",
	[TZVMM_VQ_BAD_INDEX] = "descriptor index out of range",
	[TZVMM_VQ_BAD_MEMORY] = "descriptor outside of guest RAM or empty",
	[TZVMM_VQ_BAD_INDIRECT] = "bad indirect descriptor",
	[TZVMM_VQ_BAD_ORDER] = "readable descriptor after a writable one",
	[TZVMM_VQ_TOO_LONG] = "chain too long or looped",
};

static void refuse(struct tzvmm_virtio *vio, const char *what, uint32_t value)
{
	vio->stats.refused++;
	tzvmm_log_limited(vio->bus.sys, &vio->limit, TZVMM_LOG_WARN,
			  "%s: %s refused (0x%x)", vio->dev.name, what,
			  (unsigned)value);
}

/* The line follows the interrupt status. It was accepted at init, so driving it
 * cannot fail. */
static void set_interrupts(struct tzvmm_virtio *vio, uint32_t interrupts)
{
	const bool level = interrupts != 0u;

	if ((vio->interrupts != 0u) != level &&
	    tzvmm_irqs_set(vio->bus.irqs, vio->bus.line, level) == TZVMM_OK) {
		vio->stats.interrupts += level;
	}
	vio->interrupts = interrupts;
}

/* The selected queue, or NULL. QUEUE_SEL takes any value. */
static struct tzvmm_virtio_queue *selected(const struct tzvmm_virtio *vio)
{
	return vio->queue_sel < vio->dev.nr_queues ? &vio->dev.queues[vio->queue_sel]
						   : NULL;
}

/* ---- Status ------------------------------------------------------------- */

/* Whether a requested reset is still waiting for the device. */
static bool is_resetting(struct tzvmm_virtio *vio)
{
	if (vio->in_reset && !vio->dev.ops->is_busy(vio->dev.ctx)) {
		vio->in_reset = false;
	}
	return vio->in_reset;
}

static void reset(struct tzvmm_virtio *vio)
{
	for (uint32_t i = 0; i < vio->dev.nr_queues; i++) {
		vio->dev.queues[i] = (struct tzvmm_virtio_queue){ 0 };
	}
	vio->status = 0;
	vio->guest_features = 0;
	vio->device_features_sel = 0;
	vio->driver_features_sel = 0;
	vio->queue_sel = 0;
	vio->edges = false;
	vio->stats.resets++;
	set_interrupts(vio, 0);
	vio->in_reset = true;
	vio->dev.ops->reset(vio->dev.ctx);
}

static bool features_ok(const struct tzvmm_virtio *vio)
{
	return (vio->guest_features & ~vio->dev.features) == 0u &&
	       (vio->guest_features & TZVMM_VIRTIO_F_VERSION_1) != 0u;
}

static void notify(struct tzvmm_virtio *vio, uint32_t queue)
{
	if (queue < vio->dev.nr_queues && tzvmm_virtio_is_running(vio) &&
	    tzvmm_vq_is_live(&vio->dev.queues[queue].vq)) {
		vio->dev.queues[queue].due = true;
		vio->dev.ops->notify(vio->dev.ctx, queue);
	}
}

/* [VIRTIO 3.1.1] Chains may be queued before DRIVER_OK, notifications are not
 * heard before it. */
static void start(struct tzvmm_virtio *vio)
{
	for (uint32_t i = 0; i < vio->dev.nr_queues; i++) {
		notify(vio, i);
	}
}

static void accept_features(struct tzvmm_virtio *vio)
{
	vio->status |= TZVMM_VIRTIO_S_FEATURES_OK;
	if (vio->dev.ops->accepted != NULL) {
		vio->dev.ops->accepted(vio->dev.ctx);
	}
}

/* What the driver may set on top of what it set before. The order of
 * ACKNOWLEDGE and DRIVER protects the driver only and is not enforced. */
static void set_status(struct tzvmm_virtio *vio, uint32_t value)
{
	uint32_t added = value & ~vio->status;

	if (value == 0u) {
		reset(vio);
		return;
	}
	if (is_resetting(vio)) {
		refuse(vio, "status during a reset", value);
		return;
	}
	vio->status |= added & (TZVMM_VIRTIO_S_ACKNOWLEDGE | TZVMM_VIRTIO_S_DRIVER |
				TZVMM_VIRTIO_S_FAILED);
	if ((added & TZVMM_VIRTIO_S_FEATURES_OK) != 0u) {
		if (features_ok(vio)) {
			accept_features(vio);
		} else {
			refuse(vio, "FEATURES_OK", (uint32_t)vio->guest_features);
		}
	}
	if ((added & TZVMM_VIRTIO_S_DRIVER_OK) == 0u) {
		return;
	}
	if ((vio->status & TZVMM_VIRTIO_S_FEATURES_OK) == 0u) {
		refuse(vio, "DRIVER_OK before FEATURES_OK", value);
		return;
	}
	vio->status |= TZVMM_VIRTIO_S_DRIVER_OK;
	start(vio);
}

/* A device in reset shows that it is not ready for a driver: anything but 0
 * will do, and this bit is not the driver's, so one that does not wait but adds
 * its bits to what it reads adds them to 0. */
static uint32_t status(struct tzvmm_virtio *vio)
{
	return is_resetting(vio) ? TZVMM_VIRTIO_S_NEEDS_RESET : vio->status;
}

/* ---- Features and queues ------------------------------------------------ */

static uint32_t half(uint64_t bits, uint32_t sel)
{
	return sel > 1u ? 0u : (uint32_t)(bits >> (32u * sel));
}

static uint64_t with_half(uint64_t bits, uint32_t sel, uint32_t value)
{
	const unsigned shift = 32u * sel;

	return (bits & ~(0xFFFFFFFFull << shift)) | (uint64_t)value << shift;
}

static void set_driver_features(struct tzvmm_virtio *vio, uint32_t value)
{
	if ((vio->status & TZVMM_VIRTIO_S_FEATURES_OK) != 0u) {
		refuse(vio, "features after FEATURES_OK", value);
	} else if (vio->driver_features_sel <= 1u) {
		vio->guest_features = with_half(vio->guest_features,
						vio->driver_features_sel, value);
	} else if (value != 0u) {
		refuse(vio, "features beyond 63", value);
	}
}

/* A queue starts between FEATURES_OK and DRIVER_OK only. So nothing has been
 * taken from it, and what was taken in an earlier life is gone with the reset. */
static void set_queue_ready(struct tzvmm_virtio *vio,
			    struct tzvmm_virtio_queue *queue, uint32_t value)
{
	const uint32_t state = vio->status & (TZVMM_VIRTIO_S_FEATURES_OK |
					      TZVMM_VIRTIO_S_DRIVER_OK);

	if ((value & 1u) == 0u) {
		tzvmm_vq_stop(&queue->vq);
	} else if (state != TZVMM_VIRTIO_S_FEATURES_OK ||
		   tzvmm_vq_is_live(&queue->vq) ||
		   tzvmm_vq_start(&queue->vq, vio->bus.mem, &queue->place,
				  vio->dev.max_size,
				  vio->guest_features) != TZVMM_OK) {
		refuse(vio, "queue", vio->queue_sel);
	}
}

/* The registers of the selected queue; its place is looked at when it starts. */
static bool write_queue(struct tzvmm_virtio *vio, uint32_t offset, uint32_t value)
{
	struct tzvmm_virtio_queue *queue = selected(vio);
	const uint32_t sel = (offset >> 2) & 1u; /* the LOW or HIGH register */
	uint64_t *addr;

	if (queue == NULL) {
		return false;
	}
	switch (offset) {
	case TZVMM_VIRTIO_QUEUE_NUM:
		queue->place.guest_size = value;
		return true;
	case TZVMM_VIRTIO_QUEUE_READY:
		set_queue_ready(vio, queue, value);
		return true;
	case TZVMM_VIRTIO_QUEUE_DESC_LOW:
	case TZVMM_VIRTIO_QUEUE_DESC_HIGH:
		addr = &queue->place.guest_desc;
		break;
	case TZVMM_VIRTIO_QUEUE_DRIVER_LOW:
	case TZVMM_VIRTIO_QUEUE_DRIVER_HIGH:
		addr = &queue->place.guest_driver;
		break;
	case TZVMM_VIRTIO_QUEUE_DEVICE_LOW:
	case TZVMM_VIRTIO_QUEUE_DEVICE_HIGH:
		addr = &queue->place.guest_device;
		break;
	default:
		return false;
	}
	*addr = with_half(*addr, sel, value);
	return true;
}

void tzvmm_virtio_notify(struct tzvmm_virtio *vio, uint32_t queue)
{
	vio->stats.notifies++;
	notify(vio, queue);
}

/* ---- Registers ---------------------------------------------------------- */

/* The configuration is little-endian bytes of any layout. */
static uint32_t read_config(const struct tzvmm_virtio *vio, uint32_t offset,
			    unsigned size)
{
	const uint8_t *config = vio->dev.config;
	uint32_t value = 0;

	for (uint32_t i = 0; i < size && offset + i < vio->dev.config_len; i++) {
		value |= (uint32_t)config[offset + i] << (8u * i);
	}
	return value;
}

static void write_config(struct tzvmm_virtio *vio, uint32_t offset, unsigned size,
			 uint32_t value)
{
	const struct tzvmm_virtio_ops *ops = vio->dev.ops;

	if (ops->write_config == NULL ||
	    !ops->write_config(vio->dev.ctx, offset, size, value)) {
		refuse(vio, "configuration write", offset);
	}
}

static uint32_t read_register(struct tzvmm_virtio *vio, uint32_t offset)
{
	const struct tzvmm_virtio_queue *queue = selected(vio);

	switch (offset) {
	case TZVMM_VIRTIO_MAGIC:
		return TZVMM_VIRTIO_MAGIC_VALUE;
	case TZVMM_VIRTIO_VERSION:
		return TZVMM_VIRTIO_VERSION_VALUE;
	case TZVMM_VIRTIO_DEVICE_ID:
		return vio->dev.id;
	case TZVMM_VIRTIO_VENDOR_ID:
		return VENDOR_ID;
	case TZVMM_VIRTIO_DEVICE_FEATURES:
		return half(vio->dev.features, vio->device_features_sel);
	case TZVMM_VIRTIO_QUEUE_NUM_MAX:
		return queue == NULL ? 0u : vio->dev.max_size;
	case TZVMM_VIRTIO_QUEUE_READY:
		return queue != NULL && tzvmm_vq_is_live(&queue->vq);
	case TZVMM_VIRTIO_INTERRUPT_STATUS:
		return vio->interrupts;
	case TZVMM_VIRTIO_STATUS:
		return status(vio);
	case TZVMM_VIRTIO_SHM_LEN_LOW:
	case TZVMM_VIRTIO_SHM_LEN_HIGH:
	case TZVMM_VIRTIO_SHM_BASE_LOW:
	case TZVMM_VIRTIO_SHM_BASE_HIGH:
		return UINT32_MAX;
	case TZVMM_VIRTIO_CONFIG_GENERATION:
		return vio->generation;
	default:
		/* Write-only registers too. */
		return 0;
	}
}

static void write_register(struct tzvmm_virtio *vio, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case TZVMM_VIRTIO_DEVICE_FEATURES_SEL:
		vio->device_features_sel = value;
		break;
	case TZVMM_VIRTIO_DRIVER_FEATURES_SEL:
		vio->driver_features_sel = value;
		break;
	case TZVMM_VIRTIO_DRIVER_FEATURES:
		set_driver_features(vio, value);
		break;
	case TZVMM_VIRTIO_QUEUE_SEL:
		vio->queue_sel = value;
		break;
	case TZVMM_VIRTIO_QUEUE_NOTIFY:
		tzvmm_virtio_notify(vio, value);
		break;
	case TZVMM_VIRTIO_INTERRUPT_ACK:
		set_interrupts(vio, vio->interrupts & ~value);
		break;
	case TZVMM_VIRTIO_STATUS:
		set_status(vio, value);
		break;
	default:
		if (!write_queue(vio, offset, value)) {
			refuse(vio, "register write", offset);
		}
		break;
	}
}

uint32_t tzvmm_virtio_read(struct tzvmm_virtio *vio, uint32_t offset, unsigned size)
{
	if (offset >= TZVMM_VIRTIO_CONFIG) {
		return read_config(vio, offset - TZVMM_VIRTIO_CONFIG, size);
	}
	if (size != 4u) {
		refuse(vio, "narrow register read", offset);
		return 0;
	}
	return read_register(vio, offset);
}

void tzvmm_virtio_write(struct tzvmm_virtio *vio, uint32_t offset, unsigned size,
			uint32_t value)
{
	if (offset >= TZVMM_VIRTIO_CONFIG) {
		write_config(vio, offset - TZVMM_VIRTIO_CONFIG, size, value);
	} else if (size != 4u) {
		refuse(vio, "narrow register write", offset);
	} else {
		write_register(vio, offset, value);
	}
}

static enum tzvmm_status mmio_read(void *ctx, uint32_t offset, unsigned size,
				   uint32_t *value)
{
	*value = tzvmm_virtio_read(ctx, offset, size);
	return TZVMM_OK;
}

static enum tzvmm_status mmio_write(void *ctx, uint32_t offset, unsigned size,
				    uint32_t value)
{
	tzvmm_virtio_write(ctx, offset, size, value);
	return TZVMM_OK;
}

const struct tzvmm_mmio_ops tzvmm_virtio_mmio_ops = {
	.read = mmio_read,
	.write = mmio_write,
};

/* ---- The device's side -------------------------------------------------- */

static bool is_device(const struct tzvmm_virtio_device *dev)
{
	return dev->name != NULL && dev->queues != NULL && dev->nr_queues != 0u &&
	       dev->max_size != 0u && dev->max_size <= TZVMM_VIRTQ_MAX_SIZE &&
	       (dev->max_size & (dev->max_size - 1u)) == 0u &&
	       (dev->config != NULL || dev->config_len == 0u) &&
	       dev->config_len <= TZVMM_VIRTIO_REGS_LEN - TZVMM_VIRTIO_CONFIG &&
	       dev->ops != NULL && dev->ops->notify != NULL &&
	       dev->ops->reset != NULL && dev->ops->is_busy != NULL;
}

enum tzvmm_status tzvmm_virtio_init(struct tzvmm_virtio *vio,
				    const struct tzvmm_virtio_device *dev,
				    const struct tzvmm_virtio_bus *bus)
{
	enum tzvmm_status st;

	if (!is_device(dev) || bus->mem == NULL || bus->irqs == NULL ||
	    bus->sys == NULL) {
		return TZVMM_E_INVAL;
	}
	st = tzvmm_irqs_set(bus->irqs, bus->line, false);
	if (st == TZVMM_OK && bus->edge_line != 0u) {
		st = tzvmm_irqs_check_pulse(bus->irqs, bus->edge_line);
	}
	if (st != TZVMM_OK) {
		return st;
	}
	*vio = (struct tzvmm_virtio){ .dev = *dev, .bus = *bus };
	vio->dev.features |= TZVMM_VIRTIO_F_VERSION_1;
	for (uint32_t i = 0; i < dev->nr_queues; i++) {
		dev->queues[i] = (struct tzvmm_virtio_queue){ 0 };
	}
	return TZVMM_OK;
}

enum tzvmm_status tzvmm_virtio_set_edges(struct tzvmm_virtio *vio, bool on)
{
	if (!tzvmm_virtio_has_edges(vio)) {
		return TZVMM_E_UNSUPP;
	}
	vio->edges = on;
	return TZVMM_OK;
}

/* The edge line was accepted at init too. */
void tzvmm_virtio_used(struct tzvmm_virtio *vio)
{
	if (!vio->edges) {
		set_interrupts(vio, vio->interrupts | TZVMM_VIRTIO_INT_USED);
	} else if (tzvmm_irqs_pulse(vio->bus.irqs, vio->bus.edge_line) == TZVMM_OK) {
		vio->stats.interrupts++;
	}
}

/* [VIRTIO 2.1.2] Nothing is sent before DRIVER_OK. */
static void send_config_interrupt(struct tzvmm_virtio *vio)
{
	if ((vio->status & TZVMM_VIRTIO_S_DRIVER_OK) != 0u) {
		set_interrupts(vio, vio->interrupts | TZVMM_VIRTIO_INT_CONFIG);
	}
}

void tzvmm_virtio_config_changed(struct tzvmm_virtio *vio)
{
	vio->generation++;
	send_config_interrupt(vio);
}

/* Ask the driver for a reset, once, and tell why in the log. */
static void broken(struct tzvmm_virtio *vio, uint32_t queue)
{
	const enum tzvmm_vq_fault fault = tzvmm_vq_fault(&vio->dev.queues[queue].vq);

	if ((vio->status & TZVMM_VIRTIO_S_NEEDS_RESET) != 0u) {
		return;
	}
	vio->stats.broken++;
	tzvmm_log_limited(vio->bus.sys, &vio->limit, TZVMM_LOG_WARN,
			  "%s: queue %u broken by its driver: %s", vio->dev.name,
			  (unsigned)queue, fault_names[fault]);
	vio->status |= TZVMM_VIRTIO_S_NEEDS_RESET;
	send_config_interrupt(vio);
}

void tzvmm_virtio_drained(struct tzvmm_virtio *vio, uint32_t queue,
			  enum tzvmm_status status)
{
	vio->dev.queues[queue].due = false;
	if (status == TZVMM_E_GUEST) {
		broken(vio, queue);
	}
}
