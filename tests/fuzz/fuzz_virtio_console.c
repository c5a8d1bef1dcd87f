// SPDX-License-Identifier: BSD-2-Clause
/* A console device with several ports, its control path above all: any messages,
 * buffers and registers in any order, with secure code that takes and gives as much
 * as it likes. Ports are opened and closed in turn, a run has its bound, memory is
 * the sanitizers' to watch, and a driver in order is told of each port once,
 * whatever came before it. */

#include <string.h>

#include <tzvmm/virtio_console.h>

#include "fuzz_guest.h"

#define RAM_LEN 0x10000u
#define NR_PORTS 3u
#define NR_QUEUES (2u * NR_PORTS + 2u)

#define DATA 0x4000u
#define TOLD (DATA + 0x8000u)
#define TOLD_LEN 64u

/* Of the specification. */
#define CONTROL_RX 2u
#define CONTROL_TX 3u
#define DEVICE_READY 0u
#define PORT_ADD 1u
#define PORT_READY 3u
#define CONSOLE_PORT 4u
#define PORT_OPEN 6u
#define PORT_NAME 7u

/* Secure code behind a port. */
struct end {
	struct fuzz_input *in;
	size_t nr_in, nr_out; /* bytes of this run */
	bool open;
};

struct fuzz {
	struct fuzz_guest guest;
	struct tzvmm_vcon vcon;
	struct tzvmm_vcon_port_config ports[NR_PORTS];
	struct end ends[NR_PORTS];
	struct fuzz_queues queues;
};

/* ---- Surroundings ------------------------------------------------------- */

/* All, or any part. */
static size_t some(struct fuzz_input *in, size_t len)
{
	const uint8_t much = fuzz_take8(in);

	return much < 0xC0u ? len : much % (len + 1u);
}

static size_t received(void *ctx, const uint8_t *bytes, size_t len)
{
	struct end *end = ctx;
	uint8_t copy[TZVMM_VCON_BUDGET];
	size_t taken;

	require(len != 0u && len <= sizeof(copy));
	memcpy(copy, bytes, len);
	taken = some(end->in, len);
	end->nr_in += taken;
	return taken;
}

static size_t give(void *ctx, uint8_t *bytes, size_t len)
{
	struct end *end = ctx;
	size_t given;

	require(len != 0u && len <= TZVMM_VCON_BUDGET);
	memset(bytes, 'x', len);
	given = some(end->in, len);
	end->nr_out += given;
	return given;
}

static void opened(void *ctx, bool open)
{
	struct end *end = ctx;

	require(end->open != open);
	end->open = open;
}

static const struct tzvmm_vcon_port_ops port_ops = { received, give, opened };

/* ---- The guest ---------------------------------------------------------- */

/* One of few places for messages: those that wait may change. */
static void control(struct fuzz *fz, uint32_t id, uint32_t event, uint32_t value)
{
	const uint32_t at =
		DATA + 16u * (fz->queues.avail[CONTROL_TX] % 8u) + id % 2u;
	const uint32_t message[2] = { id, event | value << 16 };

	memcpy(fz->guest.ram + at, message, sizeof(message));
	fuzz_put_desc(&fz->queues, CONTROL_TX, fz->queues.avail[CONTROL_TX], at,
		      sizeof(message), 0, 0);
	fuzz_publish(&fz->queues, CONTROL_TX, fz->queues.avail[CONTROL_TX]);
}

/* A message that makes sense but for what the input changes. */
static void any_control(struct fuzz *fz)
{
	static const uint8_t events[] = { DEVICE_READY, PORT_READY, PORT_OPEN,
					  PORT_READY,   PORT_OPEN,  PORT_ADD,
					  PORT_NAME,    5 };
	const uint8_t kind = fuzz_take8(&fz->guest.in);
	uint32_t id = fuzz_take8(&fz->guest.in) % (NR_PORTS + 1u);
	uint32_t event = events[kind % 8u];

	if (kind >= 0xE0u) {
		id = fuzz_take32(&fz->guest.in);
		event = fuzz_take16(&fz->guest.in);
	}
	control(fz, id, event, (kind & 8u) != 0u ? fuzz_take16(&fz->guest.in) : 1u);
}

/* Buffers of one or two pieces, mostly of the right direction. */
static void any_buffer(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->guest.in);
	const uint32_t n = kind % NR_QUEUES;
	const uint32_t i = fz->queues.avail[n];
	const uint32_t at = DATA + 16u * fuzz_take8(&fz->guest.in);
	const uint32_t len = 1u + fuzz_take16(&fz->guest.in) % 0x1800u;
	const uint32_t write = (n & 1u) == 0u ? 2u : 0u;

	if ((kind & 0x30u) == 0x30u) {
		fuzz_put_desc(&fz->queues, n, i, at, 1u + len % 80u, write | 1u,
			      (i + 1u) % SIZE);
		fuzz_put_desc(&fz->queues, n, i + 1u, at, len, kind >> 6,
			      (i + 2u) % SIZE);
	} else {
		fuzz_put_desc(&fz->queues, n, i, at,
			      (kind & 0x40u) != 0u ? len % 80u : len, write, 0);
	}
	fuzz_publish(&fz->queues, n, i);
}

/* The device looks at its queues, once. */
static void run(struct fuzz *fz, bool by_notify)
{
	for (uint32_t n = 0; n < NR_PORTS; n++) {
		fz->ends[n].nr_in = 0;
		fz->ends[n].nr_out = 0;
	}
	if (by_notify) {
		fuzz_reg_write(&fz->vcon.virtio, 0x050,
			       fuzz_take8(&fz->guest.in) % (NR_QUEUES + 1u));
	} else {
		tzvmm_vcon_run(&fz->vcon);
	}
	for (uint32_t n = 0; n < NR_PORTS; n++) {
		require(fz->ends[n].nr_in <= TZVMM_VCON_BUDGET);
		require(fz->ends[n].nr_out <= TZVMM_VCON_BUDGET);
	}
}

static void step(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->guest.in);
	uint32_t at;

	switch (kind % 16u) {
	case 0:
		fuzz_bring_up(&fz->queues,
			      (uint32_t)(kind >> 6) << 28 | (kind & 16u ? 0u : 2u));
		break;
	case 1:
	case 2:
	case 3:
	case 4:
		any_control(fz);
		break;
	case 5:
	case 6:
	case 7:
		any_buffer(fz);
		break;
	case 8:
	case 9:
	case 10:
		run(fz, true);
		break;
	case 11:
		run(fz, false);
		break;
	case 12:
		fuzz_any_write(&fz->vcon.virtio, &fz->guest.in);
		break;
	case 13:
		at = fuzz_take16(&fz->guest.in) % RAM_LEN;
		fz->guest.ram[at] = fuzz_take8(&fz->guest.in);
		break;
	case 14:
		fuzz_set_racing((kind & 16u) != 0u);
		break;
	default:
		(void)tzvmm_virtio_read(&fz->vcon.virtio, fuzz_take16(&fz->guest.in),
					1u << (kind / 16u) % 3u);
		break;
	}
}

/* What the device told in its n-th message: a bit each. */
static uint32_t told(const struct fuzz *fz, uint32_t n)
{
	uint32_t id;
	uint16_t event, value;

	memcpy(&id, fz->guest.ram + TOLD + TOLD_LEN * n, 4);
	memcpy(&event, fz->guest.ram + TOLD + TOLD_LEN * n + 4u, 2);
	memcpy(&value, fz->guest.ram + TOLD + TOLD_LEN * n + 6u, 2);
	require(id < NR_PORTS && event < 8u && value == 1u);
	return 1u << (8u * id + event);
}

/* A driver in order learns of each port, once. */
static void meet(struct fuzz *fz)
{
	const uint32_t port = 1u << PORT_ADD | 1u << PORT_NAME | 1u << PORT_OPEN;
	const uint32_t all = port | 1u << CONSOLE_PORT | port << 8 | port << 16;
	uint32_t seen = 0;
	uint16_t nr_used;

	fuzz_set_racing(false);
	fuzz_bring_up(&fz->queues, 2);
	for (uint32_t n = 0; n < NR_PORTS; n++) {
		require(!fz->ends[n].open);
	}
	for (uint32_t i = 0; i < SIZE; i++) {
		fuzz_put_desc(&fz->queues, CONTROL_RX, i, TOLD + TOLD_LEN * i,
			      TOLD_LEN, 2, 0);
		fuzz_publish(&fz->queues, CONTROL_RX, i);
	}
	control(fz, 0, DEVICE_READY, 1);
	for (uint32_t n = 0; n < NR_PORTS; n++) {
		control(fz, n, PORT_READY, 1);
	}
	fuzz_reg_write(&fz->vcon.virtio, 0x050, CONTROL_RX);
	fuzz_reg_write(&fz->vcon.virtio, 0x050, CONTROL_TX);
	nr_used = fuzz_nr_used(&fz->queues, CONTROL_RX);
	require(nr_used <= SIZE);
	for (uint32_t i = 0; i < nr_used; i++) {
		const uint32_t what = told(fz, i);

		require((seen & what) == 0u);
		seen |= what;
	}
	require(seen == all);
}

static void set_up(struct fuzz *fz)
{
	static const char *const names[NR_PORTS] = { "terminal", "channel", "" };
	const struct tzvmm_virtio_bus bus = fuzz_bus(&fz->guest);

	for (uint32_t n = 0; n < NR_PORTS; n++) {
		fz->ends[n] = (struct end){ .in = &fz->guest.in };
		fz->ports[n] = (struct tzvmm_vcon_port_config){ names[n], &port_ops,
								&fz->ends[n] };
	}
	require(tzvmm_vcon_init(&fz->vcon, fz->ports, NR_PORTS, &bus) == TZVMM_OK);
	fz->queues =
		(struct fuzz_queues){ &fz->guest, &fz->vcon.virtio, NR_QUEUES, { 0 } };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz fz;

	fz = (struct fuzz){ 0 };
	fuzz_guest_init(&fz.guest, data, size, RAM_LEN);
	set_up(&fz);
	while (fz.guest.in.left != 0u) {
		step(&fz);
	}
	meet(&fz);
	free(fz.guest.ram);
	return 0;
}
