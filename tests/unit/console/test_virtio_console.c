// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/virtio_console.h>

#include "guest_driver.h"
#include "shared_model.h"

#define SIZE 8u
#define NR_PORTS 2u
#define NR_QUEUES 6u
#define TEXT (GUEST_RAM + 0x80000u)
#define UNTOUCHED 0xEEu

#define DEVICE_READY 0u
#define PORT_READY 3u
#define PORT_OPEN 6u

/* Queue n of the specification. */
enum {
	RX0,
	TX0,
	CONTROL_RX,
	CONTROL_TX,
	RX1,
	TX1
};

/* Secure code behind a port. */
struct end {
	uint8_t got[8192];
	size_t nr_got;
	size_t room;
	const char *says;
	bool open;
	unsigned nr_opened;
};

struct fixture {
	struct guest *guest;
	struct tzvmm_vcon vcon;
	struct end ends[NR_PORTS];
	struct tzvmm_vcon_port_config ports[NR_PORTS];
	struct tzvmm_virtio_bus bus;
	struct guest_queue queues[NR_QUEUES];
	uint32_t next_desc[NR_QUEUES];
};

static size_t received(void *ctx, const uint8_t *bytes, size_t len)
{
	struct end *end = ctx;
	const size_t taken = len < end->room ? len : end->room;

	assert_true(end->nr_got + taken <= sizeof(end->got));
	memcpy(end->got + end->nr_got, bytes, taken);
	end->nr_got += taken;
	end->room -= taken;
	return taken;
}

static size_t says(void *ctx, uint8_t *bytes, size_t len)
{
	struct end *end = ctx;
	size_t nr = strlen(end->says);

	nr = nr < len ? nr : len;
	memcpy(bytes, end->says, nr);
	end->says += nr;
	return nr;
}

static void opened(void *ctx, bool open)
{
	struct end *end = ctx;

	end->open = open;
	end->nr_opened++;
}

static const struct tzvmm_vcon_port_ops ops = { received, says, opened };

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	fx->guest = guest_new();
	for (unsigned n = 0; n < NR_PORTS; n++) {
		fx->ends[n] =
			(struct end){ .room = sizeof(fx->ends[n].got), .says = "" };
		fx->ports[n] = (struct tzvmm_vcon_port_config){
			n == 0u ? "terminal" : "channel", &ops, &fx->ends[n]
		};
	}
	fx->bus = (struct tzvmm_virtio_bus){ &fx->guest->mem, &fx->guest->irqs,
					     GUEST_LINE, &fx->guest->sys, 0 };
	assert_int_equal(tzvmm_vcon_init(&fx->vcon, fx->ports, NR_PORTS, &fx->bus),
			 TZVMM_OK);
	fx->guest->vio = &fx->vcon.virtio;
	memset(guest_at(fx->guest, TEXT), UNTOUCHED, 0x10000);
	*state = fx;
	return 0;
}

/* ---- The guest ---------------------------------------------------------- */

static void place(struct fixture *fx, uint32_t n)
{
	struct guest_queue *queue = &fx->queues[n];

	guest_queue_init(queue, fx->guest, GUEST_RAM + 0x10000u * (n + 1u), SIZE);
	guest_write(fx->guest, 0x030, n);
	guest_write(fx->guest, 0x038, SIZE);
	guest_write(fx->guest, 0x080, (uint32_t)queue->desc);
	guest_write(fx->guest, 0x090, (uint32_t)queue->avail);
	guest_write(fx->guest, 0x0A0, (uint32_t)queue->used);
	guest_write(fx->guest, 0x044, 1);
	fx->next_desc[n] = 0;
}

static void start(struct fixture *fx, uint32_t features, uint32_t nr_queues)
{
	guest_write(fx->guest, 0x070, 0);
	guest_write(fx->guest, 0x070, 3);
	guest_write(fx->guest, 0x024, 1);
	guest_write(fx->guest, 0x020, 1);
	guest_write(fx->guest, 0x024, 0);
	guest_write(fx->guest, 0x020, features);
	guest_write(fx->guest, 0x070, 11);
	for (uint32_t n = 0; n < nr_queues; n++) {
		place(fx, n);
	}
	guest_write(fx->guest, 0x070, 15);
	assert_int_equal(guest_read(fx->guest, 0x070), 15);
	shared_model_clear();
}

/* A buffer in a queue; its number. */
static uint32_t post(struct fixture *fx, uint32_t n, uint64_t addr, uint32_t len,
		     uint32_t flags)
{
	const uint32_t i = fx->next_desc[n]++ % SIZE;

	guest_desc(&fx->queues[n], i, addr, len, flags, 0);
	guest_publish(&fx->queues[n], (uint16_t)i);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, n);
	return i;
}

static void control(struct fixture *fx, uint32_t id, uint32_t event, uint32_t value)
{
	const uint64_t at = TEXT + 0x8000u + 16u * fx->next_desc[CONTROL_TX];

	guest_put32(fx->guest, at, id);
	guest_put16(fx->guest, at + 4u, (uint16_t)event);
	guest_put16(fx->guest, at + 6u, (uint16_t)value);
	(void)post(fx, CONTROL_TX, at, 8, 0);
}

static bool take(struct fixture *fx, uint32_t n, uint32_t *len)
{
	uint32_t id;

	return guest_take_used(&fx->queues[n], &id, len);
}

/* The next control message: id, event and value, and a name. */
static void assert_told(struct fixture *fx, uint64_t at, uint32_t id,
			uint32_t event, const char *name)
{
	uint32_t len;

	assert_true(take(fx, CONTROL_RX, &len));
	assert_int_equal(len, 8u + strlen(name));
	assert_int_equal(guest_get32(fx->guest, at), id);
	assert_int_equal(guest_get16(fx->guest, at + 4u), event);
	assert_int_equal(guest_get16(fx->guest, at + 6u), 1);
	assert_memory_equal(guest_at(fx->guest, at + 8u), name, strlen(name));
}

/* Both ports known to the guest. */
static struct fixture *multiport(void **state)
{
	struct fixture *fx = *state;

	start(fx, 2, NR_QUEUES);
	for (unsigned i = 0; i < SIZE; i++) {
		(void)post(fx, CONTROL_RX, TEXT + 0x4000u + 64u * i, 64, VIRTQ_WRITE);
	}
	control(fx, 0, DEVICE_READY, 1);
	control(fx, 0, PORT_READY, 1);
	control(fx, 1, PORT_READY, 1);
	return fx;
}

/* ---- Without ports ------------------------------------------------------ */

static void text_goes_both_ways_without_multiport(void **state)
{
	struct fixture *fx = *state;
	uint32_t len;

	start(fx, 0, 2);
	memcpy(guest_at(fx->guest, TEXT), "login", 5);
	(void)post(fx, TX0, TEXT, 5, 0);
	assert_int_equal(fx->ends[0].nr_got, 5);
	assert_memory_equal(fx->ends[0].got, "login", 5);
	assert_true(take(fx, TX0, &len));
	assert_int_equal(len, 0);
	(void)post(fx, RX0, TEXT + 0x100u, 16, VIRTQ_WRITE);
	assert_false(take(fx, RX0, &len)); /* it waits for bytes */
	fx->ends[0].says = "root";
	tzvmm_vcon_run(&fx->vcon);
	assert_true(take(fx, RX0, &len));
	assert_int_equal(len, 4);
	assert_memory_equal(guest_at(fx->guest, TEXT + 0x100u), "root\xEE", 5);
	assert_true(guest_line(fx->guest));
}

static void what_does_not_fit_comes_with_the_next_buffer(void **state)
{
	struct fixture *fx = *state;
	uint32_t len;

	start(fx, 0, 2);
	fx->ends[0].says = "abcdefgh";
	(void)post(fx, RX0, TEXT, 3, VIRTQ_WRITE);
	assert_true(take(fx, RX0, &len));
	assert_int_equal(len, 3);
	(void)post(fx, RX0, TEXT + 3u, 100, VIRTQ_WRITE);
	assert_true(take(fx, RX0, &len));
	assert_int_equal(len, 5);
	assert_memory_equal(guest_at(fx->guest, TEXT), "abcdefgh\xEE", 9);
}

static void text_that_is_not_taken_is_offered_again(void **state)
{
	struct fixture *fx = *state;
	uint32_t len;

	start(fx, 0, 2);
	for (unsigned i = 0; i < 200u; i++) {
		guest_put8(fx->guest, TEXT + i, (uint8_t)i);
	}
	fx->ends[0].room = 70;
	(void)post(fx, TX0, TEXT, 200, 0);
	assert_int_equal(fx->ends[0].nr_got, 70);
	assert_false(take(fx, TX0, &len));
	fx->ends[0].room = 1000;
	tzvmm_vcon_run(&fx->vcon);
	assert_true(take(fx, TX0, &len));
	assert_int_equal(fx->ends[0].nr_got, 200);
	for (unsigned i = 0; i < 200u; i++) {
		assert_int_equal(fx->ends[0].got[i], i);
	}
}

static void pieces_of_a_buffer_are_one_text(void **state)
{
	struct fixture *fx = *state;

	start(fx, 0, 2);
	memcpy(guest_at(fx->guest, TEXT), "oneXtwo", 7);
	guest_desc(&fx->queues[TX0], 0, TEXT, 3, VIRTQ_NEXT, 1);
	guest_desc(&fx->queues[TX0], 1, TEXT + 4u, 3, 0, 0);
	guest_publish(&fx->queues[TX0], 0);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, TX0);
	assert_int_equal(fx->ends[0].nr_got, 6);
	assert_memory_equal(fx->ends[0].got, "onetwo", 6);
}

/* PORT-3 */
static void one_run_has_a_bound_whatever_is_posted(void **state)
{
	struct fixture *fx = *state;
	uint32_t len;

	start(fx, 0, 2);
	(void)post(fx, TX0, TEXT, 0x6000, 0);
	assert_int_equal(fx->ends[0].nr_got, TZVMM_VCON_BUDGET);
	assert_false(take(fx, TX0, &len));
	fx->ends[0].nr_got = 0;
	tzvmm_vcon_run(&fx->vcon);
	assert_int_equal(fx->ends[0].nr_got, TZVMM_VCON_BUDGET);
}

/* Never runs dry, but pauses once, as the last of the bound is being used. */
static size_t babbles(void *ctx, uint8_t *bytes, size_t len)
{
	struct end *end = ctx;
	const bool pauses = end->nr_got / 64u == TZVMM_VCON_BUDGET / 64u - 1u &&
			    end->nr_got % 64u == 0u;
	const size_t nr = pauses ? 10u : len;

	memset(bytes, 'x', nr);
	end->nr_got += nr;
	return nr;
}

/* PORT-3 */
static void one_run_has_a_bound_whatever_is_said(void **state)
{
	struct fixture *fx = *state;
	const struct tzvmm_vcon_port_ops endless = { received, babbles, opened };

	fx->ports[0].ops = &endless;
	start(fx, 0, 2);
	guest_desc(&fx->queues[RX0], 0, TEXT, 0x1000, VIRTQ_WRITE, 0);
	guest_desc(&fx->queues[RX0], 1, TEXT + 0x1000u, 0x8000, VIRTQ_WRITE, 0);
	guest_publish(&fx->queues[RX0], 0);
	guest_publish(&fx->queues[RX0], 1);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, RX0);
	assert_in_range(fx->ends[0].nr_got, 1, TZVMM_VCON_BUDGET);
}

static void buffers_of_the_wrong_direction_carry_nothing(void **state)
{
	struct fixture *fx = *state;
	uint32_t len;

	start(fx, 0, 2);
	fx->ends[0].says = "secret";
	(void)post(fx, RX0, TEXT, 64, 0);
	assert_true(take(fx, RX0, &len));
	assert_int_equal(len, 0);
	assert_int_equal(guest_get8(fx->guest, TEXT), UNTOUCHED);
	(void)post(fx, TX0, TEXT, 64, VIRTQ_WRITE);
	assert_true(take(fx, TX0, &len));
	assert_int_equal(fx->ends[0].nr_got, 0);
}

static void a_broken_queue_is_told(void **state)
{
	for (uint32_t n = 0; n < NR_QUEUES; n++) {
		struct fixture *fx = *state;

		start(fx, 2, NR_QUEUES);
		control(fx, 0, DEVICE_READY, 1);
		control(fx, 0, PORT_READY, 1);
		control(fx, 1, PORT_READY, 1);
		(void)post(fx, n, 0x70000000, 64, VIRTQ_WRITE); /* secure memory */
		assert_int_equal(guest_read(fx->guest, 0x070) & 64u, 64u);
	}
}

/* ---- With ports --------------------------------------------------------- */

/* PORT-1 */
static void the_guest_is_told_of_its_ports(void **state)
{
	struct fixture *fx = multiport(state);
	const uint64_t at = TEXT + 0x4000u;
	uint32_t len;

	assert_int_equal(guest_read(fx->guest, 0x104), NR_PORTS);
	assert_told(fx, at, 0, 1, "");
	assert_told(fx, at + 64u, 1, 1, "");
	assert_told(fx, at + 128u, 0, 4, "");
	assert_told(fx, at + 192u, 0, 7, "terminal");
	assert_told(fx, at + 256u, 0, 6, "");
	assert_told(fx, at + 320u, 1, 7, "channel");
	assert_told(fx, at + 384u, 1, 6, "");
	assert_false(take(fx, CONTROL_RX, &len));
}

static void messages_wait_for_buffers_and_none_is_lost(void **state)
{
	struct fixture *fx = *state;
	unsigned nr = 0;
	uint32_t len;

	start(fx, 2, NR_QUEUES);
	for (unsigned i = 0; i < 3u; i++) {
		control(fx, 0, DEVICE_READY, 1);
		control(fx, 1, PORT_READY, 1);
	}
	for (unsigned i = 0; i < SIZE; i++) {
		(void)post(fx, CONTROL_RX, TEXT + 64u * i, 64, VIRTQ_WRITE);
		nr += take(fx, CONTROL_RX, &len);
	}
	assert_int_equal(nr, 4); /* two ports, one name, one open: said once */
}

static void a_channel_carries_bytes_to_secure_code_and_back(void **state)
{
	struct fixture *fx = multiport(state);
	uint32_t len;

	control(fx, 1, PORT_OPEN, 1);
	assert_true(fx->ends[1].open);
	memcpy(guest_at(fx->guest, TEXT), "question", 8);
	(void)post(fx, TX1, TEXT, 8, 0);
	assert_memory_equal(fx->ends[1].got, "question", 8);
	assert_int_equal(fx->ends[0].nr_got, 0);
	fx->ends[1].says = "answer";
	(void)post(fx, RX1, TEXT + 64u, 32, VIRTQ_WRITE);
	assert_true(take(fx, RX1, &len));
	assert_int_equal(len, 6);
	assert_memory_equal(guest_at(fx->guest, TEXT + 64u), "answer", 6);
	control(fx, 1, PORT_OPEN, 0);
	assert_false(fx->ends[1].open);
}

static void a_port_that_is_not_ready_gets_nothing(void **state)
{
	struct fixture *fx = *state;
	uint32_t len;

	start(fx, 2, NR_QUEUES);
	fx->ends[1].says = "early";
	(void)post(fx, RX1, TEXT, 32, VIRTQ_WRITE);
	assert_false(take(fx, RX1, &len));
	control(fx, 1, PORT_READY, 1);
	assert_true(take(fx, RX1, &len));
	assert_int_equal(len, 5);
	control(fx, 1, PORT_READY, 0);
	fx->ends[1].says = "late";
	(void)post(fx, RX1, TEXT, 32, VIRTQ_WRITE);
	assert_false(take(fx, RX1, &len));
}

/* PORT-2 */
static void control_messages_without_sense_change_nothing(void **state)
{
	struct fixture *fx = multiport(state);

	control(fx, NR_PORTS, PORT_OPEN, 1);
	control(fx, UINT32_MAX, PORT_READY, 1);
	control(fx, 1, 5, 1);
	control(fx, 1, 0xFFFF, 0xFFFF);
	control(fx, 0, DEVICE_READY, 0);
	assert_int_equal(fx->ends[1].nr_opened, 0);
	/* A byte too short. */
	guest_put32(fx->guest, TEXT, 1);
	guest_put16(fx->guest, TEXT + 4u, PORT_OPEN);
	guest_put16(fx->guest, TEXT + 6u, 1);
	(void)post(fx, CONTROL_TX, TEXT, 7, 0);
	assert_int_equal(fx->ends[1].nr_opened, 0);
	(void)post(fx, CONTROL_TX, TEXT, 64, VIRTQ_WRITE);
	assert_int_equal(guest_read(fx->guest, 0x070), 15);
	assert_int_equal(fx->ends[0].nr_opened, 0);
}

/* The other CPU of the guest: what the device read says something else now. */
static void change(void *ctx, void *at, size_t size)
{
	const uint8_t *const message = ctx;

	for (size_t i = 0; i < size; i++) {
		uint8_t *const byte = (uint8_t *)at + i;

		if (byte >= message && byte < message + 8u) {
			*byte = 0xFF;
		}
	}
}

static void a_control_message_is_read_once(void **state)
{
	for (unsigned shift = 0; shift < 8u; shift++) {
		struct fixture *fx = multiport(state);
		const uint64_t at = TEXT + 0x200u + shift;
		uint8_t *const message = guest_at(fx->guest, at);
		static const uint8_t open1[] = { 1, 0, 0, 0, PORT_OPEN, 0, 1, 0 };

		memcpy(message, open1, sizeof(open1));
		shared_model_on_read(change, message);
		(void)post(fx, CONTROL_TX, at, sizeof(open1), 0);
		shared_model_reset();
		assert_true(fx->ends[1].open);
		/* Each byte through the accessors that read once. */
		for (unsigned i = 0; i < sizeof(open1); i++) {
			assert_int_equal(message[i], 0xFF);
		}
	}
}

static void a_control_buffer_that_is_too_short_loses_its_own_message(void **state)
{
	struct fixture *fx = *state;
	uint32_t len;

	start(fx, 2, NR_QUEUES);
	(void)post(fx, CONTROL_RX, TEXT, 7, VIRTQ_WRITE);
	(void)post(fx, CONTROL_RX, TEXT, 64, 0);
	control(fx, 0, DEVICE_READY, 1);
	assert_true(take(fx, CONTROL_RX, &len));
	assert_int_equal(len, 0);
	assert_true(take(fx, CONTROL_RX, &len));
	assert_int_equal(len, 0);
	assert_int_equal(guest_get8(fx->guest, TEXT), UNTOUCHED);
}

static void a_reset_closes_the_ports_and_forgets_buffers(void **state)
{
	struct fixture *fx = multiport(state);
	uint32_t len;

	control(fx, 1, PORT_OPEN, 1);
	(void)post(fx, RX1, TEXT, 32, VIRTQ_WRITE);
	guest_write(fx->guest, 0x070, 0);
	assert_false(fx->ends[1].open);
	fx->ends[1].says = "nobody";
	start(fx, 2, NR_QUEUES);
	tzvmm_vcon_run(&fx->vcon);
	assert_int_equal(guest_get8(fx->guest, TEXT), UNTOUCHED);
	assert_false(take(fx, RX1, &len));
}

static void a_buffer_of_a_queue_that_was_disabled_is_not_written(void **state)
{
	struct fixture *fx = *state;

	start(fx, 0, 2);
	(void)post(fx, RX0, TEXT, 16, VIRTQ_WRITE);
	guest_write(fx->guest, 0x030, RX0);
	guest_write(fx->guest, 0x044, 0);
	fx->ends[0].says = "late";
	tzvmm_vcon_run(&fx->vcon);
	assert_int_equal(guest_get8(fx->guest, TEXT), UNTOUCHED);
	assert_string_equal(fx->ends[0].says, "late");
}

static void what_is_missing_is_refused(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_vcon_port_ops bad = ops;
	const struct tzvmm_vcon_port_config nameless = { NULL, &ops, NULL };
	const struct tzvmm_vcon_port_config no_ops = { "x", NULL, NULL };
	const struct tzvmm_vcon_port_config half = { "x", &bad, NULL };

	assert_int_equal(tzvmm_vcon_init(&fx->vcon, fx->ports, 0, &fx->bus),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_vcon_init(&fx->vcon, fx->ports,
					 TZVMM_VCON_MAX_PORTS + 1u, &fx->bus),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_vcon_init(&fx->vcon, &nameless, 1, &fx->bus),
			 TZVMM_E_INVAL);
	assert_int_equal(tzvmm_vcon_init(&fx->vcon, &no_ops, 1, &fx->bus),
			 TZVMM_E_INVAL);
	bad.opened = NULL;
	assert_int_equal(tzvmm_vcon_init(&fx->vcon, &half, 1, &fx->bus),
			 TZVMM_E_INVAL);
	bad.send = NULL;
	assert_int_equal(tzvmm_vcon_init(&fx->vcon, &half, 1, &fx->bus),
			 TZVMM_E_INVAL);
	bad.received = NULL;
	assert_int_equal(tzvmm_vcon_init(&fx->vcon, &half, 1, &fx->bus),
			 TZVMM_E_INVAL);
}

static size_t swallow(void *ctx, const char *text, size_t len)
{
	memcpy(ctx, text, len);
	return len;
}

static void the_first_port_can_be_a_terminal(void **state)
{
	static const struct tzvmm_sink_ops sink_ops = { swallow };
	static const struct tzvmm_mux_source_config source_config = {
		.name = "guest"
	};
	static char ring[TZVMM_MUX_MIN_RING];
	struct fixture *fx = *state;
	char shown[256] = "";
	const struct tzvmm_sink sink = { &sink_ops, shown };
	struct tzvmm_mux_source source;
	struct tzvmm_mux mux;
	struct tzvmm_input input;
	uint8_t keys[16];
	struct tzvmm_console_guest guest = { &source, &input };
	const struct tzvmm_vcon_port_config port = { "tty", &tzvmm_vcon_terminal_ops,
						     &guest };
	uint32_t len;

	assert_int_equal(tzvmm_mux_init(&mux, &fx->guest->sys, &sink, ring,
					sizeof(ring)),
			 TZVMM_OK);
	assert_int_equal(tzvmm_mux_add(&source, &mux, &source_config), TZVMM_OK);
	assert_int_equal(tzvmm_input_init(&input, keys, sizeof(keys)), TZVMM_OK);
	assert_int_equal(tzvmm_vcon_init(&fx->vcon, &port, 1, &fx->bus), TZVMM_OK);
	start(fx, 2, 4);
	control(fx, 0, PORT_OPEN, 1);
	memcpy(guest_at(fx->guest, TEXT), "hello\n", 6);
	(void)post(fx, TX0, TEXT, 6, 0);
	(void)tzvmm_mux_pump(&mux);
	assert_non_null(strstr(shown, "] hello\r\n"));
	(void)tzvmm_input_put(&input, (const uint8_t *)"k", 1);
	control(fx, 0, PORT_READY, 1);
	(void)post(fx, RX0, TEXT, 8, VIRTQ_WRITE);
	assert_true(take(fx, RX0, &len));
	assert_int_equal(guest_get8(fx->guest, TEXT), 'k');
}

static void a_run_without_cause_touches_nothing_shared(void **state)
{
	struct fixture *fx = multiport(state);

	for (uint32_t n = 0; n < NR_PORTS; n++) {
		(void)post(fx, n == 0u ? RX0 : RX1, TEXT, 64, VIRTQ_WRITE);
		(void)post(fx, n == 0u ? TX0 : TX1, TEXT + 0x100u, 8, 0);
	}
	tzvmm_vcon_run(&fx->vcon);
	shared_model_clear();
	tzvmm_vcon_run(&fx->vcon);
	assert_int_equal(shared_model_count(SHARED_READ), 0);
	assert_int_equal(shared_model_count(SHARED_WRITE), 0);
	fx->ends[1].says = "bytes";
	tzvmm_vcon_run(&fx->vcon); /* the held buffer */
	assert_int_equal(guest_get8(fx->guest, TEXT), 'b');
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, guest_tear_down)
	const struct CMUnitTest tests[] = {
		T(text_goes_both_ways_without_multiport),
		T(what_does_not_fit_comes_with_the_next_buffer),
		T(text_that_is_not_taken_is_offered_again),
		T(pieces_of_a_buffer_are_one_text),
		T(one_run_has_a_bound_whatever_is_posted),
		T(one_run_has_a_bound_whatever_is_said),
		T(buffers_of_the_wrong_direction_carry_nothing),
		T(a_broken_queue_is_told),
		T(the_guest_is_told_of_its_ports),
		T(messages_wait_for_buffers_and_none_is_lost),
		T(a_channel_carries_bytes_to_secure_code_and_back),
		T(a_port_that_is_not_ready_gets_nothing),
		T(control_messages_without_sense_change_nothing),
		T(a_control_message_is_read_once),
		T(a_control_buffer_that_is_too_short_loses_its_own_message),
		T(a_reset_closes_the_ports_and_forgets_buffers),
		T(a_run_without_cause_touches_nothing_shared),
		T(a_buffer_of_a_queue_that_was_disabled_is_not_written),
		T(what_is_missing_is_refused),
		T(the_first_port_can_be_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
