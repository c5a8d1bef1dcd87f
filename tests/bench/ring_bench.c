// SPDX-License-Identifier: BSD-2-Clause
/* What is measured by ring_bench.py, for batches of block requests of n data
 * descriptors each. bench_ring() is the ring's device half with a disk that does
 * nothing inside of it, as its peers were measured. bench_device() is the whole
 * virtio block device, with its pool and its asynchronous disk. Hot: the same
 * batch was served before. */

#include <stdio.h>
#include <stdlib.h>

#include <tzvmm/shared.h>
#include <tzvmm/virtio_blk.h>

#define RAM_IPA 0x78000000u
#define RAM_LEN 0x40000u
#define RING_SIZE 256u
#define DESC 0x0000u
#define AVAIL 0x1000u
#define USED 0x2000u
#define REQS 0x4000u /* header and status, 64 bytes a request */
#define DATA 0x10000u
#define MAX_BATCH 8u
#define MAX_N 8u
#define NR_ROUNDS 64u

static _Alignas(4096) uint8_t ram[RAM_LEN];

/* ---- A disk that does nothing ------------------------------------------- */

static struct tzvmm_blk_req *queued[MAX_BATCH];
static unsigned nr_queued;

static enum tzvmm_status null_submit(const struct tzvmm_blkdev *dev,
				     struct tzvmm_blk_req *req)
{
	(void)dev;
	queued[nr_queued++] = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops null_ops = { .submit = null_submit };
static const struct tzvmm_blkdev null_disk = {
	.ops = &null_ops,
	.nr_sectors = 1u << 20,
	.max_sectors = 65535,
	.max_sg = 64,
	.sg_align = 4,
};

/* ---- A machine ---------------------------------------------------------- */

static bool chip_is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	(void)line;
	return true;
}

static void chip_set_level(void *ctx, uint32_t line, bool level)
{
	(void)ctx;
	(void)line;
	(void)level;
}

static uint64_t sys_now_us(void *ctx)
{
	(void)ctx;
	return 0;
}

static void sys_log(void *ctx, enum tzvmm_log_level level, const char *text,
		    size_t len)
{
	(void)ctx;
	(void)level;
	printf("%.*s\n", (int)len, text);
}

static const struct tzvmm_irqchip_ops chip_ops = { .is_guest = chip_is_guest,
						   .set_level = chip_set_level };
static const struct tzvmm_irqchip chip = { &chip_ops, NULL, 128 };
static const struct tzvmm_sys_ops sys_ops = { sys_now_us, sys_log };
static const struct tzvmm_sys sys = { &sys_ops, NULL };
static const struct tzvmm_window window = { RAM_IPA, RAM_LEN, ram };
static const struct tzvmm_gmem mem = { &window, 1 };
static struct tzvmm_irqs irqs;
static struct tzvmm_virtio_blk vb;
static struct tzvmm_virtio_blk_req reqs[MAX_BATCH + 1u];
static struct tzvmm_sg sg[(MAX_BATCH + 1u) * 32u];

static void set_up(uint32_t features)
{
	static const uint32_t program[][2] = {
		{ 0x070, 0 },
		{ 0x070, 3 },
		{ 0x024, 1 },
		{ 0x020, 1 },
	};
	static const uint32_t queue[][2] = {
		{ 0x070, 11 },
		{ 0x038, RING_SIZE },
		{ 0x080, RAM_IPA + DESC },
		{ 0x090, RAM_IPA + AVAIL },
		{ 0x0A0, RAM_IPA + USED },
		{ 0x044, 1 },
		{ 0x070, 15 },
	};
	const struct tzvmm_virtio_blk_setup setup = {
		.name = "bench",
		.serial = "",
		.disk = &null_disk,
		.bus = { &mem, &irqs, 1, &sys, 0 },
		.queue_size = RING_SIZE,
		.reqs = reqs,
		.nr_reqs = MAX_BATCH + 1u,
		.sg = sg,
		.nr_sg = 32,
	};
	struct tzvmm_virtio *regs = tzvmm_virtio_blk_registers(&vb);

	tzvmm_irqs_init(&irqs, &chip);
	if (tzvmm_virtio_blk_init(&vb, &setup) != TZVMM_OK) {
		abort();
	}
	for (unsigned i = 0; i < 4u; i++) {
		tzvmm_virtio_write(regs, program[i][0], 4, program[i][1]);
	}
	tzvmm_virtio_write(regs, 0x024, 4, 0);
	tzvmm_virtio_write(regs, 0x020, 4, features);
	for (unsigned i = 0; i < 7u; i++) {
		tzvmm_virtio_write(regs, queue[i][0], 4, queue[i][1]);
	}
	if (tzvmm_virtio_read(regs, 0x070, 4) != 15u) {
		abort();
	}
}

/* ---- The guest's half --------------------------------------------------- */

static void put_desc(uint32_t i, uint32_t at, uint32_t len, uint32_t flags)
{
	uint64_t *desc = (uint64_t *)(void *)&ram[DESC + 16u * i];

	desc[0] = RAM_IPA + at;
	desc[1] = len | (uint64_t)flags << 32 | (uint64_t)(i + 1u) << 48;
}

static uint16_t *half_at(uint32_t at)
{
	return (uint16_t *)(void *)&ram[at];
}

/* Reads of n pages in Linux's shape. */
static void post(unsigned batch, unsigned n)
{
	uint16_t *idx = half_at(AVAIL + 2u);

	for (unsigned b = 0; b < batch; b++) {
		const uint32_t head = b * (MAX_N + 2u);
		const uint32_t req = REQS + 64u * b;

		*(uint64_t *)(void *)&ram[req] = 0; /* a read */
		*(uint64_t *)(void *)&ram[req + 8u] = 8u * b;
		put_desc(head, req, 16, 1);
		for (unsigned i = 0; i < n; i++) {
			put_desc(head + 1u + i, DATA + 4096u * i, 4096, 3);
		}
		put_desc(head + 1u + n, req + 16u, 1, 2);
		*half_at(AVAIL + 4u + 2u * (*idx % RING_SIZE)) = (uint16_t)head;
		(*idx)++;
	}
}

/* ---- What is measured --------------------------------------------------- */

void bench_ring(void);
void bench_device(void);
void bench_end(void);

/* Header and status in Linux's places; a null disk is no code at all. */
__attribute__((noinline)) void bench_ring(void)
{
	static uint64_t type, sector;
	static bool notify;
	struct tzvmm_virtqueue *vq = &vb.queue.vq;
	struct tzvmm_vq_chain chain;

	while (tzvmm_vq_pop(vq, sg, 32, &chain) == TZVMM_OK) {
		const struct tzvmm_sg *status = &sg[chain.nr - 1u];
		const bool ok = chain.nr != chain.nr_out && sg[0].len == 16u;

		if (!ok) {
			abort();
		}
		type = tzvmm_shared_read64(sg[0].va);
		sector = tzvmm_shared_read64((uint8_t *)sg[0].va + 8);
		tzvmm_shared_write8(status->va, 0);
		(void)tzvmm_vq_push(vq, chain.head, tzvmm_vq_in_len(&chain));
	}
	notify |= tzvmm_vq_flush(vq);
}

__attribute__((noinline)) void bench_device(void)
{
	tzvmm_virtio_notify(tzvmm_virtio_blk_registers(&vb), 0);
	for (unsigned i = 0; i < nr_queued; i++) {
		queued[i]->done(queued[i], TZVMM_OK);
	}
	nr_queued = 0;
	tzvmm_virtio_blk_run(&vb);
}

__attribute__((noinline)) void bench_end(void)
{
	__asm__ volatile("" ::: "memory");
}

#ifndef BENCH_N /* an image for one case: there is no command line */
#define BENCH_N ((unsigned)atoi(argv[1]))
#define BENCH_BATCH ((unsigned)atoi(argv[2]))
#define BENCH_EVENT (argv[3][0] == '1')
#define BENCH_DEVICE (argv[4][0] == '1')
#endif

int main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	set_up(BENCH_EVENT ? 1u << 29 : 0u);
	for (unsigned round = 0; round < NR_ROUNDS; round++) {
		post(BENCH_BATCH, BENCH_N);
		if (BENCH_DEVICE) {
			bench_device();
		} else {
			bench_ring();
		}
		bench_end();
		tzvmm_virtio_write(tzvmm_virtio_blk_registers(&vb), 0x064, 4, 3);
	}
	if (*half_at(USED + 2u) != (uint16_t)(NR_ROUNDS * BENCH_BATCH)) {
		printf("requests were lost\n");
		return 1;
	}
	return 0;
}
