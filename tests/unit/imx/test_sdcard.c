/* SPDX-License-Identifier: BSD-2-Clause */
/* What cards say, taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/sdcard.h>

/* Bits high..low of a register of 128 bits, as hosts deliver it. */
static void put(uint32_t rsp[4], unsigned high, unsigned low, uint32_t value)
{
	for (unsigned bit = low; bit <= high; bit++) {
		rsp[(bit - 8u) / 32u] |= (value >> (bit - low) & 1u)
					 << (bit - 8u) % 32u;
	}
}

static void csd_v1(uint32_t rsp[4], uint32_t bl_len, uint32_t c_size, uint32_t mult)
{
	memset(rsp, 0, 16);
	put(rsp, 95, 84, 0x5B5);
	put(rsp, 83, 80, bl_len);
	put(rsp, 73, 62, c_size);
	put(rsp, 49, 47, mult);
}

static void csd_v2(uint32_t rsp[4], uint32_t c_size)
{
	memset(rsp, 0, 16);
	put(rsp, 127, 126, 1);
	put(rsp, 95, 84, 0x5B5);
	put(rsp, 83, 80, 9);
	put(rsp, 69, 48, c_size);
}

static void a_csd_as_a_real_2_gb_card_sends_it_is_read_right(void **state)
{
	/* 00 2f 00 32 5b 5a 83 a9 ff ff ff 80 16 80 00: READ_BL_LEN 10,
	 * C_SIZE 3751, C_SIZE_MULT 7, as a 2 GB card of old had it. */
	static const uint32_t rsp[4] = { 0x80168000, 0xA9FFFFFF, 0x325B5A83,
					 0x00002F00 };
	struct imx_sd_csd csd;

	(void)state;
	assert_int_equal(imx_sd_parse_csd(rsp, &csd), TZVMM_OK);
	assert_int_equal(csd.nr_sectors, (0xEA7u + 1u) * 512u * 2u);
	assert_false(csd.sector_addressed);
	assert_true(csd.has_switch);
	assert_true(csd.can_erase);
	assert_false(csd.read_only);
}

static void erasing_any_sectors_takes_the_commands_and_the_block_size(void **state)
{
	static const uint32_t without[][4] = {
		{ 0x80168000, 0xA9FFFFBF, 0x325B5A83, 0x00002F00 },
		{ 0x80168000, 0xA9FFFFFF, 0x32595A83, 0x00002F00 },
	};
	struct imx_sd_csd csd;

	(void)state;
	for (size_t i = 0; i < 2u; i++) {
		assert_int_equal(imx_sd_parse_csd(without[i], &csd), TZVMM_OK);
		assert_false(csd.can_erase);
	}
}

static void sizes_of_both_versions_at_their_limits(void **state)
{
	static const struct {
		bool v2;
		uint32_t bl_len, c_size, mult;
		uint64_t sectors;
	} cases[] = {
		{ false, 9, 0, 0, 4 },
		{ false, 9, 4095, 7, UINT64_C(4096) << 9 },
		{ false, 11, 4095, 7, UINT64_C(4096) << 11 },
		{ true, 9, 0, 0, 1024 },
		{ true, 9, 0xFFFF, 0, UINT64_C(32) << 21 }, /* the largest SDHC */
		{ true, 9, 0x10000, 0, (UINT64_C(32) << 21) + 1024u }, /* SDXC */
		{ true, 9, 0x3FFFFF, 0, UINT64_C(0x400000) << 10 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct imx_sd_csd csd;
		uint32_t rsp[4];

		if (cases[i].v2) {
			csd_v2(rsp, cases[i].c_size);
		} else {
			csd_v1(rsp, cases[i].bl_len, cases[i].c_size, cases[i].mult);
		}
		assert_int_equal(imx_sd_parse_csd(rsp, &csd), TZVMM_OK);
		assert_int_equal(csd.nr_sectors, cases[i].sectors);
		assert_int_equal(csd.sector_addressed, cases[i].v2);
	}
}

static void every_malformed_csd_is_refused(void **state)
{
	struct imx_sd_csd csd;
	uint32_t rsp[4];

	(void)state;
	for (uint32_t bl_len = 0; bl_len < 16u; bl_len++) {
		bool good = bl_len >= 9u && bl_len <= 11u;

		csd_v1(rsp, bl_len, 100, 3);
		assert_int_equal(imx_sd_parse_csd(rsp, &csd),
				 good ? TZVMM_OK : TZVMM_E_FORMAT);
		csd_v2(rsp, 100);
		rsp[2] &= ~(15u << 8);
		put(rsp, 83, 80, bl_len);
		assert_int_equal(imx_sd_parse_csd(rsp, &csd),
				 bl_len == 9u ? TZVMM_OK : TZVMM_E_FORMAT);
	}
	memset(rsp, 0, sizeof(rsp));
	assert_int_equal(imx_sd_parse_csd(rsp, &csd), TZVMM_E_FORMAT);
	memset(rsp, 0xFF, sizeof(rsp));
	assert_int_equal(imx_sd_parse_csd(rsp, &csd), TZVMM_E_UNSUPP);
	csd_v2(rsp, 100);
	put(rsp, 127, 127, 1);
	rsp[3] &= ~(1u << 22); /* version 3: SDUC */
	assert_int_equal(imx_sd_parse_csd(rsp, &csd), TZVMM_E_UNSUPP);
}

static void no_csd_whatever_gives_a_disk_of_no_size(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned n = 0; n < 100000; n++) {
		struct imx_sd_csd csd;
		uint32_t rsp[4];

		for (unsigned i = 0; i < 4; i++) {
			seed = seed * 1664525u + 1013904223u;
			rsp[i] = seed ^ seed >> 15;
		}
		if (imx_sd_parse_csd(rsp, &csd) == TZVMM_OK) {
			assert_true(csd.nr_sectors > 0u);
			assert_true(csd.nr_sectors <= UINT64_C(1) << 32);
		}
	}
}

static void the_switch_command_is_known_by_its_class(void **state)
{
	struct imx_sd_csd csd = { .has_switch = true, .read_only = true };
	uint32_t rsp[4];

	(void)state;
	csd_v2(rsp, 100);
	rsp[2] = (rsp[2] & ~(0xFFFu << 12)) | 0x1B5u << 12;
	assert_int_equal(imx_sd_parse_csd(rsp, &csd), TZVMM_OK);
	assert_false(csd.has_switch);
	assert_false(csd.read_only);
}

static void either_write_protection_makes_a_disk_read_only(void **state)
{
	(void)state;
	for (unsigned bit = 12; bit <= 13; bit++) {
		struct imx_sd_csd csd;
		uint32_t rsp[4];

		csd_v2(rsp, 100);
		put(rsp, bit, bit, 1);
		assert_int_equal(imx_sd_parse_csd(rsp, &csd), TZVMM_OK);
		assert_true(csd.read_only);
	}
}

static void cards_that_hang_when_they_count_are_known_by_name(void **state)
{
	static const struct {
		uint32_t maker, name;
		bool miscounts;
	} cards[] = {
		{ 0x09, 0x414620, true },  { 0x27, 0x415055, true },
		{ 0x27, 0x414620, false }, { 0x09, 0x415055, false },
		{ 0x03, 0x534431, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
		uint32_t cid[4] = { 0 };

		put(cid, 127, 120, cards[i].maker);
		put(cid, 103, 80, cards[i].name);
		assert_int_equal(imx_sd_miscounts(cid), cards[i].miscounts);
	}
}

static void an_sd_status_tells_how_much_is_erased_in_a_time(void **state)
{
	static const struct {
		uint8_t au_size, timeout, offset;
		uint32_t size, max;
	} cards[] = {
		{ 9, 1, 1, 15, 134u << 13 }, /* 135 units of 4 MiB in 9 s */
		{ 1, 10, 0, 1, 0 },          /* one, and an erase may touch two */
		{ 1, 10, 0, 2, 32 },         /* of 16 KiB */
		{ 1, 63, 3, 0xFFFF, 7280u << 5 },
		{ 10, 9, 1, 2, 1u << 14 }, /* of 8 MiB */
		{ 15, 9, 1, 2, 1u << 14 }, /* more */
		{ 10, 1, 0, 0xFFFF, UINT32_MAX },
		{ 0, 1, 0, 1, UINT32_MAX }, /* says nothing */
		{ 9, 0, 0, 1, UINT32_MAX },
		{ 9, 1, 0, 0, UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
		uint8_t raw[64] = { 0 };

		raw[10] = (uint8_t)(cards[i].au_size << 4);
		raw[11] = (uint8_t)(cards[i].size >> 8);
		raw[12] = (uint8_t)cards[i].size;
		raw[13] = (uint8_t)(cards[i].timeout << 2 | cards[i].offset);
		assert_int_equal(imx_sd_max_erase(raw, 10), cards[i].max);
		raw[13] |= 3u;
		raw[13] |= (uint8_t)(cards[i].timeout == 0u ? 0u : 63u << 2);
		if (cards[i].max != UINT32_MAX) {
			assert_int_equal(imx_sd_max_erase(raw, 3), 0);
		}
	}
}

static void an_scr_tells_bus_widths_version_and_counting(void **state)
{
	uint8_t raw[8] = { 0x02, 0x35 };
	struct imx_sd_scr scr;

	(void)state;
	assert_int_equal(imx_sd_parse_scr(raw, &scr), TZVMM_OK);
	assert_true(scr.four_bit && scr.has_switch);
	assert_false(scr.has_count);
	raw[3] = 2;
	assert_int_equal(imx_sd_parse_scr(raw, &scr), TZVMM_OK);
	assert_true(scr.has_count);
	raw[0] = 1;
	assert_int_equal(imx_sd_parse_scr(raw, &scr), TZVMM_OK);
	assert_true(scr.has_switch);
	raw[0] = 0;
	raw[1] = 1;
	assert_int_equal(imx_sd_parse_scr(raw, &scr), TZVMM_OK);
	assert_false(scr.four_bit || scr.has_switch);
	raw[0] = 0x10;
	assert_int_equal(imx_sd_parse_scr(raw, &scr), TZVMM_E_FORMAT);
}

static void a_switch_status_tells_what_can_be_and_what_is(void **state)
{
	uint8_t raw[64] = { 0 };

	(void)state;
	assert_false(imx_sd_switch_offers_hs(raw) || imx_sd_switch_is_hs(raw));
	raw[13] = 3;
	raw[16] = 1;
	assert_true(imx_sd_switch_offers_hs(raw) && imx_sd_switch_is_hs(raw));
	raw[16] = 0xF;
	assert_false(imx_sd_switch_is_hs(raw));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_csd_as_a_real_2_gb_card_sends_it_is_read_right),
		cmocka_unit_test(
			erasing_any_sectors_takes_the_commands_and_the_block_size),
		cmocka_unit_test(sizes_of_both_versions_at_their_limits),
		cmocka_unit_test(every_malformed_csd_is_refused),
		cmocka_unit_test(no_csd_whatever_gives_a_disk_of_no_size),
		cmocka_unit_test(the_switch_command_is_known_by_its_class),
		cmocka_unit_test(either_write_protection_makes_a_disk_read_only),
		cmocka_unit_test(cards_that_hang_when_they_count_are_known_by_name),
		cmocka_unit_test(an_sd_status_tells_how_much_is_erased_in_a_time),
		cmocka_unit_test(an_scr_tells_bus_widths_version_and_counting),
		cmocka_unit_test(a_switch_status_tells_what_can_be_and_what_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
