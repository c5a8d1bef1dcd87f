/* SPDX-License-Identifier: BSD-2-Clause */
/* What MMCs say, taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <imx/mmccard.h>

/* Bits high..low of a register of 128 bits, as hosts deliver it. */
static void put(uint32_t rsp[4], unsigned high, unsigned low, uint32_t value)
{
	for (unsigned bit = low; bit <= high; bit++) {
		rsp[(bit - 8u) / 32u] &= ~(1u << (bit - 8u) % 32u);
		rsp[(bit - 8u) / 32u] |= (value >> (bit - low) & 1u)
					 << (bit - 8u) % 32u;
	}
}

static void good_csd(uint32_t rsp[4])
{
	memset(rsp, 0, 16);
	put(rsp, 127, 126, 3);
	put(rsp, 125, 122, 4);
	put(rsp, 103, 96, 0x32);
	put(rsp, 83, 80, 9);
	put(rsp, 73, 62, 1983);
	put(rsp, 49, 47, 7);
}

static void good_ext(uint8_t raw[512])
{
	memset(raw, 0, 512);
	raw[192] = 7;
	raw[194] = 2;
	raw[196] = 7;
	raw[212] = 0x00;
	raw[213] = 0x80;
	raw[214] = 0x74;
}

static void a_csd_tells_size_clock_and_version(void **state)
{
	struct imx_mmc_csd csd;
	uint32_t rsp[4];

	(void)state;
	good_csd(rsp);
	assert_int_equal(imx_mmc_parse_csd(rsp, &csd), TZVMM_OK);
	assert_int_equal(csd.nr_sectors, 1984 * 512);
	assert_int_equal(csd.max_hz, 26000000);
	assert_true(csd.has_ext_csd);
	assert_false(csd.read_only);

	put(rsp, 125, 122, 3);
	put(rsp, 103, 96, 0x2A);
	assert_int_equal(imx_mmc_parse_csd(rsp, &csd), TZVMM_OK);
	assert_int_equal(csd.max_hz, 20000000);
	assert_false(csd.has_ext_csd);
	assert_true(csd.has_count);

	put(rsp, 125, 122, 2);
	assert_int_equal(imx_mmc_parse_csd(rsp, &csd), TZVMM_OK);
	assert_false(csd.has_count);
}

static void a_clock_that_is_not_known_is_taken_for_the_lower_one(void **state)
{
	(void)state;
	for (uint32_t speed = 0; speed < 256u; speed++) {
		struct imx_mmc_csd csd;
		uint32_t rsp[4];

		good_csd(rsp);
		put(rsp, 103, 96, speed);
		assert_int_equal(imx_mmc_parse_csd(rsp, &csd), TZVMM_OK);
		assert_int_equal(csd.max_hz, speed == 0x32u ? 26000000 : 20000000);
	}
}

static void either_write_protection_makes_an_mmc_read_only(void **state)
{
	(void)state;
	for (unsigned bit = 12; bit <= 13; bit++) {
		struct imx_mmc_csd csd;
		uint32_t rsp[4];

		good_csd(rsp);
		put(rsp, bit, bit, 1);
		assert_int_equal(imx_mmc_parse_csd(rsp, &csd), TZVMM_OK);
		assert_true(csd.read_only);
	}
}

static void every_malformed_csd_is_refused(void **state)
{
	struct imx_mmc_csd csd;
	uint32_t rsp[4];

	(void)state;
	for (uint32_t n = 0; n < 16u; n++) {
		good_csd(rsp);
		put(rsp, 83, 80, n);
		assert_int_equal(imx_mmc_parse_csd(rsp, &csd),
				 n >= 9u && n <= 11u ? TZVMM_OK : TZVMM_E_FORMAT);
		good_csd(rsp);
		put(rsp, 125, 122, n);
		assert_int_equal(imx_mmc_parse_csd(rsp, &csd),
				 n <= 4u ? TZVMM_OK : TZVMM_E_UNSUPP);
	}
	memset(rsp, 0, sizeof(rsp));
	assert_int_equal(imx_mmc_parse_csd(rsp, &csd), TZVMM_E_FORMAT);
	memset(rsp, 0xFF, sizeof(rsp));
	assert_int_equal(imx_mmc_parse_csd(rsp, &csd), TZVMM_E_UNSUPP);
}

static void an_ext_csd_tells_whether_sectors_can_be_trimmed_and_to_what(void **state)
{
	static const struct {
		uint8_t rev, feature, erased;
		bool can, zeroes;
	} cases[] = {
		{ 7, 0x10, 0, true, true },   { 7, 0x10, 1, true, false },
		{ 7, 0xEF, 0, false, false }, { 5, 0x10, 0, true, true },
		{ 4, 0x10, 0, false, false },
	};
	struct imx_mmc_ext_csd ext;
	uint8_t raw[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good_ext(raw);
		raw[192] = cases[i].rev;
		raw[231] = cases[i].feature;
		raw[181] = cases[i].erased;
		assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_OK);
		assert_int_equal(ext.can_trim, cases[i].can);
		assert_int_equal(ext.trims_to_zeroes, cases[i].zeroes);
	}
}

static void an_ext_csd_tells_size_and_speed(void **state)
{
	struct imx_mmc_ext_csd ext;
	uint8_t raw[512];

	(void)state;
	good_ext(raw);
	assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_OK);
	assert_int_equal(ext.nr_sectors, 7634944);
	assert_true(ext.can_high_speed);
	assert_false(ext.is_high_speed);
	assert_memory_equal(ext.fixed, raw + 192, 24);

	raw[185] = 0x11; /* with a driver strength */
	raw[196] = 1;
	raw[215] = 0xFF;
	assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_OK);
	assert_int_equal(ext.nr_sectors, 0xFF748000);
	assert_false(ext.can_high_speed);
	assert_true(ext.is_high_speed);

	raw[185] = 2; /* another one, which nobody asked for */
	assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_OK);
	assert_false(ext.is_high_speed);

	raw[192] = 1; /* before SEC_COUNT */
	assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_OK);
	assert_int_equal(ext.nr_sectors, 0);
}

static void every_malformed_ext_csd_is_refused(void **state)
{
	static const struct {
		uint16_t at;
		uint8_t value;
		enum tzvmm_status st;
	} cases[] = {
		{ 33, 1, TZVMM_E_FORMAT },  /* the cache is on */
		{ 61, 1, TZVMM_E_UNSUPP },  /* sectors of 4 KiB */
		{ 61, 9, TZVMM_E_UNSUPP },  /* of who knows how many bytes */
		{ 179, 1, TZVMM_E_FORMAT }, /* access to a boot partition */
		{ 179, 7, TZVMM_E_FORMAT }, /* to another one */
		{ 194, 3, TZVMM_E_FORMAT }, /* a structure that is not known */
		{ 196, 0, TZVMM_E_FORMAT }, /* no speed */
		{ 196, 2, TZVMM_E_FORMAT }, /* the higher one and not the lower */
		{ 179, 0x48, TZVMM_OK },    /* boots from a partition */
		{ 33, 0xFE, TZVMM_OK },     /* reserved bits */
		{ 192, 255, TZVMM_OK },     /* a version of the future */
	};
	struct imx_mmc_ext_csd ext;
	uint8_t raw[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good_ext(raw);
		raw[cases[i].at] = cases[i].value;
		assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), cases[i].st);
	}
	memset(raw, 0, sizeof(raw));
	assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_E_FORMAT);
	memset(raw, 0xFF, sizeof(raw));
	assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_E_FORMAT);
}

static void what_a_version_does_not_define_is_not_looked_at(void **state)
{
	struct imx_mmc_ext_csd ext;
	uint8_t raw[512];

	(void)state;
	good_ext(raw);
	raw[33] = raw[61] = 1;
	raw[192] = 5;
	assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_OK);
	raw[192] = 6;
	assert_int_equal(imx_mmc_parse_ext_csd(raw, &ext), TZVMM_E_FORMAT);
}

static void the_smaller_size_counts_where_bytes_are_addressed(void **state)
{
	static const struct {
		uint32_t ext;
		bool sectors;
		uint64_t size;
	} cases[] = {
		{ 0, false, 1000 },    { 999, false, 999 },
		{ 1, false, 1 },       { 1000, false, 1000 },
		{ 1001, false, 1000 }, { UINT32_MAX, false, 1000 },
		{ 0, true, 0 },        { UINT32_MAX, true, UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct imx_mmc_csd csd = { .nr_sectors = 1000 };
		const struct imx_mmc_ext_csd ext = { .nr_sectors = cases[i].ext };

		assert_int_equal(imx_mmc_nr_sectors(&csd, &ext, cases[i].sectors),
				 cases[i].size);
	}
}

static void no_csd_whatever_gives_a_size_that_32_bits_do_not_address(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (unsigned n = 0; n < 100000; n++) {
		const struct imx_mmc_ext_csd none = { .nr_sectors = 0 };
		struct imx_mmc_csd csd;
		uint32_t rsp[4];

		for (unsigned i = 0; i < 4; i++) {
			seed = seed * 1664525u + 1013904223u;
			rsp[i] = seed ^ seed >> 15;
		}
		if (imx_mmc_parse_csd(rsp, &csd) == TZVMM_OK) {
			assert_true(imx_mmc_nr_sectors(&csd, &none, false) > 0u);
			assert_true((csd.nr_sectors - 1u) * 512u <= UINT32_MAX);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_csd_tells_size_clock_and_version),
		cmocka_unit_test(a_clock_that_is_not_known_is_taken_for_the_lower_one),
		cmocka_unit_test(either_write_protection_makes_an_mmc_read_only),
		cmocka_unit_test(every_malformed_csd_is_refused),
		cmocka_unit_test(
			an_ext_csd_tells_whether_sectors_can_be_trimmed_and_to_what),
		cmocka_unit_test(an_ext_csd_tells_size_and_speed),
		cmocka_unit_test(every_malformed_ext_csd_is_refused),
		cmocka_unit_test(what_a_version_does_not_define_is_not_looked_at),
		cmocka_unit_test(the_smaller_size_counts_where_bytes_are_addressed),
		cmocka_unit_test(
			no_csd_whatever_gives_a_size_that_32_bits_do_not_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
