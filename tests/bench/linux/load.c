// SPDX-License-Identifier: BSD-2-Clause
/* Direct requests to a disk of Linux, a number of them in flight.
 *
 *   load DEVICE read|write seq|random SIZE DEPTH NR
 *
 * The calls getpgid() and getsid() frame the work, for whoever counts instructions
 * between them. Writes leave what they read from the same place before: nothing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

#define MAX_DEPTH 32u

static struct {
	int fd;
	uint16_t op;
	int random;
	uint64_t size, nr_places;
	unsigned depth, nr, nr_started;
	aio_context_t ring;
	uint8_t *memory;
	struct iocb requests[MAX_DEPTH];
} load;

static void check(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(1);
	}
}

/* The same places in every run. */
static uint64_t place(unsigned n)
{
	const uint64_t mixed = (uint64_t)n * 0x9E3779B97F4A7C15u >> 20;

	return (load.random ? mixed : n) % load.nr_places * load.size;
}

static struct iocb *make(unsigned slot)
{
	struct iocb *io = &load.requests[slot];

	*io = (struct iocb){
		.aio_data = slot,
		.aio_lio_opcode = load.op,
		.aio_fildes = (uint32_t)load.fd,
		.aio_buf = (uintptr_t)(load.memory + slot * load.size),
		.aio_nbytes = load.size,
		.aio_offset = (int64_t)place(load.nr_started++),
	};
	return io;
}

static void submit(struct iocb **ios, long nr)
{
	while (nr > 0) {
		const long done = syscall(SYS_io_submit, load.ring, nr, ios);

		check(done > 0, "io_submit");
		ios += done;
		nr -= done;
	}
}

static void work(void)
{
	struct iocb *next[MAX_DEPTH];
	struct io_event ended[MAX_DEPTH];
	unsigned nr_ended = 0;
	long nr = 0;

	while (nr < (long)load.depth && load.nr_started < load.nr) {
		next[nr] = make((unsigned)nr);
		nr++;
	}
	submit(next, nr);
	while (nr_ended < load.nr) {
		const long got = syscall(SYS_io_getevents, load.ring, 1L,
					 (long)load.depth, ended, NULL);

		check(got > 0, "io_getevents");
		nr = 0;
		for (long i = 0; i < got; i++) {
			check(ended[i].res == (int64_t)load.size, "a request");
			if (load.nr_started < load.nr) {
				next[nr++] = make((unsigned)ended[i].data);
			}
		}
		nr_ended += (unsigned)got;
		submit(next, nr);
	}
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

int main(int argc, char **argv)
{
	uint64_t bytes, start;

	if (argc != 7) {
		fputs("usage: load DEVICE read|write seq|random SIZE DEPTH NR\n",
		      stderr);
		return 2;
	}
	load.op = strcmp(argv[2], "write") == 0 ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
	load.random = strcmp(argv[3], "random") == 0;
	load.size = strtoull(argv[4], NULL, 0);
	load.depth = (unsigned)strtoul(argv[5], NULL, 0);
	load.nr = (unsigned)strtoul(argv[6], NULL, 0);
	check(load.size != 0 && load.depth != 0 && load.depth <= MAX_DEPTH,
	      "sizes");
	load.fd = open(argv[1], O_RDWR | O_DIRECT);
	check(load.fd >= 0 && ioctl(load.fd, BLKGETSIZE64, &bytes) == 0, argv[1]);
	load.nr_places = bytes / load.size;
	load.memory = mmap(NULL, load.depth * load.size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	check(load.memory != MAP_FAILED, "memory");
	check(syscall(SYS_io_setup, MAX_DEPTH, &load.ring) == 0, "io_setup");
	(void)getpgid(0);
	start = now_us();
	work();
	start = now_us() - start;
	(void)getsid(0);
	printf("LOAD %s %s %s %s %s us %llu\n", argv[2], argv[3], argv[4], argv[5],
	       argv[6], (unsigned long long)start);
	return 0;
}
