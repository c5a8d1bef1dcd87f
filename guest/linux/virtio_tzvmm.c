// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * virtio by secure monitor calls: a transport for devices of tzvmm, the
 * hypervisor in the secure world.
 *
 * A device has the registers of virtio-mmio version 2. They are not in memory,
 * though; a call reads or writes one. Notification is a call of its own, and so
 * is taking the causes of an interrupt, which lowers its line. Used buffers take no
 * call if the hypervisor announces them by edges, on an interrupt of their own.
 */

#include <linux/interrupt.h>
#include <linux/iopoll.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>

#include "tzvmm.h"

/* Value of the magic register, "virt", and the layout of the registers. */
#define REGS_MAGIC 0x74726976
#define REGS_VERSION 2

/* A reset waits for what the device has under way: a card may take its time. */
#define RESET_POLL_US 50
#define RESET_LIMIT_US (10 * USEC_PER_SEC)

struct tzvmm_virtio {
	struct virtio_device vdev;
	u32 device; /* number in calls */
	int irq;
	int used_irq; /* of used buffers by edge; not positive: none */
	bool has_irq; /* the handler is there */
	bool has_used_irq;
	bool wild; /* a reset did not end: the rings may still be written */
};

static struct tzvmm_virtio *to_tzvmm(struct virtio_device *vdev)
{
	return container_of(vdev, struct tzvmm_virtio, vdev);
}

/*
 * Registers. The probe has made sure that there is such a device, so a refusal
 * is about an offset that does not exist; 0 is read there.
 */

static void complain(struct tzvmm_virtio *vio, const char *what, u32 offset)
{
	dev_err_ratelimited(vio->vdev.dev.parent, "%s of register %#x refused\n",
			    what, offset);
}

static u32 read_sized(struct tzvmm_virtio *vio, u32 offset, u32 size)
{
	struct arm_smccc_res res;

	if (tzvmm_call(TZVMM_SMC_VIRTIO_READ, vio->device, offset, size, 0, &res)) {
		complain(vio, "read", offset);
		return 0;
	}
	return res.a1;
}

static void write_sized(struct tzvmm_virtio *vio, u32 offset, u32 size, u32 value)
{
	struct arm_smccc_res res;

	if (tzvmm_call(TZVMM_SMC_VIRTIO_WRITE, vio->device, offset, size, value, &res))
		complain(vio, "write", offset);
}

static u32 read_reg(struct tzvmm_virtio *vio, u32 offset)
{
	return read_sized(vio, offset, sizeof(u32));
}

static void write_reg(struct tzvmm_virtio *vio, u32 offset, u32 value)
{
	write_sized(vio, offset, sizeof(u32), value);
}

/* A guest's physical address goes to a pair of registers. */
static void write_address(struct tzvmm_virtio *vio, u32 low, u64 address)
{
	write_reg(vio, low, lower_32_bits(address));
	write_reg(vio, low + 4, upper_32_bits(address));
}

/*
 * Configuration. Fields of 1, 2 and 4 bytes take one access, longer numbers one
 * for each 4 bytes, and arrays are read by the byte [VIRTIO 4.2.2.2]. In buf the
 * bytes have the device's order.
 */

static u32 access_size(unsigned int offset, unsigned int len)
{
	if (len == 8 && offset % 4 == 0)
		return 4;
	return (len == 2 || len == 4) && offset % len == 0 ? len : 1;
}

static void tzvmm_get(struct virtio_device *vdev, unsigned int offset, void *buf,
		      unsigned int len)
{
	const u32 size = access_size(offset, len);
	const u32 first = VIRTIO_MMIO_CONFIG + offset;
	__le32 value;
	u32 i;

	for (i = 0; i < len; i += size) {
		value = cpu_to_le32(read_sized(to_tzvmm(vdev), first + i, size));
		memcpy(buf + i, &value, size);
	}
}

static void tzvmm_set(struct virtio_device *vdev, unsigned int offset,
		      const void *buf, unsigned int len)
{
	const u32 size = access_size(offset, len);
	const u32 first = VIRTIO_MMIO_CONFIG + offset;
	__le32 value;
	u32 i;

	for (i = 0; i < len; i += size) {
		value = 0;
		memcpy(&value, buf + i, size);
		write_sized(to_tzvmm(vdev), first + i, size, le32_to_cpu(value));
	}
}

static u32 tzvmm_generation(struct virtio_device *vdev)
{
	return read_reg(to_tzvmm(vdev), VIRTIO_MMIO_CONFIG_GENERATION);
}

/* Status and features. */

static u8 tzvmm_get_status(struct virtio_device *vdev)
{
	return read_reg(to_tzvmm(vdev), VIRTIO_MMIO_STATUS);
}

static void tzvmm_set_status(struct virtio_device *vdev, u8 status)
{
	/* 0 would be a reset, which has to be waited for. */
	if (!WARN_ON(!status))
		write_reg(to_tzvmm(vdev), VIRTIO_MMIO_STATUS, status);
}

static void tzvmm_synchronize_cbs(struct virtio_device *vdev)
{
	struct tzvmm_virtio *vio = to_tzvmm(vdev);

	if (vio->has_irq)
		synchronize_irq(vio->irq);
	if (vio->has_used_irq)
		synchronize_irq(vio->used_irq);
}

static void tzvmm_reset(struct virtio_device *vdev)
{
	struct tzvmm_virtio *vio = to_tzvmm(vdev);
	u8 status;

	write_reg(vio, VIRTIO_MMIO_STATUS, 0);
	vio->wild = read_poll_timeout(tzvmm_get_status, status, !status,
				      RESET_POLL_US, RESET_LIMIT_US, false, vdev);
	if (vio->wild)
		dev_err(vdev->dev.parent, "reset does not end, status %#x\n", status);
	/* No handler may still work on what the device did before. */
	tzvmm_synchronize_cbs(vdev);
}

static u32 read_features(struct tzvmm_virtio *vio, u32 half)
{
	write_reg(vio, VIRTIO_MMIO_DEVICE_FEATURES_SEL, half);
	return read_reg(vio, VIRTIO_MMIO_DEVICE_FEATURES);
}

static u64 tzvmm_get_features(struct virtio_device *vdev)
{
	struct tzvmm_virtio *vio = to_tzvmm(vdev);

	return (u64)read_features(vio, 1) << 32 | read_features(vio, 0);
}

static void write_features(struct tzvmm_virtio *vio, u32 half, u32 features)
{
	write_reg(vio, VIRTIO_MMIO_DRIVER_FEATURES_SEL, half);
	write_reg(vio, VIRTIO_MMIO_DRIVER_FEATURES, features);
}

static int tzvmm_finalize_features(struct virtio_device *vdev)
{
	struct tzvmm_virtio *vio = to_tzvmm(vdev);

	vring_transport_features(vdev);
	if (!__virtio_test_bit(vdev, VIRTIO_F_VERSION_1)) {
		dev_err(vdev->dev.parent, "the device is of the legacy kind\n");
		return -EINVAL;
	}
	write_features(vio, 1, upper_32_bits(vdev->features));
	write_features(vio, 0, lower_32_bits(vdev->features));
	return 0;
}

/* Queues. */

static bool tzvmm_notify(struct virtqueue *vq)
{
	struct arm_smccc_res res;

	return tzvmm_call(TZVMM_SMC_VIRTIO_NOTIFY, to_tzvmm(vq->vdev)->device,
			  vq->index, 0, 0, &res) == TZVMM_SMC_SUCCESS;
}

/* The list of queues does not change while the handlers are installed. */
static void serve_queues(struct tzvmm_virtio *vio, int irq)
{
	struct virtqueue *vq;

	list_for_each_entry(vq, &vio->vdev.vqs, list)
		vring_interrupt(irq, vq);
}

static int end_edge(int irq)
{
	return irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, false);
}

static irqreturn_t tzvmm_used(int irq, void *data)
{
	/* First: what is published after the queues were looked at has its own. */
	end_edge(irq);
	serve_queues(data, irq);
	return IRQ_HANDLED;
}

static irqreturn_t tzvmm_interrupt(int irq, void *data)
{
	struct tzvmm_virtio *vio = data;
	struct arm_smccc_res res;

	if (tzvmm_call(TZVMM_SMC_VIRTIO_INTERRUPT, vio->device, 0, 0, 0, &res) ||
	    !res.a1)
		return IRQ_NONE;
	if (res.a1 & VIRTIO_MMIO_INT_CONFIG)
		virtio_config_changed(&vio->vdev);
	if (res.a1 & VIRTIO_MMIO_INT_VRING)
		serve_queues(vio, irq);
	return IRQ_HANDLED;
}

#ifndef TZVMM_HAVE_VIRTQUEUE_INFO
/* As later kernels have it. */
struct virtqueue_info {
	const char *name; /* none: the queue is not used and has no number */
	vq_callback_t *callback;
	bool ctx;
};
#endif

static struct virtqueue *setup_queue(struct tzvmm_virtio *vio, unsigned int index,
				     const struct virtqueue_info *info)
{
	struct virtqueue *vq;
	u32 num;

	write_reg(vio, VIRTIO_MMIO_QUEUE_SEL, index);
	if (read_reg(vio, VIRTIO_MMIO_QUEUE_READY))
		return ERR_PTR(-EBUSY);
	num = read_reg(vio, VIRTIO_MMIO_QUEUE_NUM_MAX);
	if (!num)
		return ERR_PTR(-ENOENT);
	vq = vring_create_virtqueue(index, num, PAGE_SIZE, &vio->vdev, true, true,
				    info->ctx, tzvmm_notify, info->callback,
				    info->name);
	if (!vq)
		return ERR_PTR(-ENOMEM);
	vq->num_max = num;
	write_reg(vio, VIRTIO_MMIO_QUEUE_NUM, virtqueue_get_vring_size(vq));
	write_address(vio, VIRTIO_MMIO_QUEUE_DESC_LOW, virtqueue_get_desc_addr(vq));
	write_address(vio, VIRTIO_MMIO_QUEUE_AVAIL_LOW, virtqueue_get_avail_addr(vq));
	write_address(vio, VIRTIO_MMIO_QUEUE_USED_LOW, virtqueue_get_used_addr(vq));
	write_reg(vio, VIRTIO_MMIO_QUEUE_READY, 1);
	return vq;
}

static void delete_queue(struct tzvmm_virtio *vio, struct virtqueue *vq)
{
	write_reg(vio, VIRTIO_MMIO_QUEUE_SEL, vq->index);
	write_reg(vio, VIRTIO_MMIO_QUEUE_READY, 0);
	if (!vio->wild) {
		vring_del_virtqueue(vq);
		return;
	}
	/* Losing a ring is better than somebody else's memory being written. */
	dev_err(vio->vdev.dev.parent, "queue %u: its memory is not freed\n",
		vq->index);
	spin_lock_irq(&vio->vdev.vqs_list_lock);
	list_del(&vq->list);
	spin_unlock_irq(&vio->vdev.vqs_list_lock);
}

static void tzvmm_del_vqs(struct virtio_device *vdev)
{
	struct tzvmm_virtio *vio = to_tzvmm(vdev);
	struct virtqueue *vq, *next;

	if (vio->has_irq)
		free_irq(vio->irq, vio);
	if (vio->has_used_irq)
		free_irq(vio->used_irq, vio);
	vio->has_irq = false;
	vio->has_used_irq = false;
	list_for_each_entry_safe(vq, next, &vdev->vqs, list)
		delete_queue(vio, vq);
}

static int setup_irq(struct tzvmm_virtio *vio)
{
	int err = request_irq(vio->irq, tzvmm_interrupt, 0,
			      dev_name(&vio->vdev.dev), vio);

	vio->has_irq = !err;
	return err;
}

/* Used buffers by edge, until the next reset. What is missing for that, be it the
 * hypervisor's offer, the interrupt or a controller that ends it, is done without.
 */
static void setup_edges(struct tzvmm_virtio *vio)
{
	struct arm_smccc_res res;

	if (vio->used_irq <= 0 || !tzvmm_serves(TZVMM_SMC_HAS_EDGES) ||
	    end_edge(vio->used_irq) ||
	    request_irq(vio->used_irq, tzvmm_used, 0, dev_name(&vio->vdev.dev), vio))
		return;
	if (tzvmm_call(TZVMM_SMC_VIRTIO_EDGES, vio->device, 1, 0, 0, &res))
		free_irq(vio->used_irq, vio);
	else
		vio->has_used_irq = true;
}

static int find_queues(struct virtio_device *vdev, unsigned int nr,
		       struct virtqueue *vqs[], const struct virtqueue_info infos[])
{
	struct tzvmm_virtio *vio = to_tzvmm(vdev);
	unsigned int i, index = 0;
	int err = 0;

	for (i = 0; i < nr && !err; i++) {
		vqs[i] = infos[i].name ? setup_queue(vio, index++, &infos[i]) : NULL;
		err = PTR_ERR_OR_ZERO(vqs[i]);
	}
	if (!err)
		err = setup_irq(vio);
	if (err)
		tzvmm_del_vqs(vdev);
	else
		setup_edges(vio);
	return err;
}

#ifdef TZVMM_HAVE_VIRTQUEUE_INFO
static int tzvmm_find_vqs(struct virtio_device *vdev, unsigned int nr,
			  struct virtqueue *vqs[], struct virtqueue_info infos[],
			  struct irq_affinity *desc)
{
	return find_queues(vdev, nr, vqs, infos);
}
#else
static int tzvmm_find_vqs(struct virtio_device *vdev, unsigned int nr,
			  struct virtqueue *vqs[], vq_callback_t *callbacks[],
			  const char *const names[], const bool *ctx,
			  struct irq_affinity *desc)
{
	struct virtqueue_info *infos = kcalloc(nr, sizeof(*infos), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!infos)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		infos[i].name = names[i];
		infos[i].callback = callbacks[i];
		infos[i].ctx = ctx && ctx[i];
	}
	err = find_queues(vdev, nr, vqs, infos);
	kfree(infos);
	return err;
}
#endif

static const char *tzvmm_bus_name(struct virtio_device *vdev)
{
	return dev_name(vdev->dev.parent);
}

static const struct virtio_config_ops tzvmm_config_ops = {
	.get = tzvmm_get,
	.set = tzvmm_set,
	.generation = tzvmm_generation,
	.get_status = tzvmm_get_status,
	.set_status = tzvmm_set_status,
	.reset = tzvmm_reset,
	.find_vqs = tzvmm_find_vqs,
	.del_vqs = tzvmm_del_vqs,
	.synchronize_cbs = tzvmm_synchronize_cbs,
	.get_features = tzvmm_get_features,
	.finalize_features = tzvmm_finalize_features,
	.bus_name = tzvmm_bus_name,
};

/* The platform device. */

static void release_vio(struct device *dev)
{
	kfree(to_tzvmm(dev_to_virtio(dev)));
}

/* Fill in what the device tree and the device itself say. */
static int identify(struct tzvmm_virtio *vio, struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	int nr_devices = tzvmm_probe(TZVMM_SMC_HAS_VIRTIO);

	if (nr_devices < 0)
		return nr_devices;
	if (device_property_read_u32(dev, "tzvmm,device", &vio->device))
		return dev_err_probe(dev, -EINVAL, "no tzvmm,device\n");
	if (vio->device >= nr_devices)
		return dev_err_probe(dev, -ENODEV, "there is no device %u, only %d\n",
				     vio->device, nr_devices);
	if (read_reg(vio, VIRTIO_MMIO_MAGIC_VALUE) != REGS_MAGIC ||
	    read_reg(vio, VIRTIO_MMIO_VERSION) != REGS_VERSION)
		return dev_err_probe(dev, -ENODEV, "no virtio device of version 1\n");
	vio->vdev.id.device = read_reg(vio, VIRTIO_MMIO_DEVICE_ID);
	vio->vdev.id.vendor = read_reg(vio, VIRTIO_MMIO_VENDOR_ID);
	if (!vio->vdev.id.device) /* a place without a device */
		return -ENODEV;
	vio->used_irq = platform_get_irq_optional(pdev, 1);
	vio->irq = platform_get_irq(pdev, 0);
	return vio->irq < 0 ? vio->irq : 0;
}

static void unregister(void *data)
{
	unregister_virtio_device(data);
}

static int tzvmm_virtio_probe(struct platform_device *pdev)
{
	struct tzvmm_virtio *vio = kzalloc(sizeof(*vio), GFP_KERNEL);
	int err;

	if (!vio)
		return -ENOMEM;
	vio->vdev.dev.parent = &pdev->dev;
	vio->vdev.dev.release = release_vio;
	vio->vdev.config = &tzvmm_config_ops;
	err = identify(vio, pdev);
	if (err) {
		kfree(vio);
		return err;
	}
	platform_set_drvdata(pdev, vio);
	err = register_virtio_device(&vio->vdev);
	if (err) {
		put_device(&vio->vdev.dev);
		return err;
	}
	return devm_add_action_or_reset(&pdev->dev, unregister, &vio->vdev);
}

/* A kernel that comes next by kexec finds nobody writing to its memory. */
static void tzvmm_virtio_shutdown(struct platform_device *pdev)
{
	struct tzvmm_virtio *vio = platform_get_drvdata(pdev);

	tzvmm_reset(&vio->vdev);
}

static const struct of_device_id tzvmm_virtio_of_match[] = {
	{ .compatible = "tzvmm,virtio" }, { /* end */ }
};
MODULE_DEVICE_TABLE(of, tzvmm_virtio_of_match);

static struct platform_driver tzvmm_virtio_driver = {
	.probe = tzvmm_virtio_probe,
	.shutdown = tzvmm_virtio_shutdown,
	.driver = {
		.name = "virtio-tzvmm",
		.of_match_table = tzvmm_virtio_of_match,
	},
};
module_platform_driver(tzvmm_virtio_driver);

MODULE_DESCRIPTION("virtio by calls to tzvmm");
MODULE_LICENSE("Dual BSD/GPL");
