// SPDX-License-Identifier: BSD-2-Clause
/* A TCG plugin that counts executed instructions from one address to another.
 *
 *   -plugin libcount.so,begin=ADDR,end=ADDR,out=FILE[,from=ADDR,to=ADDR][,blocks=1]
 *                      [,hit=ADDR]...
 *
 * A measurement starts with the instruction at begin, the last one before end,
 * which is counted, and ends before the one at end. At exit FILE gets a line
 * "interval N" for each and a line "pc ADDR N" for each instruction executed in any
 * of them. With from and to only instructions of [from, to) are counted, which
 * costs nothing elsewhere: a whole system boots at full speed. With blocks=1
 * instructions are counted by translated block, which is fast too, tells nothing of
 * single ones, and counts too many where an exception leaves a block. Behind the
 * number of an interval comes how often each hit, the start of a block, was
 * executed in it. One virtual CPU. */

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What is used of QEMU's plugin interface, version 1 ------------------ */

struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS
};

typedef void (*tb_trans_cb)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*insn_exec_cb)(unsigned int cpu, void *userdata);
typedef void (*exit_cb)(uint64_t id, void *userdata);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, tb_trans_cb cb);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    insn_exec_cb cb,
					    enum qemu_plugin_cb_flags flags,
					    void *userdata);
enum qemu_plugin_op {
	QEMU_PLUGIN_INLINE_ADD_U64
};

void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb,
					      enum qemu_plugin_op op, void *ptr,
					      uint64_t imm);
void qemu_plugin_register_atexit_cb(uint64_t id, exit_cb cb, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t idx);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#define EXPORT __attribute__((visibility("default")))

EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

int qemu_plugin_version = 1;

/* ---- Counting ----------------------------------------------------------- */

#define MAX_INTERVALS 100000u
#define MAX_HITS 4u

/* A translated instruction. One that is translated anew gets another one. */
struct insn {
	struct insn *next;
	uint64_t pc;
	uint64_t count;
};

static struct {
	uint64_t begin, end, from, to, blocks;
	const char *out;
	struct insn *insns;
	uint64_t current, executed;
	bool active;
	unsigned nr_intervals;
	uint64_t intervals[MAX_INTERVALS];
	unsigned nr_hits;
	uint64_t hits[MAX_HITS], nr_hit[MAX_HITS];
	uint64_t hits_of[MAX_INTERVALS][MAX_HITS];
} counter = { .to = UINT64_MAX };

static void on_insn(unsigned int cpu, void *userdata)
{
	struct insn *insn = userdata;

	(void)cpu;
	if (insn->pc == counter.begin) {
		counter.active = true;
		counter.current = 0;
	} else if (insn->pc == counter.end && counter.active) {
		counter.active = false;
		if (counter.nr_intervals < MAX_INTERVALS) {
			counter.intervals[counter.nr_intervals++] = counter.current;
		}
	}
	if (counter.active) {
		counter.current++;
		insn->count++;
	}
}

static bool is_hit(uint64_t pc)
{
	for (unsigned i = 0; i < counter.nr_hits; i++) {
		if (counter.hits[i] == pc) {
			counter.nr_hit[i]++;
			return true;
		}
	}
	return false;
}

/* begin and end are where blocks start, as functions do. */
static void on_mark(unsigned int cpu, void *userdata)
{
	const struct insn *insn = userdata;

	(void)cpu;
	if (is_hit(insn->pc)) {
		return;
	}
	if (insn->pc == counter.begin) {
		counter.active = true;
		counter.current = counter.executed;
		memset(counter.nr_hit, 0, sizeof(counter.nr_hit));
	} else if (counter.active) {
		counter.active = false;
		if (counter.nr_intervals < MAX_INTERVALS) {
			memcpy(counter.hits_of[counter.nr_intervals],
			       counter.nr_hit, sizeof(counter.nr_hit));
			counter.intervals[counter.nr_intervals++] =
				counter.executed - counter.current;
		}
	}
}

static bool is_of_interest(uint64_t pc)
{
	for (unsigned i = 0; i < counter.nr_hits; i++) {
		if (counter.hits[i] == pc) {
			return true;
		}
	}
	return pc == counter.begin || pc == counter.end ||
	       (pc >= counter.from && pc < counter.to && counter.blocks == 0u);
}

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	if (counter.blocks != 0u) {
		qemu_plugin_register_vcpu_tb_exec_inline(
			tb, QEMU_PLUGIN_INLINE_ADD_U64, &counter.executed,
			qemu_plugin_tb_n_insns(tb));
	}
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *from = qemu_plugin_tb_get_insn(tb, i);
		const uint64_t pc = qemu_plugin_insn_vaddr(from);
		struct insn *insn;

		if (!is_of_interest(pc)) {
			continue;
		}
		insn = calloc(1, sizeof(*insn));
		if (insn == NULL) {
			abort();
		}
		insn->pc = pc;
		insn->next = counter.insns;
		counter.insns = insn;
		qemu_plugin_register_vcpu_insn_exec_cb(
			from, counter.blocks != 0u ? on_mark : on_insn,
			QEMU_PLUGIN_CB_NO_REGS, insn);
	}
}

static void on_exit_report(uint64_t id, void *userdata)
{
	FILE *file = fopen(counter.out, "w");

	(void)id;
	(void)userdata;
	if (file == NULL) {
		fprintf(stderr, "count: %s: %s\n", counter.out, strerror(errno));
		return;
	}
	for (unsigned i = 0; i < counter.nr_intervals; i++) {
		fprintf(file, "interval %" PRIu64, counter.intervals[i]);
		for (unsigned n = 0; n < counter.nr_hits; n++) {
			fprintf(file, " %" PRIu64, counter.hits_of[i][n]);
		}
		fputc('\n', file);
	}
	for (const struct insn *insn = counter.insns; insn != NULL;
	     insn = insn->next) {
		if (insn->count != 0u) {
			fprintf(file, "pc %" PRIx64 " %" PRIu64 "\n", insn->pc,
				insn->count);
		}
	}
	(void)fclose(file);
}

static bool take_address(const char *arg, const char *name, uint64_t *value)
{
	const size_t len = strlen(name);

	if (strncmp(arg, name, len) != 0 || arg[len] != '=') {
		return false;
	}
	*value = strtoull(arg + len + 1u, NULL, 0);
	return true;
}

static bool take_hit(const char *arg)
{
	return counter.nr_hits < MAX_HITS &&
	       take_address(arg, "hit", &counter.hits[counter.nr_hits]) &&
	       ++counter.nr_hits != 0u;
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "out=", 4) == 0) {
			counter.out = strdup(argv[i] + 4);
		} else if (!take_hit(argv[i]) &&
			   !take_address(argv[i], "begin", &counter.begin) &&
			   !take_address(argv[i], "end", &counter.end) &&
			   !take_address(argv[i], "from", &counter.from) &&
			   !take_address(argv[i], "to", &counter.to) &&
			   !take_address(argv[i], "blocks", &counter.blocks)) {
			fprintf(stderr, "count: unknown argument %s\n", argv[i]);
			return -1;
		}
	}
	if (counter.out == NULL || counter.begin == 0u || counter.end == 0u) {
		fprintf(stderr, "count: begin, end and out are needed\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_report, NULL);
	return 0;
}
