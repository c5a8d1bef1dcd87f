/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <tzvmm/abi/bootpkg.h>
#include <tzvmm/atags.h>
#include <tzvmm/boot.h>
#include <tzvmm/log.h>
#include <tzvmm/port/dma.h>

/* [Linux: Documentation/arm/booting] and the zImage header: words of it. */
#define ZIMAGE_MAGIC_AT 0x24u
#define ZIMAGE_START_AT 0x28u
#define ZIMAGE_END_AT 0x2Cu
#define ZIMAGE_HEADER_LEN 0x30u
#define ZIMAGE_MAGIC 0x016F2818u

/* [DTSpec] 5.2: big-endian; the header of version 17. */
#define FDT_TOTALSIZE_AT 4u
#define FDT_HEADER_LEN 40u
#define FDT_MAGIC 0xD00DFEEDu

#define MAX_ENTRIES TZVMM_ABI_BOOTPKG_MAX_ENTRIES

/* A package while it is checked. */
struct package {
	const uint8_t *bytes;
	uint32_t total_len;
	uint32_t nr;
	uint32_t profile;
	struct tzvmm_abi_bootpkg_entry entries[MAX_ENTRIES];
	uint8_t *dest[MAX_ENTRIES];
	const char *why; /* what is wrong, once something is */
	uint32_t bad;    /* the entry that is */
};

static uint32_t read_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static uint32_t read_be32(const uint8_t *p)
{
	return __builtin_bswap32(read_le32(p));
}

static enum tzvmm_status fail(struct package *pkg, enum tzvmm_status status,
			      const char *why)
{
	pkg->why = why;
	return status;
}

/* What the guest can write must not be what is checked. */
static bool in_guest_ram(const struct tzvmm_gmem *mem, const uint8_t *p, size_t len)
{
	const uintptr_t at = (uintptr_t)p;

	for (size_t i = 0; i < mem->nr_windows; i++) {
		const uintptr_t va = (uintptr_t)mem->windows[i].va;

		if (at - va < mem->windows[i].len || va - at < len) {
			return true;
		}
	}
	return false;
}

static enum tzvmm_status read_header(struct package *pkg, size_t len)
{
	const size_t header_len = sizeof(struct tzvmm_abi_bootpkg_header);
	const size_t entry_len = sizeof(struct tzvmm_abi_bootpkg_entry);

	if (len < header_len) {
		return fail(pkg, TZVMM_E_FORMAT, "shorter than its header");
	}
	if (read_le32(pkg->bytes) != TZVMM_ABI_BOOTPKG_MAGIC) {
		return fail(pkg, TZVMM_E_FORMAT, "no magic number");
	}
	if (read_le32(pkg->bytes + 4) != TZVMM_ABI_BOOTPKG_VERSION) {
		return fail(pkg, TZVMM_E_UNSUPP, "unknown version");
	}
	pkg->total_len = read_le32(pkg->bytes + 8);
	pkg->nr = read_le32(pkg->bytes + 12);
	pkg->profile = read_le32(pkg->bytes + 16);
	if (pkg->total_len > len) {
		return fail(pkg, TZVMM_E_FORMAT, "cut off");
	}
	if (pkg->profile >= TZVMM_ABI_BOOTPKG_NR_PROFILES) {
		return fail(pkg, TZVMM_E_UNSUPP, "unknown profile");
	}
	if (pkg->nr > MAX_ENTRIES) {
		return fail(pkg, TZVMM_E_FORMAT, "too many entries");
	}
	if (pkg->total_len < header_len + pkg->nr * entry_len) {
		return fail(pkg, TZVMM_E_FORMAT, "table of entries cut off");
	}
	for (uint32_t i = 0; i < pkg->nr; i++) {
		const uint8_t *p = pkg->bytes + header_len + i * entry_len;

		pkg->entries[i] = (struct tzvmm_abi_bootpkg_entry){
			.type = read_le32(p),
			.offset = read_le32(p + 4),
			.len = read_le32(p + 8),
			.load = read_le32(p + 12),
		};
	}
	return TZVMM_OK;
}

static enum tzvmm_status check_kernel(struct package *pkg, const uint8_t *image,
				      uint32_t len)
{
	uint32_t start;
	uint32_t end;

	if (len < ZIMAGE_HEADER_LEN ||
	    read_le32(image + ZIMAGE_MAGIC_AT) != ZIMAGE_MAGIC) {
		return fail(pkg, TZVMM_E_FORMAT, "kernel is not an ARM zImage");
	}
	start = read_le32(image + ZIMAGE_START_AT);
	end = read_le32(image + ZIMAGE_END_AT);
	if (end <= start || end - start > len) {
		return fail(pkg, TZVMM_E_FORMAT, "zImage is cut off");
	}
	return TZVMM_OK;
}

static enum tzvmm_status check_dtb(struct package *pkg, const uint8_t *blob,
				   uint32_t len)
{
	uint32_t totalsize;

	if (len < FDT_HEADER_LEN || read_be32(blob) != FDT_MAGIC) {
		return fail(pkg, TZVMM_E_FORMAT, "device tree has no magic number");
	}
	totalsize = read_be32(blob + FDT_TOTALSIZE_AT);
	if (totalsize < FDT_HEADER_LEN || totalsize > len) {
		return fail(pkg, TZVMM_E_FORMAT, "device tree is cut off");
	}
	return TZVMM_OK;
}

/* Its bytes without the final 0; size if there is none. */
static size_t string_len(const char *s, size_t size)
{
	size_t len = 0;

	while (len < size && s[len] != '\0') {
		len++;
	}
	return len;
}

static bool is_string(const char *s, size_t size)
{
	return string_len(s, size) < size;
}

static enum tzvmm_status check_disks(struct package *pkg, const uint8_t *payload,
				     uint32_t len)
{
	const struct tzvmm_abi_bootpkg_disk *disks = (const void *)payload;
	const uint32_t nr = len / (uint32_t)sizeof(*disks);

	if (((uintptr_t)payload & 3u) != 0u || len % sizeof(*disks) != 0u ||
	    nr > TZVMM_ABI_BOOTPKG_MAX_DISKS) {
		return fail(pkg, TZVMM_E_FORMAT, "not a list of disks");
	}
	for (uint32_t i = 0; i < nr; i++) {
		const struct tzvmm_abi_bootpkg_disk *disk = &disks[i];

		if (!is_string(disk->partition, sizeof(disk->partition)) ||
		    !is_string(disk->store, sizeof(disk->store)) ||
		    (disk->store[0] != '\0' &&
		     disk->policy != TZVMM_ABI_BOOTPKG_OVERLAY)) {
			return fail(pkg, TZVMM_E_FORMAT, "malformed disk");
		}
		if (disk->policy >= TZVMM_ABI_BOOTPKG_NR_POLICIES ||
		    disk->cipher >= TZVMM_ABI_BOOTPKG_NR_CIPHERS) {
			return fail(pkg, TZVMM_E_UNSUPP, "unknown policy or cipher");
		}
	}
	return TZVMM_OK;
}

static enum tzvmm_status check_signature(struct package *pkg,
					 const uint8_t *payload, uint32_t len)
{
	if (((uintptr_t)payload & 3u) != 0u ||
	    len < offsetof(struct tzvmm_abi_bootpkg_signature, digests)) {
		return fail(pkg, TZVMM_E_FORMAT, "not a signature");
	}
	if (read_le32(payload) != TZVMM_ABI_BOOTPKG_SIGNATURE_VERSION ||
	    read_le32(payload + 4) != TZVMM_ABI_BOOTPKG_ECDSA_P256) {
		return fail(pkg, TZVMM_E_UNSUPP, "unknown kind of signature");
	}
	if (read_le32(payload + 8) != TZVMM_ABI_BOOTPKG_NR_PARTS ||
	    len != sizeof(struct tzvmm_abi_bootpkg_signature)) {
		return fail(pkg, TZVMM_E_FORMAT, "signed list of digests is cut off");
	}
	return TZVMM_OK;
}

static enum tzvmm_status check_atags(struct package *pkg, const uint8_t *payload,
				     uint32_t len)
{
	const struct tzvmm_abi_bootpkg_atags *atags = (const void *)payload;

	if (((uintptr_t)payload & 3u) != 0u || len != sizeof(*atags) ||
	    !is_string(atags->cmdline, sizeof(atags->cmdline))) {
		return fail(pkg, TZVMM_E_FORMAT, "not what a tag list is made of");
	}
	return TZVMM_OK;
}

static enum tzvmm_status check_payload(struct package *pkg,
				       const struct tzvmm_abi_bootpkg_entry *entry)
{
	const uint8_t *payload = pkg->bytes + entry->offset;

	switch (entry->type) {
	case TZVMM_ABI_BOOTPKG_KERNEL:
		return check_kernel(pkg, payload, entry->len);
	case TZVMM_ABI_BOOTPKG_DTB:
		return check_dtb(pkg, payload, entry->len);
	case TZVMM_ABI_BOOTPKG_INITRD:
		return TZVMM_OK;
	case TZVMM_ABI_BOOTPKG_DISKS:
		return check_disks(pkg, payload, entry->len);
	case TZVMM_ABI_BOOTPKG_SIGNATURE:
		return check_signature(pkg, payload, entry->len);
	case TZVMM_ABI_BOOTPKG_ATAGS:
		return check_atags(pkg, payload, entry->len);
	default:
		return fail(pkg, TZVMM_E_UNSUPP, "unknown type of entry");
	}
}

static enum tzvmm_status check_source(struct package *pkg,
				      const struct tzvmm_abi_bootpkg_entry *entry)
{
	if (((entry->offset | entry->load) & (TZVMM_ABI_BOOTPKG_ALIGN - 1u)) != 0u) {
		return fail(pkg, TZVMM_E_FORMAT, "offset or load not aligned");
	}
	/* The header is shorter than the alignment: offset 0 alone meets it. */
	if (entry->offset == 0u || entry->len == 0u ||
	    entry->offset >= pkg->total_len ||
	    entry->len > pkg->total_len - entry->offset) {
		return fail(pkg, TZVMM_E_FORMAT, "payload outside of the package");
	}
	return TZVMM_OK;
}

/* The others stay where they are. */
static bool is_loaded(const struct tzvmm_abi_bootpkg_entry *entry)
{
	return entry->type != TZVMM_ABI_BOOTPKG_DISKS &&
	       entry->type != TZVMM_ABI_BOOTPKG_SIGNATURE;
}

static bool is_copied(const struct tzvmm_abi_bootpkg_entry *entry)
{
	return is_loaded(entry) && entry->type != TZVMM_ABI_BOOTPKG_ATAGS;
}

/* Bytes at load; a tag list's are not those of its payload. */
static uint32_t loaded_len(const struct tzvmm_abi_bootpkg_entry *entry)
{
	return entry->type == TZVMM_ABI_BOOTPKG_ATAGS ? TZVMM_ABI_BOOTPKG_ATAGS_LEN
						      : entry->len;
}

static enum tzvmm_status check_dest(struct package *pkg, uint32_t n,
				    const struct tzvmm_gmem *mem)
{
	const struct tzvmm_abi_bootpkg_entry *entry = &pkg->entries[n];

	if (!is_loaded(entry)) {
		return entry->load == 0u
			       ? TZVMM_OK
			       : fail(pkg, TZVMM_E_FORMAT,
				      "disks and signature are not loaded");
	}
	pkg->dest[n] = tzvmm_gmem_at(mem, entry->load, loaded_len(entry));
	if (pkg->dest[n] == NULL) {
		return fail(pkg, TZVMM_E_RANGE, "load outside of guest RAM");
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct tzvmm_abi_bootpkg_entry *other = &pkg->entries[i];

		if (entry->load - other->load < loaded_len(other) ||
		    other->load - entry->load < loaded_len(entry)) {
			return fail(pkg, TZVMM_E_RANGE, "loads overlap");
		}
	}
	return TZVMM_OK;
}

static enum tzvmm_status check_entries(struct package *pkg,
				       const struct tzvmm_gmem *mem)
{
	enum tzvmm_status st = TZVMM_OK;

	for (uint32_t i = 0; i < pkg->nr; i++) {
		pkg->bad = i;
		st = check_source(pkg, &pkg->entries[i]);
		if (st == TZVMM_OK) {
			st = check_dest(pkg, i, mem);
		}
		if (st == TZVMM_OK) {
			st = check_payload(pkg, &pkg->entries[i]);
		}
		if (st != TZVMM_OK) {
			return st;
		}
	}
	return TZVMM_OK;
}

static enum tzvmm_status check_set(struct package *pkg)
{
	uint32_t nr[TZVMM_ABI_BOOTPKG_LAST_TYPE + 1] = { 0 };

	for (uint32_t i = 0; i < pkg->nr; i++) {
		nr[pkg->entries[i].type]++; /* known types only by now */
	}
	if (nr[TZVMM_ABI_BOOTPKG_KERNEL] != 1u) {
		return fail(pkg, TZVMM_E_FORMAT, "not exactly one kernel");
	}
	if (nr[TZVMM_ABI_BOOTPKG_DTB] + nr[TZVMM_ABI_BOOTPKG_ATAGS] != 1u) {
		return fail(pkg, TZVMM_E_FORMAT,
			    "not exactly one device tree or tag list");
	}
	if (nr[TZVMM_ABI_BOOTPKG_INITRD] > 1u) {
		return fail(pkg, TZVMM_E_FORMAT, "more than one initrd");
	}
	if (nr[TZVMM_ABI_BOOTPKG_DISKS] > 1u) {
		return fail(pkg, TZVMM_E_FORMAT, "more than one list of disks");
	}
	if (nr[TZVMM_ABI_BOOTPKG_SIGNATURE] > 1u) {
		return fail(pkg, TZVMM_E_FORMAT, "more than one signature");
	}
	return TZVMM_OK;
}

static enum tzvmm_status check_package(struct package *pkg, size_t len,
				       const struct tzvmm_gmem *mem)
{
	enum tzvmm_status st;

	if (in_guest_ram(mem, pkg->bytes, len)) {
		return fail(pkg, TZVMM_E_RANGE, "lies in guest RAM");
	}
	st = read_header(pkg, len);
	if (st == TZVMM_OK) {
		st = check_entries(pkg, mem);
	}
	return st == TZVMM_OK ? check_set(pkg) : st;
}

static void note_entry(struct tzvmm_boot *out,
		       const struct tzvmm_abi_bootpkg_entry *entry,
		       const uint8_t *payload)
{
	const struct tzvmm_boot_bytes image = { payload, entry->len };

	switch (entry->type) {
	case TZVMM_ABI_BOOTPKG_KERNEL:
		out->entry = entry->load;
		out->kernel_image = image;
		break;
	case TZVMM_ABI_BOOTPKG_ATAGS:
		out->atags = (const void *)payload;
		out->machine = out->atags->machine;
		out->dtb = entry->load;
		out->dtb_image = image;
		break;
	case TZVMM_ABI_BOOTPKG_DTB:
		out->dtb = entry->load;
		out->dtb_image = image;
		break;
	case TZVMM_ABI_BOOTPKG_INITRD:
		out->initrd = entry->load;
		out->initrd_len = entry->len;
		out->initrd_image = image;
		break;
	case TZVMM_ABI_BOOTPKG_DISKS:
		out->disks = (const void *)payload;
		out->nr_disks = entry->len / (uint32_t)sizeof(*out->disks);
		break;
	default:
		out->signature = (const void *)payload;
		break;
	}
}

/* The list says where the initrd is, so this is behind all checks. */
static enum tzvmm_status write_atags(struct package *pkg,
				     const struct tzvmm_gmem *mem,
				     const struct tzvmm_boot *boot, uint8_t *dest)
{
	const struct tzvmm_abi_bootpkg_atags *from = boot->atags;
	const struct tzvmm_atags tags = {
		.mem = mem,
		.initrd = boot->initrd,
		.initrd_len = boot->initrd_len,
		.revision = from->revision,
		.serial = { from->serial[0], from->serial[1] },
		.cmdline = from->cmdline,
		.cmdline_len = string_len(from->cmdline, sizeof(from->cmdline)),
	};

	if (tzvmm_atags_write(&tags, (void *)dest, TZVMM_ABI_BOOTPKG_ATAGS_LEN) !=
	    TZVMM_OK) {
		return fail(pkg, TZVMM_E_RANGE, "its tag list cannot be made");
	}
	tzvmm_dma_to_device(dest, TZVMM_ABI_BOOTPKG_ATAGS_LEN);
	return TZVMM_OK;
}

static void note_entries(const struct package *pkg, struct tzvmm_boot *out)
{
	*out = (struct tzvmm_boot){ .profile = pkg->profile, .machine = UINT32_MAX };
	for (uint32_t i = 0; i < pkg->nr; i++) {
		note_entry(out, &pkg->entries[i],
			   pkg->bytes + pkg->entries[i].offset);
	}
}

/* A tag list first: it alone can fail yet, and has written nothing then. */
static enum tzvmm_status load_entries(struct package *pkg,
				      const struct tzvmm_gmem *mem,
				      const struct tzvmm_boot *boot)
{
	enum tzvmm_status st = TZVMM_OK;

	for (uint32_t i = 0; i < pkg->nr; i++) {
		if (pkg->entries[i].type == TZVMM_ABI_BOOTPKG_ATAGS) {
			pkg->bad = i;
			st = write_atags(pkg, mem, boot, pkg->dest[i]);
		}
	}
	for (uint32_t i = 0; i < pkg->nr && st == TZVMM_OK; i++) {
		const struct tzvmm_abi_bootpkg_entry *entry = &pkg->entries[i];

		if (is_copied(entry)) {
			memcpy(pkg->dest[i], pkg->bytes + entry->offset, entry->len);
			tzvmm_dma_to_device(pkg->dest[i], entry->len);
		}
	}
	return st;
}

enum tzvmm_status tzvmm_boot_load(const struct tzvmm_sys *sys,
				  const struct tzvmm_gmem *mem, const void *bytes,
				  size_t len, struct tzvmm_boot *out)
{
	struct package pkg = { .bytes = bytes };
	struct tzvmm_boot boot;
	enum tzvmm_status st = check_package(&pkg, len, mem);

	if (st == TZVMM_OK) {
		note_entries(&pkg, &boot);
		st = load_entries(&pkg, mem, &boot);
	}
	if (st != TZVMM_OK) {
		tzvmm_log(sys, TZVMM_LOG_ERROR, "boot package refused: %s (entry %u)",
			  pkg.why, (unsigned)pkg.bad);
		return st;
	}
	*out = boot;
	return TZVMM_OK;
}
