/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/log.h>
#include <tzvmm/measure.h>

#define NR_PARTS TZVMM_ABI_BOOTPKG_NR_PARTS

static const char domain[TZVMM_ABI_BOOTPKG_DOMAIN_LEN] = TZVMM_ABI_BOOTPKG_DOMAIN;

_Static_assert(sizeof(TZVMM_ABI_BOOTPKG_DOMAIN) == sizeof(domain), "domain");

const char *tzvmm_measure_name(uint32_t part)
{
	static const char *const names[NR_PARTS] = {
		[TZVMM_ABI_BOOTPKG_PART_KERNEL] = "kernel",
		[TZVMM_ABI_BOOTPKG_PART_DTB] = "device tree",
		[TZVMM_ABI_BOOTPKG_PART_BOOTARGS] = "boot arguments",
		[TZVMM_ABI_BOOTPKG_PART_INITRD] = "initrd",
		[TZVMM_ABI_BOOTPKG_PART_DISKS] = "disks",
		[TZVMM_ABI_BOOTPKG_PART_LAYOUT] = "layout",
	};

	return part < NR_PARTS ? names[part] : "?";
}

void tzvmm_measure_text(const uint8_t *digest, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < TZVMM_DIGEST_LEN; i++) {
		*text++ = digits[digest[i] >> 4];
		*text++ = digits[digest[i] & 15u];
	}
	*text = '\0';
}

/* ---- What is hashed ----------------------------------------------------- */

static void hash_bytes(const struct tzvmm_hash *hash, struct tzvmm_boot_bytes bytes,
		       uint8_t *digest)
{
	hash->ops->begin(hash->ctx);
	hash->ops->add(hash->ctx, bytes.bytes, bytes.len);
	hash->ops->end(hash->ctx, digest);
}

/* Keys are left out: they are secret, and wiped after the first start. */
static void hash_disks(const struct tzvmm_hash *hash, const struct tzvmm_boot *boot,
		       uint8_t *digest)
{
	static const uint8_t no_key[TZVMM_ABI_BOOTPKG_KEY_LEN];
	const size_t key_at = offsetof(struct tzvmm_abi_bootpkg_disk, key);

	hash->ops->begin(hash->ctx);
	for (uint32_t i = 0; i < boot->nr_disks; i++) {
		hash->ops->add(hash->ctx, &boot->disks[i], key_at);
		hash->ops->add(hash->ctx, no_key, sizeof(no_key));
	}
	hash->ops->end(hash->ctx, digest);
}

/* Those of a tag list with the zeros behind them. */
static struct tzvmm_boot_bytes bootargs(const struct tzvmm_boot *boot)
{
	if (boot->atags == NULL) {
		return tzvmm_bootargs(boot->dtb_image);
	}
	return (struct tzvmm_boot_bytes){ (const uint8_t *)boot->atags->cmdline,
					  TZVMM_ABI_BOOTPKG_CMDLINE_LEN };
}

/* Where everything lies and how the guest reaches its devices. */
static void hash_layout(const struct tzvmm_hash *hash,
			const struct tzvmm_boot *boot, uint8_t *digest)
{
	const uint32_t words[] = { boot->profile, boot->entry,    boot->dtb,
				   boot->initrd,  boot->nr_disks, boot->machine };
	uint8_t bytes[sizeof(words)];
	/* The last one is told of a guest with a tag list alone. */
	const uint32_t len =
		(uint32_t)sizeof(words) - (boot->atags != NULL ? 0u : 4u);

	for (unsigned i = 0; i < len; i++) {
		bytes[i] = (uint8_t)(words[i / 4u] >> 8u * (i % 4u));
	}
	hash_bytes(hash, (struct tzvmm_boot_bytes){ bytes, len }, digest);
}

static void hash_parts(const struct tzvmm_hash *hash, const struct tzvmm_boot *boot,
		       struct tzvmm_digests *out)
{
	hash_bytes(hash, boot->kernel_image,
		   out->parts[TZVMM_ABI_BOOTPKG_PART_KERNEL]);
	hash_bytes(hash, boot->dtb_image, out->parts[TZVMM_ABI_BOOTPKG_PART_DTB]);
	hash_bytes(hash, bootargs(boot), out->parts[TZVMM_ABI_BOOTPKG_PART_BOOTARGS]);
	hash_bytes(hash, boot->initrd_image,
		   out->parts[TZVMM_ABI_BOOTPKG_PART_INITRD]);
	hash_disks(hash, boot, out->parts[TZVMM_ABI_BOOTPKG_PART_DISKS]);
	hash_layout(hash, boot, out->parts[TZVMM_ABI_BOOTPKG_PART_LAYOUT]);
}

void tzvmm_measure_combine(const struct tzvmm_hash *hash,
			   const struct tzvmm_digests *digests, uint8_t *out)
{
	hash->ops->begin(hash->ctx);
	hash->ops->add(hash->ctx, domain, sizeof(domain));
	hash->ops->add(hash->ctx, digests->parts, sizeof(digests->parts));
	hash->ops->end(hash->ctx, out);
}

static void log_digest(const struct tzvmm_sys *sys, const char *name,
		       const uint8_t *digest)
{
	char text[TZVMM_DIGEST_TEXT];

	tzvmm_measure_text(digest, text);
	tzvmm_log(sys, TZVMM_LOG_INFO, "measured: %s sha256 %s", name, text);
}

/* ---- What may start ----------------------------------------------------- */

static enum tzvmm_status refuse(const struct tzvmm_sys *sys, const char *why)
{
	tzvmm_log(sys, TZVMM_LOG_ERROR, "start refused: %s", why);
	return TZVMM_E_DENIED;
}

static bool is_same(const struct tzvmm_digests *a, const struct tzvmm_digests *b,
		    uint32_t part)
{
	return memcmp(a->parts[part], b->parts[part], TZVMM_DIGEST_LEN) == 0;
}

/* Name each part that is in none of the sets. */
static unsigned name_strangers(const struct tzvmm_sys *sys,
			       const struct tzvmm_digests *sets, uint32_t nr_sets,
			       const struct tzvmm_digests *measured)
{
	unsigned nr = 0;

	for (uint32_t part = 0; part < NR_PARTS; part++) {
		bool known = false;

		for (uint32_t i = 0; i < nr_sets && !known; i++) {
			known = is_same(&sets[i], measured, part);
		}
		if (!known) {
			tzvmm_log(sys, TZVMM_LOG_ERROR,
				  "start refused: the %s is not the allowed one",
				  tzvmm_measure_name(part));
			nr++;
		}
	}
	return nr;
}

static enum tzvmm_status
check_list(const struct tzvmm_measure *measure, const struct tzvmm_digests *sets,
	   uint32_t nr_sets, const struct tzvmm_digests *measured)
{
	for (uint32_t i = 0; i < nr_sets; i++) {
		if (memcmp(&sets[i], measured, sizeof(*measured)) == 0) {
			return TZVMM_OK;
		}
	}
	if (name_strangers(measure->sys, sets, nr_sets, measured) == 0u) {
		return refuse(measure->sys,
			      "its parts are allowed, but not together");
	}
	return TZVMM_E_DENIED;
}

static enum tzvmm_status check_signature(const struct tzvmm_measure *measure,
					 const struct tzvmm_boot *boot,
					 const struct tzvmm_digests *measured)
{
	const struct tzvmm_verifier *verifier = &measure->verifier;
	struct tzvmm_digests listed;
	uint8_t combined[TZVMM_DIGEST_LEN];

	if (boot->signature == NULL) {
		return refuse(measure->sys, "the boot package is not signed");
	}
	memcpy(&listed, boot->signature->digests, sizeof(listed));
	tzvmm_measure_combine(&measure->hash, &listed, combined);
	if (verifier->ops == NULL ||
	    verifier->ops->verify(verifier->ctx, measure->policy->key, combined,
				  boot->signature->signature) != TZVMM_OK) {
		return refuse(measure->sys,
			      "the signature of the list of digests is wrong");
	}
	return check_list(measure, &listed, 1, measured);
}

enum tzvmm_status tzvmm_measure(const struct tzvmm_measure *measure,
				const struct tzvmm_boot *boot,
				struct tzvmm_digests *out)
{
	const struct tzvmm_measure_policy *policy = measure->policy;
	uint8_t combined[TZVMM_DIGEST_LEN];

	hash_parts(&measure->hash, boot, out);
	tzvmm_measure_combine(&measure->hash, out, combined);
	for (uint32_t part = 0; part < NR_PARTS; part++) {
		log_digest(measure->sys, tzvmm_measure_name(part), out->parts[part]);
	}
	log_digest(measure->sys, "all", combined);
	switch (policy->rule) {
	case TZVMM_MEASURE_LOG:
		return TZVMM_OK;
	case TZVMM_MEASURE_DIGESTS:
		return check_list(measure, policy->allowed, policy->nr_allowed, out);
	case TZVMM_MEASURE_SIGNATURE:
		return check_signature(measure, boot, out);
	default:
		return refuse(measure->sys, "the policy is not known");
	}
}
