/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk.h"

#include <string.h>

#include <board.h>
#include <tzvmm/aes_xts.h>
#include <tzvmm/crypt.h>
#include <tzvmm/log.h>
#include <tzvmm/port/dma.h>

#include "card.h"
#include "overlay.h"
#include "platform.h"

#define MAX_DISKS TZVMM_ABI_BOOTPKG_MAX_DISKS

/* A disk's queue and how much of it is served at a time. A request has at most
 * NR_SG pieces, two of which are its header and status. */
#define QUEUE_SIZE 128u
#define NR_REQS 32u
#define NR_SG 130u

/* The guest stands still, and the UART waits, while buffers are filled: 32 KiB
 * are 2.6 million instructions. */
#define NR_BUFFERS 4u
#define BUFFER_LEN 8192u

/* What a disk is made of, from the card up. */
static struct disk {
	struct tzvmm_sched_client client;
	struct tzvmm_partition partition;
	struct tzvmm_aes_xts key;
	struct tzvmm_crypt crypt;
	struct tzvmm_crypt_slot slots[NR_BUFFERS];
	const struct tzvmm_blkdev *dev; /* what the guest sees */
	char serial[TZVMM_ABI_BOOTPKG_SERIAL_LEN + 1u];
	struct tzvmm_virtio_blk_req reqs[NR_REQS];
	struct tzvmm_sg sg[NR_REQS * NR_SG];
} disks[MAX_DISKS];

static uint8_t buffers[MAX_DISKS][NR_BUFFERS * BUFFER_LEN]
	__attribute__((aligned(TZVMM_CRYPT_ALIGN)));

struct tzvmm_virtio_blk guest_disks[MAX_DISKS];
uint32_t nr_guest_disks;

static const struct tzvmm_abi_bootpkg_disk default_disk = {
	.partition = BOARD_DISK_PARTITION,
	.serial = BOARD_DISK_SERIAL,
	.policy = BOARD_DISK_POLICY,
};

/* ---- What a disk stands on ---------------------------------------------- */

/* The package is secure memory, but nobody needs its copy of a key any more: not
 * that in DDR either. */
static void forget_key(const struct tzvmm_abi_bootpkg_disk *config)
{
	if (config != &default_disk) {
		memset((void *)(uintptr_t)config->key, 0, sizeof(config->key));
		tzvmm_dma_to_device(config->key, sizeof(config->key));
	}
}

static const char *open_cipher(struct disk *disk,
			       const struct tzvmm_abi_bootpkg_disk *config,
			       uint8_t *memory)
{
	const struct tzvmm_crypt_setup setup = {
		.parent = disk->dev,
		.cipher = tzvmm_aes_xts_cipher(&disk->key),
		.slots = disk->slots,
		.nr_slots = NR_BUFFERS,
		.buffers = memory,
		.buffer_len = BUFFER_LEN,
	};

	if (tzvmm_aes_xts_init(&disk->key, config->key) != TZVMM_OK) {
		return "disk: its key is none: the halves are equal";
	}
	if (tzvmm_crypt_init(&disk->crypt, &setup) != TZVMM_OK) {
		return "disk: its cipher's tables are wrong";
	}
	disk->dev = &disk->crypt.dev;
	return NULL;
}

static const char *open_disk(struct disk *disk,
			     const struct tzvmm_abi_bootpkg_disk *config,
			     uint8_t *memory)
{
	const bool read_only = config->policy == TZVMM_ABI_BOOTPKG_READ_ONLY;
	const bool overlaid = config->policy == TZVMM_ABI_BOOTPKG_OVERLAY;
	const char *failed = card_open(&disk->client, &disk->partition,
				       config->partition, read_only, overlaid);

	disk->dev = &disk->partition.dev;
	memcpy(disk->serial, config->serial, sizeof(config->serial));
	if (failed == NULL && overlaid) {
		failed = overlay_open(&disk->partition, config->store, &disk->dev);
	}
	/* Above it: what is in the store is ciphertext as well. */
	if (failed == NULL && config->cipher == TZVMM_ABI_BOOTPKG_AES_XTS) {
		failed = open_cipher(disk, config, memory);
	}
	return failed;
}

const char *disks_open(const struct tzvmm_boot *boot)
{
	const struct tzvmm_abi_bootpkg_disk *config = boot->disks;
	const char *failed = NULL;

	nr_guest_disks = boot->nr_disks;
	if (config == NULL) {
		config = &default_disk;
		nr_guest_disks = 1;
	}
	for (uint32_t i = 0; i < nr_guest_disks && failed == NULL; i++) {
		failed = open_disk(&disks[i], &config[i], buffers[i]);
	}
	/* Whatever failed: all of them. */
	for (uint32_t i = 0; i < nr_guest_disks; i++) {
		forget_key(&config[i]);
	}
	return failed;
}

/* ---- What the guest sees ------------------------------------------------ */

/* Device 1 is the console, whatever there is. */
static uint32_t device_number(uint32_t disk)
{
	return disk == 0u ? 0u : disk + 1u;
}

static enum tzvmm_status plug(uint32_t n, const struct tzvmm_port *port,
			      struct tzvmm_irqs *irqs)
{
	const struct tzvmm_virtio_blk_setup setup = {
		.name = "disk",
		.serial = disks[n].serial,
		.disk = disks[n].dev,
		.bus = {
			.mem = &port->ram,
			.irqs = irqs,
			.line = BOARD_LINE_VIRTIO0 + device_number(n),
			.sys = &platform_sys,
			.edge_line = BOARD_LINE_EDGE0 + device_number(n),
		},
		.queue_size = QUEUE_SIZE,
		.reqs = disks[n].reqs,
		.nr_reqs = NR_REQS,
		.sg = disks[n].sg,
		.nr_sg = NR_SG,
	};

	return tzvmm_virtio_blk_init(&guest_disks[n], &setup);
}

const char *disks_plug(const struct tzvmm_port *port, struct tzvmm_irqs *irqs)
{
	for (uint32_t i = 0; i < nr_guest_disks; i++) {
		if (plug(i, port, irqs) != TZVMM_OK) {
			return "a virtual disk's tables are wrong";
		}
	}
	return NULL;
}

/* What was taken from the guest. */
static void run_taken(void)
{
	overlays_run();
	for (uint32_t i = 0; i < nr_guest_disks; i++) {
		tzvmm_crypt_run(&disks[i].crypt);
	}
}

void disks_run(void)
{
	run_taken();
	for (uint32_t i = 0; i < nr_guest_disks; i++) {
		tzvmm_virtio_blk_run(&guest_disks[i]);
	}
}

bool disks_idle(void)
{
	run_taken();
	for (uint32_t i = 0; i < nr_guest_disks; i++) {
		if (tzvmm_crypt_busy(&disks[i].crypt)) {
			return false;
		}
	}
	return !card_busy() && !overlays_busy();
}

void disks_wipe(void)
{
	for (uint32_t i = 0; i < nr_guest_disks; i++) {
		tzvmm_aes_xts_wipe(&disks[i].key);
		/* Refused while the card has a buffer: that is ciphertext, and
		 * zeros in it would go to the card. */
		(void)!tzvmm_crypt_wipe(&disks[i].crypt);
	}
	/* A reset of the board loses what is in the caches, not what is in DDR. */
	tzvmm_dma_to_device(disks, sizeof(disks));
	tzvmm_dma_to_device(buffers, sizeof(buffers));
}

void disks_print_status(struct tzvmm_mux_source *out)
{
	for (uint32_t i = 0; i < nr_guest_disks; i++) {
		const struct tzvmm_virtio_stats *virtio =
			tzvmm_virtio_stats(&guest_disks[i].virtio);
		const struct tzvmm_virtio_blk_stats *blk =
			tzvmm_virtio_blk_stats(&guest_disks[i]);

		tzvmm_mux_print(out,
				"disk: %u requests, %u refused, %u failed, "
				"%u notifies, %u interrupts",
				(unsigned)blk->requests, (unsigned)blk->refused,
				(unsigned)blk->failed, (unsigned)virtio->notifies,
				(unsigned)virtio->interrupts);
	}
}

/* Since a request came, if nothing between the guest and the card has requests of
 * its own instead: else 0. */
static uint32_t age_us(const struct disk *disk, const struct tzvmm_blk_req *req,
		       uint64_t now_us)
{
	const bool plain = disk->dev == &disk->partition.dev;

	return plain ? tzvmm_record_duration(req->sched.start_us, now_us) : 0u;
}

static void report_disk(const struct disk *disk, const struct tzvmm_virtio_blk *vb,
			uint64_t now_us)
{
	for (uint32_t i = 0; i < NR_REQS; i++) {
		const struct tzvmm_blk_req *req =
			tzvmm_virtio_blk_served(vb, &disk->reqs[i]);

		if (req != NULL) {
			tzvmm_log(&platform_sys, TZVMM_LOG_INFO,
				  "report: disk: %c %u sectors at %llu, age %u us",
				  "rwfdz"[req->op], (unsigned)req -> nr_sectors,
				  (unsigned long long)req -> sector,
				  (unsigned)age_us(disk, req, now_us));
		}
	}
}

void disks_report(uint64_t now_us)
{
	for (uint32_t i = 0; i < nr_guest_disks; i++) {
		report_disk(&disks[i], &guest_disks[i], now_us);
	}
}
