// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/virtio_rng.h>

#include "guest_driver.h"
#include "shared_model.h"

#define RINGS GUEST_RAM
#define SIZE 8u
#define BUFFER (GUEST_RAM + 0x8000u)
#define UNTOUCHED 0xEEu

struct fixture {
	struct guest *guest;
	struct tzvmm_virtio_rng rng;
	struct tzvmm_entropy source;
	struct guest_queue queue;
	size_t left; /* bytes that the source has */
	uint8_t next;
};

static size_t give(void *ctx, uint8_t *out, size_t len)
{
	struct fixture *fx = ctx;
	size_t nr = 0;

	for (; nr < len && fx->left != 0u; nr++, fx->left--) {
		out[nr] = ++fx->next;
	}
	return nr;
}

static const struct tzvmm_entropy_ops ops = { give };

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));
	struct tzvmm_virtio_bus bus;

	fx->guest = guest_new();
	fx->source = (struct tzvmm_entropy){ &ops, fx };
	bus = (struct tzvmm_virtio_bus){ &fx->guest->mem, &fx->guest->irqs,
					 GUEST_LINE, &fx->guest->sys, 0 };
	assert_int_equal(tzvmm_virtio_rng_init(&fx->rng, &fx->source, &bus),
			 TZVMM_OK);
	fx->guest->vio = &fx->rng.virtio;
	memset(guest_at(fx->guest, BUFFER), UNTOUCHED, 0x1000);
	*state = fx;
	return 0;
}

static struct fixture *started(void **state)
{
	struct fixture *fx = *state;

	guest_start(fx->guest, &fx->queue, RINGS, SIZE, TZVMM_VIRTIO_F_VERSION_1);
	shared_model_clear();
	return fx;
}

static void ask(struct fixture *fx, uint32_t i, uint64_t addr, uint32_t len)
{
	guest_desc(&fx->queue, i, addr, len, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, (uint16_t)i);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, 0);
}

static void assert_answered(struct fixture *fx, uint32_t i, uint32_t len)
{
	uint32_t id;
	uint32_t got;

	assert_true(guest_take_used(&fx->queue, &id, &got));
	assert_int_equal(id, i);
	assert_int_equal(got, len);
}

static void a_request_gets_what_there_is(void **state)
{
	struct fixture *fx = started(state);

	fx->left = 100;
	ask(fx, 0, BUFFER, 16);
	assert_answered(fx, 0, 16);
	assert_int_equal(guest_get8(fx->guest, BUFFER), 1);
	assert_int_equal(guest_get8(fx->guest, BUFFER + 15u), 16);
	assert_int_equal(guest_get8(fx->guest, BUFFER + 16u), UNTOUCHED);
	assert_true(guest_line(fx->guest));
}

/* RNG-1 */
static void a_large_request_is_bounded_and_the_rest_left_alone(void **state)
{
	struct fixture *fx = started(state);

	fx->left = 10000;
	ask(fx, 0, BUFFER, 0x1000);
	assert_answered(fx, 0, TZVMM_VIRTIO_RNG_MAX);
	assert_int_equal(guest_get8(fx->guest, BUFFER + TZVMM_VIRTIO_RNG_MAX),
			 UNTOUCHED);
	assert_int_equal(fx->left, 10000u - TZVMM_VIRTIO_RNG_MAX);
}

/* RNG-1 */
static void a_request_waits_for_entropy_and_those_behind_it_too(void **state)
{
	struct fixture *fx = started(state);
	uint32_t id;
	uint32_t len;

	ask(fx, 0, BUFFER, 8);
	ask(fx, 1, BUFFER + 64u, 8);
	tzvmm_virtio_rng_run(&fx->rng);
	assert_false(guest_take_used(&fx->queue, &id, &len));
	fx->left = 3;
	tzvmm_virtio_rng_run(&fx->rng);
	assert_answered(fx, 0, 3);
	assert_false(guest_take_used(&fx->queue, &id, &len));
	fx->left = 50;
	tzvmm_virtio_rng_run(&fx->rng);
	assert_answered(fx, 1, 8);
	assert_int_equal(guest_get8(fx->guest, BUFFER + 64u), 4);
}

static void pieces_are_filled_one_after_the_other(void **state)
{
	struct fixture *fx = started(state);

	fx->left = 100;
	guest_desc(&fx->queue, 0, BUFFER, 3, VIRTQ_WRITE | VIRTQ_NEXT, 1);
	guest_desc(&fx->queue, 1, BUFFER + 32u, 4, VIRTQ_WRITE, 0);
	guest_publish(&fx->queue, 0);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, 0);
	assert_answered(fx, 0, 7);
	assert_int_equal(guest_get8(fx->guest, BUFFER + 2u), 3);
	assert_int_equal(guest_get8(fx->guest, BUFFER + 3u), UNTOUCHED);
	assert_int_equal(guest_get8(fx->guest, BUFFER + 32u), 4);
	assert_int_equal(guest_get8(fx->guest, BUFFER + 36u), UNTOUCHED);
}

static void a_request_that_cannot_be_written_to_gets_nothing(void **state)
{
	struct fixture *fx = started(state);

	fx->left = 100;
	guest_desc(&fx->queue, 0, BUFFER, 16, 0, 0);
	guest_publish(&fx->queue, 0);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, 0);
	assert_answered(fx, 0, 0);
	assert_int_equal(guest_get8(fx->guest, BUFFER), UNTOUCHED);
	assert_int_equal(fx->left, 100);
}

static void a_broken_queue_is_told_and_takes_no_entropy(void **state)
{
	struct fixture *fx = started(state);

	fx->left = 100;
	ask(fx, 0, 0x70000000, 16); /* secure memory */
	assert_int_equal(guest_read(fx->guest, TZVMM_VIRTIO_STATUS) & 64u, 64u);
	assert_int_equal(fx->left, 100);
	tzvmm_virtio_rng_run(&fx->rng);
	assert_int_equal(fx->left, 100);
}

static void a_reset_forgets_who_waits(void **state)
{
	struct fixture *fx = started(state);

	ask(fx, 0, BUFFER, 8);
	guest_write(fx->guest, TZVMM_VIRTIO_STATUS, 0);
	assert_int_equal(guest_read(fx->guest, TZVMM_VIRTIO_STATUS), 0);
	guest_start(fx->guest, &fx->queue, RINGS + 0x10000u, SIZE,
		    TZVMM_VIRTIO_F_VERSION_1);
	fx->left = 100;
	tzvmm_virtio_rng_run(&fx->rng);
	assert_int_equal(guest_get8(fx->guest, BUFFER), UNTOUCHED);
	assert_int_equal(fx->left, 100);
}

static void a_request_of_a_queue_that_was_disabled_is_not_written(void **state)
{
	struct fixture *fx = started(state);

	ask(fx, 0, BUFFER, 8);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_SEL, 0);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_READY, 0);
	fx->left = 100;
	tzvmm_virtio_rng_run(&fx->rng);
	assert_int_equal(guest_get8(fx->guest, BUFFER), UNTOUCHED);
	assert_int_equal(fx->left, 100);
}

static void a_source_that_is_missing_is_refused(void **state)
{
	struct fixture *fx = *state;
	const struct tzvmm_virtio_bus bus = { &fx->guest->mem, &fx->guest->irqs,
					      GUEST_LINE, &fx->guest->sys, 0 };
	static const struct tzvmm_entropy_ops no_read = { NULL };
	const struct tzvmm_entropy none = { NULL, NULL };
	const struct tzvmm_entropy empty = { &no_read, NULL };

	assert_int_equal(tzvmm_virtio_rng_init(&fx->rng, NULL, &bus), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_virtio_rng_init(&fx->rng, &none, &bus), TZVMM_E_INVAL);
	assert_int_equal(tzvmm_virtio_rng_init(&fx->rng, &empty, &bus),
			 TZVMM_E_INVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, guest_tear_down)
	const struct CMUnitTest tests[] = {
		T(a_request_gets_what_there_is),
		T(a_large_request_is_bounded_and_the_rest_left_alone),
		T(a_request_waits_for_entropy_and_those_behind_it_too),
		T(pieces_are_filled_one_after_the_other),
		T(a_request_that_cannot_be_written_to_gets_nothing),
		T(a_broken_queue_is_told_and_takes_no_entropy),
		T(a_reset_forgets_who_waits),
		T(a_request_of_a_queue_that_was_disabled_is_not_written),
		T(a_source_that_is_missing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
