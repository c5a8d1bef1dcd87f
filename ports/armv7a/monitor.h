/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TZVMM_ARMV7A_MONITOR_H
#define TZVMM_ARMV7A_MONITOR_H

/** @file
 * The reference monitor: every exit of the guest is taken in Monitor mode with
 * IRQ and FIQ masked and ends in tzvmm_vm_exit(). The guest's banked registers
 * stay where they are; only r0-r12 and the return state are saved. Compiled
 * without VFP, so nothing of that is touched either. */

#include <stdint.h>

#include <tzvmm/vm.h>

/** The guest's state that the world switch saves; the assembly builds it. */
struct armv7a_frame {
	uint32_t r[13]; /**< r0 .. r12 (the user bank's r8 .. r12). */
	uint32_t pc;    /**< Where the guest goes on. */
	uint32_t cpsr;  /**< Its status register. */
};

/** An output that shows which world runs: one store on each way, docs/led.md. A
 * board without one points it at a word of memory. The assembly knows the order. */
struct armv7a_led {
	uint32_t secure; /**< Value while the secure world runs. */
	uintptr_t addr;  /**< Data register. */
	uint32_t guest;  /**< Value while the guest runs. */
};

/** What the embedding code gives the monitor. */
struct armv7a_monitor_ops {
	/** Serve the secure interrupts that are pending. */
	void (*irq)(void);
	/** The guest is to be switched off or reset. Does not return. */
	void (*stop)(enum tzvmm_action action) __attribute__((noreturn));
	/** Something of ours is broken; text is one line. Does not return. */
	void (*fatal)(const char *text) __attribute__((noreturn));
};

/** The LED that the assembly drives; set before the guest starts. */
extern struct armv7a_led armv7a_led;

/** Take over Monitor mode's vectors for a VM.
 *
 * @param vm  The VM; borrowed for ever.
 * @param ops Functions; borrowed for ever, all set.
 * @note Context: Monitor mode, IRQ and FIQ masked. */
void armv7a_monitor_init(struct tzvmm_vm *vm, const struct armv7a_monitor_ops *ops);

/** Start the guest as the Linux boot protocol wants it: SVC mode, MMU and
 * caches off, its interrupts (IRQ) masked. FIQ and asynchronous aborts go to the
 * monitor and are never masked while the guest runs.
 *
 * @param entry First instruction, guest physical.
 * @param r0    0 for Linux.
 * @param r1    Machine type; all ones with a device tree.
 * @param r2    Device tree or tag list, guest physical.
 * @note Context: as armv7a_monitor_init(). */
void armv7a_monitor_enter(uint32_t entry, uint32_t r0, uint32_t r1, uint32_t r2)
	__attribute__((noreturn));

#endif /* TZVMM_ARMV7A_MONITOR_H */
