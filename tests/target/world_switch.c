/* SPDX-License-Identifier: BSD-2-Clause */
/* The world switch on a CPU without a board: nothing of the guest is lost
 * on an exit but the answer's register, in no mode. */
#include <armv7a/bank.h>
#include <armv7a/cp15.h>
#include <armv7a/monitor.h>

#include <tzvmm/psci.h>
#include <tzvmm/smccc.h>

#include "machine.h"
#include "semihost.h"

void tzvmm_monitor_main(void);
extern const uint8_t guest_start[];
extern const volatile uint32_t guest_answers[3], guest_failures, guest_first_cpsr;
extern const volatile uint32_t guest_left_over;

static unsigned failures;
static struct tzvmm_vm vm;
static uint32_t led;

static void check(bool ok, const char *what)
{
	semihost_print(ok ? "ok - " : "FAIL - ");
	semihost_print(what);
	semihost_print("\n");
	failures += ok ? 0u : 1u;
}

static void no_irq(void)
{
}

static void __attribute__((noreturn)) fatal(const char *text)
{
	check(false, text);
	semihost_exit(1);
}

/* A mode's bank as the guest left it, then written by us and read again. */
static void check_bank(uint32_t mode, uint32_t sp, const char *what)
{
	struct armv7a_bank bank, again;
	bool ok;

	armv7a_bank_read(mode, &bank);
	ok = bank.r[5] == sp && bank.r[6] == sp + 1u;
	bank.r[5] += 0x10u;
	bank.r[6] += 0x20u;
	bank.r[0] += mode == MODE_FIQ ? 1u : 0u;
	armv7a_bank_write(mode, &bank);
	armv7a_bank_read(mode, &again);
	ok = ok && again.r[5] == sp + 0x10u && again.r[6] == sp + 0x21u;
	check(ok && (mode != MODE_FIQ || again.r[0] == bank.r[0]), what);
}

static bool has_timer(void)
{
	return (armv7a_read_id_pfr1() & PFR1_TIMER) != 0u;
}

/* Between the guest's time and the CPU's: what was before us may have moved it. */
static void set_time_offset(uint32_t offset)
{
	const uint32_t scr = armv7a_read_scr();

	armv7a_write_scr(scr | SCR_NS);
	armv7a_isb();
	__asm__ volatile("mcrr p15, 4, %0, %0, c14" : : "r"(offset));
	armv7a_write_cnthctl(0);
	armv7a_write_scr(scr);
	armv7a_isb();
}

static bool time_is_moved(void)
{
	uint32_t low, high;

	__asm__ volatile("mrrc p15, 4, %0, %1, c14" : "=r"(low), "=r"(high));
	return (low | high) != 0u || armv7a_read_cnthctl() != CNTHCTL_PL1;
}

static void __attribute__((noreturn)) start(void)
{
	if (has_timer()) {
		set_time_offset(5);
	}
	armv7a_monitor_enter((uint32_t)(uintptr_t)guest_start, 0, UINT32_MAX, 0);
}

static void __attribute__((noreturn)) stop(enum tzvmm_action action)
{
	if (action == TZVMM_RESTART) {
		start();
	}
	check(action == TZVMM_OFF, "SYSTEM_OFF reaches the embedding code");
	/* A Cortex-A8 obeys them in the normal world, which cannot clear them. */
	check((guest_first_cpsr & (CPSR_F | CPSR_A)) == 0u,
	      "the guest starts with no mask on what goes to the monitor");
	check(guest_left_over == 0u,
	      "a guest that starts anew finds no old context");
	check(guest_failures == 0u, "an exit keeps r1-r12, flags and all banks");
	check(guest_answers[0] == 0x10001u, "PSCI_VERSION answers 1.1");
	check(guest_answers[1] == TZVMM_SMCCC_NOT_SUPPORTED, "unknown call");
	check(guest_answers[2] == 0x10001u, "PSCI_VERSION again");
	check(vm.stats.exits[TZVMM_EXIT_SMC] == 5u, "five exits were counted");
	check(led == 1u, "the LED shows the secure world");
	check_bank(MODE_USR, 0x5a5a1f00u, "bank of user mode");
	check_bank(MODE_FIQ, 0x5a5a1100u, "bank of FIQ mode");
	check_bank(MODE_SVC, 0x5a5a1300u, "bank of SVC mode");
	check_bank(MODE_ABT, 0x5a5a1700u, "bank of abort mode");
	check((armv7a_read_scr() & SCR_NS) != 0u, "SCR is as it was");
	check(!has_timer() || !time_is_moved(), "the guest's time is the CPU's");
	semihost_exit(failures == 0u ? 0 : 1);
}

static const struct armv7a_monitor_ops ops = { no_irq, stop, fatal };

void tzvmm_monitor_main(void)
{
	armv7a_mmu_enable(machine_map, MACHINE_NR_MAP);
	if (tzvmm_vm_init(&vm, &machine_port, NULL, 0) != TZVMM_OK) {
		fatal("tzvmm_vm_init");
	}
	armv7a_monitor_init(&vm, &ops);
	armv7a_led = (struct armv7a_led){ 1, (uintptr_t)&led, 2 };
	start();
}
