/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/smccc.h>
#include <tzvmm/vm.h>

/* A call of the guest is the shortest way through tzvmm_vm_exit() and the one
 * that is measured: what the others need stays out of its frame. */
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((noinline, cold))

/* Whether [a, a + a_len) and [b, b + b_len) meet; neither wraps or is empty. */
static bool ranges_meet(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a - b < b_len || b - a < a_len;
}

static bool is_complete(const struct tzvmm_mmio_region *region)
{
	return region->name != NULL && region->ops != NULL &&
	       region->ops->read != NULL && region->ops->write != NULL;
}

/* Registers are words: what is aligned in the guest's map is aligned in the
 * region, and a region ends where a word ends. */
static bool is_sane(const struct tzvmm_mmio_region *region)
{
	return region->len != 0u && (region->ipa % 4u | region->len % 4u) == 0u &&
	       region->ipa + region->len > region->ipa;
}

static bool meets_ram(const struct tzvmm_mmio_region *region,
		      const struct tzvmm_gmem *ram)
{
	for (size_t i = 0; i < ram->nr_windows; i++) {
		if (ranges_meet(region->ipa, region->len, ram->windows[i].ipa,
				ram->windows[i].len)) {
			return true;
		}
	}
	return false;
}

static bool meets_earlier(const struct tzvmm_mmio_region *regions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ranges_meet(regions[i].ipa, regions[i].len, regions[n].ipa,
				regions[n].len)) {
			return true;
		}
	}
	return false;
}

enum tzvmm_status tzvmm_vm_init(struct tzvmm_vm *vm, const struct tzvmm_port *port,
				const struct tzvmm_mmio_region *regions,
				size_t nr_regions)
{
	const char *why;

	if (tzvmm_port_check(port, &why) != TZVMM_OK ||
	    (regions == NULL && nr_regions > 0u)) {
		return TZVMM_E_INVAL;
	}
	for (size_t i = 0; i < nr_regions; i++) {
		if (!is_complete(&regions[i]) || !is_sane(&regions[i]) ||
		    meets_ram(&regions[i], &port->ram) || meets_earlier(regions, i)) {
			return TZVMM_E_INVAL;
		}
	}
	memset(vm, 0, sizeof(*vm));
	vm->port = port;
	vm->regions = regions;
	vm->nr_regions = nr_regions;
	tzvmm_irqs_init(&vm->irqs, port->irqchip);
	return TZVMM_OK;
}

/* Count an exit and remember it: the counter says where. */
static inline void count(struct tzvmm_vm *vm, enum tzvmm_exit_kind kind,
			 const struct tzvmm_exit *exit, uint32_t what, uint32_t more)
{
	const uint32_t n = vm->stats.exits[kind]++;
	struct tzvmm_vm_trace *trace = &vm->traces[kind][n % TZVMM_VM_NR_TRACES];

	/* Computed once: else each store has a way of its own to its place. */
	__asm__("" : "+r"(trace));
	*trace = (struct tzvmm_vm_trace){ what, more, exit->pc, vm->stamp };
}

const struct tzvmm_vm_trace *tzvmm_vm_trace(const struct tzvmm_vm *vm,
					    enum tzvmm_exit_kind kind, uint32_t back)
{
	const uint32_t nr = vm->stats.exits[kind];

	if (back >= TZVMM_VM_NR_TRACES || back >= nr) {
		return NULL;
	}
	return &vm->traces[kind][(nr - 1u - back) % TZVMM_VM_NR_TRACES];
}

static COLD enum tzvmm_action refuse_mmio(struct tzvmm_vm *vm,
					  const struct tzvmm_exit *exit,
					  const char *name, enum tzvmm_status status)
{
	const struct tzvmm_mmio_access *access = &exit->mmio;

	vm->stats.mmio_refused++;
	tzvmm_log_limited(vm->port->sys, &vm->limit, TZVMM_LOG_WARN,
			  "guest %s of %u bytes at 0x%08llx (%s) refused: %s, pc "
			  "0x%08x",
			  access->write ? "write" : "read", access->size,
			  (unsigned long long)access->ipa, name,
			  tzvmm_status_name(status), (unsigned)exit->pc);
	return TZVMM_ABORT;
}

static enum tzvmm_status do_access(const struct tzvmm_mmio_region *region,
				   struct tzvmm_mmio_access *access)
{
	const uint32_t offset = (uint32_t)(access->ipa - region->ipa);
	const uint32_t mask = UINT32_MAX >> (32u - 8u * access->size);
	enum tzvmm_status status;

	if (access->write) {
		return region->ops->write(region->ctx, offset, access->size,
					  access->value & mask);
	}
	access->value = 0;
	status = region->ops->read(region->ctx, offset, access->size, &access->value);
	/* A device that answers more than was asked leaks nothing; one that
	 * refuses answers nothing. */
	access->value = status == TZVMM_OK ? access->value & mask : 0u;
	return status;
}

static enum tzvmm_action take_mmio(struct tzvmm_vm *vm, struct tzvmm_exit *exit)
{
	const struct tzvmm_mmio_region *region =
		tzvmm_mmio_find(vm->regions, vm->nr_regions, &exit->mmio);
	enum tzvmm_status status;

	count(vm, TZVMM_EXIT_MMIO, exit, (uint32_t)exit->mmio.ipa,
	      exit->mmio.size | (exit->mmio.write ? 0x100u : 0u));
	if (region == NULL) {
		return refuse_mmio(vm, exit, "no device", TZVMM_E_NODEV);
	}
	status = do_access(region, &exit->mmio);
	if (status != TZVMM_OK) {
		return refuse_mmio(vm, exit, region->name, status);
	}
	return TZVMM_RESUME;
}

static COLD enum tzvmm_action take_fault(struct tzvmm_vm *vm,
					 const struct tzvmm_exit *exit)
{
	count(vm, TZVMM_EXIT_FAULT, exit, (uint32_t)exit->fault_addr,
	      exit->fault_status);
	tzvmm_log_limited(vm->port->sys, &vm->limit, TZVMM_LOG_WARN,
			  "guest fault: status 0x%x, address 0x%08llx, pc 0x%08x",
			  (unsigned)exit->fault_status,
			  (unsigned long long)exit->fault_addr, (unsigned)exit->pc);
	return TZVMM_ABORT;
}

static NOINLINE enum tzvmm_action take_other(struct tzvmm_vm *vm,
					     struct tzvmm_exit *exit)
{
	if (exit->kind == TZVMM_EXIT_MMIO) {
		return take_mmio(vm, exit);
	}
	if (exit->kind == TZVMM_EXIT_IRQ) {
		count(vm, TZVMM_EXIT_IRQ, exit, 0, 0);
		return TZVMM_RESUME;
	}
	return take_fault(vm, exit);
}

enum tzvmm_action tzvmm_vm_exit(struct tzvmm_vm *vm, struct tzvmm_exit *exit)
{
	enum tzvmm_action action;

	if (exit->kind == TZVMM_EXIT_SMC) {
		count(vm, TZVMM_EXIT_SMC, exit, exit->smc[0], exit->smc[1]);
		action = tzvmm_smccc_call(vm, exit->smc);
	} else {
		action = take_other(vm, exit);
	}
	tzvmm_irqs_flush(&vm->irqs);
	return action;
}
