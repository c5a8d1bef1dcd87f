/* SPDX-License-Identifier: BSD-2-Clause */
/* The search for second addresses of secure DDR, on boards of several kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <imx53/alias.h>

#define CSD0 0x70000000u
#define CSD1 0xB0000000u
#define WINDOW 0x40000000u
#define SECURE_LEN 0x08000000u
#define GUEST 0x78000000u
#define FIRST CSD0
#define LAST (CSD0 + SECURE_LEN - 4u)

enum mark {
	MARK_WRAPPED,    /* compares the address behind the wrap */
	MARK_BUS,        /* compares the one on the bus */
	MARK_OFF,        /* hides nothing */
	MARK_READS,      /* as MARK_BUS, and of other addresses hides reads */
	MARK_OWN_WRITES, /* lets writes pass */
};

static struct board {
	uint32_t populated; /* bytes of the first chip select */
	uint32_t hidden;    /* so much of it by the watermark */
	enum mark mark;
	bool wraps;       /* repeats in its window */
	bool wired;       /* the second chip select is the first */
	bool normal_only; /* the secure world does not see what repeats */
	bool stuck;       /* keeps nothing */
	bool guest_dead;
	uint32_t offset[4], value[4]; /* what was written, by its place */
	unsigned nr;
	unsigned strays; /* writes elsewhere than to the two words */
} board;

static uint32_t *cell(uint32_t offset)
{
	for (unsigned i = 0; i < board.nr; i++) {
		if (board.offset[i] == offset) {
			return &board.value[i];
		}
	}
	assert_true(board.nr < 4u);
	board.offset[board.nr] = offset;
	board.value[board.nr] = ~offset;
	return &board.value[board.nr++];
}

static bool place(uint32_t addr, bool normal, uint32_t *offset)
{
	const bool first = addr - CSD0 < WINDOW;

	*offset = first ? addr - CSD0 : addr - CSD1;
	if (!first && !board.wired) {
		return false;
	}
	if (*offset >= board.populated &&
	    (!board.wraps || (board.normal_only && !normal))) {
		return false;
	}
	*offset %= board.populated;
	return true;
}

static bool hidden(uint32_t addr, uint32_t offset, bool write)
{
	const bool secure = offset < board.hidden;

	switch (board.mark) {
	case MARK_WRAPPED:
		return secure;
	case MARK_BUS:
		return secure && addr == CSD0 + offset;
	case MARK_READS:
		return secure && (!write || addr == CSD0 + offset);
	case MARK_OWN_WRITES:
		return secure && !write;
	default:
		return false;
	}
}

static bool access_word(uint32_t addr, bool normal, uint32_t *value, bool write)
{
	uint32_t offset;

	if (!place(addr, normal, &offset) ||
	    (normal &&
	     (hidden(addr, offset, write) || (board.guest_dead && addr == GUEST)))) {
		return false;
	}
	if (!write) {
		/* Only words that matter are kept: the rest reads as noise. */
		*value = offset == FIRST - CSD0 || offset == LAST - CSD0
				 ? *cell(offset)
				 : ~addr;
	} else if (offset != FIRST - CSD0 && offset != LAST - CSD0) {
		board.strays++;
	} else if (!board.stuck) {
		*cell(offset) = *value;
	}
	return true;
}

static bool read_word(uint32_t addr, bool normal, uint32_t *value)
{
	return access_word(addr, normal, value, false);
}

static bool write_word(uint32_t addr, bool normal, uint32_t value)
{
	return access_word(addr, normal, &value, true);
}

static const struct imx53_alias_ops ops = { read_word, write_word };
static struct imx53_alias_bank secure[2], guest[2];
static struct imx53_alias_memory memory;
static struct imx53_alias_result found;

static int bring_up(void **state)
{
	(void)state;
	board = (struct board){ .populated = 0x20000000u,
				.hidden = SECURE_LEN,
				.wraps = true };
	secure[0] = (struct imx53_alias_bank){ CSD0, SECURE_LEN };
	guest[0] = (struct imx53_alias_bank){ GUEST, 0x18000000u };
	memory = (struct imx53_alias_memory){ secure, 1, guest, 1, false };
	return 0;
}

static enum tzvmm_status check(void)
{
	enum tzvmm_status st = imx53_alias_check(&ops, &memory, &found);

	/* The words have what they had, nothing else was written. */
	for (unsigned i = 0; i < board.nr; i++) {
		assert_int_equal(board.value[i], ~board.offset[i]);
	}
	assert_int_equal(board.strays, 0);
	return st;
}

static void memory_that_answers_once_is_fine(void **state)
{
	(void)state;
	board.wraps = false;
	assert_int_equal(check(), TZVMM_OK);
	assert_int_equal(found.nr, 0);
}

static void aliases_under_the_watermark_are_counted(void **state)
{
	(void)state;
	assert_int_equal(check(), TZVMM_OK);
	assert_int_equal(found.nr, 2);
	assert_int_equal(found.addr, 0x90000000);
}

static void an_open_alias_is_refused(void **state)
{
	(void)state;
	board.mark = MARK_BUS;
	assert_int_equal(check(), TZVMM_E_DENIED);
	assert_int_equal(found.addr, 0x90000000);
}

static void an_alias_that_can_only_be_written_is_refused(void **state)
{
	(void)state;
	board.mark = MARK_READS;
	assert_int_equal(check(), TZVMM_E_DENIED);
	assert_int_equal(found.addr, 0x90000000);
}

static void an_alias_that_only_the_normal_world_sees_is_refused(void **state)
{
	(void)state;
	board.mark = MARK_BUS;
	board.normal_only = true;
	assert_int_equal(check(), TZVMM_E_DENIED);
	assert_int_equal(found.addr, 0x90000000);
}

static void an_alias_at_the_other_chip_select_is_found_where_that_is_on(void **state)
{
	(void)state;
	board.wraps = false;
	board.wired = true;
	board.mark = MARK_BUS;
	assert_int_equal(check(), TZVMM_OK);
	memory.csd1 = true;
	assert_int_equal(check(), TZVMM_E_DENIED);
	assert_int_equal(found.addr, CSD1);
}

static void guest_memory_that_is_secure_memory_is_refused(void **state)
{
	(void)state;
	board.populated = 0x10000000;
	assert_int_equal(check(), TZVMM_E_RANGE);
	assert_int_equal(found.addr, 0x80000000);
}

static void guest_memory_behind_the_other_chip_select_counts(void **state)
{
	(void)state;
	board.wraps = false;
	board.wired = true;
	memory.csd1 = true;
	guest[1] = (struct imx53_alias_bank){ CSD1, 0x10000000u };
	memory.nr_guest = 2;
	assert_int_equal(check(), TZVMM_E_RANGE);
	assert_int_equal(found.addr, CSD1);
}

/* Both chip selects are the same memory here, so that each piece is the other's
 * second address; the watermark covers both. */
static void each_piece_of_secure_memory_is_looked_for(void **state)
{
	(void)state;
	board.wraps = false;
	board.wired = true;
	memory.csd1 = true;
	secure[1] = (struct imx53_alias_bank){ CSD1, SECURE_LEN };
	memory.nr_secure = 2;
	assert_int_equal(check(), TZVMM_OK);
	assert_int_equal(found.nr, 4);
	assert_int_equal(found.addr, CSD1);
}

static void a_watermark_that_hides_nothing_is_refused(void **state)
{
	(void)state;
	board.mark = MARK_OFF;
	assert_int_equal(check(), TZVMM_E_DENIED);
	assert_int_equal(found.addr, FIRST);
	board.mark = MARK_OWN_WRITES;
	assert_int_equal(check(), TZVMM_E_DENIED);
	assert_int_equal(found.addr, FIRST);
}

static void the_last_word_counts_as_the_first_does(void **state)
{
	(void)state;
	board.hidden = SECURE_LEN - 0x1000u;
	assert_int_equal(check(), TZVMM_E_DENIED);
	assert_int_equal(found.addr, LAST);
}

static void without_memory_there_is_no_answer(void **state)
{
	(void)state;
	board.stuck = true;
	assert_int_equal(check(), TZVMM_E_IO);
	assert_int_equal(found.addr, FIRST);
	board.stuck = false;
	secure[0].base = CSD1;
	assert_int_equal(check(), TZVMM_E_IO);
	assert_int_equal(found.addr, CSD1);
}

static void a_normal_world_that_reaches_nothing_proves_nothing(void **state)
{
	(void)state;
	board.guest_dead = true;
	assert_int_equal(check(), TZVMM_E_IO);
	assert_int_equal(found.addr, GUEST);
}

#define T(f) cmocka_unit_test_setup(f, bring_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(memory_that_answers_once_is_fine),
		T(aliases_under_the_watermark_are_counted),
		T(an_open_alias_is_refused),
		T(an_alias_that_can_only_be_written_is_refused),
		T(an_alias_that_only_the_normal_world_sees_is_refused),
		T(an_alias_at_the_other_chip_select_is_found_where_that_is_on),
		T(guest_memory_that_is_secure_memory_is_refused),
		T(guest_memory_behind_the_other_chip_select_counts),
		T(each_piece_of_secure_memory_is_looked_for),
		T(a_watermark_that_hides_nothing_is_refused),
		T(the_last_word_counts_as_the_first_does),
		T(without_memory_there_is_no_answer),
		T(a_normal_world_that_reaches_nothing_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
