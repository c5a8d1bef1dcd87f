// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/blk.h>
#include <tzvmm/record_save.h>

#include "blk/crc32.h"

#define NR 64u
#define SLOT TZVMM_RECORD_SLOT(NR)

struct fixture {
	struct tzvmm_record rec;
	struct tzvmm_abi_record_entry ring[NR];
	struct tzvmm_record_save save;
	struct tzvmm_abi_record_save head;
	uint8_t sectors[SLOT * TZVMM_SECTOR_LEN];
	uint32_t nr_filled;
};

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	assert_int_equal(tzvmm_record_init(&fx->rec, fx->ring, NR), TZVMM_OK);
	memset(fx->sectors, 0xA5, sizeof(fx->sectors));
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

static void add(struct fixture *fx, unsigned nr)
{
	while (nr-- != 0u) {
		const struct tzvmm_abi_record_entry entry = {
			.sector = 8u * fx->rec.total,
		};

		tzvmm_record_add(&fx->rec, &entry);
	}
}

static uint32_t fill(struct fixture *fx, uint32_t nr_sectors)
{
	const uint32_t nr = tzvmm_record_save_next(
		&fx->save, fx->sectors + (1u + fx->nr_filled) * TZVMM_SECTOR_LEN,
		nr_sectors);

	fx->nr_filled += nr;
	return nr;
}

static void end(struct fixture *fx, uint64_t generation)
{
	assert_int_equal(fill(fx, 1), 0);
	tzvmm_record_save_head(&fx->save, generation, SLOT, fx->sectors);
	memcpy(&fx->head, fx->sectors, sizeof(fx->head));
}

static void check_entries(const struct fixture *fx, uint32_t first, uint32_t nr)
{
	const uint8_t *at = fx->sectors + TZVMM_SECTOR_LEN;
	const struct tzvmm_abi_record_entry none = { 0 };

	assert_int_equal(fx->head.dump.nr_entries, nr);
	assert_int_equal(tzvmm_record_save_count(&fx->save), nr);
	assert_int_equal(fx->head.dump.lost, first);
	for (uint32_t i = 0; i < fx->nr_filled * TZVMM_ABI_RECORD_ENTRIES; i++) {
		struct tzvmm_abi_record_entry entry;

		memcpy(&entry, at + i * sizeof(entry), sizeof(entry));
		if (i >= nr) {
			assert_memory_equal(&entry, &none, sizeof(entry));
			continue;
		}
		assert_int_equal(entry.seq, first + i);
		assert_int_equal(entry.sector, 8u * (first + i));
	}
	assert_int_equal(fx->head.entries_crc,
			 tzvmm_crc32(0, at, fx->nr_filled * TZVMM_SECTOR_LEN));
}

static void any_number_of_entries_fits_in_a_slot(void **state)
{
	struct fixture *fx = *state;

	for (unsigned added = 0; added <= 2u * NR; added++) {
		const uint32_t nr = added < NR ? added : NR;

		for (uint32_t piece = 1; piece <= 5u; piece += 2u) {
			fx->nr_filled = 0;
			tzvmm_record_save_init(&fx->save, &fx->rec);
			while (fill(fx, piece) != 0u) {
				assert_true(fx->nr_filled < SLOT);
			}
			end(fx, 7);
			assert_int_equal(fx->nr_filled, (nr + 15u) / 16u);
			check_entries(fx, added - nr, nr);
		}
		add(fx, 1);
	}
}

static void its_first_sector_tells_what_it_is(void **state)
{
	struct fixture *fx = *state;

	add(fx, NR + 3u);
	tzvmm_record_save_init(&fx->save, &fx->rec);
	assert_int_equal(fill(fx, SLOT - 1u), SLOT - 1u);
	end(fx, 0x123456789ull);
	assert_memory_equal(fx->sectors, "TZVS", 4);
	assert_int_equal(fx->head.version, 1);
	assert_int_equal(fx->head.slot_len, SLOT);
	assert_memory_equal(&fx->head.dump, "TZVR", 4);
	assert_int_equal(fx->head.dump.entry_len, 32);
	for (size_t i = sizeof(fx->head); i < TZVMM_SECTOR_LEN; i++) {
		assert_int_equal(fx->sectors[i], 0);
	}
	assert_true(tzvmm_record_save_is_place(fx->sectors));
	assert_true(tzvmm_record_save_generation(fx->sectors) == 0x123456789ull);
}

static void what_is_added_meanwhile_is_not_in_it(void **state)
{
	struct fixture *fx = *state;

	add(fx, 40);
	tzvmm_record_save_init(&fx->save, &fx->rec);
	assert_int_equal(fill(fx, 1), 1);
	add(fx, 10);
	assert_int_equal(fill(fx, 2), 2);
	end(fx, 1);
	check_entries(fx, 0, 40);
}

static void what_is_overwritten_meanwhile_is_left_out(void **state)
{
	struct fixture *fx = *state;

	add(fx, NR);
	tzvmm_record_save_init(&fx->save, &fx->rec);
	add(fx, 10);
	assert_int_equal(fill(fx, SLOT), (NR - 10u + 15u) / 16u);
	end(fx, 1);
	check_entries(fx, 10, NR - 10u);
}

static void a_walk_that_all_of_is_overwritten_is_empty(void **state)
{
	struct fixture *fx = *state;

	add(fx, 20);
	tzvmm_record_save_init(&fx->save, &fx->rec);
	assert_int_equal(fill(fx, 1), 1);
	add(fx, 2u * NR);
	assert_int_equal(fill(fx, SLOT), 0);
	end(fx, 1);
	check_entries(fx, 0, 16);
}

static void a_torn_first_sector_has_no_generation_and_keeps_the_place(void **state)
{
	struct fixture *fx = *state;

	add(fx, 3);
	tzvmm_record_save_init(&fx->save, &fx->rec);
	assert_int_equal(fill(fx, 1), 1);
	end(fx, 5);
	for (size_t i = 4; i < sizeof(fx->head); i++) {
		fx->sectors[i] ^= 1u;
		assert_true(tzvmm_record_save_is_place(fx->sectors));
		assert_true(tzvmm_record_save_generation(fx->sectors) == 0u);
		fx->sectors[i] ^= 1u;
	}
	assert_true(tzvmm_record_save_generation(fx->sectors) == 5u);
	fx->sectors[0] ^= 1u;
	assert_false(tzvmm_record_save_is_place(fx->sectors));
	assert_true(tzvmm_record_save_generation(fx->sectors) == 0u);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(any_number_of_entries_fits_in_a_slot),
		T(its_first_sector_tells_what_it_is),
		T(what_is_added_meanwhile_is_not_in_it),
		T(what_is_overwritten_meanwhile_is_left_out),
		T(a_walk_that_all_of_is_overwritten_is_empty),
		T(a_torn_first_sector_has_no_generation_and_keeps_the_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
