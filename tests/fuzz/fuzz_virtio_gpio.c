// SPDX-License-Identifier: BSD-2-Clause
/* A GPIO controller: any requests, event buffers and registers in any order, with pins
 * that interrupt whenever they are not masked. No pin ever does what its line's policy
 * does not have, an interrupt is told once or not at all, memory is the sanitizers' to
 * watch, and after a reset every pin is safe and a driver in order is served. */

#include <string.h>

#include <tzvmm/virtio_gpio.h>

#include "fuzz_guest.h"

#define RAM_LEN 0x4000u
#define NR_LINES 4u

#define DATA 0x1000u
#define DATA_LEN 0x1000u

/* Of the specification. */
#define REQUESTS 0u
#define EVENTS 1u
#define GET_NAMES 1u
#define SET_DIRECTION 3u
#define GET_VALUE 4u
#define OUTPUT 1u
#define INPUT 2u

struct pin {
	bool output, level, unmasked;
	unsigned type;
};

struct fuzz {
	struct fuzz_guest guest;
	struct tzvmm_vgpio gpio;
	struct pin pins[NR_LINES];
	struct fuzz_queues queues;
};

/* ---- Surroundings ------------------------------------------------------- */

/* Which uses a pin has, and what it is when nobody uses it. */
static const uint8_t uses[NR_LINES] = {
	TZVMM_GPIO_INPUT | TZVMM_GPIO_INTERRUPT,
	TZVMM_GPIO_OUTPUT,
	TZVMM_GPIO_INPUT,
	TZVMM_GPIO_INPUT | TZVMM_GPIO_OUTPUT | TZVMM_GPIO_INTERRUPT,
};
static const uint8_t safe[NR_LINES] = { TZVMM_GPIO_SAFE_INPUT, TZVMM_GPIO_SAFE_HIGH,
					TZVMM_GPIO_SAFE_LOW, TZVMM_GPIO_SAFE_INPUT };

static struct pin *pin_of(void *ctx, uint32_t pin)
{
	require(pin < NR_LINES);
	return &((struct fuzz *)ctx)->pins[pin];
}

static void pin_input(void *ctx, uint32_t pin)
{
	require((uses[pin] & TZVMM_GPIO_INPUT) != 0u ||
		safe[pin] == TZVMM_GPIO_SAFE_INPUT);
	pin_of(ctx, pin)->output = false;
}

static void pin_output(void *ctx, uint32_t pin, bool level)
{
	require((uses[pin] & TZVMM_GPIO_OUTPUT) != 0u ||
		(safe[pin] != TZVMM_GPIO_SAFE_INPUT &&
		 level == (safe[pin] == TZVMM_GPIO_SAFE_HIGH)));
	*pin_of(ctx, pin) = (struct pin){ .output = true,
					  .level = level,
					  .type = pin_of(ctx, pin)->type };
	require(pin_of(ctx, pin)->type == 0u);
}

static bool pin_level(void *ctx, uint32_t pin)
{
	require(!pin_of(ctx, pin)->output);
	return (fuzz_take8(&((struct fuzz *)ctx)->guest.in) & 1u) != 0u;
}

static void pin_irq_type(void *ctx, uint32_t pin, enum tzvmm_gpio_irq type)
{
	require(type == TZVMM_GPIO_IRQ_NONE ||
		((uses[pin] & TZVMM_GPIO_INTERRUPT) != 0u &&
		 !pin_of(ctx, pin)->output));
	pin_of(ctx, pin)->type = type;
	pin_of(ctx, pin)->unmasked = false;
}

static void pin_irq_unmask(void *ctx, uint32_t pin)
{
	require(pin_of(ctx, pin)->type != 0u);
	pin_of(ctx, pin)->unmasked = true;
}

static const struct tzvmm_gpio_ops ops = { pin_input, pin_output, pin_level,
					   pin_irq_type, pin_irq_unmask };

/* ---- The guest ---------------------------------------------------------- */

static void require_safe(const struct fuzz *fz)
{
	for (uint32_t n = 0; n < NR_LINES; n++) {
		require(fz->pins[n].type == 0u && !fz->pins[n].unmasked);
		require(fz->pins[n].output == (safe[n] != TZVMM_GPIO_SAFE_INPUT));
		require(!fz->pins[n].output ||
			fz->pins[n].level == (safe[n] == TZVMM_GPIO_SAFE_HIGH));
	}
}

static void bring_up(struct fuzz *fz, uint32_t features)
{
	fuzz_reg_write(&fz->gpio.virtio, 0x070, 0);
	require_safe(fz);
	fuzz_bring_up(&fz->queues, features);
}

/* A buffer of out_len bytes to read and in_len bytes to write, both in DATA. */
static void publish(struct fuzz *fz, uint32_t n, uint32_t at, uint32_t out_len,
		    uint32_t in_len)
{
	const uint32_t head = 2u * fz->queues.avail[n];

	fuzz_put_desc(&fz->queues, n, head, DATA + at, out_len, 1,
		      (head + 1u) % SIZE);
	fuzz_put_desc(&fz->queues, n, head + 1u, DATA + at + 16u, in_len, 2, 0);
	fuzz_publish(&fz->queues, n, head);
}

static void any_request(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->guest.in);
	const uint32_t at = 64u * (fuzz_take8(&fz->guest.in) % 32u);
	uint32_t request[2] = { kind % 8u | (uint32_t)(kind / 8u % 5u) << 16,
				fuzz_take8(&fz->guest.in) % 10u };

	if (kind >= 0xE0u) {
		request[0] = fuzz_take32(&fz->guest.in);
		request[1] = fuzz_take32(&fz->guest.in);
	}
	memcpy(fz->guest.ram + DATA + at, request, sizeof(request));
	publish(fz, REQUESTS, at, 8, kind % 8u == GET_NAMES ? 48 : 2);
}

static void any_event_buffer(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->guest.in);
	const uint32_t at = 64u * (fuzz_take8(&fz->guest.in) % 32u);
	const uint16_t gpio = kind % 8u;

	memcpy(fz->guest.ram + DATA + at, &gpio, sizeof(gpio));
	publish(fz, EVENTS, at, kind < 0xE0u ? 2u : kind % 5u,
		kind % 16u == 15u ? 0 : 1);
}

/* Any lengths: also none, and too much. */
static void any_buffer(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->guest.in);

	publish(fz, kind & 1u, 16u * (kind / 2u % 64u),
		fuzz_take8(&fz->guest.in) % 20u, fuzz_take8(&fz->guest.in) % 64u);
}

/* The port's part: it masks the pin, and tells. */
static void interrupt(struct fuzz *fz, uint32_t pin)
{
	const uint32_t before = tzvmm_vgpio_stats(&fz->gpio)->events;

	fz->pins[pin].unmasked = false;
	tzvmm_vgpio_event(&fz->gpio, fz->gpio.lines[pin].bank, pin);
	require(tzvmm_vgpio_stats(&fz->gpio)->events - before <= 1u);
	tzvmm_vgpio_event(&fz->gpio, fz->gpio.lines[pin].bank, pin);
	require(tzvmm_vgpio_stats(&fz->gpio)->events - before <= 1u);
}

static void step(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->guest.in);
	const uint32_t pin = kind / 16u % NR_LINES;
	uint32_t at;

	switch (kind % 16u) {
	case 0:
		bring_up(fz, (uint32_t)(kind >> 6) << 28 | (kind & 16u ? 0u : 1u));
		break;
	case 1:
	case 2:
	case 3:
		any_request(fz);
		break;
	case 4:
	case 5:
		any_event_buffer(fz);
		break;
	case 6:
		any_buffer(fz);
		break;
	case 7:
	case 8:
	case 9:
		fuzz_reg_write(&fz->gpio.virtio, 0x050, kind / 16u % 3u);
		break;
	case 10:
	case 11:
		if (fz->pins[pin].unmasked) {
			interrupt(fz, pin);
		}
		break;
	case 12:
		fuzz_any_write(&fz->gpio.virtio, &fz->guest.in);
		break;
	case 13:
		at = fuzz_take16(&fz->guest.in) % RAM_LEN;
		fz->guest.ram[at] = fuzz_take8(&fz->guest.in);
		break;
	case 14:
		fuzz_set_racing((kind & 16u) != 0u);
		break;
	default:
		(void)tzvmm_virtio_read(&fz->gpio.virtio, fuzz_take16(&fz->guest.in),
					1u << (kind / 16u) % 3u);
		break;
	}
}

/* A request of a driver in order; its answer's value. */
static uint8_t ask(struct fuzz *fz, uint32_t type, uint32_t gpio, uint32_t value)
{
	const uint32_t request[2] = { type | gpio << 16, value };
	const uint16_t before = fuzz_nr_used(&fz->queues, REQUESTS);

	memcpy(fz->guest.ram + DATA, request, sizeof(request));
	publish(fz, REQUESTS, 0, 8, 2);
	fuzz_reg_write(&fz->gpio.virtio, 0x050, REQUESTS);
	require((uint16_t)(fuzz_nr_used(&fz->queues, REQUESTS) - before) == 1u);
	require(fz->guest.ram[DATA + 16u] == 0u);
	return fz->guest.ram[DATA + 17u];
}

/* Whatever came before, the lines can be used: the event is told, once. */
static void meet(struct fuzz *fz)
{
	const uint16_t gpio = 3;

	fuzz_set_racing(false);
	bring_up(fz, 1);
	(void)ask(fz, SET_DIRECTION, 1, OUTPUT);
	require(ask(fz, GET_VALUE, 1, 0) == 1u);
	(void)ask(fz, SET_DIRECTION, gpio, INPUT);
	(void)ask(fz, 6, gpio, 3);
	memcpy(fz->guest.ram + DATA, &gpio, sizeof(gpio));
	fz->guest.ram[DATA + 16u] = 0xEE;
	publish(fz, EVENTS, 0, 2, 1);
	fuzz_reg_write(&fz->gpio.virtio, 0x050, EVENTS);
	require(fz->pins[gpio].unmasked && fuzz_nr_used(&fz->queues, EVENTS) == 0u);
	interrupt(fz, gpio);
	require(fuzz_nr_used(&fz->queues, EVENTS) == 1u &&
		fz->guest.ram[DATA + 16u] == 1u);
	fuzz_reg_write(&fz->gpio.virtio, 0x070, 0);
	require_safe(fz);
}

static void set_up(struct fuzz *fz)
{
	static struct tzvmm_gpio_bank bank;
	static struct tzvmm_gpio_line lines[NR_LINES];
	const struct tzvmm_virtio_bus bus = fuzz_bus(&fz->guest);

	bank = (struct tzvmm_gpio_bank){ &ops, fz };
	for (uint32_t n = 0; n < NR_LINES; n++) {
		lines[n] = (struct tzvmm_gpio_line){ "line", &bank, n, uses[n],
						     safe[n] };
	}
	require(tzvmm_vgpio_init(&fz->gpio, lines, NR_LINES, &bus) == TZVMM_OK);
	fz->queues = (struct fuzz_queues){ &fz->guest, &fz->gpio.virtio, 2, { 0 } };
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
