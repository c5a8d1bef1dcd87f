/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_VIRTIO_BLK_FIXTURE_H
#define TESTS_VIRTIO_BLK_FIXTURE_H

/* A virtio block device with a guest on the one side and a disk in memory on the
 * other. Number k of the guest's requests has its own memory and descriptors. */

#include <stdint.h>

#include <tzvmm/virtio_blk.h>

#include "guest_driver.h"
#include "ram_disk.h"

#define NR_REQS 8u
#define NR_SG 18u
#define QUEUE_SIZE 64u
#define RINGS GUEST_RAM
#define DISK_LEN 256u /* sectors */

#define T_IN 0u
#define T_OUT 1u
#define T_FLUSH 4u
#define T_GET_ID 8u
#define UNTOUCHED 0xEEu

#define F_FLUSH (1u << 9)
#define F_WCE (1u << 11)
#define F_INDIRECT (1u << 28)
#define F_EVENT (1u << 29)

struct fixture {
	struct guest *guest;
	struct ram_disk disk;
	struct tzvmm_virtio_blk vb;
	struct tzvmm_virtio_blk_req reqs[NR_REQS];
	struct tzvmm_sg sg[NR_REQS * NR_SG];
	struct tzvmm_virtio_blk_setup setup;
	struct guest_queue queue;
};

int set_up(void **state);
int tear_down(void **state);
/* With a driver that accepted these features, and with one that can flush too. */
struct fixture *started_with(void **state, uint32_t features);
struct fixture *started(void **state, uint32_t features);

uint64_t area(unsigned k);
uint64_t data_at(unsigned k);
uint64_t status_at(unsigned k);
uint16_t head_of(unsigned k);
void put_head(struct fixture *fx, unsigned k, uint32_t type, uint64_t sector);

/* Linux's shape: header, data, status. */
void ask(struct fixture *fx, unsigned k, uint32_t type, uint64_t sector,
	 uint32_t len);
void kick(struct fixture *fx);
void finish(struct fixture *fx);
void assert_answer(struct fixture *fx, unsigned k, uint8_t status, uint32_t used_len);
void assert_no_answer(struct fixture *fx);

/* One request that is refused without the disk hearing of it. */
void assert_refused(struct fixture *fx, unsigned k, uint8_t status);
const uint8_t *sector_at(const struct fixture *fx, uint64_t sector);

#endif /* TESTS_VIRTIO_BLK_FIXTURE_H */
