/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of docs/abi.md; each test names the paragraphs that it holds. Numbers
 * are written as the page has them, so that a header that differs from it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/hypercall.h>
#include <tzvmm/smccc.h>

#include "fake.h"

#define FEATURES 0x86000000u
#define CONSOLE_WRITE 0x86000001u
#define CONSOLE_READ 0x86000002u
#define VIRTIO_READ 0x86000003u
#define VIRTIO_WRITE 0x86000004u
#define VIRTIO_NOTIFY 0x86000005u
#define VIRTIO_INTERRUPT 0x86000006u
#define VIRTIO_EDGES 0x86000007u
#define CALL_COUNT 0x8600FF00u
#define CALL_UID 0x8600FF01u
#define REVISION 0x8600FF03u
#define NOT_SUPPORTED 0xFFFFFFFFu
#define INVALID 0xFFFFFFFEu

#define CONSOLE_LINE 109u
#define DEVICE_LINE 110u
#define EDGE_LINE 118u /* of device 0; the other one has none */
#define NR_DEVICES 2u

/* What a register holds before a call unless a case says otherwise. */
#define POISON(n) (0xA5000000u + (n))

/* A device that notes what it is told. */
struct device {
	struct tzvmm_virtio vio;
	struct tzvmm_virtio_queue queue;
	unsigned nr_notified;
};

static struct fake fake;
static struct tzvmm_vm vm;
static struct device devices[NR_DEVICES];
static struct tzvmm_virtio *table[NR_DEVICES] = { &devices[0].vio, &devices[1].vio };
static struct tzvmm_hypercalls calls;
static const struct tzvmm_smc_service service = { TZVMM_SMCCC_OWNER_HYP,
						  tzvmm_hypercall, &calls };
static const uint8_t config[] = { 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17 };

static struct tzvmm_smc_console console;
static struct tzvmm_mux mux;
static struct tzvmm_mux_source source;
static struct tzvmm_input input;
static char ring[TZVMM_MUX_MIN_RING];
static uint8_t input_bytes[64];
static char shown[8192];
static size_t nr_shown, room;

static size_t sink_write(void *ctx, const char *text, size_t len)
{
	const size_t taken = len < room ? len : room;

	(void)ctx;
	memcpy(shown + nr_shown, text, taken);
	nr_shown += taken;
	room -= taken;
	return taken;
}

static const struct tzvmm_sink_ops sink_ops = { sink_write };
static const struct tzvmm_sink sink = { &sink_ops, NULL };
static const struct tzvmm_mux_source_config source_config = { .name = "guest",
							      .guest = true };

static void note_notify(void *ctx, uint32_t queue)
{
	assert_int_equal(queue, 0);
	((struct device *)ctx)->nr_notified++;
}

static void ignore_reset(void *ctx)
{
	(void)ctx;
}

static bool never_busy(void *ctx)
{
	(void)ctx;
	return false;
}

static const struct tzvmm_virtio_ops device_ops = {
	.notify = note_notify,
	.reset = ignore_reset,
	.is_busy = never_busy,
};

static void plug(unsigned n)
{
	const struct tzvmm_virtio_device dev = {
		.name = "dev",
		.id = 40u + n,
		.nr_queues = 1,
		.max_size = 16,
		.queues = &devices[n].queue,
		.config = config,
		.config_len = sizeof(config),
		.ops = &device_ops,
		.ctx = &devices[n],
	};
	const struct tzvmm_virtio_bus bus = { &fake.port.ram, tzvmm_vm_irqs(&vm),
					      DEVICE_LINE + n, &fake.sys,
					      n == 0u ? EDGE_LINE : 0u };

	devices[n].nr_notified = 0;
	assert_int_equal(tzvmm_virtio_init(&devices[n].vio, &dev, &bus), TZVMM_OK);
}

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	fake.now_us = 1000000;
	nr_shown = 0;
	room = sizeof(shown);
	assert_int_equal(tzvmm_vm_init(&vm, &fake.port, NULL, 0), TZVMM_OK);
	assert_int_equal(tzvmm_vm_serve(&vm, &service, 1), TZVMM_OK);
	assert_int_equal(tzvmm_mux_init(&mux, &fake.sys, &sink, ring, sizeof(ring)),
			 TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&source, &mux, &source_config), TZVMM_OK);
	assert_int_equal(tzvmm_input_init(&input, input_bytes, sizeof(input_bytes)),
			 TZVMM_OK);
	assert_int_equal(tzvmm_smc_console_init(&console, &source, &input,
						tzvmm_vm_irqs(&vm), CONSOLE_LINE),
			 TZVMM_OK);
	for (unsigned n = 0; n < NR_DEVICES; n++) {
		plug(n);
	}
	calls = (struct tzvmm_hypercalls){ table, NR_DEVICES, &console };
	return 0;
}

/* ---- Calls -------------------------------------------------------------- */

/* SMC-2: of r1 to r7 only the first nr_results may change, and none if the call
 * fails. regs has r0 to r7. */
static uint32_t call(uint32_t *regs, unsigned nr_results)
{
	struct tzvmm_exit exit = { .kind = TZVMM_EXIT_SMC, .smc = regs };
	uint32_t before[8];

	memcpy(before, regs, sizeof(before));
	assert_int_equal(tzvmm_vm_exit(&vm, &exit), TZVMM_RESUME);
	for (unsigned i = 1; i < 8u; i++) {
		if (i > nr_results || regs[0] == INVALID || regs[0] == NOT_SUPPORTED) {
			assert_int_equal(regs[i], before[i]);
		}
	}
	return regs[0];
}

/* A call with up to four arguments and no result but r0. */
static uint32_t call4(uint32_t function, uint32_t r1, uint32_t r2, uint32_t r3,
		      uint32_t r4)
{
	uint32_t regs[8] = { function, r1,        r2,        r3,
			     r4,       POISON(5), POISON(6), POISON(7) };

	return call(regs, 0);
}

static uint32_t virtio_read(uint32_t device, uint32_t offset, uint32_t size)
{
	uint32_t regs[8] = { VIRTIO_READ, device,    offset,    size,
			     POISON(4),   POISON(5), POISON(6), POISON(7) };

	assert_int_equal(call(regs, 1), 0);
	return regs[1];
}

static void virtio_write(uint32_t device, uint32_t offset, uint32_t value)
{
	assert_int_equal(call4(VIRTIO_WRITE, device, offset, 4, value), 0);
}

static bool line(unsigned n)
{
	return fake.level[n];
}

static void line_ended(unsigned n)
{
	fake.level[n] = false;
}

/* SMC-3 */
static void functions_that_nobody_names_are_refused_and_counted(void **state)
{
	static const uint32_t functions[] = {
		0x86000008, 0x8600000F, 0x8600FEFF, 0x8600FF02,
		0x8600FF04, 0x8600FFFF, 0x86010000, 0xC6000000,
		0xC6000003, 0x06000000, 0x06000003, 0x8700FF01,
	};
	const unsigned nr = sizeof(functions) / sizeof(functions[0]);

	(void)state;
	for (unsigned i = 0; i < nr; i++) {
		assert_int_equal(call4(functions[i], POISON(1), POISON(2),
				       POISON(3), POISON(4)),
				 NOT_SUPPORTED);
	}
	assert_int_equal(tzvmm_vm_stats(&vm)->smc_unknown, nr);
}

/* VER-1, VER-2, VER-3 */
static void a_guest_recognises_the_interface(void **state)
{
	uint32_t uid[8] = { CALL_UID,  POISON(1), POISON(2), POISON(3),
			    POISON(4), POISON(5), POISON(6), POISON(7) };
	uint32_t revision[8] = { REVISION,  POISON(1), POISON(2), POISON(3),
				 POISON(4), POISON(5), POISON(6), POISON(7) };

	(void)state;
	assert_int_equal(call(uid, 3), 0xE52666ED);
	assert_int_equal(uid[1], 0x5545D410);
	assert_int_equal(uid[2], 0xE0E09E8D);
	assert_int_equal(uid[3], 0x7597992B);
	assert_int_equal(call(revision, 1), 1);
	assert_int_equal(revision[1], 1);
	assert_int_equal(
		call4(CALL_COUNT, POISON(1), POISON(2), POISON(3), POISON(4)), 11);
}

/* VER-3: as many as there are. */
static void the_number_of_functions_is_true(void **state)
{
	uint32_t known = 0;

	(void)state;
	for (uint32_t n = 0; n < 0x10000u; n++) {
		const uint32_t unknown = tzvmm_vm_stats(&vm)->smc_unknown;
		uint32_t regs[8] = { 0x86000000u + n };

		(void)call(regs, 3);
		known += tzvmm_vm_stats(&vm)->smc_unknown == unknown;
	}
	assert_int_equal(known, call4(CALL_COUNT, POISON(1), POISON(2), POISON(3),
				      POISON(4)));
}

static void assert_features(uint32_t bits, uint32_t nr_devices)
{
	uint32_t regs[8] = { FEATURES,  0,         POISON(2), POISON(3),
			     POISON(4), POISON(5), POISON(6), POISON(7) };

	assert_int_equal(call(regs, 3), 0);
	assert_int_equal(regs[1], bits);
	assert_int_equal(regs[2], nr_devices);
	assert_int_equal(regs[3], 0);
}

/* VER-4 */
static void features_tell_what_there_is(void **state)
{
	(void)state;
	assert_features(7, NR_DEVICES);
	calls.console = NULL;
	assert_features(6, NR_DEVICES);
	calls.devices = &table[1]; /* the one without edges */
	calls.nr_devices = 1;
	assert_features(2, 1);
	calls.devices = table;
	calls.nr_devices = 0;
	assert_features(0, 0);
	assert_int_equal(call4(FEATURES, 1, POISON(2), POISON(3), POISON(4)),
			 INVALID);
	assert_int_equal(call4(FEATURES, UINT32_MAX, POISON(2), POISON(3), POISON(4)),
			 INVALID);
}

/* ---- Console ------------------------------------------------------------ */

static uint32_t console_write(const char *text, uint32_t len)
{
	uint32_t regs[8] = { CONSOLE_WRITE, len,       POISON(2), POISON(3),
			     POISON(4),     POISON(5), POISON(6), POISON(7) };

	for (uint32_t i = 0; i < len && text[i] != 0; i++) {
		const unsigned shift = 8u * (i % 4u);

		regs[2u + i / 4u] &= ~(0xFFu << shift);
		regs[2u + i / 4u] |= (uint32_t)(uint8_t)text[i] << shift;
	}
	return call(regs, 0);
}

static bool has_been_shown(const char *text)
{
	(void)tzvmm_mux_pump(&mux);
	shown[nr_shown] = '\0';
	return strstr(shown, text) != NULL;
}

/* CON-1 */
static void text_is_written_from_registers(void **state)
{
	(void)state;
	assert_int_equal(console_write("", 0), 0);
	assert_int_equal(console_write("a\n", 2), 2);
	assert_true(has_been_shown("] a\r\n"));
	assert_int_equal(console_write("0123456789abcdefghijklm\n", 24), 24);
	assert_true(has_been_shown("] 0123456789abcdefghijklm\r\n"));
	assert_int_equal(console_write("", 25), INVALID);
	assert_int_equal(console_write("", UINT32_MAX), INVALID);
	/* Nothing but what was named: no byte of the poison. */
	assert_false(has_been_shown("\\x"));
}

/* CON-1: what finds no room is taken later, in order. */
static void text_that_finds_no_room_is_offered_again(void **state)
{
	static const char text[] = "twenty-three characters\n";
	unsigned written = 0;
	uint32_t taken;

	(void)state;
	room = 0;
	do {
		taken = console_write(text + written % 24u, 24u - written % 24u);
		written += taken;
		assert_true(taken <= 24u && written < 100000u);
	} while (taken != 0u);
	assert_true(written > 100u);
	room = sizeof(shown) - 1u;
	(void)tzvmm_mux_pump(&mux);
	for (unsigned end = (written / 24u + 2u) * 24u; written < end;) {
		written += console_write(text + written % 24u, 24u - written % 24u);
	}
	assert_false(has_been_shown("\\x"));
	for (const char *at = shown; (at = strstr(at, "] ")) != NULL; at++) {
		assert_int_equal(strncmp(at + 2, "twenty-three characters\r\n", 25),
				 0);
	}
}

static uint32_t console_read(uint32_t most, uint8_t *text)
{
	uint32_t regs[8] = { CONSOLE_READ, most,      POISON(2), POISON(3),
			     POISON(4),    POISON(5), POISON(6), POISON(7) };
	const uint32_t nr = call(regs, 3);

	for (unsigned i = 0; i < 12u; i++) {
		text[i] = (uint8_t)(regs[1u + i / 4u] >> 8u * (i % 4u));
	}
	return nr;
}

static void type(const char *text)
{
	(void)tzvmm_input_put(&input, (const uint8_t *)text, strlen(text));
	tzvmm_smc_console_poll(&console);
	tzvmm_irqs_flush(tzvmm_vm_irqs(&vm));
}

/* CON-2, CON-3 */
static void what_was_typed_is_read_and_the_line_goes_down(void **state)
{
	static const uint8_t none[12];
	uint8_t text[12];

	(void)state;
	assert_int_equal(console_read(12, text), 0);
	assert_memory_equal(text, none, 12);
	assert_false(line(CONSOLE_LINE));
	type("hello, secure world");
	assert_true(line(CONSOLE_LINE));
	assert_int_equal(console_read(12, text), 12);
	assert_memory_equal(text, "hello, secur", 12);
	assert_true(line(CONSOLE_LINE));
	assert_int_equal(console_read(2, text), 2);
	assert_memory_equal(text, "e \0\0\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(console_read(0, text), 0);
	assert_memory_equal(text, none, 12);
	assert_true(line(CONSOLE_LINE));
	assert_int_equal(console_read(12, text), 5);
	assert_memory_equal(text, "world\0\0\0\0\0\0\0", 12);
	assert_false(line(CONSOLE_LINE));
}

/* CON-2 */
static void a_read_of_too_much_takes_nothing(void **state)
{
	uint8_t text[12];

	(void)state;
	type("x");
	assert_int_equal(console_read(13, text), INVALID);
	assert_int_equal(console_read(UINT32_MAX, text), INVALID);
	assert_true(line(CONSOLE_LINE));
	assert_int_equal(console_read(1, text), 1);
	assert_int_equal(text[0], 'x');
}

/* CON-4 */
static void a_guest_without_a_console_is_told(void **state)
{
	uint8_t text[12];

	(void)state;
	calls.console = NULL;
	assert_int_equal(console_write("x", 1), NOT_SUPPORTED);
	assert_int_equal(console_read(12, text), NOT_SUPPORTED);
}

static void a_console_on_a_line_that_is_not_the_guests_is_refused(void **state)
{
	struct tzvmm_smc_console other = { 0 };

	(void)state;
	assert_int_equal(tzvmm_smc_console_init(&other, &source, &input,
						tzvmm_vm_irqs(&vm), FAKE_SECURE_LINE),
			 TZVMM_E_DENIED);
	assert_int_equal(tzvmm_smc_console_init(&other, &source, &input,
						tzvmm_vm_irqs(&vm), 128),
			 TZVMM_E_INVAL);
	assert_null(other.out);
}

/* ---- virtio ------------------------------------------------------------- */

/* VIO-1 */
static void registers_are_read_in_their_size(void **state)
{
	(void)state;
	assert_int_equal(virtio_read(0, 0x000, 4), 0x74726976);
	assert_int_equal(virtio_read(0, 0x004, 4), 2);
	assert_int_equal(virtio_read(0, 0x008, 4), 40);
	assert_int_equal(virtio_read(1, 0x008, 4), 41);
	assert_int_equal(virtio_read(0, 0x100, 4), 0x13121110);
	assert_int_equal(virtio_read(0, 0x102, 2), 0x1312);
	assert_int_equal(virtio_read(0, 0x107, 1), 0x17);
	assert_int_equal(virtio_read(0, 0x1FF, 1), 0);
}

static void bring_up(uint32_t n)
{
	virtio_write(n, 0x070, 0);
	virtio_write(n, 0x070, 3);
	virtio_write(n, 0x024, 1);
	virtio_write(n, 0x020, 1);
	virtio_write(n, 0x070, 11);
	virtio_write(n, 0x030, 0);
	virtio_write(n, 0x038, 16);
	virtio_write(n, 0x080, FAKE_RAM_IPA);
	virtio_write(n, 0x090, FAKE_RAM_IPA + 0x1000u);
	virtio_write(n, 0x0A0, FAKE_RAM_IPA + 0x2000u);
	virtio_write(n, 0x044, 1);
	virtio_write(n, 0x070, 15);
	assert_int_equal(virtio_read(n, 0x070, 4), 15);
	assert_int_equal(virtio_read(n, 0x044, 4), 1);
	devices[n].nr_notified = 0;
}

/* VIO-2, VIO-3 */
static void a_device_is_brought_up_and_notified_by_calls(void **state)
{
	(void)state;
	bring_up(1);
	assert_int_equal(call4(VIRTIO_NOTIFY, 1, 0, POISON(3), POISON(4)), 0);
	assert_int_equal(devices[1].nr_notified, 1);
	assert_int_equal(devices[0].nr_notified, 0);
	virtio_write(1, 0x050, 0);
	assert_int_equal(devices[1].nr_notified, 2);
	/* Queues that there are not, and a device that does not run. */
	assert_int_equal(call4(VIRTIO_NOTIFY, 1, 1, POISON(3), POISON(4)), 0);
	assert_int_equal(call4(VIRTIO_NOTIFY, 1, UINT32_MAX, POISON(3), POISON(4)),
			 0);
	assert_int_equal(call4(VIRTIO_NOTIFY, 0, 0, POISON(3), POISON(4)), 0);
	assert_int_equal(devices[1].nr_notified, 2);
	assert_int_equal(devices[0].nr_notified, 0);
}

/* VIO-2: ignored and counted, r0 is 0 all the same. */
static void a_write_without_sense_is_ignored(void **state)
{
	const uint32_t before = tzvmm_virtio_stats(&devices[0].vio)->refused;

	(void)state;
	virtio_write(0, 0x000, 53);
	virtio_write(0, 0x100, 53);
	assert_int_equal(call4(VIRTIO_WRITE, 0, 0x101, 1, 53), 0);
	assert_int_equal(tzvmm_virtio_stats(&devices[0].vio)->refused, before + 3u);
	assert_int_equal(virtio_read(0, 0x000, 4), 0x74726976);
}

static uint32_t take_interrupts(uint32_t device)
{
	uint32_t regs[8] = { VIRTIO_INTERRUPT, device,    POISON(2), POISON(3),
			     POISON(4),        POISON(5), POISON(6), POISON(7) };

	assert_int_equal(call(regs, 1), 0);
	return regs[1];
}

/* VIO-4 */
static void causes_are_taken_and_the_line_goes_down(void **state)
{
	(void)state;
	bring_up(0);
	assert_int_equal(take_interrupts(0), 0);
	tzvmm_virtio_used(&devices[0].vio);
	tzvmm_virtio_config_changed(&devices[0].vio);
	tzvmm_irqs_flush(tzvmm_vm_irqs(&vm));
	assert_true(line(DEVICE_LINE));
	assert_int_equal(take_interrupts(1), 0);
	assert_true(line(DEVICE_LINE));
	assert_int_equal(take_interrupts(0), 3);
	assert_false(line(DEVICE_LINE));
	assert_int_equal(take_interrupts(0), 0);
}

/* VIO-5 */
static void bad_devices_sizes_and_registers_reach_no_device(void **state)
{
	static const struct {
		uint32_t device, offset, size;
	} bad[] = {
		{ NR_DEVICES, 0x000, 4 }, { UINT32_MAX, 0x000, 4 },
		{ 0x80000000, 0x000, 4 }, { 0, 0x000, 0 },
		{ 0, 0x000, 3 },          { 0, 0x000, 8 },
		{ 0, 0x000, UINT32_MAX }, { 0, 0x002, 4 },
		{ 0, 0x101, 2 },          { 0, 0x103, 4 },
		{ 0, 0x200, 4 },          { 0, 0x200, 1 },
		{ 0, UINT32_MAX, 1 },     { 0, 0xFFFFFFFC, 4 },
	};
	const uint32_t before = tzvmm_virtio_stats(&devices[0].vio)->refused;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(call4(VIRTIO_READ, bad[i].device, bad[i].offset,
				       bad[i].size, POISON(4)),
				 INVALID);
		assert_int_equal(call4(VIRTIO_WRITE, bad[i].device, bad[i].offset,
				       bad[i].size, POISON(4)),
				 INVALID);
	}
	assert_int_equal(call4(VIRTIO_NOTIFY, NR_DEVICES, 0, POISON(3), POISON(4)),
			 INVALID);
	assert_int_equal(call4(VIRTIO_INTERRUPT, UINT32_MAX, 0, POISON(3), POISON(4)),
			 INVALID);
	assert_int_equal(tzvmm_virtio_stats(&devices[0].vio)->refused, before);
	assert_int_equal(tzvmm_virtio_stats(&devices[0].vio)->notifies, 0);
}

/* VIO-5 */
static void
a_gap_between_devices_is_answered_like_a_device_that_there_is_not(void **state)
{
	struct tzvmm_virtio *const gap[] = { &devices[0].vio, NULL, &devices[1].vio };

	(void)state;
	calls.devices = gap;
	calls.nr_devices = 3;
	assert_features(7, 3);
	assert_int_equal(call4(VIRTIO_READ, 1, 0, 4, POISON(4)), INVALID);
	assert_int_equal(call4(VIRTIO_WRITE, 1, 0x70, 4, 1), INVALID);
	assert_int_equal(call4(VIRTIO_NOTIFY, 1, 0, POISON(3), POISON(4)), INVALID);
	assert_int_equal(call4(VIRTIO_INTERRUPT, 1, 0, POISON(3), POISON(4)),
			 INVALID);
	assert_int_equal(call4(VIRTIO_EDGES, 1, 1, POISON(3), POISON(4)), INVALID);
	assert_int_equal(call4(VIRTIO_NOTIFY, 2, 0, POISON(3), POISON(4)), 0);
}

/* EDGE-1, EDGE-2 */
static void edges_are_switched_by_a_call(void **state)
{
	(void)state;
	bring_up(0);
	assert_int_equal(call4(VIRTIO_EDGES, 0, 1, POISON(3), POISON(4)), 0);
	tzvmm_virtio_used(&devices[0].vio);
	tzvmm_virtio_config_changed(&devices[0].vio);
	assert_int_equal(take_interrupts(0), 2);
	assert_true(line(EDGE_LINE));
	line_ended(EDGE_LINE);
	assert_int_equal(call4(VIRTIO_EDGES, 0, 0, POISON(3), POISON(4)), 0);
	tzvmm_virtio_used(&devices[0].vio);
	assert_int_equal(take_interrupts(0), 1);
	assert_false(line(EDGE_LINE));
}

/* EDGE-1 */
static void edges_that_cannot_be_switched_stay_as_they_are(void **state)
{
	(void)state;
	bring_up(0);
	assert_int_equal(call4(VIRTIO_EDGES, 0, 1, POISON(3), POISON(4)), 0);
	assert_int_equal(call4(VIRTIO_EDGES, 0, 2, POISON(3), POISON(4)), INVALID);
	assert_int_equal(call4(VIRTIO_EDGES, 0, UINT32_MAX, POISON(3), POISON(4)),
			 INVALID);
	assert_int_equal(call4(VIRTIO_EDGES, 1, 1, POISON(3), POISON(4)),
			 NOT_SUPPORTED);
	assert_int_equal(call4(VIRTIO_EDGES, NR_DEVICES, 1, POISON(3), POISON(4)),
			 INVALID);
	tzvmm_virtio_used(&devices[0].vio);
	assert_int_equal(take_interrupts(0), 0);
	assert_true(line(EDGE_LINE));
}

/* VIO-6 */
static void calls_and_trapped_accesses_reach_the_same_registers(void **state)
{
	uint32_t value = 0;

	(void)state;
	bring_up(0);
	assert_int_equal(tzvmm_virtio_mmio_ops.read(&devices[0].vio, 0x070, 4, &value),
			 TZVMM_OK);
	assert_int_equal(value, 15);
	assert_int_equal(tzvmm_virtio_mmio_ops.write(&devices[0].vio, 0x070, 4, 0),
			 TZVMM_OK);
	assert_int_equal(virtio_read(0, 0x070, 4), 0);
}

/* SMC-2, whatever is called with whatever arguments: r4 to r7 belong to the guest,
 * and an answer holds no more than it should. */
static void no_call_changes_what_it_does_not_name(void **state)
{
	uint32_t random = 53;

	(void)state;
	for (unsigned i = 0; i < 300000u; i++) {
		uint32_t regs[8];

		for (unsigned n = 0; n < 8u; n++) {
			random = random * 1664525u + 1013904223u;
			regs[n] = (random & 0x700u) == 0u ? random
							  : random >> 24 & 15u;
		}
		regs[0] = 0x86000000u | (regs[0] & 0xFF07u);
		(void)call(regs, 3);
		nr_shown = 0;
		room = sizeof(shown);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(functions_that_nobody_names_are_refused_and_counted),
		T(a_guest_recognises_the_interface),
		T(the_number_of_functions_is_true),
		T(features_tell_what_there_is),
		T(text_is_written_from_registers),
		T(text_that_finds_no_room_is_offered_again),
		T(what_was_typed_is_read_and_the_line_goes_down),
		T(a_read_of_too_much_takes_nothing),
		T(a_guest_without_a_console_is_told),
		T(a_console_on_a_line_that_is_not_the_guests_is_refused),
		T(registers_are_read_in_their_size),
		T(a_device_is_brought_up_and_notified_by_calls),
		T(a_write_without_sense_is_ignored),
		T(causes_are_taken_and_the_line_goes_down),
		T(bad_devices_sizes_and_registers_reach_no_device),
		T(a_gap_between_devices_is_answered_like_a_device_that_there_is_not),
		T(edges_are_switched_by_a_call),
		T(edges_that_cannot_be_switched_stay_as_they_are),
		T(calls_and_trapped_accesses_reach_the_same_registers),
		T(no_call_changes_what_it_does_not_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
