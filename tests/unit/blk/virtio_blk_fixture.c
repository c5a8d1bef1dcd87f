// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "shared_model.h"
#include "virtio_blk_fixture.h"

int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	fx->guest = guest_new();
	ram_disk_init(&fx->disk, DISK_LEN);
	fx->setup = (struct tzvmm_virtio_blk_setup){
		.name = "disk0",
		.serial = "tzvmm-disk",
		.disk = &fx->disk.dev,
		.bus = { &fx->guest->mem, &fx->guest->irqs, GUEST_LINE,
			 &fx->guest->sys, 0 },
		.queue_size = QUEUE_SIZE,
		.reqs = fx->reqs,
		.nr_reqs = NR_REQS,
		.sg = fx->sg,
		.nr_sg = NR_SG,
	};
	assert_int_equal(tzvmm_virtio_blk_init(&fx->vb, &fx->setup), TZVMM_OK);
	fx->guest->vio = tzvmm_virtio_blk_registers(&fx->vb);
	*state = fx;
	return 0;
}

int tear_down(void **state)
{
	struct fixture *fx = *state;

	ram_disk_free(&fx->disk);
	return guest_tear_down(state);
}

struct fixture *started_with(void **state, uint32_t features)
{
	struct fixture *fx = *state;

	guest_start(fx->guest, &fx->queue, RINGS, QUEUE_SIZE, features);
	shared_model_clear();
	return fx;
}

struct fixture *started(void **state, uint32_t features)
{
	return started_with(state, features | F_FLUSH);
}

uint64_t area(unsigned k)
{
	return GUEST_RAM + 0x4000u + 0x3000u * (uint64_t)k;
}

uint64_t data_at(unsigned k)
{
	return area(k) + 0x1000u;
}

uint64_t status_at(unsigned k)
{
	return area(k) + 0x10u;
}

uint16_t head_of(unsigned k)
{
	return (uint16_t)(4u * k);
}

void put_head(struct fixture *fx, unsigned k, uint32_t type, uint64_t sector)
{
	guest_put32(fx->guest, area(k), type);
	guest_put32(fx->guest, area(k) + 4u, 0);
	guest_put64(fx->guest, area(k) + 8u, sector);
	guest_put8(fx->guest, status_at(k), UNTOUCHED);
}

void ask(struct fixture *fx, unsigned k, uint32_t type, uint64_t sector, uint32_t len)
{
	const uint32_t dir = type == T_OUT ? 0u : VIRTQ_WRITE;
	const uint16_t head = head_of(k);

	put_head(fx, k, type, sector);
	if (len != 0u) {
		guest_desc(&fx->queue, head, area(k), 16, VIRTQ_NEXT, head + 1u);
		guest_desc(&fx->queue, head + 1u, data_at(k), len, dir | VIRTQ_NEXT,
			   head + 2u);
	} else {
		guest_desc(&fx->queue, head, area(k), 16, VIRTQ_NEXT, head + 2u);
	}
	guest_desc(&fx->queue, head + 2u, status_at(k), 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, head);
}

void kick(struct fixture *fx)
{
	guest_write(fx->guest, 0x050, 0);
}

void finish(struct fixture *fx)
{
	(void)ram_disk_complete_all(&fx->disk);
	tzvmm_virtio_blk_run(&fx->vb);
}

void assert_answer(struct fixture *fx, unsigned k, uint8_t status, uint32_t used_len)
{
	uint32_t id, len;

	assert_true(guest_take_used(&fx->queue, &id, &len));
	assert_int_equal(id, head_of(k));
	assert_int_equal(len, used_len);
	assert_int_equal(guest_get8(fx->guest, status_at(k)), status);
}

void assert_no_answer(struct fixture *fx)
{
	uint32_t id, len;

	assert_false(guest_take_used(&fx->queue, &id, &len));
}

void assert_refused(struct fixture *fx, unsigned k, uint8_t status)
{
	const uint32_t refused = tzvmm_virtio_blk_stats(&fx->vb)->refused;

	kick(fx);
	assert_int_equal(fx->disk.nr_taken, 0);
	assert_answer(fx, k, status, 1);
	assert_int_equal(tzvmm_virtio_blk_stats(&fx->vb)->refused, refused + 1u);
}

const uint8_t *sector_at(const struct fixture *fx, uint64_t sector)
{
	return fx->disk.bytes + sector * TZVMM_SECTOR_LEN;
}
