/* SPDX-License-Identifier: BSD-2-Clause */
/* Deficit round robin. While a request waits another one is at the device: its end
 * takes the queue further, so nothing else has to. */
#include <tzvmm/sched.h>

static uint32_t cost(const struct tzvmm_blk_req *req)
{
	if (tzvmm_blk_has_data(req->op)) {
		return req->nr_sectors;
	}
	return req->op == TZVMM_BLK_FLUSH ? 1u : TZVMM_SCHED_ERASE;
}

/* ---- The device --------------------------------------------------------- */

static void record(const struct tzvmm_sched *sched, const struct tzvmm_blk_req *req,
		   enum tzvmm_status status)
{
	const struct tzvmm_sched_client *client = req->sched.client;
	const struct tzvmm_abi_record_entry entry = {
		.start_us = req->sched.start_us,
		.sector = req->sched.sector,
		.duration_us = tzvmm_record_duration(
			req->sched.start_us, sched->sys->ops->now_us(sched->sys->ctx)),
		.nr_sectors = req->nr_sectors,
		.client = client->number,
		.op = (uint8_t)req->op,
		.status = tzvmm_record_status(status),
	};

	tzvmm_record_add(sched->record, &entry);
}

static void restore(struct tzvmm_blk_req *req)
{
	req->done = req->sched.done;
	req->owner = req->sched.owner;
}

static void pump(struct tzvmm_sched *sched);

static void sched_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct tzvmm_sched *sched = req->owner;

	sched->nr_below--;
	sched->sectors -= cost(req);
	if (sched->record != NULL) {
		record(sched, req, status);
	}
	restore(req);
	/* The device goes on before the owner hears of it. */
	pump(sched);
	req->done(req, status);
}

/* Send a request, which is the device's to change until its end. */
static enum tzvmm_status send(struct tzvmm_sched *sched, struct tzvmm_blk_req *req)
{
	enum tzvmm_status st;

	req->sched.sector = req->sector;
	req->sched.done = req->done;
	req->sched.owner = req->owner;
	req->done = sched_done;
	req->owner = sched;
	/* A client's limits are the device's: it was checked against them. */
	st = sched->below->ops->submit(sched->below, req);
	if (st == TZVMM_OK) {
		sched->nr_below++;
		sched->sectors += cost(req);
	} else {
		restore(req);
	}
	return st;
}

/* ---- Turns -------------------------------------------------------------- */

/* The client whose turn it is; one of them has a request. A round gives each a
 * quantum, so after some the largest request can go. */
static struct tzvmm_sched_client *choose(struct tzvmm_sched *sched)
{
	struct tzvmm_sched_client *client = sched->turn;

	while (client->head == NULL || client->credit < cost(client->head)) {
		if (client->head == NULL) {
			client->credit = 0;
		}
		client = client->next;
		client->credit += TZVMM_SCHED_QUANTUM;
	}
	sched->turn = client;
	return client;
}

static bool has_room(const struct tzvmm_sched *sched, const struct tzvmm_blk_req *req)
{
	return sched->nr_below == 0u ||
	       sched->sectors + cost(req) <= TZVMM_SCHED_WINDOW;
}

static struct tzvmm_blk_req *take(struct tzvmm_sched_client *client)
{
	struct tzvmm_blk_req *req = client->head;

	client->head = req->next;
	if (client->head == NULL) {
		client->tail = &client->head;
	}
	client->sched->nr_waiting--;
	return req;
}

static void put_back(struct tzvmm_sched_client *client, struct tzvmm_blk_req *req)
{
	req->next = client->head;
	if (client->head == NULL) {
		client->tail = &req->next;
	}
	client->head = req;
	client->sched->nr_waiting++;
}

static void put(struct tzvmm_sched_client *client, struct tzvmm_blk_req *req)
{
	req->next = NULL;
	*client->tail = req;
	client->tail = &req->next;
	client->sched->nr_waiting++;
}

/* Send what has room. A device that has none says so only while it has others of
 * ours; what it refuses for another reason was taken before, and is answered. */
static void pump(struct tzvmm_sched *sched)
{
	while (sched->nr_waiting != 0u) {
		struct tzvmm_sched_client *client = choose(sched);
		struct tzvmm_blk_req *req = client->head;
		enum tzvmm_status st;

		if (!has_room(sched, req)) {
			return;
		}
		(void)take(client);
		st = send(sched, req);
		if (st == TZVMM_E_FULL && sched->nr_below != 0u) {
			put_back(client, req);
			return;
		}
		client->credit -= cost(req);
		if (st != TZVMM_OK) {
			req->done(req, st);
		}
	}
}

/* ---- Clients ------------------------------------------------------------ */

static enum tzvmm_status sched_submit(const struct tzvmm_blkdev *dev,
				      struct tzvmm_blk_req *req)
{
	struct tzvmm_sched_client *client = dev->ctx;
	struct tzvmm_sched *sched = client->sched;
	enum tzvmm_status st;

	req->sched.client = client;
	req->sched.start_us = sched->record == NULL
				      ? 0u
				      : sched->sys->ops->now_us(sched->sys->ctx);
	if (sched->nr_waiting == 0u && has_room(sched, req)) {
		st = send(sched, req);
		if (st != TZVMM_E_FULL || sched->nr_below == 0u) {
			return st;
		}
	}
	put(client, req);
	return TZVMM_OK;
}

static const struct tzvmm_blkdev_ops sched_ops = { .submit = sched_submit };

void tzvmm_sched_init(struct tzvmm_sched *sched, const struct tzvmm_blkdev *below,
		      const struct tzvmm_sys *sys, struct tzvmm_record *record)
{
	*sched = (struct tzvmm_sched){
		.below = below,
		.sys = sys,
		.record = record,
	};
}

enum tzvmm_status tzvmm_sched_add(struct tzvmm_sched_client *client,
				  struct tzvmm_sched *sched)
{
	if (sched->nr_clients > UINT8_MAX) {
		return TZVMM_E_FULL;
	}
	*client = (struct tzvmm_sched_client){
		.dev = *sched->below,
		.sched = sched,
		.number = (uint8_t)sched->nr_clients++,
	};
	client->dev.ops = &sched_ops;
	client->dev.ctx = client;
	client->tail = &client->head;
	if (sched->turn == NULL) {
		sched->turn = client;
	}
	client->next = sched->turn->next == NULL ? client : sched->turn->next;
	sched->turn->next = client;
	return TZVMM_OK;
}
