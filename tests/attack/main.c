/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that tries every entry of the generated list of attacks and prints what
 * became of each (docs/attack-test.md). Each is tried once and undone where it went
 * through, so that the rest still says something. */
#include <stddef.h>

#include "../hostile/target/masters.h"
#include "../hostile/target/say.h"
#include "attacks.h"

#define NONSENSE 0xDEADBEEFu

void hostile_main(void);
void hostile_smc(uint32_t regs[8]);

enum verdict {
	PASS,
	FAIL,
	SKIP
};

/* What became of an attack: a word, and what was read. */
struct outcome {
	enum verdict verdict;
	const char *got;
	uint32_t value;
};

static uint8_t room[GUEST_HALF_LEN] __attribute__((aligned(4096)));
static struct guest_half half = { .smc = hostile_smc, .mem = room };
static unsigned count[3];

static uint32_t nr_aborts(void)
{
	__asm__ volatile("dsb\n\tisb" ::: "memory");
	return *(volatile uint32_t *)&hostile_aborts;
}

/* Whether it was let through. */
static bool peek(const struct attack *a, uint32_t *value)
{
	const uint32_t before = nr_aborts();

	*value = a->width == 16u ? *(volatile uint16_t *)(uintptr_t)a->address
				 : hostile_peek(a->address);
	return nr_aborts() == before;
}

static bool poke(const struct attack *a, uint32_t value)
{
	const uint32_t before = nr_aborts();

	if (a->width == 16u) {
		*(volatile uint16_t *)(uintptr_t)a->address = (uint16_t)value;
	} else {
		hostile_poke(a->address, value);
	}
	return nr_aborts() == before;
}

static struct outcome verdict(bool pass, const char *got, uint32_t value)
{
	return (struct outcome){ pass ? PASS : FAIL, got, value };
}

static struct outcome aborted(const struct attack *a)
{
	return verdict(a->expect == ATTACK_EXPECT_ABORT ||
			       a->expect == ATTACK_EXPECT_CLOSED,
		       "abort, DFSR", *(volatile uint32_t *)&hostile_dfsr);
}

static struct outcome do_read(const struct attack *a)
{
	uint32_t value;

	if (!peek(a, &value)) {
		return aborted(a);
	}
	return verdict(a->expect == ATTACK_EXPECT_ZERO && (value & a->mask) == 0u,
		       "read", value);
}

static struct outcome do_write(const struct attack *a)
{
	uint32_t value = 0;

	if (!poke(a, a->value)) {
		return aborted(a);
	}
	if (a->expect == ATTACK_EXPECT_OUTSIDE) {
		return verdict(true, "written, to be seen from outside", a->value);
	}
	return verdict(a->expect == ATTACK_EXPECT_ZERO && peek(a, &value) &&
			       (value & a->mask) == 0u,
		       "written, reads", value);
}

static struct outcome do_flip(const struct attack *a)
{
	uint32_t before, after;

	if (!peek(a, &before) || !poke(a, before ^ a->mask) || !peek(a, &after)) {
		return aborted(a);
	}
	if (((before ^ after) & a->mask) != 0u) {
		(void)poke(a, before);
		return verdict(a->expect == ATTACK_EXPECT_VIRTUAL, "changed to",
			       after);
	}
	return verdict(a->expect == ATTACK_EXPECT_KEEP ||
			       a->expect == ATTACK_EXPECT_CLOSED,
		       "keeps", after);
}

static struct outcome do_call(const struct attack *a)
{
	uint32_t regs[8] = { a->value, NONSENSE, NONSENSE, NONSENSE,
			     NONSENSE, NONSENSE, NONSENSE, NONSENSE };

	hostile_smc(regs);
	return verdict(regs[0] >> 31 != 0u, "answer", regs[0]);
}

/* Nobody knows what a real board does where the emulator has them, so it is not
 * tried before all else has been. */
static bool has_masters(void)
{
	static enum {
		UNKNOWN,
		YES,
		NO
	} known;

	if (known == UNKNOWN) {
		known = masters_there() ? YES : NO;
	}
	return known == YES;
}

/* A refusal says something only of a master that works. */
static struct outcome do_dma(const struct attack *a)
{
	uint32_t data = NONSENSE;

	if (!has_masters()) {
		return (struct outcome){ SKIP, "no bus master here", 0 };
	}
	if (masters_command(a->value, half.pa, 4, MASTERS_WRITE | MASTERS_TAKEN,
			    &data) != MASTERS_DONE) {
		return verdict(false, "the master does not work", 0);
	}
	if (masters_command(a->value, a->address, 4, MASTERS_READ | MASTERS_TAKEN,
			    &data) == MASTERS_DONE) {
		return verdict(false, "read", data);
	}
	return verdict(masters_command(a->value, a->address, 4,
				       MASTERS_WRITE | MASTERS_TAKEN,
				       &data) == MASTERS_REFUSED,
		       "refused, read", data);
}

static struct outcome attempt(const struct attack *a)
{
	switch (a->kind) {
	case ATTACK_READ:
		return do_read(a);
	case ATTACK_WRITE:
		return do_write(a);
	case ATTACK_FLIP:
		return do_flip(a);
	case ATTACK_CALL:
		return do_call(a);
	case ATTACK_DMA:
		return do_dma(a);
	default:
		return (struct outcome){ SKIP, "nothing to be seen from here", 0 };
	}
}

/* A line of the report, printed as a whole. */
static char line[256];
static size_t length;

static void put(const char *text)
{
	while (*text != '\0' && length < sizeof(line) - 2u) {
		line[length++] = *text++;
	}
}

static void put_hex(uint32_t value)
{
	char text[] = "0x00000000";

	for (unsigned i = 0; i < 8u; i++) {
		text[2u + i] = "0123456789abcdef"[value >> (28u - 4u * i) & 15u];
	}
	put(text);
}

static void put_number(uint32_t value)
{
	char text[11] = "";
	char *at = text + sizeof(text) - 1u;

	do {
		*--at = (char)('0' + value % 10u);
		value /= 10u;
	} while (value != 0u);
	put(at);
}

static void end_line(void)
{
	line[length] = '\n';
	line[length + 1u] = '\0';
	length = 0;
	say(&half, line);
}

static void report(const struct attack *a, const struct outcome *o)
{
	put(o->verdict == FAIL ? "not ok " : "ok ");
	put_number(a->id);
	put(" - ");
	put(a->what);
	if (o->verdict == SKIP) {
		put(" # SKIP ");
		put(o->got);
		end_line();
		return;
	}
	if (a->address != 0u) {
		put(", ");
		put_hex(a->address);
	}
	put(": ");
	put(o->got);
	put(" ");
	put_hex(o->value);
	end_line();
	if (o->verdict == FAIL) {
		put("# open: ");
		put(a->proves);
		end_line();
	}
}

static void run(const struct attack *list, size_t nr)
{
	static const char *const words[] = { " passed, ", " failed, ", " skipped" };

	for (size_t i = 0; i < nr; i++) {
		const struct outcome o = attempt(&list[i]);

		count[o.verdict]++;
		report(&list[i], &o);
	}
	put("1..");
	put_number(nr);
	end_line();
	put("attack: ");
	for (unsigned i = PASS; i <= SKIP; i++) {
		put_number(count[i]);
		put(words[i]);
	}
	end_line();
}

void hostile_main(void)
{
	half.pa = (uint32_t)(uintptr_t)room;
	__asm__ volatile("cpsie a");
	if (say_is_paravirt(&half)) {
		say(&half, "attack: the paravirtual guest's list\n");
		run(attacks_paravirt,
		    sizeof(attacks_paravirt) / sizeof(attacks_paravirt[0]));
	} else {
		say(&half, "attack: the stock guest's list\n");
		run(attacks_stock, sizeof(attacks_stock) / sizeof(attacks_stock[0]));
	}
	guest_half_off(&half);
}
