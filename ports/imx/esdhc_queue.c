/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that wait for the SD host, and the tables of its DMA. While one batch is
 * at work the next one is gathered: when the card is done, one command goes out and
 * all else is done behind it. */
#include <imx/esdhc_host.h>
#include <tzvmm/port/dma.h>

/* ---- The table and the caches -------------------------------------------- */

static void esdhc_to_device(const struct tzvmm_blk_req *req)
{
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		const struct tzvmm_sg *sg = &req->sg[i];

		if (req->op == TZVMM_BLK_WRITE) {
			tzvmm_dma_to_device(sg->va, sg->len);
		} else {
			tzvmm_dma_before_device_writes(sg->va, sg->len);
		}
	}
}

void esdhc_from_device(const struct tzvmm_blk_req *req)
{
	if (req->op != TZVMM_BLK_READ) {
		return;
	}
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		tzvmm_dma_after_device_wrote(req->sg[i].va, req->sg[i].len);
	}
}

/* Descriptors of at most ESDHC_CHUNK bytes: a length of 0 does not mean 64 KiB on
 * this host. Returns their end. */
static struct imx_esdhc_desc *esdhc_describe(struct imx_esdhc_desc *desc,
					     const struct tzvmm_blk_req *req)
{
	for (uint32_t i = 0; i < req->nr_sg; i++) {
		uint32_t addr = tzvmm_dma_addr(req->sg[i].va);
		uint32_t left = req->sg[i].len;

		while (left != 0u) {
			uint32_t len = left < ESDHC_CHUNK ? left : ESDHC_CHUNK;

			desc->control = ADMA_LEN(len) | ADMA_TRANSFER | ADMA_VALID;
			desc->addr = addr;
			desc++;
			addr += len;
			left -= len;
		}
	}
	return desc;
}

/* The end bit has to be on a descriptor that transfers: it moves to the new last
 * one. */
static void esdhc_extend_table(struct imx_esdhc_batch *batch,
			       const struct tzvmm_blk_req *req)
{
	struct imx_esdhc_desc *first = batch->table + batch->nr_desc;
	struct imx_esdhc_desc *end = esdhc_describe(first, req);

	if (batch->nr_desc != 0u) {
		first--;
		first->control &= ~ADMA_END;
	}
	end[-1].control |= ADMA_END;
	batch->nr_desc = (uint32_t)(end - batch->table);
	tzvmm_dma_to_device(first, (size_t)(end - first) * sizeof(*first));
}

/* ---- Batches ------------------------------------------------------------- */

static void esdhc_clear(struct imx_esdhc_batch *batch)
{
	batch->last = NULL;
	batch->nr_desc = 0;
	batch->nr_sectors = 0;
	batch->nr_reqs = 0;
}

static void esdhc_add(struct imx_esdhc_batch *batch, struct tzvmm_blk_req *req)
{
	if (tzvmm_blk_has_data(req->op)) {
		esdhc_to_device(req);
		esdhc_extend_table(batch, req);
	}
	batch->last = req;
	batch->nr_sectors += req->nr_sectors;
	batch->nr_reqs++;
}

static bool esdhc_can_add(const struct imx_esdhc *host,
			  const struct imx_esdhc_batch *batch,
			  const struct tzvmm_blk_req *req)
{
	const struct tzvmm_blk_req *last = batch->last;

	if (last == NULL) {
		return true;
	}
	return req->op == last->op && tzvmm_blk_has_data(req->op) &&
	       req->sector == last->sector + last->nr_sectors &&
	       batch->nr_sectors + req->nr_sectors <= ESDHC_MAX_SECTORS &&
	       batch->nr_desc + req->nr_sg + ESDHC_CUTS(req->nr_sectors) <=
		       host->max_desc &&
	       host->nr_unmerged == 0u;
}

/* Requests of the queue from req on, as far as one command does them. */
static void esdhc_gather(const struct imx_esdhc *host,
			 struct imx_esdhc_batch *batch, struct tzvmm_blk_req *req)
{
	while (req != NULL && esdhc_can_add(host, batch, req)) {
		esdhc_add(batch, req);
		req = req->next;
	}
}

void esdhc_prepare(struct imx_esdhc *host)
{
	struct imx_esdhc_batch *next = &host->batches[host->at_work ^ 1u];
	const struct tzvmm_blk_req *before = next->last;

	if (before == NULL) {
		before = esdhc_batch(host)->last;
	}
	if (before != NULL) {
		esdhc_gather(host, next, before->next);
	}
}

void esdhc_enqueue(struct imx_esdhc *host, struct tzvmm_blk_req *req)
{
	req->next = NULL;
	*host->tail = req;
	host->tail = &req->next;
	esdhc_prepare(host);
}

bool esdhc_turn(struct imx_esdhc *host)
{
	if (host->head == NULL) {
		return false;
	}
	host->at_work ^= 1u;
	if (esdhc_batch(host)->last == NULL) {
		esdhc_gather(host, esdhc_batch(host), host->head);
	}
	return true;
}

struct tzvmm_blk_req *esdhc_retire(struct imx_esdhc *host)
{
	struct imx_esdhc_batch *batch = esdhc_batch(host);
	struct tzvmm_blk_req *first = host->head;

	host->head = batch->last->next;
	if (host->head == NULL) {
		host->tail = &host->head;
	}
	batch->last->next = NULL;
	host->nr_unmerged -= host->nr_unmerged != 0u;
	esdhc_clear(batch);
	return first;
}

void esdhc_split(struct imx_esdhc *host)
{
	host->nr_unmerged = esdhc_batch(host)->nr_reqs;
	esdhc_clear(&host->batches[0]);
	esdhc_clear(&host->batches[1]);
	esdhc_gather(host, esdhc_batch(host), host->head);
}
