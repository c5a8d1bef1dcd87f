/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing of the secure world reaches the guest: each call is made twice, with the
 * monitor's dead stack filled with another pattern before each. Whatever differs
 * afterwards, in r0 to r12, the flags or the shared pages, came out of there. (The
 * machine has no TrustZone memory, so the guest can fill the stack itself.) */
#include <armv7a/monitor.h>

#include <tzvmm/hypercall.h>
#include <tzvmm/psci.h>
#include <tzvmm/smccc.h>
#include <tzvmm/virtio_blk.h>

#include "machine.h"
#include "semihost.h"

#define SHARED_LEN 0x2000u
#define AVAIL 0x400u
#define USED 0x800u
#define HEAD 0xC00u
#define BUFFER 0x1000u
#define COMPLETE 0x83000000u /* a call of this test: the disk's interrupt */
#define NR_REGS 14u

void tzvmm_monitor_main(void);
void leaks_smc(uint32_t regs[NR_REGS]);
extern const uint8_t leaks_entry[];
extern uint32_t __bss_end[], __stack_top[];

/* ---- The secure world --------------------------------------------------- */

static struct tzvmm_vm vm;
static struct tzvmm_virtio_blk disk;
static struct tzvmm_virtio_blk_req reqs[4];
static struct tzvmm_sg sg[4 * 8];
static struct tzvmm_blk_req *queued;
static struct tzvmm_mux mux;
static struct tzvmm_mux_source source;
static struct tzvmm_input input;
static struct tzvmm_smc_console console;
static char ring[TZVMM_MUX_MIN_RING];
static uint8_t keys[16];
static uint32_t led;

static size_t swallow(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	(void)text;
	return len;
}

static enum tzvmm_status take(const struct tzvmm_blkdev *dev,
			      struct tzvmm_blk_req *req)
{
	(void)dev;
	queued = req;
	return TZVMM_OK;
}

static bool complete(void *ctx, uint32_t *regs)
{
	struct tzvmm_blk_req *req = queued;

	(void)ctx;
	queued = NULL;
	if (req != NULL) {
		((uint8_t *)req->sg[0].va)[0] = 53;
		req->done(req, TZVMM_OK);
		tzvmm_virtio_blk_run(&disk);
	}
	regs[0] = 0;
	return true;
}

static const struct tzvmm_sink_ops sink_ops = { swallow };
static const struct tzvmm_sink sink = { &sink_ops, NULL };
static const struct tzvmm_mux_source_config source_config = { .name = "guest",
							      .guest = true };
static const struct tzvmm_blkdev_ops dev_ops = { take };
static const struct tzvmm_blkdev dev = {
	.ops = &dev_ops, .nr_sectors = 64, .max_sectors = 8, .max_sg = 6, .sg_align = 4
};
static struct tzvmm_virtio *const devices[] = { &disk.virtio };
static struct tzvmm_hypercalls calls = { devices, 1, &console };
static const struct tzvmm_smc_service services[] = {
	{ TZVMM_SMCCC_OWNER_HYP, tzvmm_hypercall, &calls },
	{ COMPLETE >> TZVMM_SMCCC_OWNER_SHIFT, complete, NULL },
};

static bool build(void)
{
	const struct tzvmm_virtio_blk_setup setup = {
		.name = "disk",
		.serial = "leaks",
		.disk = &dev,
		.bus = { &machine_port.ram, tzvmm_vm_irqs(&vm), 110, &machine_sys,
			 118 },
		.queue_size = 4,
		.reqs = reqs,
		.nr_reqs = 4,
		.sg = sg,
		.nr_sg = 8,
	};

	return tzvmm_vm_init(&vm, &machine_port, NULL, 0) == TZVMM_OK &&
	       tzvmm_vm_serve(&vm, services, 2) == TZVMM_OK &&
	       tzvmm_mux_init(&mux, &machine_sys, &sink, ring, sizeof(ring)) ==
		       TZVMM_OK &&
	       tzvmm_mux_add(&source, &mux, &source_config) == TZVMM_OK &&
	       tzvmm_input_init(&input, keys, sizeof(keys)) == TZVMM_OK &&
	       tzvmm_smc_console_init(&console, &source, &input, tzvmm_vm_irqs(&vm),
				      109) == TZVMM_OK &&
	       tzvmm_virtio_blk_init(&disk, &setup) == TZVMM_OK;
}

static void no_irq(void)
{
}

static void __attribute__((noreturn)) stop(enum tzvmm_action action)
{
	(void)action;
	semihost_exit(1);
}

static void __attribute__((noreturn)) fatal(const char *text)
{
	semihost_print(text);
	semihost_exit(1);
}

static const struct armv7a_monitor_ops ops = { no_irq, stop, fatal };

/* ---- The guest ---------------------------------------------------------- */

static uint32_t shared[SHARED_LEN / 4u]
	__attribute__((section(".guest"), aligned(4096)));
static uint32_t seen[SHARED_LEN / 4u] __attribute__((section(".guest")));

static void poison(uint32_t pattern)
{
	const uintptr_t end = (uintptr_t)__stack_top - 4u;

	for (uintptr_t at = (uintptr_t)__bss_end; at < end; at += 4u) {
		*(volatile uint32_t *)at = pattern;
	}
}

static void smc(uint32_t pattern, const uint32_t args[5], uint32_t regs[NR_REGS])
{
	for (unsigned i = 0; i < NR_REGS; i++) {
		regs[i] = i < 5u ? args[i] : 0x6E000000u + i;
	}
	regs[13] = 0xA0000000u;
	poison(pattern);
	leaks_smc(regs);
}

static void put(uint32_t at, uint32_t value)
{
	shared[at / 4u] = value;
}

static void set(uint32_t pattern, uint32_t offset, uint32_t value)
{
	const uint32_t args[5] = { TZVMM_SMC_VIRTIO_WRITE, 0, offset, 4, value };
	uint32_t regs[NR_REGS];

	smc(pattern, args, regs);
}

/* The disk anew, with a request of a type in its ring. */
static void prepare(uint32_t pattern, uint32_t type)
{
	static const uint32_t finish[5] = { COMPLETE };
	const uint32_t base = (uint32_t)(uintptr_t)shared;
	uint32_t regs[NR_REGS];

	smc(pattern, finish, regs);
	for (unsigned i = 0; i < SHARED_LEN / 4u; i++) {
		shared[i] = 0;
	}
	put(0, base + HEAD);
	put(8, 16);
	put(12, 0x00010001);
	put(16, base + BUFFER);
	put(24, type == TZVMM_VIRTIO_BLK_T_GET_ID ? TZVMM_VIRTIO_BLK_ID_LEN : 512u);
	put(28, 0x00020003);
	put(32, base + HEAD + 16u);
	put(40, 1);
	put(44, 2);
	put(AVAIL, 1u << 16);
	put(HEAD, type);
	set(pattern, 0x070, 0);
	set(pattern, 0x070, 3);
	set(pattern, 0x024, 1);
	set(pattern, 0x020, 1);
	set(pattern, 0x070, 11);
	set(pattern, 0x038, 4);
	set(pattern, 0x080, base);
	set(pattern, 0x090, base + AVAIL);
	set(pattern, 0x0A0, base + USED);
	set(pattern, 0x044, 1);
	set(pattern, 0x070, 15);
}

static const uint32_t cases[][5] = {
	{ TZVMM_SMCCC_VERSION },
	{ TZVMM_SMCCC_ARCH_FEATURES, TZVMM_SMCCC_VERSION },
	{ TZVMM_PSCI_VERSION },
	{ TZVMM_PSCI_AFFINITY_INFO },
	{ TZVMM_PSCI_FEATURES, TZVMM_PSCI_VERSION },
	{ TZVMM_PSCI_CPU_ON, 1 },
	{ 0x84000050 },
	{ 0x12345678, 1, 2, 3, 4 },
	{ TZVMM_SMC_FEATURES },
	{ TZVMM_SMC_FEATURES, 9 },
	{ TZVMM_SMC_CALL_COUNT },
	{ TZVMM_SMC_CALL_UID },
	{ TZVMM_SMC_REVISION },
	{ TZVMM_SMC_CONSOLE_WRITE, 4, 0x0A636261 },
	{ TZVMM_SMC_CONSOLE_WRITE, 25 },
	{ TZVMM_SMC_CONSOLE_READ, 12 },
	{ TZVMM_SMC_VIRTIO_READ, 0, 0x000, 4 },
	{ TZVMM_SMC_VIRTIO_READ, 0, 0x070, 4 },
	{ TZVMM_SMC_VIRTIO_READ, 0, 0x0D0, 4 },
	{ TZVMM_SMC_VIRTIO_READ, 0, 0x100, 4 },
	{ TZVMM_SMC_VIRTIO_READ, 0, 0x1FF, 1 },
	{ TZVMM_SMC_VIRTIO_READ, 7, 0x000, 4 },
	{ TZVMM_SMC_VIRTIO_WRITE, 0, 0x000, 4, 1 },
	{ TZVMM_SMC_VIRTIO_NOTIFY, 0, 0 },
	{ TZVMM_SMC_VIRTIO_NOTIFY, 9, 9 },
	{ TZVMM_SMC_VIRTIO_INTERRUPT, 0 },
	{ TZVMM_SMC_VIRTIO_EDGES, 0, 1 },
	{ TZVMM_SMC_VIRTIO_EDGES, 0, 2 },
	{ TZVMM_SMC_VIRTIO_EDGES, 9, 1 },
	{ COMPLETE },
};

static bool same(const uint32_t *a, const uint32_t *b, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		if (a[i] != b[i]) {
			return false;
		}
	}
	return true;
}

/* What is no result is as it was. */
static bool keeps(const uint32_t regs[NR_REGS], const uint32_t args[5])
{
	for (unsigned i = 4; i < 13u; i++) {
		if (regs[i] != (i == 4u ? args[4] : 0x6E000000u + i)) {
			return false;
		}
	}
	return regs[13] == 0xA0000000u;
}

static unsigned run(uint32_t type)
{
	unsigned leaks = 0;

	for (unsigned n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		uint32_t first[NR_REGS];
		uint32_t second[NR_REGS];

		prepare(0x11111111, type);
		smc(0x11111111, cases[n], first);
		for (unsigned i = 0; i < SHARED_LEN / 4u; i++) {
			seen[i] = shared[i];
		}
		prepare(0xEEEEEEEE, type);
		smc(0xEEEEEEEE, cases[n], second);
		leaks += !same(first, second, NR_REGS) ||
			 !same(seen, shared, SHARED_LEN / 4u) ||
			 !keeps(first, cases[n]);
	}
	return leaks;
}

static void guest_main(void)
{
	const unsigned leaks = run(TZVMM_VIRTIO_BLK_T_GET_ID) +
			       run(TZVMM_VIRTIO_BLK_T_IN) + run(99);
	const bool worked =
		*(uint8_t *)&shared[(HEAD + 16u) / 4u] == TZVMM_VIRTIO_BLK_S_UNSUPP;

	semihost_print(leaks == 0u ? "ok - " : "FAIL - ");
	semihost_print("no call shows the guest what was on the monitor's stack\n");
	semihost_print(worked ? "ok - " : "FAIL - ");
	semihost_print("the requests were answered\n");
	semihost_exit(leaks == 0u && worked ? 0 : 1);
}

static uint32_t guest_stack[2048] __attribute__((section(".guest"), aligned(8)));

void tzvmm_monitor_main(void)
{
	armv7a_mmu_enable(machine_map, MACHINE_NR_MAP);
	armv7a_monitor_init(&vm, &ops);
	armv7a_led = (struct armv7a_led){ 1, (uintptr_t)&led, 2 };
	if (!build()) {
		fatal("the tables are wrong");
	}
	armv7a_monitor_enter((uint32_t)(uintptr_t)leaks_entry,
			     (uint32_t)(uintptr_t)&guest_stack[2048],
			     (uint32_t)(uintptr_t)guest_main, 0);
}
