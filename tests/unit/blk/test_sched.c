// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/partition.h>
#include <tzvmm/sched.h>

#include "ram_disk.h"

#define NR_CLIENTS 3u
#define NR_REQS 96u
#define DISK_SECTORS 65536u
#define NR_ENTRIES 128u

struct request {
	struct tzvmm_blk_req req; /* first */
	struct tzvmm_sg sg;
	struct fixture *fx;
	unsigned client;
	unsigned nr_done;
	unsigned order;
	enum tzvmm_status status;
	struct request *then;
};

struct fixture {
	struct ram_disk disk;
	struct tzvmm_sys sys;
	struct tzvmm_record record;
	struct tzvmm_abi_record_entry entries[NR_ENTRIES];
	struct tzvmm_sched sched;
	struct tzvmm_sched_client clients[NR_CLIENTS];
	struct request reqs[NR_REQS];
	unsigned nr_reqs;
	unsigned nr_done;
	uint64_t sectors[NR_CLIENTS]; /* answered */
	uint64_t now_us;
	uint8_t *memory;
};

static uint64_t now_us(void *ctx)
{
	struct fixture *fx = ctx;

	return fx->now_us++;
}

static const struct tzvmm_sys_ops sys_ops = { .now_us = now_us };

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	ram_disk_init(&fx->disk, DISK_SECTORS);
	fx->disk.dev.max_sectors = 2048;
	fx->memory = malloc(4096u * TZVMM_SECTOR_LEN);
	fx->sys = (struct tzvmm_sys){ &sys_ops, fx };
	assert_int_equal(tzvmm_record_init(&fx->record, fx->entries, NR_ENTRIES),
			 TZVMM_OK);
	tzvmm_sched_init(&fx->sched, &fx->disk.dev, &fx->sys, &fx->record);
	for (unsigned i = 0; i < NR_CLIENTS; i++) {
		assert_int_equal(tzvmm_sched_add(&fx->clients[i], &fx->sched),
				 TZVMM_OK);
	}
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	ram_disk_free(&fx->disk);
	free(fx->memory);
	test_free(fx);
	return 0;
}

static enum tzvmm_status submit(struct request *r)
{
	return tzvmm_blk_submit(&r->fx->clients[r->client].dev, &r->req);
}

static void on_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	struct request *r = (struct request *)req;

	assert_ptr_equal(req->owner, r); /* as it was submitted */
	r->nr_done++;
	r->status = status;
	r->order = r->fx->nr_done++;
	r->fx->sectors[r->client] += status == TZVMM_OK ? req->nr_sectors : 0u;
	if (r->then != NULL) {
		(void)submit(r->then);
	}
}

static struct request *make(struct fixture *fx, unsigned client,
			    enum tzvmm_blk_op op, uint64_t sector, uint32_t nr)
{
	struct request *r = &fx->reqs[fx->nr_reqs++];

	assert_true(fx->nr_reqs <= NR_REQS);
	*r = (struct request){
		.req = { .op = op,
			 .sector = sector,
			 .nr_sectors = nr,
			 .sg = &r->sg,
			 .nr_sg = nr != 0u,
			 .done = on_done,
			 .owner = r },
		.sg = { fx->memory, nr * TZVMM_SECTOR_LEN },
		.fx = fx,
		.client = client,
	};
	return r;
}

static struct request *ask(struct fixture *fx, unsigned client, uint32_t nr)
{
	struct request *r =
		make(fx, client, TZVMM_BLK_READ, (uint64_t)fx->nr_reqs * 256u, nr);

	assert_int_equal(submit(r), TZVMM_OK);
	assert_int_equal(r->nr_done, 0);
	return r;
}

static void finish(struct fixture *fx)
{
	uint32_t waiting;

	assert_int_equal(tzvmm_sched_nr(&fx->sched, &waiting), fx->disk.nr_queued);
	while (fx->disk.nr_queued != 0u) {
		ram_disk_complete(&fx->disk, 0);
	}
	assert_int_equal(tzvmm_sched_nr(&fx->sched, &waiting), 0);
	assert_int_equal(waiting, 0);
	assert_false(tzvmm_sched_busy(&fx->sched));
}

static void assert_all_answered(const struct fixture *fx)
{
	for (unsigned i = 0; i < fx->nr_reqs; i++) {
		assert_int_equal(fx->reqs[i].nr_done, 1);
	}
}

static void a_client_alone_has_the_window_for_itself(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 20u; i++) {
		(void)ask(fx, 0, 128);
	}
	assert_int_equal(fx->disk.nr_queued, TZVMM_SCHED_WINDOW / 128u);
	finish(fx);
	for (unsigned i = 0; i < 20u; i++) {
		assert_int_equal(fx->reqs[i].order, i);
		assert_int_equal(fx->reqs[i].status, TZVMM_OK);
	}
}

static void the_largest_request_goes_when_nothing_else_does(void **state)
{
	struct fixture *fx = *state;

	(void)ask(fx, 0, 1);
	(void)ask(fx, 0, 2048);
	(void)ask(fx, 1, 2048);
	assert_int_equal(fx->disk.nr_queued, 1);
	ram_disk_complete(&fx->disk, 0);
	assert_int_equal(fx->disk.nr_queued, 1);
	finish(fx);
	assert_all_answered(fx);
}

static void clients_get_the_same_bytes_whatever_their_requests_size(void **state)
{
	struct fixture *fx = *state;

	/* All of them always have something to do. */
	(void)ask(fx, 2, 2048);
	for (unsigned i = 0; i < 40u; i++) {
		(void)ask(fx, 0, 64);
	}
	for (unsigned i = 0; i < 30u; i++) {
		(void)ask(fx, 1, 128);
	}
	for (unsigned i = 0; i < 6u; i++) {
		(void)ask(fx, 2, 1024);
	}
	fx->sectors[2] = 0;
	ram_disk_complete(&fx->disk, 0);
	fx->sectors[2] = 0;
	while (fx->sectors[0] < 2000u) {
		ram_disk_complete(&fx->disk, 0);
		for (unsigned i = 0; i < NR_CLIENTS; i++) {
			const int64_t apart =
				(int64_t)fx->sectors[i] - (int64_t)fx->sectors[0];

			assert_true(apart <= 2048 && apart >= -2048);
		}
	}
	assert_true(fx->sectors[1] >= 1200u && fx->sectors[2] >= 1024u);
	finish(fx);
	assert_all_answered(fx);
}

static void a_small_request_waits_for_no_more_than_what_is_at_the_device(void **state)
{
	struct fixture *fx = *state;
	struct request *small;

	for (unsigned i = 0; i < 60u; i++) {
		(void)ask(fx, 0, 512);
	}
	small = ask(fx, 1, 8);
	finish(fx);
	/* The window, and a turn of the other one. */
	assert_true(small->order <= TZVMM_SCHED_WINDOW / 512u + 1u);
}

static void requests_of_a_client_keep_their_order(void **state)
{
	struct fixture *fx = *state;
	unsigned last[NR_CLIENTS] = { 0 };

	for (unsigned i = 0; i < 90u; i++) {
		(void)ask(fx, i * 7u % NR_CLIENTS, 1u + i * 37u % 300u);
	}
	finish(fx);
	for (unsigned i = 0; i < fx->nr_reqs; i++) {
		const struct request *r = &fx->reqs[i];

		assert_true(r->order >= last[r->client]);
		last[r->client] = r->order;
	}
	assert_all_answered(fx);
}

static void a_full_device_is_tried_again_and_the_order_stays(void **state)
{
	struct fixture *fx = *state;

	fx->disk.depth = 2;
	for (unsigned i = 0; i < 12u; i++) {
		(void)ask(fx, 0, 8);
	}
	assert_int_equal(fx->disk.nr_queued, 2);
	finish(fx);
	for (unsigned i = 0; i < 12u; i++) {
		assert_int_equal(fx->reqs[i].order, i);
	}
	/* One that is full of nobody's requests says so. */
	fx->disk.depth = 0;
	assert_int_equal(submit(make(fx, 0, TZVMM_BLK_READ, 0, 8)), TZVMM_E_FULL);
}

static void what_the_device_refuses_later_is_answered(void **state)
{
	struct fixture *fx = *state;

	for (unsigned i = 0; i < 4u; i++) {
		(void)ask(fx, 0, 1024);
	}
	fx->disk.refuse_at = fx->disk.nr_calls + 1u;
	finish(fx);
	assert_all_answered(fx);
	assert_int_equal(fx->reqs[2].status, TZVMM_E_UNSUPP);
	assert_int_equal(fx->reqs[3].status, TZVMM_OK);
	/* And at once if it is refused at once, as it was. */
	fx->disk.refuse_at = fx->disk.nr_calls + 1u;
	assert_int_equal(submit(make(fx, 0, TZVMM_BLK_READ, 0, 8)), TZVMM_E_UNSUPP);
	assert_ptr_equal(fx->reqs[4].req.owner, &fx->reqs[4]);
	assert_int_equal(fx->reqs[4].nr_done, 0);
}

static void a_request_may_be_submitted_from_done(void **state)
{
	struct fixture *fx = *state;
	struct request *first = ask(fx, 0, 1024);
	struct request *waits;

	(void)ask(fx, 0, 1024);
	waits = ask(fx, 1, 1024);
	first->then = make(fx, 0, TZVMM_BLK_WRITE, 0, 1024);
	waits->then = make(fx, 1, TZVMM_BLK_FLUSH, 0, 0);
	finish(fx);
	assert_all_answered(fx);
}

static void each_request_is_recorded_with_the_cards_sector(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_partition part;
	struct tzvmm_abi_record_entry entry;
	uint64_t cursor = 0;
	struct request *r = make(fx, 1, TZVMM_BLK_WRITE, 5, 8);

	assert_int_equal(tzvmm_partition_init(&part, &fx->clients[1].dev, 1000, 100,
					      false),
			 TZVMM_OK);
	fx->now_us = 70;
	fx->disk.fail_at = 1;
	assert_int_equal(tzvmm_blk_submit(&part.dev, &r->req), TZVMM_OK);
	fx->now_us = 99;
	finish(fx);
	assert_int_equal(tzvmm_record_next(&fx->record, &cursor, &entry), TZVMM_OK);
	assert_int_equal(entry.start_us, 70);
	assert_int_equal(entry.duration_us, 29);
	assert_int_equal(entry.sector, 1005);
	assert_int_equal(entry.nr_sectors, 8);
	assert_int_equal(entry.client, 1);
	assert_int_equal(entry.op, TZVMM_ABI_RECORD_WRITE);
	assert_int_equal(entry.status, TZVMM_ABI_RECORD_E_IO);
	assert_int_equal(tzvmm_record_next(&fx->record, &cursor, &entry),
			 TZVMM_E_EMPTY);
}

static void without_a_recorder_no_clock_is_asked(void **state)
{
	struct fixture *fx = *state;

	tzvmm_sched_init(&fx->sched, &fx->disk.dev, NULL, NULL);
	assert_int_equal(tzvmm_sched_add(&fx->clients[0], &fx->sched), TZVMM_OK);
	(void)ask(fx, 0, 8);
	finish(fx);
	assert_int_equal(fx->reqs[0].status, TZVMM_OK);
}

static void the_257th_client_is_refused(void **state)
{
	static struct tzvmm_sched_client many[257];
	struct fixture *fx = *state;

	tzvmm_sched_init(&fx->sched, &fx->disk.dev, &fx->sys, NULL);
	for (unsigned i = 0; i < 256u; i++) {
		assert_int_equal(tzvmm_sched_add(&many[i], &fx->sched), TZVMM_OK);
	}
	assert_int_equal(tzvmm_sched_add(&many[256], &fx->sched), TZVMM_E_FULL);
}

static void discard(struct fixture *fx, unsigned client)
{
	struct request *r =
		make(fx, client, TZVMM_BLK_DISCARD, 0, TZVMM_SCHED_WINDOW + 1u);

	fx->clients[client].dev.max_discard = DISK_SECTORS;
	r->req.nr_sg = 0;
	assert_int_equal(submit(r), TZVMM_OK);
}

static void a_discard_of_any_size_goes_alone(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_abi_record_entry entry;
	uint64_t cursor = 0;

	for (unsigned i = 0; i < 6u; i++) {
		discard(fx, 0);
	}
	assert_int_equal(fx->disk.nr_queued, 1);
	finish(fx);
	assert_int_equal(tzvmm_record_next(&fx->record, &cursor, &entry), TZVMM_OK);
	assert_int_equal(entry.op, TZVMM_ABI_RECORD_DISCARD);
	assert_int_equal(entry.nr_sectors, TZVMM_SCHED_WINDOW + 1u);
}

static void a_small_request_waits_for_one_discard_of_others_at_most(void **state)
{
	struct fixture *fx = *state;
	struct request *small;

	for (unsigned i = 0; i < 6u; i++) {
		discard(fx, 0);
	}
	small = make(fx, 1, TZVMM_BLK_READ, 0, 1);
	assert_int_equal(submit(small), TZVMM_OK);
	ram_disk_complete(&fx->disk, 0);
	assert_ptr_equal(fx->disk.queue[0], &small->req);
	finish(fx);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_client_alone_has_the_window_for_itself),
		T(the_largest_request_goes_when_nothing_else_does),
		T(clients_get_the_same_bytes_whatever_their_requests_size),
		T(a_small_request_waits_for_no_more_than_what_is_at_the_device),
		T(requests_of_a_client_keep_their_order),
		T(a_full_device_is_tried_again_and_the_order_stays),
		T(what_the_device_refuses_later_is_answered),
		T(a_request_may_be_submitted_from_done),
		T(each_request_is_recorded_with_the_cards_sector),
		T(without_a_recorder_no_clock_is_asked),
		T(the_257th_client_is_refused),
		T(a_discard_of_any_size_goes_alone),
		T(a_small_request_waits_for_one_discard_of_others_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
