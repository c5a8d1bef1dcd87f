// SPDX-License-Identifier: BSD-2-Clause
/* A GPIO controller: any requests, event buffers and registers in any order, with pins
 * that interrupt whenever they are not masked. No pin ever does what its line's policy
 * does not have, an interrupt is told once or not at all, memory is the sanitizers' to
 * watch, and after a reset every pin is safe and a driver in order is served. */

#include <string.h>

#include <tzvmm/virtio_gpio.h>

#include "fuzz_input.h"

#define RAM 0x78000000u
#define RAM_LEN 0x4000u
#define LINE 114u
#define NR_LINES 4u
#define SIZE 16u

/* A queue's rings, from its page on. */
#define PAGE 0x800u
#define AVAIL 0x200u
#define USED 0x400u
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
	struct fuzz_input in;
	uint8_t *ram;
	struct tzvmm_window window;
	struct tzvmm_gmem mem;
	struct tzvmm_irqs irqs;
	struct tzvmm_vgpio gpio;
	struct pin pins[NR_LINES];
	uint16_t avail[2];
};

/* ---- Surroundings ------------------------------------------------------- */

static bool chip_is_guest(void *ctx, uint32_t line)
{
	(void)ctx;
	return line == LINE;
}

static void chip_set_level(void *ctx, uint32_t line, bool level)
{
	(void)ctx;
	(void)level;
	require(line == LINE);
}

static uint64_t sys_now_us(void *ctx)
{
	(void)ctx;
	return 0;
}

static void sys_log(void *ctx, enum tzvmm_log_level level, const char *text,
		    size_t len)
{
	(void)ctx;
	require(level != TZVMM_LOG_ERROR && memchr(text, '\0', len) == NULL);
}

static const struct tzvmm_irqchip_ops chip_ops = { .is_guest = chip_is_guest,
						   .set_level = chip_set_level };
static const struct tzvmm_irqchip chip = { &chip_ops, NULL, 128 };
static const struct tzvmm_sys_ops sys_ops = { sys_now_us, sys_log };
static const struct tzvmm_sys sys = { &sys_ops, NULL };

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
	return (fuzz_take8(&((struct fuzz *)ctx)->in) & 1u) != 0u;
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

static void reg_write(struct fuzz *fz, uint32_t offset, uint32_t value)
{
	tzvmm_virtio_write(&fz->gpio.virtio, offset, 4, value);
}

static void require_safe(const struct fuzz *fz)
{
	for (uint32_t n = 0; n < NR_LINES; n++) {
		require(fz->pins[n].type == 0u && !fz->pins[n].unmasked);
		require(fz->pins[n].output == (safe[n] != TZVMM_GPIO_SAFE_INPUT));
		require(!fz->pins[n].output ||
			fz->pins[n].level == (safe[n] == TZVMM_GPIO_SAFE_HIGH));
	}
}

/* As Linux does. */
static void bring_up(struct fuzz *fz, uint32_t features)
{
	reg_write(fz, 0x070, 0);
	require_safe(fz);
	reg_write(fz, 0x070, 3);
	reg_write(fz, 0x024, 0);
	reg_write(fz, 0x020, features);
	reg_write(fz, 0x024, 1);
	reg_write(fz, 0x020, 1);
	reg_write(fz, 0x070, 11);
	memset(fz->ram, 0, 2u * PAGE);
	memset(fz->avail, 0, sizeof(fz->avail));
	for (uint32_t n = 0; n < 2u; n++) {
		reg_write(fz, 0x030, n);
		reg_write(fz, 0x038, SIZE);
		reg_write(fz, 0x080, RAM + PAGE * n);
		reg_write(fz, 0x090, RAM + PAGE * n + AVAIL);
		reg_write(fz, 0x0A0, RAM + PAGE * n + USED);
		reg_write(fz, 0x044, 1);
	}
	reg_write(fz, 0x070, 15);
}

static void put_desc(struct fuzz *fz, uint32_t n, uint32_t i, uint32_t at,
		     uint32_t len, uint32_t flags)
{
	const uint64_t desc[2] = { RAM + at, len | (uint64_t)flags << 32 |
						     (uint64_t)((i + 1u) % SIZE)
							     << 48 };

	memcpy(fz->ram + PAGE * n + 16u * (i % SIZE), desc, sizeof(desc));
}

/* A buffer of out_len bytes to read and in_len bytes to write, both in DATA. */
static void publish(struct fuzz *fz, uint32_t n, uint32_t at, uint32_t out_len,
		    uint32_t in_len)
{
	const uint16_t head = (uint16_t)(2u * fz->avail[n] % SIZE);
	uint8_t *ring = fz->ram + PAGE * n + AVAIL;

	put_desc(fz, n, head, DATA + at, out_len, 1);
	put_desc(fz, n, head + 1u, DATA + at + 16u, in_len, 2);
	memcpy(ring + 4u + 2u * (fz->avail[n] % SIZE), &head, 2);
	fz->avail[n]++;
	memcpy(ring + 2u, &fz->avail[n], 2);
}

static void any_request(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->in);
	const uint32_t at = 64u * (fuzz_take8(&fz->in) % 32u);
	uint32_t request[2] = { kind % 8u | (uint32_t)(kind / 8u % 5u) << 16,
				fuzz_take8(&fz->in) % 10u };

	if (kind >= 0xE0u) {
		request[0] = fuzz_take32(&fz->in);
		request[1] = fuzz_take32(&fz->in);
	}
	memcpy(fz->ram + DATA + at, request, sizeof(request));
	publish(fz, REQUESTS, at, 8, kind % 8u == GET_NAMES ? 48 : 2);
}

static void any_event_buffer(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->in);
	const uint32_t at = 64u * (fuzz_take8(&fz->in) % 32u);
	const uint16_t gpio = kind % 8u;

	memcpy(fz->ram + DATA + at, &gpio, sizeof(gpio));
	publish(fz, EVENTS, at, kind < 0xE0u ? 2u : kind % 5u,
		kind % 16u == 15u ? 0 : 1);
}

/* Any lengths: also none, and too much. */
static void any_buffer(struct fuzz *fz)
{
	const uint8_t kind = fuzz_take8(&fz->in);

	publish(fz, kind & 1u, 16u * (kind / 2u % 64u), fuzz_take8(&fz->in) % 20u,
		fuzz_take8(&fz->in) % 64u);
}

static void any_write(struct fuzz *fz)
{
	static const uint16_t offsets[] = {
		0x014, 0x020, 0x024, 0x030, 0x038, 0x044, 0x044, 0x064,
		0x070, 0x080, 0x084, 0x090, 0x094, 0x0A0, 0x0A4, 0x100,
	};
	const uint8_t kind = fuzz_take8(&fz->in);

	reg_write(fz, offsets[kind & 15u],
		  (kind & 0x80u) != 0u ? fuzz_take32(&fz->in) : fuzz_take8(&fz->in));
}

static uint16_t nr_used(const struct fuzz *fz, uint32_t n)
{
	uint16_t nr;

	memcpy(&nr, fz->ram + PAGE * n + USED + 2u, sizeof(nr));
	return nr;
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
	const uint8_t kind = fuzz_take8(&fz->in);
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
		reg_write(fz, 0x050, kind / 16u % 3u);
		break;
	case 10:
	case 11:
		if (fz->pins[pin].unmasked) {
			interrupt(fz, pin);
		}
		break;
	case 12:
		any_write(fz);
		break;
	case 13:
		at = fuzz_take16(&fz->in) % RAM_LEN;
		fz->ram[at] = fuzz_take8(&fz->in);
		break;
	case 14:
		fuzz_set_racing((kind & 16u) != 0u);
		break;
	default:
		(void)tzvmm_virtio_read(&fz->gpio.virtio, fuzz_take16(&fz->in),
					1u << (kind / 16u) % 3u);
		break;
	}
}

/* A request of a driver in order; its answer's value. */
static uint8_t ask(struct fuzz *fz, uint32_t type, uint32_t gpio, uint32_t value)
{
	const uint32_t request[2] = { type | gpio << 16, value };
	const uint16_t before = nr_used(fz, REQUESTS);

	memcpy(fz->ram + DATA, request, sizeof(request));
	publish(fz, REQUESTS, 0, 8, 2);
	reg_write(fz, 0x050, REQUESTS);
	require((uint16_t)(nr_used(fz, REQUESTS) - before) == 1u);
	require(fz->ram[DATA + 16u] == 0u);
	return fz->ram[DATA + 17u];
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
	memcpy(fz->ram + DATA, &gpio, sizeof(gpio));
	fz->ram[DATA + 16u] = 0xEE;
	publish(fz, EVENTS, 0, 2, 1);
	reg_write(fz, 0x050, EVENTS);
	require(fz->pins[gpio].unmasked && nr_used(fz, EVENTS) == 0u);
	interrupt(fz, gpio);
	require(nr_used(fz, EVENTS) == 1u && fz->ram[DATA + 16u] == 1u);
	reg_write(fz, 0x070, 0);
	require_safe(fz);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz fz;
	static const struct tzvmm_gpio_bank bank = { &ops, &fz };
	static struct tzvmm_gpio_line lines[NR_LINES];
	const struct tzvmm_virtio_bus bus = { &fz.mem, &fz.irqs, LINE, &sys, 0 };

	fz = (struct fuzz){ .ram = aligned_alloc(4096, RAM_LEN) };
	require(fz.ram != NULL);
	memset(fz.ram, 0, RAM_LEN);
	fz.window = (struct tzvmm_window){ RAM, RAM_LEN, fz.ram };
	fz.mem = (struct tzvmm_gmem){ &fz.window, 1 };
	tzvmm_irqs_init(&fz.irqs, &chip);
	for (uint32_t n = 0; n < NR_LINES; n++) {
		lines[n] = (struct tzvmm_gpio_line){ "line", &bank, n, uses[n],
						     safe[n] };
	}
	require(tzvmm_vgpio_init(&fz.gpio, lines, NR_LINES, &bus) == TZVMM_OK);
	fuzz_input_init(&fz.in, data, size);
	while (fz.in.left != 0u) {
		step(&fz);
	}
	meet(&fz);
	free(fz.ram);
	return 0;
}
