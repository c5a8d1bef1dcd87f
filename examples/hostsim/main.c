/* SPDX-License-Identifier: BSD-2-Clause */
/* The library with a simulated guest in one process: the guest prints, asks for
 * entropy, reads all of its disk, writes if it may, and powers off. */
#define _DEFAULT_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../guest_half/guest_half.h"
#include "file_disk.h"
#include "host_vm.h"

#define STATUS_GUEST 1 /* the guest found something wrong */
#define STATUS_USAGE 2

#define TRNG_RND32 0x84000053u

static struct host_vm host;
static struct file_disk disk;

/* The guest's way out. A standby is when the secure world's interrupts come. */
static void smc(uint32_t regs[8])
{
	host_vm_smc(&host, regs);
	if (host.action == TZVMM_STANDBY) {
		file_disk_run(&disk);
		host_vm_run(&host);
	}
}

static size_t ask_kernel(void *ctx, uint8_t *out, size_t len)
{
	const ssize_t got = getrandom(out, len, GRND_NONBLOCK);

	(void)ctx;
	return got < 0 ? 0u : (size_t)got;
}

static const struct tzvmm_entropy_ops entropy_ops = { ask_kernel };
static const struct tzvmm_entropy entropy = { &entropy_ops, NULL };

/* ---- The guest ---------------------------------------------------------- */

/* [DEN0098] 32 bits, which come in r3. */
static void print_entropy(struct guest_half *guest)
{
	uint32_t regs[8] = { TRNG_RND32, 32 };
	char text[32];

	guest->smc(regs);
	if (regs[0] == 0u) {
		(void)snprintf(text, sizeof(text), "entropy %08" PRIx32 "\n",
			       regs[3]);
	}
	guest_half_print(guest, regs[0] == 0u ? text : "no entropy\n");
}

static const char *read_all(struct guest_half *guest, uint64_t capacity, uint32_t *sum)
{
	for (uint64_t at = 0; at < capacity; at += GUEST_HALF_SECTORS) {
		const uint64_t left = capacity - at;
		const uint32_t nr = left < GUEST_HALF_SECTORS ? (uint32_t)left
							      : GUEST_HALF_SECTORS;

		if (!guest_half_transfer(guest, false, at, nr)) {
			return "the disk cannot be read\n";
		}
		for (uint32_t i = 0; i < nr * 512u; i++) {
			*sum = *sum * 31u + guest_half_buffer(guest)[i];
		}
	}
	return guest_half_transfer(guest, false, capacity, 1)
		       ? "the disk goes on behind its end\n"
		       : NULL;
}

/* The last sector is turned over, read back, and put back. */
static const char *write_and_verify(struct guest_half *guest, uint64_t capacity)
{
	uint8_t *buffer = guest_half_buffer(guest);
	uint8_t before[512];

	if (!guest_half_transfer(guest, false, capacity - 1u, 1)) {
		return "the last sector cannot be read\n";
	}
	memcpy(before, buffer, sizeof(before));
	for (unsigned i = 0; i < sizeof(before); i++) {
		buffer[i] = (uint8_t)~before[i];
	}
	if (!guest_half_transfer(guest, true, capacity - 1u, 1)) {
		return "the last sector cannot be written\n";
	}
	memset(buffer, 0, sizeof(before));
	if (!guest_half_transfer(guest, false, capacity - 1u, 1)) {
		return "what was written cannot be read\n";
	}
	for (unsigned i = 0; i < sizeof(before); i++) {
		if ((buffer[i] ^ before[i]) != UINT8_MAX) {
			return "something else was read than written\n";
		}
	}
	memcpy(buffer, before, sizeof(before));
	return guest_half_transfer(guest, true, capacity - 1u, 1)
		       ? NULL
		       : "the last sector cannot be put back\n";
}

static const char *run_guest(struct guest_half *guest, bool writes)
{
	const char *failed = guest_half_probe(guest);
	char text[80];
	uint32_t sum = 0;
	uint64_t capacity;

	if (failed != NULL) {
		return failed;
	}
	guest_half_print(guest, "a simulated guest\n");
	print_entropy(guest);
	failed = guest_half_disk(guest);
	if (failed != NULL) {
		return failed;
	}
	capacity = guest_half_capacity(guest);
	failed = read_all(guest, capacity, &sum);
	if (failed == NULL && writes) {
		failed = write_and_verify(guest, capacity);
	}
	(void)snprintf(text, sizeof(text),
		       "%" PRIu64 " sectors, sum %08" PRIx32 "\n", capacity, sum);
	guest_half_print(guest, failed == NULL ? text : failed);
	return failed;
}

/* ---- The host ----------------------------------------------------------- */

static void usage(FILE *out)
{
	(void)fprintf(
		out,
		"usage: hostsim [--write] IMAGE\n"
		"Run a simulated guest on tzvmm, with IMAGE as its disk.\n"
		"  --write  turn the last sector over, read it back, restore it\n"
		"  --help   this text\n"
		"Status: 0 done, 1 the guest found something wrong, 2 usage.\n");
}

static const char *run(bool writes)
{
	struct guest_half guest = { .smc = smc, .pa = HOST_VM_RAM };
	void *ram = aligned_alloc(4096, HOST_VM_RAM_LEN);
	const char *failed;

	if (ram == NULL || !host_vm_init(&host, ram, &disk.dev, &entropy)) {
		free(ram);
		return "the machine cannot be built";
	}
	memset(ram, 0, HOST_VM_RAM_LEN);
	guest.mem = ram;
	failed = run_guest(&guest, writes);
	guest_half_off(&guest);
	if (failed == NULL && host.action != TZVMM_OFF) {
		failed = "the guest does not power off";
	}
	free(ram);
	return failed;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "write", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool writes = false;
	const char *failed;
	int c;

	while ((c = getopt_long(argc, argv, "wh", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			return 0;
		}
		if (c != 'w') {
			usage(stderr);
			return STATUS_USAGE;
		}
		writes = true;
	}
	if (argc - optind != 1) {
		usage(stderr);
		return STATUS_USAGE;
	}
	failed = file_disk_open(&disk, argv[optind], writes);
	if (failed != NULL) {
		(void)fprintf(stderr, "hostsim: %s: %s\n", argv[optind], failed);
		file_disk_close(&disk);
		return STATUS_USAGE;
	}
	failed = run(writes);
	file_disk_close(&disk);
	if (failed != NULL) {
		(void)fprintf(stderr, "hostsim: %s\n", failed);
		return STATUS_GUEST;
	}
	return 0;
}
