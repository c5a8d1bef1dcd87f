/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_VIRTIO_RNG_H
#define TZVMM_VIRTIO_RNG_H

/** @file
 * An entropy device [VIRTIO 5.4] on a source of the port. */

#include <tzvmm/blk.h>
#include <tzvmm/entropy.h>
#include <tzvmm/virtio.h>

/** Largest queue. */
#define TZVMM_VIRTIO_RNG_QUEUE 8u
/** Most bytes that one request is given: the device says how many. */
#define TZVMM_VIRTIO_RNG_MAX 64u
/** Most pieces of a request. */
#define TZVMM_VIRTIO_RNG_SG 4u

/** An entropy device. */
struct tzvmm_virtio_rng {
	/** @cond PRIVATE */
	struct tzvmm_virtio virtio;
	struct tzvmm_virtio_queue queue;
	const struct tzvmm_entropy *source;
	struct tzvmm_sg sg[TZVMM_VIRTIO_RNG_SG];
	struct tzvmm_vq_chain chain; /* waits for entropy, if waiting */
	bool waiting;

	/** @endcond */
};

/** Make a device.
 *
 * @param rng    Caller's memory; must not move.
 * @param source Where bytes come from. Borrowed.
 * @param bus    Where it is plugged in; copied.
 * @retval TZVMM_OK       In reset.
 * @retval TZVMM_E_INVAL  A member is missing.
 * @retval TZVMM_E_DENIED The line belongs to the secure world. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_virtio_rng_init(struct tzvmm_virtio_rng *rng,
		      const struct tzvmm_entropy *source,
		      const struct tzvmm_virtio_bus *bus);

/** Answer what waits, as far as the source has bytes. To be called when it has some
 * again; notifications by the guest do it themselves.
 *
 * @param rng Device. */
void tzvmm_virtio_rng_run(struct tzvmm_virtio_rng *rng);

#endif /* TZVMM_VIRTIO_RNG_H */
