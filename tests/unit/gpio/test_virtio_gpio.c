// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/virtio_gpio.h>

#include "guest_driver.h"
#include "shared_model.h"

#define REQUESTS GUEST_RAM
#define EVENTS (GUEST_RAM + 0x4000u)
#define SIZE 16u
#define REQUEST (GUEST_RAM + 0x8000u) /* of request i: 64 bytes from here on */
#define EVENT (GUEST_RAM + 0x9000u)
#define UNTOUCHED 0xEEu
#define F_IRQ 1u

/* Numbers of the specification. */
enum {
	GET_NAMES = 1,
	GET_DIR,
	SET_DIR,
	GET,
	SET,
	IRQ_TYPE
};
enum {
	NONE,
	OUT,
	IN
};
enum {
	RISING = 1,
	FALLING = 2,
	BOTH = 3,
	HIGH = 4,
	LOW = 8
};
enum {
	OK,
	ERR
};

enum {
	BUTTON,
	LAMP,
	MOTOR,
	BOTH_WAYS,
	NR_LINES
};
#define NAMES "button\0lamp\0motor\0\0"

/* Pins that remember what was done to them. */
struct pin {
	bool output;
	bool level; /* what it drives, or what is at its pad */
	bool masked;
	unsigned type;
	unsigned nr_unmasked;
};

struct fixture {
	struct guest *guest;
	struct tzvmm_vgpio gpio;
	struct tzvmm_gpio_bank bank;
	struct tzvmm_gpio_line lines[NR_LINES];
	struct pin pins[32];
	struct guest_queue requests, events;
};

static struct pin *pin_of(void *ctx, uint32_t pin)
{
	struct fixture *fx = ctx;

	assert_true(pin < 32u);
	return &fx->pins[pin];
}

static void pin_input(void *ctx, uint32_t pin)
{
	pin_of(ctx, pin)->output = false;
}

static void pin_output(void *ctx, uint32_t pin, bool level)
{
	pin_of(ctx, pin)->output = true;
	pin_of(ctx, pin)->level = level;
}

static bool pin_level(void *ctx, uint32_t pin)
{
	assert_false(pin_of(ctx, pin)->output);
	return pin_of(ctx, pin)->level;
}

static void pin_irq_type(void *ctx, uint32_t pin, enum tzvmm_gpio_irq type)
{
	pin_of(ctx, pin)->type = type;
	pin_of(ctx, pin)->masked = true;
}

static void pin_irq_unmask(void *ctx, uint32_t pin)
{
	pin_of(ctx, pin)->masked = false;
	pin_of(ctx, pin)->nr_unmasked++;
}

static const struct tzvmm_gpio_ops ops = { pin_input, pin_output, pin_level,
					   pin_irq_type, pin_irq_unmask };

static struct tzvmm_virtio_bus bus_of(struct fixture *fx)
{
	return (struct tzvmm_virtio_bus){ &fx->guest->mem, &fx->guest->irqs,
					  GUEST_LINE, &fx->guest->sys, 0 };
}

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));
	struct tzvmm_virtio_bus bus;

	fx->guest = guest_new();
	fx->bank = (struct tzvmm_gpio_bank){ &ops, fx };
	fx->lines[BUTTON] =
		(struct tzvmm_gpio_line){ "button", &fx->bank, 3,
					  TZVMM_GPIO_INPUT | TZVMM_GPIO_INTERRUPT,
					  TZVMM_GPIO_SAFE_INPUT };
	fx->lines[LAMP] =
		(struct tzvmm_gpio_line){ "lamp", &fx->bank, 0, TZVMM_GPIO_OUTPUT,
					  TZVMM_GPIO_SAFE_HIGH };
	fx->lines[MOTOR] =
		(struct tzvmm_gpio_line){ "motor", &fx->bank, 31, TZVMM_GPIO_OUTPUT,
					  TZVMM_GPIO_SAFE_LOW };
	fx->lines[BOTH_WAYS] =
		(struct tzvmm_gpio_line){ "", &fx->bank, 7,
					  TZVMM_GPIO_INPUT | TZVMM_GPIO_OUTPUT |
						  TZVMM_GPIO_INTERRUPT,
					  TZVMM_GPIO_SAFE_INPUT };
	bus = bus_of(fx);
	assert_int_equal(tzvmm_vgpio_init(&fx->gpio, fx->lines, NR_LINES, &bus),
			 TZVMM_OK);
	fx->guest->vio = &fx->gpio.virtio;
	memset(guest_at(fx->guest, REQUEST), UNTOUCHED, 0x2000);
	*state = fx;
	return 0;
}

/* ---- The guest ---------------------------------------------------------- */

static void place_events(struct fixture *fx)
{
	guest_queue_init(&fx->events, fx->guest, EVENTS, SIZE);
	guest_write(fx->guest, 0x030, 1);
	guest_write(fx->guest, 0x038, SIZE);
	guest_write(fx->guest, 0x080, (uint32_t)fx->events.desc);
	guest_write(fx->guest, 0x090, (uint32_t)fx->events.avail);
	guest_write(fx->guest, 0x0A0, (uint32_t)fx->events.used);
	guest_write(fx->guest, 0x044, 1);
}

static void bring_up(struct fixture *fx, uint32_t features)
{
	guest_write(fx->guest, 0x070, 0);
	guest_write(fx->guest, 0x070, 3);
	guest_write(fx->guest, 0x024, 1);
	guest_write(fx->guest, 0x020, 1);
	guest_write(fx->guest, 0x024, 0);
	guest_write(fx->guest, 0x020, features);
	guest_write(fx->guest, 0x070, 11);
	guest_place(fx->guest, &fx->requests, REQUESTS, SIZE);
	place_events(fx);
	guest_write(fx->guest, 0x070, 15);
	assert_int_equal(guest_read(fx->guest, 0x070), 15);
}

static struct fixture *started(void **state)
{
	bring_up(*state, F_IRQ);
	shared_model_clear();
	return *state;
}

static void put_request(struct fixture *fx, uint32_t type, uint32_t line,
			uint32_t value)
{
	guest_put16(fx->guest, REQUEST, (uint16_t)type);
	guest_put16(fx->guest, REQUEST + 2u, (uint16_t)line);
	guest_put32(fx->guest, REQUEST + 4u, value);
	memset(guest_at(fx->guest, REQUEST + 64u), UNTOUCHED, 64);
}

/* What the device says to a request of out_len bytes with room for in_len. */
static uint32_t send(struct fixture *fx, uint32_t out_len, uint32_t in_len)
{
	uint32_t id, len;

	guest_desc(&fx->requests, 0, REQUEST, out_len,
		   in_len == 0u ? 0 : VIRTQ_NEXT, 1);
	guest_desc(&fx->requests, 1, REQUEST + 64u, in_len, VIRTQ_WRITE, 0);
	guest_publish(&fx->requests, 0);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, 0);
	assert_true(guest_take_used(&fx->requests, &id, &len));
	assert_int_equal(id, 0);
	return len;
}

static uint8_t answer(const struct fixture *fx, uint32_t i)
{
	return guest_get8(fx->guest, REQUEST + 64u + i);
}

static void assert_done(struct fixture *fx, uint32_t type, uint32_t line,
			uint32_t value)
{
	put_request(fx, type, line, value);
	assert_int_equal(send(fx, 8, 2), 2);
	assert_int_equal(answer(fx, 0), OK);
	assert_int_equal(answer(fx, 2), UNTOUCHED);
}

static uint32_t ask(struct fixture *fx, uint32_t type, uint32_t line)
{
	assert_done(fx, type, line, 0);
	return answer(fx, 1);
}

static void assert_refused(struct fixture *fx, uint32_t type, uint32_t line,
			   uint32_t value)
{
	const uint32_t before = tzvmm_vgpio_stats(&fx->gpio)->refused;

	put_request(fx, type, line, value);
	assert_int_equal(send(fx, 8, 2), 2);
	assert_int_equal(answer(fx, 0), ERR);
	assert_int_equal(answer(fx, 1), 0);
	assert_int_equal(tzvmm_vgpio_stats(&fx->gpio)->refused, before + 1u);
}

/* Event buffer i; its status is behind it. */
static void park_bytes(struct fixture *fx, uint32_t i, uint32_t out_len,
		       uint32_t in_len)
{
	const uint64_t at = EVENT + 16u * i;

	guest_put8(fx->guest, at + 8u, UNTOUCHED);
	guest_desc(&fx->events, 2u * i, at, out_len, in_len == 0u ? 0 : VIRTQ_NEXT,
		   2u * i + 1u);
	guest_desc(&fx->events, 2u * i + 1u, at + 8u, in_len, VIRTQ_WRITE, 0);
	guest_publish(&fx->events, (uint16_t)(2u * i));
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, 1);
}

static void park(struct fixture *fx, uint32_t i, uint32_t line)
{
	guest_put16(fx->guest, EVENT + 16u * i, (uint16_t)line);
	park_bytes(fx, i, 2, 1);
}

static uint8_t event_status(const struct fixture *fx, uint32_t i)
{
	return guest_get8(fx->guest, EVENT + 16u * i + 8u);
}

static void assert_returned(struct fixture *fx, uint32_t i, uint32_t status)
{
	uint32_t id, len;

	assert_true(guest_take_used(&fx->events, &id, &len));
	assert_int_equal(id, 2u * i);
	assert_int_equal(len, 1);
	assert_int_equal(event_status(fx, i), status);
}

static void assert_waits(struct fixture *fx, uint32_t i)
{
	uint32_t id, len;

	assert_false(guest_take_used(&fx->events, &id, &len));
	assert_int_equal(event_status(fx, i), UNTOUCHED);
}

/* The port's part: a pin that is not masked interrupts. */
static void fire(struct fixture *fx, uint32_t pin)
{
	assert_false(fx->pins[pin].masked);
	fx->pins[pin].masked = true;
	tzvmm_vgpio_event(&fx->gpio, &fx->bank, pin);
}

static struct fixture *listening(void **state, uint32_t type)
{
	struct fixture *fx = started(state);

	assert_done(fx, SET_DIR, BUTTON, IN);
	assert_done(fx, IRQ_TYPE, BUTTON, type);
	return fx;
}

/* ---- What it is --------------------------------------------------------- */

/* GPIO-1 */
static void the_configuration_tells_lines_and_names(void **state)
{
	struct fixture *fx = started(state);

	assert_int_equal(guest_read(fx->guest, 0x008), 41);
	assert_int_equal(guest_read_narrow(fx->guest, 0x100, 2), NR_LINES);
	assert_int_equal(guest_read_narrow(fx->guest, 0x102, 2), 0);
	assert_int_equal(guest_read(fx->guest, 0x104), sizeof(NAMES) - 1u);
	put_request(fx, GET_NAMES, 0, 0);
	assert_int_equal(send(fx, 8, 64), sizeof(NAMES));
	assert_int_equal(answer(fx, 0), OK);
	assert_memory_equal(guest_at(fx->guest, REQUEST + 65u), NAMES,
			    sizeof(NAMES) - 1u);
	assert_int_equal(answer(fx, sizeof(NAMES)), UNTOUCHED);
}

static void lines_start_in_their_safe_states(void **state)
{
	struct fixture *fx = *state;

	assert_false(fx->pins[3].output);
	assert_true(fx->pins[0].output && fx->pins[0].level);
	assert_true(fx->pins[31].output && !fx->pins[31].level);
	bring_up(fx, F_IRQ);
	for (uint32_t n = 0; n < NR_LINES; n++) {
		assert_int_equal(ask(fx, GET_DIR, n), NONE);
	}
	assert_int_equal(ask(fx, GET, LAMP), 1);
	assert_int_equal(ask(fx, GET, MOTOR), 0);
}

static void an_input_is_read_at_its_pad(void **state)
{
	struct fixture *fx = started(state);

	assert_done(fx, SET_DIR, BUTTON, IN);
	assert_int_equal(ask(fx, GET_DIR, BUTTON), IN);
	assert_int_equal(ask(fx, GET, BUTTON), 0);
	fx->pins[3].level = true;
	assert_int_equal(ask(fx, GET, BUTTON), 1);
	assert_true(guest_line(fx->guest));
}

/* As Linux does: first the value, then the direction. */
static void an_output_starts_with_the_level_that_was_set(void **state)
{
	struct fixture *fx = started(state);

	assert_done(fx, SET, BOTH_WAYS, 1);
	assert_false(fx->pins[7].output);
	assert_done(fx, SET_DIR, BOTH_WAYS, OUT);
	assert_true(fx->pins[7].output && fx->pins[7].level);
	assert_int_equal(ask(fx, GET_DIR, BOTH_WAYS), OUT);
	assert_int_equal(ask(fx, GET, BOTH_WAYS), 1);
	assert_done(fx, SET, BOTH_WAYS, 0);
	assert_false(fx->pins[7].level);
	assert_int_equal(ask(fx, GET, BOTH_WAYS), 0);
	assert_done(fx, SET_DIR, BOTH_WAYS, IN);
	assert_false(fx->pins[7].output);
}

static void a_line_that_is_let_go_is_safe_again(void **state)
{
	struct fixture *fx = listening(state, BOTH);

	park(fx, 0, BUTTON);
	assert_done(fx, SET, LAMP, 0);
	assert_done(fx, SET_DIR, LAMP, OUT);
	assert_false(fx->pins[0].level);
	assert_done(fx, SET_DIR, LAMP, NONE);
	assert_true(fx->pins[0].output && fx->pins[0].level);
	assert_done(fx, SET_DIR, BUTTON, NONE);
	assert_int_equal(fx->pins[3].type, NONE);
	assert_returned(fx, 0, 0);
	/* Nor is the level of before kept for the next driver. */
	assert_done(fx, SET, BOTH_WAYS, 1);
	assert_done(fx, SET_DIR, BOTH_WAYS, NONE);
	assert_done(fx, SET_DIR, BOTH_WAYS, OUT);
	assert_false(fx->pins[7].level);
}

/* GPIO-1 */
static void a_line_does_only_what_the_table_says(void **state)
{
	struct fixture *fx = started(state);

	assert_refused(fx, SET_DIR, BUTTON, OUT);
	assert_refused(fx, SET, BUTTON, 1);
	assert_refused(fx, SET_DIR, LAMP, IN);
	assert_refused(fx, IRQ_TYPE, LAMP, RISING);
	fx->lines[BUTTON].uses = TZVMM_GPIO_INPUT;
	assert_done(fx, SET_DIR, BUTTON, IN);
	assert_refused(fx, IRQ_TYPE, BUTTON, RISING);
	assert_refused(fx, GET, NR_LINES, 0);
	assert_refused(fx, SET_DIR, NR_LINES, OUT);
	assert_refused(fx, GET, 0xFFFF, 0);
	assert_false(fx->pins[3].output);
	assert_true(fx->pins[0].output && fx->pins[0].level);
	for (uint32_t pin = 0; pin < 32u; pin++) {
		assert_true(pin == 0u || pin == 31u || !fx->pins[pin].output);
		assert_int_equal(fx->pins[pin].type, 0);
	}
}

/* ---- Interrupts --------------------------------------------------------- */

static void an_interrupt_returns_the_buffer_that_waits_for_it(void **state)
{
	struct fixture *fx = listening(state, FALLING);

	assert_int_equal(fx->pins[3].type, FALLING);
	assert_true(fx->pins[3].masked);
	park(fx, 1, BUTTON);
	assert_waits(fx, 1);
	guest_write(fx->guest, TZVMM_VIRTIO_INTERRUPT_ACK, 1);
	assert_false(guest_line(fx->guest));
	fire(fx, 3);
	assert_returned(fx, 1, 1);
	assert_true(guest_line(fx->guest));
	assert_int_equal(tzvmm_vgpio_stats(&fx->gpio)->events, 1);
}

static void the_pin_stays_masked_until_there_is_a_new_buffer(void **state)
{
	struct fixture *fx = listening(state, HIGH);

	park(fx, 0, BUTTON);
	fire(fx, 3);
	assert_returned(fx, 0, 1);
	assert_true(fx->pins[3].masked);
	assert_int_equal(fx->pins[3].nr_unmasked, 1);
	park(fx, 1, BUTTON);
	fire(fx, 3);
	assert_returned(fx, 1, 1);
}

static void an_interrupt_without_a_buffer_is_not_told(void **state)
{
	struct fixture *fx = listening(state, BOTH);

	tzvmm_vgpio_event(&fx->gpio, &fx->bank, 3);
	assert_int_equal(tzvmm_vgpio_stats(&fx->gpio)->events, 0);
	park(fx, 0, BUTTON);
	assert_waits(fx, 0);
}

static void a_buffer_that_came_before_the_type_waits_for_it(void **state)
{
	struct fixture *fx = started(state);

	assert_done(fx, SET_DIR, BUTTON, IN);
	park(fx, 0, BUTTON);
	assert_int_equal(fx->pins[3].nr_unmasked, 0);
	tzvmm_vgpio_event(&fx->gpio, &fx->bank, 3);
	assert_waits(fx, 0);
	assert_done(fx, IRQ_TYPE, BUTTON, LOW);
	fire(fx, 3);
	assert_returned(fx, 0, 1);
}

static void the_end_of_interrupts_returns_the_buffer_unused(void **state)
{
	struct fixture *fx = listening(state, RISING);

	park(fx, 0, BUTTON);
	assert_done(fx, IRQ_TYPE, BUTTON, NONE);
	assert_returned(fx, 0, 0);
	assert_true(fx->pins[3].masked);
	assert_int_equal(fx->pins[3].type, NONE);
}

static void a_type_that_makes_no_sense_is_refused(void **state)
{
	struct fixture *fx = started(state);

	assert_refused(fx, IRQ_TYPE, BUTTON, RISING); /* no input yet */
	assert_done(fx, SET_DIR, BUTTON, IN);
	assert_refused(fx, IRQ_TYPE, BUTTON, 5);
	assert_refused(fx, IRQ_TYPE, BUTTON, 9);
	assert_refused(fx, IRQ_TYPE, BUTTON, 0x101);
	assert_int_equal(fx->pins[3].type, 0);
	assert_done(fx, SET_DIR, BOTH_WAYS, IN);
	assert_done(fx, IRQ_TYPE, BOTH_WAYS, BOTH);
	assert_refused(fx, SET_DIR, BOTH_WAYS, OUT);
	assert_false(fx->pins[7].output);
	bring_up(fx, 0); /* without the feature */
	assert_done(fx, SET_DIR, BUTTON, IN);
	assert_refused(fx, IRQ_TYPE, BUTTON, RISING);
}

static void a_pin_of_no_line_is_ignored(void **state)
{
	struct fixture *fx = listening(state, RISING);
	const struct tzvmm_gpio_bank other = fx->bank;

	park(fx, 0, BUTTON);
	tzvmm_vgpio_event(&fx->gpio, &fx->bank, 4);
	tzvmm_vgpio_event(&fx->gpio, &other, 3);
	assert_waits(fx, 0);
}

/* ---- Hostile drivers ---------------------------------------------------- */

static void requests_of_wrong_form_are_refused(void **state)
{
	struct fixture *fx = started(state);
	unsigned logged;

	assert_refused(fx, 0, BUTTON, 0);
	assert_refused(fx, 7, BUTTON, 0);
	assert_refused(fx, 0xFFFF, BUTTON, 0);
	assert_refused(fx, SET, LAMP, 2);
	assert_refused(fx, SET_DIR, LAMP, 3);
	assert_refused(fx, SET_DIR, LAMP, 0x10001);
	put_request(fx, SET, LAMP, 0);
	assert_int_equal(send(fx, 7, 2), 2);
	assert_int_equal(answer(fx, 0), ERR);
	assert_int_equal(send(fx, 9, 2), 2);
	assert_int_equal(answer(fx, 0), ERR);
	assert_int_equal(ask(fx, GET, LAMP), 1);
	logged = fx->guest->nr_logged;
	assert_true(logged != 0u);
	for (unsigned i = 0; i < 100u; i++) {
		assert_refused(fx, 0, BUTTON, 0);
	}
	assert_true(fx->guest->nr_logged - logged <= 10u);
}

static void an_answer_without_room_changes_nothing(void **state)
{
	struct fixture *fx = started(state);

	put_request(fx, SET_DIR, MOTOR, OUT);
	assert_int_equal(send(fx, 8, 1), 1);
	assert_int_equal(answer(fx, 0), ERR);
	assert_int_equal(answer(fx, 1), UNTOUCHED);
	assert_int_equal(send(fx, 8, 0), 0);
	assert_int_equal(ask(fx, GET_DIR, MOTOR), NONE);
	put_request(fx, GET_NAMES, 0, 0);
	assert_int_equal(send(fx, 8, sizeof(NAMES) - 1u), 2);
	assert_int_equal(answer(fx, 0), ERR);
	assert_int_equal(answer(fx, 2), UNTOUCHED);
	put_request(fx, GET_DIR, MOTOR, 0);
	assert_int_equal(send(fx, 8, 60), 2); /* too much is no mistake */
	assert_int_equal(answer(fx, 2), UNTOUCHED);
}

static void a_request_may_be_in_pieces_and_is_read_once(void **state)
{
	struct fixture *fx = started(state);
	uint32_t id, len;

	put_request(fx, GET, LAMP, 0);
	shared_model_clear();
	guest_desc(&fx->requests, 0, REQUEST, 3, VIRTQ_NEXT, 1);
	guest_desc(&fx->requests, 1, REQUEST + 3u, 5, VIRTQ_NEXT, 2);
	guest_desc(&fx->requests, 2, REQUEST + 64u, 1, VIRTQ_WRITE | VIRTQ_NEXT, 3);
	guest_desc(&fx->requests, 3, REQUEST + 80u, 1, VIRTQ_WRITE, 0);
	guest_publish(&fx->requests, 0);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, 0);
	assert_true(guest_take_used(&fx->requests, &id, &len));
	assert_int_equal(len, 2);
	assert_int_equal(answer(fx, 0), OK);
	assert_int_equal(answer(fx, 16), 1);
	assert_false(shared_model_read_twice(
		guest_at(fx->guest, fx->requests.avail + 2u)));
}

static void event_buffers_that_make_no_sense_come_back(void **state)
{
	struct fixture *fx = listening(state, RISING);
	uint32_t id, len;

	park(fx, 0, NR_LINES); /* foreign */
	assert_returned(fx, 0, 0);
	park(fx, 0, 0xFFFF);
	assert_returned(fx, 0, 0);
	park_bytes(fx, 0, 1, 1);
	assert_returned(fx, 0, 0);
	park_bytes(fx, 0, 3, 1);
	assert_returned(fx, 0, 0);
	park(fx, 1, BUTTON);
	park(fx, 2, BUTTON); /* twice */
	assert_returned(fx, 2, 0);
	assert_waits(fx, 1);
	guest_put16(fx->guest, EVENT, BOTH_WAYS);
	park_bytes(fx, 0, 2, 0); /* no room for the status */
	assert_true(guest_take_used(&fx->events, &id, &len));
	assert_int_equal(len, 0);
	assert_int_equal(tzvmm_vgpio_stats(&fx->gpio)->refused, 6);
	fire(fx, 3);
	assert_returned(fx, 1, 1);
}

/* Linux would queue it again at once, for ever. */
static void a_buffer_for_a_line_without_interrupts_waits(void **state)
{
	struct fixture *fx = started(state);

	assert_refused(fx, IRQ_TYPE, LAMP, RISING);
	park(fx, 0, LAMP);
	assert_waits(fx, 0);
	assert_int_equal(fx->pins[0].nr_unmasked, 0);
}

static void no_buffer_is_written_after_its_queue_was_stopped(void **state)
{
	struct fixture *fx = listening(state, RISING);

	park(fx, 0, BUTTON);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_SEL, 1);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_READY, 0);
	fire(fx, 3);
	assert_waits(fx, 0);
}

static void a_broken_queue_is_told(void **state)
{
	struct fixture *fx = listening(state, RISING);

	park(fx, 0, BUTTON);
	guest_desc(&fx->events, 4, 0x70000000, 2, 0, 0); /* secure memory */
	guest_publish(&fx->events, 4);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, 1);
	assert_int_equal(guest_read(fx->guest, TZVMM_VIRTIO_STATUS) & 64u, 64u);
	fire(fx, 3);
	assert_waits(fx, 0);
}

static void a_device_that_waits_for_its_reset_tells_nothing(void **state)
{
	struct fixture *fx = listening(state, RISING);

	park(fx, 0, BUTTON);
	guest_publish(&fx->requests, 0xFFFF);
	guest_write(fx->guest, TZVMM_VIRTIO_QUEUE_NOTIFY, 0);
	assert_int_equal(guest_read(fx->guest, TZVMM_VIRTIO_STATUS) & 64u, 64u);
	fire(fx, 3);
	assert_waits(fx, 0);
}

static void a_reset_makes_all_lines_safe_and_forgets_buffers(void **state)
{
	struct fixture *fx = listening(state, RISING);

	park(fx, 0, BUTTON);
	assert_done(fx, SET_DIR, BOTH_WAYS, OUT);
	assert_done(fx, SET_DIR, MOTOR, OUT);
	assert_done(fx, SET, MOTOR, 1);
	assert_done(fx, SET, LAMP, 0);
	guest_write(fx->guest, TZVMM_VIRTIO_STATUS, 0);
	assert_int_equal(guest_read(fx->guest, TZVMM_VIRTIO_STATUS), 0);
	assert_false(fx->pins[7].output || fx->pins[3].output);
	assert_true(fx->pins[31].output && !fx->pins[31].level);
	assert_true(fx->pins[0].output && fx->pins[0].level);
	assert_int_equal(fx->pins[3].type, NONE);
	assert_true(fx->pins[3].masked);
	bring_up(fx, F_IRQ);
	tzvmm_vgpio_event(&fx->gpio, &fx->bank, 3);
	assert_waits(fx, 0);
	assert_int_equal(ask(fx, GET_DIR, MOTOR), NONE);
	assert_done(fx, SET_DIR, LAMP, OUT); /* its value is the safe one too */
	assert_true(fx->pins[0].level);
}

/* ---- Tables ------------------------------------------------------------- */

static void assert_no_device(struct fixture *fx, uint32_t nr)
{
	const struct tzvmm_virtio_bus bus = bus_of(fx);

	assert_int_equal(tzvmm_vgpio_init(&fx->gpio, fx->lines, nr, &bus),
			 TZVMM_E_INVAL);
}

static void tables_that_make_no_sense_are_refused(void **state)
{
	struct fixture *fx = *state;
	const struct tzvmm_gpio_line good = fx->lines[0];
	const struct tzvmm_gpio_bank none = { NULL, NULL };
	struct tzvmm_gpio_line *line = &fx->lines[0];

	assert_no_device(fx, 0);
	assert_no_device(fx, TZVMM_VGPIO_MAX_LINES + 1u);
	line->name = NULL;
	assert_no_device(fx, 1);
	*line = good;
	line->bank = NULL;
	assert_no_device(fx, 1);
	line->bank = &none;
	assert_no_device(fx, 1);
	for (unsigned i = 0; i < 5u; i++) {
		struct tzvmm_gpio_ops some = ops;
		const struct tzvmm_gpio_bank bank = { &some, fx };

		memset((uint8_t *)&some + i * sizeof(some.input), 0,
		       sizeof(some.input));
		line->bank = &bank;
		assert_no_device(fx, 1);
	}
	*line = good;
	line->uses = 0;
	assert_no_device(fx, 1);
	line->uses = 8u | TZVMM_GPIO_INPUT;
	assert_no_device(fx, 1);
	line->uses = TZVMM_GPIO_OUTPUT | TZVMM_GPIO_INTERRUPT;
	assert_no_device(fx, 1);
	*line = good;
	line->safe = TZVMM_GPIO_SAFE_HIGH + 1;
	assert_no_device(fx, 1);
	*line = good;
	line->pin = fx->lines[MOTOR].pin; /* of two lines */
	assert_no_device(fx, NR_LINES);
}

static void a_line_of_the_secure_world_is_refused_before_a_pin_is_touched(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_virtio_bus bus = bus_of(fx);

	bus.line = 31;
	memset(fx->pins, 0, sizeof(fx->pins));
	assert_int_equal(tzvmm_vgpio_init(&fx->gpio, fx->lines, NR_LINES, &bus),
			 TZVMM_E_DENIED);
	assert_false(fx->pins[31].output);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, guest_tear_down)
	const struct CMUnitTest tests[] = {
		T(the_configuration_tells_lines_and_names),
		T(lines_start_in_their_safe_states),
		T(an_input_is_read_at_its_pad),
		T(an_output_starts_with_the_level_that_was_set),
		T(a_line_that_is_let_go_is_safe_again),
		T(a_line_does_only_what_the_table_says),
		T(an_interrupt_returns_the_buffer_that_waits_for_it),
		T(the_pin_stays_masked_until_there_is_a_new_buffer),
		T(an_interrupt_without_a_buffer_is_not_told),
		T(a_buffer_that_came_before_the_type_waits_for_it),
		T(the_end_of_interrupts_returns_the_buffer_unused),
		T(a_type_that_makes_no_sense_is_refused),
		T(a_pin_of_no_line_is_ignored),
		T(requests_of_wrong_form_are_refused),
		T(an_answer_without_room_changes_nothing),
		T(a_request_may_be_in_pieces_and_is_read_once),
		T(event_buffers_that_make_no_sense_come_back),
		T(a_buffer_for_a_line_without_interrupts_waits),
		T(no_buffer_is_written_after_its_queue_was_stopped),
		T(a_broken_queue_is_told),
		T(a_device_that_waits_for_its_reset_tells_nothing),
		T(a_reset_makes_all_lines_safe_and_forgets_buffers),
		T(tables_that_make_no_sense_are_refused),
		T(a_line_of_the_secure_world_is_refused_before_a_pin_is_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
