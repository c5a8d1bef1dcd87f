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
			 uint32_t what, uint32_t pc)
{
	const uint32_t n = vm->stats.exits[kind]++ % TZVMM_VM_NR_TRACES;

	vm->traces[kind][n].what = what;
	vm->traces[kind][n].pc = pc;
}

/* Less of what is measured most. */
static inline void count_access(struct tzvmm_vm *vm, uint64_t ipa)
{
	const uint32_t n = vm->stats.exits[TZVMM_EXIT_MMIO]++;

	vm->accesses[n % TZVMM_VM_NR_TRACES] = (uint32_t)ipa;
}

void tzvmm_vm_tick(struct tzvmm_vm *vm, uint64_t now_us)
{
	vm->stamp = (uint32_t)(now_us >> 10);
	for (unsigned kind = 0; kind < TZVMM_NR_EXIT_KINDS; kind++) {
		const uint32_t exits = vm->stats.exits[kind];
		const uint32_t nr = vm->nr_marks[kind];

		if (nr > 0u &&
		    vm->marks[kind][(nr - 1u) % TZVMM_VM_NR_TRACES].exits == exits) {
			continue;
		}
		vm->marks[kind][nr % TZVMM_VM_NR_TRACES].exits = exits;
		vm->marks[kind][nr % TZVMM_VM_NR_TRACES].stamp = vm->stamp;
		vm->nr_marks[kind]++;
	}
}

/* When the first tick came that had seen so many exits. */
static uint32_t stamp_of(const struct tzvmm_vm *vm, enum tzvmm_exit_kind kind,
			 uint32_t exits)
{
	const uint32_t nr = vm->nr_marks[kind];
	uint32_t stamp = vm->stamp;

	for (uint32_t back = 1; back <= TZVMM_VM_NR_TRACES && back <= nr; back++) {
		const uint32_t n = (nr - back) % TZVMM_VM_NR_TRACES;

		if (vm->marks[kind][n].exits - exits > INT32_MAX) {
			break;
		}
		stamp = vm->marks[kind][n].stamp;
	}
	return stamp;
}

enum tzvmm_status tzvmm_vm_trace(const struct tzvmm_vm *vm, enum tzvmm_exit_kind kind,
				 uint32_t back, struct tzvmm_vm_trace *trace)
{
	const uint32_t exits = vm->stats.exits[kind];
	const uint32_t n = (exits - 1u - back) % TZVMM_VM_NR_TRACES;

	if (back >= TZVMM_VM_NR_TRACES || back >= exits) {
		return TZVMM_E_EMPTY;
	}
	*trace = (struct tzvmm_vm_trace){
		.what = kind == TZVMM_EXIT_MMIO ? vm->accesses[n]
						: vm->traces[kind][n].what,
		.pc = vm->traces[kind][n].pc,
		.age_ms = vm->stamp - stamp_of(vm, kind, exits - back),
	};
	return TZVMM_OK;
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

	count_access(vm, exit->mmio.ipa);
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
	count(vm, TZVMM_EXIT_FAULT, (uint32_t)exit->fault_addr, exit->pc);
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
		count(vm, TZVMM_EXIT_IRQ, 0, exit->pc);
		return TZVMM_RESUME;
	}
	return take_fault(vm, exit);
}

enum tzvmm_action tzvmm_vm_exit(struct tzvmm_vm *vm, struct tzvmm_exit *exit)
{
	enum tzvmm_action action;

	if (exit->kind == TZVMM_EXIT_SMC) {
		count(vm, TZVMM_EXIT_SMC, exit->smc[0], exit->pc);
		action = tzvmm_smccc_call(vm, exit->smc);
	} else {
		action = take_other(vm, exit);
	}
	tzvmm_irqs_flush(&vm->irqs);
	return action;
}
