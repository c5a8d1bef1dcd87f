// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/virtio.h>

#include "guest_driver.h"
#include "shared_model.h"

#define MAX_SIZE 32u
#define SIZE 16u
#define CONFIG_LEN 10u
#define F_OWN (1ull << 5 | 1ull << 34)

/* A device that only notes what it is told. */
struct fixture {
	struct guest *guest;
	struct tzvmm_virtio vio;
	struct tzvmm_virtio_device dev;
	struct tzvmm_virtio_bus bus;
	struct tzvmm_virtio_queue queues[2];
	struct guest_queue queue;
	uint8_t config[16]; /* of which CONFIG_LEN are the device's */
	unsigned nr_notified, nr_reset, nr_accepted;
	uint64_t accepted;
	uint32_t notified;
	bool busy;
};

static void note_notify(void *ctx, uint32_t queue)
{
	struct fixture *fx = ctx;

	fx->nr_notified++;
	fx->notified = queue;
}

static void note_reset(void *ctx)
{
	((struct fixture *)ctx)->nr_reset++;
}

static bool tell_busy(void *ctx)
{
	return ((struct fixture *)ctx)->busy;
}

static const struct tzvmm_virtio_ops ops = {
	.notify = note_notify,
	.reset = note_reset,
	.is_busy = tell_busy,
};

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	fx->guest = guest_new();
	for (uint8_t i = 0; i < sizeof(fx->config); i++) {
		fx->config[i] = (uint8_t)(0x10u + i);
	}
	fx->dev = (struct tzvmm_virtio_device){
		.name = "dev",
		.id = 42,
		.nr_queues = 2,
		.max_size = MAX_SIZE,
		.features = F_OWN | TZVMM_VIRTIO_F_EVENT_IDX,
		.queues = fx->queues,
		.config = fx->config,
		.config_len = CONFIG_LEN,
		.ops = &ops,
		.ctx = fx,
	};
	fx->bus = (struct tzvmm_virtio_bus){ &fx->guest->mem, &fx->guest->irqs,
					     GUEST_LINE, &fx->guest->sys,
					     GUEST_EDGE_LINE };
	assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &fx->bus), TZVMM_OK);
	fx->guest->vio = &fx->vio;
	*state = fx;
	return 0;
}

static uint32_t refused(const struct fixture *fx)
{
	return tzvmm_virtio_stats(&fx->vio)->refused;
}

/* Everything up to FEATURES_OK. */
static uint32_t negotiate(struct fixture *fx, uint64_t features)
{
	guest_write(fx->guest, 0x070, 0);
	guest_write(fx->guest, 0x070, 3);
	guest_write(fx->guest, 0x024, 0);
	guest_write(fx->guest, 0x020, (uint32_t)features);
	guest_write(fx->guest, 0x024, 1);
	guest_write(fx->guest, 0x020, (uint32_t)(features >> 32));
	guest_write(fx->guest, 0x070, 11);
	return guest_read(fx->guest, 0x070);
}

/* ---- Identity and features ---------------------------------------------- */

static void a_driver_recognises_the_device(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(guest_read(fx->guest, 0x000), 0x74726976);
	assert_int_equal(guest_read(fx->guest, 0x004), 2);
	assert_int_equal(guest_read(fx->guest, 0x008), 42);
	assert_int_not_equal(guest_read(fx->guest, 0x00C), 0);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
}

static void there_is_no_shared_memory_region(void **state)
{
	struct fixture *fx = *state;

	for (uint32_t offset = 0x0B0; offset <= 0x0BCu; offset += 4u) {
		assert_int_equal(guest_read(fx->guest, offset), UINT32_MAX);
	}
}

static void offered_features_are_shown_in_halves_and_version_1_is_one(void **state)
{
	static const uint32_t halves[] = { 1u << 5 | 1u << 29, 1u << 2 | 1u, 0, 0 };
	static const uint32_t sels[] = { 0, 1, 2, UINT32_MAX };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 4u; i++) {
		guest_write(fx->guest, 0x014, sels[i]);
		assert_int_equal(guest_read(fx->guest, 0x010), halves[i]);
	}
}

/* REG-2 */
static void features_are_agreed_on_only_if_offered_and_with_version_1(void **state)
{
	static const struct {
		uint64_t features;
		bool ok;
	} cases[] = {
		{ 1ull << 32, true },
		{ 1ull << 32 | 1ull << 5 | 1ull << 29 | 1ull << 34, true },
		{ 0, false },
		{ 1ull << 5, false },
		{ 1ull << 32 | 1ull << 6, false },
		{ 1ull << 32 | 1ull << 28, false },
		{ 1ull << 32 | 1ull << 63, false },
		{ UINT64_MAX, false },
	};
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(negotiate(fx, cases[i].features),
				 cases[i].ok ? 11 : 3);
		/* Without them there is no way on. */
		guest_write(fx->guest, 0x070, 15);
		assert_int_equal(guest_read(fx->guest, 0x070), cases[i].ok ? 15 : 3);
	}
}

static void features_cannot_change_after_they_were_agreed_on(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(negotiate(fx, 1ull << 32), 11);
	guest_write(fx->guest, 0x024, 0);
	guest_write(fx->guest, 0x020, 1u << 29);
	assert_int_equal(refused(fx), 1);
	guest_place(fx->guest, &fx->queue, GUEST_RAM, SIZE);
	assert_false(fx->queues[0].vq.event_idx);
}

static void features_beyond_63_are_refused_unless_zero(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x024, 2);
	guest_write(fx->guest, 0x020, 0);
	assert_int_equal(refused(fx), 0);
	guest_write(fx->guest, 0x020, 1);
	assert_int_equal(refused(fx), 1);
	guest_write(fx->guest, 0x024, UINT32_MAX);
	guest_write(fx->guest, 0x020, 1);
	assert_int_equal(refused(fx), 2);
}

/* ---- Status ------------------------------------------------------------- */

static void status_bits_stay_until_the_reset(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x070, 1);
	guest_write(fx->guest, 0x070, 2);
	assert_int_equal(guest_read(fx->guest, 0x070), 3);
	guest_write(fx->guest, 0x070, 128);
	assert_int_equal(guest_read(fx->guest, 0x070), 131);
	guest_write(fx->guest, 0x070, 0);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
	assert_int_equal(fx->nr_reset, 1);
}

static void the_driver_cannot_set_the_devices_bit_or_unknown_ones(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x070, 0xFFFFFF70u & ~128u);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
}

static void driver_ok_before_features_ok_is_refused(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x070, 7);
	assert_int_equal(guest_read(fx->guest, 0x070), 3);
	assert_int_equal(refused(fx), 1);
	assert_int_equal(fx->nr_notified, 0);
}

static void a_reset_forgets_queues_features_and_interrupts(void **state)
{
	struct fixture *fx = *state;

	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	tzvmm_virtio_used(&fx->vio);
	assert_true(guest_line(fx->guest));
	guest_write(fx->guest, 0x070, 0);
	assert_false(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x060), 0);
	assert_int_equal(guest_read(fx->guest, 0x044), 0);
	assert_false(tzvmm_vq_is_live(&fx->queues[0].vq));
	guest_write(fx->guest, 0x070, 8);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
}

/* REG-4 */
static void a_reset_shows_nonzero_until_the_device_has_drained(void **state)
{
	struct fixture *fx = *state;

	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	fx->busy = true;
	guest_write(fx->guest, 0x070, 0);
	assert_int_equal(guest_read(fx->guest, 0x070), 64);
	/* Linux 6.1 does not wait: its bits must not take effect half. */
	guest_write(fx->guest, 0x070, 64 | 1);
	guest_write(fx->guest, 0x070, 64 | 1 | 2 | 8 | 4);
	assert_int_equal(guest_read(fx->guest, 0x070), 64);
	assert_int_equal(refused(fx), 2);
	fx->busy = false;
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
	guest_write(fx->guest, 0x070, 1);
	assert_int_equal(guest_read(fx->guest, 0x070), 1);
}

/* ---- Queues ------------------------------------------------------------- */

static void queues_that_do_not_exist_have_no_size_and_take_nothing(void **state)
{
	static const uint32_t sels[] = { 2, 3, 65536, UINT32_MAX };
	struct fixture *fx = *state;

	assert_int_equal(guest_read(fx->guest, 0x034), MAX_SIZE);
	for (unsigned i = 0; i < 4u; i++) {
		guest_write(fx->guest, 0x030, sels[i]);
		assert_int_equal(guest_read(fx->guest, 0x034), 0);
		assert_int_equal(guest_read(fx->guest, 0x044), 0);
		guest_write(fx->guest, 0x038, 16);
		guest_write(fx->guest, 0x044, 1);
		guest_write(fx->guest, 0x080, 0);
	}
	assert_int_equal(refused(fx), 12);
}

static void every_queue_has_its_own_place(void **state)
{
	struct fixture *fx = *state;

	(void)negotiate(fx, 1ull << 32);
	guest_write(fx->guest, 0x030, 1);
	guest_write(fx->guest, 0x038, 8);
	guest_write(fx->guest, 0x080, GUEST_RAM + 0x3000u);
	guest_write(fx->guest, 0x090, GUEST_RAM + 0x4000u);
	guest_write(fx->guest, 0x0A0, GUEST_RAM + 0x5000u);
	guest_place(fx->guest, &fx->queue, GUEST_RAM, SIZE);
	guest_write(fx->guest, 0x030, 1);
	assert_int_equal(guest_read(fx->guest, 0x044), 0);
	guest_write(fx->guest, 0x044, 1);
	assert_int_equal(guest_read(fx->guest, 0x044), 1);
	assert_int_equal(fx->queues[0].vq.size, SIZE);
	assert_int_equal(fx->queues[1].vq.size, 8);
	assert_ptr_equal(fx->queues[1].vq.desc,
			 guest_at(fx->guest, GUEST_RAM + 0x3000u));
	guest_write(fx->guest, 0x044, 0);
	assert_int_equal(guest_read(fx->guest, 0x044), 0);
	guest_write(fx->guest, 0x030, 0);
	assert_int_equal(guest_read(fx->guest, 0x044), 1);
}

static void a_queue_outside_of_guest_ram_is_never_ready(void **state)
{
	struct fixture *fx = *state;
	static const uint32_t registers[] = { 0x080, 0x084, 0x090,
					      0x094, 0x0A0, 0x0A4 };

	for (unsigned i = 0; i < 6u; i++) {
		struct guest_queue *queue = &fx->queue;

		(void)negotiate(fx, 1ull << 32);
		guest_queue_init(queue, fx->guest, GUEST_RAM, SIZE);
		guest_write(fx->guest, 0x038, SIZE);
		guest_write(fx->guest, 0x080, (uint32_t)queue->desc);
		guest_write(fx->guest, 0x090, (uint32_t)queue->avail);
		guest_write(fx->guest, 0x0A0, (uint32_t)queue->used);
		/* The monitor's own memory, or the same beyond 4 GiB. */
		guest_write(fx->guest, registers[i],
			    registers[i] & 4u ? 1u : 0x70100000u);
		guest_write(fx->guest, 0x044, 1);
		assert_int_equal(guest_read(fx->guest, 0x044), 0);
		assert_int_equal(refused(fx), i + 1u);
	}
}

static void a_queue_of_a_bad_size_is_never_ready(void **state)
{
	static const uint32_t sizes[] = { 0, 3, MAX_SIZE * 2u, 65536, UINT32_MAX };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 5u; i++) {
		(void)negotiate(fx, 1ull << 32);
		guest_place(fx->guest, &fx->queue, GUEST_RAM, SIZE);
		guest_write(fx->guest, 0x044, 0);
		guest_write(fx->guest, 0x038, sizes[i]);
		guest_write(fx->guest, 0x044, 1);
		assert_int_equal(guest_read(fx->guest, 0x044), 0);
	}
}

static void a_queue_starts_between_features_ok_and_driver_ok_only(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x070, 3);
	guest_place(fx->guest, &fx->queue, GUEST_RAM, SIZE);
	assert_int_equal(guest_read(fx->guest, 0x044), 0);
	(void)negotiate(fx, 1ull << 32);
	guest_write(fx->guest, 0x070, 15);
	guest_place(fx->guest, &fx->queue, GUEST_RAM, SIZE);
	assert_int_equal(guest_read(fx->guest, 0x044), 0);
	assert_int_equal(refused(fx), 2);
}

static void a_live_queue_cannot_be_started_again(void **state)
{
	struct fixture *fx = *state;

	(void)negotiate(fx, 1ull << 32);
	guest_place(fx->guest, &fx->queue, GUEST_RAM, SIZE);
	guest_write(fx->guest, 0x038, 8);
	guest_write(fx->guest, 0x044, 1);
	assert_int_equal(refused(fx), 1);
	assert_int_equal(fx->queues[0].vq.size, SIZE);
}

/* ---- Notifications ------------------------------------------------------ */

static void a_notification_reaches_the_device(void **state)
{
	struct fixture *fx = *state;

	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	fx->nr_notified = 0;
	guest_write(fx->guest, 0x050, 0);
	assert_int_equal(fx->nr_notified, 1);
	assert_int_equal(fx->notified, 0);
}

static void notifications_of_absent_or_stopped_queues_are_ignored(void **state)
{
	static const uint32_t queues[] = { 1, 2, 0x10000, UINT32_MAX };
	struct fixture *fx = *state;

	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	fx->nr_notified = 0;
	for (unsigned i = 0; i < 4u; i++) {
		guest_write(fx->guest, 0x050, queues[i]);
	}
	assert_int_equal(fx->nr_notified, 0);
	assert_int_equal(tzvmm_virtio_stats(&fx->vio)->notifies, 4);
}

static void a_notification_before_driver_ok_is_made_up_for_at_driver_ok(void **state)
{
	struct fixture *fx = *state;

	(void)negotiate(fx, 1ull << 32);
	guest_place(fx->guest, &fx->queue, GUEST_RAM, SIZE);
	guest_write(fx->guest, 0x050, 0);
	assert_int_equal(fx->nr_notified, 0);
	guest_write(fx->guest, 0x070, 15);
	assert_int_equal(fx->nr_notified, 1);
	/* Once. */
	guest_write(fx->guest, 0x070, 15);
	assert_int_equal(fx->nr_notified, 1);
}

/* ---- Interrupts --------------------------------------------------------- */

/* WIN-2 */
static void the_line_follows_status_and_acknowledge(void **state)
{
	struct fixture *fx = *state;

	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	tzvmm_virtio_used(&fx->vio);
	tzvmm_virtio_used(&fx->vio);
	tzvmm_virtio_config_changed(&fx->vio);
	assert_int_equal(guest_read(fx->guest, 0x060), 3);
	assert_true(guest_line(fx->guest));
	guest_write(fx->guest, 0x064, 1);
	assert_int_equal(guest_read(fx->guest, 0x060), 2);
	assert_true(guest_line(fx->guest));
	guest_write(fx->guest, 0x064, 0xFFFFFFFE);
	assert_int_equal(guest_read(fx->guest, 0x060), 0);
	assert_false(guest_line(fx->guest));
	assert_int_equal(fx->guest->nr_raised, 1);
	assert_int_equal(tzvmm_virtio_stats(&fx->vio)->interrupts, 1);
}

static void acknowledging_nothing_changes_nothing(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x064, UINT32_MAX);
	assert_int_equal(guest_read(fx->guest, 0x060), 0);
	assert_false(guest_line(fx->guest));
	assert_int_equal(fx->guest->nr_raised, 0);
}

/* REG-3 */
static void a_broken_queue_asks_for_a_reset_once_and_says_why(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_vq_chain chain;
	struct tzvmm_sg sg;

	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	fx->nr_notified = 0;
	guest_publish(&fx->queue, SIZE);
	assert_false(tzvmm_virtio_pop(&fx->vio, 0, &sg, 1, &chain));
	tzvmm_virtio_drained(&fx->vio, 0, TZVMM_E_GUEST);
	assert_int_equal(guest_read(fx->guest, 0x070), 79);
	assert_int_equal(guest_read(fx->guest, 0x060), 2);
	assert_true(guest_line(fx->guest));
	assert_int_equal(fx->guest->nr_logged, 1);
	assert_string_equal(fx->guest->last_log,
			    "dev: queue 0 broken by its driver: "
			    "descriptor index out of range");
	guest_write(fx->guest, 0x050, 0);
	assert_int_equal(fx->nr_notified, 0);
	guest_write(fx->guest, 0x070, 0);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
}

/* Linux goes away without a reset at kexec. What was its ring is then memory
 * of the next kernel, and a look at it would write the wish to be notified. */
static void a_drained_queue_is_left_alone_until_it_is_notified(void **state)
{
	static const uint64_t features[] = { 0, TZVMM_VIRTIO_F_EVENT_IDX };
	struct fixture *fx = *state;
	struct tzvmm_vq_chain chain;
	struct tzvmm_sg sg;

	for (unsigned i = 0; i < 2u; i++) {
		guest_write(fx->guest, 0x070, 0);
		guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, features[i]);
		assert_false(tzvmm_virtio_pop(&fx->vio, 0, &sg, 1, &chain));
		shared_model_clear();
		assert_false(tzvmm_virtio_pop(&fx->vio, 0, &sg, 1, &chain));
		assert_int_equal(shared_model_count(SHARED_READ), 0);
		assert_int_equal(shared_model_count(SHARED_WRITE), 0);
		guest_desc(&fx->queue, 0, GUEST_RAM + 0x8000u, 4, 0, 0);
		guest_publish(&fx->queue, 0);
		assert_false(tzvmm_virtio_pop(&fx->vio, 0, &sg, 1, &chain));
		guest_write(fx->guest, 0x050, 0);
		assert_true(tzvmm_virtio_pop(&fx->vio, 0, &sg, 1, &chain));
	}
}

/* ---- Used buffers by edge ----------------------------------------------- */

static void switch_edges(struct fixture *fx, bool on)
{
	assert_int_equal(tzvmm_virtio_set_edges(&fx->vio, on), TZVMM_OK);
}

static void start_with_edges(struct fixture *fx)
{
	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	switch_edges(fx, true);
}

/* A request that the device answers at once, whether it was told of it or not. */
static void publish_used(struct fixture *fx)
{
	struct tzvmm_vq_chain chain;
	struct tzvmm_sg sg;

	guest_desc(&fx->queue, 0, GUEST_RAM + 0x8000u, 4, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	guest_write(fx->guest, 0x050, 0);
	assert_true(tzvmm_virtio_pop(&fx->vio, 0, &sg, 1, &chain));
	(void)tzvmm_vq_push(&fx->queues[0].vq, chain.head, 0);
	if (tzvmm_vq_flush(&fx->queues[0].vq)) {
		tzvmm_virtio_used(&fx->vio);
	}
}

/* The guest's handler: end the edge, then look. Returns buffers found. */
static unsigned handle_edge(struct fixture *fx)
{
	uint32_t id, len;
	unsigned nr = 0;

	assert_true(guest_edge(fx->guest));
	fx->guest->edge = false;
	while (guest_take_used(&fx->queue, &id, &len)) {
		nr++;
	}
	return nr;
}

/* EDGE-2, EDGE-3 */
static void a_used_buffer_gives_an_edge_and_nothing_to_acknowledge(void **state)
{
	struct fixture *fx = *state;

	start_with_edges(fx);
	publish_used(fx);
	assert_int_equal(handle_edge(fx), 1);
	assert_int_equal(guest_read(fx->guest, 0x060), 0);
	assert_false(guest_line(fx->guest));
	assert_false(guest_edge(fx->guest));
	assert_int_equal(fx->guest->nr_raised, 0);
	assert_int_equal(tzvmm_virtio_stats(&fx->vio)->interrupts, 1);
}

/* EDGE-3: the wake-up that must not be lost. */
static void a_buffer_used_between_the_end_and_the_look_comes_with_an_edge(void **state)
{
	struct fixture *fx = *state;
	uint32_t id, len;

	start_with_edges(fx);
	publish_used(fx);
	assert_true(guest_edge(fx->guest));
	fx->guest->edge = false;
	publish_used(fx);
	assert_true(guest_take_used(&fx->queue, &id, &len));
	assert_true(guest_take_used(&fx->queue, &id, &len));
	/* Here it is late and in vain; after the look it is needed. */
	assert_int_equal(handle_edge(fx), 0);
	publish_used(fx);
	assert_int_equal(handle_edge(fx), 1);
	assert_int_equal(fx->guest->nr_edges, 3);
}

/* EDGE-3 */
static void buffers_used_while_an_edge_waits_are_found_by_one_look(void **state)
{
	struct fixture *fx = *state;

	start_with_edges(fx);
	for (unsigned i = 0; i < 5u; i++) {
		publish_used(fx);
		assert_true(guest_edge(fx->guest));
	}
	assert_int_equal(handle_edge(fx), 5);
	assert_false(guest_edge(fx->guest));
}

/* EDGE-4: on a line of its own, so neither hides the other. */
static void a_configuration_change_among_edges_has_its_level(void **state)
{
	struct fixture *fx = *state;

	start_with_edges(fx);
	publish_used(fx);
	tzvmm_virtio_config_changed(&fx->vio);
	publish_used(fx);
	assert_int_equal(handle_edge(fx), 2);
	assert_int_equal(guest_read(fx->guest, 0x060), 2);
	assert_true(guest_line(fx->guest));
	/* And the other way round. */
	publish_used(fx);
	guest_write(fx->guest, 0x064, 2);
	assert_false(guest_line(fx->guest));
	assert_int_equal(handle_edge(fx), 1);
}

/* EDGE-4 */
static void the_need_of_a_reset_is_told_by_the_level_among_edges(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_vq_chain chain;
	struct tzvmm_sg sg;

	start_with_edges(fx);
	guest_publish(&fx->queue, SIZE);
	guest_write(fx->guest, 0x050, 0);
	assert_false(tzvmm_virtio_pop(&fx->vio, 0, &sg, 1, &chain));
	assert_int_equal(guest_read(fx->guest, 0x060), 2);
	assert_true(guest_line(fx->guest));
	assert_false(guest_edge(fx->guest));
}

/* EDGE-2: a buffer is announced in the way that was on when it was published. */
static void switching_loses_nothing_that_was_announced_before(void **state)
{
	struct fixture *fx = *state;

	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	publish_used(fx);
	switch_edges(fx, true);
	assert_true(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x060), 1);
	publish_used(fx);
	switch_edges(fx, false);
	assert_true(guest_edge(fx->guest));
	guest_write(fx->guest, 0x064, 1);
	assert_false(guest_line(fx->guest));
	publish_used(fx);
	assert_true(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x060), 1);
	assert_int_equal(fx->guest->nr_edges, 1);
}

/* EDGE-1, EDGE-5 */
static void a_reset_switches_edges_off(void **state)
{
	struct fixture *fx = *state;

	start_with_edges(fx);
	publish_used(fx);
	guest_write(fx->guest, 0x070, 0);
	/* One that was on its way still comes, and finds nothing. */
	assert_true(guest_edge(fx->guest));
	fx->guest->edge = false;
	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	publish_used(fx);
	assert_false(guest_edge(fx->guest));
	assert_true(guest_line(fx->guest));
	assert_int_equal(guest_read(fx->guest, 0x060), 1);
}

/* EDGE-3 */
static void a_guest_that_ends_no_edge_harms_itself_alone(void **state)
{
	struct fixture *fx = *state;

	start_with_edges(fx);
	publish_used(fx);
	for (unsigned i = 0; i < 100u; i++) {
		(void)guest_read(fx->guest, 0x060);
		assert_true(guest_edge(fx->guest));
	}
	assert_int_equal(fx->guest->nr_edges, 1);
	assert_int_equal(fx->guest->nr_logged, 0);
}

/* EDGE-1 */
static void a_device_without_an_edge_line_has_no_edges(void **state)
{
	struct fixture *fx = *state;

	fx->bus.edge_line = 0;
	assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &fx->bus), TZVMM_OK);
	assert_false(tzvmm_virtio_has_edges(&fx->vio));
	assert_int_equal(tzvmm_virtio_set_edges(&fx->vio, true), TZVMM_E_UNSUPP);
	assert_int_equal(tzvmm_virtio_set_edges(&fx->vio, false), TZVMM_E_UNSUPP);
	guest_start(fx->guest, &fx->queue, GUEST_RAM, SIZE, 0);
	publish_used(fx);
	assert_true(guest_line(fx->guest));
}

/* ---- Configuration ------------------------------------------------------ */

static void the_configuration_is_read_in_any_size_and_ends_in_zeros(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(guest_read(fx->guest, 0x100), 0x13121110);
	assert_int_equal(guest_read_narrow(fx->guest, 0x106, 2), 0x1716);
	assert_int_equal(guest_read_narrow(fx->guest, 0x109, 1), 0x19);
	assert_int_equal(guest_read_narrow(fx->guest, 0x10A, 1), 0);
	/* Across its end. */
	assert_int_equal(guest_read(fx->guest, 0x108), 0x1918);
	for (uint32_t offset = 0x10C; offset < 0x200u; offset += 4u) {
		assert_int_equal(guest_read(fx->guest, offset), 0);
	}
}

static void a_configuration_offset_beyond_the_window_reads_zero(void **state)
{
	static const uint32_t offsets[] = { 0x200, 0x1000, 0x7FFFFFFC, 0xFFFFFFFC };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 4u; i++) {
		assert_int_equal(guest_read(fx->guest, offsets[i]), 0);
		guest_write(fx->guest, offsets[i], 1);
	}
	assert_int_equal(refused(fx), 4);
}

static void the_configuration_cannot_be_written(void **state)
{
	struct fixture *fx = *state;

	guest_write(fx->guest, 0x100, 0);
	assert_int_equal(guest_read(fx->guest, 0x100), 0x13121110);
	assert_int_equal(refused(fx), 1);
}

/* A configuration of which byte 3 can be written. */
static bool take_byte_3(void *ctx, uint32_t offset, unsigned size, uint32_t value)
{
	struct fixture *fx = ctx;

	if (offset != 3u || size != 1u) {
		return false;
	}
	fx->config[3] = (uint8_t)value;
	return true;
}

static void only_what_the_device_takes_of_its_configuration_is_written(void **state)
{
	static const uint32_t offsets[] = { 0x100, 0x102, 0x104,  0x1FC,
					    0x200, 0x203, 0x1103, UINT32_MAX - 3u };
	static const struct tzvmm_virtio_ops writable = {
		.notify = note_notify,
		.reset = note_reset,
		.is_busy = tell_busy,
		.write_config = take_byte_3,
	};
	struct fixture *fx = *state;

	fx->dev.ops = &writable;
	assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &fx->bus), TZVMM_OK);
	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		for (unsigned size = 1; size <= 4u; size *= 2u) {
			tzvmm_virtio_write(&fx->vio, offsets[i], size, 0);
		}
	}
	tzvmm_virtio_write(&fx->vio, 0x103, 2, 0);
	assert_int_equal(refused(fx), 3u * 8u + 1u);
	assert_int_equal(guest_read(fx->guest, 0x100), 0x13121110);
	tzvmm_virtio_write(&fx->vio, 0x103, 1, 0x77);
	assert_int_equal(guest_read(fx->guest, 0x100), 0x77121110);
	assert_int_equal(refused(fx), 3u * 8u + 1u);
}

static void note_accepted(void *ctx)
{
	struct fixture *fx = ctx;

	fx->nr_accepted++;
	fx->accepted = fx->vio.guest_features;
}

static void the_device_hears_of_features_when_they_are_accepted(void **state)
{
	static const struct tzvmm_virtio_ops listening = {
		.notify = note_notify,
		.reset = note_reset,
		.is_busy = tell_busy,
		.accepted = note_accepted,
	};
	struct fixture *fx = *state;

	fx->dev.ops = &listening;
	assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &fx->bus), TZVMM_OK);
	guest_write(fx->guest, 0x070, 3);
	guest_write(fx->guest, 0x070, 11); /* without VERSION_1 */
	assert_int_equal(fx->nr_accepted, 0);
	guest_write(fx->guest, 0x024, 1);
	guest_write(fx->guest, 0x020, 1);
	guest_write(fx->guest, 0x070, 11);
	assert_int_equal(fx->nr_accepted, 1);
	assert_int_equal(fx->accepted, 1ull << 32);
	guest_write(fx->guest, 0x070, 11);
	assert_int_equal(fx->nr_accepted, 1);
}

static void a_configuration_change_moves_the_generation(void **state)
{
	struct fixture *fx = *state;
	const uint32_t generation = guest_read(fx->guest, 0x0FC);

	tzvmm_virtio_config_changed(&fx->vio);
	assert_int_not_equal(guest_read(fx->guest, 0x0FC), generation);
	/* Nobody is told before DRIVER_OK. */
	assert_int_equal(guest_read(fx->guest, 0x060), 0);
}

static void a_device_without_configuration_reads_zero(void **state)
{
	struct fixture *fx = *state;

	fx->dev.config = NULL;
	fx->dev.config_len = 0;
	assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &fx->bus), TZVMM_OK);
	assert_int_equal(guest_read(fx->guest, 0x100), 0);
}

/* ---- Accesses that make no sense ---------------------------------------- */

/* REG-1 */
static void narrow_register_accesses_are_refused_and_counted(void **state)
{
	struct fixture *fx = *state;

	assert_int_equal(guest_read_narrow(fx->guest, 0x000, 1), 0);
	assert_int_equal(guest_read_narrow(fx->guest, 0x000, 2), 0);
	assert_int_equal(tzvmm_virtio_mmio_ops.write(&fx->vio, 0x070, 1, 1),
			 TZVMM_OK);
	assert_int_equal(guest_read(fx->guest, 0x070), 0);
	assert_int_equal(refused(fx), 3);
}

static void unknown_registers_read_zero_and_ignore_writes(void **state)
{
	static const uint32_t offsets[] = { 0x018, 0x01C, 0x028, 0x03C,
					    0x040, 0x048, 0x054, 0x068,
					    0x088, 0x0AC, 0x0C0, 0x0F8 };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_int_equal(guest_read(fx->guest, offsets[i]), 0);
		guest_write(fx->guest, offsets[i], UINT32_MAX);
		assert_int_equal(refused(fx), i + 1u);
	}
}

static void read_only_registers_ignore_writes(void **state)
{
	static const uint32_t offsets[] = { 0x000, 0x004, 0x008, 0x00C,
					    0x010, 0x034, 0x060, 0x0FC };
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 8u; i++) {
		const uint32_t value = guest_read(fx->guest, offsets[i]);

		guest_write(fx->guest, offsets[i], ~value);
		assert_int_equal(guest_read(fx->guest, offsets[i]), value);
	}
}

static void a_guest_cannot_flood_the_log(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 1000u; i++) {
		guest_write(fx->guest, 0x018, 0);
	}
	assert_int_equal(refused(fx), 1000);
	assert_true(fx->guest->nr_logged <= 10u);
}

/* ---- Set-up ------------------------------------------------------------- */

static void a_bad_device_or_bus_is_refused(void **state)
{
	static const struct tzvmm_virtio_ops lacking[] = {
		{ .reset = note_reset, .is_busy = tell_busy },
		{ .notify = note_notify, .is_busy = tell_busy },
		{ .notify = note_notify, .reset = note_reset },
	};
	struct fixture *fx = *state;
	struct tzvmm_virtio_device dev[13];
	struct tzvmm_virtio_bus bus[4];

	for (unsigned i = 0; i < 13u; i++) {
		dev[i] = fx->dev;
	}
	for (unsigned i = 0; i < 4u; i++) {
		bus[i] = fx->bus;
	}
	dev[0].name = NULL;
	dev[1].queues = NULL;
	dev[2].nr_queues = 0;
	dev[3].max_size = 0;
	dev[4].max_size = 48;
	dev[5].max_size = 65536;
	dev[6].config = NULL;
	dev[7].config_len = 257;
	dev[8].ops = NULL;
	dev[9].ops = &lacking[0];
	dev[10].ops = &lacking[1];
	dev[11].ops = &lacking[2];
	dev[12].config_len = UINT32_MAX;
	for (unsigned i = 0; i < 13u; i++) {
		assert_int_equal(tzvmm_virtio_init(&fx->vio, &dev[i], &fx->bus),
				 TZVMM_E_INVAL);
	}
	bus[0].mem = NULL;
	bus[1].irqs = NULL;
	bus[2].sys = NULL;
	bus[3].line = 128;
	for (unsigned i = 0; i < 4u; i++) {
		assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &bus[i]),
				 TZVMM_E_INVAL);
	}
	bus[0] = fx->bus;
	bus[0].line = 7;
	assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &bus[0]),
			 TZVMM_E_DENIED);
	bus[0] = fx->bus;
	bus[0].edge_line = 7;
	assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &bus[0]),
			 TZVMM_E_DENIED);
	bus[0].edge_line = 128;
	assert_int_equal(tzvmm_virtio_init(&fx->vio, &fx->dev, &bus[0]),
			 TZVMM_E_INVAL);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, guest_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_driver_recognises_the_device),
		T(there_is_no_shared_memory_region),
		T(offered_features_are_shown_in_halves_and_version_1_is_one),
		T(features_are_agreed_on_only_if_offered_and_with_version_1),
		T(features_cannot_change_after_they_were_agreed_on),
		T(features_beyond_63_are_refused_unless_zero),
		T(status_bits_stay_until_the_reset),
		T(the_driver_cannot_set_the_devices_bit_or_unknown_ones),
		T(driver_ok_before_features_ok_is_refused),
		T(a_reset_forgets_queues_features_and_interrupts),
		T(a_reset_shows_nonzero_until_the_device_has_drained),
		T(queues_that_do_not_exist_have_no_size_and_take_nothing),
		T(every_queue_has_its_own_place),
		T(a_queue_outside_of_guest_ram_is_never_ready),
		T(a_queue_of_a_bad_size_is_never_ready),
		T(a_queue_starts_between_features_ok_and_driver_ok_only),
		T(a_live_queue_cannot_be_started_again),
		T(a_notification_reaches_the_device),
		T(notifications_of_absent_or_stopped_queues_are_ignored),
		T(a_notification_before_driver_ok_is_made_up_for_at_driver_ok),
		T(the_line_follows_status_and_acknowledge),
		T(acknowledging_nothing_changes_nothing),
		T(a_broken_queue_asks_for_a_reset_once_and_says_why),
		T(a_drained_queue_is_left_alone_until_it_is_notified),
		T(a_used_buffer_gives_an_edge_and_nothing_to_acknowledge),
		T(a_buffer_used_between_the_end_and_the_look_comes_with_an_edge),
		T(buffers_used_while_an_edge_waits_are_found_by_one_look),
		T(a_configuration_change_among_edges_has_its_level),
		T(the_need_of_a_reset_is_told_by_the_level_among_edges),
		T(switching_loses_nothing_that_was_announced_before),
		T(a_reset_switches_edges_off),
		T(a_guest_that_ends_no_edge_harms_itself_alone),
		T(a_device_without_an_edge_line_has_no_edges),
		T(the_configuration_is_read_in_any_size_and_ends_in_zeros),
		T(a_configuration_offset_beyond_the_window_reads_zero),
		T(the_configuration_cannot_be_written),
		T(only_what_the_device_takes_of_its_configuration_is_written),
		T(the_device_hears_of_features_when_they_are_accepted),
		T(a_configuration_change_moves_the_generation),
		T(a_device_without_configuration_reads_zero),
		T(narrow_register_accesses_are_refused_and_counted),
		T(unknown_registers_read_zero_and_ignore_writes),
		T(read_only_registers_ignore_writes),
		T(a_guest_cannot_flood_the_log),
		T(a_bad_device_or_bus_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
