/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests are answered at once. An event buffer waits for its line's interrupt:
 * one for each line, so no guest can make them too many, and none is written to
 * after its queue was stopped. */
#include <tzvmm/shared.h>
#include <tzvmm/virtio_gpio.h>

/* Queues [VIRTIO 5.18.2]. */
#define REQUESTS 0u
#define EVENTS 1u

_Static_assert(TZVMM_GPIO_IRQ_BOTH == TZVMM_VIRTIO_GPIO_IRQ_BOTH &&
		       TZVMM_GPIO_IRQ_HIGH == TZVMM_VIRTIO_GPIO_IRQ_HIGH &&
		       TZVMM_GPIO_IRQ_LOW == TZVMM_VIRTIO_GPIO_IRQ_LOW,
	       "types are handed through");

static struct tzvmm_virtqueue *queue(struct tzvmm_vgpio *vgpio, uint32_t n)
{
	return &vgpio->queues[n].vq;
}

static void refuse(struct tzvmm_vgpio *vgpio, const char *what, uint32_t value)
{
	vgpio->stats.refused++;
	tzvmm_log_limited(vgpio->virtio.bus.sys, &vgpio->limit, TZVMM_LOG_WARN,
			  "gpio: %s refused (0x%x)", what, (unsigned)value);
}

/* ---- Guest memory ------------------------------------------------------- */

/* What the driver filled, each byte read once; only a buffer of exactly this length
 * makes sense. */
static bool fetch(const struct tzvmm_sg *sg, const struct tzvmm_vq_chain *chain,
		  void *copy, uint32_t len)
{
	uint8_t *to = copy;

	if (chain->out_len != len) {
		return false;
	}
	for (uint32_t i = 0; i < chain->nr_out; i++) {
		for (uint32_t at = 0; at < sg[i].len; at++) {
			*to++ = tzvmm_shared_read8((const uint8_t *)sg[i].va + at);
		}
	}
	return true;
}

/* Where an answer goes, piece by piece. */
struct answer {
	const struct tzvmm_sg *sg;
	uint32_t at;  /* of the piece's bytes */
	uint32_t len; /* bytes so far */
};

/* There is room for it: the caller has compared. */
static void put(struct answer *answer, uint8_t byte)
{
	if (answer->at == answer->sg->len) {
		answer->sg++;
		answer->at = 0;
	}
	tzvmm_shared_write8((uint8_t *)answer->sg->va + answer->at, byte);
	answer->at++;
	answer->len++;
}

/* ---- Lines -------------------------------------------------------------- */

/* A buffer whose queue was stopped since is the guest's again. */
static void end_wait(struct tzvmm_vgpio *vgpio, struct tzvmm_vgpio_state *state,
		     uint8_t status)
{
	if (state->event != NULL && tzvmm_vq_is_live(queue(vgpio, EVENTS))) {
		tzvmm_shared_write8(state->event, status);
		(void)tzvmm_vq_push(queue(vgpio, EVENTS), state->head, 1);
	}
	state->event = NULL;
}

static void set_irq(struct tzvmm_vgpio *vgpio, uint32_t n, uint8_t type)
{
	const struct tzvmm_gpio_line *line = &vgpio->lines[n];

	vgpio->states[n].irq = type;
	line->bank->ops->irq_type(line->bank->ctx, line->pin,
				  (enum tzvmm_gpio_irq)type);
}

/* [VIRTIO 5.18.6.7] Without interrupts nothing is waited for. */
static void stop_irq(struct tzvmm_vgpio *vgpio, uint32_t n)
{
	set_irq(vgpio, n, TZVMM_VIRTIO_GPIO_IRQ_NONE);
	end_wait(vgpio, &vgpio->states[n], TZVMM_VIRTIO_GPIO_EVENT_INVALID);
}

static void unmask(struct tzvmm_vgpio *vgpio, uint32_t n)
{
	const struct tzvmm_gpio_line *line = &vgpio->lines[n];
	const struct tzvmm_vgpio_state *state = &vgpio->states[n];

	if (state->event != NULL && state->irq != TZVMM_VIRTIO_GPIO_IRQ_NONE) {
		line->bank->ops->irq_unmask(line->bank->ctx, line->pin);
	}
}

static void make_safe(struct tzvmm_vgpio *vgpio, uint32_t n)
{
	const struct tzvmm_gpio_line *line = &vgpio->lines[n];
	struct tzvmm_vgpio_state *state = &vgpio->states[n];

	stop_irq(vgpio, n);
	state->direction = TZVMM_VIRTIO_GPIO_DIR_NONE;
	state->value = line->safe == TZVMM_GPIO_SAFE_HIGH;
	if (line->safe == TZVMM_GPIO_SAFE_INPUT) {
		line->bank->ops->input(line->bank->ctx, line->pin);
	} else {
		line->bank->ops->output(line->bank->ctx, line->pin, state->value);
	}
}

/* ---- Requests ----------------------------------------------------------- */

/* Each tells whether it was done. */

static bool set_direction(struct tzvmm_vgpio *vgpio, uint32_t n, uint32_t value)
{
	const struct tzvmm_gpio_line *line = &vgpio->lines[n];
	struct tzvmm_vgpio_state *state = &vgpio->states[n];

	if (value == TZVMM_VIRTIO_GPIO_DIR_NONE) {
		make_safe(vgpio, n);
		return true;
	}
	if (value == TZVMM_VIRTIO_GPIO_DIR_IN &&
	    (line->uses & TZVMM_GPIO_INPUT) != 0u) {
		line->bank->ops->input(line->bank->ctx, line->pin);
	} else if (value == TZVMM_VIRTIO_GPIO_DIR_OUT &&
		   (line->uses & TZVMM_GPIO_OUTPUT) != 0u &&
		   state->irq == TZVMM_VIRTIO_GPIO_IRQ_NONE) {
		line->bank->ops->output(line->bank->ctx, line->pin, state->value);
	} else {
		return false;
	}
	state->direction = (uint8_t)value;
	return true;
}

/* An input may be given its level first, and shows it when it becomes an output. */
static bool set_value(struct tzvmm_vgpio *vgpio, uint32_t n, uint32_t value)
{
	const struct tzvmm_gpio_line *line = &vgpio->lines[n];
	struct tzvmm_vgpio_state *state = &vgpio->states[n];

	if (value > 1u || (line->uses & TZVMM_GPIO_OUTPUT) == 0u) {
		return false;
	}
	state->value = value != 0u;
	if (state->direction == TZVMM_VIRTIO_GPIO_DIR_OUT) {
		line->bank->ops->output(line->bank->ctx, line->pin, state->value);
	}
	return true;
}

/* Of an output it is what was set: its pad need not be readable. */
static uint8_t get_value(const struct tzvmm_vgpio *vgpio, uint32_t n)
{
	const struct tzvmm_gpio_line *line = &vgpio->lines[n];
	const struct tzvmm_vgpio_state *state = &vgpio->states[n];
	const bool output = state->direction == TZVMM_VIRTIO_GPIO_DIR_OUT ||
			    (state->direction == TZVMM_VIRTIO_GPIO_DIR_NONE &&
			     line->safe != TZVMM_GPIO_SAFE_INPUT);

	return output ? state->value
		      : line->bank->ops->level(line->bank->ctx, line->pin);
}

static bool is_irq(uint32_t type)
{
	return type <= TZVMM_VIRTIO_GPIO_IRQ_HIGH ||
	       type == TZVMM_VIRTIO_GPIO_IRQ_LOW;
}

static bool set_irq_type(struct tzvmm_vgpio *vgpio, uint32_t n, uint32_t type)
{
	if (type == TZVMM_VIRTIO_GPIO_IRQ_NONE) {
		stop_irq(vgpio, n);
		return true;
	}
	if (!is_irq(type) || (vgpio->lines[n].uses & TZVMM_GPIO_INTERRUPT) == 0u ||
	    vgpio->states[n].direction != TZVMM_VIRTIO_GPIO_DIR_IN ||
	    !tzvmm_virtio_has(&vgpio->virtio, TZVMM_VIRTIO_GPIO_F_IRQ)) {
		return false;
	}
	set_irq(vgpio, n, (uint8_t)type);
	unmask(vgpio, n);
	return true;
}

static bool obey(struct tzvmm_vgpio *vgpio,
		 const struct tzvmm_abi_virtio_gpio_request *request, uint8_t *value)
{
	const uint32_t n = request->gpio;

	if (n >= vgpio->nr_lines) {
		return false;
	}
	switch (request->type) {
	case TZVMM_VIRTIO_GPIO_GET_DIRECTION:
		*value = vgpio->states[n].direction;
		return true;
	case TZVMM_VIRTIO_GPIO_SET_DIRECTION:
		return set_direction(vgpio, n, request->value);
	case TZVMM_VIRTIO_GPIO_GET_VALUE:
		*value = get_value(vgpio, n);
		return true;
	case TZVMM_VIRTIO_GPIO_SET_VALUE:
		return set_value(vgpio, n, request->value);
	case TZVMM_VIRTIO_GPIO_IRQ_TYPE:
		return set_irq_type(vgpio, n, request->value);
	default:
		return false;
	}
}

static void put_names(const struct tzvmm_vgpio *vgpio, struct answer *answer)
{
	put(answer, TZVMM_VIRTIO_GPIO_OK);
	for (uint32_t n = 0; n < vgpio->nr_lines; n++) {
		for (const char *name = vgpio->lines[n].name; *name != '\0'; name++) {
			put(answer, (uint8_t)*name);
		}
		put(answer, 0);
	}
}

/* Answer a request if it makes sense and its answer has room: otherwise nothing has
 * happened. */
static bool try_answer(struct tzvmm_vgpio *vgpio, const struct tzvmm_sg *sg,
		       const struct tzvmm_vq_chain *chain, struct answer *answer)
{
	struct tzvmm_abi_virtio_gpio_request request;
	const uint32_t room = tzvmm_vq_in_len(chain);
	uint8_t value = 0;

	if (!fetch(sg, chain, &request, sizeof(request))) {
		return false;
	}
	if (request.type == TZVMM_VIRTIO_GPIO_GET_NAMES) {
		if (room < 1u + vgpio->shown.gpio_names_size) {
			return false;
		}
		put_names(vgpio, answer);
		return true;
	}
	if (room < sizeof(struct tzvmm_abi_virtio_gpio_response) ||
	    !obey(vgpio, &request, &value)) {
		return false;
	}
	put(answer, TZVMM_VIRTIO_GPIO_OK);
	put(answer, value);
	return true;
}

static void take_request(struct tzvmm_vgpio *vgpio, const struct tzvmm_sg *sg,
			 const struct tzvmm_vq_chain *chain)
{
	struct answer answer = { .sg = &sg[chain->nr_out] };

	vgpio->stats.requests++;
	if (!try_answer(vgpio, sg, chain, &answer)) {
		uint32_t room = tzvmm_vq_in_len(chain);

		refuse(vgpio, "request", vgpio->stats.requests);
		if (room != 0u) {
			put(&answer, TZVMM_VIRTIO_GPIO_ERR);
		}
		if (room > 1u) {
			put(&answer, 0);
		}
	}
	(void)tzvmm_vq_push(queue(vgpio, REQUESTS), chain->head, answer.len);
}

/* ---- Events ------------------------------------------------------------- */

/* A buffer for a line that may not interrupt waits as well: Linux would queue one
 * that comes back at once again and again. */
static bool park(struct tzvmm_vgpio *vgpio, const struct tzvmm_sg *sg,
		 const struct tzvmm_vq_chain *chain)
{
	struct tzvmm_vgpio_state *state;
	uint16_t gpio;

	if (!fetch(sg, chain, &gpio, sizeof(gpio)) || gpio >= vgpio->nr_lines ||
	    chain->nr == chain->nr_out) {
		return false;
	}
	state = &vgpio->states[gpio];
	if (state->event != NULL) {
		return false;
	}
	state->event = sg[chain->nr_out].va;
	state->head = chain->head;
	unmask(vgpio, gpio);
	return true;
}

static void take_event(struct tzvmm_vgpio *vgpio, const struct tzvmm_sg *sg,
		       const struct tzvmm_vq_chain *chain)
{
	struct answer answer = { .sg = &sg[chain->nr_out] };

	if (park(vgpio, sg, chain)) {
		return;
	}
	refuse(vgpio, "event buffer", chain->head);
	if (tzvmm_vq_in_len(chain) != 0u) {
		put(&answer, TZVMM_VIRTIO_GPIO_EVENT_INVALID);
	}
	(void)tzvmm_vq_push(queue(vgpio, EVENTS), chain->head, answer.len);
}

/* ---- The device --------------------------------------------------------- */

static void publish(struct tzvmm_vgpio *vgpio)
{
	const bool requests = tzvmm_vq_flush(queue(vgpio, REQUESTS));
	const bool events = tzvmm_vq_flush(queue(vgpio, EVENTS));

	if (requests || events) {
		tzvmm_virtio_used(&vgpio->virtio);
	}
}

static uint32_t find(const struct tzvmm_vgpio *vgpio,
		     const struct tzvmm_gpio_bank *bank, uint32_t pin)
{
	uint32_t n = 0;

	while (n < vgpio->nr_lines &&
	       (vgpio->lines[n].bank != bank || vgpio->lines[n].pin != pin)) {
		n++;
	}
	return n;
}

void tzvmm_vgpio_event(struct tzvmm_vgpio *vgpio,
		       const struct tzvmm_gpio_bank *bank, uint32_t pin)
{
	const uint32_t n = find(vgpio, bank, pin);

	if (n == vgpio->nr_lines || vgpio->states[n].event == NULL ||
	    vgpio->states[n].irq == TZVMM_VIRTIO_GPIO_IRQ_NONE ||
	    !tzvmm_virtio_is_running(&vgpio->virtio)) {
		return;
	}
	vgpio->stats.events++;
	end_wait(vgpio, &vgpio->states[n], TZVMM_VIRTIO_GPIO_EVENT_VALID);
	publish(vgpio);
}

static void vgpio_notify(void *ctx, uint32_t n)
{
	struct tzvmm_vgpio *vgpio = ctx;
	struct tzvmm_sg sg[TZVMM_VGPIO_SG];
	struct tzvmm_vq_chain chain;

	while (tzvmm_virtio_pop(&vgpio->virtio, n, sg, TZVMM_VGPIO_SG, &chain)) {
		if (n == REQUESTS) {
			take_request(vgpio, sg, &chain);
		} else {
			take_event(vgpio, sg, &chain);
		}
	}
	publish(vgpio);
}

/* Its queues are stopped: no event buffer is written to. */
static void vgpio_reset(void *ctx)
{
	struct tzvmm_vgpio *vgpio = ctx;

	for (uint32_t n = 0; n < vgpio->nr_lines; n++) {
		make_safe(vgpio, n);
	}
}

static bool vgpio_is_busy(void *ctx)
{
	(void)ctx;
	return false;
}

static const struct tzvmm_virtio_ops vgpio_ops = {
	.notify = vgpio_notify,
	.reset = vgpio_reset,
	.is_busy = vgpio_is_busy,
};

static bool is_bank(const struct tzvmm_gpio_bank *bank)
{
	return bank != NULL && bank->ops != NULL && bank->ops->input != NULL &&
	       bank->ops->output != NULL && bank->ops->level != NULL &&
	       bank->ops->irq_type != NULL && bank->ops->irq_unmask != NULL;
}

static bool is_line(const struct tzvmm_gpio_line *line)
{
	const uint32_t all =
		TZVMM_GPIO_INPUT | TZVMM_GPIO_OUTPUT | TZVMM_GPIO_INTERRUPT;
	const uint32_t irq = TZVMM_GPIO_INPUT | TZVMM_GPIO_INTERRUPT;

	return line->name != NULL && is_bank(line->bank) && line->uses != 0u &&
	       (line->uses & ~all) == 0u &&
	       (line->uses & irq) != TZVMM_GPIO_INTERRUPT &&
	       line->safe <= TZVMM_GPIO_SAFE_HIGH;
}

static uint32_t name_len(const char *name)
{
	uint32_t len = 0;

	while (name[len] != '\0') {
		len++;
	}
	return len;
}

/* Each line is one, and no pin is two lines. */
static bool take_lines(struct tzvmm_vgpio *vgpio)
{
	for (uint32_t n = 0; n < vgpio->nr_lines; n++) {
		const struct tzvmm_gpio_line *line = &vgpio->lines[n];

		if (!is_line(line) || find(vgpio, line->bank, line->pin) != n) {
			return false;
		}
		vgpio->shown.gpio_names_size += name_len(line->name) + 1u;
	}
	vgpio->shown.ngpio = (uint16_t)vgpio->nr_lines;
	return true;
}

enum tzvmm_status
tzvmm_vgpio_init(struct tzvmm_vgpio *vgpio, const struct tzvmm_gpio_line *lines,
		 uint32_t nr_lines, const struct tzvmm_virtio_bus *bus)
{
	const struct tzvmm_virtio_device dev = {
		.name = "gpio",
		.id = TZVMM_VIRTIO_ID_GPIO,
		.nr_queues = 2,
		.max_size = TZVMM_VGPIO_QUEUE,
		.features = TZVMM_VIRTIO_F_INDIRECT_DESC |
			    TZVMM_VIRTIO_F_EVENT_IDX | TZVMM_VIRTIO_GPIO_F_IRQ,
		.queues = vgpio->queues,
		.config = &vgpio->shown,
		.config_len = sizeof(vgpio->shown),
		.ops = &vgpio_ops,
		.ctx = vgpio,
	};
	enum tzvmm_status st;

	if (nr_lines == 0u || nr_lines > TZVMM_VGPIO_MAX_LINES) {
		return TZVMM_E_INVAL;
	}
	*vgpio = (struct tzvmm_vgpio){ .lines = lines, .nr_lines = nr_lines };
	if (!take_lines(vgpio)) {
		return TZVMM_E_INVAL;
	}
	st = tzvmm_virtio_init(&vgpio->virtio, &dev, bus);
	if (st == TZVMM_OK) {
		vgpio_reset(vgpio);
	}
	return st;
}
