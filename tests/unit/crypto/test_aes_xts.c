// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/aes_xts.h>

#include "ieee1619.h"

#define SECTOR 512u
#define NR_SECTORS 4u
#define NR_VECTORS (sizeof(ieee1619_vectors) / sizeof(ieee1619_vectors[0]))

static void from_hex(uint8_t *to, const char *hex, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	assert_int_equal(strlen(hex), 2u * len);
	for (size_t i = 0; i < len; i++) {
		const char *high = strchr(digits, hex[2u * i]);
		const char *low = strchr(digits, hex[2u * i + 1u]);

		assert_true(high != NULL && low != NULL);
		to[i] = (uint8_t)((high - digits) * 16 + (low - digits));
	}
}

struct fixture {
	uint8_t key[TZVMM_AES_XTS_KEY_LEN];
	struct tzvmm_aes_xts xts;
	struct tzvmm_cipher cipher;
	uint8_t plain[NR_SECTORS * SECTOR];
	uint8_t out[NR_SECTORS * SECTOR + 16u];
};

static int set_up(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));

	from_hex(fx->key, IEEE1619_KEY, sizeof(fx->key));
	memset(&fx->xts, 0xEE, sizeof(fx->xts));
	assert_int_equal(tzvmm_aes_xts_init(&fx->xts, fx->key), TZVMM_OK);
	fx->cipher = tzvmm_aes_xts_cipher(&fx->xts);
	for (unsigned i = 0; i < sizeof(fx->plain); i++) {
		fx->plain[i] = (uint8_t)i;
	}
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

static enum tzvmm_status encrypt(struct fixture *fx, uint64_t sector,
				 const uint8_t *in, uint8_t *out, uint32_t nr)
{
	return fx->cipher.ops->encrypt(fx->cipher.ctx, sector, in, out, nr);
}

static enum tzvmm_status decrypt(struct fixture *fx, uint64_t sector,
				 const uint8_t *in, uint8_t *out, uint32_t nr)
{
	return fx->cipher.ops->decrypt(fx->cipher.ctx, sector, in, out, nr);
}

static void the_vectors_of_the_standard_hold_in_both_directions(void **state)
{
	struct fixture *fx = *state;
	uint8_t expected[SECTOR];

	for (unsigned i = 0; i < NR_VECTORS; i++) {
		const struct ieee1619_vector *v = &ieee1619_vectors[i];

		from_hex(expected, v->ciphertext, SECTOR);
		assert_int_equal(encrypt(fx, v->sector, fx->plain, fx->out, 1),
				 TZVMM_OK);
		assert_memory_equal(fx->out, expected, SECTOR);
		assert_int_equal(decrypt(fx, v->sector, expected, fx->out, 1),
				 TZVMM_OK);
		assert_memory_equal(fx->out, fx->plain, SECTOR);
	}
}

static void many_sectors_are_each_under_its_own_number(void **state)
{
	struct fixture *fx = *state;
	const uint64_t first = UINT32_MAX - 1u;
	uint8_t one[SECTOR];

	assert_int_equal(encrypt(fx, first, fx->plain, fx->out, NR_SECTORS),
			 TZVMM_OK);
	for (unsigned i = 0; i < NR_SECTORS; i++) {
		assert_int_equal(encrypt(fx, first + i, fx->plain + i * SECTOR, one,
					 1),
				 TZVMM_OK);
		assert_memory_equal(fx->out + i * SECTOR, one, SECTOR);
	}
	/* The same plaintext is another ciphertext in another sector. */
	assert_memory_not_equal(fx->out, fx->out + SECTOR, SECTOR);
}

static void it_works_in_place_at_any_address(void **state)
{
	struct fixture *fx = *state;

	for (unsigned at = 0; at < 16u; at++) {
		memcpy(fx->out + at, fx->plain, sizeof(fx->plain));
		assert_int_equal(encrypt(fx, 9, fx->out + at, fx->out + at,
					 NR_SECTORS),
				 TZVMM_OK);
		assert_memory_not_equal(fx->out + at, fx->plain, sizeof(fx->plain));
		assert_int_equal(decrypt(fx, 9, fx->out + at, fx->out + at,
					 NR_SECTORS),
				 TZVMM_OK);
		assert_memory_equal(fx->out + at, fx->plain, sizeof(fx->plain));
	}
}

static bool is_zero(const void *memory, size_t len)
{
	const uint8_t *bytes = memory;
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++) {
		any |= bytes[i];
	}
	return any == 0u;
}

static void a_key_with_equal_halves_is_refused_and_leaves_nothing(void **state)
{
	struct fixture *fx = *state;

	memcpy(fx->key + 32, fx->key, 32);
	assert_int_equal(tzvmm_aes_xts_init(&fx->xts, fx->key), TZVMM_E_INVAL);
	assert_true(is_zero(&fx->xts, sizeof(fx->xts)));
	/* Any bit makes them unequal. */
	for (unsigned bit = 0; bit < 256u; bit++) {
		fx->key[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
		assert_int_equal(tzvmm_aes_xts_init(&fx->xts, fx->key), TZVMM_OK);
		fx->key[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
	}
}

static void a_wiped_key_is_gone_and_encrypts_nothing(void **state)
{
	struct fixture *fx = *state;

	tzvmm_aes_xts_wipe(&fx->xts);
	assert_true(is_zero(&fx->xts, sizeof(fx->xts)));
	memset(fx->out, 0xEE, sizeof(fx->out));
	assert_int_equal(encrypt(fx, 0, fx->plain, fx->out, 1), TZVMM_E_DENIED);
	assert_int_equal(decrypt(fx, 0, fx->plain, fx->out, 1), TZVMM_E_DENIED);
	for (unsigned i = 0; i < SECTOR; i++) {
		assert_int_equal(fx->out[i], 0xEE);
	}
	/* It can be keyed again. */
	assert_int_equal(tzvmm_aes_xts_init(&fx->xts, fx->key), TZVMM_OK);
	the_vectors_of_the_standard_hold_in_both_directions(state);
}

static void the_key_is_not_needed_after_it_was_expanded(void **state)
{
	struct fixture *fx = *state;

	memset(fx->key, 0, sizeof(fx->key));
	the_vectors_of_the_standard_hold_in_both_directions(state);
}

/* A disk that answers at once when it is told to, of NR_SECTORS sectors. */
struct small_disk {
	struct tzvmm_blkdev dev;
	uint8_t bytes[NR_SECTORS * SECTOR];
	struct tzvmm_blk_req *req;
};

static enum tzvmm_status small_submit(const struct tzvmm_blkdev *dev,
				      struct tzvmm_blk_req *req)
{
	struct small_disk *disk = dev->ctx;

	disk->req = req;
	return TZVMM_OK;
}

static void small_write(struct small_disk *disk)
{
	const struct tzvmm_blk_req *req = disk->req;

	memcpy(disk->bytes + req->sector * SECTOR, req->sg[0].va, req->sg[0].len);
	disk->req->done(disk->req, TZVMM_OK);
}

static void note_done(struct tzvmm_blk_req *req, enum tzvmm_status status)
{
	enum tzvmm_status *to = req->owner;

	*to = status;
}

static void it_is_the_cipher_of_an_encrypted_device(void **state)
{
	static const struct tzvmm_blkdev_ops ops = { .submit = small_submit };
	static _Alignas(TZVMM_CRYPT_ALIGN) uint8_t buffer[NR_SECTORS * SECTOR];
	struct fixture *fx = *state;
	struct small_disk disk = { .dev = { .ops = &ops,
					    .ctx = &disk,
					    .nr_sectors = NR_SECTORS,
					    .max_sectors = NR_SECTORS,
					    .max_sg = 1,
					    .sg_align = 4 } };
	struct tzvmm_crypt_slot slot;
	const struct tzvmm_crypt_setup setup = { .parent = &disk.dev,
						 .cipher = fx->cipher,
						 .slots = &slot,
						 .nr_slots = 1,
						 .buffers = buffer,
						 .buffer_len = sizeof(buffer) };
	struct tzvmm_crypt crypt;
	enum tzvmm_status status = TZVMM_E_BUSY;
	const struct tzvmm_sg sg[] = { { fx->plain, 700 }, { fx->plain + 700, 324 } };
	struct tzvmm_blk_req req = { .op = TZVMM_BLK_WRITE,
				     .sector = 1,
				     .nr_sectors = 2,
				     .sg = sg,
				     .nr_sg = 2,
				     .done = note_done,
				     .owner = &status };

	assert_int_equal(tzvmm_crypt_init(&crypt, &setup), TZVMM_OK);
	assert_int_equal(tzvmm_blk_submit(&crypt.dev, &req), TZVMM_OK);
	small_write(&disk);
	assert_int_equal(status, TZVMM_OK);
	assert_int_equal(encrypt(fx, 1, fx->plain, fx->out, 2), TZVMM_OK);
	assert_memory_equal(disk.bytes + SECTOR, fx->out, 2u * SECTOR);
	/* A key that is gone. */
	tzvmm_aes_xts_wipe(&fx->xts);
	assert_int_equal(tzvmm_blk_submit(&crypt.dev, &req), TZVMM_E_IO);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_vectors_of_the_standard_hold_in_both_directions),
		T(many_sectors_are_each_under_its_own_number),
		T(it_works_in_place_at_any_address),
		T(a_key_with_equal_halves_is_refused_and_leaves_nothing),
		T(a_wiped_key_is_gone_and_encrypts_nothing),
		T(the_key_is_not_needed_after_it_was_expanded),
		T(it_is_the_cipher_of_an_encrypted_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
