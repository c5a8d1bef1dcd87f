/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tzvmm/measure.h>

#include "fake.h"

#define NR TZVMM_ABI_BOOTPKG_NR_PARTS
#define KERNEL TZVMM_ABI_BOOTPKG_PART_KERNEL
#define DTB TZVMM_ABI_BOOTPKG_PART_DTB
#define BOOTARGS TZVMM_ABI_BOOTPKG_PART_BOOTARGS
#define INITRD TZVMM_ABI_BOOTPKG_PART_INITRD
#define DISKS TZVMM_ABI_BOOTPKG_PART_DISKS
#define LAYOUT TZVMM_ABI_BOOTPKG_PART_LAYOUT

/* ---- A hash that a test can read: FNV-1a, and how many bytes there were --- */

struct toy {
	uint64_t sum;
	uint64_t len;
};

static void toy_begin(void *ctx)
{
	*(struct toy *)ctx = (struct toy){ 0xCBF29CE484222325u, 0 };
}

static void toy_add(void *ctx, const void *bytes, size_t len)
{
	struct toy *toy = ctx;

	for (size_t i = 0; i < len; i++) {
		toy->sum = (toy->sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
	}
	toy->len += len;
}

static void toy_end(void *ctx, uint8_t *digest)
{
	memset(digest, 0, TZVMM_DIGEST_LEN);
	memcpy(digest, ctx, sizeof(struct toy));
}

static const struct tzvmm_hash_ops toy_ops = { toy_begin, toy_add, toy_end };

static void toy_hash(const void *bytes, size_t len, uint8_t *digest)
{
	struct toy toy;

	toy_begin(&toy);
	toy_add(&toy, bytes, len);
	toy_end(&toy, digest);
}

/* ---- A signature that is the key over the digest ------------------------- */

static enum tzvmm_status toy_verify(void *ctx, const uint8_t *key,
				    const uint8_t *digest, const uint8_t *signature)
{
	unsigned *nr = ctx;
	uint8_t wrong = 0;

	(*nr)++;
	for (unsigned i = 0; i < TZVMM_SIGNATURE_LEN; i++) {
		wrong |= signature[i] ^ key[i] ^ digest[i % TZVMM_DIGEST_LEN];
	}
	return wrong == 0u ? TZVMM_OK : TZVMM_E_DENIED;
}

static const struct tzvmm_verifier_ops toy_verifier_ops = { toy_verify };

/* ---- A guest ------------------------------------------------------------- */

/* A device tree as dtc makes it, word by word. */
static uint32_t be(uint32_t word)
{
	return __builtin_bswap32(word);
}

#define DTB_MAX 512u

struct tree {
	uint8_t bytes[DTB_MAX];
	uint32_t len;
};

static void put_word(struct tree *tree, uint32_t word)
{
	const uint32_t value = be(word);

	memcpy(tree->bytes + tree->len, &value, 4);
	tree->len += 4u;
}

static void put_padded(struct tree *tree, const char *text, uint32_t len)
{
	memcpy(tree->bytes + tree->len, text, len);
	tree->len += (len + 3u) & ~3u;
}

static void put_node(struct tree *tree, const char *name)
{
	put_word(tree, 1);
	put_padded(tree, name, (uint32_t)strlen(name) + 1u);
}

static void put_prop(struct tree *tree, uint32_t name, const char *value)
{
	put_word(tree, 3);
	put_word(tree, (uint32_t)strlen(value) + 1u);
	put_word(tree, name);
	put_padded(tree, value, (uint32_t)strlen(value) + 1u);
}

static const char strings[] = "model\0bootargs\0nonbootargs";

#define MODEL 0u
#define BOOTARGS_NAME 6u
#define ENDS_WITH_BOOTARGS 15u

static void set_word(struct tree *tree, uint32_t at, uint32_t word)
{
	const uint32_t value = be(word);

	memcpy(tree->bytes + at, &value, 4);
}

static void finish_tree(struct tree *tree)
{
	put_word(tree, 2);
	put_word(tree, 9);
	set_word(tree, 0, 0xD00DFEED);
	set_word(tree, 8, 40);
	set_word(tree, 36, tree->len - 40u);
	set_word(tree, 12, tree->len);
	set_word(tree, 32, sizeof(strings));
	memcpy(tree->bytes + tree->len, strings, sizeof(strings));
	tree->len += (uint32_t)sizeof(strings);
	set_word(tree, 4, tree->len);
}

/* Things that look like what is sought, before it. */
static void make_tree(struct tree *tree, const char *bootargs)
{
	*tree = (struct tree){ .len = 40 };
	put_node(tree, "");
	put_prop(tree, MODEL, "board");
	put_prop(tree, BOOTARGS_NAME, "of the root");
	put_node(tree, "soc");
	put_node(tree, "chosen");
	put_prop(tree, BOOTARGS_NAME, "of another chosen");
	put_word(tree, 2);
	put_word(tree, 2);
	put_node(tree, "chosen2");
	put_prop(tree, BOOTARGS_NAME, "of another node");
	put_word(tree, 2);
	put_node(tree, "chosen");
	put_prop(tree, ENDS_WITH_BOOTARGS, "of another property");
	put_word(tree, 4);
	if (bootargs != NULL) {
		put_prop(tree, BOOTARGS_NAME, bootargs);
	}
	put_word(tree, 2);
	finish_tree(tree);
}

struct fixture {
	struct fake fake;
	char lines[1024]; /* of the level ERROR */
	unsigned nr_measured;
	struct toy toy;
	unsigned nr_verified;
	uint8_t kernel[64];
	uint8_t initrd[16];
	struct tree tree;
	struct tzvmm_abi_bootpkg_disk disks[2];
	struct tzvmm_abi_bootpkg_signature signature;
	struct tzvmm_boot boot;
	uint8_t key[TZVMM_PUBLIC_KEY_LEN];
	struct tzvmm_digests good;
	struct tzvmm_measure_policy policy;
	struct tzvmm_measure measure;
	struct tzvmm_digests out;
};

static void keep_line(void *ctx, enum tzvmm_log_level level, const char *text,
		      size_t len)
{
	struct fixture *fx = ctx;

	if (level == TZVMM_LOG_ERROR) {
		assert_true(strlen(fx->lines) + len + 2u < sizeof(fx->lines));
		strncat(fx->lines, text, len);
		strcat(fx->lines, "\n");
	} else {
		assert_memory_equal(text, "measured: ", 10);
		fx->nr_measured++;
	}
}

static uint64_t no_time(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct tzvmm_sys_ops sys_ops = { no_time, keep_line };

static enum tzvmm_status run(struct fixture *fx)
{
	fx->lines[0] = '\0';
	fx->nr_measured = 0;
	memset(&fx->out, 0xEE, sizeof(fx->out));
	return tzvmm_measure(&fx->measure, &fx->boot, &fx->out);
}

static void set_tree(struct fixture *fx, const char *bootargs)
{
	make_tree(&fx->tree, bootargs);
	fx->boot.dtb_image =
		(struct tzvmm_boot_bytes){ fx->tree.bytes, fx->tree.len };
}

static int set_up(void **state)
{
	static struct fixture fixture; /* its memory has the alignment of a page */
	struct fixture *fx = &fixture;

	memset(fx, 0, sizeof(*fx));
	fx->fake.sys = (struct tzvmm_sys){ &sys_ops, fx };
	memset(fx->kernel, 1, sizeof(fx->kernel));
	memset(fx->initrd, 2, sizeof(fx->initrd));
	strcpy(fx->disks[0].partition, "2");
	memset(fx->disks[0].key, 3, sizeof(fx->disks[0].key));
	strcpy(fx->disks[1].partition, "3");
	fx->boot = (struct tzvmm_boot){
		.entry = 0x7A000000,
		.dtb = 0x80000000,
		.initrd = 0x80200000,
		.initrd_len = sizeof(fx->initrd),
		.profile = TZVMM_ABI_BOOTPKG_PARAVIRT,
		.disks = fx->disks,
		.nr_disks = 2,
		.kernel_image = { fx->kernel, sizeof(fx->kernel) },
		.initrd_image = { fx->initrd, sizeof(fx->initrd) },
	};
	set_tree(fx, "quiet");
	for (unsigned i = 0; i < sizeof(fx->key); i++) {
		fx->key[i] = (uint8_t)(0x40u + i);
	}
	fx->measure = (struct tzvmm_measure){
		.sys = &fx->fake.sys,
		.hash = { &toy_ops, &fx->toy },
		.verifier = { &toy_verifier_ops, &fx->nr_verified },
		.policy = &fx->policy,
	};
	assert_int_equal(run(fx), TZVMM_OK);
	fx->good = fx->out;
	fx->policy = (struct tzvmm_measure_policy){
		.allowed = &fx->good,
		.nr_allowed = 1,
		.key = fx->key,
	};
	*state = fx;
	return 0;
}

static void use_signature(struct fixture *fx)
{
	uint8_t combined[TZVMM_DIGEST_LEN];

	tzvmm_measure_combine(&fx->measure.hash, &fx->good, combined);
	memcpy(fx->signature.digests, &fx->good, sizeof(fx->good));
	for (unsigned i = 0; i < TZVMM_SIGNATURE_LEN; i++) {
		fx->signature.signature[i] =
			fx->key[i] ^ combined[i % TZVMM_DIGEST_LEN];
	}
	fx->boot.signature = &fx->signature;
	fx->policy.rule = TZVMM_MEASURE_SIGNATURE;
}

/* The lines with which it is refused, and no other ones. */
static void assert_refused(struct fixture *fx, const char *lines)
{
	assert_int_equal(run(fx), TZVMM_E_DENIED);
	assert_string_equal(fx->lines, lines);
}

#define NOT_ALLOWED(part) "start refused: the " part " is not the allowed one\n"

/* ---- What is hashed ------------------------------------------------------ */

static void each_part_has_the_digest_of_its_bytes(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_abi_bootpkg_disk keyless[2];
	const uint32_t layout[] = { fx->boot.profile, fx->boot.entry, fx->boot.dtb,
				    fx->boot.initrd, 2 };
	struct tzvmm_digests expected;

	memcpy(keyless, fx->disks, sizeof(keyless));
	memset(keyless[0].key, 0, sizeof(keyless[0].key));
	toy_hash(fx->kernel, sizeof(fx->kernel), expected.parts[KERNEL]);
	toy_hash(fx->tree.bytes, fx->tree.len, expected.parts[DTB]);
	toy_hash("quiet", 6, expected.parts[BOOTARGS]);
	toy_hash(fx->initrd, sizeof(fx->initrd), expected.parts[INITRD]);
	toy_hash(keyless, sizeof(keyless), expected.parts[DISKS]);
	toy_hash(layout, sizeof(layout), expected.parts[LAYOUT]);
	assert_memory_equal(&fx->good, &expected, sizeof(expected));
}

static void all_that_a_tag_list_is_made_of_is_hashed(void **state)
{
	struct fixture *fx = *state;
	const struct tzvmm_abi_bootpkg_atags atags = { .machine = 3273,
						       .cmdline = "quiet" };
	const uint32_t layout[] = { fx->boot.profile,
				    fx->boot.entry,
				    fx->boot.dtb,
				    fx->boot.initrd,
				    2,
				    3273 };
	struct tzvmm_digests expected = fx->good;

	fx->boot.atags = &atags;
	fx->boot.machine = atags.machine;
	fx->boot.dtb_image =
		(struct tzvmm_boot_bytes){ (const void *)&atags, sizeof(atags) };
	toy_hash(&atags, sizeof(atags), expected.parts[DTB]);
	toy_hash(atags.cmdline, sizeof(atags.cmdline), expected.parts[BOOTARGS]);
	toy_hash(layout, sizeof(layout), expected.parts[LAYOUT]);
	assert_int_equal(run(fx), TZVMM_OK);
	assert_memory_equal(&fx->out, &expected, sizeof(expected));
}

static void a_part_that_is_not_there_has_the_digest_of_nothing(void **state)
{
	struct fixture *fx = *state;
	uint8_t nothing[TZVMM_DIGEST_LEN];

	toy_hash("", 0, nothing);
	fx->boot.initrd_image = (struct tzvmm_boot_bytes){ 0 };
	fx->boot.disks = NULL;
	fx->boot.nr_disks = 0;
	set_tree(fx, NULL);
	assert_int_equal(run(fx), TZVMM_OK);
	assert_memory_equal(fx->out.parts[INITRD], nothing, sizeof(nothing));
	assert_memory_equal(fx->out.parts[DISKS], nothing, sizeof(nothing));
	assert_memory_equal(fx->out.parts[BOOTARGS], nothing, sizeof(nothing));
}

static void wiped_keys_change_nothing(void **state)
{
	struct fixture *fx = *state;

	memset(fx->disks[0].key, 0, sizeof(fx->disks[0].key));
	assert_int_equal(run(fx), TZVMM_OK);
	assert_memory_equal(&fx->out, &fx->good, sizeof(fx->good));
}

static void all_is_the_digest_of_the_domain_and_the_parts(void **state)
{
	struct fixture *fx = *state;
	uint8_t bytes[24 + sizeof(fx->good)] = "tzvmm measured start v1";
	uint8_t expected[TZVMM_DIGEST_LEN];
	uint8_t combined[TZVMM_DIGEST_LEN];

	memcpy(bytes + 24, &fx->good, sizeof(fx->good));
	toy_hash(bytes, sizeof(bytes), expected);
	tzvmm_measure_combine(&fx->measure.hash, &fx->good, combined);
	assert_memory_equal(combined, expected, sizeof(expected));
}

static void every_digest_is_logged_and_written_as_hexadecimal(void **state)
{
	struct fixture *fx = *state;
	uint8_t digest[TZVMM_DIGEST_LEN] = { 0x01, 0xAF };
	char text[TZVMM_DIGEST_TEXT];

	assert_int_equal(run(fx), TZVMM_OK);
	assert_int_equal(fx->nr_measured, NR + 1u);
	tzvmm_measure_text(digest, text);
	assert_string_equal(text,
			    "01af000000000000000000000000000000000000000000000"
			    "000000000000000");
	assert_string_equal(tzvmm_measure_name(NR), "?");
}

/* ---- What may start ------------------------------------------------------ */

static void rule_log_starts_anything(void **state)
{
	struct fixture *fx = *state;

	fx->kernel[0] ^= 1u;
	assert_int_equal(run(fx), TZVMM_OK);
	assert_string_equal(fx->lines, "");
}

static void change(struct fixture *fx, uint32_t part)
{
	switch (part) {
	case KERNEL:
		fx->kernel[63] ^= 0x80u;
		break;
	case DTB:
		fx->tree.bytes[60] ^= 1u; /* of "board" */
		break;
	case BOOTARGS:
		set_tree(fx, "quieT");
		break;
	case INITRD:
		fx->initrd[0] ^= 1u;
		break;
	case DISKS:
		fx->disks[1].policy ^= TZVMM_ABI_BOOTPKG_READ_ONLY;
		break;
	default:
		fx->boot.profile ^= 1u;
		break;
	}
}

static const char *const changed[NR] = {
	[KERNEL] = NOT_ALLOWED("kernel"),
	[DTB] = NOT_ALLOWED("device tree"),
	[BOOTARGS] = NOT_ALLOWED("device tree") NOT_ALLOWED("boot arguments"),
	[INITRD] = NOT_ALLOWED("initrd"),
	[DISKS] = NOT_ALLOWED("disks"),
	[LAYOUT] = NOT_ALLOWED("layout"),
};

static void a_list_lets_its_guests_start_and_names_what_is_changed(void **state)
{
	for (uint32_t part = 0; part < NR; part++) {
		struct fixture *fx = *state;

		fx->policy.rule = TZVMM_MEASURE_DIGESTS;
		assert_int_equal(run(fx), TZVMM_OK);
		assert_string_equal(fx->lines, "");
		change(fx, part);
		assert_refused(fx, changed[part]);
		(void)set_up(state);
	}
}

static void several_guests_are_allowed_but_no_mixture_of_them(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_digests sets[2] = { fx->good };

	change(fx, KERNEL);
	change(fx, INITRD);
	assert_int_equal(run(fx), TZVMM_OK);
	sets[1] = fx->out;
	fx->policy = (struct tzvmm_measure_policy){ .rule = TZVMM_MEASURE_DIGESTS,
						    .allowed = sets,
						    .nr_allowed = 2 };
	assert_int_equal(run(fx), TZVMM_OK);
	change(fx, KERNEL);
	assert_refused(fx,
		       "start refused: its parts are allowed, but not together\n");
	change(fx, INITRD);
	assert_int_equal(run(fx), TZVMM_OK);
	change(fx, DISKS);
	assert_refused(fx, NOT_ALLOWED("disks"));
	fx->policy.nr_allowed = 0;
	assert_int_equal(run(fx), TZVMM_E_DENIED);
}

static void a_signature_lets_its_guest_start_and_names_what_is_changed(void **state)
{
	for (uint32_t part = 0; part < NR; part++) {
		struct fixture *fx = *state;

		use_signature(fx);
		assert_int_equal(run(fx), TZVMM_OK);
		assert_string_equal(fx->lines, "");
		change(fx, part);
		assert_refused(fx, changed[part]);
		(void)set_up(state);
	}
}

static const char wrong_signature[] =
	"start refused: the signature of the list of digests is wrong\n";

static void each_bit_of_list_signature_and_key_counts(void **state)
{
	struct fixture *fx = *state;
	uint8_t *const bytes[] = { &fx->signature.digests[0][0],
				   fx->signature.signature, fx->key };
	const unsigned lens[] = { sizeof(fx->signature.digests),
				  TZVMM_SIGNATURE_LEN, TZVMM_PUBLIC_KEY_LEN };

	use_signature(fx);
	for (unsigned i = 0; i < 3u; i++) {
		for (unsigned bit = 0; bit < 8u * lens[i]; bit++) {
			bytes[i][bit / 8u] ^= (uint8_t)(1u << bit % 8u);
			assert_refused(fx, wrong_signature);
			bytes[i][bit / 8u] ^= (uint8_t)(1u << bit % 8u);
		}
	}
	assert_int_equal(run(fx), TZVMM_OK);
}

static void
a_changed_part_does_not_start_with_its_digest_put_into_the_list(void **state)
{
	struct fixture *fx = *state;

	use_signature(fx);
	change(fx, KERNEL);
	assert_int_equal(run(fx), TZVMM_E_DENIED);
	memcpy(fx->signature.digests, &fx->out, sizeof(fx->out));
	assert_refused(fx, wrong_signature);
}

static void what_is_not_signed_does_not_start(void **state)
{
	struct fixture *fx = *state;

	use_signature(fx);
	fx->boot.signature = NULL;
	assert_refused(fx, "start refused: the boot package is not signed\n");
	assert_int_equal(fx->nr_verified, 0);
}

static void nothing_starts_without_a_verifier_or_by_an_unknown_rule(void **state)
{
	struct fixture *fx = *state;

	use_signature(fx);
	fx->measure.verifier.ops = NULL;
	assert_refused(fx, wrong_signature);
	fx->policy.rule = (enum tzvmm_measure_rule)3;
	assert_refused(fx, "start refused: the policy is not known\n");
}

/* ---- Boot arguments ------------------------------------------------------ */

static void bootargs_are_those_of_chosen_and_of_no_other_node(void **state)
{
	struct fixture *fx = *state;
	struct tzvmm_boot_bytes found = tzvmm_bootargs(fx->boot.dtb_image);

	assert_int_equal(found.len, 6);
	assert_string_equal((const char *)found.bytes, "quiet");
	set_tree(fx, NULL);
	assert_null(tzvmm_bootargs(fx->boot.dtb_image).bytes);
}

/* In memory of its own, for the sanitizer. */
static void find_in_copy(const struct tree *tree, uint32_t len)
{
	uint8_t *copy = test_malloc(len + 1u);
	uint8_t *exact = copy + 1;
	struct tzvmm_boot_bytes found;

	memcpy(exact, tree->bytes, len);
	found = tzvmm_bootargs((struct tzvmm_boot_bytes){ exact, len });
	if (found.bytes != NULL) {
		assert_true(found.bytes >= exact && found.bytes <= exact + len);
		assert_true(found.len <= (size_t)(exact + len - found.bytes));
	}
	test_free(copy);
}

static void a_malformed_tree_is_never_read_beyond_its_end(void **state)
{
	struct fixture *fx = *state;
	static const uint32_t values[] = { 0, 1,  2,          3,          4,
					   5, 40, 0x7FFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF };

	for (uint32_t len = 0; len < fx->tree.len; len++) {
		find_in_copy(&fx->tree, len);
	}
	/* The block of tokens ends anywhere. */
	for (uint32_t len = 0; len < fx->tree.len - 40u; len++) {
		struct tree tree = fx->tree;

		set_word(&tree, 36, len);
		find_in_copy(&tree, tree.len);
	}
	for (uint32_t at = 4; at < fx->tree.len - 4u; at += 4u) {
		for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			struct tree tree = fx->tree;

			set_word(&tree, at, values[i]);
			find_in_copy(&tree, tree.len);
		}
	}
}

#define T(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_part_has_the_digest_of_its_bytes),
		T(all_that_a_tag_list_is_made_of_is_hashed),
		T(a_part_that_is_not_there_has_the_digest_of_nothing),
		T(wiped_keys_change_nothing),
		T(all_is_the_digest_of_the_domain_and_the_parts),
		T(every_digest_is_logged_and_written_as_hexadecimal),
		T(rule_log_starts_anything),
		T(a_list_lets_its_guests_start_and_names_what_is_changed),
		T(several_guests_are_allowed_but_no_mixture_of_them),
		T(a_signature_lets_its_guest_start_and_names_what_is_changed),
		T(each_bit_of_list_signature_and_key_counts),
		T(a_changed_part_does_not_start_with_its_digest_put_into_the_list),
		T(what_is_not_signed_does_not_start),
		T(nothing_starts_without_a_verifier_or_by_an_unknown_rule),
		T(bootargs_are_those_of_chosen_and_of_no_other_node),
		T(a_malformed_tree_is_never_read_beyond_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
