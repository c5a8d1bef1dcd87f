// SPDX-License-Identifier: BSD-2-Clause
/* Any calls on a machine with a disk, a console and ports, with any rings in its
 * memory and completions at any time: registers that are no results stay, and the
 * machine's memory is the sanitizers' to watch. */

#include <string.h>

#include <host_vm.h>

#include "fuzz_input.h"

#define MAX_STEPS 300u
#define SECTORS 16u
#define IN_FLIGHT 4u

static struct host_vm host;
static uint8_t ram[HOST_VM_RAM_LEN] __attribute__((aligned(4096)));
static uint8_t sectors[SECTORS * TZVMM_SECTOR_LEN];
static struct tzvmm_blk_req *queue[IN_FLIGHT];
static unsigned nr_queued;

static enum tzvmm_status take(const struct tzvmm_blkdev *dev,
			      struct tzvmm_blk_req *req)
{
	(void)dev;
	if (nr_queued == IN_FLIGHT) {
		return TZVMM_E_FULL;
	}
	queue[nr_queued++] = req;
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops disk_ops = { take };
static const struct tzvmm_blkdev disk = { .ops = &disk_ops,
					  .nr_sectors = SECTORS,
					  .max_sectors = 8,
					  .max_sg = 8,
					  .sg_align = 1 };

static void complete(void)
{
	struct tzvmm_blk_req *req;
	uint8_t *at;

	if (nr_queued == 0u) {
		return;
	}
	req = queue[--nr_queued];
	at = sectors + req->sector * TZVMM_SECTOR_LEN;
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		if (req->op == TZVMM_BLK_READ) {
			memcpy(req->sg[i].va, at, req->sg[i].len);
		} else {
			memcpy(at, req->sg[i].va, req->sg[i].len);
		}
		at += req->sg[i].len;
	}
	req->done(req, TZVMM_OK);
	host_vm_run(&host);
}

static void call(uint32_t regs[8])
{
	uint32_t before[8];

	memcpy(before, regs, sizeof(before));
	host_vm_smc(&host, regs);
	for (unsigned i = 1; i < 8u; i++) {
		require(regs[i] == before[i] || (i <= 3u && regs[0] < 0xFFFFFFF0u));
	}
}

/* Small arguments mean something more often. */
static uint32_t argument(struct fuzz_input *in)
{
	const uint8_t kind = fuzz_take8(in);

	return kind < 0xE0u ? kind : fuzz_take32(in);
}

static void call_anything(struct fuzz_input *in)
{
	uint32_t regs[8];

	for (unsigned i = 0; i < 8u; i++) {
		regs[i] = argument(in);
	}
	regs[0] = (fuzz_take8(in) & 1u) != 0u ? regs[0]
					      : 0x86000000u + (regs[0] & 0x1Fu);
	call(regs);
}

static void set(uint32_t device, uint32_t offset, uint32_t value)
{
	uint32_t regs[8] = { TZVMM_SMC_VIRTIO_WRITE, device, offset, 4, value };

	call(regs);
}

/* A register, with a place in RAM or a small value. */
static void set_register(struct fuzz_input *in)
{
	const uint8_t device = fuzz_take8(in);
	const uint32_t offset = 4u * (fuzz_take8(in) & 0x7Fu);

	if ((device & 2u) != 0u) {
		set(device & 1u, offset, HOST_VM_RAM + 16u * fuzz_take16(in));
	} else {
		set(device & 1u, offset, fuzz_take8(in));
	}
}

static void write_memory(struct fuzz_input *in)
{
	const uint32_t at = 4u * fuzz_take16(in);
	const uint32_t value = argument(in);

	memcpy(ram + at, &value, sizeof(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in;

	fuzz_input_init(&in, data, size);
	memset(ram, 0, 0x4000);
	nr_queued = 0;
	require(host_vm_init(&host, ram, &disk, NULL));
	host.quiet = true;
	for (unsigned i = 0; i < MAX_STEPS && in.left != 0u; i++) {
		switch (fuzz_take8(&in) & 3u) {
		case 0:
			call_anything(&in);
			break;
		case 1:
			set_register(&in);
			break;
		case 2:
			write_memory(&in);
			break;
		default:
			complete();
			break;
		}
	}
	return 0;
}
