/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_VM_H
#define TZVMM_VM_H

/** @file
 * A virtual machine and the one function that takes every exit of its guest. */

#include <stddef.h>
#include <stdint.h>

#include <tzvmm/irq.h>
#include <tzvmm/log.h>
#include <tzvmm/mmio.h>
#include <tzvmm/port/port.h>
#include <tzvmm/status.h>

/** Why the guest left the normal world. */
enum tzvmm_exit_kind {
	TZVMM_EXIT_SMC,   /**< It executed SMC. */
	TZVMM_EXIT_MMIO,  /**< It touched a closed or absent device. */
	TZVMM_EXIT_IRQ,   /**< A secure interrupt came; the port served it. */
	TZVMM_EXIT_FAULT, /**< An abort that is no decodable device access. */
	TZVMM_NR_EXIT_KINDS,
};

/** One exit, filled by the port on the way in. */
struct tzvmm_exit {
	enum tzvmm_exit_kind kind;     /**< Selects what below is valid. */
	uint32_t pc;                   /**< Guest's program counter. */
	uint32_t *smc;                 /**< SMC: r0 .. r7 in, r0 .. r3 out. */
	struct tzvmm_mmio_access mmio; /**< MMIO: in, and value out on a read. */
	uint32_t fault_status; /**< FAULT: the architecture's status register. */
	uint64_t fault_addr;   /**< FAULT: address, as far as it is known. */
};

/** What the port does after an exit. */
enum tzvmm_action {
	TZVMM_RESUME,  /**< Go on after the instruction. */
	TZVMM_ABORT,   /**< Give the guest an external abort. */
	TZVMM_OFF,     /**< The guest asked to be powered off. */
	TZVMM_RESET,   /**< The guest asked for a reset of the board. */
	TZVMM_RESTART, /**< The guest alone is to start anew. */
	TZVMM_STANDBY, /**< Wait for an interrupt, then resume. */
};

/** Counters of a VM; they wrap. */
struct tzvmm_vm_stats {
	uint32_t exits[TZVMM_NR_EXIT_KINDS]; /**< Exits by kind. */
	uint32_t smc_unknown;                /**< Calls answered NOT_SUPPORTED. */
	uint32_t mmio_refused; /**< Accesses answered with an abort. */
};

/** Exits of each kind that are remembered. */
#define TZVMM_VM_NR_TRACES 16u

/** An exit that was. */
struct tzvmm_vm_trace {
	uint32_t what; /**< SMC: r0. MMIO, FAULT: address, its low half. IRQ: 0. */
	uint32_t pc;   /**< Guest's program counter. MMIO: 0, it is not kept. */
	uint32_t age_ms; /**< Time between the ticks behind it and behind now, in
			  * units of 1024 us. */
};

/** What answers the SMCs of one owner [SMCCC]. Constant. */
struct tzvmm_smc_service {
	/** Bits 31:24 of the functions, for example TZVMM_SMCCC_OWNER_HYP. Those of
	 * the architecture and of the standard services are the library's own. */
	uint32_t owner;
	/** Answer a call: r0 .. r7 in, results out. Returns whether there is such a
	 * call; regs is unchanged if not. */
	bool (*call)(void *ctx, uint32_t *regs);
	void *ctx; /**< Handed to call. */
};

/** A virtual machine. Memory of the embedding code. */
struct tzvmm_vm {
	/** @cond PRIVATE */
	/* First: the shortest way to one. */
	uint32_t accesses[TZVMM_VM_NR_TRACES];
	struct {
		uint32_t what;
		uint32_t pc;
	} traces[TZVMM_NR_EXIT_KINDS][TZVMM_VM_NR_TRACES];
	const struct tzvmm_port *port;
	const struct tzvmm_mmio_region *regions;
	size_t nr_regions;
	const struct tzvmm_smc_service *services;
	size_t nr_services;
	struct tzvmm_irqs irqs;
	struct tzvmm_vm_stats stats;
	struct tzvmm_ratelimit limit;
	uint32_t stamp; /* of the last tick, in 1024 us */
	/* Ticks that found more exits than those before, the last ones of each
	 * kind; nr_marks runs freely. */
	struct {
		uint32_t exits;
		uint32_t stamp;
	} marks[TZVMM_NR_EXIT_KINDS][TZVMM_VM_NR_TRACES];
	uint32_t nr_marks[TZVMM_NR_EXIT_KINDS];

	/** @endcond */
};

/** Prepare a VM.
 *
 * @param vm         Caller's memory.
 * @param port       The board; checked by tzvmm_port_check().
 * @param regions    Emulated devices, the most used one first: they are searched
 *                   in this order. Borrowed, must outlive @p vm. May be NULL
 *                   when @p nr_regions is 0.
 * @param nr_regions Entries of @p regions.
 * @retval TZVMM_OK      Ready; no line is raised, every counter is 0.
 * @retval TZVMM_E_INVAL A region lacks a function, wraps, overlaps another one
 *                       or lies in guest RAM, or its ends are no multiples of
 *                       4; or the port is not usable. @p vm is unchanged. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_vm_init(struct tzvmm_vm *vm, const struct tzvmm_port *port,
	      const struct tzvmm_mmio_region *regions, size_t nr_regions);

/** Answer more SMCs than those of the architecture and the standard services.
 *
 * @param vm          Initialised.
 * @param services    One for each owner; the most used one first. Borrowed, must
 *                    outlive @p vm.
 * @param nr_services Entries.
 * @retval TZVMM_OK      Entered in place of those entered before.
 * @retval TZVMM_E_INVAL An owner is not free, or a function is missing; nothing
 *                       has changed. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_vm_serve(struct tzvmm_vm *vm, const struct tzvmm_smc_service *services,
	       size_t nr_services);

/** The lines through which devices interrupt the guest.
 *
 * @param vm The VM; its memory is enough, so that devices can be told before
 *           tzvmm_vm_init().
 * @return Part of @p vm. */
static inline struct tzvmm_irqs *tzvmm_vm_irqs(struct tzvmm_vm *vm)
{
	return &vm->irqs;
}

/** The counters.
 *
 * @param vm Initialised.
 * @return Part of @p vm. */
static inline const struct tzvmm_vm_stats *tzvmm_vm_stats(const struct tzvmm_vm *vm)
{
	return &vm->stats;
}

/** Tell what is remembered of exits the time, some times a second: an exit that
 * asked for it would cost twice as much.
 *
 * @param vm     Initialised.
 * @param now_us The clock. */
void tzvmm_vm_tick(struct tzvmm_vm *vm, uint64_t now_us);

/** Look back at an exit.
 *
 * @param vm    Initialised.
 * @param kind  Which kind; valid.
 * @param back  0 is the last one of its kind.
 * @param trace Filled on success.
 * @retval TZVMM_OK      @p trace is that exit.
 * @retval TZVMM_E_EMPTY There were not so many, or it is forgotten. */
TZVMM_NODISCARD enum tzvmm_status
tzvmm_vm_trace(const struct tzvmm_vm *vm, enum tzvmm_exit_kind kind, uint32_t back,
	       struct tzvmm_vm_trace *trace);

/** Take an exit. Runs to completion, never blocks or waits for the guest;
 * interrupts raised meanwhile are flushed before it returns.
 *
 * @param vm   The VM.
 * @param exit The exit; answers are written into it.
 * @return What the port has to do.
 * @note Context: secure world, serialised for one VM; for example Monitor mode
 *       with IRQ and FIQ masked. */
enum tzvmm_action tzvmm_vm_exit(struct tzvmm_vm *vm, struct tzvmm_exit *exit);

#endif /* TZVMM_VM_H */
