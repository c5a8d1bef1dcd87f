/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <armv7a/cp15.h>
#include <armv7a/report.h>
#include <armv7a/trap.h>
#include <board.h>
#include <tzvmm/linux_log.h>
#include <tzvmm/liveness.h>
#include <tzvmm/log.h>

#include "card.h"
#include "console.h"
#include "disk.h"
#include "guest.h"
#include "platform.h"
#include "power.h"
#include "report_policy.h"

#define NR_IRQ_WORDS (TZVMM_NR_LINES / 32u) /* of any board */

/* One report by the watchdog in this time, however often a guest stops. */
#define INTERVAL_US 60000000u

/* The guest's log is searched for when it has booted, some pages a tick, and looked
 * at every second. */
#define SEARCH_AFTER_US 10000000u
#define SEARCH_AGAIN_US 60000000u
#define PAGES_PER_TICK 2048u
#define LOOK_US 1000000u
#define RECORDS_PER_LOOK 64u

/* A report searches 2 GiB of RAM, but for pages that only look like the one: those
 * of a hostile guest would keep the watchdog waiting. */
#define SEARCHES 256u

#define NR_RECORDS 64u /* of the log, in a report: an oops has some 40 */
#define NR_REQUESTS 8u /* to the card */
#define NR_EXITS 8u    /* of each kind */
#define LINES_AT_A_TIME 8u

#define SAY(...) tzvmm_log(&platform_sys, TZVMM_LOG_INFO, "report: " __VA_ARGS__)

static bool translate(void *ctx, uint32_t va, uint64_t *ipa)
{
	uint32_t pa = 0;
	const bool there = armv7a_guest_translate(va, &pa);

	(void)ctx;
	*ipa = pa;
	return there;
}

static const struct tzvmm_gmem ram = { board_ram, BOARD_NR_GUEST_BANKS };
static const struct tzvmm_linux_mem linux_mem = { &ram, translate, NULL };

static struct tzvmm_liveness liveness;
static struct tzvmm_linux_log linux_log;
static struct tzvmm_linux_record record;

static struct {
	const char *reason; /* of the report that is wanted, or NULL */
	bool hang;          /* the reason is a verdict, which may be taken back */
	bool asked;         /* by a user: nothing is done to the guest */
	bool told;          /* of the hang that goes on */
	uint64_t next_us;   /* earliest time of the next one */
	unsigned nr;
} report;

static struct {
	bool started; /* the guest's time is known */
	bool found;
	uint32_t cursor;
	uint64_t next_us;
	uint64_t tick_us; /* the last one */
	uint64_t held_us; /* by us, when it could do nothing */
} watch;

void report_guest_starts(void)
{
	const unsigned nr = report.nr;

	tzvmm_liveness_init(&liveness, REPORT_LIMIT_US);
	tzvmm_linux_log_init(&linux_log, &linux_mem);
	__builtin_memset(&report, 0, sizeof(report));
	__builtin_memset(&watch, 0, sizeof(watch));
	report.nr = nr;
}

/* ---- Has it stopped? ---------------------------------------------------- */

static const char *const reasons[] = {
	[TZVMM_ALIVE] = NULL,
	[TZVMM_DEAF] = "interrupts masked, and nothing asked of us",
	[TZVMM_UNSERVED] = "interrupts masked while one waits",
};

static unsigned nr_irq_words(void)
{
	return (board_irqchip.nr_lines + 31u) / 32u;
}

static bool has_pending(void)
{
	uint32_t pending = 0;

	for (unsigned n = 0; n < nr_irq_words(); n++) {
		pending |= board_irqs_pending(n);
	}
	return pending != 0u;
}

static void judge(uint64_t now_us)
{
	const struct tzvmm_vm_stats *stats = tzvmm_vm_stats(&guest_vm);
	const bool masked = (armv7a_guest_frame()->cpsr & CPSR_I) != 0u;
	const struct tzvmm_liveness_sample sample = {
		.masked = masked,
		.waiting = masked && armv7a_guest_waits(&ram),
		.pending = masked && has_pending(),
		.exits = stats->exits[TZVMM_EXIT_SMC] + stats->exits[TZVMM_EXIT_MMIO] +
			 stats->exits[TZVMM_EXIT_FAULT],
	};
	const enum tzvmm_verdict verdict =
		tzvmm_liveness_judge(&liveness, &sample, now_us);

	if (verdict == TZVMM_ALIVE) {
		report.reason = report.hang ? NULL : report.reason;
		report.hang = false;
		report.told = false;
	} else if (!report.told && report.reason == NULL) {
		report.reason = reasons[verdict];
		report.hang = true;
	}
}

/* A kernel that has panicked serves interrupts for ever: its log tells. */
static void look(void)
{
	for (unsigned i = 0; i < RECORDS_PER_LOOK; i++) {
		const enum tzvmm_status st =
			tzvmm_linux_log_next(&linux_log, &watch.cursor, &record);

		if (st == TZVMM_E_GUEST) {
			watch.found = false;
		}
		if (st == TZVMM_E_GUEST || st == TZVMM_E_EMPTY) {
			return;
		}
		if (st == TZVMM_OK && tzvmm_linux_log_is_panic(&record)) {
			report.reason = "its kernel has panicked";
			report.hang = false;
		}
	}
}

/* When the next look is due. */
static uint64_t search(uint64_t now_us)
{
	const enum tzvmm_status st = tzvmm_linux_log_find(&linux_log, PAGES_PER_TICK);

	if (st == TZVMM_OK) {
		watch.found = tzvmm_linux_log_tail(&linux_log, &watch.cursor,
						   UINT32_MAX) == TZVMM_OK;
	}
	return st == TZVMM_E_EMPTY ? now_us + SEARCH_AGAIN_US : now_us;
}

static void watch_log(uint64_t now_us)
{
	if (!watch.started) {
		watch.started = true;
		watch.next_us = now_us + SEARCH_AFTER_US;
	}
	if (now_us < watch.next_us) {
		return;
	}
	if (watch.found) {
		look();
		watch.next_us = now_us + LOOK_US;
	} else {
		watch.next_us = search(now_us);
	}
}

void report_tick(uint64_t now_us, bool guest_runs)
{
	tzvmm_vm_tick(&guest_vm, now_us);
	if (guest_runs) {
		judge(now_us - watch.held_us);
		watch_log(now_us);
	} else {
		watch.held_us += now_us - watch.tick_us;
	}
	watch.tick_us = now_us;
}

/* ---- The report --------------------------------------------------------- */

static void say_exits(enum tzvmm_exit_kind kind, const char *name)
{
	struct tzvmm_vm_trace trace;

	SAY("%s: %u in all", name, (unsigned)tzvmm_vm_stats(&guest_vm)->exits[kind]);
	for (uint32_t i = 0; i < NR_EXITS; i++) {
		if (tzvmm_vm_trace(&guest_vm, kind, i, &trace) != TZVMM_OK) {
			return;
		}
		SAY("%s %08x, pc %08x, %u ms ago", name, (unsigned)trace.what,
		    (unsigned)trace.pc, (unsigned)trace.age_ms);
	}
}

/* The tick interrupts the guest: that is where the CPU was. */
static void say_world(void)
{
	static const enum tzvmm_exit_kind own[] = { TZVMM_EXIT_SMC, TZVMM_EXIT_MMIO,
						    TZVMM_EXIT_FAULT };
	uint32_t age = UINT32_MAX;
	struct tzvmm_vm_trace trace;

	for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (tzvmm_vm_trace(&guest_vm, own[i], 0, &trace) == TZVMM_OK &&
		    trace.age_ms < age) {
			age = trace.age_ms;
		}
	}
	if (age == UINT32_MAX) {
		SAY("the normal world ran last; it never asked for the secure one");
	} else {
		SAY("the normal world ran last; it asked for the secure one %u ms "
		    "ago",
		    (unsigned)age);
	}
}

static void say_lines(const char *what, const uint32_t words[NR_IRQ_WORDS])
{
	char text[TZVMM_LOG_LINE - 32u] = " none";
	size_t len = 0;

	for (uint32_t line = 0; line < board_irqchip.nr_lines; line++) {
		if ((words[line / 32u] >> line % 32u & 1u) != 0u) {
			len += tzvmm_format(text + len, sizeof(text) - len, " %u",
					    (unsigned)line);
		}
	}
	SAY("%s:%s", what, text);
}

static void say_interrupts(void)
{
	uint32_t pending[NR_IRQ_WORDS], raised[NR_IRQ_WORDS];

	for (unsigned n = 0; n < nr_irq_words(); n++) {
		pending[n] = board_irqs_pending(n);
		raised[n] = tzvmm_irqs_levels(tzvmm_vm_irqs(&guest_vm), n);
	}
	say_lines("interrupts pending and enabled", pending);
	say_lines("interrupts raised by virtual devices", raised);
}

static uint32_t age_ms(uint64_t us)
{
	return tzvmm_record_duration(us, board_now_us(NULL)) / 1000u;
}

/* The recorder walks forwards only. */
static void say_requests(void)
{
	static struct tzvmm_abi_record_entry last[NR_REQUESTS];
	uint64_t cursor = 0;
	unsigned nr = 0;

	while (tzvmm_record_next(&card_record, &cursor, &last[nr % NR_REQUESTS]) ==
	       TZVMM_OK) {
		nr++;
	}
	for (unsigned i = nr < NR_REQUESTS ? 0u : nr - NR_REQUESTS; i < nr; i++) {
		const struct tzvmm_abi_record_entry *entry = &last[i % NR_REQUESTS];

		SAY("card: %c %u sectors at %llu, asked %u ms ago, took %u us: %s",
		    entry->op < TZVMM_ABI_RECORD_NR_OPS ? "rwfdz"[entry->op] : '?',
		    (unsigned)entry->nr_sectors, (unsigned long long)entry->sector,
		    (unsigned)age_ms(entry->start_us), (unsigned)entry->duration_us,
		    tzvmm_status_name((enum tzvmm_status) - entry->status));
	}
	card_report();
	disks_report(board_now_us(NULL));
}

/* A line feed would begin a line that is not the guest's. */
static void make_printable(char *text)
{
	for (; *text != '\0'; text++) {
		*text = (uint8_t)*text < ' ' ? '.' : *text;
	}
}

/* Nanoseconds with the point where the kernel has it; no division. */
static void say_record(void)
{
	char digits[24];
	char micros[7];
	const size_t seconds = tzvmm_format(digits, sizeof(digits), "%010llu",
					    (unsigned long long)record.time_ns) -
			       9u;

	(void)tzvmm_format(micros, sizeof(micros), "%s", &digits[seconds]);
	digits[seconds] = '\0';
	make_printable(record.text);
	SAY("log: [%s.%s] %s", digits, micros, record.text);
}

static void say_log(void)
{
	enum tzvmm_status st = TZVMM_E_BUSY;
	uint32_t cursor = 0;

	for (unsigned i = 0; i < SEARCHES && st == TZVMM_E_BUSY; i++) {
		st = tzvmm_linux_log_find(&linux_log, PAGES_PER_TICK);
	}
	if (st == TZVMM_OK) {
		st = tzvmm_linux_log_tail(&linux_log, &cursor, NR_RECORDS);
	}
	if (st != TZVMM_OK) {
		SAY("log: none found in the guest's memory");
		return;
	}
	for (unsigned i = 1; i <= NR_RECORDS; i++) {
		st = tzvmm_linux_log_next(&linux_log, &cursor, &record);
		if (st == TZVMM_OK) {
			say_record();
		} else if (st != TZVMM_E_BUSY) {
			return;
		}
		if (i % LINES_AT_A_TIME == 0u) {
			(void)console_flush();
		}
	}
}

static void print(const char *reason)
{
	SAY("%u: %s", ++report.nr, reason);
	say_world();
	armv7a_report_registers(&platform_sys);
	(void)console_flush();
	armv7a_report_stack(&platform_sys, &ram);
	(void)console_flush();
	say_exits(TZVMM_EXIT_SMC, "smc");
	say_exits(TZVMM_EXIT_MMIO, "mmio");
	(void)console_flush();
	say_exits(TZVMM_EXIT_FAULT, "fault");
	say_exits(TZVMM_EXIT_IRQ, "irq");
	(void)console_flush();
	say_requests();
	say_interrupts();
	(void)console_flush();
	say_log();
	SAY("end");
	(void)console_flush();
}

/* ---- When --------------------------------------------------------------- */

void report_want(void)
{
	report.asked = true;
}

void report_serve(void)
{
	const char *reason = report.reason;

	if (report.asked) {
		report.asked = false;
		print("asked for");
	}
	if (reason != NULL && board_now_us(NULL) >= report.next_us) {
		report.reason = NULL;
		report.hang = false;
		report.told = true;
		report.next_us = board_now_us(NULL) + INTERVAL_US;
		print(reason);
		power_want(report_on_hang);
	}
}
