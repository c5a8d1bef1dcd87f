/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of a kernel that exists in some pages: laid out as Linux 6.1 lays it out
 * on ARM, its addresses 0xC0000000 above RAM, its pages in no order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/linux_log.h>

#define PAGE 4096u
#define NR_PAGES 16u
#define RAM_IPA 0x78000000u
#define KERNEL 0xC0000000u
#define INFO_PAGE 9u
#define FREE_PAGE 6u /* from here to there the kernel has nothing */

/* Where things are, as distances from KERNEL. */
#define PRB_POINTER 0x10u
#define PRB 0x100u
#define DESCS 0x1000u
#define INFOS 0x2000u
#define DATA 0x4F80u /* crosses a page */
#define COUNT_BITS 3u
#define SIZE_BITS 8u
#define DESC_SIZE 12u
#define INFO_SIZE 88u

static const char vmcoreinfo[] = "OSRELEASE=6.1.0-test\n"
				 "PAGESIZE=4096\n"
				 "SYMBOL(prb)=c0000010\n"
				 "SYMBOL(printk_rb_static)=c0000100\n"
				 "SIZE(printk_ringbuffer)=44\n"
				 "OFFSET(printk_ringbuffer.desc_ring)=0\n"
				 "OFFSET(printk_ringbuffer.text_data_ring)=24\n"
				 "OFFSET(prb_desc_ring.count_bits)=0\n"
				 "OFFSET(prb_desc_ring.descs)=4\n"
				 "OFFSET(prb_desc_ring.infos)=8\n"
				 "OFFSET(prb_desc_ring.head_id)=12\n"
				 "OFFSET(prb_desc_ring.tail_id)=16\n"
				 "SIZE(prb_desc)=12\n"
				 "OFFSET(prb_desc.state_var)=0\n"
				 "OFFSET(prb_desc.text_blk_lpos)=4\n"
				 "OFFSET(prb_data_blk_lpos.begin)=0\n"
				 "OFFSET(prb_data_blk_lpos.next)=4\n"
				 "SIZE(printk_info)=88\n"
				 "OFFSET(printk_info.seq)=0\n"
				 "OFFSET(printk_info.ts_nsec)=8\n"
				 "OFFSET(printk_info.text_len)=16\n"
				 "SIZE(prb_data_ring)=16\n"
				 "OFFSET(prb_data_ring.size_bits)=0\n"
				 "OFFSET(prb_data_ring.data)=4\n"
				 "SIZE(atomic_long_t)=4\n"
				 "OFFSET(atomic_long_t.counter)=0\n";

static _Alignas(4096) uint8_t ram[NR_PAGES * PAGE];
static struct tzvmm_window windows[2];
static struct tzvmm_gmem mem;
static struct tzvmm_linux_log log_;
static struct tzvmm_linux_record record;
static uint32_t cursor;
static uint32_t next_lpos;
static unsigned nr_translated, nowhere_after;
static void (*meanwhile)(void);

/* Page n of the kernel is page n ^ 1 of RAM. */
static bool translate(void *ctx, uint32_t va, uint64_t *ipa)
{
	(void)ctx;
	if (++nr_translated > nowhere_after || va < KERNEL) {
		return false;
	}
	if (meanwhile != NULL) {
		meanwhile();
	}
	*ipa = RAM_IPA + ((va - KERNEL) ^ PAGE);
	return true;
}

static uint32_t *word(uint32_t at)
{
	return (uint32_t *)(void *)&ram[at ^ PAGE];
}

static void set_byte(uint32_t at, uint8_t value)
{
	ram[at ^ PAGE] = value;
}

static void set_vmcoreinfo(unsigned page, const char *text, size_t len)
{
	memset(&ram[page * PAGE], 0, PAGE);
	memcpy(&ram[page * PAGE], text, len);
}

/* The ring as the kernel starts it: with a descriptor of nothing. */
static void make_ring(uint32_t first_id)
{
	*word(PRB_POINTER) = KERNEL + PRB;
	*word(PRB) = COUNT_BITS;
	*word(PRB + 4u) = KERNEL + DESCS;
	*word(PRB + 8u) = KERNEL + INFOS;
	*word(PRB + 12u) = first_id - 1u;
	*word(PRB + 16u) = first_id - 1u;
	*word(PRB + 24u) = SIZE_BITS;
	*word(PRB + 28u) = KERNEL + DATA;
	next_lpos = first_id << SIZE_BITS;
}

static uint32_t desc_of(uint32_t id)
{
	return DESCS + (id & ((1u << COUNT_BITS) - 1u)) * DESC_SIZE;
}

static uint32_t info_of(uint32_t id)
{
	return INFOS + (id & ((1u << COUNT_BITS) - 1u)) * INFO_SIZE;
}

/* Add a record as the kernel does; its number. */
static uint32_t say(const char *text)
{
	const uint32_t id = (*word(PRB + 12u) + 1u) & 0x3FFFFFFFu;
	const uint32_t len = (uint32_t)strlen(text);
	const uint32_t size = (4u + len + 3u) & ~3u;
	uint32_t begin = next_lpos;
	uint32_t block = begin;

	if (begin >> SIZE_BITS != (begin + size) >> SIZE_BITS) {
		block = (begin >> SIZE_BITS) + 1u;
		block <<= SIZE_BITS;
	}
	next_lpos = block + size;
	*word(desc_of(id)) = id | 2u << 30;
	*word(desc_of(id) + 4u) = begin;
	*word(desc_of(id) + 8u) = next_lpos;
	*word(info_of(id) + 8u) = 1000000000u + id;
	*word(info_of(id) + 12u) = 1;
	*word(info_of(id) + 16u) = len;
	block &= (1u << SIZE_BITS) - 1u;
	*word(DATA + block) = id;
	for (uint32_t i = 0; i < len; i++) {
		set_byte(DATA + block + 4u + i, (uint8_t)text[i]);
	}
	*word(PRB + 12u) = id;
	if (((id - *word(PRB + 16u)) & 0x3FFFFFFFu) >= 1u << COUNT_BITS) {
		*word(PRB + 16u) = (id + 1u - (1u << COUNT_BITS)) & 0x3FFFFFFFu;
	}
	return id;
}

static int setup(void **state)
{
	const struct tzvmm_linux_mem view = { &mem, translate, NULL };

	(void)state;
	memset(ram, 0, sizeof(ram));
	windows[0] = (struct tzvmm_window){ RAM_IPA, 8u * PAGE, ram };
	windows[1] = (struct tzvmm_window){ RAM_IPA + 8u * PAGE, 8u * PAGE,
					    ram + 8u * PAGE };
	mem = (struct tzvmm_gmem){ windows, 2 };
	set_vmcoreinfo(INFO_PAGE, vmcoreinfo, sizeof(vmcoreinfo));
	make_ring(0);
	tzvmm_linux_log_init(&log_, &view);
	nowhere_after = UINT32_MAX;
	meanwhile = NULL;
	nr_translated = 0;
	memset(&record, 0x5A, sizeof(record));
	return 0;
}

/* All of memory: a page that looks like the one ends a call. */
static enum tzvmm_status search(void)
{
	enum tzvmm_status st = TZVMM_E_BUSY;

	for (unsigned i = 0; i < NR_PAGES && st == TZVMM_E_BUSY; i++) {
		st = tzvmm_linux_log_find(&log_, 100);
	}
	return st;
}

static void find(void)
{
	assert_int_equal(search(), TZVMM_OK);
}

static void from_last(uint32_t nr)
{
	assert_int_equal(tzvmm_linux_log_tail(&log_, &cursor, nr), TZVMM_OK);
}

static void expect_text(const char *text)
{
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record), TZVMM_OK);
	assert_string_equal(record.text, text);
	assert_int_equal(record.len, strlen(text));
}

static void expect_end(void)
{
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record),
			 TZVMM_E_EMPTY);
}

static void the_page_is_found_piece_by_piece(void **state)
{
	(void)state;
	/* The end of a window takes a round as well. */
	for (unsigned i = 0; i < INFO_PAGE + 1u; i++) {
		assert_int_equal(tzvmm_linux_log_find(&log_, 1), TZVMM_E_BUSY);
	}
	assert_int_equal(tzvmm_linux_log_find(&log_, 1), TZVMM_OK);
	assert_int_equal(tzvmm_linux_log_find(&log_, 0), TZVMM_OK);
}

/* To read one takes long, and a guest can make all of its memory so. */
static void one_page_that_looks_like_it_is_read_at_a_time(void **state)
{
	(void)state;
	for (unsigned i = FREE_PAGE; i < INFO_PAGE; i++) {
		set_vmcoreinfo(i, "OSRELEASE=", 10);
	}
	for (unsigned i = FREE_PAGE; i < INFO_PAGE; i++) {
		assert_int_equal(tzvmm_linux_log_find(&log_, 100), TZVMM_E_BUSY);
	}
	assert_int_equal(tzvmm_linux_log_find(&log_, 100), TZVMM_OK);
}

static void memory_without_it_is_searched_once_and_then_again(void **state)
{
	(void)state;
	set_vmcoreinfo(INFO_PAGE, "OSRE", 4);
	assert_int_equal(search(), TZVMM_E_EMPTY);
	assert_int_equal(tzvmm_linux_log_tail(&log_, &cursor, 1), TZVMM_E_EMPTY);
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record),
			 TZVMM_E_EMPTY);
	set_vmcoreinfo(INFO_PAGE, vmcoreinfo, sizeof(vmcoreinfo));
	find();
}

static void the_last_records_come_in_order(void **state)
{
	(void)state;
	(void)say("Booting Linux");
	(void)say("");
	(void)say("one more");
	find();
	from_last(2);
	expect_text("");
	expect_text("one more");
	assert_int_equal(record.time_ns, (1ull << 32) + 1000000002u);
	expect_end();
	from_last(1u << 30);
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record), TZVMM_E_BUSY);
	expect_text("Booting Linux");
	from_last(0);
	expect_end();
	(void)say("later");
	expect_text("later");
	expect_end();
}

static void records_that_pass_the_ring_and_its_end_are_read(void **state)
{
	char text[64];

	(void)state;
	find();
	for (unsigned i = 0; i < 200u; i++) {
		(void)snprintf(text, sizeof(text), "record %u %.*s", i,
			       (int)(i % 40u),
			       "........................................");
		(void)say(text);
		from_last(1);
		expect_text(text);
		expect_end();
	}
	/* Of blocks of up to 56 bytes the ring holds three, wherever it ends. */
	from_last(3);
	for (unsigned i = 197; i < 200u; i++) {
		(void)snprintf(text, sizeof(text), "record %u %.*s", i,
			       (int)(i % 40u),
			       "........................................");
		expect_text(text);
	}
}

static void numbers_wrap_as_the_kernels_do(void **state)
{
	(void)state;
	make_ring(0x3FFFFFFEu);
	next_lpos = 0xFFFFFF80u;
	(void)say("before");
	(void)say("the last one of all numbers, and of all positions");
	assert_int_equal(
		say("after, where the position starts anew, at zero again"), 0);
	find();
	from_last(3);
	expect_text("before");
	expect_text("the last one of all numbers, and of all positions");
	expect_text("after, where the position starts anew, at zero again");
	expect_end();
}

static void a_reader_that_is_late_goes_on_at_the_oldest(void **state)
{
	(void)state;
	(void)say("0");
	find();
	from_last(1);
	for (unsigned i = 1; i < 20u; i++) {
		const char text[] = { (char)('a' + (int)i), '\0' };

		(void)say(text);
	}
	expect_text("m"); /* the eighth from the end */
}

static void long_text_is_cut_and_a_record_without_text_is_empty(void **state)
{
	char text[201];
	uint32_t id;

	(void)state;
	memset(text, 'x', sizeof(text) - 1u);
	text[200] = '\0';
	(void)say(text);
	find();
	from_last(1);
	text[TZVMM_LINUX_LOG_TEXT - 1u] = '\0';
	expect_text(text);
	id = say("y");
	*word(desc_of(id) + 4u) = 3;
	*word(desc_of(id) + 8u) = 3;
	expect_text("");
}

static void what_is_being_written_is_left_out(void **state)
{
	static const uint32_t states[] = { 0u << 30, 3u << 30, 2u << 30 | 8u };

	(void)state;
	find();
	from_last(0);
	*word(desc_of(say("may grow"))) ^= 3u << 30;
	expect_text("may grow");
	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		from_last(0);
		*word(desc_of(say("half"))) ^= states[i] ^ 2u << 30;
		(void)say("whole");
		assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record),
				 TZVMM_E_BUSY);
		expect_text("whole");
	}
}

static void overwrite(void)
{
	if (nr_translated == 10u) {
		*word(DESCS) += 1u << COUNT_BITS;
	}
}

static void what_is_overwritten_while_it_is_read_is_left_out(void **state)
{
	(void)state;
	(void)say("old");
	find();
	from_last(1);
	expect_text("old");
	from_last(1);
	nr_translated = 0;
	meanwhile = overwrite;
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record), TZVMM_E_BUSY);
	assert_int_equal(nr_translated, 11);
}

static void text_of_another_record_or_of_no_size_is_left_out(void **state)
{
	uint32_t id;

	(void)state;
	find();
	from_last(0);
	id = say("stolen");
	*word(DATA + (*word(desc_of(id) + 4u) & 0xFFu)) = id + 1u;
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record), TZVMM_E_BUSY);
	id = say("backwards");
	*word(desc_of(id) + 8u) = *word(desc_of(id) + 4u);
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record), TZVMM_E_BUSY);
	*word(desc_of(id) + 8u) = *word(desc_of(id) + 4u) - 4u;
	from_last(1);
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record), TZVMM_E_BUSY);
	id = say("unaligned");
	*word(desc_of(id) + 4u) += 2u;
	assert_int_equal(tzvmm_linux_log_next(&log_, &cursor, &record), TZVMM_E_BUSY);
}

static void text_ends_with_its_block_whatever_its_length(void **state)
{
	uint32_t id;

	(void)state;
	find();
	from_last(0);
	id = say("12345678");
	(void)say("not this");
	*word(info_of(id) + 16u) = 100;
	expect_text("12345678");
}

static void memory_that_goes_away_at_any_time_is_no_harm(void **state)
{
	enum tzvmm_status st = TZVMM_E_GUEST;

	(void)state;
	for (unsigned n = 0; st != TZVMM_OK; n++) {
		assert_true(n < 40u);
		(void)setup(NULL);
		(void)say("text, and enough of it to cross a page, which is long: "
			  "0123456789012345678901234567890123456789012345678901");
		nowhere_after = n;
		st = search();
		if (st == TZVMM_OK) {
			st = tzvmm_linux_log_tail(&log_, &cursor, 1);
		}
		if (st == TZVMM_OK) {
			st = tzvmm_linux_log_next(&log_, &cursor, &record);
		}
	}
	assert_memory_equal(record.text, "text", 4);
}

static void pointers_to_nowhere_are_no_harm(void **state)
{
	static const uint32_t places[] = { PRB_POINTER, PRB + 4u,   PRB + 8u,
					   PRB + 28u,   DESCS + 4u, DESCS + 8u };
	static const uint32_t values[] = { 0,
					   1,
					   KERNEL - 4u,
					   0xFFFFFFFC,
					   0xFFFFFFFF,
					   KERNEL + 0xFFFCu,
					   KERNEL + NR_PAGES * PAGE };

	(void)state;
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (unsigned j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			(void)setup(NULL);
			(void)say("text");
			*word(places[i]) = values[j];
			if (search() == TZVMM_OK &&
			    tzvmm_linux_log_tail(&log_, &cursor, 1) == TZVMM_OK &&
			    tzvmm_linux_log_next(&log_, &cursor, &record) ==
				    TZVMM_OK) {
				/* The guest pointed to something else of its own. */
				assert_true(record.len < TZVMM_LINUX_LOG_TEXT);
				assert_int_equal(record.text[record.len], '\0');
			}
		}
	}
}

/* vmcoreinfo with one text instead of another. */
static void patch(const char *from, const char *to)
{
	char text[PAGE];
	const char *at = strstr(vmcoreinfo, from);
	const size_t before = (size_t)(at - vmcoreinfo);

	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)before, vmcoreinfo, to,
		       at + strlen(from));
	set_vmcoreinfo(INFO_PAGE, text, strlen(text));
}

static void a_page_that_makes_no_sense_is_not_it(void **state)
{
	static const char *const patches[][2] = {
		{ "OSRELEASE=", "OSRELEASE?" },
		{ "SYMBOL(prb)=", "SYMBOL(prc)=" },
		{ "SIZE(atomic_long_t)=4", "SIZE(atomic_long_t)=8" },
		{ "OFFSET(prb_desc_ring.infos)=8",
		  "OFFSET(prb_desc_ring.infos)=4097" },
		{ "OFFSET(prb_desc_ring.infos)=8\n", "" },
		{ "SYMBOL(prb)=c0000010", "SYMBOL(prb)=g" },
		{ "SYMBOL(prb)=c0000010", "SYMBOL(prb)=70000000" },
		{ "SIZE(prb_data_ring)=16\n", "" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
		(void)setup(NULL);
		patch(patches[i][0], patches[i][1]);
		/* The last one is wanted by nobody. */
		assert_int_equal(search(), i == 7u ? TZVMM_OK : TZVMM_E_EMPTY);
	}
}

static void a_number_ends_where_its_digits_end(void **state)
{
	(void)state;
	patch("SIZE(prb_desc)=12", "SIZE(prb_desc)=12a");
	(void)say("one");
	(void)say("two");
	find();
	from_last(2);
	expect_text("one");
	expect_text("two");
}

static void a_length_is_where_the_kernel_says(void **state)
{
	(void)state;
	patch("text_len)=16", "text_len)=18");
	*word(info_of(say("half of it")) + 16u) = 4u << 16;
	find();
	from_last(1);
	expect_text("half");
}

static void an_unaligned_pointer_is_none(void **state)
{
	const uint32_t prb = KERNEL + PRB;

	(void)state;
	patch("SYMBOL(prb)=c0000010", "SYMBOL(prb)=c0000012");
	memcpy(&ram[(PRB_POINTER + 2u) ^ PAGE], &prb, sizeof(prb));
	assert_int_equal(search(), TZVMM_E_EMPTY);
}

static void a_ring_of_no_sense_is_refused(void **state)
{
	(void)state;
	*word(PRB) = 21;
	assert_int_equal(search(), TZVMM_E_EMPTY);
	*word(PRB) = 32;
	assert_int_equal(search(), TZVMM_E_EMPTY);
	*word(PRB) = COUNT_BITS;
	*word(PRB + 24u) = 27;
	assert_int_equal(search(), TZVMM_E_EMPTY);
	*word(PRB + 24u) = SIZE_BITS;
	find();
	*word(PRB + 16u) = 100;
	assert_int_equal(tzvmm_linux_log_tail(&log_, &cursor, 1), TZVMM_E_GUEST);
	/* It is searched for anew, as another kernel may have been started. */
	assert_int_equal(tzvmm_linux_log_tail(&log_, &cursor, 1), TZVMM_E_EMPTY);
	make_ring(0);
	assert_int_equal(search(), TZVMM_E_EMPTY);
	find();
}

static void a_panic_is_known_by_its_text(void **state)
{
	(void)state;
	find();
	from_last(0);
	(void)say("Kernel panic - not syncing: sysrq triggered crash");
	(void)say("---[ end Kernel panic - not syncing: sysrq ]---");
	(void)say("Kernel panic - not");
	expect_text("Kernel panic - not syncing: sysrq triggered crash");
	assert_true(tzvmm_linux_log_is_panic(&record));
	expect_text("---[ end Kernel panic - not syncing: sysrq ]---");
	assert_false(tzvmm_linux_log_is_panic(&record));
	expect_text("Kernel panic - not");
	assert_false(tzvmm_linux_log_is_panic(&record));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(the_page_is_found_piece_by_piece),
		T(one_page_that_looks_like_it_is_read_at_a_time),
		T(memory_without_it_is_searched_once_and_then_again),
		T(the_last_records_come_in_order),
		T(records_that_pass_the_ring_and_its_end_are_read),
		T(numbers_wrap_as_the_kernels_do),
		T(a_reader_that_is_late_goes_on_at_the_oldest),
		T(long_text_is_cut_and_a_record_without_text_is_empty),
		T(what_is_being_written_is_left_out),
		T(what_is_overwritten_while_it_is_read_is_left_out),
		T(text_of_another_record_or_of_no_size_is_left_out),
		T(memory_that_goes_away_at_any_time_is_no_harm),
		T(pointers_to_nowhere_are_no_harm),
		T(a_page_that_makes_no_sense_is_not_it),
		T(text_ends_with_its_block_whatever_its_length),
		T(a_number_ends_where_its_digits_end),
		T(a_length_is_where_the_kernel_says),
		T(an_unaligned_pointer_is_none),
		T(a_ring_of_no_sense_is_refused),
		T(a_panic_is_known_by_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
