/* SPDX-License-Identifier: BSD-2-Clause */
/* Control messages to the guest are not queued anywhere: what has yet to be said is
 * a bit of the port, so no guest can make them too many. */
#include <string.h>

#include <tzvmm/shared.h>
#include <tzvmm/virtio_console.h>

#define CHUNK 64u

/* Queues [VIRTIO 5.3.2]: receive and transmit are the guest's words. */
#define CONTROL_RX 2u
#define CONTROL_TX 3u

/* What has to be told about a port, in this order. */
#define TELL_ADD 1u
#define TELL_CONSOLE 2u
#define TELL_NAME 4u
#define TELL_OPEN 8u

static uint32_t rx_queue(uint32_t port)
{
	return port == 0u ? 0u : 2u + 2u * port;
}

static struct tzvmm_virtqueue *queue(struct tzvmm_vcon *vcon, uint32_t n)
{
	return &vcon->queues[n].vq;
}

static bool has_control(const struct tzvmm_vcon *vcon)
{
	return tzvmm_virtio_has(&vcon->virtio, TZVMM_VIRTIO_CONSOLE_F_MULTIPORT);
}

/* Take a buffer, unless one is held. That of a queue which the driver has stopped
 * is the guest's again. */
static bool hold(struct tzvmm_vcon *vcon, uint32_t n, struct tzvmm_vcon_buffer *buf)
{
	if (buf->held && tzvmm_vq_is_live(queue(vcon, n))) {
		return true;
	}
	buf->held = tzvmm_virtio_pop(&vcon->virtio, n, buf->sg, TZVMM_VCON_SG,
				     &buf->chain);
	buf->piece = 0;
	buf->done = 0;
	buf->total = 0;
	return buf->held;
}

static void give_back(struct tzvmm_vcon *vcon, uint32_t n,
		      struct tzvmm_vcon_buffer *buf, uint32_t written)
{
	buf->held = false;
	(void)tzvmm_vq_push(queue(vcon, n), buf->chain.head, written);
}

/* The next bytes of a buffer, at most CHUNK; pieces before end. */
static uint32_t next(const struct tzvmm_vcon_buffer *buf, uint32_t end, uint8_t **at)
{
	uint32_t len;

	if (buf->piece == end) {
		return 0;
	}
	*at = (uint8_t *)buf->sg[buf->piece].va + buf->done;
	len = buf->sg[buf->piece].len - buf->done;
	return len < CHUNK ? len : CHUNK;
}

static void advance(struct tzvmm_vcon_buffer *buf, uint32_t len)
{
	buf->done += len;
	buf->total += len;
	if (buf->done == buf->sg[buf->piece].len) {
		buf->piece++;
		buf->done = 0;
	}
}

/* ---- Data --------------------------------------------------------------- */

/* Text of the guest to secure code: read from shared memory once, into a copy. */
static void receive(struct tzvmm_vcon *vcon, uint32_t n)
{
	const struct tzvmm_vcon_port_config *config = &vcon->config[n];
	struct tzvmm_vcon_buffer *buf = &vcon->ports[n].in;
	uint32_t budget = TZVMM_VCON_BUDGET;

	while (budget >= CHUNK && hold(vcon, rx_queue(n) + 1u, buf)) {
		uint8_t copy[CHUNK];
		uint8_t *at = NULL;
		const uint32_t len = next(buf, buf->chain.nr_out, &at);
		uint32_t taken;

		if (len == 0u) {
			give_back(vcon, rx_queue(n) + 1u, buf, 0);
			budget -= CHUNK; /* an empty buffer is not for free */
			continue;
		}
		memcpy(copy, at, len);
		taken = (uint32_t)config->ops->received(config->ctx, copy, len);
		advance(buf, taken);
		budget -= taken;
		if (taken < len) {
			return;
		}
	}
}

static void send(struct tzvmm_vcon *vcon, uint32_t n)
{
	const struct tzvmm_vcon_port_config *config = &vcon->config[n];
	struct tzvmm_vcon_buffer *buf = &vcon->ports[n].out;
	uint32_t budget = TZVMM_VCON_BUDGET;

	while (budget >= CHUNK && hold(vcon, rx_queue(n), buf)) {
		uint8_t copy[CHUNK];
		uint8_t *at = NULL;
		uint32_t len, got;

		if (buf->piece < buf->chain.nr_out) {
			buf->piece = buf->chain.nr_out;
		}
		len = next(buf, buf->chain.nr, &at);
		got = len == 0u
			      ? 0u
			      : (uint32_t)config->ops->send(config->ctx, copy, len);
		if (got != 0u) {
			memcpy(at, copy, got);
			advance(buf, got);
			budget -= got;
		}
		if (got < len && buf->total == 0u) {
			return; /* the buffer waits for bytes */
		}
		if (got < len || len == 0u) {
			give_back(vcon, rx_queue(n), buf, buf->total);
			budget -= budget < CHUNK ? budget : CHUNK;
		}
	}
}

/* ---- Control ------------------------------------------------------------ */

static uint32_t message(const struct tzvmm_vcon *vcon, uint32_t n, uint8_t *out)
{
	const uint8_t tell = vcon->ports[n].to_tell;
	struct tzvmm_abi_virtio_console_control head = { .id = n, .value = 1 };
	uint32_t len = sizeof(head);

	if ((tell & TELL_ADD) != 0u) {
		head.event = TZVMM_VIRTIO_CONSOLE_PORT_ADD;
	} else if ((tell & TELL_CONSOLE) != 0u) {
		head.event = TZVMM_VIRTIO_CONSOLE_CONSOLE_PORT;
	} else if ((tell & TELL_NAME) != 0u) {
		const char *name = vcon->config[n].name;

		head.event = TZVMM_VIRTIO_CONSOLE_PORT_NAME;
		for (; *name != '\0' && len < CHUNK; name++) {
			out[len++] = (uint8_t)*name;
		}
	} else {
		head.event = TZVMM_VIRTIO_CONSOLE_PORT_OPEN;
	}
	memcpy(out, &head, sizeof(head));
	return len;
}

/* Write a message to a chain of the guest; 0 if it does not fit into its first
 * writable piece, as every driver's does. */
static uint32_t put_message(const struct tzvmm_sg *sg,
			    const struct tzvmm_vq_chain *chain, const uint8_t *text,
			    uint32_t len)
{
	if (chain->nr == chain->nr_out || sg[chain->nr_out].len < len) {
		return 0;
	}
	memcpy(sg[chain->nr_out].va, text, len);
	return len;
}

static void tell(struct tzvmm_vcon *vcon, uint32_t n)
{
	struct tzvmm_vcon_port *port = &vcon->ports[n];
	struct tzvmm_sg sg[TZVMM_VCON_SG];
	struct tzvmm_vq_chain chain;

	while (port->to_tell != 0u) {
		uint8_t text[CHUNK];
		const uint32_t len = message(vcon, n, text);

		if (!tzvmm_virtio_pop(&vcon->virtio, CONTROL_RX, sg, TZVMM_VCON_SG,
				      &chain)) {
			return;
		}
		(void)tzvmm_vq_push(queue(vcon, CONTROL_RX), chain.head,
				    put_message(sg, &chain, text, len));
		port->to_tell &= (uint8_t)(port->to_tell - 1u); /* its lowest bit */
	}
}

static void set_open(struct tzvmm_vcon *vcon, uint32_t n, bool open)
{
	const struct tzvmm_vcon_port_config *config = &vcon->config[n];

	if (vcon->ports[n].open != open) {
		vcon->ports[n].open = open;
		config->ops->opened(config->ctx, open);
	}
}

static void take_message(struct tzvmm_vcon *vcon,
			 const struct tzvmm_abi_virtio_console_control *head)
{
	struct tzvmm_vcon_port *port;

	if (head->event == TZVMM_VIRTIO_CONSOLE_DEVICE_READY) {
		for (uint32_t n = 0; n < vcon->nr_ports && head->value == 1u; n++) {
			vcon->ports[n].to_tell |= TELL_ADD;
		}
		return;
	}
	if (head->id >= vcon->nr_ports) {
		return;
	}
	port = &vcon->ports[head->id];
	if (head->event == TZVMM_VIRTIO_CONSOLE_PORT_READY) {
		port->ready = head->value == 1u;
		if (port->ready) {
			port->to_tell |= TELL_NAME | TELL_OPEN;
			port->to_tell |= head->id == 0u ? TELL_CONSOLE : 0u;
		}
	} else if (head->event == TZVMM_VIRTIO_CONSOLE_PORT_OPEN) {
		set_open(vcon, head->id, head->value == 1u);
	}
}

/* Byte by byte, for it may lie anywhere. After memcpy() a compiler may look at the
 * guest's memory once more instead of at the copy. */
static void copy_message(struct tzvmm_abi_virtio_console_control *head,
			 const uint8_t *shared)
{
	uint8_t *const to = (uint8_t *)head;

	for (size_t i = 0; i < sizeof(*head); i++) {
		to[i] = tzvmm_shared_read8(shared + i);
	}
}

static void take_control(struct tzvmm_vcon *vcon)
{
	struct tzvmm_abi_virtio_console_control head;
	struct tzvmm_sg sg[TZVMM_VCON_SG];
	struct tzvmm_vq_chain chain;

	while (tzvmm_virtio_pop(&vcon->virtio, CONTROL_TX, sg, TZVMM_VCON_SG, &chain)) {
		/* One piece, as every driver's; others say nothing. */
		if (chain.nr_out != 0u && sg[0].len >= sizeof(head)) {
			copy_message(&head, sg[0].va);
			take_message(vcon, &head);
		}
		(void)tzvmm_vq_push(queue(vcon, CONTROL_TX), chain.head, 0);
	}
}

/* ---- The device --------------------------------------------------------- */

static void publish(struct tzvmm_vcon *vcon)
{
	bool used = false;

	for (uint32_t n = 0; n < vcon->virtio.dev.nr_queues; n++) {
		used |= tzvmm_vq_flush(queue(vcon, n));
	}
	if (used) {
		tzvmm_virtio_used(&vcon->virtio);
	}
}

void tzvmm_vcon_run(struct tzvmm_vcon *vcon)
{
	const bool control = has_control(vcon);
	const uint32_t nr = control ? vcon->nr_ports : 1u;

	if (!tzvmm_virtio_is_running(&vcon->virtio)) {
		return;
	}
	if (control) {
		take_control(vcon);
	}
	for (uint32_t n = 0; n < nr; n++) {
		if (control) {
			tell(vcon, n);
		}
		receive(vcon, n);
		if (!control || vcon->ports[n].ready) {
			send(vcon, n);
		}
	}
	publish(vcon);
}

static void vcon_notify(void *ctx, uint32_t n)
{
	(void)n;
	tzvmm_vcon_run(ctx);
}

static void vcon_reset(void *ctx)
{
	struct tzvmm_vcon *vcon = ctx;

	for (uint32_t n = 0; n < vcon->nr_ports; n++) {
		set_open(vcon, n, false);
	}
	memset(vcon->ports, 0, sizeof(vcon->ports));
}

static bool vcon_is_busy(void *ctx)
{
	(void)ctx;
	return false;
}

static const struct tzvmm_virtio_ops vcon_ops = {
	.notify = vcon_notify,
	.reset = vcon_reset,
	.is_busy = vcon_is_busy,
};

static bool is_port(const struct tzvmm_vcon_port_config *port)
{
	return port->name != NULL && port->ops != NULL &&
	       port->ops->received != NULL && port->ops->send != NULL &&
	       port->ops->opened != NULL;
}

enum tzvmm_status
tzvmm_vcon_init(struct tzvmm_vcon *vcon, const struct tzvmm_vcon_port_config *ports,
		uint32_t nr_ports, const struct tzvmm_virtio_bus *bus)
{
	const struct tzvmm_virtio_device dev = {
		.name = "console",
		.id = TZVMM_VIRTIO_ID_CONSOLE,
		.nr_queues = 2u * nr_ports + 2u,
		.max_size = TZVMM_VCON_QUEUE,
		.features = TZVMM_VIRTIO_F_INDIRECT_DESC | TZVMM_VIRTIO_F_EVENT_IDX |
			    TZVMM_VIRTIO_CONSOLE_F_MULTIPORT,
		.queues = vcon->queues,
		.config = &vcon->shown,
		.config_len = sizeof(vcon->shown),
		.ops = &vcon_ops,
		.ctx = vcon,
	};

	if (nr_ports == 0u || nr_ports > TZVMM_VCON_MAX_PORTS) {
		return TZVMM_E_INVAL;
	}
	for (uint32_t n = 0; n < nr_ports; n++) {
		if (!is_port(&ports[n])) {
			return TZVMM_E_INVAL;
		}
	}
	*vcon = (struct tzvmm_vcon){ .config = ports, .nr_ports = nr_ports };
	vcon->shown.max_nr_ports = nr_ports;
	return tzvmm_virtio_init(&vcon->virtio, &dev, bus);
}

/* ---- A terminal --------------------------------------------------------- */

static size_t terminal_received(void *ctx, const uint8_t *bytes, size_t len)
{
	const struct tzvmm_console_guest *guest = ctx;

	return tzvmm_mux_write(guest->source, (const char *)bytes, len);
}

static size_t terminal_send(void *ctx, uint8_t *bytes, size_t len)
{
	const struct tzvmm_console_guest *guest = ctx;

	return tzvmm_input_take(guest->input, bytes, len);
}

static void terminal_opened(void *ctx, bool open)
{
	(void)ctx;
	(void)open;
}

const struct tzvmm_vcon_port_ops tzvmm_vcon_terminal_ops = {
	.received = terminal_received,
	.send = terminal_send,
	.opened = terminal_opened,
};
