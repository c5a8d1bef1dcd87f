// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * A test of the hypervisor, not a driver: for some seconds it does to tzvmm what a
 * kernel must not do. Calls with any arguments, rings that make no sense, requests
 * that change while they are in flight, floods of notifications, resets in
 * mid-transfer. It wants device 0 for itself, so virtio_tzvmm must not be loaded.
 */

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/virtio_mmio.h>

#include "tzvmm.h"

/* Descriptors, available ring, used ring, a request's head, its data. */
#define ORDER 2
#define LENGTH (PAGE_SIZE << ORDER)
#define AVAIL 0x400
#define USED 0x800
#define HEAD 0xc00
#define DATA 0x1000
#define MARGIN 0x1000 /* at the end: rings may be placed too high */

#define PSCI_OFF 0x84000008
#define PSCI_RESET 0x84000009
#define PSCI_RESET2 0x84000012

static unsigned int seconds = 10;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long");
static unsigned int seed = 53;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "of the random numbers; the same gives the same");

static u8 *mem;
static u32 pa;
static struct rnd_state rnd;
static struct hrtimer meddler;
static unsigned int nr_calls, nr_leaks;

static u32 below(u32 n)
{
	return prandom_u32_state(&rnd) % n;
}

/* What is no result has to come back as it was: of a refused call, r1 to r3. */
static void smc(const u32 *args)
{
	struct arm_smccc_res res;

	arm_smccc_smc(args[0], args[1], args[2], args[3], args[4], args[5], args[6],
		      args[7], &res);
	nr_calls++;
	if (res.a0 >= 0xfffffff0 &&
	    (res.a1 != args[1] || res.a2 != args[2] || res.a3 != args[3]))
		nr_leaks++;
}

static void set(u32 offset, u32 value)
{
	const u32 args[8] = { TZVMM_SMC_VIRTIO_WRITE, 0, offset, 4, value };

	smc(args);
}

static void notify(void)
{
	const u32 args[8] = { TZVMM_SMC_VIRTIO_NOTIFY };

	smc(args);
}

static void call_at_random(void)
{
	static const u32 owners[] = {
		0x80000000, 0x84000000, 0x86000000,
		0x8600ff00, 0xc6000000, 0x06000000,
	};
	u32 args[8];
	int i;

	for (i = 0; i < 8; i++)
		args[i] = below(2) ? prandom_u32_state(&rnd) : below(32);
	if (below(8))
		args[0] = owners[below(ARRAY_SIZE(owners))] + below(24);
	if (args[0] == PSCI_OFF || args[0] == PSCI_RESET || args[0] == PSCI_RESET2)
		return;
	/* The console is somebody's, and slow. */
	if (args[0] == TZVMM_SMC_CONSOLE_WRITE || args[0] == TZVMM_SMC_CONSOLE_READ)
		return;
	smc(args);
}

static void put(u32 offset, u32 value)
{
	*(u32 *)(mem + offset) = value;
}

static void describe(u32 n, u32 address, u32 length, u32 rest)
{
	put(16 * n, address);
	put(16 * n + 4, 0);
	put(16 * n + 8, length);
	put(16 * n + 12, rest);
}

static void publish(u32 head)
{
	u16 *avail = (u16 *)(mem + AVAIL);

	avail[2 + avail[1] % 4] = head;
	wmb(); /* the entry before the index */
	avail[1] += below(64) ? 1 : below(65536);
	notify();
}

/* A read in order but for its sector. What is on the disk is not touched. */
static void request(void)
{
	put(HEAD, below(8) ? 0 : 8);
	put(HEAD + 8, below(8) ? below(1 << 20) : prandom_u32_state(&rnd));
	put(HEAD + 12, 0);
	describe(0, pa + HEAD, 16, 0x00010001);
	describe(1, pa + DATA, 512 * (1 + below(4)), 0x00020003);
	describe(2, pa + HEAD + 16, 1, 2);
	publish(0);
}

/*
 * In secure memory, or nowhere, or within ours: the device may write to the data
 * and read the head, so that it meets neither the rest of the kernel nor a head
 * that asks for a write to the disk. A long length is too long for anything.
 */
static void describe_at_random(void)
{
	static const u32 bases[] = { 0x70000000, 0x77fff000, 0x90000000, 0x6ffff000,
				     0 };
	const u32 length =
		below(4) ? below(0x800) : prandom_u32_state(&rnd) | 1 << 28;
	const u32 next = below(4) << 16 | below(2);

	switch (below(3)) {
	case 0:
		describe(below(4), pa + HEAD, below(0x20), next | (below(2) << 2));
		break;
	case 1:
		describe(below(4), pa + DATA + below(0x800), length, next | 2);
		break;
	default:
		describe(below(4), bases[below(ARRAY_SIZE(bases))] + below(0x800),
			 length, next | below(8));
		break;
	}
}

static void bring_up(void)
{
	set(VIRTIO_MMIO_STATUS, 0);
	usleep_range(500, 1000); /* what is in flight has to come back */
	memset(mem, 0, LENGTH);
	set(VIRTIO_MMIO_STATUS, 3);
	set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	set(VIRTIO_MMIO_DRIVER_FEATURES, 1);
	set(VIRTIO_MMIO_STATUS, 11);
	set(VIRTIO_MMIO_QUEUE_SEL, 0);
	set(VIRTIO_MMIO_QUEUE_NUM, 4);
	set(VIRTIO_MMIO_QUEUE_DESC_LOW, pa);
	set(VIRTIO_MMIO_QUEUE_AVAIL_LOW, pa + AVAIL);
	set(VIRTIO_MMIO_QUEUE_USED_LOW, pa + USED);
	set(VIRTIO_MMIO_QUEUE_READY, 1);
	set(VIRTIO_MMIO_STATUS, 15);
}

static void set_at_random(void)
{
	const bool place = !below(3);
	const u32 offset = 4 * below(0x84);

	/* Descriptors out of what is on the disk could lead anywhere. */
	if (offset != VIRTIO_MMIO_QUEUE_DESC_LOW)
		set(offset, place ? pa + below(LENGTH - MARGIN) : below(17));
}

static void one_step(void)
{
	int i;

	switch (below(8)) {
	case 0:
	case 1:
		call_at_random();
		break;
	case 2:
	case 3:
		request();
		break;
	case 4:
		describe_at_random();
		publish(below(5));
		break;
	case 5:
		for (i = 0; i < 20; i++)
			notify();
		break;
	case 6:
		set_at_random();
		break;
	default:
		if (!below(8))
			bring_up();
		break;
	}
}

/* Between two instructions of the above: flags, next, ring or sector change. */
static enum hrtimer_restart meddle(struct hrtimer *timer)
{
	static const u32 places[] = { 12,        28,        44,   60,      AVAIL,
				      AVAIL + 4, AVAIL + 8, USED, HEAD + 8 };
	static u32 state = 1;

	state = state * 1664525 + 1013904223;
	mem[places[(state >> 8) % ARRAY_SIZE(places)] + (state >> 20) % 4] =
		state >> 24;
	hrtimer_forward_now(timer, ns_to_ktime(100 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void run(void)
{
	const unsigned long end = jiffies + seconds * HZ;

	while (time_before(jiffies, end)) {
		one_step();
		cond_resched();
	}
}

static int __init tzvmm_hostile_init(void)
{
	const int found = tzvmm_probe(TZVMM_SMC_HAS_VIRTIO);

	if (found < 0)
		return found;
	mem = (u8 *)__get_free_pages(GFP_KERNEL, ORDER);
	if (!mem)
		return -ENOMEM;
	pa = virt_to_phys(mem);
	prandom_seed_state(&rnd, seed);
	hrtimer_init(&meddler, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	meddler.function = meddle;
	bring_up();
	hrtimer_start(&meddler, ns_to_ktime(100 * NSEC_PER_USEC), HRTIMER_MODE_REL);
	run();
	hrtimer_cancel(&meddler);
	bring_up();
	set(VIRTIO_MMIO_STATUS, 0);
	msleep(100); /* then no request of ours is left */
	pr_info("tzvmm_hostile: %u calls in %u s, %u leaks\n", nr_calls, seconds,
		nr_leaks);
	free_pages((unsigned long)mem, ORDER);
	return nr_leaks ? -EIO : 0;
}

static void __exit tzvmm_hostile_exit(void)
{
}

module_init(tzvmm_hostile_init);
module_exit(tzvmm_hostile_exit);
MODULE_DESCRIPTION("Test of tzvmm by a kernel that does everything wrong");
MODULE_LICENSE("Dual BSD/GPL");
