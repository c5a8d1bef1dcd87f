/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMC front. Results are committed after every check, so a refused call
 * changes r0 alone. */

#include <tzvmm/hypercall.h>

/* NULL where there is none. */
static struct tzvmm_virtio *device(const struct tzvmm_hypercalls *calls, uint32_t n)
{
	return n < calls->nr_devices ? calls->devices[n] : NULL;
}

static bool has_edges(const struct tzvmm_hypercalls *calls)
{
	bool any = false;

	for (uint32_t i = 0; i < calls->nr_devices; i++) {
		any |= calls->devices[i] != NULL &&
		       tzvmm_virtio_has_edges(calls->devices[i]);
	}
	return any;
}

static uint32_t features(const struct tzvmm_hypercalls *calls, uint32_t *regs)
{
	if (regs[1] != 0u) {
		return TZVMM_SMC_INVALID;
	}
	regs[1] = (calls->console != NULL ? TZVMM_SMC_HAS_CONSOLE : 0u) |
		  (calls->nr_devices != 0u ? TZVMM_SMC_HAS_VIRTIO : 0u) |
		  (has_edges(calls) ? TZVMM_SMC_HAS_EDGES : 0u);
	regs[2] = calls->nr_devices;
	regs[3] = 0;
	return TZVMM_SMC_SUCCESS;
}

static uint32_t console_write(struct tzvmm_smc_console *console, const uint32_t *regs)
{
	if (console == NULL) {
		return TZVMM_SMC_NOT_SUPPORTED;
	}
	return regs[1] > TZVMM_SMC_WRITE_MAX
		       ? TZVMM_SMC_INVALID
		       : tzvmm_smc_console_write(console, &regs[2], regs[1]);
}

static uint32_t console_read(struct tzvmm_smc_console *console, uint32_t *regs)
{
	if (console == NULL) {
		return TZVMM_SMC_NOT_SUPPORTED;
	}
	return regs[1] > TZVMM_SMC_READ_MAX
		       ? TZVMM_SMC_INVALID
		       : tzvmm_smc_console_read(console, &regs[1], regs[1]);
}

static bool is_register(uint32_t offset, uint32_t size)
{
	return (size == 1u || size == 2u || size == 4u) &&
	       (offset & (size - 1u)) == 0u && offset < TZVMM_VIRTIO_REGS_LEN;
}

/* Calls about one device; regs[1] names it. */
static uint32_t device_call(struct tzvmm_virtio *vio, uint32_t *regs)
{
	if (vio == NULL) {
		return TZVMM_SMC_INVALID;
	}
	switch (regs[0]) {
	case TZVMM_SMC_VIRTIO_NOTIFY:
		tzvmm_virtio_notify(vio, regs[2]);
		return TZVMM_SMC_SUCCESS;
	case TZVMM_SMC_VIRTIO_INTERRUPT:
		regs[1] = tzvmm_virtio_read(vio, TZVMM_VIRTIO_INTERRUPT_STATUS, 4);
		tzvmm_virtio_write(vio, TZVMM_VIRTIO_INTERRUPT_ACK, 4, regs[1]);
		return TZVMM_SMC_SUCCESS;
	default:
		break;
	}
	if (!is_register(regs[2], regs[3])) {
		return TZVMM_SMC_INVALID;
	}
	if (regs[0] == TZVMM_SMC_VIRTIO_READ) {
		regs[1] = tzvmm_virtio_read(vio, regs[2], regs[3]);
	} else {
		tzvmm_virtio_write(vio, regs[2], regs[3], regs[4]);
	}
	return TZVMM_SMC_SUCCESS;
}

static uint32_t set_edges(const struct tzvmm_hypercalls *calls, const uint32_t *regs)
{
	struct tzvmm_virtio *vio = device(calls, regs[1]);

	if (vio == NULL || regs[2] > 1u) {
		return TZVMM_SMC_INVALID;
	}
	return tzvmm_virtio_set_edges(vio, regs[2] != 0u) == TZVMM_OK
		       ? TZVMM_SMC_SUCCESS
		       : TZVMM_SMC_NOT_SUPPORTED;
}

static void call_uid(uint32_t *regs)
{
	regs[0] = TZVMM_SMC_UID_0;
	regs[1] = TZVMM_SMC_UID_1;
	regs[2] = TZVMM_SMC_UID_2;
	regs[3] = TZVMM_SMC_UID_3;
}

bool tzvmm_hypercall(void *ctx, uint32_t *regs)
{
	const struct tzvmm_hypercalls *calls = ctx;

	switch (regs[0]) {
	case TZVMM_SMC_VIRTIO_NOTIFY:
	case TZVMM_SMC_VIRTIO_INTERRUPT:
	case TZVMM_SMC_VIRTIO_READ:
	case TZVMM_SMC_VIRTIO_WRITE:
		regs[0] = device_call(device(calls, regs[1]), regs);
		return true;
	case TZVMM_SMC_VIRTIO_EDGES:
		regs[0] = set_edges(calls, regs);
		return true;
	case TZVMM_SMC_CONSOLE_WRITE:
		regs[0] = console_write(calls->console, regs);
		return true;
	case TZVMM_SMC_CONSOLE_READ:
		regs[0] = console_read(calls->console, regs);
		return true;
	case TZVMM_SMC_FEATURES:
		regs[0] = features(calls, regs);
		return true;
	case TZVMM_SMC_CALL_COUNT:
		regs[0] = TZVMM_SMC_NR_CALLS;
		return true;
	case TZVMM_SMC_CALL_UID:
		call_uid(regs);
		return true;
	case TZVMM_SMC_REVISION:
		regs[0] = TZVMM_SMC_MAJOR;
		regs[1] = TZVMM_SMC_MINOR;
		return true;
	default:
		return false;
	}
}
