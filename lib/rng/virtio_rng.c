/* SPDX-License-Identifier: BSD-2-Clause */
#include <tzvmm/virtio_rng.h>

/* Bytes go to the guest's pages themselves: no copy of them stays with us. */
static uint32_t fill(struct tzvmm_virtio_rng *rng)
{
	uint32_t given = 0;

	for (uint32_t i = rng->chain.nr_out; i < rng->chain.nr; i++) {
		const struct tzvmm_sg *sg = &rng->sg[i];
		const uint32_t room = TZVMM_VIRTIO_RNG_MAX - given;
		const uint32_t wanted = sg->len < room ? sg->len : room;
		const size_t got =
			rng->source->ops->read(rng->source->ctx, sg->va, wanted);

		given += (uint32_t)got;
		if (got < sg->len) {
			break;
		}
	}
	return given;
}

/* A chain that the device may not write to cannot be helped: it gets nothing. */
static bool answer(struct tzvmm_virtio_rng *rng)
{
	const bool writable = rng->chain.nr != rng->chain.nr_out;
	const uint32_t given = writable ? fill(rng) : 0u;

	rng->waiting = writable && given == 0u;
	if (!rng->waiting) {
		(void)tzvmm_vq_push(&rng->queue.vq, rng->chain.head, given);
	}
	return !rng->waiting;
}

static void take(struct tzvmm_virtio_rng *rng)
{
	/* What a queue that the driver has stopped waited for is the guest's again. */
	rng->waiting = rng->waiting && tzvmm_vq_is_live(&rng->queue.vq);
	if (rng->waiting && !answer(rng)) {
		return;
	}
	while (tzvmm_virtio_pop(&rng->virtio, 0, rng->sg, TZVMM_VIRTIO_RNG_SG,
				&rng->chain) &&
	       answer(rng)) {
	}
}

void tzvmm_virtio_rng_run(struct tzvmm_virtio_rng *rng)
{
	if (!tzvmm_virtio_is_running(&rng->virtio)) {
		return;
	}
	take(rng);
	if (tzvmm_vq_flush(&rng->queue.vq)) {
		tzvmm_virtio_used(&rng->virtio);
	}
}

static void rng_notify(void *ctx, uint32_t queue)
{
	(void)queue;
	tzvmm_virtio_rng_run(ctx);
}

static void rng_reset(void *ctx)
{
	((struct tzvmm_virtio_rng *)ctx)->waiting = false;
}

static bool rng_is_busy(void *ctx)
{
	(void)ctx;
	return false;
}

static const struct tzvmm_virtio_ops rng_ops = {
	.notify = rng_notify,
	.reset = rng_reset,
	.is_busy = rng_is_busy,
};

enum tzvmm_status tzvmm_virtio_rng_init(struct tzvmm_virtio_rng *rng,
					const struct tzvmm_entropy *source,
					const struct tzvmm_virtio_bus *bus)
{
	const struct tzvmm_virtio_device dev = {
		.name = "rng",
		.id = TZVMM_VIRTIO_ID_ENTROPY,
		.nr_queues = 1,
		.max_size = TZVMM_VIRTIO_RNG_QUEUE,
		.features = TZVMM_VIRTIO_F_INDIRECT_DESC | TZVMM_VIRTIO_F_EVENT_IDX,
		.queues = &rng->queue,
		.ops = &rng_ops,
		.ctx = rng,
	};

	if (source == NULL || source->ops == NULL || source->ops->read == NULL) {
		return TZVMM_E_INVAL;
	}
	*rng = (struct tzvmm_virtio_rng){ .source = source };
	return tzvmm_virtio_init(&rng->virtio, &dev, bus);
}
