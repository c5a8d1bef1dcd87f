// SPDX-License-Identifier: BSD-2-Clause
/* Virtio block device [VIRTIO 5.2].
 *
 * A request goes from the ring to the disk in the list that tzvmm_vq_pop()
 * filled: header and status are cut off its ends, the pieces between are the
 * guest's pages. A place of the pool is free, at the disk, or waiting to
 * be given to it: because it was full, or because a part of the request is done and
 * another has to follow. */

#include <stddef.h>
#include <string.h>

#include <tzvmm/shared.h>
#include <tzvmm/virtio_blk.h>

#define HEAD_LEN ((uint32_t)sizeof(struct tzvmm_abi_virtio_blk_head))
#define SEGMENT_LEN ((uint32_t)sizeof(struct tzvmm_abi_virtio_blk_segment))
#define NR_SEGMENTS TZVMM_VIRTIO_BLK_NR_SEGMENTS

/* Linux warns about segments below its page size. */
#define MIN_SEGMENT 4096u
#define MAX_SEGMENT (1u << 22)

#define ENOUGH_IN_FLIGHT 8u
#define ENOUGH_SECTORS 2048u /* as many as a card is given at a time */

/* ---- Answering ---------------------------------------------------------- */

static void put_free(struct tzvmm_virtio_blk *vb, struct tzvmm_virtio_blk_req *req)
{
	req->blk.next = vb->free == NULL ? NULL : &vb->free->blk;
	vb->free = req;
}

static struct tzvmm_virtio_blk_req *from_blk(struct tzvmm_blk_req *blk)
{
	return (struct tzvmm_virtio_blk_req *)blk;
}

/* Answer and free a request. If its queue has gone, so has the right to write
 * to its memory. The used length of a success is all of the chain; of a failure
 * the least there can be, for an overstated one could leak. */
static inline void answer(struct tzvmm_virtio_blk *vb,
			  struct tzvmm_virtio_blk_req *req, uint8_t how)
{
	const uint32_t least = req->answer != NULL;
	const uint32_t len = how == TZVMM_VIRTIO_BLK_S_OK ? req->in_len : least;

	if (tzvmm_vq_push(&vb->queue.vq, req->head, len) && req->answer != NULL) {
		tzvmm_shared_write8(req->answer, how);
	}
	put_free(vb, req);
}

static __attribute__((noinline)) void refuse(struct tzvmm_virtio_blk *vb,
					     struct tzvmm_virtio_blk_req *req)
{
	vb->stats.refused++;
	answer(vb, req, TZVMM_VIRTIO_BLK_S_IOERR);
}

static void refuse_unsupported(struct tzvmm_virtio_blk *vb,
			       struct tzvmm_virtio_blk_req *req)
{
	vb->stats.unsupported++;
	answer(vb, req, TZVMM_VIRTIO_BLK_S_UNSUPP);
}

/* ---- What follows ------------------------------------------------------- */

static void put_waiting(struct tzvmm_virtio_blk *vb, struct tzvmm_virtio_blk_req *req)
{
	req->blk.next = vb->waiting == NULL ? NULL : &vb->waiting->blk;
	vb->waiting = req;
}

/* Whether a request has segments that the disk has not been given. */
static bool has_segments(const struct tzvmm_virtio_blk_req *req)
{
	return (req->blk.op == TZVMM_BLK_DISCARD || req->blk.op == TZVMM_BLK_ZEROES) &&
	       req->next_segment != req->nr_segments;
}

static void take_segment(struct tzvmm_virtio_blk_req *req)
{
	const struct tzvmm_abi_virtio_blk_segment *segment =
		&req->segments[req->next_segment++];

	req->blk.sector = segment->sector;
	req->blk.nr_sectors = segment->nr_sectors;
	req->blk.nr_sg = 0;
}

/* Whether an answer now would claim what only a flush makes true. */
static bool is_volatile(const struct tzvmm_virtio_blk *vb,
			const struct tzvmm_virtio_blk_req *req)
{
	return (req->blk.op == TZVMM_BLK_WRITE || req->blk.op == TZVMM_BLK_ZEROES) &&
	       vb->config.writeback == 0u;
}

static void make_flush(struct tzvmm_virtio_blk_req *req)
{
	req->blk.op = TZVMM_BLK_FLUSH;
	req->blk.sector = 0;
	req->blk.nr_sectors = 0;
	req->blk.nr_sg = 0;
}

/* Make what has to follow of a request that is not a read, and leave it to
 * tzvmm_virtio_blk_run(): there are no answers without a call of it, and after a
 * reset nothing follows. */
static bool go_on(struct tzvmm_virtio_blk *vb, struct tzvmm_virtio_blk_req *req)
{
	if (!tzvmm_virtio_is_running(&vb->virtio)) {
		return false;
	}
	if (has_segments(req)) {
		take_segment(req);
	} else if (is_volatile(vb, req)) {
		make_flush(req);
	} else {
		return false;
	}
	put_waiting(vb, req);
	return true;
}

static uint32_t nr_moved(const struct tzvmm_blk_req *blk)
{
	return tzvmm_blk_has_data(blk->op) ? blk->nr_sectors : 0u;
}

/* The disk is done with a request. */
static void blk_done(struct tzvmm_blk_req *blk, enum tzvmm_status status)
{
	struct tzvmm_virtio_blk *vb = blk->owner;
	struct tzvmm_virtio_blk_req *req = from_blk(blk);

	vb->in_flight--;
	vb->sectors -= nr_moved(blk);
	if (status != TZVMM_OK) {
		vb->stats.failed++;
		answer(vb, req, TZVMM_VIRTIO_BLK_S_IOERR);
	} else if (blk->op == TZVMM_BLK_READ || !go_on(vb, req)) {
		answer(vb, req, TZVMM_VIRTIO_BLK_S_OK);
	}
}

/* ---- Taking ------------------------------------------------------------- */

/* What a driver asks for, copied. */
struct blk_head {
	uint32_t type;
	uint64_t sector;
};

/* Copy control words of any framing and step the list, which has so many bytes at
 * least, over them. Returns the number of pieces that they used up. */
static uint32_t gather(void *copy, uint32_t len, struct tzvmm_sg *sg)
{
	uint8_t *to = copy;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < len; i++) {
		uint8_t *from = sg[nr].va;

		to[i] = tzvmm_shared_read8(from);
		sg[nr].va = from + 1;
		sg[nr].len--;
		nr += sg[nr].len == 0u;
	}
	return nr;
}

static uint32_t take_head(struct blk_head *head, struct tzvmm_sg *sg)
{
	const struct tzvmm_abi_virtio_blk_head *shared = sg[0].va;
	struct tzvmm_abi_virtio_blk_head copy;
	uint32_t nr;

	/* Linux: one descriptor, aligned. */
	if (sg[0].len == HEAD_LEN && ((uintptr_t)shared & 7u) == 0u) {
		head->type = (uint32_t)tzvmm_shared_read64(shared);
		head->sector = tzvmm_shared_read64(&shared->sector);
		return 1;
	}
	nr = gather(&copy, HEAD_LEN, sg);
	*head = (struct blk_head){ .type = copy.type, .sector = copy.sector };
	return nr;
}

/* Cut the status byte off the list's end; returns the pieces before it. */
static uint32_t take_answer(struct tzvmm_virtio_blk_req *req, uint32_t nr)
{
	struct tzvmm_sg *last = &req->sg[nr - 1u];

	last->len--;
	req->answer = (uint8_t *)last->va + last->len;
	return last->len == 0u ? nr - 1u : nr;
}

static bool is_inside(const struct tzvmm_virtio_blk *vb, uint64_t sector, uint32_t nr)
{
	return sector <= vb->config.capacity && nr <= vb->config.capacity - sector;
}

/* What waited may have been inside of a larger disk. */
static inline void submit(struct tzvmm_virtio_blk *vb,
			  struct tzvmm_virtio_blk_req *req)
{
	if (!is_inside(vb, req->blk.sector, req->blk.nr_sectors)) {
		refuse(vb, req);
		return;
	}
	switch (tzvmm_blk_submit(vb->disk, &req->blk)) {
	case TZVMM_OK:
		vb->in_flight++;
		vb->sectors += nr_moved(&req->blk);
		break;
	case TZVMM_E_FULL:
		vb->stats.stalled++;
		put_waiting(vb, req);
		break;
	default:
		refuse(vb, req);
		break;
	}
}

/* len is of pieces that were added up without overflow; one that is not whole
 * sectors is found by tzvmm_blk_submit(). */
static void transfer(struct tzvmm_virtio_blk *vb, struct tzvmm_virtio_blk_req *req,
		     enum tzvmm_blk_op op, uint64_t sector, uint32_t len)
{
	req->blk.op = op;
	req->blk.sector = sector;
	req->blk.nr_sectors = len / TZVMM_SECTOR_LEN;
	submit(vb, req);
}

static void get_id(struct tzvmm_virtio_blk *vb, struct tzvmm_virtio_blk_req *req)
{
	const struct tzvmm_sg *sg = req->blk.sg;
	uint32_t at = 0;

	/* [VIRTIO 5.2.6.1] The buffer has this size. */
	if (req->in_len != TZVMM_VIRTIO_BLK_ID_LEN + 1u) {
		refuse(vb, req);
		return;
	}
	for (uint32_t i = 0; i < TZVMM_VIRTIO_BLK_ID_LEN; i++) {
		tzvmm_shared_write8((uint8_t *)sg->va + at, (uint8_t)vb->serial[i]);
		if (++at == sg->len) {
			at = 0;
			sg++;
		}
	}
	answer(vb, req, TZVMM_VIRTIO_BLK_S_OK);
}

/* [VIRTIO 5.2.6.2] A disk is free to do more for zeroes with the flag, and ours
 * does not; with a discard it has no meaning. */
static uint8_t check_segment(const struct tzvmm_virtio_blk *vb, enum tzvmm_blk_op op,
			     const struct tzvmm_abi_virtio_blk_segment *segment)
{
	const struct tzvmm_abi_virtio_blk_config *config = &vb->config;
	const bool zeroes = op == TZVMM_BLK_ZEROES;
	const uint32_t known = zeroes ? TZVMM_VIRTIO_BLK_UNMAP : 0u;
	const uint32_t most = zeroes ? config->max_write_zeroes_sectors
				     : config->max_discard_sectors;

	if ((segment->flags & ~known) != 0u) {
		return TZVMM_VIRTIO_BLK_S_UNSUPP;
	}
	if (segment->nr_sectors == 0u || segment->nr_sectors > most ||
	    !is_inside(vb, segment->sector, segment->nr_sectors)) {
		return TZVMM_VIRTIO_BLK_S_IOERR;
	}
	return TZVMM_VIRTIO_BLK_S_OK;
}

/* All of them before the disk gets one; an unknown flag is the worst. */
static uint8_t check_segments(const struct tzvmm_virtio_blk *vb,
			      const struct tzvmm_virtio_blk_req *req)
{
	uint8_t worst = TZVMM_VIRTIO_BLK_S_OK;

	for (uint32_t i = 0; i < req->nr_segments; i++) {
		const uint8_t how = check_segment(vb, req->blk.op, &req->segments[i]);

		worst = how > worst ? how : worst;
	}
	return worst;
}

/* Discard or zero the segments that the list holds in len bytes. */
static void erase(struct tzvmm_virtio_blk *vb, struct tzvmm_virtio_blk_req *req,
		  enum tzvmm_blk_op op, struct tzvmm_sg *sg, uint32_t len)
{
	uint8_t how = TZVMM_VIRTIO_BLK_S_IOERR;

	req->in_len = 1;
	if (len != 0u && len % SEGMENT_LEN == 0u && len <= sizeof(req->segments)) {
		(void)gather(req->segments, len, sg);
		req->nr_segments = (uint8_t)(len / SEGMENT_LEN);
		req->next_segment = 0;
		req->blk.op = op;
		how = check_segments(vb, req);
	}
	switch (how) {
	case TZVMM_VIRTIO_BLK_S_OK:
		take_segment(req);
		submit(vb, req);
		break;
	case TZVMM_VIRTIO_BLK_S_IOERR:
		refuse(vb, req);
		break;
	default:
		refuse_unsupported(vb, req);
		break;
	}
}

/* What is there only if driver and disk have it. sg and len are what follows the
 * header. */
static __attribute__((noinline)) void
start_optional(struct tzvmm_virtio_blk *vb, struct tzvmm_virtio_blk_req *req,
	       uint32_t type, struct tzvmm_sg *sg, uint32_t len)
{
	if (type == TZVMM_VIRTIO_BLK_T_DISCARD &&
	    tzvmm_virtio_has(&vb->virtio, TZVMM_VIRTIO_BLK_F_DISCARD)) {
		erase(vb, req, TZVMM_BLK_DISCARD, sg, len);
	} else if (type == TZVMM_VIRTIO_BLK_T_WRITE_ZEROES &&
		   tzvmm_virtio_has(&vb->virtio, TZVMM_VIRTIO_BLK_F_WRITE_ZEROES)) {
		erase(vb, req, TZVMM_BLK_ZEROES, sg, len);
	} else {
		refuse_unsupported(vb, req);
	}
}

/* Turn a chain into a request. */
static void start(struct tzvmm_virtio_blk *vb, struct tzvmm_virtio_blk_req *req,
		  const struct tzvmm_vq_chain *chain)
{
	const uint32_t nr_out = chain->nr_out;
	struct blk_head head;
	uint32_t first, end;

	vb->stats.requests++;
	req->head = chain->head;
	req->in_len = tzvmm_vq_in_len(chain);
	if (chain->nr == nr_out) {
		req->answer = NULL;
		refuse(vb, req);
		return;
	}
	end = take_answer(req, chain->nr);
	if (chain->out_len < HEAD_LEN) {
		refuse(vb, req);
		return;
	}
	first = take_head(&head, req->sg);
	req->blk.sg = &req->sg[nr_out];
	req->blk.nr_sg = end - nr_out;
	switch (head.type) {
	case TZVMM_VIRTIO_BLK_T_IN:
		transfer(vb, req, TZVMM_BLK_READ, head.sector, req->in_len - 1u);
		break;
	case TZVMM_VIRTIO_BLK_T_OUT:
		req->blk.sg = &req->sg[first];
		req->blk.nr_sg = nr_out - first;
		transfer(vb, req, TZVMM_BLK_WRITE, head.sector,
			 chain->out_len - HEAD_LEN);
		break;
	case TZVMM_VIRTIO_BLK_T_FLUSH:
		req->blk.nr_sg = 0;
		transfer(vb, req, TZVMM_BLK_FLUSH, 0, 0);
		break;
	case TZVMM_VIRTIO_BLK_T_GET_ID:
		get_id(vb, req);
		break;
	default:
		start_optional(vb, req, head.type, &req->sg[first],
			       chain->out_len - HEAD_LEN);
		break;
	}
}

static struct tzvmm_virtio_blk_req *take_waiting(struct tzvmm_virtio_blk *vb)
{
	struct tzvmm_virtio_blk_req *req = vb->waiting;

	if (req != NULL) {
		vb->waiting = from_blk(req->blk.next);
	}
	return req;
}

/* Give the disk what waits for it, as long as it has room. */
static void retry(struct tzvmm_virtio_blk *vb)
{
	struct tzvmm_virtio_blk_req *req;

	do {
		req = take_waiting(vb);
		if (req == NULL) {
			return;
		}
		submit(vb, req);
	} while (vb->waiting != req);
}

/* With so much at the disk no notification of more is wanted: when a request ends,
 * tzvmm_virtio_blk_run() looks for itself. */
static bool is_next(const struct tzvmm_virtio_blk *vb)
{
	return (vb->in_flight <= ENOUGH_IN_FLIGHT && vb->sectors < ENOUGH_SECTORS) ||
	       tzvmm_vq_has_chain(&vb->queue.vq);
}

/* Take chains until there is none, no place for one, or the disk is full. */
static void take(struct tzvmm_virtio_blk *vb)
{
	while (vb->waiting == NULL && vb->free != NULL && is_next(vb)) {
		struct tzvmm_virtio_blk_req *req = vb->free;
		struct tzvmm_vq_chain chain;

		if (!tzvmm_virtio_pop(&vb->virtio, 0, req->sg, vb->nr_sg, &chain)) {
			break;
		}
		vb->free = from_blk(req->blk.next);
		start(vb, req, &chain);
	}
}

void tzvmm_virtio_blk_run(struct tzvmm_virtio_blk *vb)
{
	if (!tzvmm_virtio_is_running(&vb->virtio)) {
		return;
	}
	retry(vb);
	take(vb);
	if (tzvmm_vq_flush(&vb->queue.vq)) {
		tzvmm_virtio_used(&vb->virtio);
	}
}

enum tzvmm_status tzvmm_virtio_blk_resize(struct tzvmm_virtio_blk *vb,
					  uint64_t nr_sectors)
{
	if (nr_sectors > vb->disk->nr_sectors) {
		return TZVMM_E_RANGE;
	}
	if (nr_sectors != vb->config.capacity) {
		vb->config.capacity = nr_sectors;
		tzvmm_virtio_config_changed(&vb->virtio);
	}
	return TZVMM_OK;
}

/* ---- The register file's side ------------------------------------------- */

static void blk_notify(void *ctx, uint32_t queue)
{
	(void)queue;
	tzvmm_virtio_blk_run(ctx);
}

static void blk_reset(void *ctx)
{
	struct tzvmm_virtio_blk *vb = ctx;
	struct tzvmm_virtio_blk_req *req;

	while ((req = take_waiting(vb)) != NULL) {
		put_free(vb, req);
	}
}

static bool blk_is_busy(void *ctx)
{
	const struct tzvmm_virtio_blk *vb = ctx;

	return vb->in_flight != 0u;
}

/* [VIRTIO 5.2.5.2, 5.2.6.2] A driver that cannot flush gets writes that are durable
 * when they are answered; one that can, and does not set the mode, wants a cache. */
static void blk_accepted(void *ctx)
{
	struct tzvmm_virtio_blk *vb = ctx;

	vb->config.writeback =
		tzvmm_virtio_has(&vb->virtio, TZVMM_VIRTIO_BLK_F_FLUSH);
}

/* The mode counts when a write ends: what was under way when it changed may have
 * either. */
static bool blk_write_config(void *ctx, uint32_t offset, unsigned size, uint32_t value)
{
	struct tzvmm_virtio_blk *vb = ctx;

	if (offset != offsetof(struct tzvmm_abi_virtio_blk_config, writeback) ||
	    size != sizeof(vb->config.writeback) || value > 1u ||
	    !tzvmm_virtio_has(&vb->virtio, TZVMM_VIRTIO_BLK_F_CONFIG_WCE)) {
		return false;
	}
	vb->config.writeback = (uint8_t)value;
	return true;
}

static const struct tzvmm_virtio_ops blk_ops = {
	.notify = blk_notify,
	.reset = blk_reset,
	.is_busy = blk_is_busy,
	.accepted = blk_accepted,
	.write_config = blk_write_config,
};

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Tell the guest limits that keep every request within the pool's and the
 * disk's: a full list of the largest segments must not be too many sectors. */
static bool set_config(struct tzvmm_abi_virtio_blk_config *config,
		       const struct tzvmm_virtio_blk_setup *setup)
{
	const struct tzvmm_blkdev *disk = setup->disk;
	const uint64_t most = (uint64_t)disk->max_sectors * TZVMM_SECTOR_LEN;
	uint32_t seg_max = min32(setup->nr_sg, setup->queue_size) - 2u;
	uint32_t size_max = MIN_SEGMENT;

	seg_max = min32(seg_max, disk->max_sg);
	if (most < (uint64_t)seg_max * MIN_SEGMENT) {
		seg_max = (uint32_t)(most / MIN_SEGMENT);
	}
	while (size_max < MAX_SEGMENT && most >= 2u * (uint64_t)size_max * seg_max) {
		size_max *= 2u;
	}
	*config = (struct tzvmm_abi_virtio_blk_config){
		.capacity = disk->nr_sectors,
		.size_max = size_max,
		.seg_max = seg_max,
		.blk_size = TZVMM_SECTOR_LEN,
	};
	return seg_max != 0u;
}

/* Tell what the disk states. Returns the features that this is. */
static uint64_t set_options(struct tzvmm_abi_virtio_blk_config *config,
			    const struct tzvmm_blkdev *disk)
{
	const struct tzvmm_blk_topology *topology = &disk->topology;
	uint64_t features = disk->read_only ? TZVMM_VIRTIO_BLK_F_RO : 0u;

	if (topology->block_exp != 0u || topology->min_io != 0u ||
	    topology->opt_io != 0u) {
		features |= TZVMM_VIRTIO_BLK_F_TOPOLOGY;
		config->physical_block_exp = topology->block_exp;
		config->alignment_offset = topology->first_block;
		config->min_io_size = topology->min_io;
		config->opt_io_size = topology->opt_io;
	}
	if (disk->max_discard != 0u && !disk->read_only) {
		features |= TZVMM_VIRTIO_BLK_F_DISCARD;
		config->max_discard_sectors = disk->max_discard;
		config->max_discard_seg = NR_SEGMENTS;
		config->discard_sector_alignment = topology->discard;
	}
	if (disk->max_zeroes != 0u && !disk->read_only) {
		features |= TZVMM_VIRTIO_BLK_F_WRITE_ZEROES;
		config->max_write_zeroes_sectors = disk->max_zeroes;
		config->max_write_zeroes_seg = NR_SEGMENTS;
	}
	return features;
}

static void set_pool(struct tzvmm_virtio_blk *vb,
		     const struct tzvmm_virtio_blk_setup *setup)
{
	vb->nr_sg = setup->nr_sg;
	for (uint32_t i = 0; i < setup->nr_reqs; i++) {
		struct tzvmm_virtio_blk_req *req = &setup->reqs[i];

		*req = (struct tzvmm_virtio_blk_req){
			.blk = { .done = blk_done, .owner = vb },
			.sg = &setup->sg[(size_t)i * setup->nr_sg],
		};
		put_free(vb, req);
	}
}

static bool is_setup(const struct tzvmm_virtio_blk_setup *setup)
{
	return setup->disk != NULL && setup->serial != NULL && setup->reqs != NULL &&
	       setup->nr_reqs != 0u && setup->sg != NULL && setup->nr_sg >= 3u &&
	       setup->nr_sg <= UINT16_MAX && setup->queue_size >= 4u;
}

enum tzvmm_status tzvmm_virtio_blk_init(struct tzvmm_virtio_blk *vb,
					const struct tzvmm_virtio_blk_setup *setup)
{
	struct tzvmm_virtio_device dev = {
		.name = setup->name,
		.id = TZVMM_VIRTIO_ID_BLOCK,
		.nr_queues = 1,
		.max_size = setup->queue_size,
		.features = TZVMM_VIRTIO_F_INDIRECT_DESC |
			    TZVMM_VIRTIO_F_EVENT_IDX | TZVMM_VIRTIO_BLK_F_SIZE_MAX |
			    TZVMM_VIRTIO_BLK_F_SEG_MAX | TZVMM_VIRTIO_BLK_F_BLK_SIZE |
			    TZVMM_VIRTIO_BLK_F_FLUSH | TZVMM_VIRTIO_BLK_F_CONFIG_WCE,
		.queues = &vb->queue,
		.config = &vb->config,
		.config_len = sizeof(vb->config),
		.ops = &blk_ops,
		.ctx = vb,
	};

	if (!is_setup(setup)) {
		return TZVMM_E_INVAL;
	}
	*vb = (struct tzvmm_virtio_blk){ .disk = setup->disk };
	if (!set_config(&vb->config, setup)) {
		return TZVMM_E_INVAL;
	}
	set_pool(vb, setup);
	for (size_t i = 0; i < sizeof(vb->serial) && setup->serial[i] != '\0'; i++) {
		vb->serial[i] = setup->serial[i];
	}
	dev.features |= set_options(&vb->config, setup->disk);
	return tzvmm_virtio_init(&vb->virtio, &dev, &setup->bus);
}

const struct tzvmm_blk_req *
tzvmm_virtio_blk_served(const struct tzvmm_virtio_blk *vb,
			const struct tzvmm_virtio_blk_req *req)
{
	const struct tzvmm_blk_req *free = vb->free == NULL ? NULL : &vb->free->blk;

	while (free != NULL && free != &req->blk) {
		free = free->next;
	}
	return free == NULL ? &req->blk : NULL;
}
